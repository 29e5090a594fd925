//! The contract: what must hold, and what the author of a file says will come out.

use super::{Nanos, Spanned};

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
