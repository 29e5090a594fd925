//! A node becomes leader of a partition, goes on as one, and stops (specification R1, R15, M4; Partition.makeLeader, ReplicaManager.applyDelta).

use smallvec::SmallVec;

use crate::happening::Happening;
use crate::ids::{NodeIx, PartitionIx, Slot, Slots, has, only};
use crate::log::Point;
use crate::partition::{Follow, Follower, Office, Registration};
use crate::world::World;

impl World {
    /// M4: a node becomes leader, if nothing newer has been decided for it meanwhile.
    pub(crate) fn become_leader_if_still_so(
        &mut self,
        node: NodeIx,
        partition: PartitionIx,
        upto: u32,
    ) {
        let p = &self.partitions[partition as usize];
        let state = p.shown(upto);
        let slot = p.slot_of(node).expect("a concern is of a replica");
        debug_assert_eq!(state.leader, Some(slot));
        self.become_leader(partition, slot, state);
    }

    /// R1: begins a leader epoch on top of the replica's log.
    pub(crate) fn become_leader(
        &mut self,
        partition: PartitionIx,
        slot: Slot,
        state: Registration,
    ) {
        let now = self.clock.now();
        self.stop_following(partition, slot);
        self.touch(partition);
        let log = self.log_of(partition, slot);
        let replaced = self.partitions[partition as usize].office_of(slot);
        if let Some(at) = replaced {
            self.end_office(partition, at);
        }
        let p = &mut self.partitions[partition as usize];
        let node = p.tree.begin(log, slot, state.leader_epoch);
        let me = p.replicas[slot as usize].node;
        let peers = &self.nodes[me as usize].peers;
        let followers: SmallVec<[Follower; 3]> = p
            .replicas
            .iter()
            .enumerate()
            .map(|(at, replica)| {
                Follower::fresh(
                    has(state.isr, at as Slot),
                    peers[replica.node as usize],
                    now,
                )
            })
            .collect();
        let high_watermark = None;
        p.offices.push(Office {
            slot,
            epoch: state.leader_epoch,
            node,
            since: now,
            isr: state.isr,
            partition_epoch: state.partition_epoch,
            pending: None,
            high_watermark,
            followers,
            regular: None,
            confirmers: 0,
            steady_since: engine::Time::NEVER,
        });
        let replica = &mut p.replicas[slot as usize];
        replica.epoch = state.leader_epoch;
        replica.leader = Some(slot);
        replica.follow = Follow::Not;
        self.followers_still_try(partition, slot, state.leader_epoch);
        if state.isr & !only(slot) != 0 {
            // A member of the ISR may never come to fetch in this epoch (R14).
            self.watch_isr(me);
        }
    }

    /// S-changes of M4: a leader that goes on takes the committed ISR (R15).
    pub(crate) fn leader_takes_isr(
        &mut self,
        partition: PartitionIx,
        slot: Slot,
        state: Registration,
    ) {
        let p = &self.partitions[partition as usize];
        let Some(at) = p.office_of(slot) else { return };
        if state.partition_epoch > p.offices[at].partition_epoch {
            self.leader_isr_changes(partition, at, state.isr, state.partition_epoch);
        }
    }

    /// R15: the committed ISR of an office changes.
    pub(crate) fn leader_isr_changes(
        &mut self,
        partition: PartitionIx,
        office: usize,
        isr: Slots,
        partition_epoch: u32,
    ) {
        let p = &self.partitions[partition as usize];
        if partition_epoch <= p.offices[office].partition_epoch {
            return;
        }
        self.touch_softly(partition);
        let p = &mut self.partitions[partition as usize];
        let min_isr = p.min_isr;
        let office = &mut p.offices[office];
        let shrank = office.isr & !isr != 0;
        office.isr = isr;
        office.partition_epoch = partition_epoch;
        office.pending = None;
        if shrank && (isr.count_ones() as u8) < min_isr {
            self.clock.note(Happening::BelowMinIsr(partition));
        }
        let at = self.partitions[partition as usize]
            .offices
            .iter()
            .position(|o| o.partition_epoch == partition_epoch);
        if let Some(at) = at {
            self.look_again_for_joins(partition, at);
        }
    }

    /// M4, last part: a node becomes follower of these partitions.
    pub(crate) fn become_follower_of(
        &mut self,
        node: NodeIx,
        partitions: &[PartitionIx],
        mut fetch: Vec<(PartitionIx, Slot)>,
        upto: u32,
    ) {
        let cause = self.clock.cause();
        for &partition in partitions {
            self.clock.set_cause(cause);
            let p = &self.partitions[partition as usize];
            let state = p.shown(upto);
            let slot = p.slot_of(node).expect("a concern is of a replica");
            if self.become_follower(partition, slot, state) {
                fetch.push((partition, slot));
            }
        }
        self.clock.set_cause(cause);
        if self.nodes[node as usize].process == crate::node::Process::ShuttingDown {
            // ReplicaManager: a broker in controlled shutdown stops its fetchers and starts none.
            return;
        }
        for (partition, slot) in fetch {
            self.partitions[partition as usize].replicas[slot as usize].backed_off = false;
            self.add_to_fetcher(partition, slot);
        }
    }

    /// M4: a partition that the node is about to lead leaves its fetcher before the work begins (`ReplicaManager.applyLocalLeadersDelta`).
    pub(crate) fn ends_fetch(&mut self, partition: PartitionIx, slot: Slot) {
        self.touch_softly(partition);
        let log = self.log_of(partition, slot);
        self.stop_following(partition, slot);
        let me = &mut self.partitions[partition as usize].replicas[slot as usize];
        me.log = log;
        me.follow = Follow::Not;
        me.delays += 1;
    }

    /// Steps down where it led and stops the old fetch; true if there is a leader to fetch from.
    pub(crate) fn become_follower(
        &mut self,
        partition: PartitionIx,
        slot: Slot,
        state: Registration,
    ) -> bool {
        self.touch_softly(partition);
        self.stop_following(partition, slot);
        if let Some(at) = self.partitions[partition as usize].office_of(slot) {
            self.leave_office(partition, at);
        }
        let replica = &mut self.partitions[partition as usize].replicas[slot as usize];
        replica.epoch = state.leader_epoch;
        replica.leader = state.leader;
        replica.follow = Follow::Not;
        state.leader.is_some_and(|leader| leader != slot)
    }

    /// An office ends for good: what waited for it is told (P7).
    pub(crate) fn leave_office(&mut self, partition: PartitionIx, office: usize) {
        self.touch(partition);
        let p = &self.partitions[partition as usize];
        let node = p.replicas[p.offices[office].slot as usize].node;
        self.settle_what_has_passed(partition, node);
        self.end_office(partition, office);
        self.no_longer_leads(partition, node);
    }

    /// An office ends: its log stays where it is, and whoever fetched from it stops where he is.
    pub(crate) fn end_office(&mut self, partition: PartitionIx, office: usize) {
        self.touch(partition);
        let now = self.clock.now();
        for slot in 0..self.partitions[partition as usize].replicas.len() as Slot {
            let p = &self.partitions[partition as usize];
            if p.office_for(slot) == Some(office)
                && matches!(
                    p.replicas[slot as usize].follow,
                    Follow::Fetching | Follow::Hanging
                )
            {
                self.freeze_follower(partition, office, slot);
            }
        }
        let p = &mut self.partitions[partition as usize];
        let gone = p.offices.remove(office);
        p.replicas[gone.slot as usize].log = Point {
            node: gone.node,
            cut: now,
        };
    }

    /// A follower of an office that ends keeps what it has; its fetches are refused from now on and it waits for metadata (R6).
    pub(crate) fn freeze_follower(&mut self, partition: PartitionIx, office: usize, slot: Slot) {
        let p = &self.partitions[partition as usize];
        let leader = p.offices[office].slot;
        let fetcher = self.fetcher_of(
            p.replicas[leader as usize].node,
            p.replicas[slot as usize].node,
        );
        let log = self.log_of(partition, slot);
        // What the leader had sent arrives, unless its host was lost.
        let coming = if self.nodes[p.replicas[leader as usize].node as usize].lost {
            None
        } else {
            self.what_is_coming(partition, slot)
        };
        self.leaves_queue(fetcher, partition);
        let replica = &mut self.partitions[partition as usize].replicas[slot as usize];
        replica.coming = coming;
        replica.log = log;
        replica.follow = Follow::Not;
    }
}
