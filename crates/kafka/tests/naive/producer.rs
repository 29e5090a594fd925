//! A producer: batches, retries, expiry, and what it knows of the cluster (P1–P3, P9–P12).

use engine::{Arrivals, Key, Time};

use super::connection::{Connection, Error, Link, UNMUTE};
use super::controller::State;
use super::{Class, Event, Grid, Mistake, NEVER, Naive, Nanos};

const MILLI: Nanos = 1_000_000;
const MICRO: Nanos = 1_000;

/// Messages that travel together.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Tells batches of a flow apart.
    pub number: u64,
    pub first: u64,
    pub end: u64,
    pub attempts: u32,
    pub not_before: Nanos,
    /// The leader epoch known when it was last sent.
    pub leader_epoch: u32,
    pub producer_epoch: u16,
    pub unnumbered: u64,
    pub first_sent: Nanos,
}

/// One producer on one partition.
#[derive(Debug)]
pub struct Flow {
    pub producer: usize,
    pub partition: usize,
    pub arrivals: Arrivals,
    pub key: Key,
    /// The broker that it believes leads.
    pub route: Option<usize>,
    pub known_epoch: u32,
    pub next: u64,
    pub batches: u64,
    pub retry: Vec<Batch>,
    /// First messages of what is in flight.
    pub in_flight: Vec<u64>,
    pub producer_epoch: u16,
    pub unnumbered: u64,
    pub unresolved: bool,
    /// P12: one past the last message of this producer epoch that was sent and expired.
    pub expired_to: u64,
    pub draws: u64,
    pub acked: Vec<bool>,
    pub failed: Vec<bool>,
    pub last_ack: Nanos,
    pub outages: Vec<super::ledger::Outage>,
}

#[derive(Debug)]
pub struct Producer {
    pub key: Key,
    pub flows: Vec<usize>,
    /// Its connections, one a node.
    pub connections: Vec<usize>,
    pub known: Vec<usize>,
    pub wanted: bool,
    pub asking: bool,
    /// When it had its last answer, or knew that there would be none.
    pub last_refresh: Option<Nanos>,
    /// Answers in a row without news.
    pub stale_answers: u32,
    /// Refreshes in a row that failed.
    pub failed_refreshes: u32,
    pub node_draws: u64,
}

impl Flow {
    pub fn created_at(&self, message: u64) -> Nanos {
        self.arrivals.time_of(message).as_nanos()
    }

    /// How many messages have been created by `t`.
    pub fn created_by(&self, t: Nanos) -> u64 {
        self.arrivals.count_until(Time::from_nanos(t))
    }
}

impl Naive {
    pub fn make_producers(&mut self) {
        let estate = self.estate.clone();
        for (producer, spec) in estate.producers.iter().enumerate() {
            let key = Key::of("producer").part(&spec.name);
            // P2: the distance of send instants.
            let config = &spec.config;
            let way = estate.client_latency.as_nanos();
            let confirmed = if config.acks < 0 {
                2 * self.fetch_round()
            } else {
                0
            };
            let answered = if config.acks == 0 {
                0
            } else {
                2 * way + confirmed
            };
            let again = if config.acks == 0 {
                0
            } else {
                confirmed + UNMUTE
            };
            let least = again.max(answered.div_ceil(u64::from(config.max_in_flight))) + MICRO;
            let period = config.linger.as_nanos().max(least).max(MILLI);
            let topic = &estate.topics[spec.topic as usize];
            let first: usize = estate.topics[..spec.topic as usize]
                .iter()
                .map(|topic| topic.assignment.len())
                .sum();
            let mut connections = Vec::new();
            for (broker, node) in estate.nodes.iter().enumerate() {
                let phase = self.phase(key.id(u64::from(node.id)).part("phase"), period);
                let connection = self.connections.len();
                let mut made = Connection::new(producer, broker, Grid { phase, period });
                let leads = |replicas: &Vec<u32>| replicas[0] as usize == broker;
                if topic.assignment.iter().any(leads) {
                    made.link = Link::Up;
                }
                self.connections.push(made);
                connections.push(connection);
                if node.broker {
                    let event = Event::SendInstant { connection, n: 0 };
                    self.at(phase, Class::Send, event);
                }
            }
            let mut flows = Vec::new();
            for (number, replicas) in topic.assignment.iter().enumerate() {
                let key = key.part(&topic.name).id(number as u64);
                let interval = (spec.per.as_nanos() / spec.count).max(1);
                let start = Time::from_nanos(self.phase(key.part("start"), interval));
                let flow = self.flows.len();
                flows.push(flow);
                self.flows.push(Flow {
                    producer,
                    partition: first + number,
                    arrivals: Arrivals::new(start, spec.count, spec.per),
                    key,
                    route: Some(replicas[0] as usize),
                    known_epoch: 0,
                    next: 0,
                    batches: 0,
                    retry: Vec::new(),
                    in_flight: Vec::new(),
                    producer_epoch: 0,
                    unnumbered: 0,
                    unresolved: false,
                    expired_to: 0,
                    draws: 0,
                    acked: Vec::new(),
                    failed: Vec::new(),
                    last_ack: 0,
                    outages: Vec::new(),
                });
                let event = Event::Created { flow, message: 0 };
                self.at(start.as_nanos(), Class::Creation, event);
            }
            self.producers.push(Producer {
                key,
                flows,
                connections,
                known: (0..estate.nodes.len())
                    .filter(|&node| estate.nodes[node].broker)
                    .collect(),
                wanted: false,
                asking: false,
                last_refresh: None,
                stale_answers: 0,
                failed_refreshes: 0,
                node_draws: 0,
            });
        }
    }

    /// P1: a message is created. If nobody is known to lead, metadata is wanted (P11).
    pub fn created(&mut self, flow: usize, message: u64) {
        let me = &mut self.flows[flow];
        me.acked.push(false);
        me.failed.push(false);
        let next = me.created_at(message + 1);
        let producer = me.producer;
        let delivery = self.estate.producers[producer].config.delivery_timeout;
        let event = Event::Created {
            flow,
            message: message + 1,
        };
        self.at(next, Class::Creation, event);
        if !self.errs(Mistake::DeliveryTimeoutFromSend) {
            let over = self.now + delivery.as_nanos();
            self.at(over, Class::TimeOut, Event::Expire { flow, message });
        }
        self.want_if_leaderless(producer);
    }

    // ------------------------------------------------------------------------------------ what can be sent (P3)

    fn head_is_ready(&self, flow: usize) -> bool {
        let me = &self.flows[flow];
        let spec = &self.estate.producers[me.producer];
        let head = &me.retry[0];
        let undecided = |at: &u64| *at < head.first && !me.failed[*at as usize];
        let blocked = spec.config.idempotent && me.in_flight.iter().any(undecided)
            || spec.config.max_in_flight == 1 && !me.in_flight.is_empty();
        let newer = spec.behaviour.uses_leader_hint && me.known_epoch > head.leader_epoch;
        !blocked && (head.not_before <= self.now || newer)
    }

    fn new_batch_is_ready(&self, flow: usize) -> bool {
        let me = &self.flows[flow];
        let one = self.estate.producers[me.producer].config.max_in_flight == 1;
        !me.unresolved && (!one || me.in_flight.is_empty()) && me.next < me.created_by(self.now)
    }

    fn ready(&self, flow: usize) -> bool {
        if self.flows[flow].retry.is_empty() {
            self.new_batch_is_ready(flow)
        } else {
            self.head_is_ready(flow)
        }
    }

    fn routed_here(&self, connection: usize) -> Vec<usize> {
        let me = &self.connections[connection];
        let flows = self.producers[me.producer].flows.iter().copied();
        flows
            .filter(|&flow| self.flows[flow].route == Some(me.broker))
            .collect()
    }

    pub fn something_to_send(&self, connection: usize) -> bool {
        self.routed_here(connection)
            .iter()
            .any(|&flow| self.ready(flow))
    }

    /// At most one batch of each flow.
    pub fn take_batches(&mut self, connection: usize) -> Vec<(usize, Batch)> {
        let mut batches = Vec::new();
        for flow in self.routed_here(connection) {
            if self.ready(flow) {
                batches.push((flow, self.take_batch(flow)));
            }
        }
        batches
    }

    fn take_batch(&mut self, flow: usize) -> Batch {
        let full = self.batch_messages(flow);
        let now = self.now;
        let me = &mut self.flows[flow];
        let mut batch = if me.retry.is_empty() {
            let first = me.next;
            me.next = me.created_by(now).min(first + full);
            me.batches += 1;
            Batch {
                number: me.batches,
                first,
                end: me.next,
                attempts: 0,
                not_before: 0,
                leader_epoch: 0,
                producer_epoch: me.producer_epoch,
                unnumbered: me.unnumbered,
                first_sent: now,
            }
        } else {
            me.retry.remove(0)
        };
        batch.attempts += 1;
        batch.leader_epoch = me.known_epoch;
        me.in_flight.push(batch.first);
        let producer = me.producer;
        if batch.attempts == 1 && self.errs(Mistake::DeliveryTimeoutFromSend) {
            let delivery = self.estate.producers[producer].config.delivery_timeout;
            let event = Event::Expire {
                flow,
                message: batch.first,
            };
            self.at(now + delivery.as_nanos(), Class::TimeOut, event);
        }
        batch
    }

    /// B (P1).
    fn batch_messages(&self, flow: usize) -> u64 {
        let spec = &self.estate.producers[self.flows[flow].producer];
        (spec.config.batch_size / spec.size).max(1)
    }

    pub fn bytes_of(&self, entry: &super::replica::Entry) -> u64 {
        let spec = &self.estate.producers[self.flows[entry.flow].producer];
        (entry.end - entry.first) * spec.size
    }

    // ------------------------------------------------------------------------------------ what comes back (P9, P10, P12)

    pub fn no_longer_in_flight(&mut self, flow: usize, batch: &Batch) {
        let me = &mut self.flows[flow];
        let at = me.in_flight.iter().position(|&first| first == batch.first);
        me.in_flight.remove(at.expect("it was in flight"));
    }

    /// One past the last message that was acknowledged.
    fn acknowledged_to(&self, flow: usize) -> u64 {
        let acked = &self.flows[flow].acked;
        acked
            .iter()
            .rposition(|&acked| acked)
            .map_or(0, |at| at as u64 + 1)
    }

    /// First messages of what was sent and is not done with. What has expired is, though an answer may still come.
    fn undecided(&self, flow: usize) -> Vec<u64> {
        let me = &self.flows[flow];
        let flying = me.in_flight.iter().copied();
        let flying = flying.filter(|&first| !me.failed[first as usize]);
        flying
            .chain(me.retry.iter().map(|batch| batch.first))
            .collect()
    }

    fn new_epoch(&mut self, flow: usize) {
        let me = &mut self.flows[flow];
        me.producer_epoch = me.producer_epoch.wrapping_add(1);
        me.unresolved = false;
        me.expired_to = 0;
        for batch in &mut me.retry {
            batch.producer_epoch = me.producer_epoch;
        }
    }

    /// P12: when all that was sent is done with, a new producer epoch begins, unless what came after the expired was acknowledged.
    pub fn resolve(&mut self, flow: usize) {
        if !self.flows[flow].unresolved || !self.undecided(flow).is_empty() {
            return;
        }
        if self.acknowledged_to(flow) < self.flows[flow].expired_to {
            self.new_epoch(flow);
        } else {
            self.flows[flow].unresolved = false;
            self.flows[flow].expired_to = 0;
        }
    }

    /// P12: does this refusal show that something before the batch is missing for good?
    fn shows_a_gap(&self, flow: usize, batch: &Batch) -> bool {
        let me = &self.flows[flow];
        if batch.producer_epoch != me.producer_epoch {
            return false;
        }
        let undecided = self.undecided(flow);
        if me.unresolved {
            let between = |first: &u64| me.expired_to <= *first && *first < batch.first;
            batch.first >= me.expired_to && !undecided.iter().any(between)
        } else {
            self.acknowledged_to(flow) >= me.expired_to
                && undecided.iter().all(|&first| first > batch.first)
        }
    }

    pub fn retry_or_fail(&mut self, flow: usize, mut batch: Batch, error: Error) {
        let producer = self.flows[flow].producer;
        let estate = self.estate.clone();
        let spec = &estate.producers[producer];
        let config = &spec.config;
        let begin = if self.errs(Mistake::DeliveryTimeoutFromSend) {
            batch.first_sent
        } else {
            self.flows[flow].created_at(batch.first)
        };
        if begin + config.delivery_timeout.as_nanos() <= self.now || batch.attempts > config.retries
        {
            self.fail(flow, batch.first, batch.end);
            if config.idempotent {
                self.new_epoch(flow);
            }
            return;
        }
        // P10
        let (base, max) = (
            config.retry_backoff.as_nanos(),
            config.retry_backoff_max.as_nanos(),
        );
        let me = &self.flows[flow];
        let wait = if spec.behaviour.exponential_backoff {
            let key = me.key.part("retry");
            self.exponential(key, me.draws, base, max, batch.attempts - 1)
        } else {
            base
        };
        batch.not_before = self.now + wait;
        let in_order = self.errs(Mistake::RetryOrderKept);
        if config.idempotent
            && error == Error::OutOfOrderSequenceNumber
            && self.shows_a_gap(flow, &batch)
        {
            self.new_epoch(flow);
        }
        let me = &mut self.flows[flow];
        me.draws += 1;
        // What was in flight when an epoch began was numbered anew too.
        batch.producer_epoch = me.producer_epoch;
        let at = if config.idempotent {
            me.retry
                .iter()
                .take_while(|other| other.first < batch.first)
                .count()
        } else if in_order {
            me.retry.len()
        } else {
            0
        };
        me.retry.insert(at, batch);
    }

    pub fn fail(&mut self, flow: usize, first: u64, end: u64) {
        self.flows[flow].failed[first as usize..end as usize].fill(true);
    }

    /// P12: the batch that begins with this message is over its time, wherever it is.
    pub fn expire(&mut self, flow: usize, message: u64) {
        let idempotent = self.estate.producers[self.flows[flow].producer]
            .config
            .idempotent;
        let full = self.batch_messages(flow);
        let now = self.now;
        let me = &mut self.flows[flow];
        if let Some(at) = me.retry.iter().position(|batch| batch.first == message) {
            let batch = me.retry.remove(at);
            self.fail(flow, batch.first, batch.end);
            if idempotent {
                let me = &mut self.flows[flow];
                me.unresolved = true;
                me.expired_to = me.expired_to.max(batch.end);
                self.resolve(flow);
            }
        } else if me.next == message {
            // Never sent: it has no sequence number.
            me.next = me.created_by(now).min(message + full);
            let end = me.next;
            me.unnumbered += end - message;
            self.fail(flow, message, end);
        } else if me.in_flight.contains(&message) {
            for connection in 0..self.connections.len() {
                let me = &mut self.connections[connection];
                for request in &mut me.in_flight {
                    let found = request
                        .batches
                        .iter()
                        .find(|(other, batch)| *other == flow && batch.first == message);
                    if let Some((_, batch)) = found {
                        let (number, first, end) = (batch.number, batch.first, batch.end);
                        let again = batch.attempts > 1;
                        request.expired.push((flow, number));
                        let me = &mut self.flows[flow];
                        me.failed[first as usize..end as usize].fill(true);
                        if idempotent {
                            me.unresolved |= again;
                            me.expired_to = me.expired_to.max(end);
                        }
                    }
                }
            }
            self.resolve(flow);
        }
    }

    // ------------------------------------------------------------------------------------ what the client knows (P11)

    /// Something to send and nobody known to lead.
    fn want_if_leaderless(&mut self, producer: usize) {
        let lost = self.producers[producer].flows.iter().any(|&flow| {
            let me = &self.flows[flow];
            me.route.is_none() && (!me.retry.is_empty() || me.next < me.created_by(self.now))
        });
        if lost && !self.producers[producer].wanted && !self.producers[producer].asking {
            self.producers[producer].wanted = true;
            self.try_to_ask(producer);
        }
    }

    fn may_ask_at(&self, producer: usize) -> Nanos {
        let me = &self.producers[producer];
        let Some(last) = me.last_refresh else {
            return 0;
        };
        let spec = &self.estate.producers[producer];
        let base = spec.config.retry_backoff.as_nanos();
        let max = spec.config.retry_backoff_max.as_nanos();
        let in_vain = me.failed_refreshes.max(me.stale_answers).max(1);
        last + if spec.behaviour.exponential_backoff {
            base.saturating_mul(1 << (in_vain - 1).min(30)).min(max) / 100 * 80
        } else {
            base
        }
    }

    /// P11: a lost or refused connection while metadata is due and nobody could be asked.
    pub fn disconnected(&mut self, producer: usize) {
        let me = &self.producers[producer];
        let due = me.wanted && !me.asking && self.may_ask_at(producer) <= self.now;
        if due && !self.errs(Mistake::RefusalDelaysNothing) {
            self.refresh_failed(producer);
        }
    }

    pub fn refresh_failed(&mut self, producer: usize) {
        let me = &mut self.producers[producer];
        me.asking = false;
        me.last_refresh = Some(self.now);
        me.failed_refreshes += 1;
        me.stale_answers = 0;
    }

    pub fn try_to_ask(&mut self, producer: usize) {
        let me = &self.producers[producer];
        if !me.wanted || me.asking {
            return;
        }
        let allowed = self.may_ask_at(producer);
        if allowed > self.now {
            self.at(allowed, Class::Ask, Event::Ask { producer });
            return;
        }
        let known = me.known.clone();
        let key = me.key.part("metadata-node");
        let start = self.draw(key, me.node_draws, known.len() as u64) as usize;
        let order: Vec<usize> = (0..known.len())
            .map(|at| self.producers[producer].connections[known[(start + at) % known.len()]])
            .collect();
        let window = self.estate.producers[producer].config.max_in_flight as usize;
        let best = order
            .iter()
            .filter(|&&connection| {
                let me = &self.connections[connection];
                me.link == Link::Up && me.in_flight.len() < window
            })
            .min_by_key(|&&connection| self.connections[connection].in_flight.len());
        if let Some(&connection) = best {
            let me = &mut self.producers[producer];
            me.node_draws += 1;
            me.asking = true;
            me.wanted = false;
            self.send(connection, Vec::new(), true);
            return;
        }
        // Nobody can be asked now: connect to somebody.
        let mut soonest = NEVER;
        let mut somebody = false;
        let links = order.iter().map(|&at| self.connections[at].link);
        if links.clone().any(|link| link == Link::Connecting) {
            return;
        }
        for &connection in &order {
            match self.connections[connection].link {
                Link::Down { until } if until <= self.now => {
                    self.producers[producer].node_draws += 1;
                    self.connect(connection);
                    return;
                }
                Link::Down { until } => soonest = soonest.min(until),
                Link::Up | Link::Connecting => somebody = true,
            }
        }
        if somebody {
            self.at(soonest, Class::Ask, Event::Ask { producer });
            return;
        }
        let spec = &self.estate.producers[producer];
        let bootstrap: Vec<usize> = spec.bootstrap.iter().map(|&at| at as usize).collect();
        if spec.behaviour.rebootstraps && bootstrap != known {
            // KIP-899.
            for &node in &bootstrap {
                let connection = self.producers[producer].connections[node];
                if let Link::Down { .. } = self.connections[connection].link {
                    self.connections[connection].link = Link::Down { until: self.now };
                }
            }
            self.producers[producer].known = bootstrap;
            self.at(self.now, Class::Ask, Event::Ask { producer });
        } else {
            self.at(soonest, Class::Ask, Event::Ask { producer });
        }
    }

    pub fn metadata_answer(&mut self, producer: usize, picture: u32, alive: Vec<usize>) {
        let mut news = false;
        for flow in self.producers[producer].flows.clone() {
            let me = &self.flows[flow];
            let p = &self.partitions[me.partition];
            let state = p.shown(picture).clone();
            if state.leader_epoch < me.known_epoch {
                continue;
            }
            let leader = state
                .leader
                .map(|slot| p.replicas[slot].node)
                .filter(|node| alive.contains(node));
            if state.leader_epoch > me.known_epoch || leader != me.route {
                news |= state.leader_epoch > me.known_epoch;
                self.flows[flow].known_epoch = state.leader_epoch;
                self.flows[flow].route = leader;
            }
        }
        let now = self.now;
        let me = &mut self.producers[producer];
        me.asking = false;
        me.last_refresh = Some(now);
        me.failed_refreshes = 0;
        me.stale_answers = if news { 0 } else { me.stale_answers + 1 };
        if !alive.is_empty() {
            me.known = alive;
        }
        self.want_if_leaderless(producer);
    }

    /// KIP-951: an error told the leader.
    pub fn route(&mut self, flow: usize, state: &State) {
        let me = &mut self.flows[flow];
        let leader = state.leader.expect("an error tells a leader or nothing");
        me.known_epoch = state.leader_epoch;
        me.route = Some(self.partitions[me.partition].replicas[leader].node);
    }
}
