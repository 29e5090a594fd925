//! What the engine must not contain. The compiler's linter checks the same (`clippy.toml`); this holds without it, and
//! sees to it that the linter's list does not shrink.

use std::fs;
use std::path::Path;

const FORBIDDEN: [&str; 14] = [
    "f32",
    "f64",
    "HashMap",
    "HashSet",
    "Instant",
    "SystemTime",
    "thread_rng",
    "StdRng",
    "SmallRng",
    "env",
    "thread_local",
    "OnceLock",
    "LazyLock",
    "unsafe",
];

fn sources(folder: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("the sources are there") {
        let path = entry.expect("it can be read").path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else {
            files.push((
                path.display().to_string(),
                fs::read_to_string(&path).expect("it is text"),
            ));
        }
    }
    files
}

/// The words of the code, without comments.
fn words(source: &str) -> impl Iterator<Item = &str> {
    let code = source
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default());
    code.flat_map(|line| {
        line.split(|character: char| !(character.is_alphanumeric() || character == '_'))
    })
}

#[test]
fn nothing_in_the_engine_depends_on_the_machine_or_the_moment() {
    let files = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(files.len() > 15, "{}", files.len());
    for (path, source) in files {
        for word in words(&source) {
            assert!(!FORBIDDEN.contains(&word), "{path}: {word}");
        }
    }
}

#[test]
fn the_words_of_code_are_seen_and_those_of_comments_are_not() {
    let found: Vec<&str> = words("let x: f64 = 1; // no f32 here")
        .filter(|word| FORBIDDEN.contains(word))
        .collect();
    assert_eq!(found, ["f64"]);
}

#[test]
fn the_linter_forbids_them_too() {
    let rules = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("clippy.toml"))
        .expect("it is there");
    for path in [
        "f32",
        "f64",
        "std::collections::HashMap",
        "std::collections::HashSet",
        "std::time::Instant",
        "std::time::SystemTime",
        "std::thread::spawn",
        "std::env::var",
    ] {
        assert!(
            rules.contains(&format!("{{ path = \"{path}\", reason = ")),
            "{path}"
        );
    }
}
