//! How files are laid out.

use crate::format::format;
use crate::syntax::ron_check::options;
use crate::syntax::{plain, tokenize};

/// The text formatted; formatting it once more must change nothing, and the meaning must be the same.
fn formatted(text: &str) -> String {
    let once = format(text, 0).expect("sound syntax");
    assert_eq!(
        format(&once, 0).as_ref(),
        Ok(&once),
        "formatting is not stable"
    );
    let value = |text: &str| options().from_str::<ron::Value>(&plain(text)).expect("RON");
    assert_eq!(value(text), value(&once));
    let comments = |text: &str| {
        let (tokens, _) = tokenize(text);
        tokens
            .iter()
            .filter(|token| token.kind.is_comment())
            .count()
    };
    assert_eq!(comments(text), comments(&once), "a comment got lost");
    once
}

#[test]
fn short_things_stand_on_one_line() {
    assert_eq!(
        formatted("(a:[1,2,\n3,],b:{\"x\":1},c:Roll( Brokers,to:\"4\" ),d:(),e:{},f:[ ])"),
        "(\n    a: [1, 2, 3],\n    b: { \"x\": 1 },\n    c: Roll(Brokers, to: \"4\"),\n    d: (),\n    e: {},\n    f: [],\n)\n"
    );
}

#[test]
fn long_things_have_a_line_for_each_item() {
    let long = "word ".repeat(12);
    let text = format!("(a: [\"{long}\", \"{long}\"])");
    assert_eq!(
        formatted(&text),
        format!("(\n    a: [\n        \"{long}\",\n        \"{long}\",\n    ],\n)\n")
    );
}

#[test]
fn lines_have_at_most_a_hundred_columns() {
    let fits = format!(
        "(\n    a: [{}],\n)\n",
        "x, ".repeat(30).trim_end_matches(", ")
    );
    assert_eq!(formatted(&fits), fits);
    let hundred = format!(
        "(\n    a: [\"{}\"],\n)\n",
        "x".repeat(100 - 4 - 3 - 2 - 2 - 1)
    );
    assert_eq!(hundred.lines().nth(1).map(str::len), Some(100));
    assert_eq!(formatted(&hundred), hundred);
    let more = hundred.replace("\"x", "\"xx");
    assert_eq!(formatted(&more).lines().count(), 5);
}

#[test]
fn several_steps_have_lines_of_their_own() {
    assert_eq!(
        formatted("(a: [(x: 1), (x: 2)], b: [(x: 1)])"),
        "(\n    a: [\n        (x: 1),\n        (x: 2),\n    ],\n    b: [(x: 1)],\n)\n"
    );
}

#[test]
fn comments_stay_where_they_belong() {
    let text = "// top\n\n// second\n( // opened\n    // about a\n    a: 1, // behind a\n\n    /* about b */\n    b: [\n        // first\n        1,\n        // nothing follows\n    ],\n    // last\n) // closed\n// end\n";
    assert_eq!(formatted(text), text);
}

#[test]
fn comments_inside_a_field_go_before_it() {
    assert_eq!(
        formatted("(a /* one */ : /* two */ Roll /* three */ (1))"),
        "(\n    /* one */\n    /* two */\n    /* three */\n    a: Roll(1),\n)\n"
    );
}

#[test]
fn a_comment_between_two_items_on_one_line_is_about_the_next() {
    assert_eq!(
        formatted("[1, /* two */ 2, 3 /* three */]"),
        "[\n    1,\n    /* two */\n    2,\n    3, /* three */\n]\n"
    );
}

#[test]
fn one_empty_line_is_kept_and_two_become_one() {
    assert_eq!(
        formatted("(\n\n\n    a: 1,\n\n\n\n    b: 2,\n    c: 3,\n\n)"),
        "(\n    a: 1,\n\n    b: 2,\n    c: 3,\n)\n"
    );
}

#[test]
fn texts_and_numbers_are_left_as_they_are() {
    let text = "(\n    a: r#\"raw \"quotes\"\"#,\n    b: \"over\n  two lines\",\n    c: 0x_ff,\n    d: 1_000,\n)\n".replace("0x_ff", "0xff");
    assert_eq!(formatted(&text), text);
}

#[test]
fn attributes_stay_on_top() {
    let text = "#![enable(implicit_some)]\n\n// a file\n()\n";
    assert_eq!(formatted(text), text);
}

#[test]
fn windows_line_ends_become_plain_ones() {
    assert_eq!(
        formatted("(\r\n    a: 1, // x\r\n\r\n    b: 2,\r\n)\r\n"),
        "(\n    a: 1, // x\n\n    b: 2,\n)\n"
    );
}

#[test]
fn a_file_with_mistakes_is_not_touched() {
    let diagnostics = format("(a: 1 b: 2)", 0).expect_err("a comma is missing");
    assert_eq!(diagnostics.len(), 1);
}

#[test]
fn the_starter_and_the_taste_are_laid_out() {
    assert_eq!(formatted(crate::starter::TEXT), crate::starter::TEXT);
    formatted(include_str!("taste.ron"));
    formatted(super::SOUND);
}
