//! `dryroll check`.

use crate::support::{CALM, Folder, dry, dry_with};
use serde_json::Value;

#[test]
fn a_good_file_is_exit_0() {
    let folder = Folder::new();
    let file = folder.with("calm.ron", CALM);
    dry(&["check", &file])
        .code(0)
        .without_result()
        .complains("nothing to complain about");
    dry_with(&["check", "-"], CALM.as_bytes()).code(0);
}

#[test]
fn several_mistakes_are_told_at_once_with_place_and_suggestion() {
    let folder = Folder::new();
    let text = CALM
        .replace("partitions", "partitons")
        .replace("to: \"orders\"", "to: \"ordres\"");
    let file = folder.with("typos.ron", text);
    dry(&["check", &file])
        .code(1)
        .says(&format!("{file}:9:38"))
        .says("did you mean `partitions`?")
        .says("There is no topic `ordres`.")
        .says("did you mean `orders`?")
        .complains("1 file: 2 errors");
}

#[test]
fn json_names_places() {
    let folder = Folder::new();
    let file = folder.with("typo.ron", CALM.replace("partitions", "partitons"));
    let json = dry(&["check", &file, "--format", "json"]).code(1).out;
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["format"], "dryroll-check/1");
    assert_eq!(json["errors"], 1);
    let first = &json["diagnostics"][0];
    assert_eq!(first["code"], "unknown-field");
    assert_eq!(first["place"]["line"], 9);
    assert_eq!(first["suggestion"]["replacement"], "partitions");
}

#[test]
fn warnings_are_no_errors() {
    let folder = Folder::new();
    let file = folder.with("new.ron", CALM.replace("3.9.2", "3.9.42"));
    dry(&["check", &file])
        .code(0)
        .says("warning[unknown-version]")
        .complains("1 warning");
}

#[test]
fn a_file_that_cannot_be_read_is_exit_2() {
    let folder = Folder::new();
    dry(&["check", &folder.word("nothing.ron")])
        .code(2)
        .says("nothing.ron");
}
