//! Tests of the language as a whole, and what they share.
//!
//! Most tests take one sound file, put one thing wrong, and say what the answer is.

mod formatting;
mod generate;
mod language;
mod messages;
mod mutate;
mod parts;
mod properties;
mod real_kafka;
mod references;
mod rendering;
mod same_meaning;
mod syntax;
mod vocabulary;

use crate::diagnostic::Diagnostic;
use crate::loader::Memory;
use crate::model::{Cluster, Scenario};
use crate::read::{Read, read_with};
use crate::source::Sources;
use crate::syntax::{is_ron, plain};
use vocabulary::Double;

/// A sound file that has something of everything that other parts refer to.
pub(crate) const SOUND: &str = r#"(
    about: "three brokers",
    estate: (
        clusters: {
            "prod": (
                kafka: "3.9.2", brokers: 3, controllers: 3, racks: ["a", "b", "c"],
                topics: { "orders": (partitions: 12, replicas: 3) },
            ),
        },
        producers: { "checkout": (to: "orders", rate: "2000/s") },
        groups: { "billing": (reads: ["orders"], members: 3) },
    ),
    runbook: [
        (step: "controllers", do: Roll(Controllers, to: "4.1.2"), between: [QuorumHealthy(for: "10s")]),
        (step: "brokers", do: Roll(Brokers, to: "4.1.2"), between: [UnderReplicated(for: "30s")]),
        (step: "soak", do: Wait("1h")),
    ],
    faults: [(fault: Kill(2), at: At("3m"))],
    contract: [WriteOutage("checkout", at_most: "5s"), Lost("checkout", 0)],
    expect: Holds,
)
"#;

/// Reads a text as the file `main.ron`. What is accepted has to be RON.
pub(crate) fn read(text: impl Into<Vec<u8>>) -> Read {
    let bytes = text.into();
    let read = read_files(Memory::new().with("main.ron", bytes));
    assert_eq!(
        read.scenario.is_none(),
        read.diagnostics.iter().any(Diagnostic::is_error)
    );
    if read.scenario.is_some() {
        let text = &read.sources.get(0).expect("the file itself").text;
        assert!(
            is_ron(&plain(text)),
            "accepted, and the ron crate does not read it:\n{text}"
        );
    }
    read
}

/// Reads `main.ron` of these files.
pub(crate) fn read_files(files: Memory) -> Read {
    read_with(&files, "main.ron", &Double)
}

/// Reads a text that has nothing wrong with it.
pub(crate) fn sound(text: &str) -> Scenario {
    let read = read(text);
    assert_eq!(
        problems(&read.diagnostics, &read.sources),
        Vec::<String>::new()
    );
    read.scenario
        .expect("no diagnostic, so there is a scenario")
}

/// The sound file with one piece replaced.
pub(crate) fn changed(from: &str, to: &str) -> String {
    assert!(SOUND.contains(from), "the sound file has no {from}");
    SOUND.replacen(from, to, 1)
}

/// What is wrong with the sound file once a piece of it is replaced.
pub(crate) fn wrong(from: &str, to: &str) -> Vec<String> {
    wrong_in(&changed(from, to))
}

/// What is wrong with a file, one line each.
pub(crate) fn wrong_in(text: &str) -> Vec<String> {
    let read = read(text);
    problems(&read.diagnostics, &read.sources)
}

/// Each diagnostic as the word it points at, its message and its suggestion.
pub(crate) fn problems(diagnostics: &[Diagnostic], sources: &Sources) -> Vec<String> {
    diagnostics
        .iter()
        .map(|diagnostic| {
            let mut line = format!("{} | {}", sources.text(diagnostic.span), diagnostic.message);
            if let Some(suggestion) = &diagnostic.suggestion {
                line.push_str(&format!(" → {}", suggestion.replacement));
            }
            line
        })
        .collect()
}

/// A cluster with these fields and a version.
pub(crate) fn cluster(fields: &str) -> Cluster {
    let text = format!("(estate: (clusters: {{ \"prod\": (kafka: \"3.9.2\", {fields}) }}))");
    let scenario = sound(&text);
    scenario
        .estate
        .clusters
        .into_values()
        .next()
        .expect("one cluster")
}
