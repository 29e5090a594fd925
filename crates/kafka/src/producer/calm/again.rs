//! A connection becomes calm again: what is in flight on it is forgotten.

use engine::{Span, Time};

use super::super::connection::{Link, Place, RequestKind};
use crate::disk_failure::DiskFailure;
use crate::event::Event;
use crate::flow::{OPEN, Stretch, StretchKind};
use crate::ids::{ConnectionIx, FlowIx};
use crate::replication::Rounds;
use crate::world::World;

impl World {
    /// Forgets the requests of a connection if the closed form says the same of them; true if it is calm now.
    pub(crate) fn try_calm(&mut self, connection: ConnectionIx) -> bool {
        if !self.layout.switches.calm {
            return false;
        }
        let now = self.clock.now();
        let me = &self.connections[connection as usize];
        // The distance of send instants is two fetch rounds of the usual length.
        if me.behind || self.links.slows(me.broker) || !self.can_be_calm(connection) {
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
                            done = done.max(self.confirms(
                                p,
                                &p.offices[office],
                                request.sent.saturating_add(Span::nanos(me.way)),
                                now,
                                &mut rounds,
                            ));
                        }
                        let arrival = request.sent.saturating_add(Span::nanos(me.way));
                        done = done.max(self.last_round(me.broker, arrival, &rounds));
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
        let Some(wakes) = self.wakes_resting(connection, false) else {
            return false;
        };
        if self.has_batches_elsewhere(connection) {
            return false;
        }
        let me = &self.connections[connection as usize];
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

    /// Does nothing but what is in flight keep a connection from its closed form?
    pub(super) fn can_be_calm(&self, connection: ConnectionIx) -> bool {
        let me = &self.connections[connection as usize];
        let node = &self.nodes[me.broker as usize];
        me.link == Link::Up
            && !me.flows.is_empty()
            && me.due > self.clock.now()
            && !me.reset
            && me.peer == node.starts
            && self.client_way(me.broker).is_some()
            && node.listens()
            && node.runs()
            && node.disk_failure == DiskFailure::None
            && self.layout.producer_fits[me.producer as usize]
            && self.reads_produce(me.producer, me.broker)
            // It waits for a free place to ask for metadata: each answer counts.
            && !self.producers[me.producer as usize].waits_for_place
    }

    /// When a calm connection would have to be woken because a flow that rests goes on. `None` if a flow of it is not as usual; having
    /// something to be sent again is, if `again` says so.
    pub(super) fn wakes_resting(&self, connection: ConnectionIx, again: bool) -> Option<Time> {
        let now = self.clock.now();
        let me = &self.connections[connection as usize];
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
            if !f.retry.is_empty() && !again || f.unresolved {
                return None;
            }
        }
        // It has to be woken before a flow that rests goes on.
        let in_time = wakes.is_never() || wakes > now.saturating_add(Span::nanos(1));
        (unhealthy == 0 && in_time).then_some(wakes)
    }

    /// A flow that came from another connection may still have a batch in flight there.
    pub(super) fn has_batches_elsewhere(&self, connection: ConnectionIx) -> bool {
        let me = &self.connections[connection as usize];
        if self.estate.producers[me.producer as usize].config.acks == 0 {
            return self.travels_elsewhere(connection);
        }
        me.newcomers.iter().any(|&flow| {
            let f = &self.flows[flow as usize];
            let here = me
                .requests
                .iter()
                .flat_map(|request| &request.parts)
                .filter(|part| part.flow == flow)
                .count();
            f.route == Some(connection) && f.in_flight as usize != here
        })
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
    pub(super) fn parked_fetches_may_be_answered(&mut self, connection: ConnectionIx) {
        let broker = self.connections[connection as usize].broker;
        if !self.is_waited_for(broker) {
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

    pub(super) fn becomes_calm(&mut self, connection: ConnectionIx, wakes: Time) {
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
        let (sends, way, broker, cut_short) = (me.sends, me.way, me.broker, me.cut_short);
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
            if cut_short {
                // Nothing is known of what is not in the plan.
                continue;
            }
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
