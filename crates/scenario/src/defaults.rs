//! What is taken where a file says nothing, each with its reason. Kafka's own defaults are not here: they depend on the
//! version, and `facts` knows them.

use crate::model::{
    Bytes, BytesPerSecond, Nanos, OnTimeout, Order, Phase, Started, StopKind, Through,
};

/// A value that is taken where a file says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fallback<T> {
    /// The value.
    pub value: T,
    /// Why this one.
    pub why: &'static str,
}

/// A default that was taken while a file was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliedDefault {
    /// Which field, from the outside in: "estate.clusters.prod.network".
    pub path: String,
    /// The value as it would be written.
    pub value: String,
    /// Why this one.
    pub why: &'static str,
}

const SECOND: u64 = 1_000_000_000;
const MILLISECOND: u64 = 1_000_000;
const MICROSECOND: u64 = 1_000;

const fn fallback<T>(value: T, why: &'static str) -> Fallback<T> {
    Fallback { value, why }
}

/// `settle` of a scenario.
pub const SETTLE: Fallback<Nanos> = fallback(
    Nanos(30 * SECOND),
    "chosen: longer than every period in a healthy cluster that matters here, so that all phases are random",
);
/// `tail` of a scenario.
pub const TAIL: Fallback<Nanos> = fallback(
    Nanos(60 * SECOND),
    "chosen: longer than a session timeout, so that the effects of the last step are seen",
);
/// `seed` of a scenario.
pub const SEED: Fallback<u64> = fallback(0, "chosen: the first seed");
/// `seeds` of a scenario.
pub const SEEDS: Fallback<u64> = fallback(
    1,
    "chosen: one run shows what the runbook does; more of them show what was luck",
);

/// `racks` of a cluster.
pub const RACKS: &str = "Kafka's default: `broker.rack` is not set";
/// `size` of a disk.
pub const DISK_SIZE: Fallback<Bytes> =
    fallback(Bytes(1 << 40), "assumed: a common size of one data disk");
/// `write` of a disk.
pub const DISK_WRITE: Fallback<BytesPerSecond> = fallback(
    BytesPerSecond(400_000_000),
    "assumed: sequential rate of a common SATA SSD or cloud volume",
);
/// `read` of a disk.
pub const DISK_READ: Fallback<BytesPerSecond> = fallback(
    BytesPerSecond(400_000_000),
    "assumed: sequential rate of a common SATA SSD or cloud volume",
);
/// `dirs` of a disk.
pub const DISK_DIRS: Fallback<u32> = fallback(1, "Kafka's default: one directory in `log.dirs`");
/// Every field of the disk of a single node.
pub const DISK_OF_CLUSTER: &str = "the disk of the cluster";
/// `network` of a cluster.
pub const NETWORK: Fallback<BytesPerSecond> = fallback(
    BytesPerSecond(1_250_000_000),
    "assumed: a common network card, 10Gbit/s",
);
/// `latency` of a cluster.
pub const LATENCY: Fallback<Nanos> = fallback(
    Nanos(250 * MICROSECOND),
    "assumed: one way between two hosts of one site",
);
/// `client_latency` of a cluster.
pub const CLIENT_LATENCY: Fallback<Nanos> = fallback(
    Nanos(250 * MICROSECOND),
    "assumed: clients run in the same site",
);
/// `process_start` of a cluster.
pub const PROCESS_START: Fallback<Nanos> =
    fallback(Nanos(2 * SECOND), "assumed: a JVM loading Kafka's classes");
/// `process_stop` of a cluster.
pub const PROCESS_STOP: Fallback<Nanos> = fallback(
    Nanos(400 * MILLISECOND),
    "assumed: closing logs and connections after a controlled shutdown",
);

/// `data` of a topic.
pub const TOPIC_DATA: Fallback<Bytes> = fallback(Bytes(0), "chosen: an empty topic");
/// `size` of a producer's records.
pub const RECORD_SIZE: Fallback<Bytes> =
    fallback(Bytes(1024), "assumed: a common size of one record");
/// `members` of a group.
pub const MEMBERS: Fallback<u32> = fallback(1, "chosen: the smallest group");
/// `static_members` of a group.
pub const STATIC_MEMBERS: Fallback<bool> =
    fallback(false, "Kafka's default: `group.instance.id` is not set");

/// `on_timeout` of a step.
pub const ON_TIMEOUT: Fallback<OnTimeout> = fallback(
    OnTimeout::Abort,
    "chosen: an operator who sees a gate fail stops",
);
/// `until` of a start or a roll.
pub const UNTIL: Fallback<Started> = fallback(
    Started::Port,
    "chosen: the first sign of life that a tool can see",
);
/// `order` of a roll.
pub const ORDER: Fallback<Order> = fallback(
    Order::ById,
    "chosen: what people do unless they have a reason",
);
/// `batch` of a roll.
pub const BATCH: Fallback<u32> = fallback(1, "Kafka's documentation: one node at a time");
/// `stop` of a roll.
pub const STOP: Fallback<StopKind> = fallback(
    StopKind::Graceful,
    "Kafka's scripts: kafka-server-stop.sh sends SIGTERM",
);
/// `down` of a roll.
pub const DOWN: Fallback<Nanos> = fallback(
    Nanos(0),
    "chosen: the new version is installed before the node is stopped",
);
/// `pause` of a roll.
pub const PAUSE: Fallback<Nanos> = fallback(Nanos(0), "chosen: the gates alone decide");
/// `down` of clients that get another version.
pub const CLIENT_DOWN: Fallback<Nanos> = fallback(
    Nanos(5_000_000_000),
    "assumed: an application is stopped, installed and started",
);
/// `pause` between two members of a group that get another version.
pub const CLIENT_PAUSE: Fallback<Nanos> = fallback(
    Nanos(10_000_000_000),
    "assumed: one member is looked at before the next is stopped",
);
/// `elect_preferred` of a roll.
pub const ELECT_PREFERRED: Fallback<bool> = fallback(
    false,
    "Kafka's default: leaders move back by themselves (`auto.leader.rebalance.enable`)",
);
/// `after` of an approval.
pub const APPROVE_AFTER: Fallback<Nanos> =
    fallback(Nanos(60 * SECOND), "assumed: a person who is at the desk");

/// `for` of a gate.
pub const GATE_FOR: Fallback<Nanos> = fallback(Nanos(0), "chosen: one look is enough");
/// `forgotten` of a gate.
pub const FORGOTTEN: Fallback<bool> = fallback(false, "chosen: people do what the runbook says");
/// `at_most` of a gate that counts partitions.
pub const PARTITIONS_AT_MOST: Fallback<u32> = fallback(0, "chosen: none");
/// `at_most` of `WritesOk`.
pub const WRITES_AT_MOST: Fallback<Nanos> =
    fallback(Nanos(SECOND), "chosen: what an application notices");
/// `every` of a tool.
pub const TOOL_EVERY: Fallback<Nanos> = fallback(
    Nanos(5 * SECOND),
    "assumed: a person, or a loop in a script",
);
/// `scrape` of a metric.
pub const METRIC_SCRAPE: Fallback<Nanos> =
    fallback(Nanos(15 * SECOND), "assumed: a common scrape interval");
/// `delay` of a metric.
pub const METRIC_DELAY: Fallback<Nanos> =
    fallback(Nanos(5 * SECOND), "assumed: from scrape to screen");
/// `through` of a gate.
pub const THROUGH: Fallback<Through> = fallback(
    Through::Tool {
        every: TOOL_EVERY.value,
        via: None,
    },
    "chosen: Kafka's command line tools are there in every cluster",
);

/// `dynamic_quorum` of a cluster.
pub const DYNAMIC_QUORUM: Fallback<bool> = fallback(
    false,
    "chosen: `controller.quorum.voters`, which every cluster formatted before 3.9 has",
);
/// `feature` of a gate on a finalized level.
pub const FINALIZED_FEATURE: &str = "metadata.version";

/// `after` of a moment in a step or behind an occurrence.
pub const MOMENT_AFTER: Fallback<Nanos> = fallback(Nanos(0), "chosen: at once");
/// `phase` of a moment in a step.
pub const PHASE: Fallback<Phase> = fallback(Phase::Stopping, "chosen: the beginning");
/// `clients` of a cut.
pub const CUT_CLIENTS: Fallback<bool> = fallback(false, "chosen: only the nodes lose each other");
/// The limit of a promise that counts.
pub const COUNT_AT_MOST: Fallback<u64> = fallback(0, "chosen: none");
