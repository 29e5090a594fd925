//! What promises are called and whom they are about.

use crate::model::{PromiseKind, Spanned};

/// What the subject of a promise is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubjectKind {
    /// A producer.
    Producer,
    /// A consumer group.
    Group,
    /// A topic.
    Topic,
    /// A cluster.
    Cluster,
}

impl PromiseKind {
    /// The word that the file uses: "WriteOutage".
    pub fn name(&self) -> &'static str {
        match self {
            Self::WriteOutage(..) => "WriteOutage",
            Self::ReadOutage(..) => "ReadOutage",
            Self::Lost(..) => "Lost",
            Self::NotSent(..) => "NotSent",
            Self::Duplicated(..) => "Duplicated",
            Self::Reordered(..) => "Reordered",
            Self::Redelivered(..) => "Redelivered",
            Self::Skipped(..) => "Skipped",
            Self::Lag(..) => "Lag",
            Self::Leaderless(..) => "Leaderless",
            Self::UnderMinIsr(..) => "UnderMinIsr",
            Self::NoController(..) => "NoController",
            Self::Window(..) => "Window",
            Self::Completes => "Completes",
            Self::FullyReplicated(..) => "FullyReplicated",
            Self::PreferredLeaders(..) => "PreferredLeaders",
            Self::Rebalances(..) => "Rebalances",
        }
    }

    /// Whom the promise is about, and what that is. `None`: the whole run.
    pub fn subject(&self) -> Option<(SubjectKind, &Spanned<String>)> {
        match self {
            Self::WriteOutage(name, _)
            | Self::Lost(name, _)
            | Self::NotSent(name, _)
            | Self::Duplicated(name, _)
            | Self::Reordered(name, _) => Some((SubjectKind::Producer, name)),
            Self::ReadOutage(name, _)
            | Self::Redelivered(name, _)
            | Self::Skipped(name, _)
            | Self::Lag(name, _)
            | Self::Rebalances(name, _) => Some((SubjectKind::Group, name)),
            Self::Leaderless(name, _)
            | Self::UnderMinIsr(name, _)
            | Self::FullyReplicated(name)
            | Self::PreferredLeaders(name, _) => Some((SubjectKind::Topic, name)),
            Self::NoController(name, _) => Some((SubjectKind::Cluster, name)),
            Self::Window(_) | Self::Completes => None,
        }
    }
}
