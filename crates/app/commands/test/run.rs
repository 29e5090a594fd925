//! The runs of a test: side by side, with the same result in the same order however many threads there are.

use crate::files::Found;
use crate::load::{Loaded, Ready};
use ::report::{Expectation, Tested};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use outcome::{Outcome, PromiseResult, Verdict};
use rayon::prelude::*;
use rehearsal::Comparison;
use scenario::Scenario;
use scenario::model::Expect;
use std::io::{self, IsTerminal as _};

/// A scenario held against what it says.
pub(crate) struct Held {
    /// Its path as it was given.
    pub(crate) path: String,
    /// The outcome to show: that of the first seed that is not as claimed, else that of the first seed.
    pub(crate) outcome: Outcome,
    /// What its author says, and where the outcome differs. `None`: nothing is claimed, so the promises are to hold.
    pub(crate) expectation: Option<Expectation>,
    /// How many seeds were run.
    pub(crate) seeds: u64,
    /// How many of them were not as claimed.
    pub(crate) failed: u64,
}

impl Held {
    /// Every seed came out as the file says.
    pub(crate) fn is_as_claimed(&self) -> bool {
        self.failed == 0
    }

    /// As the renderers take it.
    pub(crate) fn tested(&self) -> Tested<'_> {
        Tested {
            outcome: &self.outcome,
            path: &self.path,
            expectation: self.expectation.as_ref(),
        }
    }
}

/// Runs all of them. `None`: the file is of no use.
pub(crate) fn hold(loaded: &[(Found, Loaded)]) -> Vec<Option<Held>> {
    let seeds = loaded
        .iter()
        .filter_map(|(_, loaded)| Some(*loaded.ready.as_ref()?.scenario.seeds));
    let progress = progress(seeds.sum());
    let held = loaded
        .par_iter()
        .map(|(file, loaded)| {
            let ready = loaded.ready.as_ref()?;
            Some(one(&file.path.display().to_string(), ready, &progress))
        })
        .collect();
    progress.finish_and_clear();
    held
}

/// What is kept of the runs with some of the seeds.
struct Kept {
    /// How many of the first seeds before this one have been run; orders what is kept.
    index: u64,
    outcome: Outcome,
    failed: u64,
}

impl Kept {
    /// The first that is not as claimed is worth more than the first that is. So much is kept of any number of seeds.
    fn with(self, other: Self) -> Self {
        let failed = self.failed + other.failed;
        let rank = |kept: &Self| (kept.failed == 0, kept.index);
        let best = if rank(&self) <= rank(&other) {
            self
        } else {
            other
        };
        Self { failed, ..best }
    }
}

fn one(path: &str, ready: &Ready, progress: &ProgressBar) -> Held {
    let seeds = *ready.scenario.seeds;
    let run = |index: u64| {
        let outcome = ready.rehearsal.run(ready.scenario.seed.wrapping_add(index));
        progress.inc(1);
        let failed = u64::from(!is_as_claimed(&ready.scenario, &outcome));
        Kept {
            index,
            outcome,
            failed,
        }
    };
    let kept = (1..seeds).into_par_iter().map(run).reduce_with(Kept::with);
    let first = run(0);
    let Kept {
        mut outcome,
        failed,
        ..
    } = match kept {
        Some(others) => first.with(others),
        None => first,
    };
    // The command that repeats the run is to be copied; it needs the path as it was given.
    outcome.file = path.to_owned();
    rules::explain(&ready.scenario, &mut outcome);
    Held {
        path: path.to_owned(),
        expectation: expectation(&ready.scenario, &outcome),
        outcome,
        seeds,
        failed,
    }
}

fn is_as_claimed(scenario: &Scenario, outcome: &Outcome) -> bool {
    match scenario.expect {
        Some(_) => Comparison::of(scenario, outcome).unmet.is_empty(),
        None => outcome.verdict == Verdict::Holds,
    }
}

fn expectation(scenario: &Scenario, outcome: &Outcome) -> Option<Expectation> {
    let expect = scenario.expect.as_deref()?;
    let comparison = Comparison::of(scenario, outcome);
    let breaks = match expect {
        Expect::Holds => Vec::new(),
        Expect::Breaks { promises, .. } => {
            let expected = |promise: &PromiseResult| {
                promises.iter().any(|named| {
                    named.kind == promise.kind
                        && named
                            .subject
                            .as_ref()
                            .is_none_or(|subject| *subject == promise.subject)
                })
            };
            let promises = outcome.promises.iter().enumerate();
            promises
                .filter(|(_, promise)| expected(promise))
                .map(|(index, _)| index)
                .collect()
        }
    };
    Some(Expectation {
        text: comparison.claim,
        unmet: comparison.unmet,
        breaks,
    })
}

/// Shown only to somebody who waits at a terminal.
fn progress(runs: u64) -> ProgressBar {
    let target = match io::stderr().is_terminal() {
        true => ProgressDrawTarget::stderr(),
        false => ProgressDrawTarget::hidden(),
    };
    let bar = ProgressBar::with_draw_target(Some(runs), target);
    match ProgressStyle::with_template("{wide_bar} {pos}/{len} runs, {eta} to go") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
