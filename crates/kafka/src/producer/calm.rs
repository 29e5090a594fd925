//! The closed form of a connection on which nothing unusual happens (specification P2, P3, P6, P7).
//!
//! While every partition of a connection is healthy and nothing is left behind, each send instant takes along just what was created
//! since the one before; the request arrives one way later at a broker that has answered the one before (the distance of send instants
//! is at least two fetch rounds); the high watermark passes each batch by arithmetic. So no requests are kept and no events happen.
//!
//! At a disturbance the requests of the last few send instants are made explicit ([`World::materialise`]); when everything is as the
//! closed form would have it, they are forgotten again ([`World::try_calm`]).

use engine::{Span, Time};
use smallvec::SmallVec;

use super::connection::{Link, NEXT_REQUEST, Part, PartState, Place, Request, RequestKind};
use crate::disk_failure::DiskFailure;
use crate::event::Event;
use crate::flow::{Batch, OPEN, Stretch, StretchKind};
use crate::ids::{ConnectionIx, FlowIx};
use crate::layout::Layout;
use crate::replication::Rounds;
use crate::world::World;

/// A request of the closed form.
struct Regular {
    /// Number of its send instant.
    n: i64,
    parts: Vec<Part>,
    /// When it arrives.
    arrival: Time,
    /// When it can be answered.
    done: Time,
    /// The fetches that confirm it.
    rounds: Rounds,
}

impl World {
    /// The longest that a regular request takes from its send instant to its answer.
    fn calm_latency(&self, connection: ConnectionIx) -> Span {
        let me = &self.connections[connection as usize];
        let acks = self.estate.producers[me.producer as usize].config.acks;
        let rounds = if acks < 0 {
            2 * self.layout.longest_round.as_nanos()
        } else {
            0
        };
        Span::nanos(2 * me.way + rounds)
    }

    /// What the closed form says of the requests of the send instants from number `oldest` to `last`: the parts with data, when they
    /// arrive, and when they can be answered.
    fn regular_requests(
        &mut self,
        connection: ConnectionIx,
        oldest: i64,
        last: i64,
    ) -> Vec<Regular> {
        let now = self.clock.now();
        let me = &self.connections[connection as usize];
        let acks = self.estate.producers[me.producer as usize].config.acks;
        let mut requests = Vec::with_capacity((last - oldest + 1).max(0) as usize);
        for n in oldest..=last {
            let arrival = me.sends.at(n).saturating_add(Span::nanos(me.way));
            requests.push(Regular {
                n,
                parts: self.spare_parts.pop().unwrap_or_default(),
                arrival,
                done: arrival,
                rounds: Rounds::default(),
            });
        }
        let me = &mut self.connections[connection as usize];
        let (sends, broker) = (me.sends, me.broker);
        let flows = std::mem::take(&mut me.flows);
        for &flow in &flows {
            let f = &mut self.flows[flow as usize];
            if f.resting {
                continue;
            }
            // Everything up to the last send instant was sent, and is acknowledged unless a request says otherwise. `next` is the first
            // message that was not acknowledged when the connection became calm.
            let from = f.next;
            let sent = if last >= 0 {
                f.created(sends.at(last)).max(from)
            } else {
                from
            };
            f.next = sent;
            f.confirmed = (from, sent);
            if sent == from || oldest > 0 && f.created(sends.at(oldest - 1)) >= sent {
                continue;
            }
            let f = &self.flows[flow as usize];
            let mut end = sent;
            for request in requests.iter_mut().rev() {
                if end <= from {
                    break;
                }
                let first = if request.n > 0 {
                    f.created(sends.at(request.n - 1)).max(from)
                } else {
                    from
                };
                if end > first {
                    request.parts.push(Part {
                        flow,
                        batch: Batch {
                            first,
                            end,
                            attempts: 1,
                            not_before: Time::ZERO,
                            leader_epoch: f.known_epoch,
                            producer_epoch: f.producer_epoch,
                            unnumbered: f.unnumbered,
                        },
                        state: PartState::Sent,
                        expired: false,
                    });
                    if acks < 0
                        && let Some(at) = self.pass_before(
                            f.partition,
                            broker,
                            request.arrival,
                            now,
                            &mut request.rounds,
                        )
                    {
                        request.done = request.done.max(at);
                    }
                }
                end = first;
            }
        }
        self.connections[connection as usize].flows = flows;
        requests
    }

    /// How many requests of a connection wait for an answer, calm or not.
    pub(crate) fn waiting_requests(&self, connection: ConnectionIx) -> u32 {
        let now = self.clock.now();
        let me = &self.connections[connection as usize];
        if !me.calm {
            return me.in_flight(now);
        }
        let acks = self.estate.producers[me.producer as usize].config.acks;
        let last = me.sends.last(now);
        let oldest = self.oldest_unanswered(connection);
        if acks == 0 || last < oldest {
            return 0;
        }
        let way = Span::nanos(me.way);
        // For each send instant, the moment at which its request can be answered.
        let mut done: SmallVec<[Option<Time>; 8]> = SmallVec::new();
        done.resize((last - oldest + 1) as usize, None);
        let mut rounds = Rounds::default();
        for n in oldest..=last {
            let arrival = me.sends.at(n).saturating_add(way);
            let place = &mut done[(n - oldest) as usize];
            for &flow in &me.flows {
                let f = &self.flows[flow as usize];
                let before = if n > 0 {
                    f.created(me.sends.at(n - 1))
                } else {
                    0
                };
                if f.resting || f.created(me.sends.at(n)) <= before.max(f.next) {
                    continue;
                }
                let passes = if acks < 0 {
                    self.pass_before(f.partition, me.broker, arrival, now, &mut rounds)
                } else {
                    None
                };
                *place = (*place).max(Some(passes.unwrap_or(arrival)));
            }
        }
        let waits = |done: &&Option<Time>| done.is_some_and(|at| at.saturating_add(way) > now);
        done.iter().filter(waits).count() as u32
    }

    /// The first send instant of a calm connection whose request may not be forgotten yet.
    fn oldest_unanswered(&self, connection: ConnectionIx) -> i64 {
        let answered = self.calm_latency(connection).saturating_add(NEXT_REQUEST);
        let now = self.clock.now().as_nanos();
        self.connections[connection as usize]
            .sends
            .next(Time::from_nanos(now.saturating_sub(answered.as_nanos())))
            .max(0)
    }

    /// Makes what is in flight on a calm connection explicit.
    pub(crate) fn materialise(&mut self, connection: ConnectionIx) {
        let now = self.clock.now();
        let me = &mut self.connections[connection as usize];
        debug_assert!(me.calm && me.requests.is_empty());
        me.calm = false;
        me.fresh = true;
        me.behind = false;
        let (sends, way, producer) = (me.sends, me.way, me.producer);
        let last = sends.last(now);
        me.last_send = last;
        let acks = self.estate.producers[producer as usize].config.acks;
        let oldest = self.oldest_unanswered(connection);
        let requests = self.regular_requests(connection, oldest, last);
        // An answer from before the closed form, or to a question, may still count.
        let mut muted_until = self.connections[connection as usize].muted_until;
        let flows = std::mem::take(&mut self.connections[connection as usize].flows);
        for request in requests {
            if request.parts.is_empty() {
                self.spare(request.parts);
                continue;
            }
            if acks != 0 && request.done <= now {
                muted_until = muted_until.max(request.done.saturating_add(NEXT_REQUEST));
            }
            let answered = if acks == 0 {
                request.arrival
            } else {
                request.done.saturating_add(Span::nanos(way))
            };
            if answered <= now {
                self.spare(request.parts);
                continue;
            }
            if acks != 0 {
                for part in &request.parts {
                    let me = &mut self.flows[part.flow as usize];
                    me.confirmed.1 = me.confirmed.1.min(part.batch.first);
                }
            }
            self.make_request(connection, request);
        }
        for &flow in &flows {
            let me = &mut self.flows[flow as usize];
            if std::mem::take(&mut me.resting) {
                continue;
            }
            let (from, confirmed) = me.confirmed;
            if confirmed > from {
                me.acked.add(from, confirmed);
                let created = me.arrivals.time_of(confirmed - 1);
                let at = self
                    .regular_ack(connection, flow, sends.next(created))
                    .min(now);
                let me = &mut self.flows[flow as usize];
                me.last_ack = me.last_ack.max(at);
            }
            // What has arrived stays in the open stretch; the rest arrives by itself.
            let me = &mut self.flows[flow as usize];
            if let Some(stretch) = me.stretches.last_mut()
                && stretch.end == OPEN
            {
                stretch.end = stretch.end_at(&me.arrivals, now).max(stretch.first);
            }
        }
        let me = &mut self.connections[connection as usize];
        me.flows = flows;
        me.news.clear();
        me.muted_until = muted_until;
        self.touch_connection(connection);
    }

    /// Keeps the room of a request's parts for the next one.
    pub(crate) fn spare(&mut self, mut parts: Vec<Part>) {
        /// More are in flight only while much goes wrong.
        const ROOMS: usize = 64;
        if self.spare_parts.len() < ROOMS {
            parts.clear();
            self.spare_parts.push(parts);
        }
    }

    /// Is what a flow of a calm connection has in flight confirmed at another moment because of the event at hand? If it has nothing in
    /// flight the rest of it is put down by the old rule, and the new one holds for what comes.
    pub(crate) fn confirms_anew(&mut self, flow: FlowIx, connection: ConnectionIx) -> bool {
        let me = &self.connections[connection as usize];
        let f = &self.flows[flow as usize];
        let p = &self.partitions[f.partition as usize];
        let Some(office) = p.office_on(me.broker) else {
            return true;
        };
        let Some(place) = (p.touched as usize).checked_sub(1) else {
            return false;
        };
        let office = &p.offices[office];
        match self.before[place]
            .iter()
            .find(|before| before.node == office.node)
        {
            Some(before) if office.confirms_like(before) => return false,
            Some(_) => {}
            None => return true,
        }
        let now = self.clock.now();
        let sends = me.sends;
        let last = sends.last(now);
        if last < 0 {
            return false;
        }
        let oldest = self.oldest_unanswered(connection);
        let before = if oldest > 0 {
            f.created(sends.at(oldest - 1))
        } else {
            0
        };
        let from = f.next;
        let sent = f.created(sends.at(last)).max(from);
        if sent > before.max(from) {
            return true;
        }
        if sent > from {
            let created = f.arrivals.time_of(sent - 1);
            let at = self
                .regular_ack(connection, flow, sends.next(created))
                .min(now);
            let me = &mut self.flows[flow as usize];
            me.acked.add(from, sent);
            me.next = sent;
            me.last_ack = me.last_ack.max(at);
        }
        false
    }

    /// When the closed form acknowledges the batch of one flow that was sent at instant n, by its own partition.
    fn regular_ack(&self, connection: ConnectionIx, flow: FlowIx, n: i64) -> Time {
        let now = self.clock.now();
        let me = &self.connections[connection as usize];
        let acks = self.estate.producers[me.producer as usize].config.acks;
        let sent = me.sends.at(n);
        if acks == 0 {
            return sent;
        }
        let arrival = sent.saturating_add(Span::nanos(me.way));
        let mut done = arrival;
        if acks < 0 {
            let partition = self.flows[flow as usize].partition;
            if let Some(at) =
                self.pass_before(partition, me.broker, arrival, now, &mut Rounds::default())
            {
                done = at;
            }
        }
        done.saturating_add(Span::nanos(me.way))
    }

    fn make_request(&mut self, connection: ConnectionIx, request: Regular) {
        let now = self.clock.now();
        let Regular {
            n,
            mut parts,
            arrival,
            done,
            ..
        } = request;
        let me = &self.connections[connection as usize];
        let (broker, producer, sent) = (me.broker, me.producer, me.sends.at(n));
        let acks = self.estate.producers[producer as usize].config.acks;
        let place = if arrival > now {
            Place::Travelling
        } else if done > now {
            Place::Waiting { handled: arrival }
        } else {
            Place::Answered { at: done }
        };
        for part in &mut parts {
            let me = &mut self.flows[part.flow as usize];
            // Sent without waiting for an answer is done: only what still travels is kept.
            if acks != 0 {
                me.in_flight += 1;
                let at = me.flying.partition_point(|&other| other < part.batch.first);
                me.flying.insert(at, part.batch.first);
            }
            let p = &self.partitions[me.partition as usize];
            part.state = match place {
                Place::Travelling | Place::Queued | Place::Lost => PartState::Sent,
                Place::Waiting { .. } => {
                    let node = p
                        .office_on(broker)
                        .map_or(0, |office| p.offices[office].node);
                    PartState::Waiting { node, arrival }
                }
                Place::Answered { .. } => PartState::Good,
            };
        }
        let me = &mut self.connections[connection as usize];
        let id = me.next_request;
        me.next_request += 1;
        if matches!(place, Place::Waiting { .. }) {
            me.handling = Some(id);
        }
        me.requests.push_back(Request {
            id,
            sent,
            kind: RequestKind::Produce,
            place,
            parts,
            silent: acks == 0,
            regular: true,
            picture: 0,
            alive: Vec::new(),
        });
    }

    /// Schedules the events of requests that were made from the closed form.
    pub(crate) fn schedule_fresh(&mut self, connection: ConnectionIx) {
        let now = self.clock.now();
        self.connections[connection as usize].fresh = false;
        let me = &self.connections[connection as usize];
        let (way, life) = (me.way, me.life);
        let events: Vec<(Time, Event)> = me
            .requests
            .iter()
            .filter_map(|request| {
                let id = request.id;
                match request.place {
                    Place::Travelling => Some((
                        request.sent.saturating_add(Span::nanos(way)),
                        Event::Arrives {
                            connection,
                            request: id,
                            life,
                        },
                    )),
                    Place::Answered { at } => Some((
                        at.saturating_add(Span::nanos(way)),
                        Event::AnswerArrives {
                            connection,
                            request: id,
                            life,
                        },
                    )),
                    Place::Queued | Place::Waiting { .. } | Place::Lost => None,
                }
            })
            .collect();
        for (at, event) in events {
            self.clock.schedule(at.max(now), event);
        }
        self.watch_timeout(connection);
    }

    /// Forgets the requests of a connection if the closed form says the same of them; true if it is calm now.
    pub(crate) fn try_calm(&mut self, connection: ConnectionIx) -> bool {
        if !self.layout.switches.calm {
            return false;
        }
        let now = self.clock.now();
        let me = &self.connections[connection as usize];
        let node = &self.nodes[me.broker as usize];
        if me.link != Link::Up
            || me.behind
            || me.flows.is_empty()
            || me.due <= now
            || me.reset
            || me.peer != node.incarnation
            || self.client_way(me.broker).is_none()
            || !node.listens()
            || !node.runs()
            || node.disk_failure != DiskFailure::None
            || !self.layout.producer_fits[me.producer as usize]
            || !self.reads_produce(me.producer, me.broker)
            || self.links.disturbed()
            // It waits for a free place to ask for metadata: each answer counts.
            || self.producers[me.producer as usize].waits_for_place
        {
            return false;
        }
        let acks = self.estate.producers[me.producer as usize].config.acks;
        let latency = self.calm_latency(connection);
        // In the closed form a request is handled when it arrives: not while the broker is still busy with the answer before it (P6).
        let way = Span::nanos(me.way);
        let next_arrival = me.sends.next_time(now).saturating_add(way);
        if next_arrival < me.muted_until
            || me.requests.iter().any(|request| {
                request.place == Place::Travelling
                    && request.sent.saturating_add(way) < me.muted_until
            })
        {
            return false;
        }
        for request in &me.requests {
            if !request.regular || request.kind != RequestKind::Produce {
                return false;
            }
            if request
                .parts
                .iter()
                .any(|part| self.flows[part.flow as usize].route != Some(connection))
            {
                return false;
            }
            match request.place {
                Place::Queued | Place::Lost => return false,
                Place::Travelling => {}
                Place::Waiting { .. } | Place::Answered { .. } => {
                    let mut done = request.sent.saturating_add(Span::nanos(me.way));
                    if acks < 0 {
                        let mut rounds = Rounds::default();
                        for part in &request.parts {
                            let f = &self.flows[part.flow as usize];
                            let p = &self.partitions[f.partition as usize];
                            let Some(office) = p.office_on(me.broker) else {
                                return false;
                            };
                            if p.offices[office].since >= request.sent {
                                return false;
                            }
                            done = done.max(self.passes(
                                p,
                                &p.offices[office],
                                request.sent.saturating_add(Span::nanos(me.way)),
                                now,
                                &mut rounds,
                            ));
                        }
                    }
                    // A longer wait is no part of the closed form, and has to be noted when it ends.
                    if done.saturating_add(Span::nanos(me.way))
                        > request.sent.saturating_add(latency)
                    {
                        return false;
                    }
                    match request.place {
                        Place::Answered { at } if at != done => return false,
                        Place::Waiting { .. } if done < now => return false,
                        _ => {}
                    }
                }
            }
        }
        let mut unhealthy = me.unhealthy;
        let mut wakes = Time::NEVER;
        let looked_at = me.news.len() == me.flows.len();
        for (n, &flow) in me.flows.iter().enumerate() {
            if looked_at && me.news[n] != Time::ZERO {
                // It has nothing but new messages to send.
                continue;
            }
            let f = &self.flows[flow as usize];
            if let Some(until) = self.rests_until(flow, now) {
                wakes = wakes.min(me.sends.next_time(until));
                unhealthy -= u32::from(f.unhealthy);
                continue;
            }
            if !f.retry.is_empty() || f.unresolved {
                return false;
            }
        }
        if unhealthy > 0 {
            return false;
        }
        // It has to be woken before a flow that rests goes on.
        if !wakes.is_never() && wakes <= now.saturating_add(Span::nanos(1)) {
            return false;
        }
        // A flow that came from another connection may still have a batch in flight there.
        let elsewhere = |&flow: &FlowIx| {
            let f = &self.flows[flow as usize];
            let here = me
                .requests
                .iter()
                .flat_map(|request| &request.parts)
                .filter(|part| part.flow == flow)
                .count();
            f.route == Some(connection) && f.in_flight as usize != here
        };
        if acks != 0 && me.newcomers.iter().any(elsewhere)
            || acks == 0 && self.travels_elsewhere(connection)
        {
            return false;
        }
        debug_assert!(
            acks == 0
                || me
                    .flows
                    .iter()
                    .map(|&flow| self.flows[flow as usize].in_flight as usize)
                    .sum::<usize>()
                    == me
                        .requests
                        .iter()
                        .map(|request| request.parts.len())
                        .sum::<usize>()
        );
        self.becomes_calm(connection, wakes);
        self.parked_fetches_may_be_answered(connection);
        true
    }

    /// Without answers: is a batch of a flow of this connection still on its way over another one?
    fn travels_elsewhere(&self, connection: ConnectionIx) -> bool {
        let producer = self.connections[connection as usize].producer;
        let first = self.producers[producer as usize].first_connection;
        let others = first..first + self.nodes.len() as ConnectionIx;
        others.filter(|&other| other != connection).any(|other| {
            let requests = &self.connections[other as usize].requests;
            requests
                .iter()
                .flat_map(|request| &request.parts)
                .any(|part| self.flows[part.flow as usize].route == Some(connection))
        })
    }

    /// From now on batches arrive here without events: parked fetches that wait for one have to be told when.
    fn parked_fetches_may_be_answered(&mut self, connection: ConnectionIx) {
        let broker = self.connections[connection as usize].broker;
        let n = self.nodes.len();
        let from = Layout::fetcher(n, broker, 0);
        if self.fetchers[from..from + n]
            .iter()
            .all(|fetcher| fetcher.added.is_empty())
        {
            return;
        }
        for flow in self.connections[connection as usize].flows.clone() {
            let partition = self.flows[flow as usize].partition;
            if let Some(leader) = self.partitions[partition as usize].slot_of(broker) {
                self.batch_arrived(partition, leader);
            }
        }
    }

    /// Until when a flow sends nothing, whatever comes: it waits in the back-off of a retry and has nothing in flight.
    pub(crate) fn rests_until(&self, flow: FlowIx, now: Time) -> Option<Time> {
        let me = &self.flows[flow as usize];
        if me.retry.is_empty() || me.in_flight > 0 {
            return None;
        }
        self.retry_ready(flow, now)
            .err()
            .filter(|until| !until.is_never())
    }

    fn becomes_calm(&mut self, connection: ConnectionIx, wakes: Time) {
        let now = self.clock.now();
        let me = &mut self.connections[connection as usize];
        me.calm = true;
        me.newcomers.clear();
        me.fresh = false;
        me.life += 1;
        me.unmutes = false;
        me.handling = None;
        me.done.cancel();
        me.send.cancel();
        let requests = std::mem::take(&mut me.requests);
        let (sends, way, broker) = (me.sends, me.way, me.broker);
        let flows = std::mem::take(&mut me.flows);
        for &flow in &flows {
            let me = &mut self.flows[flow as usize];
            me.confirmed = (u64::MAX, u64::MAX);
        }
        for request in requests {
            for part in &request.parts {
                let me = &mut self.flows[part.flow as usize];
                if me.in_flight > 0 {
                    me.in_flight -= 1;
                }
                let first = part.batch.first;
                if let Some(at) = me.flying.iter().position(|&other| other == first) {
                    me.flying.remove(at);
                }
                // The first message of each flow that is in flight, and the first that is still travelling.
                me.confirmed.0 = me.confirmed.0.min(first);
                if request.place == Place::Travelling {
                    me.confirmed.1 = me.confirmed.1.min(first);
                }
            }
            self.spare(request.parts);
        }
        if !wakes.is_never() {
            // Just before, so that what happens at that instant happens as always.
            let at = Time::from_nanos(wakes.as_nanos() - 1);
            self.clock.arm(
                &mut self.connections[connection as usize].send,
                at,
                |ticket| Event::Send { connection, ticket },
            );
        }
        for &flow in &flows {
            if self.rests_until(flow, now).is_some() {
                self.flows[flow as usize].resting = true;
                continue;
            }
            let me = &mut self.flows[flow as usize];
            // What is still travelling belongs to the open stretch, and what comes after it.
            let (in_flight, travelling) = me.confirmed;
            let first = if travelling == u64::MAX {
                me.next
            } else {
                travelling
            };
            let regular = StretchKind::Calm {
                connection,
                sends,
                delay: way,
            };
            let would_go_on = me.stretches.last().is_some_and(|stretch| {
                stretch.end == first
                    && (stretch.producer_epoch, stretch.unnumbered)
                        == (me.producer_epoch, me.unnumbered)
                    && stretch.kind == regular
            });
            if would_go_on && !std::mem::take(&mut me.moved) {
                // In the same leader epoch as before.
                me.stretches.last_mut().expect("just looked").end = OPEN;
                if in_flight != u64::MAX {
                    me.next = in_flight;
                }
                continue;
            }
            me.moved = false;
            let p = &self.partitions[me.partition as usize];
            let office = p
                .office_on(broker)
                .expect("a calm connection has leaders behind it");
            let node = p.offices[office].node;
            let goes_on = would_go_on
                && me
                    .stretches
                    .last()
                    .is_some_and(|stretch| stretch.node == node);
            if goes_on {
                me.stretches.last_mut().expect("just looked").end = OPEN;
            } else {
                if me
                    .stretches
                    .last()
                    .is_some_and(|stretch| stretch.first == stretch.end)
                {
                    me.stretches.pop();
                }
                me.stretches.push(Stretch {
                    node,
                    producer_epoch: me.producer_epoch,
                    unnumbered: me.unnumbered,
                    first,
                    end: OPEN,
                    kind: StretchKind::Calm {
                        connection,
                        sends,
                        delay: way,
                    },
                });
            }
            // `next` goes back to what is acknowledged: the closed form counts from there.
            if in_flight != u64::MAX {
                me.next = in_flight;
            }
        }
        self.connections[connection as usize].flows = flows;
    }
}
