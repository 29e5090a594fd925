//! What goes wrong in ZooKeeper mode only: closed channels, processes that do not start, an ensemble without majority.

use kafka::happening::Happening;
use kafka::zookeeper::wire::{self, Channel};
use kafka::zookeeper::{ClosedChannel, Refusal, Refused};
use outcome::Severity;

use super::Draft;
use crate::play::Play;
use crate::words;

impl Play {
    /// Warnings of a cluster in ZooKeeper mode.
    pub(super) fn zookeeper_warnings(&self, drafts: &mut Vec<Draft>) {
        self.closed_channels(drafts);
        self.refused_starts(drafts);
        self.lost_ensemble(drafts);
        self.stopping_brokers_in_isr(drafts);
    }

    /// One finding for each kind of request: who sent which version, who could not read it.
    fn closed_channels(&self, drafts: &mut Vec<Draft>) {
        for channel in Channel::ALL {
            let closed: Vec<&ClosedChannel> = self
                .world
                .closed_channels()
                .iter()
                .filter(|closed| closed.channel == channel)
                .collect();
            let Some(first) = closed.first() else {
                continue;
            };
            let name = |node| words::node(&self.estate, node);
            let protocol = self.protocol_words(first);
            let reads = match wire::readable(channel, first.receiver) {
                Some((_, latest)) => format!("reads up to {latest}"),
                None => "does not know it".to_owned(),
            };
            let mut subjects: Vec<String> = closed
                .iter()
                .map(|closed| format!("{} → {}", name(closed.from), name(closed.to)))
                .collect();
            subjects.sort();
            subjects.dedup();
            let more = match subjects.len() {
                1 => String::new(),
                n => format!(" (and {} more)", words::count(n as u64 - 1, "pair")),
            };
            let title = format!(
                "{} ({}{protocol}) sends {} version {} to {} ({}), which {reads} and closes the connection{more}",
                name(first.from),
                first.sender,
                channel.name(),
                first.version,
                name(first.to),
                first.receiver,
            );
            let causes = self
                .newest_cause_until(first.at, |what| {
                    matches!(what, Happening::VersionUnknown(kind, from, to, _)
                        if (kind, from, to) == (channel, first.from, first.to))
                })
                .map(|id| self.chain(id, None))
                .unwrap_or_default();
            drafts.push(Draft {
                code: "closed-channel",
                severity: Severity::Warning,
                title,
                subjects: super::shortened(subjects),
                when: Some((first.at, first.at)),
                causes,
            });
        }
    }

    /// The value of inter.broker.protocol.version that decided the version, if the sender still runs that binary.
    fn protocol_words(&self, closed: &ClosedChannel) -> String {
        let binary = self.world.binary(closed.from);
        if binary.version != closed.sender {
            return String::new();
        }
        match &binary.config.zookeeper.protocol {
            kafka::zookeeper::Protocol::Known(version) => {
                let set = binary
                    .settings
                    .contains_key("inter.broker.protocol.version");
                let how = if set { "" } else { " by default" };
                format!(", inter.broker.protocol.version {}{how}", version.name())
            }
            _ => String::new(),
        }
    }

    fn refused_starts(&self, drafts: &mut Vec<Draft>) {
        let mut told: Vec<(&'static str, u32)> = Vec::new();
        for refused in self.world.refused_starts() {
            let (code, what) = refusal_words(refused);
            if told.contains(&(code, refused.node)) {
                continue;
            }
            told.push((code, refused.node));
            drafts.push(Draft {
                code,
                severity: Severity::Warning,
                title: format!("{} {what}", words::node(&self.estate, refused.node)),
                subjects: vec![words::node(&self.estate, refused.node)],
                when: Some((refused.at, refused.at)),
                causes: Vec::new(),
            });
        }
    }

    fn lost_ensemble(&self, drafts: &mut Vec<Draft>) {
        let Some(causes) = self.world.causes() else {
            return;
        };
        let lost = causes
            .iter()
            .find(|(_, cause)| matches!(cause.kind, Happening::EnsembleLost));
        let Some((id, cause)) = lost else { return };
        let back = causes
            .iter()
            .find(|(_, other)| {
                matches!(other.kind, Happening::EnsembleBack) && other.at >= cause.at
            })
            .map(|(_, other)| other.at);
        let title = match back {
            Some(back) => format!(
                "the ZooKeeper servers had no majority for {}",
                words::span(back.saturating_since(cause.at))
            ),
            None => "the ZooKeeper servers had no majority until the end".to_owned(),
        };
        drafts.push(Draft {
            code: "no-zookeeper",
            severity: Severity::Warning,
            title,
            subjects: Vec::new(),
            when: Some((cause.at, back.unwrap_or(self.end))),
            causes: self.chain(id, None),
        });
    }

    /// Brokers that were found in sync while they were stopping (KAFKA-13916).
    fn stopping_brokers_in_isr(&self, drafts: &mut Vec<Draft>) {
        let found = self.world.stopping_brokers_in_isr();
        let Some(&(at, node, _)) = found.first() else {
            return;
        };
        let mut partitions: Vec<u32> = found.iter().map(|one| one.2).collect();
        partitions.sort_unstable();
        partitions.dedup();
        let title = format!(
            "{} came back into the ISR of {} while it was stopping",
            words::node(&self.estate, node),
            words::count(partitions.len() as u64, "partition")
        );
        let names = partitions
            .into_iter()
            .map(|partition| self.world.partition_name(partition))
            .collect();
        drafts.push(Draft {
            code: "stopping-broker-in-isr",
            severity: Severity::Warning,
            title,
            subjects: super::shortened(names),
            when: Some((at, at)),
            causes: Vec::new(),
        });
    }
}

/// Code and words of a process that ended its start, in the words of its log.
fn refusal_words(refused: &Refused) -> (&'static str, String) {
    let version = refused.version;
    let invalid = |setting: &str, text: &str| {
        format!(
            "on {version} ends with exit code 1: Invalid value {text} for configuration {setting}: {}",
            not_valid(version, text)
        )
    };
    match &refused.why {
        Refusal::NoZooKeeperMode => (
            "no-zookeeper-mode",
            format!(
                "on {version} ends with exit code 1: Missing required configuration \"process.roles\" which has no default value."
            ),
        ),
        Refusal::UnknownProtocol(text) => (
            "refused-start",
            invalid("inter.broker.protocol.version", text),
        ),
        Refusal::UnknownMessageFormat(text) => {
            ("refused-start", invalid("log.message.format.version", text))
        }
        Refusal::NodeExists => (
            "znode-exists",
            "ends its start: the znode of its old session is still there (KeeperException$NodeExistsException)".to_owned(),
        ),
        Refusal::NoEnsemble => (
            "no-zookeeper",
            "ends its start: it could not connect to ZooKeeper (ZooKeeperClientTimeoutException)".to_owned(),
        ),
    }
}

/// The validator's words: with backquotes until 3.2 (ApiVersion), without since (MetadataVersion).
fn not_valid(version: facts::KafkaVersion, text: &str) -> String {
    if (version.major, version.minor) < (3, 3) {
        format!("Version `{text}` is not a valid version")
    } else {
        format!("Version {text} is not a valid version")
    }
}
