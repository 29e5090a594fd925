//! Every recording of the repository can be read, replayed and put into dryroll's language.

use std::path::{Path, PathBuf};

fn observed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../observed")
}

fn problems_of(text: &str) -> Vec<String> {
    let read = scenario::read(
        &scenario::Memory::new().with("replay.ron", text),
        "replay.ron",
    );
    read.diagnostics
        .iter()
        .map(|diagnostic| format!("{} {}", diagnostic.message, diagnostic.label))
        .collect()
}

#[test]
fn every_recording_is_replayed() {
    let folder = fidelity::read(&observed()).expect("the folder can be read");
    assert_eq!(folder.not_replayed, []);
    assert!(
        folder.recordings.len() >= 25,
        "{} recordings",
        folder.recordings.len()
    );
}

#[test]
fn every_run_becomes_a_scenario_without_a_complaint() {
    for (file, recording) in &fidelity::read(&observed())
        .expect("the folder can be read")
        .recordings
    {
        for run in 0..recording.runs() {
            let text = fidelity::scenario_of_run(recording, run);
            assert_eq!(problems_of(&text), Vec::<String>::new(), "{file}:\n{text}");
        }
    }
}

#[test]
fn a_scenario_says_what_was_set_up() {
    let folder = fidelity::read(&observed()).expect("the folder can be read");
    let (_, recording) = folder
        .recordings
        .iter()
        .find(|(file, _)| file.starts_with("kill-broker-kraft-3.9.2-variants-quiet"))
        .expect("it is there");
    let text = fidelity::scenario_of(recording);
    // 50 records per second and partition are 300 per second of the producer; the other topics have producers of their own.
    assert!(
        text.contains("\"p\": (to: \"t\", rate: \"300/s\", size: \"100B\""),
        "{text}"
    );
    assert!(
        text.contains("\"short\": (to: \"short\", rate: \"60/s\""),
        "{text}"
    );
    assert!(
        text.contains("do: Kill([2])") && text.contains("do: Start([2])"),
        "{text}"
    );
}

#[test]
fn a_throttle_set_by_tool_before_the_first_operation_is_a_setting() {
    let folder = fidelity::read(&observed()).expect("the folder can be read");
    let (_, recording) = folder
        .recordings
        .iter()
        .find(|(file, _)| file.contains("throttle6000000"))
        .expect("it is there");
    let text = fidelity::scenario_of(recording);
    assert!(
        text.contains("\"follower.replication.throttled.rate\": \"6000000\"")
            && text.contains("\"leader.replication.throttled.rate\": \"6000000\""),
        "{text}"
    );
}

/// A folder of its own with these files.
fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    for (file, content) in files {
        std::fs::write(folder.join(file), content).expect("a file for the test");
    }
    folder
}

fn why(name: &str, content: &str) -> String {
    let folder = folder(name, &[("a.json", content)]);
    let found = fidelity::read(&folder).expect("the folder can be read");
    assert!(found.recordings.is_empty());
    found.not_replayed[0].why.clone()
}

const CALM: &str = r#"{"name": "a", "kafka": "3.9.2", "topic": {"partitions": 1, "replication_factor": 1},
 "clients": [{"name": "p", "kind": "producer", "rate_per_partition": 1, "settings": [], "version": "3.9.2"}],
 "runs": [{"ops": [{"t": 0, "op": "stop", "node": 2}]}]}"#;

#[test]
fn the_smallest_recording_is_replayed() {
    let folder = folder("smallest", &[("a.json", CALM)]);
    let table = fidelity::run(&folder, 2, &mut |_| {}).expect("it can be replayed");
    assert_eq!((table.recordings.len(), table.not_replayed.len()), (1, 0));
}

#[test]
fn what_is_not_modelled_is_listed_with_its_reason() {
    assert!(
        why(
            "mode",
            &CALM.replace("\"kafka\"", "\"mode\": \"raft\", \"kafka\"")
        )
        .contains("mode `raft`")
    );
    assert!(
        why(
            "links",
            r#"{"source_kafka": "3.9.2", "target_kafka": "4.1.2"}"#
        )
        .contains("two clusters")
    );
    assert!(
        why(
            "txn",
            &CALM.replace(
                "\"settings\": []",
                "\"settings\": [], \"extra\": [\"txn=200\"]"
            )
        )
        .contains("transactions")
    );
    assert!(
        why(
            "jbod",
            &CALM.replace(
                "\"kafka\"",
                "\"overrides\": {\"log.dirs\": \"a,b\"}, \"kafka\""
            )
        )
        .contains("log directory")
    );
    assert!(why("word", &CALM.replace("\"stop\"", "\"dance\"")).contains("`dance`"));
    assert!(why("node", &CALM.replace("\"node\": 2", "\"node\": 77")).contains("no node 77"));
    assert!(why("nodeless", &CALM.replace(", \"node\": 2", "")).contains("names no node"));
    assert!(
        why(
            "release",
            &CALM.replace("\"kafka\": \"3.9.2\"", "\"kafka\": \"9.9.9\"")
        )
        .contains("9.9.9")
    );
    assert!(
        why(
            "shape",
            &CALM.replace("\"partitions\": 1", "\"partitions\": \"many\"")
        )
        .contains("not as expected")
    );
    assert!(
        why(
            "silent",
            &CALM.replace("\"clients\": [", "\"clients\": [], \"were\": [")
        )
        .contains("nothing is written")
    );
    assert!(why("other", "[1, 2]").contains("no recording"));
    assert!(
        why(
            "idle",
            &CALM.replace("\"runs\": [{", "\"runs\": [], \"was\": [{")
        )
        .contains("no runs")
    );
}

#[test]
fn a_file_that_is_no_json_is_named() {
    let folder = folder("malformed", &[("bad.json", "{\"name\": \"a\",")]);
    let error = fidelity::run(&folder, 1, &mut |_| {})
        .expect_err("it is no JSON")
        .to_string();
    assert!(
        error.contains("bad.json is not JSON") && error.contains("line 1"),
        "{error}"
    );
}

#[test]
fn a_folder_without_recordings_is_an_error() {
    let error = fidelity::run(&folder("empty", &[("README.md", "")]), 1, &mut |_| {})
        .expect_err("there is nothing")
        .to_string();
    assert!(error.contains("no recording"), "{error}");
    let error = fidelity::run(Path::new("/no/such/folder"), 1, &mut |_| {})
        .expect_err("there is nothing")
        .to_string();
    assert!(error.contains("cannot be read"), "{error}");
}
