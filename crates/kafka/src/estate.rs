//! What there is before anything happens: nodes, topics, clients, with every setting resolved to a number.
//!
//! This is the world's build input. It is immutable during a run and shared by all clones of a world; what changes at
//! run time (a new version, a new setting) lives in [`crate::node::Node`] and [`crate::partition::Partition`].

use engine::Span;
use facts::KafkaVersion;

use crate::behaviour::{ClientBehaviour, NodeBehaviour};
use crate::config::{ConsumerConfig, NodeConfig, ProducerConfig, TopicConfig};
use crate::ids::NodeIx;

/// Everything there is. Lists are sorted by name or id, so that the order in which a file declares things is of no
/// consequence.
#[derive(Clone, Debug, PartialEq)]
pub struct Estate {
    /// Nodes by `node.id`.
    pub nodes: Vec<NodeSpec>,
    /// The voters of the metadata quorum.
    pub voters: Vec<NodeIx>,
    /// Topics by name, internal ones too.
    pub topics: Vec<TopicSpec>,
    /// Producers by name.
    pub producers: Vec<ProducerSpec>,
    /// Groups by name.
    pub groups: Vec<GroupSpec>,
    /// One-way latency between two nodes.
    pub latency: Span,
    /// One-way latency between a client and a node.
    pub client_latency: Span,
    /// Finalized levels by feature, those that are not 0; `kraft.version` 1 where the voters are kept in the log.
    pub levels: crate::features::Levels,
    /// The leader epoch of a partition grows with each ISR shrink (metadata.version below 3.6-IV0, KAFKA-15021).
    pub shrink_bumps_leader_epoch: bool,
    /// Eligible leader replicas are on (KIP-966, `eligible.leader.replicas.version` 1).
    pub eligible_leader_replicas: bool,
    /// The metadata is in ZooKeeper and one of the brokers is the controller; there are no voters then.
    pub zookeeper: Option<Ensemble>,
}

/// The ZooKeeper servers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ensemble {
    /// Its servers: nodes that are neither brokers nor controllers.
    pub servers: Vec<NodeIx>,
    /// The broker that is the controller when the world begins; `None`: drawn.
    pub controller: Option<NodeIx>,
}

/// One node.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeSpec {
    /// `node.id`.
    pub id: u32,
    /// It is a broker.
    pub broker: bool,
    /// It votes.
    pub controller: bool,
    /// `broker.rack`.
    pub rack: Option<String>,
    /// The binary it runs at the start.
    pub version: KafkaVersion,
    /// What that binary does differently from others.
    pub behaviour: NodeBehaviour,
    /// Its settings.
    pub config: NodeConfig,
    /// The file's settings by name, for restarts with another version or with changes.
    pub settings: std::collections::BTreeMap<String, String>,
    /// Sequential write rate of its log directory, bytes per second.
    pub disk_write: u64,
    /// Sequential read rate of its log directory, bytes per second.
    pub disk_read: u64,
    /// Size of its log directory in bytes.
    pub disk_size: u64,
    /// Network rate each way, bytes per second.
    pub network: u64,
    /// From the start command until the process begins to read its logs.
    pub process_start: Span,
    /// From leave to go until the process is gone.
    pub process_stop: Span,
    /// Log recovery rate per thread, bytes per second.
    pub recovery_rate: u64,
}

/// One topic.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicSpec {
    /// Its name.
    pub name: String,
    /// Who holds each partition, preferred leader first.
    pub assignment: Vec<Vec<NodeIx>>,
    /// Its settings.
    pub config: TopicConfig,
    /// Bytes that one copy of one partition holds at the start.
    pub bytes_per_partition: u64,
    /// Kafka's own (`__consumer_offsets`).
    pub internal: bool,
}

/// One producer.
#[derive(Clone, Debug, PartialEq)]
pub struct ProducerSpec {
    /// Its name.
    pub name: String,
    /// Its topic: a place in [`Estate::topics`].
    pub topic: u32,
    /// Records per partition: `count` ...
    pub count: u64,
    /// ... in each of these.
    pub per: Span,
    /// Size of a record in bytes.
    pub size: u64,
    /// Version of the client library.
    pub version: KafkaVersion,
    /// What that library does differently from others.
    pub behaviour: ClientBehaviour,
    /// Its settings.
    pub config: ProducerConfig,
    /// The brokers in `bootstrap.servers`.
    pub bootstrap: Vec<NodeIx>,
}

/// One consumer group.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupSpec {
    /// `group.id`.
    pub name: String,
    /// The topics it reads: places in [`Estate::topics`].
    pub topics: Vec<u32>,
    /// Number of members.
    pub members: u32,
    /// Each member has a `group.instance.id`.
    pub static_members: bool,
    /// The shortest time that one member needs for a record. Zero: no limit.
    pub processing: Span,
    /// Version of the client library.
    pub version: KafkaVersion,
    /// What that library does differently from others.
    pub behaviour: ClientBehaviour,
    /// Its settings.
    pub config: ConsumerConfig,
}

impl Estate {
    /// The node with this `node.id`.
    pub fn node(&self, id: u32) -> Option<NodeIx> {
        self.nodes
            .binary_search_by_key(&id, |node| node.id)
            .ok()
            .map(|at| at as NodeIx)
    }

    /// The topic with this name.
    pub fn topic(&self, name: &str) -> Option<u32> {
        self.topics
            .binary_search_by(|topic| topic.name.as_str().cmp(name))
            .ok()
            .map(|at| at as u32)
    }

    /// Who can be the active controller: voters, or the brokers where there are none (ZooKeeper mode).
    pub(crate) fn candidates(&self) -> Vec<NodeIx> {
        if !self.voters.is_empty() {
            return self.voters.clone();
        }
        (0..self.nodes.len() as NodeIx)
            .filter(|&node| self.nodes[node as usize].broker)
            .collect()
    }

    /// One-way latency between two nodes in their normal state: none within one process.
    pub fn latency_between(&self, a: NodeIx, b: NodeIx) -> Span {
        if a == b { Span::ZERO } else { self.latency }
    }
}
