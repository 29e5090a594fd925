//! Who is the controller, and what it does when brokers come and go (rules Z4–Z7; KafkaController.elect, onControllerFailover,
//! processBrokerChange, ReplicaStateMachine, PartitionStateMachine).

use engine::Span;

use super::{Step, wire};
use crate::controller::Standing;
use crate::event::Event;
use crate::happening::Happening;
use crate::ids::{NodeIx, PartitionIx, only};
use crate::node::Process;
use crate::world::{Notice, World};

/// From the moment that `/controller` is gone until a broker tries to create it: the watch fires, its event thread gets to it. *Assumed*.
const REACTION: (Span, Span) = (Span::millis(1), Span::millis(20));
/// What a new controller reads whatever the size of the cluster: epoch, brokers, topics, notifications. *Assumed*: a score of round
/// trips and writes of ZooKeeper.
const LOAD: (Span, Span) = (Span::millis(40), Span::millis(150));
/// Reading the state of one partition: reads are pipelined since 1.1 (KAFKA-5642). *Assumed*.
const LOAD_PARTITION: Span = Span::micros(50);
/// Reading which brokers there are after a watch fired: a round trip and the answer of ZooKeeper. *Assumed*.
const READ_BROKERS: (Span, Span) = (Span::millis(2), Span::millis(15));

impl World {
    /// Can this broker be the controller?
    fn can_be_controller(&self, node: NodeIx) -> bool {
        let me = &self.nodes[node as usize];
        self.estate.nodes[node as usize].broker
            && me.runs()
            && matches!(
                me.process,
                Process::Unfencing | Process::Running | Process::ShuttingDown
            )
            && self.zookeeper.as_ref().is_some_and(|zk| {
                zk.sessions[node as usize].znode == self.nodes[node as usize].incarnation
            })
            && self.reaches_ensemble(node)
    }

    /// Z4: every broker tries to create `/controller`; the first to do so is it.
    pub(crate) fn elect_controller(&mut self) {
        if self.zk().holder.is_some() || !self.zk().up {
            return;
        }
        let epoch = self.zk().epoch;
        let mut first: Option<(Span, NodeIx)> = None;
        for node in 0..self.nodes.len() as NodeIx {
            if self.can_be_controller(node) {
                let wait = self
                    .zk_draw("reaction", node, REACTION.0, REACTION.1)
                    .saturating_add(self.estate.latency);
                if first.is_none_or(|(soonest, _)| wait < soonest) {
                    first = Some((wait, node));
                }
            }
        }
        if let Some((wait, node)) = first {
            self.clock
                .schedule_after(wait, Event::ZooKeeper(Step::Elect { node, epoch }));
        }
    }

    /// A broker tries to create `/controller`.
    pub(crate) fn tries_to_be_controller(&mut self, node: NodeIx, epoch: u32) {
        if self.zk().holder.is_some() || self.zk().epoch != epoch {
            return;
        }
        if !self.can_be_controller(node) {
            self.elect_controller();
            return;
        }
        self.becomes_controller(node);
    }

    /// `/controller` is created: the new controller reads everything (Z5).
    fn becomes_controller(&mut self, node: NodeIx) {
        let zk = self.zk();
        zk.holder = Some(node);
        zk.epoch += 1;
        let epoch = zk.epoch;
        self.clock.note(Happening::ControllerElected(node));
        let partitions = LOAD_PARTITION.saturating_mul(self.partitions.len() as u64);
        let wait = self
            .zk_draw("load", node, LOAD.0, LOAD.1)
            .saturating_add(partitions);
        self.clock
            .schedule_after(wait, Event::ZooKeeper(Step::Ready { node, epoch }));
    }

    /// `/controller` is gone, because its session is or because somebody deleted it.
    pub(crate) fn controller_znode_goes(&mut self) {
        let Some(node) = self.zk().holder.take() else {
            return;
        };
        for broker in 0..self.nodes.len() as NodeIx {
            self.zk().queues[broker as usize].clear();
        }
        self.controller_lost(node);
        self.questions_are_lost();
        self.elect_controller();
    }

    /// `/controller` is deleted until this broker gets it (`zookeeper-shell.sh … delete /controller`, again and again).
    pub fn move_controller(&mut self, to: NodeIx) {
        if self.zookeeper.is_none() || !self.can_be_controller(to) {
            return;
        }
        if self.zk().holder == Some(to) {
            return;
        }
        let Some(node) = self.zk().holder.take() else {
            return;
        };
        for broker in 0..self.nodes.len() as NodeIx {
            self.zk().queues[broker as usize].clear();
        }
        self.controller_lost(node);
        self.questions_are_lost();
        self.becomes_controller(to);
    }

    /// Z5: the new controller has read everything and tells everybody.
    pub(crate) fn controller_is_ready(&mut self, node: NodeIx, epoch: u32) {
        if self.zk().holder != Some(node) || self.zk().epoch != epoch {
            return;
        }
        let now = self.clock.now();
        self.controller.active = Some(node);
        self.quorum.term += 1;
        self.quorum.lost_since = None;
        self.zk().ready_since = now;
        if self
            .protocol_at(node)
            .is_some_and(|protocol| wire::at_least(protocol, "2.8-IV0"))
        {
            self.zk().topic_ids = true;
        }
        let note = self.clock.note(Happening::ControllerActive(node));
        self.notices.push(Notice::ControllerActive(node));
        for broker in 0..self.nodes.len() as NodeIx {
            if !self.estate.nodes[broker as usize].broker {
                continue;
            }
            let znode = self.zk().sessions[broker as usize].znode;
            self.zk().queues[broker as usize].open(znode);
            let standing = if znode == 0 {
                Standing::Fenced
            } else {
                self.controller.registered[broker as usize] = znode;
                Standing::Unfenced
            };
            if self.controller.standing[broker as usize] != standing {
                self.decide_standing(broker, standing);
            }
        }
        for broker in 0..self.nodes.len() as NodeIx {
            if self.estate.nodes[broker as usize].broker
                && self.controller.standing[broker as usize] == Standing::Fenced
            {
                self.replicas_go_offline(broker);
            }
        }
        for partition in 0..self.partitions.len() as PartitionIx {
            self.clock.set_cause(note);
            self.elect_if_leaderless(partition);
        }
        self.clock.set_cause(note);
        self.open_flush().full = true;
        self.watch_balance_after_activation();
        for (broker, incarnation) in std::mem::take(&mut self.zk().waiting_to_stop) {
            self.clock.schedule(
                now,
                Event::ZooKeeper(Step::AsksToStop {
                    broker,
                    incarnation,
                }),
            );
        }
    }

    /// ReplicaStateMachine: the replicas of a broker that is not there leave the ISRs, its leaderships go to others.
    fn replicas_go_offline(&mut self, broker: NodeIx) {
        let cause = self.clock.cause();
        for &(partition, slot) in self.replicas_on(broker).iter() {
            self.clock.set_cause(cause);
            let decided = self.partitions[partition as usize].decided;
            let alone = decided.isr == only(slot) && decided.leader.is_none();
            if !alone && (decided.isr & only(slot) != 0 || decided.leader == Some(slot)) {
                self.without(partition, only(slot), false);
            }
        }
        self.clock.set_cause(cause);
    }

    /// `/brokers/ids` changed: the controller's watch fires (Z6).
    pub(crate) fn brokers_changed(&mut self) {
        let Some(active) = self.controller.active else {
            return;
        };
        let epoch = self.zk().epoch;
        let wait = self
            .zk_draw("read-brokers", active, READ_BROKERS.0, READ_BROKERS.1)
            .saturating_add(self.estate.latency);
        self.clock
            .schedule_after(wait, Event::ZooKeeper(Step::BrokerChange { epoch }));
    }

    /// Z6: the controller reads which brokers there are.
    pub(crate) fn broker_change(&mut self, epoch: u32) {
        let Some(active) = self.controller.active else {
            return;
        };
        if self.zk().epoch != epoch || !self.reaches_ensemble(active) {
            return;
        }
        let cause = self.clock.cause();
        let brokers: Vec<(NodeIx, u32)> = (0..self.nodes.len() as NodeIx)
            .filter(|&node| self.estate.nodes[node as usize].broker)
            .map(|node| {
                (
                    node,
                    self.zookeeper
                        .as_ref()
                        .map_or(0, |zk| zk.sessions[node as usize].znode),
                )
            })
            .collect();
        let alive =
            |world: &Self, broker: NodeIx| world.controller.standing[broker as usize].alive();
        // New ones, those that were away without being missed, and dead ones, in this order.
        for &(broker, znode) in &brokers {
            if znode != 0 && !alive(self, broker) {
                self.clock.set_cause(cause);
                self.broker_starts(broker, znode);
            }
        }
        for &(broker, znode) in &brokers {
            if znode != 0
                && alive(self, broker)
                && self.controller.registered[broker as usize] != znode
            {
                self.clock.set_cause(cause);
                self.fence(broker);
                self.zk().queues[broker as usize].clear();
                self.broker_starts(broker, znode);
            }
        }
        for &(broker, znode) in &brokers {
            if znode == 0 && alive(self, broker) {
                self.clock.set_cause(cause);
                self.zk().queues[broker as usize].clear();
                self.fence(broker);
            }
        }
        self.clock.set_cause(cause);
    }

    /// KafkaController.onBrokerStartup.
    fn broker_starts(&mut self, broker: NodeIx, znode: u32) {
        self.controller.registered[broker as usize] = znode;
        self.zk().queues[broker as usize].open(znode);
        self.unfence(broker);
        self.open_flush().starts.push(broker);
    }
}
