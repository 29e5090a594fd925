//! What clients and brokers of two releases can say to each other, and what an application sees where they cannot.
//!
//! A client of 0.10.2 or later asks a broker which versions of each request it reads, and takes the highest that both know
//! (KIP-35, KIP-97); an older one sends its own latest. A broker that cannot read a request closes the connection without an
//! answer (SocketServer), so that an old client sees a broken network and no reason. Brokers of 4.0 dropped the oldest versions
//! (KIP-896). Ranges are in `data/apis.txt` and `data/apis-before-2.4.txt`; what differs from them in `data/api-exceptions.txt`;
//! what clients need for which task in `data/client-tasks.txt`; what was seen to happen in `data/client-failures.txt`.

mod card;
mod data;

use serde::Serialize;

pub use card::{ClientCard, TaskCard, client_with_broker};
pub(crate) use data::{ApiException, Failure, OldApi, Task};
pub(crate) use data::{read_exceptions, read_failures, read_old_apis, read_tasks};

use crate::catalog::catalog;
use crate::release::releases;
use crate::version::KafkaVersion;

/// The first Java client that asks a broker which versions it reads (KIP-97).
const NEGOTIATES_SINCE: KafkaVersion = KafkaVersion::new(0, 10, 2);

/// One side of a conversation: a client or a broker of a release, also one before 2.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Speaker {
    version: KafkaVersion,
}

/// No facts on the requests of this version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.sentence())]
pub struct UnknownSpeaker {
    /// What was asked.
    pub asked: String,
}

impl UnknownSpeaker {
    fn sentence(&self) -> String {
        format!(
            "no facts on what clients and brokers of Kafka {} say; 0.9.0 to 0.11.0, 1.0 to 1.1 and 2.0 to {} are known",
            self.asked,
            crate::latest().version().line()
        )
    }
}

/// The client or the broker of a version. "0.10.2.2" and "0.10.2" are the same here; of "2.1" any patch release.
///
/// ```
/// let old = facts::speaker("0.10.2.2").unwrap();
/// let new = facts::speaker("4.1.2").unwrap();
/// assert_eq!(facts::speaks("Fetch", old, new), facts::Speech::NoCommonVersion);
/// assert!(facts::speaker("0.7").is_err());
/// ```
pub fn speaker(version: &str) -> Result<Speaker, UnknownSpeaker> {
    let unknown = || UnknownSpeaker {
        asked: version.to_owned(),
    };
    let numbers: Option<Vec<u16>> = version
        .trim()
        .split('.')
        .map(|part| {
            let digits = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
            part.parse().ok().filter(|_| digits)
        })
        .collect();
    let numbers = numbers.ok_or_else(unknown)?;
    let version = match numbers[..] {
        [0, minor, patch] | [0, minor, patch, _] => KafkaVersion::new(0, minor, patch),
        [major, minor] if major > 0 => {
            let line = KafkaVersion::new(major, minor, 0);
            crate::releases()
                .iter()
                .map(|release| release.version())
                .find(|version| version.same_line(line))
                .unwrap_or(line)
        }
        [major, minor, patch] => KafkaVersion::new(major, minor, patch),
        _ => return Err(unknown()),
    };
    let speaker = Speaker { version };
    // A line is known if one of its releases was asked; every one of them has metadata requests.
    if speaker.is_known() {
        Ok(speaker)
    } else {
        Err(unknown())
    }
}

/// What orders versions: of 0.x each third number is a line, later each second one.
fn line(version: KafkaVersion) -> (u16, u16, u16) {
    let third = if version.major == 0 { version.patch } else { 0 };
    (version.major, version.minor, third)
}

/// Versions of a request, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Versions {
    /// The oldest.
    pub oldest: i16,
    /// The newest that is stable.
    pub newest: i16,
}

impl std::fmt::Display for Versions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.oldest == self.newest {
            write!(f, "{}", self.oldest)
        } else {
            write!(f, "{}-{}", self.oldest, self.newest)
        }
    }
}

impl Speaker {
    /// Its version; of 0.x without the fourth number.
    pub fn version(self) -> KafkaVersion {
        self.version
    }

    /// This release, also if there are no facts on it.
    pub const fn of(version: KafkaVersion) -> Self {
        Self { version }
    }

    fn is_known(self) -> bool {
        let mine = line(self.version);
        let old = catalog()
            .old_lines
            .iter()
            .any(|version| line(*version) == mine);
        old || releases()
            .iter()
            .any(|release| line(release.version()) == mine)
    }

    /// It asks brokers which versions they read.
    pub fn negotiates(self) -> bool {
        self.version >= NEGOTIATES_SINCE
    }

    /// The versions of a request that it knows; `None` if it does not have the request.
    pub fn knows(self, api: &str) -> Option<Versions> {
        let mine = line(self.version);
        if let Some(release) = releases()
            .iter()
            .find(|release| line(release.version()) == mine)
        {
            let range = crate::apis()
                .iter()
                .find(|one| one.name() == api)?
                .range_in(release)?;
            return Some(Versions {
                oldest: range.oldest,
                newest: range.stable?,
            });
        }
        let old = catalog().old_apis.iter().find(|old| old.name == api)?;
        old.versions
            .iter()
            .rev()
            .find(|(from, _)| line(*from) <= mine)
            .map(|(_, versions)| *versions)
    }

    fn exception(self, api: &str) -> Option<&'static ApiException> {
        catalog().api_exceptions.iter().find(|row| {
            row.api == api
                && row.since <= self.version
                && row.until.is_none_or(|until| self.version <= until)
        })
    }

    /// The versions of a request that a broker of this release reads.
    pub fn reads(self, api: &str) -> Option<Versions> {
        let mut versions = self.knows(api)?;
        if let Some(oldest) = self.exception(api).and_then(|row| row.reads) {
            versions.oldest = oldest;
        }
        Some(versions)
    }

    /// The versions that a broker of this release tells clients it reads: mostly, but not always, those that it does.
    pub fn offers(self, api: &str) -> Option<Versions> {
        let mut versions = self.reads(api)?;
        if let Some(oldest) = self.exception(api).and_then(|row| row.offers) {
            versions.oldest = oldest;
        }
        Some(versions)
    }
}

/// What becomes of a request between a client and a broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "is", content = "version")]
pub enum Speech {
    /// It is sent in this version and read.
    Understood(i16),
    /// It is sent in this version, which the broker does not read: it closes the connection.
    ConnectionClosed(i16),
    /// The client knows that there is no common version and does not send it.
    NoCommonVersion,
    /// The client does not have the request.
    NotInClient,
}

/// What becomes of a request of a client at a broker.
///
/// ```
/// use facts::{Speech, speaker, speaks};
/// let broker = speaker("4.1.2").unwrap();
/// // It does not ask, and sends the latest version that it knows.
/// assert_eq!(speaks("Fetch", speaker("0.10.1.1").unwrap(), broker), Speech::ConnectionClosed(3));
/// // It asks; 4.1 says that it reads Produce from version 0 on, and does not.
/// assert_eq!(speaks("Produce", speaker("0.10.2.2").unwrap(), broker), Speech::ConnectionClosed(2));
/// assert_eq!(speaks("Produce", speaker("0.11.0").unwrap(), broker), Speech::Understood(3));
/// ```
pub fn speaks(api: &str, client: Speaker, broker: Speaker) -> Speech {
    let Some(known) = client.knows(api) else {
        return Speech::NotInClient;
    };
    let within = |version: i16, range: Option<Versions>| {
        range.is_some_and(|range| (range.oldest..=range.newest).contains(&version))
    };
    let sent = if client.negotiates() {
        let offered = broker.offers(api);
        let common = offered.map(|offered| known.newest.min(offered.newest));
        match common.filter(|version| within(*version, offered) && within(*version, Some(known))) {
            Some(version) => version,
            None => return Speech::NoCommonVersion,
        }
    } else {
        known.newest
    };
    if within(sent, broker.reads(api)) {
        Speech::Understood(sent)
    } else {
        Speech::ConnectionClosed(sent)
    }
}

/// How it shows that a client and a broker do not understand each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// The application gets an error.
    Error,
    /// Nothing happens and nobody says so.
    Silence,
    /// The client tries again and again.
    Retry,
}

/// Why a client cannot do something with a broker, and what its application sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Misunderstanding {
    /// The request.
    pub api: &'static str,
    /// What becomes of it.
    pub speech: Speech,
    /// How it shows.
    pub effect: Effect,
    /// What the application sees.
    pub seen: &'static str,
    /// Where this comes from.
    pub source: &'static str,
}

/// The first request of a task on which a client and a broker fail; `None`: the task works.
///
/// The tasks are those of `data/client-tasks.txt`: `produce`, `idempotent`, `txn`, `assign`, `group`, and four of an admin client.
///
/// ```
/// use facts::{Effect, misunderstanding, speaker};
/// let (old, new) = (speaker("0.10.2.2").unwrap(), speaker("4.1.2").unwrap());
/// assert_eq!(misunderstanding("produce", old, new).unwrap().effect, Effect::Error);
/// assert_eq!(misunderstanding("group", old, new).unwrap().effect, Effect::Silence);
/// assert_eq!(misunderstanding("group", speaker("0.11.0").unwrap(), new), None);
/// ```
pub fn misunderstanding(task: &str, client: Speaker, broker: Speaker) -> Option<Misunderstanding> {
    let task = catalog().client_tasks.iter().find(|one| one.name == task)?;
    task.apis.iter().find_map(|api| {
        let speech = speaks(api, client, broker);
        let kind = match speech {
            Speech::Understood(_) | Speech::NotInClient => return None,
            Speech::ConnectionClosed(_) => data::Kind::Closed,
            Speech::NoCommonVersion => data::Kind::None,
        };
        let row = catalog().client_failures.iter().find(|row| {
            row.api.is_none_or(|one| one == *api)
                && row.kind == kind
                && row.since <= client.version
                && row.until.is_none_or(|until| client.version <= until)
        })?;
        Some(Misunderstanding {
            api,
            speech,
            effect: row.effect,
            seen: row.seen,
            source: row.source,
        })
    })
}

#[cfg(test)]
mod tests;
