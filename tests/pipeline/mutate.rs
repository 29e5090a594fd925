//! The files of the repository, spoiled: pieces left out, doubled, swapped, numbers and words replaced.

use proptest::prelude::*;
use std::fs;
use std::path::Path;

/// What stands in the place of a piece.
const PIECES: [&str; 24] = [
    "0",
    "1",
    "2",
    "4",
    "-1",
    "99999999999999999999",
    "\"0s\"",
    "\"1ns\"",
    "\"584y\"",
    "\"-3s\"",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "Some(",
    "None",
    "\"\"",
    "All",
    "\"*\"",
    "\u{0}",
];

/// How a file is spoiled.
#[derive(Clone, Debug)]
enum Slip {
    LeaveOut,
    Double,
    Swap,
    Replace(usize),
}

/// A file with a few slips.
pub(crate) fn file() -> impl Strategy<Value = String> {
    let slip = prop_oneof![
        Just(Slip::LeaveOut),
        Just(Slip::Double),
        Just(Slip::Swap),
        (0..PIECES.len()).prop_map(Slip::Replace)
    ];
    (
        prop::sample::select(files()),
        prop::collection::vec((any::<prop::sample::Index>(), slip), 1..=3),
    )
        .prop_map(|(text, slips)| {
            let mut pieces = pieces(&text);
            for (place, slip) in slips {
                let at = place.index(pieces.len());
                match slip {
                    Slip::LeaveOut => pieces[at].clear(),
                    Slip::Double => pieces[at] = pieces[at].repeat(2),
                    Slip::Swap => pieces.swap(at, at.saturating_sub(2)),
                    Slip::Replace(with) => pieces[at] = PIECES[with].to_owned(),
                }
            }
            pieces.concat()
        })
}

/// The text in words, numbers, quoted texts, signs and what is between.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut quoted = false;
    let mut last = ' ';
    for sign in text.chars() {
        let word = |sign: char| sign.is_alphanumeric() || sign == '_' || sign == '.';
        let joins =
            quoted || (word(sign) && word(last)) || (sign.is_whitespace() && last.is_whitespace());
        match pieces.last_mut() {
            Some(piece) if joins => piece.push(sign),
            _ => pieces.push(sign.to_string()),
        }
        if sign == '"' {
            quoted = !quoted;
        }
        last = sign;
    }
    pieces
}

fn files() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut paths: Vec<_> = fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("it can be listed").path())
        .collect();
    paths.sort();
    let mut texts: Vec<String> = paths
        .iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "ron"))
        .map(|path| fs::read_to_string(path).expect("it is text"))
        .collect();
    texts.push(scenario::starter::TEXT.to_owned());
    texts
}
