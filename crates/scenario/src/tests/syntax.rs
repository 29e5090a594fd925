//! The reader of RON: what it takes, what it says, and that it loses nothing.

use crate::syntax::{Kind, is_ron, parse, plain, tokenize};
use crate::tests::problems;

/// What is wrong with a text as RON, whatever it means.
fn wrong(text: &str) -> Vec<String> {
    let mut sources = crate::Sources::new();
    let file = sources.add("x.ron", text);
    problems(&parse(text, file).diagnostics, &sources)
}

fn accepts(text: &str) {
    assert_eq!(wrong(text), Vec::<String>::new(), "{text}");
    assert!(is_ron(&plain(text)), "the ron crate does not read {text}");
}

#[test]
fn all_of_ron_is_read() {
    for text in [
        "()",
        "( )",
        "[]",
        "{}",
        "(a: 1, b: 2,)",
        "Name(a: 1)",
        "Name (1, 2)",
        "Name",
        "[1, -2, +3, 0x1F, 0b101, 0o17, 1_000, 2.5, .5, 1e5, -1.5E-3, inf, NaN]",
        "[true, false, None, Some(1), Some((a: 1))]",
        r#"["plain", "esc\n\"\\\u{e9}\x41", r"raw\", r#b, 'a', '\'', '\u{e9}', b'a', b"bytes\xff", br"raw"]"#,
        "r##\"two \"# hashes\"##",
        "{\"a\": 1, 2: [3], (1, 2): {}}",
        "(r#for: 1)",
        "// a comment\n( /* nested /* twice */ */ a: 1 /* x */, // y\n)// end",
        "#![enable(implicit_some, unwrap_newtypes,)]\n#![type = \"x::Y\"]\n(a: 1)",
        "\u{200E}(\u{2028}a\u{85}:\x0B1\x0C)",
        "\"over\ntwo lines, \\\n   and joined\"",
    ] {
        accepts(text);
    }
}

#[test]
fn values_may_stand_before_fields() {
    accepts("Roll(Brokers, to: \"4.1.2\", batch: 1)");
    accepts("[Lag(\"billing\", at_most: [1, 2]), Breaks([A(1, b: 2)], because: [])]");
    assert!(!is_ron("Roll(Brokers, to: \"4.1.2\")"));
    assert_eq!(
        plain("Roll(Brokers, to: \"4.1.2\")"),
        "Roll(_0: Brokers, to: \"4.1.2\")"
    );
}

#[test]
fn tokens_add_up_to_the_text() {
    let text = "( a : 'x' , /* ü */ \"\\q\" ;; 5x ~~ \u{FEFF} r#\"open";
    let (tokens, _) = tokenize(text);
    let joined: String = tokens.iter().map(|token| token.text(text)).collect();
    assert_eq!(joined, text);
}

#[test]
fn a_missing_comma_is_put_in() {
    assert_eq!(wrong("(a: 1 b: 2)"), [" | A comma is missing here. → ,"]);
    assert_eq!(wrong("[\"a\" \"b\"]"), [" | A comma is missing here. → ,"]);
}

#[test]
fn several_mistakes_are_all_reported() {
    assert_eq!(
        wrong("(a: 1 b: 2, c = 3, d: [4,, 5], e: ~)"),
        [
            " | A comma is missing here. → ,",
            "= | A name and its value are separated by a colon. → :",
            ", | There is a comma too many. → ",
            " | After the colon comes a value.",
        ]
    );
}

#[test]
fn an_open_bracket_is_shown_where_it_opens() {
    assert_eq!(wrong("(a: [1, 2, b: 3)"), ["[ | This `[` is never closed."]);
    assert_eq!(wrong("(a: [1, b: 3])"), [": | A list in [ ] has no names."]);
    assert_eq!(
        wrong("[(a: 1, (b: 2), (c: 3)]"),
        ["( | This `(` is never closed."]
    );
    assert_eq!(wrong("(a: (b: 1)"), ["( | This `(` is never closed."]);
    assert_eq!(wrong("(a: [1, 2)"), ["[ | This `[` is never closed."]);
    assert_eq!(wrong("[1, 2}"), ["} | This `}` should be `]`. → ]"]);
    assert_eq!(wrong("(a: 1))"), [") | This `)` closes nothing."]);
}

#[test]
fn a_missing_quote_is_one_mistake() {
    assert_eq!(
        wrong(
            "(\n  about: \"abc,\n  estate: (\n    clusters: { \"prod\": (brokers: 3) },\n  ),\n)"
        ),
        ["\"abc, | The closing quote of this text is missing."]
    );
    assert_eq!(
        wrong("(about: \"abc)"),
        [
            "( | This `(` is never closed.",
            "\"abc) | This text is never closed with `\"`."
        ]
    );
}

#[test]
fn a_missing_quote_is_found_where_it_is_missing() {
    assert_eq!(
        wrong("(\n  a: \"500/s, size: \"1KiB\", b: \"c\",\n  d: \"e\",\n)"),
        ["\"500/s, size: \" | The closing quote of this text is missing."]
    );
}

#[test]
fn comments_that_do_not_end_are_shown() {
    assert_eq!(
        wrong("() /* no end"),
        ["/* | This comment is never closed with `*/`."]
    );
    assert_eq!(
        wrong("() / no comment"),
        ["/ | The file goes on after its end."]
    );
}

#[test]
fn values_that_lack_their_quotes_get_them() {
    assert_eq!(
        wrong("(a: 30s)"),
        ["30s | This is not a number; text is written in double quotes. → \"30s\""]
    );
    assert_eq!(
        wrong("(a: 4.1.2)"),
        ["4.1.2 | This is not a number; text is written in double quotes. → \"4.1.2\""]
    );
    assert_eq!(
        wrong("(a: 2000/s)"),
        ["2000/s | This is not a number; text is written in double quotes. → \"2000/s\""]
    );
    assert_eq!(
        wrong("(a: 'orders')"),
        [
            "'orders' | A single quote begins one character; text is written in double quotes. → \"orders\""
        ]
    );
    assert_eq!(
        wrong("{min.insync.replicas: 2}"),
        [
            "min.insync.replicas | A name with dots or hyphens is written in quotes, and in { }. → \"min.insync.replicas\""
        ]
    );
}

#[test]
fn names_that_only_look_right_are_found_out() {
    assert_eq!(
        wrong("(a: Brоkers)"),
        [
            "Brоkers | A name has only letters from a to z; other text is written in double quotes. → \"Brоkers\""
        ]
    );
}

#[test]
fn words_that_are_values_take_nothing() {
    assert_eq!(
        wrong("[true(1)]"),
        ["true | `true` is a value of its own and takes nothing in parentheses."]
    );
    assert_eq!(
        wrong("[Some]"),
        ["Some | `Some` is followed by a value in parentheses; it can be left out."]
    );
}

#[test]
fn numbers_have_no_type_behind_them() {
    assert_eq!(
        wrong("[3u8]"),
        ["3u8 | This is not a number; text is written in double quotes. → \"3u8\""]
    );
    assert_eq!(wrong("[1..5]"), ["1..5 | A range has no meaning here."]);
}

#[test]
fn names_of_fields_have_no_quotes() {
    assert_eq!(
        wrong("(\"a\": 1)"),
        ["\"a\" | In ( ) names are written without quotes. → a"]
    );
}

#[test]
fn values_behind_fields_need_a_name() {
    assert_eq!(
        wrong("Roll(to: 1, Brokers)"),
        ["Brokers | A value without a name stands after a field with one."]
    );
}

#[test]
fn wrong_escapes_are_shown_one_by_one() {
    assert_eq!(
        wrong(r#"["a\qb\xZZ"]"#),
        [
            r"\q | `\q` has no meaning; a backslash itself is written `\\`",
            r"\x | `\x` is followed by two hexadecimal digits",
        ]
        .map(|line| format!("{line}."))
    );
}

#[test]
fn an_empty_file_says_how_to_begin() {
    for text in ["", "  \n", "// only a comment"] {
        assert_eq!(wrong(text), [" | The file holds nothing."]);
    }
}

#[test]
fn a_file_without_its_parentheses_is_read_all_the_same() {
    let text = "about: \"x\",\nseed: 4";
    assert_eq!(
        wrong(text),
        [" | A file is written in parentheses: `( … )`."]
    );
    let root = parse(text, 0).root.expect("a value");
    assert!(matches!(root.kind, Kind::Group { arguments, .. } if arguments.len() == 2));
}

#[test]
fn a_byte_order_mark_is_named() {
    assert_eq!(
        wrong("\u{FEFF}()"),
        [
            "\u{FEFF} | There is an invisible byte order mark (U+FEFF) here; save the file as UTF-8 without it. → "
        ]
    );
}

#[test]
fn attributes_that_ron_does_not_know_are_taken_out() {
    assert_eq!(
        wrong("#![allow(x)]\n()"),
        ["#![allow(x)] | This attribute is not one of RON's. → "]
    );
    assert_eq!(
        wrong("#![enable(magic)]\n()"),
        ["#![enable(magic)] | This attribute is not one of RON's. → "]
    );
}

#[test]
fn deep_nesting_is_an_error_and_no_crash() {
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(wrong(&deep(64)), Vec::<String>::new());
    assert_eq!(
        wrong(&deep(65)),
        ["[ | Brackets are nested more than 64 deep here."]
    );
    assert_eq!(
        wrong(&deep(1_000_000)),
        ["[ | Brackets are nested more than 64 deep here."]
    );
    assert_eq!(
        wrong(&"(a: {1: [".repeat(100_000))
            .first()
            .map(String::as_str),
        Some("( | This `(` is never closed.")
    );
}

#[test]
fn spans_are_exact() {
    let text = "Roll( Brokers , to: \"4.1.2\" )";
    let root = parse(text, 0).root.expect("a value");
    assert_eq!((root.span.start, root.span.end), (0, text.len() as u32));
    let Kind::Group { arguments, .. } = root.kind else {
        panic!("a group")
    };
    let places: Vec<&str> = arguments
        .iter()
        .map(|a| &text[a.value.span.start as usize..a.value.span.end as usize])
        .collect();
    assert_eq!(places, ["Brokers", "\"4.1.2\""]);
}
