//! Two runbooks over the same runs: which promises break more often, which runs break that held, which hold that broke.

mod baseline;

use std::collections::BTreeMap;

use outcome::diff::{Change, Counterexample, Diff, Kept, PromiseChange, Side};
use outcome::rollback::Range;
use outcome::{PromiseResult, Quantity};
use rayon::prelude::*;
use rehearsal::{Rehearsal, Trial};

pub use baseline::{Accepted, BadLine, Day, read as read_baseline};

use crate::gates::trials::{Run, palette, runs, try_all};

/// Runs that are explained at most, where nothing has to be accepted: the others are counted by their promises all the same.
const EXPLAINED: usize = 25;

/// One of the two runbooks.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    /// Made ready.
    pub rehearsal: &'a Rehearsal,
    /// Its file as it was given.
    pub file: &'a str,
}

/// Holds two runbooks against each other with this many seeds from `first` on, less what is accepted.
pub fn run(
    old: Given<'_>,
    new: Given<'_>,
    first: u64,
    seeds: u64,
    accepted: Option<&Accepted>,
) -> Diff {
    let palette = palette(&[new.rehearsal, old.rehearsal]);
    let all = runs(first, seeds, &palette);
    let before = try_all(old.rehearsal, &all);
    let after = try_all(new.rehearsal, &all);
    // What is accepted is accepted by the codes of findings.
    let explained = accepted.map_or(EXPLAINED, |_| usize::MAX);
    let mut counterexamples = examples(new.rehearsal, &all, &before, &after, explained);
    let fixed = examples(old.rehearsal, &all, &after, &before, EXPLAINED);
    let baseline = accepted.map(|accepted| accepted.apply(&mut counterexamples));
    let promises = promises(&before, &after);
    let excused = |change: &PromiseChange| {
        // A promise that breaks more often only where that is accepted is not worse.
        let mut mine = counterexamples
            .iter()
            .filter(|example| example.promises.contains(&change.name))
            .peekable();
        mine.peek().is_some() && mine.all(|example| example.accepted.is_some())
    };
    let worse = counterexamples
        .iter()
        .any(|example| example.accepted.is_none())
        || promises
            .iter()
            .any(|change| change.change == Change::Worse && !excused(change));
    Diff {
        schema: outcome::SCHEMA_VERSION,
        model: rehearsal::MODEL.to_owned(),
        old: side(old, &before),
        new: side(new, &after),
        first_seed: first,
        seeds,
        runs: all.len() as u64,
        promises,
        counterexamples,
        fixed,
        baseline,
        worse,
    }
}

fn side(given: Given<'_>, trials: &[Trial]) -> Side {
    let mut lengths: Vec<u64> = trials
        .iter()
        .filter(|trial| {
            trial
                .promises
                .iter()
                .all(|promise| promise.kind != "Completes" || promise.holds)
        })
        .map(Trial::window)
        .collect();
    lengths.sort_unstable();
    Side {
        file: given.file.to_owned(),
        about: given.rehearsal.scenario().about.value.clone(),
        broken: trials.iter().filter(|trial| !trial.holds()).count() as u64,
        window: match (lengths.first(), lengths.last()) {
            (Some(&min), Some(&max)) => Some(Range { min, max }),
            _ => None,
        },
        window_median: lengths.get(lengths.len() / 2).copied(),
    }
}

/// A promise as a file has it, without its limit.
fn name(promise: &PromiseResult) -> String {
    if promise.subject.is_empty() {
        promise.kind.clone()
    } else {
        format!("{}({:?})", promise.kind, promise.subject)
    }
}

/// Runs that hold in `before` and break in `after`; `rehearsal` is what `after` came from.
fn examples(
    rehearsal: &Rehearsal,
    runs: &[Run],
    before: &[Trial],
    after: &[Trial],
    explained: usize,
) -> Vec<Counterexample> {
    let broke: Vec<(usize, &Run, &Trial)> = runs
        .iter()
        .zip(before.iter().zip(after))
        .filter(|(_, (before, after))| before.holds() && !after.holds())
        .map(|(run, (_, after))| (run, after))
        .enumerate()
        .map(|(at, (run, after))| (at, run, after))
        .collect();
    broke
        .into_par_iter()
        .map(|(at, run, trial)| {
            let mut example = Counterexample {
                seed: run.seed,
                fault: run.fault_text(),
                promises: trial
                    .promises
                    .iter()
                    .filter(|promise| !promise.holds)
                    .map(name)
                    .collect(),
                codes: Vec::new(),
                title: String::new(),
                accepted: None,
            };
            if at < explained {
                let outcome = run.of(rehearsal).run(run.seed);
                let grave = outcome
                    .findings
                    .iter()
                    .filter(|finding| finding.severity == outcome::Severity::Broken);
                for finding in grave {
                    if !example.codes.contains(&finding.code) {
                        example.codes.push(finding.code.clone());
                    }
                    if example.title.is_empty() {
                        example.title.clone_from(&finding.title);
                    }
                }
            }
            example
        })
        .collect()
}

fn promises(before: &[Trial], after: &[Trial]) -> Vec<PromiseChange> {
    let (old, new) = (kept(before), kept(after));
    let mut changes: Vec<PromiseChange> = new
        .iter()
        .map(|(name, (text, kept))| {
            let was = old.get(name).map(|(_, kept)| kept.clone());
            let change = match &was {
                None => Change::Added,
                Some(was) if kept.broken > was.broken => Change::Worse,
                Some(was) if kept.broken < was.broken => Change::Better,
                Some(_) => Change::Same,
            };
            PromiseChange {
                name: name.clone(),
                text: text.clone(),
                change,
                old: was,
                new: Some(kept.clone()),
            }
        })
        .collect();
    changes.extend(old.iter().filter(|(name, _)| !new.contains_key(*name)).map(
        |(name, (text, kept))| PromiseChange {
            name: name.clone(),
            text: text.clone(),
            change: Change::Removed,
            old: Some(kept.clone()),
            new: None,
        },
    ));
    let rank = |change: Change| match change {
        Change::Worse => 0,
        Change::Better => 1,
        Change::Added => 2,
        Change::Removed => 3,
        Change::Same => 4,
    };
    changes.sort_by_key(|change| rank(change.change));
    changes
}

/// Each promise by its name: in words, and how well it was kept.
fn kept(trials: &[Trial]) -> BTreeMap<String, (String, Kept)> {
    let mut all: BTreeMap<String, (String, Kept)> = BTreeMap::new();
    for promise in trials.iter().flat_map(|trial| &trial.promises) {
        let entry = all.entry(name(promise)).or_insert_with(|| {
            (
                promise.text.clone(),
                Kept {
                    broken: 0,
                    limit: promise.limit,
                    worst: promise.measured,
                },
            )
        });
        entry.1.broken += u64::from(!promise.holds);
        entry.1.worst = worse(entry.1.worst, promise, promise.measured);
    }
    all
}

/// The worse of two measures of one promise.
fn worse(one: Quantity, promise: &PromiseResult, other: Quantity) -> Quantity {
    let size = |quantity: Quantity| match quantity {
        Quantity::Nanoseconds(n) => (n, 0),
        Quantity::AtLeastNanoseconds(n) => (n, 1),
        Quantity::Records(n) | Quantity::Count(n) => (n, 0),
        Quantity::Percent(n) => (u64::from(n), 0),
        Quantity::Yes(yes) => (u64::from(yes), 0),
    };
    // Of shares and of yes or no, less is worse.
    let less = matches!(promise.limit, Quantity::Percent(_) | Quantity::Yes(_));
    if (size(other) > size(one)) != less && size(other) != size(one) {
        other
    } else {
        one
    }
}
