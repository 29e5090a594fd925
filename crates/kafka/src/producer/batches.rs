//! What a flow can send next, what is retried, and what expires (specification P3, P9, P10, P12).

use engine::{Span, Time};

use super::ClientError;
use super::connection::Link;
use crate::event::Event;
use crate::flow::Batch;
use crate::ids::{ConnectionIx, FlowIx, ProducerIx};
use crate::world::World;

impl World {
    /// The head of the retry queue, if it may be sent at `now`; else when it may.
    pub(crate) fn retry_ready(&self, flow: FlowIx, now: Time) -> Result<usize, Time> {
        let me = &self.flows[flow as usize];
        let spec = &self.estate.producers[me.producer as usize];
        let head = &me.retry[0];
        if spec.config.idempotent && me.flying.first().is_some_and(|&first| first < head.first) {
            return Err(Time::NEVER);
        }
        if spec.config.max_in_flight == 1 && me.in_flight > 0 {
            return Err(Time::NEVER);
        }
        let newer = spec.behaviour.uses_leader_hint && me.known_epoch > head.leader_epoch;
        if head.not_before > now && !newer {
            Err(head.not_before)
        } else {
            Ok(0)
        }
    }

    /// May a new batch of this flow be sent?
    fn new_allowed(&self, flow: FlowIx) -> bool {
        let me = &self.flows[flow as usize];
        let spec = &self.estate.producers[me.producer as usize];
        (spec.config.max_in_flight != 1 || me.in_flight == 0) && !me.unresolved
    }

    /// Takes what the flow sends at this instant (P3).
    pub(crate) fn take_batch(&mut self, flow: FlowIx) -> Option<Batch> {
        let now = self.clock.now();
        let mut batch = if self.flows[flow as usize].retry.is_empty() {
            if !self.new_allowed(flow) {
                return None;
            }
            let me = &mut self.flows[flow as usize];
            if me.creation_of_next() > now {
                return None;
            }
            let created = me.created(now);
            let first = me.next;
            let full = self.layout.batch_messages[me.producer as usize];
            let end = created.min(first + full);
            me.next = end;
            me.creation_of_next();
            Batch {
                first,
                end,
                attempts: 0,
                not_before: Time::ZERO,
                leader_epoch: 0,
                producer_epoch: me.producer_epoch,
                unnumbered: me.unnumbered,
            }
        } else {
            let at = self.retry_ready(flow, now).ok()?;
            self.flows[flow as usize].retry.remove(at)
        };
        let me = &mut self.flows[flow as usize];
        batch.attempts += 1;
        batch.leader_epoch = me.known_epoch;
        me.in_flight += 1;
        let at = me.flying.partition_point(|&first| first < batch.first);
        me.flying.insert(at, batch.first);
        Some(batch)
    }

    /// Has the flow something that was created before this instant and is not sent?
    pub(crate) fn something_is_left(&self, flow: FlowIx) -> bool {
        let me = &self.flows[flow as usize];
        !me.retry.is_empty() || me.next_creation() <= self.clock.now()
    }

    /// The earliest moment at which the flow may have something to send, news apart.
    pub(crate) fn flow_due(&self, flow: FlowIx, now: Time) -> Time {
        let me = &self.flows[flow as usize];
        if !me.retry.is_empty() {
            return match self.retry_ready(flow, now) {
                Ok(_) => now,
                Err(at) => at,
            };
        }
        if self.new_allowed(flow) {
            me.next_creation()
        } else {
            Time::NEVER
        }
    }

    /// Recomputes the next send instant with something to send.
    pub(crate) fn refresh_due(&mut self, connection: ConnectionIx) {
        let now = self.clock.now();
        let me = &self.connections[connection as usize];
        let due = if me.wants_changed || me.wants_until <= now {
            let (due, until) = self.look_at_flows(connection);
            let me = &mut self.connections[connection as usize];
            me.wants = due;
            me.wants_until = until;
            me.wants_changed = false;
            due
        } else {
            me.wants
        };
        let me = &mut self.connections[connection as usize];
        me.due = if due.is_never() {
            due
        } else {
            let instant = me.sends.next_time(due);
            // It could have gone at an instant that has passed: the connection lags.
            me.behind |= instant < now;
            instant
                .max(me.sends.at(me.last_send + 1))
                .max(me.sends.next_time(now))
        };
    }

    /// The earliest moment at which one of the flows may have something to send, and the earliest at which one of those may that have
    /// something to be sent again.
    fn look_at_flows(&mut self, connection: ConnectionIx) -> (Time, Time) {
        let now = self.clock.now();
        let one_at_a_time = self.window(self.connections[connection as usize].producer) == 1;
        let me = &mut self.connections[connection as usize];
        if me.news.len() != me.flows.len() {
            me.news.clear();
            me.news.resize(me.flows.len(), Time::ZERO);
        }
        let mut due = Time::NEVER;
        let mut until = Time::NEVER;
        for n in 0..self.connections[connection as usize].news.len() {
            let me = &mut self.connections[connection as usize];
            let flow = me.flows[n];
            let known = me.news[n];
            if known != Time::ZERO {
                debug_assert_eq!(self.flow_due(flow, now), known);
                due = due.min(known);
                continue;
            }
            let f = &mut self.flows[flow as usize];
            if f.sends_as_usual(one_at_a_time) {
                let created = f.creation_of_next();
                due = due.min(created);
                self.connections[connection as usize].news[n] = created;
                continue;
            }
            let at = self.flow_due(flow, now);
            due = due.min(at);
            if !self.flows[flow as usize].retry.is_empty() {
                until = until.min(at);
            }
        }
        (due, until)
    }

    pub(crate) fn has_something_to_send(&self, connection: ConnectionIx) -> bool {
        let now = self.clock.now();
        self.connections[connection as usize]
            .flows
            .iter()
            .any(|&flow| self.flow_due(flow, now) <= now)
    }

    /// A batch of the flow is in flight no more.
    pub(crate) fn no_longer_in_flight(&mut self, flow: FlowIx, first: u64) {
        let me = &mut self.flows[flow as usize];
        // With one request in flight, with something to be sent again and while sequences are unresolved it may send because of that.
        let matters = self.estate.producers[me.producer as usize]
            .config
            .max_in_flight
            == 1
            || !me.retry.is_empty()
            || me.unresolved;
        me.in_flight -= 1;
        if let Some(at) = me.flying.iter().position(|&other| other == first) {
            me.flying.remove(at);
        }
        // Whoever routes this flow now may send.
        if let Some(route) = self.flows[flow as usize].route {
            if matters {
                self.flow_changed(flow);
            } else {
                self.look_at_connection(route);
            }
        }
    }

    /// P12: something that was sent is done with.
    pub(crate) fn resolve(&mut self, flow: FlowIx) {
        let me = &mut self.flows[flow as usize];
        if me.unresolved {
            me.resolves();
            self.flow_changed(flow);
        }
    }

    /// P9: an error came back for a batch.
    pub(crate) fn retry_or_fail(&mut self, flow: FlowIx, mut batch: Batch, error: ClientError) {
        let now = self.clock.now();
        let producer = self.flows[flow as usize].producer;
        let spec = &self.estate.producers[producer as usize];
        let (idempotent, delivery) = (spec.config.idempotent, spec.config.delivery_timeout);
        let retries = spec.config.retries;
        self.client_error(producer, error);
        let me = &self.flows[flow as usize];
        let created = me.arrivals.time_of(batch.first);
        let late = created.saturating_add(delivery) <= now;
        if late || batch.attempts > retries {
            if late {
                self.client_error(producer, ClientError::DeliveryTimeout);
            }
            self.fail(flow, batch.first, batch.end);
            if idempotent {
                // Sender.failBatch with adjustSequenceNumbers.
                self.flows[flow as usize].begins_producer_epoch();
                self.flow_changed(flow);
            }
            return;
        }
        let wait = self.request_backoff(flow, batch.attempts);
        batch.not_before = now.saturating_add(wait);
        let me = &mut self.flows[flow as usize];
        if idempotent {
            if error == ClientError::OutOfOrderSequenceNumber && me.shows_a_gap(&batch) {
                // The broker does not know what came before: a new producer epoch, numbered anew (KIP-360).
                me.begins_producer_epoch();
            }
            // What was in flight when the epoch began was numbered anew too.
            batch.producer_epoch = me.producer_epoch;
            let at = me.retry.partition_point(|other| other.first < batch.first);
            me.retry.insert(at, batch);
        } else {
            me.retry.insert(0, batch);
        }
        if let Some(route) = me.route {
            if self.connections[route as usize].calm {
                self.disturb(route);
            }
            self.flow_changed(flow);
        }
    }

    /// P10.
    fn request_backoff(&mut self, flow: FlowIx, attempts: u32) -> Span {
        let me = &mut self.flows[flow as usize];
        let spec = &self.estate.producers[me.producer as usize];
        let draw = u64::from(me.backoff_draws);
        me.backoff_draws += 1;
        let (key, base, max) = (
            me.key.part("retry"),
            spec.config.retry_backoff,
            spec.config.retry_backoff_max,
        );
        if spec.behaviour.exponential_backoff {
            self.exponential(key, draw, base, max, attempts.saturating_sub(1))
        } else {
            base
        }
    }

    // ------------------------------------------------------------------------------------ expiry

    /// Arms the next look for batches that expire, while some connection of the producer is not calm.
    pub(crate) fn watch_expiry(&mut self, producer: ProducerIx) {
        let spec = &self.estate.producers[producer as usize];
        let first = self.producers[producer as usize].first_connection;
        let period = self.connections[first as usize].sends.period();
        // What was calm a moment ago is no older than a send period and a few ways.
        let slack = period.saturating_add(Span::millis(200));
        let at = self
            .clock
            .now()
            .saturating_add(spec.config.delivery_timeout.saturating_sub(slack));
        if self.producers[producer as usize].expire.due() <= at {
            return;
        }
        let me = &mut self.producers[producer as usize];
        self.clock.arm(&mut me.expire, at, |ticket| Event::Expire {
            producer,
            ticket,
        });
    }

    /// P12: fails what is overdue and arms the next look.
    pub(crate) fn expire(&mut self, producer: ProducerIx) {
        let now = self.clock.now();
        let delivery = self.estate.producers[producer as usize]
            .config
            .delivery_timeout;
        let full = self.layout.batch_messages[producer as usize];
        let mut next = Time::NEVER;
        for flow in self.producers[producer as usize].flows.clone() {
            if let Some(route) = self.flows[flow as usize].route
                && self.connections[route as usize].calm
            {
                // What waits for its acknowledgement while all is regular is never old.
                let Some(oldest) = self.oldest_of_calm(flow, route) else {
                    continue;
                };
                let over = oldest.saturating_add(delivery);
                if over > now {
                    next = next.min(over);
                    continue;
                }
                self.disturb(route);
            }
            // Waiting to be sent again.
            let me = &mut self.flows[flow as usize];
            let arrivals = me.arrivals;
            let over = |first: u64| arrivals.time_of(first).saturating_add(delivery);
            let expired: Vec<Batch> = me
                .retry
                .iter()
                .filter(|batch| over(batch.first) <= now)
                .copied()
                .collect();
            me.retry.retain(|batch| over(batch.first) > now);
            for batch in &me.retry {
                next = next.min(over(batch.first));
            }
            let idempotent = self.estate.producers[producer as usize].config.idempotent;
            if !expired.is_empty() {
                for batch in expired {
                    self.client_error(producer, ClientError::DeliveryTimeout);
                    self.fail(flow, batch.first, batch.end);
                    if idempotent {
                        let me = &mut self.flows[flow as usize];
                        me.unresolved = true;
                        me.expired_to = me.expired_to.max(batch.end);
                    }
                }
                self.flows[flow as usize].resolves();
            }
            // Never sent.
            loop {
                let me = &mut self.flows[flow as usize];
                if me.next >= me.created(now) {
                    break;
                }
                if over(me.next) > now {
                    next = next.min(over(me.next));
                    break;
                }
                let first = me.next;
                me.next = me.created(now).min(first + full);
                let end = me.next;
                me.unnumbered += end - first;
                self.client_error(producer, ClientError::DeliveryTimeout);
                self.fail(flow, first, end);
            }
            self.flow_changed(flow);
        }
        // In flight.
        let first = self.producers[producer as usize].first_connection;
        for connection in first..first + self.nodes.len() as ConnectionIx {
            if self.connections[connection as usize].calm {
                continue;
            }
            for at in 0..self.connections[connection as usize].requests.len() {
                for n in 0..self.connections[connection as usize].requests[at]
                    .parts
                    .len()
                {
                    let part = self.connections[connection as usize].requests[at].parts[n];
                    if part.expired || self.connections[connection as usize].requests[at].silent {
                        // What was sent without waiting for an answer is done (P5).
                        continue;
                    }
                    let over = self.flows[part.flow as usize]
                        .arrivals
                        .time_of(part.batch.first)
                        .saturating_add(delivery);
                    if over > now {
                        next = next.min(over);
                        continue;
                    }
                    self.connections[connection as usize].requests[at].parts[n].expired = true;
                    self.connections[connection as usize].requests[at].regular = false;
                    self.client_error(producer, ClientError::DeliveryTimeout);
                    self.fail(part.flow, part.batch.first, part.batch.end);
                    if self.estate.producers[producer as usize].config.idempotent {
                        let me = &mut self.flows[part.flow as usize];
                        // One that was sent but once is taken to be on its way (`ProducerBatch.inRetry`).
                        me.unresolved |= part.batch.attempts > 1;
                        me.expired_to = me.expired_to.max(part.batch.end);
                        me.flying.retain(|first| *first != part.batch.first);
                        me.resolves();
                        self.flow_changed(part.flow);
                    }
                }
            }
        }
        let busy = (first..first + self.nodes.len() as ConnectionIx).any(|connection| {
            let me = &self.connections[connection as usize];
            !me.calm && (!me.flows.is_empty() || !me.requests.is_empty())
        }) || self.producers[producer as usize].flows.iter().any(|&flow| {
            let me = &self.flows[flow as usize];
            me.route.is_none() || me.resting
        });
        let at = if next.is_never() {
            if !busy {
                return;
            }
            let spec = &self.estate.producers[producer as usize];
            let slack = self.connections[first as usize]
                .sends
                .period()
                .saturating_add(Span::millis(200));
            now.saturating_add(
                spec.config
                    .delivery_timeout
                    .saturating_sub(slack)
                    .max(Span::millis(1)),
            )
        } else {
            next
        };
        let me = &mut self.producers[producer as usize];
        self.clock.arm(&mut me.expire, at, |ticket| Event::Expire {
            producer,
            ticket,
        });
    }

    /// A moment before which nothing was created that waits for its acknowledgement in a flow of a calm connection, if it rests or all that
    /// is known of it is a plan.
    fn oldest_of_calm(&self, flow: FlowIx, route: ConnectionIx) -> Option<Time> {
        let me = &self.flows[flow as usize];
        let connection = &self.connections[route as usize];
        if me.resting {
            let retried = me.retry.iter().map(|batch| batch.first);
            return Some(me.arrivals.time_of(retried.fold(me.next, u64::min)));
        }
        connection.cut_short.then_some(connection.oldest_planned)
    }

    /// Does the client hold a connection to this node that is up?
    pub(crate) fn is_up(&self, connection: ConnectionIx) -> bool {
        self.connections[connection as usize].link == Link::Up
    }
}
