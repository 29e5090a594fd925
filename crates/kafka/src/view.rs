//! What can be seen from outside: by tools (through one broker's picture), by metrics (each broker's own), and by nobody (the truth).

use engine::{CauseId, Causes, Span};

use crate::controller::Standing;
use crate::happening::Happening;
use crate::ids::{NodeIx, PartitionIx, ProducerIx, has};
use crate::node::Process;
use crate::partition::Partition;
use crate::producer::ClientError;
use crate::record::{Counts, Lack};
use crate::world::World;

/// The metadata quorum as `kafka-metadata-quorum.sh` would sum it up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuorumView {
    /// The active controller.
    pub active: Option<NodeIx>,
    /// Voters that work and can reach it, itself included.
    pub in_touch: u32,
    /// All voters.
    pub voters: u32,
}

/// What stopping some nodes now would do, judged by the committed metadata.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StopRisk {
    /// Partitions that would have no leader.
    pub leaderless: u32,
    /// Partitions that would fall below min ISR (those without leader not counted).
    pub below_min_isr: u32,
    /// How many of both would be fine if every replica were in sync: waiting avoids them.
    pub avoidable: u32,
    /// One partition at risk: an avoidable one if there is one, else a leaderless one.
    pub example: Option<PartitionIx>,
    /// The metadata quorum would have no majority.
    pub no_quorum: bool,
}

impl StopRisk {
    /// Nothing would happen.
    pub fn is_safe(self) -> bool {
        self.leaderless == 0 && self.below_min_isr == 0 && !self.no_quorum
    }
}

impl World {
    /// The state of a node's process.
    pub fn process(&self, node: NodeIx) -> Process {
        self.nodes[node as usize].process
    }

    /// Its process is stopped by SIGSTOP or a pause.
    pub fn is_paused(&self, node: NodeIx) -> bool {
        self.nodes[node as usize].paused.is_some()
    }

    /// Its host is gone.
    pub fn is_lost(&self, node: NodeIx) -> bool {
        self.nodes[node as usize].lost
    }

    /// Its process exists.
    pub fn process_exists(&self, node: NodeIx) -> bool {
        self.nodes[node as usize].process != Process::Gone && !self.nodes[node as usize].lost
    }

    /// Its port accepts connections and what asks is answered.
    pub fn answers(&self, node: NodeIx) -> bool {
        let me = &self.nodes[node as usize];
        me.listens() && me.runs()
    }

    /// Its port accepts connections: the kernel does that for a paused process too.
    pub fn port_is_open(&self, node: NodeIx) -> bool {
        self.nodes[node as usize].listens() && !self.nodes[node as usize].lost
    }

    /// What the active controller has decided a broker to be.
    pub fn standing(&self, node: NodeIx) -> Standing {
        self.controller.standing[node as usize]
    }

    /// Every broker is unfenced in the committed metadata.
    pub fn all_brokers_unfenced(&self) -> bool {
        (0..self.nodes.len())
            .filter(|&node| self.estate.nodes[node].broker)
            .all(|node| self.metadata.standing[node].0.good())
    }

    /// How far the metadata log is committed: the `Epoch` of `kafka-features.sh describe`, counted in flushes.
    pub fn metadata_epoch(&self) -> u32 {
        self.metadata.committed
    }

    /// `segment.bytes` of a topic.
    pub fn segment_bytes(&self, topic: u32) -> u64 {
        self.topic_segments[topic as usize]
    }

    /// The active controller.
    pub fn active_controller(&self) -> Option<NodeIx> {
        self.controller.active
    }

    /// The quorum as it is.
    pub fn quorum_view(&self) -> QuorumView {
        let active = self.controller.active;
        if let Some((in_touch, voters)) = self.ensemble_view() {
            return QuorumView {
                active,
                in_touch,
                voters,
            };
        }
        let in_touch = active.map_or(0, |active| {
            self.estate
                .voters
                .iter()
                .filter(|&&voter| {
                    let me = &self.nodes[voter as usize];
                    let works =
                        me.runs() && !matches!(me.process, Process::Loading | Process::Closing);
                    works && (voter == active || self.way(active, voter).is_some())
                })
                .count() as u32
        });
        QuorumView {
            active,
            in_touch,
            voters: self.estate.voters.len() as u32,
        }
    }

    /// Counts over all partitions as this broker's picture of the metadata shows them.
    pub fn counts_shown_by(&self, broker: NodeIx) -> Counts {
        if self.zookeeper.is_some() {
            return self.counted_by(broker);
        }
        self.record.shown(self.applied_now(broker))
    }

    /// Counts over all partitions in the committed metadata.
    pub fn counts(&self) -> Counts {
        self.record.newest()
    }

    /// Counts over the partitions that this broker believes to lead, as its own metrics show them; `None` while nobody can scrape it.
    ///
    /// `offline` is a metric of the controller and stays 0 here.
    pub fn counts_measured_by(&self, broker: NodeIx) -> Option<Counts> {
        if !self.answers(broker) {
            return None;
        }
        let mut counts = Counts::default();
        for &(partition, slot) in self.replicas_on(broker).iter() {
            let p = &self.partitions[partition as usize];
            let Some(at) = p.office_of(slot) else {
                continue;
            };
            let isr = p.offices[at].isr.count_ones();
            counts.under_replicated += u32::from((isr as usize) < p.replicas.len());
            counts.under_min_isr += u32::from(isr < u32::from(p.min_isr));
            counts.at_min_isr += u32::from(isr == u32::from(p.min_isr));
            counts.preferred += u32::from(slot == 0);
        }
        Some(counts)
    }

    /// How many partitions a broker leads by the committed metadata.
    pub fn leaderships(&self, broker: NodeIx) -> u32 {
        self.replicas_on(broker)
            .iter()
            .filter(|&&(partition, slot)| {
                self.partitions[partition as usize].newest().leader == Some(slot)
            })
            .count() as u32
    }

    /// How many partitions a broker believes to lead (its `LeaderCount` metric).
    pub fn offices_on(&self, broker: NodeIx) -> u32 {
        self.replicas_on(broker)
            .iter()
            .filter(|&&(partition, slot)| {
                self.partitions[partition as usize]
                    .office_of(slot)
                    .is_some()
            })
            .count() as u32
    }

    /// Number of partitions, those of internal topics too.
    pub fn partition_count(&self) -> u32 {
        self.partitions.len() as u32
    }

    /// A partition.
    pub fn partition(&self, partition: PartitionIx) -> &Partition {
        &self.partitions[partition as usize]
    }

    /// The place of a topic's partition in the world's list.
    pub fn partition_of(&self, topic: u32, number: u32) -> Option<PartitionIx> {
        let spec = self.estate.topics.get(topic as usize)?;
        ((number as usize) < spec.assignment.len())
            .then(|| self.layout.first_partition[topic as usize] + number)
    }

    /// "orders-7".
    pub fn partition_name(&self, partition: PartitionIx) -> String {
        let p = &self.partitions[partition as usize];
        format!("{}-{}", self.estate.topics[p.topic as usize].name, p.number)
    }

    /// What stopping these nodes at this moment would do.
    pub fn risk_of_stopping(&self, nodes: &[NodeIx]) -> StopRisk {
        let mut risk = StopRisk::default();
        let mut seen: Vec<PartitionIx> = Vec::new();
        for &node in nodes
            .iter()
            .filter(|&&node| self.estate.nodes[node as usize].broker)
        {
            seen.extend(
                self.replicas_on(node)
                    .iter()
                    .map(|&(partition, _)| partition),
            );
        }
        seen.sort_unstable();
        seen.dedup();
        let mut examples = [None; 3];
        for partition in seen {
            let p = &self.partitions[partition as usize];
            let state = p.newest();
            let needed = u32::from(p.min_isr).max(1);
            let stays = |slot: &u8| !nodes.contains(&p.replicas[*slot as usize].node);
            let all = 0..p.replicas.len() as u8;
            let left = all
                .clone()
                .filter(stays)
                .filter(|&slot| {
                    has(state.isr, slot)
                        && self.nodes[p.replicas[slot as usize].node as usize].runs()
                })
                .count() as u32;
            if left >= needed {
                continue;
            }
            risk.leaderless += u32::from(left == 0);
            risk.below_min_isr += u32::from(left != 0);
            let avoidable = all.filter(stays).count() as u32 >= needed;
            risk.avoidable += u32::from(avoidable);
            let rank = if avoidable {
                0
            } else {
                1 + usize::from(left != 0)
            };
            examples[rank].get_or_insert(partition);
        }
        risk.example = examples.into_iter().flatten().next();
        if let Some(zk) = &self.estate.zookeeper
            && zk.servers.iter().any(|server| nodes.contains(server))
        {
            let left = zk
                .servers
                .iter()
                .filter(|&&server| !nodes.contains(&server) && self.nodes[server as usize].runs())
                .count();
            risk.no_quorum = left <= zk.servers.len() / 2;
        }
        if self.estate.voters.iter().any(|voter| nodes.contains(voter)) {
            let left = self
                .estate
                .voters
                .iter()
                .filter(|&&voter| !nodes.contains(&voter) && self.nodes[voter as usize].runs())
                .count();
            risk.no_quorum = left < self.quorum.majority();
        }
        risk
    }

    /// For how long the oldest message of a producer has waited for its acknowledgement, over all its partitions; zero if all is well.
    pub fn longest_wait(&self, producer: ProducerIx) -> Span {
        let now = self.clock.now();
        let mut longest = Span::ZERO;
        for &flow in &self.producers[producer as usize].flows {
            let me = &self.flows[flow as usize];
            let calm = me
                .route
                .filter(|&connection| self.connections[connection as usize].calm);
            if let Some(connection) = calm
                && !me.resting
            {
                let route = &self.connections[connection as usize];
                if route.drained > now || route.cut_short {
                    let (oldest, acked) = self.oldest_in_drain(connection, flow);
                    let since = me.arrivals.time_of(oldest).max(acked);
                    longest = longest.max(now.saturating_since(since));
                }
                continue;
            }
            if let Some(oldest) = me.oldest_open(now) {
                longest = longest.max(now.saturating_since(oldest.max(me.last_ack)));
            }
        }
        longest
    }

    /// What the client of a producer has seen go wrong, and how often.
    pub fn client_errors(&self, producer: ProducerIx) -> Vec<(ClientError, u64)> {
        let seen = &self.producers[producer as usize].errors;
        ClientError::ALL
            .into_iter()
            .map(|error| (error, seen[error as usize]))
            .filter(|(_, count)| *count > 0)
            .collect()
    }

    /// Times without leader, in the order of their beginning.
    pub fn leaderless(&self) -> &[Lack] {
        &self.record.leaderless
    }

    /// Times with fewer in-sync replicas than `min.insync.replicas`.
    pub fn below_min_isr(&self) -> &[Lack] {
        &self.record.below_min_isr
    }

    /// Times with fewer in-sync replicas than replicas.
    pub fn under_replicated(&self) -> &[Lack] {
        &self.record.under_replicated
    }

    /// Why things happened, if [`crate::Options::causes`] was set.
    pub fn causes(&self) -> Option<&Causes<Happening>> {
        self.clock.causes()
    }

    /// Why a partition does not work as usual, if it does not.
    pub fn trouble(&self, partition: PartitionIx) -> CauseId {
        self.partitions[partition as usize].trouble
    }
}
