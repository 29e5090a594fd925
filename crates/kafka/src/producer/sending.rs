//! What a producer puts on a connection, and what it does when nothing comes back (specification P3, P8; Sender, NetworkClient).

use engine::{Span, Time};

use super::ClientError;
use super::connection::{Link, Part, PartState, Place, Request, RequestKind};
use crate::event::Event;
use crate::happening::Happening;
use crate::ids::{ConnectionIx, FlowIx};
use crate::world::World;

impl World {
    /// A send instant (P3).
    pub(crate) fn send_instant(&mut self, connection: ConnectionIx) {
        let now = self.clock.now();
        if self.connections[connection as usize].calm {
            // A flow that rested is about to go on.
            self.disturb(connection);
            return;
        }
        self.connections[connection as usize].wants_changed = true;
        self.look_at_connection(connection);
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
        let flows = std::mem::take(&mut self.connections[connection as usize].flows);
        let mut parts = self.spare_parts.pop().unwrap_or_default();
        let mut left = false;
        let mut retried = false;
        let mut wants = Time::NEVER;
        let mut until = Time::NEVER;
        let one_at_a_time = self.window(producer) == 1;
        let mut news = std::mem::take(&mut self.connections[connection as usize].news);
        if news.len() != flows.len() {
            news.clear();
            news.resize(flows.len(), Time::ZERO);
        }
        for (&flow, news) in flows.iter().zip(&mut news) {
            if *news > now {
                wants = wants.min(*news);
                continue;
            }
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
            let me = &mut self.flows[flow as usize];
            if me.sends_as_usual(one_at_a_time) {
                *news = me.creation_of_next();
                wants = wants.min(*news);
                continue;
            }
            *news = Time::ZERO;
            let due = self.flow_due(flow, now);
            wants = wants.min(due);
            if !self.flows[flow as usize].retry.is_empty() {
                until = until.min(due);
            }
        }
        let me = &mut self.connections[connection as usize];
        me.flows = flows;
        me.news = news;
        me.behind = left;
        me.wants = wants;
        me.wants_until = until;
        me.wants_changed = false;
        if parts.is_empty() {
            self.spare(parts);
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
        self.look_at_connection(connection);
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
}
