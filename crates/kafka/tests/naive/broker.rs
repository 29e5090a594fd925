//! The life of a broker: start, registration, work, stop, crash, pause (M6, M11, M13, C0).

use engine::Key;

use super::metadata::Application;
use super::{Class, Event, Grid, Naive, Nanos};

const MILLI: Nanos = 1_000_000;
/// Opening one segment of a clean log (M13).
const SEGMENT_OPEN: Nanos = 400_000;
/// M11: the second question follows the first answer after this.
const FIRST_WAIT: Nanos = 50 * MILLI;
/// What a host that is lost had written back: everything older (§0).
const WRITTEN_BACK: Nanos = 30_000 * MILLI;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Process {
    Gone,
    Starting,
    Registering,
    CatchingUp,
    Recovering,
    Unfencing,
    Running,
    ShuttingDown,
    Closing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    Register,
    Unfence,
    Stop,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Registered,
    Duplicate,
    Unfenced,
    Wait,
    Go,
}

/// What a broker has applied of another one.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    pub incarnation: u32,
    pub good: bool,
    pub alive: bool,
}

#[derive(Debug)]
pub struct Node {
    pub process: Process,
    pub paused: bool,
    pub lost: bool,
    pub incarnation: u32,
    /// The last stop left clean logs.
    pub clean: bool,
    pub learned: u32,
    pub applied: u32,
    /// What it shows to clients: the last flush whose application has begun.
    pub picture: u32,
    pub application: Option<Application>,
    pub applications: u64,
    pub peers: Vec<Peer>,
    /// Tells the present series of heartbeats from older ones.
    pub beating: u64,
    pub stage: u64,
    pub registration: u32,
    pub heard_wait: bool,
    /// What came while it was paused.
    pub mailbox: Vec<Event>,
    pub missed_isr_check: bool,
    /// ISR changes that wait for the request before them (M12).
    pub waiting: Vec<usize>,
    pub request_out: bool,
}

impl Node {
    pub fn runs(&self) -> bool {
        self.process != Process::Gone && !self.paused && !self.lost
    }

    /// It answers other brokers.
    pub fn serves(&self) -> bool {
        matches!(
            self.process,
            Process::Unfencing | Process::Running | Process::ShuttingDown
        )
    }

    /// Its port is open to clients.
    pub fn listens(&self) -> bool {
        matches!(self.process, Process::Running | Process::ShuttingDown)
    }
}

impl Naive {
    pub fn make_nodes(&mut self) {
        let estate = self.estate.clone();
        for (at, spec) in estate.nodes.iter().enumerate() {
            self.nodes.push(Node {
                process: Process::Running,
                paused: false,
                lost: false,
                incarnation: 1,
                clean: true,
                learned: 0,
                applied: 0,
                picture: 0,
                application: None,
                applications: 0,
                peers: estate
                    .nodes
                    .iter()
                    .map(|peer| Peer {
                        incarnation: 1,
                        good: peer.broker,
                        alive: peer.broker,
                    })
                    .collect(),
                beating: 0,
                stage: 0,
                registration: 0,
                heard_wait: false,
                mailbox: Vec::new(),
                missed_isr_check: false,
                waiting: Vec::new(),
                request_out: false,
            });
            if !spec.broker {
                continue;
            }
            let key = Key::of("broker").id(u64::from(spec.id)).part("heartbeat");
            let first = self.phase(key, spec.config.broker_heartbeat_interval.as_nanos());
            let (node, beating) = (at, 0);
            self.at(first, Class::Arrival, Event::Beat { node, beating });
            let checks = self.isr_checks(at);
            self.at(checks.phase, Class::Arrival, Event::IsrCheck { node });
        }
    }

    /// R14: every half `replica.lag.time.max.ms`.
    pub fn isr_checks(&self, node: usize) -> Grid {
        let spec = &self.estate.nodes[node];
        let period = spec.config.replica_lag_max.as_nanos() / 2;
        let key = Key::of("broker").id(u64::from(spec.id)).part("isr-check");
        Grid {
            phase: self.phase(key, period),
            period,
        }
    }

    pub fn next_isr_check(&mut self, node: usize) {
        let period = self.isr_checks(node).period;
        self.after(period, Event::IsrCheck { node });
    }

    // ------------------------------------------------------------------------------------ heartbeats (M6)

    pub fn beat(&mut self, node: usize, beating: u64) {
        if self.nodes[node].beating != beating {
            return;
        }
        let interval = self.heartbeat_interval(node);
        self.after(interval, Event::Beat { node, beating });
        self.send_beat(node);
    }

    fn heartbeat_interval(&self, node: usize) -> Nanos {
        self.estate.nodes[node]
            .config
            .broker_heartbeat_interval
            .as_nanos()
    }

    fn send_beat(&mut self, node: usize) {
        let me = &self.nodes[node];
        if me.process != Process::Running || !me.runs() {
            return;
        }
        let (incarnation, reported) = (me.incarnation, me.applied);
        if let Some(way) = self.way(self.controller.active, node) {
            self.after(
                way,
                Event::BeatHeard {
                    broker: node,
                    incarnation,
                    reported,
                },
            );
        }
    }

    fn ask(&mut self, node: usize, errand: Errand, wait: Nanos) {
        let me = &self.nodes[node];
        let (incarnation, reported) = (me.incarnation, me.applied);
        if let Some(way) = self.way(self.controller.active, node) {
            self.after(
                wait + way,
                Event::Heard {
                    broker: node,
                    errand,
                    incarnation,
                    reported,
                },
            );
        }
    }

    // ------------------------------------------------------------------------------------ starting (M13)

    pub fn start(&mut self, node: usize) {
        if self.nodes[node].process != Process::Gone {
            return;
        }
        let me = &mut self.nodes[node];
        me.lost = false;
        me.process = Process::Starting;
        me.incarnation += 1;
        let wait = self.estate.nodes[node].process_start.as_nanos();
        self.next_stage(node, wait);
    }

    fn next_stage(&mut self, node: usize, wait: Nanos) {
        self.nodes[node].stage += 1;
        let stage = self.nodes[node].stage;
        self.after(wait, Event::Stage { node, stage });
    }

    pub fn stage(&mut self, node: usize, stage: u64) {
        if self.nodes[node].stage != stage {
            return;
        }
        match self.nodes[node].process {
            Process::Starting | Process::Registering => {
                self.nodes[node].process = Process::Registering;
                self.ask(node, Errand::Register, 0);
            }
            Process::Recovering => {
                // C0: it takes the committed state of this moment, begins to fetch, asks to be unfenced.
                self.nodes[node].process = Process::Unfencing;
                self.takes_committed_state(node);
                self.ask(node, Errand::Unfence, 0);
            }
            Process::Closing => {
                self.nodes[node].process = Process::Gone;
                self.nodes[node].clean = true;
            }
            _ => {}
        }
    }

    pub fn answered(&mut self, node: usize, answer: Answer, incarnation: u32) {
        let me = &self.nodes[node];
        if me.incarnation != incarnation || me.process == Process::Gone {
            return;
        }
        let interval = self.heartbeat_interval(node);
        match (self.nodes[node].process, answer) {
            (Process::Registering, Answer::Registered) => {
                self.nodes[node].process = Process::CatchingUp;
                self.catches_up_with_metadata(node);
            }
            (Process::Registering, _) => self.next_stage(node, interval),
            (Process::Unfencing, Answer::Unfenced) => {
                // The port opens; its heartbeats begin.
                self.nodes[node].process = Process::Running;
                self.nodes[node].beating += 1;
                let beating = self.nodes[node].beating;
                self.beat(node, beating);
            }
            (Process::ShuttingDown, Answer::Go) => self.closes(node),
            (Process::ShuttingDown, _) => {
                let first = !std::mem::replace(&mut self.nodes[node].heard_wait, true);
                self.ask(
                    node,
                    Errand::Stop,
                    if first { FIRST_WAIT } else { interval },
                );
            }
            _ => {}
        }
    }

    /// M13: registered and aware of it, it loads its logs.
    pub fn catches_up_with_metadata(&mut self, node: usize) {
        let me = &self.nodes[node];
        if me.process != Process::CatchingUp || me.learned < me.registration {
            return;
        }
        let spec = &self.estate.nodes[node];
        let (mut segments, mut bytes) = (0, 0);
        for p in &self.partitions {
            if let Some(slot) = p.slot_of(node) {
                let size: u64 = p.replicas[slot]
                    .log
                    .iter()
                    .map(|entry| self.bytes_of(entry))
                    .sum();
                segments += 1;
                bytes += size;
            }
        }
        let threads = spec.config.recovery_threads;
        let mut wait = SEGMENT_OPEN * segments / threads;
        if !me.clean {
            wait += bytes * 1_000_000_000 / (spec.recovery_rate * threads);
        }
        self.nodes[node].process = Process::Recovering;
        self.nodes[node].clean = false;
        self.next_stage(node, wait);
    }

    /// C0.
    fn takes_committed_state(&mut self, node: usize) {
        let committed = self.metadata.committed.len() as u32;
        let peers = self
            .metadata
            .standing
            .iter()
            .map(|&(standing, incarnation)| Peer {
                incarnation,
                good: standing.good(),
                alive: standing.alive(),
            })
            .collect();
        let me = &mut self.nodes[node];
        me.application = None;
        me.learned = committed;
        me.applied = committed;
        me.picture = committed;
        me.peers = peers;
        let mut fetch = Vec::new();
        for partition in 0..self.partitions.len() {
            let Some(slot) = self.partitions[partition].slot_of(node) else {
                continue;
            };
            let state = self.partitions[partition].shown(committed).clone();
            if state.leader == Some(slot) {
                self.become_leader(partition, slot, &state);
            } else if self.become_follower(partition, slot, &state) {
                fetch.push((partition, slot));
            }
        }
        for (partition, slot) in fetch {
            self.partitions[partition].replicas[slot].backed_off = false;
            self.add_to_fetcher(partition, slot);
        }
    }

    // ------------------------------------------------------------------------------------ stopping

    /// SIGTERM (M11).
    pub fn stop(&mut self, node: usize) {
        match self.nodes[node].process {
            Process::Gone | Process::ShuttingDown | Process::Closing => {}
            Process::Running => {
                self.nodes[node].process = Process::ShuttingDown;
                self.nodes[node].heard_wait = false;
                self.ask(node, Errand::Stop, 0);
            }
            _ => self.kill(node),
        }
    }

    /// Leave to go: it stops serving at once and is gone when its logs are closed.
    fn closes(&mut self, node: usize) {
        self.stops_working(node, true);
        self.nodes[node].process = Process::Closing;
        let wait = self.estate.nodes[node].process_stop.as_nanos();
        self.next_stage(node, wait);
    }

    /// SIGKILL.
    pub fn kill(&mut self, node: usize) {
        if self.nodes[node].process == Process::Gone {
            return;
        }
        self.stops_working(node, true);
        self.process_ends(node);
    }

    fn process_ends(&mut self, node: usize) {
        let me = &mut self.nodes[node];
        me.process = Process::Gone;
        me.paused = false;
        me.mailbox.clear();
        me.missed_isr_check = false;
        me.clean = false;
        me.stage += 1;
    }

    /// The host is lost: nobody is told, and what was not written back is lost.
    pub fn lose_host(&mut self, node: usize) {
        if self.nodes[node].process != Process::Gone {
            self.stops_working(node, false);
            self.process_ends(node);
        }
        self.nodes[node].lost = true;
        let kept = self.now.saturating_sub(WRITTEN_BACK);
        for p in &mut self.partitions {
            if let Some(slot) = p.slot_of(node) {
                p.replicas[slot].log.retain(|entry| entry.arrived <= kept);
            }
        }
    }

    fn stops_working(&mut self, node: usize, heard: bool) {
        self.nodes[node].beating += 1;
        self.peer_gone(node, heard);
        for partition in 0..self.partitions.len() {
            if let Some(slot) = self.partitions[partition].slot_of(node) {
                self.stop_following(partition, slot);
                self.end_office(partition, slot);
                self.partitions[partition].replicas[slot].delays += 1;
            }
        }
        let me = &mut self.nodes[node];
        me.application = None;
        me.waiting.clear();
        me.request_out = false;
    }

    // ------------------------------------------------------------------------------------ pausing (R9)

    /// SIGSTOP.
    pub fn pause(&mut self, node: usize) {
        if self.nodes[node].process == Process::Gone || self.nodes[node].paused {
            return;
        }
        for partition in 0..self.partitions.len() {
            let Some(slot) = self.partitions[partition].slot_of(node) else {
                continue;
            };
            self.hang(partition, slot);
            for other in 0..self.partitions[partition].replicas.len() {
                if other != slot && self.office_for(partition, other) == Some(slot) {
                    self.hang(partition, other);
                }
            }
        }
        self.nodes[node].paused = true;
    }

    /// SIGCONT.
    pub fn resume(&mut self, node: usize) {
        if !self.nodes[node].paused {
            return;
        }
        self.nodes[node].paused = false;
        let mailbox = std::mem::take(&mut self.nodes[node].mailbox);
        let mut checks = false;
        for event in mailbox {
            if let Event::IsrCheck { .. } = event {
                checks = true;
            } else {
                self.after(0, event);
            }
        }
        for partition in 0..self.partitions.len() {
            let Some(slot) = self.partitions[partition].slot_of(node) else {
                continue;
            };
            for other in 0..self.partitions[partition].replicas.len() {
                self.unhang(partition, other);
            }
            self.recompute_high_watermark(partition, slot);
        }
        self.fetches_go_on(node);
        if checks {
            self.isr_check(node);
        }
        self.send_beat(node);
        self.send_proposals(node);
        for connection in 0..self.connections.len() {
            if self.connections[connection].broker == node {
                self.handle_next(connection);
                self.attempt_ends(connection);
            }
        }
        self.answer_what_is_complete();
    }
}
