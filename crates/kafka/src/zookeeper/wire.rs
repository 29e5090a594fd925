//! Which version of a request one broker sends to another, and whether the other one can read it.
//!
//! In ZooKeeper mode nothing is negotiated between brokers: the sender's `inter.broker.protocol.version` decides the version of each
//! request, the receiver's *binary* decides what it can read. A request that it cannot read costs the connection: the receiver logs
//! `Closing socket for … because of error`, the sender `… was disconnected before the response was read`, and tries the same again
//! (SocketServer.Processor, RequestContext.parseRequest; ControllerChannelManager, RemoteLeaderEndPoint; `observed/`).

use facts::{KafkaVersion, MetadataVersion};

/// A kind of request between brokers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    /// Follower to leader.
    Fetch,
    /// Follower to leader, where truncation does not come with the fetch (before 2.7-IV1).
    OffsetForLeaderEpoch,
    /// Controller to broker.
    LeaderAndIsr,
    /// Controller to broker.
    UpdateMetadata,
    /// Controller to broker.
    StopReplica,
    /// Leader to controller (AlterIsr before 3.2).
    AlterPartition,
    /// Stopping broker to controller.
    ControlledShutdown,
}

impl Channel {
    /// All of them.
    pub const ALL: [Channel; 7] = [
        Channel::Fetch,
        Channel::OffsetForLeaderEpoch,
        Channel::LeaderAndIsr,
        Channel::UpdateMetadata,
        Channel::StopReplica,
        Channel::AlterPartition,
        Channel::ControlledShutdown,
    ];

    /// Its name in Kafka's protocol.
    pub fn name(self) -> &'static str {
        match self {
            Channel::Fetch => "Fetch",
            Channel::OffsetForLeaderEpoch => "OffsetForLeaderEpoch",
            Channel::LeaderAndIsr => "LeaderAndIsr",
            Channel::UpdateMetadata => "UpdateMetadata",
            Channel::StopReplica => "StopReplica",
            Channel::AlterPartition => "AlterPartition",
            Channel::ControlledShutdown => "ControlledShutdown",
        }
    }

    /// Its key as a broker's log writes it.
    pub fn key(self) -> &'static str {
        match self {
            Channel::Fetch => "FETCH",
            Channel::OffsetForLeaderEpoch => "OFFSET_FOR_LEADER_EPOCH",
            Channel::LeaderAndIsr => "LEADER_AND_ISR",
            Channel::UpdateMetadata => "UPDATE_METADATA",
            Channel::StopReplica => "STOP_REPLICA",
            Channel::AlterPartition => "ALTER_PARTITION",
            Channel::ControlledShutdown => "CONTROLLED_SHUTDOWN",
        }
    }

    /// The structure that the receiver's parser stops at, as its log names it; `None` where no recording shows it.
    pub fn unreadable(self) -> Option<&'static str> {
        match self {
            Channel::Fetch => Some("FetchTopic"),
            Channel::UpdateMetadata => Some("UpdateMetadataTopicState"),
            Channel::LeaderAndIsr => Some("LeaderAndIsrTopicState"),
            _ => None,
        }
    }
}

/// From which protocol version on the controller's requests have which version (ControllerChannelManager 2.8 and 3.9; not among the
/// fields of MetadataVersion, so `facts` does not generate them).
const LEADER_AND_ISR: &[(&str, i16)] = &[
    ("3.4-IV0", 7),
    ("3.2-IV0", 6),
    ("2.8-IV1", 5),
    ("2.4-IV1", 4),
    ("2.4-IV0", 3),
    ("2.2-IV0", 2),
    ("1.0-IV0", 1),
];
const UPDATE_METADATA: &[(&str, i16)] = &[
    ("3.4-IV0", 8),
    ("2.8-IV1", 7),
    ("2.4-IV1", 6),
    ("2.2-IV0", 5),
    ("1.0-IV0", 4),
    ("0.10.2-IV0", 3),
    ("0.10.0-IV1", 2),
    ("0.9.0", 1),
];
const STOP_REPLICA: &[(&str, i16)] = &[
    ("3.4-IV0", 4),
    ("2.6-IV0", 3),
    ("2.4-IV1", 2),
    ("2.2-IV0", 1),
];
/// KafkaServer.doControlledShutdown.
const CONTROLLED_SHUTDOWN: &[(&str, i16)] = &[("2.4-IV1", 3), ("2.2-IV0", 2), ("0.9.0", 1)];
/// The last version of Fetch that names topics instead of ids: a follower that knows no id of a topic sends this one
/// (RemoteLeaderEndPoint.buildFetch).
const FETCH_BY_NAME: i16 = 12;

/// Is this protocol version at least the one of that name?
pub(crate) fn at_least(protocol: &MetadataVersion, name: &str) -> bool {
    facts::metadata_version(name).is_ok_and(|since| !protocol.is_before(since))
}

fn step(protocol: &MetadataVersion, table: &[(&str, i16)]) -> i16 {
    table
        .iter()
        .find(|(since, _)| at_least(protocol, since))
        .map_or(0, |(_, version)| *version)
}

/// The version that a sender with this protocol version sends. `None`: it sends no such request, or the version is negotiated.
pub fn sent(channel: Channel, protocol: &MetadataVersion, topic_ids: bool) -> Option<i16> {
    match channel {
        Channel::Fetch => {
            let version = protocol.number("fetchRequestVersion")?;
            Some(if topic_ids {
                version
            } else {
                version.min(FETCH_BY_NAME)
            })
        }
        Channel::OffsetForLeaderEpoch => {
            let asks = !at_least(protocol, "2.7-IV1");
            asks.then(|| protocol.number("offsetForLeaderEpochRequestVersion"))?
        }
        Channel::LeaderAndIsr => Some(step(protocol, LEADER_AND_ISR)),
        Channel::UpdateMetadata => Some(step(protocol, UPDATE_METADATA)),
        Channel::StopReplica => Some(step(protocol, STOP_REPLICA)),
        Channel::ControlledShutdown => Some(step(protocol, CONTROLLED_SHUTDOWN)),
        // From 3.2 on the highest version that both know; the request has to exist (2.7).
        Channel::AlterPartition => at_least(protocol, "2.7-IV2").then_some(0),
    }
}

/// The versions that a binary can read; `None`: it has no such request.
pub fn readable(channel: Channel, binary: KafkaVersion) -> Option<(i16, i16)> {
    let release = facts::of(&binary.to_string()).ok()?;
    if channel == Channel::AlterPartition {
        // AlterIsr until 3.1, renamed in 3.2; version 0 is read by every binary that has either.
        return ((binary.major, binary.minor) >= (2, 7) && binary.major < 4).then_some((0, 0));
    }
    let range = facts::api(channel.name()).ok()?.range_in(release)?;
    Some((range.oldest, range.latest))
}

/// Can a binary read this version?
pub fn reads(channel: Channel, binary: KafkaVersion, version: i16) -> bool {
    readable(channel, binary).is_some_and(|(oldest, latest)| (oldest..=latest).contains(&version))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sends(channel: Channel, protocol: &str) -> Option<i16> {
        sent(channel, facts::metadata_version(protocol).unwrap(), true)
    }

    fn version(text: &str) -> KafkaVersion {
        text.parse().unwrap()
    }

    #[test]
    fn a_2_8_leader_cannot_read_the_fetch_of_an_unpinned_3_5_follower() {
        assert_eq!(sends(Channel::Fetch, "3.5"), Some(15));
        assert!(!reads(Channel::Fetch, version("2.8.2"), 15));
        assert!(reads(
            Channel::Fetch,
            version("2.8.2"),
            sends(Channel::Fetch, "2.8").unwrap()
        ));
    }

    #[test]
    fn a_2_8_broker_cannot_read_what_a_3_5_controller_sends_but_a_3_1_one_s_it_can() {
        for (protocol, readable) in [("3.5", false), ("3.1", true), ("3.0", true), ("2.8", true)] {
            let lisr = sends(Channel::LeaderAndIsr, protocol).unwrap();
            let umr = sends(Channel::UpdateMetadata, protocol).unwrap();
            assert_eq!(
                reads(Channel::LeaderAndIsr, version("2.8.2"), lisr)
                    && reads(Channel::UpdateMetadata, version("2.8.2"), umr),
                readable,
                "{protocol}"
            );
        }
    }

    #[test]
    fn every_binary_reads_what_it_would_send_itself() {
        for release in facts::releases() {
            let binary = release.version();
            if binary.major >= 4 {
                continue;
            }
            for channel in Channel::ALL {
                if let Some(version) = sent(channel, release.metadata_version(), true) {
                    assert!(reads(channel, binary, version), "{channel:?} {binary}");
                }
            }
        }
    }

    #[test]
    fn without_topic_ids_a_follower_falls_back_to_names() {
        let newest = facts::metadata_version("3.5").unwrap();
        assert_eq!(sent(Channel::Fetch, newest, false), Some(12));
        assert!(reads(Channel::Fetch, version("2.7.2"), 12));
        assert!(!reads(Channel::Fetch, version("2.6.3"), 12));
    }

    #[test]
    fn isr_changes_go_through_the_controller_from_2_7_on() {
        assert_eq!(sends(Channel::AlterPartition, "2.7-IV1"), None);
        assert_eq!(sends(Channel::AlterPartition, "2.7"), Some(0));
        assert!(!reads(Channel::AlterPartition, version("2.6.3"), 0));
    }
}
