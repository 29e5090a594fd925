//! One connection of a producer to a broker: requests, their handling, answers (specification P2–P9).
//!
//! The broker handles one request of a connection at a time: it does not read the next one before it has answered (SocketServer mutes
//! the channel). So a request that waits for one stalled partition holds up everything behind it.

use std::collections::VecDeque;

use engine::{Span, Time, Timer};

use super::ClientError;
use super::calm::{PLAN_LENGTH, Planned};
use crate::event::Event;
use crate::flow::Batch;
use crate::grid::Grid;
use crate::ids::{ConnectionIx, FlowIx, NodeIx, ProducerIx};
use crate::world::World;

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
    /// It, or its answer, was lost on the way; if by a cut, it is sent again ([`super::again_by_kernel`]).
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
    /// It is what the closed form would have sent at that instant (`calm`).
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
    /// The process of the broker that it leads to.
    pub(crate) peer: u32,
    /// While it is being made: the other side's kernel has accepted it, and its process, which is paused, says nothing.
    pub(crate) accepted: bool,
    /// While it is being made: the SYN was lost.
    pub(crate) syn_lost: bool,
    /// When the attempt to make it began.
    pub(crate) attempt: Time,
    /// When the first packet was sent that has not got through a cut: to the broker, and back.
    pub(crate) held: (Option<Time>, Option<Time>),
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
    /// By flow: when the first message is created that it never sent, if it has nothing else to send and nothing keeps it from sending;
    /// time 0: it has to be looked at. Not kept while the connection is calm.
    pub(crate) news: Vec<Time>,
    /// Flows that came from another connection since this one was last calm.
    pub(crate) newcomers: Vec<FlowIx>,
    /// Nothing unusual happens: no requests are kept, everything is arithmetic (`calm`).
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
    /// `wants` has to be found anew.
    pub(crate) wants_changed: bool,
    /// The earliest moment at which a flow may have something to send, news apart.
    pub(crate) wants: Time,
    /// When `wants` has to be found anew: a back-off ends.
    pub(crate) wants_until: Time,
    /// When the answer to the request at hand can be sent has to be found anew.
    pub(crate) done_changed: bool,
    /// When it can be sent, as found last.
    pub(crate) done_at: Time,
    /// The broker handles no request of this connection before this moment (P6).
    pub(crate) muted_until: Time,
    /// The event for that moment is on its way.
    pub(crate) unmutes: bool,
    /// While it is calm: the requests of a queue that drains (`calm/drain.rs`), oldest first.
    pub(crate) drain: Vec<Planned>,
    /// When the last of them is answered.
    pub(crate) drained: Time,
    /// The plan of the drain ends before the queue does: it is calm no longer than the plan goes.
    pub(crate) cut_short: bool,
    /// With that: nothing that waited for an acknowledgement when the plan was made was created before this.
    pub(crate) oldest_planned: Time,
    /// How many requests that were not sent yet a plan has at most.
    pub(crate) plan_length: usize,
    /// The request before which it was last tried to plan how the queue drains.
    pub(crate) planned_at: u32,
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
            accepted: false,
            syn_lost: false,
            attempt: Time::ZERO,
            held: (None, None),
            reset: false,
            gave_way: false,
            failures: 0,
            draws: 0,
            flows: Vec::new(),
            news: Vec::new(),
            newcomers: Vec::new(),
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
            wants_changed: true,
            wants: Time::NEVER,
            wants_until: Time::ZERO,
            done_changed: true,
            done_at: Time::NEVER,
            muted_until: Time::ZERO,
            unmutes: false,
            drain: Vec::new(),
            drained: Time::ZERO,
            cut_short: false,
            oldest_planned: Time::ZERO,
            plan_length: 2 * PLAN_LENGTH.0,
            planned_at: 0,
        }
    }

    pub(crate) fn find(&self, id: u32) -> Option<usize> {
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
    /// Puts a connection on the list of those to be looked at when the event at hand has been handled: anything about it may have changed.
    pub(crate) fn touch_connection(&mut self, connection: ConnectionIx) {
        let me = &mut self.connections[connection as usize];
        me.wants_changed = true;
        me.done_changed = true;
        self.look_at_connection(connection);
    }

    /// Puts it on the list: neither what its flows have to send nor what the request at hand waits for has changed.
    #[inline]
    pub(crate) fn look_at_connection(&mut self, connection: ConnectionIx) {
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

    /// What a flow has to send may have changed.
    pub(crate) fn flow_changed(&mut self, flow: FlowIx) {
        let Some(route) = self.flows[flow as usize].route else {
            return;
        };
        let me = &mut self.connections[route as usize];
        if !me.calm
            && me.news.len() == me.flows.len()
            && let Ok(at) = me.flows.binary_search(&flow)
        {
            me.news[at] = Time::ZERO;
        }
        self.connections[route as usize].wants_changed = true;
        self.look_at_connection(route);
    }

    /// A part of a producer's settings.
    pub(crate) fn window(&self, producer: ProducerIx) -> u32 {
        self.estate.producers[producer as usize]
            .config
            .max_in_flight
    }

    /// After the event: arms what the connection waits for.
    pub(crate) fn settle_connection(&mut self, connection: ConnectionIx) {
        if self.connections[connection as usize].calm {
            return;
        }
        self.refresh_due(connection);
        if self.try_calm(connection) || self.try_drain(connection) {
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
