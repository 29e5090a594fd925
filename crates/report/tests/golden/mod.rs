//! Files that an output must equal to the byte. `UPDATE_GOLDEN=1` writes them anew; then look at what changed.

use std::path::PathBuf;

/// The folder's file of that name.
pub(crate) fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name)
}

/// True if the files are to be written.
pub(crate) fn updating() -> bool {
    std::env::var_os("UPDATE_GOLDEN").is_some()
}

/// The text must be the file's.
#[track_caller]
pub(crate) fn check(name: &str, text: &str) {
    let path = path(name);
    if updating() {
        std::fs::write(&path, text).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    for (number, (is, should)) in text.lines().zip(expected.lines()).enumerate() {
        assert_eq!(is, should, "{name}, line {}", number + 1);
    }
    assert!(
        text == expected,
        "{name}: {} lines instead of {}",
        text.lines().count(),
        expected.lines().count()
    );
}
