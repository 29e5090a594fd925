//! ISR changes before 2.7-IV2: the leader writes the new ISR to ZooKeeper itself, and tells the controller of it some time later
//! (rules Z14, Z15; Partition.updateIsr, ReplicaManager.maybePropagateIsrChanges, ZkIsrManager). From 2.7-IV2 on it asks the controller
//! (M12, KIP-497).

use engine::{Span, Time, Timer};

use super::{Step, UNPUBLISHED, wire};
use crate::event::Event;
use crate::grid::Grid;
use crate::happening::Happening;
use crate::ids::{NodeIx, PartitionIx, Slots, slots};
use crate::metadata::PartitionChange;
use crate::node::{Process, Proposal, ProposalVerdict};
use crate::partition::{Registration, Version};
use crate::world::{Notice, World};

/// A broker looks this often whether there is something to tell (ReplicaManager.startup, ZkIsrManager.checkIntervalMs).
pub(super) const CHECK: Span = Span::millis(2500);
/// It tells when nothing more has changed for this long (`IsrChangePropagationBlackOut`) …
const LINGER: Span = Span::secs(5);
/// … or has told nothing for this long (`IsrChangePropagationInterval`).
const LONGEST: Span = Span::secs(60);
/// A conditional write of ZooKeeper: its leader logs it with a majority. *Assumed*, as a commit of the metadata log (M1).
const WRITE: (Span, Span) = (Span::millis(1), Span::millis(5));

/// ISRs that a broker changed and has not told the controller of.
#[derive(Clone, Debug)]
pub(crate) struct Notification {
    changed: Vec<PartitionIx>,
    last_change: Time,
    last_told: Time,
    checks: Grid,
    pub(super) timer: Timer,
}

impl Notification {
    pub(super) fn new(checks: Grid) -> Self {
        Self {
            changed: Vec::new(),
            last_change: Time::ZERO,
            last_told: Time::ZERO,
            checks,
            timer: Timer::default(),
        }
    }

    /// Another process: nothing is left to be told.
    pub(super) fn begin_anew(&mut self) {
        self.changed.clear();
        self.timer.cancel();
    }
}

impl World {
    /// Does this leader write ISRs to ZooKeeper itself?
    pub(crate) fn writes_isr_itself(&self, broker: NodeIx) -> bool {
        self.zookeeper.is_some()
            && !self
                .protocol_at(broker)
                .is_some_and(|protocol| wire::at_least(protocol, "2.7-IV2"))
    }

    /// Can the leader's request for another ISR get to who decides it?
    pub(crate) fn isr_request_gets_through(&mut self, broker: NodeIx) -> bool {
        if self.writes_isr_itself(broker) {
            return self.reaches_ensemble(broker);
        }
        let Some(active) = self.controller.active else {
            return false;
        };
        if self.zk().sides[broker as usize].controller != Some(active)
            || !self.nodes[active as usize].listens()
            || self.zk().sides[active as usize].leaving
            || !self.zk().up
        {
            return false;
        }
        let receiver = self.nodes[active as usize].binary.version;
        if !wire::reads(wire::Channel::AlterPartition, receiver, 0) {
            self.channel_closed(wire::Channel::AlterPartition, broker, active, 0);
            return false;
        }
        true
    }

    /// The request waits until something changes.
    pub(crate) fn isr_request_is_stuck(&mut self, broker: NodeIx) {
        self.zk().sides[broker as usize].stuck = true;
    }

    /// Something changed that may let it through.
    pub(crate) fn isr_changes_go_on(&mut self, broker: NodeIx) {
        if !std::mem::take(&mut self.zk().sides[broker as usize].stuck)
            || self.nodes[broker as usize].alter.sent.is_empty()
        {
            return;
        }
        let at = self.clock.now().saturating_add(self.estate.latency);
        self.clock
            .arm(&mut self.nodes[broker as usize].alter.timer, at, |ticket| {
                Event::ProposalsArrive { broker, ticket }
            });
    }

    /// Z14: conditional writes, one a partition: only who knows the last version succeeds.
    pub(crate) fn isrs_are_written(&mut self, broker: NodeIx) {
        let mut sent = std::mem::take(&mut self.nodes[broker as usize].alter.sent);
        let cause = self.clock.cause();
        for proposal in &mut sent {
            self.clock.set_cause(cause);
            proposal.verdict = self.writes_isr(broker, proposal);
        }
        self.clock.set_cause(cause);
        self.nodes[broker as usize].alter.sent = sent;
        let write = self.zk_draw("isr-write", broker, WRITE.0, WRITE.1);
        let at = self
            .clock
            .now()
            .saturating_add(write)
            .saturating_add(self.estate.latency);
        self.clock
            .arm(&mut self.nodes[broker as usize].alter.timer, at, |ticket| {
                Event::ProposalsAnswered { broker, ticket }
            });
    }

    fn writes_isr(&mut self, broker: NodeIx, proposal: &Proposal) -> ProposalVerdict {
        let now = self.clock.now();
        let partition = proposal.partition;
        let before = self.partitions[partition as usize].decided;
        if proposal.partition_epoch != before.partition_epoch
            || proposal.leader_epoch != before.leader_epoch
        {
            // "Cached zkVersion not equal to that in zookeeper, skip updating ISR".
            return ProposalVerdict::WaitForMetadata;
        }
        self.notes_stopping_members(partition, proposal.isr & !before.isr);
        let state = Registration {
            isr: proposal.isr,
            partition_epoch: before.partition_epoch + 1,
            ..before
        };
        self.clock.note(if proposal.isr & !before.isr != 0 {
            Happening::IsrGrew(partition)
        } else {
            Happening::IsrShrank(partition)
        });
        let cause = self.clock.cause();
        let change = PartitionChange {
            partition,
            state,
            before,
            asked_by: Some(broker),
            cause,
        };
        self.record
            .committed(&self.partitions[partition as usize], &change, now);
        let p = &mut self.partitions[partition as usize];
        p.decided = state;
        p.committed.push(Version {
            flush: UNPUBLISHED,
            state,
        });
        let (leaders, shrank, grew) = std::mem::take(&mut self.record.fresh);
        self.notices.push(Notice::Committed {
            leaders,
            shrank,
            grew,
        });
        let notification = &mut self.zk().sides[broker as usize].isr;
        if !notification.changed.contains(&partition) {
            notification.changed.push(partition);
        }
        notification.last_change = now;
        self.arm_notification(broker);
        ProposalVerdict::Accepted(state.partition_epoch)
    }

    /// Remembers brokers that come into an ISR while they stop, or when they are gone already (Z13).
    pub(crate) fn notes_stopping_members(&mut self, partition: PartitionIx, new: Slots) {
        if self.zookeeper.is_none() {
            return;
        }
        let now = self.clock.now();
        for slot in slots(new) {
            let node = self.partitions[partition as usize].replicas[slot as usize].node;
            let stops = !matches!(
                self.nodes[node as usize].process,
                Process::Running | Process::Unfencing
            );
            if stops {
                self.zk().came_back.push((now, node, partition));
            }
        }
    }

    fn arm_notification(&mut self, broker: NodeIx) {
        let now = self.clock.now();
        let zk = self.zookeeper.as_mut().expect("only called with it");
        let me = &mut zk.sides[broker as usize].isr;
        let quiet = me.last_change.saturating_add(LINGER);
        let long_ago = me.last_told.saturating_add(LONGEST);
        let at = me.checks.after_time(quiet.min(long_ago).max(now));
        self.clock.arm(&mut me.timer, at, |ticket| {
            Event::ZooKeeper(Step::Notifies { broker, ticket })
        });
    }

    /// Z15: the broker tells the controller, and this one tells everybody.
    pub(crate) fn notifies_of_isrs(&mut self, broker: NodeIx) {
        if !self.nodes[broker as usize].runs() {
            return;
        }
        if !self.reaches_ensemble(broker) {
            self.arm_notification(broker);
            return;
        }
        let now = self.clock.now();
        let me = &mut self.zk().sides[broker as usize].isr;
        let changed = std::mem::take(&mut me.changed);
        me.last_told = now;
        if self.controller.active.is_some() && !changed.is_empty() {
            self.open_flush().publishes.extend(changed);
        }
    }
}
