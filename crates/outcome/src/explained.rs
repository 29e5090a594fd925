//! What a counterexample is explained with: when it became unavoidable, what would have caught it, and its run beside a healthy one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Outcome, Quantity, Time};

/// A counterexample, explained.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Explained {
    /// Smaller candidates that were tried.
    pub tried: u64,
    /// What would have caught it.
    pub caught: Option<Caught>,
    /// How likely the failure was, moment by moment.
    pub curve: Option<Curve>,
    /// Its run, as far as a timeline shows it.
    pub run: Option<Box<Outcome>>,
    /// The same without the faults.
    pub healthy: Option<Box<Outcome>>,
}

/// How likely a failure is if one goes on from a moment of the failing run with fresh randomness and without further faults.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Curve {
    /// The promise in words.
    pub promise: String,
    /// The points in order of time.
    pub points: Vec<CurvePoint>,
    /// Index of the first point after which no continuation kept the promise, if there is one.
    pub critical: Option<usize>,
    /// What has happened at a jump is its reason: indexes of points at which the odds rose by a quarter or more.
    pub jumps: Vec<usize>,
}

/// Continuations of one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CurvePoint {
    /// When.
    pub at: Time,
    /// What happened there, in words.
    pub what: String,
    /// Continuations that broke the promise.
    pub failing: u32,
    /// Continuations.
    pub of: u32,
}

/// The smallest change of the file that makes the failure go away, or what was tried in vain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Caught {
    /// The change in words; `None`: nothing that was tried helps.
    pub change: Option<String>,
    /// The change as a unified diff of the file's text.
    pub diff: String,
    /// It does not keep the promise but stops the runbook instead: these promises are broken then that were kept before.
    pub instead: Vec<String>,
    /// Runs with these faults: other seeds, and the faults a little earlier and later.
    pub runs: u64,
    /// How many of them failed without the change. With it, none did.
    pub failing: u64,
    /// What else was tried, in words: kinds of changes, and how many of each.
    pub tried: Vec<String>,
    /// How many changes were tried in all.
    #[serde(default)]
    pub candidates: u64,
    /// What the change costs, where that is more than some time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<String>,
    /// Other changes that help too, the smallest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// The same faults without any runbook, where no change helps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alone: Option<Alone>,
}

/// The faults of a counterexample on its cluster at rest: nobody does anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Alone {
    /// Runs.
    pub runs: u64,
    /// How many of them broke the promise all the same.
    pub failing: u64,
    /// The worst that was measured in them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worst: Option<Quantity>,
}

impl Outcome {
    /// Only what a timeline shows: promises, steps, faults, rows.
    pub fn for_a_timeline(&self) -> Self {
        let mut slim = self.clone();
        slim.findings.clear();
        slim.gates.clear();
        slim.producers.clear();
        slim.groups.clear();
        slim.story.clear();
        slim.rests_on.clear();
        slim.limits.clear();
        for step in &mut slim.steps {
            step.commands.clear();
            step.nodes.clear();
        }
        for promise in &mut slim.promises {
            promise.findings.clear();
        }
        for stretch in slim.timeline.iter_mut().flat_map(|row| &mut row.stretches) {
            stretch.finding = None;
        }
        slim
    }
}
