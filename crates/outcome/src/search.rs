//! What a search leaves behind: which orderings break the runbook, the smallest first, and how far it looked.
//!
//! Whole numbers only, lists in a stable order: the same search gives the same bytes on any number of threads.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::explained::Explained;
use crate::{CauseLink, Quantity, RuleName, Time};

/// Version of the JSON form of a search.
pub const SEARCH_SCHEMA_VERSION: u32 = 1;

/// The result of a search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Search {
    /// [`SEARCH_SCHEMA_VERSION`].
    pub schema: u32,
    /// Version of the model: it changes when any result may.
    pub model: String,
    /// Hash of the scenario in canonical form, 16 hex digits.
    pub scenario: String,
    /// The scenario's file name, without folders.
    pub file: String,
    /// The scenario's `about` line.
    pub about: String,
    /// What was asked for.
    pub asked: Asked,
    /// Why it ended.
    pub ended: Ended,
    /// The run without any fault but the file's own.
    pub healthy: Healthy,
    /// The promises of the contract in words, in its order.
    pub promises: Vec<String>,
    /// Seeds of the world without any fault but the file's own, and the promises that break under each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seeds: Vec<SeedOutcome>,
    /// What each way of searching did.
    pub arms: Vec<Arm>,
    /// How much was seen.
    pub coverage: Coverage,
    /// Runs and broken promises by the moment of the first fault.
    pub heat: Vec<HeatColumn>,
    /// The smallest failing plan of each distinct failure, the smallest first.
    pub stories: Vec<Story>,
    /// Changes that catch more than one of them, the one that catches most first; then what is best for those that are left.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub common: Vec<CommonChange>,
    /// What every plan of up to so many faults does, if all were tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<Statement>,
    /// How likely it is, if that was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub odds: Option<Odds>,
}

impl Search {
    /// All runs.
    pub fn runs(&self) -> u64 {
        self.arms.iter().map(|arm| arm.runs).sum()
    }

    /// Runs in which a promise was broken.
    pub fn failures(&self) -> u64 {
        self.arms.iter().map(|arm| arm.failures).sum()
    }

    /// Events handled in all runs.
    pub fn events(&self) -> u64 {
        self.arms.iter().map(|arm| arm.events).sum()
    }
}

/// What a search was asked for. Together with the scenario and the model it decides the result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Asked {
    /// First seed of the worlds; all draws of the search come from it too.
    pub seed: u64,
    /// How many runs. `None`: as many as the time allowed.
    pub runs: Option<u64>,
    /// The ways of searching: "mixed", "uniform", "boundaries", "fork", "exhaustive", "odds".
    pub strategy: String,
    /// Faults in one plan at most.
    pub faults: u32,
    /// Kinds of faults that were drawn from: "crash", "pause", "network", "slow", "operator".
    pub kinds: Vec<String>,
    /// Faults begin between these moments only (nanoseconds since the first step), where the scenario's swarm says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<(u64, u64)>,
    /// It was to stop at the first failure.
    pub until_first: bool,
    /// Rates of faults, where the odds were asked for: "crash=1/30d".
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rates: Vec<String>,
}

/// Why a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Ended {
    /// Everything asked for was done.
    Complete,
    /// At the first failure, as asked.
    FirstFailure,
    /// The time was up.
    OutOfTime,
    /// It was interrupted; what had been found was kept.
    Interrupted,
}

/// The run without any fault but the file's own, with the first seed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Healthy {
    /// Every promise held.
    pub holds: bool,
    /// When the runbook ended.
    pub finished: Time,
    /// Events handled.
    pub events: u64,
    /// Moments at which a fault could be placed.
    pub moments: u64,
}

/// The file as it is, under one seed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SeedOutcome {
    /// The seed.
    pub seed: u64,
    /// The promises that break, by their places in the contract.
    pub broken: Vec<u32>,
}

/// What one way of searching did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Arm {
    /// Its name: "uniform", "boundaries", "fork", "exhaustive".
    pub name: String,
    /// Runs.
    pub runs: u64,
    /// Runs in which a promise was broken.
    pub failures: u64,
    /// Events handled; those of a shared beginning are counted once.
    pub events: u64,
}

/// How much of what can happen was seen. A state is an abstract one: the step and its phase, what happened, how many partitions are
/// short of replicas, at or below `min.insync.replicas`, or without a leader, whether there is a controller, how many nodes are away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Coverage {
    /// Distinct states.
    pub states: u64,
    /// Of them, seen in one run only.
    pub once: u64,
    /// Of them, seen in two runs.
    pub twice: u64,
    /// In how many runs each was seen, summed over all.
    pub sightings: u64,
    /// Good–Turing: how likely the next thing to be seen is a new one, in millionths.
    pub unseen_ppm: u64,
}

/// Runs whose first fault began in a stretch of time, and how often each promise was broken in them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HeatColumn {
    /// Begin of the stretch.
    pub begin: Time,
    /// Its end.
    pub end: Time,
    /// Runs.
    pub runs: u64,
    /// By promise: runs that broke it.
    pub broken: Vec<u64>,
}

/// A failing plan, and why it fails.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Story {
    /// Short and unique in the search; the name of its file without ".ron".
    pub name: String,
    /// The seed of the world.
    pub seed: u64,
    /// The faults, those of the file left out, in the order they were placed.
    pub faults: Vec<PlannedFault>,
    /// The promises that it breaks.
    pub broken: Vec<Broken>,
    /// What happened, in one line.
    pub what: String,
    /// Code of the finding that explains it, if one does.
    pub code: Option<String>,
    /// Why, from the effect back to the first cause.
    pub causes: Vec<CauseLink>,
    /// What to change, most helpful first.
    pub advice: Vec<String>,
    /// Rules of the rule book that explain it.
    pub rules: Vec<RuleName>,
    /// How many failing runs were like it.
    pub runs: u64,
    /// The first run that was (from 0), and the way of searching that found it.
    pub found: FoundBy,
    /// The identity of its run (`dryroll replay` reproduces it).
    pub id: String,
    /// Hash of every event of its run.
    pub trace: String,
    /// The scenario with these faults, complete: `dryroll run` plays just this.
    pub file: String,
    /// Other plans that fail for the same cause.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<Variant>,
    /// What would have caught it, when it became unavoidable, and its run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explained: Option<Explained>,
}

/// Another plan that fails for the same cause: the same kind of fault at another moment, another promise broken by it, or one fault more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Variant {
    /// Short and unique in the search; the name of its file without ".ron".
    pub name: String,
    /// The seed of the world.
    pub seed: u64,
    /// Its faults.
    pub faults: Vec<PlannedFault>,
    /// The promises that it breaks.
    pub broken: Vec<Broken>,
    /// What happened, in one line.
    pub what: String,
    /// Code of the finding that explains it, if one does.
    pub code: Option<String>,
    /// How many failing runs were like it.
    pub runs: u64,
    /// The identity of its run.
    pub id: String,
    /// Hash of every event of its run.
    pub trace: String,
    /// The scenario with these faults, complete.
    pub file: String,
}

/// A change that catches several stories.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CommonChange {
    /// In words.
    pub change: String,
    /// The names of the stories.
    pub stories: Vec<String>,
}

/// Who found it, when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FoundBy {
    /// The way of searching.
    pub arm: String,
    /// The number of the run, from 0.
    pub run: u64,
}

/// One fault of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlannedFault {
    /// As it stands in a file.
    pub ron: String,
    /// In words, with the nodes that it hit: "kill -9 of broker 2".
    pub text: String,
    /// When it began; `None`: its moment never came.
    pub at: Option<Time>,
    /// In words, what it waits for: "when broker 3 opens its port for the second time".
    pub moment: String,
}

/// A broken promise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Broken {
    /// Its place in the contract (`"*"` written out).
    pub promise: u32,
    /// Its kind: "WriteOutage".
    pub kind: String,
    /// Whose.
    pub subject: String,
    /// In words.
    pub text: String,
    /// The limit.
    pub limit: Quantity,
    /// What was measured.
    pub measured: Quantity,
}

/// What all plans of a bounded size do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Statement {
    /// Faults in a plan at most.
    pub faults: u32,
    /// Moments at which one can be placed.
    pub moments: u64,
    /// What can be placed at each.
    pub choices: u64,
    /// By number of faults, from 1: plans that there are, plans that were played, plans that break a promise.
    pub plans: Vec<Plans>,
    /// The sentence.
    pub text: String,
}

/// Plans of one size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Plans {
    /// How many there are.
    pub all: u64,
    /// How many were played; the others end as one of these.
    pub played: u64,
    /// How many break a promise.
    pub failing: u64,
}

/// How likely it is that a promise is broken, if faults come at stated rates. Not a claim about what was found first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Odds {
    /// The rates, in words.
    pub rates: Vec<String>,
    /// Runs.
    pub runs: u64,
    /// Runs in which a promise was broken.
    pub failures: u64,
    /// Millionths: the share of failing runs.
    pub share_ppm: u64,
    /// Millionths: lower end of the 95 % interval (Wilson).
    pub low_ppm: u64,
    /// Millionths: upper end.
    pub high_ppm: u64,
}

/// The JSON schema of [`Search`], pretty-printed.
pub fn search_schema() -> String {
    let schema = schemars::schema_for!(Search);
    serde_json::to_string_pretty(&schema).expect("a schema is plain JSON")
}
