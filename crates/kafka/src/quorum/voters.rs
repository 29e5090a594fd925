//! Voters come, go, pause and lose touch; what their leader makes of it (KafkaRaftClient, LeaderState, FollowerState).

use engine::Span;

use super::Role;
use crate::event::{Event, Raft};
use crate::happening::Happening;
use crate::ids::NodeIx;
use crate::world::{Notice, World};

/// A voter that could not be reached is tried again within this (raft reconnect back-off, 50 to 500 ms).
const RECONNECT: Span = Span::millis(500);

impl World {
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
                } else if self.controller.active.is_none()
                    && self.nodes[node as usize].binary.behaviour.checks_quorum
                {
                    // Nobody has fetched for longer than it waits for that: it resigns (KAFKA-15489).
                    self.quorum.voters[at].role = Role::Unattached;
                    self.arm_election_timeout(at);
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
        self.a_followed_leader_goes_on();
    }

    /// A leader that was away and has a majority again, with nobody else elected meanwhile, goes on as the active controller.
    pub(super) fn a_followed_leader_goes_on(&mut self) {
        if self.controller.active.is_some() || self.quorum.taking_over.is_some() {
            return;
        }
        let leader = self
            .quorum
            .voters
            .iter()
            .filter(|voter| voter.role == Role::Leader && self.nodes[voter.node as usize].runs())
            .max_by_key(|voter| voter.epoch)
            .map(|voter| voter.node);
        if let Some(leader) = leader
            && self.majority_follows(leader)
        {
            self.activate_soon(leader);
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

    pub(super) fn majority_follows(&self, node: NodeIx) -> bool {
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
}
