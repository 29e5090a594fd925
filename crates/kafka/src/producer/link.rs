//! Connections that break, are refused and are made again (specification P4, P8; Selector, NetworkClient, ClusterConnectionStates).

use engine::{Span, Time};

use super::ClientError;
use super::again_by_kernel::{Direction, next_syn};
use super::connection::{Connection, Link, RequestKind};
use crate::event::Event;
use crate::happening::Happening;
use crate::ids::{ConnectionIx, NodeIx, ProducerIx};
use crate::world::World;

/// `socket.connection.setup.timeout.ms` and its maximum.
const SETUP_TIMEOUT: (Span, Span) = (Span::secs(10), Span::secs(30));
/// `reconnect.backoff.ms` and its maximum.
const RECONNECT_BACKOFF: (Span, Span) = (Span::millis(50), Span::secs(1));

impl Connection {
    /// When the attempt that goes on is given up, if no kernel answers.
    fn given_up_at(&self) -> Time {
        let timeout =
            (SETUP_TIMEOUT.0.as_nanos() << self.failures.min(2)).min(SETUP_TIMEOUT.1.as_nanos());
        self.attempt.saturating_add(Span::nanos(timeout))
    }
}

impl World {
    /// P8: every request in flight fails, oldest first.
    fn fail_requests(&mut self, connection: ConnectionIx, error: ClientError) {
        let me = &mut self.connections[connection as usize];
        let requests = std::mem::take(&mut me.requests);
        me.life += 1;
        me.muted_until = Time::ZERO;
        me.unmutes = false;
        me.reset = false;
        me.held = (None, None);
        me.gave_way = false;
        me.handling = None;
        me.done.cancel();
        me.timeout.cancel();
        let producer = me.producer;
        for request in requests {
            if request.kind == RequestKind::Metadata {
                if self.producers[producer as usize].asking == Some(connection) {
                    self.refresh_failed(producer);
                }
                continue;
            }
            for part in request.parts {
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
    pub(crate) fn close(&mut self, connection: ConnectionIx, error: ClientError) {
        self.disturb(connection);
        let producer = self.connections[connection as usize].producer;
        self.disconnect_postpones(producer);
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
        if self.nodes[me.broker as usize].lost {
            self.connections[connection as usize].reset = false;
            return;
        }
        if let Some(again) = self.held_up(connection, Direction::Back) {
            self.clock.schedule(again, Event::Lost { connection, life });
            return;
        }
        let me = &self.connections[connection as usize];
        let (producer, broker) = (me.producer, me.broker);
        let busy = !me.requests.is_empty() || !me.flows.is_empty();
        if busy {
            self.clock.note(Happening::ConnectionLost(producer, broker));
        }
        self.close(connection, ClientError::NetworkException);
    }

    /// A broker closes a connection (acks=0 has no other way to tell an error).
    pub(crate) fn drop_by_broker(&mut self, connection: ConnectionIx) {
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
            if heard {
                self.attempt_ends(connection);
            }
        }
    }

    /// P8: a process that was paused goes on: it reads what was said on the connections that were made to it meanwhile.
    pub(crate) fn reads_new_connections(&mut self, broker: NodeIx) {
        for producer in 0..self.producers.len() as ProducerIx {
            self.attempt_ends(self.connection_to(producer, broker));
        }
    }

    /// Whatever became of a process that had not answered on a new connection, the client hears of it.
    fn attempt_ends(&mut self, connection: ConnectionIx) {
        let me = &self.connections[connection as usize];
        if me.link == Link::Connecting && me.accepted {
            let (life, way) = (me.life, me.way);
            self.clock
                .schedule_after(Span::nanos(way), Event::Connected { connection, life });
        }
    }

    /// P8: tries to connect.
    pub(crate) fn connect(&mut self, connection: ConnectionIx) {
        let now = self.clock.now();
        let me = &mut self.connections[connection as usize];
        me.link = Link::Connecting;
        me.life += 1;
        me.muted_until = Time::ZERO;
        me.unmutes = false;
        me.held = (None, None);
        me.attempt = now;
        self.shakes_hands(connection);
    }

    /// P8: a SYN is sent.
    fn shakes_hands(&mut self, connection: ConnectionIx) {
        let me = &self.connections[connection as usize];
        let (life, way, broker) = (me.life, me.way, me.broker);
        let node = &self.nodes[broker as usize];
        let reachable = !node.lost && self.client_way(broker).is_some();
        let timeout = self.estate.producers[me.producer as usize]
            .config
            .request_timeout;
        let accepted = reachable && node.paused.is_some() && node.listens();
        let wait = if accepted {
            // Its kernel accepts, and nobody answers the first request (ApiVersions).
            timeout.saturating_add(Span::nanos(2 * way))
        } else if !reachable {
            // The SYN is sent again and again (P15).
            let now = self.clock.now();
            next_syn(me.attempt, now)
                .min(me.given_up_at())
                .saturating_since(now)
        } else if node.listens() {
            Span::nanos(4 * way)
        } else {
            Span::nanos(2 * way)
        };
        let me = &mut self.connections[connection as usize];
        me.accepted = accepted;
        me.syn_lost = !reachable;
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
        let reachable = !node.lost && self.client_way(broker).is_some();
        if (me.syn_lost || !reachable) && !me.accepted && me.given_up_at() > self.clock.now() {
            self.shakes_hands(connection);
            return;
        }
        let good = node.listens() && node.runs() && self.client_way(broker).is_some();
        let process = node.starts;
        if good {
            let me = &mut self.connections[connection as usize];
            me.peer = process;
            me.link = Link::Up;
            me.failures = 0;
        } else {
            if !me.accepted {
                self.client_error(producer, ClientError::ConnectionRefused);
            }
            self.back_off(connection);
            self.disconnect_postpones(producer);
            self.want_metadata(producer);
        }
        self.touch_connection(connection);
        self.try_to_ask(producer);
    }
}
