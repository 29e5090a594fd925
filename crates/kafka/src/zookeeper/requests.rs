//! The controller's requests: one queue and one connection a broker, one request at a time, the next after the answer (rules Z8, Z9;
//! ControllerBrokerRequestBatch, RequestSendThread). A request that does not get through is tried again every 100 ms, and those behind it
//! wait: what cannot be read blocks all that follows, for as long as both processes run.

use std::collections::VecDeque;
use std::sync::Arc;

use engine::{Span, Timer};

use super::Step;
use super::wire::{self, Channel};
use crate::controller::Standing;
use crate::event::Event;
use crate::ids::{NodeIx, PartitionIx};
use crate::metadata::Flush;
use crate::node::Peer;
use crate::world::World;

/// RequestSendThread.backoff.
const RETRY: Span = Span::millis(100);

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) channel: Channel,
    /// The state change that it tells of.
    pub(crate) flush: u32,
    /// LeaderAndIsr, StopReplica: the partitions.
    pub(crate) partitions: Arc<[PartitionIx]>,
    /// UpdateMetadata: which brokers there are.
    pub(crate) peers: Arc<[Peer]>,
}

/// Where the first request of a queue is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sending {
    /// There is none, or it waits to be sent.
    Idle,
    /// It is on its way to the broker.
    OnItsWay,
    /// The broker works on it.
    AtBroker,
    /// Its answer is on its way.
    Answered,
    /// It did not get through; something has to change.
    Blocked,
}

/// What the controller has still to tell one broker.
#[derive(Clone, Debug)]
pub(crate) struct Queue {
    /// The incarnation it is for; 0: there is no queue.
    incarnation: u32,
    waiting: VecDeque<Request>,
    sending: Sending,
    pub(super) timer: Timer,
}

impl Queue {
    pub(super) fn new(incarnation: u32) -> Self {
        Self {
            incarnation,
            waiting: VecDeque::new(),
            sending: Sending::Idle,
            timer: Timer::default(),
        }
    }

    /// The broker is gone, or the controller is: what was not sent never is.
    pub(super) fn clear(&mut self) {
        self.incarnation = 0;
        self.waiting.clear();
        self.sending = Sending::Idle;
        self.timer.cancel();
    }

    /// The broker is there: the queue begins empty.
    pub(super) fn open(&mut self, incarnation: u32) {
        self.clear();
        self.incarnation = incarnation;
    }

    /// The next thing that happens to the first request happens at the broker.
    pub(super) fn at_broker(&self) -> bool {
        self.sending == Sending::OnItsWay
    }
}

impl World {
    /// Z8: a state change is written; who has to know is told.
    pub(crate) fn send_state_changes(&mut self, flush: &Flush) {
        let Some(zk) = &self.zookeeper else { return };
        let number = flush.number;
        let none: Arc<[PartitionIx]> = Arc::new([]);
        let peers: Arc<[Peer]> = (0..self.nodes.len())
            .map(|node| {
                let alive = self.controller.standing[node].alive();
                Peer {
                    incarnation: Peer::ANY_INCARNATION,
                    good: alive,
                    alive,
                }
            })
            .collect();
        let nobody: Arc<[Peer]> = Arc::new([]);
        let brokers: Vec<NodeIx> = (0..self.nodes.len() as NodeIx)
            .filter(|&node| zk.queues[node as usize].incarnation != 0)
            .collect();
        let nothing = flush.partitions.is_empty()
            && flush.brokers.is_empty()
            && flush.publishes.is_empty()
            && flush.stops.is_empty()
            && !flush.full
            && flush.starts.is_empty();
        if nothing {
            return;
        }
        for broker in brokers {
            let starts = flush.starts.contains(&broker);
            let mut first: Vec<PartitionIx> = Vec::new();
            let stops: Vec<PartitionIx> = flush
                .stops
                .iter()
                .filter(|(node, _)| *node == broker)
                .map(|&(_, partition)| partition)
                .collect();
            if flush.full || starts {
                first.extend(self.replicas_on(broker).iter().map(|at| at.0));
            } else {
                let from = flush.concerns.partition_point(|at| at.0 < broker);
                first.extend(
                    flush.concerns[from..]
                        .iter()
                        .take_while(|at| at.0 == broker)
                        .map(|at| at.1)
                        .filter(|partition| !stops.contains(partition)),
                );
            }
            let update = Request {
                channel: Channel::UpdateMetadata,
                flush: number,
                partitions: none.clone(),
                peers: peers.clone(),
            };
            if flush.full || !flush.starts.is_empty() {
                // Brokers have to know each other before they can follow: the picture of partitions is that before.
                let before = Request {
                    flush: number - 1,
                    ..update.clone()
                };
                self.enqueue(broker, before);
            }
            if !first.is_empty() {
                let request = Request {
                    channel: Channel::LeaderAndIsr,
                    flush: number,
                    partitions: first.into(),
                    peers: nobody.clone(),
                };
                self.enqueue(broker, request);
            }
            self.enqueue(broker, update);
            if !stops.is_empty() {
                let request = Request {
                    channel: Channel::StopReplica,
                    flush: number,
                    partitions: stops.into(),
                    peers: nobody.clone(),
                };
                self.enqueue(broker, request);
            }
        }
    }

    fn enqueue(&mut self, broker: NodeIx, request: Request) {
        self.zk().queues[broker as usize].waiting.push_back(request);
        self.send_first(broker);
    }

    /// Sends the first request of a queue, if nothing is on its way.
    fn send_first(&mut self, broker: NodeIx) {
        let Some(active) = self.controller.active else {
            return;
        };
        let queue = &self.zk().queues[broker as usize];
        if queue.sending != Sending::Idle {
            return;
        }
        let Some(channel) = queue.waiting.front().map(|request| request.channel) else {
            return;
        };
        let receiver = &self.nodes[broker as usize];
        let way = self.way(active, broker);
        let blocked = match way {
            None => true,
            Some(_) => !receiver.listens() || !self.nodes[active as usize].runs(),
        };
        let version = self
            .protocol_at(active)
            .and_then(|protocol| wire::sent(channel, protocol, true))
            .unwrap_or(0);
        let readable = wire::reads(channel, receiver.binary.version, version);
        if !blocked && !readable {
            self.channel_closed(channel, active, broker, version);
        }
        let queue = &mut self.zk().queues[broker as usize];
        if blocked || !readable {
            queue.sending = Sending::Blocked;
            return;
        }
        queue.sending = Sending::OnItsWay;
        let at = self
            .clock
            .now()
            .saturating_add(way.unwrap_or(self.estate.latency));
        self.arm_queue(broker, at);
    }

    fn arm_queue(&mut self, broker: NodeIx, at: engine::Time) {
        let zk = self.zookeeper.as_mut().expect("only called with it");
        self.clock
            .arm(&mut zk.queues[broker as usize].timer, at, |ticket| {
                Event::ZooKeeper(Step::Request { broker, ticket })
            });
    }

    /// Something changed that may let a blocked request through: the next of its attempts does (every 100 ms).
    pub(crate) fn queue_goes_on(&mut self, broker: NodeIx) {
        if self.zookeeper.is_none() || self.controller.active.is_none() {
            return;
        }
        if self.zk().queues[broker as usize].sending != Sending::Blocked
            || self.zk().queues[broker as usize].timer.is_armed()
        {
            return;
        }
        let wait = self.zk_draw("retry", broker, Span::ZERO, RETRY);
        let at = self.clock.now().saturating_add(wait);
        self.arm_queue(broker, at);
    }

    /// The process of a broker ends or closes its port: what it worked on is not answered.
    pub(crate) fn queue_breaks(&mut self, broker: NodeIx) {
        if self.zookeeper.is_none() {
            return;
        }
        let queue = &mut self.zk().queues[broker as usize];
        queue.timer.cancel();
        if queue.waiting.is_empty() {
            queue.sending = Sending::Idle;
        } else {
            queue.sending = Sending::Blocked;
        }
    }

    /// The next thing happens to the first request of a queue.
    pub(crate) fn request_step(&mut self, broker: NodeIx) {
        match self.zk().queues[broker as usize].sending {
            Sending::Blocked => {
                self.zk().queues[broker as usize].sending = Sending::Idle;
                self.send_first(broker);
            }
            Sending::OnItsWay => {
                if !self.nodes[broker as usize].listens() {
                    self.zk().queues[broker as usize].sending = Sending::Blocked;
                    return;
                }
                let queue = &mut self.zk().queues[broker as usize];
                queue.sending = Sending::AtBroker;
                if let Some(request) = queue.waiting.front().cloned() {
                    self.handles_request(broker, &request);
                }
            }
            Sending::Answered => {
                let queue = &mut self.zk().queues[broker as usize];
                queue.waiting.pop_front();
                queue.sending = Sending::Idle;
                self.send_first(broker);
            }
            Sending::Idle | Sending::AtBroker => {}
        }
    }

    /// The broker has done what the request wants, `after` this long from now, and answers.
    pub(crate) fn controller_request_done(&mut self, broker: NodeIx, after: Span) {
        let Some(active) = self.controller.active else {
            return;
        };
        if self.zk().queues[broker as usize].sending != Sending::AtBroker {
            return;
        }
        self.zk().queues[broker as usize].sending = Sending::Answered;
        let way = self.way(active, broker).unwrap_or(self.estate.latency);
        let at = self.clock.now().saturating_add(after).saturating_add(way);
        self.arm_queue(broker, at);
    }

    /// Is a broker in controlled shutdown, as the controller sees it?
    pub(crate) fn is_shutting_down(&self, broker: NodeIx) -> bool {
        matches!(
            self.controller.standing[broker as usize],
            Standing::ShuttingDown { .. }
        )
    }
}
