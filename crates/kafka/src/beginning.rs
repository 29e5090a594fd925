//! The world at time 0.

use std::sync::Arc;

use engine::{CauseId, Key, Scheduler, Span, Streams, Time, Timer, Trace};

use crate::controller::{Controller, Standing};
use crate::disk_failure::DiskFailure;
use crate::estate::Estate;
use crate::event::Event;
use crate::fetcher::{FETCH_SERVICE, Fetcher};
use crate::flow::Flow;
use crate::grid::Grid;
use crate::happening::Happening;
use crate::ids::{ConnectionIx, NodeIx, ProducerIx, Slot, only};
use crate::layout::Layout;
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
use crate::world::{Options, World, scaled};
use crate::zookeeper::ZooKeeper;

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

        let candidates = estate.candidates();
        let drawn = candidates[scaled(
            streams.word(Key::of("controller/first"), 0),
            candidates.len() as u64,
        ) as usize];
        let ensemble = estate.zookeeper.as_ref();
        let active = ensemble.and_then(|zk| zk.controller).unwrap_or(drawn);
        // In ZooKeeper mode nobody looks at the incarnation that fetches.
        let first_incarnation = match ensemble {
            Some(_) => Peer::ANY_INCARNATION,
            None => 1,
        };
        let zookeeper =
            ensemble.map(|ensemble| ZooKeeper::new(&estate, ensemble, &streams, active));
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
                        refused: None,
                    }),
                    process: Process::Running,
                    paused: None,
                    lost: false,
                    incarnation: 1,
                    starts: 1,
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
                            incarnation: first_incarnation,
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
                    disk_failure: DiskFailure::None,
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
                        registered: first_incarnation,
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
                            backed_off: false,
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
                        regular: Some(isr & !only(0)),
                        confirmers: 0,
                        steady_since: Time::NEVER,
                    }],
                    flows: smallvec::SmallVec::new(),
                    touched: 0,
                    explicit: false,
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
            zookeeper,
            metadata: Metadata::new(
                Grid::new(
                    phase(term.part("noop"), active_config.metadata_max_idle),
                    active_config.metadata_max_idle,
                ),
                n,
            ),
            features: crate::features::FeatureState::first(&estate, active),
            topic_segments: estate
                .topics
                .iter()
                .map(|topic| topic.config.segment_bytes)
                .collect(),
            partitions,
            fetchers,
            producers: Vec::new(),
            flows: Vec::new(),
            connections: Vec::new(),
            groups: Vec::new(),
            readers_of: Vec::new(),
            coordinates: Vec::new(),
            touched_partitions: Vec::new(),
            irregular: vec![std::collections::BTreeSet::new(); n],
            before: Vec::new(),
            touched_connections: Vec::new(),
            spare_parts: Vec::new(),
            notices: Vec::new(),
            record,
            estate,
        };
        world.controller.active = Some(active);
        for partition in 0..world.partitions.len() {
            world.note_confirmers(partition as u32, 0);
        }
        for node in 0..n {
            let broker = world.estate.nodes[node].broker;
            if broker {
                world.controller.standing[node] = Standing::Unfenced;
                world.controller.registered[node] = 1;
                if world.zookeeper.is_none() {
                    world.controller.beats_since[node] = Time::ZERO;
                }
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
                    found: (u64::MAX, Time::NEVER),
                    confirmed: (0, 0),
                    retry: smallvec::SmallVec::new(),
                    in_flight: 0,
                    flying: smallvec::SmallVec::new(),
                    producer_epoch: 0,
                    unnumbered: 0,
                    unresolved: false,
                    expired_to: 0,
                    backoff_draws: 0,
                    acked: Ranges::default(),
                    failed: Ranges::default(),
                    stretches: smallvec::SmallVec::new(),
                    last_ack: Time::ZERO,
                    unhealthy: false,
                    resting: false,
                    moved: true,
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
                seen: 0,
                leaderless: 0,
                wanted: false,
                asking: None,
                last_refresh: None,
                waits_for_place: false,
                in_vain: 0,
                failing: false,
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
}
