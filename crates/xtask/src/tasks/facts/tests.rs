//! The generator, on small releases made up for the purpose and on the data files that are there.

use std::path::PathBuf;

use super::*;

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../facts/data")
}

/// A folder that is gone when the test is over.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("dryroll-xtask-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn with(self, name: &str, text: &str) -> Self {
        fs::write(self.0.join(name), text).unwrap();
        self
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

fn run_in(data: &Folder, extractions: &Folder, check: bool) -> (String, bool) {
    let options = Options {
        folder: extractions.0.clone(),
        check,
        data: data.0.clone(),
    };
    let mut out = Vec::new();
    let code = run(&options, &mut out).unwrap();
    (String::from_utf8(out).unwrap(), code == ExitCode::SUCCESS)
}

/// The lines of a data file that are facts, without padding.
fn facts_in(data: &Folder, file: &str) -> Vec<String> {
    let text = fs::read_to_string(data.0.join(file)).unwrap();
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .map(narrow)
        .collect()
}

/// What the data files say, spread out over the releases and gathered again, are the data files.
#[test]
fn the_data_files_are_what_the_generator_writes() {
    let book = read::book(&data()).unwrap();
    assert_eq!(book.releases.len(), 20);
    for (name, text) in write::files(&book).unwrap() {
        let file = fs::read_to_string(data().join(name)).unwrap();
        assert!(file == text, "{name} is not as the generator writes it");
    }
}

const OLD: &str = r#"{
 "version": "3.2.3",
 "metadata_versions": [{"name": "3.1-IV0", "recordVersion": "null"}, {"name": "3.2-IV0", "recordVersion": "null"}],
 "features": [],
 "apis": [
  {"name": "Produce", "id": 0, "oldest": 0, "latest": 9, "latest_stable": null, "listeners": "null"},
  {"name": "LeaderAndIsr", "id": 4, "oldest": 0, "latest": 6, "latest_stable": null, "listeners": "[ZK_BROKER]"}],
 "errors": [{"name": "OLD_NAME", "code": 6, "message": "It's \"old\"; so", "retriable": true}],
 "broker_settings": {"log.dir": "/tmp/logs", "zookeeper.connect": null, "hidden": 1},
 "broker_definitions": {
  "log.dir": {"type": "STRING", "takes": null, "internal": false},
  "zookeeper.connect": {"type": "STRING", "takes": null, "internal": false},
  "hidden": {"type": "INT", "takes": "[0,...]", "internal": true}},
 "broker_dynamic_only_settings": {"throttle": 9223372036854775807},
 "broker_dynamic_only_definitions": {"throttle": {"type": "LONG", "takes": "[0,...]", "internal": false}},
 "topic_settings": {"cleanup.policy": "[delete]"},
 "topic_definitions": {"cleanup.policy": {"type": "LIST", "takes": "[compact, delete]", "internal": false}},
 "producer_settings": {"acks": "1", "key.serializer": "(required)"},
 "producer_definitions": {
  "acks": {"type": "STRING", "takes": "[all, -1, 0, 1]", "internal": false},
  "key.serializer": {"type": "CLASS", "takes": null, "internal": false}},
 "consumer_settings": {"partition.assignment.strategy": "[class a.Range, class a.Sticky]"},
 "consumer_definitions": {"partition.assignment.strategy": {"type": "LIST", "takes": null, "internal": false}},
 "admin_settings": {"ratio": 1.7976931348623157E308},
 "admin_definitions": {"ratio": {"type": "DOUBLE", "takes": null, "internal": false}},
 "broker_update_modes": {"log.dir": "per-broker"},
 "topic_synonyms": {"retention.ms": [{"broker": "log.retention.ms", "factor": 1}, {"broker": "log.retention.hours", "factor": 3600000}]}
}"#;

const NEW: &str = r#"{
 "version": "4.0.2", "latest_production": "4.0-IV0", "minimum_version": "3.2-IV0",
 "metadata_versions": [
  {"name": "3.2-IV0", "level": 3, "didMetadataChange": true, "isProduction": true, "isElrSupported": false, "fetchVersion": 12},
  {"name": "4.0-IV0", "level": 4, "didMetadataChange": false, "isProduction": true, "isElrSupported": true, "fetchVersion": 12},
  {"name": "4.1-IV0", "level": 5, "didMetadataChange": false, "isProduction": false, "isElrSupported": true, "fetchVersion": 13}],
 "features": [
  {"name": "unit.test.feature.version.0", "latest_production": 1, "latest_testing": 1, "levels": []},
  {"name": "group.version", "latest_production": 0, "latest_testing": 1, "levels": [
   {"level": 0, "bootstrap": "3.2-IV0", "needs": "{}"}, {"level": 1, "bootstrap": "4.0-IV0", "needs": "{metadata.version=4}"}]}],
 "apis": [
  {"name": "Produce", "id": 0, "oldest": 3, "latest": 13, "latest_stable": 12, "listeners": "[BROKER]"},
  {"name": "LeaderAndIsr", "id": 4, "oldest": 0, "latest": -1, "latest_stable": -1, "listeners": "[]"},
  {"name": "ShareFetch", "id": 78, "oldest": 0, "latest": 0, "latest_stable": -1, "listeners": "[BROKER]"}],
 "errors": [{"name": "NEW_NAME", "code": 6, "message": "It's \"old\"; so", "retriable": true}],
 "broker_settings": {"log.dir": "[/tmp/logs]", "hidden": 1},
 "broker_definitions": {
  "log.dir": {"type": "LIST", "takes": "", "internal": false},
  "hidden": {"type": "INT", "takes": "[0,...]", "internal": false}},
 "broker_dynamic_only_settings": {"throttle": 9223372036854775807},
 "broker_dynamic_only_definitions": {"throttle": {"type": "LONG", "takes": "[0,...]", "internal": false}},
 "topic_settings": {"cleanup.policy": "[delete]"},
 "topic_definitions": {"cleanup.policy": {"type": "LIST", "takes": "[compact, delete]", "internal": false}},
 "producer_settings": {"acks": "all", "key.serializer": "(required)"},
 "producer_definitions": {
  "acks": {"type": "STRING", "takes": "[all, -1, 0, 1]", "internal": false},
  "key.serializer": {"type": "CLASS", "takes": null, "internal": false}},
 "consumer_settings": {"partition.assignment.strategy": "[]"},
 "consumer_definitions": {"partition.assignment.strategy": {"type": "LIST", "takes": null, "internal": false}},
 "admin_settings": {"ratio": 0.5},
 "admin_definitions": {"ratio": {"type": "DOUBLE", "takes": null, "internal": false}},
 "broker_update_modes": {},
 "topic_synonyms": {"retention.ms": [{"broker": "log.retention.ms", "factor": 1}]}
}"#;

#[test]
fn two_releases_become_histories() {
    let (data, folder) = (
        Folder::new("histories-data"),
        Folder::new("histories")
            .with("3.2.3.json", OLD)
            .with("4.0.2.json", NEW),
    );
    let (said, _) = run_in(&data, &folder, false);
    assert!(said.ends_with("13 data files written\n"), "{said}");
    for (file, lines) in [
        (
            "releases.txt",
            vec!["3.2.3 | 3.2-IV0 | |", "4.0.2 | 4.0-IV0 | 3.2-IV0 | 3.2-IV0"],
        ),
        (
            "metadata-versions.txt",
            vec![
                "3.1-IV0 | - | - | 3.2.3 | 3.2.3 | 3.2.3",
                "3.2-IV0 | 3 | yes | 3.2.3 | | 3.2.3",
                "4.0-IV0 | 4 | no | 4.0.2 | | 4.0.2",
                "4.1-IV0 | 5 | no | 4.0.2 | |",
            ],
        ),
        (
            "gates.txt",
            vec![
                "fetchVersion | 3.2-IV0 12; 4.1-IV0 13",
                "isElrSupported | 3.2-IV0 false; 4.0-IV0 true",
            ],
        ),
        ("placeholders.txt", vec![]),
        (
            "features.txt",
            vec![
                "group.version | 0 | 3.2-IV0 | | 4.0.2 | 4.0.2",
                "group.version | 1 | 4.0-IV0 | metadata.version=4 | 4.0.2 |",
            ],
        ),
        (
            "apis.txt",
            vec![
                "0 | Produce | 3.2.3 0-9; 4.0.2 3-13 stable 12 | 4.0.2 BROKER",
                "4 | LeaderAndIsr | 3.2.3 0-6; 4.0.2 gone | 3.2.3 ZK_BROKER; 4.0.2 gone",
                "78 | ShareFetch | 4.0.2 0-0 stable none | 4.0.2 BROKER",
            ],
        ),
        (
            "errors.txt",
            vec![r#"6 | 3.2.3 OLD_NAME; 4.0.2 NEW_NAME | yes | "It's \"old\"; so""#],
        ),
        (
            "settings-broker.txt",
            vec![
                r#"hidden | 3.2.3 1 | 3.2.3 int internal; 4.0.2 int | "[0,...]" |"#,
                r#"log.dir | 3.2.3 "/tmp/logs"; 4.0.2 ["/tmp/logs"] | 3.2.3 string; 4.0.2 list | | 3.2.3 per-broker; 4.0.2 gone"#,
                r#"throttle | 3.2.3 9223372036854775807 | long | "[0,...]" | dynamic-only"#,
                "zookeeper.connect | 3.2.3 null; 4.0.2 gone | string | |",
            ],
        ),
        (
            "settings-topic.txt",
            vec![r#"cleanup.policy | 3.2.3 ["delete"] | list | "[compact, delete]""#],
        ),
        (
            "settings-producer.txt",
            vec![
                r#"acks | 3.2.3 "1"; 4.0.2 "all" | string | "[all, -1, 0, 1]""#,
                "key.serializer | 3.2.3 required | class |",
            ],
        ),
        (
            "settings-consumer.txt",
            vec![
                r#"partition.assignment.strategy | 3.2.3 ["a.Range","a.Sticky"]; 4.0.2 [] | list |"#,
            ],
        ),
        (
            "settings-admin.txt",
            vec!["ratio | 3.2.3 1.7976931348623157e308; 4.0.2 0.5 | double |"],
        ),
        (
            "synonyms.txt",
            vec![
                "retention.ms | 3.2.3 log.retention.ms, log.retention.hours*3600000; 4.0.2 log.retention.ms",
            ],
        ),
    ] {
        assert_eq!(facts_in(&data, file), lines, "{file}");
    }
    let (said, agrees) = run_in(&data, &folder, true);
    assert_eq!(
        (said.as_str(), agrees),
        ("data files and extraction agree: 2 releases\n", true)
    );
}

#[test]
fn a_new_release_needs_no_extraction_of_the_old_ones() {
    let data = Folder::new("new-data");
    run_in(&data, &Folder::new("first").with("3.2.3.json", OLD), false);
    run_in(&data, &Folder::new("second").with("4.0.2.json", NEW), false);
    let together = Folder::new("together-data");
    run_in(
        &together,
        &Folder::new("both")
            .with("3.2.3.json", OLD)
            .with("4.0.2.json", NEW),
        false,
    );
    for entry in fs::read_dir(&together.0).unwrap() {
        let name = entry.unwrap().file_name();
        let read = |folder: &Folder| fs::read_to_string(folder.0.join(&name)).unwrap();
        assert_eq!(read(&data), read(&together), "{name:?}");
    }
}

#[test]
fn a_section_that_was_not_extracted_stays_as_it_is() {
    let data = Folder::new("section-data");
    run_in(&data, &Folder::new("whole").with("3.2.3.json", OLD), false);
    let part = r#"{"version": "3.2.3", "producer_settings": {"acks": "all", "key.serializer": "(required)"}}"#;
    let part = Folder::new("part").with("3.2.3.json", part);
    let (said, agrees) = run_in(&data, &part, true);
    assert!(
        !agrees && said.contains("- acks | 3.2.3 \"1\"") && said.contains("+ acks | 3.2.3 \"all\""),
        "{said}"
    );
    run_in(&data, &part, false);
    assert_eq!(
        facts_in(&data, "settings-producer.txt")[0],
        r#"acks | 3.2.3 "all" | string | "[all, -1, 0, 1]""#
    );
    assert_eq!(facts_in(&data, "settings-topic.txt").len(), 1);
}

#[test]
fn a_release_without_a_section_is_refused_rather_than_half_written() {
    let (data, folder) = (
        Folder::new("refused-data"),
        Folder::new("refused").with("4.5.0.json", r#"{"version": "4.5.0", "apis": []}"#),
    );
    let options = Options {
        folder: folder.0.clone(),
        check: false,
        data: data.0.clone(),
    };
    let error = run(&options, &mut Vec::new()).unwrap_err().to_string();
    assert!(
        error.starts_with("4.5.0 lacks metadata_versions, features, errors"),
        "{error}"
    );
    assert_eq!(fs::read_dir(&data.0).unwrap().count(), 0);
}

#[test]
fn releases_that_contradict_each_other_are_refused() {
    let liar = NEW.replace("4.0.2", "4.1.2").replace(
        r#""isElrSupported": true, "fetchVersion": 12"#,
        r#""isElrSupported": false, "fetchVersion": 12"#,
    );
    let (data, folder) = (
        Folder::new("liar-data"),
        Folder::new("liar")
            .with("4.0.2.json", NEW)
            .with("4.1.2.json", &liar),
    );
    let options = Options {
        folder: folder.0.clone(),
        check: false,
        data: data.0.clone(),
    };
    let error = run(&options, &mut Vec::new()).unwrap_err().to_string();
    assert!(
        error.starts_with("4.0-IV0: production releases do not agree on isElrSupported"),
        "{error}"
    );
}

#[test]
fn an_empty_folder_is_a_mistake() {
    let error = extractions(&Folder::new("empty").0)
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("no .json file in"), "{error}");
}
