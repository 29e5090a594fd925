//! `dryroll init`.

use crate::support::{Folder, dry, dryroll, run};

#[test]
fn the_first_file_can_be_run_and_holds() {
    let folder = Folder::new();
    run(dryroll().arg("init").current_dir(folder.path()))
        .code(0)
        .quiet()
        .says("dryroll run rehearsal.ron");
    dry(&["check", &folder.word("rehearsal.ron")]).code(0);
    dry(&["test", &folder.word("rehearsal.ron")])
        .code(0)
        .says("holds");
}

#[test]
fn nothing_is_overwritten() {
    let folder = Folder::new();
    let file = folder.with("mine.ron", "mine");
    dry(&["init", &file])
        .code(2)
        .without_result()
        .complains("there already");
    assert_eq!(folder.text("mine.ron"), "mine");
}

#[test]
fn a_folder_that_is_not_there_is_told() {
    let folder = Folder::new();
    dry(&["init", &folder.word("no/such/x.ron")])
        .code(2)
        .complains("folder");
    assert_eq!(folder.names(), [""; 0]);
}

#[test]
fn standard_output_will_do() {
    dry(&["init", "-"]).code(0).quiet().says("about:");
}
