//! Leaders and followers: taking and leaving office, progress, high watermark, ISR (specification R6–R15; Partition, Replica, ReplicaManager).

use engine::{Span, Time};
use smallvec::SmallVec;

use crate::event::Event;
use crate::happening::Happening;
use crate::ids::{NodeIx, PartitionIx, Slot, Slots, has, only, slots};
use crate::log::Point;
use crate::partition::{Follow, Follower, Known, Office, Pending, Registration};
use crate::world::World;

impl World {
    // ------------------------------------------------------------------------------------ questions

    /// The last arrival of any flow in a leader epoch up to `t`.
    pub(crate) fn last_arrival(&self, partition: PartitionIx, node: u32, t: Time) -> Option<Time> {
        let p = &self.partitions[partition as usize];
        p.flows
            .iter()
            .filter_map(|&flow| self.flows[flow as usize].last_arrival_in(node, t))
            .max()
    }

    /// Does `high` hold something that `low`, a point on its path, does not?
    pub(crate) fn has_content_beyond(
        &self,
        partition: PartitionIx,
        low: Point,
        high: Point,
    ) -> bool {
        let p = &self.partitions[partition as usize];
        for point in p.tree.path(high) {
            let last = self.last_arrival(partition, point.node, point.cut);
            if point.node == low.node {
                return last.is_some_and(|at| at > low.cut);
            }
            if last.is_some() {
                return true;
            }
        }
        false
    }

    /// Does log `a` hold everything that log `b` holds (R2)?
    pub(crate) fn covers(&self, partition: PartitionIx, a: Point, b: Point) -> bool {
        let common = self.partitions[partition as usize].tree.common(a, b);
        !self.has_content_beyond(partition, common, b)
    }

    /// What a leader knows that a follower has, at this moment.
    pub(crate) fn known(
        &self,
        partition: PartitionIx,
        office: usize,
        slot: Slot,
        now: Time,
    ) -> Option<Point> {
        let p = &self.partitions[partition as usize];
        let o = &p.offices[office];
        let follower = &o.followers[slot as usize];
        match follower.known {
            Known::InStep { .. } => {
                follower.known_at(o.node, self.fetch_grid(partition, o.slot, slot), now)
            }
            _ => follower.known_at(
                o.node,
                crate::grid::Grid::new(Time::ZERO, Span::nanos(1)),
                now,
            ),
        }
    }

    /// The log of a replica at this moment.
    pub(crate) fn log_of(&self, partition: PartitionIx, slot: Slot) -> Point {
        let now = self.clock.now();
        let p = &self.partitions[partition as usize];
        if let Some(at) = p.office_of(slot) {
            return Point {
                node: p.offices[at].node,
                cut: now,
            };
        }
        let replica = &p.replicas[slot as usize];
        if replica.follow != Follow::Fetching {
            return match replica.coming {
                Some((at, log)) if at <= now => log,
                _ => replica.log,
            };
        }
        let Some(at) = p.office_for(slot) else {
            return replica.log;
        };
        let o = &p.offices[at];
        let way = self
            .estate
            .latency_between(p.replicas[o.slot as usize].node, replica.node);
        o.followers[slot as usize]
            .log_at(
                o.node,
                self.fetch_grid(partition, o.slot, slot),
                way.as_nanos(),
                now,
            )
            .unwrap_or(replica.log)
    }

    /// The log that a follower has when the answer to its last fetch has arrived, and when that is (R3).
    pub(crate) fn what_is_coming(
        &self,
        partition: PartitionIx,
        slot: Slot,
    ) -> Option<(Time, Point)> {
        let p = &self.partitions[partition as usize];
        let replica = &p.replicas[slot as usize];
        if replica.follow != Follow::Fetching {
            return replica.coming;
        }
        let o = &p.offices[p.office_for(slot)?];
        let now = self.clock.now();
        let grid = self.fetch_grid(partition, o.slot, slot);
        let way = self
            .estate
            .latency_between(p.replicas[o.slot as usize].node, replica.node);
        let arrives = grid.at(grid.last(now)).saturating_add(way);
        let log = o.followers[slot as usize].log_at(o.node, grid, 0, now)?;
        (arrives > now).then_some((arrives, log))
    }

    /// A follower that stopped takes what has arrived since; what has not comes too late (R3).
    pub(crate) fn takes_what_has_come(&mut self, partition: PartitionIx, slot: Slot) {
        let now = self.clock.now();
        let replica = &mut self.partitions[partition as usize].replicas[slot as usize];
        if let Some((at, log)) = replica.coming.take()
            && at <= now
        {
            replica.log = log;
        }
    }

    /// `replica.lag.time.max.ms` of the node where an office is held.
    fn lag_max(&self, partition: PartitionIx, office: usize) -> u64 {
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
    fn waited_for(&self, partition: PartitionIx, office: usize, now: Time) -> Slots {
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

    // -------------------------------------------------------------------------- taking office

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
        });
        let replica = &mut p.replicas[slot as usize];
        replica.epoch = state.leader_epoch;
        replica.leader = Some(slot);
        replica.follow = Follow::Not;
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
        self.touch(partition);
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
            self.add_to_fetcher(partition, slot);
        }
    }

    /// M4: a partition that the node is about to lead leaves its fetcher before the work begins (`ReplicaManager.applyLocalLeadersDelta`).
    pub(crate) fn ends_fetch(&mut self, partition: PartitionIx, slot: Slot) {
        self.touch(partition);
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
        self.touch(partition);
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
    fn freeze_follower(&mut self, partition: PartitionIx, office: usize, slot: Slot) {
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

    // -------------------------------------------------------------------------- following

    /// A replica stops following: the leader keeps its last position (R7), it keeps its log.
    pub(crate) fn stop_following(&mut self, partition: PartitionIx, slot: Slot) {
        self.takes_what_has_come(partition, slot);
        let replica = self.partitions[partition as usize].replicas[slot as usize];
        if matches!(replica.follow, Follow::Fetching | Follow::Hanging) {
            self.touch(partition);
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
    fn freeze_at_leader(&mut self, partition: PartitionIx, slot: Slot) {
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

    /// R7: when a follower was last known to have all, at this moment.
    pub(crate) fn caught_up(
        &self,
        partition: PartitionIx,
        office: usize,
        slot: Slot,
        now: Time,
    ) -> Time {
        let o = &self.partitions[partition as usize].offices[office];
        let follower = &o.followers[slot as usize];
        let Known::InStep { since, from } = follower.known else {
            return follower.caught_up;
        };
        let grid = self.fetch_grid(partition, o.slot, slot);
        let last = grid.last(now);
        if last < since {
            return follower.caught_up;
        }
        let at = grid.at(last);
        let known = if last == since {
            from
        } else {
            Point {
                node: o.node,
                cut: grid.at(last - 1),
            }
        };
        let has_all = known.node == o.node
            && self
                .last_arrival(partition, o.node, at)
                .is_none_or(|arrival| arrival <= known.cut)
            || known.node != o.node
                && self.covers(
                    partition,
                    known,
                    Point {
                        node: o.node,
                        cut: at,
                    },
                );
        if has_all {
            follower.caught_up.max(at)
        } else if last > since {
            follower.caught_up.max(grid.at(last - 1))
        } else {
            follower.caught_up
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
        self.touch(partition);
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

    // -------------------------------------------------------------------------- ISR

    /// R13 for one follower at this instant; if it cannot join yet but will, the next instant is armed.
    pub(crate) fn try_join(
        &mut self,
        partition: PartitionIx,
        office: usize,
        slot: Slot,
        now: Time,
    ) {
        let p = &self.partitions[partition as usize];
        let o = &p.offices[office];
        let follower = &o.followers[slot as usize];
        let Known::InStep { since, .. } = follower.known else {
            return;
        };
        if has(o.maximal_isr(), slot) || !follower.eligible() || o.pending.is_some() {
            return;
        }
        let l = p.replicas[o.slot as usize].node;
        let f = p.replicas[slot as usize].node;
        let fetcher = self.fetcher_of(l, f);
        let grid = self.fetchers[fetcher as usize].grid;
        let known = self.known(partition, office, slot, now);
        // HW before this fetch moves it: what was confirmed a moment ago.
        let just_before = Time::from_nanos(now.as_nanos().saturating_sub(1));
        let confirmed = self.high_watermark(partition, office, just_before);
        let o = &self.partitions[partition as usize].offices[office];
        let ready = known.is_some_and(|point| {
            point.node == o.node
                && confirmed.is_none_or(|cut| {
                    point.cut >= cut
                        || self
                            .last_arrival(partition, o.node, cut)
                            .is_none_or(|arrival| arrival <= point.cut)
                })
        });
        if !ready {
            self.arm_join(fetcher, grid.next(now).max(since) + 1);
            return;
        }
        self.touch(partition);
        let office = &mut self.partitions[partition as usize].offices[office];
        office.pending = Some(Pending {
            isr: office.isr | only(slot),
            sent: false,
        });
        self.propose(l, partition);
    }

    /// Looks at the followers of a fetcher at instant n.
    pub(crate) fn arm_join(&mut self, fetcher: u32, n: i64) {
        let me = &mut self.fetchers[fetcher as usize];
        let at = me.grid.at(n).max(self.clock.now());
        if me.join.is_armed() && me.join.due() <= at {
            return;
        }
        self.clock
            .arm(&mut me.join, at, |ticket| Event::Join { fetcher, ticket });
    }

    /// R13: the followers of this fetcher that may join now.
    pub(crate) fn join(&mut self, fetcher: u32) {
        let now = self.clock.now();
        let (l, _) = self.ends_of(fetcher);
        if !self.nodes[l as usize].runs() {
            return;
        }
        let me = &mut self.fetchers[fetcher as usize];
        if me.first_fetch.is_armed() && me.first_fetch.due() == now {
            // First fetches of this instant come before (§4).
            self.clock
                .arm(&mut me.join, now, |ticket| Event::Join { fetcher, ticket });
            return;
        }
        let cause = self.clock.cause();
        let members = self.layout.members[fetcher as usize].clone();
        for member in members.iter() {
            self.clock.set_cause(cause);
            let p = &self.partitions[member.partition as usize];
            if p.replicas[member.follower as usize].follow != Follow::Fetching {
                continue;
            }
            if let Some(at) = p.office_for(member.follower)
                && p.offices[at].slot == member.leader
            {
                self.try_join(member.partition, at, member.follower, now);
            }
        }
    }

    /// After a change of the ISR or an answer: other followers of the partition may join next.
    pub(crate) fn look_again_for_joins(&mut self, partition: PartitionIx, office: usize) {
        let now = self.clock.now();
        let p = &self.partitions[partition as usize];
        let o = &p.offices[office];
        let l = p.replicas[o.slot as usize].node;
        for slot in 0..p.replicas.len() as Slot {
            let p = &self.partitions[partition as usize];
            let o = &p.offices[office];
            if slot != o.slot
                && !has(o.maximal_isr(), slot)
                && o.followers[slot as usize].eligible()
                && matches!(o.followers[slot as usize].known, Known::InStep { .. })
            {
                let fetcher = self.fetcher_of(l, p.replicas[slot as usize].node);
                let n = self.fetchers[fetcher as usize].grid.next(now);
                self.arm_join(fetcher, n);
            }
        }
    }

    /// R12: a leader's node has applied a change in the standing of another broker.
    pub(crate) fn peer_changed(&mut self, node: NodeIx, peer: NodeIx) {
        let now = self.clock.now();
        let known = self.nodes[node as usize].peers[peer as usize];
        let fetcher = self.fetcher_of(node, peer);
        let members = self.layout.members[fetcher as usize].clone();
        let mut may_join = false;
        for member in members.iter() {
            let p = &self.partitions[member.partition as usize];
            let Some(at) = p.office_of(member.leader) else {
                continue;
            };
            let follower = &p.offices[at].followers[member.follower as usize];
            if (follower.standing, follower.registered) == (known.good, known.incarnation) {
                continue;
            }
            self.touch(member.partition);
            let office = &mut self.partitions[member.partition as usize].offices[at];
            let follower = &mut office.followers[member.follower as usize];
            follower.standing = known.good;
            follower.registered = known.incarnation;
            may_join |= follower.eligible() && matches!(follower.known, Known::InStep { .. });
            if known.good {
                self.watch_age(member.partition, at, member.follower);
            }
        }
        if may_join {
            let n = self.fetchers[fetcher as usize].grid.next(now);
            self.arm_join(fetcher, n);
        }
    }

    /// R14: arms the next look at the ISRs that a node leads, if a follower has stopped.
    pub(crate) fn watch_isr(&mut self, node: NodeIx) {
        let now = self.clock.now();
        let me = &mut self.nodes[node as usize];
        if me.isr_watch.is_armed() || !me.runs() {
            return;
        }
        let at = me.isr_checks.after_time(now);
        self.clock
            .arm(&mut me.isr_watch, at, |ticket| Event::IsrCheck {
                node,
                ticket,
            });
    }

    /// R14.
    pub(crate) fn isr_check(&mut self, node: NodeIx) {
        if !self.nodes[node as usize].runs() {
            return;
        }
        let now = self.clock.now();
        let lag = self.nodes[node as usize].binary.config.replica_lag_max;
        let cause = self.clock.cause();
        let mut stopped = false;
        for &(partition, slot) in self.replicas_on(node).iter() {
            self.clock.set_cause(cause);
            let p = &self.partitions[partition as usize];
            let Some(at) = p.office_of(slot) else {
                continue;
            };
            let o = &p.offices[at];
            let mut out: Slots = 0;
            for follower in slots(o.isr & !only(slot)) {
                if matches!(o.followers[follower as usize].known, Known::InStep { .. }) {
                    continue;
                }
                stopped = true;
                let caught_up = self.caught_up(partition, at, follower, now);
                let end = Point {
                    node: o.node,
                    cut: now,
                };
                let has_all = self
                    .known(partition, at, follower, now)
                    .is_some_and(|known| self.covers(partition, known, end));
                if !has_all && caught_up.saturating_add(lag) < now {
                    out |= only(follower);
                }
            }
            let o = &self.partitions[partition as usize].offices[at];
            if out != 0 && o.pending.is_none() {
                self.touch(partition);
                let office = &mut self.partitions[partition as usize].offices[at];
                office.pending = Some(Pending {
                    isr: office.isr & !out,
                    sent: false,
                });
                self.propose(node, partition);
            }
        }
        self.clock.set_cause(cause);
        if stopped {
            self.watch_isr(node);
        }
    }

    /// R10: a follower outside the ISR that is not in step is waited for until its age; arms that moment.
    fn watch_age(&mut self, partition: PartitionIx, office: usize, slot: Slot) {
        let now = self.clock.now();
        let lag = self.lag_max(partition, office);
        let p = &self.partitions[partition as usize];
        let o = &p.offices[office];
        let follower = &o.followers[slot as usize];
        if has(o.maximal_isr(), slot) || !follower.eligible() {
            return;
        }
        if matches!(follower.known, Known::At(_) | Known::Behind { .. }) {
            let at = follower
                .caught_up
                .saturating_add(Span::nanos(lag))
                .saturating_add(Span::nanos(1));
            if at > now {
                self.clock.schedule(at, Event::AgesOut { partition });
            }
        }
    }
}
