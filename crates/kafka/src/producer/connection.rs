//! One connection of a producer to a broker: requests, their handling, answers (specification P2–P9).
//!
//! The broker handles one request of a connection at a time: it does not read the next one before it has answered (SocketServer mutes
//! the channel). So a request that waits for one stalled partition holds up everything behind it.

use std::collections::VecDeque;

use engine::{Span, Time, Timer};

use super::ClientError;
use crate::event::Event;
use crate::flow::{Batch, Stretch, StretchKind};
use crate::grid::Grid;
use crate::happening::Happening;
use crate::ids::{ConnectionIx, FlowIx, NodeIx, PartitionIx, ProducerIx};
use crate::log::Point;
use crate::world::World;

/// `socket.connection.setup.timeout.ms` and its maximum.
const SETUP_TIMEOUT: (Span, Span) = (Span::secs(10), Span::secs(30));
/// `reconnect.backoff.ms` and its maximum.
const RECONNECT_BACKOFF: (Span, Span) = (Span::millis(50), Span::secs(1));

/// The state of a connection at the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// Established.
    Up,
    /// Being established.
    Connecting,
    /// Not there; not to be tried again before `until`.
    Down { until: Time },
}

/// What a request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestKind {
    Produce,
    /// Which leaders are there?
    Metadata,
}

/// Where a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// On its way to the broker.
    Travelling,
    /// In the broker's socket.
    Queued,
    /// Handled at that time; waits for high watermarks.
    Waiting { handled: Time },
    /// Answered at that time; the answer is on its way.
    Answered { at: Time },
    /// Answered, and the answer was lost on the way.
    Lost,
}

/// What became of one batch of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PartState {
    /// Not handled yet.
    Sent,
    /// Appended, waits for the high watermark: leader epoch's node and arrival.
    Waiting { node: u32, arrival: Time },
    /// Will be acknowledged.
    Good,
    /// Will be told this.
    Bad(ClientError),
}

/// One batch of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) flow: FlowIx,
    pub(crate) batch: Batch,
    pub(crate) state: PartState,
    /// It expired while in flight: whatever the answer, it has failed.
    pub(crate) expired: bool,
}

/// One request in flight.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) id: u32,
    pub(crate) sent: Time,
    pub(crate) kind: RequestKind,
    pub(crate) place: Place,
    pub(crate) parts: Vec<Part>,
    /// No answer will come (acks=0).
    pub(crate) silent: bool,
    /// It is what the closed form would have sent at that instant (`calm.rs`).
    pub(crate) regular: bool,
    /// The flush that the broker's picture stood at when it answered: leaders and hints come from it.
    pub(crate) picture: u32,
    /// The brokers alive in it.
    pub(crate) alive: Vec<NodeIx>,
}

/// From the answer to a request until the next one of the same connection is handled: the channel is unmuted, read and its request queued
/// (SocketServer, KafkaRequestHandler). Measured at about 1 ms (`observed/`, the errors of producers in graceful stops).
pub(crate) const NEXT_REQUEST: Span = Span::millis(1);

/// One connection.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    pub(crate) producer: ProducerIx,
    pub(crate) broker: NodeIx,
    pub(crate) sends: Grid,
    /// One way, nanoseconds.
    pub(crate) way: u64,
    pub(crate) link: Link,
    /// The incarnation of the broker that it leads to.
    pub(crate) peer: u32,
    /// The broker has reset it; the client will hear of that.
    pub(crate) reset: bool,
    /// What is due at this send instant has given way to all else that is due at the same moment.
    pub(crate) gave_way: bool,
    /// Connection attempts that failed in a row.
    pub(crate) failures: u32,
    /// Draws for the reconnect back-off.
    pub(crate) draws: u64,
    /// Flows routed here, by partition.
    pub(crate) flows: Vec<FlowIx>,
    /// Nothing unusual happens: no requests are kept, everything is arithmetic (`calm.rs`).
    pub(crate) calm: bool,
    /// Requests in flight, oldest first.
    pub(crate) requests: VecDeque<Request>,
    pub(crate) next_request: u32,
    /// Grows when the connection is lost or becomes calm: what was under way for an earlier life is stale.
    pub(crate) life: u32,
    /// The request whose answer the broker waits to send.
    pub(crate) handling: Option<u32>,
    pub(crate) done: Timer,
    pub(crate) send: Timer,
    pub(crate) timeout: Timer,
    /// Number of its flows whose partition is not healthy.
    pub(crate) unhealthy: u32,
    /// Requests were made from the closed form and their events are not scheduled yet.
    pub(crate) fresh: bool,
    /// Something created before the last send instant is not sent yet.
    pub(crate) behind: bool,
    /// The next send instant with something to send, as far as known.
    pub(crate) due: Time,
    /// The last send instant that was used or passed over.
    pub(crate) last_send: i64,
    pub(crate) touched: bool,
    /// The broker handles no request of this connection before this moment (P6).
    pub(crate) muted_until: Time,
    /// The event for that moment is on its way.
    pub(crate) unmutes: bool,
}

impl Connection {
    pub(crate) fn new(producer: ProducerIx, broker: NodeIx, sends: Grid, way: u64) -> Self {
        Self {
            producer,
            broker,
            sends,
            way,
            link: Link::Down { until: Time::ZERO },
            peer: 1,
            reset: false,
            gave_way: false,
            failures: 0,
            draws: 0,
            flows: Vec::new(),
            calm: false,
            requests: VecDeque::new(),
            next_request: 0,
            life: 0,
            handling: None,
            done: Timer::default(),
            send: Timer::default(),
            timeout: Timer::default(),
            unhealthy: 0,
            fresh: false,
            behind: false,
            due: Time::NEVER,
            last_send: -1,
            touched: false,
            muted_until: Time::ZERO,
            unmutes: false,
        }
    }

    fn find(&self, id: u32) -> Option<usize> {
        self.requests.iter().position(|request| request.id == id)
    }

    /// Requests that wait for an answer. One that arrives at this very instant counts as taken (specification §4).
    pub(crate) fn in_flight(&self, now: Time) -> u32 {
        let here = |request: &Request| matches!(request.place, Place::Answered { at } if at.as_nanos() + self.way <= now.as_nanos());
        self.requests
            .iter()
            .filter(|request| !request.silent && !here(request))
            .count() as u32
    }
}

impl World {
    /// Puts a connection on the list of those to be looked at when the event at hand has been handled.
    pub(crate) fn touch_connection(&mut self, connection: ConnectionIx) {
        let me = &mut self.connections[connection as usize];
        if !me.touched {
            me.touched = true;
            self.touched_connections.push(connection);
        }
    }

    /// Makes what is in flight explicit and puts the connection on the list.
    pub(crate) fn disturb(&mut self, connection: ConnectionIx) {
        self.touch_connection(connection);
        if self.connections[connection as usize].calm {
            self.materialise(connection);
        }
    }

    /// A part of a producer's settings.
    pub(crate) fn window(&self, producer: ProducerIx) -> u32 {
        self.estate.producers[producer as usize]
            .config
            .max_in_flight
    }

    // ------------------------------------------------------------------------------------ sending

    /// A send instant (P3).
    pub(crate) fn send_instant(&mut self, connection: ConnectionIx) {
        let now = self.clock.now();
        if self.connections[connection as usize].calm {
            // A flow that rested is about to go on.
            self.disturb(connection);
            return;
        }
        self.touch_connection(connection);
        let me = &self.connections[connection as usize];
        let producer = me.producer;
        // What else is due at this very instant comes first (specification §4), and so does a time-out.
        if !me.gave_way && self.clock.peek_time() == Some(now) {
            let me = &mut self.connections[connection as usize];
            me.gave_way = true;
            self.clock.arm(&mut me.send, now, |ticket| Event::Send {
                connection,
                ticket,
            });
            return;
        }
        self.connections[connection as usize].gave_way = false;
        let me = &self.connections[connection as usize];
        let timeout = self.estate.producers[producer as usize]
            .config
            .request_timeout;
        if me
            .requests
            .iter()
            .any(|request| !request.silent && request.sent.saturating_add(timeout) <= now)
        {
            self.request_timeout(connection);
            return;
        }
        match me.link {
            Link::Up => {}
            Link::Connecting => return,
            Link::Down { until } => {
                if until <= now && self.has_something_to_send(connection) {
                    self.connect(connection);
                }
                return;
            }
        }
        let n = me.sends.next(now);
        let acks = self.estate.producers[producer as usize].config.acks;
        if acks != 0 && me.in_flight(now) >= self.window(producer) {
            return;
        }
        let on_time = !me.behind && me.due == now;
        self.connections[connection as usize].last_send = n;
        let flows = self.connections[connection as usize].flows.clone();
        let mut parts = Vec::new();
        let mut left = false;
        let mut retried = false;
        for flow in flows {
            if let Some(batch) = self.take_batch(flow) {
                retried |= batch.attempts > 1;
                parts.push(Part {
                    flow,
                    batch,
                    state: PartState::Sent,
                    expired: false,
                });
            }
            left |= self.something_is_left(flow) && self.rests_until(flow, now).is_none();
        }
        self.connections[connection as usize].behind = left;
        if parts.is_empty() {
            return;
        }
        let regular = on_time && !left && !retried;
        self.send_request(connection, RequestKind::Produce, parts, regular);
    }

    /// Puts a request on its way.
    pub(crate) fn send_request(
        &mut self,
        connection: ConnectionIx,
        kind: RequestKind,
        parts: Vec<Part>,
        regular: bool,
    ) {
        let now = self.clock.now();
        if self.connections[connection as usize].fresh {
            self.schedule_fresh(connection);
        }
        let me = &mut self.connections[connection as usize];
        let id = me.next_request;
        me.next_request += 1;
        let (life, way, producer) = (me.life, me.way, me.producer);
        let silent = self.estate.producers[producer as usize].config.acks == 0
            && kind == RequestKind::Produce;
        let place = Place::Travelling;
        let alive = Vec::new();
        me.requests.push_back(Request {
            id,
            sent: now,
            kind,
            place,
            parts,
            silent,
            regular,
            picture: 0,
            alive,
        });
        self.clock.schedule_after(
            Span::nanos(way),
            Event::Arrives {
                connection,
                request: id,
                life,
            },
        );
        if silent {
            let request = self.connections[connection as usize]
                .requests
                .back()
                .expect("just pushed");
            let parts: Vec<(FlowIx, u64, u64)> = request
                .parts
                .iter()
                .map(|part| (part.flow, part.batch.first, part.batch.end))
                .collect();
            for (flow, first, end) in parts {
                self.acknowledge(flow, first, end);
                self.no_longer_in_flight(flow, first);
            }
        } else {
            self.watch_timeout(connection);
        }
        self.touch_connection(connection);
    }

    /// Arms the check of the oldest request (P8).
    pub(crate) fn watch_timeout(&mut self, connection: ConnectionIx) {
        let me = &self.connections[connection as usize];
        if me.timeout.is_armed() {
            return;
        }
        let timeout = self.estate.producers[me.producer as usize]
            .config
            .request_timeout;
        let Some(oldest) = me.requests.iter().find(|request| !request.silent) else {
            return;
        };
        let at = oldest.sent.saturating_add(timeout).max(self.clock.now());
        let me = &mut self.connections[connection as usize];
        self.clock
            .arm(&mut me.timeout, at, |ticket| Event::RequestTimeout {
                connection,
                ticket,
            });
    }

    /// Is the oldest request in flight for too long?
    pub(crate) fn request_timeout(&mut self, connection: ConnectionIx) {
        let now = self.clock.now();
        let me = &self.connections[connection as usize];
        if me.calm {
            return;
        }
        let timeout = self.estate.producers[me.producer as usize]
            .config
            .request_timeout;
        let Some(oldest) = me.requests.iter().find(|request| !request.silent) else {
            return;
        };
        if oldest.sent.saturating_add(timeout) > now {
            self.watch_timeout(connection);
            return;
        }
        self.clock.note(Happening::TimedOut(me.producer, me.broker));
        self.close(connection, ClientError::RequestTimedOut);
    }

    // ------------------------------------------------------------------------------------ at the broker

    /// P4: a request arrives.
    pub(crate) fn request_arrives(&mut self, connection: ConnectionIx, id: u32, life: u32) {
        let me = &self.connections[connection as usize];
        if me.life != life || me.calm {
            return;
        }
        let Some(at) = me.find(id) else { return };
        let broker = me.broker;
        let node = &self.nodes[broker as usize];
        if node.lost || self.client_way(broker).is_none() {
            let me = &mut self.connections[connection as usize];
            if me.requests[at].silent {
                me.requests.remove(at);
            } else {
                me.requests[at].place = Place::Lost;
            }
            self.touch_connection(connection);
            return;
        }
        if !node.listens() || node.incarnation != me.peer {
            // Nobody knows this connection (any more): it is reset (P4).
            self.drop_by_broker(connection);
            return;
        }
        let muted = me.muted_until > self.clock.now();
        let busy = me.handling.is_some()
            || muted
            || me
                .requests
                .iter()
                .take(at)
                .any(|request| request.place == Place::Queued);
        let paused = node.paused.is_some();
        if busy || paused {
            let request = &mut self.connections[connection as usize].requests[at];
            request.place = Place::Queued;
            request.regular = false;
            if muted {
                self.unmute_later(connection);
            }
        } else {
            self.handle(connection, at);
        }
        self.touch_connection(connection);
    }

    /// P6: the broker comes back to the connection when it has done with the request before.
    fn unmute_later(&mut self, connection: ConnectionIx) {
        let me = &mut self.connections[connection as usize];
        if !me.unmutes {
            me.unmutes = true;
            let (at, life) = (me.muted_until, me.life);
            self.clock.schedule(at, Event::Unmuted { connection, life });
        }
    }

    /// The broker reads the next request of a connection.
    pub(crate) fn unmuted(&mut self, connection: ConnectionIx, life: u32) {
        let me = &mut self.connections[connection as usize];
        if me.life != life || me.calm {
            return;
        }
        me.unmutes = false;
        self.handle_next(connection);
        self.touch_connection(connection);
    }

    /// P6: the broker handles a request.
    fn handle(&mut self, connection: ConnectionIx, at: usize) {
        let now = self.clock.now();
        let broker = self.connections[connection as usize].broker;
        let producer = self.connections[connection as usize].producer;
        let acks = self.estate.producers[producer as usize].config.acks;
        match self.connections[connection as usize].requests[at].kind {
            RequestKind::Metadata => {
                let mut alive: Vec<NodeIx> = (0..self.nodes.len() as NodeIx)
                    .filter(|&node| self.nodes[broker as usize].peers[node as usize].alive)
                    .collect();
                alive.sort_unstable();
                self.connections[connection as usize].requests[at].alive = alive;
                self.answer(connection, at);
            }
            RequestKind::Produce => {
                let mut parts =
                    std::mem::take(&mut self.connections[connection as usize].requests[at].parts);
                let mut waits = false;
                let mut failed = false;
                for part in &mut parts {
                    part.state = self.append(broker, part, acks);
                    waits |= matches!(part.state, PartState::Waiting { .. });
                    failed |= matches!(part.state, PartState::Bad(_));
                }
                if waits {
                    for part in &parts {
                        let partition = self.flows[part.flow as usize].partition;
                        let waiters = &mut self.partitions[partition as usize].waiters;
                        if matches!(part.state, PartState::Waiting { .. })
                            && !waiters.contains(&connection)
                        {
                            waiters.push(connection);
                        }
                    }
                }
                let me = &mut self.connections[connection as usize];
                me.requests[at].parts = parts;
                if acks == 0 {
                    let request = me.requests.remove(at).expect("it is being handled");
                    for part in &request.parts {
                        // Its flow may have moved on to another connection, which waits for this to be calm.
                        if let Some(route) = self.flows[part.flow as usize].route {
                            self.touch_connection(route);
                        }
                    }
                    if failed {
                        // The broker has no other way to tell (KafkaApis).
                        self.drop_by_broker(connection);
                    }
                } else if waits {
                    let me = &mut self.connections[connection as usize];
                    me.requests[at].place = Place::Waiting { handled: now };
                    me.handling = Some(me.requests[at].id);
                } else {
                    self.answer(connection, at);
                }
            }
        }
    }

    /// P6 for one batch.
    fn append(&mut self, broker: NodeIx, part: &Part, acks: i8) -> PartState {
        let now = self.clock.now();
        let batch = part.batch;
        let flow = &self.flows[part.flow as usize];
        let partition = flow.partition;
        let p = &self.partitions[partition as usize];
        let Some(at) = p.office_on(broker) else {
            return PartState::Bad(ClientError::NotLeaderOrFollower);
        };
        let office = &p.offices[at];
        if acks < 0 && (office.isr.count_ones() as u8) < p.min_isr {
            return PartState::Bad(ClientError::NotEnoughReplicas);
        }
        let node = office.node;
        let slot = office.slot;
        let log = Point { node, cut: now };
        if self.estate.producers[flow.producer as usize]
            .config
            .idempotent
        {
            // What a log holds of a flow has ascending numbers: only what is not above the last one can be there already.
            let last = flow.next_sequence_in(&p.tree, log);
            let sequence = batch.first - batch.unnumbered;
            let fresh =
                last.is_none_or(|(next, epoch)| epoch == batch.producer_epoch && sequence >= next);
            if !fresh
                && let Some((node, arrival)) =
                    flow.contains(&p.tree, log, batch.first, batch.end, batch.producer_epoch)
            {
                // It is there already: it waits like the original.
                return PartState::Waiting { node, arrival };
            }
            if let Some((next, epoch)) = last
                && epoch == batch.producer_epoch
            {
                if sequence > next {
                    return PartState::Bad(ClientError::OutOfOrderSequenceNumber);
                }
                if sequence < next {
                    return PartState::Good;
                }
            }
        }
        let stretch = Stretch {
            node,
            producer_epoch: batch.producer_epoch,
            unnumbered: batch.unnumbered,
            first: batch.first,
            end: batch.end,
            kind: StretchKind::Batch(now),
        };
        self.flows[part.flow as usize].stretches.push(stretch);
        self.batch_arrived(partition, slot);
        if acks < 0 {
            PartState::Waiting { node, arrival: now }
        } else {
            PartState::Good
        }
    }

    /// P7: when the answer to the request at hand can be sent, as things stand.
    fn done_at(&self, connection: ConnectionIx) -> Time {
        let now = self.clock.now();
        let me = &self.connections[connection as usize];
        let Some(at) = me.handling.and_then(|id| me.find(id)) else {
            return Time::NEVER;
        };
        if !self.nodes[me.broker as usize].runs() {
            return Time::NEVER;
        }
        let request = &me.requests[at];
        let Place::Waiting { handled } = request.place else {
            return Time::NEVER;
        };
        let timeout = self.estate.producers[me.producer as usize]
            .config
            .request_timeout;
        let mut done = now;
        for part in &request.parts {
            if let PartState::Waiting { node, arrival } = part.state {
                done = done.max(self.part_passes(part.flow, me.broker, node, arrival));
            }
        }
        done.min(handled.saturating_add(timeout)).max(now)
    }

    /// When the high watermark passes a batch that was appended in this epoch.
    fn part_passes(&self, flow: FlowIx, broker: NodeIx, node: u32, arrival: Time) -> Time {
        let now = self.clock.now();
        let partition = self.flows[flow as usize].partition;
        let p = &self.partitions[partition as usize];
        let Some(at) = p.office_on(broker) else {
            return now;
        };
        let office = &p.offices[at];
        if office.node == node {
            self.pass(partition, at, arrival, now)
        } else {
            // Appended before the leader epoch grew: confirmed when the new epoch has been fetched at all.
            self.pass(partition, at, office.since, now)
        }
    }

    /// Re-arms the moment at which the answer can be sent.
    pub(crate) fn rearm_done(&mut self, connection: ConnectionIx) {
        if self.connections[connection as usize].handling.is_none() {
            return;
        }
        let at = self.done_at(connection);
        let me = &mut self.connections[connection as usize];
        if me.done.is_armed() && me.done.due() == at {
            return;
        }
        if at.is_never() {
            me.done.cancel();
        } else {
            self.clock.arm(&mut me.done, at, |ticket| Event::Done {
                connection,
                ticket,
            });
        }
    }

    /// P7: the answer can be sent, if nothing has come between.
    pub(crate) fn request_done(&mut self, connection: ConnectionIx) {
        let now = self.clock.now();
        let me = &self.connections[connection as usize];
        if me.calm || !self.nodes[me.broker as usize].runs() {
            return;
        }
        let Some(at) = me.handling.and_then(|id| me.find(id)) else {
            return;
        };
        if self.done_at(connection) > now {
            self.touch_connection(connection);
            return;
        }
        let broker = me.broker;
        let freezes = self.nodes[broker as usize]
            .binary
            .behaviour
            .freezes_high_watermark;
        let mut parts =
            std::mem::take(&mut self.connections[connection as usize].requests[at].parts);
        for part in &mut parts {
            let PartState::Waiting { node, arrival } = part.state else {
                continue;
            };
            let partition = self.flows[part.flow as usize].partition;
            let p = &self.partitions[partition as usize];
            part.state = if self.part_passes(part.flow, broker, node, arrival) > now {
                PartState::Bad(ClientError::RequestTimedOut)
            } else if !freezes
                && p.office_on(broker)
                    .is_some_and(|at| (p.offices[at].maximal_isr().count_ones() as u8) < p.min_isr)
            {
                PartState::Bad(ClientError::NotEnoughReplicasAfterAppend)
            } else {
                PartState::Good
            };
            let waiters = &mut self.partitions[partition as usize].waiters;
            waiters.retain(|&mut other| other != connection);
        }
        let me = &mut self.connections[connection as usize];
        me.requests[at].parts = parts;
        me.handling = None;
        self.answer(connection, at);
        self.handle_next(connection);
        self.touch_connection(connection);
    }

    /// The answer is sent.
    fn answer(&mut self, connection: ConnectionIx, at: usize) {
        let now = self.clock.now();
        let picture = self.applied_now(self.connections[connection as usize].broker);
        let me = &mut self.connections[connection as usize];
        let request = &mut me.requests[at];
        request.place = Place::Answered { at: now };
        request.picture = picture;
        let event = Event::AnswerArrives {
            connection,
            request: request.id,
            life: me.life,
        };
        let way = me.way;
        me.muted_until = now.saturating_add(NEXT_REQUEST);
        self.clock.schedule_after(Span::nanos(way), event);
    }

    /// The broker reads the next requests of the connection until one has to wait.
    pub(crate) fn handle_next(&mut self, connection: ConnectionIx) {
        loop {
            let me = &self.connections[connection as usize];
            if me.handling.is_some()
                || !self.nodes[me.broker as usize].runs()
                || !self.nodes[me.broker as usize].listens()
            {
                return;
            }
            let Some(at) = me
                .requests
                .iter()
                .position(|request| request.place == Place::Queued)
            else {
                return;
            };
            if me.muted_until > self.clock.now() {
                self.unmute_later(connection);
                return;
            }
            self.handle(connection, at);
        }
    }

    /// P7: a broker is about to stop leading a partition: what the high watermark has passed is good, whatever its request waits for.
    pub(crate) fn settle_what_has_passed(&mut self, partition: PartitionIx, broker: NodeIx) {
        let now = self.clock.now();
        for connection in self.partitions[partition as usize].waiters.clone() {
            let me = &self.connections[connection as usize];
            if me.broker != broker {
                continue;
            }
            let Some(at) = me.handling.and_then(|id| me.find(id)) else {
                continue;
            };
            for n in 0..self.connections[connection as usize].requests[at]
                .parts
                .len()
            {
                let part = self.connections[connection as usize].requests[at].parts[n];
                if let PartState::Waiting { node, arrival } = part.state
                    && self.flows[part.flow as usize].partition == partition
                    && self.part_passes(part.flow, broker, node, arrival) <= now
                {
                    self.connections[connection as usize].requests[at].parts[n].state =
                        PartState::Good;
                }
            }
        }
    }

    /// P7: a broker stops leading a partition: what waits for it there is told.
    pub(crate) fn no_longer_leads(&mut self, partition: PartitionIx, broker: NodeIx) {
        let waiters = self.partitions[partition as usize].waiters.clone();
        for connection in waiters {
            if self.connections[connection as usize].broker != broker {
                continue;
            }
            let me = &mut self.connections[connection as usize];
            let Some(at) = me.handling.and_then(|id| me.find(id)) else {
                continue;
            };
            for part in &mut self.connections[connection as usize].requests[at].parts {
                if self.flows[part.flow as usize].partition == partition
                    && matches!(part.state, PartState::Waiting { .. })
                {
                    part.state = PartState::Bad(ClientError::NotLeaderOrFollower);
                }
            }
            self.partitions[partition as usize]
                .waiters
                .retain(|&mut other| other != connection);
            self.touch_connection(connection);
        }
    }

    // ------------------------------------------------------------------------------------ back at the client

    /// P9: an answer arrives.
    pub(crate) fn answer_arrives(&mut self, connection: ConnectionIx, id: u32, life: u32) {
        let me = &self.connections[connection as usize];
        if me.life != life || me.calm {
            return;
        }
        let Some(at) = me.find(id) else { return };
        if self.client_way(me.broker).is_none() {
            self.connections[connection as usize].requests[at].place = Place::Lost;
            self.touch_connection(connection);
            return;
        }
        let me = &self.connections[connection as usize];
        let (producer, broker) = (me.producer, me.broker);
        let request = self.connections[connection as usize]
            .requests
            .remove(at)
            .expect("just found");
        self.touch_connection(connection);
        match request.kind {
            RequestKind::Metadata => self.metadata_answer(producer, request.picture, request.alive),
            RequestKind::Produce => {
                let hints = self.nodes[broker as usize]
                    .binary
                    .behaviour
                    .tells_new_leader
                    && self.estate.producers[producer as usize]
                        .behaviour
                        .uses_leader_hint;
                let mut wanted = false;
                for part in request.parts {
                    self.no_longer_in_flight(part.flow, part.batch.first);
                    if part.expired {
                        continue;
                    }
                    match part.state {
                        PartState::Good => {
                            self.acknowledge(part.flow, part.batch.first, part.batch.end)
                        }
                        PartState::Bad(error) => {
                            wanted |= error.invalidates_metadata();
                            if hints && error == ClientError::NotLeaderOrFollower {
                                self.leader_hint(part.flow, request.picture);
                            }
                            self.retry_or_fail(part.flow, part.batch, error);
                        }
                        PartState::Sent | PartState::Waiting { .. } => {
                            unreachable!("an answered part has a result")
                        }
                    }
                }
                if wanted {
                    self.clock.note(Happening::NotLeader(producer, broker));
                    self.want_metadata(producer);
                }
            }
        }
        self.try_to_ask(producer);
    }

    /// P8: every request in flight fails, oldest first.
    fn fail_requests(&mut self, connection: ConnectionIx, error: ClientError) {
        let me = &mut self.connections[connection as usize];
        let requests = std::mem::take(&mut me.requests);
        me.life += 1;
        me.muted_until = Time::ZERO;
        me.unmutes = false;
        me.reset = false;
        me.gave_way = false;
        me.handling = None;
        me.done.cancel();
        me.timeout.cancel();
        let producer = me.producer;
        for request in requests {
            if request.kind == RequestKind::Metadata {
                let producer = &mut self.producers[producer as usize];
                if producer.asking == Some(connection) {
                    producer.asking = None;
                }
                continue;
            }
            for part in request.parts {
                let partition = self.flows[part.flow as usize].partition;
                self.partitions[partition as usize]
                    .waiters
                    .retain(|&mut other| other != connection);
                if self.estate.producers[producer as usize].config.acks == 0 {
                    continue;
                }
                self.no_longer_in_flight(part.flow, part.batch.first);
                if !part.expired {
                    self.retry_or_fail(part.flow, part.batch, error);
                }
            }
        }
    }

    /// The connection is gone at the client.
    fn close(&mut self, connection: ConnectionIx, error: ClientError) {
        self.disturb(connection);
        let producer = self.connections[connection as usize].producer;
        self.fail_requests(connection, error);
        self.back_off(connection);
        self.want_metadata(producer);
    }

    fn back_off(&mut self, connection: ConnectionIx) {
        let now = self.clock.now();
        let me = &self.connections[connection as usize];
        let key = self.producers[me.producer as usize]
            .key
            .id(u64::from(self.estate.nodes[me.broker as usize].id))
            .part("reconnect");
        let wait = self.exponential(
            key,
            me.draws,
            RECONNECT_BACKOFF.0,
            RECONNECT_BACKOFF.1,
            me.failures,
        );
        let me = &mut self.connections[connection as usize];
        me.draws += 1;
        me.failures += 1;
        me.link = Link::Down {
            until: now.saturating_add(wait),
        };
        self.touch_connection(connection);
    }

    /// The client learns that its peer is gone.
    pub(crate) fn connection_lost(&mut self, connection: ConnectionIx, life: u32) {
        let me = &self.connections[connection as usize];
        if me.life != life || me.link != Link::Up {
            return;
        }
        if self.client_way(me.broker).is_none() {
            self.connections[connection as usize].reset = false;
            return;
        }
        let (producer, broker) = (me.producer, me.broker);
        let busy = !me.requests.is_empty() || !me.flows.is_empty();
        if busy {
            self.clock.note(Happening::ConnectionLost(producer, broker));
        }
        self.close(connection, ClientError::NetworkException);
    }

    /// A broker closes a connection (acks=0 has no other way to tell an error).
    fn drop_by_broker(&mut self, connection: ConnectionIx) {
        let me = &mut self.connections[connection as usize];
        let (life, way) = (me.life, me.way);
        let at = self.clock.now().saturating_add(Span::nanos(way));
        me.reset = true;
        self.clock.schedule(at, Event::Lost { connection, life });
    }

    /// The processes or the host behind a connection are gone: the client hears of it after one way, or never.
    pub(crate) fn peer_gone(&mut self, broker: NodeIx, heard: bool) {
        for producer in 0..self.producers.len() as ProducerIx {
            let connection = self.connection_to(producer, broker);
            self.disturb(connection);
            let me = &mut self.connections[connection as usize];
            me.handling = None;
            me.done.cancel();
            if heard && me.link == Link::Up {
                let (life, way) = (me.life, me.way);
                self.clock
                    .schedule_after(Span::nanos(way), Event::Lost { connection, life });
            }
        }
    }

    /// P8: tries to connect.
    pub(crate) fn connect(&mut self, connection: ConnectionIx) {
        let me = &mut self.connections[connection as usize];
        me.link = Link::Connecting;
        me.life += 1;
        me.muted_until = Time::ZERO;
        me.unmutes = false;
        let (life, way, broker, failures) = (me.life, me.way, me.broker, me.failures);
        let node = &self.nodes[broker as usize];
        let reachable = !node.lost && self.client_way(broker).is_some();
        let wait = if !reachable || node.paused.is_some() {
            Span::nanos(
                (SETUP_TIMEOUT.0.as_nanos() << failures.min(2)).min(SETUP_TIMEOUT.1.as_nanos()),
            )
        } else if node.listens() {
            Span::nanos(4 * way)
        } else {
            Span::nanos(2 * way)
        };
        self.clock
            .schedule_after(wait, Event::Connected { connection, life });
    }

    /// An attempt to connect ends.
    pub(crate) fn connected(&mut self, connection: ConnectionIx, life: u32) {
        let me = &self.connections[connection as usize];
        if me.life != life || me.link != Link::Connecting {
            return;
        }
        let (producer, broker) = (me.producer, me.broker);
        let node = &self.nodes[broker as usize];
        let good = node.listens() && node.runs() && self.client_way(broker).is_some();
        let incarnation = node.incarnation;
        if good {
            let me = &mut self.connections[connection as usize];
            me.peer = incarnation;
            me.link = Link::Up;
            me.failures = 0;
        } else {
            self.client_error(producer, ClientError::ConnectionRefused);
            self.back_off(connection);
            self.want_metadata(producer);
        }
        self.touch_connection(connection);
        self.try_to_ask(producer);
    }

    /// After the event: arms what the connection waits for.
    pub(crate) fn settle_connection(&mut self, connection: ConnectionIx) {
        if self.connections[connection as usize].calm {
            return;
        }
        self.refresh_due(connection);
        if self.try_calm(connection) {
            // What rests may expire.
            let producer = self.connections[connection as usize].producer;
            self.watch_expiry(producer);
            return;
        }
        if self.connections[connection as usize].fresh {
            self.schedule_fresh(connection);
        }
        self.rearm_done(connection);
        self.arm_send(connection);
        let producer = self.connections[connection as usize].producer;
        self.watch_expiry(producer);
    }

    /// Arms the next send instant, if there is a reason to.
    fn arm_send(&mut self, connection: ConnectionIx) {
        let now = self.clock.now();
        let me = &self.connections[connection as usize];
        let due = match me.link {
            Link::Up => {
                let acks = self.estate.producers[me.producer as usize].config.acks;
                if acks != 0 && me.in_flight(now) >= self.window(me.producer) {
                    Time::NEVER
                } else {
                    me.due
                }
            }
            Link::Connecting => Time::NEVER,
            Link::Down { until } => {
                if me.due.is_never() {
                    Time::NEVER
                } else {
                    me.sends.next_time(me.due.max(until).max(now))
                }
            }
        };
        let me = &mut self.connections[connection as usize];
        if due.is_never() {
            me.send.cancel();
        } else if !me.send.is_armed() || me.send.due() != due {
            self.clock.arm(&mut me.send, due, |ticket| Event::Send {
                connection,
                ticket,
            });
        }
    }
}
