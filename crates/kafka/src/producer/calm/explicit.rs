//! A calm connection is disturbed: what is in flight on it is made explicit.

use engine::{Span, Time};

use super::super::connection::{NEXT_REQUEST, Part, PartState, Place, Request, RequestKind};
use super::Regular;
use crate::event::Event;
use crate::flow::OPEN;
use crate::ids::{ConnectionIx, FlowIx};
use crate::world::World;

impl World {
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
        let unsent = self.drain_is_disturbed(connection);
        let cut_short = std::mem::take(&mut self.connections[connection as usize].cut_short);
        let requests = if cut_short {
            Vec::new()
        } else {
            let oldest = self.oldest_unanswered(connection);
            self.regular_requests(connection, oldest, last)
        };
        // An answer from before the closed form, or to a question, may still count.
        let mut muted_until = self.connections[connection as usize].muted_until;
        let flows = std::mem::take(&mut self.connections[connection as usize].flows);
        let mut behind = false;
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
            if cut_short {
                // Only what was in the plan was sent.
                behind |= !me.retry.is_empty() || me.next_creation() <= sends.at(last);
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
        behind |= self.takes_back(unsent, sends.at(last));
        let me = &mut self.connections[connection as usize];
        me.behind = behind;
        me.flows = flows;
        me.news.clear();
        me.muted_until = muted_until;
        self.touch_connection(connection);
    }

    /// Keeps the room of a request's parts for the next one.
    pub(crate) fn spare(&mut self, mut parts: Vec<Part>) {
        /// More are in flight only while much goes wrong.
        const ROOMS: usize = 256;
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
        if me.drained > now {
            return true;
        }
        if me.cut_short {
            return false;
        }
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
        let me = &self.connections[connection as usize];
        let queued = |request: &Request| request.place == Place::Queued;
        if me.handling.is_none() && me.requests.iter().any(queued) {
            self.unmute_later(connection);
        }
        self.watch_timeout(connection);
    }
}
