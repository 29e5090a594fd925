//! What to type instead of what a release does not have.

use crate::catalog::{catalog, optional_version, version};
use crate::release::Release;
use crate::table::{self, TableError};
use crate::version::KafkaVersion;

/// One row of `tool-instead.txt`.
#[derive(Debug)]
pub(crate) struct Instead {
    script: &'static str,
    /// `None`: any, also none.
    subcommand: Option<&'static str>,
    /// The option or subcommand; `None`: the script itself.
    missing: Option<&'static str>,
    since: KafkaVersion,
    until: Option<KafkaVersion>,
    pub(super) instead: &'static str,
    pub(super) source: &'static str,
}

/// The row for something that this release lacks, or calls deprecated.
pub(super) fn instead(
    script: &str,
    subcommand: Option<&str>,
    missing: Option<&str>,
    release: &Release,
) -> Option<&'static Instead> {
    let version = release.version();
    catalog().instead.iter().find(|row| {
        row.script == script
            && row.missing == missing
            && (row.subcommand.is_none() || row.subcommand == subcommand)
            && row.since <= version
            && row.until.is_none_or(|until| version <= until)
    })
}

pub(crate) fn read(text: &'static str) -> Result<Vec<Instead>, TableError> {
    let row = |row: &table::Row<'static>| {
        Ok(Instead {
            script: row.cell(0),
            subcommand: row.optional(1).filter(|cell| *cell != "*"),
            missing: row.optional(2),
            since: version(row, 3)?,
            until: optional_version(row, 4)?,
            instead: row.cell(5),
            source: row.cell(6),
        })
    };
    table::rows(text, 7)?.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A row that speaks of a release that has the thing would never be read, or would be wrong.
    #[test]
    fn every_row_is_about_something_that_its_releases_lack() {
        for row in &catalog().instead {
            for release in crate::releases() {
                let within = row.since <= release.version()
                    && row.until.is_none_or(|until| release.version() <= until);
                let Some(tool) = crate::tools().iter().find(|tool| tool.name() == row.script)
                else {
                    continue;
                };
                if !within {
                    continue;
                }
                let has = match row.missing {
                    None => tool.exists_in(release),
                    Some(missing) => {
                        tool.exists_in(release)
                            && tool.options().iter().any(|option| {
                                (option.name() == Some(missing)
                                    || option.name().is_none()
                                        && option.subcommand() == Some(missing))
                                    && (row.subcommand.is_none()
                                        || option.subcommand() == row.subcommand)
                                    && option.exists_in(release)
                            })
                    }
                };
                assert!(!has, "{} {:?} exists in {release}", row.script, row.missing);
            }
        }
    }
}
