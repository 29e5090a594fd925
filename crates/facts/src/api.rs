//! The requests of Kafka's protocol, and which versions of each a release reads.

use crate::catalog::{catalog, history, number};
use crate::history::History;
use crate::release::Release;
use crate::suggest::UnknownName;
use crate::table::{self, TableError};

/// A kind of request.
#[derive(Debug)]
pub struct Api {
    number: i16,
    name: &'static str,
    ranges: History<ApiRange>,
    listeners: History<Vec<Listener>>,
}

impl Api {
    /// Its number on the wire.
    pub fn number(&self) -> i16 {
        self.number
    }

    /// Its name, such as `Fetch`. Where Kafka renamed one, both names are here, each with the releases that use it.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Which versions a release reads; `None` if it does not have the request.
    ///
    /// ```
    /// let produce = facts::api("Produce").unwrap();
    /// assert_eq!(produce.range_in(facts::of("3.9").unwrap()).unwrap().oldest, 0);
    /// assert_eq!(produce.range_in(facts::of("4.0").unwrap()).unwrap().oldest, 3);
    /// assert!(facts::api("LeaderAndIsr").unwrap().range_in(facts::of("4.0").unwrap()).is_none());
    /// ```
    pub fn range_in(&self, release: &Release) -> Option<ApiRange> {
        self.ranges.at(release).copied()
    }

    /// How the range changed.
    pub fn ranges(&self) -> &History<ApiRange> {
        &self.ranges
    }

    /// Where a release answers it. `None` if the release does not have it, or does not say (before 2.8).
    pub fn listeners_in(&self, release: &Release) -> Option<&[Listener]> {
        self.listeners.at(release).map(Vec::as_slice)
    }

    /// The highest version that both releases offer by default; `None` if they cannot talk this way.
    ///
    /// ```
    /// let (old, new) = (facts::of("2.8").unwrap(), facts::of("3.5").unwrap());
    /// assert_eq!(facts::api("Fetch").unwrap().highest_common(old, new), Some(12));
    /// ```
    pub fn highest_common(&self, one: &Release, other: &Release) -> Option<i16> {
        let (one, other) = (self.range_in(one)?, self.range_in(other)?);
        let highest = one.stable?.min(other.stable?);
        (highest >= one.oldest.max(other.oldest)).then_some(highest)
    }
}

/// Versions of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ApiRange {
    /// The oldest version it reads.
    pub oldest: i16,
    /// The latest version it reads, stable or not.
    pub latest: i16,
    /// The latest version it offers by default; `None` if it offers none. Those above need `unstable.api.versions.enable`.
    pub stable: Option<i16>,
}

impl std::fmt::Display for ApiRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.oldest, self.latest)?;
        match self.stable {
            Some(stable) if stable == self.latest => Ok(()),
            Some(stable) => write!(f, " (stable to {stable})"),
            None => f.write_str(" (not stable)"),
        }
    }
}

/// Who answers a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Listener {
    /// A broker in ZooKeeper mode.
    ZkBroker,
    /// A broker in KRaft mode.
    Broker,
    /// A KRaft controller.
    Controller,
}

/// All requests, by number.
pub fn apis() -> &'static [Api] {
    &catalog().apis
}

/// A request by its name.
///
/// ```
/// assert_eq!(facts::api("Fetch").unwrap().number(), 1);
/// assert_eq!(facts::api("fetsh").unwrap_err().to_string(), "there is no API `fetsh`; the nearest: Fetch");
/// ```
pub fn api(name: &str) -> Result<&'static Api, UnknownName> {
    let found = apis().iter().find(|api| api.name == name);
    found.ok_or_else(|| UnknownName::new("API", name, apis().iter().map(|api| api.name)))
}

pub(crate) fn read(text: &'static str) -> Result<Vec<Api>, TableError> {
    let api = |row: &table::Row<'static>| {
        Ok(Api {
            number: number(row, 0)?,
            name: row.cell(1),
            ranges: history(row, 2, range)?,
            listeners: history(row, 3, |cell| cell.split(", ").map(listener).collect())?,
        })
    };
    table::rows(text, 4)?.iter().map(api).collect()
}

fn range(text: &str) -> Option<ApiRange> {
    let (range, stable) = match text.split_once(" stable ") {
        Some((range, stable)) => (range, Some(stable)),
        None => (text, None),
    };
    let (oldest, latest) = range.split_once('-')?;
    let latest = latest.parse().ok()?;
    let stable = match stable {
        None => Some(latest),
        Some("none") => None,
        Some(stable) => Some(stable.parse().ok()?),
    };
    Some(ApiRange {
        oldest: oldest.parse().ok()?,
        latest,
        stable,
    })
}

fn listener(text: &str) -> Option<Listener> {
    match text {
        "ZK_BROKER" => Some(Listener::ZkBroker),
        "BROKER" => Some(Listener::Broker),
        "CONTROLLER" => Some(Listener::Controller),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range_of(name: &str, release: &str) -> Option<String> {
        Some(
            api(name)
                .unwrap()
                .range_in(crate::of(release).unwrap())?
                .to_string(),
        )
    }

    #[test]
    fn fetch_grows_with_the_releases() {
        for (release, range) in [
            ("2.4", "0-11"),
            ("2.8", "0-12"),
            ("3.1", "0-13"),
            ("3.5", "0-15"),
            ("3.9", "0-17"),
            ("4.0", "4-17"),
            ("4.1", "4-18"),
        ] {
            assert_eq!(
                range_of("Fetch", release).as_deref(),
                Some(range),
                "{release}"
            );
        }
    }

    #[test]
    fn four_zero_drops_what_clients_before_2_1_speak() {
        for (name, three_nine, four_zero) in [
            ("Produce", "0-11", "3-12"),
            ("ListOffsets", "0-9", "1-10"),
            ("OffsetCommit", "0-9", "2-9"),
            ("OffsetFetch", "0-9", "1-9"),
            ("CreateTopics", "0-7", "2-7"),
            ("AlterPartition", "0-3", "2-3"),
            ("WriteTxnMarkers", "0-1", "1-1"),
        ] {
            assert_eq!(range_of(name, "3.9").as_deref(), Some(three_nine), "{name}");
            assert_eq!(range_of(name, "4.0").as_deref(), Some(four_zero), "{name}");
        }
    }

    #[test]
    fn the_zookeeper_controllers_requests_are_gone_in_4_x() {
        for name in [
            "LeaderAndIsr",
            "StopReplica",
            "UpdateMetadata",
            "ControlledShutdown",
        ] {
            assert!(range_of(name, "3.9").is_some(), "{name}");
            assert_eq!(range_of(name, "4.0"), None, "{name}");
        }
    }

    #[test]
    fn an_early_version_is_read_but_not_offered() {
        assert_eq!(
            range_of("OffsetCommit", "3.6").as_deref(),
            Some("0-9 (stable to 8)")
        );
        assert_eq!(
            range_of("ConsumerGroupHeartbeat", "3.5").as_deref(),
            Some("0-0 (not stable)")
        );
        assert_eq!(
            range_of("ConsumerGroupHeartbeat", "3.7").as_deref(),
            Some("0-0")
        );
        let (old, new) = (crate::of("3.6").unwrap(), crate::of("3.7").unwrap());
        assert_eq!(
            api("OffsetCommit").unwrap().highest_common(old, new),
            Some(8)
        );
        assert_eq!(
            api("ConsumerGroupHeartbeat")
                .unwrap()
                .highest_common(old, new),
            None
        );
    }

    #[test]
    fn a_renamed_request_keeps_its_number() {
        let (old, new) = (api("AlterIsr").unwrap(), api("AlterPartition").unwrap());
        assert_eq!(old.number(), new.number());
        assert_eq!(old.ranges().gone_since(), new.ranges().since());
    }

    #[test]
    fn listeners_are_not_told_before_2_8() {
        let fetch = api("Fetch").unwrap();
        assert_eq!(fetch.listeners_in(crate::of("2.7").unwrap()), None);
        assert_eq!(
            fetch.listeners_in(crate::of("2.8").unwrap()),
            Some(&[Listener::ZkBroker, Listener::Broker, Listener::Controller][..])
        );
        assert_eq!(
            fetch.listeners_in(crate::of("4.0").unwrap()),
            Some(&[Listener::Broker, Listener::Controller][..])
        );
    }
}
