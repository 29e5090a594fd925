//! The corpus of the fuzzer, without a fuzzer: what once was found stays mended.
#![allow(missing_docs, reason = "tests speak for themselves")]

use scenario::diagnostic::{json, render};
use scenario::{Diagnostic, Memory};
use std::fs;
use std::path::Path;

/// The same as `fuzz/fuzz_targets/read.rs`.
fn read(bytes: &[u8]) {
    let read = scenario::read(&Memory::new().with("x.ron", bytes), "x.ron");
    let failed = read.diagnostics.iter().any(Diagnostic::is_error);
    assert_eq!(read.scenario.is_none(), failed);
    render::render(&read.diagnostics, &read.sources, render::Style::default());
    json::to_json(&read.diagnostics, &read.sources);
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(once) = scenario::format::format(text, 0)
    {
        assert_eq!(
            scenario::format::format(&once, 0).as_ref(),
            Ok(&once),
            "formatting again changes nothing"
        );
    }
}

fn files(folder: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = fs::read_dir(folder).expect("the folder is there");
    let paths = entries
        .map(|entry| entry.expect("it can be listed").path())
        .filter(|path| path.is_file());
    paths
        .map(|path| fs::read(path).expect("it can be read"))
        .collect()
}

#[test]
fn the_reader_survives_its_corpus() {
    let corpus = files("fuzz/corpus/read");
    assert!(corpus.len() >= 10, "only {} files", corpus.len());
    for bytes in corpus {
        read(&bytes);
    }
}

#[test]
fn the_reader_survives_every_beginning_and_every_lost_byte_of_a_scenario() {
    let text = scenario::starter::TEXT.as_bytes();
    for end in 0..text.len() {
        read(&text[..end]);
    }
    for lost in 0..text.len() {
        let mut spoiled = text.to_vec();
        spoiled.remove(lost);
        read(&spoiled);
    }
}

#[test]
fn the_fuzz_target_and_this_test_do_the_same() {
    // The target is the body of a macro, which nobody lays out.
    let body = |path: &str| {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path))
            .expect("it is there");
        let begin = text
            .find("    let read = scenario::read(")
            .expect("it reads");
        let end = begin + text[begin..].find("\n}").expect("it ends");
        text[begin..end]
            .replace(',', "")
            .split_whitespace()
            .collect::<String>()
    };
    assert_eq!(body("tests/corpus.rs"), body("fuzz/fuzz_targets/read.rs"));
}
