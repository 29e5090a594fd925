//! `dryroll fidelity`.

use crate::support::{Folder, ROOT, dry};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// A folder with one recording in it.
fn one() -> Folder {
    let folder = Folder::new();
    let name = "stop-broker-kraft-3.9.2-calm.json";
    let recording = fs::read(Path::new(ROOT).join("observed").join(name)).expect("it is there");
    folder.with(name, recording);
    folder
}

#[test]
fn any_folder_of_recordings_can_be_compared() {
    let folder = one();
    let ran = dry(&["fidelity", &folder.word(""), "--seeds", "5"]);
    assert!(matches!(ran.code, Some(0 | 1)), "{ran}");
    assert!(
        ran.out.contains("longest write outage") || ran.out.contains("longest wri"),
        "{ran}"
    );
    let json = dry(&["fidelity", &folder.word(""), "--seeds", "5", "--json"]);
    assert_eq!(json.code, ran.code);
    let json: Value = serde_json::from_str(&json.out).expect("JSON");
    assert_eq!(json["recordings"].as_array().map(Vec::len), Some(1));
    assert_eq!(json["all_verdicts_agree"], ran.code == Some(0));
    dry(&["fidelity", &folder.word(""), "--seeds", "5", "--markdown"]).says("| recording |");
}

#[test]
fn recordings_of_no_use_are_exit_2() {
    let folder = Folder::new();
    dry(&["fidelity", &folder.word("nowhere")])
        .code(2)
        .without_result()
        .complains("nowhere");
    dry(&["fidelity", &folder.word("")])
        .code(2)
        .complains("no recording");
    folder.with("x.json", "{");
    dry(&["fidelity", &folder.word("")])
        .code(2)
        .complains("x.json");
    dry(&["fidelity", "--seeds", "0"]).code(2);
}
