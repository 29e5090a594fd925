//! Nothing is half-written, and what cannot be written is told before the work.

use crate::support::{CALM, Folder, dry};
use std::fs;

#[test]
fn a_report_folder_that_is_a_file_is_told_before_the_run() {
    let folder = Folder::new();
    let file = folder.with("calm.ron", CALM);
    let taken = folder.with("taken", "mine");
    dry(&["run", &file, "--report", &taken])
        .code(2)
        .without_result()
        .complains("not a folder");
    let below = folder.word("taken/below");
    dry(&["run", &file, "--report", &below])
        .code(2)
        .without_result()
        .complains("cannot write a report into");
    assert_eq!(folder.text("taken"), "mine");
}

#[cfg(unix)]
#[test]
fn a_report_folder_without_the_right_to_write_is_told_before_the_run() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    let file = folder.with("calm.ron", CALM);
    let locked = folder.word("locked");
    fs::create_dir(&locked).expect("a folder");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o555)).expect("permissions");
    if fs::write(folder.path().join("locked/probe"), "").is_ok() {
        // The administrator may write everywhere; a file system of the kernel's takes no files from anybody.
        dry(&["run", &file, "--report", "/proc/dryroll"])
            .code(2)
            .without_result()
            .complains("/proc/dryroll");
        return;
    }
    dry(&["run", &file, "--report", &locked])
        .code(2)
        .without_result()
        .complains("cannot write a report into");
}

#[test]
fn a_run_that_cannot_be_made_leaves_no_report() {
    let folder = Folder::new();
    let file = folder.with("typo.ron", CALM.replace("partitions", "partitons"));
    dry(&["run", &file, "--report", &folder.word("out")]).code(2);
    assert_eq!(folder.names(), ["typo.ron"]);
}

#[test]
fn an_old_report_is_replaced_file_by_file() {
    let folder = Folder::new();
    let file = folder.with("calm.ron", CALM);
    let out = folder.word("out");
    folder.with("out/notes.txt", "mine");
    folder.with("out/outcome.json", "old");
    dry(&["run", &file, "--report", &out]).code(0);
    assert_eq!(folder.text("out/notes.txt"), "mine");
    assert!(folder.text("out/outcome.json").starts_with('{'));
    let left: Vec<_> = fs::read_dir(&out)
        .expect("it is there")
        .filter(|entry| {
            entry.as_ref().is_ok_and(|entry| {
                entry
                    .path()
                    .extension()
                    .is_some_and(|ending| ending == "tmp")
            })
        })
        .collect();
    assert!(left.is_empty(), "{left:?}");
}
