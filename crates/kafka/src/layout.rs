//! Tables that follow from the estate and never change during a run.

use std::sync::Arc;

use engine::{Key, Span};

use crate::estate::Estate;
use crate::ids::{NodeIx, PartitionIx, Slot};

/// A partition that a fetcher may copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) partition: PartitionIx,
    pub(crate) leader: Slot,
    pub(crate) follower: Slot,
}

/// Names of random streams, hashed once.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    pub(crate) commit: Key,
    pub(crate) apply: Vec<Key>,
    pub(crate) raft: Vec<Key>,
}

/// Optimisations that can be switched off; the outcome must be the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switches {
    /// Connections on which nothing unusual happens are arithmetic.
    pub calm: bool,
    /// Connections that are behind, and unusual in no other way, are too.
    pub drains: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            calm: true,
            drains: true,
        }
    }
}

/// The tables.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) keys: Keys,
    pub(crate) switches: Switches,
    /// By fetcher (leader × nodes + follower): what it may have to copy, by partition.
    pub(crate) members: Vec<Arc<Vec<Member>>>,
    /// By node: its replicas, by partition.
    pub(crate) replicas_on: Vec<Arc<Vec<(PartitionIx, Slot)>>>,
    /// First partition of each topic.
    pub(crate) first_partition: Vec<PartitionIx>,
    /// How many messages fill a batch, by producer.
    pub(crate) batch_messages: Vec<u64>,
    /// One send period's messages fit a batch, by producer.
    pub(crate) producer_fits: Vec<bool>,
    /// The longest fetch round.
    pub(crate) longest_round: Span,
    /// Regular replication traffic into and out of each node when all is well, bytes per second.
    pub(crate) regular_in: Vec<u64>,
    pub(crate) regular_out: Vec<u64>,
}

impl Layout {
    /// Which fetcher copies from `leader` to `follower`.
    pub(crate) fn fetcher(nodes: usize, leader: NodeIx, follower: NodeIx) -> usize {
        leader as usize * nodes + follower as usize
    }

    pub(crate) fn new(
        estate: &Estate,
        switches: Switches,
        longest_round: Span,
        send_periods: &[Span],
    ) -> Self {
        let n = estate.nodes.len();
        let mut members = vec![Vec::new(); n * n];
        let mut replicas_on = vec![Vec::new(); n];
        let mut first_partition = Vec::new();
        let mut partition: PartitionIx = 0;
        let mut regular_in = vec![0u64; n];
        let mut regular_out = vec![0u64; n];
        let mut rates = vec![0u64; estate.topics.len()];
        for producer in &estate.producers {
            // Bytes per second of one flow.
            let bytes = u128::from(producer.size) * u128::from(producer.count) * 1_000_000_000;
            rates[producer.topic as usize] += (bytes / u128::from(producer.per.as_nanos().max(1)))
                .min(u128::from(u64::MAX)) as u64;
        }
        for (at, topic) in estate.topics.iter().enumerate() {
            first_partition.push(partition);
            for replicas in &topic.assignment {
                for (slot, &node) in replicas.iter().enumerate() {
                    replicas_on[node as usize].push((partition, slot as Slot));
                    for (other, &follower) in replicas.iter().enumerate() {
                        if other != slot {
                            members[Self::fetcher(n, node, follower)].push(Member {
                                partition,
                                leader: slot as Slot,
                                follower: other as Slot,
                            });
                        }
                    }
                    if slot == 0 {
                        regular_out[node as usize] += rates[at] * (replicas.len() as u64 - 1);
                    } else {
                        regular_in[node as usize] += rates[at];
                    }
                }
                partition += 1;
            }
        }
        let node_key = |what: &str| -> Vec<Key> {
            estate
                .nodes
                .iter()
                .map(|node| Key::of("node").id(u64::from(node.id)).part(what))
                .collect()
        };
        let batch_messages: Vec<u64> = estate
            .producers
            .iter()
            .map(|producer| (producer.config.batch_size / producer.size.max(1)).max(1))
            .collect();
        let producer_fits = estate
            .producers
            .iter()
            .zip(send_periods)
            .zip(&batch_messages)
            .map(|((producer, period), &full)| {
                let per_period = u128::from(period.as_nanos()) * u128::from(producer.count);
                per_period.div_ceil(u128::from(producer.per.as_nanos().max(1))) < u128::from(full)
            })
            .collect();
        Self {
            keys: Keys {
                commit: Key::of("controller/commit"),
                apply: node_key("apply"),
                raft: node_key("raft"),
            },
            switches,
            members: members.into_iter().map(Arc::new).collect(),
            replicas_on: replicas_on.into_iter().map(Arc::new).collect(),
            first_partition,
            batch_messages,
            producer_fits,
            longest_round,
            regular_in,
            regular_out,
        }
    }
}
