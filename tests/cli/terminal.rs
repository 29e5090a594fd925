//! Colours, widths, closed pipes.

use crate::support::{CALM, Folder, KILLED, dry, dryroll, run};
use std::process::Stdio;

const ESCAPE: char = '\u{1b}';

#[test]
fn colours_are_for_terminals_unless_asked_for() {
    let folder = Folder::new();
    let file = folder.with("killed.ron", KILLED);
    assert!(!dry(&["run", &file]).out.contains(ESCAPE));
    assert!(
        dry(&["run", &file, "--color", "always"])
            .out
            .contains(ESCAPE)
    );
    let with = |name: &str, value: &str, words: &[&str]| {
        run(dryroll().args(["run", &file]).args(words).env(name, value)).out
    };
    assert!(with("CLICOLOR_FORCE", "1", &[]).contains(ESCAPE));
    assert!(!with("CLICOLOR_FORCE", "0", &[]).contains(ESCAPE));
    assert!(!with("CLICOLOR_FORCE", "1", &["--color", "never"]).contains(ESCAPE));
    assert!(
        with("NO_COLOR", "1", &["--color", "always"]).contains(ESCAPE),
        "what was said last counts"
    );
    let both = run(dryroll()
        .args(["run", &file])
        .env("CLICOLOR_FORCE", "1")
        .env("NO_COLOR", "1"));
    assert!(!both.out.contains(ESCAPE));
}

#[test]
fn without_colour_the_text_is_the_same() {
    let folder = Folder::new();
    let file = folder.with("killed.ron", KILLED);
    let plain = dry(&["run", &file]).out;
    let mut stripped = String::new();
    let mut inside = false;
    for sign in dry(&["run", &file, "--color", "always"]).out.chars() {
        match (inside, sign) {
            (false, ESCAPE) => inside = true,
            (true, 'm') => inside = false,
            (true, _) => {}
            (false, sign) => stripped.push(sign),
        }
    }
    assert_eq!(stripped, plain);
}

#[test]
fn results_fit_the_terminal() {
    let folder = Folder::new();
    let file = folder.with("killed.ron", KILLED);
    for columns in ["60", "80", "120"] {
        let out = run(dryroll().args(["run", &file]).env("COLUMNS", columns)).out;
        let columns: usize = columns.parse().expect("a number");
        for line in out.lines().filter(|line| !line.contains("dryroll run")) {
            // A path is not broken inside of a word.
            assert!(
                line.chars().count() <= columns || line.contains("killed.ron"),
                "{columns}: {line}"
            );
        }
    }
    run(dryroll().args(["run", &file]).env("COLUMNS", "wide")).code(1);
    run(dryroll().args(["run", &file]).env("COLUMNS", "0")).code(1);
}

#[test]
fn a_locale_without_signs_gets_none() {
    let folder = Folder::new();
    let file = folder.with("calm.ron", CALM);
    let out = run(dryroll().args(["run", &file]).env("LC_ALL", "C")).out;
    assert!(out.is_ascii(), "{out}");
}

#[test]
fn a_closed_pipe_is_quiet_and_keeps_the_exit_code() {
    let folder = Folder::new();
    let file = folder.with("killed.ron", KILLED);
    for words in [
        &["run", &file, "--json"][..],
        &["run", &file, "--verbose"],
        &["facts", "4.1.2"],
        &["schema"],
    ] {
        let mut child = dryroll()
            .args(words)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{words:?}");
        assert_eq!(
            output.status.code(),
            Some(i32::from(words[0] == "run")),
            "{words:?}"
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_standard_output_is_told() {
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .expect("the device is there");
    let output = dryroll()
        .args(["schema"])
        .stdout(full)
        .stderr(Stdio::piped())
        .output()
        .expect("it starts");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write to standard output"));
}
