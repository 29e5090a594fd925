//! `dryroll fmt`.

use crate::support::{CALM, Folder, dry, dry_with};

const LOOSE: &str =
    "(about:\"x\",estate:(clusters:{\"a\":(kafka:\"3.9.2\",brokers:3,controllers:3)}),// why\n)";

#[test]
fn a_file_is_laid_out_in_place_and_then_stays() {
    let folder = Folder::new();
    let file = folder.with("loose.ron", LOOSE);
    dry(&["fmt", "--check", &file]).code(1).says(&file);
    assert_eq!(folder.text("loose.ron"), LOOSE, "--check changes nothing");
    dry(&["fmt", &file])
        .code(0)
        .without_result()
        .complains("formatted");
    let formatted = folder.text("loose.ron");
    assert!(
        formatted.contains("about: \"x\",\n") && formatted.contains("// why"),
        "{formatted}"
    );
    dry(&["fmt", "--check", &file]).code(0).quiet();
    dry(&["fmt", &file]).code(0).quiet();
    assert_eq!(folder.text("loose.ron"), formatted);
    assert_eq!(folder.names(), ["loose.ron"], "nothing is left behind");
}

#[test]
fn standard_input_goes_to_standard_output() {
    let formatted = dry_with(&["fmt", "-"], LOOSE.as_bytes())
        .code(0)
        .quiet()
        .out;
    assert_eq!(dry_with(&["fmt", "-"], formatted.as_bytes()).out, formatted);
    dry_with(&["fmt", "--check", "-"], LOOSE.as_bytes()).code(1);
}

#[test]
fn a_folder_is_formatted_with_its_parts() {
    let folder = Folder::new();
    folder.with("a.ron", LOOSE);
    folder.with("parts/b.ron", "(clusters:{})");
    folder.with("notes.txt", "(not:ours)");
    dry(&["fmt", &folder.word("")]).code(0);
    assert!(folder.text("a.ron").contains("about: \"x\""));
    assert!(folder.text("parts/b.ron").contains("clusters: {"));
    assert_eq!(folder.text("notes.txt"), "(not:ours)");
}

#[test]
fn a_file_with_mistakes_is_not_touched_and_the_others_are() {
    let folder = Folder::new();
    let broken = folder.with("broken.ron", "(about: \"x\"");
    let loose = folder.with("loose.ron", LOOSE);
    dry(&["fmt", &broken, &loose])
        .code(2)
        .complains("broken.ron:1:1");
    assert_eq!(folder.text("broken.ron"), "(about: \"x\"");
    assert_ne!(folder.text("loose.ron"), LOOSE);
}

#[test]
fn what_is_no_text_is_not_touched() {
    let folder = Folder::new();
    let file = folder.with("latin.ron", b"(about: \"\xe4\")");
    dry(&["fmt", &file]).code(2).complains("UTF-8");
}

#[cfg(unix)]
#[test]
fn links_and_permissions_stay() {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    let file = folder.with("real.ron", LOOSE);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("permissions");
    let link = folder.word("link.ron");
    std::os::unix::fs::symlink("real.ron", &link).expect("a link");
    dry(&["fmt", &link]).code(0);
    assert!(
        fs::symlink_metadata(&link)
            .expect("it is there")
            .is_symlink()
    );
    assert_ne!(folder.text("real.ron"), LOOSE);
    assert_eq!(
        fs::metadata(&file)
            .expect("it is there")
            .permissions()
            .mode()
            & 0o777,
        0o640
    );
}

#[test]
fn scenarios_are_formatted() {
    dry(&["fmt", "--check", "scenarios"]).code(0).quiet();
    let starter = dry(&["init", "-"]).out;
    assert_eq!(dry_with(&["fmt", "-"], starter.as_bytes()).out, starter);
    assert_eq!(dry_with(&["fmt", "-"], CALM.as_bytes()).out, CALM);
}
