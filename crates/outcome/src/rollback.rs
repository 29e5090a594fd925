//! What a rehearsal of the way back leaves: for every moment of a runbook, can one turn back there, how long does it take, what does it
//! cost, what blocks it. Plain data like the rest.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Outcome, RuleName, Time};

/// The whole result of `dryroll rollback`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rollback {
    /// [`crate::SCHEMA_VERSION`].
    pub schema: u32,
    /// The first seed; the others follow it.
    pub first_seed: u64,
    /// How many seeds were rehearsed.
    pub seeds: u64,
    /// The steps of the runbook in the order they run, and how each is undone.
    pub steps: Vec<StepUndo>,
    /// The moments at which one can turn back, in the order of the runbook.
    pub moments: Vec<Moment>,
    /// The first moment without a way back, if there is one.
    pub no_return: Option<NoReturn>,
    /// The runbook as it runs forward with the first seed: the timeline that the line is drawn on.
    pub forward: Outcome,
}

/// How a step is undone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StepUndo {
    /// The step.
    pub name: String,
    /// Its action in words.
    pub action: String,
    /// Its undo.
    pub undo: Undo,
}

/// The undo of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Undo {
    /// The runbook says it: in words.
    Written(String),
    /// The runbook says none; this one would fit and was rehearsed: as it would stand in the file.
    Suggested(String),
    /// It changes nothing that would have to be undone.
    NotNeeded,
    /// The runbook says none, and none is known: why.
    Unknown(String),
    /// The step never began.
    NotReached,
}

/// Smallest and largest of a measure over the runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Range {
    /// The smallest.
    pub min: u64,
    /// The largest.
    pub max: u64,
}

impl Range {
    /// The range with this value in it, too.
    pub fn with(range: Option<Range>, value: u64) -> Range {
        range.map_or(
            Range {
                min: value,
                max: value,
            },
            |range| Range {
                min: range.min.min(value),
                max: range.max.max(value),
            },
        )
    }
}

/// A moment at which an operator can turn back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Moment {
    /// "after brokers", "in brokers, 3 of 6 done", "before the first step".
    pub label: String,
    /// The step that is done, or that is being done; `None`: before the first.
    pub step: Option<String>,
    /// Within a roll: how many of how many nodes are done.
    pub nodes: Option<(u32, u32)>,
    /// The runbook ended here because something ran out of time or was refused.
    pub stopped: Option<String>,
    /// When this moment came, over all seeds: earliest and latest.
    pub earliest: Time,
    /// See `earliest`.
    pub latest: Time,
    /// When it came with the first seed that reached it.
    pub at: Time,
    /// The ways back: first without a fault, then with each fault.
    pub ways: Vec<Way>,
}

/// Turning back at one moment, over all seeds that reached it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Way {
    /// The fault at that moment, in words.
    pub fault: Option<String>,
    /// How often it was tried.
    pub tried: u64,
    /// How often the world became as it was at the start, or as safe.
    pub restored: u64,
    /// Steps whose undo had to be made up because the runbook has none.
    pub made_up: Vec<String>,
    /// What the operator waited for on the way beside the gates of the steps.
    pub waits: Vec<String>,
    /// From the decision until the world was as at the start, in nanoseconds, where it was.
    pub time: Option<Range>,
    /// The longest write outage on the way, in nanoseconds.
    pub outage: Range,
    /// Records acknowledged before or on the way and lost on it.
    pub lost: Range,
    /// Records that failed for good on the way.
    pub not_sent: Range,
    /// What blocked it, the most frequent first.
    pub blocks: Vec<Block>,
    /// What differed from the start without being less safe, each once.
    pub harmless: Vec<String>,
    /// Promises that the way back broke, with how often.
    pub broken: Vec<(String, u64)>,
    /// How often the runbook was rolled forward again after a way back that restored the start.
    pub again: u64,
    /// How often that held: it reached the same end and broke nothing more.
    pub again_held: u64,
    /// Why it did not, with how often.
    pub again_failed: Vec<(String, u64)>,
}

/// What kind of obstacle a block is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub enum Obstacle {
    /// An undo failed: a tool refused, a process ended, a gate or a limit ran out.
    UndoFailed,
    /// A step has no undo and none is known.
    NoUndo,
    /// Every undo was done, and the world is not what it was.
    NotRestored,
    /// The way works as far as it is modelled, and Kafka's documentation rules it out.
    Documented,
}

/// Why a way back does not lead to the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Block {
    /// What kind of obstacle.
    pub kind: Obstacle,
    /// The step whose undo it was.
    pub step: Option<String>,
    /// In words, with the names of one example.
    pub why: String,
    /// The finding that it is told by.
    pub code: Option<String>,
    /// What the tool or the log of the process says.
    pub says: Vec<String>,
    /// Rules of the rule book behind it.
    pub rules: Vec<RuleName>,
    /// In how many runs.
    pub runs: u64,
    /// The seed of the example.
    pub seed: u64,
}

/// The point of no return.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NoReturn {
    /// The last moment with a way back (an index into the moments); `None`: there was none at all.
    pub last_way_back: Option<usize>,
    /// The first moment without (an index into the moments).
    pub moment: usize,
    /// When, with the first seed.
    pub at: Time,
    /// The step that closes the way.
    pub step: Option<String>,
    /// In words.
    pub why: String,
    /// A later moment (an index) from which there is a way back again.
    pub open_again: Option<usize>,
}

/// The JSON schema of [`Rollback`], pretty-printed.
pub fn rollback_schema() -> String {
    let schema = schemars::schema_for!(Rollback);
    serde_json::to_string_pretty(&schema).expect("a schema is plain JSON")
}
