//! The link of a connection: how it is made, lost and tried again, and what TCP makes of a short cut (P8, P15).

use super::broker::Process;
use super::connection::{Error, Link};
use super::{Class, Event, Naive, Nanos};

const MILLI: Nanos = 1_000_000;
/// P8: `socket.connection.setup.timeout.ms` and its maximum.
const SETUP: (Nanos, Nanos) = (10_000 * MILLI, 30_000 * MILLI);
/// P8: `reconnect.backoff.ms` and its maximum.
const RECONNECT: (Nanos, Nanos) = (50 * MILLI, 1_000 * MILLI);

/// P15: the two directions of a connection.
pub const THERE: usize = 0;
pub const BACK: usize = 1;

impl Naive {
    pub fn request_times_out(&mut self, connection: usize, life: u64, request: u64) {
        let me = &self.connections[connection];
        if me.life == life && me.in_flight.iter().any(|other| other.number == request) {
            self.close(connection);
        }
    }

    pub fn connection_lost(&mut self, connection: usize, life: u64) {
        let me = &self.connections[connection];
        if me.life != life || me.link != Link::Up || self.nodes[me.broker].lost {
            return;
        }
        match self.held_up(connection, BACK) {
            Some(again) => self.at(again, Class::Arrival, Event::Lost { connection, life }),
            None => self.close(connection),
        }
    }

    /// P8: all requests in flight fail, oldest first.
    pub fn close(&mut self, connection: usize) {
        let producer = self.connections[connection].producer;
        self.disconnected(producer);
        let me = &mut self.connections[connection];
        let requests = std::mem::take(&mut me.in_flight);
        me.life += 1;
        me.muted_until = 0;
        me.held = [None; 2];
        me.socket.clear();
        me.handling.clear();
        for request in requests {
            if request.asks {
                self.refresh_failed(producer);
            }
            for (flow, batch) in request.batches {
                self.no_longer_in_flight(flow, &batch);
                if !request.expired.contains(&(flow, batch.number)) {
                    self.retry_or_fail(flow, batch, Error::NetworkException);
                }
            }
        }
        self.back_off(connection);
        self.producers[producer].wanted = true;
        self.try_to_ask(producer);
    }

    fn back_off(&mut self, connection: usize) {
        let me = &self.connections[connection];
        let id = u64::from(self.estate.nodes[me.broker].id);
        let key = self.producers[me.producer].key.id(id).part("reconnect");
        let wait = self.exponential(key, me.draws, RECONNECT.0, RECONNECT.1, me.failures);
        let until = self.now + wait;
        let me = &mut self.connections[connection];
        me.draws += 1;
        me.failures += 1;
        me.link = Link::Down { until };
    }

    pub fn connect(&mut self, connection: usize) {
        let me = &mut self.connections[connection];
        me.link = Link::Connecting;
        me.life += 1;
        me.held = [None; 2];
        me.attempt = self.now;
        self.shake_hands(connection);
    }

    /// P8: a SYN is sent.
    fn shake_hands(&mut self, connection: usize) {
        let me = &self.connections[connection];
        let (life, broker) = (me.life, me.broker);
        let way = self.estate.client_latency.as_nanos();
        let producer = me.producer;
        let node = &self.nodes[broker];
        let accepted = self.client_way(broker).is_some() && node.paused && node.listens();
        let request_timeout = self.estate.producers[producer].config.request_timeout;
        let wait = if accepted {
            2 * way + request_timeout.as_nanos()
        } else if self.client_way(broker).is_none() {
            // P15: it is sent again after 1 s, 2 s, 4 s …
            let mut next = 1_000 * MILLI;
            while me.attempt + next <= self.now {
                next = 2 * next + 1_000 * MILLI;
            }
            (me.attempt + next).min(self.given_up_at(connection)) - self.now
        } else if node.listens() {
            4 * way
        } else {
            2 * way
        };
        self.connections[connection].accepted = accepted;
        self.connections[connection].syn_lost = self.client_way(broker).is_none();
        self.after(wait, Event::Connected { connection, life });
    }

    fn given_up_at(&self, connection: usize) -> Nanos {
        let me = &self.connections[connection];
        me.attempt + (SETUP.0 << me.failures.min(2)).min(SETUP.1)
    }

    /// P15: if what would arrive now on a connection does not, when it does: the first packet that was lost is sent again after 200 ms, 400 ms,
    /// 800 ms …, and nothing that was sent after it gets through before.
    pub fn held_up(&mut self, connection: usize, direction: usize) -> Option<Nanos> {
        let way = self.estate.client_latency.as_nanos();
        let passes = self
            .client_way(self.connections[connection].broker)
            .is_some();
        let sent = self.now - way;
        let held = &mut self.connections[connection].held[direction];
        let Some(first) = *held else {
            if passes {
                return None;
            }
            *held = Some(sent);
            return Some(sent + 200 * MILLI + way);
        };
        let mut next = 200 * MILLI;
        while first + next < sent || first + next == sent && !passes {
            next = 2 * next + 200 * MILLI;
        }
        if first + next == sent {
            *held = None;
            return None;
        }
        Some(first + next + way)
    }

    /// P8: a paused process goes on, or ends: whoever waited for its first answer hears of it.
    pub fn attempt_ends(&mut self, connection: usize) {
        let me = &self.connections[connection];
        if me.link == Link::Connecting && me.accepted {
            let life = me.life;
            let way = self.estate.client_latency.as_nanos();
            self.after(way, Event::Connected { connection, life });
        }
    }

    pub fn connected(&mut self, connection: usize, life: u64) {
        let me = &self.connections[connection];
        if me.life != life || me.link != Link::Connecting {
            return;
        }
        let (producer, broker) = (me.producer, me.broker);
        let lost = me.syn_lost || self.client_way(broker).is_none();
        if lost && !me.accepted && self.given_up_at(connection) > self.now {
            self.shake_hands(connection);
            return;
        }
        let node = &self.nodes[broker];
        if node.listens() && node.runs() && self.client_way(broker).is_some() {
            let incarnation = node.incarnation;
            self.connections[connection].link = Link::Up;
            self.connections[connection].peer = incarnation;
            self.connections[connection].failures = 0;
        } else {
            self.back_off(connection);
            self.disconnected(producer);
            self.producers[producer].wanted = true;
        }
        self.try_to_ask(producer);
    }

    /// The process behind connections ends; if anybody can tell, their clients hear of it one way later (P8).
    pub fn peer_gone(&mut self, broker: usize, heard: bool) {
        debug_assert!(self.nodes[broker].process != Process::Gone);
        for connection in 0..self.connections.len() {
            let me = &mut self.connections[connection];
            if me.broker != broker {
                continue;
            }
            me.socket.clear();
            me.handling.clear();
            let (life, up) = (me.life, me.link == Link::Up);
            if heard && up {
                let way = self.estate.client_latency.as_nanos();
                self.after(way, Event::Lost { connection, life });
            }
            if heard {
                self.attempt_ends(connection);
            }
        }
    }
}
