//! A release in a mode: where a way starts, stops and ends.

use std::fmt;

use serde::Serialize;

use crate::catalog::catalog;
use crate::release::{latest, releases, resolve};
use crate::version::KafkaVersion;

/// Where the metadata of a cluster is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// In ZooKeeper: up to 3.9.
    ZooKeeper,
    /// In a metadata log of Kafka's own: 2.8 for a first look, 3.3 and later for production.
    Kraft,
}

impl Mode {
    /// A release can run so.
    pub(crate) fn exists_in(self, version: KafkaVersion) -> bool {
        match self {
            Self::ZooKeeper => version.major < 4,
            Self::Kraft => (version.major, version.minor) >= (2, 8),
        }
    }

    /// The mode of most clusters of a version, where nobody says which: KRaft is for production from 3.3 on (KIP-833).
    fn usual(version: KafkaVersion) -> Self {
        if (version.major, version.minor) >= (3, 3) {
            Self::Kraft
        } else {
            Self::ZooKeeper
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ZooKeeper => "ZooKeeper mode",
            Self::Kraft => "KRaft mode",
        })
    }
}

/// A release in a mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The release; of 0.x without the fourth number.
    pub version: KafkaVersion,
    /// The mode.
    pub mode: Mode,
}

/// Not a place that a way can start from or lead to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPlace {
    /// No such release.
    #[error(
        "no upgrades are known of Kafka {asked}; 0.9.0 to {newest} are, and Confluent Platform as `CP 7.8`{suggestion}"
    )]
    Version {
        /// What was asked.
        asked: String,
        /// The newest known line.
        newest: String,
        /// "; the nearest: 3.9.2", or nothing.
        suggestion: String,
    },
    /// No such Confluent Platform.
    #[error("no Confluent Platform {asked} is known; {oldest} to {newest} are")]
    Platform {
        /// What was asked.
        asked: String,
        /// The oldest known one.
        oldest: &'static str,
        /// The newest known one.
        newest: &'static str,
    },
    /// The release does not run in this mode.
    #[error("Kafka {version} does not run in {mode}: {why}")]
    Mode {
        /// The release.
        version: KafkaVersion,
        /// The mode.
        mode: Mode,
        /// Which releases do.
        why: &'static str,
    },
}

impl Place {
    /// Reads "3.9.2", "3.9", "CP 7.8", "cp7.8.1".
    pub(super) fn read(text: &str, mode: Option<Mode>) -> Result<Self, NoPlace> {
        let trimmed = text.trim();
        let lower = trimmed.to_ascii_lowercase();
        let version = match lower.strip_prefix("cp") {
            Some(platform) => of_platform(platform.trim_start_matches([' ', '-', '_']))?,
            None => of_kafka(trimmed)?,
        };
        let mode = mode.unwrap_or_else(|| Mode::usual(version));
        if mode.exists_in(version) {
            return Ok(Self { version, mode });
        }
        Err(NoPlace::Mode {
            version,
            mode,
            why: match mode {
                Mode::ZooKeeper => "3.9 is the last release that does",
                Mode::Kraft => {
                    "2.8 is the first release that does, and 3.3 the first for production"
                }
            },
        })
    }

    pub(super) fn in_mode(self, mode: Mode) -> Self {
        Self { mode, ..self }
    }

    /// The Confluent Platform that is built on this line.
    pub fn platform(&self) -> Option<&'static str> {
        catalog()
            .platforms
            .iter()
            .find(|row| line(row.kafka) == line(self.version))
            .map(|row| row.platform)
    }
}

impl Serialize for Place {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut place = serializer.serialize_struct("Place", 3)?;
        place.serialize_field("version", &self.version)?;
        place.serialize_field("mode", &self.mode)?;
        place.serialize_field("confluent_platform", &self.platform())?;
        place.end()
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}", self.version, self.mode)?;
        if let Some(platform) = self.platform() {
            write!(f, " (CP {platform})")?;
        }
        Ok(())
    }
}

/// The releases of which ways are known, one of each line.
pub(super) fn lines() -> Vec<KafkaVersion> {
    let mut lines = catalog().old_lines.clone();
    lines.extend(releases().iter().map(|release| release.version()));
    lines
}

/// What orders releases into lines: of 0.x each third number is one.
pub(super) fn line(version: KafkaVersion) -> (u16, u16, u16) {
    let third = if version.major == 0 { version.patch } else { 0 };
    (version.major, version.minor, third)
}

fn of_kafka(text: &str) -> Result<KafkaVersion, NoPlace> {
    if let Ok(resolved) = resolve(text) {
        return Ok(resolved.asked);
    }
    let old = crate::speaker(text).ok().map(|speaker| speaker.version());
    let old = old.map(|version| {
        // "2.1" means the release that is known of its line.
        let known = lines()
            .into_iter()
            .find(|known| line(*known) == line(version));
        let bare = text.split('.').count() == 2;
        known.filter(|_| bare).unwrap_or(version)
    });
    old.ok_or_else(|| {
        let nearest = resolve(text).err().map(|unknown| unknown.nearest);
        let nearest: Vec<String> = nearest
            .unwrap_or_default()
            .iter()
            .map(KafkaVersion::to_string)
            .collect();
        NoPlace::Version {
            asked: text.to_owned(),
            newest: latest().version().line(),
            suggestion: if nearest.is_empty() {
                String::new()
            } else {
                format!("; the nearest: {}", nearest.join(", "))
            },
        }
    })
}

/// The newest known release of the line that a platform is built on.
fn of_platform(text: &str) -> Result<KafkaVersion, NoPlace> {
    let mut numbers = text.split('.');
    let asked = format!(
        "{}.{}",
        numbers.next().unwrap_or_default(),
        numbers.next().unwrap_or("0")
    );
    let rows = &catalog().platforms;
    let row = rows.iter().find(|row| row.platform == asked);
    let row = row.ok_or_else(|| NoPlace::Platform {
        asked: text.to_owned(),
        oldest: rows.first().map_or("", |row| row.platform),
        newest: rows.last().map_or("", |row| row.platform),
    })?;
    let known = lines()
        .into_iter()
        .find(|known| line(*known) == line(row.kafka));
    Ok(known.unwrap_or(row.kafka))
}
