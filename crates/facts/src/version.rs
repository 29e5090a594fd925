//! Kafka's version numbers, as its jars carry them since 1.0: `major.minor.patch`.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// One Kafka release, such as 3.9.2.
///
/// ```
/// use facts::KafkaVersion;
///
/// let older: KafkaVersion = "3.9.2".parse().unwrap();
/// let newer: KafkaVersion = "3.10.0".parse().unwrap();
/// assert!(older < newer, "numbers are compared, not text");
/// assert_eq!("3.9".parse(), Ok(KafkaVersion::new(3, 9, 0)));
/// assert_eq!(older.to_string(), "3.9.2");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KafkaVersion {
    /// 4 in 4.1.2.
    pub major: u16,
    /// 1 in 4.1.2.
    pub minor: u16,
    /// 2 in 4.1.2.
    pub patch: u16,
}

impl KafkaVersion {
    /// The version with these three numbers.
    pub const fn new(major: u16, minor: u16, patch: u16) -> Self {
        Self {
            major,
            minor,
            patch,
        }
    }

    /// The release line: 3.9 for every 3.9.x. It is what Kafka's `--release-version` takes.
    pub fn line(self) -> String {
        format!("{}.{}", self.major, self.minor)
    }

    /// Both belong to one release line, as 3.9.0 and 3.9.2 do.
    pub const fn same_line(self, other: Self) -> bool {
        self.major == other.major && self.minor == other.minor
    }
}

impl fmt::Display for KafkaVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl Serialize for KafkaVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The text is not a version number of two or three parts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a Kafka version; versions look like 3.9 or 3.9.2")]
pub struct NotAVersion(pub String);

/// Reads "3.9.2", and "3.9" as the first release of that line, 3.9.0.
/// To mean "the 3.9 that is known best", use [`crate::resolve`].
impl FromStr for KafkaVersion {
    type Err = NotAVersion;

    fn from_str(text: &str) -> Result<Self, NotAVersion> {
        let asked = Asked::parse(text).ok_or_else(|| NotAVersion(text.to_owned()))?;
        Ok(Self::new(
            asked.major,
            asked.minor,
            asked.patch.unwrap_or(0),
        ))
    }
}

/// A version as a person asks for it: the patch number may be left out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) major: u16,
    pub(crate) minor: u16,
    pub(crate) patch: Option<u16>,
}

impl Asked {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut numbers = [None; 3];
        let mut parts = text.split('.');
        for number in &mut numbers {
            let Some(part) = parts.next() else { break };
            // `u16::from_str` takes "+3", which nobody means.
            if !part.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            *number = Some(part.parse().ok()?);
        }
        match (numbers, parts.next()) {
            ([Some(major), Some(minor), patch], None) => Some(Self {
                major,
                minor,
                patch,
            }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_has_two_or_three_numbers() {
        assert_eq!("2.8.2".parse(), Ok(KafkaVersion::new(2, 8, 2)));
        assert_eq!("2.8".parse(), Ok(KafkaVersion::new(2, 8, 0)));
        for wrong in [
            "",
            "3",
            "3.",
            "3.9.",
            "3.9.2.1",
            "v3.9",
            "3.x",
            "+3.9",
            "3.9.2-rc1",
            "99999999.1",
        ] {
            assert_eq!(
                wrong.parse::<KafkaVersion>(),
                Err(NotAVersion(wrong.to_owned())),
                "{wrong}"
            );
        }
    }

    #[test]
    fn three_ten_comes_after_three_nine() {
        let mut versions =
            ["3.10.0", "2.8.2", "3.9.2", "3.9.0"].map(|v| v.parse::<KafkaVersion>().unwrap());
        versions.sort();
        assert_eq!(
            versions.map(|v| v.to_string()),
            ["2.8.2", "3.9.0", "3.9.2", "3.10.0"]
        );
    }
}
