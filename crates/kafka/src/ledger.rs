//! What became of every message (specification P13).

use engine::Time;

use crate::flow::FlowOutage;
use crate::ids::{FlowIx, PartitionIx, Slot, has};
use crate::log::Point;
use crate::ranges::Ranges;
use crate::world::World;

/// What became of the messages of one flow up to a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FlowLedger {
    /// Messages created.
    pub created: u64,
    /// Acknowledged.
    pub acked: Ranges,
    /// Failed for good.
    pub failed: Ranges,
    /// Acknowledged and not in the log.
    pub lost: Ranges,
    /// Failed and in the log.
    pub ghosts: Ranges,
    /// In the log more than once.
    pub duplicated: Ranges,
    /// Extra copies in the log.
    pub extra_copies: u64,
    /// Neighbours in the log, first copies only counted once, of which the later one was created earlier.
    pub inversions: u64,
    /// The log as (first, end) runs in its order.
    pub log: Vec<(u64, u64)>,
}

impl World {
    /// Makes everything explicit, as if every connection were disturbed now: needed before ledgers are read.
    pub fn close_books(&mut self) {
        for connection in 0..self.connections.len() as u32 {
            self.disturb(connection);
        }
        self.settle();
        for connection in 0..self.connections.len() as u32 {
            if self.connections[connection as usize].calm {
                self.materialise(connection);
            }
        }
        self.close_group_books();
    }

    /// The replica whose log counts at the end: the leader's, else the one that would lead if all came back.
    pub fn owning_replica(&self, partition: PartitionIx) -> Slot {
        let p = &self.partitions[partition as usize];
        let state = p.decided;
        if let Some(leader) = state.leader {
            return leader;
        }
        let all = 0..p.replicas.len() as Slot;
        all.clone()
            .find(|&slot| has(state.isr, slot))
            .or_else(|| all.clone().find(|&slot| has(state.elr, slot)))
            .or(state.last_known_leader)
            .unwrap_or(0)
    }

    /// The log that counts.
    pub fn owning_log(&self, partition: PartitionIx) -> Point {
        self.log_of(partition, self.owning_replica(partition))
    }

    /// What became of the messages of a flow. Call [`World::close_books`] before.
    pub fn flow_ledger(&self, flow: FlowIx) -> FlowLedger {
        let me = &self.flows[flow as usize];
        let log = self.owning_log(me.partition);
        let runs = me.content(&self.partitions[me.partition as usize].tree, log);
        let mut once = Ranges::default();
        let mut duplicated = Ranges::default();
        let mut extra_copies = 0;
        let mut inversions = 0;
        let mut before: Option<u64> = None;
        let mut most = 0;
        for &(first, end) in &runs {
            if first < most {
                let mut piece = Ranges::default();
                piece.add(first, end);
                let again = piece.and(&once);
                extra_copies += again.len();
                for &(low, high) in again.as_slice() {
                    duplicated.add(low, high);
                }
            }
            most = most.max(end);
            once.add(first, end);
            if before.is_some_and(|last| first < last) {
                inversions += 1;
            }
            before = Some(end - 1);
        }
        FlowLedger {
            created: me.created(self.clock.now()),
            acked: me.acked.clone(),
            failed: me.failed.clone(),
            lost: me.acked.minus(&once),
            ghosts: me.failed.and(&once),
            duplicated,
            extra_copies,
            inversions,
            log: runs,
        }
    }

    /// Times without acknowledgement of a flow; one that goes on has the end [`Time::NEVER`].
    pub fn flow_outages(&self, flow: FlowIx) -> Vec<FlowOutage> {
        let me = &self.flows[flow as usize];
        let now = self.clock.now();
        let mut outages = me.outages.clone();
        if let Some(oldest) = me.oldest_open(now) {
            let begin = oldest.max(me.last_ack);
            if now.saturating_since(begin) > crate::producer::NOTED_OUTAGE {
                let cause = self.partitions[me.partition as usize].trouble;
                outages.push(FlowOutage {
                    last_ack: me.last_ack,
                    begin,
                    end: Time::NEVER,
                    cause,
                    ended_by: engine::CauseId::NONE,
                });
            }
        }
        outages
    }

    /// The number of flows.
    pub fn flow_count(&self) -> u32 {
        self.flows.len() as u32
    }

    /// Producer and partition of a flow.
    pub fn flow(&self, flow: FlowIx) -> (u32, PartitionIx) {
        let me = &self.flows[flow as usize];
        (me.producer, me.partition)
    }

    /// Every committed change, if [`crate::Options::history`] was set.
    pub fn history(&self) -> &[crate::record::Change] {
        self.record.history.as_deref().unwrap_or_default()
    }

    /// Events handled so far.
    pub fn events(&self) -> u64 {
        self.clock.handled()
    }

    /// The hash of every event so far, if the trace is on.
    pub fn trace(&self) -> Option<u128> {
        self.clock.trace().map(engine::Trace::value)
    }
}
