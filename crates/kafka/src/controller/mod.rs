//! The active controller: the standing of brokers and the registration of partitions (specification M5–M13).
//!
//! | file | what |
//! |---|---|
//! | `mod.rs` | state; changing a partition; answers |
//! | `election.rs` | who becomes leader; preferred and unclean elections |
//! | `fencing.rs` | heartbeats, sessions, fencing and unfencing, registration |
//! | `controlled_shutdown.rs` | controlled shutdown |
//! | `alter_partition.rs` | AlterPartition |

mod alter_partition;
mod controlled_shutdown;
mod election;
mod fencing;

use engine::{Time, Timer};

use crate::grid::Grid;
use crate::ids::{NodeIx, PartitionIx, Slots};
use crate::metadata::{PartitionChange, Reply};
use crate::partition::Registration;
use crate::world::World;

/// The standing of a broker (BrokerHeartbeatManager).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It has never registered.
    Unregistered,
    /// Registered, not to lead, not to be told to clients.
    Fenced,
    /// At work.
    Unfenced,
    /// In controlled shutdown; the flush whose application by all others it waits for.
    ShuttingDown {
        /// The flush with its leaderships moved.
        flush: u32,
    },
}

impl Standing {
    /// Its replicas may lead and be in sync.
    pub fn good(self) -> bool {
        self == Standing::Unfenced
    }

    /// Clients are told of it.
    pub fn alive(self) -> bool {
        matches!(self, Standing::Unfenced | Standing::ShuttingDown { .. })
    }
}

/// What the active controller holds.
#[derive(Clone, Debug)]
pub(crate) struct Controller {
    /// The active one, while there is one.
    pub(crate) active: Option<NodeIx>,
    /// Standing of each node, as decided.
    pub(crate) standing: Vec<Standing>,
    /// The incarnation that is registered.
    pub(crate) registered: Vec<u32>,
    /// When each broker was last heard of, as far as stored: regular heartbeats are arithmetic on top of it.
    pub(crate) contact: Vec<Time>,
    /// The end of each session, once a broker has stopped beating.
    pub(crate) sessions: Vec<Timer>,
    /// Since when each broker's heartbeats are heard on its grid; `NEVER`: they are not.
    pub(crate) beats_since: Vec<Time>,
    /// When the periodic fencing looks (4.0 and later).
    pub(crate) fence_checks: Grid,
    /// When the periodic preferred-leader task looks (4.0 and later).
    pub(crate) balance_checks: Grid,
    /// The preferred-leader task.
    pub(crate) balance: Timer,
    /// The unclean-election task.
    pub(crate) unclean: Timer,
}

impl Controller {
    pub(crate) fn new(nodes: usize, fence_checks: Grid, balance_checks: Grid) -> Self {
        Self {
            active: None,
            standing: vec![Standing::Unregistered; nodes],
            registered: vec![0; nodes],
            contact: vec![Time::ZERO; nodes],
            sessions: vec![Timer::default(); nodes],
            beats_since: vec![Time::NEVER; nodes],
            fence_checks,
            balance_checks,
            balance: Timer::default(),
            unclean: Timer::default(),
        }
    }
}

/// What a decision makes of a partition; what it leaves out stays.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decision {
    pub(crate) leader: Option<u8>,
    pub(crate) isr: Slots,
    pub(crate) elr: Slots,
    pub(crate) last_known_leader: Option<u8>,
    /// The leader epoch grows even if the leader stays.
    pub(crate) bump: bool,
}

impl World {
    /// Writes a decision about a partition into the flush at hand (M5). Nothing happens if it changes nothing.
    pub(crate) fn decide(
        &mut self,
        partition: PartitionIx,
        decision: Decision,
        asked_by: Option<NodeIx>,
    ) {
        let before = self.partitions[partition as usize].decided;
        let shrinks = before.isr & !decision.isr != 0;
        let bump = decision.bump
            || decision.leader != before.leader
            || (shrinks
                && self.features.shrink_bumps
                && decision.leader.is_some()
                && (self.zookeeper.is_none() || asked_by.is_none()));
        let after = Registration {
            leader: decision.leader,
            isr: decision.isr,
            elr: decision.elr,
            last_known_leader: decision.last_known_leader,
            leader_epoch: before.leader_epoch + u32::from(bump),
            partition_epoch: before.partition_epoch + 1,
        };
        if (
            after.leader,
            after.isr,
            after.elr,
            after.last_known_leader,
            after.leader_epoch,
        ) == (
            before.leader,
            before.isr,
            before.elr,
            before.last_known_leader,
            before.leader_epoch,
        ) && asked_by.is_none()
        {
            return;
        }
        self.partitions[partition as usize].decided = after;
        let cause = self.clock.cause();
        let change = PartitionChange {
            partition,
            state: after,
            before,
            asked_by,
            cause,
        };
        self.open_flush().partitions.push(change);
    }

    /// Changes the standing of a broker in the flush at hand.
    pub(crate) fn decide_standing(&mut self, broker: NodeIx, standing: Standing) {
        let before = self.controller.standing[broker as usize];
        self.controller.standing[broker as usize] = standing;
        let cause = self.clock.cause();
        let incarnation = self.controller.registered[broker as usize];
        let change = crate::metadata::BrokerChange {
            broker,
            standing,
            before,
            incarnation,
            cause,
        };
        self.open_flush().brokers.push(change);
    }

    /// An answer that waits for the commit of the flush at hand.
    pub(crate) fn reply_at_commit(&mut self, reply: Reply) {
        self.open_flush().replies.push(reply);
    }

    /// An answer that was read from what is decided waits until that is committed (QuorumController.ControllerWriteEvent): if it never is, because the
    /// controller loses its office, there is no answer, and whoever asked asks the next controller. `false`: nothing is waiting to be committed.
    pub(crate) fn replies_with_what_is_decided(&mut self, reply: Reply) -> bool {
        if self.zookeeper.is_some() {
            return false;
        }
        let metadata = &mut self.metadata;
        if let Some(open) = &mut metadata.open {
            open.replies.push(reply);
        } else if let Some(last) = metadata.appended.back_mut() {
            std::sync::Arc::make_mut(last).replies.push(reply);
        } else {
            return false;
        }
        true
    }

    /// Sends an answer now.
    pub(crate) fn reply(&mut self, reply: Reply) {
        let Some(active) = self.controller.active else {
            return;
        };
        match reply {
            Reply::Heartbeat {
                broker,
                answer,
                incarnation,
            } => {
                if let Some(way) = self.way(active, broker) {
                    let event = crate::event::Event::Answered {
                        broker,
                        answer,
                        incarnation,
                    };
                    self.clock.schedule_after(way, event);
                } else {
                    // The answer does not get through.
                    self.nobody_answers(broker, incarnation);
                }
            }
            Reply::Proposals { broker } => self.answer_proposals(broker),
            Reply::Controller(next) => self.controller_goes_on(next),
        }
    }

    /// The replicas on a node, as (partition, slot).
    pub(crate) fn replicas_on(&self, node: NodeIx) -> std::sync::Arc<Vec<(PartitionIx, u8)>> {
        self.layout.replicas_on[node as usize].clone()
    }
}
