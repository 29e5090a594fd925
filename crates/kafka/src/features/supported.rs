//! What a binary supports (QuorumFeatures.defaultSupportedFeatureMap, BrokerFeatures): production levels, and the levels of
//! `metadata.version` that it knows by name.

use std::fmt;
use std::sync::OnceLock;

use facts::{KafkaVersion, Release};

use super::METADATA_VERSION;

/// Levels from `min` to `max`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The lowest.
    pub min: i16,
    /// The highest.
    pub max: i16,
}

impl Range {
    /// A feature that a node does not offer: level 0 only (QuorumFeatures.DISABLED).
    pub const DISABLED: Range = Range { min: 0, max: 0 };

    /// Is this level one of them?
    pub fn holds(self, level: i16) -> bool {
        (self.min..=self.max).contains(&level)
    }
}

/// As Kafka's VersionRange writes itself.
impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.min == self.max {
            write!(f, "{}", self.min)
        } else {
            write!(f, "{}-{}", self.min, self.max)
        }
    }
}

/// What one release supports.
#[derive(Debug)]
pub struct Supported {
    ranges: Vec<(&'static str, Range)>,
    known: Range,
}

impl Supported {
    /// What this version supports. Versions without facts support what the newest of all does (the reader of a file refuses them).
    pub fn by(version: KafkaVersion) -> &'static Self {
        static ALL: OnceLock<Vec<(&'static Release, Supported)>> = OnceLock::new();
        let all = ALL.get_or_init(|| {
            facts::releases()
                .iter()
                .map(|release| (release, Self::of(release)))
                .collect()
        });
        all.iter()
            .rev()
            .find(|(release, _)| release.version().same_line(version))
            .or_else(|| all.last())
            .map(|(_, supported)| supported)
            .expect("there are facts on some release")
    }

    fn of(release: &'static Release) -> Self {
        let max = release.metadata_version().level().unwrap_or(0).max(0);
        let min = release
            .minimum_metadata_version()
            .and_then(facts::MetadataVersion::level)
            .unwrap_or(max.min(1));
        let known = release
            .metadata_versions()
            .iter()
            .filter_map(|known| known.version.level())
            .max()
            .unwrap_or(max);
        let mut ranges = vec![(METADATA_VERSION, Range { min, max })];
        for feature in release.features() {
            if feature.production > 0 {
                let range = Range {
                    min: 0,
                    max: feature.production,
                };
                ranges.push((feature.feature.name(), range));
            }
        }
        ranges.sort_unstable_by_key(|(name, _)| *name);
        Self {
            ranges,
            known: Range { min, max: known },
        }
    }

    /// The range of a feature; a feature that it does not offer has level 0 only.
    pub fn range(&self, feature: &str) -> Range {
        self.offered(feature).unwrap_or(Range::DISABLED)
    }

    /// The range of a feature that it offers.
    pub fn offered(&self, feature: &str) -> Option<Range> {
        self.ranges
            .iter()
            .find(|(name, _)| *name == feature)
            .map(|(_, range)| *range)
    }

    /// Every feature that it offers, by name.
    pub fn ranges(&self) -> &[(&'static str, Range)] {
        &self.ranges
    }

    /// The levels of `metadata.version` that it knows by name, those that are not for production yet included.
    pub fn known(&self) -> Range {
        self.known
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(major: u16, minor: u16) -> &'static Supported {
        Supported::by(KafkaVersion::new(major, minor, 0))
    }

    #[test]
    fn ranges_are_those_that_describe_shows() {
        assert_eq!(
            by(3, 9).range("metadata.version"),
            Range { min: 1, max: 21 }
        );
        assert_eq!(
            by(4, 1).range("metadata.version"),
            Range { min: 7, max: 27 }
        );
        assert_eq!(by(3, 9).range("kraft.version"), Range { min: 0, max: 1 });
        assert_eq!(by(4, 0).offered("share.version"), None);
        assert_eq!(
            by(4, 1).offered("share.version"),
            Some(Range { min: 0, max: 1 })
        );
        assert_eq!(
            by(4, 1).offered("streams.version"),
            None,
            "early access in 4.1"
        );
        assert_eq!(
            by(3, 8).ranges().len(),
            1,
            "only metadata.version before 3.9"
        );
    }

    /// "Valid feature levels are from 7 to 26", said 4.0.2, and 4.1.2 "from 7 to 29".
    #[test]
    fn a_release_knows_levels_that_are_not_for_production_yet() {
        assert_eq!(by(4, 0).known(), Range { min: 7, max: 26 });
        assert_eq!(by(4, 1).known(), Range { min: 7, max: 29 });
    }
}
