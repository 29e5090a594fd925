//! Features of a cluster besides `metadata.version`: `kraft.version`, `transaction.version`, `group.version`, …
//!
//! A level has a bootstrap metadata version. It says from which metadata version on the level is the default of a new cluster,
//! and what `--release-version` sets; it is no dependency. Dependencies are declared apart ([`FeatureLevel::needs`]).

use crate::catalog::{catalog, history_since, number, optional_version, version};
use crate::history::History;
use crate::metadata_version::MetadataVersion;
use crate::release::Release;
use crate::suggest::UnknownName;
use crate::table::{self, TableError};
use crate::version::KafkaVersion;

/// A feature and its levels.
#[derive(Debug)]
pub struct Feature {
    name: &'static str,
    levels: Vec<FeatureLevel>,
}

impl Feature {
    /// Its name, such as `group.version`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Its levels, lowest first.
    pub fn levels(&self) -> &[FeatureLevel] {
        &self.levels
    }

    /// One level.
    pub fn level(&self, level: i16) -> Option<&FeatureLevel> {
        self.levels.iter().find(|one| one.level == level)
    }

    /// What a release knows of it. `None` if it does not know the feature.
    ///
    /// ```
    /// let range = facts::feature("streams.version").unwrap().range_in(facts::of("4.1").unwrap()).unwrap();
    /// assert_eq!((range.production, range.known), (0, 1));
    /// ```
    pub fn range_in(&'static self, release: &Release) -> Option<FeatureRange> {
        let asked = release.version();
        let known = self
            .levels
            .iter()
            .filter(|level| level.since <= asked)
            .map(|level| level.level)
            .max()?;
        let production = self
            .levels
            .iter()
            .filter(|level| level.production.is_some_and(|since| since <= asked));
        Some(FeatureRange {
            feature: self,
            production: production.map(|level| level.level).max().unwrap_or(0),
            known,
        })
    }

    /// The level that is the default at this metadata version, in the eyes of a release; `None` if it does not know the feature.
    pub fn default_level(&self, release: &Release, at: &MetadataVersion) -> Option<i16> {
        let levels = self
            .levels
            .iter()
            .rev()
            .filter(|level| level.since <= release.version());
        let default = |level: &&FeatureLevel| {
            level
                .bootstrap_in(release)
                .is_some_and(|bootstrap| !at.is_before(bootstrap))
        };
        let mut levels = levels.peekable();
        levels.peek()?;
        Some(levels.find(default).map_or(0, |level| level.level))
    }
}

/// One level of a feature.
#[derive(Debug)]
pub struct FeatureLevel {
    level: i16,
    bootstrap: History<&'static str>,
    needs: Vec<(&'static str, i16)>,
    since: KafkaVersion,
    production: Option<KafkaVersion>,
}

impl FeatureLevel {
    /// Its number.
    pub fn level(&self) -> i16 {
        self.level
    }

    /// The metadata version from which on it is the default, in the eyes of a release.
    pub fn bootstrap_in(&self, release: &Release) -> Option<&'static MetadataVersion> {
        let name = self.bootstrap.at(release)?;
        Some(crate::metadata_version(name).expect("features.txt names metadata versions"))
    }

    /// Which other features must have at least which level.
    pub fn needs(&self) -> &[(&'static str, i16)] {
        &self.needs
    }

    /// The first release that knows it.
    pub fn since(&self) -> KafkaVersion {
        self.since
    }

    /// The first release that has it for production; `None` if there is none yet.
    pub fn production_since(&self) -> Option<KafkaVersion> {
        self.production
    }
}

/// The levels of a feature that a release knows; the lowest is always 0.
#[derive(Clone, Copy, Debug)]
pub struct FeatureRange {
    /// Which feature.
    pub feature: &'static Feature,
    /// The highest level for production. A node offers the levels up to this one, and a feature with 0 here not at all.
    pub production: i16,
    /// The highest level it knows. Those above `production` need `unstable.feature.versions.enable`.
    pub known: i16,
}

/// All features besides `metadata.version`, by name.
pub fn features() -> &'static [Feature] {
    &catalog().features
}

/// A feature by its name.
///
/// ```
/// let elr = facts::feature("eligible.leader.replicas.version").unwrap();
/// assert_eq!(elr.level(1).unwrap().needs(), [("metadata.version", 23)]);
/// ```
pub fn feature(name: &str) -> Result<&'static Feature, UnknownName> {
    let found = features().iter().find(|feature| feature.name == name);
    found.ok_or_else(|| {
        UnknownName::new(
            "feature",
            name,
            features().iter().map(|feature| feature.name),
        )
    })
}

pub(crate) fn read(text: &'static str) -> Result<Vec<Feature>, TableError> {
    let mut features: Vec<Feature> = Vec::new();
    for row in table::rows(text, 6)? {
        let since = version(&row, 4)?;
        let need = |one: &'static str| {
            let (feature, level) = one.split_once('=')?;
            Some((feature, level.parse().ok()?))
        };
        let needs = row
            .optional(3)
            .map_or(Vec::new(), |needs| needs.split(", ").map(need).collect());
        let level = FeatureLevel {
            level: number(&row, 1)?,
            bootstrap: history_since(&row, 2, since, Some)?,
            needs: needs
                .into_iter()
                .collect::<Option<_>>()
                .ok_or_else(|| row.error("needs are feature=level"))?,
            since,
            production: optional_version(&row, 5)?,
        };
        match features
            .last_mut()
            .filter(|feature| feature.name == row.cell(0))
        {
            Some(feature) => feature.levels.push(level),
            None => features.push(Feature {
                name: row.cell(0),
                levels: vec![level],
            }),
        }
    }
    Ok(features)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set_by(release: &str) -> String {
        let levels = crate::of(release).unwrap().release_version_levels();
        levels
            .iter()
            .map(|(name, level)| format!("{name}={level}"))
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// What `kafka-features.sh version-mapping` printed on 4.1.2, and the later releases' new defaults.
    #[test]
    fn a_release_version_sets_every_feature() {
        let four = "eligible.leader.replicas.version=1 group.version=1 kraft.version=1";
        assert_eq!(
            set_by("4.1"),
            format!(
                "metadata.version=27 {four} share.version=0 streams.version=0 transaction.version=2"
            )
        );
        assert_eq!(
            set_by("4.2"),
            format!(
                "metadata.version=29 {four} share.version=1 streams.version=1 transaction.version=2"
            )
        );
        assert_eq!(
            set_by("4.4"),
            format!(
                "metadata.version=33 {four} share.version=2 streams.version=1 transaction.version=2"
            )
        );
        assert_eq!(
            set_by("4.0"),
            "metadata.version=25 eligible.leader.replicas.version=0 group.version=1 kraft.version=1 transaction.version=2"
        );
        assert_eq!(
            set_by("3.9"),
            "metadata.version=21 kraft.version=1 transaction.version=0"
        );
        assert_eq!(set_by("3.8"), "metadata.version=20");
        assert_eq!(set_by("2.8"), "", "no features before KRaft");
    }

    /// The 4.1 tools with an older release line: `--release-version 4.0` and `3.9`.
    #[test]
    fn tools_know_what_older_release_lines_set() {
        let tools = crate::of("4.1").unwrap();
        let level = |at: &str, name: &str| {
            let levels = tools.levels_at(crate::metadata_version(at).unwrap());
            levels
                .iter()
                .find(|(feature, _)| *feature == name)
                .unwrap()
                .1
        };
        assert_eq!(level("4.0", "eligible.leader.replicas.version"), 0);
        assert_eq!(level("4.0", "transaction.version"), 2);
        assert_eq!(level("3.9", "kraft.version"), 1);
        assert_eq!(level("3.9", "group.version"), 0);
        assert_eq!(level("3.8", "kraft.version"), 0);
    }

    #[test]
    fn transaction_version_is_known_in_3_9_but_not_for_production() {
        let range = feature("transaction.version")
            .unwrap()
            .range_in(crate::of("3.9").unwrap())
            .unwrap();
        assert_eq!((range.production, range.known), (0, 2));
        assert!(
            feature("group.version")
                .unwrap()
                .range_in(crate::of("3.9").unwrap())
                .is_none()
        );
    }

    #[test]
    fn features_of_kafkas_own_tests_are_not_features() {
        assert!(
            features()
                .iter()
                .all(|feature| !feature.name().contains("test"))
        );
        let error = feature("group.versoin").unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no feature `group.versoin`; the nearest: group.version"
        );
    }
}
