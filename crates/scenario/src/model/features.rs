//! Finalized features of a KRaft cluster: what `kafka-features.sh` and `kafka-storage.sh` are asked for.

use std::collections::BTreeMap;

use super::{Nodes, Spanned, VersionName};

/// `UpgradeFeatures(release: "4.1")`, `DowngradeFeatures(metadata: "3.8", unsafe: true)`, `UpgradeFeatures(features: {"group.version": 1})`,
/// `Finalize`.
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    /// Upwards or downwards.
    pub direction: Direction,
    /// To which levels.
    pub to: Levels,
    /// Version of the tool. Default: that of the first broker at that moment.
    pub tool: Option<Spanned<VersionName>>,
}

/// Upwards or downwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// `upgrade`
    Upgrade,
    /// `downgrade`
    Downgrade,
    /// `downgrade --unsafe`
    UnsafeDowngrade,
}

/// Which levels are asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Levels {
    /// Everything that belongs to a release line: "4.1". Tools before 4.0 have `--metadata` for it.
    Release(Spanned<String>),
    /// `metadata.version` alone: "3.9", "3.9-IV0".
    Metadata(Spanned<String>),
    /// These features by level.
    Each(BTreeMap<Spanned<String>, Spanned<u32>>),
    /// Everything that belongs to the tool's own release line (`Finalize`).
    Newest,
}

/// `Format([4], release: "3.9")`: `kafka-storage.sh format` on nodes that are stopped.
#[derive(Clone, Debug, PartialEq)]
pub struct Format {
    /// Which nodes.
    pub nodes: Spanned<Nodes>,
    /// `--release-version`. `None`: the newest of the binary.
    pub release: Option<Spanned<String>>,
}
