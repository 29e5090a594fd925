//! Where a patch release differs from the one that answers for its line, or a declared default is not what happens.

use crate::catalog::{catalog, version};
use crate::table::{self, TableError};
use crate::version::KafkaVersion;

/// A remark on a fact.
#[derive(Debug, PartialEq, Eq)]
pub struct Note {
    /// What it is about: `producer enable.idempotence`, `api JoinGroup`.
    pub about: &'static str,
    /// The first release it is true of.
    pub since: KafkaVersion,
    /// The last release it is true of.
    pub until: KafkaVersion,
    /// The remark.
    pub text: &'static str,
    /// Where it comes from.
    pub source: &'static str,
}

/// The notes on exactly this version, which need not be one of [`crate::releases`].
///
/// ```
/// let version = "3.0.0".parse().unwrap();
/// assert_eq!(facts::notes(version)[0].about, "producer enable.idempotence");
/// assert!(facts::notes("3.0.2".parse().unwrap()).is_empty());
/// ```
pub fn notes(version: KafkaVersion) -> Vec<&'static Note> {
    catalog()
        .notes
        .iter()
        .filter(|note| note.since <= version && version <= note.until)
        .collect()
}

pub(crate) fn read(text: &'static str) -> Result<Vec<Note>, TableError> {
    let note = |row: &table::Row<'static>| {
        Ok(Note {
            about: row.cell(0),
            since: version(row, 1)?,
            until: version(row, 2)?,
            text: row.cell(3),
            source: row.cell(4),
        })
    };
    table::rows(text, 5)?.iter().map(note).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_note_is_about_something_that_exists() {
        for note in &catalog().notes {
            let (kind, name) = note.about.split_once(' ').unwrap();
            let found = match kind {
                "api" => crate::api(name).is_ok(),
                class => class
                    .parse()
                    .is_ok_and(|class| crate::setting(class, name).is_ok()),
            };
            assert!(found, "{}", note.about);
        }
    }
}
