//! What a node has learned it applies (specification M4; BrokerMetadataPublisher, ReplicaManager.applyDelta).

use engine::{Span, Time};

use super::Closed;
use crate::event::Event;
use crate::happening::Happening;
use crate::ids::{NodeIx, PartitionIx};
use crate::node::{Application, Process};
use crate::world::World;

/// Partitions that a node begins to lead in one application are done in chunks of this many (M4).
const LEADER_CHUNK: usize = 16;
/// Becoming follower of one partition that the node did not lead (M4). *Assumed*; the log shows well under a millisecond (`observed/`).
const FOLLOWER_COST: Span = Span::micros(100);
/// From learning to the start of the application (M4).
const APPLY_JITTER: (Span, Span) = (Span::micros(200), Span::millis(2));
/// Becoming leader of one partition: its leader-epoch checkpoint is written (M4).
const LEADER_COST: (Span, Span) = (Span::millis(1), Span::millis(6));

impl World {
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
