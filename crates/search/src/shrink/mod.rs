//! From a failing plan to the smallest one that fails the same way.
//!
//! What is made smaller are choices, not text: fewer faults, a shorter runbook, fewer brokers and partitions, clients that have no part in it
//! left out, weaker and shorter faults, moments and numbers that a person can remember. Every candidate is a scenario that reads without an
//! error, and it is taken only if it breaks the same promise and the same finding says why. Candidates are tried in a fixed order, the
//! first that fails is taken, and threads only decide how fast that is known.
//!
//! A smaller estate or a shorter runbook is taken only if the promise holds there without the faults: else the story would be about a
//! cluster that was broken anyway.
//!
//! Source: Zeller, Hildebrandt, "Simplifying and Isolating Failure-Inducing Input" (2002), for leaving out faults; QuickCheck's integrated
//! shrinking for candidates that are valid by construction.

mod estate;
mod faults;
mod moments;
#[cfg(test)]
mod needles;
mod round;
#[cfg(test)]
mod tests;

use std::cell::RefCell;

use outcome::{Finding, Outcome, PromiseResult, Severity};
use rayon::prelude::*;
use rehearsal::Rehearsal;
use scenario::Scenario;
use scenario::model::Fault;

use crate::plan::{Plan, said};

/// What the rule book adds to an outcome.
pub type Explain<'a> = &'a (dyn Fn(&Scenario, &mut Outcome) + Sync);

/// Candidates that one shrinking tries at most. *Assumed*: the counterexamples of this repository's scenarios need fewer than half.
pub const TRIES: usize = 600;

/// Rounds over all ways of making it smaller; the second finds what the first made possible.
const ROUNDS: usize = 3;

/// Other seeds under which a failure without faults is compared with what usually happens.
const OTHER_SEEDS: u64 = 4;

/// A scenario, the seed of its world, and what goes wrong in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Without its faults.
    pub scenario: Scenario,
    /// The faults: first those of the file, then those of the plan.
    pub faults: Vec<Fault>,
    /// How many of them are the file's own.
    pub own: usize,
    /// The seed of the world.
    pub seed: u64,
}

impl Case {
    /// This plan on this rehearsal.
    pub fn of(rehearsal: &Rehearsal, plan: &Plan) -> Self {
        let mut faults = rehearsal.faults().to_vec();
        let own = faults.len();
        faults.extend(plan.faults.iter().cloned());
        let mut scenario = rehearsal.scenario().clone();
        scenario.expect = None;
        scenario.swarm = None;
        Self {
            scenario,
            faults,
            own,
            seed: plan.seed,
        }
    }

    /// The plan: the faults that are not the file's own.
    pub fn plan(&self) -> Plan {
        Plan {
            seed: self.seed,
            faults: self.faults[self.own..].to_vec(),
        }
    }

    /// The scenario with all its faults.
    pub fn whole(&self) -> Scenario {
        let mut whole = self.scenario.clone();
        whole.faults.clone_from(&self.faults);
        whole.seed = said(self.seed);
        whole.seeds = said(1);
        whole
    }

    /// Made ready, with the file's own faults only; `None`: it is no valid scenario.
    ///
    /// It goes the way of a file: written down, read, checked.
    pub fn ready(&self, file: &str) -> Option<Rehearsal> {
        let text = scenario::canonical::text(&self.whole());
        let memory = scenario::Memory::new().with("case.ron", text);
        let mut read = scenario::read(&memory, "case.ron").scenario?;
        read.faults.truncate(self.own);
        rehearsal::prepare(&read, file).ok()
    }
}

/// What makes two failures the same: the broken promise and the finding that says why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Failure {
    /// The promise's kind: "WriteOutage".
    pub kind: String,
    /// Whose.
    pub subject: String,
    /// The code of the finding, where there is one.
    pub code: Option<String>,
}

/// The finding that explains a broken promise: its own, else the gravest of all.
pub(crate) fn explaining<'a>(outcome: &'a Outcome, promise: &PromiseResult) -> Option<&'a Finding> {
    let own = promise.findings.first();
    own.and_then(|&at| outcome.findings.get(at)).or_else(|| {
        let grave = |finding: &&Finding| finding.severity == Severity::Broken;
        outcome.findings.iter().find(grave)
    })
}

impl Failure {
    /// Every way in which this run fails, in the order of the contract.
    pub fn all(outcome: &Outcome) -> Vec<Self> {
        let broken = outcome.promises.iter().filter(|promise| !promise.holds);
        broken
            .map(|promise| Self {
                kind: promise.kind.clone(),
                subject: promise.subject.clone(),
                code: explaining(outcome, promise).map(|finding| finding.code.clone()),
            })
            .collect()
    }

    /// Is it this promise?
    pub(crate) fn concerns(&self, promise: &PromiseResult) -> bool {
        self.kind == promise.kind && self.subject == promise.subject
    }

    pub(crate) fn is_broken_in(&self, promises: &[PromiseResult]) -> bool {
        promises
            .iter()
            .any(|promise| self.concerns(promise) && !promise.holds)
    }
}

/// The smallest case that was found, and what it took.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// The case.
    pub case: Case,
    /// Made ready, with the file's own faults only.
    pub rehearsal: Rehearsal,
    /// Its run.
    pub outcome: Outcome,
    /// Candidates that were tried.
    pub tried: usize,
}

/// A shrinking in progress.
pub(crate) struct Shrinking<'a> {
    pub(crate) case: Case,
    failure: Failure,
    file: &'a str,
    tried: usize,
    limit: usize,
    /// Without faults the promise holds, and has to go on doing so.
    sound: bool,
    /// Sees every case that was taken, for tests.
    seen: Option<&'a RefCell<Vec<Case>>>,
}

/// Makes it smaller as long as it fails in this way. `None`: it does not fail so to begin with.
pub fn shrink(case: &Case, failure: &Failure, file: &str, explain: Explain<'_>) -> Option<Shrunk> {
    shrink_within(case, failure, file, explain, TRIES, None)
}

fn shrink_within(
    case: &Case,
    failure: &Failure,
    file: &str,
    explain: Explain<'_>,
    limit: usize,
    seen: Option<&RefCell<Vec<Case>>>,
) -> Option<Shrunk> {
    let ready = case.ready(file)?;
    if !fails(&ready, case, failure) {
        return None;
    }
    let mut shrinking = Shrinking {
        case: case.clone(),
        failure: failure.clone(),
        file,
        tried: 0,
        limit,
        sound: is_sound(&ready, case, failure),
        seen,
    };
    for _ in 0..ROUNDS {
        let before = shrinking.case.clone();
        shrinking.fewer_faults();
        shrinking.shorter_runbook();
        shrinking.fewer_partitions();
        shrinking.fewer_brokers();
        shrinking.fewer_clients();
        shrinking.weaker_faults();
        shrinking.shorter_faults();
        shrinking.clearer_moments();
        shrinking.rounder_seed();
        if shrinking.case == before || shrinking.tried >= shrinking.limit {
            break;
        }
    }
    let Shrinking { case, tried, .. } = shrinking;
    let rehearsal = case.ready(file)?;
    let mut outcome = case.plan().on(&rehearsal).run(case.seed);
    explain(&case.whole(), &mut outcome);
    Some(Shrunk {
        case,
        rehearsal,
        outcome,
        tried,
    })
}

/// Does this case break the same promise, for the same reason?
fn fails(ready: &Rehearsal, case: &Case, failure: &Failure) -> bool {
    let with_faults = case.plan().on(ready);
    // Judging alone is cheaper than telling why, and most candidates end here.
    failure.is_broken_in(&with_faults.begin(case.seed).measure().promises)
        && Failure::all(&with_faults.run(case.seed)).contains(failure)
}

/// Does the promise hold where none of the plan's faults comes? A plan without faults is held against other seeds.
fn is_sound(ready: &Rehearsal, case: &Case, failure: &Failure) -> bool {
    let holds = |seed| !failure.is_broken_in(&ready.begin(seed).measure().promises);
    match case.faults.len() > case.own {
        true => holds(case.seed),
        false => (1..=OTHER_SEEDS).any(|other| holds(case.seed.wrapping_add(other))),
    }
}

/// What a candidate changes, as far as that matters for judging it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// Only what goes wrong.
    Faults,
    /// The estate, the runbook or the seed.
    World,
}

impl Shrinking<'_> {
    /// Takes the first of the candidates that fails in the same way. `None`: none does.
    pub(crate) fn take(&mut self, change: Change, candidates: Vec<Case>) -> Option<usize> {
        let left = self.limit.saturating_sub(self.tried);
        let (failure, file) = (&self.failure, self.file);
        // Where the promise does not hold without the faults to begin with, nothing is asked of the smaller world.
        let sound = self.sound && change == Change::World;
        let current = &self.case;
        let found = candidates
            .par_iter()
            .take(left)
            .enumerate()
            .find_first(|(_, candidate)| {
                **candidate != *current
                    && candidate.ready(file).is_some_and(|ready| {
                        fails(&ready, candidate, failure)
                            && (!sound || is_sound(&ready, candidate, failure))
                    })
            })
            .map(|(at, _)| at);
        self.tried += found.map_or(candidates.len().min(left), |at| at + 1);
        let at = found?;
        self.case = candidates.into_iter().nth(at)?;
        if let Some(seen) = self.seen {
            seen.borrow_mut().push(self.case.clone());
        }
        Some(at)
    }

    /// The case with other faults.
    pub(crate) fn with_fault(&self, at: usize, fault: Fault) -> Case {
        let mut case = self.case.clone();
        case.faults[at] = fault;
        case
    }

    /// The file under which runs are told.
    pub(crate) fn file(&self) -> &str {
        self.file
    }

    /// A small seed is easier to remember.
    fn rounder_seed(&mut self) {
        let candidates = (0..self.case.seed.min(5)).map(|seed| Case {
            seed,
            ..self.case.clone()
        });
        let candidates = candidates.collect();
        self.take(Change::World, candidates);
    }
}
