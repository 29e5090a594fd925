//! A cluster in ZooKeeper mode (2.4 … 3.9): the metadata is in ZooKeeper, and one of the brokers is the controller.
//!
//! Leaders, followers, the high watermark and clients are what they are in KRaft mode. What differs is who decides (the broker that holds
//! `/controller`), how a broker learns (requests of the controller instead of the metadata log) and how its death is noticed (its session
//! with ZooKeeper ends). Rules Z1–Z20 of `docs/specification.md`.
//!
//! | file | what |
//! |---|---|
//! | `mod.rs` | state, events |
//! | `session.rs` | sessions, ephemeral znodes, the ensemble |
//! | `life.rs` | start and stop of a broker's process |
//! | `controller.rs` | who is the controller; its failover; brokers that come and go |
//! | `requests.rs` | LeaderAndIsr, UpdateMetadata and StopReplica: the queues of the controller |
//! | `handling.rs` | what a broker does with them |
//! | `fetch.rs` | fetches that a leader cannot read |
//! | `shutdown.rs` | ControlledShutdown |
//! | `isr.rs` | ISR changes through ZooKeeper, before 2.7; their notification |
//! | `picture.rs` | what brokers show of the cluster |
//! | `balance.rs` | automatic election of preferred leaders |
//! | `wire.rs`, `config.rs` | which version of a request is sent, who can read it; settings |
//! | `findings.rs` | what a rehearsal may want to tell of it |

mod balance;
mod config;
mod controller;
mod fetch;
mod findings;
mod handling;
mod isr;
mod life;
mod picture;
mod requests;
mod session;
mod shutdown;
pub mod wire;

use engine::{Key, Span, Streams, Ticket, Time};

pub use config::{Protocol, ZooKeeperConfig, protocol};
pub use findings::{ClosedChannel, Refusal, Refused};

use crate::estate::{Ensemble, Estate};
use crate::grid::Grid;
use crate::ids::NodeIx;
use crate::world::World;
use requests::Queue;
use session::Session;

/// `tickTime` of ZooKeeper's sample configuration and of Kafka's `zookeeper.properties`: sessions end at its multiples
/// (ExpiryQueue.roundToNextInterval).
const TICK: Span = Span::secs(2);

/// A number of a flush that no broker has been told of: an ISR that a leader wrote to ZooKeeper itself (Z14).
pub(crate) const UNPUBLISHED: u32 = u32::MAX;

/// Something that happens in ZooKeeper mode only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// ZooKeeper ends a session (Z2).
    SessionEnds {
        /// Whose.
        node: NodeIx,
        /// Of its timer.
        ticket: Ticket,
    },
    /// A stopping broker closes its session (Z3).
    SessionCloses {
        /// Whose.
        node: NodeIx,
        /// Of which process.
        incarnation: u32,
    },
    /// A broker whose session ended while it ran registers again (Z3).
    RegistersAgain {
        /// Which.
        node: NodeIx,
        /// Which process.
        incarnation: u32,
    },
    /// A broker tries to create `/controller` (Z4).
    Elect {
        /// Which.
        node: NodeIx,
        /// The epoch of the controller before.
        epoch: u32,
    },
    /// A new controller has read everything (Z5).
    Ready {
        /// Which.
        node: NodeIx,
        /// Its epoch.
        epoch: u32,
    },
    /// The controller reads which brokers there are (Z6).
    BrokerChange {
        /// The controller's epoch.
        epoch: u32,
    },
    /// A request of the controller arrives, or is tried again (Z8).
    Request {
        /// At whom.
        broker: NodeIx,
        /// Of its queue.
        ticket: Ticket,
    },
    /// A broker's question for leave to stop arrives at the controller (Z11).
    AsksToStop {
        /// Who asks.
        broker: NodeIx,
        /// Which process.
        incarnation: u32,
    },
    /// The answer arrives (Z11).
    MayStop {
        /// Who asked.
        broker: NodeIx,
        /// Which process.
        incarnation: u32,
        /// It may.
        yes: bool,
    },
    /// A leader tells the controller of ISRs that it changed (Z14).
    Notifies {
        /// Which broker.
        broker: NodeIx,
        /// Of its timer.
        ticket: Ticket,
    },
}

impl Step {
    pub(crate) fn digest(self) -> [u64; 2] {
        let pair = |kind: u64, a: u32, b: u32| [kind, (u64::from(a) << 32) | u64::from(b)];
        match self {
            Step::SessionEnds { node, ticket } => pair(1, node, ticket.as_u32()),
            Step::SessionCloses { node, incarnation } => pair(2, node, incarnation),
            Step::RegistersAgain { node, incarnation } => pair(3, node, incarnation),
            Step::Elect { node, epoch } => pair(4, node, epoch),
            Step::Ready { node, epoch } => pair(5, node, epoch),
            Step::BrokerChange { epoch } => pair(6, epoch, 0),
            Step::Request { broker, ticket } => pair(7, broker, ticket.as_u32()),
            Step::AsksToStop {
                broker,
                incarnation,
            } => pair(8, broker, incarnation),
            Step::MayStop {
                broker,
                incarnation,
                yes,
            } => pair(9 + u64::from(yes), broker, incarnation),
            Step::Notifies { broker, ticket } => pair(11, broker, ticket.as_u32()),
        }
    }
}

/// What a broker has been told by controllers, and what it does for itself.
#[derive(Clone, Debug)]
pub(crate) struct Side {
    /// The last state change that it was told of by UpdateMetadata: what it tells clients.
    pub(crate) picture: u32,
    /// It has had an UpdateMetadata with partitions since it started; else it tells clients nothing.
    pub(crate) knows: bool,
    /// The controller, as far as it was told.
    pub(crate) controller: Option<NodeIx>,
    /// It has not had its first LeaderAndIsr since it started: what it holds has no epoch yet.
    pub(crate) fresh: bool,
    /// Questions for leave to stop that are left.
    pub(crate) questions: u64,
    /// A question is with the controller.
    pub(crate) asking: bool,
    /// It may go.
    pub(crate) leaving: bool,
    /// It cannot change an ISR because it cannot reach who decides.
    pub(crate) stuck: bool,
    /// ISRs that it changed in ZooKeeper and has not told the controller of.
    pub(crate) isr: isr::Notification,
    /// Fetches that were being handled when epochs changed (Z13).
    pub(crate) raced: Vec<(u32, u8)>,
}

/// ZooKeeper and what goes with it.
#[derive(Clone, Debug)]
pub(crate) struct ZooKeeper {
    /// Its servers.
    pub(crate) servers: Vec<NodeIx>,
    /// A majority of them works.
    pub(crate) up: bool,
    /// When sessions can end.
    pub(crate) ticks: Grid,
    /// By node.
    pub(crate) sessions: Vec<Session>,
    /// The broker with `/controller`.
    pub(crate) holder: Option<NodeIx>,
    /// `/controller_epoch`.
    pub(crate) epoch: u32,
    /// By broker: what the controller has still to tell it.
    pub(crate) queues: Vec<Queue>,
    /// By node.
    pub(crate) sides: Vec<Side>,
    /// Topics have ids: a controller with 2.8-IV0 or later has been at work (KIP-516).
    pub(crate) topic_ids: bool,
    /// Brokers that wait for the controller to have read everything, to ask for leave to stop.
    pub(crate) waiting_to_stop: Vec<(NodeIx, u32)>,
    /// When the controller last took over: its rebalancing counts from then.
    pub(crate) ready_since: Time,
    /// Draws.
    pub(crate) draws: u64,
    /// Channels that were closed because a version could not be read.
    pub(crate) closed: Vec<ClosedChannel>,
    /// Processes that refused to start or ended their start.
    pub(crate) refused: Vec<Refused>,
    /// Stopping brokers that were found in sync: when, which, of which partition (Z13).
    pub(crate) came_back: Vec<(Time, NodeIx, u32)>,
}

impl ZooKeeper {
    pub(crate) fn new(
        estate: &Estate,
        ensemble: &Ensemble,
        streams: &Streams,
        controller: NodeIx,
    ) -> Self {
        let phase = |key: Key, period: Span| {
            Time::from_nanos(crate::world::scaled(
                streams.word(key, 0),
                period.as_nanos().max(1),
            ))
        };
        let nodes = estate.nodes.len();
        let of = |node: usize| Key::of("broker").id(u64::from(estate.nodes[node].id));
        let topic_ids = protocol_of(&estate.nodes[controller as usize].config.zookeeper)
            .is_some_and(|protocol| wire::at_least(protocol, "2.8-IV0"));
        Self {
            servers: ensemble.servers.clone(),
            up: true,
            ticks: Grid::new(phase(Key::of("zookeeper/tick"), TICK), TICK),
            sessions: (0..nodes)
                .map(|node| {
                    let spec = &estate.nodes[node];
                    let every = session::ping_interval(spec.config.zookeeper.session_timeout);
                    let pings = Grid::new(phase(of(node).part("zookeeper-ping"), every), every);
                    Session::new(pings, spec.broker)
                })
                .collect(),
            holder: Some(controller),
            epoch: 1,
            queues: (0..nodes)
                .map(|node| Queue::new(u32::from(estate.nodes[node].broker)))
                .collect(),
            sides: (0..nodes)
                .map(|node| Side {
                    picture: 0,
                    knows: true,
                    controller: Some(controller),
                    fresh: false,
                    questions: 0,
                    asking: false,
                    leaving: false,
                    stuck: false,
                    isr: isr::Notification::new(Grid::new(
                        phase(of(node).part("isr-notification"), isr::CHECK),
                        isr::CHECK,
                    )),
                    raced: Vec::new(),
                })
                .collect(),
            topic_ids,
            waiting_to_stop: Vec::new(),
            ready_since: Time::ZERO,
            draws: 0,
            closed: Vec::new(),
            refused: Vec::new(),
            came_back: Vec::new(),
        }
    }
}

/// The protocol version, if the binary knows it.
pub(crate) fn protocol_of(config: &ZooKeeperConfig) -> Option<&'static facts::MetadataVersion> {
    match &config.protocol {
        Protocol::Known(version) => Some(version),
        _ => None,
    }
}

impl World {
    /// ZooKeeper, in a cluster that has one. To be called only where [`World::in_zookeeper_mode`].
    pub(crate) fn zk(&mut self) -> &mut ZooKeeper {
        self.zookeeper
            .as_mut()
            .expect("only a cluster in ZooKeeper mode comes here")
    }

    /// Is the metadata in ZooKeeper?
    pub fn in_zookeeper_mode(&self) -> bool {
        self.zookeeper.is_some()
    }

    /// A draw of ZooKeeper's own stream, from `low` to `high`.
    fn zk_draw(&mut self, what: &str, node: NodeIx, low: Span, high: Span) -> Span {
        let id = u64::from(self.estate.nodes[node as usize].id);
        let at = self.zk().draws;
        self.zk().draws += 1;
        self.draw_between(Key::of("zookeeper").part(what).id(id), at, low, high)
    }

    /// The protocol version of a broker's process.
    pub(crate) fn protocol_at(&self, node: NodeIx) -> Option<&'static facts::MetadataVersion> {
        protocol_of(&self.nodes[node as usize].binary.config.zookeeper)
    }

    /// The node whose process has to run for a step to be done.
    pub(crate) fn zookeeper_acts_on(&self, step: Step) -> Option<NodeIx> {
        match step {
            Step::SessionCloses { node, .. }
            | Step::RegistersAgain { node, .. }
            | Step::Elect { node, .. }
            | Step::Ready { node, .. } => Some(node),
            Step::MayStop { broker, .. } | Step::Notifies { broker, .. } => Some(broker),
            Step::Request { broker, .. } => {
                let queue = &self.zookeeper.as_ref()?.queues[broker as usize];
                if queue.at_broker() {
                    Some(broker)
                } else {
                    self.controller.active
                }
            }
            Step::BrokerChange { .. } | Step::AsksToStop { .. } => self.controller.active,
            Step::SessionEnds { .. } => None,
        }
    }

    /// One step.
    pub(crate) fn zookeeper_step(&mut self, step: Step) {
        if self.zookeeper.is_none() {
            return;
        }
        match step {
            Step::SessionEnds { node, ticket } => {
                if self.zk().sessions[node as usize].expiry.fire(ticket) {
                    self.zookeeper_session_ends(node);
                }
            }
            Step::SessionCloses { node, incarnation } => {
                self.zookeeper_session_closes(node, incarnation);
            }
            Step::RegistersAgain { node, incarnation } => self.registers_again(node, incarnation),
            Step::Elect { node, epoch } => self.tries_to_be_controller(node, epoch),
            Step::Ready { node, epoch } => self.controller_is_ready(node, epoch),
            Step::BrokerChange { epoch } => self.broker_change(epoch),
            Step::Request { broker, ticket } => {
                if self.zk().queues[broker as usize].timer.fire(ticket) {
                    self.request_step(broker);
                }
            }
            Step::AsksToStop {
                broker,
                incarnation,
            } => self.asked_for_leave(broker, incarnation),
            Step::MayStop {
                broker,
                incarnation,
                yes,
            } => self.leave_answered(broker, incarnation, yes),
            Step::Notifies { broker, ticket } => {
                if self.zk().sides[broker as usize].isr.timer.fire(ticket) {
                    self.notifies_of_isrs(broker);
                }
            }
        }
    }
}
