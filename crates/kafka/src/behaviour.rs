//! What a Kafka version does differently from others, as far as the model knows: one switch a line, with its source.
//!
//! Defaults of settings are not here (`facts` has them); this is behaviour that no setting changes.

use engine::Span;
use facts::KafkaVersion;

/// Behaviour of a broker or controller binary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeBehaviour {
    /// A metadata fetch is answered when the high watermark moves (KIP-1166, 4.1).
    pub pushes_high_watermark: bool,
    /// The controller looks for ended sessions periodically instead of at the instant (KAFKA-17793, 4.0).
    pub fences_periodically: bool,
    /// The contact time of a fenced broker still counts as a session, so that a broker that was just stopped cleanly
    /// cannot register again before it is over (KAFKA-17793, 4.0; observed on 4.1.2, `observed/README.md`).
    pub keeps_session_of_fenced: bool,
    /// The high watermark stands still below min ISR (KAFKA-15583, 3.7).
    pub freezes_high_watermark: bool,
    /// The KRaft controller looks at `unclean.leader.election.enable` (KAFKA-12670, 3.9).
    pub honours_unclean: bool,
    /// Produce errors tell the new leader (KIP-951, 3.7).
    pub tells_new_leader: bool,
    /// A leader that loses its majority resigns (KAFKA-15489, 3.7).
    pub checks_quorum: bool,
    /// Voters ask before they bump the epoch (KIP-996, 4.0).
    pub pre_votes: bool,
    /// A controller in ZooKeeper mode refuses an ISR with a broker that is not there or stops (KIP-841, 3.3).
    pub refuses_ineligible: bool,
    /// In ZooKeeper mode: a stopping broker whose last question was refused goes at once, not after another back-off (3.1).
    pub does_not_wait_after_the_last_refusal: bool,
    /// A follower that truncates after a fetch back-off waits for the back-off once more: its fetch state is made anew with the old delay,
    /// which counts from that moment (PartitionFetchState.dueMs, 4.0; observed: `controllers-combined-stop-4.1.2`).
    pub backs_off_after_truncation: bool,
    /// The preferred-leader task runs from the activation of the controller on, not from the first imbalance (4.0).
    pub balances_periodically: bool,
}

impl NodeBehaviour {
    /// What this version does.
    pub fn of(version: KafkaVersion) -> Self {
        let since = |major, minor| (version.major, version.minor) >= (major, minor);
        Self {
            pushes_high_watermark: since(4, 1),
            fences_periodically: since(4, 0),
            keeps_session_of_fenced: since(4, 0),
            freezes_high_watermark: since(3, 7),
            honours_unclean: since(3, 9),
            tells_new_leader: since(3, 7),
            checks_quorum: since(3, 7),
            pre_votes: since(4, 0),
            refuses_ineligible: since(3, 3),
            does_not_wait_after_the_last_refusal: since(3, 1),
            backs_off_after_truncation: since(4, 0),
            balances_periodically: since(4, 0),
        }
    }
}

/// Behaviour of a Java client library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientBehaviour {
    /// Request back-off grows exponentially (KIP-580, 3.7).
    pub exponential_backoff: bool,
    /// Takes the new leader from an error and skips the back-off then (KIP-951, 3.7).
    pub uses_leader_hint: bool,
    /// A consumer checks its position when the leader changes and goes back to where the logs part (KIP-320, 2.3; KAFKA-7747).
    pub validates_positions: bool,
    /// Forgets what it knows and asks the bootstrap servers when no known broker can be reached
    /// (`metadata.recovery.strategy=rebootstrap`, KIP-899; the default since 4.0).
    pub rebootstraps: bool,
    /// Asks the bootstrap servers again when no metadata came for this long (KIP-1102, 4.0).
    pub rebootstrap_after: Option<Span>,
    /// Some release of Kafka does not read the requests that it sends (KIP-896: before 0.11 with brokers of 4.0).
    pub not_read_everywhere: bool,
}

impl ClientBehaviour {
    /// What this version does, given its `metadata.recovery.strategy`.
    pub fn of(version: KafkaVersion, rebootstraps: bool, trigger: Option<Span>) -> Self {
        let since = |major, minor| (version.major, version.minor) >= (major, minor);
        Self {
            exponential_backoff: since(3, 7),
            uses_leader_hint: since(3, 7),
            validates_positions: since(2, 3),
            rebootstraps,
            not_read_everywhere: facts::releases()
                .iter()
                .any(|broker| !reads_all(version, broker.version(), &["Produce", "Fetch"])),
            rebootstrap_after: if rebootstraps && since(4, 0) {
                trigger
            } else {
                None
            },
        }
    }
}

/// A broker of this version reads all these requests of a client of that version ([`facts::speaks`]).
pub fn reads_all(client: KafkaVersion, broker: KafkaVersion, apis: &[&str]) -> bool {
    let (client, broker) = (facts::Speaker::of(client), facts::Speaker::of(broker));
    apis.iter().all(|api| {
        matches!(
            facts::speaks(api, client, broker),
            facts::Speech::Understood(_)
        )
    })
}
