//! Same file and seed, same bytes: twice, on any number of threads, from any folder, through any way of asking.
#![allow(missing_docs, reason = "tests speak for themselves")]

mod support;

use rayon::prelude::*;
use scenario::Disk;
use std::fs;
use std::path::{Path, PathBuf};
use support::{Folder, ROOT, dry, dryroll, run};

/// Each scenario of the repository that is small enough to be run many times.
fn scenarios() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(Path::new(ROOT).join("scenarios"))
        .expect("the folder is there")
        .map(|entry| entry.expect("it can be listed").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "ron"))
        .collect();
    files.sort();
    files
}

fn rehearsal(path: &Path) -> Option<rehearsal::Rehearsal> {
    let scenario = scenario::read(&Disk, path).scenario?;
    let name = path.file_name().expect("it has a name").to_string_lossy();
    rehearsal::prepare(&scenario, &name).ok()
}

#[test]
fn every_scenario_gives_the_same_bytes_twice() {
    for path in scenarios() {
        let Some(first) = rehearsal(&path) else {
            continue;
        };
        let again = rehearsal(&path).expect("it was possible before");
        for seed in [0, 1, u64::MAX] {
            let (one, two) = (first.run(seed), again.run(seed));
            assert_eq!(one.identity, two.identity, "{} seed {seed}", path.display());
            assert!(
                report::json::write(&one) == report::json::write(&two),
                "{} seed {seed}",
                path.display()
            );
        }
    }
}

#[test]
fn threads_do_not_disturb_each_other() {
    let path = Path::new(ROOT).join("scenarios/first-roll.ron");
    let rehearsal = rehearsal(&path).expect("it can be run");
    let alone: Vec<String> = (0..24)
        .map(|seed| report::json::write(&rehearsal.run(seed)))
        .collect();
    for threads in [1, 2, 8] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("threads");
        let together: Vec<String> = pool.install(|| {
            (0..24)
                .into_par_iter()
                .map(|seed| report::json::write(&rehearsal.run(seed)))
                .collect()
        });
        assert!(alone == together, "with {threads} threads");
    }
}

#[test]
fn seeds_differ() {
    let path = Path::new(ROOT).join("scenarios/first-roll.ron");
    let rehearsal = rehearsal(&path).expect("it can be run");
    let traces: std::collections::BTreeSet<String> = (0..20)
        .map(|seed| rehearsal.run(seed).identity.trace)
        .collect();
    assert_eq!(traces.len(), 20);
}

#[test]
fn the_folder_and_the_environment_do_not_matter() {
    let folder = Folder::new();
    let text =
        fs::read_to_string(Path::new(ROOT).join("scenarios/first-roll.ron")).expect("it is there");
    folder.with("first-roll.ron", text);
    let here = dry(&["run", "scenarios/first-roll.ron", "--json"])
        .code(0)
        .out;
    let there = run(dryroll()
        .args(["run", "first-roll.ron", "--json"])
        .current_dir(folder.path())
        .env("TZ", "Asia/Kathmandu")
        .env("COLUMNS", "60")
        .env("LC_ALL", "C"));
    assert_eq!(there.out, here);
}

#[test]
fn what_means_the_same_is_the_same_run() {
    let folder = Folder::new();
    let text =
        fs::read_to_string(Path::new(ROOT).join("scenarios/first-roll.ron")).expect("it is there");
    let spaced = text
        .replace("    ", "  ")
        .replace("(\n", "( // a comment\n");
    let file = folder.with("first-roll.ron", spaced);
    let identity = |json: &str| {
        serde_json::from_str::<serde_json::Value>(json).expect("JSON")["identity"].clone()
    };
    let as_it_is = dry(&["run", "scenarios/first-roll.ron", "--json"]).out;
    assert_eq!(
        identity(&dry(&["run", &file, "--json"]).out),
        identity(&as_it_is)
    );
}
