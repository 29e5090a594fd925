//! The metadata log: from a decision of the controller to what each node has applied (specification M1–M4).

use std::collections::VecDeque;
use std::sync::Arc;

use engine::{CauseId, Span, Time, Timer};

use crate::controller::Standing;
use crate::event::Event;
use crate::grid::Grid;
use crate::happening::Happening;
use crate::ids::{NodeIx, PartitionIx};
use crate::node::{Application, Process};
use crate::partition::{Registration, Version};
use crate::world::{Notice, World};

/// Partitions that a node begins to lead in one application are done in chunks of this many (M4).
const LEADER_CHUNK: usize = 16;
/// Becoming follower of one partition that the node did not lead (M4). *Assumed*; the log shows well under a millisecond (`observed/`).
const FOLLOWER_COST: Span = Span::micros(100);
/// From learning to the start of the application (M4).
const APPLY_JITTER: (Span, Span) = (Span::micros(200), Span::millis(2));
/// Becoming leader of one partition: its leader-epoch checkpoint is written (M4).
const LEADER_COST: (Span, Span) = (Span::millis(1), Span::millis(6));
/// The write of the fastest voter (M1).
const COMMIT_JITTER: (Span, Span) = (Span::millis(1), Span::millis(5));

/// One change of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PartitionChange {
    pub(crate) partition: PartitionIx,
    pub(crate) state: Registration,
    /// What the controller had decided before, to take it back if it is never committed.
    pub(crate) before: Registration,
    /// The leader that asked for it and will hear of it by the answer.
    pub(crate) asked_by: Option<NodeIx>,
    pub(crate) cause: CauseId,
}

/// One change of a broker's standing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BrokerChange {
    pub(crate) broker: NodeIx,
    pub(crate) standing: Standing,
    pub(crate) before: Standing,
    /// The incarnation that this is said of.
    pub(crate) incarnation: u32,
    pub(crate) cause: CauseId,
}

/// Whom to answer when a flush is committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    Heartbeat {
        broker: NodeIx,
        answer: crate::event::Answer,
        incarnation: u32,
    },
    Proposals {
        broker: NodeIx,
    },
    /// In ZooKeeper mode: what the controller does next.
    Controller(Next),
}

/// What a controller in ZooKeeper mode goes on with when a state change is written (Z12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// The leaders of a stopping broker have moved: the replicas that follow are stopped.
    StopsReplicas { broker: NodeIx, incarnation: u32 },
    /// Both are done: the broker is answered.
    AnswersQuestion { broker: NodeIx, incarnation: u32 },
}

/// Finalized levels before a decision, to take it back if it is never committed.
#[derive(Clone, Debug)]
pub(crate) struct LevelsBefore {
    pub(crate) levels: Arc<crate::features::Levels>,
    pub(crate) raft: i16,
}

/// Decisions that are appended together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flush {
    pub(crate) number: u32,
    pub(crate) partitions: Vec<PartitionChange>,
    pub(crate) brokers: Vec<BrokerChange>,
    pub(crate) replies: Vec<Reply>,
    /// New levels of features.
    pub(crate) levels: Vec<(crate::features::Recorded, LevelsBefore)>,
    /// In ZooKeeper mode: everybody is told everything (a new controller).
    pub(crate) full: bool,
    /// In ZooKeeper mode: brokers that have just come; they are told everything.
    pub(crate) starts: Vec<NodeIx>,
    /// In ZooKeeper mode: replicas that shall stop to fetch.
    pub(crate) stops: Vec<(NodeIx, PartitionIx)>,
    /// In ZooKeeper mode: partitions whose leaders have changed the ISR themselves (Z15).
    pub(crate) publishes: Vec<PartitionIx>,
    /// Which partitions concern which nodes, sorted by node. Made at the commit.
    pub(crate) concerns: Vec<(NodeIx, PartitionIx)>,
    pub(crate) cause: CauseId,
}

/// A closed flush that may still have to be learned or applied somewhere.
#[derive(Clone, Debug)]
pub(crate) struct Closed {
    pub(crate) flush: Arc<Flush>,
    pub(crate) committed: Time,
    pub(crate) released: Time,
}

/// The metadata log.
#[derive(Clone, Debug)]
pub(crate) struct Metadata {
    /// Decisions that are not appended yet.
    pub(crate) open: Option<Flush>,
    pub(crate) closes: Timer,
    /// Appended and not yet committed.
    pub(crate) appended: VecDeque<Arc<Flush>>,
    /// Committed flushes, oldest first; the first has number `first`.
    pub(crate) log: VecDeque<Closed>,
    pub(crate) first: u32,
    /// Number of the newest flush that was opened; 0 is the state at the beginning.
    pub(crate) newest: u32,
    /// Number of the newest committed flush.
    pub(crate) committed: u32,
    /// Number of the newest flush whose commit nodes without push have been told.
    pub(crate) released: u32,
    pub(crate) release: Timer,
    pub(crate) noops: Grid,
    /// Flushes closed so far (draws).
    pub(crate) closed: u64,
    /// Standing and incarnation of each node, as committed.
    pub(crate) standing: Vec<(Standing, u32)>,
}

impl Metadata {
    pub(crate) fn new(noops: Grid, nodes: usize) -> Self {
        Self {
            open: None,
            closes: Timer::default(),
            appended: VecDeque::new(),
            log: VecDeque::new(),
            first: 1,
            newest: 0,
            committed: 0,
            released: 0,
            release: Timer::default(),
            noops,
            closed: 0,
            standing: vec![(Standing::Unregistered, 0); nodes],
        }
    }

    pub(crate) fn get(&self, number: u32) -> Option<&Closed> {
        self.log.get(number.checked_sub(self.first)? as usize)
    }
}

impl World {
    // ------------------------------------------------------------------------------------ deciding

    /// The flush that takes the decisions of this moment (M1).
    pub(crate) fn open_flush(&mut self) -> &mut Flush {
        if self.metadata.open.is_none() {
            self.metadata.newest += 1;
            let flush = Flush {
                number: self.metadata.newest,
                cause: self.clock.cause(),
                ..Flush::default()
            };
            self.metadata.open = Some(flush);
            // A controller in ZooKeeper mode writes what one event decided at once.
            let linger = if self.zookeeper.is_some() {
                Span::ZERO
            } else {
                self.active_config().append_linger
            };
            let at = self.clock.now().saturating_add(linger);
            self.clock
                .arm(&mut self.metadata.closes, at, Event::FlushCloses);
        }
        self.metadata.open.as_mut().expect("just opened")
    }

    /// The flush that a decision of this moment will be committed with.
    pub(crate) fn flush_at_hand(&mut self) -> u32 {
        self.open_flush().number
    }

    /// M1: the append.
    pub(crate) fn flush_closes(&mut self) {
        let Some(flush) = self.metadata.open.take() else {
            return;
        };
        let now = self.clock.now();
        let draw = self.metadata.closed;
        self.metadata.closed += 1;
        let jitter = self.draw_between(
            self.layout.keys.commit,
            draw,
            COMMIT_JITTER.0,
            COMMIT_JITTER.1,
        );
        let round_trip = self.quorum_round_trip();
        let number = flush.number;
        let term = self.quorum.term;
        self.metadata.appended.push_back(Arc::new(flush));
        // An append answers the parked metadata fetches: what was committed before is learned now (M3c).
        self.release();
        if let Some(round_trip) = round_trip {
            let at = now.saturating_add(jitter).saturating_add(round_trip);
            self.clock.schedule(
                at,
                Event::Committed {
                    flush: number,
                    term,
                },
            );
        }
    }

    /// M1: the commit.
    pub(crate) fn committed(&mut self, number: u32, term: u32) {
        if term != self.quorum.term || self.controller.active.is_none() {
            return;
        }
        while self
            .metadata
            .appended
            .front()
            .is_some_and(|flush| flush.number <= number)
        {
            let flush = self
                .metadata
                .appended
                .pop_front()
                .expect("there is a front");
            self.commit(flush);
        }
    }

    fn commit(&mut self, mut flush: Arc<Flush>) {
        let now = self.clock.now();
        let number = flush.number;
        self.metadata.committed = number;
        let mut concerns = Vec::new();
        let kept_for = self.oldest_picture();
        self.publish_isrs(&flush);
        for change in &flush.partitions {
            self.record
                .committed(&self.partitions[change.partition as usize], change, now);
            let partition = &mut self.partitions[change.partition as usize];
            let before = partition.newest();
            partition.committed.push(Version {
                flush: number,
                state: change.state,
            });
            while partition.committed.len() > 8 && partition.committed[1].flush <= kept_for {
                partition.committed.remove(0);
            }
            if change.state.leader_epoch != before.leader_epoch {
                concerns.extend(
                    partition
                        .replicas
                        .iter()
                        .map(|replica| (replica.node, change.partition)),
                );
            } else if let Some(leader) = change.state.leader {
                let node = partition.replicas[leader as usize].node;
                if change.asked_by != Some(node) {
                    concerns.push((node, change.partition));
                }
            }
        }
        for change in &flush.brokers {
            self.metadata.standing[change.broker as usize] = (change.standing, change.incarnation);
        }
        self.record.flush_done(number, now);
        let (leaders, shrank, grew) = std::mem::take(&mut self.record.fresh);
        if leaders + shrank + grew > 0 {
            self.notices.push(Notice::Committed {
                leaders,
                shrank,
                grew,
            });
        }
        concerns.sort_unstable();
        concerns.dedup();
        let made = Arc::make_mut(&mut flush);
        made.concerns = concerns;
        let cause = made.cause;
        let before = self.clock.set_cause(cause);
        for reply in &flush.replies {
            self.reply(*reply);
        }
        for (record, _) in &flush.levels {
            self.levels_are_committed(crate::features::Recorded {
                at: now,
                ..record.clone()
            });
        }
        self.metadata.log.push_back(Closed {
            flush: flush.clone(),
            committed: now,
            released: Time::NEVER,
        });
        self.forget_old_flushes();
        if self.zookeeper.is_some() {
            self.send_state_changes(&flush);
            self.clock.set_cause(before);
            return;
        }

        // M3: the active controller's own broker at once, those with push after one way, the others with the next append.
        let active = self
            .controller
            .active
            .expect("only an active controller commits");
        let controller_pushes = self.nodes[active as usize]
            .binary
            .behaviour
            .pushes_high_watermark;
        let mut someone_waits = false;
        for node in 0..self.nodes.len() as NodeIx {
            if !self.concerned(&flush, node) {
                continue;
            }
            if node == active {
                self.clock.schedule(
                    now,
                    Event::Learn {
                        node,
                        flush: number,
                    },
                );
            } else if controller_pushes
                && self.nodes[node as usize]
                    .binary
                    .behaviour
                    .pushes_high_watermark
            {
                if let Some(way) = self.way(active, node) {
                    self.clock.schedule(
                        now.saturating_add(way),
                        Event::Learn {
                            node,
                            flush: number,
                        },
                    );
                }
            } else {
                someone_waits = true;
            }
        }
        if someone_waits && !self.metadata.release.is_armed() {
            let at = self.metadata.noops.next_time(now);
            self.clock
                .arm(&mut self.metadata.release, at, Event::Release);
        }
        self.clock.set_cause(before);
    }

    /// The quorum has a majority again: what was appended and waits can be committed.
    pub(crate) fn commit_what_waits(&mut self) {
        let Some(last) = self.metadata.appended.back().map(|flush| flush.number) else {
            return;
        };
        let Some(round_trip) = self.quorum_round_trip() else {
            return;
        };
        let term = self.quorum.term;
        self.clock
            .schedule_after(round_trip, Event::Committed { flush: last, term });
    }

    /// The active controller is gone: what it had decided and not committed never was (M1).
    pub(crate) fn take_back_uncommitted(&mut self) {
        let open = self.metadata.open.take();
        self.metadata.closes.cancel();
        let mut flushes: Vec<Flush> = self
            .metadata
            .appended
            .drain(..)
            .map(|flush| (*flush).clone())
            .collect();
        flushes.extend(open);
        for flush in flushes.into_iter().rev() {
            for change in flush.partitions.iter().rev() {
                self.partitions[change.partition as usize].decided = change.before;
            }
            for change in flush.brokers.iter().rev() {
                self.controller.standing[change.broker as usize] = change.before;
            }
            for (_, before) in flush.levels.iter().rev() {
                self.takes_levels_back(before);
            }
            for reply in &flush.replies {
                // Whoever asked gets no answer and asks again.
                match *reply {
                    Reply::Heartbeat {
                        broker,
                        incarnation,
                        ..
                    } => {
                        let wait = self.nodes[broker as usize]
                            .binary
                            .config
                            .broker_heartbeat_interval;
                        let answer = crate::event::Answer::Nobody;
                        self.clock.schedule_after(
                            wait,
                            Event::Answered {
                                broker,
                                answer,
                                incarnation,
                            },
                        );
                    }
                    Reply::Proposals { broker } => self.proposals_lost(broker),
                    // The broker learns with its connection that nobody answers (Z11).
                    Reply::Controller(_) => {}
                }
            }
        }
    }

    /// Does this flush hold something for the node to do?
    fn concerned(&self, flush: &Flush, node: NodeIx) -> bool {
        self.estate.nodes[node as usize].broker
            && (!flush.brokers.is_empty()
                || flush
                    .concerns
                    .binary_search_by(|at| at.0.cmp(&node))
                    .is_ok())
    }

    /// M3c: parked metadata fetches are answered, and tell of every commit so far.
    pub(crate) fn release(&mut self) {
        let now = self.clock.now();
        let (from, to) = (self.metadata.released + 1, self.metadata.committed);
        if from > to || self.zookeeper.is_some() {
            return;
        }
        self.metadata.released = to;
        self.metadata.release.cancel();
        let Some(active) = self.controller.active else {
            return;
        };
        let pushes = self.nodes[active as usize]
            .binary
            .behaviour
            .pushes_high_watermark;
        for number in from..=to {
            let Some(at) = number.checked_sub(self.metadata.first) else {
                continue;
            };
            let Some(closed) = self.metadata.log.get_mut(at as usize) else {
                continue;
            };
            closed.released = now;
            let flush = closed.flush.clone();
            let before = self.clock.set_cause(flush.cause);
            for node in 0..self.nodes.len() as NodeIx {
                let pushed = pushes
                    && self.nodes[node as usize]
                        .binary
                        .behaviour
                        .pushes_high_watermark;
                if node != active
                    && !pushed
                    && self.concerned(&flush, node)
                    && let Some(way) = self.way(active, node)
                {
                    self.clock.schedule(
                        now.saturating_add(way),
                        Event::Learn {
                            node,
                            flush: number,
                        },
                    );
                }
            }
            self.clock.set_cause(before);
        }
    }

    fn forget_old_flushes(&mut self) {
        while self.metadata.log.len() > 64 {
            let oldest = self.metadata.first;
            let needed = self.nodes.iter().any(|node| {
                node.process != Process::Gone
                    && node.applied < oldest
                    && (node.application.is_some() || node.learned > node.applied)
            });
            if needed {
                break;
            }
            for node in &mut self.nodes {
                // It concerned nobody who has not applied it: whoever has nothing to do has it in passing.
                if node.application.is_none()
                    && node.learned <= node.applied
                    && node.paused.is_none()
                {
                    node.applied = node.applied.max(oldest);
                    node.learned = node.learned.max(oldest);
                }
            }
            self.metadata.log.pop_front();
            self.metadata.first += 1;
        }
    }

    // ------------------------------------------------------------------------------------ learning

    pub(crate) fn learn(&mut self, node: NodeIx, flush: u32) {
        let me = &mut self.nodes[node as usize];
        if me.process == Process::Gone || me.lost || flush <= me.learned {
            return;
        }
        if self.is_deaf(node) {
            return;
        }
        let me = &mut self.nodes[node as usize];
        me.learned = flush;
        if me.process == Process::CatchingUp {
            self.catches_up_with_metadata(node);
            return;
        }
        if !me.serves() {
            // A node that is loading takes everything from the committed state when it is ready.
            return;
        }
        self.begin_application(node);
    }

    /// M4: begins to apply what has been learned, unless an application is going on.
    pub(crate) fn begin_application(&mut self, node: NodeIx) {
        let me = &self.nodes[node as usize];
        if me.application.is_some() || me.learned <= me.applied {
            return;
        }
        let upto = me.learned;
        self.begin_application_of(
            node,
            Application {
                upto,
                ..Application::default()
            },
        );
    }

    /// M4: the beginning of an application.
    pub(crate) fn begin_application_of(&mut self, node: NodeIx, application: Application) {
        let me = &self.nodes[node as usize];
        let draw = 2 * me.applications;
        let jitter = self.draw_between(
            self.layout.keys.apply[node as usize],
            draw,
            APPLY_JITTER.0,
            APPLY_JITTER.1,
        );
        let per_leader = self.draw_between(
            self.layout.keys.apply[node as usize],
            draw + 1,
            LEADER_COST.0,
            LEADER_COST.1,
        );
        let began = self.clock.now().saturating_add(jitter);
        let me = &mut self.nodes[node as usize];
        me.applications += 1;
        me.application = Some(Application {
            per_leader: per_leader.as_nanos(),
            began,
            ..application
        });
        self.clock
            .arm(&mut me.applying, began, |ticket| Event::Apply {
                node,
                ticket,
            });
    }

    /// M4: the next part of an application.
    pub(crate) fn apply(&mut self, node: NodeIx) {
        let Some(mut application) = self.nodes[node as usize].application.take() else {
            return;
        };
        let now = self.clock.now();
        if !application.started {
            application.started = true;
            if self.zookeeper.is_some() {
                self.takes_state_changes(node, &mut application);
            } else {
                self.apply_at_once(node, &mut application);
            }
            self.clock.note(Happening::Applied(node));
        } else if application.done < application.leads.len() {
            let end = (application.done + LEADER_CHUNK).min(application.leads.len());
            for at in application.done..end {
                let partition = application.leads[at];
                self.become_leader_if_still_so(node, partition, application.upto);
                self.counts_fetch_in_hand(node, partition);
            }
            application.done = end;
        } else if application.stepped < application.steps_down.len() {
            let partition = application.steps_down[application.stepped];
            application.stepped += 1;
            let p = &self.partitions[partition as usize];
            let state = p.shown(application.upto);
            let slot = p.slot_of(node).expect("a concern is of a replica");
            if self.become_follower(partition, slot, state) {
                application.to_fetch.push((partition, slot));
            }
        } else {
            let follows = std::mem::take(&mut application.follows);
            let to_fetch = std::mem::take(&mut application.to_fetch);
            self.become_follower_of(node, &follows, to_fetch, application.upto);
            self.application_ends(node, application.upto);
            return;
        }
        let leads = application.leads.len();
        let next = if application.done < leads {
            let end = (application.done + LEADER_CHUNK).min(leads);
            application
                .began
                .saturating_add(Span::nanos(application.per_leader * end as u64))
        } else if application.stepped < application.steps_down.len() {
            let turned = (leads + application.stepped + 1) as u64;
            application
                .began
                .saturating_add(Span::nanos(application.per_leader * turned))
        } else if application.follows.is_empty() && application.to_fetch.is_empty() {
            self.application_ends(node, application.upto);
            return;
        } else {
            let spent = application.per_leader * (leads + application.steps_down.len()) as u64
                + FOLLOWER_COST.as_nanos() * application.follows.len() as u64;
            application.began.saturating_add(Span::nanos(spent))
        };
        let me = &mut self.nodes[node as usize];
        me.application = Some(application);
        self.clock
            .arm(&mut me.applying, next.max(now), |ticket| Event::Apply {
                node,
                ticket,
            });
    }

    fn application_ends(&mut self, node: NodeIx, upto: u32) {
        let now = self.clock.now();
        let me = &mut self.nodes[node as usize];
        me.application = None;
        if self.zookeeper.is_some() {
            self.controller_request_done(node, Span::ZERO);
            return;
        }
        me.applied = upto;
        me.history.push((upto, now));
        if me.history.len() > 32 {
            me.history.drain(..16);
        }
        self.begin_application(node);
    }

    /// The part of an application that happens at its beginning: the picture of the cluster, the standing of other brokers, and
    /// ISR changes where the node goes on leading.
    fn apply_at_once(&mut self, node: NodeIx, application: &mut Application) {
        let from = self.nodes[node as usize].applied + 1;
        let mut concerned: Vec<PartitionIx> = Vec::new();
        if from < self.metadata.first {
            // It missed more than is kept (it was cut off): it looks at everything.
            concerned.extend(self.replicas_on(node).iter().map(|at| at.0));
            for peer in 0..self.nodes.len() as NodeIx {
                let (standing, incarnation) = self.metadata.standing[peer as usize];
                self.nodes[node as usize].peers[peer as usize] = crate::node::Peer {
                    incarnation,
                    good: standing.good(),
                    alive: standing.alive(),
                };
                if peer != node {
                    self.peer_changed(node, peer);
                }
            }
        }
        for number in from..=application.upto {
            let Some(closed) = self.metadata.get(number) else {
                continue;
            };
            let flush = closed.flush.clone();
            let first = flush.concerns.partition_point(|at| at.0 < node);
            concerned.extend(
                flush.concerns[first..]
                    .iter()
                    .take_while(|at| at.0 == node)
                    .map(|at| at.1),
            );
            for change in &flush.brokers {
                let peer = &mut self.nodes[node as usize].peers[change.broker as usize];
                let (good, alive) = (change.standing.good(), change.standing.alive());
                *peer = crate::node::Peer {
                    incarnation: change.incarnation,
                    good,
                    alive,
                };
                if change.broker != node {
                    self.peer_changed(node, change.broker);
                }
            }
        }
        concerned.sort_unstable();
        concerned.dedup();
        for partition in concerned {
            let p = &self.partitions[partition as usize];
            let state = p.shown(application.upto);
            let slot = p.slot_of(node).expect("a concern is of a replica");
            let replica = p.replicas[slot as usize];
            if state.leader_epoch > replica.epoch {
                if state.leader == Some(slot) {
                    if replica.leader != Some(slot) {
                        self.ends_fetch(partition, slot);
                    }
                    application.leads.push(partition);
                } else if p.office_on(node).is_some() {
                    application.steps_down.push(partition);
                } else {
                    application.follows.push(partition);
                }
            } else if state.leader_epoch == replica.epoch && p.office_on(node).is_some() {
                self.leader_takes_isr(partition, slot, state);
            }
        }
    }

    /// The last flush that a node has applied at this moment, also where it had nothing to do (M4, M6).
    pub(crate) fn applied_now(&self, node: NodeIx) -> u32 {
        let me = &self.nodes[node as usize];
        if let Some(zk) = &self.zookeeper {
            return zk.sides[node as usize].picture;
        }
        if me
            .application
            .as_ref()
            .is_some_and(|application| application.started)
        {
            // Its picture is the new one since the application began (M4), although the work on replicas goes on.
            return me.application.as_ref().expect("just looked").upto;
        }
        self.seen_by(node, self.clock.now())
    }

    /// The last flush that a node has finished applying by `t` (what its heartbeats report).
    pub(crate) fn reported_at(&self, node: NodeIx, t: Time) -> u32 {
        let me = &self.nodes[node as usize];
        if let Some(&(flush, _)) = me.history.iter().rev().find(|(_, at)| *at <= t)
            && (me.application.is_some() || me.learned > me.applied || t < self.clock.now())
        {
            return flush.max(self.idle_seen_by(node, t, flush));
        }
        self.seen_by(node, t)
    }

    /// While nothing concerns a node it takes each commit in passing; up to which one, if it had `stored` for sure?
    fn idle_seen_by(&self, node: NodeIx, t: Time, stored: u32) -> u32 {
        let mut seen = stored;
        for number in stored + 1..=self.metadata.committed {
            let Some(closed) = self.metadata.get(number) else {
                break;
            };
            if self.concerned(&closed.flush, node) || self.learned_time(node, closed) > t {
                break;
            }
            seen = number;
        }
        seen
    }

    fn seen_by(&self, node: NodeIx, t: Time) -> u32 {
        self.idle_seen_by(node, t, self.nodes[node as usize].applied)
    }

    fn learned_time(&self, node: NodeIx, closed: &Closed) -> Time {
        let Some(active) = self.controller.active else {
            return Time::NEVER;
        };
        if node == active {
            return closed.committed;
        }
        let pushed = self.nodes[active as usize]
            .binary
            .behaviour
            .pushes_high_watermark
            && self.nodes[node as usize]
                .binary
                .behaviour
                .pushes_high_watermark;
        let Some(way) = self.way(active, node) else {
            return Time::NEVER;
        };
        if pushed {
            closed.committed.saturating_add(way)
        } else if closed.released.is_never() {
            // Not released yet: the next NoOp will, if nothing else does before.
            self.metadata
                .noops
                .next_time(closed.committed)
                .saturating_add(way)
        } else {
            closed.released.saturating_add(way)
        }
    }
}
