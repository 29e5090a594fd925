//! What operators can ask a cluster for, other than starting and stopping processes.

use std::sync::Arc;

use crate::config::{NodeConfig, TopicConfig};
use crate::ids::{NodeIx, PartitionIx};
use crate::node::Binary;
use crate::world::World;

impl World {
    /// `kafka-leader-election.sh --election-type preferred`, for these partitions or all. Returns how many leaders move.
    pub fn elect_preferred_leaders(&mut self, partitions: Option<&[PartitionIx]>) -> u32 {
        self.for_partitions(partitions, Self::elect_preferred)
    }

    /// `kafka-leader-election.sh --election-type unclean`, for these partitions or all. Returns how many get a leader by it.
    pub fn elect_unclean_leaders(&mut self, partitions: Option<&[PartitionIx]>) -> u32 {
        self.for_partitions(partitions, Self::elect_unclean)
    }

    fn for_partitions(
        &mut self,
        partitions: Option<&[PartitionIx]>,
        elect: fn(&mut Self, PartitionIx) -> bool,
    ) -> u32 {
        if self.controller.active.is_none() {
            return 0;
        }
        let all: Vec<PartitionIx> = (0..self.partitions.len() as PartitionIx).collect();
        let cause = self.clock.cause();
        let mut moved = 0;
        for &partition in partitions.unwrap_or(&all) {
            self.clock.set_cause(cause);
            moved += u32::from(elect(self, partition));
        }
        self.clock.set_cause(cause);
        if moved > 0 {
            self.watch_balance();
        }
        moved
    }

    /// `kafka-configs.sh --entity-type topics`: new settings of a topic.
    ///
    /// They take effect everywhere at this moment; the few milliseconds until each broker has applied the change are left out
    /// (`LIMITS.md`).
    pub fn set_topic_config(&mut self, topic: u32, config: &TopicConfig) {
        let cause = self.clock.cause();
        let now = self.clock.now();
        self.topic_segments[topic as usize] = config.segment_bytes;
        let first = self.layout.first_partition[topic as usize];
        for partition in
            first..first + self.estate.topics[topic as usize].assignment.len() as PartitionIx
        {
            self.clock.set_cause(cause);
            self.touch(partition);
            let p = &mut self.partitions[partition as usize];
            let min_isr = config.min_insync_replicas.min(p.replicas.len() as u64) as u8;
            self.record
                .min_isr_changes(p, partition, min_isr, cause, now);
            p.min_isr = min_isr;
            p.unclean = config.unclean_leader_election;
        }
        self.clock.set_cause(cause);
        if config.unclean_leader_election {
            self.watch_unclean();
        }
    }

    /// `kafka-configs.sh --entity-type brokers`: new dynamic settings of a running broker, which it goes on with at once.
    ///
    /// `settings` are all that the file gives it from now on, for its next start.
    pub fn set_node_config(
        &mut self,
        node: NodeIx,
        config: NodeConfig,
        settings: std::collections::BTreeMap<String, String>,
    ) {
        let me = &mut self.nodes[node as usize];
        let binary = &me.binary;
        me.binary = Arc::new(Binary {
            version: binary.version,
            behaviour: binary.behaviour,
            config,
            settings,
            refused: None,
        });
        self.rates_change(node);
    }
}
