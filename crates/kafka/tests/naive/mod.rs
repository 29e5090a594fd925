//! The naive model: the core of `docs/specification.md` in its plainest form.
//!
//! Every batch, request, answer, heartbeat, send instant and fetch instant is an event of its own in one ordered map; every replica's
//! log is a vector of batches; high watermarks are computed from scratch whenever something happened. Nothing is clever, so that it
//! can be read beside the specification: comments name its rules. The fast model (`crates/kafka/src`) is held against it.
//!
//! | file | rules |
//! |---|---|
//! | `mod.rs` | T1–T5, §4: time, draws, the order of events |
//! | `metadata.rs` | M1–M4 |
//! | `controller.rs` | M5–M12 |
//! | `broker.rs` | M6, M11, M13, C0: the life of a process |
//! | `replica.rs` | R1, R2, R10–R15: logs, leaders, high watermark, ISR |
//! | `fetch.rs` | R3–R9: every instant of every fetcher |
//! | `connection.rs` | P2–P7 at both ends of a connection |
//! | `link.rs` | P8, P15: how it is made, lost and tried again, and what TCP does about a short cut |
//! | `producer.rs` | P1, P3, P9–P12: batches, retries, what a client knows |
//! | `ledger.rs` | P13: what became of it all |
//! | `mistakes.rs` | faults to plant, to show that the comparison sees them |
//!
//! Out of its scope: elections of controllers, cuts between nodes, eligible leader replicas, consumers.
#![allow(dead_code)]

mod broker;
mod connection;
mod controller;
mod fetch;
mod ledger;
mod link;
mod metadata;
mod mistakes;
mod producer;
mod replica;

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::{Key, Streams};
use kafka::estate::Estate;

pub use mistakes::Mistake;

/// Nanoseconds since the world began (T1).
pub type Nanos = u64;
/// Later than everything.
pub const NEVER: Nanos = u64::MAX;

/// The order of what happens at one instant (§4); within a class, the order of causes (T4).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Creation,
    TimeOut,
    Arrival,
    Fetch,
    Send,
    Ask,
}

/// What can happen.
#[derive(Clone, Debug)]
enum Event {
    Noop,
    FlushCloses,
    Commit(u32),
    Learn {
        node: usize,
        flush: u32,
    },
    Apply {
        node: usize,
        application: u64,
    },
    Beat {
        node: usize,
        beating: u64,
    },
    BeatHeard {
        broker: usize,
        incarnation: u32,
        reported: u32,
    },
    SessionEnds {
        broker: usize,
        contact: Nanos,
    },
    FenceCheck,
    Heard {
        broker: usize,
        errand: broker::Errand,
        incarnation: u32,
        reported: u32,
    },
    Answered {
        broker: usize,
        answer: broker::Answer,
        incarnation: u32,
    },
    Stage {
        node: usize,
        stage: u64,
    },
    ProposalsArrive {
        broker: usize,
        incarnation: u32,
        proposals: Vec<controller::Proposal>,
    },
    ProposalsAnswered {
        broker: usize,
        incarnation: u32,
        answers: Vec<(controller::Proposal, controller::Verdict)>,
    },
    IsrCheck {
        node: usize,
    },
    FetchInstant {
        fetcher: usize,
        n: i64,
    },
    FetchData {
        partition: usize,
        follower: usize,
        leader: usize,
        epoch: u32,
        from: usize,
        entries: Vec<replica::Entry>,
    },
    DelayOver {
        partition: usize,
        slot: usize,
        delays: u64,
    },
    AgesOut {
        partition: usize,
        slot: usize,
    },
    Created {
        flow: usize,
        message: u64,
    },
    Expire {
        flow: usize,
        message: u64,
    },
    SendInstant {
        connection: usize,
        n: i64,
    },
    RequestArrives {
        connection: usize,
        life: u64,
        request: connection::Request,
    },
    HandlingTimesOut {
        connection: usize,
        life: u64,
        request: u64,
    },
    Unmuted {
        connection: usize,
        life: u64,
    },
    AnswerArrives {
        connection: usize,
        life: u64,
        answer: connection::Answer,
    },
    RequestTimesOut {
        connection: usize,
        life: u64,
        request: u64,
    },
    Lost {
        connection: usize,
        life: u64,
    },
    Connected {
        connection: usize,
        life: u64,
    },
    Ask {
        producer: usize,
    },
}

/// Instants at equal distances (T3).
#[derive(Clone, Copy, Debug)]
pub struct Grid {
    pub phase: Nanos,
    pub period: Nanos,
}

impl Grid {
    pub fn at(self, n: i64) -> Nanos {
        (self.phase as i128 + n as i128 * self.period as i128).max(0) as Nanos
    }

    /// The number of the first instant ≥ t.
    pub fn next(self, t: Nanos) -> i64 {
        let past = t as i128 - self.phase as i128;
        past.div_euclid(self.period as i128) as i64
            + i64::from(past.rem_euclid(self.period as i128) != 0)
    }
}

/// The whole naive world.
pub struct Naive {
    estate: Arc<Estate>,
    streams: Streams,
    now: Nanos,
    serial: u64,
    queue: BTreeMap<(Nanos, Class, u64), Event>,
    mistake: Option<Mistake>,
    nodes: Vec<broker::Node>,
    controller: controller::Controller,
    metadata: metadata::Log,
    partitions: Vec<replica::Partition>,
    fetchers: Vec<fetch::Fetcher>,
    producers: Vec<producer::Producer>,
    flows: Vec<producer::Flow>,
    connections: Vec<connection::Connection>,
    no_clients: Vec<usize>,
    /// Connections whose request at the broker may be complete.
    to_answer: Vec<usize>,
    history: Vec<ledger::Change>,
}

impl Naive {
    /// The world at time 0: healthy (T1).
    pub fn new(estate: Arc<Estate>, seed: u64, mistake: Option<Mistake>) -> Self {
        let mut world = Self {
            streams: Streams::new(seed),
            now: 0,
            serial: 0,
            queue: BTreeMap::new(),
            mistake,
            nodes: Vec::new(),
            controller: controller::Controller::default(),
            metadata: metadata::Log::default(),
            partitions: Vec::new(),
            fetchers: Vec::new(),
            producers: Vec::new(),
            flows: Vec::new(),
            connections: Vec::new(),
            no_clients: Vec::new(),
            to_answer: Vec::new(),
            history: Vec::new(),
            estate,
        };
        world.make_partitions();
        world.make_nodes();
        world.make_controller();
        world.make_fetchers();
        world.make_producers();
        world
    }

    /// Is this mistake planted?
    fn errs(&self, mistake: Mistake) -> bool {
        self.mistake == Some(mistake)
    }

    // ------------------------------------------------------------------------------------ draws

    /// T2: the high bits of a word times N.
    fn draw(&self, key: Key, n: u64, range: u64) -> u64 {
        ((u128::from(self.streams.word(key, n)) * u128::from(range)) >> 64) as u64
    }

    /// T2.
    fn between(&self, key: Key, n: u64, low: u64, high: u64) -> u64 {
        low + self.draw(key, n, high - low + 1)
    }

    /// T3.
    fn phase(&self, key: Key, period: Nanos) -> Nanos {
        self.draw(key, 0, period)
    }

    /// T5: exponential back-off with a jitter of ±20 %.
    fn exponential(&self, key: Key, n: u64, base: Nanos, max: Nanos, k: u32) -> Nanos {
        let grown = if k < 32 {
            max.min(base.saturating_mul(1 << k))
        } else {
            max
        };
        grown / 100 * (80 + self.draw(key, n, 41))
    }

    // ------------------------------------------------------------------------------------ running

    fn at(&mut self, time: Nanos, class: Class, event: Event) {
        if time != NEVER {
            self.queue
                .insert((time.max(self.now), class, self.serial), event);
            self.serial += 1;
        }
    }

    fn after(&mut self, wait: Nanos, event: Event) {
        self.at(self.now.saturating_add(wait), Class::Arrival, event);
    }

    /// Handles everything up to `limit`.
    pub fn run_until(&mut self, limit: Nanos) {
        while let Some((&key, _)) = self.queue.first_key_value() {
            if key.0 > limit {
                break;
            }
            let event = self.queue.remove(&key).expect("just seen");
            self.now = key.0;
            self.handle(event);
            self.answer_what_is_complete();
        }
        self.now = limit;
    }

    /// The node whose process has to run for this to be handled: while it is paused, it waits (§0).
    fn process_of(&self, event: &Event) -> Option<usize> {
        match *event {
            Event::Learn { node, .. }
            | Event::Apply { node, .. }
            | Event::Stage { node, .. }
            | Event::IsrCheck { node } => Some(node),
            Event::Answered { broker, .. } | Event::ProposalsAnswered { broker, .. } => {
                Some(broker)
            }
            Event::DelayOver {
                partition, slot, ..
            } => Some(self.partitions[partition].replicas[slot].node),
            _ => None,
        }
    }

    fn handle(&mut self, event: Event) {
        if let Event::IsrCheck { node } = event {
            self.next_isr_check(node);
        }
        if let Some(node) = self.process_of(&event)
            && self.nodes[node].paused
        {
            self.nodes[node].mailbox.push(event);
            return;
        }
        match event {
            Event::Noop => self.noop(),
            Event::FlushCloses => self.flush_closes(),
            Event::Commit(flush) => self.commit(flush),
            Event::Learn { node, flush } => self.learn(node, flush),
            Event::Apply { node, application } => self.apply(node, application),
            Event::Beat { node, beating } => self.beat(node, beating),
            Event::BeatHeard {
                broker,
                incarnation,
                reported,
            } => self.beat_heard(broker, incarnation, reported),
            Event::SessionEnds { broker, contact } => self.session_ends(broker, contact),
            Event::FenceCheck => self.fence_check(),
            Event::Heard {
                broker,
                errand,
                incarnation,
                reported,
            } => self.heard(broker, errand, incarnation, reported),
            Event::Answered {
                broker,
                answer,
                incarnation,
            } => self.answered(broker, answer, incarnation),
            Event::Stage { node, stage } => self.stage(node, stage),
            Event::ProposalsArrive {
                broker,
                incarnation,
                proposals,
            } => self.proposals_arrive(broker, incarnation, proposals),
            Event::ProposalsAnswered {
                broker,
                incarnation,
                answers,
            } => self.proposals_answered(broker, incarnation, answers),
            Event::IsrCheck { node } => self.isr_check(node),
            Event::FetchInstant { fetcher, n } => self.fetch_instant(fetcher, n),
            Event::FetchData {
                partition,
                follower,
                leader,
                epoch,
                from,
                entries,
            } => self.fetch_data(partition, follower, leader, epoch, from, entries),
            Event::DelayOver {
                partition,
                slot,
                delays,
            } => self.delay_over(partition, slot, delays),
            Event::AgesOut { partition, slot } => self.recompute_high_watermark(partition, slot),
            Event::Created { flow, message } => self.created(flow, message),
            Event::Expire { flow, message } => self.expire(flow, message),
            Event::SendInstant { connection, n } => self.send_instant(connection, n),
            Event::RequestArrives {
                connection,
                life,
                request,
            } => self.request_arrives(connection, life, request),
            Event::HandlingTimesOut {
                connection,
                life,
                request,
            } => self.handling_times_out(connection, life, request),
            Event::Unmuted { connection, life } => self.unmuted(connection, life),
            Event::AnswerArrives {
                connection,
                life,
                answer,
            } => self.answer_arrives(connection, life, answer),
            Event::RequestTimesOut {
                connection,
                life,
                request,
            } => self.request_times_out(connection, life, request),
            Event::Lost { connection, life } => self.connection_lost(connection, life),
            Event::Connected { connection, life } => self.connected(connection, life),
            Event::Ask { producer } => self.try_to_ask(producer),
        }
    }

    // ------------------------------------------------------------------------------------ the network (§0)

    /// One way between two nodes; nobody reaches a lost host.
    fn way(&self, a: usize, b: usize) -> Option<Nanos> {
        if a == b {
            Some(0)
        } else if self.nodes[a].lost || self.nodes[b].lost {
            None
        } else {
            Some(self.estate.latency.as_nanos())
        }
    }

    /// One way between a client and a node.
    fn client_way(&self, node: usize) -> Option<Nanos> {
        (!self.nodes[node].lost && !self.no_clients.contains(&node))
            .then_some(self.estate.client_latency.as_nanos())
    }

    /// Clients reach a node, or do not.
    pub fn cut_clients(&mut self, node: u32, on: bool) {
        let node = node as usize;
        // Two cuts have to be mended twice.
        if on {
            self.no_clients.push(node);
        } else if let Some(at) = self.no_clients.iter().position(|&other| other == node) {
            self.no_clients.remove(at);
        }
    }
}
