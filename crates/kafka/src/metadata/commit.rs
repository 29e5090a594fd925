//! Decisions are appended, committed and told (specification M1–M3; BatchAccumulator, KafkaRaftClient).

use std::sync::Arc;

use engine::Span;

use super::{Flush, Reply};
use crate::event::Event;
use crate::ids::NodeIx;
use crate::node::Process;
use crate::partition::Version;
use crate::world::{Notice, World};

/// The write of the fastest voter (M1).
const COMMIT_JITTER: (Span, Span) = (Span::millis(1), Span::millis(5));

impl World {
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

    pub(super) fn commit(&mut self, mut flush: Arc<Flush>) {
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
        self.metadata.keep(flush.clone(), now);
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
    pub(super) fn concerned(&self, flush: &Flush, node: NodeIx) -> bool {
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
        self.metadata.release.cancel();
        let Some(active) = self.controller.active else {
            // Nobody answers; the first append of the next controller does.
            return;
        };
        self.metadata.released = to;
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
                // The active controller's own broker has heard at the commit, unless another one was active then.
                let heard = node == active && self.nodes[node as usize].learned >= number;
                if !heard
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

    /// Nodes that the controller before could not reach fetch from the new one, and hear what was committed meanwhile.
    pub(crate) fn those_behind_hear(&mut self, active: NodeIx) {
        let now = self.clock.now();
        let flush = self.metadata.committed;
        if self.zookeeper.is_some() {
            return;
        }
        for node in 0..self.nodes.len() as NodeIx {
            let me = &self.nodes[node as usize];
            if me.learned >= flush || !me.runs() {
                continue;
            }
            if let Some(way) = self.way(active, node) {
                self.clock
                    .schedule(now.saturating_add(way), Event::Learn { node, flush });
            }
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
            let Some(forgotten) = self.metadata.log.front() else {
                break;
            };
            let flush = forgotten.flush.clone();
            for at in 0..self.nodes.len() {
                // Whoever has nothing to do has it in passing. Who was cut off or hung and has not heard of it looks at everything when it can
                // (`apply_at_once`).
                let unheard =
                    self.nodes[at].learned < flush.number && self.concerned(&flush, at as NodeIx);
                let node = &mut self.nodes[at];
                let behind = unheard || node.applied + 1 < oldest;
                if node.application.is_none() && node.learned <= node.applied && !behind {
                    node.applied = node.applied.max(oldest);
                    node.learned = node.learned.max(oldest);
                }
            }
            self.metadata.log.pop_front();
            self.metadata.first += 1;
        }
    }
}
