//! The releases there are facts on, and which of them answers for a version that somebody names.
//!
//! One release of each line (2.4, 2.5, … 4.4) was asked. Patch releases fix bugs; what they change of these facts is in the
//! notes ([`crate::notes`]), so any patch release of a line is answered for by the one that was asked.

use std::fmt;

use crate::catalog::catalog;
use crate::feature::{Feature, FeatureRange};
use crate::metadata_version::{KnownMetadataVersion, MetadataVersion, known_in};
use crate::setting::{Class, Settings};
use crate::version::{Asked, KafkaVersion};

/// A Kafka release whose own classes were asked.
#[derive(Debug)]
pub struct Release {
    pub(crate) version: KafkaVersion,
    pub(crate) production: &'static str,
    pub(crate) minimum: Option<&'static str>,
    pub(crate) minimum_bootstrap: Option<&'static str>,
}

impl Release {
    /// Its version number.
    pub fn version(&self) -> KafkaVersion {
        self.version
    }

    /// The release of the line before this one.
    pub fn previous(&self) -> Option<&'static Release> {
        releases()
            .iter()
            .rev()
            .find(|release| release.version < self.version)
    }

    /// The metadata version of a new cluster: the latest one for production.
    /// Before 3.3, and in ZooKeeper mode up to 3.9, it is the `inter.broker.protocol.version` of a broker that sets none.
    pub fn metadata_version(&self) -> &'static MetadataVersion {
        crate::metadata_version(self.production).expect("releases.txt names metadata versions")
    }

    /// The oldest metadata version that a KRaft node of this release runs with. `None` before 3.3, where none is declared.
    pub fn minimum_metadata_version(&self) -> Option<&'static MetadataVersion> {
        self.minimum.map(|name| {
            crate::metadata_version(name).expect("releases.txt names metadata versions")
        })
    }

    /// The oldest metadata version that storage can be formatted with. `None` before 3.3.
    pub fn minimum_bootstrap_metadata_version(&self) -> Option<&'static MetadataVersion> {
        self.minimum_bootstrap.map(|name| {
            crate::metadata_version(name).expect("releases.txt names metadata versions")
        })
    }

    /// All metadata versions that it knows, oldest first, also those that are not for production yet.
    pub fn metadata_versions(&'static self) -> Vec<KnownMetadataVersion> {
        known_in(self)
    }

    /// The features that it knows besides `metadata.version`, and up to which level.
    pub fn features(&'static self) -> Vec<FeatureRange> {
        crate::features()
            .iter()
            .filter_map(|feature| feature.range_in(self))
            .collect()
    }

    /// What `--release-version` of this line sets in every feature, `metadata.version` first.
    ///
    /// Since 4.0 `kafka-features.sh upgrade --release-version` sets these; since 3.3 `kafka-storage.sh format` does, with one
    /// exception: when formatting, the level of `kraft.version` follows from how the quorum is given.
    ///
    /// ```
    /// let set = facts::of("4.1").unwrap().release_version_levels();
    /// let level = |name| set.iter().find(|(feature, _)| *feature == name).unwrap().1;
    /// assert_eq!(level("metadata.version"), 27);
    /// assert_eq!(level("kraft.version"), 1);
    /// assert_eq!(level("share.version"), 0, "share groups are a preview in 4.1");
    /// ```
    pub fn release_version_levels(&'static self) -> Vec<(&'static str, i16)> {
        self.levels_at(self.metadata_version())
    }

    /// The level of every feature that is the default at this metadata version, in the eyes of this release's tools.
    pub fn levels_at(
        &'static self,
        metadata_version: &'static MetadataVersion,
    ) -> Vec<(&'static str, i16)> {
        let own = metadata_version
            .level()
            .map(|level| (MetadataVersion::FEATURE, level));
        let others = crate::features().iter().filter_map(|feature: &Feature| {
            let level = feature.default_level(self, metadata_version)?;
            Some((feature.name(), level))
        });
        own.into_iter().chain(others).collect()
    }

    /// The settings of this class.
    pub fn settings(&'static self, class: Class) -> Settings {
        Settings::new(self, class)
    }

    /// The settings of a broker or controller.
    pub fn broker(&'static self) -> Settings {
        self.settings(Class::Broker)
    }

    /// The settings of a topic.
    pub fn topic(&'static self) -> Settings {
        self.settings(Class::Topic)
    }

    /// The settings of a producer.
    pub fn producer(&'static self) -> Settings {
        self.settings(Class::Producer)
    }

    /// The settings of a consumer.
    pub fn consumer(&'static self) -> Settings {
        self.settings(Class::Consumer)
    }

    /// The settings of an admin client, which is what Kafka's tools use.
    pub fn admin(&'static self) -> Settings {
        self.settings(Class::Admin)
    }
}

impl PartialEq for Release {
    fn eq(&self, other: &Self) -> bool {
        self.version == other.version
    }
}

impl Eq for Release {}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.version.fmt(f)
    }
}

/// All releases there are facts on, oldest first.
pub fn releases() -> &'static [Release] {
    &catalog().releases
}

/// The newest release there are facts on.
pub fn latest() -> &'static Release {
    releases().last().expect("releases.txt has a release")
}

/// A version that somebody named, and the release that answers for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// What was asked. "3.9" asks for the release that answers.
    pub asked: KafkaVersion,
    /// The release that answers.
    pub release: &'static Release,
}

impl Resolved {
    /// It is the asked release itself that answers.
    pub fn is_exact(&self) -> bool {
        self.asked == self.release.version
    }
}

/// No facts on this version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.sentence())]
pub struct UnknownVersion {
    /// What was asked.
    pub asked: String,
    /// The nearest versions there are facts on.
    pub nearest: Vec<KafkaVersion>,
}

impl UnknownVersion {
    fn sentence(&self) -> String {
        let range = format!(
            "{} to {}",
            releases()[0].version.line(),
            latest().version.line()
        );
        let nearest: Vec<String> = self.nearest.iter().map(KafkaVersion::to_string).collect();
        match Asked::parse(&self.asked) {
            None => format!(
                "`{}` is not a Kafka version; {range} are known, written like 3.9 or 3.9.2",
                self.asked
            ),
            Some(_) => format!(
                "no facts on Kafka {}; {range} are known, the nearest: {}",
                self.asked,
                nearest.join(", ")
            ),
        }
    }
}

/// The release that answers for a version: the one of the same line whose patch number is nearest.
///
/// ```
/// let resolved = facts::resolve("3.9.1").unwrap();
/// assert_eq!(resolved.release.to_string(), "3.9.2");
/// assert!(!resolved.is_exact());
/// assert!(facts::resolve("3.9").unwrap().is_exact());
///
/// let unknown = facts::resolve("3.10.1").unwrap_err();
/// assert_eq!(unknown.to_string(), "no facts on Kafka 3.10.1; 2.4 to 4.4 are known, the nearest: 3.9.2, 4.0.2");
/// ```
pub fn resolve(version: &str) -> Result<Resolved, UnknownVersion> {
    let asked = Asked::parse(version.trim()).ok_or_else(|| UnknownVersion {
        asked: version.to_owned(),
        nearest: vec![],
    })?;
    let exact = KafkaVersion::new(asked.major, asked.minor, asked.patch.unwrap_or(u16::MAX));
    let line = releases()
        .iter()
        .filter(|release| release.version.same_line(exact));
    // Of two that are equally near the older one: it is not ahead of what was asked.
    match line.min_by_key(|release| (release.version.patch.abs_diff(exact.patch), release.version))
    {
        Some(release) => {
            let asked = if asked.patch.is_some() {
                exact
            } else {
                release.version
            };
            Ok(Resolved { asked, release })
        }
        None => Err(UnknownVersion {
            asked: version.to_owned(),
            nearest: neighbours(exact),
        }),
    }
}

fn neighbours(version: KafkaVersion) -> Vec<KafkaVersion> {
    let older = releases()
        .iter()
        .rev()
        .find(|release| release.version < version);
    let newer = releases().iter().find(|release| release.version > version);
    [older, newer]
        .into_iter()
        .flatten()
        .map(|release| release.version)
        .collect()
}

/// The facts on a version; [`resolve`] tells whether another patch release answers.
///
/// ```
/// let kafka = facts::of("3.3.2").unwrap();
/// assert_eq!(kafka.broker().ms("replica.lag.time.max.ms"), Ok(30_000));
/// assert_eq!(kafka.producer().text("acks").unwrap(), "all");
/// ```
pub fn of(version: &str) -> Result<&'static Release, UnknownVersion> {
    resolve(version).map(|resolved| resolved.release)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_release_line_from_2_4_to_4_4_has_its_facts() {
        let lines: Vec<String> = releases()
            .iter()
            .map(|release| release.version.line())
            .collect();
        let expected =
            "2.4 2.5 2.6 2.7 2.8 3.0 3.1 3.2 3.3 3.4 3.5 3.6 3.7 3.8 3.9 4.0 4.1 4.2 4.3 4.4";
        assert_eq!(lines.join(" "), expected);
    }

    #[test]
    fn a_patch_release_is_answered_for_by_its_line() {
        for (asked, answers) in [
            ("2.8.0", "2.8.2"),
            ("3.0.0", "3.0.2"),
            ("4.2.7", "4.2.0"),
            ("3.9", "3.9.2"),
            (" 3.9.2 ", "3.9.2"),
        ] {
            assert_eq!(of(asked).unwrap().to_string(), answers, "{asked}");
        }
        assert_eq!(resolve("2.8.0").unwrap().asked, KafkaVersion::new(2, 8, 0));
        assert_eq!(resolve("2.8").unwrap().asked, KafkaVersion::new(2, 8, 2));
    }

    #[test]
    fn an_unknown_version_names_its_neighbours() {
        let text = |version: &str| of(version).unwrap_err().to_string();
        assert_eq!(
            text("5.0"),
            "no facts on Kafka 5.0; 2.4 to 4.4 are known, the nearest: 4.4.0"
        );
        assert_eq!(
            text("0.11"),
            "no facts on Kafka 0.11; 2.4 to 4.4 are known, the nearest: 2.4.1"
        );
        assert_eq!(
            text("2.9.1"),
            "no facts on Kafka 2.9.1; 2.4 to 4.4 are known, the nearest: 2.8.2, 3.0.2"
        );
        assert_eq!(
            text("newest"),
            "`newest` is not a Kafka version; 2.4 to 4.4 are known, written like 3.9 or 3.9.2"
        );
    }

    #[test]
    fn the_release_before_4_0_is_3_9() {
        assert_eq!(of("4.0").unwrap().previous(), Some(of("3.9").unwrap()));
        assert_eq!(releases()[0].previous(), None);
    }
}
