//! Committed positions (specification G6, G7; ConsumerCoordinator, GroupMetadataManager). A commit is an append with acks=all to a partition of
//! `__consumer_offsets`: it counts once that partition's high watermark has passed it. Commits are instants of a grid; which one was the last is arithmetic.

use engine::Time;

use crate::grid::Grid;
use crate::ids::{GroupIx, NodeIx};
use crate::log::Point;
use crate::world::World;

impl World {
    /// When a commit that a member sends at `at` counts, as things stand.
    fn commit_counts_at(&self, group: GroupIx, at: Time) -> Time {
        let arrives = at.saturating_add(self.estate.client_latency);
        self.written_at(group, arrives)
    }

    /// When something that the coordinator appends at `at` is safe. Without a `__consumer_offsets` in the estate: at once.
    pub(crate) fn written_at(&self, group: GroupIx, at: Time) -> Time {
        let office = &self.groups[group as usize].office;
        let Some(partition) = office.partition else {
            return at;
        };
        let p = &self.partitions[partition as usize];
        let Some(seat) = office.seat.filter(|seat| seat.loaded) else {
            return Time::NEVER;
        };
        let Some(held) = p
            .office_on(seat.node)
            .filter(|&held| p.offices[held].epoch == seat.epoch)
        else {
            return Time::NEVER;
        };
        if p.offices[held].isr.count_ones() < u32::from(p.min_isr) {
            // NOT_ENOUGH_REPLICAS, which the coordinator makes COORDINATOR_NOT_AVAILABLE of.
            return Time::NEVER;
        }
        self.pass(partition, held, at, self.clock.now())
    }

    /// What was offered for commit counts by `t`: it is the committed position.
    pub(crate) fn confirm(&mut self, group: GroupIx, reader: u32, t: Time) {
        let me = &self.groups[group as usize].readers[reader as usize];
        if let Some((at, point)) = me.offered
            && self.commit_counts_at(group, at) <= t
        {
            let me = &mut self.groups[group as usize].readers[reader as usize];
            me.committed = point;
            me.offered = None;
        }
    }

    /// The last commit instant of a member up to `t`, if its commits get through then.
    fn commit_instant(&self, group: GroupIx, member: u32, t: Time) -> Option<Time> {
        let me = &self.groups[group as usize].members[member as usize];
        let n = me.commits.last(t);
        let at = me.commits.at(n);
        let office = &self.groups[group as usize].office;
        let since = me
            .commits_since
            .max(office.seat.map_or(Time::ZERO, |seat| seat.since));
        let reachable = me
            .coordinator
            .is_none_or(|broker| self.client_hears(broker));
        (n >= 0 && at >= since && reachable && office.is_loaded()).then_some(at)
    }

    /// G6: the position at the last commit instant of its owner up to `t` is taken along, as things stood since `asof`.
    pub(crate) fn offer(&mut self, group: GroupIx, reader: u32, t: Time) {
        let owner = self.groups[group as usize].readers[reader as usize].owner;
        match owner {
            Some(member) if !self.estate.groups[group as usize].processing.is_zero() => {
                self.offer_of_member(group, member, t);
                self.confirm(group, reader, t);
            }
            _ => {
                self.confirm(group, reader, t);
                let at = owner.and_then(|member| self.commit_instant(group, member, t));
                if let Some(at) = at
                    && self.is_new_offer(group, reader, at)
                {
                    let point = self.delivered(group, reader, at);
                    self.offers(group, reader, at, point, t);
                }
            }
        }
    }

    /// The same for all partitions of a member that needs time for a record.
    pub(super) fn offer_of_member(&mut self, group: GroupIx, member: u32, t: Time) {
        let Some(at) = self.commit_instant(group, member, t) else {
            return;
        };
        let readers = self.read_by(group, member);
        if !readers
            .iter()
            .any(|&reader| self.is_new_offer(group, reader, at))
        {
            return;
        }
        let way = self.estate.client_latency.as_nanos();
        let sent = Time::from_nanos(at.as_nanos().saturating_sub(way));
        for (reader, point) in self.worked_through(group, member, sent).0 {
            if self.is_new_offer(group, reader, at) {
                self.confirm(group, reader, t);
                self.offers(group, reader, at, point, t);
            }
        }
    }

    fn is_new_offer(&self, group: GroupIx, reader: u32, at: Time) -> bool {
        let me = &self.groups[group as usize].readers[reader as usize];
        at >= me.asof && me.offered.is_none_or(|(last, _)| last < at)
    }

    fn offers(&mut self, group: GroupIx, reader: u32, at: Time, point: Point, t: Time) {
        self.groups[group as usize].readers[reader as usize].offered = Some((at, point));
        self.confirm(group, reader, t);
    }

    /// The committed position at this moment (what `kafka-consumer-groups --describe` shows).
    pub(super) fn committed_now(&self, group: GroupIx, reader: u32) -> Point {
        let now = self.clock.now();
        let me = &self.groups[group as usize].readers[reader as usize];
        let mut committed = me.committed;
        if let Some((at, point)) = me.offered
            && self.commit_counts_at(group, at) <= now
        {
            committed = point;
        }
        let Some(owner) = me.owner else {
            return committed;
        };
        let member = &self.groups[group as usize].members[owner as usize];
        let since = member.commits_since;
        let mut n = member.commits.last(now);
        // The last one may still be on its way.
        while n >= 0 && self.commit_counts_at(group, member.commits.at(n)) > now {
            let last = member.commits.at(n);
            if last < since || last < me.asof {
                return committed;
            }
            n -= 1;
        }
        let at = member.commits.at(n.max(0));
        if n >= 0 && at >= since && at >= me.asof {
            committed = self.delivered(group, reader, at);
        }
        committed
    }

    /// All that a member has is committed now; when that counts.
    pub(super) fn commits_all(&mut self, group: GroupIx, member: u32) -> Time {
        let now = self.clock.now();
        for reader in self.read_by(group, member) {
            self.confirm(group, reader, now);
            let point = self.delivered(group, reader, now);
            self.groups[group as usize].readers[reader as usize].offered = Some((now, point));
        }
        self.commit_counts_at(group, now)
    }

    /// A member's commits no longer get through.
    pub(crate) fn commits_stop(&mut self, group: GroupIx, member: u32) {
        let now = self.clock.now();
        for reader in self.read_by(group, member) {
            self.offer(group, reader, now);
        }
        let me = &mut self.groups[group as usize].members[member as usize];
        if !me.commits_since.is_never() {
            me.commits_since = Time::NEVER;
            me.cut_off = now;
        }
    }

    /// A member's commits get through again. One that was due meanwhile has been tried again every `retry.backoff.ms`: it is made now.
    pub(crate) fn commits_go_on(&mut self, group: GroupIx, member: u32) {
        let now = self.clock.now();
        let me = &mut self.groups[group as usize].members[member as usize];
        if !me.commits_since.is_never() {
            return;
        }
        me.commits_since = now;
        let missed = !me.cut_off.is_never() && me.commits.after_time(me.cut_off) <= now;
        me.cut_off = Time::NEVER;
        if missed {
            let period = me.commits.period();
            me.commits = Grid::new(now, period);
            self.group_error(group, super::GroupError::CommitFailed);
        }
    }

    /// Is this broker the coordinator of a group, and has it loaded it?
    pub(super) fn coordinates_now(&self, group: GroupIx, broker: NodeIx) -> Option<bool> {
        let office = &self.groups[group as usize].office;
        if office.partition.is_none() {
            return Some(true);
        }
        office
            .seat
            .filter(|seat| seat.node == broker)
            .map(|seat| seat.loaded)
    }
}
