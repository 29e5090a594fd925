//! Who is waited for, and when the high watermark passes a batch (specification R10, R11).

use engine::Time;

use crate::ids::{PartitionIx, Slot, Slots, only, slots};
use crate::partition::Known;
use crate::world::World;

impl World {
    /// `replica.lag.time.max.ms` of the node where an office is held.
    pub(crate) fn lag_max(&self, partition: PartitionIx, office: usize) -> u64 {
        let p = &self.partitions[partition as usize];
        let node = p.replicas[p.offices[office].slot as usize].node;
        self.nodes[node as usize]
            .binary
            .config
            .replica_lag_max
            .as_nanos()
    }

    /// Is nothing confirmed because the ISR is too small (R11)?
    pub(crate) fn frozen(&self, partition: PartitionIx, office: usize) -> bool {
        let p = &self.partitions[partition as usize];
        let o = &p.offices[office];
        let node = p.replicas[o.slot as usize].node;
        o.frozen(
            p.min_isr,
            self.nodes[node as usize]
                .binary
                .behaviour
                .freezes_high_watermark,
        )
    }

    /// The followers that are waited for (R10).
    pub(crate) fn waited_for(&self, partition: PartitionIx, office: usize, now: Time) -> Slots {
        let p = &self.partitions[partition as usize];
        let o = &p.offices[office];
        let lag = self.lag_max(partition, office);
        (0..p.replicas.len() as Slot)
            .filter(|&slot| o.waits_for(slot, now, lag))
            .fold(0, |set, slot| set | only(slot))
    }

    /// R11: the high watermark as a cut in the office's own epoch, at this moment.
    pub(crate) fn high_watermark(
        &self,
        partition: PartitionIx,
        office: usize,
        now: Time,
    ) -> Option<Time> {
        let p = &self.partitions[partition as usize];
        let o = &p.offices[office];
        let stored = o.high_watermark;
        if self.frozen(partition, office) {
            return stored;
        }
        let mut cut = now;
        for slot in slots(self.waited_for(partition, office, now)) {
            match self.known(partition, office, slot, now) {
                Some(point) if point.node == o.node => cut = cut.min(point.cut),
                _ => return stored,
            }
        }
        stored.max(Some(cut))
    }

    /// R11: when the high watermark passes a batch that arrived in this epoch at `arrival`, as things stand. `NEVER`: not without news.
    pub(crate) fn pass(
        &self,
        partition: PartitionIx,
        office: usize,
        arrival: Time,
        now: Time,
    ) -> Time {
        let p = &self.partitions[partition as usize];
        let o = &p.offices[office];
        if o.high_watermark.is_some_and(|cut| cut >= arrival) {
            return arrival;
        }
        if self.frozen(partition, office) {
            return Time::NEVER;
        }
        let mut at = arrival;
        for slot in slots(self.waited_for(partition, office, now)) {
            let learned = match o.followers[slot as usize].known {
                Known::Never | Known::Behind { .. } => Time::NEVER,
                Known::At(point) => {
                    if point.node == o.node && point.cut >= arrival {
                        arrival
                    } else {
                        Time::NEVER
                    }
                }
                Known::InStep { since, from } => {
                    let grid = self.fetch_grid(partition, o.slot, slot);
                    if from.node == o.node && from.cut >= arrival {
                        grid.at(since).max(arrival)
                    } else {
                        grid.at((since + 1).max(grid.next(arrival) + 1))
                    }
                }
            };
            at = at.max(learned);
            if at.is_never() {
                return at;
            }
        }
        at
    }

    /// Does this leader take and confirm what arrives with acks=all, in the regular way?
    pub(crate) fn office_is_healthy(&self, partition: PartitionIx, office: usize) -> bool {
        let now = self.clock.now();
        let p = &self.partitions[partition as usize];
        let o = &p.offices[office];
        if o.isr.count_ones() < u32::from(p.min_isr) {
            return false;
        }
        slots(self.waited_for(partition, office, now))
            .all(|slot| matches!(o.followers[slot as usize].known, Known::InStep { .. }))
    }
}
