//! Whether a running broker can take a new value. Source: Kafka's `DynamicBrokerConfig`.

use std::fmt;

use serde::{Serialize, Serializer};

/// How a broker setting changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Update {
    /// It is read when the broker starts, and needs a restart.
    ReadOnly,
    /// It can be changed for one broker (`--entity-name ID`), not as a default of the cluster.
    /// Most of these can be changed with a listener's prefix only.
    PerBroker,
    /// It can be changed for one broker and as a default of the cluster (`--entity-default`).
    ClusterWide,
    /// It can be changed like a cluster-wide one, and cannot be in `server.properties`.
    DynamicOnly,
}

impl Update {
    /// It changes without a restart.
    pub fn is_dynamic(self) -> bool {
        self != Self::ReadOnly
    }

    pub(super) fn parse(cell: &str) -> Option<Self> {
        match cell {
            "per-broker" => Some(Self::PerBroker),
            "cluster-wide" => Some(Self::ClusterWide),
            "dynamic-only" => Some(Self::DynamicOnly),
            _ => None,
        }
    }
}

/// Kafka's own words: `read-only`, `per-broker`, `cluster-wide`.
impl fmt::Display for Update {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReadOnly => "read-only",
            Self::PerBroker => "per-broker",
            Self::ClusterWide => "cluster-wide",
            Self::DynamicOnly => "dynamic-only",
        })
    }
}

impl Serialize for Update {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
