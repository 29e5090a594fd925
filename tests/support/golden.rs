//! Files of the repository that are made by a test. The test compares; `DRYROLL_BLESS=1` writes them anew.

use super::ROOT;
use std::fs;
use std::path::Path;

/// Holds the file against what it should be. The path is relative to the repository.
pub(crate) fn compare(path: &str, fresh: &[u8], stale: &mut Vec<String>) {
    let full = Path::new(ROOT).join(path);
    if fs::read(&full).is_ok_and(|committed| committed == fresh) {
        return;
    }
    if blessing() {
        fs::create_dir_all(full.parent().expect("it is in a folder"))
            .expect("the folder can be made");
        fs::write(&full, fresh).expect("the file can be written");
    } else {
        stale.push(path.to_owned());
    }
}

/// Fails the test if a file is not as it should be, and says how to mend it.
#[track_caller]
pub(crate) fn fresh(stale: &[String], test: &str) {
    assert!(
        stale.is_empty(),
        "not as the program makes them now: {stale:#?}\nLook at the difference after: cargo xtask pages (or DRYROLL_BLESS=1 cargo test --test {test})"
    );
}

/// Are the files to be written anew?
pub(crate) fn blessing() -> bool {
    std::env::var_os("DRYROLL_BLESS").is_some_and(|value| value == "1")
}
