//! What a release can be run as: in ZooKeeper mode, in KRaft mode, migrating from one to the other.

use crate::catalog::{catalog, optional_version, version};
use crate::release::Release;
use crate::table::{self, TableError};
use crate::version::KafkaVersion;

/// A way to run Kafka that came, and perhaps went.
#[derive(Debug)]
pub struct Milestone {
    /// What it is.
    pub what: &'static str,
    /// The first release that has it.
    pub since: KafkaVersion,
    /// The last release that has it; `None` if the newest one does.
    pub until: Option<KafkaVersion>,
    /// Where this comes from.
    pub source: &'static str,
}

impl Milestone {
    /// This release has it.
    pub fn holds_in(&self, release: &Release) -> bool {
        self.since <= release.version() && self.until.is_none_or(|until| release.version() <= until)
    }
}

/// All of them.
pub fn milestones() -> &'static [Milestone] {
    &catalog().milestones
}

pub(crate) fn read(text: &'static str) -> Result<Vec<Milestone>, TableError> {
    let milestone = |row: &table::Row<'static>| {
        Ok(Milestone {
            what: row.cell(0),
            since: version(row, 1)?,
            until: optional_version(row, 2)?,
            source: row.cell(3),
        })
    };
    table::rows(text, 4)?.iter().map(milestone).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(version: &str) -> Vec<&'static str> {
        let release = crate::of(version).unwrap();
        milestones()
            .iter()
            .filter(|milestone| milestone.holds_in(release))
            .map(|milestone| milestone.what)
            .collect()
    }

    #[test]
    fn zookeeper_mode_ends_with_3_9_and_kraft_begins_in_earnest_with_3_3() {
        assert_eq!(of("2.7"), ["ZooKeeper mode"]);
        assert_eq!(
            of("3.2"),
            ["ZooKeeper mode", "KRaft mode, not for production"]
        );
        assert_eq!(
            of("3.3"),
            ["ZooKeeper mode", "KRaft mode, for new clusters"]
        );
        assert_eq!(
            of("4.0"),
            ["KRaft mode, for new clusters", "dynamic metadata quorum"]
        );
    }

    /// The rows that rest on a setting agree with the settings that the classes declare.
    #[test]
    fn milestones_and_settings_agree() {
        for (what, setting) in [
            ("ZooKeeper mode", "zookeeper.connect"),
            (
                "migration from ZooKeeper to KRaft",
                "zookeeper.metadata.migration.enable",
            ),
        ] {
            let milestone = milestones()
                .iter()
                .find(|milestone| milestone.what == what)
                .unwrap();
            for release in crate::releases() {
                assert_eq!(
                    milestone.holds_in(release),
                    release.broker().get(setting).is_ok(),
                    "{what}, {release}"
                );
            }
        }
    }
}
