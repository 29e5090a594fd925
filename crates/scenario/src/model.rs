//! What a scenario file says, after reading: the estate, the runbook, the faults and the contract.
//!
//! Every value that a later message may want to point at is [`Spanned`]. Nothing here is resolved against
//! another part of the file (`resolve` does that) and nothing has a default applied that depends on the
//! Kafka version (`facts` knows those).

mod features;

use std::collections::BTreeMap;
use std::ops::Deref;

pub use features::{Direction, Features, Format, Levels};

/// A byte range in one of the files that make up a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// Which file: an index into [`crate::source::Sources`].
    pub file: u32,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// A value and the place in the file that said it.
///
/// Equality ignores the place, so that two scenarios that say the same are equal.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spanned<T> {
    /// What was said.
    pub value: T,
    /// Where it was said. A default has the span of the nearest enclosing thing.
    pub span: Span,
}

impl<T> Deref for Spanned<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: PartialEq> PartialEq for Spanned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Spanned<T> {}

impl<T: PartialOrd> PartialOrd for Spanned<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        self.value.partial_cmp(&other.value)
    }
}

impl<T: Ord> Ord for Spanned<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.value.cmp(&other.value)
    }
}

/// A span of simulated time in whole nanoseconds. Written "30s", "1m30s", "250ms", "2h", "1d".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Nanos(pub u64);

/// A size in bytes. Written "100B", "1KiB", "64MiB", "2TiB", "1KB", "1MB", or a bare number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Bytes(pub u64);

/// Bytes per second. Written "400MB/s", "64MiB/s", "10Gbit/s".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct BytesPerSecond(pub u64);

/// Events per time as an exact ratio: `count` every `per` nanoseconds. Written "2000/s", "30/min", "0.5/s".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rate {
    /// How many.
    pub count: u64,
    /// In how many nanoseconds.
    pub per: u64,
}

/// A Kafka version as its binary names itself: "3.9.2". A file may say "3.9" for the newest patch release known; after
/// reading, the name is always written out in full.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VersionName(pub String);

/// The number of a node (`node.id`, `broker.id`).
pub type NodeId = u32;

/// Kafka settings by their real names. A value keeps the text that the file gave it.
pub type Settings = BTreeMap<Spanned<String>, Spanned<String>>;

/// One scenario file, with the parts it names read in.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// One line that says what is rehearsed.
    pub about: Spanned<String>,
    /// What there is.
    pub estate: Estate,
    /// What people do, in order.
    pub runbook: Vec<Step>,
    /// What goes wrong meanwhile.
    pub faults: Vec<Fault>,
    /// What must hold.
    pub contract: Vec<Promise>,
    /// What the author says will come out. `None`: nothing is claimed.
    pub expect: Option<Spanned<Expect>>,
    /// How long to wait before the first step, so that every component has a random phase. Default "30s".
    pub settle: Spanned<Nanos>,
    /// How long to go on after the last step, so that late effects are seen. Default "60s".
    pub tail: Spanned<Nanos>,
    /// The seed a plain `run` uses. Default 0.
    pub seed: Spanned<u64>,
    /// How many seeds `test` runs to hold the file against `expect`. Default 1.
    pub seeds: Spanned<u64>,
}

// ---------------------------------------------------------------------------------------------- estate

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

// --------------------------------------------------------------------------------------------- runbook

/// One step of the runbook.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Its name, unique in the runbook.
    pub name: Spanned<String>,
    /// What is done.
    pub action: Spanned<Action>,
    /// Must be green before the action begins.
    pub before: Vec<Gate>,
    /// Must stay green while it runs.
    pub during: Vec<Gate>,
    /// Must be green between two batches of a roll, and after the last.
    pub between: Vec<Gate>,
    /// Must be green after the action.
    pub after: Vec<Gate>,
    /// How it is undone. `None`: it cannot be.
    pub undo: Option<Spanned<Action>>,
    /// Limit for the whole step.
    pub within: Option<Spanned<Nanos>>,
    /// What the operator does when a gate or the limit runs out. Default `Abort`.
    pub on_timeout: Spanned<OnTimeout>,
    /// Names of steps that must be done before. Default: the one above.
    pub needs: Option<Vec<Spanned<String>>>,
}

/// What the operator does when time runs out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnTimeout {
    /// Stop the runbook here.
    Abort,
    /// Run this step's undo, then those of the steps before it, last first; then stop.
    Undo,
    /// Go on as if it were green.
    GoOn,
    /// Ask a person, who says go on after this long.
    Ask(Nanos),
}

/// What an operator does.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// SIGTERM and wait until the process is gone.
    Stop(Nodes),
    /// Start the process and wait until its port is open.
    Start(Start),
    /// SIGKILL.
    Kill(Nodes),
    /// One node, or one batch, after the other: stop, change, start, wait.
    Roll(Box<Roll>),
    /// Change settings.
    SetConfig(SetConfig),
    /// `kafka-leader-election.sh`.
    ElectLeaders(ElectLeaders),
    /// `kafka-features.sh upgrade` or `downgrade`.
    Features(Box<Features>),
    /// `kafka-storage.sh format`.
    Format(Format),
    /// Do nothing for this long.
    Wait(Spanned<Nanos>),
    /// A person looks and says yes after `after`.
    Approve {
        /// What is asked.
        question: Spanned<String>,
        /// How long the answer takes. Default "1m".
        after: Spanned<Nanos>,
    },
    /// Stop the runbook, as a planned end (for undo paths).
    Abort(Spanned<String>),
    /// A command line as a person types it.
    Command(Command),
}

/// `Command("kafka-features.sh --bootstrap-server broker-1:9092 describe", tools: "4.1.2")`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// What is typed.
    pub line: Spanned<String>,
    /// The release whose tools are used. `None`: that of the brokers at that moment.
    pub tools: Option<Spanned<VersionName>>,
}

/// Which nodes an action means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Nodes {
    /// Every broker (combined nodes are brokers).
    Brokers,
    /// Every separate controller (or, in a combined cluster, every combined node).
    Controllers,
    /// Every node, controllers first.
    All,
    /// The node that is the active controller at that moment.
    ActiveController,
    /// The brokers of one rack.
    Rack(Spanned<String>),
    /// Just these.
    These(Vec<Spanned<NodeId>>),
}

/// `Start(nodes: …, version: "4.1.2", settings: {…})`, or `Start([2])`.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    /// Which nodes.
    pub nodes: Spanned<Nodes>,
    /// Another version than before.
    pub version: Option<Spanned<VersionName>>,
    /// Settings changed on the way.
    pub settings: Settings,
    /// What "started" means to the operator. Default `Port`.
    pub until: Spanned<Started>,
}

/// When the operator takes a node for started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Started {
    /// The start command has returned.
    Process,
    /// Its port accepts connections.
    Port,
}

/// `Roll(Brokers, to: "4.1.2", order: ById, batch: 1, settle: "0s", settings: {…})`.
#[derive(Clone, Debug, PartialEq)]
pub struct Roll {
    /// Which nodes.
    pub nodes: Spanned<Nodes>,
    /// The new version. `None`: a restart.
    pub to: Option<Spanned<VersionName>>,
    /// Settings changed while the node is down.
    pub settings: Settings,
    /// In which order.
    pub order: Spanned<Order>,
    /// How many nodes at once. Default 1.
    pub batch: Spanned<u32>,
    /// How a node is stopped. Default `Graceful`.
    pub stop: Spanned<StopKind>,
    /// How long a node stays down between stop and start (install time). Default "0s".
    pub down: Spanned<Nanos>,
    /// How long to sit after the gates between two batches. Default "0s".
    pub pause: Spanned<Nanos>,
    /// What "started" means. Default `Port`.
    pub until: Spanned<Started>,
    /// Elect preferred leaders onto each node as it comes back. Default false.
    pub elect_preferred: Spanned<bool>,
}

/// In which order a roll takes the nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// By ascending id.
    ById,
    /// Rack by rack, by id within a rack. With `batch: 0` a whole rack at once.
    ByRack,
    /// The active controller last, the others by id.
    ActiveControllerLast,
    /// Controllers before brokers, the active controller last among them.
    ControllersFirst,
    /// As listed.
    AsListed,
    /// By descending id.
    Descending,
}

/// How a node is stopped in a roll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopKind {
    /// SIGTERM: controlled shutdown.
    Graceful,
    /// SIGKILL.
    Kill,
}

/// `SetConfig(on: Brokers | Node(3) | Topic("orders"), settings: {…})`. Settings that Kafka reads only at start need a roll;
/// dynamic ones apply at once.
#[derive(Clone, Debug, PartialEq)]
pub struct SetConfig {
    /// What is configured.
    pub on: Spanned<ConfigTarget>,
    /// The new values.
    pub settings: Settings,
}

/// What `SetConfig` configures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigTarget {
    /// The cluster-wide default of all brokers (`--entity-default`).
    Brokers,
    /// One broker.
    Node(Spanned<NodeId>),
    /// One topic.
    Topic(Spanned<String>),
}

/// `ElectLeaders(Preferred)`, `ElectLeaders(Preferred, topic: "orders")`, `ElectLeaders(Unclean, topic: "orders", partition: 3)`.
#[derive(Clone, Debug, PartialEq)]
pub struct ElectLeaders {
    /// Preferred or unclean.
    pub kind: Spanned<ElectionKind>,
    /// Only this topic. `None`: all.
    pub topic: Option<Spanned<String>>,
    /// Only this partition of it.
    pub partition: Option<Spanned<u32>>,
}

/// The kinds of election that `kafka-leader-election.sh` knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ElectionKind {
    /// The first replica of the assignment, if in sync.
    Preferred,
    /// Any live replica if none in sync is alive.
    Unclean,
}

// ----------------------------------------------------------------------------------------------- gates

/// A condition that the operator looks at, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    /// What must be so.
    pub check: Spanned<Check>,
    /// For how long without a break. Default "0s": one look is enough.
    pub for_: Spanned<Nanos>,
    /// Time limit. Default: the step's, else "30m".
    pub within: Option<Spanned<Nanos>>,
    /// How the operator sees it. Default `Tool`.
    pub through: Spanned<Through>,
    /// Forgotten by the operator (a fault switches this on; a file may too). Default false.
    pub forgotten: Spanned<bool>,
}

/// What a gate looks at.
#[derive(Clone, Debug, PartialEq)]
pub enum Check {
    /// Partitions with fewer in-sync replicas than replicas.
    UnderReplicated {
        /// Default 0.
        at_most: u32,
    },
    /// Partitions below `min.insync.replicas`.
    UnderMinIsr {
        /// Default 0.
        at_most: u32,
    },
    /// Partitions exactly at `min.insync.replicas`.
    AtMinIsr {
        /// Default 0.
        at_most: u32,
    },
    /// Partitions without a leader.
    Offline {
        /// Default 0.
        at_most: u32,
    },
    /// The port of the node at hand (or of these) accepts connections.
    PortOpen(Option<Nodes>),
    /// The process of the node at hand (or of these) is running.
    ProcessUp(Option<Nodes>),
    /// The node at hand (or these) leads no partition.
    NoLeaders(Option<Nodes>),
    /// Every broker is registered and unfenced.
    AllBrokersUp,
    /// There is an active controller and a majority of voters is caught up.
    QuorumHealthy,
    /// Share of partitions led by their preferred replica is at least this many percent.
    PreferredLeaders {
        /// In percent, 0 to 100.
        at_least: u32,
    },
    /// A group's lag in records.
    Lag {
        /// The group.
        group: Spanned<String>,
        /// Records, over all its partitions.
        at_most: u64,
    },
    /// A feature is finalized at this level or a higher one (`kafka-features.sh describe`).
    Finalized {
        /// Its name. Default `metadata.version`.
        feature: Spanned<String>,
        /// A level (`1`) or, for `metadata.version`, a release or a name ("4.1", "4.0-IV3").
        at_least: Spanned<String>,
    },
    /// The nodes run this version (`kafka-broker-api-versions.sh`, the package manager).
    Versions {
        /// Which.
        version: Spanned<VersionName>,
        /// Which nodes. Default: all.
        nodes: Option<Nodes>,
    },
    /// Every node has a snapshot of the metadata (`*.checkpoint` in `__cluster_metadata-0`) that is newer than the last change of
    /// features: only then no level that was finalized before is met again by a binary that does not know it.
    MetadataSnapshot,
    /// Writes of a producer have been acknowledged within this long, on every partition.
    WritesOk {
        /// The producer.
        producer: Spanned<String>,
        /// Longest wait for an acknowledgement. Default "1s".
        at_most: Nanos,
    },
}

/// How the operator sees a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Through {
    /// A command line tool, run every `every` (default "5s"), answered from the metadata of one broker.
    Tool {
        /// Seconds between two runs.
        every: Nanos,
        /// The broker asked (`--bootstrap-server`). `None`: the lowest running one.
        via: Option<NodeId>,
    },
    /// A metric of every broker, scraped every `scrape` (default "15s") and shown `delay` (default "5s") later.
    /// A broker that is down has no value and is left out of the sum.
    Metric {
        /// Seconds between two scrapes.
        scrape: Nanos,
        /// From scrape to screen.
        delay: Nanos,
    },
    /// The state of the controller at that instant. Nobody has such a tool; for comparison.
    Truth,
}

// ---------------------------------------------------------------------------------------------- faults

/// One thing that goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// What.
    pub kind: Spanned<FaultKind>,
    /// When it begins.
    pub at: Spanned<When>,
    /// How long it lasts. `None`: until the end, or its own default.
    pub lasts: Option<Spanned<Nanos>>,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum FaultKind {
    /// kill -9: the kernel closes its connections. With `lasts`, it is started again after that long.
    Kill(Target),
    /// SIGSTOP: connections stay open, nothing answers. With `lasts`, SIGCONT after that long.
    Hang(Target),
    /// The host is gone: packets disappear (black hole), and what was not flushed is lost.
    HostGone(Target),
    /// A garbage collection pause: like `Hang`, and always ends. `lasts` is needed.
    GcPause(Target),
    /// The next starts of the node take this much longer.
    SlowStart {
        /// Which node.
        node: Target,
        /// Added to the start of the process.
        by: Nanos,
    },
    /// The node dies `after` each start, `times` times.
    CrashLoop {
        /// Which node.
        node: Target,
        /// How often.
        times: u32,
        /// How long after its start.
        after: Nanos,
    },
    /// The next log recovery or log load of the node takes this much longer.
    LongRecovery {
        /// Which node.
        node: Target,
        /// Added to the recovery.
        by: Nanos,
    },
    /// Reads and writes of the node's disk run at this share of their rate.
    DiskSlow {
        /// Which node.
        node: Target,
        /// Percent of the normal rate, 1 to 99.
        to_percent: u32,
    },
    /// The (only) log directory has no space left.
    DiskFull(Target),
    /// Kill the active controller.
    KillActiveController,
    /// Kill controllers (in ZooKeeper mode: ZooKeeper servers) until there is no majority.
    QuorumLoss,
    /// ZooKeeper mode: `/controller` is deleted until this broker is the controller.
    MoveController(Target),
    /// No packet passes between the two sets (the second defaults to all other nodes); clients still reach both.
    Cut {
        /// One side.
        from: Nodes,
        /// The other.
        to: Option<Nodes>,
        /// Clients cannot reach `from` either. Default false.
        clients: bool,
    },
    /// Packets between the sets take this much longer, one way.
    SlowLink {
        /// One side.
        from: Nodes,
        /// The other.
        to: Option<Nodes>,
        /// Added latency, one way.
        by: Nanos,
    },
    /// The operator forgets the gates of a step.
    ForgottenWait {
        /// The step.
        step: Spanned<String>,
    },
    /// The operator does not wait for the between-gates to hold as long as they should: looks once and goes on after this long.
    OperatorTooFast {
        /// The step.
        step: Spanned<String>,
        /// How long the operator waits instead.
        after: Nanos,
    },
    /// The next start of the node is one of another version than meant (the wrong package on one host).
    WrongBinary {
        /// Which node.
        node: Target,
        /// The version it gets.
        version: Spanned<VersionName>,
    },
    /// An old host, or an old image, comes back in the place of the node: it is killed and started with this version.
    OldNodeReturns {
        /// Which node.
        node: Target,
        /// The version that comes back.
        version: Spanned<VersionName>,
    },
    /// Somebody raises the features before it is time, with what `kafka-features.sh` of the first broker has for this release.
    EarlyBump {
        /// The release line.
        release: Spanned<String>,
    },
    /// From then on the operator types on a host with tools of this version.
    WrongTool {
        /// The version of the tools.
        version: Spanned<VersionName>,
    },
    /// A member of a group is killed (`kill -9`); with `lasts` it is started again.
    KillMember {
        /// The group.
        group: Spanned<String>,
        /// Which member, from 1.
        member: u32,
    },
}

/// The node a fault hits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// This one.
    Node(Spanned<NodeId>),
    /// The node that the step at hand is working on.
    Current,
    /// A broker other than the one the step is working on, drawn by the seed.
    OtherBroker,
    /// Any broker, drawn by the seed.
    AnyBroker,
    /// The broker that leads this partition at that moment.
    Leader {
        /// Its topic.
        topic: Spanned<String>,
        /// Its number.
        partition: u32,
    },
    /// The active controller at that moment.
    ActiveController,
}

/// When a fault begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    /// This long after the first step begins (the settling time is not counted).
    At(Nanos),
    /// During a step.
    During {
        /// The step.
        step: Spanned<String>,
        /// Which node of a roll: the n-th in its order, from 1. `None`: the first.
        nth: Option<u32>,
        /// In which phase of that node. Default `Stopping`.
        phase: Phase,
        /// How long after the phase began. Default "0s".
        after: Nanos,
    },
    /// After the n-th occurrence (from 1) of something.
    Nth {
        /// How many times.
        n: u32,
        /// Of what.
        of: Occurrence,
        /// How long after it. Default "0s".
        after: Nanos,
    },
    /// At a moment in this range of `At`, drawn by the seed.
    Between(Nanos, Nanos),
}

/// The phases of one node in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// From the stop command.
    Stopping,
    /// The process is gone.
    Stopped,
    /// From the start command.
    Starting,
    /// It reads its logs.
    Recovering,
    /// Its port is open.
    PortOpen,
    /// The gates after this node are being watched.
    Waiting,
    /// The step is over.
    Done,
}

/// Things that can be counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Occurrence {
    /// A broker was fenced.
    Fenced,
    /// A broker was unfenced.
    Unfenced,
    /// A leader changed.
    LeaderChange,
    /// An ISR shrank.
    IsrShrink,
    /// An ISR grew.
    IsrExpand,
    /// A controller became active.
    ControllerActive,
    /// A metadata change was committed.
    Commit,
}

// -------------------------------------------------------------------------------------------- contract

/// A promise that must hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Promise {
    /// What is promised.
    pub kind: Spanned<PromiseKind>,
}

/// What is promised. Names are those of producers, groups, topics or clusters; `"*"` means every one.
#[derive(Clone, Debug, PartialEq)]
pub enum PromiseKind {
    /// The longest time on any partition in which the producer gets no acknowledgement while records wait.
    WriteOutage(Spanned<String>, Nanos),
    /// The longest time on any partition in which the group reads nothing while records wait to be read.
    ReadOutage(Spanned<String>, Nanos),
    /// Acknowledged records that are in no log at the end.
    Lost(Spanned<String>, u64),
    /// Records the application handed over that failed for good.
    NotSent(Spanned<String>, u64),
    /// Extra copies in the log.
    Duplicated(Spanned<String>, u64),
    /// Records whose log order differs from the order they were sent in, per partition.
    Reordered(Spanned<String>, u64),
    /// Records delivered more than once to the group.
    Redelivered(Spanned<String>, u64),
    /// Records in the log that the group never gets.
    Skipped(Spanned<String>, u64),
    /// The group's largest lag in records.
    Lag(Spanned<String>, u64),
    /// Longest time that any partition of a topic is without a leader.
    Leaderless(Spanned<String>, Nanos),
    /// Longest time that any partition of a topic is below min ISR.
    UnderMinIsr(Spanned<String>, Nanos),
    /// Longest time without an active controller.
    NoController(Spanned<String>, Nanos),
    /// From the first step to the end of the last.
    Window(Nanos),
    /// The runbook reaches its end without aborting.
    Completes,
    /// At the end every partition has all replicas in sync.
    FullyReplicated(Spanned<String>),
    /// At the end at least this share of partitions is led by the preferred replica.
    PreferredLeaders(Spanned<String>, u32),
    /// Rebalances of a group.
    Rebalances(Spanned<String>, u64),
}

/// What the author of the file says will come out.
#[derive(Clone, Debug, PartialEq)]
pub enum Expect {
    /// Every promise holds.
    Holds,
    /// Just these promises break, and the findings name this reason.
    Breaks {
        /// The promises, by the name of their kind and, if given, their subject: `WriteOutage("checkout")`.
        promises: Vec<Spanned<ExpectedBreak>>,
        /// Codes of findings that must be there (`"below-min-isr"`).
        because: Vec<Spanned<String>>,
    },
}

/// One promise that is expected to break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedBreak {
    /// The kind: "WriteOutage".
    pub kind: String,
    /// Whose: a producer, group or topic. `None`: anyone's.
    pub subject: Option<String>,
}
