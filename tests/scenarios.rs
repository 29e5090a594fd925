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
    let checked = dry(&["check", "scenarios"]).code(0);
    assert_eq!(checked.out, "", "warnings are for other people's files");
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
