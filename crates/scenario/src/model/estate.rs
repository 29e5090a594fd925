//! The estate: what there is before the first step (clusters, clients).

use std::collections::BTreeMap;

use super::{Bytes, BytesPerSecond, Nanos, NodeId, Rate, Settings, Spanned, VersionName};

/// Everything there is before the first step.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Estate {
    /// Clusters by name.
    pub clusters: BTreeMap<Spanned<String>, Cluster>,
    /// Producers by name.
    pub producers: BTreeMap<Spanned<String>, Producer>,
    /// Consumer groups by name.
    pub groups: BTreeMap<Spanned<String>, Group>,
}

/// One Kafka cluster, in KRaft mode or in ZooKeeper mode.
#[derive(Clone, Debug, PartialEq)]
pub struct Cluster {
    /// The version every node starts with.
    pub kafka: Spanned<VersionName>,
    /// The brokers.
    pub brokers: Spanned<NodeIds>,
    /// The controllers. None in ZooKeeper mode.
    pub controllers: Spanned<Controllers>,
    /// The metadata is in ZooKeeper, and one of the brokers is the controller. `None`: KRaft mode.
    pub zookeeper: Option<ZooKeeper>,
    /// Rack names, dealt to the brokers in order of their ids. Empty: no racks.
    pub racks: Vec<Spanned<String>>,
    /// The disks of every broker, unless `nodes` says otherwise.
    pub disk: Disk,
    /// Bandwidth of a node's network card, each way. Default "10Gbit/s".
    pub network: Spanned<BytesPerSecond>,
    /// One-way latency between two nodes. Default "250us".
    pub latency: Spanned<Nanos>,
    /// One-way latency between a client and a node. Default "250us".
    pub client_latency: Spanned<Nanos>,
    /// From `start` until the process has loaded its code and begins to read its logs. Default "2s".
    pub process_start: Spanned<Nanos>,
    /// From "you may go" in a controlled shutdown until the process is gone. Default "400ms".
    pub process_stop: Spanned<Nanos>,
    /// How fast log recovery reads after an unclean stop, per recovery thread. Default: the disk's read rate.
    pub recovery_rate: Option<Spanned<BytesPerSecond>>,
    /// `metadata.version` that the cluster was formatted with or raised to since: "3.9", "3.3-IV0". Default: the newest of its version.
    pub metadata_version: Option<Spanned<String>>,
    /// Levels of features that are not those of a cluster formatted at this `metadata.version`.
    pub features: BTreeMap<Spanned<String>, Spanned<u32>>,
    /// The voters are kept in the metadata log (`controller.quorum.bootstrap.servers`, KIP-853), not in the properties file. Default false.
    pub dynamic_quorum: Spanned<bool>,
    /// Settings of every node.
    pub settings: Settings,
    /// What differs on single nodes.
    pub nodes: BTreeMap<Spanned<NodeId>, Node>,
    /// Topics by name.
    pub topics: BTreeMap<Spanned<String>, Topic>,
}

/// Which node ids: `6` (ids 1 to 6) or `[1, 2, 5]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeIds {
    /// That many, numbered from 1 (brokers) or from 101 (separate controllers; from 1001 and so on where brokers have such
    /// ids). [`Cluster::broker_ids`] and [`Cluster::controller_ids`] do the counting.
    Count(u32),
    /// Just these.
    List(Vec<Spanned<NodeId>>),
}

/// A ZooKeeper ensemble: `3` (servers 201, 202, 203), `[501, 502, 503]`, or `(servers: 3, controller: 2)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZooKeeper {
    /// Its servers.
    pub servers: Spanned<NodeIds>,
    /// The broker that is the controller at first. Default: drawn by the seed.
    pub controller: Option<Spanned<NodeId>>,
}

/// Who votes in the metadata quorum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Controllers {
    /// Nodes of their own: `3` (ids 101, 102, 103) or `[3001, 3002, 3003]`.
    Separate(NodeIds),
    /// Brokers that are controllers too: `Combined(3)` (the first three brokers) or `Combined([1, 2, 3])`.
    Combined(NodeIds),
}

/// The log directories of a broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disk {
    /// Size of each directory. Default "1TiB".
    pub size: Spanned<Bytes>,
    /// Sequential write rate of each. Default "400MB/s".
    pub write: Spanned<BytesPerSecond>,
    /// Sequential read rate of each. Default "400MB/s".
    pub read: Spanned<BytesPerSecond>,
    /// How many (`log.dirs`). Default 1; more is JBOD, which is not rehearsed yet.
    pub dirs: Spanned<u32>,
}

/// What differs on one node.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Node {
    /// Another version than the cluster's.
    pub kafka: Option<Spanned<VersionName>>,
    /// Its rack.
    pub rack: Option<Spanned<String>>,
    /// Its disks; what they leave out is as in the cluster.
    pub disk: Option<Disk>,
    /// Its own `process_start`.
    pub process_start: Option<Spanned<Nanos>>,
    /// Settings on top of the cluster's.
    pub settings: Settings,
}

/// One topic.
#[derive(Clone, Debug, PartialEq)]
pub struct Topic {
    /// Number of partitions.
    pub partitions: Spanned<u32>,
    /// Replication factor.
    pub replicas: Spanned<u32>,
    /// Who holds each partition, the preferred leader first. Default: spread over brokers and racks as Kafka does.
    pub assignment: Option<Vec<Vec<Spanned<NodeId>>>>,
    /// Bytes that one copy of the topic holds at the start, over all partitions. Default "0B".
    pub data: Spanned<Bytes>,
    /// Topic settings.
    pub settings: Settings,
}

/// One producer: an application with one `KafkaProducer`.
#[derive(Clone, Debug, PartialEq)]
pub struct Producer {
    /// The topic it writes to.
    pub to: Spanned<String>,
    /// The cluster; may be left out when there is only one.
    pub cluster: Option<Spanned<String>>,
    /// Records per time, spread evenly over the partitions.
    pub rate: Spanned<Rate>,
    /// Size of one record. Default "1KiB".
    pub size: Spanned<Bytes>,
    /// Version of its client library. Default: the cluster's.
    pub kafka: Option<Spanned<VersionName>>,
    /// The brokers it is told of at the start (`bootstrap.servers`). Default: all.
    pub bootstrap: Option<Vec<Spanned<NodeId>>>,
    /// Producer settings.
    pub settings: Settings,
}

/// One consumer group.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The topics it subscribes to.
    pub reads: Vec<Spanned<String>>,
    /// The cluster; may be left out when there is only one.
    pub cluster: Option<Spanned<String>>,
    /// How many members. Default 1.
    pub members: Spanned<u32>,
    /// How many records one member can handle per time. Default: as many as come.
    pub processing: Option<Spanned<Rate>>,
    /// `group.instance.id` is set (static membership). Default false.
    pub static_members: Spanned<bool>,
    /// Version of its client library. Default: the cluster's.
    pub kafka: Option<Spanned<VersionName>>,
    /// Consumer settings.
    pub settings: Settings,
}
