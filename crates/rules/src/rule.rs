//! What a rule is.

use crate::Case;
use facts::KafkaVersion;
use scenario::Diagnostic;
use std::fmt;

/// One rule of the book.
#[derive(Debug)]
pub struct Rule {
    /// Its stable name: `K001`.
    pub id: &'static str,
    /// What it is about.
    pub topic: Topic,
    /// What to do, in one line: "Take one broker at a time".
    pub title: &'static str,
    /// What happens when it is broken.
    pub what: &'static str,
    /// By which mechanism.
    pub why: &'static str,
    /// What to do instead.
    pub instead: &'static str,
    /// The versions it concerns.
    pub versions: Versions,
    /// Where it is written or measured.
    pub sources: &'static [&'static str],
    /// Codes of the findings of a run that it explains.
    pub explains: &'static [&'static str],
    /// A scenario in which it bites, in `scenarios/`.
    pub bites: Option<&'static str>,
    /// A scenario that keeps it.
    pub spares: Option<&'static str>,
    /// What a scenario alone tells.
    pub check: fn(&Case<'_>) -> Vec<Diagnostic>,
}

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// Restarting nodes one after the other.
    Rolling,
    /// The controllers and their majority.
    Quorum,
    /// Settings of clusters and topics.
    Configuration,
    /// Producers and consumers.
    Client,
    /// Which version may follow which.
    Version,
    /// metadata.version and the other features.
    Feature,
    /// Tools and their options.
    Command,
}

impl Topic {
    /// All of them, in the order of the book.
    pub const ALL: [Topic; 7] = [
        Self::Rolling,
        Self::Quorum,
        Self::Configuration,
        Self::Client,
        Self::Version,
        Self::Feature,
        Self::Command,
    ];

    /// As it is written on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rolling => "rolling",
            Self::Quorum => "quorum",
            Self::Configuration => "configuration",
            Self::Client => "client",
            Self::Version => "version",
            Self::Feature => "feature",
            Self::Command => "command",
        }
    }

    /// Its rules in one line.
    pub fn about(self) -> &'static str {
        match self {
            Self::Rolling => "restarting nodes one after the other",
            Self::Quorum => "the controllers and their majority",
            Self::Configuration => "settings of clusters and topics",
            Self::Client => "producers and consumers",
            Self::Version => "which version may follow which",
            Self::Feature => "metadata.version and the other features",
            Self::Command => "tools and their options",
        }
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A range of Kafka lines, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Versions {
    /// The first line; `None`: as far back as anything is known.
    pub since: Option<(u16, u16)>,
    /// The last line; `None`: to this day.
    pub until: Option<(u16, u16)>,
}

impl Versions {
    /// Every version.
    pub const ALL: Self = Self {
        since: None,
        until: None,
    };

    /// From this line on.
    pub const fn since(major: u16, minor: u16) -> Self {
        Self {
            since: Some((major, minor)),
            until: None,
        }
    }

    /// Up to this line.
    pub const fn until(major: u16, minor: u16) -> Self {
        Self {
            since: None,
            until: Some((major, minor)),
        }
    }

    /// The same, up to this line.
    pub const fn to(self, major: u16, minor: u16) -> Self {
        Self {
            until: Some((major, minor)),
            ..self
        }
    }

    /// It concerns this version.
    pub fn concern(&self, version: KafkaVersion) -> bool {
        let line = crate::words::line(version);
        self.since.is_none_or(|since| since <= line) && self.until.is_none_or(|until| line <= until)
    }
}

impl fmt::Display for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.since, self.until) {
            (None, None) => f.write_str("all"),
            (Some((major, minor)), None) => write!(f, "{major}.{minor} and later"),
            (None, Some((major, minor))) => write!(f, "up to {major}.{minor}"),
            (Some(since), Some(until)) if since == until => write!(f, "{}.{}", since.0, since.1),
            (Some(since), Some(until)) => {
                write!(f, "{}.{} to {}.{}", since.0, since.1, until.0, until.1)
            }
        }
    }
}
