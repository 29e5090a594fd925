//! What a client knows of the cluster, and how it finds out (specification P11; Metadata, NetworkClient).

use engine::{Span, Time};

use super::connection::{Link, RequestKind};
use crate::event::Event;
use crate::happening::Happening;
use crate::ids::{FlowIx, NodeIx, ProducerIx};
use crate::world::World;

impl World {
    /// The client wants metadata.
    pub(crate) fn want_metadata(&mut self, producer: ProducerIx) {
        self.producers[producer as usize].wanted = true;
        self.try_to_ask(producer);
    }

    /// The earliest moment at which the client asks again (Metadata.timeToAllowUpdate): never at once after an answer or a failure.
    fn may_ask_at(&self, producer: ProducerIx) -> Time {
        let me = &self.producers[producer as usize];
        let spec = &self.estate.producers[producer as usize];
        let (base, max) = (spec.config.retry_backoff, spec.config.retry_backoff_max);
        me.last_refresh.map_or(Time::ZERO, |last| {
            last.saturating_add(if spec.behaviour.exponential_backoff {
                shortest(base, max, me.in_vain.saturating_sub(1))
            } else {
                base
            })
        })
    }

    /// A connection was lost or could not be made. If metadata is due at this moment, and nobody could be asked, that counts as a refresh that failed
    /// (NetworkClient.handleServerDisconnect): the back-off begins anew and grows.
    pub(crate) fn disconnect_postpones(&mut self, producer: ProducerIx) {
        let me = &self.producers[producer as usize];
        if me.wanted && me.asking.is_none() && self.may_ask_at(producer) <= self.clock.now() {
            self.refresh_failed(producer);
        }
    }

    /// A question will have no answer (Metadata.failedUpdate).
    pub(crate) fn refresh_failed(&mut self, producer: ProducerIx) {
        let now = self.clock.now();
        let me = &mut self.producers[producer as usize];
        me.asking = None;
        me.last_refresh = Some(now);
        me.in_vain = if me.failing { me.in_vain + 1 } else { 1 };
        me.failing = true;
    }

    /// The back-off is over. What is sent at this very instant is sent first (specification §4).
    pub(crate) fn time_to_ask(&mut self, producer: ProducerIx) {
        let now = self.clock.now();
        let first = self.producers[producer as usize].first_connection;
        let sends = (first..first + self.nodes.len() as u32).any(|connection| {
            let send = &self.connections[connection as usize].send;
            send.is_armed() && send.due() == now
        });
        if sends {
            let me = &mut self.producers[producer as usize];
            self.clock
                .arm(&mut me.ask, now, |ticket| Event::AskMetadata {
                    producer,
                    ticket,
                });
        } else {
            self.try_to_ask(producer);
        }
    }

    /// Asks for metadata, if it is wanted, allowed, and somebody can be asked.
    pub(crate) fn try_to_ask(&mut self, producer: ProducerIx) {
        let now = self.clock.now();
        let me = &self.producers[producer as usize];
        if !me.wanted && me.asking.is_none() {
            // Something to send and nobody known to lead.
            let missed = self.has_leaderless_messages(producer);
            self.producers[producer as usize].wanted = missed;
            if !missed {
                self.watch_leaderless(producer);
            }
        }
        let me = &mut self.producers[producer as usize];
        me.waits_for_place = false;
        if !me.wanted || me.asking.is_some() {
            return;
        }
        let allowed = self.may_ask_at(producer);
        if allowed > now {
            self.arm_ask(producer, allowed);
            return;
        }
        let known = self.producers[producer as usize].known.clone();
        if known.is_empty() {
            return;
        }
        let draws = self.producers[producer as usize].node_draws;
        let key = self.producers[producer as usize].key.part("metadata-node");
        let start = self.draw(key, draws, known.len() as u64) as usize;
        let order = |at: usize| known[(start + at) % known.len()];

        let window = self.window(producer);
        let mut best: Option<(u32, NodeIx)> = None;
        for at in 0..known.len() {
            let node = order(at);
            let connection = self.connection_to(producer, node);
            if !self.is_up(connection) {
                continue;
            }
            let in_flight = self.waiting_requests(connection);
            if in_flight < window && best.is_none_or(|(fewest, _)| in_flight < fewest) {
                best = Some((in_flight, node));
            }
        }
        if let Some((_, node)) = best {
            let connection = self.connection_to(producer, node);
            let me = &mut self.producers[producer as usize];
            me.node_draws += 1;
            me.asking = Some(connection);
            me.wanted = false;
            me.lost_all_since = None;
            self.disturb(connection);
            self.send_request(connection, RequestKind::Metadata, Vec::new(), false);
            return;
        }
        // Nobody can be asked now. The next answer makes room, so it has to be an event.
        for &node in &known {
            let connection = self.connection_to(producer, node);
            if self.is_up(connection) {
                self.disturb(connection);
            }
        }
        // Connect to somebody.
        self.producers[producer as usize].waits_for_place = known
            .iter()
            .any(|&node| self.is_up(self.connection_to(producer, node)));
        let mut soonest = Time::NEVER;
        let mut hope = false;
        for at in 0..known.len() {
            let connection = self.connection_to(producer, order(at));
            match self.connections[connection as usize].link {
                // NetworkClient: while one is being connected to, no other one is.
                Link::Connecting => return,
                Link::Up => hope = true,
                Link::Down { until } => soonest = soonest.min(until),
            }
        }
        if soonest <= now {
            for at in 0..known.len() {
                let connection = self.connection_to(producer, order(at));
                if let Link::Down { until } = self.connections[connection as usize].link
                    && until <= now
                {
                    self.producers[producer as usize].node_draws += 1;
                    self.connect(connection);
                    self.touch_connection(connection);
                    return;
                }
            }
        }
        if hope {
            // A free place may come first.
            self.arm_ask(producer, soonest);
            return;
        }
        let since = self.producers[producer as usize].lost_all_since;
        if since.is_none() {
            self.producers[producer as usize].lost_all_since = Some(now);
            self.clock.note(Happening::KnowsNobody(producer));
        }
        let spec = &self.estate.producers[producer as usize];
        if spec.behaviour.rebootstraps {
            // KIP-899: back to the bootstrap servers, which are connected to without back-off.
            let bootstrap = spec.bootstrap.clone();
            if bootstrap != known {
                for &node in &bootstrap {
                    let connection = self.connection_to(producer, node);
                    if let Link::Down { .. } = self.connections[connection as usize].link {
                        self.connections[connection as usize].link = Link::Down { until: now };
                        self.touch_connection(connection);
                    }
                }
                self.producers[producer as usize].known = bootstrap;
                self.arm_ask(producer, now);
                return;
            }
        }
        self.arm_ask(producer, soonest);
    }

    /// Has the client something to send to a partition of which it knows no leader?
    fn has_leaderless_messages(&self, producer: ProducerIx) -> bool {
        self.producers[producer as usize].leaderless > 0
            && self.producers[producer as usize].flows.iter().any(|&flow| {
                self.flows[flow as usize].route.is_none() && self.something_is_left(flow)
            })
    }

    /// The next message to a partition of which no leader is known makes metadata wanted (P11).
    fn watch_leaderless(&mut self, producer: ProducerIx) {
        if self.producers[producer as usize].leaderless == 0 {
            return;
        }
        for at in 0..self.producers[producer as usize].flows.len() {
            let flow = self.producers[producer as usize].flows[at];
            let me = &self.flows[flow as usize];
            if me.route.is_none() {
                let created = me.arrivals.time_of(me.next);
                self.arm_ask(producer, created);
            }
        }
    }

    fn arm_ask(&mut self, producer: ProducerIx, at: Time) {
        if at.is_never() {
            return;
        }
        let me = &mut self.producers[producer as usize];
        if me.ask.is_armed() && me.ask.due() <= at {
            return;
        }
        self.clock
            .arm(&mut me.ask, at.max(self.clock.now()), |ticket| {
                Event::AskMetadata { producer, ticket }
            });
    }

    /// The flows of whose partitions a picture may say something else than the newest one that the client has seen, by partition.
    fn flows_with_news(&self, producer: ProducerIx, picture: u32, alive: &[NodeIx]) -> Vec<FlowIx> {
        let me = &self.producers[producer as usize];
        let changes = || {
            let mut partitions = Vec::new();
            if picture < me.seen || me.known != alive {
                return None;
            }
            for number in me.seen + 1..=picture {
                let flush = &self.metadata.get(number)?.flush;
                partitions.extend(flush.partitions.iter().map(|change| change.partition));
            }
            Some(partitions)
        };
        let Some(mut partitions) = changes() else {
            return me.flows.clone();
        };
        partitions.sort_unstable();
        partitions.dedup();
        partitions
            .iter()
            .flat_map(|&partition| &self.partitions[partition as usize].flows)
            .filter(|&&flow| self.flows[flow as usize].producer == producer)
            .copied()
            .collect()
    }

    /// A broker's picture arrives.
    pub(crate) fn metadata_answer(
        &mut self,
        producer: ProducerIx,
        picture: u32,
        alive: Vec<NodeIx>,
    ) {
        let now = self.clock.now();
        let mut news = false;
        // A broker in ZooKeeper mode that has had no metadata itself: its answer is ignored (NetworkClient.handleSuccessfulResponse).
        let ignored = alive.is_empty() && self.zookeeper.is_some();
        let flows = if ignored {
            Vec::new()
        } else {
            self.flows_with_news(producer, picture, &alive)
        };
        for flow in flows {
            news |= self.takes_leader(flow, picture, &alive);
        }
        let me = &mut self.producers[producer as usize];
        if !ignored {
            me.seen = me.seen.max(picture);
        }
        me.asking = None;
        me.last_refresh = Some(now);
        me.in_vain = match (news, me.failing) {
            (true, _) => 0,
            (false, true) => 1,
            (false, false) => me.in_vain + 1,
        };
        me.failing = false;
        news |= me.known != alive;
        if !alive.is_empty() {
            me.known = alive;
        }
        if news {
            self.clock.note(Happening::Refreshed(producer));
        }
        if self.has_leaderless_messages(producer) {
            self.want_metadata(producer);
        }
        self.watch_leaderless(producer);
    }

    /// KIP-951: an error told the leader.
    pub(crate) fn leader_hint(&mut self, flow: FlowIx, picture: u32) {
        let state = self.partitions[self.flows[flow as usize].partition as usize].shown(picture);
        if state.leader.is_some() && state.leader_epoch > self.flows[flow as usize].known_epoch {
            self.route(flow, picture);
        }
    }

    /// Takes the leader over from a broker's picture; true if it is news: a newer leader epoch (Metadata.updateLatestMetadata).
    fn takes_leader(&mut self, flow: FlowIx, picture: u32, alive: &[NodeIx]) -> bool {
        let me = &self.flows[flow as usize];
        let p = &self.partitions[me.partition as usize];
        let state = p.shown(picture);
        if state.leader_epoch < me.known_epoch {
            return false;
        }
        let leader = state
            .leader
            .map(|slot| p.replicas[slot as usize].node)
            .filter(|node| alive.contains(node));
        let route = leader.map(|node| self.connection_to(me.producer, node));
        if state.leader_epoch == me.known_epoch && route == me.route {
            return false;
        }
        let newer = state.leader_epoch > me.known_epoch;
        self.route(flow, picture);
        if leader.is_none() {
            self.unroute(flow);
        }
        newer
    }

    /// Routes a flow to the leader that a picture shows.
    fn route(&mut self, flow: FlowIx, picture: u32) {
        let me = &self.flows[flow as usize];
        let p = &self.partitions[me.partition as usize];
        let state = p.shown(picture);
        let Some(leader) = state.leader else {
            self.flows[flow as usize].known_epoch = state.leader_epoch;
            self.unroute(flow);
            return;
        };
        let connection = self.connection_to(me.producer, p.replicas[leader as usize].node);
        if me.route != Some(connection) {
            self.unroute(flow);
            self.disturb(connection);
            let partition = self.flows[flow as usize].partition;
            let flows = &self.connections[connection as usize].flows;
            let at =
                flows.partition_point(|&other| self.flows[other as usize].partition < partition);
            let me = &mut self.connections[connection as usize];
            me.flows.insert(at, flow);
            me.news.clear();
            me.newcomers.push(flow);
            me.behind = true;
            self.flows[flow as usize].route = Some(connection);
            self.flows[flow as usize].moved = true;
            let producer = self.flows[flow as usize].producer;
            self.producers[producer as usize].leaderless -= 1;
            self.flows[flow as usize].unhealthy = false;
        } else {
            self.disturb(connection);
        }
        self.flows[flow as usize].known_epoch = state.leader_epoch;
        let partition = self.flows[flow as usize].partition;
        self.refresh_health(partition, true);
    }

    /// The client knows of no leader any more.
    fn unroute(&mut self, flow: FlowIx) {
        let Some(connection) = self.flows[flow as usize].route else {
            return;
        };
        self.disturb(connection);
        let me = &mut self.connections[connection as usize];
        me.flows.retain(|&other| other != flow);
        me.news.clear();
        if self.flows[flow as usize].unhealthy {
            self.connections[connection as usize].unhealthy -= 1;
            self.flows[flow as usize].unhealthy = false;
        }
        self.flows[flow as usize].route = None;
        let producer = self.flows[flow as usize].producer;
        self.producers[producer as usize].leaderless += 1;
    }

    /// `draw` with the jitter of T5.
    pub(crate) fn exponential(
        &self,
        key: engine::Key,
        n: u64,
        base: Span,
        max: Span,
        k: u32,
    ) -> Span {
        Span::nanos(grown(base, max, k) / 100 * (80 + self.draw(key, n, 41)))
    }
}

/// A metadata back-off is drawn anew whenever the client looks at it, and it looks all the time: the shortest counts.
pub(crate) fn shortest(base: Span, max: Span, k: u32) -> Span {
    Span::nanos(grown(base, max, k) / 100 * 80)
}

/// The back-off before its jitter, in nanoseconds.
fn grown(base: Span, max: Span, k: u32) -> u64 {
    let doubled = if k < 32 {
        base.as_nanos().saturating_mul(1 << k)
    } else {
        u64::MAX
    };
    doubled.min(max.as_nanos())
}
