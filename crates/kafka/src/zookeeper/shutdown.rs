//! Controlled shutdown in ZooKeeper mode (rules Z11, Z12; KafkaServer.controlledShutdown, KafkaController.doControlledShutdown).

use engine::Span;

use super::Step;
use crate::controller::{Decision, Standing};
use crate::event::Event;
use crate::happening::Happening;
use crate::ids::{NodeIx, PartitionIx, Slot, has, only};
use crate::metadata::{Next, Reply};
use crate::node::{Process, Shutdown};
use crate::world::World;

/// The part of `process_stop`, one in so many, in which a broker that may go ends its request threads and still fetches. *Assumed*.
const REQUEST_THREADS: u64 = 8;

impl World {
    /// The broker is asked to stop (SIGTERM).
    pub(crate) fn begin_stop_in_zookeeper_mode(&mut self, broker: NodeIx) {
        let now = self.clock.now();
        let me = &mut self.nodes[broker as usize];
        me.process = Process::ShuttingDown;
        me.shutdown = Some(Shutdown {
            answered: false,
            since: now,
        });
        let questions = me.binary.config.zookeeper.shutdown_retries;
        self.zk().sides[broker as usize].questions = questions;
        self.zk().sides[broker as usize].leaving = false;
        self.asks_for_leave(broker);
    }

    /// Z11: it finds the controller in ZooKeeper, connects to it and asks.
    pub(crate) fn asks_for_leave(&mut self, broker: NodeIx) {
        if self.nodes[broker as usize].process != Process::ShuttingDown {
            return;
        }
        if self.zk().sides[broker as usize].leaving {
            self.begin_closing(broker);
            return;
        }
        if !self.reaches_ensemble(broker) {
            // The look into ZooKeeper waits for it (KAFKA-9189).
            self.asks_again_to_stop(broker);
            return;
        }
        if self.zk().sides[broker as usize].questions == 0 {
            self.clock.note(Happening::StoppedWithoutLeave(broker));
            self.begin_closing(broker);
            return;
        }
        self.zk().sides[broker as usize].questions -= 1;
        let incarnation = self.nodes[broker as usize].incarnation;
        let latency = self.estate.latency;
        match self.zk().holder.and_then(|holder| self.way(holder, broker)) {
            Some(way) => {
                self.zk().sides[broker as usize].asking = true;
                // Two looks into ZooKeeper, a connection, the question.
                let wait = latency
                    .saturating_mul(4)
                    .saturating_add(way.saturating_mul(3));
                self.clock.schedule_after(
                    wait,
                    Event::ZooKeeper(Step::AsksToStop {
                        broker,
                        incarnation,
                    }),
                );
            }
            None => self.asks_again_to_stop(broker),
        }
    }

    /// After `controlled.shutdown.retry.backoff.ms`.
    fn asks_again_to_stop(&mut self, broker: NodeIx) {
        let wait = self.nodes[broker as usize]
            .binary
            .config
            .zookeeper
            .shutdown_backoff;
        let at = self.clock.now().saturating_add(wait);
        self.clock
            .arm(&mut self.nodes[broker as usize].stage, at, |ticket| {
                Event::Stage {
                    node: broker,
                    ticket,
                }
            });
    }

    /// The controller that was asked is gone: the connection is lost.
    pub(crate) fn questions_are_lost(&mut self) {
        self.zk().waiting_to_stop.clear();
        for broker in 0..self.nodes.len() as NodeIx {
            if std::mem::take(&mut self.zk().sides[broker as usize].asking) {
                let incarnation = self.nodes[broker as usize].incarnation;
                self.clock.schedule_after(
                    self.estate.latency,
                    Event::ZooKeeper(Step::MayStop {
                        broker,
                        incarnation,
                        yes: false,
                    }),
                );
            }
        }
    }

    /// Z12: the controller moves the leaderships that it can.
    pub(crate) fn asked_for_leave(&mut self, broker: NodeIx, incarnation: u32) {
        if self.nodes[broker as usize].incarnation != incarnation
            || !self.zk().sides[broker as usize].asking
        {
            return;
        }
        let Some(active) = self.controller.active else {
            // It has not read everything yet: the question waits in its queue of events.
            self.zk().waiting_to_stop.push((broker, incarnation));
            return;
        };
        if self.way(active, broker).is_none() {
            return;
        }
        if !self.controller.standing[broker as usize].alive() {
            // BrokerNotAvailableException.
            self.answers_question(broker, incarnation, false);
            return;
        }
        let cause = self.clock.note(Happening::ShutdownBegan(broker));
        let flush = self.flush_at_hand();
        self.decide_standing(broker, Standing::ShuttingDown { flush });
        for &(partition, slot) in self.replicas_on(broker).iter() {
            self.clock.set_cause(cause);
            let p = &self.partitions[partition as usize];
            if p.decided.leader == Some(slot) && p.replicas.len() > 1 {
                self.elects_for_shutdown(partition);
            }
        }
        self.clock.set_cause(cause);
        self.watch_balance();
        self.reply_at_commit(Reply::Controller(Next::StopsReplicas {
            broker,
            incarnation,
        }));
    }

    /// Election.leaderForControlledShutdown: without another live member of the ISR the leader stays.
    fn elects_for_shutdown(&mut self, partition: PartitionIx) {
        let p = &self.partitions[partition as usize];
        let decided = p.decided;
        let good = |slot: Slot| {
            self.controller.standing[p.replicas[slot as usize].node as usize] == Standing::Unfenced
        };
        let leader =
            (0..p.replicas.len() as Slot).find(|&slot| has(decided.isr, slot) && good(slot));
        let Some(leader) = leader else { return };
        let isr = (0..p.replicas.len() as Slot)
            .filter(|&slot| {
                has(decided.isr, slot) && !self.is_shutting_down(p.replicas[slot as usize].node)
            })
            .fold(0, |set, slot| set | only(slot));
        self.decide(
            partition,
            Decision {
                leader: Some(leader),
                isr,
                elr: 0,
                last_known_leader: None,
                bump: true,
            },
            None,
        );
    }

    /// What the controller goes on with when a state change is written.
    pub(crate) fn controller_goes_on(&mut self, next: Next) {
        match next {
            Next::StopsReplicas {
                broker,
                incarnation,
            } => self.stops_replicas_of(broker, incarnation),
            Next::AnswersQuestion {
                broker,
                incarnation,
            } => {
                let left = self.replicas_on(broker).iter().any(|&(partition, slot)| {
                    let p = &self.partitions[partition as usize];
                    p.decided.leader == Some(slot) && p.replicas.len() > 1
                });
                if !left {
                    self.clock.note(Happening::ShutdownGranted(broker));
                }
                self.answers_question(broker, incarnation, !left);
            }
        }
    }

    /// Z12, second part: what the broker follows is stopped there, and it leaves those ISRs.
    fn stops_replicas_of(&mut self, broker: NodeIx, incarnation: u32) {
        let cause = self.clock.cause();
        let mut stops = Vec::new();
        for &(partition, slot) in self.replicas_on(broker).iter() {
            self.clock.set_cause(cause);
            let p = &self.partitions[partition as usize];
            let decided = p.decided;
            if p.replicas.len() == 1 || decided.leader == Some(slot) {
                continue;
            }
            let led_until_now = p.replicas[slot as usize].leader == Some(slot);
            if !led_until_now {
                stops.push((broker, partition));
            }
            if has(decided.isr, slot) && decided.isr != only(slot) {
                self.decide(
                    partition,
                    Decision {
                        leader: decided.leader,
                        isr: decided.isr & !only(slot),
                        elr: 0,
                        last_known_leader: None,
                        bump: true,
                    },
                    None,
                );
            }
        }
        self.clock.set_cause(cause);
        self.open_flush().stops.extend(stops);
        self.reply_at_commit(Reply::Controller(Next::AnswersQuestion {
            broker,
            incarnation,
        }));
    }

    fn answers_question(&mut self, broker: NodeIx, incarnation: u32, yes: bool) {
        let way = self.way_to_controller(broker).unwrap_or(Span::ZERO);
        self.clock.schedule_after(
            way,
            Event::ZooKeeper(Step::MayStop {
                broker,
                incarnation,
                yes,
            }),
        );
    }

    /// The answer arrives.
    pub(crate) fn leave_answered(&mut self, broker: NodeIx, incarnation: u32, yes: bool) {
        let me = &self.nodes[broker as usize];
        if me.incarnation != incarnation || me.process != Process::ShuttingDown {
            return;
        }
        self.zk().sides[broker as usize].asking = false;
        let last = self.zk().sides[broker as usize].questions == 0;
        if yes {
            // Its request threads end first; until then it goes on fetching (KafkaServer.shutdown).
            let wait = self.estate.nodes[broker as usize].process_stop;
            let at = self
                .clock
                .now()
                .saturating_add(Span::nanos(wait.as_nanos() / REQUEST_THREADS));
            self.zk().sides[broker as usize].leaving = true;
            self.clock
                .arm(&mut self.nodes[broker as usize].stage, at, |ticket| {
                    Event::Stage {
                        node: broker,
                        ticket,
                    }
                });
        } else if last
            && self.nodes[broker as usize]
                .binary
                .behaviour
                .does_not_wait_after_the_last_refusal
        {
            self.clock.note(Happening::StoppedWithoutLeave(broker));
            self.begin_closing(broker);
        } else {
            self.asks_again_to_stop(broker);
        }
    }
}
