//! The world: everything there is, and what happens next.
//!
//! A [`World`] is built from an [`Estate`] and a seed, is healthy at time 0, and does nothing by itself but react. Whoever drives it calls
//! [`World::next`] until there is something for them, and acts through the public methods (start, stop, kill, cut, elect …). A clone goes
//! on exactly as the original would.

use std::sync::Arc;

use engine::{CauseId, Key, Scheduler, Span, Streams, Time, Timer, Trace};

use crate::consumer::Group;
use crate::controller::{Controller, Standing};
use crate::estate::Estate;
use crate::event::Event;
use crate::fetcher::{FETCH_SERVICE, Fetcher};
use crate::flow::Flow;
use crate::grid::Grid;
use crate::happening::Happening;
use crate::ids::{ConnectionIx, GroupIx, NodeIx, PartitionIx, ProducerIx, Slot, only};
use crate::layout::{Layout, Switches};
use crate::log::{EpochTree, Point};
use crate::metadata::Metadata;
use crate::network::Links;
use crate::node::{AlterPartitions, Binary, Node, Peer, Process};
use crate::partition::{
    Follow, Follower, Known, Office, Partition, Registration, Replica, Version,
};
use crate::producer::{ClientError, Connection, Link, NEXT_REQUEST, Producer};
use crate::quorum::Quorum;
use crate::ranges::Ranges;
use crate::record::Record;

/// Something that happened which whoever drives the world may want to react to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A token of their own is due.
    Outside(u64),
    /// A process was started.
    ProcessStarted(NodeIx),
    /// A broker reads its logs; clean or not.
    Recovering(NodeIx, bool),
    /// A node works and its port is open.
    PortOpen(NodeIx),
    /// A process ended by itself after a stop.
    Stopped(NodeIx),
    /// A process ended otherwise.
    Killed(NodeIx),
    /// A process was paused.
    Paused(NodeIx),
    /// A process goes on.
    Resumed(NodeIx),
    /// A registration was refused.
    RegistrationRefused(NodeIx),
    /// A broker was fenced (decided).
    Fenced(NodeIx),
    /// A broker was unfenced (decided).
    Unfenced(NodeIx),
    /// There is no active controller any more.
    ControllerLost(NodeIx),
    /// A controller took over.
    ControllerActive(NodeIx),
    /// A metadata change was committed: how many leaders changed, ISRs shrank, ISRs grew.
    Committed {
        /// Leaders that changed.
        leaders: u32,
        /// ISRs that shrank.
        shrank: u32,
        /// ISRs that grew.
        grew: u32,
    },
}

/// What a run keeps beside its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Keep the causes of things (needed to explain findings).
    pub causes: bool,
    /// Fold every event into a hash (needed to tell runs apart).
    pub trace: bool,
    /// Keep every committed change of every partition.
    pub history: bool,
    /// Optimisations.
    pub switches: Switches,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            causes: true,
            trace: true,
            history: false,
            switches: Switches::default(),
        }
    }
}

/// Everything there is.
#[derive(Clone, Debug)]
pub struct World {
    pub(crate) estate: Arc<Estate>,
    pub(crate) layout: Arc<Layout>,
    pub(crate) clock: Scheduler<Event, Happening>,
    pub(crate) streams: Streams,
    pub(crate) nodes: Vec<Node>,
    pub(crate) links: Links,
    pub(crate) controller: Controller,
    pub(crate) quorum: Quorum,
    pub(crate) metadata: Metadata,
    pub(crate) partitions: Vec<Partition>,
    pub(crate) fetchers: Vec<Fetcher>,
    pub(crate) producers: Vec<Producer>,
    pub(crate) flows: Vec<Flow>,
    pub(crate) connections: Vec<Connection>,
    pub(crate) groups: Vec<Group>,
    /// By partition: the groups that read it, each with its reader. Empty where there are no groups.
    pub(crate) readers_of: Vec<smallvec::SmallVec<[(GroupIx, u32); 1]>>,
    /// By partition: the groups whose coordinator its leader is. Empty where there are no groups.
    pub(crate) coordinates: Vec<smallvec::SmallVec<[GroupIx; 1]>>,
    pub(crate) touched_partitions: Vec<PartitionIx>,
    pub(crate) touched_connections: Vec<ConnectionIx>,
    pub(crate) notices: Vec<Notice>,
    pub(crate) record: Record,
}

/// A draw from [0, n) out of one word: its high bits (specification T2).
fn scaled(word: u64, n: u64) -> u64 {
    ((u128::from(word) * u128::from(n)) >> 64) as u64
}

impl World {
    /// The world at time 0: healthy, every replica in sync, every client connected.
    pub fn new(estate: Arc<Estate>, seed: u64, options: Options) -> Self {
        let streams = Streams::new(seed);
        let n = estate.nodes.len();
        let phase = |key: Key, period: Span| {
            Time::from_nanos(scaled(streams.word(key, 0), period.as_nanos().max(1)))
        };
        let broker_key =
            |node: NodeIx| Key::of("broker").id(u64::from(estate.nodes[node as usize].id));

        let round = Span::nanos(2 * estate.latency.as_nanos() + FETCH_SERVICE.as_nanos());
        let send_periods: Vec<Span> = estate
            .producers
            .iter()
            .map(|producer| {
                // P2: the broker handles one request at a time, and no more than the window are in flight.
                let rounds = if producer.config.acks < 0 {
                    2 * round.as_nanos()
                } else {
                    0
                };
                let answered = if producer.config.acks == 0 {
                    0
                } else {
                    2 * estate.client_latency.as_nanos() + rounds
                };
                // The next request is handled some time after the answer to the one before (P6).
                let again = if producer.config.acks == 0 {
                    0
                } else {
                    rounds + NEXT_REQUEST.as_nanos()
                };
                let least = again.max(answered.div_ceil(u64::from(producer.config.max_in_flight)));
                // A microsecond more, so that an answer does not arrive at just the next send instant.
                let least = Span::nanos(least + 1000);
                producer.config.linger.max(least).max(Span::millis(1))
            })
            .collect();
        let layout = Layout::new(&estate, options.switches, round, &send_periods);

        let active = estate.voters[scaled(
            streams.word(Key::of("controller/first"), 0),
            estate.voters.len() as u64,
        ) as usize];
        let active_config = &estate.nodes[active as usize].config;
        let term = Key::of("controller").id(0);

        let nodes: Vec<Node> = (0..n as NodeIx)
            .map(|at| {
                let spec = &estate.nodes[at as usize];
                let interval = spec.config.broker_heartbeat_interval;
                let check = Span::nanos((spec.config.replica_lag_max.as_nanos() / 2).max(1));
                Node {
                    binary: Arc::new(Binary {
                        version: spec.version,
                        behaviour: spec.behaviour,
                        config: spec.config.clone(),
                        settings: spec.settings.clone(),
                    }),
                    process: Process::Running,
                    paused: None,
                    lost: false,
                    incarnation: 1,
                    clean: true,
                    learned: 0,
                    applied: 0,
                    history: vec![(0, Time::ZERO)],
                    application: None,
                    applications: 0,
                    applying: Timer::default(),
                    peers: estate
                        .nodes
                        .iter()
                        .map(|peer| Peer {
                            incarnation: 1,
                            good: peer.broker,
                            alive: peer.broker,
                        })
                        .collect(),
                    heartbeats: Grid::new(
                        phase(broker_key(at).part("heartbeat"), interval),
                        interval,
                    ),
                    isr_checks: Grid::new(phase(broker_key(at).part("isr-check"), check), check),
                    isr_watch: Timer::default(),
                    alter: AlterPartitions::default(),
                    shutdown: None,
                    stage: Timer::default(),
                    registration: 0,
                    held: Vec::new(),
                    started: Time::ZERO,
                    why: CauseId::NONE,
                    slow_start: 0,
                    slow_recovery: 0,
                    disk_percent: 100,
                    disk_full: false,
                }
            })
            .collect();

        let mut fetchers = Vec::with_capacity(n * n);
        for leader in 0..n as NodeIx {
            for follower in 0..n as NodeIx {
                let (l, f) = (
                    &estate.nodes[leader as usize],
                    &estate.nodes[follower as usize],
                );
                let key = Key::of("fetch").id(u64::from(l.id)).id(u64::from(f.id));
                let grid = Grid::new(phase(key.part("phase"), round), round);
                let wait = f.config.replica_fetch_wait;
                let park = scaled(streams.word(key.part("park"), 0), wait.as_nanos().max(1));
                // Parked since some instant in the last half second before the world began.
                let back = wait.as_nanos() - park.min(wait.as_nanos());
                let parked = -((back / round.as_nanos()) as i64);
                fetchers.push(Fetcher::new(grid, parked));
            }
        }

        let mut partitions = Vec::new();
        for (topic, spec) in estate.topics.iter().enumerate() {
            for (number, replicas) in spec.assignment.iter().enumerate() {
                let isr = (0..replicas.len() as Slot).fold(0, |set, slot| set | only(slot));
                let state = Registration {
                    leader: Some(0),
                    isr,
                    elr: 0,
                    last_known_leader: None,
                    leader_epoch: 0,
                    partition_epoch: 0,
                };
                let log = Point {
                    node: 0,
                    cut: Time::ZERO,
                };
                let followers = (0..replicas.len())
                    .map(|_| Follower {
                        known: Known::InStep {
                            since: i64::MIN / 4,
                            from: log,
                        },
                        caught_up: Time::ZERO,
                        standing: true,
                        registered: 1,
                        fetched: 1,
                    })
                    .collect();
                partitions.push(Partition {
                    topic: topic as u32,
                    number: number as u32,
                    min_isr: spec.config.min_insync_replicas.min(replicas.len() as u64) as u8,
                    unclean: spec.config.unclean_leader_election,
                    decided: state,
                    committed: smallvec::smallvec![Version { flush: 0, state }],
                    replicas: replicas
                        .iter()
                        .enumerate()
                        .map(|(slot, &node)| Replica {
                            node,
                            epoch: 0,
                            leader: Some(0),
                            log,
                            follow: if slot == 0 {
                                Follow::Not
                            } else {
                                Follow::Fetching
                            },
                            coming: None,
                            delays: 0,
                        })
                        .collect(),
                    tree: EpochTree::new(0),
                    offices: smallvec::smallvec![Office {
                        slot: 0,
                        epoch: 0,
                        node: 0,
                        since: Time::ZERO,
                        isr,
                        partition_epoch: 0,
                        pending: None,
                        high_watermark: None,
                        followers,
                    }],
                    flows: smallvec::SmallVec::new(),
                    waiters: smallvec::SmallVec::new(),
                    touched: false,
                    trouble: CauseId::NONE,
                    stalled_since: None,
                });
            }
        }

        let mut clock: Scheduler<Event, Happening> = Scheduler::new();
        if options.trace {
            clock = clock.with_trace(Trace::new());
        }
        if options.causes {
            clock = clock.with_causes();
        }
        let record = Record::new(&estate, &partitions, options.history);
        let mut world = Self {
            layout: Arc::new(layout),
            clock,
            streams,
            nodes,
            links: Links::default(),
            controller: Controller::new(
                n,
                Grid::new(
                    phase(
                        term.part("fence-check"),
                        Span::nanos(active_config.broker_session_timeout.as_nanos() / 8),
                    ),
                    Span::nanos((active_config.broker_session_timeout.as_nanos() / 8).max(1)),
                ),
                Grid::new(
                    phase(
                        term.part("balance"),
                        active_config.leader_imbalance_check_interval,
                    ),
                    active_config.leader_imbalance_check_interval,
                ),
            ),
            quorum: Quorum::new(&estate.voters, active),
            metadata: Metadata::new(
                Grid::new(
                    phase(term.part("noop"), active_config.metadata_max_idle),
                    active_config.metadata_max_idle,
                ),
                n,
            ),
            partitions,
            fetchers,
            producers: Vec::new(),
            flows: Vec::new(),
            connections: Vec::new(),
            groups: Vec::new(),
            readers_of: Vec::new(),
            coordinates: Vec::new(),
            touched_partitions: Vec::new(),
            touched_connections: Vec::new(),
            notices: Vec::new(),
            record,
            estate,
        };
        world.controller.active = Some(active);
        for node in 0..n {
            let broker = world.estate.nodes[node].broker;
            if broker {
                world.controller.standing[node] = Standing::Unfenced;
                world.controller.registered[node] = 1;
                world.controller.beats_since[node] = Time::ZERO;
                world.metadata.standing[node] = (Standing::Unfenced, 1);
            }
        }
        world.add_producers(&send_periods);
        world.add_groups();
        world.settle();
        world
    }

    fn add_producers(&mut self, send_periods: &[Span]) {
        let n = self.nodes.len();
        let estate = self.estate.clone();
        for (at, spec) in estate.producers.iter().enumerate() {
            let producer = at as ProducerIx;
            let key = Key::of("producer").part(&spec.name);
            let first_connection = self.connections.len() as ConnectionIx;
            let period = send_periods[at];
            for node in 0..n as NodeIx {
                let id = u64::from(estate.nodes[node as usize].id);
                let phase =
                    Time::from_nanos(self.draw(key.id(id).part("phase"), 0, period.as_nanos()));
                let sends = Grid::new(phase, period);
                self.connections.push(Connection::new(
                    producer,
                    node,
                    sends,
                    estate.client_latency.as_nanos(),
                ));
            }
            let topic = &estate.topics[spec.topic as usize];
            let first = self.layout.first_partition[spec.topic as usize];
            let mut flows = Vec::new();
            for number in 0..topic.assignment.len() as u32 {
                let partition = first + number;
                let flow = self.flows.len() as u32;
                let key = key.part(&topic.name).id(u64::from(number));
                let interval =
                    (u128::from(spec.per.as_nanos()) / u128::from(spec.count.max(1))).max(1) as u64;
                let start = Time::from_nanos(self.draw(key.part("start"), 0, interval));
                let leader = self.partitions[partition as usize].replicas[0].node;
                let connection = first_connection + leader;
                self.connections[connection as usize].flows.push(flow);
                self.connections[connection as usize].link = Link::Up;
                self.partitions[partition as usize].flows.push(flow);
                self.flows.push(Flow {
                    producer,
                    partition,
                    arrivals: engine::Arrivals::new(start, spec.count, spec.per),
                    route: Some(connection),
                    known_epoch: 0,
                    next: 0,
                    retry: smallvec::SmallVec::new(),
                    in_flight: 0,
                    flying: smallvec::SmallVec::new(),
                    producer_epoch: 0,
                    unnumbered: 0,
                    unresolved: false,
                    backoff_draws: 0,
                    acked: Ranges::default(),
                    failed: Ranges::default(),
                    stretches: smallvec::SmallVec::new(),
                    last_ack: Time::ZERO,
                    unhealthy: false,
                    resting: false,
                    key,
                    outages: Vec::new(),
                });
                flows.push(flow);
            }
            self.producers.push(Producer {
                flows,
                first_connection,
                known: (0..n as NodeIx)
                    .filter(|&node| estate.nodes[node as usize].broker)
                    .collect(),
                leaderless: 0,
                wanted: false,
                asking: None,
                last_answer: Time::ZERO,
                waits_for_place: false,
                stale_answers: 0,
                metadata_draws: 0,
                node_draws: 0,
                ask: Timer::default(),
                expire: Timer::default(),
                key,
                errors: [0; ClientError::ALL.len()],
                lost_all_since: None,
            });
            for node in 0..n as ConnectionIx {
                self.touch_connection(first_connection + node);
            }
        }
    }

    // ------------------------------------------------------------------------------------ draws

    /// A number below n: draw `at` of a stream (T2).
    pub(crate) fn draw(&self, key: Key, at: u64, n: u64) -> u64 {
        scaled(self.streams.word(key, at), n)
    }

    /// A span from `low` to `high`, both included: draw `at` of a stream (T2).
    pub(crate) fn draw_between(&self, key: Key, at: u64, low: Span, high: Span) -> Span {
        Span::nanos(low.as_nanos() + self.draw(key, at, high.as_nanos() - low.as_nanos() + 1))
    }

    /// A draw for whoever drives the world; its streams have names of their own.
    pub fn draw_outside(&self, key: Key, at: u64, n: u64) -> u64 {
        self.draw(key, at, n.max(1))
    }

    // ------------------------------------------------------------------------------------ running

    /// The current moment.
    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// Has anything to do with itself at this moment or will have; when.
    pub fn next_event(&self) -> Option<Time> {
        self.clock.peek_time()
    }

    /// Handles events up to `limit` (included) until there is something to notice; the notices come in the order in which they happened.
    /// `None`: the limit is reached.
    pub fn next(&mut self, limit: Time) -> Option<Vec<Notice>> {
        loop {
            if !self.notices.is_empty() {
                return Some(std::mem::take(&mut self.notices));
            }
            let (_, event) = self.clock.next_until(limit)?;
            self.handle_event(event);
            self.settle();
        }
    }

    /// Handles everything up to `limit` and throws the notices away.
    pub fn run_until(&mut self, limit: Time) {
        while let Some((_, event)) = self.clock.next_until(limit) {
            self.handle_event(event);
            self.settle();
            self.notices.clear();
        }
        if limit > self.clock.now() && !limit.is_never() {
            self.clock.advance_to(limit);
        }
    }

    /// Moves the clock to `at`; nothing may be due before.
    pub fn advance_to(&mut self, at: Time) {
        self.clock.advance_to(at);
    }

    /// Asks for a notice with this token at `at`.
    pub fn wake(&mut self, at: Time, token: u64) {
        self.clock
            .schedule(at.max(self.clock.now()), Event::Outside(token));
    }

    /// What happens from here on is caused by this act of whoever drives the world.
    pub fn begin_act(&mut self, number: u32) -> CauseId {
        self.clock.set_cause(CauseId::NONE);
        self.clock.note(Happening::Outside(number))
    }

    /// After acting from outside: brings everything that was touched in order.
    pub fn end_act(&mut self) {
        self.settle();
    }

    fn handle_event(&mut self, event: Event) {
        if let Some(node) = self.acts_on(event)
            && self.nodes[node as usize].paused.is_some()
        {
            self.nodes[node as usize].held.push(event);
            return;
        }
        macro_rules! fires {
            ($timer:expr, $ticket:expr) => {
                if !$timer.fire($ticket) {
                    return;
                }
            };
        }
        match event {
            Event::Outside(token) => self.notices.push(Notice::Outside(token)),
            Event::FlushCloses(ticket) => {
                fires!(self.metadata.closes, ticket);
                self.flush_closes();
            }
            Event::Committed { flush, term } => self.committed(flush, term),
            Event::Release(ticket) => {
                fires!(self.metadata.release, ticket);
                self.release();
            }
            Event::Learn { node, flush } => self.learn(node, flush),
            Event::Apply { node, ticket } => {
                fires!(self.nodes[node as usize].applying, ticket);
                self.apply(node);
            }
            Event::SessionEnds { broker, ticket } => {
                fires!(self.controller.sessions[broker as usize], ticket);
                self.session_ends(broker);
            }
            Event::Heard {
                broker,
                errand,
                incarnation,
            } => self.heard(broker, errand, incarnation),
            Event::Answered {
                broker,
                answer,
                incarnation,
            } => self.answered(broker, answer, incarnation),
            Event::ProposalsArrive { broker, ticket } => {
                fires!(self.nodes[broker as usize].alter.timer, ticket);
                self.proposals_arrive(broker);
            }
            Event::ProposalsAnswered { broker, ticket } => {
                fires!(self.nodes[broker as usize].alter.timer, ticket);
                self.proposals_answered(broker);
            }
            Event::Balance(ticket) => {
                fires!(self.controller.balance, ticket);
                self.balance();
            }
            Event::Unclean(ticket) => {
                fires!(self.controller.unclean, ticket);
                self.unclean_task();
            }
            Event::VoterTimer { node, ticket } => {
                let at = self
                    .quorum
                    .voters
                    .iter()
                    .position(|voter| voter.node == node);
                if let Some(at) = at
                    && self.quorum.voters[at].fires(ticket)
                {
                    self.voter_timer(node);
                }
            }
            Event::Raft { from, to, message } => {
                if let (true, crate::event::Raft::Begin { epoch }) = (from == to, message) {
                    self.takes_over(to, epoch);
                } else {
                    self.raft(from, to, message);
                }
            }
            Event::Stage { node, ticket } => {
                fires!(self.nodes[node as usize].stage, ticket);
                self.stage(node);
            }
            Event::IsrCheck { node, ticket } => {
                fires!(self.nodes[node as usize].isr_watch, ticket);
                self.isr_check(node);
            }
            Event::ParkedAnswered { fetcher, ticket } => {
                fires!(self.fetchers[fetcher as usize].parked, ticket);
                self.parked_answered(fetcher);
            }
            Event::FirstFetch { fetcher, ticket } => {
                fires!(self.fetchers[fetcher as usize].first_fetch, ticket);
                self.first_fetch(fetcher);
            }
            Event::DelayOver {
                partition,
                slot,
                delays,
            } => self.delay_over(partition, slot, delays),
            Event::Join { fetcher, ticket } => {
                fires!(self.fetchers[fetcher as usize].join, ticket);
                self.join(fetcher);
            }
            Event::CaughtUp { fetcher, ticket } => {
                fires!(self.fetchers[fetcher as usize].caught_up, ticket);
                self.catches_up(fetcher);
            }
            Event::AgesOut { partition } => self.touch(partition),
            Event::Send { connection, ticket } => {
                fires!(self.connections[connection as usize].send, ticket);
                self.send_instant(connection);
            }
            Event::Arrives {
                connection,
                request,
                life,
            } => self.request_arrives(connection, request, life),
            Event::Done { connection, ticket } => {
                fires!(self.connections[connection as usize].done, ticket);
                self.request_done(connection);
            }
            Event::AnswerArrives {
                connection,
                request,
                life,
            } => self.answer_arrives(connection, request, life),
            Event::Lost { connection, life } => self.connection_lost(connection, life),
            Event::RequestTimeout { connection, ticket } => {
                fires!(self.connections[connection as usize].timeout, ticket);
                self.request_timeout(connection);
            }
            Event::Connected { connection, life } => self.connected(connection, life),
            Event::Expire { producer, ticket } => {
                fires!(self.producers[producer as usize].expire, ticket);
                self.expire(producer);
            }
            Event::Unmuted { connection, life } => self.unmuted(connection, life),
            Event::AskMetadata { producer, ticket } => {
                fires!(self.producers[producer as usize].ask, ticket);
                self.time_to_ask(producer);
            }
            Event::Group { group, step } => self.group_step(group, step),
        }
    }

    /// The node whose process has to run for this event to be handled.
    fn acts_on(&self, event: Event) -> Option<NodeIx> {
        match event {
            Event::Learn { node, .. }
            | Event::Apply { node, .. }
            | Event::Stage { node, .. }
            | Event::IsrCheck { node, .. } => Some(node),
            Event::Answered { broker, .. } | Event::ProposalsAnswered { broker, .. } => {
                Some(broker)
            }
            Event::VoterTimer { node, .. } => Some(node),
            Event::ParkedAnswered { fetcher, .. } | Event::FirstFetch { fetcher, .. } => {
                Some(self.ends_of(fetcher).1)
            }
            Event::DelayOver {
                partition, slot, ..
            } => Some(self.partitions[partition as usize].replicas[slot as usize].node),
            _ => None,
        }
    }

    // ------------------------------------------------------------------------------------ before and after a change

    /// To be called before anything about a partition changes: the high watermark is stored, and requests of its flows are made explicit.
    pub(crate) fn touch(&mut self, partition: PartitionIx) {
        if self.partitions[partition as usize].touched {
            return;
        }
        self.partitions[partition as usize].touched = true;
        self.touched_partitions.push(partition);
        if !self.groups.is_empty() {
            self.groups_before_change(partition);
        }
        // Requests first: with the high watermark stored it could not be told any more when it passed them.
        for at in 0..self.partitions[partition as usize].flows.len() {
            let flow = self.partitions[partition as usize].flows[at];
            if let Some(connection) = self.flows[flow as usize].route {
                self.disturb(connection);
            }
        }
        let now = self.clock.now();
        for at in 0..self.partitions[partition as usize].offices.len() {
            let cut = self.high_watermark(partition, at, now);
            self.partitions[partition as usize].offices[at].high_watermark = cut;
        }
    }

    /// After an event: everything that was touched finds its new order.
    pub(crate) fn settle(&mut self) {
        while !self.touched_partitions.is_empty() || !self.touched_connections.is_empty() {
            let mut at = 0;
            while at < self.touched_partitions.len() {
                let partition = self.touched_partitions[at];
                at += 1;
                self.partitions[partition as usize].touched = false;
                self.refresh_health(partition);
                if !self.groups.is_empty() {
                    self.groups_after_change(partition);
                }
                for n in 0..self.partitions[partition as usize].waiters.len() {
                    let connection = self.partitions[partition as usize].waiters[n];
                    self.touch_connection(connection);
                }
            }
            self.touched_partitions.clear();
            let mut at = 0;
            while at < self.touched_connections.len() {
                let connection = self.touched_connections[at];
                at += 1;
                self.connections[connection as usize].touched = false;
                self.settle_connection(connection);
            }
            self.touched_connections.clear();
        }
    }

    /// Does a partition work for each of its flows? Counts it at their connections.
    pub(crate) fn refresh_health(&mut self, partition: PartitionIx) {
        let now = self.clock.now();
        let mut healthy_offices = 0u32;
        for at in 0..self.partitions[partition as usize].offices.len() {
            if self.office_is_healthy(partition, at) {
                healthy_offices |= 1 << at;
            }
        }
        let p = &self.partitions[partition as usize];
        let newest = p.newest();
        let works = newest.leader.is_some_and(|leader| {
            p.office_of(leader).is_some_and(|at| {
                healthy_offices & (1 << at) != 0
                    && self.nodes[p.replicas[leader as usize].node as usize].runs()
            })
        });
        let p = &mut self.partitions[partition as usize];
        if works {
            p.stalled_since = None;
        } else if p.stalled_since.is_none() {
            p.stalled_since = Some(now);
            p.trouble = self.clock.cause();
        }
        for n in 0..self.partitions[partition as usize].flows.len() {
            let flow = self.partitions[partition as usize].flows[n];
            let Some(connection) = self.flows[flow as usize].route else {
                continue;
            };
            let broker = self.connections[connection as usize].broker;
            let node = &self.nodes[broker as usize];
            let acks = self.estate.producers[self.flows[flow as usize].producer as usize]
                .config
                .acks;
            let p = &self.partitions[partition as usize];
            let office = p.office_on(broker);
            let good = node.listens()
                && node.runs()
                && office.is_some_and(|at| acks >= 0 || healthy_offices & (1 << at) != 0);
            let me = &mut self.flows[flow as usize];
            if me.unhealthy == good {
                me.unhealthy = !good;
                let connection = &mut self.connections[connection as usize];
                if good {
                    connection.unhealthy -= 1;
                } else {
                    connection.unhealthy += 1;
                }
            }
            self.touch_connection(connection);
        }
    }

    /// Every connection to a node is looked at.
    pub(crate) fn touch_connections_to(&mut self, node: NodeIx) {
        for producer in 0..self.producers.len() as ProducerIx {
            let connection = self.connection_to(producer, node);
            self.disturb(connection);
        }
    }

    /// The regular fetch grid of a pair, for its present latency.
    pub(crate) fn natural_grid(&self, leader: NodeIx, follower: NodeIx) -> Grid {
        let (l, f) = (
            &self.estate.nodes[leader as usize],
            &self.estate.nodes[follower as usize],
        );
        let latency = self
            .estate
            .latency
            .saturating_add(self.links.extra(leader, follower));
        let round = Span::nanos(2 * latency.as_nanos() + FETCH_SERVICE.as_nanos());
        let key = Key::of("fetch")
            .id(u64::from(l.id))
            .id(u64::from(f.id))
            .part("phase");
        Grid::new(Time::from_nanos(self.draw(key, 0, round.as_nanos())), round)
    }
}
