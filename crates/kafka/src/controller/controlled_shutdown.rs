//! Controlled shutdown, on both sides (M11; BrokerLifecycleManager, BrokerHeartbeatManager, ReplicationControlManager).

use engine::{Span, Time};

use super::Standing;
use crate::event::{Answer, Errand, Event};
use crate::happening::Happening;
use crate::ids::{NodeIx, PartitionIx, Slot, has, only};
use crate::metadata::Reply;
use crate::node::{Process, Shutdown};
use crate::world::World;

/// The second question follows the first answer after this long, later ones after a heartbeat interval (BrokerLifecycleManager).
const FIRST_WAIT: Span = Span::millis(50);
/// A broker that gets no leave goes anyway after this long (BrokerServer, hard-coded).
const LONGEST_WAIT: Span = Span::mins(5);

impl World {
    /// The broker is asked to stop (SIGTERM).
    pub(crate) fn begin_controlled_shutdown(&mut self, broker: NodeIx) {
        if self.zookeeper.is_some() {
            self.begin_stop_in_zookeeper_mode(broker);
            return;
        }
        let now = self.clock.now();
        let node = &mut self.nodes[broker as usize];
        node.process = Process::ShuttingDown;
        node.shutdown = Some(Shutdown {
            answered: false,
            since: now,
        });
        self.clock.arm(
            &mut self.nodes[broker as usize].stage,
            now.saturating_add(LONGEST_WAIT),
            |ticket| Event::Stage {
                node: broker,
                ticket,
            },
        );
        self.ask_to_stop(broker, Span::ZERO);
    }

    fn ask_to_stop(&mut self, broker: NodeIx, after: Span) {
        let incarnation = self.nodes[broker as usize].incarnation;
        let way = self
            .way_to_controller(broker)
            .unwrap_or(self.estate.latency);
        let at = after.saturating_add(way);
        self.clock.schedule_after(
            at,
            Event::Heard {
                broker,
                errand: Errand::Stop,
                incarnation,
            },
        );
    }

    /// The controller hears it.
    pub(crate) fn asks_to_stop(&mut self, broker: NodeIx, incarnation: u32) {
        // From here on the beats are these questions, not the grid.
        self.controller.contact[broker as usize] = self.clock.now();
        self.controller.beats_since[broker as usize] = Time::NEVER;
        self.arm_session(broker);
        match self.controller.standing[broker as usize] {
            Standing::Unfenced if self.leads_something(broker) => {
                self.clock.note(Happening::ShutdownBegan(broker));
                self.moves_leaderships_away(broker);
                self.reply_at_commit(Reply::Heartbeat {
                    broker,
                    answer: Answer::Wait,
                    incarnation,
                });
            }
            Standing::Unfenced => self.grant(broker, incarnation),
            Standing::ShuttingDown { flush } => {
                if !self.leads_something(broker) && self.all_others_have_applied(broker, flush) {
                    self.grant(broker, incarnation);
                } else {
                    self.reply(Reply::Heartbeat {
                        broker,
                        answer: Answer::Wait,
                        incarnation,
                    });
                }
            }
            Standing::Fenced | Standing::Unregistered => {
                self.reply(Reply::Heartbeat {
                    broker,
                    answer: Answer::Go,
                    incarnation,
                });
            }
        }
    }

    fn leads_something(&self, broker: NodeIx) -> bool {
        self.replicas_on(broker).iter().any(|&(partition, slot)| {
            self.partitions[partition as usize].decided.leader == Some(slot)
        })
    }

    fn moves_leaderships_away(&mut self, broker: NodeIx) {
        let cause = self.clock.cause();
        let flush = self.flush_at_hand();
        self.decide_standing(broker, Standing::ShuttingDown { flush });
        for &(partition, slot) in self.replicas_on(broker).iter() {
            self.clock.set_cause(cause);
            if self.in_isr_or_leads(partition, slot) {
                self.without(partition, only(slot), false);
            }
        }
        self.clock.set_cause(cause);
        self.watch_balance();
    }

    fn in_isr_or_leads(&self, partition: PartitionIx, slot: Slot) -> bool {
        let decided = self.partitions[partition as usize].decided;
        has(decided.isr, slot) || decided.leader == Some(slot)
    }

    /// Has every other broker at work reported, with a heartbeat, that it applied this flush (M11)?
    fn all_others_have_applied(&self, broker: NodeIx, flush: u32) -> bool {
        let active = self.controller.active.expect("somebody hears this");
        let now = self.clock.now();
        (0..self.nodes.len() as NodeIx)
            .filter(|&other| other != broker)
            .all(|other| {
                if self.controller.standing[other as usize] != Standing::Unfenced {
                    return true;
                }
                let heard = match self.way(active, other) {
                    Some(way) if !self.controller.beats_since[other as usize].is_never() => {
                        let beats = self.nodes[other as usize].heartbeats;
                        beats.at(beats.last(now.saturating_sub(way)))
                    }
                    _ => self.controller.contact[other as usize]
                        .saturating_sub(self.estate.latency_between(active, other)),
                };
                self.reported_at(other, heard) >= flush
            })
    }

    /// Leave to go: the broker is fenced.
    fn grant(&mut self, broker: NodeIx, incarnation: u32) {
        self.clock.note(Happening::ShutdownGranted(broker));
        self.fence(broker);
        self.reply_at_commit(Reply::Heartbeat {
            broker,
            answer: Answer::Go,
            incarnation,
        });
    }

    /// The broker hears the answer.
    pub(crate) fn shutdown_answer(&mut self, broker: NodeIx, answer: Answer) {
        let Some(shutdown) = &mut self.nodes[broker as usize].shutdown else {
            return;
        };
        match answer {
            Answer::Go => self.begin_closing(broker),
            _ => {
                let first = !shutdown.answered && answer == Answer::Wait;
                shutdown.answered |= first;
                let interval = self.nodes[broker as usize]
                    .binary
                    .config
                    .broker_heartbeat_interval;
                let wait = match answer {
                    Answer::Nobody => Span::ZERO,
                    _ if first => FIRST_WAIT,
                    _ => interval,
                };
                self.ask_to_stop(broker, wait);
            }
        }
    }

    /// The stage timer of a broker in controlled shutdown: five minutes are over.
    pub(crate) fn shutdown_takes_too_long(&mut self, broker: NodeIx) {
        self.clock.note(Happening::StoppedWithoutLeave(broker));
        self.begin_closing(broker);
    }
}
