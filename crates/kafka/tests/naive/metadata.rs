//! From a decision of the controller to what each node has applied (M1–M4).

use engine::Key;

use super::broker::Process;
use super::controller::{Reply, Standing, State};
use super::{Class, Event, Mistake, NEVER, Naive, Nanos};

/// M4: new leaders are done in chunks.
const CHUNK: usize = 16;
const MICRO: Nanos = 1_000;
const MILLI: Nanos = 1_000_000;

/// Decisions that are appended together (M1).
#[derive(Clone, Debug, Default)]
pub struct Flush {
    pub number: u32,
    pub partitions: Vec<Change>,
    pub brokers: Vec<(usize, Standing, u32)>,
    pub replies: Vec<Reply>,
    /// Nodes and the partitions that this holds something for, known at the commit.
    pub concerns: Vec<(usize, usize)>,
}

#[derive(Clone, Debug)]
pub struct Change {
    pub partition: usize,
    pub state: State,
    pub asked_by: Option<usize>,
}

/// The metadata log.
#[derive(Debug, Default)]
pub struct Log {
    pub open: Option<Flush>,
    pub appended: Vec<Flush>,
    /// Committed flushes: number n at place n − 1.
    pub committed: Vec<Flush>,
    /// Up to which flush those without push have been told.
    pub released: u32,
    pub newest: u32,
    pub closed: u64,
    /// Standing and incarnation of each node as committed.
    pub standing: Vec<(Standing, u32)>,
}

/// An application at hand (M4).
#[derive(Clone, Debug, Default)]
pub struct Application {
    pub number: u64,
    pub upto: u32,
    pub begins: Nanos,
    pub started: bool,
    pub cost: Nanos,
    pub leads: Vec<usize>,
    pub done: usize,
    /// Led until now, and no more: done one by one.
    pub steps_down: Vec<usize>,
    pub stepped: usize,
    /// Those of them that have a leader to fetch from.
    pub to_fetch: Vec<(usize, usize)>,
    pub follows: Vec<usize>,
}

impl Naive {
    /// M1: decisions join the open flush, or open one.
    pub fn open_flush(&mut self) -> &mut Flush {
        if self.metadata.open.is_none() {
            self.metadata.newest += 1;
            self.metadata.open = Some(Flush {
                number: self.metadata.newest,
                ..Flush::default()
            });
            let linger = self.active_config().append_linger.as_nanos();
            self.after(linger, Event::FlushCloses);
        }
        self.metadata.open.as_mut().expect("just opened")
    }

    /// M1: the append, and the commit that follows.
    pub fn flush_closes(&mut self) {
        let Some(flush) = self.metadata.open.take() else {
            return;
        };
        let number = flush.number;
        self.metadata.appended.push(flush);
        self.release();
        let write = self.between(
            Key::of("controller/commit"),
            self.metadata.closed,
            MILLI,
            5 * MILLI,
        );
        self.metadata.closed += 1;
        let round_trip = if self.estate.voters.len() > 1 {
            2 * self.estate.latency.as_nanos()
        } else {
            0
        };
        self.after(write + round_trip, Event::Commit(number));
    }

    /// M2.
    pub fn noop(&mut self) {
        let interval = self.active_config().metadata_max_idle.as_nanos();
        self.after(interval, Event::Noop);
        self.release();
    }

    /// M1, M3.
    pub fn commit(&mut self, number: u32) {
        let mut flush = self.metadata.appended.remove(0);
        assert_eq!(flush.number, number, "flushes are committed in order");
        for change in &flush.partitions {
            let partition = &mut self.partitions[change.partition];
            let before = partition
                .committed
                .last()
                .expect("the first state")
                .1
                .clone();
            partition.committed.push((number, change.state.clone()));
            self.history.push(super::ledger::Change {
                at: self.now,
                partition: change.partition,
                state: change.state.clone(),
            });
            // A new leader epoch concerns every replica; other changes the leader, unless it asked and hears of it by the answer.
            if change.state.leader_epoch != before.leader_epoch {
                for replica in &partition.replicas {
                    flush.concerns.push((replica.node, change.partition));
                }
            } else if let Some(leader) = change.state.leader {
                let node = partition.replicas[leader].node;
                if change.asked_by != Some(node) {
                    flush.concerns.push((node, change.partition));
                }
            }
        }
        for &(broker, standing, incarnation) in &flush.brokers {
            self.metadata.standing[broker] = (standing, incarnation);
        }
        let replies = flush.replies.clone();
        self.metadata.committed.push(flush);
        for reply in replies {
            self.reply(reply);
        }
        let active = self.controller.active;
        for node in 0..self.nodes.len() {
            if node == active {
                self.after(
                    0,
                    Event::Learn {
                        node,
                        flush: number,
                    },
                );
            } else if (self.pushes_to(node) || self.errs(Mistake::LearnsAtOnce))
                && let Some(way) = self.way(active, node)
            {
                self.after(
                    way,
                    Event::Learn {
                        node,
                        flush: number,
                    },
                );
            }
        }
    }

    /// M3b: both ends know KIP-1166.
    fn pushes_to(&self, node: usize) -> bool {
        let pushes = |node: usize| self.estate.nodes[node].behaviour.pushes_high_watermark;
        pushes(self.controller.active) && pushes(node)
    }

    /// M3c: an append answers the parked metadata fetches, which tell of every commit so far.
    fn release(&mut self) {
        let active = self.controller.active;
        for number in self.metadata.released + 1..=self.metadata.committed.len() as u32 {
            for node in 0..self.nodes.len() {
                if node != active
                    && !self.pushes_to(node)
                    && let Some(way) = self.way(active, node)
                {
                    self.after(
                        way,
                        Event::Learn {
                            node,
                            flush: number,
                        },
                    );
                }
            }
        }
        self.metadata.released = self.metadata.committed.len() as u32;
    }

    // ------------------------------------------------------------------------------------ a node learns and applies

    pub fn learn(&mut self, node: usize, flush: u32) {
        let me = &mut self.nodes[node];
        if me.process == Process::Gone || me.lost || flush <= me.learned {
            return;
        }
        me.learned = flush;
        if me.process == Process::CatchingUp {
            self.catches_up_with_metadata(node);
        } else if me.serves() {
            self.begin_application(node);
        }
    }

    /// Does a flush hold something for the node to do?
    fn concerned(&self, flush: u32, node: usize) -> bool {
        let flush = &self.metadata.committed[flush as usize - 1];
        self.estate.nodes[node].broker
            && (!flush.brokers.is_empty() || flush.concerns.iter().any(|at| at.0 == node))
    }

    /// M4: what has been learned is applied in one go, one go at a time. What does not concern the node is taken in passing.
    pub fn begin_application(&mut self, node: usize) {
        if self.nodes[node].application.is_some() {
            return;
        }
        let (applied, learned) = (self.nodes[node].applied, self.nodes[node].learned);
        let first = (applied + 1..=learned).find(|&flush| self.concerned(flush, node));
        let Some(first) = first else {
            self.nodes[node].applied = learned.max(applied);
            self.nodes[node].picture = self.nodes[node].applied;
            return;
        };
        self.nodes[node].applied = first - 1;
        self.nodes[node].picture = first - 1;
        let key = Key::of("node")
            .id(u64::from(self.estate.nodes[node].id))
            .part("apply");
        let number = self.nodes[node].applications;
        let jitter = self.between(key, 2 * number, 200 * MICRO, 2 * MILLI);
        let cost = self.between(key, 2 * number + 1, MILLI, 6 * MILLI);
        let begins = self.now + jitter;
        let me = &mut self.nodes[node];
        me.applications += 1;
        me.application = Some(Application {
            number,
            upto: learned,
            begins,
            cost,
            ..Application::default()
        });
        self.after(
            jitter,
            Event::Apply {
                node,
                application: number,
            },
        );
    }

    /// M4: the next part of an application.
    pub fn apply(&mut self, node: usize, number: u64) {
        let Some(mut application) = self.nodes[node].application.take() else {
            return;
        };
        if application.number != number {
            self.nodes[node].application = Some(application);
            return;
        }
        if !application.started {
            application.started = true;
            self.apply_at_once(node, &mut application);
            if self.errs(Mistake::LeadsAtOnce) {
                application.cost = 0;
            }
        } else if application.done < application.leads.len() {
            let end = (application.done + CHUNK).min(application.leads.len());
            for at in application.done..end {
                let partition = application.leads[at];
                let state = self.partitions[partition].shown(application.upto).clone();
                let slot = self.partitions[partition].slot_of(node).expect("a replica");
                self.become_leader(partition, slot, &state);
            }
            application.done = end;
        } else if application.stepped < application.steps_down.len() {
            let partition = application.steps_down[application.stepped];
            application.stepped += 1;
            let state = self.partitions[partition].shown(application.upto).clone();
            let slot = self.partitions[partition].slot_of(node).expect("a replica");
            if self.become_follower(partition, slot, &state) {
                application.to_fetch.push((partition, slot));
            }
        } else {
            let follows = std::mem::take(&mut application.follows);
            let to_fetch = std::mem::take(&mut application.to_fetch);
            self.become_follower_of(node, &follows, to_fetch, application.upto);
            self.application_ends(node, application.upto);
            return;
        }
        let led = application.leads.len();
        let steps = application.steps_down.len();
        let next = if application.done < led {
            application.begins + application.cost * (application.done + CHUNK).min(led) as Nanos
        } else if application.stepped < steps {
            application.begins + application.cost * (led + application.stepped + 1) as Nanos
        } else if application.follows.is_empty() && application.to_fetch.is_empty() {
            self.application_ends(node, application.upto);
            return;
        } else {
            application.begins
                + application.cost * (led + steps) as Nanos
                + 100 * MICRO * application.follows.len() as Nanos
        };
        self.nodes[node].application = Some(application);
        debug_assert!(next != NEVER);
        self.at(
            next,
            Class::Arrival,
            Event::Apply {
                node,
                application: number,
            },
        );
    }

    fn application_ends(&mut self, node: usize, upto: u32) {
        self.nodes[node].applied = upto;
        self.begin_application(node);
    }

    /// M4 at A0: the picture for clients, the standing of others, ISR changes in the same leader epoch.
    fn apply_at_once(&mut self, node: usize, application: &mut Application) {
        let mut concerned = Vec::new();
        self.nodes[node].picture = application.upto;
        for number in self.nodes[node].applied + 1..=application.upto {
            let flush = self.metadata.committed[number as usize - 1].clone();
            concerned.extend(
                flush
                    .concerns
                    .iter()
                    .filter(|at| at.0 == node)
                    .map(|at| at.1),
            );
            for (broker, standing, incarnation) in flush.brokers {
                self.nodes[node].peers[broker] = super::broker::Peer {
                    incarnation,
                    good: standing.good(),
                    alive: standing.alive(),
                };
                self.peer_changed(node, broker);
            }
        }
        concerned.sort_unstable();
        concerned.dedup();
        for partition in concerned {
            let p = &self.partitions[partition];
            let state = p.shown(application.upto).clone();
            let slot = p.slot_of(node).expect("a concern is of a replica");
            let replica = &p.replicas[slot];
            if state.leader_epoch > replica.epoch {
                if state.leader == Some(slot) {
                    if replica.leader != Some(slot) {
                        self.leaves_to_lead(partition, slot);
                    }
                    application.leads.push(partition);
                } else if replica.office.is_some() {
                    application.steps_down.push(partition);
                } else {
                    application.follows.push(partition);
                }
            } else if state.leader_epoch == replica.epoch && replica.office.is_some() {
                self.isr_changes(partition, slot, &state.isr, state.partition_epoch);
            }
        }
    }
}
