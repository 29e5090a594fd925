//! Fetching (specification G2, G3; Fetcher, FetchCollector, OffsetsForLeaderEpochUtils): what is delivered when, and what happens when a leader goes.

use engine::{CauseId, Span, Time};

use super::{
    GroupError, GroupOutage, GroupStep, NOTED_GAP, NOTED_OUTAGE, ReadGap, Reading, Talk, Told,
};
use crate::ids::{GroupIx, NodeIx, PartitionIx};
use crate::log::Point;
use crate::node::Process;
use crate::world::World;

/// A record that is still to be delivered as things stand has this moment of delivery at the earliest.
type Delivery = Time;

impl World {
    fn reader_mut(&mut self, group: GroupIx, reader: u32) -> &mut super::Reader {
        &mut self.groups[group as usize].readers[reader as usize]
    }

    /// The office that a reader fetches from, if it is still in office.
    fn office_read(&self, group: GroupIx, reader: u32) -> Option<usize> {
        let me = &self.groups[group as usize].readers[reader as usize];
        let Reading::Fetching { broker, .. } = me.reading else {
            return None;
        };
        let p = &self.partitions[me.partition as usize];
        p.office_on(broker)
            .filter(|&at| p.offices[at].epoch == me.epoch)
    }

    /// The broker's binary reads the fetches of this group's client. If not, nothing is read and nobody says so: the client finds no
    /// common version and sends nothing, or its connection is closed and made again (`facts::misunderstanding`).
    fn reads_fetch(&self, group: GroupIx, broker: NodeIx) -> bool {
        let spec = &self.estate.groups[group as usize];
        !spec.behaviour.not_read_everywhere
            || crate::behaviour::reads_all(
                spec.version,
                self.nodes[broker as usize].binary.version,
                &["Fetch"],
            )
    }

    /// G2: what has been sent to the group by `t`.
    fn passed(&self, group: GroupIx, reader: u32, t: Time) -> Point {
        let me = &self.groups[group as usize].readers[reader as usize];
        let (Some(at), Reading::Fetching { since, broker }) =
            (self.office_read(group, reader), me.reading)
        else {
            return me.position;
        };
        if t < since || !self.reads_fetch(group, broker) {
            return me.position;
        }
        let Some(cut) = self.high_watermark(me.partition, at, t) else {
            return me.position;
        };
        let node = self.partitions[me.partition as usize].offices[at].node;
        // What is appended at just this instant, perhaps later in it, comes next.
        let before = Time::from_nanos(t.as_nanos().saturating_sub(1));
        let mut to = Point {
            node,
            cut: cut.min(before),
        };
        if me.position.node == node {
            to.cut = to.cut.max(me.position.cut);
        }
        to
    }

    /// G18: what a member that needs time for each record has worked through by `t`, by reader, and until when it is busy with that. It serves
    /// its partitions evenly; one with less than its share leaves the rest to the others.
    pub(super) fn worked_through(
        &self,
        group: GroupIx,
        member: u32,
        t: Time,
    ) -> (Vec<(u32, Point)>, Time) {
        let each = self.estate.groups[group as usize].processing.as_nanos();
        let busy = self.groups[group as usize].members[member as usize].busy;
        let mut waiting: Vec<(u64, u32, Point)> = self
            .read_by(group, member)
            .into_iter()
            .map(|reader| {
                let me = &self.groups[group as usize].readers[reader as usize];
                let to = self.passed(group, reader, t);
                let count = self.records_between(me.partition, me.position, to);
                (count, reader, to)
            })
            .collect();
        let all: u64 = waiting.iter().map(|entry| entry.0).sum();
        let possible = t.saturating_since(busy).as_nanos() / each.max(1);
        if all <= possible {
            let points = waiting.into_iter().map(|(_, reader, to)| (reader, to));
            return (points.collect(), t);
        }
        waiting.sort_unstable_by_key(|entry| (entry.0, entry.1));
        let mut left = possible;
        let mut done = 0;
        let mut points = Vec::with_capacity(waiting.len());
        for at in 0..waiting.len() {
            let (count, reader, to) = waiting[at];
            let share = left / (waiting.len() - at) as u64;
            let me = &self.groups[group as usize].readers[reader as usize];
            let (point, got) = if count <= share {
                (to, count)
            } else {
                let point = self.point_after(me.partition, me.position, to, share);
                let got = self.records_between(me.partition, me.position, point);
                (point, got)
            };
            left -= got;
            done += got;
            points.push((reader, point));
        }
        (points, busy.saturating_add(Span::nanos(done * each)))
    }

    /// What has been sent to the group by `t` and, if its members need time for a record, has been worked through.
    fn sent(&self, group: GroupIx, reader: u32, t: Time) -> Point {
        let owner = self.groups[group as usize].readers[reader as usize].owner;
        match owner {
            Some(member) if !self.estate.groups[group as usize].processing.is_zero() => {
                let (points, _) = self.worked_through(group, member, t);
                let found = points.iter().find(|point| point.0 == reader);
                found.map_or(
                    self.groups[group as usize].readers[reader as usize].position,
                    |point| point.1,
                )
            }
            _ => self.passed(group, reader, t),
        }
    }

    /// What a client of the group has been delivered by `t`.
    pub(super) fn delivered(&self, group: GroupIx, reader: u32, t: Time) -> Point {
        let way = self.estate.client_latency.as_nanos();
        let sent = Time::from_nanos(t.as_nanos().saturating_sub(way));
        self.sent(group, reader, sent)
    }

    /// When a record that has been or will be passed is delivered, as things stand since the reader's `asof`.
    fn delivery_of(&self, group: GroupIx, reader: u32, node: u32, arrival: Time) -> Delivery {
        let me = &self.groups[group as usize].readers[reader as usize];
        let (Some(at), Reading::Fetching { since, broker }) =
            (self.office_read(group, reader), me.reading)
        else {
            return Time::NEVER;
        };
        if !self.reads_fetch(group, broker) {
            return Time::NEVER;
        }
        let o = &self.partitions[me.partition as usize].offices[at];
        let arrival = if node == o.node { arrival } else { o.since };
        let passed = self.pass(me.partition, at, arrival, self.clock.now());
        if passed.is_never() {
            return passed;
        }
        passed
            .max(since)
            .max(me.asof)
            .saturating_add(self.estate.client_latency)
    }

    /// Stores what has been sent up to `t`: ranges of messages, outages, lag. A member that needs time for a record has all its partitions
    /// stored together.
    pub(super) fn advance(&mut self, group: GroupIx, reader: u32, t: Time) {
        let me = &self.groups[group as usize].readers[reader as usize];
        if !self.estate.groups[group as usize].processing.is_zero()
            && let Some(member) = me.owner
        {
            self.works_on(group, member, t);
            return;
        }
        if !matches!(me.reading, Reading::Fetching { .. }) || t < me.asof {
            return;
        }
        let to = self.passed(group, reader, t);
        self.stores(group, reader, to, t, t);
    }

    /// Stores what a member has worked through by `t`.
    fn works_on(&mut self, group: GroupIx, member: u32, t: Time) {
        if t < self.groups[group as usize].members[member as usize].busy {
            return;
        }
        self.offer_of_member(group, member, t);
        let (points, busy) = self.worked_through(group, member, t);
        for (reader, to) in points {
            let me = &self.groups[group as usize].readers[reader as usize];
            if matches!(me.reading, Reading::Fetching { .. }) && t >= me.asof {
                self.stores(group, reader, to, t, busy);
            }
        }
        self.groups[group as usize].members[member as usize].busy = busy;
    }

    fn stores(&mut self, group: GroupIx, reader: u32, to: Point, t: Time, busy: Time) {
        let me = &self.groups[group as usize].readers[reader as usize];
        let (partition, from) = (me.partition, me.position);
        self.note_lag(group, reader, to);
        if let Some((node, arrival)) = self.first_record_after(partition, from, to) {
            self.note_deliveries(group, reader, to, (node, arrival), busy);
            self.take(group, reader, to);
        }
        let me = self.reader_mut(group, reader);
        me.position = to;
        me.asof = t;
    }

    /// Records up to `to` are delivered; the first of them arrived at `arrival`. A long wait for it is noted.
    fn note_deliveries(
        &mut self,
        group: GroupIx,
        reader: u32,
        to: Point,
        (node, arrival): (u32, Time),
        busy: Time,
    ) {
        let me = &self.groups[group as usize].readers[reader as usize];
        let partition = me.partition;
        let each = self.estate.groups[group as usize].processing;
        let mut first = self.delivery_of(group, reader, node, arrival);
        let limit = self.clock.now().saturating_add(self.estate.client_latency);
        if let Some(member) = me.owner
            && !each.is_zero()
        {
            let before = self.groups[group as usize].members[member as usize].busy;
            first = first.max(before.saturating_add(each));
        }
        let first = first.min(limit);
        let last = match self.last_arrival(partition, to.node, to.cut) {
            Some(last) if to.node != me.position.node || last > me.position.cut => {
                self.delivery_of(group, reader, to.node, last).min(limit)
            }
            _ => first,
        };
        let waited = me.last_delivery.max(arrival);
        if first.saturating_since(waited) > NOTED_OUTAGE {
            let (cause, ended_by) = self.why_not_read(group, reader);
            let outage = GroupOutage {
                last_delivery: me.last_delivery,
                begin: waited,
                end: first,
                cause,
                ended_by,
            };
            self.reader_mut(group, reader).outages.push(outage);
        }
        let me = &self.groups[group as usize].readers[reader as usize];
        let created = self
            .messages_between(partition, me.position, to)
            .into_iter()
            .map(|(place, message, _)| {
                let flow = self.partitions[partition as usize].flows[place];
                self.flows[flow as usize].arrivals.time_of(message)
            })
            .min();
        let begin = me.last_delivery.max(created.unwrap_or(first));
        let gap = first.saturating_since(begin) > NOTED_GAP;
        let me = self.reader_mut(group, reader);
        if gap {
            me.gaps.push(ReadGap { begin, end: first });
        }
        me.last_delivery = last.max(first);
        if !each.is_zero() {
            me.last_delivery = me.last_delivery.max(busy.min(limit));
        }
        me.troubled = false;
    }

    /// Why a partition is not being read, and why it is again.
    pub(super) fn why_not_read(&self, group: GroupIx, reader: u32) -> (CauseId, CauseId) {
        let me = &self.groups[group as usize].readers[reader as usize];
        if me.troubled {
            (me.trouble, me.resumed)
        } else {
            (
                self.partitions[me.partition as usize].trouble,
                self.clock.cause(),
            )
        }
    }

    /// Messages between the position and `to` are delivered: for the first time, or again below the frontier.
    fn take(&mut self, group: GroupIx, reader: u32, to: Point) {
        let me = &self.groups[group as usize].readers[reader as usize];
        let (partition, from, frontier) = (me.partition, me.position, me.frontier);
        let known = self.partitions[partition as usize]
            .tree
            .common(frontier, to);
        let again = if self.records_between_any(partition, from, known) > 0 {
            self.messages_between(partition, from, known)
        } else {
            Vec::new()
        };
        let begin = if again.is_empty() { from } else { known };
        let fresh = self.messages_between(partition, begin, to);
        let beyond = known != to;
        let me = self.reader_mut(group, reader);
        for (place, first, end) in again {
            me.taken[place].extra += end - first;
            me.taken[place].again.add(first, end);
        }
        for (place, first, end) in fresh {
            me.taken[place].once.add(first, end);
        }
        if beyond {
            me.frontier = to;
        }
    }

    /// Like `records_between`, for a second point that may lie below the first: then there are none.
    fn records_between_any(&self, partition: PartitionIx, from: Point, to: Point) -> u64 {
        if to.node < from.node || (to.node == from.node && to.cut <= from.cut) {
            return 0;
        }
        self.records_between(partition, from, to)
    }

    // ------------------------------------------------------------------------------------ hooks

    /// Before anything about a partition changes: what was read, and committed, up to now is stored.
    pub(crate) fn groups_before_change(&mut self, partition: PartitionIx) {
        let now = self.clock.now();
        for at in 0..self.readers_of[partition as usize].len() {
            let (group, reader) = self.readers_of[partition as usize][at];
            self.offer(group, reader, now);
            self.advance(group, reader, now);
        }
        for at in 0..self.coordinates[partition as usize].len() {
            let group = self.coordinates[partition as usize][at];
            for reader in 0..self.groups[group as usize].readers.len() as u32 {
                self.offer(group, reader, now);
            }
        }
    }

    /// After a change: readers whose leader is gone are told; those that wait for one that is there now go on.
    pub(crate) fn groups_after_change(&mut self, partition: PartitionIx) {
        for at in 0..self.readers_of[partition as usize].len() {
            let (group, reader) = self.readers_of[partition as usize][at];
            self.look_at_leader(group, reader);
        }
        for at in 0..self.coordinates[partition as usize].len() {
            let group = self.coordinates[partition as usize][at];
            self.look_at_coordinator(group);
        }
    }

    /// Clients can or cannot reach a node.
    pub(crate) fn groups_reach_changed(&mut self, node: NodeIx) {
        if self.groups.is_empty() {
            return;
        }
        for &(partition, _) in self.replicas_on(node).clone().iter() {
            self.touch(partition);
        }
    }

    fn look_at_leader(&mut self, group: GroupIx, reader: u32) {
        let now = self.clock.now();
        let me = &self.groups[group as usize].readers[reader as usize];
        let partition = me.partition;
        match me.reading {
            Reading::Off => {}
            Reading::Fetching { broker, .. } => {
                if !self.client_hears(broker) {
                    self.hangs(group, reader, broker);
                } else if self.nodes[broker as usize].process == Process::Gone
                    || !self.nodes[broker as usize].listens()
                {
                    self.told_soon(group, reader, Told::Lost);
                } else if self.office_read(group, reader).is_none() {
                    let told = self.refusal(partition, broker, me.epoch);
                    self.told_soon(group, reader, told.unwrap_or(Told::NotLeader));
                }
            }
            Reading::Hanging { broker } => {
                if !self.client_hears(broker) {
                    return;
                }
                if !self.nodes[broker as usize].listens() {
                    self.told_soon(group, reader, Told::Lost);
                } else if let Some(told) = self.refusal(partition, broker, me.epoch) {
                    self.told_soon(group, reader, told);
                } else {
                    let resumed = self.clock.cause();
                    let me = self.reader_mut(group, reader);
                    me.life += 1;
                    me.resumed = resumed;
                    me.asof = now;
                    me.reading = Reading::Fetching { broker, since: now };
                }
            }
            Reading::Waiting { asking: false } => {
                if let Some(broker) = me.leader
                    && self.client_hears(broker)
                    && self.nodes[broker as usize].listens()
                    && self.refusal(partition, broker, me.epoch).is_none()
                {
                    self.try_fetch(group, reader);
                }
            }
            Reading::Waiting { asking: true } => {}
        }
    }

    /// Packets pass between clients and this broker's process, and the process answers or its host refuses.
    pub(super) fn client_hears(&self, broker: NodeIx) -> bool {
        self.nodes[broker as usize].paused.is_none() && self.client_way(broker).is_some()
    }

    /// What a broker answers to a fetch in this leader epoch; `None`: records.
    fn refusal(&self, partition: PartitionIx, broker: NodeIx, epoch: u32) -> Option<Told> {
        let p = &self.partitions[partition as usize];
        match p.office_on(broker) {
            Some(at) if p.offices[at].epoch == epoch => None,
            Some(at) if p.offices[at].epoch > epoch => Some(Told::Fenced),
            Some(_) => Some(Told::Unknown),
            None => {
                let known = p.slot_of(broker).map(|s| p.replicas[s as usize].epoch);
                if known.is_some_and(|known| known < epoch) {
                    Some(Told::Unknown)
                } else {
                    Some(Told::NotLeader)
                }
            }
        }
    }

    /// A fetch gets no answer from now on.
    fn hangs(&mut self, group: GroupIx, reader: u32, broker: NodeIx) {
        let wait = self.estate.groups[group as usize].config.request_timeout;
        self.stops_being_read(group, reader);
        let me = self.reader_mut(group, reader);
        me.reading = Reading::Hanging { broker };
        me.life += 1;
        let life = me.life;
        let at = self.clock.now().saturating_add(wait);
        self.group_event(at, group, GroupStep::FetchTimesOut { reader, life });
    }

    /// A partition is not read from now on, because of what is happening.
    pub(super) fn stops_being_read(&mut self, group: GroupIx, reader: u32) {
        let cause = self.clock.cause();
        let me = self.reader_mut(group, reader);
        if !me.troubled {
            me.troubled = true;
            me.trouble = cause;
        }
    }

    /// Its owner is told one way from now.
    fn told_soon(&mut self, group: GroupIx, reader: u32, told: Told) {
        self.stops_being_read(group, reader);
        let me = self.reader_mut(group, reader);
        me.told = told;
        me.reading = Reading::Waiting { asking: true };
        me.life += 1;
        let life = me.life;
        let at = self.clock.now().saturating_add(self.estate.client_latency);
        self.group_event(at, group, GroupStep::FetchFails { reader, life });
    }

    // ------------------------------------------------------------------------------------ fetches

    /// G3: fetches from the leader that the owner knows, if it can.
    pub(super) fn try_fetch(&mut self, group: GroupIx, reader: u32) {
        let now = self.clock.now();
        let me = &self.groups[group as usize].readers[reader as usize];
        let Some(owner) = me.owner else { return };
        if !matches!(me.reading, Reading::Waiting { asking: false }) {
            return;
        }
        let Some(broker) = me.leader else {
            self.member_wants_metadata(group, owner);
            return;
        };
        let mut wait = self.estate.client_latency;
        let down = self.down(group, owner, broker);
        if let Some(down) = down {
            if down.until > now {
                self.arm_client(group, owner, down.until);
                return;
            }
            // TCP and ApiVersions: two round trips before the fetch is sent.
            wait = wait.saturating_add(Span::nanos(4 * self.estate.client_latency.as_nanos()));
        }
        let me = self.reader_mut(group, reader);
        me.reading = Reading::Waiting { asking: true };
        me.life += 1;
        let life = me.life;
        self.group_event(
            now.saturating_add(wait),
            group,
            GroupStep::FetchArrives { reader, life },
        );
    }

    pub(super) fn fetch_arrives(&mut self, group: GroupIx, reader: u32, life: u32) {
        let now = self.clock.now();
        let me = &self.groups[group as usize].readers[reader as usize];
        if me.life != life {
            return;
        }
        let (Some(owner), Some(broker), partition, epoch) =
            (me.owner, me.leader, me.partition, me.epoch)
        else {
            return;
        };
        if !self.client_hears(broker) {
            self.hangs(group, reader, broker);
            return;
        }
        if !self.nodes[broker as usize].listens() {
            self.told_soon(group, reader, Told::Refused);
            return;
        }
        self.up_again(group, owner, broker);
        if let Some(told) = self.refusal(partition, broker, epoch) {
            self.told_soon(group, reader, told);
            return;
        }
        self.validate(group, reader, broker);
        if !self.estate.groups[group as usize].processing.is_zero() {
            // Time in which there was nothing to do is not made up for.
            self.works_on(group, owner, now);
        }
        let resumed = self.clock.cause();
        let me = self.reader_mut(group, reader);
        me.reading = Reading::Fetching { broker, since: now };
        me.asof = now;
        me.resumed = resumed;
        let at = me.position;
        self.note_lag(group, reader, at);
        self.look_at_lag(group);
    }

    /// G5: the position is checked against the log of the new leader (KIP-320). Clients that do not do that go on at the same offset, or
    /// where `auto.offset.reset` says if the log is shorter.
    fn validate(&mut self, group: GroupIx, reader: u32, broker: NodeIx) {
        let now = self.clock.now();
        let me = &self.groups[group as usize].readers[reader as usize];
        let (partition, position) = (me.partition, me.position);
        let p = &self.partitions[partition as usize];
        let Some(at) = p.office_on(broker) else {
            return;
        };
        let end = Point {
            node: p.offices[at].node,
            cut: now,
        };
        let common = p.tree.common(position, end);
        if common == position || self.records_between(partition, common, position) == 0 {
            self.reader_mut(group, reader).position = common;
            return;
        }
        self.group_error(group, GroupError::OffsetOutOfRange);
        let spec = &self.estate.groups[group as usize];
        let to = if spec.behaviour.validates_positions {
            common
        } else {
            let root = Point {
                node: 0,
                cut: Time::ZERO,
            };
            let offset = self.offset_of(partition, position);
            let there = self.offset_of(partition, end);
            if offset <= there {
                self.point_after(partition, root, end, offset)
            } else if spec.config.reset_to_earliest {
                root
            } else {
                end
            }
        };
        self.reader_mut(group, reader).position = to;
    }

    pub(super) fn fetch_times_out(&mut self, group: GroupIx, reader: u32, life: u32) {
        let me = &self.groups[group as usize].readers[reader as usize];
        if me.life != life || !matches!(me.reading, Reading::Hanging { .. }) {
            return;
        }
        self.group_error(group, GroupError::RequestTimedOut);
        let me = self.reader_mut(group, reader);
        me.told = Told::Lost;
        me.reading = Reading::Waiting { asking: true };
        self.fetch_fails(group, reader, life);
    }

    /// G3: the owner of a partition is told that its fetch failed.
    pub(super) fn fetch_fails(&mut self, group: GroupIx, reader: u32, life: u32) {
        let me = self.reader_mut(group, reader);
        if me.life != life {
            return;
        }
        me.reading = Reading::Waiting { asking: false };
        let (told, owner, leader, partition) = (me.told, me.owner, me.leader, me.partition);
        let (Some(owner), Some(broker)) = (owner, leader) else {
            return;
        };
        match told {
            Told::Lost => self.group_error(group, GroupError::Disconnected),
            Told::Refused => self.group_error(group, GroupError::ConnectionRefused),
            Told::NotLeader => self.group_error(group, GroupError::NotLeaderOrFollower),
            Told::Fenced => self.group_error(group, GroupError::FencedLeaderEpoch),
            Told::Unknown => self.group_error(group, GroupError::UnknownLeaderEpoch),
        }
        if matches!(told, Told::Lost | Told::Refused) {
            self.broker_lost(group, owner, broker);
        } else if told != Told::Unknown
            && self.estate.groups[group as usize]
                .behaviour
                .uses_leader_hint
            && self.nodes[broker as usize]
                .binary
                .behaviour
                .tells_new_leader
        {
            // KIP-951: the error tells the leader, if the broker knows one of a newer epoch.
            let state = self.partitions[partition as usize].shown(self.applied_now(broker));
            let node = state
                .leader
                .map(|slot| self.partitions[partition as usize].replicas[slot as usize].node);
            let me = self.reader_mut(group, reader);
            if node.is_some() && state.leader_epoch > me.epoch {
                me.leader = node;
                me.epoch = state.leader_epoch;
            }
        }
        self.member_wants_metadata(group, owner);
        let me = &self.groups[group as usize].readers[reader as usize];
        if told == Told::Unknown || me.leader != Some(broker) {
            self.try_fetch_if_good(group, reader);
        }
    }

    /// Fetches if the known leader would answer; a client that asks it again and again finds it as soon as it is there.
    pub(super) fn try_fetch_if_good(&mut self, group: GroupIx, reader: u32) {
        let me = &self.groups[group as usize].readers[reader as usize];
        let Some(broker) = me.leader else { return };
        let waits = self.client_hears(broker)
            && self.nodes[broker as usize].listens()
            && self.refusal(me.partition, broker, me.epoch).is_some();
        if !waits {
            self.try_fetch(group, reader);
        }
    }

    // ------------------------------------------------------------------------------------ owners

    /// A member begins to read a partition at its committed position, one way from now.
    pub(super) fn begins_to_read(&mut self, group: GroupIx, reader: u32, member: u32) {
        let me = self.reader_mut(group, reader);
        me.owner = Some(member);
        me.position = me.committed;
        me.life += 1;
        me.reading = Reading::Waiting { asking: false };
        self.try_fetch(group, reader);
    }

    /// Its owner stops reading a partition; what it has been delivered is stored.
    pub(super) fn ends_reading(&mut self, group: GroupIx, reader: u32) {
        let now = self.clock.now();
        self.offer(group, reader, now);
        let way = self.estate.client_latency.as_nanos();
        let t = Time::from_nanos(now.as_nanos().saturating_sub(way));
        self.advance(group, reader, t);
        self.stops_being_read(group, reader);
        let me = self.reader_mut(group, reader);
        me.life += 1;
        me.reading = Reading::Off;
        me.owner = None;
        me.asof = now;
    }

    /// The readers that a member has.
    pub(super) fn read_by(&self, group: GroupIx, member: u32) -> Vec<u32> {
        self.groups[group as usize]
            .readers
            .iter()
            .enumerate()
            .filter(|(_, reader)| reader.owner == Some(member))
            .map(|(at, _)| at as u32)
            .collect()
    }

    /// Does a member run?
    pub(super) fn member_runs(&self, group: GroupIx, member: u32) -> bool {
        !matches!(
            self.groups[group as usize].members[member as usize].talk,
            Talk::Gone | Talk::Leaves
        )
    }
}
