//! What many runs say of the gates of a runbook: which were wrong, which cost time, which caught something, and which is missing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rollback::Range;

/// The whole result of `dryroll gates`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Gates {
    /// [`crate::SCHEMA_VERSION`].
    pub schema: u32,
    /// Version of the model.
    pub model: String,
    /// The scenario's file name.
    pub file: String,
    /// The scenario's `about` line.
    pub about: String,
    /// The first seed; the others follow it.
    pub first_seed: u64,
    /// How many seeds.
    pub seeds: u64,
    /// Runs: each seed as the file has it, and once more with a fault drawn by the seed.
    pub runs: u64,
    /// Runs in which a promise was broken.
    pub broken: u64,
    /// Of those, runs in which nothing was added to what the file says.
    pub broken_as_written: u64,
    /// The gates of the runbook, in its order.
    pub gates: Vec<GateUse>,
    /// Gates that were tried in addition, the best first. The first one is the gate to add, if there is any.
    pub to_add: Vec<Candidate>,
    /// How many were tried.
    pub tried: u64,
}

/// One gate of the runbook over all runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GateUse {
    /// The step.
    pub step: String,
    /// "before", "during", "between", "after".
    pub position: String,
    /// The gate in words.
    pub text: String,
    /// How often it was watched, over all runs.
    pub watched: u64,
    /// How often it turned green.
    pub green: u64,
    /// How often it did not in time.
    pub timed_out: u64,
    /// How often it turned red while it had to stay green.
    pub turned_red: u64,
    /// How often it was green while going on was not safe.
    pub false_green: u64,
    /// One of these times.
    pub false_green_example: Option<Example>,
    /// How often it was red while going on was safe.
    pub false_red: u64,
    /// For how long that was, over all runs, in nanoseconds.
    pub false_red_time: u64,
    /// How long it held the runbook up in one run, in nanoseconds: least and most.
    pub blocked: Range,
    /// Runs that break a promise if this gate alone is not looked at, and hold if it is.
    pub caught: u64,
    /// The promises that break then, with how often.
    pub caught_promises: Vec<(String, u64)>,
    /// One of these runs.
    pub caught_example: Option<Example>,
    /// Runs that break a promise because of this gate, and hold without it.
    pub harmed: u64,
    /// It changed nothing in any run: it was green at once, and nothing breaks without it.
    pub never_matters: bool,
}

/// One run to look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Example {
    /// The seed.
    pub seed: u64,
    /// The fault that was added, as it would stand in the file; `None`: none.
    pub fault: Option<String>,
    /// What was seen.
    pub text: String,
}

/// A gate that could be added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Candidate {
    /// The step.
    pub step: String,
    /// "before", "between", "after".
    pub position: String,
    /// The gate as it would stand in the file.
    pub gate: String,
    /// Broken runs that hold with it.
    pub saves: u64,
    /// Runs that held and break with it.
    pub harms: u64,
    /// What it adds to the length of the runbook in the run in the middle, in nanoseconds.
    pub costs: u64,
    /// The promises that it saves, with how often.
    pub promises: Vec<(String, u64)>,
}

/// The JSON schema of [`Gates`], pretty-printed.
pub fn gates_schema() -> String {
    let schema = schemars::schema_for!(Gates);
    serde_json::to_string_pretty(&schema).expect("a schema is plain JSON")
}
