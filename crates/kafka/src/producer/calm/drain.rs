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

use super::super::connection::{NEXT_REQUEST, Part, PartState, Place, Request, RequestKind};
use super::plan::Plan;
use crate::flow::{Batch, Stretch, StretchKind};
use crate::ids::{ConnectionIx, FlowIx};
use crate::world::World;

/// A plan is cut short after so many requests, at least and at most, and made anew then: what comes later is likely to be disturbed before.
pub(crate) const PLAN_LENGTH: (usize, usize) = (8, 64);

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
    /// Of those that are sent again: how they stood before.
    pub(crate) again: Vec<(FlowIx, Batch)>,
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
            // With acks=1 nothing of a plan waits for followers; on a saturated connection one was seen to be off by a request.
            || config.acks >= 0
            || config.max_in_flight == 1
            || me
                .requests
                .iter()
                .any(|request| request.kind != RequestKind::Produce || request.place == Place::Lost)
            || !self.can_be_calm(connection)
        {
            return false;
        }
        let Some(wakes) = self.wakes_resting(connection, true) else {
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
            let me = &mut self.flows[flow.flow as usize];
            me.resting = flow.rests;
            if !flow.rests {
                me.next = flow.next;
                me.retry.drain(..flow.taken);
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
        me.oldest_planned = plan.oldest;
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
        let mut oldest = f
            .retry
            .iter()
            .map(|batch| batch.first)
            .min()
            .unwrap_or(f.next);
        for request in &me.drain {
            let Some(part) = request.parts.iter().find(|part| part.flow == flow) else {
                continue;
            };
            let answered = request.done.saturating_add(way);
            if answered > now {
                oldest = oldest.min(part.batch.first);
            } else {
                acked = acked.max(answered);
            }
        }
        (oldest.min(f.next), acked)
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
        // The next plan is about as long as this one was good for.
        let me = &mut self.connections[connection as usize];
        me.plan_length = match dropped.is_empty() {
            true => (2 * me.plan_length).min(PLAN_LENGTH.1),
            false => (2 * kept).clamp(PLAN_LENGTH.0, PLAN_LENGTH.1),
        };
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
                Place::Waiting { .. } if matches!(part.state, PartState::Waiting { .. }) => {
                    part.state
                }
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
                if part.batch.attempts == 1 {
                    let me = &mut self.flows[part.flow as usize];
                    me.next = part.batch.first;
                    behind |= me.next_creation() <= last_send;
                }
            }
            for &(flow, batch) in &request.again {
                self.flows[flow as usize].retry.insert(0, batch);
                behind = true;
            }
            self.spare(request.parts);
        }
        behind
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
