//! A replica begins and ends to follow (specification R3, R6–R8).

use crate::happening::Happening;
use crate::ids::{NodeIx, PartitionIx, Slot};
use crate::log::Point;
use crate::partition::{Follow, Known};
use crate::world::World;

impl World {
    /// A replica stops following: the leader keeps its last position (R7), it keeps its log.
    pub(crate) fn stop_following(&mut self, partition: PartitionIx, slot: Slot) {
        self.takes_what_has_come(partition, slot);
        let replica = self.partitions[partition as usize].replicas[slot as usize];
        if matches!(replica.follow, Follow::Fetching | Follow::Hanging) {
            self.touch_softly(partition);
            let log = self.log_of(partition, slot);
            self.freeze_at_leader(partition, slot);
            self.partitions[partition as usize].replicas[slot as usize].log = log;
        }
        let p = &self.partitions[partition as usize];
        if let Some(leader) = replica.leader
            && leader != slot
        {
            let fetcher = self.fetcher_of(p.replicas[leader as usize].node, replica.node);
            let me = &mut self.fetchers[fetcher as usize];
            me.added.retain(|at| at.0 != partition);
            me.first.retain(|at| at.0 != partition);
        }
        self.partitions[partition as usize].replicas[slot as usize].follow = Follow::Not;
    }

    /// The leader's view of a follower stands still.
    pub(crate) fn freeze_at_leader(&mut self, partition: PartitionIx, slot: Slot) {
        let now = self.clock.now();
        let replica = self.partitions[partition as usize].replicas[slot as usize];
        let Some(at) = self.partitions[partition as usize].office_for(slot) else {
            return;
        };
        let caught_up = self.caught_up(partition, at, slot, now);
        let known = self.known(partition, at, slot, now);
        let p = &mut self.partitions[partition as usize];
        let l = p.replicas[p.offices[at].slot as usize].node;
        let follower = &mut p.offices[at].followers[slot as usize];
        let moved = matches!(follower.known, Known::InStep { .. } | Known::Behind { .. });
        follower.caught_up = caught_up;
        follower.known = known.map_or(Known::Never, Known::At);
        if moved {
            self.clock.note(Happening::FollowerStopped(partition, slot));
            let fetcher = self.fetcher_of(l, replica.node);
            self.leaves_queue(fetcher, partition);
            self.watch_isr(l);
            self.watch_age(partition, at, slot);
        }
    }

    /// R6, R8: a first fetch succeeds at instant n.
    pub(crate) fn begins_to_fetch(
        &mut self,
        partition: PartitionIx,
        slot: Slot,
        l: NodeIx,
        n: i64,
        missing: u64,
        allowance: u64,
    ) {
        let now = self.clock.now();
        self.touch_softly(partition);
        let p = &mut self.partitions[partition as usize];
        let at = p.office_on(l).expect("it has just been found to lead");
        let node = p.offices[at].node;
        let replica = &mut p.replicas[slot as usize];
        replica.follow = Follow::Fetching;
        let log = replica.log;
        let f = replica.node;
        let counted = Point { node, cut: now };
        let mut from = p.tree.common(log, counted);
        let (parent, since) = (p.tree.node(node).parent, p.offices[at].since);
        if from.node != node && self.covers(partition, from, parent) {
            // It has all that lies below this epoch.
            from = Point { node, cut: since };
        }
        let incarnation = self.nodes[f as usize].incarnation;
        self.partitions[partition as usize].offices[at].followers[slot as usize].fetched =
            incarnation;
        let fetcher = self.fetcher_of(l, f);
        if missing <= allowance {
            self.partitions[partition as usize].offices[at].followers[slot as usize].known =
                Known::InStep { since: n, from };
            // Expansions come after the progress of all partitions of the fetch (§4).
            self.arm_join(fetcher, n);
        } else {
            self.partitions[partition as usize].offices[at].followers[slot as usize].known =
                Known::Behind { from, counted };
            self.falls_behind(fetcher, partition, slot, missing);
            self.watch_age(partition, at, slot);
        }
    }
}
