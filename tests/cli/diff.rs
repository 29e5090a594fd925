//! `dryroll diff`.

use crate::support::{Folder, careful, dry, dryroll, run};
use outcome::diff::{Change, Diff, EntryState};

const CARELESS: &str = "scenarios/no-wait-for-isr.ron";

fn diff(words: &[&str], code: i32) -> Diff {
    let all: Vec<&str> = ["diff"]
        .iter()
        .chain(words)
        .chain(&["--format", "json"])
        .copied()
        .collect();
    let ran = dry(&all).code(code);
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}\n{ran}"))
}

#[test]
fn a_runbook_is_no_worse_than_itself() {
    let same = diff(&[CARELESS, CARELESS, "--seeds", "2"], 0);
    assert!(!same.worse && same.counterexamples.is_empty() && same.fixed.is_empty());
    assert!(
        same.promises
            .iter()
            .all(|promise| promise.change == Change::Same)
    );
}

#[test]
fn a_gate_less_is_worse_and_a_gate_more_is_better() {
    let folder = Folder::new();
    let careful = folder.with("careful.ron", careful());
    let worse = diff(&[&careful, CARELESS, "--seeds", "2"], 1);
    assert!(worse.worse && !worse.counterexamples.is_empty());
    let first = &worse.counterexamples[0];
    assert!(
        !first.codes.is_empty() && !first.title.is_empty(),
        "{first:?}"
    );
    let outage = worse
        .promises
        .iter()
        .find(|promise| promise.name == "WriteOutage(\"checkout\")")
        .expect("it is promised");
    assert_eq!(outage.change, Change::Worse);
    assert!(worse.new.window_median < worse.old.window_median);
    let better = diff(&[CARELESS, &careful, "--seeds", "2"], 0);
    assert_eq!(better.fixed.len(), worse.counterexamples.len());
}

#[test]
fn what_is_accepted_does_not_fail_until_its_day() {
    let folder = Folder::new();
    let careful = folder.with("careful.ron", careful());
    let plain = diff(&[&careful, CARELESS, "--seeds", "2"], 1);
    let mut lines = String::from("# what we live with\n");
    for example in &plain.counterexamples {
        for promise in &example.promises {
            let line = format!("{} {promise} until 2026-05-01  # known\n", example.codes[0]);
            if !lines.contains(&line) {
                lines.push_str(&line);
            }
        }
    }
    lines.push_str("unclean-election Lost until 2026-05-01\n");
    let file = folder.with("accepted.txt", &lines);
    let words = |day: &'static str| -> Vec<String> {
        [
            &careful,
            CARELESS,
            "--seeds",
            "4",
            "--baseline",
            &file,
            "--today",
            day,
        ]
        .iter()
        .map(|word| (*word).to_owned())
        .collect()
    };
    let on = |day, code| {
        let words = words(day);
        diff(&words.iter().map(String::as_str).collect::<Vec<_>>(), code)
    };
    let in_time = on("2026-05-01", 0);
    let entries = in_time.baseline.expect("it was given").entries;
    assert_eq!(entries[0].state, EntryState::Used);
    assert_eq!(
        entries.last().map(|last| last.state),
        Some(EntryState::Stale)
    );
    let late = on("2026-05-02", 1);
    let entries = late.baseline.expect("it was given").entries;
    assert_eq!(entries[0].state, EntryState::Expired);
    assert_eq!(entries[0].line, 2);
}

#[test]
fn a_line_that_cannot_be_read_is_named() {
    let folder = Folder::new();
    let file = folder.with("accepted.txt", "# ok\nbelow-min-isr until next week\n");
    dry(&["diff", CARELESS, CARELESS, "--baseline", &file])
        .code(2)
        .without_result()
        .complains("line 2");
    dry(&["diff", CARELESS, CARELESS, "--today", "2026-05-01"]).code(2);
    dry(&[
        "diff",
        CARELESS,
        CARELESS,
        "--baseline",
        &file,
        "--today",
        "tomorrow",
    ])
    .code(2)
    .complains("2026-05-01");
}

#[test]
fn a_review_comment_is_a_table_of_what_changed() {
    let folder = Folder::new();
    let careful = folder.with("careful.ron", careful());
    let ran = dry(&[
        "diff", &careful, CARELESS, "--seeds", "1", "--format", "markdown",
    ])
    .code(1);
    assert!(ran.out.starts_with("### ❌ WORSE"), "{ran}");
    let rows: Vec<&str> = ran
        .out
        .lines()
        .filter(|line| line.starts_with('|'))
        .collect();
    assert!(rows.len() >= 3, "{ran}");
    for row in rows {
        assert_eq!(row.matches('|').count(), 5, "{row}");
    }
    assert!(ran.out.contains("Window: "), "{ran}");
}

#[test]
fn threads_do_not_change_a_byte() {
    let words = [
        "diff", CARELESS, CARELESS, "--seeds", "2", "--format", "json",
    ];
    let with = |threads: &str| run(dryroll().args(words).env("RAYON_NUM_THREADS", threads)).out;
    let one = with("1");
    assert!(one == with("2"), "two threads");
    assert!(one == with("8"), "eight threads");
}
