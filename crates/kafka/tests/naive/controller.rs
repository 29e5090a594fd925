//! The active controller: standing of brokers, leaders and ISRs (M5–M12).

use std::collections::BTreeSet;

use engine::Key;
use kafka::config::NodeConfig;

use super::broker::{Answer, Errand};
use super::metadata::Change;
use super::{Class, Event, Grid, Mistake, Naive, Nanos};

/// What the controller thinks of a broker (M6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Unregistered,
    Fenced,
    Unfenced,
    /// In controlled shutdown; with the shutdown commit (M11).
    ShuttingDown(u32),
}

impl Standing {
    /// It may lead and be in sync.
    pub fn good(self) -> bool {
        self == Standing::Unfenced
    }

    /// Clients are told of it.
    pub fn alive(self) -> bool {
        matches!(self, Standing::Unfenced | Standing::ShuttingDown(_))
    }
}

/// A partition in the metadata (M5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    pub leader: Option<usize>,
    pub isr: BTreeSet<usize>,
    pub leader_epoch: u32,
    pub partition_epoch: u32,
}

/// Whom to answer at the commit.
#[derive(Clone, Debug)]
pub enum Reply {
    Broker {
        broker: usize,
        answer: Answer,
        incarnation: u32,
    },
    Proposals {
        broker: usize,
        incarnation: u32,
        answers: Vec<(Proposal, Verdict)>,
    },
}

/// One ISR that a leader proposes (M12).
#[derive(Clone, Debug)]
pub struct Proposal {
    pub partition: usize,
    pub leader_epoch: u32,
    pub partition_epoch: u32,
    pub isr: BTreeSet<usize>,
}

/// What the controller says to it (M12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is the ISR now, with this partition epoch.
    Accepted(u32),
    /// A member is fenced or shutting down: the leader drops it.
    Ineligible,
    /// The leader does not know the newest state: it waits for metadata.
    Stale,
}

/// The controller's own picture.
#[derive(Debug, Default)]
pub struct Controller {
    pub active: usize,
    pub standing: Vec<Standing>,
    /// The incarnation that is registered.
    pub registered: Vec<u32>,
    /// When each broker was last heard of.
    pub contact: Vec<Nanos>,
    /// The last commit that each broker has reported as applied (M6).
    pub reported: Vec<u32>,
}

impl Naive {
    pub fn make_controller(&mut self) {
        let estate = self.estate.clone();
        let voters = &estate.voters;
        let pick = self.draw(Key::of("controller/first"), 0, voters.len() as u64);
        let active = voters[pick as usize] as usize;
        let standing: Vec<Standing> = estate
            .nodes
            .iter()
            .map(|node| {
                if node.broker {
                    Standing::Unfenced
                } else {
                    Standing::Unregistered
                }
            })
            .collect();
        self.metadata.standing = standing.iter().map(|&standing| (standing, 1)).collect();
        self.controller = Controller {
            active,
            registered: vec![1; estate.nodes.len()],
            contact: vec![0; estate.nodes.len()],
            reported: vec![0; estate.nodes.len()],
            standing,
        };
        let term = Key::of("controller").id(0);
        let idle = self.active_config().metadata_max_idle.as_nanos();
        let noop = self.phase(term.part("noop"), idle);
        self.at(noop, Class::Arrival, Event::Noop);
        if estate.nodes[active].behaviour.fences_periodically {
            let first = self.fence_checks().phase;
            self.at(first, Class::TimeOut, Event::FenceCheck);
        }
    }

    pub fn active_config(&self) -> &NodeConfig {
        &self.estate.nodes[self.controller.active].config
    }

    fn fence_checks(&self) -> Grid {
        let period = self.active_config().broker_session_timeout.as_nanos() / 8;
        let key = Key::of("controller").id(0).part("fence-check");
        Grid {
            phase: self.phase(key, period),
            period,
        }
    }

    // ------------------------------------------------------------------------------------ decisions

    /// M5: writes a new state of a partition, if it is one.
    fn decide(
        &mut self,
        partition: usize,
        leader: Option<usize>,
        isr: BTreeSet<usize>,
        asked_by: Option<usize>,
    ) {
        let before = self.partitions[partition].decided.clone();
        let shrinks = !before.isr.is_subset(&isr);
        let bump = leader != before.leader
            || shrinks && self.estate.shrink_bumps_leader_epoch && leader.is_some();
        if !bump && isr == before.isr && asked_by.is_none() {
            return;
        }
        let state = State {
            leader,
            isr,
            leader_epoch: before.leader_epoch + u32::from(bump),
            partition_epoch: before.partition_epoch + 1,
        };
        self.partitions[partition].decided = state.clone();
        self.open_flush().partitions.push(Change {
            partition,
            state,
            asked_by,
        });
    }

    fn decide_standing(&mut self, broker: usize, standing: Standing) {
        self.controller.standing[broker] = standing;
        let incarnation = self.controller.registered[broker];
        self.open_flush()
            .brokers
            .push((broker, standing, incarnation));
    }

    /// M10: leader and ISR.
    fn elect(&self, partition: usize, isr: BTreeSet<usize>) -> (Option<usize>, BTreeSet<usize>) {
        let p = &self.partitions[partition];
        let acceptable =
            |slot: usize| self.controller.standing[p.replicas[slot].node] == Standing::Unfenced;
        if let Some(leader) = p.decided.leader
            && isr.contains(&leader)
            && acceptable(leader)
        {
            return (Some(leader), isr);
        }
        let slots = 0..p.replicas.len();
        if let Some(slot) = slots
            .clone()
            .find(|slot| isr.contains(slot) && acceptable(*slot))
        {
            return (Some(slot), isr);
        }
        let honours = self.estate.nodes[self.controller.active]
            .behaviour
            .honours_unclean;
        if p.unclean
            && honours
            && let Some(slot) = slots.clone().find(|&slot| acceptable(slot))
        {
            return (Some(slot), BTreeSet::from([slot]));
        }
        (None, isr)
    }

    /// M8, M11: takes a broker's replica out of an ISR, unless it is its only member, and finds a leader.
    fn take_out(&mut self, broker: usize) {
        for partition in 0..self.partitions.len() {
            let p = &self.partitions[partition];
            let Some(slot) = p.slot_of(broker) else {
                continue;
            };
            if !p.decided.isr.contains(&slot) && p.decided.leader != Some(slot) {
                continue;
            }
            let mut isr = p.decided.isr.clone();
            if isr.len() > 1 {
                isr.remove(&slot);
            }
            let (leader, isr) = self.elect(partition, isr);
            self.decide(partition, leader, isr, None);
        }
    }

    /// M8.
    fn fence(&mut self, broker: usize) {
        self.decide_standing(broker, Standing::Fenced);
        self.take_out(broker);
    }

    /// M9.
    fn unfence(&mut self, broker: usize) {
        self.decide_standing(broker, Standing::Unfenced);
        for partition in 0..self.partitions.len() {
            let p = &self.partitions[partition];
            if p.slot_of(broker).is_some() && p.decided.leader.is_none() {
                let (leader, isr) = self.elect(partition, p.decided.isr.clone());
                if leader.is_some() {
                    self.decide(partition, leader, isr, None);
                }
            }
        }
    }

    // ------------------------------------------------------------------------------------ sessions (M6, M7)

    /// The controller hears of a broker.
    fn contact(&mut self, broker: usize, reported: u32) {
        self.controller.contact[broker] = self.now;
        self.controller.reported[broker] = self.controller.reported[broker].max(reported);
        let config = self.active_config();
        let session = config.broker_session_timeout.as_nanos();
        let periodic = self.estate.nodes[self.controller.active]
            .behaviour
            .fences_periodically;
        if !periodic || self.errs(Mistake::FencesAtTheInstant) {
            let contact = self.now;
            let event = Event::SessionEnds { broker, contact };
            self.at(self.now + session, Class::TimeOut, event);
        }
    }

    /// M7 before 4.0.
    pub fn session_ends(&mut self, broker: usize, contact: Nanos) {
        if self.controller.contact[broker] == contact && self.controller.standing[broker].alive() {
            self.fence(broker);
        }
    }

    /// M7 from 4.0 on: the oldest contact first.
    pub fn fence_check(&mut self) {
        let session = self.active_config().broker_session_timeout.as_nanos();
        let mut over: Vec<(Nanos, usize)> = (0..self.nodes.len())
            .filter(|&broker| {
                self.controller.standing[broker].alive()
                    && self.controller.contact[broker] + session < self.now
            })
            .map(|broker| (self.controller.contact[broker], broker))
            .collect();
        over.sort_unstable();
        for (_, broker) in over {
            self.fence(broker);
        }
        let period = self.fence_checks().period;
        self.at(self.now + period, Class::TimeOut, Event::FenceCheck);
    }

    /// M6, M8: a regular heartbeat.
    pub fn beat_heard(&mut self, broker: usize, incarnation: u32, reported: u32) {
        if self.controller.registered[broker] != incarnation || self.nodes[broker].lost {
            return;
        }
        match self.controller.standing[broker] {
            Standing::Unfenced => self.contact(broker, reported),
            Standing::Fenced => self.heard(broker, Errand::Unfence, incarnation, reported),
            Standing::ShuttingDown(_) | Standing::Unregistered => {}
        }
    }

    /// A registration or a heartbeat that asks for something.
    pub fn heard(&mut self, broker: usize, errand: Errand, incarnation: u32, reported: u32) {
        if self.nodes[broker].incarnation != incarnation || self.nodes[broker].lost {
            return;
        }
        match errand {
            Errand::Register => self.register(broker, incarnation),
            Errand::Unfence => {
                self.contact(broker, reported);
                let answer = Answer::Unfenced;
                if self.controller.standing[broker] == Standing::Fenced {
                    self.unfence(broker);
                    self.reply_at_commit(broker, answer, incarnation);
                } else {
                    self.answer(broker, answer, incarnation);
                }
            }
            Errand::Stop => {
                self.contact(broker, reported);
                self.asks_to_stop(broker, incarnation);
            }
        }
    }

    /// M13.
    fn register(&mut self, broker: usize, incarnation: u32) {
        let session = self.active_config().broker_session_timeout.as_nanos();
        let standing = self.controller.standing[broker];
        let keeps = self.estate.nodes[self.controller.active]
            .behaviour
            .keeps_session_of_fenced;
        let heard_of = self.controller.contact[broker] + session > self.now;
        let another = self.controller.registered[broker] != incarnation;
        if another && heard_of && (standing.alive() || keeps) {
            self.answer(broker, Answer::Duplicate, incarnation);
            return;
        }
        if standing.alive() {
            self.fence(broker);
        }
        self.controller.registered[broker] = incarnation;
        self.controller.contact[broker] = self.now;
        self.controller.reported[broker] = 0;
        self.decide_standing(broker, Standing::Fenced);
        self.nodes[broker].registration = self.open_flush().number;
        self.reply_at_commit(broker, Answer::Registered, incarnation);
    }

    /// M11.
    fn asks_to_stop(&mut self, broker: usize, incarnation: u32) {
        let leads = self.partitions.iter().any(|p| {
            p.decided
                .leader
                .is_some_and(|slot| p.replicas[slot].node == broker)
        });
        match self.controller.standing[broker] {
            Standing::Unfenced if leads => {
                let flush = self.open_flush().number;
                self.decide_standing(broker, Standing::ShuttingDown(flush));
                self.take_out(broker);
                self.reply_at_commit(broker, Answer::Wait, incarnation);
            }
            Standing::ShuttingDown(flush) if leads || !self.all_others_have(broker, flush) => {
                self.answer(broker, Answer::Wait, incarnation);
            }
            Standing::Unfenced | Standing::ShuttingDown(_) => {
                self.fence(broker);
                self.reply_at_commit(broker, Answer::Go, incarnation);
            }
            Standing::Fenced | Standing::Unregistered => {
                self.answer(broker, Answer::Go, incarnation);
            }
        }
    }

    /// M11: has every other unfenced broker that is not shutting down reported the shutdown commit?
    fn all_others_have(&self, broker: usize, flush: u32) -> bool {
        self.errs(Mistake::HastyShutdown)
            || (0..self.nodes.len()).all(|other| {
                other == broker
                    || self.controller.standing[other] != Standing::Unfenced
                    || self.controller.reported[other] >= flush
            })
    }

    // ------------------------------------------------------------------------------------ AlterPartition (M12)

    pub fn proposals_arrive(&mut self, broker: usize, incarnation: u32, proposals: Vec<Proposal>) {
        let mut answers = Vec::new();
        for proposal in proposals {
            let p = &self.partitions[proposal.partition];
            let decided = &p.decided;
            let verdict = if proposal.leader_epoch != decided.leader_epoch
                || proposal.partition_epoch != decided.partition_epoch
            {
                Verdict::Stale
            } else if proposal
                .isr
                .iter()
                .any(|&slot| !self.controller.standing[p.replicas[slot].node].good())
            {
                Verdict::Ineligible
            } else {
                let leader = decided.leader;
                self.decide(
                    proposal.partition,
                    leader,
                    proposal.isr.clone(),
                    Some(broker),
                );
                Verdict::Accepted(self.partitions[proposal.partition].decided.partition_epoch)
            };
            answers.push((proposal, verdict));
        }
        let accepted = answers
            .iter()
            .any(|(_, verdict)| matches!(verdict, Verdict::Accepted(_)));
        let reply = Reply::Proposals {
            broker,
            incarnation,
            answers,
        };
        let metadata = &mut self.metadata;
        let waiting = metadata.open.as_mut().or(metadata.appended.last_mut());
        if accepted {
            self.open_flush().replies.push(reply);
        } else if let Some(flush) = waiting {
            flush.replies.push(reply);
        } else {
            self.reply(reply);
        }
    }

    // ------------------------------------------------------------------------------------ answers

    fn reply_at_commit(&mut self, broker: usize, answer: Answer, incarnation: u32) {
        self.open_flush().replies.push(Reply::Broker {
            broker,
            answer,
            incarnation,
        });
    }

    fn answer(&mut self, broker: usize, answer: Answer, incarnation: u32) {
        self.reply(Reply::Broker {
            broker,
            answer,
            incarnation,
        });
    }

    pub fn reply(&mut self, reply: Reply) {
        match reply {
            Reply::Broker {
                broker,
                answer,
                incarnation,
            } => {
                if let Some(way) = self.way(self.controller.active, broker) {
                    self.after(
                        way,
                        Event::Answered {
                            broker,
                            answer,
                            incarnation,
                        },
                    );
                }
            }
            Reply::Proposals {
                broker,
                incarnation,
                answers,
            } => {
                if let Some(way) = self.way(self.controller.active, broker) {
                    self.after(
                        way,
                        Event::ProposalsAnswered {
                            broker,
                            incarnation,
                            answers,
                        },
                    );
                }
            }
        }
    }
}
