//! The life of a process: start, log load, registration, unfencing, stop, crash, pause (specification M13, C0; BrokerServer,
//! BrokerLifecycleManager, LogManager).

use std::sync::Arc;

use engine::{Span, Time};

use crate::disk_failure::DiskFailure;
use crate::event::{Answer, Errand, Event};
use crate::features::exit::ExitReason;
use crate::happening::Happening;
use crate::ids::{NodeIx, PartitionIx, Slot};
use crate::log::Point;
use crate::node::{Binary, Peer, Process};
use crate::partition::{Follow, Known};
use crate::world::{Notice, World};

/// Opening one segment of a clean log. About 40,000 segments were opened in 14 to 17 s by one thread (KAFKA-3163).
const SEGMENT_OPEN: Span = Span::micros(400);
/// What a host had written back to its disk when it was lost: everything older than this. *Assumed* from the kernel's
/// `dirty_expire_centisecs` (30 s) and its wake-ups of 5 s.
const WRITTEN_BACK: Span = Span::secs(30);

impl World {
    // ------------------------------------------------------------------------------------ starting

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

    fn loaded(&mut self, node: NodeIx) {
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
        self.notices.push(Notice::PortOpen(node));
    }

    // ------------------------------------------------------------------------------------ stopping

    /// SIGTERM.
    pub fn stop(&mut self, node: NodeIx) {
        let note = self.clock.note(Happening::StopAsked(node));
        self.nodes[node as usize].why = note;
        let me = &self.nodes[node as usize];
        match me.process {
            Process::Gone | Process::ShuttingDown | Process::Closing => {}
            Process::Running
                if self.estate.nodes[node as usize].broker
                    && me.binary.config.controlled_shutdown =>
            {
                self.begin_controlled_shutdown(node);
            }
            Process::Running => self.begin_closing(node),
            _ => {
                // A process that is still starting exits at once; its logs were opened, not loaded to the end.
                self.gone(node, false);
                self.notices.push(Notice::Stopped(node));
            }
        }
    }

    /// Leave to go, or nothing to ask for: sockets and logs are closed.
    pub(crate) fn begin_closing(&mut self, node: NodeIx) {
        let now = self.clock.now();
        if self.estate.nodes[node as usize].controller {
            self.voter_resigns(node);
        }
        self.leaves_cluster(node, true);
        if self.zookeeper.is_some() && self.estate.nodes[node as usize].broker {
            self.closes_session_soon(node);
        }
        let me = &mut self.nodes[node as usize];
        me.process = Process::Closing;
        let wait = self.estate.nodes[node as usize].process_stop;
        let at = now.saturating_add(wait);
        self.clock
            .arm(&mut self.nodes[node as usize].stage, at, |ticket| {
                Event::Stage { node, ticket }
            });
    }

    pub(crate) fn closed(&mut self, node: NodeIx) {
        self.keeps_snapshot(node);
        let me = &mut self.nodes[node as usize];
        me.process = Process::Gone;
        me.clean = true;
        me.stage.cancel();
        self.nodes[node as usize].why = self.clock.note(Happening::Stopped(node));
        if self.estate.nodes[node as usize].controller {
            self.voter_gone(node);
        }
        self.zookeeper_looks();
        self.notices.push(Notice::Stopped(node));
    }

    /// SIGKILL.
    pub fn kill(&mut self, node: NodeIx) {
        if self.nodes[node as usize].process == Process::Gone {
            return;
        }
        self.nodes[node as usize].why = self.clock.note(Happening::Killed(node));
        self.gone(node, false);
        self.notices.push(Notice::Killed(node));
    }

    /// The host is gone: nobody is told, and what was not written back is lost.
    pub fn lose_host(&mut self, node: NodeIx) {
        self.nodes[node as usize].why = self.clock.note(Happening::Killed(node));
        let now = self.clock.now();
        let was = self.nodes[node as usize].process;
        self.nodes[node as usize].lost = true;
        if was != Process::Gone {
            self.gone(node, true);
            self.notices.push(Notice::Killed(node));
        }
        let kept = now.saturating_sub(WRITTEN_BACK);
        for &(partition, slot) in self.replicas_on(node).iter() {
            let p = &mut self.partitions[partition as usize];
            let mut log = p.replicas[slot as usize].log;
            while log.cut > kept && log.node != 0 {
                let parent = p.tree.node(log.node).parent;
                if parent.cut < kept {
                    break;
                }
                log = parent;
            }
            if log.cut > kept {
                log = Point {
                    node: log.node,
                    cut: kept,
                };
            }
            p.replicas[slot as usize].log = log;
        }
    }

    /// The process of a node ends by itself.
    pub(crate) fn process_gone(&mut self, node: NodeIx, silently: bool) {
        self.gone(node, silently);
    }

    pub(crate) fn gone(&mut self, node: NodeIx, silently: bool) {
        self.keeps_snapshot(node);
        self.leaves_cluster(node, !silently);
        let me = &mut self.nodes[node as usize];
        me.process = Process::Gone;
        me.paused = None;
        me.held.clear();
        me.clean = false;
        me.disk_failure = DiskFailure::None;
        me.stage.cancel();
        if self.estate.nodes[node as usize].controller {
            self.voter_gone(node);
        }
        self.zookeeper_looks();
    }

    /// A broker stops working: leaderships, fetches, connections, heartbeats.
    fn leaves_cluster(&mut self, node: NodeIx, heard: bool) {
        if !self.estate.nodes[node as usize].broker {
            return;
        }
        let cause = self.clock.cause();
        for &(partition, _) in self.replicas_on(node).iter() {
            self.touch(partition);
        }
        if !self.controller.beats_since[node as usize].is_never() {
            self.beats_end(node, !self.nodes[node as usize].lost);
        }
        self.peer_gone(node, heard);
        self.queue_breaks(node);
        for &(partition, slot) in self.replicas_on(node).iter() {
            self.clock.set_cause(cause);
            self.stop_following(partition, slot);
            if let Some(at) = self.partitions[partition as usize].office_of(slot) {
                self.end_office(partition, at);
            }
            let replica = &mut self.partitions[partition as usize].replicas[slot as usize];
            replica.follow = Follow::Not;
            replica.delays += 1;
        }
        self.clock.set_cause(cause);
        let me = &mut self.nodes[node as usize];
        me.application = None;
        me.applying.cancel();
        me.isr_watch.cancel();
        me.alter = crate::node::AlterPartitions {
            timer: me.alter.timer,
            ..Default::default()
        };
        me.alter.timer.cancel();
        me.shutdown = None;
    }

    // ------------------------------------------------------------------------------------ pausing

    /// SIGSTOP, or a long garbage collection.
    pub fn pause(&mut self, node: NodeIx) {
        if self.nodes[node as usize].process == Process::Gone
            || self.nodes[node as usize].paused.is_some()
        {
            return;
        }
        self.nodes[node as usize].why = self.clock.note(Happening::Paused(node));
        self.freezes(node);
        self.notices.push(Notice::Paused(node));
    }

    /// A process does nothing any more, and keeps its sockets.
    pub(crate) fn freezes(&mut self, node: NodeIx) {
        let now = self.clock.now();
        for &(partition, slot) in self.replicas_on(node).iter() {
            self.touch(partition);
            self.hang(partition, slot, false);
            for other in 0..self.partitions[partition as usize].replicas.len() as Slot {
                let p = &self.partitions[partition as usize];
                if other != slot
                    && p.office_of(slot).is_some()
                    && p.office_for(other) == p.office_of(slot)
                {
                    self.hang(partition, other, true);
                }
            }
        }
        if !self.controller.beats_since[node as usize].is_never() {
            self.beats_end(node, true);
        }
        self.nodes[node as usize].paused = Some(now);
        self.touch_connections_to(node);
        if self.estate.nodes[node as usize].controller {
            self.voter_pauses(node);
        }
        self.zookeeper_looks();
    }

    /// SIGCONT.
    pub fn resume(&mut self, node: NodeIx) {
        if self.nodes[node as usize].paused.take().is_none() {
            return;
        }
        self.nodes[node as usize].why = self.clock.note(Happening::Resumed(node));
        let held = std::mem::take(&mut self.nodes[node as usize].held);
        let now = self.clock.now();
        for event in held {
            self.clock.schedule(now, event);
        }
        for &(partition, slot) in self.replicas_on(node).iter() {
            self.touch(partition);
            self.unhang(partition, slot);
            for other in 0..self.partitions[partition as usize].replicas.len() as Slot {
                if other != slot {
                    self.unhang(partition, other);
                }
            }
        }
        self.fetches_go_on(node);
        self.watch_isr(node);
        if self.estate.nodes[node as usize].controller {
            self.voter_resumes(node);
        }
        self.zookeeper_looks();
        if self.estate.nodes[node as usize].broker {
            if self.nodes[node as usize].process == Process::ShuttingDown
                || self.zookeeper.is_some()
            {
                // Its next question comes by itself.
            } else {
                self.beats_resume(node);
            }
            self.begin_application(node);
            self.send_proposals(node);
            for producer in 0..self.producers.len() as u32 {
                let connection = self.connection_to(producer, node);
                self.disturb(connection);
                self.handle_next(connection);
            }
            self.reads_new_connections(node);
        }
        self.notices.push(Notice::Resumed(node));
    }

    /// A fetch gets no answer: what it had stays, and what was sent before may still arrive.
    pub(crate) fn hang(&mut self, partition: PartitionIx, slot: Slot, sent_arrives: bool) {
        if self.partitions[partition as usize].replicas[slot as usize].follow == Follow::Fetching {
            let log = self.log_of(partition, slot);
            let coming = if sent_arrives {
                self.what_is_coming(partition, slot)
            } else {
                None
            };
            self.stop_following(partition, slot);
            let replica = &mut self.partitions[partition as usize].replicas[slot as usize];
            replica.log = log;
            replica.coming = coming;
            replica.follow = Follow::Hanging;
        }
    }

    /// A fetch that hung goes on, if leader and follower are still what they were.
    pub(crate) fn unhang(&mut self, partition: PartitionIx, slot: Slot) {
        let p = &self.partitions[partition as usize];
        let replica = p.replicas[slot as usize];
        if replica.follow != Follow::Hanging {
            return;
        }
        let Some(leader) = replica.leader else { return };
        let l = p.replicas[leader as usize].node;
        if !self.nodes[l as usize].runs()
            || !self.nodes[replica.node as usize].runs()
            || self.way(l, replica.node).is_none()
        {
            return;
        }
        self.takes_what_has_come(partition, slot);
        let p = &self.partitions[partition as usize];
        let replica = p.replicas[slot as usize];
        let incarnation = self.nodes[replica.node as usize].incarnation;
        let known = p.office_for(slot).filter(|&at| {
            let follower = &p.offices[at].followers[slot as usize];
            follower.known != Known::Never && follower.fetched == incarnation
        });
        let at = match known {
            Some(at) => at,
            None => {
                // It hung at its first fetch, or the two are not of one epoch (any more): that is seen at the next instant.
                let fetcher = self.fetcher_of(l, replica.node);
                let why = self.clock.cause();
                self.partitions[partition as usize].replicas[slot as usize].follow = Follow::Added;
                self.fetchers[fetcher as usize]
                    .first
                    .push((partition, slot, why));
                return;
            }
        };
        self.touch(partition);
        let grid = self.fetch_grid(partition, leader, slot);
        let n = grid.next(self.clock.now());
        let p = &mut self.partitions[partition as usize];
        p.replicas[slot as usize].follow = Follow::Fetching;
        let node = p.offices[at].node;
        let since = p.offices[at].since;
        let mut from = p.tree.common(
            replica.log,
            Point {
                node,
                cut: self.clock.now(),
            },
        );
        if from.node != node {
            from = Point {
                node: from.node,
                cut: from.cut,
            };
            let parent = self.partitions[partition as usize].tree.node(node).parent;
            if self.covers(partition, from, parent) {
                from = Point { node, cut: since };
            }
        }
        let end = Point {
            node,
            cut: self.clock.now(),
        };
        let missed = self.has_content_beyond(partition, from, end);
        let office = &mut self.partitions[partition as usize].offices[at];
        office.followers[slot as usize].known = Known::InStep { since: n, from };
        let fetcher = self.fetcher_of(l, replica.node);
        if missed {
            // What came meanwhile is found by the first fetch (R4).
            let me = &mut self.fetchers[fetcher as usize];
            me.answered = me.answered.max(n);
        }
        self.arm_join(fetcher, n);
    }

    // ------------------------------------------------------------------------------------ cuts

    /// The link between two nodes is cut or mended.
    pub fn cut(&mut self, a: NodeIx, b: NodeIx, on: bool) {
        self.clock.note(Happening::NetworkChanged);
        for (leader, follower) in [(a, b), (b, a)] {
            let fetcher = self.fetcher_of(leader, follower);
            for member in self.layout.members[fetcher as usize].clone().iter() {
                self.touch(member.partition);
                if on {
                    let p = &self.partitions[member.partition as usize];
                    if p.replicas[member.follower as usize].leader == Some(member.leader) {
                        self.hang(member.partition, member.follower, false);
                    }
                }
            }
        }
        let active = self.controller.active;
        if on && let Some(active) = active {
            for (controller, broker) in [(a, b), (b, a)] {
                if controller == active && !self.controller.beats_since[broker as usize].is_never()
                {
                    self.beats_end(broker, false);
                }
            }
        }
        self.links.cut(a, b, on);
        if !on && self.way(a, b).is_some() {
            for (leader, follower) in [(a, b), (b, a)] {
                let fetcher = self.fetcher_of(leader, follower);
                for member in self.layout.members[fetcher as usize].clone().iter() {
                    self.unhang(member.partition, member.follower);
                }
                if active == Some(leader) && self.zookeeper.is_none() {
                    self.reaches_controller_again(follower);
                }
            }
        }
        self.quorum_links_changed();
        self.zookeeper_looks();
    }

    /// A broker can reach the active controller again: it learns what it missed and its beats count.
    pub(crate) fn reaches_controller_again(&mut self, broker: NodeIx) {
        if !self.estate.nodes[broker as usize].broker || !self.nodes[broker as usize].runs() {
            return;
        }
        let at = self
            .metadata
            .noops
            .next_time(self.clock.now())
            .saturating_add(self.estate.latency);
        self.clock.schedule(
            at,
            Event::Learn {
                node: broker,
                flush: self.metadata.committed,
            },
        );
        if self.nodes[broker as usize].process == Process::Running {
            self.beats_resume(broker);
        }
    }

    /// Clients can or cannot reach a node.
    pub fn cut_clients(&mut self, node: NodeIx, on: bool) {
        self.clock.note(Happening::NetworkChanged);
        self.groups_reach_changed(node);
        self.touch_connections_to(node);
        for producer in 0..self.producers.len() as u32 {
            let connection = self.connection_to(producer, node);
            self.disturb(connection);
        }
        self.links.no_clients(node, on);
    }

    /// The link between two nodes becomes slow or normal again.
    pub fn slow_link(&mut self, a: NodeIx, b: NodeIx, by: Span, on: bool) {
        self.clock.note(Happening::NetworkChanged);
        for producer in 0..self.producers.len() as u32 {
            for node in 0..self.nodes.len() as NodeIx {
                let connection = self.connection_to(producer, node);
                self.disturb(connection);
            }
        }
        for (leader, follower) in [(a, b), (b, a)] {
            let fetcher = self.fetcher_of(leader, follower);
            for member in self.layout.members[fetcher as usize].clone().iter() {
                self.touch(member.partition);
                let p = &self.partitions[member.partition as usize];
                if p.replicas[member.follower as usize].leader == Some(member.leader) {
                    self.hang(member.partition, member.follower, false);
                }
            }
        }
        self.links.slow(a, b, by, on);
        for (leader, follower) in [(a, b), (b, a)] {
            let fetcher = self.fetcher_of(leader, follower);
            let grid = self.natural_grid(leader, follower);
            self.fetchers[fetcher as usize].grid = grid;
            for member in self.layout.members[fetcher as usize].clone().iter() {
                self.unhang(member.partition, member.follower);
            }
        }
    }

    // ------------------------------------------------------------------------------------ disks

    /// The disk of a node runs at this share of its rates.
    pub fn slow_disk(&mut self, node: NodeIx, percent: u32) {
        self.nodes[node as usize].disk_percent = percent;
        self.rates_change(node);
    }

    /// The next start of a node takes longer.
    pub fn slow_next_start(&mut self, node: NodeIx, by: Span) {
        self.nodes[node as usize].slow_start = by.as_nanos();
    }

    /// The next log load of a node takes longer.
    pub fn slow_next_recovery(&mut self, node: NodeIx, by: Span) {
        self.nodes[node as usize].slow_recovery = by.as_nanos();
    }

    /// What a node would have to run with other settings or another version.
    pub fn binary(&self, node: NodeIx) -> &Binary {
        &self.nodes[node as usize].binary
    }

    /// The moment that a node's process began.
    pub fn started_at(&self, node: NodeIx) -> Time {
        self.nodes[node as usize].started
    }
}
