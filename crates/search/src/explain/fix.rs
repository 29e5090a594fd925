//! What would have caught it: the smallest change of the file that makes the failure go away.
//!
//! A change is held against trials: the same faults with other seeds, and each of them a little earlier and later, so that a change that only
//! shifts the clock does not pass for a remedy. It has to keep the promise in every trial, the faults have to come all the same, and no other
//! promise may be broken for it, with the faults or without. A change that stops the runbook instead comes second, and says so.

use std::collections::{BTreeMap, BTreeSet};

use outcome::PromiseResult;
use outcome::explained::Caught;
use rayon::prelude::*;
use rehearsal::Rehearsal;
use scenario::Scenario;
use scenario::model::{Fault, Nanos, When};

use super::candidates;
use super::edit::{Edit, unified};
use crate::plan::Plan;
use crate::shrink::Failure;

const SECOND: i64 = 1_000_000_000;

/// How much earlier or later a fault comes in the trials, in turns.
const SHIFTS: [i64; 7] = [0, SECOND, -SECOND, 4 * SECOND, 0, 12 * SECOND, -4 * SECOND];

/// Runs without faults in which a change may not break what was kept.
const CALM: u64 = 4;

/// Promises that may be broken by a runbook that stops: it does not complete, or takes longer.
const STOPPING: [&str; 2] = ["Completes", "Window"];

type Names = BTreeSet<(String, String)>;

/// What a change is held against.
struct Trials {
    faults: Vec<Vec<Fault>>,
    seed: u64,
    /// By trial: the promises that are broken without the change, and how many faults begin.
    broken: Vec<(Names, usize)>,
    /// The same without faults.
    calm: Vec<Names>,
    failing: u64,
}

/// What comes of a change.
enum Verdict {
    Helps,
    /// The promises that are broken instead, in words.
    Instead(BTreeSet<String>),
}

/// The file that was searched, of which the counterexample is a small version.
#[derive(Clone, Copy, Debug)]
pub struct Searched<'a> {
    /// Its name.
    pub file: &'a str,
    /// Its text.
    pub text: &'a str,
    /// The plan that was found in it, not made smaller.
    pub plan: &'a Plan,
}

impl Searched<'_> {
    /// Does the change keep the promise in this file too, under the plan that was found?
    fn is_kept_by(&self, edit: &Edit, failure: &Failure) -> bool {
        let kept = || {
            let scenario = read(&edit.on(self.text)?)?;
            let ready = rehearsal::prepare(&scenario, self.file).ok()?;
            let (promises, _) = play(&ready, self.plan.on(&ready).faults(), self.plan.seed);
            Some(!failure.is_broken_in(&promises))
        };
        kept().unwrap_or(false)
    }
}

/// The smallest change of this file that makes the failure go away.
///
/// `text` is the file of the counterexample, with its faults. In the file that was `searched`, if there is one, the change has to help
/// too.
pub fn caught(
    file: &str,
    text: &str,
    seed: u64,
    failure: &Failure,
    runs: u64,
    searched: Option<Searched<'_>>,
) -> Option<Caught> {
    let scenario = read(text)?;
    let ready = rehearsal::prepare(&scenario, file).ok()?;
    let trials = Trials::of(&ready, &scenario, seed, failure, runs);
    let mut edits: Vec<(Edit, String)> = candidates::all(&scenario)
        .into_iter()
        .filter_map(|edit| {
            let changed = edit.on(text)?;
            Some((edit, changed))
        })
        .collect();
    edits.sort_by_key(|(_, changed)| changed.len().abs_diff(text.len()));
    let verdicts: Vec<Option<Verdict>> = edits
        .par_iter()
        .map(|(edit, changed)| {
            let verdict = trials.judge(&read(changed)?, file, failure)?;
            searched
                .is_none_or(|searched| searched.is_kept_by(edit, failure))
                .then_some(verdict)
        })
        .collect();
    let best = |wanted: fn(&Verdict) -> bool| {
        verdicts
            .iter()
            .position(|verdict| verdict.as_ref().is_some_and(wanted))
    };
    let found = best(|verdict| matches!(verdict, Verdict::Helps))
        .or_else(|| best(|verdict| matches!(verdict, Verdict::Instead(_))));
    let mut kinds: BTreeMap<&str, u32> = BTreeMap::new();
    for (edit, _) in &edits {
        *kinds.entry(edit.kind).or_default() += 1;
    }
    let mut caught = Caught {
        change: None,
        diff: String::new(),
        instead: Vec::new(),
        runs,
        failing: trials.failing,
        tried: kinds
            .into_iter()
            .map(|(kind, count)| format!("{kind} ({count})"))
            .collect(),
    };
    if let Some(at) = found {
        let (edit, changed) = &edits[at];
        caught.change = Some(edit.words.clone());
        caught.diff = unified(file, text, changed);
        if let Some(Verdict::Instead(promises)) = &verdicts[at] {
            caught.instead = promises.iter().cloned().collect();
        }
    }
    Some(caught)
}

impl Trials {
    fn of(ready: &Rehearsal, scenario: &Scenario, seed: u64, failure: &Failure, runs: u64) -> Self {
        let faults: Vec<Vec<Fault>> = (0..runs as usize)
            .map(|trial| {
                let by = SHIFTS[trial % SHIFTS.len()];
                let moved = scenario.faults.iter().map(|fault| shifted(fault, by));
                moved.collect()
            })
            .collect();
        let played: Vec<(Names, usize, bool)> = faults
            .par_iter()
            .enumerate()
            .map(|(trial, faults)| {
                let (promises, came) = play(ready, faults, seed.wrapping_add(trial as u64));
                let failing = failure.is_broken_in(&promises);
                (names(&promises), came, failing)
            })
            .collect();
        Self {
            failing: played.iter().filter(|(_, _, failing)| *failing).count() as u64,
            broken: played
                .into_iter()
                .map(|(names, came, _)| (names, came))
                .collect(),
            calm: (0..CALM)
                .map(|nth| names(&play(ready, &[], seed.wrapping_add(nth)).0))
                .collect(),
            faults,
            seed,
        }
    }

    /// `None`: it does not help, or does harm.
    fn judge(&self, changed: &Scenario, file: &str, failure: &Failure) -> Option<Verdict> {
        let ready = rehearsal::prepare(changed, file).ok()?;
        let mut instead = BTreeSet::new();
        for (trial, faults) in self.faults.iter().enumerate() {
            let (promises, came) = play(&ready, faults, self.seed.wrapping_add(trial as u64));
            let (before, came_before) = &self.broken[trial];
            if failure.is_broken_in(&promises) || came < *came_before {
                return None;
            }
            for promise in broken(&promises) {
                if before.contains(&name(promise)) {
                    continue;
                }
                if !STOPPING.contains(&promise.kind.as_str()) {
                    return None;
                }
                instead.insert(promise.text.clone());
            }
        }
        for (nth, before) in self.calm.iter().enumerate() {
            let (promises, _) = play(&ready, &[], self.seed.wrapping_add(nth as u64));
            if broken(&promises).any(|promise| !before.contains(&name(promise))) {
                return None;
            }
        }
        Some(match instead.is_empty() {
            true => Verdict::Helps,
            false => Verdict::Instead(instead),
        })
    }
}

fn read(text: &str) -> Option<Scenario> {
    let memory = scenario::Memory::new().with("changed.ron", text);
    scenario::read(&memory, "changed.ron").scenario
}

/// The promises, and how many faults began.
fn play(ready: &Rehearsal, faults: &[Fault], seed: u64) -> (Vec<PromiseResult>, usize) {
    let measured = ready.with_faults(faults.to_vec()).begin(seed).measure();
    let came = measured
        .faults
        .iter()
        .filter(|(_, began)| began.is_some())
        .count();
    (measured.promises, came)
}

fn broken(promises: &[PromiseResult]) -> impl Iterator<Item = &PromiseResult> {
    promises.iter().filter(|promise| !promise.holds)
}

fn name(promise: &PromiseResult) -> (String, String) {
    (promise.kind.clone(), promise.subject.clone())
}

fn names(promises: &[PromiseResult]) -> Names {
    broken(promises).map(name).collect()
}

/// The fault, so much later or (where there is time for it) earlier.
fn shifted(fault: &Fault, by: i64) -> Fault {
    let mut fault = fault.clone();
    let shift = |after: &mut Nanos| after.0 = after.0.saturating_add_signed(by);
    match &mut fault.at.value {
        When::At(after) | When::During { after, .. } | When::Nth { after, .. } => shift(after),
        When::Between(low, high) => {
            shift(low);
            shift(high);
        }
    }
    fault
}
