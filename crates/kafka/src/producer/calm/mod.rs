//! The closed form of a connection on which nothing unusual happens (specification P2, P3, P6, P7).
//!
//! While every partition of a connection is healthy and nothing is left behind, each send instant takes along just what was created
//! since the one before; the request arrives one way later at a broker that has answered the one before (the distance of send instants
//! is at least two fetch rounds); the high watermark passes each batch by arithmetic. So no requests are kept and no events happen.
//!
//! At a disturbance the requests of the last few send instants are made explicit ([`World::materialise`]); when everything is as the
//! closed form would have it, they are forgotten again ([`World::try_calm`]).

mod again;
mod drain;
mod explicit;
mod plan;

pub(crate) use drain::{PLAN_LENGTH, Planned};

use engine::{Span, Time};
use smallvec::SmallVec;

use super::connection::{NEXT_REQUEST, Part, PartState};
use crate::flow::Batch;
use crate::ids::{ConnectionIx, FlowIx};
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
        for request in &mut requests {
            let last = self.last_round(broker, request.arrival, &request.rounds);
            request.done = request.done.max(last);
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
        let draining = self.waiting_in_drain(connection);
        if acks == 0 || last < oldest || me.cut_short {
            return draining;
        }
        let way = Span::nanos(me.way);
        // For each send instant, the moment at which its request can be answered.
        let mut done: SmallVec<[Option<Time>; 8]> = SmallVec::new();
        done.resize((last - oldest + 1) as usize, None);
        for n in oldest..=last {
            let mut rounds = Rounds::default();
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
            if let Some(done) = place {
                *done = (*done).max(self.last_round(me.broker, arrival, &rounds));
            }
        }
        let waits = |done: &&Option<Time>| done.is_some_and(|at| at.saturating_add(way) > now);
        draining + done.iter().filter(waits).count() as u32
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
            let mut rounds = Rounds::default();
            if let Some(at) = self.pass_before(partition, me.broker, arrival, now, &mut rounds) {
                done = at.max(self.last_round(me.broker, arrival, &rounds));
            }
        }
        done.saturating_add(Span::nanos(me.way))
    }
}
