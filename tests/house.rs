//! The house stays as it is drawn in ARCHITECTURE.md: which crate may know which.
#![allow(missing_docs, reason = "tests speak for themselves")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Each crate and the ones of ours that it may use.
const ARROWS: &[(&str, &[&str])] = &[
    ("engine", &[]),
    ("facts", &[]),
    ("scenario", &["facts"]),
    ("kafka", &["engine", "facts"]),
    ("outcome", &[]),
    // What is at hand everywhere in the world and in the file: time, draws, versions.
    (
        "rehearsal",
        &["engine", "facts", "kafka", "outcome", "scenario"],
    ),
    ("rules", &["facts", "outcome", "scenario"]),
    ("search", &["engine", "outcome", "rehearsal", "scenario"]),
    ("report", &["outcome"]),
    (
        "fidelity",
        &["engine", "facts", "kafka", "rehearsal", "scenario"],
    ),
];

/// Crates that decide what comes out: nothing in them may depend on the machine.
const DETERMINISTIC: [&str; 3] = ["engine", "kafka", "rehearsal"];

fn manifest(path: &Path) -> toml::Table {
    let text =
        fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.parse()
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn of_crate(name: &str) -> toml::Table {
    manifest(&Path::new(ROOT).join("crates").join(name).join("Cargo.toml"))
}

/// The names in a table of dependencies.
fn names(manifest: &toml::Table, table: &str) -> BTreeSet<String> {
    let table = manifest.get(table).and_then(toml::Value::as_table);
    table
        .into_iter()
        .flat_map(|table| table.keys().cloned())
        .collect()
}

/// Our crates by the name of their folder.
fn ours() -> BTreeSet<String> {
    let folders = fs::read_dir(Path::new(ROOT).join("crates")).expect("there are crates");
    folders
        .map(|folder| folder.expect("it can be listed"))
        .filter(|folder| folder.path().join("Cargo.toml").is_file())
        .map(|folder| folder.file_name().to_string_lossy().into_owned())
        .collect()
}

#[test]
fn no_crate_uses_one_that_it_may_not_know() {
    let ours = ours();
    for (name, may_use) in ARROWS {
        let manifest = of_crate(name);
        for table in ["dependencies", "build-dependencies"] {
            for used in names(&manifest, table).intersection(&ours) {
                assert!(
                    may_use.contains(&used.as_str()),
                    "{name} may not use {used}"
                );
            }
        }
    }
}

#[test]
fn every_crate_is_in_the_drawing() {
    let drawn: BTreeSet<String> = ARROWS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let built: BTreeSet<String> = ours().into_iter().filter(|name| name != "xtask").collect();
    assert_eq!(built, drawn);
    let page = fs::read_to_string(Path::new(ROOT).join("ARCHITECTURE.md")).expect("it is there");
    for name in &drawn {
        assert!(
            page.contains(&format!("`{name}`")),
            "{name} is not in ARCHITECTURE.md"
        );
    }
}

#[test]
fn nothing_flows_back() {
    let uses: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    // A name that comes after everything it uses; if no such name is left, there is a circle.
    let mut done: BTreeSet<&str> = BTreeSet::new();
    while done.len() < uses.len() {
        let next = uses.iter().find(|(name, may_use)| {
            !done.contains(**name) && may_use.iter().all(|used| done.contains(used))
        });
        let (name, _) = next.expect("the arrows go in a circle");
        done.insert(name);
    }
}

#[test]
fn what_decides_outcomes_knows_no_clock_no_chance_and_no_threads() {
    const FORBIDDEN: [&str; 9] = [
        "rand",
        "rayon",
        "chrono",
        "jiff",
        "time",
        "tokio",
        "rustc-hash",
        "hashbrown",
        "indexmap",
    ];
    for name in DETERMINISTIC {
        let used = names(&of_crate(name), "dependencies");
        for forbidden in FORBIDDEN {
            assert!(!used.contains(forbidden), "{name} uses {forbidden}");
        }
        let list = Path::new(ROOT)
            .join("crates")
            .join(name)
            .join("clippy.toml");
        let list =
            fs::read_to_string(&list).unwrap_or_else(|error| panic!("{}: {error}", list.display()));
        for kind in ["HashMap", "Instant", "SystemTime"] {
            assert!(
                list.contains(kind),
                "crates/{name}/clippy.toml does not forbid {kind}"
            );
        }
    }
}

#[test]
fn every_crate_keeps_the_rules_of_the_house() {
    for name in ours() {
        let manifest = of_crate(&name);
        let lints = manifest.get("lints").and_then(toml::Value::as_table);
        let kept = lints
            .and_then(|lints| lints.get("workspace"))
            .and_then(toml::Value::as_bool);
        assert_eq!(
            kept,
            Some(true),
            "{name} does not take the lints of the workspace"
        );
    }
}

/// Every Rust file of ours.
fn sources() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![
        Path::new(ROOT).join("crates"),
        Path::new(ROOT).join("tests"),
        Path::new(ROOT).join("benches"),
    ];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder is there") {
            let path = entry.expect("it can be listed").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                files.push(path);
            }
        }
    }
    files
}

#[test]
fn no_work_is_left_lying_about() {
    // Put together, so that this file is no find.
    let forbidden = [
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
        concat!("FIX", "ME"),
        concat!("#[", "ignore"),
    ];
    for path in sources() {
        let text = fs::read_to_string(&path).expect("it is text");
        for word in forbidden {
            assert!(!text.contains(word), "{} in {}", word, path.display());
        }
    }
}
