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

/// Two controllers: a rule is broken, and nothing is wrong with the file.
fn two_controllers() -> String {
    let text = CALM.replace("controllers: 3", "controllers: 2");
    assert_ne!(text, CALM, "the sample has three");
    text
}

#[test]
fn a_broken_rule_is_pointed_at() {
    let folder = Folder::new();
    let file = folder.with("two.ron", two_controllers());
    dry(&["check", &file])
        .code(0)
        .says("warning[K020]")
        .says("dryroll explain K020")
        .complains("1 warning");
}

#[test]
fn an_error_of_a_rule_is_exit_1() {
    dry(&["check", "scenarios/static-setting-set-at-runtime.ron"])
        .code(1)
        .says("error[K036]");
}

#[test]
fn sarif_names_rules_and_places() {
    let folder = Folder::new();
    let file = folder.with("two.ron", two_controllers());
    let sarif = dry(&["check", &file, "--format", "sarif"]).code(0).out;
    let sarif: Value = serde_json::from_str(&sarif).expect("JSON");
    let run = &sarif["runs"][0];
    assert_eq!(sarif["version"], "2.1.0");
    assert_eq!(run["tool"]["driver"]["rules"][0]["id"], "K020");
    let result = &run["results"][0];
    assert_eq!(result["ruleId"], "K020");
    assert_eq!(result["level"], "warning");
    let place = &result["locations"][0]["physicalLocation"];
    assert!(
        place["artifactLocation"]["uri"]
            .as_str()
            .is_some_and(|uri| uri.ends_with("two.ron"))
    );
    assert!(place["region"]["startLine"].as_u64() > Some(1));
}

/// `tests/schemas/sarif-schema-2.1.0.json` is the schema of SARIF 2.1.0, errata 01, as OASIS publishes it.
#[test]
fn sarif_is_what_the_official_schema_asks_for() {
    let schema: Value =
        serde_json::from_str(include_str!("../schemas/sarif-schema-2.1.0.json")).expect("JSON");
    let schema = jsonschema::validator_for(&schema).expect("it is a schema");
    for file in [
        "scenarios/first-roll.ron",
        "scenarios/two-replicas-min-isr-two.ron",
        "scenarios/upgrade-3.3-to-4.1-direct.ron",
        "scenarios/zookeeper/forgotten-pin-old-controller.ron",
        "scenarios/rules/undo-elsewhere.ron",
        "scenarios/rules/half-upgraded.ron",
    ] {
        let sarif = dry(&["check", file, "--format", "sarif"]).out;
        let sarif: Value = serde_json::from_str(&sarif).expect("JSON");
        let wrong: Vec<String> = schema
            .iter_errors(&sarif)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(wrong.is_empty(), "{file}: {wrong:#?}");
    }
    let no_sarif = serde_json::json!({ "version": "2.1.0", "runs": [{ "results": [] }] });
    assert!(!schema.is_valid(&no_sarif), "a run without a tool is none");
}

#[test]
fn github_gets_a_mark_on_the_line() {
    let folder = Folder::new();
    let file = folder.with("two.ron", two_controllers());
    dry(&["check", &file, "--format", "github"])
        .code(0)
        .says("::warning file=")
        .says("title=K020::");
}
