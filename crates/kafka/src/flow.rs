//! Flows: what one producer writes to one partition (specification P1, R1).
//!
//! A flow is an arrival sequence; message i is created at an exact time. What a leader appended is a list of [`Stretch`]es: single
//! batches, or *calm* stretches in which every message arrives one way after the first send instant that follows its creation.
//! So "what was in the log at time t" is arithmetic at any rate, and nothing is stored while nothing changes.

use engine::{Arrivals, Time};
use smallvec::SmallVec;

use crate::grid::Grid;
use crate::ids::{ConnectionIx, PartitionIx, ProducerIx};
use crate::log::{EpochTree, Point};
use crate::ranges::Ranges;

/// What was appended to one leader epoch, in order of arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The leader epoch it was appended in.
    pub node: u32,
    /// The producer epoch it was sent with.
    pub producer_epoch: u16,
    /// Messages before it that never got a sequence number: message i has the number i − `unnumbered`.
    pub unnumbered: u64,
    /// First message.
    pub first: u64,
    /// One past the last; `OPEN` while the stretch goes on.
    pub end: u64,
    /// When it arrived.
    pub kind: StretchKind,
}

/// The end of a stretch that goes on.
pub const OPEN: u64 = u64::MAX;

/// How the messages of a stretch arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StretchKind {
    /// All at once.
    Batch(Time),
    /// Each one `delay` nanoseconds after the first send instant of this connection at or after its creation.
    Calm {
        /// The connection.
        connection: ConnectionIx,
        /// Its send instants.
        sends: Grid,
        /// The way to the broker, nanoseconds.
        delay: u64,
    },
}

impl Stretch {
    /// How many of its messages (counted from message 0) had arrived at `t`: one past the last message.
    #[inline]
    pub fn end_at(&self, arrivals: &Arrivals, t: Time) -> u64 {
        match self.kind {
            StretchKind::Batch(at) => {
                if at <= t {
                    self.end
                } else {
                    self.first
                }
            }
            StretchKind::Calm { sends, delay, .. } => {
                if t.as_nanos() < delay {
                    return self.first;
                }
                let last = sends.last(Time::from_nanos(t.as_nanos() - delay));
                if last < 0 {
                    return self.first;
                }
                arrivals
                    .count_until(sends.at(last))
                    .clamp(self.first, self.end)
            }
        }
    }

    /// When message i, one of its own, arrived.
    #[inline]
    pub fn arrival(&self, arrivals: &Arrivals, i: u64) -> Time {
        match self.kind {
            StretchKind::Batch(at) => at,
            StretchKind::Calm { sends, delay, .. } => {
                Time::from_nanos(sends.next_time(arrivals.time_of(i)).as_nanos() + delay)
            }
        }
    }

    /// The last arrival ≤ t, if any message had arrived by then.
    #[inline]
    pub fn last_arrival(&self, arrivals: &Arrivals, t: Time) -> Option<Time> {
        let end = self.end_at(arrivals, t);
        (end > self.first).then(|| self.arrival(arrivals, end - 1))
    }
}

/// A batch that the client holds: waiting to be sent again, or in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch {
    /// First message.
    pub first: u64,
    /// One past the last.
    pub end: u64,
    /// How often it was sent.
    pub attempts: u32,
    /// Not to be sent again before this.
    pub not_before: Time,
    /// The leader epoch that the client knew when it was last sent.
    pub leader_epoch: u32,
    /// The producer epoch it carries.
    pub producer_epoch: u16,
    /// See [`Stretch::unnumbered`].
    pub unnumbered: u64,
}

/// One producer on one partition.
#[derive(Clone, Debug)]
pub struct Flow {
    /// Who writes.
    pub producer: ProducerIx,
    /// Where.
    pub partition: PartitionIx,
    /// When message i is created.
    pub arrivals: Arrivals,
    /// The connection to the leader that the client believes in. `None`: it knows of no leader.
    pub route: Option<ConnectionIx>,
    /// The leader epoch that the client knows.
    pub known_epoch: u32,
    /// The first message never sent.
    pub next: u64,
    /// A message and its creation, found before.
    pub found: (u64, Time),
    /// Two messages that the making and unmaking of the closed form notes; without meaning between two events.
    pub confirmed: (u64, u64),
    /// Batches to be sent again.
    pub retry: SmallVec<[Batch; 2]>,
    /// Number of its batches in flight.
    pub in_flight: u32,
    /// First messages of its batches in flight, lowest first (only kept for idempotent producers).
    pub flying: SmallVec<[u64; 4]>,
    /// Its current producer epoch.
    pub producer_epoch: u16,
    /// Messages that expired before they were ever sent: they have no sequence number.
    pub unnumbered: u64,
    /// A batch that had been sent again expired: no new batch until all that was sent is done with (P12).
    pub unresolved: bool,
    /// One past the last message of this producer epoch that was sent and expired: whether a log has it is not known.
    pub expired_to: u64,
    /// How many retries have drawn a back-off so far.
    pub backoff_draws: u32,
    /// Acknowledged messages.
    pub acked: Ranges,
    /// Messages that failed for good.
    pub failed: Ranges,
    /// What was appended where, in order of time.
    pub stretches: SmallVec<[Stretch; 1]>,
    /// The moment of the last acknowledgement.
    pub last_ack: Time,
    /// Its partition does not work as usual for it, so its connection cannot be calm.
    pub unhealthy: bool,
    /// A leader of its partition has taken or left office, or it was routed anew, since its connection was last calm.
    pub moved: bool,
    /// Its connection is calm and it has no part in that: it waits in a back-off.
    pub resting: bool,
    /// Draw of retries etc. is keyed by this.
    pub key: engine::Key,
    /// Intervals without acknowledgement.
    pub outages: Vec<FlowOutage>,
}

/// A time in which nothing was acknowledged although messages waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlowOutage {
    /// The last acknowledgement before.
    pub last_ack: Time,
    /// The creation of the message that waited longest, or the last acknowledgement, whichever is later.
    pub begin: Time,
    /// The next acknowledgement.
    pub end: Time,
    /// Why it began.
    pub cause: engine::CauseId,
    /// Why it ended.
    pub ended_by: engine::CauseId,
}

impl Flow {
    /// The last arrival ≤ `t` of this flow in a leader epoch.
    pub fn last_arrival_in(&self, node: u32, t: Time) -> Option<Time> {
        for stretch in self.stretches.iter().rev() {
            if stretch.node == node
                && let Some(at) = stretch.last_arrival(&self.arrivals, t)
            {
                return Some(at);
            }
        }
        None
    }

    /// The first arrival > `t` of this flow in a leader epoch, as far as known now: an open calm stretch is taken to go on.
    pub fn first_arrival_after(&self, node: u32, t: Time) -> Option<Time> {
        let mut first: Option<Time> = None;
        for stretch in self.stretches.iter().rev() {
            if stretch.node != node {
                continue;
            }
            if stretch.first == stretch.end {
                // Nothing ever arrived in it: what came before it may still be on its way.
                continue;
            }
            let from = stretch.end_at(&self.arrivals, t);
            if from >= stretch.end {
                break;
            }
            let at = stretch.arrival(&self.arrivals, from);
            if at > t {
                first = Some(at);
            }
        }
        first
    }

    /// Number of messages of this flow in the part of a log that lies in `node` between two cuts (after `from`, up to `to`).
    pub fn count_in(&self, node: u32, from: Option<Time>, to: Time) -> u64 {
        let mut count = 0;
        for stretch in self.stretches.iter().rev() {
            if stretch.node != node {
                continue;
            }
            let high = stretch.end_at(&self.arrivals, to);
            let low = from.map_or(stretch.first, |from| stretch.end_at(&self.arrivals, from));
            count += high - low;
            if low == stretch.end && low > stretch.first {
                // All of it had arrived by then, and what came before it too.
                break;
            }
        }
        count
    }

    /// A batch arrives in a leader epoch. One that comes over `goes_on` just as the closed form has it makes the stretch longer that ended
    /// when that connection was disturbed.
    pub fn appends(&mut self, node: u32, batch: &Batch, now: Time, goes_on: Option<ConnectionIx>) {
        if let Some(last) = self.stretches.last_mut()
            && let StretchKind::Calm { connection, .. } = last.kind
            && goes_on == Some(connection)
            && last.node == node
            && last.end == batch.first
            && (last.producer_epoch, last.unnumbered) == (batch.producer_epoch, batch.unnumbered)
        {
            debug_assert_eq!(last.arrival(&self.arrivals, batch.first), now);
            debug_assert_eq!(last.arrival(&self.arrivals, batch.end - 1), now);
            last.end = batch.end;
            return;
        }
        self.stretches.push(Stretch {
            node,
            producer_epoch: batch.producer_epoch,
            unnumbered: batch.unnumbered,
            first: batch.first,
            end: batch.end,
            kind: StretchKind::Batch(now),
        });
    }

    /// The sequence number that would come next after this flow's messages in a log, and the producer epoch there.
    pub fn next_sequence_in(&self, tree: &EpochTree, log: Point) -> Option<(u64, u16)> {
        for stretch in self.stretches.iter().rev() {
            if let Some(cut) = tree.cut_in(log, stretch.node) {
                let end = stretch.end_at(&self.arrivals, cut);
                if end > stretch.first {
                    return Some((end - stretch.unnumbered, stretch.producer_epoch));
                }
            }
        }
        None
    }

    /// Are these messages in a log, in one piece sent under this producer epoch? In which leader epoch they are, and since when.
    pub fn contains(
        &self,
        tree: &EpochTree,
        log: Point,
        first: u64,
        end: u64,
        producer_epoch: u16,
    ) -> Option<(u32, Time)> {
        self.stretches
            .iter()
            .rev()
            .find(|stretch| {
                stretch.producer_epoch == producer_epoch
                    && stretch.first <= first
                    && tree
                        .cut_in(log, stretch.node)
                        .is_some_and(|cut| stretch.end_at(&self.arrivals, cut) >= end)
            })
            .map(|stretch| (stretch.node, stretch.arrival(&self.arrivals, end - 1)))
    }

    /// The messages of this flow in a log, oldest first, as (first, end) with the order of the log kept.
    pub fn content(&self, tree: &EpochTree, log: Point) -> Vec<(u64, u64)> {
        let mut path: SmallVec<[Point; 8]> = tree.path(log).collect();
        path.reverse();
        let mut runs = Vec::with_capacity(self.stretches.len());
        for point in path {
            for stretch in self
                .stretches
                .iter()
                .filter(|stretch| stretch.node == point.node)
            {
                let end = stretch.end_at(&self.arrivals, point.cut);
                if end > stretch.first {
                    runs.push((stretch.first, end));
                }
            }
        }
        runs
    }

    /// Has it nothing but new messages to send, and does nothing keep it from that?
    #[inline]
    pub fn sends_as_usual(&self, one_at_a_time: bool) -> bool {
        self.retry.is_empty() && !self.unresolved && !one_at_a_time
    }

    /// A new producer epoch begins: all that is to be sent again is numbered anew (`TransactionManager.bumpIdempotentProducerEpoch`). After the largest
    /// one a new producer id begins with epoch 0.
    pub fn begins_producer_epoch(&mut self) {
        self.producer_epoch = self.producer_epoch.wrapping_add(1);
        self.unresolved = false;
        self.expired_to = 0;
        let epoch = self.producer_epoch;
        for batch in &mut self.retry {
            batch.producer_epoch = epoch;
        }
    }

    /// P12: nothing that was sent is undecided any more (`TransactionManager.maybeResolveSequences`).
    pub fn resolves(&mut self) {
        if !self.unresolved || !self.flying.is_empty() || !self.retry.is_empty() {
            return;
        }
        if self.acknowledged_to() < self.expired_to {
            self.begins_producer_epoch();
        } else {
            // What came after it was acknowledged, so it is there too.
            self.unresolved = false;
            self.expired_to = 0;
        }
    }

    /// P12: does OUT_OF_ORDER_SEQUENCE_NUMBER for a batch show that something before it is not in the log for good (`TransactionManager.canRetry`)?
    pub fn shows_a_gap(&self, batch: &Batch) -> bool {
        if batch.producer_epoch != self.producer_epoch {
            return false;
        }
        let sent = || {
            let waiting = self.retry.iter().map(|other| other.first);
            self.flying.iter().copied().chain(waiting)
        };
        if self.unresolved {
            // It follows at once what expired.
            let from = self.expired_to;
            return batch.first >= from
                && !sent().any(|first| (from..batch.first).contains(&first));
        }
        // It is the next after the last that was acknowledged.
        self.acknowledged_to() >= self.expired_to && !sent().any(|first| first < batch.first)
    }

    /// One past the last message that was acknowledged.
    fn acknowledged_to(&self) -> u64 {
        self.acked.as_slice().last().map_or(0, |range| range.1)
    }

    /// When the first message that was never sent is created.
    #[inline]
    pub fn next_creation(&self) -> Time {
        if self.found.0 == self.next {
            self.found.1
        } else {
            self.arrivals.time_of(self.next)
        }
    }

    /// The same, kept for the next question.
    #[inline]
    pub fn creation_of_next(&mut self) -> Time {
        self.found = (self.next, self.next_creation());
        self.found.1
    }

    /// Messages created by `t`.
    #[inline]
    pub fn created(&self, t: Time) -> u64 {
        self.arrivals.count_until(t)
    }

    /// The oldest message that is neither acknowledged nor failed and its creation, if it has been created by `t`.
    pub fn oldest_open(&self, t: Time) -> Option<Time> {
        let mut first = self.acked.first_gap(0);
        loop {
            let after = self.failed.first_gap(first);
            let again = self.acked.first_gap(after);
            if again == first {
                break;
            }
            first = again;
        }
        let created = self.arrivals.time_of(first);
        (created <= t).then_some(created)
    }
}
