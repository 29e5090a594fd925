//! Why a counterexample fails, and what would have caught it.
//!
//! | where | what |
//! |---|---|
//! | [`curve()`] | the odds of failing, moment by moment, and the critical event |
//! | [`caught`] | the smallest change of the file that makes the failure go away |
//! | `alone` | the faults without any runbook |
//! | `advice` | what to do, as fits the faults |
//! | `edit` | a change in the text of a file |
//! | `candidates` | the changes that are tried |

pub(crate) mod advice;
mod alone;
mod candidates;
mod curve;
mod edit;
mod fix;
#[cfg(test)]
mod tests;

pub use curve::{MOMENTS, curve};
use edit::{Does, Edit};
pub use fix::{Searched, caught};
pub(crate) use fix::{Sought, sought};

use outcome::Outcome;
use outcome::explained::{Curve, Explained};
use rehearsal::Rehearsal;
use scenario::Scenario;

use crate::shrink::{Explain, Failure};

/// How much is played for an explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Runs that a change is held against.
    pub runs: u64,
    /// Continuations of each moment; 0: no curve.
    pub continuations: u32,
}

/// Everything that can be said about one failing run.
#[derive(Clone, Debug)]
pub struct Told {
    /// The run.
    pub outcome: Outcome,
    /// How it fails: each broken promise with its reason.
    pub failures: Vec<Failure>,
    /// The explanation of the first of them.
    pub explained: Explained,
}

/// Explains a file that fails under its own seed. `None`: it cannot be rehearsed.
pub fn file(
    name: &str,
    text: &str,
    scenario: &Scenario,
    effort: Effort,
    explain: Explain<'_>,
) -> Option<Told> {
    let ready = rehearsal::prepare(scenario, name).ok()?;
    let seed = scenario.seed.value;
    let mut outcome = ready.run(seed);
    explain(scenario, &mut outcome);
    let failures = Failure::all(&outcome);
    let mut explained = beside(&ready, seed, &outcome);
    if let Some(failure) = failures.first() {
        explained.curve = odds(&ready, seed, failure, &outcome, effort);
        explained.caught = caught(name, text, seed, failure, effort.runs, None);
    }
    Some(Told {
        outcome,
        failures,
        explained,
    })
}

/// The run and the healthy one beside it.
pub(crate) fn beside(ready: &Rehearsal, seed: u64, outcome: &Outcome) -> Explained {
    let healthy = ready.with_faults(Vec::new()).run(seed);
    Explained {
        run: Some(Box::new(outcome.for_a_timeline())),
        healthy: Some(Box::new(healthy.for_a_timeline())),
        ..Explained::default()
    }
}

/// The curve of this failure, with the promise in words.
pub(crate) fn odds(
    ready: &Rehearsal,
    seed: u64,
    failure: &Failure,
    outcome: &Outcome,
    effort: Effort,
) -> Option<Curve> {
    if effort.continuations == 0 {
        return None;
    }
    let promise = outcome
        .promises
        .iter()
        .find(|promise| failure.concerns(promise));
    let mut curve = curve(ready, seed, failure, effort.continuations);
    curve.promise = promise
        .map(|promise| promise.text.clone())
        .unwrap_or_default();
    for point in &mut curve.points {
        // A fault is told as the run tells it, with the nodes that it hit.
        let fault = outcome.faults.iter().rfind(|fault| {
            fault.when.is_some_and(|when| when.begin <= point.at) && point.what.starts_with("fault")
        });
        if let Some(fault) = fault {
            point.what = fault.text.clone();
        }
    }
    Some(curve)
}

/// The text of a file that says what comes out: the promises that break in this run, and the findings that say why.
///
/// `None`: nothing breaks, or the text cannot be read.
pub fn with_expectation(text: &str, outcome: &Outcome) -> Option<String> {
    let failures = Failure::all(outcome);
    if failures.is_empty() {
        return None;
    }
    let promises: Vec<String> = failures
        .iter()
        .map(|failure| match failure.subject.as_str() {
            "" => failure.kind.clone(),
            subject => format!("{}({subject:?})", failure.kind),
        })
        .collect();
    let mut because: Vec<String> = failures
        .iter()
        .filter_map(|failure| failure.code.as_ref().map(|code| format!("{code:?}")))
        .collect();
    because.sort_unstable();
    because.dedup();
    let value = format!(
        "Breaks([{}], because: [{}])",
        promises.join(", "),
        because.join(", ")
    );
    let edit = Edit {
        place: Vec::new(),
        does: Does::Field("expect", value),
        words: String::new(),
        kind: "",
        price: None,
    };
    // It may say so already.
    Some(edit.on(text).unwrap_or_else(|| text.to_owned()))
}
