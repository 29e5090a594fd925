//! A process starts: log load or recovery, registration, unfencing (specification M13, C0; BrokerServer, BrokerLifecycleManager, LogManager).

use std::sync::Arc;

use engine::Span;

use crate::disk_failure::DiskFailure;
use crate::event::{Answer, Errand, Event};
use crate::features::exit::ExitReason;
use crate::happening::Happening;
use crate::ids::{NodeIx, PartitionIx, Slot};
use crate::node::{Binary, Peer, Process};
use crate::world::{Notice, World};

/// Opening one segment of a clean log. About 40,000 segments were opened in 14 to 17 s by one thread (KAFKA-3163).
const SEGMENT_OPEN: Span = Span::micros(400);

impl World {
    /// Starts the process of a node, with another binary if given. Nothing happens if there is one.
    pub fn start(&mut self, node: NodeIx, binary: Option<Binary>) {
        let now = self.clock.now();
        let me = &mut self.nodes[node as usize];
        if me.process != Process::Gone {
            return;
        }
        if let Some(binary) = binary {
            me.binary = Arc::new(binary);
        }
        me.lost = false;
        me.process = Process::Loading;
        me.incarnation += 1;
        me.starts += 1;
        me.started = now;
        let wait = self.estate.nodes[node as usize]
            .process_start
            .saturating_add(Span::nanos(me.slow_start));
        me.slow_start = 0;
        let broker = self.estate.nodes[node as usize].broker;
        let wait = match self.zookeeper.is_some() && broker {
            true => self.refusal_time(node).unwrap_or(wait),
            false => wait,
        };
        self.nodes[node as usize].why = self.clock.note(Happening::Started(node));
        self.notices.push(Notice::ProcessStarted(node));
        let at = now.saturating_add(wait);
        self.clock
            .arm(&mut self.nodes[node as usize].stage, at, |ticket| {
                Event::Stage { node, ticket }
            });
    }

    /// The next stage of a start or stop.
    pub(crate) fn stage(&mut self, node: NodeIx) {
        if self.nodes[node as usize].disk_failure != DiskFailure::None {
            self.disk_failure_goes_on(node);
            return;
        }
        if self.zookeeper.is_some() && self.estate.nodes[node as usize].broker {
            self.zookeeper_stage(node);
            return;
        }
        let stage = self.nodes[node as usize].process;
        match stage {
            Process::Loading => self.loaded(node),
            Process::Registering if self.has_given_up(node) || self.replays_if_it_can(node) => {}
            Process::Registering => self.ask_to_register(node),
            Process::Recovering => self.logs_are_there(node),
            Process::ShuttingDown => self.shutdown_takes_too_long(node),
            Process::Closing => self.closed(node),
            _ => {}
        }
    }

    pub(super) fn loaded(&mut self, node: NodeIx) {
        if self.nodes[node as usize].binary.refused.is_some() {
            self.exits(node, ExitReason::Config);
            return;
        }
        if self.replays_if_it_can(node) {
            return;
        }
        if self.estate.nodes[node as usize].controller {
            self.controllers_register(Some(node));
            self.voter_starts(node);
        }
        if self.estate.nodes[node as usize].broker {
            self.nodes[node as usize].process = Process::Registering;
            self.begins_to_register(node);
            self.ask_to_register(node);
        } else {
            self.nodes[node as usize].process = Process::Running;
            self.notices.push(Notice::PortOpen(node));
            self.zookeeper_looks();
        }
    }

    fn ask_to_register(&mut self, node: NodeIx) {
        let incarnation = self.nodes[node as usize].incarnation;
        let way = self.way_to_controller(node).unwrap_or(self.estate.latency);
        self.clock.schedule_after(
            way,
            Event::Heard {
                broker: node,
                errand: Errand::Register,
                incarnation,
            },
        );
    }

    /// The controller's answer to an errand arrives.
    pub(crate) fn answered(&mut self, node: NodeIx, answer: Answer, incarnation: u32) {
        let me = &self.nodes[node as usize];
        if me.incarnation != incarnation || me.process == Process::Gone {
            return;
        }
        let interval = me.binary.config.broker_heartbeat_interval;
        let at = self.clock.now().saturating_add(interval);
        match (me.process, answer) {
            (Process::Registering, Answer::Registered) => {
                self.nodes[node as usize].process = Process::CatchingUp;
                self.catches_up_with_metadata(node);
            }
            (Process::Registering, _) => self.asks_again(node, at),
            (Process::Unfencing, Answer::Unfenced) => self.opens(node),
            (Process::Unfencing, _) => self.clock.schedule(
                at,
                Event::Heard {
                    broker: node,
                    errand: Errand::Unfence,
                    incarnation,
                },
            ),
            (Process::ShuttingDown, answer) => self.shutdown_answer(node, answer),
            (Process::Running, Answer::Unfenced) => {
                // It had been fenced while it could not beat and works again.
                self.notices.push(Notice::PortOpen(node));
            }
            _ => {}
        }
    }

    /// A registered broker goes on when it has learned of its registration.
    pub(crate) fn catches_up_with_metadata(&mut self, node: NodeIx) {
        let me = &self.nodes[node as usize];
        if me.process == Process::CatchingUp && me.learned >= me.registration && !self.is_deaf(node)
        {
            self.recover(node);
        }
    }

    /// Loads the logs, or recovers them after an unclean stop (LogManager, LogLoader).
    pub(crate) fn recover(&mut self, node: NodeIx) {
        if let Some((topic, bytes)) = self.topic_it_cannot_load(node) {
            self.exits(node, ExitReason::SmallSegment { topic, bytes });
            return;
        }
        let now = self.clock.now();
        let clean = self.nodes[node as usize].clean;
        let spec = &self.estate.nodes[node as usize];
        let me = &self.nodes[node as usize];
        let threads = me.binary.config.recovery_threads;
        let mut segments: u64 = 0;
        let mut bytes: u64 = 0;
        for &(partition, slot) in self.replicas_on(node).iter() {
            let (total, active, segment) = self.log_bytes(partition, slot);
            segments += total / segment + 1;
            if !clean {
                bytes = bytes.saturating_add(active);
            }
        }
        let rate = spec.recovery_rate / 100 * u64::from(me.disk_percent);
        let opening = SEGMENT_OPEN.as_nanos().saturating_mul(segments) / threads;
        let reading =
            u128::from(bytes) * 1_000_000_000 / (u128::from(rate.max(1)) * u128::from(threads));
        let reading = reading.min(u128::from(u64::MAX / 4)) as u64;
        let me = &mut self.nodes[node as usize];
        let wait = opening
            .saturating_add(reading)
            .saturating_add(me.slow_recovery);
        me.slow_recovery = 0;
        me.process = Process::Recovering;
        if !clean {
            me.why = self.clock.note(Happening::Recovers(node));
        }
        self.notices.push(Notice::Recovering(node, clean));
        // From here on a crash counts as unclean: the clean-shutdown file is deleted before the logs are loaded.
        self.nodes[node as usize].clean = false;
        if self.nodes[node as usize].disk_full {
            self.dies_of_full_disk(node);
            return;
        }
        let at = now.saturating_add(Span::nanos(wait));
        self.clock
            .arm(&mut self.nodes[node as usize].stage, at, |ticket| {
                Event::Stage { node, ticket }
            });
    }

    /// Bytes of one replica's log: in all, behind the recovery point (the active segment), and of one segment.
    fn log_bytes(&self, partition: PartitionIx, slot: Slot) -> (u64, u64, u64) {
        let p = &self.partitions[partition as usize];
        let topic = &self.estate.topics[p.topic as usize];
        let log = self.log_of(partition, slot);
        let mut written: u64 = 0;
        for point in p.tree.path(log) {
            for &flow in &p.flows {
                let flow = &self.flows[flow as usize];
                let size = self.estate.producers[flow.producer as usize].size;
                written = written.saturating_add(
                    flow.count_in(point.node, None, point.cut)
                        .saturating_mul(size),
                );
            }
        }
        let total = topic.bytes_per_partition.saturating_add(written);
        let segment = topic.config.segment_bytes;
        let key = engine::Key::of("partition")
            .part(&topic.name)
            .id(u64::from(p.number))
            .part("segment");
        let offset = if topic.bytes_per_partition < segment {
            topic.bytes_per_partition
        } else {
            self.draw(key, 0, segment)
        };
        let active = if total < segment {
            total
        } else {
            (offset.saturating_add(written)) % segment
        };
        (total, active, segment)
    }

    /// C0: the logs are there. The broker applies the committed state of this moment, begins to fetch, and asks to be unfenced.
    fn logs_are_there(&mut self, node: NodeIx) {
        self.nodes[node as usize].process = Process::Unfencing;
        self.takes_committed_state(node);
        let incarnation = self.nodes[node as usize].incarnation;
        let way = self.way_to_controller(node).unwrap_or(self.estate.latency);
        self.clock.schedule_after(
            way,
            Event::Heard {
                broker: node,
                errand: Errand::Unfence,
                incarnation,
            },
        );
    }

    /// Applies the whole committed state, as after loading a snapshot.
    pub(crate) fn takes_committed_state(&mut self, node: NodeIx) {
        let now = self.clock.now();
        let committed = self.metadata.committed;
        let peers: Vec<Peer> = self
            .metadata
            .standing
            .iter()
            .map(|&(standing, incarnation)| Peer {
                incarnation,
                good: standing.good(),
                alive: standing.alive(),
            })
            .collect();
        let me = &mut self.nodes[node as usize];
        me.application = None;
        me.applying.cancel();
        me.learned = committed;
        me.applied = committed;
        me.history.clear();
        me.history.push((committed, now));
        me.peers = peers;
        let mut fetch = Vec::new();
        for &(partition, slot) in self.replicas_on(node).iter() {
            let state = self.partitions[partition as usize].newest();
            let held = self.partitions[partition as usize].office_of(slot);
            if held.is_some() && state.leader == Some(slot) {
                if self.partitions[partition as usize].replicas[slot as usize].epoch
                    != state.leader_epoch
                {
                    self.become_leader(partition, slot, state);
                }
                continue;
            }
            if state.leader == Some(slot) {
                self.become_leader(partition, slot, state);
            } else if self.become_follower(partition, slot, state) {
                fetch.push((partition, slot));
            }
        }
        for (partition, slot) in fetch {
            self.partitions[partition as usize].replicas[slot as usize].backed_off = false;
            self.add_to_fetcher(partition, slot);
        }
    }

    /// Unfenced: the port opens.
    fn opens(&mut self, node: NodeIx) {
        let now = self.clock.now();
        let me = &mut self.nodes[node as usize];
        me.process = Process::Running;
        me.heartbeats = crate::grid::Grid::new(now, me.binary.config.broker_heartbeat_interval);
        self.beats_begin(node);
        self.asks_again_if_fenced(node);
        self.notices.push(Notice::PortOpen(node));
    }
}
