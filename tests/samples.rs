//! The reports in `reports/` are what the program makes of the scenarios today.
#![allow(missing_docs, reason = "tests speak for themselves")]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use support::{Folder, ROOT, dry, dryroll, golden, run};

/// The scenarios that are shown: one that holds, and two that break in ways that are known to hurt.
const SHOWN: [&str; 3] = ["first-roll", "no-wait-for-isr", "two-brokers-at-once"];

#[test]
fn samples_are_fresh() {
    let mut stale = Vec::new();
    for name in SHOWN {
        let folder = Folder::new();
        let file = format!("scenarios/{name}.ron");
        let made = run(dryroll()
            .args(["run", &file, "--report", &folder.word("")])
            .env("COLUMNS", "80"));
        assert!(matches!(made.code, Some(0 | 1)), "{made}");
        folder.with("summary.txt", &made.out);
        let saved = folder.word("outcome.json");
        folder.with(
            "summary.md",
            dry(&["report", &saved, "--format", "markdown"]).out,
        );
        for file in folder.names() {
            // One schema for all; it is in docs.
            if file != "outcome.schema.json" {
                let bytes = fs::read(folder.path().join(&file)).expect("it was just written");
                golden::compare(&format!("reports/{name}/{file}"), &bytes, &mut stale);
            }
        }
    }
    golden::fresh(&stale, "samples");
}

#[test]
fn there_are_no_other_samples() {
    let folders: BTreeSet<String> = fs::read_dir(Path::new(ROOT).join("reports"))
        .expect("it is there")
        .map(|entry| entry.expect("it can be listed"))
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(folders, SHOWN.map(str::to_owned).into());
}
