//! Parts in files of their own.

use super::{SOUND, problems, read_files};
use crate::loader::Memory;
use crate::read::Read;

const ESTATE: &str = "( clusters: { \"prod\": \"clusters/prod.ron\" } )";
const CLUSTER: &str = "( kafka: \"3.9.2\", brokers: 3, controllers: 3 )";

fn wrong(read: &Read) -> Vec<String> {
    problems(&read.diagnostics, &read.sources)
}

#[test]
fn every_part_may_live_in_a_file_of_its_own() {
    let read = read_files(
        Memory::new()
            .with(
                "main.ron",
                "(estate: \"estates/prod.ron\", runbook: \"runbook.ron\", faults: \"faults.ron\", contract: \"contract.ron\")",
            )
            .with("estates/prod.ron", ESTATE)
            .with("estates/clusters/prod.ron", CLUSTER)
            .with("runbook.ron", "[(step: \"stop\", do: Stop(2))]")
            .with("faults.ron", "[(fault: Kill(1), at: \"1m\")]")
            .with("contract.ron", "[Completes]"),
    );
    assert_eq!(wrong(&read), Vec::<String>::new());
    let scenario = read.scenario.expect("nothing is wrong");
    assert_eq!(
        (
            scenario.runbook.len(),
            scenario.faults.len(),
            scenario.contract.len()
        ),
        (1, 1, 1)
    );
    assert_eq!(scenario.estate.clusters.len(), 1);
}

#[test]
fn paths_are_relative_to_the_file_that_says_them() {
    let files = Memory::new()
        .with("main.ron", "(estate: \"../shared/estate.ron\")")
        .with(
            "../shared/estate.ron",
            "( clusters: { \"prod\": \"../clusters/prod.ron\" } )",
        )
        .with("../clusters/prod.ron", CLUSTER);
    assert_eq!(wrong(&read_files(files)), Vec::<String>::new());
}

#[test]
fn absolute_paths_are_allowed() {
    let files = Memory::new()
        .with("main.ron", "(estate: \"/etc/estate.ron\")")
        .with(
            "/etc/estate.ron",
            "(clusters: { \"prod\": \"/x/prod.ron\" })",
        )
        .with("/x/prod.ron", CLUSTER);
    assert_eq!(wrong(&read_files(files)), Vec::<String>::new());
}

#[test]
fn a_mistake_in_a_part_is_shown_in_that_file() {
    let read = read_files(
        Memory::new()
            .with("main.ron", "(estate: \"estate.ron\")")
            .with(
                "estate.ron",
                "(\n  clusters: { \"prod\": (kafka: \"3.9.2\", broker: 3, controllers: 1) },\n)",
            ),
    );
    assert_eq!(
        wrong(&read),
        ["broker | A cluster has no field `broker`. → brokers"]
    );
    assert_eq!(
        read.sources.locate(read.diagnostics[0].span),
        "estate.ron:2:40"
    );
}

#[test]
fn a_reference_across_files_is_checked() {
    let text = SOUND.replace(
        "faults: [(fault: Kill(2), at: At(\"3m\"))]",
        "faults: \"faults.ron\"",
    );
    let read = read_files(
        Memory::new()
            .with("main.ron", text)
            .with("faults.ron", "[(fault: Kill(9), at: \"1m\")]"),
    );
    assert_eq!(wrong(&read), ["9 | There is no node 9."]);
    assert_eq!(
        read.sources.locate(read.diagnostics[0].span),
        "faults.ron:1:15"
    );
}

#[test]
fn a_missing_file_is_shown_with_near_names() {
    let read = read_files(
        Memory::new()
            .with("main.ron", "(estate: \"estates/prd.ron\")")
            .with("estates/prod.ron", ESTATE),
    );
    assert_eq!(
        wrong(&read),
        ["\"estates/prd.ron\" | There is no file estates/prd.ron."]
    );
    assert_eq!(
        read.diagnostics[0].notes,
        ["Did you mean estates/prod.ron?"]
    );
}

#[test]
fn a_missing_first_file_is_an_error_too() {
    let read = read_files(Memory::new().with("min.ron", ESTATE));
    assert!(read.scenario.is_none());
    assert_eq!(wrong(&read), [" | There is no file main.ron."]);
    assert_eq!(read.diagnostics[0].notes, ["Did you mean min.ron?"]);
}

#[test]
fn a_file_that_is_a_part_of_itself_is_an_error() {
    let read = read_files(
        Memory::new()
            .with("main.ron", "(estate: \"a.ron\")")
            .with("a.ron", "\"./b.ron\"")
            .with("b.ron", "\"sub/../a.ron\""),
    );
    assert_eq!(
        wrong(&read),
        ["\"sub/../a.ron\" | This file is already being read: it is a part of itself."]
    );
    assert_eq!(
        read.diagnostics[0].notes,
        ["The way here: main.ron → a.ron → b.ron → a.ron."]
    );
}

#[test]
fn a_chain_of_files_has_an_end() {
    let mut files = Memory::new().with("main.ron", "(estate: \"0.ron\")");
    for index in 0..100 {
        files = files.with(format!("{index}.ron"), format!("\"{}.ron\"", index + 1));
    }
    let read = read_files(files);
    assert_eq!(
        wrong(&read),
        ["\"15.ron\" | There are more than 16 files inside each other, or more than 1000 files."]
    );
}

#[test]
fn bytes_that_are_no_text_are_shown_with_their_place() {
    let read = read_files(Memory::new().with("main.ron", b"(about: \"a\xFFb\")".to_vec()));
    assert_eq!(
        read.diagnostics[0].message,
        "The file is not UTF-8 text: byte 10 (0xFF) begins no character."
    );
    assert_eq!(
        read.sources.locate(read.diagnostics[0].span),
        "main.ron:1:11"
    );
}

#[test]
fn a_part_with_a_broken_bracket_does_not_hide_the_rest() {
    let text = SOUND
        .replace(
            "faults: [(fault: Kill(2), at: At(\"3m\"))]",
            "faults: \"faults.ron\"",
        )
        .replace("Wait(\"1h\")", "Wait(1)");
    let read = read_files(
        Memory::new()
            .with("main.ron", text)
            .with("faults.ron", "[(fault: Kill(2), at: \"1m\")"),
    );
    assert_eq!(
        wrong(&read),
        [
            "1 | A duration needs a unit: \"1s\" is seconds, \"1ms\" milliseconds. → \"1s\"",
            "[ | This `[` is never closed.",
        ]
    );
}
