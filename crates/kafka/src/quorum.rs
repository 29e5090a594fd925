//! The metadata quorum: who is the active controller (KafkaRaftClient, LeaderState, FollowerState, CandidateState; KIP-595, KIP-996).
//!
//! A healthy quorum is silent: fetches of its followers are answered at each append, so the moment a follower last heard of its leader is
//! arithmetic. Events happen when a voter stops hearing.

use engine::{Span, Time, Timer};

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
/// A voter that could not be reached is tried again within this (raft reconnect back-off, 50 to 500 ms).
const RECONNECT: Span = Span::millis(500);
/// Steps of the binary exponential back-off of elections (KafkaRaftClient).
const ELECTION_BACKOFF_STEP: Span = Span::millis(100);

/// The role of a voter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// No process.
    Gone,
    /// It knows of no leader.
    Unattached,
    /// It follows.
    Follower(NodeIx),
    /// It asks whether others would vote for it (KIP-996).
    Prospective,
    /// It stands for election.
    Candidate,
    /// It lost or gave up an election and waits.
    BackingOff,
    /// It leads.
    Leader,
}

/// One voter.
#[derive(Clone, Debug)]
pub(crate) struct Voter {
    pub(crate) node: NodeIx,
    pub(crate) role: Role,
    pub(crate) epoch: u32,
    pub(crate) voted: Option<NodeIx>,
    granted: u64,
    refused: u64,
    retries: u32,
    draws: u64,
    timer: Timer,
    /// Voters it has a connection to, as a set of voter numbers.
    contacts: u64,
}

impl Voter {
    /// Is this ticket of its timer still good?
    pub(crate) fn fires(&mut self, ticket: engine::Ticket) -> bool {
        self.timer.fire(ticket)
    }
}

/// The quorum.
#[derive(Clone, Debug)]
pub(crate) struct Quorum {
    pub(crate) voters: Vec<Voter>,
    /// Counts activations.
    pub(crate) term: u32,
    /// When the active controller was lost.
    pub(crate) lost_since: Option<Time>,
    /// A leader that has not taken over yet.
    pub(crate) taking_over: Option<NodeIx>,
}

impl Quorum {
    pub(crate) fn new(nodes: &[NodeIx], leader: NodeIx) -> Self {
        let voters = nodes
            .iter()
            .map(|&node| Voter {
                node,
                role: if node == leader {
                    Role::Leader
                } else {
                    Role::Follower(leader)
                },
                epoch: 1,
                voted: Some(leader),
                granted: 0,
                refused: 0,
                retries: 0,
                draws: 0,
                timer: Timer::default(),
                contacts: 0,
            })
            .collect();
        Self {
            voters,
            term: 0,
            lost_since: None,
            taking_over: None,
        }
    }

    pub(crate) fn majority(&self) -> usize {
        self.voters.len() / 2 + 1
    }

    fn at(&self, node: NodeIx) -> Option<usize> {
        self.voters.iter().position(|voter| voter.node == node)
    }
}

impl World {
    /// The way to the fastest voters that make a majority with the leader, and back; `None` without a majority.
    pub(crate) fn quorum_round_trip(&self) -> Option<Span> {
        let active = self.controller.active?;
        if self.zookeeper.is_some() {
            // Reads and conditional writes of ZooKeeper: two round trips.
            let there = self.reaches_ensemble(active) && self.nodes[active as usize].runs();
            return there.then(|| self.estate.latency.saturating_mul(4));
        }
        let mut ways: Vec<Span> = self
            .quorum
            .voters
            .iter()
            .filter(|voter| {
                voter.node != active
                    && voter.role == Role::Follower(active)
                    && self.nodes[voter.node as usize].runs()
            })
            .filter_map(|voter| self.way(active, voter.node))
            .collect();
        ways.sort_unstable();
        let needed = self.quorum.majority() - 1;
        if needed == 0 {
            return Some(Span::ZERO);
        }
        ways.get(needed - 1).map(|way| way.saturating_mul(2))
    }

    /// The settings of the active controller.
    pub(crate) fn active_config(&self) -> &crate::config::NodeConfig {
        &self.nodes[self.active_or_first() as usize].binary.config
    }

    pub(crate) fn active_behaviour(&self) -> crate::behaviour::NodeBehaviour {
        self.nodes[self.active_or_first() as usize].binary.behaviour
    }

    fn active_or_first(&self) -> NodeIx {
        let first = self.estate.voters.first().copied();
        self.controller.active.or(first).unwrap_or(0)
    }

    fn voter_draw(&mut self, at: usize, n: u64) -> u64 {
        let voter = &mut self.quorum.voters[at];
        let draw = voter.draws;
        voter.draws += 1;
        let key = self.layout.keys.raft[voter.node as usize];
        self.draw(key, draw, n)
    }

    /// When a follower last heard of its leader: answers come with each append, the last of them a NoOp or flush.
    fn last_heard(&self, from: Time) -> Time {
        let noops = self.metadata.noops;
        noops.at(noops.last(from))
    }

    /// Arms the time-out of a follower that may have stopped hearing.
    fn arm_fetch_timeout(&mut self, at: usize, heard: Time) {
        let node = self.quorum.voters[at].node;
        let timeout = self.nodes[node as usize].binary.config.quorum_fetch_timeout;
        let due = heard.saturating_add(timeout).max(self.clock.now());
        let voter = &mut self.quorum.voters[at];
        self.clock
            .arm(&mut voter.timer, due, |ticket| Event::VoterTimer {
                node,
                ticket,
            });
    }

    /// `controller.quorum.election.timeout.ms` and as much again at random.
    fn arm_election_timeout(&mut self, at: usize) {
        let node = self.quorum.voters[at].node;
        let base = self.nodes[node as usize]
            .binary
            .config
            .quorum_election_timeout
            .as_nanos();
        let extra = self.voter_draw(at, base);
        let due = self.clock.now().saturating_add(Span::nanos(base + extra));
        let voter = &mut self.quorum.voters[at];
        self.clock
            .arm(&mut voter.timer, due, |ticket| Event::VoterTimer {
                node,
                ticket,
            });
    }

    // ------------------------------------------------------------------------------------ voters come and go

    /// The process of a voter ends.
    pub(crate) fn voter_gone(&mut self, node: NodeIx) {
        let Some(at) = self.quorum.at(node) else {
            return;
        };
        let was = self.quorum.voters[at].role;
        let voter = &mut self.quorum.voters[at];
        voter.role = Role::Gone;
        voter.timer.cancel();
        voter.contacts = 0;
        let me = 1u64 << at;
        for voter in &mut self.quorum.voters {
            voter.contacts &= !me;
        }
        if was == Role::Leader {
            self.leader_lost(node);
        } else {
            self.check_majority();
        }
    }

    /// A voter's process is paused.
    pub(crate) fn voter_pauses(&mut self, node: NodeIx) {
        let Some(at) = self.quorum.at(node) else {
            return;
        };
        if self.quorum.voters[at].role == Role::Leader {
            self.leader_lost(node);
        } else {
            self.check_majority();
        }
    }

    /// A paused voter goes on: it has heard nothing for long.
    pub(crate) fn voter_resumes(&mut self, node: NodeIx) {
        let Some(at) = self.quorum.at(node) else {
            return;
        };
        match self.quorum.voters[at].role {
            Role::Leader if self.controller.active != Some(node) => {
                // Others have moved on, or will: it finds out with its next exchange.
                if let Some(leader) = self.elected_leader_other_than(node) {
                    self.follow(at, leader);
                } else if self.quorum.taking_over.is_none()
                    && self.controller.active.is_none()
                    && self.majority_follows(node)
                {
                    self.activate_soon(node);
                }
            }
            Role::Follower(leader) if leader != node => {
                if self.controller.active == Some(leader) && self.way(leader, node).is_some() {
                    self.quorum.voters[at].timer.cancel();
                    self.check_majority();
                } else {
                    self.arm_fetch_timeout(at, self.clock.now());
                }
            }
            _ => {}
        }
    }

    fn elected_leader_other_than(&self, node: NodeIx) -> Option<NodeIx> {
        self.quorum
            .voters
            .iter()
            .filter(|voter| {
                voter.node != node
                    && voter.role == Role::Leader
                    && self.nodes[voter.node as usize].runs()
            })
            .max_by_key(|voter| voter.epoch)
            .map(|voter| voter.node)
    }

    fn majority_follows(&self, node: NodeIx) -> bool {
        let with = self
            .quorum
            .voters
            .iter()
            .filter(|voter| {
                voter.node == node
                    || voter.role == Role::Follower(node)
                        && self.nodes[voter.node as usize].runs()
                        && self.way(node, voter.node).is_some()
            })
            .count();
        with >= self.quorum.majority()
    }

    /// A voter's process has started.
    pub(crate) fn voter_starts(&mut self, node: NodeIx) {
        let Some(at) = self.quorum.at(node) else {
            return;
        };
        self.quorum.voters[at].role = Role::Unattached;
        if let Some(leader) = self.controller.active.or(self.quorum.taking_over)
            && leader != node
            && self.way(leader, node).is_some()
            && self.nodes[leader as usize].runs()
        {
            self.follow(at, leader);
            self.check_majority();
            return;
        }
        self.arm_election_timeout(at);
        // Candidates try it again and again: one of their attempts succeeds soon.
        for other in 0..self.quorum.voters.len() {
            let from = self.quorum.voters[other].node;
            if other != at
                && matches!(
                    self.quorum.voters[other].role,
                    Role::Candidate | Role::Prospective
                )
                && self.nodes[from as usize].runs()
                && let Some(way) = self.way(from, node)
            {
                let pre = self.quorum.voters[other].role == Role::Prospective;
                let epoch = self.quorum.voters[other].epoch;
                let wait =
                    Span::nanos(self.voter_draw(other, RECONNECT.as_nanos())).saturating_add(way);
                self.clock.schedule_after(
                    wait,
                    Event::Raft {
                        from,
                        to: node,
                        message: Raft::Vote { epoch, pre },
                    },
                );
            }
        }
    }

    /// A graceful stop: the leader tells the others (EndQuorumEpoch); the best of them stands at once.
    pub(crate) fn voter_resigns(&mut self, node: NodeIx) {
        let Some(at) = self.quorum.at(node) else {
            return;
        };
        if self.quorum.voters[at].role != Role::Leader {
            return;
        }
        let epoch = self.quorum.voters[at].epoch;
        self.quorum.voters[at].role = Role::Unattached;
        self.controller_lost(node);
        for other in self.quorum.voters.clone() {
            if other.node != node
                && let Some(way) = self.way(node, other.node)
            {
                self.clock.schedule_after(
                    way,
                    Event::Raft {
                        from: node,
                        to: other.node,
                        message: Raft::End { epoch },
                    },
                );
            }
        }
    }

    /// The leader is gone without a word: its followers time out.
    fn leader_lost(&mut self, node: NodeIx) {
        let heard = self.last_heard(self.clock.now());
        self.controller_lost(node);
        for at in 0..self.quorum.voters.len() {
            if self.quorum.voters[at].role == Role::Follower(node) {
                self.arm_fetch_timeout(at, heard);
            }
        }
    }

    /// There is no active controller any more: what it had decided and not committed is lost.
    pub(crate) fn controller_lost(&mut self, node: NodeIx) {
        if self.quorum.taking_over == Some(node) {
            self.quorum.taking_over = None;
        }
        if self.controller.active != Some(node) {
            return;
        }
        self.clock.note(Happening::ControllerLost(node));
        for broker in 0..self.nodes.len() as NodeIx {
            self.controller.contact[broker as usize] = self.last_contact(broker);
            self.controller.sessions[broker as usize].cancel();
        }
        self.controller.active = None;
        self.controller.balance.cancel();
        self.controller.unclean.cancel();
        self.quorum.lost_since = Some(self.clock.now());
        self.take_back_uncommitted();
        self.notices.push(Notice::ControllerLost(node));
    }

    /// The leader looks whether a majority still follows (3.7 and later: it resigns when none has for 1.5 fetch time-outs).
    pub(crate) fn check_majority(&mut self) {
        let Some(active) = self.controller.active.or(self.quorum.taking_over) else {
            return;
        };
        let Some(at) = self.quorum.at(active) else {
            return;
        };
        if self.majority_follows(active) {
            self.quorum.voters[at].timer.cancel();
            self.commit_what_waits();
            return;
        }
        if !self.nodes[active as usize].binary.behaviour.checks_quorum
            || self.quorum.voters[at].timer.is_armed()
        {
            return;
        }
        self.clock.note(Happening::QuorumLost);
        let wait = self.nodes[active as usize]
            .binary
            .config
            .quorum_fetch_timeout
            .as_nanos()
            / 2
            * 3;
        let due = self.clock.now().saturating_add(Span::nanos(wait));
        let voter = &mut self.quorum.voters[at];
        self.clock
            .arm(&mut voter.timer, due, |ticket| Event::VoterTimer {
                node: active,
                ticket,
            });
    }

    /// Links between voters changed.
    pub(crate) fn quorum_links_changed(&mut self) {
        let leader = self.controller.active.or(self.quorum.taking_over);
        let now = self.clock.now();
        for at in 0..self.quorum.voters.len() {
            let node = self.quorum.voters[at].node;
            if let (Role::Follower(followed), Some(leader)) = (self.quorum.voters[at].role, leader)
                && followed == leader
            {
                if self.way(leader, node).is_none() {
                    if !self.quorum.voters[at].timer.is_armed() {
                        self.arm_fetch_timeout(at, self.last_heard(now));
                    }
                } else if self.nodes[node as usize].runs() {
                    self.quorum.voters[at].timer.cancel();
                }
            }
        }
        self.check_majority();
        self.elected_reach_others();
    }

    /// After a link is mended, voters that know of no leader find the one that there is.
    fn elected_reach_others(&mut self) {
        let Some(leader) = self.controller.active else {
            return;
        };
        for at in 0..self.quorum.voters.len() {
            let node = self.quorum.voters[at].node;
            let lost = matches!(
                self.quorum.voters[at].role,
                Role::Unattached | Role::Prospective | Role::Candidate | Role::BackingOff
            ) || matches!(self.quorum.voters[at].role, Role::Follower(other) if other != leader)
                || (self.quorum.voters[at].role == Role::Leader && node != leader);
            if lost && self.nodes[node as usize].runs() && self.way(leader, node).is_some() {
                let behind = self.quorum.voters[at].epoch <= self.epoch_of(leader);
                if behind {
                    self.follow(at, leader);
                }
            }
        }
        self.check_majority();
    }

    fn epoch_of(&self, node: NodeIx) -> u32 {
        self.quorum
            .at(node)
            .map_or(0, |at| self.quorum.voters[at].epoch)
    }

    fn follow(&mut self, at: usize, leader: NodeIx) {
        let epoch = self.epoch_of(leader).max(self.quorum.voters[at].epoch);
        let leader_at = self.quorum.at(leader);
        let voter = &mut self.quorum.voters[at];
        voter.role = Role::Follower(leader);
        voter.epoch = epoch;
        voter.retries = 0;
        voter.timer.cancel();
        if let Some(leader_at) = leader_at {
            voter.contacts |= 1 << leader_at;
            self.quorum.voters[leader_at].contacts |= 1 << at;
        }
    }

    // ------------------------------------------------------------------------------------ elections

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

    fn stand(&mut self, at: usize) {
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
            Raft::Begin { epoch } => {
                if epoch >= self.quorum.voters[at].epoch
                    && self.quorum.voters[at].role != Role::Leader
                    || epoch > self.quorum.voters[at].epoch
                {
                    self.quorum.voters[at].epoch = epoch;
                    self.follow(at, from);
                    self.check_majority();
                }
            }
            Raft::End { epoch } => {
                if self.quorum.voters[at].role == Role::Follower(from)
                    && self.quorum.voters[at].epoch == epoch
                {
                    // The first of the successors stands at once, the others after a while.
                    let first = self
                        .quorum
                        .voters
                        .iter()
                        .find(|voter| {
                            voter.role == Role::Follower(from)
                                && self.nodes[voter.node as usize].runs()
                        })
                        .is_some_and(|voter| voter.node == to);
                    if first {
                        self.stand(at);
                    } else {
                        let wait = self.voter_draw(at, ELECTION_BACKOFF_STEP.as_nanos() * 10);
                        let due = self.clock.now().saturating_add(Span::nanos(wait));
                        let voter = &mut self.quorum.voters[at];
                        self.clock
                            .arm(&mut voter.timer, due, |ticket| Event::VoterTimer {
                                node: to,
                                ticket,
                            });
                    }
                }
            }
        }
    }

    /// Does a voter vote for this one?
    fn votes(&mut self, at: usize, candidate: NodeIx, epoch: u32, pre: bool) -> bool {
        let me = &self.quorum.voters[at];
        if pre {
            // KIP-996: not while it hears of a leader.
            let hears = match me.role {
                Role::Leader => true,
                Role::Follower(leader) => {
                    self.nodes[leader as usize].runs()
                        && self.way(leader, me.node).is_some()
                        && self.epoch_of(leader) >= me.epoch
                }
                _ => false,
            };
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

    fn activate_soon(&mut self, node: NodeIx) {
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
        // What had been committed and not told yet is told with the first append of the new epoch.
        self.release();
        self.watch_balance_after_activation();
        self.notices.push(Notice::ControllerActive(node));
        self.voters_replay();
        for at in 0..self.quorum.voters.len() {
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

    /// Roles of all voters, for those who look from outside.
    pub fn voters(&self) -> impl Iterator<Item = (NodeIx, Role)> + '_ {
        self.quorum
            .voters
            .iter()
            .map(|voter| (voter.node, voter.role))
    }
}
