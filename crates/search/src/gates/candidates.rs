//! Gates that could be added: what operators look at, in every place of the runbook where it is not looked at yet.

use std::collections::BTreeMap;

use outcome::gates::Candidate;
use rehearsal::{Rehearsal, Trial};
use scenario::Scenario;
use scenario::model::{Action, Check, Gate, Nanos, Span, Spanned, Step, Through};

use super::trials::{Run, try_all};
use super::{broken, list, list_mut, sorted};

/// Gates that are told of at most.
const TOLD: usize = 5;
/// Of the gates that save most on the broken runs, so many are tried on all the others.
const FINALISTS: usize = 8;

/// How long a condition has to hold, where the time matters: one look, and longer than `replica.lag.time.max.ms`.
const HOLDS: [Nanos; 2] = [Nanos(10_000_000_000), Nanos(35_000_000_000)];
/// How long the operator waits for it.
const WITHIN: Nanos = Nanos(20 * 60 * 1_000_000_000);
/// How often a tool is run (the default of the language).
const EVERY: Nanos = Nanos(5_000_000_000);

/// A gate in a place.
#[derive(Clone, Debug)]
pub(super) struct Idea {
    step: usize,
    position: &'static str,
    gate: Gate,
    text: String,
}

fn said<T>(value: T) -> Spanned<T> {
    Spanned {
        value,
        span: Span::default(),
    }
}

/// What operators look at: the check, as it stands in a file, and whether the time for which it holds matters.
fn checks(scenario: &Scenario) -> Vec<(Check, &'static str, bool)> {
    let zookeeper = scenario
        .estate
        .clusters
        .values()
        .any(|cluster| cluster.zookeeper.is_some());
    let mut all = vec![
        (
            Check::UnderReplicated { at_most: 0 },
            "UnderReplicated(at_most: 0",
            true,
        ),
        (
            Check::UnderMinIsr { at_most: 0 },
            "UnderMinIsr(at_most: 0",
            false,
        ),
        (Check::AtMinIsr { at_most: 0 }, "AtMinIsr(at_most: 0", false),
        (Check::AllBrokersUp, "AllBrokersUp(", false),
    ];
    if !zookeeper {
        all.push((Check::QuorumHealthy, "QuorumHealthy(", true));
    }
    all
}

/// Everything that can be tried.
pub(super) fn all(scenario: &Scenario) -> Vec<Idea> {
    let checks = checks(scenario);
    let mut ideas = Vec::new();
    for (step, said_step) in scenario.runbook.iter().enumerate() {
        for position in positions(said_step) {
            for (check, written, timed) in &checks {
                let holds: &[Nanos] = if *timed { &HOLDS } else { &HOLDS[..1] };
                for &holds in holds {
                    if stands_there(said_step, position, check, holds) {
                        continue;
                    }
                    let separator = if written.ends_with('(') { "" } else { ", " };
                    ideas.push(Idea {
                        step,
                        position,
                        gate: gate(check.clone(), holds),
                        text: format!(
                            "{written}{separator}for: \"{}s\", within: \"20m\")",
                            holds.0 / 1_000_000_000
                        ),
                    });
                }
            }
        }
    }
    ideas
}

/// A step that only waits has one place; one that takes node after node has three.
fn positions(step: &Step) -> Vec<&'static str> {
    match step.action.value {
        Action::Roll(_) => vec!["before", "between", "after"],
        Action::Wait(_) | Action::Approve { .. } | Action::Command(_) | Action::Abort(_) => {
            vec!["after"]
        }
        _ => vec!["before", "after"],
    }
}

/// The same is looked at there already, for as long.
fn stands_there(step: &Step, position: &str, check: &Check, holds: Nanos) -> bool {
    list(step, position)
        .iter()
        .any(|gate| gate.check.value == *check && gate.for_.value >= holds && !gate.forgotten.value)
}

fn gate(check: Check, holds: Nanos) -> Gate {
    Gate {
        check: said(check),
        for_: said(holds),
        within: Some(said(WITHIN)),
        through: said(Through::Tool {
            every: EVERY,
            via: None,
        }),
        forgotten: said(false),
    }
}

/// Tries them on the runs that break, and the best on all. The best first.
pub(super) fn try_them(
    rehearsal: &Rehearsal,
    ideas: &[Idea],
    runs: &[Run],
    base: &[Trial],
    progress: &dyn Fn(usize),
) -> Vec<Candidate> {
    let of = |holds: bool| -> (Vec<Run>, Vec<Trial>) {
        runs.iter()
            .zip(base)
            .filter(|(_, trial)| trial.holds() == holds)
            .map(|(run, trial)| (run.clone(), trial.clone()))
            .unzip()
    };
    let (broken_runs, broken_trials) = of(false);
    if broken_runs.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<(usize, Candidate, Vec<u64>)> = Vec::new();
    for (at, idea) in ideas.iter().enumerate() {
        let trials = try_all(&with(rehearsal, idea), &broken_runs);
        let mut promises: BTreeMap<String, u64> = BTreeMap::new();
        let mut saves = 0;
        let mut longer = Vec::new();
        for (before, after) in broken_trials.iter().zip(&trials) {
            longer.push(after.window().saturating_sub(before.window()));
            if after.holds() {
                saves += 1;
                for promise in broken(before) {
                    *promises.entry(promise).or_default() += 1;
                }
            }
        }
        progress(at + 1);
        if saves == 0 {
            continue;
        }
        let candidate = Candidate {
            step: rehearsal.scenario().runbook[idea.step].name.value.clone(),
            position: idea.position.to_owned(),
            gate: idea.text.clone(),
            saves,
            harms: 0,
            costs: 0,
            promises: sorted(promises),
        };
        found.push((at, candidate, longer));
    }
    found.sort_by_key(|(at, candidate, longer)| {
        (std::cmp::Reverse(candidate.saves), median(longer), *at)
    });
    found.truncate(FINALISTS);
    let (held_runs, held_trials) = of(true);
    for (at, candidate, longer) in &mut found {
        let trials = try_all(&with(rehearsal, &ideas[*at]), &held_runs);
        for (before, after) in held_trials.iter().zip(&trials) {
            longer.push(after.window().saturating_sub(before.window()));
            candidate.harms += u64::from(!after.holds());
        }
        candidate.costs = median(longer);
    }
    found.retain(|(_, candidate, _)| candidate.saves > candidate.harms);
    found.sort_by_key(|(at, candidate, _)| {
        let balance = candidate.saves - candidate.harms;
        (std::cmp::Reverse(balance), candidate.costs, *at)
    });
    found.truncate(TOLD);
    found
        .into_iter()
        .map(|(_, candidate, _)| candidate)
        .collect()
}

fn with(rehearsal: &Rehearsal, idea: &Idea) -> Rehearsal {
    rehearsal.changed(|scenario| {
        list_mut(&mut scenario.runbook[idea.step], idea.position).push(idea.gate.clone());
    })
}

fn median(values: &[u64]) -> u64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or(0)
}
