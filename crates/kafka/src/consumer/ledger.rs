//! What became of the records that a group was to read (specification G17–G20).

use engine::Time;

use super::{CommitGap, GroupError, GroupOutage, NOTED_GAP, NOTED_OUTAGE, ReadGap, Rebalance};
use crate::coordinator::GroupState;
use crate::ids::{GroupIx, PartitionIx};
use crate::log::Point;
use crate::ranges::Ranges;
use crate::world::World;

/// One partition as a group read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionReading {
    /// The partition.
    pub partition: PartitionIx,
    /// Records delivered, each counted once.
    pub delivered: u64,
    /// Extra deliveries.
    pub redelivered: u64,
    /// Records below the position in the log at the end that were never delivered.
    pub skipped: u64,
    /// Records delivered that are no longer in the log.
    pub vanished: u64,
    /// Records in the log at the end that are still to be delivered.
    pub lag: u64,
    /// The most that ever waited, as seen at changes.
    pub largest_lag: u64,
    /// Read outages: records waited in the log.
    pub outages: Vec<GroupOutage>,
    /// Longer gaps between deliveries: messages had been created.
    pub gaps: Vec<ReadGap>,
    /// By flow: (flow, messages delivered, messages delivered again).
    pub messages: Vec<(u32, Ranges, Ranges)>,
}

/// What became of a group's records up to a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupLedger {
    /// Records delivered, each counted once.
    pub delivered: u64,
    /// Extra deliveries.
    pub redelivered: u64,
    /// Records that it passed by.
    pub skipped: u64,
    /// Records delivered that are no longer in the log.
    pub vanished: u64,
    /// Records in the log that it has not yet got.
    pub lag: u64,
    /// The largest lag of the group, as seen whenever one of its partitions was read again, and at the end.
    pub largest_lag: u64,
    /// Its rebalances, in order of time.
    pub rebalances: Vec<Rebalance>,
    /// Times in which it could not commit.
    pub commit_gaps: Vec<CommitGap>,
    /// Errors its clients saw, by Kafka's name, those that never happened left out.
    pub errors: Vec<(&'static str, u64)>,
    /// By partition.
    pub partitions: Vec<PartitionReading>,
}

impl World {
    /// The number of groups.
    pub fn group_count(&self) -> u32 {
        self.groups.len() as u32
    }

    /// Stores what every group has read up to now: part of [`World::close_books`].
    pub(crate) fn close_group_books(&mut self) {
        let now = self.clock.now();
        let way = self.estate.client_latency.as_nanos();
        let sent = Time::from_nanos(now.as_nanos().saturating_sub(way));
        for group in 0..self.groups.len() as GroupIx {
            for reader in 0..self.groups[group as usize].readers.len() as u32 {
                self.offer(group, reader, now);
                self.advance(group, reader, sent);
            }
            let lag = self.group_lag(group);
            let me = &mut self.groups[group as usize];
            me.largest_lag = me.largest_lag.max(lag);
        }
    }

    /// What became of a group's records. Call [`World::close_books`] before.
    ///
    /// # Panics
    /// If there is no such group.
    pub fn group_ledger(&self, group: GroupIx) -> GroupLedger {
        let me = &self.groups[group as usize];
        let partitions: Vec<PartitionReading> = (0..me.readers.len() as u32)
            .map(|reader| self.partition_reading(group, reader))
            .collect();
        let sum = |of: fn(&PartitionReading) -> u64| partitions.iter().map(of).sum();
        GroupLedger {
            delivered: sum(|p| p.delivered),
            redelivered: sum(|p| p.redelivered),
            skipped: sum(|p| p.skipped),
            vanished: sum(|p| p.vanished),
            lag: sum(|p| p.lag),
            largest_lag: me.largest_lag,
            rebalances: me.rebalances.clone(),
            commit_gaps: me.commit_gaps.clone(),
            errors: GroupError::ALL
                .into_iter()
                .filter(|&error| me.errors[error as usize] > 0)
                .map(|error| (error.name(), me.errors[error as usize]))
                .collect(),
            partitions,
        }
    }

    fn partition_reading(&self, group: GroupIx, reader: u32) -> PartitionReading {
        let me = &self.groups[group as usize].readers[reader as usize];
        let p = &self.partitions[me.partition as usize];
        let log = self.owning_log(me.partition);
        let below = p.tree.common(me.position, log);
        let root = Point {
            node: 0,
            cut: Time::ZERO,
        };
        let mut passed = vec![Ranges::default(); p.flows.len()];
        for (place, first, end) in self.messages_between(me.partition, root, below) {
            passed[place].add(first, end);
        }
        let mut all = vec![Ranges::default(); p.flows.len()];
        for (place, first, end) in self.messages_between(me.partition, root, log) {
            all[place].add(first, end);
        }
        let mut reading = PartitionReading {
            partition: me.partition,
            delivered: 0,
            redelivered: 0,
            skipped: 0,
            vanished: 0,
            lag: self.reader_lag(group, reader),
            largest_lag: me.largest_lag,
            outages: self.reader_outages(group, reader),
            gaps: self.reader_gaps(group, reader),
            messages: Vec::new(),
        };
        for (place, taken) in me.taken.iter().enumerate() {
            reading.delivered += taken.once.len();
            reading.redelivered += taken.extra;
            reading.skipped += passed[place].minus(&taken.once).len();
            reading.vanished += taken.once.minus(&all[place]).len();
            reading
                .messages
                .push((p.flows[place], taken.once.clone(), taken.again.clone()));
        }
        reading.largest_lag = reading.largest_lag.max(reading.lag);
        reading
    }

    /// Read outages of a partition, one that goes on included.
    fn reader_outages(&self, group: GroupIx, reader: u32) -> Vec<GroupOutage> {
        let now = self.clock.now();
        let me = &self.groups[group as usize].readers[reader as usize];
        let mut outages = me.outages.clone();
        let log = self.owning_log(me.partition);
        let p = &self.partitions[me.partition as usize];
        let common = p.tree.common(me.position, log);
        if let Some((_, arrival)) = self.first_record_after(me.partition, common, log) {
            let begin = me.last_delivery.max(arrival);
            if now.saturating_since(begin) > NOTED_OUTAGE {
                let (cause, _) = self.why_not_read(group, reader);
                outages.push(GroupOutage {
                    last_delivery: me.last_delivery,
                    begin,
                    end: Time::NEVER,
                    cause,
                    ended_by: engine::CauseId::NONE,
                });
            }
        }
        outages
    }

    /// Gaps between deliveries of a partition, one that goes on included.
    fn reader_gaps(&self, group: GroupIx, reader: u32) -> Vec<ReadGap> {
        let now = self.clock.now();
        let me = &self.groups[group as usize].readers[reader as usize];
        let p = &self.partitions[me.partition as usize];
        let mut gaps = me.gaps.clone();
        let oldest = me
            .taken
            .iter()
            .zip(&p.flows)
            .map(|(taken, &flow)| {
                let flow = &self.flows[flow as usize];
                // What is missing below the last one delivered was lost, has failed, or comes late.
                let last = taken.once.as_slice().last().map_or(0, |range| range.1);
                flow.arrivals.time_of(flow.failed.first_gap(last))
            })
            .min();
        if let Some(created) = oldest {
            let begin = me.last_delivery.max(created);
            if now.saturating_since(begin) > NOTED_GAP {
                gaps.push(ReadGap {
                    begin,
                    end: Time::NEVER,
                });
            }
        }
        gaps
    }

    /// Records in the log of a partition that have not yet been delivered to the group.
    pub(super) fn reader_lag(&self, group: GroupIx, reader: u32) -> u64 {
        let me = &self.groups[group as usize].readers[reader as usize];
        let to = self.delivered(group, reader, self.clock.now());
        self.beyond(me.partition, to)
    }

    /// Records of the log that counts that lie beyond a point.
    fn beyond(&self, partition: PartitionIx, point: Point) -> u64 {
        let log = self.owning_log(partition);
        let common = self.partitions[partition as usize].tree.common(point, log);
        self.records_between(partition, common, log)
    }

    /// Records that are in the logs and not yet delivered to the group, at this moment.
    pub fn group_lag(&self, group: GroupIx) -> u64 {
        if !self.estate.groups[group as usize].processing.is_zero() {
            return self.lag_of_working_group(group);
        }
        (0..self.groups[group as usize].readers.len() as u32)
            .map(|reader| self.reader_lag(group, reader))
            .sum()
    }

    /// Keeps the lag of every group at this moment, to compare later ones with ([`World::group_lag_grown`]).
    pub fn keep_lags(&mut self) {
        for group in 0..self.groups.len() as GroupIx {
            self.groups[group as usize].lag_kept = self.group_lag(group);
        }
    }

    /// By how many records a group's lag is larger than when [`World::keep_lags`] was called; 0 if it is not.
    pub fn group_lag_grown(&self, group: GroupIx) -> u64 {
        self.group_lag(group)
            .saturating_sub(self.groups[group as usize].lag_kept)
    }

    /// Bytes per second that were appended to the logs of a topic, over the last `over`: `BytesInPerSec` of its leaders. Records that were
    /// truncated since are not in it.
    pub fn bytes_in(&self, topic: u32, over: engine::Span) -> u64 {
        let now = self.clock.now();
        let since = Time::from_nanos(now.as_nanos().saturating_sub(over.as_nanos()));
        let bytes: u64 = (0..self.partitions.len() as PartitionIx)
            .filter(|&partition| self.partitions[partition as usize].topic == topic)
            .map(|partition| self.bytes_since(partition, self.owning_log(partition), since))
            .sum();
        let scaled = u128::from(bytes) * 1_000_000_000 / u128::from(over.as_nanos().max(1));
        u64::try_from(scaled).unwrap_or(u64::MAX)
    }

    /// The same for members that need time for a record: what each has worked through is looked at once.
    fn lag_of_working_group(&self, group: GroupIx) -> u64 {
        let way = self.estate.client_latency.as_nanos();
        let sent = Time::from_nanos(self.clock.now().as_nanos().saturating_sub(way));
        let me = &self.groups[group as usize];
        let mut points: Vec<Point> = me.readers.iter().map(|reader| reader.position).collect();
        for member in 0..me.members.len() as u32 {
            for (reader, point) in self.worked_through(group, member, sent).0 {
                points[reader as usize] = point;
            }
        }
        me.readers
            .iter()
            .zip(points)
            .map(|(reader, point)| self.beyond(reader.partition, point))
            .sum()
    }

    /// What `kafka-consumer-groups --describe` would add up to under LAG: records beyond the committed positions, at this moment.
    pub fn group_committed_lag(&self, group: GroupIx) -> u64 {
        (0..self.groups[group as usize].readers.len() as u32)
            .map(|reader| {
                let partition = self.groups[group as usize].readers[reader as usize].partition;
                self.beyond(partition, self.committed_now(group, reader))
            })
            .sum()
    }

    /// The state of a group at its coordinator; `None`: nobody coordinates it at this moment.
    pub fn group_state(&self, group: GroupIx) -> Option<GroupState> {
        let office = &self.groups[group as usize].office;
        let away = office.partition.is_some() && office.seat.is_none_or(|seat| !seat.loaded);
        (!away).then_some(office.state)
    }

    /// Rebalances of a group so far.
    pub fn group_rebalances(&self, group: GroupIx) -> &[Rebalance] {
        &self.groups[group as usize].rebalances
    }

    /// Who reads a partition: the member's number; `None`: nobody, or the group does not read it.
    pub fn reader_of(&self, group: GroupIx, partition: PartitionIx) -> Option<u32> {
        self.groups[group as usize]
            .readers
            .iter()
            .find(|reader| reader.partition == partition)?
            .owner
    }

    /// Does a member run?
    pub fn member_is_running(&self, group: GroupIx, member: u32) -> bool {
        self.groups
            .get(group as usize)
            .is_some_and(|me| (member as usize) < me.members.len())
            && self.member_runs(group, member)
    }

    /// The lag of one partition is looked at before it is read on.
    pub(super) fn note_lag(&mut self, group: GroupIx, reader: u32, to: Point) {
        let partition = self.groups[group as usize].readers[reader as usize].partition;
        let lag = self.beyond(partition, to);
        let me = &mut self.groups[group as usize].readers[reader as usize];
        me.largest_lag = me.largest_lag.max(lag);
    }

    /// The lag of the group is looked at when one of its partitions is read again, at most once in a tenth of a second.
    pub(super) fn look_at_lag(&mut self, group: GroupIx) {
        const APART: engine::Span = engine::Span::millis(100);
        let now = self.clock.now();
        let me = &self.groups[group as usize];
        if me.lag_seen != Time::ZERO && now.saturating_since(me.lag_seen) < APART {
            return;
        }
        let lag = self.group_lag(group);
        let me = &mut self.groups[group as usize];
        me.largest_lag = me.largest_lag.max(lag);
        me.lag_seen = now;
    }
}
