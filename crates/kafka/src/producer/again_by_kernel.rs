//! What a cut swallows the kernel sends again (specification P15; TCP's retransmission time-out, RFC 6298).
//!
//! A producer and a broker hear nothing of a short cut: the first packet that nobody confirms is sent again, each time after twice as long, and what was
//! sent on the connection after it follows at once when it gets through. Only what lasts longer than the client's own limits is an error.

use engine::{Span, Time};

use super::connection::Connection;
use crate::ids::ConnectionIx;
use crate::world::World;

/// The first retransmission of a packet, in a network that is quicker than that (Linux: `TCP_RTO_MIN`).
const PACKET: Span = Span::millis(200);
/// The first retransmission of a SYN (Linux: `TCP_TIMEOUT_INIT`; RFC 6298).
const SYN: Span = Span::secs(1);
/// They are never further apart than this (Linux: `TCP_RTO_MAX`).
const LONGEST: Span = Span::secs(120);

/// Which way a packet goes on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// From the client to the broker.
    There,
    /// Back.
    Back,
}

/// The first retransmission at or after `from` of what was sent at `sent`.
fn again(sent: Time, first: Span, from: Time) -> Time {
    let mut wait = first;
    let mut at = sent.saturating_add(wait);
    while at < from {
        wait = wait.saturating_mul(2).min(LONGEST);
        at = at.saturating_add(wait);
    }
    at
}

/// The first SYN after `now` of an attempt that began at `began`.
pub(super) fn next_syn(began: Time, now: Time) -> Time {
    again(began, SYN, now.saturating_add(Span::nanos(1)))
}

impl Connection {
    fn held(&mut self, direction: Direction) -> &mut Option<Time> {
        match direction {
            Direction::There => &mut self.held.0,
            Direction::Back => &mut self.held.1,
        }
    }
}

impl World {
    /// Something sent on a connection would arrive now. When it does, if it does not: nothing passes a cut, or something before it has not got through
    /// yet.
    pub(super) fn held_up(
        &mut self,
        connection: ConnectionIx,
        direction: Direction,
    ) -> Option<Time> {
        let now = self.clock.now();
        let passes = self
            .client_way(self.connections[connection as usize].broker)
            .is_some();
        let me = &mut self.connections[connection as usize];
        let way = Span::nanos(me.way);
        let sent = Time::from_nanos(now.as_nanos().saturating_sub(me.way));
        let held = me.held(direction);
        let (first, from) = match *held {
            None if passes => return None,
            None => (*held.insert(sent), sent),
            Some(first) => (first, sent),
        };
        let at = again(first, PACKET, from);
        if at == sent && passes {
            *held = None;
            return None;
        }
        let at = if at == sent {
            again(first, PACKET, sent.saturating_add(Span::nanos(1)))
        } else {
            at
        };
        Some(at.saturating_add(way))
    }
}
