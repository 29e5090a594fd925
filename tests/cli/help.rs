//! Help, version, completions, schema.

use crate::support::{Folder, dry, dryroll, run};

const COMMANDS: [&str; 13] = [
    "run",
    "test",
    "check",
    "init",
    "fmt",
    "facts",
    "fidelity",
    "report",
    "schema",
    "search",
    "replay",
    "merge",
    "completions",
];

#[test]
fn every_command_is_in_the_help_and_has_help_with_examples() {
    let top = dry(&["--help"]).code(0).quiet();
    for command in COMMANDS {
        assert!(
            top.out.contains(&format!("\n  {command} ")),
            "{command} is missing in\n{top}"
        );
        let help = dry(&[command, "--help"]).code(0).quiet();
        assert!(
            help.out.contains("Examples:"),
            "{command} has no examples:\n{help}"
        );
    }
}

#[test]
fn help_fits_narrow_and_wide_terminals() {
    for columns in [60, 80, 200] {
        for command in COMMANDS {
            let help = run(dryroll()
                .args([command, "--help"])
                .env("COLUMNS", columns.to_string()));
            // Commands to be copied are not broken; everything else fits.
            let prose = help.out.lines().filter(|line| {
                !line.trim_start().starts_with("dryroll") && !line.contains("Usage:")
            });
            for line in prose {
                assert!(
                    line.chars().count() <= columns,
                    "{command} at {columns}: {line}"
                );
            }
        }
    }
}

#[test]
fn short_help_and_version_are_results() {
    dry(&["-h"]).code(0).quiet().says("Usage: dryroll");
    dry(&["--version"])
        .code(0)
        .quiet()
        .says(concat!("dryroll ", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_wrong_command_line_is_exit_2_with_a_hint() {
    dry(&["tets", "x.ron"])
        .code(2)
        .without_result()
        .complains("'test'");
    dry(&["run"]).code(2).without_result().complains("<FILE>");
    dry(&["run", "x.ron", "--sed", "3"])
        .code(2)
        .complains("--seed");
    dry(&["run", "x.ron", "--seed", "many"])
        .code(2)
        .complains("many");
    dry(&["run", "x.ron", "--seed", "-1"]).code(2);
    dry(&["test", "x.ron", "--format", "xml"])
        .code(2)
        .complains("junit");
    dry(&[]).code(2);
}

#[test]
fn completions_are_there_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        dry(&["completions", shell])
            .code(0)
            .quiet()
            .says("explain-defaults");
    }
    dry(&["completions", "tcsh"]).code(2).complains("bash");
}

#[test]
fn schemas_are_json_schemas() {
    for (result, field) in [
        ("outcome", "verdict"),
        ("search", "stories"),
        ("rollback", "moments"),
        ("gates", "to_add"),
        ("diff", "worse"),
    ] {
        let schema = dry(&["schema", result]).code(0).quiet().out;
        let schema: serde_json::Value = serde_json::from_str(&schema).expect("it is JSON");
        assert!(schema["properties"][field].is_object(), "{schema:#}");
        jsonschema::validator_for(&schema).expect("it is a schema");
    }
    assert_eq!(dry(&["schema"]).out, dry(&["schema", "outcome"]).out);
    dry(&["schema", "sweep"]).code(2).complains("rollback");
}

/// Every result comes out as its schema says, and a field that the schema does not know is told of.
#[test]
fn results_are_as_their_schemas_say() {
    let folder = Folder::new();
    let found = folder.word("found");
    let careless = "scenarios/wait-for-port-only.ron";
    let kept = "scenarios/first-roll.ron";
    dry(&["search", careless, "--seeds", "24", "--out", &found]).code(1);
    let json = |words: &[&str]| dry(&[words, &["--format", "json"]].concat()).out;
    for (result, text) in [
        ("search", folder.text("found/search.json")),
        ("search", json(&["search", kept, "--exhaustive", "1"])),
        (
            "search",
            json(&[
                "search",
                kept,
                "--probability",
                "crash=1/d",
                "--seeds",
                "50",
            ]),
        ),
        ("rollback", json(&["rollback", kept, "--seeds", "1"])),
        (
            "rollback",
            json(&[
                "rollback",
                "scenarios/upgrade-3.9-to-4.1-finalized.ron",
                "--seeds",
                "1",
            ]),
        ),
        ("gates", json(&["gates", careless, "--seeds", "2"])),
        ("diff", json(&["diff", careless, kept, "--seeds", "2"])),
    ] {
        let schema: serde_json::Value =
            serde_json::from_str(&dry(&["schema", result]).out).expect("it is JSON");
        let schema = closed(schema);
        let schema = jsonschema::validator_for(&schema).expect("it is a schema");
        let value: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
        let errors: Vec<String> = schema
            .iter_errors(&value)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{result}: {errors:#?}");
    }
}

/// The schema, in which objects have no fields but those that are named.
fn closed(mut schema: serde_json::Value) -> serde_json::Value {
    fn close(value: &mut serde_json::Value) {
        use serde_json::Value;
        match value {
            Value::Object(fields) => {
                fields.values_mut().for_each(close);
                if fields.get("properties").is_some_and(Value::is_object)
                    && fields.get("type").is_some_and(|kind| kind == "object")
                {
                    fields.insert("additionalProperties".to_owned(), Value::Bool(false));
                }
            }
            Value::Array(items) => items.iter_mut().for_each(close),
            _ => {}
        }
    }
    close(&mut schema);
    schema
}
