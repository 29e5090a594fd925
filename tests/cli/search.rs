//! `dryroll search` and `dryroll replay`.

use crate::support::{Folder, dry};
use serde_json::Value;

/// A roll that holds by itself, and breaks if a broker is killed meanwhile.
const ROLL: &str = r#"(
    about: "a roll",
    estate: (
        clusters: { "prod": (
            kafka: "3.9.2", brokers: 3, controllers: 3,
            topics: { "orders": (partitions: 3, replicas: 3, settings: { "min.insync.replicas": 2 }) },
        ) },
        producers: { "checkout": (to: "orders", rate: "100/s", settings: { "acks": "all" }) },
    ),
    runbook: [(step: "brokers", do: Roll(Brokers), between: [UnderReplicated(at_most: 0, for: "5s", within: "5m")])],
    contract: [Completes, WriteOutage("checkout", at_most: "5s"), Lost("checkout", 0)],
    expect: Holds,
)"#;

#[test]
fn what_it_finds_is_told_saved_and_replayed() {
    let folder = Folder::new();
    let file = folder.with("roll.ron", ROLL);
    let out = folder.word("found");
    let ran = dry(&["search", &file, "--seeds", "40", "--out", &out])
        .code(1)
        .says("BREAKABLE")
        .says("Why:")
        .says("Coverage:");
    let again = ran
        .out
        .lines()
        .find_map(|line| line.trim().strip_prefix("Again:  dryroll replay "))
        .and_then(|rest| rest.split("   (").next())
        .unwrap_or_else(|| panic!("no command in\n{ran}"))
        .to_owned();
    let replayed = dry(&["replay", &again]).code(1).says("BREAKS");
    assert!(
        replayed.err.contains("the same run to the byte"),
        "{replayed}"
    );
    dry(&["test", &again]).code(0);
    dry(&["run", &again]).code(1);
}

#[test]
fn a_counterexample_that_was_edited_is_another_run() {
    let folder = Folder::new();
    let file = folder.with("roll.ron", ROLL);
    let out = folder.word("found");
    dry(&["search", &file, "--seeds", "20", "--out", &out]).code(1);
    let json: Value = serde_json::from_str(
        &std::fs::read_to_string(format!("{out}/search.json")).expect("saved"),
    )
    .expect("JSON");
    let name = json["stories"][0]["name"].as_str().expect("a name");
    let path = format!("{out}/{name}.ron");
    let text = std::fs::read_to_string(&path).expect("saved");
    let edited = folder.with("edited.ron", text.replace("tail: \"1m\"", "tail: \"2m\""));
    let ran = dry(&["replay", &edited]);
    assert!(ran.err.contains("was changed since it was found"), "{ran}");
    let older = folder.with(
        "older.ron",
        text.replace("// replay: dryroll ", "// replay: dryroll 0."),
    );
    let ran = dry(&["replay", &older]);
    assert!(ran.err.contains("found with dryroll 0."), "{ran}");
}

#[test]
fn the_same_arguments_give_the_same_bytes_on_any_number_of_threads() {
    let folder = Folder::new();
    let file = folder.with("roll.ron", ROLL);
    let with = |jobs| {
        let words = [
            "search", &file, "--seeds", "520", "--format", "json", "--jobs", jobs,
        ];
        dry(&words).code(1).quiet().out
    };
    let one = with("1");
    assert_eq!(one, with("2"));
    assert_eq!(one, with("8"));
    let json: Value = serde_json::from_str(&one).expect("JSON");
    assert_eq!(json["schema"], outcome::search::SEARCH_SCHEMA_VERSION);
    assert_eq!(json["asked"]["runs"], 520);
}

#[test]
fn nothing_found_is_exit_0() {
    let folder = Folder::new();
    let file = folder.with("roll.ron", ROLL);
    dry(&["search", &file, "--seeds", "10", "--faults", "0"])
        .code(0)
        .says("NOTHING FOUND");
}

#[test]
fn words_that_are_none_are_met_with_the_right_ones() {
    let folder = Folder::new();
    let file = folder.with("roll.ron", ROLL);
    let ran = dry(&["search", &file, "--kinds", "fire"]).code(2);
    assert!(ran.err.contains("crash, pause, network"), "{ran}");
    let ran = dry(&["search", &file, "--strategy", "luck"]).code(2);
    assert!(ran.err.contains("mixed, uniform"), "{ran}");
    let ran = dry(&["search", &file, "--budget", "long"]).code(2);
    assert!(ran.err.contains("60s"), "{ran}");
}
