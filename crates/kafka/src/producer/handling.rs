//! A request at the broker: it is handled, waits for the high watermark and is answered (specification P4–P7; SocketServer, KafkaApis,
//! UnifiedLog, DelayedProduce).

use engine::{Span, Time};
use smallvec::SmallVec;

use super::ClientError;
use super::again_by_kernel::Direction;
use super::connection::{NEXT_REQUEST, Part, PartState, Place, RequestKind};
use crate::disk_failure::DiskFailure;
use crate::event::Event;
use crate::flow::OPEN;
use crate::ids::{ConnectionIx, FlowIx, NodeIx, PartitionIx, ProducerIx};
use crate::log::Point;
use crate::replication::Rounds;
use crate::world::World;

impl World {
    /// P4: a request arrives.
    pub(crate) fn request_arrives(&mut self, connection: ConnectionIx, id: u32, life: u32) {
        let me = &self.connections[connection as usize];
        if me.life != life || me.calm {
            return;
        }
        let Some(at) = me.find(id) else { return };
        let broker = me.broker;
        let (lost, silent) = (self.nodes[broker as usize].lost, me.requests[at].silent);
        let again = if lost || silent {
            None
        } else {
            self.held_up(connection, Direction::There)
        };
        if again.is_some() || self.client_way(broker).is_none() {
            let me = &mut self.connections[connection as usize];
            if silent {
                me.requests.remove(at);
            } else {
                me.requests[at].place = Place::Lost;
                me.requests[at].regular = false;
            }
            if let Some(again) = again {
                let request = id;
                let event = Event::Arrives {
                    connection,
                    request,
                    life,
                };
                self.clock.schedule(again, event);
            }
            self.touch_connection(connection);
            return;
        }
        let node = &self.nodes[broker as usize];
        let me = &self.connections[connection as usize];
        if !node.listens() || node.starts != me.peer {
            // Nobody knows this connection (any more): it is reset (P4).
            self.drop_by_broker(connection);
            return;
        }
        let muted = me.muted_until > self.clock.now();
        let busy = me.handling.is_some()
            || muted
            || me
                .requests
                .iter()
                .take(at)
                .any(|request| request.place == Place::Queued);
        let paused = node.paused.is_some();
        if busy || paused {
            let request = &mut self.connections[connection as usize].requests[at];
            request.place = Place::Queued;
            request.regular = false;
            if muted {
                self.unmute_later(connection);
            }
        } else {
            self.handle(connection, at);
        }
        self.look_at_connection(connection);
    }

    /// The broker's binary reads the version in which this client sends what it produces.
    pub(crate) fn reads_produce(&self, producer: ProducerIx, broker: NodeIx) -> bool {
        let spec = &self.estate.producers[producer as usize];
        !spec.behaviour.not_read_everywhere
            || crate::behaviour::reads_all(
                spec.version,
                self.nodes[broker as usize].binary.version,
                &["Produce"],
            )
    }

    /// P6: the broker comes back to the connection when it has done with the request before.
    pub(super) fn unmute_later(&mut self, connection: ConnectionIx) {
        let me = &mut self.connections[connection as usize];
        if !me.unmutes {
            me.unmutes = true;
            // What queues up at a broker that is paused has nothing else to wait for: it is looked at when the broker goes on.
            let at = me.muted_until.max(self.clock.now());
            let life = me.life;
            self.clock.schedule(at, Event::Unmuted { connection, life });
        }
    }

    /// The broker reads the next request of a connection.
    pub(crate) fn unmuted(&mut self, connection: ConnectionIx, life: u32) {
        let me = &mut self.connections[connection as usize];
        if me.life != life || me.calm {
            return;
        }
        me.unmutes = false;
        self.handle_next(connection);
        self.look_at_connection(connection);
    }

    /// P6: the broker handles a request.
    fn handle(&mut self, connection: ConnectionIx, at: usize) {
        let now = self.clock.now();
        let broker = self.connections[connection as usize].broker;
        let producer = self.connections[connection as usize].producer;
        let acks = self.estate.producers[producer as usize].config.acks;
        match self.connections[connection as usize].requests[at].kind {
            RequestKind::Metadata => {
                let alive = self.alive_shown_by(broker);
                self.connections[connection as usize].requests[at].alive = alive;
                self.answer(connection, at);
            }
            RequestKind::Produce if !self.reads_produce(producer, broker) => {
                // A request that cannot be read ends the connection (SocketServer); the other requests in flight end with it.
                let me = &mut self.connections[connection as usize];
                me.requests[at].place = Place::Lost;
                if !me.reset {
                    self.drop_by_broker(connection);
                }
            }
            RequestKind::Produce => {
                let mut parts =
                    std::mem::take(&mut self.connections[connection as usize].requests[at].parts);
                let mut waits = false;
                let mut failed = false;
                let request = &self.connections[connection as usize].requests[at];
                // It comes as the closed form has it: then it belongs to the last stretch of each flow.
                let way = Span::nanos(self.connections[connection as usize].way);
                let regular = request.regular && request.sent.saturating_add(way) == now;
                let mut done = now;
                let mut rounds = Rounds::default();
                let parked = self.is_waited_for(broker);
                for part in &mut parts {
                    part.state = self.append(connection, broker, part, acks, regular);
                    if let PartState::Waiting { node, arrival } = part.state {
                        waits = true;
                        let passes =
                            self.part_passes(part.flow, broker, node, (arrival, now), &mut rounds);
                        done = done.max(passes);
                        if parked {
                            self.arrived_with(part.flow, broker);
                        }
                    } else if parked && part.state == PartState::Good {
                        self.arrived_with(part.flow, broker);
                    }
                    failed |= matches!(part.state, PartState::Bad(_));
                }
                done = done.max(self.last_round(broker, now, &rounds));
                let me = &mut self.connections[connection as usize];
                me.requests[at].parts = parts;
                if acks == 0 {
                    let request = me.requests.remove(at).expect("it is being handled");
                    for part in &request.parts {
                        // Its flow may have moved on to another connection, which waits for this to be calm.
                        if let Some(route) = self.flows[part.flow as usize].route {
                            self.touch_connection(route);
                        }
                    }
                    if failed {
                        // The broker has no other way to tell (KafkaApis).
                        self.drop_by_broker(connection);
                    }
                } else if waits {
                    let me = &mut self.connections[connection as usize];
                    me.requests[at].place = Place::Waiting { handled: now };
                    me.handling = Some(me.requests[at].id);
                    me.done_changed = false;
                    me.done_at = done.min(
                        now.saturating_add(
                            self.estate.producers[producer as usize]
                                .config
                                .request_timeout,
                        ),
                    );
                } else {
                    self.answer(connection, at);
                }
            }
        }
    }

    /// P6 for one batch.
    fn append(
        &mut self,
        connection: ConnectionIx,
        broker: NodeIx,
        part: &Part,
        acks: i8,
        regular: bool,
    ) -> PartState {
        let now = self.clock.now();
        let batch = part.batch;
        let flow = &self.flows[part.flow as usize];
        let partition = flow.partition;
        let p = &self.partitions[partition as usize];
        let Some(at) = p.office_on(broker) else {
            return PartState::Bad(ClientError::NotLeaderOrFollower);
        };
        if self.nodes[broker as usize].disk_failure != DiskFailure::None {
            return PartState::Bad(ClientError::KafkaStorageError);
        }
        let office = &p.offices[at];
        if acks < 0 && (office.isr.count_ones() as u8) < p.min_isr {
            return PartState::Bad(ClientError::NotEnoughReplicas);
        }
        let node = office.node;
        let log = Point { node, cut: now };
        if self.estate.producers[flow.producer as usize]
            .config
            .idempotent
        {
            // What a log holds of a flow has ascending numbers: only what is not above the last one can be there already.
            let last = match flow.stretches.last() {
                // What is closed has arrived.
                Some(last) if last.node == node && last.end != OPEN && last.end > last.first => {
                    Some((last.end - last.unnumbered, last.producer_epoch))
                }
                _ => flow.next_sequence_in(&p.tree, log),
            };
            let sequence = batch.first - batch.unnumbered;
            let fresh =
                last.is_none_or(|(next, epoch)| epoch == batch.producer_epoch && sequence >= next);
            if !fresh
                && let Some((node, arrival)) =
                    flow.contains(&p.tree, log, batch.first, batch.end, batch.producer_epoch)
            {
                // It is there already: it waits like the original.
                return PartState::Waiting { node, arrival };
            }
            if let Some((next, epoch)) = last
                && epoch == batch.producer_epoch
            {
                if sequence > next {
                    return PartState::Bad(ClientError::OutOfOrderSequenceNumber);
                }
                if sequence < next {
                    return PartState::Good;
                }
            }
        }
        let goes_on = regular.then_some(connection);
        self.flows[part.flow as usize].appends(node, &batch, now, goes_on);
        if acks < 0 {
            PartState::Waiting { node, arrival: now }
        } else {
            PartState::Good
        }
    }

    /// What arrived with a flow may be waited for by parked fetches.
    fn arrived_with(&mut self, flow: FlowIx, broker: NodeIx) {
        let partition = self.flows[flow as usize].partition;
        let p = &self.partitions[partition as usize];
        if let Some(at) = p.office_on(broker) {
            let slot = p.offices[at].slot;
            self.batch_arrived(partition, slot);
        }
    }

    /// P7: when the answer to the request at hand can be sent, as things stand.
    fn done_at(&self, connection: ConnectionIx) -> Time {
        let now = self.clock.now();
        let me = &self.connections[connection as usize];
        let Some(at) = me.handling.and_then(|id| me.find(id)) else {
            return Time::NEVER;
        };
        if !self.nodes[me.broker as usize].runs() {
            return Time::NEVER;
        }
        let request = &me.requests[at];
        let Place::Waiting { handled } = request.place else {
            return Time::NEVER;
        };
        let timeout = self.estate.producers[me.producer as usize]
            .config
            .request_timeout;
        let mut done = now;
        let mut rounds = Rounds::default();
        for part in &request.parts {
            if let PartState::Waiting { node, arrival } = part.state {
                let arrivals = (arrival, handled);
                done =
                    done.max(self.part_passes(part.flow, me.broker, node, arrivals, &mut rounds));
            }
        }
        done = done.max(self.last_round(me.broker, handled, &rounds));
        done.min(handled.saturating_add(timeout)).max(now)
    }

    /// When the high watermark passes a batch that was appended in this epoch. If it arrived with the rest of its request, whose arrival is the
    /// second of `arrivals`, the fetches that confirm it may be noted instead ([`World::confirms`]).
    fn part_passes(
        &self,
        flow: FlowIx,
        broker: NodeIx,
        node: u32,
        (arrival, handled): (Time, Time),
        rounds: &mut Rounds,
    ) -> Time {
        let now = self.clock.now();
        let partition = self.flows[flow as usize].partition;
        let p = &self.partitions[partition as usize];
        let Some(at) = p.office_on(broker) else {
            return now;
        };
        let office = &p.offices[at];
        if office.node == node && arrival == handled {
            self.confirms(p, office, arrival, now, rounds)
        } else if office.node == node {
            self.passes(p, office, arrival, now, rounds)
        } else {
            // Appended before the leader epoch grew: confirmed when the new epoch has been fetched at all.
            self.passes(p, office, office.since, now, rounds)
        }
    }

    /// The same for a batch by itself.
    pub(super) fn passes_alone(
        &self,
        flow: FlowIx,
        broker: NodeIx,
        node: u32,
        arrival: Time,
    ) -> Time {
        let mut rounds = Rounds::default();
        let arrivals = (arrival, arrival);
        let at = self.part_passes(flow, broker, node, arrivals, &mut rounds);
        at.max(self.last_round(broker, arrival, &rounds))
    }

    /// Re-arms the moment at which the answer can be sent.
    pub(crate) fn rearm_done(&mut self, connection: ConnectionIx) {
        let me = &self.connections[connection as usize];
        if me.handling.is_none() {
            return;
        }
        if me.done_changed {
            let at = self.done_at(connection);
            let me = &mut self.connections[connection as usize];
            me.done_at = at;
            me.done_changed = false;
        }
        let me = &mut self.connections[connection as usize];
        let at = me.done_at;
        if me.done.due() == at {
            return;
        }
        if at.is_never() {
            me.done.cancel();
        } else {
            self.clock.arm(&mut me.done, at, |ticket| Event::Done {
                connection,
                ticket,
            });
        }
    }

    /// P7: the answer can be sent, if nothing has come between.
    pub(crate) fn request_done(&mut self, connection: ConnectionIx) {
        let now = self.clock.now();
        let me = &mut self.connections[connection as usize];
        if me.calm || !self.nodes[me.broker as usize].runs() {
            me.done_at = Time::NEVER;
            return;
        }
        let me = &self.connections[connection as usize];
        let Some(at) = me.handling.and_then(|id| me.find(id)) else {
            return;
        };
        // What it waits for was looked at after each change; so it is the high watermark that has passed, or else the time-out.
        if me.done_changed && self.done_at(connection) > now {
            self.touch_connection(connection);
            return;
        }
        let broker = me.broker;
        let timeout = self.estate.producers[me.producer as usize]
            .config
            .request_timeout;
        let in_time = !me.done_changed
            && matches!(me.requests[at].place, Place::Waiting { handled } if handled.saturating_add(timeout) > now);
        let freezes = self.nodes[broker as usize]
            .binary
            .behaviour
            .freezes_high_watermark;
        let mut parts =
            std::mem::take(&mut self.connections[connection as usize].requests[at].parts);
        for part in &mut parts {
            let PartState::Waiting { node, arrival } = part.state else {
                continue;
            };
            if in_time && freezes {
                part.state = PartState::Good;
                continue;
            }
            let partition = self.flows[part.flow as usize].partition;
            let p = &self.partitions[partition as usize];
            part.state = if !in_time && self.passes_alone(part.flow, broker, node, arrival) > now {
                PartState::Bad(ClientError::RequestTimedOut)
            } else if !freezes
                && p.office_on(broker)
                    .is_some_and(|at| (p.offices[at].maximal_isr().count_ones() as u8) < p.min_isr)
            {
                PartState::Bad(ClientError::NotEnoughReplicasAfterAppend)
            } else {
                PartState::Good
            };
        }
        let me = &mut self.connections[connection as usize];
        me.requests[at].parts = parts;
        me.handling = None;
        self.answer(connection, at);
        self.handle_next(connection);
        self.look_at_connection(connection);
    }

    /// The answer is sent.
    fn answer(&mut self, connection: ConnectionIx, at: usize) {
        let now = self.clock.now();
        let picture = self.applied_now(self.connections[connection as usize].broker);
        let me = &mut self.connections[connection as usize];
        let request = &mut me.requests[at];
        request.place = Place::Answered { at: now };
        request.picture = picture;
        let event = Event::AnswerArrives {
            connection,
            request: request.id,
            life: me.life,
        };
        let way = me.way;
        me.muted_until = now.saturating_add(NEXT_REQUEST);
        self.clock.schedule_after(Span::nanos(way), event);
    }

    /// The broker reads the next requests of the connection until one has to wait.
    pub(crate) fn handle_next(&mut self, connection: ConnectionIx) {
        loop {
            let me = &self.connections[connection as usize];
            if me.handling.is_some()
                || !self.nodes[me.broker as usize].runs()
                || !self.nodes[me.broker as usize].listens()
            {
                return;
            }
            let Some(at) = me
                .requests
                .iter()
                .position(|request| request.place == Place::Queued)
            else {
                return;
            };
            if me.muted_until > self.clock.now() {
                self.unmute_later(connection);
                return;
            }
            self.handle(connection, at);
        }
    }

    /// The connections over which a partition's producers reach a broker, with the request that waits there.
    fn waiting_at(
        &self,
        partition: PartitionIx,
        broker: NodeIx,
    ) -> SmallVec<[(ConnectionIx, usize); 2]> {
        let p = &self.partitions[partition as usize];
        p.flows
            .iter()
            .filter_map(|&flow| {
                let connection = self.connection_to(self.flows[flow as usize].producer, broker);
                let me = &self.connections[connection as usize];
                Some((connection, me.find(me.handling?)?))
            })
            .collect()
    }

    /// A partition has changed: requests that wait at its leaders may be answered at another moment.
    pub(crate) fn answers_may_change(&mut self, partition: PartitionIx) {
        for n in 0..self.partitions[partition as usize].flows.len() {
            let p = &self.partitions[partition as usize];
            let first =
                self.producers[self.flows[p.flows[n] as usize].producer as usize].first_connection;
            for at in 0..p.offices.len() {
                let p = &self.partitions[partition as usize];
                let connection = first + p.replicas[p.offices[at].slot as usize].node;
                let me = &mut self.connections[connection as usize];
                if me.handling.is_some() {
                    me.done_changed = true;
                    self.look_at_connection(connection);
                }
            }
        }
    }

    /// P7: a broker is about to stop leading a partition: what the high watermark has passed is good, whatever its request waits for.
    pub(crate) fn settle_what_has_passed(&mut self, partition: PartitionIx, broker: NodeIx) {
        let now = self.clock.now();
        for (connection, at) in self.waiting_at(partition, broker) {
            for n in 0..self.connections[connection as usize].requests[at]
                .parts
                .len()
            {
                let part = self.connections[connection as usize].requests[at].parts[n];
                if let PartState::Waiting { node, arrival } = part.state
                    && self.flows[part.flow as usize].partition == partition
                    && self.passes_alone(part.flow, broker, node, arrival) <= now
                {
                    self.connections[connection as usize].requests[at].parts[n].state =
                        PartState::Good;
                }
            }
        }
    }

    /// P7: a broker stops leading a partition: what waits for it there is told.
    pub(crate) fn no_longer_leads(&mut self, partition: PartitionIx, broker: NodeIx) {
        for (connection, at) in self.waiting_at(partition, broker) {
            for part in &mut self.connections[connection as usize].requests[at].parts {
                if self.flows[part.flow as usize].partition == partition
                    && matches!(part.state, PartState::Waiting { .. })
                {
                    part.state = PartState::Bad(ClientError::NotLeaderOrFollower);
                }
            }
            self.touch_connection(connection);
        }
    }
}
