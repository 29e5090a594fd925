//! Two runbooks, or two revisions of one, held against each other over the same runs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Quantity;
use crate::rollback::Range;

/// The whole result of `dryroll diff`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Diff {
    /// [`crate::SCHEMA_VERSION`].
    pub schema: u32,
    /// Version of the model.
    pub model: String,
    /// What was.
    pub old: Side,
    /// What shall be.
    pub new: Side,
    /// The first seed; the others follow it.
    pub first_seed: u64,
    /// How many seeds.
    pub seeds: u64,
    /// Runs of each side: each seed as the file has it, and once more with a fault drawn by the seed.
    pub runs: u64,
    /// The promises of both, those of the new one first.
    pub promises: Vec<PromiseChange>,
    /// Runs that held and break now.
    pub counterexamples: Vec<Counterexample>,
    /// Runs that broke and hold now.
    pub fixed: Vec<Counterexample>,
    /// What the baseline file says, if one was given.
    pub baseline: Option<Baseline>,
    /// Something got worse that nobody has accepted.
    pub worse: bool,
}

/// One of the two.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Side {
    /// Its file as given.
    pub file: String,
    /// Its `about` line.
    pub about: String,
    /// Runs in which a promise was broken.
    pub broken: u64,
    /// How long the runbook took in the runs in which it did not stop early, in nanoseconds; `None`: there is none.
    pub window: Option<Range>,
    /// The same for the run in the middle.
    pub window_median: Option<u64>,
}

/// What became of a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Change {
    /// It breaks in more runs.
    Worse,
    /// It breaks in fewer runs.
    Better,
    /// It breaks in as many runs.
    Same,
    /// Only the new one promises it.
    Added,
    /// Only the old one promised it.
    Removed,
}

/// One promise on both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PromiseChange {
    /// As the file has it, without its limit: `WriteOutage("checkout")`.
    pub name: String,
    /// In words, with the limit of the new side, or of the old one if it is gone.
    pub text: String,
    /// What became of it.
    pub change: Change,
    /// The old side.
    pub old: Option<Kept>,
    /// The new side.
    pub new: Option<Kept>,
}

/// How well a promise was kept over all runs of a side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Kept {
    /// Runs in which it was broken.
    pub broken: u64,
    /// The limit.
    pub limit: Quantity,
    /// The worst that was measured.
    pub worst: Quantity,
}

/// A run that breaks on one side and holds on the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counterexample {
    /// Its seed.
    pub seed: u64,
    /// The fault that was added to what the file says, as it would stand there; `None`: none.
    pub fault: Option<String>,
    /// The promises that it breaks: `WriteOutage("checkout")`.
    pub promises: Vec<String>,
    /// Codes of the findings that say why, the gravest first.
    pub codes: Vec<String>,
    /// The gravest of them in one line.
    pub title: String,
    /// The line of the baseline that accepts it.
    pub accepted: Option<u32>,
}

/// A file of accepted findings, as it was used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Baseline {
    /// Its name as given.
    pub file: String,
    /// The day that counts as today: "2026-05-01".
    pub today: String,
    /// Its entries, in its order.
    pub entries: Vec<Entry>,
}

/// One accepted finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Entry {
    /// Its line, from 1.
    pub line: u32,
    /// The code of the finding.
    pub code: String,
    /// The promise: `WriteOutage("checkout")`, or `WriteOutage` for anyone's.
    pub promise: String,
    /// The last day on which it is accepted: "2026-12-31".
    pub until: String,
    /// Why.
    pub why: String,
    /// Its state.
    pub state: EntryState,
}

/// What an accepted finding is worth today.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum EntryState {
    /// It accepts a counterexample.
    Used,
    /// It would accept one, but its time is over.
    Expired,
    /// Nothing like it happened: it can go.
    Stale,
    /// There is no finding with this code, or no such promise.
    Unknown,
}

/// The JSON schema of [`Diff`], pretty-printed.
pub fn diff_schema() -> String {
    let schema = schemars::schema_for!(Diff);
    serde_json::to_string_pretty(&schema).expect("a schema is plain JSON")
}
