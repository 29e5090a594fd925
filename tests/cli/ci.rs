//! The files for other people's CI: they are YAML, and every command in them is one that the program has.

use crate::support::{ROOT, dry};
use std::fs;
use std::path::Path;
use yaml_rust2::{Yaml, YamlLoader};

fn yaml(path: &str) -> Yaml {
    let text = fs::read_to_string(Path::new(ROOT).join(path)).expect("the file is there");
    let mut documents =
        YamlLoader::load_from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
    assert_eq!(documents.len(), 1, "{path}");
    documents.remove(0)
}

/// The texts of all fields of this name.
fn fields(yaml: &Yaml, name: &str, found: &mut Vec<String>) {
    match yaml {
        Yaml::Hash(map) => {
            for (key, value) in map {
                if key.as_str() == Some(name)
                    && let Some(text) = value.as_str()
                {
                    found.push(text.to_owned());
                }
                fields(value, name, found);
            }
        }
        Yaml::Array(items) => items.iter().for_each(|item| fields(item, name, found)),
        _ => {}
    }
}

/// The commands of ours in a piece of shell: the words from `dryroll` on.
fn commands(shell: &str) -> Vec<Vec<String>> {
    shell
        .lines()
        .filter_map(|line| {
            let (before, rest) = line.split_once("dryroll ")?;
            before.trim().is_empty().then(|| {
                let end = rest.find([';', '|', '>']).unwrap_or(rest.len());
                rest[..end].split_whitespace().map(str::to_owned).collect()
            })
        })
        .collect()
}

/// The program has this command, and the command these options with these values.
fn exists(words: &[String]) {
    let help = dry(&[&words[0], "--help"]).code(0).out;
    for (at, word) in words
        .iter()
        .enumerate()
        .filter(|(_, word)| word.starts_with("--"))
    {
        assert!(
            help.contains(&format!("{word} ")),
            "{word} of {words:?}\n{help}"
        );
        if word == "--format" {
            let value = format!("- {}:", words[at + 1]);
            assert!(help.contains(&value), "{value} of {words:?}\n{help}");
        }
    }
}

#[test]
fn the_example_workflow_is_yaml_and_its_commands_exist() {
    let workflow = yaml("docs/ci/github.yml");
    assert!(workflow["jobs"]["rehearse"]["steps"].as_vec().is_some());
    let mut shells = Vec::new();
    fields(&workflow, "run", &mut shells);
    let found: Vec<Vec<String>> = shells.iter().flat_map(|shell| commands(shell)).collect();
    let names: Vec<&str> = found.iter().map(|words| words[0].as_str()).collect();
    assert_eq!(names, ["check", "test", "diff", "search", "rollback"]);
    found.iter().for_each(|words| exists(words));
}

#[test]
fn the_hooks_are_yaml_and_their_commands_exist() {
    let hooks = yaml(".pre-commit-hooks.yaml");
    let hooks = hooks.as_vec().expect("a list of hooks");
    assert_eq!(hooks.len(), 3);
    for hook in hooks {
        for field in ["id", "name", "entry", "language", "files"] {
            assert!(hook[field].as_str().is_some(), "{field} of {hook:?}");
        }
        let entry = hook["entry"].as_str().expect("just seen");
        let found = commands(entry);
        assert_eq!(found.len(), 1, "{entry}");
        exists(&found[0]);
        // What pre-commit adds to the command are files.
        let ran = dry(&[&found[0][0], "no-such.ron"]).code(2);
        assert!(format!("{ran}").contains("no-such.ron"), "{ran}");
    }
}
