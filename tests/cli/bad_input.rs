//! Input of no use: a clear message, exit 2, no panic, nothing written.

use crate::support::{CALM, Folder, Ran, dry, dry_with};

/// Runs the calm scenario with one change, which must be found.
#[track_caller]
fn with(from: &str, to: &str) -> Ran {
    assert!(CALM.contains(from), "nothing to replace: {from}");
    dry_with(&["run", "-"], CALM.replacen(from, to, 1).as_bytes())
}

/// The change makes the file useless, and each of these words is said about it.
#[track_caller]
fn useless(from: &str, to: &str, words: &[&str]) {
    let ran = with(from, to).code(2).without_result();
    for word in words {
        assert!(ran.err.contains(word), "no `{word}` in\n{ran}");
    }
    assert!(!ran.err.contains("defect"), "{ran}");
}

#[test]
fn unknown_names_get_a_suggestion() {
    useless(
        "partitions",
        "partitons",
        &["-:9:", "partitons", "did you mean `partitions`?"],
    );
    useless("Wait(", "Wiat(", &["did you mean `Wait`?"]);
    useless(
        "to: \"orders\"",
        "to: \"ordres\"",
        &["did you mean `orders`?"],
    );
    useless(
        "Lost(\"checkout\"",
        "Lost(\"chekout\"",
        &["did you mean `checkout`?"],
    );
    useless(
        "rate: \"30/s\"",
        "rate: \"30/s\", settings: {\"akcs\": \"all\"}",
        &["did you mean `acks`?"],
    );
    useless(
        "do: Wait(\"10s\")",
        "do: Stop(These([7]))",
        &["There is no node 7", "1 to 3"],
    );
    useless("expect: Holds", "expect: Hold", &["did you mean `Holds`?"]);
}

#[test]
fn unknown_versions_name_the_known_ones() {
    useless("3.9.2", "7.5.1", &["7.5.1", "4.4"]);
    useless("3.9.2", "latest", &["latest"]);
}

#[test]
fn impossible_estates_are_told() {
    useless(
        "replicas: 3",
        "replicas: 4",
        &["4 replicas on 3 brokers", "at most 3"],
    );
    useless("brokers: 3", "brokers: 0", &["at least one broker"]);
    useless(
        "controllers: 3",
        "controllers: 0",
        &["at least one controller"],
    );
    useless(
        "brokers: 3",
        "brokers: 4000000000",
        &["more than can be rehearsed"],
    );
    useless(
        "partitions: 3",
        "partitions: 2000000000",
        &["more than can be rehearsed"],
    );
}

#[test]
fn steps_that_need_each_other_are_told() {
    let steps =
        r#"(step: "a", do: Wait("1s"), needs: ["b"]), (step: "b", do: Wait("1s"), needs: ["a"])"#;
    useless(
        "(step: \"wait\", do: Wait(\"10s\"))",
        steps,
        &["step-cycle", "a", "b"],
    );
}

#[test]
fn durations_are_checked() {
    useless("10s", "-10s", &["negative", "write \"10s\""]);
    useless("10s", "99999999999999999999d", &["too long"]);
    useless("10s", "600y", &["600y"]);
    useless("10s", "ten seconds", &["duration"]);
    useless("30/s", "0/s", &["rate of zero"]);
    useless("30/s", "-1/s", &["-1/s"]);
}

#[test]
fn the_longest_duration_there_is_does_no_harm() {
    let ran = with("10s", "584y");
    assert!(matches!(ran.code, Some(0..=2)), "{ran}");
    let ran = with("10s", "200000d");
    assert!(matches!(ran.code, Some(0..=2)), "{ran}");
}

#[test]
fn legal_and_unwise_is_no_error_and_is_told() {
    let few = with(
        "replicas: 3",
        "replicas: 3, settings: {\"min.insync.replicas\": 4}",
    );
    assert!(matches!(few.code, Some(0 | 1)), "{few}");
    assert!(
        few.out
            .contains("min.insync.replicas=4 and only 3 replicas"),
        "{few}"
    );
    let two = with("controllers: 3", "controllers: 2");
    assert_eq!(two.code, Some(0), "{two}");
}

#[test]
fn what_is_no_scenario_is_told() {
    for text in [
        "",
        " \n\t",
        "// only a comment",
        "()",
        "[]",
        "{}",
        "42",
        "\"text\"",
        "(",
        ")",
        "(((",
        "\u{feff}",
    ] {
        let ran = dry_with(&["run", "-"], text.as_bytes());
        assert_eq!(ran.code, Some(2), "{text:?}\n{ran}");
        assert!(ran.err.contains("error"), "{text:?}\n{ran}");
    }
}

#[test]
fn bytes_that_are_no_text_are_told() {
    let ran = dry_with(&["run", "-"], b"(about: \"\xff\xfe\")").code(2);
    assert!(ran.err.contains("UTF-8"), "{ran}");
    let noise: Vec<u8> = (0..100_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    dry_with(&["run", "-"], &noise).code(2);
    dry_with(&["run", "-"], &vec![0; 100_000]).code(2);
}

#[test]
fn ten_megabytes_are_answered() {
    const SIZE: usize = 10 << 20;
    let folder = Folder::new();
    for (name, text) in [
        ("words.ron", "word ".repeat(SIZE / 5)),
        ("one-line.ron", format!("(about: \"{}\")", "x".repeat(SIZE))),
        ("brackets.ron", "(".repeat(SIZE)),
        (
            "steps.ron",
            format!("(runbook: [{}])", "(step: \"a\"),".repeat(SIZE / 12)),
        ),
        ("comment.ron", format!("/*{}", "/".repeat(SIZE))),
    ] {
        let file = folder.with(name, text);
        let ran = dry(&["run", &file]);
        assert_eq!(
            ran.code,
            Some(2),
            "{name}: {:?}\n{}",
            ran.code,
            &ran.err[..ran.err.len().min(2_000)]
        );
        assert!(
            ran.err.len() < 1_000_000,
            "{name}: {} bytes of messages",
            ran.err.len()
        );
    }
    // A long comment is no reason to refuse a file.
    let file = folder.with("sound.ron", format!("/*{}*/{CALM}", " x".repeat(SIZE / 2)));
    dry(&["run", &file]).code(0);
}

#[test]
fn deep_nesting_is_told() {
    for (open, close) in [
        ("(a:", ")"),
        ("[", "]"),
        ("{1:", "}"),
        ("A(", ")"),
        ("/*", "*/"),
    ] {
        let text = format!(
            "(about: {}1{})",
            open.repeat(100_000),
            close.repeat(100_000)
        );
        let ran = dry_with(&["run", "-"], text.as_bytes());
        assert_eq!(
            ran.code,
            Some(2),
            "{open}\n{}",
            &ran.err[..ran.err.len().min(2_000)]
        );
    }
}

#[test]
fn paths_that_lead_nowhere_are_told() {
    let folder = Folder::new();
    let nothing = folder.word("nothing.ron");
    for command in ["run", "test", "check"] {
        let ran = dry(&[command, &nothing]).code(2);
        assert!(
            ran.out.contains("nothing.ron") || ran.err.contains("nothing.ron"),
            "{ran}"
        );
    }
    dry(&["fmt", &nothing]).code(2).complains("nothing.ron");
    // A folder where a file is wanted, and one without a scenario.
    dry(&["run", &folder.word("")]).code(2).complains("error");
    dry(&["test", &folder.word("")])
        .code(2)
        .complains("no .ron file");
    let near = folder.with("upgrade.ron", CALM);
    dry(&["run", &near.replace("upgrade", "upgrad")])
        .code(2)
        .complains("upgrade.ron");
}

#[test]
fn parts_that_lead_nowhere_are_told_where_they_are_named() {
    let folder = Folder::new();
    let file = folder.with("x.ron", r#"(about: "x", estate: "estates/prod.ron")"#);
    dry(&["run", &file])
        .code(2)
        .complains("estates/prod.ron")
        .complains("x.ron:1:22");
    let file = folder.with("self.ron", r#"(about: "x", estate: "self.ron")"#);
    dry(&["run", &file]).code(2).complains("part-cycle");
}
