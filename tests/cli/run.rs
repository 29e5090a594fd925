//! `dryroll run`.

use crate::support::{CALM, Folder, KILLED, dry, dry_with};
use serde_json::Value;

#[test]
fn promises_that_hold_are_exit_0() {
    let folder = Folder::new();
    let file = folder.with("calm.ron", CALM);
    dry(&["run", &file])
        .code(0)
        .quiet()
        .says("HOLDS")
        .says("Nothing happens");
}

#[test]
fn a_broken_promise_is_exit_1_and_explained() {
    let folder = Folder::new();
    let file = folder.with("killed.ron", KILLED);
    let ran = dry(&["run", &file]).code(1).quiet().says("BREAKS");
    assert!(
        ran.out.contains("checkout got no acknowledgement for"),
        "{ran}"
    );
    assert!(ran.out.contains("kill"), "the cause is told\n{ran}");
}

#[test]
fn the_command_to_repeat_a_run_repeats_it() {
    let folder = Folder::new();
    let file = folder.with("killed.ron", KILLED);
    let first = dry(&["run", &file, "--seed", "7"]).code(1);
    let again = first
        .out
        .lines()
        .find_map(|line| line.strip_prefix("Again: dryroll "));
    let again = again.unwrap_or_else(|| panic!("no command in\n{first}"));
    let words: Vec<&str> = again.split(' ').collect();
    assert_eq!(dry(&words).out, first.out);
}

#[test]
fn the_seed_of_the_file_is_the_default() {
    let folder = Folder::new();
    let file = folder.with("killed.ron", KILLED.replace("expect:", "seed: 5, expect:"));
    let told = dry(&["run", &file, "--seed", "5"]).code(1).out;
    assert_eq!(dry(&["run", &file]).out, told);
    assert_ne!(dry(&["run", &file, "--seed", "6"]).out, told);
}

#[test]
fn json_is_complete_and_as_the_schema_says() {
    let folder = Folder::new();
    let schema: Value = serde_json::from_str(&dry(&["schema"]).out).expect("JSON");
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    for (name, text, code) in [("calm.ron", CALM, 0), ("killed.ron", KILLED, 1)] {
        let file = folder.with(name, text);
        let json = dry(&["run", &file, "--json"]).code(code).quiet().out;
        let json: Value = serde_json::from_str(&json).expect("JSON");
        let errors: Vec<String> = schema
            .iter_errors(&json)
            .map(|error| error.to_string())
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
        assert_eq!(
            json["file"], name,
            "the outcome does not depend on the folder"
        );
        assert_eq!(json["schema"], outcome::SCHEMA_VERSION);
        for part in ["promises", "steps", "timeline", "producers", "rests_on"] {
            assert!(
                json[part].as_array().is_some_and(|list| !list.is_empty()),
                "{part} is empty"
            );
        }
    }
}

#[test]
fn a_report_is_a_folder_of_six_files() {
    let folder = Folder::new();
    let file = folder.with("killed.ron", KILLED);
    let out = folder.word("out/deep");
    dry(&["run", &file, "--report", &out])
        .code(1)
        .says("BREAKS")
        .complains(&format!("report in {out}"));
    let mut names: Vec<String> = std::fs::read_dir(&out)
        .expect("the folder is made")
        .map(|entry| {
            entry
                .expect("listed")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    let expected = [
        "junit.xml",
        "outcome.json",
        "outcome.schema.json",
        "report.html",
        "timeline.png",
        "timeline.svg",
    ];
    assert_eq!(names, expected);
    assert_eq!(
        folder.text("out/deep/outcome.json"),
        dry(&["run", &file, "--json"]).out
    );
}

#[test]
fn defaults_are_explained() {
    let folder = Folder::new();
    let file = folder.with("calm.ron", CALM);
    dry(&["run", &file, "--explain-defaults"])
        .code(0)
        .says("estate.clusters.prod.network: \"10Gbit/s\"")
        .says("assumed: a common network card")
        .says("broker.session.timeout.ms");
    dry(&["run", &file, "--explain-defaults", "--json"])
        .code(2)
        .without_result();
}

#[test]
fn verbose_says_more() {
    let folder = Folder::new();
    let file = folder.with("killed.ron", KILLED);
    let short = dry(&["run", &file]).out;
    let long = dry(&["run", &file, "--verbose"]).code(1).out;
    assert!(long.lines().count() > short.lines().count());
}

#[test]
fn a_scenario_can_come_from_standard_input() {
    dry_with(&["run", "-"], CALM.as_bytes())
        .code(0)
        .quiet()
        .says("HOLDS");
    dry_with(&["run", "-"], b"(abuot: 1)")
        .code(2)
        .complains("about");
}
