//! One connection of a producer to a broker, both ends of it (P2–P8).

use std::collections::VecDeque;

use super::controller::State;
use super::link::{BACK, THERE};
use super::producer::Batch;
use super::replica::Entry;
use super::{Class, Event, Grid, Mistake, Naive, Nanos};

const MILLI: Nanos = 1_000_000;
/// P6: U, from an answer until the next request of the connection is handled.
pub const UNMUTE: Nanos = MILLI;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    Up,
    Connecting,
    Down { until: Nanos },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    NotLeaderOrFollower,
    NotEnoughReplicas,
    NotEnoughReplicasAfterAppend,
    RequestTimedOut,
    NetworkException,
    OutOfOrderSequenceNumber,
}

impl Error {
    /// P11: the client wants metadata because of it.
    fn invalidates_metadata(self) -> bool {
        matches!(self, Error::NotLeaderOrFollower | Error::NetworkException)
    }
}

/// A request as it travels. No batches: a question for metadata.
#[derive(Clone, Debug)]
pub struct Request {
    pub number: u64,
    pub batches: Vec<(usize, Batch)>,
    pub asks: bool,
}

/// An answer as it travels: results of the batches, and what the broker's picture shows.
#[derive(Clone, Debug)]
pub struct Answer {
    pub number: u64,
    pub results: Vec<Result<(), Error>>,
    pub picture: u32,
    pub alive: Vec<usize>,
}

/// A request that the client waits for.
#[derive(Clone, Debug)]
pub struct InFlight {
    pub number: u64,
    pub asks: bool,
    pub batches: Vec<(usize, Batch)>,
    /// Batches that expired meanwhile (P12).
    pub expired: Vec<(usize, u64)>,
}

/// What the broker knows of a batch that it handles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// It waits until the high watermark has passed this many entries.
    Waiting(usize),
    Done(Result<(), Error>),
}

#[derive(Clone, Debug)]
pub struct Handling {
    request: Request,
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
pub struct Connection {
    pub producer: usize,
    pub broker: usize,
    pub sends: Grid,
    pub link: Link,
    /// The incarnation of the broker that it leads to.
    pub peer: u32,
    /// P8: being made, accepted by the kernel of a paused process.
    pub accepted: bool,
    /// P15: the SYN was lost; when the attempt began; when the first packet was sent that has not got through, there and back.
    pub syn_lost: bool,
    pub attempt: Nanos,
    pub held: [Option<Nanos>; 2],
    pub failures: u32,
    pub draws: u64,
    /// Grows when the client closes or opens it: what was under way before is stale.
    pub life: u64,
    pub in_flight: VecDeque<InFlight>,
    pub requests: u64,
    /// At the broker.
    pub socket: VecDeque<Request>,
    pub handling: Vec<Handling>,
    /// P6: no request is handled before.
    pub muted_until: Nanos,
}

impl Connection {
    pub fn new(producer: usize, broker: usize, sends: Grid) -> Self {
        Self {
            producer,
            broker,
            sends,
            link: Link::Down { until: 0 },
            peer: 1,
            accepted: false,
            syn_lost: false,
            attempt: 0,
            held: [None; 2],
            failures: 0,
            draws: 0,
            life: 0,
            in_flight: VecDeque::new(),
            requests: 0,
            socket: VecDeque::new(),
            handling: Vec::new(),
            muted_until: 0,
        }
    }
}

impl Naive {
    // ------------------------------------------------------------------------------------ sending (P3, P4)

    pub fn send_instant(&mut self, connection: usize, n: i64) {
        let me = &self.connections[connection];
        let (producer, next) = (me.producer, me.sends.at(n + 1));
        self.at(
            next,
            Class::Send,
            Event::SendInstant {
                connection,
                n: n + 1,
            },
        );
        let me = &self.connections[connection];
        match me.link {
            Link::Connecting => {}
            Link::Down { until } => {
                if until <= self.now && self.something_to_send(connection) {
                    self.connect(connection);
                }
            }
            Link::Up => {
                let config = &self.estate.producers[producer].config;
                if config.acks != 0 && me.in_flight.len() >= config.max_in_flight as usize {
                    return;
                }
                let batches = self.take_batches(connection);
                if !batches.is_empty() {
                    self.send(connection, batches, false);
                }
            }
        }
    }

    pub fn send(&mut self, connection: usize, batches: Vec<(usize, Batch)>, asks: bool) {
        let me = &mut self.connections[connection];
        let (number, life, producer) = (me.requests, me.life, me.producer);
        me.requests += 1;
        let config = &self.estate.producers[producer].config;
        let silent = config.acks == 0 && !asks;
        let timeout = config.request_timeout.as_nanos();
        let request = Request {
            number,
            batches: batches.clone(),
            asks,
        };
        let way = self.estate.client_latency.as_nanos();
        self.after(
            way,
            Event::RequestArrives {
                connection,
                life,
                request,
            },
        );
        if silent {
            // P5: done when sent.
            for (flow, batch) in batches {
                self.acknowledge(flow, &batch);
                self.no_longer_in_flight(flow, &batch);
            }
        } else {
            self.connections[connection].in_flight.push_back(InFlight {
                number,
                asks,
                batches,
                expired: Vec::new(),
            });
            let event = Event::RequestTimesOut {
                connection,
                life,
                request: number,
            };
            self.at(self.now + timeout, Class::TimeOut, event);
        }
    }

    // ------------------------------------------------------------------------------------ at the broker (P5–P7)

    pub fn request_arrives(&mut self, connection: usize, life: u64, request: Request) {
        let me = &self.connections[connection];
        let (broker, producer) = (me.broker, me.producer);
        if me.life != life || self.nodes[broker].lost {
            return;
        }
        let acks = self.estate.producers[producer].config.acks;
        if acks == 0 && !request.asks {
            // Nobody waits for it (P5).
            if self.client_way(broker).is_none() {
                return;
            }
        } else if let Some(again) = self.held_up(connection, THERE) {
            let event = Event::RequestArrives {
                connection,
                life,
                request,
            };
            self.at(again, Class::Arrival, event);
            return;
        }
        let peer = self.connections[connection].peer;
        if !self.nodes[broker].listens() || self.nodes[broker].incarnation != peer {
            // P4: nobody knows this connection (any more): it is reset.
            let way = self.estate.client_latency.as_nanos();
            self.after(way, Event::Lost { connection, life });
            return;
        }
        self.connections[connection].socket.push_back(request);
        self.handle_next(connection);
    }

    /// P6: one after the other.
    pub fn handle_next(&mut self, connection: usize) {
        loop {
            let me = &self.connections[connection];
            let node = &self.nodes[me.broker];
            if !node.runs()
                || !node.listens()
                || !me.handling.is_empty() && !self.errs(Mistake::NoMute)
            {
                return;
            }
            let (life, muted_until) = (me.life, me.muted_until);
            if muted_until > self.now && !self.errs(Mistake::NoMute) {
                if !me.socket.is_empty() {
                    let event = Event::Unmuted { connection, life };
                    self.at(muted_until, Class::Arrival, event);
                }
                return;
            }
            let Some(request) = self.connections[connection].socket.pop_front() else {
                return;
            };
            self.handle_request(connection, request);
        }
    }

    pub fn unmuted(&mut self, connection: usize, life: u64) {
        if self.connections[connection].life == life {
            self.handle_next(connection);
        }
    }

    fn handle_request(&mut self, connection: usize, request: Request) {
        let broker = self.connections[connection].broker;
        let producer = self.connections[connection].producer;
        if request.asks {
            self.answer_client(connection, request.number, Vec::new());
            return;
        }
        let acks = self.estate.producers[producer].config.acks;
        let parts: Vec<Part> = request
            .batches
            .iter()
            .map(|(flow, batch)| self.append(broker, *flow, batch, acks))
            .collect();
        if acks == 0 {
            // P5: the only way to tell an error is to close the connection.
            if parts.iter().any(|part| matches!(part, Part::Done(Err(_)))) {
                let life = self.connections[connection].life;
                let way = self.estate.client_latency.as_nanos();
                self.after(way, Event::Lost { connection, life });
            }
            return;
        }
        let number = request.number;
        let life = self.connections[connection].life;
        let touched: Vec<usize> = request.batches.iter().map(|(flow, _)| *flow).collect();
        self.connections[connection]
            .handling
            .push(Handling { request, parts });
        let timeout = self.estate.producers[producer].config.request_timeout;
        let event = Event::HandlingTimesOut {
            connection,
            life,
            request: number,
        };
        self.at(self.now + timeout.as_nanos(), Class::TimeOut, event);
        // What is alone in its ISR confirms at once.
        for flow in touched {
            let partition = self.flows[flow].partition;
            if let Some(slot) = self.partitions[partition].slot_of(broker) {
                self.recompute_high_watermark(partition, slot);
            }
        }
        self.to_answer.push(connection);
    }

    /// P6 for one batch.
    fn append(&mut self, broker: usize, flow: usize, batch: &Batch, acks: i8) -> Part {
        let partition = self.flows[flow].partition;
        let no_min_isr = self.errs(Mistake::NoMinIsrCheck);
        let no_deduplication = self.errs(Mistake::NoDeduplication);
        let producer = self.flows[flow].producer;
        let idempotent = self.estate.producers[producer].config.idempotent;
        let p = &self.partitions[partition];
        let slot = p.slot_of(broker);
        let Some((slot, office)) =
            slot.and_then(|slot| Some((slot, p.replicas[slot].office.as_ref()?)))
        else {
            return Part::Done(Err(Error::NotLeaderOrFollower));
        };
        if acks < 0 && office.isr.len() < p.min_isr && !no_min_isr {
            return Part::Done(Err(Error::NotEnoughReplicas));
        }
        let log = &p.replicas[slot].log;
        if idempotent && !no_deduplication {
            let same = |entry: &Entry| {
                entry.flow == flow
                    && entry.producer_epoch == batch.producer_epoch
                    && entry.first == batch.first
                    && entry.end == batch.end
            };
            if let Some(at) = log.iter().position(same) {
                return Part::Waiting(at + 1);
            }
            let last = log.iter().rev().find(|entry| entry.flow == flow);
            if let Some(last) = last
                && last.producer_epoch == batch.producer_epoch
            {
                let next = last.end - last.unnumbered;
                let number = batch.first - batch.unnumbered;
                if number > next {
                    return Part::Done(Err(Error::OutOfOrderSequenceNumber));
                }
                if number < next {
                    return Part::Done(Ok(()));
                }
            }
        }
        self.serial += 1;
        let entry = Entry {
            number: self.serial,
            flow,
            first: batch.first,
            end: batch.end,
            producer_epoch: batch.producer_epoch,
            unnumbered: batch.unnumbered,
            arrived: self.now,
        };
        let log = &mut self.partitions[partition].replicas[slot].log;
        log.push(entry);
        let end = log.len();
        if acks < 0 {
            Part::Waiting(end)
        } else {
            self.recompute_high_watermark(partition, slot);
            Part::Done(Ok(()))
        }
    }

    /// P7: the high watermark of a partition may have moved.
    pub fn release_waiting(&mut self, partition: usize, slot: usize) {
        let p = &self.partitions[partition];
        let broker = p.replicas[slot].node;
        let Some(office) = &p.replicas[slot].office else {
            return;
        };
        let Some(confirmed) = office.high_watermark else {
            return;
        };
        let freezes = self.estate.nodes[broker].behaviour.freezes_high_watermark;
        let too_few = !freezes && office.maximal_isr().len() < p.min_isr;
        self.settle(partition, broker, |end| {
            (confirmed >= end).then_some(if too_few {
                Err(Error::NotEnoughReplicasAfterAppend)
            } else {
                Ok(())
            })
        });
    }

    /// P7: the broker has stepped down.
    pub fn no_longer_leads(&mut self, partition: usize, slot: usize) {
        let broker = self.partitions[partition].replicas[slot].node;
        self.settle(partition, broker, |_| Some(Err(Error::NotLeaderOrFollower)));
    }

    /// Gives waiting batches of a partition at a broker their result.
    fn settle(
        &mut self,
        partition: usize,
        broker: usize,
        result: impl Fn(usize) -> Option<Result<(), Error>>,
    ) {
        for connection in 0..self.connections.len() {
            let me = &mut self.connections[connection];
            if me.broker != broker {
                continue;
            }
            let mut changed = false;
            for handling in &mut me.handling {
                for ((flow, _), part) in handling.request.batches.iter().zip(&mut handling.parts) {
                    if let Part::Waiting(end) = *part
                        && self.flows[*flow].partition == partition
                        && let Some(result) = result(end)
                    {
                        *part = Part::Done(result);
                        changed = true;
                    }
                }
            }
            if changed {
                self.to_answer.push(connection);
            }
        }
    }

    pub fn handling_times_out(&mut self, connection: usize, life: u64, request: u64) {
        let me = &mut self.connections[connection];
        if me.life != life || !self.nodes[me.broker].runs() {
            return;
        }
        for handling in &mut me.handling {
            if handling.request.number == request {
                for part in &mut handling.parts {
                    if let Part::Waiting(_) = part {
                        *part = Part::Done(Err(Error::RequestTimedOut));
                    }
                }
            }
        }
        self.to_answer.push(connection);
    }

    /// When all that an event changes is changed, the requests that it completed are answered, and the next ones handled (§4).
    pub fn answer_what_is_complete(&mut self) {
        while !self.to_answer.is_empty() {
            let connection = self.to_answer.remove(0);
            self.answer_if_complete(connection);
        }
    }

    fn answer_if_complete(&mut self, connection: usize) {
        let me = &mut self.connections[connection];
        let complete = |handling: &Handling| {
            handling
                .parts
                .iter()
                .all(|part| matches!(part, Part::Done(_)))
        };
        let Some(at) = me.handling.iter().position(complete) else {
            return;
        };
        let handling = me.handling.remove(at);
        let results = handling
            .parts
            .iter()
            .map(|part| match part {
                Part::Done(result) => *result,
                Part::Waiting(_) => unreachable!("it is complete"),
            })
            .collect();
        self.answer_client(connection, handling.request.number, results);
        self.handle_next(connection);
    }

    fn answer_client(&mut self, connection: usize, number: u64, results: Vec<Result<(), Error>>) {
        self.connections[connection].muted_until = self.now + UNMUTE;
        let me = &self.connections[connection];
        let (life, node) = (me.life, &self.nodes[me.broker]);
        let answer = Answer {
            number,
            results,
            picture: node.picture,
            alive: (0..node.peers.len())
                .filter(|&peer| node.peers[peer].alive)
                .collect(),
        };
        let way = self.estate.client_latency.as_nanos();
        self.after(
            way,
            Event::AnswerArrives {
                connection,
                life,
                answer,
            },
        );
    }

    // ------------------------------------------------------------------------------------ back at the client (P8, P9)

    pub fn answer_arrives(&mut self, connection: usize, life: u64, answer: Answer) {
        let me = &mut self.connections[connection];
        let (producer, broker) = (me.producer, me.broker);
        if me.life != life || self.nodes[broker].lost {
            return;
        }
        if let Some(again) = self.held_up(connection, BACK) {
            let event = Event::AnswerArrives {
                connection,
                life,
                answer,
            };
            self.at(again, Class::Arrival, event);
            return;
        }
        let me = &mut self.connections[connection];
        let Some(at) = me
            .in_flight
            .iter()
            .position(|request| request.number == answer.number)
        else {
            return;
        };
        let request = me.in_flight.remove(at).expect("just found");
        if request.asks {
            self.metadata_answer(producer, answer.picture, answer.alive);
            self.try_to_ask(producer);
            return;
        }
        let hints = self.estate.nodes[broker].behaviour.tells_new_leader
            && self.estate.producers[producer].behaviour.uses_leader_hint
            && !self.errs(Mistake::NoLeaderHint);
        let mut wanted = false;
        for ((flow, batch), result) in request.batches.into_iter().zip(answer.results) {
            self.no_longer_in_flight(flow, &batch);
            if request.expired.contains(&(flow, batch.number)) {
                continue;
            }
            match result {
                Ok(()) => {
                    self.acknowledge(flow, &batch);
                    self.resolve(flow);
                }
                Err(error) => {
                    wanted |= error.invalidates_metadata();
                    if hints && error == Error::NotLeaderOrFollower {
                        let partition = self.flows[flow].partition;
                        let state: State = self.partitions[partition].shown(answer.picture).clone();
                        if state.leader.is_some()
                            && state.leader_epoch > self.flows[flow].known_epoch
                        {
                            self.route(flow, &state);
                        }
                    }
                    self.retry_or_fail(flow, batch, error);
                }
            }
        }
        if wanted {
            self.producers[producer].wanted = true;
        }
        self.try_to_ask(producer);
    }
}
