//! The metadata quorum: who is the active controller (KafkaRaftClient, LeaderState, FollowerState, CandidateState; KIP-595, KIP-996).
//!
//! A healthy quorum is silent: fetches of its followers are answered at each append, so the moment a follower last heard of its leader is
//! arithmetic. Events happen when a voter stops hearing.

mod elections;
mod succession;
mod voters;

use engine::{Span, Time, Timer};

use crate::event::Event;
use crate::ids::NodeIx;
use crate::world::World;

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

    /// Roles of all voters, for those who look from outside.
    pub fn voters(&self) -> impl Iterator<Item = (NodeIx, Role)> + '_ {
        self.quorum
            .voters
            .iter()
            .map(|voter| (voter.node, voter.role))
    }
}
