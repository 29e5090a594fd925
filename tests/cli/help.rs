//! Help, version, completions, schema.

use crate::support::{dry, dryroll, run};

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
fn the_schema_is_a_json_schema() {
    let schema = dry(&["schema"]).code(0).quiet().out;
    let schema: serde_json::Value = serde_json::from_str(&schema).expect("it is JSON");
    assert!(schema["properties"]["verdict"].is_object(), "{schema:#}");
    jsonschema::validator_for(&schema).expect("it is a schema");
}
