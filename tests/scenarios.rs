//! Every file in `scenarios/` says what comes out, and it does. So no scenario can go stale.
#![allow(missing_docs, reason = "tests speak for themselves")]

mod support;

use scenario::Disk;
use std::fs;
use std::path::{Path, PathBuf};
use support::{ROOT, dry};

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be listed").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn every_scenario_is_as_it_claims() {
    dry(&["test", "scenarios"]).code(0);
}

#[test]
fn every_scenario_is_sound() {
    // Many break a rule on purpose (`tests/rulebook.rs` looks at those); no one has a mistake in it.
    let checked = dry(&["check", "scenarios", "--format", "json"]).out;
    let checked: serde_json::Value = serde_json::from_str(&checked).expect("JSON");
    for found in checked["diagnostics"].as_array().expect("a list") {
        let code = found["code"].as_str().unwrap_or_default();
        // A command that its tool refuses is told by the reader; so is what it comes to.
        // So is a patch release that is taken to be like the one before it.
        let on_purpose = rules::book::rule(code).is_some()
            || ["command-refused", "unknown-version"].contains(&code);
        assert!(on_purpose, "{found:#}");
    }
}

#[test]
fn every_scenario_says_what_it_is_about_and_what_comes_out() {
    let mut count = 0;
    for path in files(&Path::new(ROOT).join("scenarios")) {
        if path.extension().is_none_or(|ending| ending != "ron") {
            continue;
        }
        let Some(scenario) = scenario::read(&Disk, &path).scenario else {
            // A part of others; that it is of use is told by those.
            continue;
        };
        count += 1;
        assert!(
            !scenario.about.is_empty(),
            "{} is about nothing",
            path.display()
        );
        assert!(
            scenario.expect.is_some(),
            "{} claims nothing",
            path.display()
        );
        assert!(
            !scenario.contract.is_empty(),
            "{} promises nothing",
            path.display()
        );
    }
    assert!(count > 0, "there is none");
}
