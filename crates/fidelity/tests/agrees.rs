//! The model is held against the recordings of the repository: all verdicts agree and all medians are within their limits, except for
//! what is listed here.
//!
//! `cargo run --release -p dryroll-fidelity --example table -- observed 40 --disagreements` prints the list as it should be.

use std::collections::BTreeSet;
use std::path::Path;

/// Recording and quantity or question, one a line; the table says which mechanism is suspected of each.
const KNOWN: &str = include_str!("known-disagreements.txt");

/// Enough for medians; the command uses 200.
const SEEDS: u32 = 40;

#[test]
fn the_model_agrees_with_the_recordings_except_where_it_is_known_not_to() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../observed");
    let table = fidelity::run(&folder, SEEDS, &mut |_| {}).expect("the recordings can be replayed");
    assert_eq!(table.not_replayed, []);
    let found: BTreeSet<String> = table
        .disagreements()
        .into_iter()
        .map(|(recording, what, _)| format!("{recording} | {what}"))
        .collect();
    let known: BTreeSet<String> = KNOWN
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect();
    let new: Vec<&String> = found.difference(&known).collect();
    let gone: Vec<&String> = known.difference(&found).collect();
    assert!(
        new.is_empty() && gone.is_empty(),
        "new disagreements: {new:#?}\nno longer disagreements, to be taken off the list: {gone:#?}\n{}",
        table.text(120)
    );
    for (recording, what, suspected) in table.disagreements() {
        assert!(
            !suspected.is_empty(),
            "{recording} | {what}: no mechanism is suspected"
        );
    }
}

#[test]
fn the_same_seeds_give_the_same_table() {
    let folder = fidelity::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../observed"))
        .expect("the folder can be read");
    let (file, recording) = &folder.recordings[folder.recordings.len() / 2];
    let once = fidelity::compare(file, recording, 8).expect("it can be replayed");
    let again = fidelity::compare(file, recording, 8).expect("it can be replayed");
    assert_eq!(once, again);
}
