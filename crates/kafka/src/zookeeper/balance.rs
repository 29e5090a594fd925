//! Automatic election of preferred leaders in ZooKeeper mode (rule Z16; KafkaController.checkAndTriggerAutoLeaderRebalance): first 5 s
//! after the controller took over, then every `leader.imbalance.check.interval.seconds`; only brokers with too large a share elsewhere.

use engine::{Span, Time};

use crate::ids::PartitionIx;
use crate::world::World;

/// KafkaController.scheduleAutoLeaderRebalanceTask.
const FIRST: Span = Span::secs(5);

impl World {
    /// The next run of the task after now.
    pub(crate) fn next_rebalance(&self, every: Span) -> Time {
        let now = self.clock.now();
        let since = self
            .zookeeper
            .as_ref()
            .map_or(Time::ZERO, |zk| zk.ready_since)
            .saturating_add(FIRST);
        crate::grid::Grid::new(since, every)
            .after_time(now)
            .max(since)
    }

    /// The partitions that the task looks at: those of brokers that lead too few of what they should.
    pub(crate) fn unbalanced(&self) -> Vec<PartitionIx> {
        let Some(active) = self.controller.active else {
            return Vec::new();
        };
        let percent = self.nodes[active as usize]
            .binary
            .config
            .zookeeper
            .imbalance_percent;
        let mut all = vec![(0u64, 0u64); self.nodes.len()];
        for partition in &self.partitions {
            let of = &mut all[partition.replicas[0].node as usize];
            of.0 += 1;
            of.1 += u64::from(partition.decided.leader != Some(0));
        }
        (0..self.partitions.len() as PartitionIx)
            .filter(|&partition| {
                let p = &self.partitions[partition as usize];
                let (of, away) = all[p.replicas[0].node as usize];
                p.decided.leader != Some(0) && away * 100 > of * percent
            })
            .collect()
    }
}
