//! What the gates of a runbook are worth: each is left out once in every run, and others are tried in every place.
//!
//! A gate that is left out is one that the operator forgets; what breaks then and held before is what this gate alone caught. Gates
//! that could be added are tried on the runs that break; those that save some are tried on the others, too.

mod candidates;
pub(crate) mod trials;

use outcome::gates::{Example, GateUse, Gates};
use outcome::rollback::Range;
use outcome::{GateEnd, GateRecord};
use rehearsal::{Rehearsal, Trial, gate_in_words};
use scenario::model::{Gate, Scenario, Step};
use std::collections::BTreeMap;

use trials::{Run, palette, runs, try_all};

/// A gate that takes no longer than the time for which it has to hold, and one look of the tools at hand, was green at once.
const A_LOOK: u64 = 6_000_000_000;

/// Where a gate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct At {
    step: usize,
    position: &'static str,
    gate: usize,
}

/// The lists of gates of a step, by position.
const POSITIONS: [&str; 4] = ["before", "during", "between", "after"];

fn list<'a>(step: &'a Step, position: &str) -> &'a [Gate] {
    match position {
        "before" => &step.before,
        "during" => &step.during,
        "between" => &step.between,
        _ => &step.after,
    }
}

fn list_mut<'a>(step: &'a mut Step, position: &str) -> &'a mut Vec<Gate> {
    match position {
        "before" => &mut step.before,
        "during" => &mut step.during,
        "between" => &mut step.between,
        _ => &mut step.after,
    }
}

/// Judges the gates with this many seeds from `first` on. `done` is called now and then with how much is done and how much there is.
pub fn run(
    rehearsal: &Rehearsal,
    file: &str,
    first: u64,
    seeds: u64,
    done: &(dyn Fn(u64, u64) + Sync),
) -> Gates {
    let scenario = rehearsal.scenario();
    let all = runs(first, seeds, &palette(&[rehearsal]));
    let places = places(scenario);
    let candidates = candidates::all(scenario);
    let steps = (places.len() + candidates.len() + 1) as u64;
    let base = try_all(rehearsal, &all);
    done(1, steps);
    let mut gates = Vec::new();
    for (at, place) in places.iter().enumerate() {
        gates.push(without(rehearsal, *place, &all, &base));
        done(at as u64 + 2, steps);
    }
    let progress = |at: usize| done((places.len() + 1 + at) as u64, steps);
    let to_add = candidates::try_them(rehearsal, &candidates, &all, &base, &progress);
    Gates {
        schema: outcome::SCHEMA_VERSION,
        model: rehearsal::MODEL.to_owned(),
        file: file.to_owned(),
        about: scenario.about.value.clone(),
        first_seed: first,
        seeds,
        runs: all.len() as u64,
        broken: count(&all, &base, |_, trial| !trial.holds()),
        broken_as_written: count(&all, &base, |run, trial| {
            run.fault.is_none() && !trial.holds()
        }),
        gates,
        to_add,
        tried: candidates.len() as u64,
    }
}

fn count(runs: &[Run], trials: &[Trial], so: impl Fn(&Run, &Trial) -> bool) -> u64 {
    runs.iter()
        .zip(trials)
        .filter(|(run, trial)| so(run, trial))
        .count() as u64
}

fn places(scenario: &Scenario) -> Vec<At> {
    let mut all = Vec::new();
    for (step, said) in scenario.runbook.iter().enumerate() {
        for position in POSITIONS {
            for (gate, one) in list(said, position).iter().enumerate() {
                if !one.forgotten.value {
                    all.push(At {
                        step,
                        position,
                        gate,
                    });
                }
            }
        }
    }
    all
}

/// The same runs without this gate, and what it did in the runs with it.
fn without(rehearsal: &Rehearsal, at: At, runs: &[Run], base: &[Trial]) -> GateUse {
    let step = &rehearsal.scenario().runbook[at.step];
    let text = gate_in_words(&list(step, at.position)[at.gate]);
    let name = step.name.value.clone();
    let mut used = GateUse {
        step: name.clone(),
        position: at.position.to_owned(),
        text: text.clone(),
        watched: 0,
        green: 0,
        timed_out: 0,
        turned_red: 0,
        false_green: 0,
        false_green_example: None,
        false_red: 0,
        false_red_time: 0,
        blocked: Range { min: 0, max: 0 },
        caught: 0,
        caught_promises: Vec::new(),
        caught_example: None,
        harmed: 0,
        never_matters: false,
    };
    let mut blocked = None;
    let mut ever_waited = false;
    let at_once = list(step, at.position)[at.gate].for_.value.0 + A_LOOK;
    for (run, trial) in runs.iter().zip(base) {
        let mine = trial.gates.iter().filter(|record| {
            record.step == name && record.position == at.position && record.text == text
        });
        let mut held_up = 0;
        for record in mine {
            let length = record.when.end.abs_diff(record.when.begin);
            held_up += length;
            ever_waited |= length > at_once && at.position != "during";
            tally(&mut used, run, record);
        }
        // What must stay green holds nothing up.
        blocked = Some(Range::with(
            blocked,
            if at.position == "during" { 0 } else { held_up },
        ));
    }
    used.blocked = blocked.unwrap_or(used.blocked);
    let left_out = rehearsal.changed(|scenario| {
        list_mut(&mut scenario.runbook[at.step], at.position)[at.gate]
            .forgotten
            .value = true;
    });
    let trials = try_all(&left_out, runs);
    let mut promises: BTreeMap<String, u64> = BTreeMap::new();
    for ((run, with), without) in runs.iter().zip(base).zip(&trials) {
        match (with.holds(), without.holds()) {
            (true, false) => {
                used.caught += 1;
                let broken = broken(without);
                used.caught_example.get_or_insert_with(|| Example {
                    seed: run.seed,
                    fault: run.fault_text(),
                    text: broken.first().cloned().unwrap_or_default(),
                });
                for promise in broken {
                    *promises.entry(promise).or_default() += 1;
                }
            }
            (false, true) => used.harmed += 1,
            _ => {}
        }
    }
    used.caught_promises = sorted(promises);
    let interfered = used.timed_out + used.turned_red > 0;
    used.never_matters =
        used.watched > 0 && used.caught == 0 && used.harmed == 0 && !interfered && !ever_waited;
    used
}

fn tally(used: &mut GateUse, run: &Run, record: &GateRecord) {
    used.watched += 1;
    match record.end {
        GateEnd::Green => used.green += 1,
        GateEnd::TimedOut => used.timed_out += 1,
        GateEnd::Broken => used.turned_red += 1,
        GateEnd::Forgotten | GateEnd::Unfinished => {}
    }
    if let Some(why) = &record.false_green {
        used.false_green += 1;
        used.false_green_example.get_or_insert_with(|| Example {
            seed: run.seed,
            fault: run.fault_text(),
            text: why.clone(),
        });
    }
    if record.false_red > 0 {
        used.false_red += 1;
        used.false_red_time = used.false_red_time.saturating_add(record.false_red);
    }
}

/// The promises that a run broke, in words.
fn broken(trial: &Trial) -> Vec<String> {
    trial
        .promises
        .iter()
        .filter(|promise| !promise.holds)
        .map(|promise| promise.text.clone())
        .collect()
}

/// The most frequent first.
fn sorted(counts: BTreeMap<String, u64>) -> Vec<(String, u64)> {
    let mut all: Vec<(String, u64)> = counts.into_iter().collect();
    all.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    all
}
