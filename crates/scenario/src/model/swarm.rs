//! What a search draws its faults from.

use super::value::{Nanos, Spanned};

/// A swarm: faults that nobody has written down one by one, of these kinds, so many at most, in this time. A plain run has none of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Swarm {
    /// The kinds. Empty: all.
    pub kinds: Vec<Spanned<SwarmKind>>,
    /// How many at most in one run. `None`: as many as the search says.
    pub faults: Option<Spanned<u32>>,
    /// The earliest moment, since the first step began. `None`: then.
    pub from: Option<Spanned<Nanos>>,
    /// The last moment, since the first step began. `None`: the end of the runbook.
    pub until: Option<Spanned<Nanos>>,
}

/// A kind of fault that can be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SwarmKind {
    /// A process or a host dies.
    Crash,
    /// A process stands still and goes on.
    Pause,
    /// Packets are lost or late.
    Network,
    /// A disk, a start or a log recovery is slow.
    Slow,
    /// A person does not do what the runbook says.
    Operator,
}
