//! The plan of a queue that drains: which requests follow, what they take along, when they are handled and answered (P3, P6, P7, P10, R11).
//!
//! It says what the broker and the client would do request by request, and ends where they would do anything that has to be noted: an error, the end
//! of an outage, a batch that the log of the leader does not simply take.

use engine::{Span, Time};
use smallvec::SmallVec;

use super::super::NOTED_OUTAGE;
use super::super::connection::{NEXT_REQUEST, Part, PartState, Place};
use super::drain::Planned;
use crate::flow::Batch;
use crate::grid::Grid;
use crate::ids::{ConnectionIx, FlowIx};
use crate::log::Point;
use crate::replication::Rounds;
use crate::world::World;

/// A plan that is cut short before this many requests that were not sent yet saves nothing.
const SHORTEST_PLAN: usize = 2;

/// What the making of a plan knows of one flow of the connection.
#[derive(Clone, Copy)]
pub(super) struct Outlook {
    pub(super) flow: FlowIx,
    /// It waits in a back-off and has no part in the plan.
    pub(super) rests: bool,
    /// The first message that was never sent.
    pub(super) next: u64,
    /// The creation of what it sends next.
    creation: Time,
    /// Batches that wait to be sent again and have been taken.
    pub(super) taken: usize,
    /// When it can send, as far as that hangs on itself.
    ready: Time,
    /// It has something to be sent again, which may be older than what is acknowledged meanwhile.
    retries: bool,
    /// What the log takes next.
    expected: Expected,
    /// The last acknowledgement.
    acked: Time,
}

/// What the log of the leader takes next of a flow (P6).
#[derive(Clone, Copy, PartialEq)]
enum Expected {
    /// The broker decides.
    Unknown,
    /// Anything: it has nothing of this flow.
    Anything,
    /// This message.
    Message(u64),
}

/// A plan in the making.
pub(super) struct Plan {
    sends: Grid,
    pub(super) way: Span,
    /// The broker handles nothing before this moment.
    muted: Time,
    pub(super) requests: Vec<Planned>,
    pub(super) flows: SmallVec<[Outlook; 24]>,
    /// It is cut short before this send instant.
    pub(super) cut: Option<Time>,
    /// Nothing that waits for an acknowledgement when it begins was created before.
    pub(super) oldest: Time,
}

impl World {
    pub(super) fn plan_drain(&mut self, connection: ConnectionIx, wakes: Time) -> Option<Plan> {
        let now = self.clock.now();
        let me = &self.connections[connection as usize];
        let mut plan = Plan {
            sends: me.sends,
            way: Span::nanos(me.way),
            muted: me.muted_until,
            requests: Vec::with_capacity(me.requests.len() + 8),
            flows: SmallVec::with_capacity(me.flows.len()),
            cut: None,
            oldest: now,
        };
        for &flow in &me.flows {
            let outlook = self.outlook(connection, flow, now);
            let f = &self.flows[flow as usize];
            let retried = f.retry.iter().map(|batch| f.arrivals.time_of(batch.first));
            plan.oldest = retried.fold(plan.oldest.min(outlook.creation), Time::min);
            plan.flows.push(outlook);
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
        let office = p.office_on(broker).map(|at| &p.offices[at]);
        let expected = match (office, f.stretches.last()) {
            (Some(office), Some(last))
                if office.regular.is_some()
                    && last.node == office.node
                    && last.end > last.first
                    && last.end != crate::flow::OPEN =>
            {
                // What comes next goes on where the log of this leader epoch ends.
                match (last.producer_epoch, last.unnumbered) == (f.producer_epoch, f.unnumbered) {
                    true => Expected::Message(last.end),
                    false => Expected::Unknown,
                }
            }
            (Some(office), _) if office.regular.is_some() => {
                let log = Point {
                    node: office.node,
                    cut: now,
                };
                match f.next_sequence_in(&p.tree, log) {
                    Some((next, epoch)) if epoch == f.producer_epoch => {
                        Expected::Message(next + f.unnumbered)
                    }
                    Some(_) => Expected::Unknown,
                    None => Expected::Anything,
                }
            }
            _ => Expected::Unknown,
        };
        Outlook {
            flow,
            rests,
            next: f.next,
            creation: f.next_creation(),
            taken: 0,
            ready: f.next_creation(),
            retries: !f.retry.is_empty(),
            expected,
            acked: f.last_ack,
        }
    }

    /// When the flows that have something to be sent again can send it (P3, P10).
    fn plan_retries(&self, plan: &mut Plan) {
        for outlook in &mut plan.flows {
            let f = &self.flows[outlook.flow as usize];
            let Some(head) = f.retry.get(outlook.taken) else {
                continue;
            };
            // What is older has to be answered first.
            let before = |part: &Part| part.flow == outlook.flow && part.batch.first < head.first;
            let last = plan
                .requests
                .iter()
                .rev()
                .find(|request| request.parts.iter().any(before));
            let answered = last.map_or(Time::ZERO, |at| at.done.saturating_add(plan.way));
            self.plan_next_retry(outlook, answered);
        }
    }

    /// When a flow can send the next batch that it has to send again, if what is older is answered then.
    fn plan_next_retry(&self, outlook: &mut Outlook, answered: Time) {
        let f = &self.flows[outlook.flow as usize];
        let Some(head) = f.retry.get(outlook.taken) else {
            return;
        };
        let spec = &self.estate.producers[f.producer as usize];
        let newer = spec.behaviour.uses_leader_hint && f.known_epoch > head.leader_epoch;
        let mut ready = match newer {
            true => Time::ZERO,
            false => head.not_before,
        };
        if spec.config.idempotent {
            ready = ready.max(answered);
        }
        outlook.ready = ready;
        outlook.creation = f.arrivals.time_of(head.first);
    }

    /// A batch comes to the leader's log (P6): it goes on where the log ends, or is there already. `None`: the broker decides.
    fn plan_append(&self, outlook: &mut Outlook, part: &mut Part) -> Option<()> {
        let f = &self.flows[part.flow as usize];
        let batch = part.batch;
        let usual = (batch.producer_epoch, batch.unnumbered) == (f.producer_epoch, f.unnumbered);
        if outlook.rests || !usual {
            return None;
        }
        let idempotent = self.estate.producers[f.producer as usize].config.idempotent;
        match outlook.expected {
            Expected::Unknown => return None,
            Expected::Message(next) if batch.first < next && idempotent => {
                let connection = f.route?;
                let p = &self.partitions[f.partition as usize];
                let office = p.office_on(self.connections[connection as usize].broker)?;
                let log = Point {
                    node: p.offices[office].node,
                    cut: self.clock.now(),
                };
                let (node, arrival) =
                    f.contains(&p.tree, log, batch.first, batch.end, batch.producer_epoch)?;
                part.state = PartState::Waiting { node, arrival };
                return Some(());
            }
            Expected::Message(next) if batch.first > next && idempotent => return None,
            Expected::Message(_) | Expected::Anything => {}
        }
        outlook.expected = Expected::Message(batch.end);
        part.state = PartState::Sent;
        Some(())
    }

    /// The requests in flight; `None` if something about them is not regular.
    fn plan_in_flight(&self, connection: ConnectionIx, plan: &mut Plan) -> Option<()> {
        let now = self.clock.now();
        let me = &self.connections[connection as usize];
        for request in &me.requests {
            let arrives = request.sent.saturating_add(plan.way);
            let mut parts = request.parts.clone();
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
                    let waits = |part: &Part| matches!(part.state, PartState::Waiting { .. });
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
                    for part in &mut parts {
                        self.plan_append(plan.flow(part.flow)?, part)?;
                    }
                    let done = self.plan_answer(connection, &parts, handled)?;
                    (handled, done)
                }
            };
            for part in &request.parts {
                let office_changed = match part.state {
                    PartState::Waiting { node, arrival } if arrival == handled => {
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
                parts,
                again: Vec::new(),
            });
        }
        self.plan_retries(plan);
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
        let retried = me
            .flows
            .iter()
            .any(|&flow| !self.flows[flow as usize].retry.is_empty());
        // The flows that have a batch in a request, and how they stood before.
        let mut takers: SmallVec<[(usize, Outlook); 24]> = SmallVec::new();
        let mut last = last;
        let mut left = self.connections[connection as usize].behind;
        let first_new = plan.requests.len();
        let longest = self.connections[connection as usize].plan_length;
        loop {
            let wants = plan
                .flows
                .iter()
                .filter(|flow| !flow.rests)
                .map(|flow| flow.ready)
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
            let waits_again = |flow: &Outlook| {
                !flow.rests && flow.taken < self.flows[flow.flow as usize].retry.len()
            };
            let retries = retried && plan.flows.iter().any(waits_again);
            let on_time = n == news && !left && !retries;
            if on_time && plan.muted <= arrives && ever_regular {
                return Some(());
            }
            let planned = plan.requests.len() - first_new;
            if sent >= wakes || planned == longest {
                plan.cut = Some(sent.min(wakes));
                return Some(());
            }
            let mut parts = self.spare_parts.pop().unwrap_or_default();
            let mut known = true;
            let mut again = Vec::new();
            takers.clear();
            left = false;
            for (at, flow) in plan.flows.iter_mut().enumerate() {
                if flow.rests || flow.ready > sent {
                    continue;
                }
                takers.push((at, *flow));
                let f = &self.flows[flow.flow as usize];
                let batch = match f.retry.get(flow.taken) {
                    Some(&batch) => {
                        again.push((flow.flow, batch));
                        flow.taken += 1;
                        Batch {
                            attempts: batch.attempts + 1,
                            leader_epoch: f.known_epoch,
                            ..batch
                        }
                    }
                    None => {
                        let first = flow.next;
                        flow.next = f.created(sent).min(first + full);
                        Batch {
                            first,
                            end: flow.next,
                            attempts: 1,
                            not_before: Time::ZERO,
                            leader_epoch: f.known_epoch,
                            producer_epoch: f.producer_epoch,
                            unnumbered: f.unnumbered,
                        }
                    }
                };
                let mut part = Part {
                    flow: flow.flow,
                    batch,
                    state: PartState::Sent,
                    expired: false,
                };
                known &= self.plan_append(flow, &mut part).is_some();
                parts.push(part);
                let waits = f.retry.len() > flow.taken;
                if !waits {
                    flow.creation = f.arrivals.time_of(flow.next);
                    flow.ready = flow.creation;
                }
                left |= waits || flow.creation <= sent;
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
                            plan.flows[at].acked = answered;
                            answered < before.creation.saturating_add(delivery_timeout)
                                && !before.notes(before.creation, answered)
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
                regular: on_time && !left && again.is_empty(),
                parts,
                again,
            });
            if retried {
                let answered = done.saturating_add(way);
                for &(at, _) in &takers {
                    self.plan_next_retry(&mut plan.flows[at], answered);
                }
            }
        }
    }

    pub(super) fn acks(&self, connection: ConnectionIx) -> i8 {
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
            let passes = match part.state {
                // It was there before.
                PartState::Waiting { node, arrival } if arrival != handled => {
                    self.passes_alone(part.flow, broker, node, arrival)
                }
                _ => self.confirms(p, office, handled, now, &mut rounds),
            };
            done = done.max(passes);
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
            plan.oldest = plan.oldest.min(created);
            let flow = plan.flow(part.flow)?;
            if flow.notes(created, arrives)
                || arrives >= created.saturating_add(config.delivery_timeout)
            {
                return None;
            }
            flow.acked = flow.acked.max(arrives);
        }
        Some(())
    }
}

impl Plan {
    fn flow(&mut self, flow: FlowIx) -> Option<&mut Outlook> {
        let at = self.flows.binary_search_by_key(&flow, |at| at.flow).ok()?;
        Some(&mut self.flows[at])
    }
}

impl Outlook {
    /// Does the acknowledgement of what was created then end an outage (P13)?
    fn notes(&self, created: Time, answered: Time) -> bool {
        let since = match self.retries {
            true => self.acked,
            false => created.max(self.acked),
        };
        answered.saturating_since(since) > NOTED_OUTAGE
    }
}
