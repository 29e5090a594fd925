//! Elections: who stands, who votes, who wins and takes over (CandidateState, ProspectiveState; KIP-996).

use engine::{Span, Time};

use super::Role;
use crate::event::{Event, Raft};
use crate::grid::Grid;
use crate::happening::Happening;
use crate::ids::NodeIx;
use crate::world::{Notice, World};

/// The first message between two voters that had no connection takes this much longer: it has to be set up, by code that has not run
/// yet. *Assumed*; the first vote was split in 8 of 8 observed elections although the time-outs were 2 to 50 ms apart (`observed/`).
const FIRST_CONTACT: (Span, Span) = (Span::millis(10), Span::millis(60));
/// A new leader has its epoch's first record committed and takes over this long after its election.
const ACTIVATION: (Span, Span) = (Span::millis(20), Span::millis(100));
/// Steps of the binary exponential back-off of elections (KafkaRaftClient).
const ELECTION_BACKOFF_STEP: Span = Span::millis(100);

impl World {
    /// A voter's timer.
    pub(crate) fn voter_timer(&mut self, node: NodeIx) {
        let Some(at) = self.quorum.at(node) else {
            return;
        };
        match self.quorum.voters[at].role {
            Role::Follower(_) | Role::Unattached => self.stand(at),
            Role::Prospective => {
                // Nobody objects and too few answer: it asks again.
                self.stand(at);
            }
            Role::Candidate => self.back_off_from_election(at),
            Role::BackingOff => self.stand(at),
            Role::Leader => {
                if !self.majority_follows(node) {
                    self.quorum.voters[at].role = Role::Unattached;
                    self.controller_lost(node);
                    self.arm_election_timeout(at);
                }
            }
            Role::Gone => {}
        }
    }

    pub(super) fn stand(&mut self, at: usize) {
        let node = self.quorum.voters[at].node;
        self.clock.note(Happening::StandsForElection(node));
        let asks_first = self.nodes[node as usize].binary.behaviour.pre_votes;
        self.ask_for_votes(at, asks_first);
    }

    fn ask_for_votes(&mut self, at: usize, pre: bool) {
        let node = self.quorum.voters[at].node;
        let me = &mut self.quorum.voters[at];
        me.granted = 1 << at;
        me.refused = 0;
        if pre {
            me.role = Role::Prospective;
        } else {
            me.role = Role::Candidate;
            me.epoch += 1;
            me.voted = Some(node);
        }
        let epoch = me.epoch;
        if self.quorum.majority() == 1 {
            self.wins(at, pre);
            return;
        }
        self.arm_election_timeout(at);
        for other in 0..self.quorum.voters.len() {
            if other != at {
                self.send_raft(at, other, Raft::Vote { epoch, pre });
            }
        }
    }

    fn send_raft(&mut self, from: usize, to: usize, message: Raft) {
        let (a, b) = (self.quorum.voters[from].node, self.quorum.voters[to].node);
        let Some(way) = self.way(a, b) else { return };
        if self.quorum.voters[to].role == Role::Gone {
            return;
        }
        let mut wait = way;
        if self.quorum.voters[from].contacts & (1 << to) == 0 {
            let spread = FIRST_CONTACT.1.as_nanos() - FIRST_CONTACT.0.as_nanos();
            let extra = self.voter_draw(from, spread);
            wait = wait
                .saturating_add(way.saturating_mul(4))
                .saturating_add(FIRST_CONTACT.0)
                .saturating_add(Span::nanos(extra));
            self.quorum.voters[from].contacts |= 1 << to;
        }
        self.clock.schedule_after(
            wait,
            Event::Raft {
                from: a,
                to: b,
                message,
            },
        );
    }

    /// A message between voters arrives.
    pub(crate) fn raft(&mut self, from: NodeIx, to: NodeIx, message: Raft) {
        let (Some(sender), Some(at)) = (self.quorum.at(from), self.quorum.at(to)) else {
            return;
        };
        if self.quorum.voters[at].role == Role::Gone
            || !self.nodes[to as usize].runs()
            || self.way(from, to).is_none()
        {
            return;
        }
        match message {
            Raft::Vote { epoch, pre } => {
                if pre && !self.nodes[to as usize].binary.behaviour.pre_votes {
                    self.send_raft(at, sender, Raft::NoPreVote { epoch });
                    return;
                }
                let leads = self.quorum.voters[at].role == Role::Leader;
                if pre && leads && epoch <= self.quorum.voters[at].epoch {
                    // Its refusal says who leads (KafkaRaftClient.maybeHandleCommonResponse).
                    let epoch = self.quorum.voters[at].epoch;
                    self.send_raft(at, sender, Raft::Begin { epoch });
                    return;
                }
                let granted = self.votes(at, from, epoch, pre);
                self.send_raft(
                    at,
                    sender,
                    Raft::Voted {
                        epoch,
                        pre,
                        granted,
                    },
                );
            }
            Raft::Voted {
                epoch,
                pre,
                granted,
            } => self.vote_arrives(at, sender, epoch, pre, granted),
            Raft::NoPreVote { epoch } => {
                // "transitioning to Candidate state immediately since at least one voter doesn't support PreVote".
                let me = &self.quorum.voters[at];
                if me.role == Role::Prospective && me.epoch == epoch {
                    self.ask_for_votes(at, false);
                }
            }
            Raft::Begin { epoch } => {
                if epoch >= self.quorum.voters[at].epoch
                    && self.quorum.voters[at].role != Role::Leader
                    || epoch > self.quorum.voters[at].epoch
                {
                    self.quorum.voters[at].epoch = epoch;
                    self.follow(at, from);
                    self.check_majority();
                    self.a_followed_leader_goes_on();
                }
            }
            Raft::End { epoch } => {
                if self.quorum.voters[at].role == Role::Follower(from)
                    && self.quorum.voters[at].epoch == epoch
                {
                    self.stands_in_turn(at, from);
                }
            }
        }
    }

    /// Does a voter vote for this one?
    fn votes(&mut self, at: usize, candidate: NodeIx, epoch: u32, pre: bool) -> bool {
        let me = &self.quorum.voters[at];
        if pre {
            // KIP-996: a follower that has fetched from its leader refuses until it times out itself, whatever became of that leader; one
            // that has resigned does not (FollowerState.canGrantVote, ResignedState.canGrantVote of 4.1).
            let hears = matches!(me.role, Role::Leader | Role::Follower(_));
            return !hears && epoch >= me.epoch;
        }
        if epoch < me.epoch
            || (epoch == me.epoch && me.voted.is_some_and(|voted| voted != candidate))
        {
            return false;
        }
        let was_leader = me.role == Role::Leader;
        let node = me.node;
        let me = &mut self.quorum.voters[at];
        me.epoch = epoch;
        me.voted = Some(candidate);
        me.role = Role::Unattached;
        if was_leader {
            self.controller_lost(node);
        }
        self.arm_election_timeout(at);
        true
    }

    fn vote_arrives(&mut self, at: usize, from: usize, epoch: u32, pre: bool, granted: bool) {
        let me = &mut self.quorum.voters[at];
        let asked = if pre {
            Role::Prospective
        } else {
            Role::Candidate
        };
        if me.role != asked || me.epoch != epoch {
            return;
        }
        if granted {
            me.granted |= 1 << from;
        } else {
            me.refused |= 1 << from;
        }
        let majority = self.quorum.majority() as u32;
        let me = &self.quorum.voters[at];
        if me.granted.count_ones() >= majority {
            self.wins(at, pre);
        } else if me.refused.count_ones() > self.quorum.voters.len() as u32 - majority {
            self.back_off_from_election(at);
        }
    }

    fn wins(&mut self, at: usize, pre: bool) {
        if pre {
            self.ask_for_votes(at, false);
            return;
        }
        let node = self.quorum.voters[at].node;
        let me = &mut self.quorum.voters[at];
        me.role = Role::Leader;
        me.retries = 0;
        me.timer.cancel();
        let epoch = me.epoch;
        for other in 0..self.quorum.voters.len() {
            if other != at {
                self.send_raft(at, other, Raft::Begin { epoch });
            }
        }
        self.activate_soon(node);
    }

    pub(super) fn activate_soon(&mut self, node: NodeIx) {
        let Some(at) = self.quorum.at(node) else {
            return;
        };
        self.quorum.taking_over = Some(node);
        let spread = ACTIVATION.1.as_nanos() - ACTIVATION.0.as_nanos();
        let wait = ACTIVATION.0.as_nanos() + self.voter_draw(at, spread);
        let due = self.clock.now().saturating_add(Span::nanos(wait));
        self.clock.schedule(
            due,
            Event::Raft {
                from: node,
                to: node,
                message: Raft::Begin {
                    epoch: self.epoch_of(node),
                },
            },
        );
    }

    /// The new leader takes over, once a majority follows it.
    pub(crate) fn takes_over(&mut self, node: NodeIx, epoch: u32) {
        let Some(at) = self.quorum.at(node) else {
            return;
        };
        if self.quorum.taking_over != Some(node)
            || self.quorum.voters[at].role != Role::Leader
            || self.epoch_of(node) != epoch
        {
            return;
        }
        if !self.nodes[node as usize].runs() {
            return;
        }
        if !self.majority_follows(node) {
            self.clock.schedule_after(
                Span::millis(20),
                Event::Raft {
                    from: node,
                    to: node,
                    message: Raft::Begin { epoch },
                },
            );
            return;
        }
        self.quorum.taking_over = None;
        self.activate(node);
    }

    fn activate(&mut self, node: NodeIx) {
        if self.replays(node) {
            return;
        }
        let now = self.clock.now();
        self.clock.note(Happening::ControllerActive(node));
        self.controller.active = Some(node);
        self.quorum.term += 1;
        self.quorum.lost_since = None;
        let config = self.nodes[node as usize].binary.config.clone();
        self.metadata.noops = Grid::new(now, config.metadata_max_idle);
        self.metadata.release.cancel();
        self.controller.fence_checks = Grid::new(
            now,
            Span::nanos(config.broker_session_timeout.as_nanos() / 8),
        );
        self.controller.balance_checks = Grid::new(now, config.leader_imbalance_check_interval);
        for broker in 0..self.nodes.len() as NodeIx {
            let reaches = self.way(node, broker).is_some();
            let beats = self.nodes[broker as usize].process == crate::node::Process::Running
                && self.nodes[broker as usize].runs();
            self.controller.beats_since[broker as usize] =
                if self.estate.nodes[broker as usize].broker && reaches && beats {
                    now
                } else {
                    Time::NEVER
                };
        }
        self.rearm_sessions();
        self.fenced_brokers_ask();
        // What had been committed and not told yet is told with the first append of the new epoch.
        self.release();
        self.those_behind_hear(node);
        self.watch_balance_after_activation();
        self.notices.push(Notice::ControllerActive(node));
        self.voters_replay();
        for at in 0..self.quorum.voters.len() {
            let voter = &self.quorum.voters[at];
            if voter.role == Role::Follower(node)
                && self.nodes[voter.node as usize].runs()
                && self.way(node, voter.node).is_some()
            {
                // It fetches again, from a leader that was away.
                self.quorum.voters[at].timer.cancel();
            }
            if self.quorum.voters[at].role == Role::Unattached
                && self.nodes[self.quorum.voters[at].node as usize].runs()
            {
                self.follow(at, node);
            }
        }
    }

    fn back_off_from_election(&mut self, at: usize) {
        let node = self.quorum.voters[at].node;
        let me = &mut self.quorum.voters[at];
        me.role = Role::BackingOff;
        me.retries += 1;
        let steps = 2u64 << (me.retries - 1).min(9);
        let max = self.nodes[node as usize]
            .binary
            .config
            .quorum_election_backoff_max;
        let wait = self.voter_draw(at, steps) * ELECTION_BACKOFF_STEP.as_nanos();
        let due = self.clock.now().saturating_add(Span::nanos(wait).min(max));
        let voter = &mut self.quorum.voters[at];
        self.clock
            .arm(&mut voter.timer, due, |ticket| Event::VoterTimer {
                node,
                ticket,
            });
    }
}
