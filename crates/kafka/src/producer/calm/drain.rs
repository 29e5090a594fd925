//! A queue that drains: the closed form of a connection that is behind and on which nothing else is unusual.
//!
//! After a stall requests wait in the broker's socket. The broker handles one of a connection at a time and the next one a millisecond after
//! the answer (P6), so the queue becomes shorter by only a little with each request. But nothing about that is news: which messages each
//! request takes along (P3), when it is handled (P6) and when the high watermark passes it (R11) follow from each other, request by request,
//! until one is handled when it arrives. From there on the regular closed form holds.
//!
//! So the whole drain is computed when it begins and kept as a plan; its batches lie in the flows' stretches from then on, with the moments
//! at which they will arrive. A disturbance makes explicit what is in flight at that moment and takes back what has not happened.
//!
//! A plan can be cut short: because the queue is long, because a flow that rests goes on, because what follows is not regular, or because
//! a link of the broker is so slow that the queue never drains. Then the connection is calm just as far as the plan goes.

use engine::{Span, Time};
use smallvec::SmallVec;

use super::super::NOTED_OUTAGE;
use super::super::connection::{NEXT_REQUEST, Part, PartState, Place, Request, RequestKind};
use crate::flow::{Batch, Stretch, StretchKind};
use crate::grid::Grid;
use crate::ids::{ConnectionIx, FlowIx};
use crate::replication::Rounds;
use crate::world::World;

/// A plan is cut short after this many requests, and made anew then: what comes later is likely to be disturbed before.
const LONGEST_PLAN: usize = 64;

/// A plan that is cut short before this many requests that were not sent yet saves nothing.
const SHORTEST_PLAN: usize = 2;

/// A plan looks at every flow for each request. With more flows than this, of which few have anything to send at a time, handling each
/// request by itself is no slower.
const MOST_FLOWS: usize = 64;

/// A request of a drain.
#[derive(Clone, Debug)]
pub(crate) struct Planned {
    pub(crate) sent: Time,
    /// When the broker handles it.
    pub(crate) handled: Time,
    /// When it is answered.
    pub(crate) done: Time,
    /// It takes along what the regular closed form would have it take along.
    pub(crate) regular: bool,
    pub(crate) parts: Vec<Part>,
}

/// What the making of a plan knows of one flow of the connection.
#[derive(Clone, Copy)]
struct Outlook {
    flow: FlowIx,
    /// It waits in a back-off and has no part in the plan.
    rests: bool,
    /// The first message that is not sent, and its creation.
    next: u64,
    creation: Time,
    /// The message that has to be appended next.
    expected: Option<u64>,
    /// The last acknowledgement.
    acked: Time,
}

/// A plan in the making.
struct Plan {
    sends: Grid,
    way: Span,
    /// The broker handles nothing before this moment.
    muted: Time,
    requests: Vec<Planned>,
    flows: SmallVec<[Outlook; 24]>,
    /// It is cut short before this send instant.
    cut: Option<Time>,
}

impl World {
    /// Makes the drain of a connection a plan; true if the connection is calm now.
    pub(crate) fn try_drain(&mut self, connection: ConnectionIx) -> bool {
        let switches = self.layout.switches;
        let me = &self.connections[connection as usize];
        let config = &self.estate.producers[me.producer as usize].config;
        // One attempt for each request that is sent.
        if !(switches.calm && switches.drains)
            || me.requests.is_empty()
            || me.flows.len() > MOST_FLOWS
            || me.planned_at == me.next_request
            || config.acks == 0
            || config.max_in_flight == 1
            || me
                .requests
                .iter()
                .any(|request| request.kind != RequestKind::Produce || request.place == Place::Lost)
            || !self.can_be_calm(connection)
        {
            return false;
        }
        let Some(wakes) = self.wakes_resting(connection) else {
            return false;
        };
        let me = &mut self.connections[connection as usize];
        me.planned_at = me.next_request;
        if self.has_batches_elsewhere(connection) {
            return false;
        }
        let Some(plan) = self.plan_drain(connection, wakes) else {
            return false;
        };
        self.begins_to_drain(connection, plan, wakes);
        true
    }

    fn plan_drain(&mut self, connection: ConnectionIx, wakes: Time) -> Option<Plan> {
        let now = self.clock.now();
        let me = &self.connections[connection as usize];
        let mut plan = Plan {
            sends: me.sends,
            way: Span::nanos(me.way),
            muted: me.muted_until,
            requests: Vec::with_capacity(me.requests.len() + 8),
            flows: SmallVec::with_capacity(me.flows.len()),
            cut: None,
        };
        for &flow in &me.flows {
            plan.flows.push(self.outlook(connection, flow, now));
        }
        let last_send = me.last_send;
        if self.plan_in_flight(connection, &mut plan).is_none()
            || self
                .plan_sends(connection, &mut plan, last_send, wakes)
                .is_none()
        {
            for request in plan.requests {
                self.spare(request.parts);
            }
            return None;
        }
        Some(plan)
    }

    /// Where a flow stands when the plan is made.
    fn outlook(&self, connection: ConnectionIx, flow: FlowIx, now: Time) -> Outlook {
        let f = &self.flows[flow as usize];
        let rests = self.rests_until(flow, now).is_some();
        let p = &self.partitions[f.partition as usize];
        let broker = self.connections[connection as usize].broker;
        // What comes next goes on where the log of this leader epoch ends; else the broker has to decide what becomes of it (P6).
        let expected = p.office_on(broker).and_then(|at| {
            let last = f.stretches.last()?;
            let goes_on = p.offices[at].regular.is_some()
                && last.node == p.offices[at].node
                && last.end > last.first
                && last.end != crate::flow::OPEN
                && (last.producer_epoch, last.unnumbered) == (f.producer_epoch, f.unnumbered);
            goes_on.then_some(last.end)
        });
        Outlook {
            flow,
            rests,
            next: f.next,
            creation: f.next_creation(),
            expected,
            acked: f.last_ack,
        }
    }

    /// The requests in flight; `None` if something about them is not regular.
    fn plan_in_flight(&self, connection: ConnectionIx, plan: &mut Plan) -> Option<()> {
        let now = self.clock.now();
        let me = &self.connections[connection as usize];
        for request in &me.requests {
            let arrives = request.sent.saturating_add(plan.way);
            let (handled, done) = match request.place {
                Place::Lost => return None,
                Place::Answered { at } => {
                    let good = |part: &Part| part.state == PartState::Good;
                    if !request.parts.iter().all(good) {
                        return None;
                    }
                    (arrives.min(at), at)
                }
                Place::Waiting { handled } => {
                    let waits = |part: &Part| matches!(part.state, PartState::Waiting { arrival, .. } if arrival == handled);
                    let good = |part: &Part| part.state == PartState::Good;
                    if !request
                        .parts
                        .iter()
                        .all(|part| waits(part) || good(part) && self.acks(connection) > 0)
                    {
                        return None;
                    }
                    let done = self.plan_answer(connection, &request.parts, handled)?;
                    if done < now {
                        return None;
                    }
                    (handled, done)
                }
                Place::Travelling | Place::Queued => {
                    let handled = arrives.max(plan.muted).max(now);
                    for part in &request.parts {
                        plan.appends(part)?;
                    }
                    let done = self.plan_answer(connection, &request.parts, handled)?;
                    (handled, done)
                }
            };
            for part in &request.parts {
                let office_changed = match part.state {
                    PartState::Waiting { node, .. } => {
                        let p = &self.partitions[self.flows[part.flow as usize].partition as usize];
                        p.office_on(me.broker)
                            .is_none_or(|at| p.offices[at].node != node)
                    }
                    _ => false,
                };
                if part.expired || office_changed {
                    return None;
                }
            }
            self.plan_acks(connection, plan, &request.parts, request.sent, done)?;
            plan.muted = plan.muted.max(done.saturating_add(NEXT_REQUEST));
            plan.requests.push(Planned {
                sent: request.sent,
                handled,
                done,
                regular: request.regular,
                parts: request.parts.clone(),
            });
        }
        Some(())
    }

    /// The requests that follow, until one is handled when it arrives and takes along just what is new (P3, P6), or as far as they can be
    /// told; `None` if that is not worth it.
    fn plan_sends(
        &mut self,
        connection: ConnectionIx,
        plan: &mut Plan,
        last: i64,
        wakes: Time,
    ) -> Option<()> {
        let now = self.clock.now();
        let me = &self.connections[connection as usize];
        let (producer, sends, way) = (me.producer, plan.sends, plan.way);
        let window = self.window(producer) as usize;
        let full = self.layout.batch_messages[producer as usize];
        let config = &self.estate.producers[producer as usize].config;
        let (request_timeout, delivery_timeout) = (config.request_timeout, config.delivery_timeout);
        let ever_regular = !self.links.slows(me.broker);
        // The flows that have a batch in a request, and how they stood before.
        let mut takers: SmallVec<[(usize, Outlook); 24]> = SmallVec::new();
        let mut last = last;
        let mut left = self.connections[connection as usize].behind;
        let first_new = plan.requests.len();
        loop {
            let wants = plan
                .flows
                .iter()
                .filter(|flow| !flow.rests)
                .map(|flow| flow.creation)
                .min()
                .unwrap_or(Time::NEVER);
            if wants.is_never() {
                return Some(());
            }
            let news = sends.next(wants);
            let mut n = news.max(last + 1).max(sends.next(now));
            // A place in the window has to be free (P3); an answer that arrives at a send instant counts as taken.
            if let Some(oldest) = plan.requests.len().checked_sub(window) {
                let free = plan.requests[oldest].done.saturating_add(way);
                n = n.max(sends.next(free));
            }
            let sent = sends.at(n);
            let arrives = sent.saturating_add(way);
            let on_time = n == news && !left;
            if on_time && plan.muted <= arrives && ever_regular {
                return Some(());
            }
            let planned = plan.requests.len() - first_new;
            if sent >= wakes || planned == LONGEST_PLAN {
                plan.cut = Some(sent.min(wakes));
                return Some(());
            }
            let mut parts = self.spare_parts.pop().unwrap_or_default();
            let mut known = true;
            takers.clear();
            left = false;
            for (at, flow) in plan.flows.iter_mut().enumerate() {
                if flow.rests || flow.creation > sent {
                    continue;
                }
                takers.push((at, *flow));
                known &= flow.expected == Some(flow.next);
                let f = &self.flows[flow.flow as usize];
                let end = f.created(sent).min(flow.next + full);
                parts.push(Part {
                    flow: flow.flow,
                    batch: Batch {
                        first: flow.next,
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
                flow.next = end;
                flow.expected = Some(end);
                flow.creation = f.arrivals.time_of(end);
                left |= flow.creation <= sent;
            }
            last = n;
            let handled = arrives.max(plan.muted);
            let done = self
                .plan_answer(connection, &parts, handled)
                .filter(|&done| {
                    let answered = done.saturating_add(way);
                    known
                        && answered < sent.saturating_add(request_timeout)
                        && takers.iter().all(|&(at, before)| {
                            let since = before.creation.max(before.acked);
                            plan.flows[at].acked = answered;
                            answered < before.creation.saturating_add(delivery_timeout)
                                && answered.saturating_since(since) <= NOTED_OUTAGE
                        })
                });
            let Some(done) = done else {
                self.spare(parts);
                for &(at, before) in &takers {
                    plan.flows[at] = before;
                }
                plan.cut = Some(sent);
                return (planned >= SHORTEST_PLAN).then_some(());
            };
            plan.muted = done.saturating_add(NEXT_REQUEST);
            plan.requests.push(Planned {
                sent,
                handled,
                done,
                regular: on_time && !left,
                parts,
            });
        }
    }

    fn acks(&self, connection: ConnectionIx) -> i8 {
        let producer = self.connections[connection as usize].producer;
        self.estate.producers[producer as usize].config.acks
    }

    /// When a request with these parts that is handled at `handled` can be answered (P7).
    fn plan_answer(&self, connection: ConnectionIx, parts: &[Part], handled: Time) -> Option<Time> {
        if self.acks(connection) > 0 {
            return Some(handled);
        }
        let broker = self.connections[connection as usize].broker;
        let now = self.clock.now();
        let mut rounds = Rounds::default();
        let mut done = handled;
        for part in parts {
            let p = &self.partitions[self.flows[part.flow as usize].partition as usize];
            let office = &p.offices[p.office_on(broker)?];
            office.regular?;
            done = done.max(self.confirms(p, office, handled, now, &mut rounds));
        }
        done = done.max(self.last_round(broker, handled, &rounds));
        (!done.is_never()).then_some(done)
    }

    /// The answer arrives before anything is given up because of it, and ends no outage (P8, P12).
    fn plan_acks(
        &self,
        connection: ConnectionIx,
        plan: &mut Plan,
        parts: &[Part],
        sent: Time,
        done: Time,
    ) -> Option<()> {
        let producer = self.connections[connection as usize].producer;
        let config = &self.estate.producers[producer as usize].config;
        let arrives = done.saturating_add(plan.way);
        if arrives >= sent.saturating_add(config.request_timeout) {
            return None;
        }
        for part in parts {
            let created = self.flows[part.flow as usize]
                .arrivals
                .time_of(part.batch.first);
            let flow = plan.flow(part.flow)?;
            if arrives.saturating_since(created.max(flow.acked)) > NOTED_OUTAGE
                || arrives >= created.saturating_add(config.delivery_timeout)
            {
                return None;
            }
            flow.acked = flow.acked.max(arrives);
        }
        Some(())
    }

    /// The plan holds from now on.
    fn begins_to_drain(&mut self, connection: ConnectionIx, plan: Plan, wakes: Time) {
        let now = self.clock.now();
        let requests = std::mem::take(&mut self.connections[connection as usize].requests);
        for request in requests {
            for part in &request.parts {
                let me = &mut self.flows[part.flow as usize];
                me.in_flight = me.in_flight.saturating_sub(1);
                if let Some(at) = me
                    .flying
                    .iter()
                    .position(|&other| other == part.batch.first)
                {
                    me.flying.remove(at);
                }
            }
            self.spare(request.parts);
        }
        let broker = self.connections[connection as usize].broker;
        for request in &plan.requests {
            for part in &request.parts {
                // What a request waits with has been appended.
                if part.state != PartState::Sent {
                    continue;
                }
                let me = &mut self.flows[part.flow as usize];
                let p = &self.partitions[me.partition as usize];
                let office = p.office_on(broker).expect("the plan found it");
                let node = p.offices[office].node;
                me.appends(node, &part.batch, request.handled, None);
            }
        }
        for flow in &plan.flows {
            if !flow.rests {
                self.flows[flow.flow as usize].next = flow.next;
            }
        }
        let drained = plan
            .requests
            .last()
            .map_or(now, |last| last.done.saturating_add(plan.way));
        let me = &mut self.connections[connection as usize];
        me.drain = plan.requests;
        me.drained = drained;
        me.cut_short = plan.cut.is_some();
        self.becomes_calm(connection, plan.cut.map_or(wakes, |cut| cut.min(wakes)));
        self.parked_fetches_may_be_answered(connection);
    }

    /// How many requests of a drain wait for their answer.
    pub(super) fn waiting_in_drain(&self, connection: ConnectionIx) -> u32 {
        let now = self.clock.now();
        let me = &self.connections[connection as usize];
        let way = Span::nanos(me.way);
        let waits =
            |request: &&Planned| request.sent <= now && request.done.saturating_add(way) > now;
        me.drain.iter().filter(waits).count() as u32
    }

    /// The oldest message of a flow that waits for its acknowledgement while its connection drains, and the last acknowledgement before.
    pub(crate) fn oldest_in_drain(&self, connection: ConnectionIx, flow: FlowIx) -> (u64, Time) {
        let now = self.clock.now();
        let me = &self.connections[connection as usize];
        let way = Span::nanos(me.way);
        let f = &self.flows[flow as usize];
        let mut acked = f.last_ack;
        for request in &me.drain {
            let Some(part) = request.parts.iter().find(|part| part.flow == flow) else {
                continue;
            };
            let answered = request.done.saturating_add(way);
            if answered > now {
                return (part.batch.first, acked);
            }
            acked = acked.max(answered);
        }
        (f.next, acked)
    }

    /// The connection is disturbed: what is in flight of the drain is made explicit, and what was answered is put down. What has not been
    /// sent is returned.
    pub(super) fn drain_is_disturbed(&mut self, connection: ConnectionIx) -> Vec<Planned> {
        let now = self.clock.now();
        let me = &mut self.connections[connection as usize];
        let mut drain = std::mem::take(&mut me.drain);
        let way = Span::nanos(me.way);
        let broker = me.broker;
        let kept = drain.iter().take_while(|at| at.sent <= now).count();
        let dropped = drain.split_off(kept);
        for request in dropped.iter().chain(&drain) {
            if request.handled <= now {
                continue;
            }
            for part in &request.parts {
                self.flows[part.flow as usize].forgets_what_comes(now);
            }
        }
        for request in drain {
            let answered = request.done.saturating_add(way);
            if request.done <= now {
                let me = &mut self.connections[connection as usize];
                me.muted_until = me
                    .muted_until
                    .max(request.done.saturating_add(NEXT_REQUEST));
            }
            if answered <= now {
                for part in &request.parts {
                    let me = &mut self.flows[part.flow as usize];
                    me.acked.add(part.batch.first, part.batch.end);
                    me.last_ack = me.last_ack.max(answered);
                }
                self.spare(request.parts);
                continue;
            }
            self.explicit_again(connection, broker, request);
        }
        dropped
    }

    /// A request of a drain that is in flight.
    fn explicit_again(&mut self, connection: ConnectionIx, broker: u32, request: Planned) {
        let now = self.clock.now();
        let acks = self.acks(connection);
        let way = Span::nanos(self.connections[connection as usize].way);
        let arrives = request.sent.saturating_add(way);
        let place = if request.done <= now {
            Place::Answered { at: request.done }
        } else if request.handled <= now {
            Place::Waiting {
                handled: request.handled,
            }
        } else if arrives <= now {
            Place::Queued
        } else {
            Place::Travelling
        };
        let mut parts = request.parts;
        for part in &mut parts {
            let me = &mut self.flows[part.flow as usize];
            me.in_flight += 1;
            let at = me.flying.partition_point(|&other| other < part.batch.first);
            me.flying.insert(at, part.batch.first);
            let p = &self.partitions[me.partition as usize];
            part.state = match place {
                Place::Answered { .. } => PartState::Good,
                Place::Waiting { .. } if acks > 0 => PartState::Good,
                Place::Waiting { handled } => PartState::Waiting {
                    node: p.office_on(broker).map_or(0, |at| p.offices[at].node),
                    arrival: handled,
                },
                Place::Travelling | Place::Queued | Place::Lost => PartState::Sent,
            };
        }
        let me = &mut self.connections[connection as usize];
        let id = me.next_request;
        me.next_request += 1;
        if matches!(place, Place::Waiting { .. }) {
            me.handling = Some(id);
        }
        let on_time = match place {
            Place::Travelling => true,
            Place::Queued => false,
            _ => request.handled == arrives,
        };
        me.requests.push_back(Request {
            id,
            sent: request.sent,
            kind: RequestKind::Produce,
            place,
            parts,
            silent: false,
            regular: request.regular && on_time,
            picture: 0,
            alive: Vec::new(),
        });
    }

    /// What a disturbed drain would have sent is to be sent again from here; true if something of it was created by the last send instant.
    pub(super) fn takes_back(&mut self, dropped: Vec<Planned>, last_send: Time) -> bool {
        let mut behind = false;
        for request in dropped.into_iter().rev() {
            for part in &request.parts {
                let me = &mut self.flows[part.flow as usize];
                me.next = part.batch.first;
                behind |= me.next_creation() <= last_send;
            }
            self.spare(request.parts);
        }
        behind
    }
}

impl Plan {
    fn flow(&mut self, flow: FlowIx) -> Option<&mut Outlook> {
        let at = self.flows.binary_search_by_key(&flow, |at| at.flow).ok()?;
        Some(&mut self.flows[at])
    }

    /// A batch is appended behind what the log of the leader epoch holds of its flow; `None` if it does not belong there.
    fn appends(&mut self, part: &Part) -> Option<()> {
        let flow = self.flow(part.flow)?;
        if flow.rests || part.batch.attempts != 1 || flow.expected != Some(part.batch.first) {
            return None;
        }
        flow.expected = Some(part.batch.end);
        Some(())
    }
}

impl crate::flow::Flow {
    /// Takes back the batches that were to arrive after this moment, and an open stretch after them in which nothing has arrived.
    fn forgets_what_comes(&mut self, now: Time) {
        while let Some(last) = self.stretches.last() {
            let comes = match last.kind {
                StretchKind::Batch(at) => at > now,
                StretchKind::Calm { .. } => self.nothing_in(last, now),
            };
            if !comes {
                break;
            }
            self.stretches.pop();
        }
    }

    fn nothing_in(&self, stretch: &Stretch, now: Time) -> bool {
        stretch.end_at(&self.arrivals, now) == stretch.first
    }
}
