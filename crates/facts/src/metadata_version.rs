//! Metadata versions: the feature `metadata.version` of a KRaft cluster, and before it `inter.broker.protocol.version`.
//!
//! The same names serve both. A level is what the metadata log stores; a metadata version without one exists as an
//! `inter.broker.protocol.version` only. What each of them switches are the fields of Kafka's class `MetadataVersion`.

use crate::catalog::{catalog, optional_version, version};
use crate::release::Release;
use crate::suggest::UnknownName;
use crate::table::{self, Row, TableError, split};
use crate::version::KafkaVersion;

/// A metadata version, such as 3.3-IV3.
#[derive(Debug)]
pub struct MetadataVersion {
    index: usize,
    name: &'static str,
    level: Option<i16>,
    changes: Option<bool>,
    since: KafkaVersion,
    until: Option<KafkaVersion>,
    production: Option<KafkaVersion>,
    words: Option<&'static str>,
    proposal: Option<&'static str>,
}

impl MetadataVersion {
    /// The name of the feature whose levels these are.
    pub const FEATURE: &'static str = "metadata.version";

    /// Its name, such as 3.3-IV3.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Its feature level; `None` for one that is an `inter.broker.protocol.version` only.
    pub fn level(&self) -> Option<i16> {
        self.level
    }

    /// The format of the metadata log changes with it, so that no release goes back behind it (`didMetadataChange`).
    /// `None` without a level.
    pub fn changes_metadata(&self) -> Option<bool> {
        self.changes
    }

    /// The first release that knows it. The oldest release there are facts on stands for those before it, too.
    pub fn since(&self) -> KafkaVersion {
        self.since
    }

    /// The last release that knows it; `None` if the newest one does.
    pub fn until(&self) -> Option<KafkaVersion> {
        self.until
    }

    /// The first release that has it for production; `None` if there is none yet.
    pub fn production_since(&self) -> Option<KafkaVersion> {
        self.production
    }

    /// What it is about, in a few words.
    pub fn words(&self) -> Option<&'static str> {
        self.words
    }

    /// The improvement proposals that brought it: "KIP-841".
    pub fn proposal(&self) -> Option<&'static str> {
        self.proposal
    }

    /// The metadata version before it.
    pub fn previous(&self) -> Option<&'static MetadataVersion> {
        metadata_versions().get(self.index.checked_sub(1)?)
    }

    /// It comes before `other`.
    pub fn is_before(&self, other: &MetadataVersion) -> bool {
        self.index < other.index
    }

    /// What changes with it: the fields whose value is not that of the metadata version before.
    ///
    /// ```
    /// let gates = facts::metadata_version("3.3-IV3").unwrap().gates();
    /// let fields: Vec<String> = gates.iter().map(ToString::to_string).collect();
    /// assert_eq!(fields, ["isInControlledShutdownStateSupported", "registerBrokerRecordVersion 0 → 1"]);
    /// ```
    pub fn gates(&self) -> Vec<Switch> {
        let switch = |gate: &'static Gate| {
            let now = gate.values.iter().find(|(from, _)| *from == self.index)?.1;
            let before = self.previous().and_then(|previous| gate.at(previous));
            // That a field begins with "no" is no news.
            (before.is_some() || now != "false").then_some(Switch {
                field: gate.field,
                before,
                now,
            })
        };
        if self.index == 0 {
            return Vec::new();
        }
        catalog().gates.iter().filter_map(switch).collect()
    }

    /// The value of a yes or no field, such as `isElrSupported`. `None` if Kafka has no such field.
    ///
    /// ```
    /// let supports = |name, field| facts::metadata_version(name).unwrap().supports(field);
    /// assert_eq!(supports("4.0-IV0", "isElrSupported"), Some(false));
    /// assert_eq!(supports("4.0-IV1", "isElrSupported"), Some(true));
    /// ```
    pub fn supports(&self, field: &str) -> Option<bool> {
        self.field(field)?.parse().ok()
    }

    /// The value of a field that is a number, such as `fetchRequestVersion`.
    ///
    /// ```
    /// assert_eq!(facts::metadata_version("3.9").unwrap().number("fetchRequestVersion"), Some(17));
    /// ```
    pub fn number(&self, field: &str) -> Option<i16> {
        self.field(field)?.parse().ok()
    }

    fn field(&self, field: &str) -> Option<&'static str> {
        catalog()
            .gates
            .iter()
            .find(|gate| gate.field == field)?
            .at(self)
    }
}

impl PartialEq for MetadataVersion {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index
    }
}

impl Eq for MetadataVersion {}

impl std::fmt::Display for MetadataVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// What a metadata version switches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switch {
    /// The field of Kafka's class `MetadataVersion`.
    pub field: &'static str,
    /// Its value up to the metadata version before.
    pub before: Option<&'static str>,
    /// Its value from here on.
    pub now: &'static str,
}

impl std::fmt::Display for Switch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.before, self.now) {
            (_, "true") => f.write_str(self.field),
            (_, "false") => write!(f, "no longer {}", self.field),
            (Some(before), now) => write!(f, "{} {before} → {now}", self.field),
            (None, now) => write!(f, "{} {now}", self.field),
        }
    }
}

/// A field of Kafka's class `MetadataVersion`, and its values.
#[derive(Debug)]
pub(crate) struct Gate {
    field: &'static str,
    /// From which metadata version on, by its place in the order.
    values: Vec<(usize, &'static str)>,
}

impl Gate {
    fn at(&self, version: &MetadataVersion) -> Option<&'static str> {
        self.values
            .iter()
            .rev()
            .find(|(from, _)| *from <= version.index)
            .map(|(_, value)| *value)
    }
}

/// A metadata version as one release sees it.
#[derive(Clone, Copy, Debug)]
pub struct KnownMetadataVersion {
    /// Which one.
    pub version: &'static MetadataVersion,
    /// The release has it for production. If not, a node takes it only with `unstable.feature.versions.enable`
    /// (3.7: `unstable.metadata.versions.enable`).
    pub production: bool,
    /// Where the release says something else of it than those that have it for production: a reserved level can still become
    /// something else. Field and value.
    pub differs: &'static [(&'static str, &'static str)],
}

/// See [`KnownMetadataVersion::differs`].
#[derive(Debug)]
pub(crate) struct Placeholder {
    release: KafkaVersion,
    version: &'static str,
    differs: Vec<(&'static str, &'static str)>,
}

pub(crate) fn known_in(release: &Release) -> Vec<KnownMetadataVersion> {
    let asked = release.version();
    let known = |version: &&MetadataVersion| {
        version.since <= asked && version.until.is_none_or(|until| asked <= until)
    };
    let differs = |version: &MetadataVersion| {
        let mine = catalog()
            .placeholders
            .iter()
            .find(|one| one.release == asked && one.version == version.name);
        mine.map_or(&[][..], |one| &one.differs)
    };
    let seen = |version: &'static MetadataVersion| KnownMetadataVersion {
        version,
        production: version
            .production
            .is_some_and(|production| production <= asked),
        differs: differs(version),
    };
    metadata_versions().iter().filter(known).map(seen).collect()
}

/// All metadata versions, oldest first.
pub fn metadata_versions() -> &'static [MetadataVersion] {
    &catalog().metadata_versions
}

/// A metadata version by its name, or by a release as Kafka reads it: "3.5" and "3.5.1" are the last one of 3.5, 3.5-IV2.
///
/// ```
/// assert_eq!(facts::metadata_version("3.3-IV3").unwrap().level(), Some(7));
/// assert_eq!(facts::metadata_version("3.5.1").unwrap().name(), "3.5-IV2");
/// let error = facts::metadata_version("3.3-IV4").unwrap_err();
/// assert_eq!(error.to_string(), "there is no metadata version `3.3-IV4`; the nearest: 3.3-IV0, 3.3-IV1, 3.3-IV2");
/// ```
pub fn metadata_version(name: &str) -> Result<&'static MetadataVersion, UnknownName> {
    let all = metadata_versions();
    // MetadataVersion.fromVersionString: three numbers tell releases before 1.0 apart, two those since.
    let numbers = if name.starts_with("0.") { 3 } else { 2 };
    let line = name.split('.').take(numbers).collect::<Vec<_>>().join(".");
    let of_line = |version: &&MetadataVersion| {
        version.production.is_some()
            && version
                .name
                .split_once("-IV")
                .map_or(version.name, |(line, _)| line)
                == line
    };
    all.iter()
        .find(|version| version.name == name)
        .or_else(|| all.iter().rev().find(of_line))
        .ok_or_else(|| {
            UnknownName::new(
                "metadata version",
                name,
                all.iter().map(|version| version.name),
            )
        })
}

/// The metadata version with this feature level.
///
/// ```
/// assert_eq!(facts::metadata_version_of_level(21).unwrap().name(), "3.9-IV0");
/// assert_eq!(facts::metadata_version_of_level(-1), None);
/// ```
pub fn metadata_version_of_level(level: i16) -> Option<&'static MetadataVersion> {
    metadata_versions()
        .iter()
        .find(|version| version.level == Some(level))
}

/// The metadata versions above `lower`, up to `upper`, whose coming changed the format of the metadata log. Kafka goes back
/// from `upper` to `lower` only if there is none.
///
/// ```
/// let version = |name| facts::metadata_version(name).unwrap();
/// assert!(facts::format_changes(version("3.7-IV2"), version("3.9-IV0")).is_empty());
/// assert_eq!(facts::format_changes(version("3.7-IV1"), version("3.9-IV0")), [version("3.7-IV2")]);
/// ```
pub fn format_changes(
    lower: &MetadataVersion,
    upper: &MetadataVersion,
) -> Vec<&'static MetadataVersion> {
    let between =
        |version: &&MetadataVersion| lower.index < version.index && version.index <= upper.index;
    metadata_versions()
        .iter()
        .filter(between)
        .filter(|version| version.changes == Some(true))
        .collect()
}

pub(crate) fn read(text: &'static str) -> Result<Vec<MetadataVersion>, TableError> {
    let mut versions = Vec::new();
    for (index, row) in table::rows(text, 6)?.iter().enumerate() {
        let level = match row.cell(1) {
            "-" => None,
            _ => Some(crate::catalog::number(row, 1)?),
        };
        let changes = match row.cell(2) {
            "yes" => Some(true),
            "no" => Some(false),
            "-" => None,
            other => return Err(row.error(format!("`{other}` is not yes, no or -"))),
        };
        versions.push(MetadataVersion {
            index,
            name: row.cell(0),
            level,
            changes,
            since: version(row, 3)?,
            until: optional_version(row, 4)?,
            production: optional_version(row, 5)?,
            words: None,
            proposal: None,
        });
    }
    Ok(versions)
}

pub(crate) fn read_words(
    text: &'static str,
    versions: &mut [MetadataVersion],
) -> Result<(), TableError> {
    for row in table::rows(text, 3)? {
        let version = versions
            .iter_mut()
            .find(|version| version.name == row.cell(0));
        let version = version.ok_or_else(|| row.error("no such metadata version"))?;
        version.words = row.optional(1);
        version.proposal = row.optional(2);
    }
    Ok(())
}

pub(crate) fn read_gates(
    text: &'static str,
    versions: &[MetadataVersion],
) -> Result<Vec<Gate>, TableError> {
    let index = |name: &str| versions.iter().position(|version| version.name == name);
    let gate = |row: &Row<'static>| {
        let values = row.history(1, index, Some)?;
        let values = values
            .into_iter()
            .filter_map(|(from, value)| Some((from, value?)))
            .collect();
        Ok(Gate {
            field: row.cell(0),
            values,
        })
    };
    table::rows(text, 2)?.iter().map(gate).collect()
}

pub(crate) fn read_placeholders(text: &'static str) -> Result<Vec<Placeholder>, TableError> {
    let placeholder = |row: &Row<'static>| {
        let differs = split(row.cell(2), ';').into_iter();
        let differs = differs.map(|one| {
            one.split_once(' ')
                .ok_or_else(|| row.error(format!("`{one}` has no value")))
        });
        Ok(Placeholder {
            release: version(row, 0)?,
            version: row.cell(1),
            differs: differs.collect::<Result<_, _>>()?,
        })
    };
    table::rows(text, 3)?.iter().map(placeholder).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(release: &str) -> Vec<KnownMetadataVersion> {
        crate::of(release).unwrap().metadata_versions()
    }

    #[test]
    fn levels_rise_by_one_from_3_0_iv1() {
        let levels: Vec<i16> = metadata_versions()
            .iter()
            .filter_map(MetadataVersion::level)
            .collect();
        assert_eq!(levels, (1..=34).collect::<Vec<_>>());
        assert_eq!(metadata_version_of_level(1).unwrap().name(), "3.0-IV1");
    }

    #[test]
    fn the_floor_of_4_x_is_level_7() {
        for release in ["4.0", "4.1", "4.2", "4.3", "4.4"] {
            let floor = crate::of(release)
                .unwrap()
                .minimum_metadata_version()
                .unwrap();
            assert_eq!(
                (floor.name(), floor.level()),
                ("3.3-IV3", Some(7)),
                "{release}"
            );
            assert_eq!(known(release)[0].version.name(), "3.3-IV3", "{release}");
        }
        let three_nine = crate::of("3.9").unwrap();
        assert_eq!(
            three_nine.minimum_metadata_version().unwrap().name(),
            "3.0-IV1"
        );
        assert_eq!(
            three_nine
                .minimum_bootstrap_metadata_version()
                .unwrap()
                .name(),
            "3.3-IV0"
        );
        assert_eq!(crate::of("3.2").unwrap().minimum_metadata_version(), None);
    }

    #[test]
    fn a_new_cluster_gets_the_latest_one_for_production() {
        for (release, name) in [
            ("2.4", "2.4-IV1"),
            ("3.3", "3.3-IV3"),
            ("3.7", "3.7-IV4"),
            ("3.9", "3.9-IV0"),
            ("4.1", "4.1-IV1"),
        ] {
            assert_eq!(
                crate::of(release).unwrap().metadata_version().name(),
                name,
                "{release}"
            );
        }
    }

    #[test]
    fn a_release_knows_levels_that_are_not_for_production_yet() {
        let unstable: Vec<&str> = known("4.1")
            .iter()
            .filter(|one| !one.production)
            .map(|one| one.version.name())
            .collect();
        assert_eq!(unstable, ["4.2-IV0", "4.2-IV1"]);
    }

    /// 3.9 had reserved 22 for eligible leader replicas; in 4.0 it became something else.
    #[test]
    fn a_reserved_level_may_become_something_else() {
        let seen = known("3.9")
            .into_iter()
            .find(|one| one.version.name() == "4.0-IV0")
            .unwrap();
        assert!(!seen.production);
        assert!(seen.differs.contains(&("isElrSupported", "true")));
        assert_eq!(seen.version.supports("isElrSupported"), Some(false));
        let production = known("4.0")
            .into_iter()
            .find(|one| one.version.name() == "4.0-IV0")
            .unwrap();
        assert!(production.production && production.differs.is_empty());
    }

    #[test]
    fn levels_switch_what_kafka_says_they_switch() {
        for (field, name) in [
            ("isKRaftSupported", "3.0-IV1"),
            ("isNoOpRecordSupported", "3.3-IV1"),
            ("isInControlledShutdownStateSupported", "3.3-IV3"),
            ("isMigrationSupported", "3.4-IV0"),
            ("isScramSupported", "3.5-IV2"),
            ("isMetadataTransactionSupported", "3.6-IV1"),
            ("isDelegationTokenSupported", "3.6-IV2"),
            ("isControllerRegistrationSupported", "3.7-IV0"),
            ("isDirectoryAssignmentSupported", "3.7-IV2"),
            ("isElrSupported", "4.0-IV1"),
            ("isCordonedLogDirsSupported", "4.3-IV0"),
            ("isControllerUnregistrationSupported", "4.4-IV2"),
        ] {
            let version = metadata_version(name).unwrap();
            assert_eq!(version.supports(field), Some(true), "{field}");
            assert_ne!(
                version.previous().unwrap().supports(field),
                Some(true),
                "{field}"
            );
        }
        assert_eq!(
            metadata_version("3.6-IV0").unwrap().gates()[0].to_string(),
            "no longer isLeaderEpochBumpRequiredOnIsrShrink"
        );
        assert_eq!(
            metadata_version("4.1")
                .unwrap()
                .supports("isPerpetualMotionSupported"),
            None
        );
    }

    #[test]
    fn the_format_of_the_log_changes_with_some_levels_only() {
        let changing = metadata_versions()
            .iter()
            .filter(|version| version.changes_metadata() == Some(true));
        let levels: Vec<i16> = changing.filter_map(MetadataVersion::level).collect();
        assert_eq!(
            levels,
            [1, 3, 5, 6, 7, 8, 11, 13, 14, 15, 17, 23, 30, 32, 33]
        );
    }

    #[test]
    fn a_release_stands_for_its_last_metadata_version() {
        for (text, name) in [
            ("3.5", "3.5-IV2"),
            ("3.5.0", "3.5-IV2"),
            ("0.10.2.1", "0.10.2-IV0"),
            ("0.9.0", "0.9.0"),
            ("4.0-IV1", "4.0-IV1"),
        ] {
            assert_eq!(metadata_version(text).unwrap().name(), name, "{text}");
        }
        assert!(
            metadata_version("4.5").is_err(),
            "4.5-IV0 is not for production in any release"
        );
    }

    #[test]
    fn every_metadata_version_for_production_has_words() {
        let silent = metadata_versions()
            .iter()
            .filter(|version| version.level().is_some() && version.production.is_some());
        let silent: Vec<&str> = silent
            .filter(|version| version.words().is_none())
            .map(MetadataVersion::name)
            .collect();
        assert_eq!(silent, Vec::<&str>::new());
    }
}
