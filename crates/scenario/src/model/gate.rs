//! Gates: what an operator looks at before going on, and how it is seen.

use super::{BytesPerSecond, Nanos, NodeId, Nodes, Spanned, VersionName};

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
    /// A group's lag is at most so many records larger than when the first step began (the baseline that people keep in a file).
    LagGrown {
        /// The group.
        group: Spanned<String>,
        /// Records, over all its partitions.
        at_most: u64,
    },
    /// A setting has this value in the process that runs (`kafka-configs.sh --describe --all`): what it was started with or was set since, else the
    /// default of its version. What stands in the file since does not count.
    Setting {
        /// Its name.
        name: Spanned<String>,
        /// Its value; versions may be written shorter ("3.5" for "3.5-IV2").
        is: Spanned<String>,
        /// Of which brokers. Default: all.
        nodes: Option<Nodes>,
    },
    /// At least so many bytes a second came into a topic over the last minute (`BytesInPerSec`).
    BytesIn {
        /// The topic.
        topic: Spanned<String>,
        /// At least.
        at_least: BytesPerSecond,
    },
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
