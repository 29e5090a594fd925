//! What operators can ask a cluster for, other than starting and stopping processes.

use crate::ids::PartitionIx;
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
}
