//! AlterPartition: a leader asks for another ISR (M12, R13, R15; AlterPartitionManager, ReplicationControlManager).

use engine::Span;

use super::Decision;
use crate::event::Event;
use crate::happening::Happening;
use crate::ids::{NodeIx, PartitionIx, slots};
use crate::metadata::Reply;
use crate::node::{Proposal, ProposalVerdict};
use crate::world::World;

/// After a request that found no controller (AlterPartitionManager: retry).
const RETRY: Span = Span::millis(50);

impl World {
    /// A leader has a pending change: it goes with the next request.
    pub(crate) fn propose(&mut self, broker: NodeIx, partition: PartitionIx) {
        self.nodes[broker as usize].alter.waiting.push(partition);
        self.send_proposals(broker);
    }

    /// Sends what waits, unless a request is on its way.
    pub(crate) fn send_proposals(&mut self, broker: NodeIx) {
        let node = &mut self.nodes[broker as usize];
        if !node.alter.sent.is_empty() || node.alter.waiting.is_empty() || !node.runs() {
            return;
        }
        let waiting = std::mem::take(&mut node.alter.waiting);
        let mut sent = Vec::with_capacity(waiting.len());
        for partition in waiting {
            let p = &mut self.partitions[partition as usize];
            let Some(at) = p.office_on(broker) else {
                continue;
            };
            let office = &mut p.offices[at];
            let Some(pending) = &mut office.pending else {
                continue;
            };
            pending.sent = true;
            sent.push(Proposal {
                partition,
                leader_epoch: office.epoch,
                partition_epoch: office.partition_epoch,
                isr: pending.isr,
                verdict: ProposalVerdict::Open,
            });
        }
        if sent.is_empty() {
            return;
        }
        let way = self
            .way_to_controller(broker)
            .unwrap_or(self.estate.latency);
        let at = self.clock.now().saturating_add(way);
        let node = &mut self.nodes[broker as usize];
        node.alter.sent = sent;
        self.clock
            .arm(&mut node.alter.timer, at, |ticket| Event::ProposalsArrive {
                broker,
                ticket,
            });
    }

    /// The controller checks a request.
    pub(crate) fn proposals_arrive(&mut self, broker: NodeIx) {
        if self.zookeeper.is_some() {
            if !self.isr_request_gets_through(broker) {
                self.isr_request_is_stuck(broker);
                return;
            }
            if self.writes_isr_itself(broker) {
                self.isrs_are_written(broker);
                return;
            }
        }
        let reachable = self.controller.active.is_some_and(|active| {
            self.nodes[active as usize].runs() && self.way(active, broker).is_some()
        });
        if !reachable {
            let at = self.clock.now().saturating_add(RETRY);
            let node = &mut self.nodes[broker as usize];
            self.clock
                .arm(&mut node.alter.timer, at, |ticket| Event::ProposalsArrive {
                    broker,
                    ticket,
                });
            return;
        }
        let mut sent = std::mem::take(&mut self.nodes[broker as usize].alter.sent);
        let mut accepted = false;
        let cause = self.clock.cause();
        for proposal in &mut sent {
            self.clock.set_cause(cause);
            let before = self.partitions[proposal.partition as usize]
                .decided
                .partition_epoch;
            proposal.verdict = self.check(broker, proposal);
            accepted |=
                matches!(proposal.verdict, ProposalVerdict::Accepted(epoch) if epoch != before);
        }
        self.clock.set_cause(cause);
        self.nodes[broker as usize].alter.sent = sent;
        let reply = Reply::Proposals { broker };
        if accepted {
            self.reply_at_commit(reply);
        } else if !self.replies_with_what_is_decided(reply) {
            self.answer_proposals(broker);
        }
    }

    fn check(&mut self, broker: NodeIx, proposal: &Proposal) -> ProposalVerdict {
        let p = &self.partitions[proposal.partition as usize];
        let decided = p.decided;
        if self.zookeeper.is_some()
            && proposal.leader_epoch == decided.leader_epoch
            && proposal.isr == decided.isr
        {
            // Z14: what was asked for is so already: an earlier request was taken and its answer was lost (KafkaController.processAlterIsr,
            // LeaderAndIsr.equalsIgnoreZk; since KAFKA-14144 equalsAllowStalePartitionEpoch).
            return ProposalVerdict::Accepted(decided.partition_epoch);
        }
        if proposal.leader_epoch != decided.leader_epoch
            || proposal.partition_epoch != decided.partition_epoch
        {
            return ProposalVerdict::WaitForMetadata;
        }
        // In ZooKeeper mode controllers look at this since KIP-841 (3.3) only.
        let looks = self.zookeeper.is_none() || self.active_behaviour().refuses_ineligible;
        let bad = looks
            && slots(proposal.isr).any(|slot| {
                !self.controller.standing[p.replicas[slot as usize].node as usize].good()
            });
        if bad {
            return ProposalVerdict::Dropped;
        }
        let grew = proposal.isr & !decided.isr != 0;
        self.notes_stopping_members(proposal.partition, proposal.isr & !decided.isr);
        let p = &self.partitions[proposal.partition as usize];
        let (elr, last_known_leader) = if proposal.isr.count_ones() >= u32::from(p.min_isr) {
            (0, None)
        } else {
            (decided.elr & !proposal.isr, decided.last_known_leader)
        };
        self.clock.note(if grew {
            Happening::IsrGrew(proposal.partition)
        } else {
            Happening::IsrShrank(proposal.partition)
        });
        let decision = Decision {
            leader: decided.leader,
            isr: proposal.isr,
            elr,
            last_known_leader,
            bump: false,
        };
        self.decide(proposal.partition, decision, Some(broker));
        ProposalVerdict::Accepted(
            self.partitions[proposal.partition as usize]
                .decided
                .partition_epoch,
        )
    }

    pub(crate) fn answer_proposals(&mut self, broker: NodeIx) {
        let way = self
            .way_to_controller(broker)
            .unwrap_or(self.estate.latency);
        let at = self.clock.now().saturating_add(way);
        let node = &mut self.nodes[broker as usize];
        self.clock.arm(&mut node.alter.timer, at, |ticket| {
            Event::ProposalsAnswered { broker, ticket }
        });
    }

    /// The controller that had accepted a request is gone: it is sent again.
    pub(crate) fn proposals_lost(&mut self, broker: NodeIx) {
        let at = self.clock.now().saturating_add(RETRY);
        let node = &mut self.nodes[broker as usize];
        for proposal in &mut node.alter.sent {
            proposal.verdict = ProposalVerdict::Open;
        }
        self.clock
            .arm(&mut node.alter.timer, at, |ticket| Event::ProposalsArrive {
                broker,
                ticket,
            });
    }

    /// The leader takes the answers (R15).
    pub(crate) fn proposals_answered(&mut self, broker: NodeIx) {
        let sent = std::mem::take(&mut self.nodes[broker as usize].alter.sent);
        for proposal in sent {
            let p = &self.partitions[proposal.partition as usize];
            let Some(at) = p.office_on(broker) else {
                continue;
            };
            if p.offices[at].epoch != proposal.leader_epoch || p.offices[at].pending.is_none() {
                continue;
            }
            match proposal.verdict {
                ProposalVerdict::Accepted(partition_epoch) => {
                    self.leader_isr_changes(proposal.partition, at, proposal.isr, partition_epoch);
                }
                ProposalVerdict::Dropped => {
                    self.touch_softly(proposal.partition);
                    self.partitions[proposal.partition as usize].offices[at].pending = None;
                    self.look_again_for_joins(proposal.partition, at);
                }
                ProposalVerdict::WaitForMetadata | ProposalVerdict::Open => {}
            }
        }
        self.send_proposals(broker);
    }
}
