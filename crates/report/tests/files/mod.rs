//! A report as a folder.

use std::fs;
use std::path::PathBuf;

use report::{WriteError, json, write_file, write_report};

use crate::samples;

/// A folder of this test's own, removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path =
            std::env::temp_dir().join(format!("dryroll-report-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(&self.0)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const FILES: [&str; 6] = [
    "junit.xml",
    "outcome.json",
    "outcome.schema.json",
    "report.html",
    "timeline.png",
    "timeline.svg",
];

#[test]
fn a_report_is_six_files_and_the_same_twice() {
    let parent = Folder::new("twice");
    let folder = Folder(parent.0.join("made/on/the/way"));
    let outcome = samples::outage();
    let written = write_report(&folder.0, &outcome).unwrap();
    assert_eq!(folder.names(), FILES);
    assert_eq!(written.len(), FILES.len());
    let first: Vec<Vec<u8>> = written.iter().map(|path| fs::read(path).unwrap()).collect();
    let again = write_report(&folder.0, &outcome).unwrap();
    assert_eq!(again, written);
    assert!(
        first
            .iter()
            .zip(&again)
            .all(|(bytes, path)| *bytes == fs::read(path).unwrap())
    );
    let saved = fs::read_to_string(folder.0.join("outcome.json")).unwrap();
    assert_eq!(
        json::read(&saved).unwrap(),
        outcome,
        "the report can be drawn again from it"
    );
}

#[test]
fn a_folder_that_cannot_be_is_named() {
    let folder = Folder::new("taken");
    let file = folder.0.join("a-file");
    fs::write(&file, "mine").unwrap();
    let error = write_report(&file, &samples::empty()).unwrap_err();
    assert!(matches!(error, WriteError::Folder { .. }), "{error}");
    assert!(error.to_string().contains("a-file"), "{error}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
}

#[test]
fn what_cannot_be_written_leaves_nothing_behind() {
    let folder = Folder::new("blocked");
    // A folder with something in it stands where the file should be.
    fs::create_dir_all(folder.0.join("junit.xml/inside")).unwrap();
    let error = write_report(&folder.0, &samples::empty()).unwrap_err();
    assert!(matches!(error, WriteError::File { .. }), "{error}");
    assert!(error.to_string().contains("junit.xml"), "{error}");
    assert!(
        folder
            .names()
            .iter()
            .all(|name| FILES.contains(&name.as_str())),
        "{:?}",
        folder.names()
    );
}

#[test]
fn a_file_is_replaced_at_once() {
    let folder = Folder::new("replace");
    let path = folder.0.join("plan.txt");
    write_file(&path, b"old").unwrap();
    write_file(&path, b"new").unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    assert_eq!(folder.names(), ["plan.txt"]);
    assert!(write_file(&folder.0.join("not-there/plan.txt"), b"x").is_err());
}
