//! What brokers in ZooKeeper mode show of the cluster (rules Z9, Z15; ZkMetadataCache).

use super::UNPUBLISHED;
use crate::ids::{NodeIx, PartitionIx};
use crate::metadata::Flush;
use crate::record::Counts;
use crate::world::World;

impl World {
    /// The oldest picture that a broker still shows: what it may show is kept. Everything is new enough in KRaft mode.
    pub(crate) fn oldest_picture(&self) -> u32 {
        let Some(zk) = &self.zookeeper else {
            return u32::MAX;
        };
        (0..self.nodes.len() as NodeIx)
            .filter(|&node| self.estate.nodes[node as usize].broker)
            .filter(|&node| self.nodes[node as usize].process != crate::node::Process::Gone)
            .map(|node| zk.sides[node as usize].picture)
            .min()
            .unwrap_or(u32::MAX)
    }

    /// Z15: ISRs that leaders wrote themselves become part of this state change.
    pub(crate) fn publish_isrs(&mut self, flush: &Flush) {
        if self.zookeeper.is_none() {
            return;
        }
        let all: Vec<PartitionIx> = if flush.full || !flush.starts.is_empty() {
            (0..self.partitions.len() as PartitionIx).collect()
        } else {
            let changed = flush.partitions.iter().map(|change| change.partition);
            changed.chain(flush.publishes.iter().copied()).collect()
        };
        for partition in all {
            for version in &mut self.partitions[partition as usize].committed {
                if version.flush == UNPUBLISHED {
                    version.flush = flush.number;
                }
            }
        }
    }

    /// Counts over all partitions as a broker's own picture shows them.
    pub(crate) fn counted_by(&self, broker: NodeIx) -> Counts {
        let mut counts = Counts::default();
        if self.knows_no_metadata(broker) {
            return counts;
        }
        for partition in 0..self.partitions.len() as PartitionIx {
            let state = self.shown_by(broker, partition);
            let p = &self.partitions[partition as usize];
            let isr = state.isr.count_ones();
            counts.under_replicated += u32::from((isr as usize) < p.replicas.len());
            counts.under_min_isr += u32::from(isr < u32::from(p.min_isr));
            counts.at_min_isr += u32::from(isr == u32::from(p.min_isr));
            counts.offline += u32::from(state.leader.is_none());
            counts.preferred += u32::from(state.leader == Some(0));
        }
        counts
    }
}
