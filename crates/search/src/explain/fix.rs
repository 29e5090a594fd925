//! What would have caught it: the smallest change of the file that makes the failure go away.
//!
//! A change is held against trials: the same faults with other seeds, each of them a little earlier and later, and with an operator who rests
//! before one of the steps, so that a change that only shifts the clock does not pass for a remedy. It has to keep the promise in every trial, the faults have to come all the same, and no other
//! promise may be broken for it, with the faults or without. A change that stops the runbook instead comes second, and says so.

use std::collections::{BTreeMap, BTreeSet};

use outcome::PromiseResult;
use outcome::explained::Caught;
use rayon::prelude::*;
use rehearsal::Rehearsal;
use scenario::Scenario;
use scenario::model::{Action, Fault, Nanos, OnTimeout, Step, When};

use super::edit::{Edit, unified};
use super::{alone, candidates};
use crate::plan::{Plan, said};
use crate::shrink::Failure;

const SECOND: i64 = 1_000_000_000;

/// How much earlier or later a fault comes in the trials, in turns.
const SHIFTS: [i64; 7] = [0, SECOND, -SECOND, 4 * SECOND, 0, 12 * SECOND, -4 * SECOND];

/// Runs without faults in which a change may not break what was kept.
const CALM: u64 = 4;

/// Promises that may be broken by a runbook that stops: it does not complete, or takes longer.
const STOPPING: [&str; 2] = ["Completes", "Window"];

/// Other changes that help too are told up to this number. *Assumed*: nobody reads more.
const ALSO: usize = 5;

/// How much later the runbook goes on in the trials, in turns, in seconds: so that a change does not pass for a remedy that only meets what
/// happens every so often (the look for preferred leaders, every 300 s) at another moment.
const DELAYS: [u64; 7] = [0, 17, 0, 73, 131, 0, 211];

/// Promises about how things stand at the end, which a later step of the whole runbook may keep: they are held against that.
const MENDED_LATER: [&str; 1] = ["PreferredLeaders"];

type Names = BTreeSet<(String, String)>;

/// What a change is held against.
struct Trials {
    faults: Vec<Vec<Fault>>,
    /// By trial: before which step the operator rests, and for how long.
    delays: Vec<Option<(String, Nanos)>>,
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

/// A change that helps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Remedy {
    /// In words.
    pub(crate) words: String,
    diff: String,
    instead: Vec<String>,
    price: Option<String>,
}

/// What would have caught a failure.
#[derive(Clone, Debug)]
pub(crate) struct Sought {
    /// For people, with the first of the remedies.
    pub(crate) caught: Caught,
    /// All that help, the smallest first: those without a price, those with one, those that stop the runbook instead.
    pub(crate) remedies: Vec<Remedy>,
}

impl Sought {
    /// Tells this remedy, and which others there are.
    pub(crate) fn choose(&mut self, words: &str) {
        let Some(chosen) = self.remedies.iter().find(|remedy| remedy.words == words) else {
            return;
        };
        let caught = &mut self.caught;
        caught.change = Some(chosen.words.clone());
        caught.diff = chosen.diff.clone();
        caught.instead = chosen.instead.clone();
        caught.price = chosen.price.clone();
        caught.also = self
            .remedies
            .iter()
            .filter(|remedy| remedy.words != words)
            .map(|remedy| remedy.words.clone())
            .take(ALSO)
            .collect();
    }
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
    /// The promises that the plan that was found breaks in this file.
    fn broken(&self) -> Names {
        let played = read(self.text)
            .and_then(|scenario| rehearsal::prepare(&scenario, self.file).ok())
            .map(|ready| play(&ready, self.plan.on(&ready).faults(), self.plan.seed));
        played.map_or_else(Names::new, |(promises, _)| names(&promises))
    }

    /// Does the change keep the promise in this file too, under the plan that was found, and break none that was kept?
    fn is_kept_by(&self, edit: &Edit, failure: &Failure, before: &Names) -> bool {
        let kept = || {
            let scenario = read(&edit.on(self.text)?)?;
            let ready = rehearsal::prepare(&scenario, self.file).ok()?;
            let (promises, _) = play(&ready, self.plan.on(&ready).faults(), self.plan.seed);
            let harms = broken(&promises).any(|promise| {
                !before.contains(&name(promise)) && !STOPPING.contains(&promise.kind.as_str())
            });
            Some(!harms && !failure.is_broken_in(&promises))
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
    sought(file, text, seed, failure, runs, searched).map(|sought| sought.caught)
}

/// Everything that makes the failure go away.
pub(crate) fn sought(
    file: &str,
    text: &str,
    seed: u64,
    failure: &Failure,
    runs: u64,
    searched: Option<Searched<'_>>,
) -> Option<Sought> {
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
    let before = searched.map_or_else(Names::new, |searched| searched.broken());
    // The small runbook may have lost the step that gives the leaders back.
    let mended: &[&str] = match searched {
        Some(_) => &MENDED_LATER,
        None => &[],
    };
    let verdicts: Vec<Option<Verdict>> = edits
        .par_iter()
        .map(|(edit, changed)| {
            let verdict = trials.judge(&read(changed)?, file, failure, mended)?;
            searched
                .is_none_or(|searched| searched.is_kept_by(edit, failure, &before))
                .then_some(verdict)
        })
        .collect();
    let mut kinds: BTreeMap<&str, u32> = BTreeMap::new();
    for (edit, _) in &edits {
        *kinds.entry(edit.kind).or_default() += 1;
    }
    let mut remedies: Vec<Remedy> = Vec::new();
    for ((edit, changed), verdict) in edits.iter().zip(verdicts) {
        let Some(verdict) = verdict else { continue };
        remedies.push(Remedy {
            words: edit.words.clone(),
            diff: unified(file, text, changed),
            instead: match verdict {
                Verdict::Helps => Vec::new(),
                Verdict::Instead(promises) => promises.into_iter().collect(),
            },
            price: edit.price.map(str::to_owned),
        });
    }
    // They are in the order of their size already.
    remedies.sort_by_key(|remedy| (!remedy.instead.is_empty(), remedy.price.is_some()));
    let mut sought = Sought {
        caught: Caught {
            change: None,
            diff: String::new(),
            instead: Vec::new(),
            runs,
            failing: trials.failing,
            tried: kinds
                .into_iter()
                .map(|(kind, count)| format!("{kind} ({count})"))
                .collect(),
            candidates: edits.len() as u64,
            price: None,
            also: Vec::new(),
            alone: None,
        },
        remedies,
    };
    match sought.remedies.first().map(|first| first.words.clone()) {
        Some(first) => sought.choose(&first),
        None => {
            sought.caught.alone = alone::played(&ready, &trials.faults, seed, failure);
        }
    }
    Some(sought)
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
        let delays: Vec<Option<(String, Nanos)>> = (0..runs as usize)
            .map(|trial| delay(scenario, trial))
            .collect();
        let played: Vec<(Names, usize, bool)> = faults
            .par_iter()
            .zip(&delays)
            .enumerate()
            .map(|(trial, (faults, delay))| {
                let seed = seed.wrapping_add(trial as u64);
                let (promises, came) = play(&delayed(ready, delay.as_ref()), faults, seed);
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
            delays,
            seed,
        }
    }

    /// `None`: it does not help, or does harm.
    fn judge(
        &self,
        changed: &Scenario,
        file: &str,
        failure: &Failure,
        mended: &[&str],
    ) -> Option<Verdict> {
        let ready = rehearsal::prepare(changed, file).ok()?;
        let mut instead = BTreeSet::new();
        for (trial, (faults, delay)) in self.faults.iter().zip(&self.delays).enumerate() {
            let seed = self.seed.wrapping_add(trial as u64);
            let (promises, came) = play(&delayed(&ready, delay.as_ref()), faults, seed);
            let (before, came_before) = &self.broken[trial];
            if failure.is_broken_in(&promises) || came < *came_before {
                return None;
            }
            for promise in broken(&promises) {
                let kind = promise.kind.as_str();
                if before.contains(&name(promise)) || mended.contains(&kind) {
                    continue;
                }
                if !STOPPING.contains(&kind) {
                    return None;
                }
                instead.insert(promise.text.clone());
            }
        }
        for (nth, before) in self.calm.iter().enumerate() {
            let (promises, _) = play(&ready, &[], self.seed.wrapping_add(nth as u64));
            let harmed = |promise: &PromiseResult| {
                !before.contains(&name(promise)) && !mended.contains(&promise.kind.as_str())
            };
            if broken(&promises).any(harmed) {
                return None;
            }
        }
        Some(match instead.is_empty() {
            true => Verdict::Helps,
            false => Verdict::Instead(instead),
        })
    }
}

/// Before which step the operator rests in this trial. Where a fault comes at a time of its own it would come at another moment of the runbook:
/// then nobody rests.
fn delay(scenario: &Scenario, trial: usize) -> Option<(String, Nanos)> {
    let timed = |fault: &Fault| {
        let by_the_clock = matches!(fault.at.value, When::At(_) | When::Between(..));
        by_the_clock && !fault.kind.value.concerns_a_step()
    };
    let seconds = DELAYS[trial % DELAYS.len()];
    let steps = scenario.runbook.len();
    if seconds == 0 || steps == 0 || scenario.faults.iter().any(timed) {
        return None;
    }
    // The last step first: what came before it is over, and what it meets is another moment of that.
    let step = &scenario.runbook[steps - 1 - trial % steps];
    let length = Nanos(seconds * SECOND.unsigned_abs());
    Some((Clone::clone(&step.name.value), length))
}

/// The runbook with that rest.
fn delayed(ready: &Rehearsal, delay: Option<&(String, Nanos)>) -> Rehearsal {
    let Some((name, length)) = delay else {
        return ready.clone();
    };
    ready.changed(|scenario| {
        let at = |step: &Step| step.name.value == *name;
        if let Some(at) = scenario.runbook.iter().position(at) {
            let rest = waiting(&format!("rest before {name}"), *length);
            scenario.runbook.insert(at, rest);
        }
    })
}

/// A step that only waits.
pub(super) fn waiting(name: &str, length: Nanos) -> Step {
    Step {
        name: said(name.to_owned()),
        action: said(Action::Wait(said(length))),
        before: Vec::new(),
        during: Vec::new(),
        between: Vec::new(),
        after: Vec::new(),
        undo: None,
        within: None,
        on_timeout: said(OnTimeout::Abort),
        needs: None,
    }
}

fn read(text: &str) -> Option<Scenario> {
    let memory = scenario::Memory::new().with("changed.ron", text);
    scenario::read(&memory, "changed.ron").scenario
}

/// The promises, and how many faults began.
pub(super) fn play(ready: &Rehearsal, faults: &[Fault], seed: u64) -> (Vec<PromiseResult>, usize) {
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
