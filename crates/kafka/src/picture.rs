//! What an admin client sees and does through one broker.

use std::collections::BTreeMap;

use crate::features::KRAFT_VERSION;
use crate::ids::{NodeIx, PartitionIx};
use crate::partition::Registration;
use crate::world::World;

impl World {
    /// Leader and ISR of a partition as this broker's picture of the metadata shows them (an admin client that describes topics sees this).
    pub fn shown_by(&self, broker: NodeIx, partition: PartitionIx) -> Registration {
        let mut state = self.partitions[partition as usize].shown(self.applied_now(broker));
        if self.zookeeper.is_some() {
            // ZkMetadataCache: a leader that is not among the live brokers is none (LEADER_NOT_AVAILABLE).
            let p = &self.partitions[partition as usize];
            let peers = &self.nodes[broker as usize].peers;
            state.leader = state
                .leader
                .filter(|&slot| peers[p.replicas[slot as usize].node as usize].alive);
        }
        state
    }

    /// The finalized level of every feature that is not 0; `kraft.version` as the quorum has it, or as a record of the metadata log says
    /// that nobody acts on (before 4.0).
    pub fn levels(&self) -> BTreeMap<&'static str, i16> {
        let mut levels = (*self.features.decided).clone();
        if self.features.raft > self.features.level(KRAFT_VERSION) {
            levels.insert(KRAFT_VERSION, self.features.raft);
        }
        levels
    }

    /// A broker met a record that it cannot take: it runs, and its picture of the metadata stands still.
    pub fn stands_still(&self, node: NodeIx) -> bool {
        self.is_deaf(node)
    }

    /// The brokers that this broker tells clients of: those that are unfenced in its picture (a metadata answer lists no others).
    pub fn alive_shown_by(&self, broker: NodeIx) -> Vec<NodeIx> {
        if self.knows_no_metadata(broker) {
            return Vec::new();
        }
        let peers = &self.nodes[broker as usize].peers;
        (0..peers.len() as NodeIx)
            .filter(|&node| peers[node as usize].alive)
            .collect()
    }

    /// A small metadata change that concerns no partition, such as a setting of a topic that the model does not look at. It is a record
    /// like any other: its append lets nodes without push learn of earlier commits (specification M3). Nothing happens without an active
    /// controller.
    pub fn append_small_change(&mut self) {
        if self.controller.active.is_some() {
            self.flush_at_hand();
        }
    }
}
