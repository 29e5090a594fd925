//! Search: many rehearsals, chosen well. Which orderings break this runbook?
//!
//! | where | what |
//! |---|---|
//! | [`plan`] | a seed and its faults: data, and a scenario file of its own |
//! | [`palette`] | what can go wrong |
//! | `swarm` | what one run draws from, and whom it aims at |
//! | `chance` | faults at the boundaries of events, with odds that know the state |
//! | [`coverage`] | abstract states seen, and the estimate of what is unseen |
//! | [`island`] | a fixed number of runs that know of each other only |
//! | `exhaustive` | every plan of up to two faults |
//! | [`odds`] | how likely, at stated rates |
//! | [`saved`] | islands on disk, and shards put together |
//! | `found` | from failing plans to stories |
//! | [`rollback`] | the way back from every moment of a runbook |
//! | [`gates`] | what each gate is worth, and which one is missing |
//! | [`diff`](mod@diff) | two runbooks over the same runs |
//! | [`shrink`] | the smallest case that fails the same way |
//! | [`explain`] | when it became unavoidable, and what would have caught it |
//!
//! A search is cut into [islands](island) before it begins; each depends on its number alone. So the result does not depend on threads, and
//! shards of a search on several machines are the search.

mod chance;
pub mod coverage;
pub mod diff;
mod exhaustive;
pub mod explain;
mod found;
pub mod gates;
pub mod island;
pub mod odds;
pub mod palette;
pub mod plan;
pub mod rollback;
pub mod saved;
pub mod shrink;
mod swarm;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use outcome::search::{
    Arm as ArmRecord, Asked, Ended, Healthy, HeatColumn, Plans, SEARCH_SCHEMA_VERSION, Search,
    SeedOutcome, Statement,
};
use rayon::prelude::*;
use rehearsal::{MODEL, Rehearsal};

use crate::coverage::Seen;
use crate::exhaustive::Ground;
pub use crate::found::Telling;
use crate::island::{Arm, COLUMNS, Common, Island, Kept, Strategy, Work};
use crate::odds::Rate;
use crate::palette::{Kind, Palette};
pub use crate::plan::Plan;

/// What is searched, and how.
#[derive(Clone, Debug)]
pub struct Asking {
    /// The first seed; every draw comes from it.
    pub seed: u64,
    /// How many runs; `None`: until it is stopped.
    pub runs: Option<u64>,
    /// Which arms take turns.
    pub strategy: Strategy,
    /// Faults in one plan at most.
    pub faults: u32,
    /// Kinds of faults to draw from.
    pub kinds: Vec<Kind>,
    /// Faults begin between these moments only, in nanoseconds since the first step; `None`: at any.
    pub window: Option<(u64, u64)>,
    /// Stop at the first failure.
    pub until_first: bool,
    /// For [`Strategy::Odds`]: how often faults come.
    pub rates: Vec<Rate>,
    /// Only every n-th island, beginning with the k-th (from 0): (k, n).
    pub shard: (u64, u64),
}

impl Asking {
    /// Runs of an island of it.
    pub fn island(&self) -> u64 {
        island::size(self.runs)
    }

    /// As it stands in the result. The shard is not part of it.
    pub fn asked(&self) -> Asked {
        Asked {
            seed: self.seed,
            runs: self.runs,
            strategy: self.strategy.name().to_owned(),
            faults: self.faults,
            kinds: self
                .kinds
                .iter()
                .map(|kind| kind.name().to_owned())
                .collect(),
            window: self.window,
            until_first: self.until_first,
            rates: self.rates.iter().map(Rate::written).collect(),
        }
    }
}

/// How far a search is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    /// Runs so far.
    pub runs: u64,
    /// Failing runs so far.
    pub failures: u64,
    /// Events so far.
    pub events: u64,
    /// States seen so far.
    pub states: u64,
    /// Good–Turing: likelihood of seeing a new one next, in millionths.
    pub unseen_ppm: u64,
}

/// The islands that were played, by number, and why no more were.
#[derive(Clone, Debug)]
pub struct Played {
    /// By number.
    pub islands: BTreeMap<u64, Island>,
    /// Why it ended.
    pub ended: Ended,
}

/// What a search goes by: the run without faults.
struct Base {
    healthy: Healthy,
    total: u64,
    promises: Vec<String>,
}

fn base(rehearsal: &Rehearsal, seed: u64) -> Base {
    let mut snapshot = rehearsal.begin(seed);
    snapshot.watch();
    let mut moments = Vec::new();
    while snapshot.step() {
        moments.extend(snapshot.take_reached());
    }
    let measured = snapshot.measure();
    Base {
        healthy: Healthy {
            holds: measured.promises.iter().all(|promise| promise.holds),
            finished: measured.finished,
            events: measured.events,
            moments: moments.len() as u64,
        },
        total: island::total_weight(&moments),
        promises: measured
            .promises
            .into_iter()
            .map(|promise| promise.text)
            .collect(),
    }
}

/// Plays the islands of a search, on the threads of the pool that this is called in. `done` are islands that were played before.
///
/// `stop` ends it early, and so does `out_of_time`. What had been played by then is kept; who goes on with it later plays again what was
/// not whole ([`saved::Saved::islands`]), so that in the end it does not matter when it was ended.
pub fn play(
    rehearsal: &Rehearsal,
    asking: &Asking,
    done: BTreeMap<u64, Island>,
    stop: &AtomicBool,
    out_of_time: &(dyn Fn() -> bool + Sync),
    tell: &(dyn Fn(&Progress) + Sync),
) -> Played {
    let base = base(rehearsal, asking.seed);
    let common = common(rehearsal, asking, &base);
    let (k, n) = (asking.shard.0, asking.shard.1.max(1));
    let end = match &common.ground {
        Some(ground) => ground.islands(),
        None => asking
            .runs
            .map_or(u64::MAX, |runs| runs.div_ceil(common.island)),
    };
    let next = AtomicU64::new(0);
    let lowest_failure = AtomicU64::new(u64::MAX);
    let time_is_up = AtomicBool::new(false);
    let so_far = Mutex::new((Progress::default(), Seen::default()));
    let note = |island: &Island| {
        if island.first.is_some() {
            lowest_failure.fetch_min(island.number, Ordering::Relaxed);
        }
        let mut so_far = so_far.lock().unwrap_or_else(PoisonError::into_inner);
        let (progress, seen) = &mut *so_far;
        for work in island.arms.values() {
            progress.runs += work.runs;
            progress.failures += work.failures;
            progress.events += work.events;
        }
        for &(state, runs) in &island.seen {
            seen.add(state, runs);
        }
        let coverage = seen.summary();
        progress.states = coverage.states;
        progress.unseen_ppm = coverage.unseen_ppm;
        tell(progress);
    };
    done.values().for_each(note);
    let islands = Mutex::new(done);
    let work = || loop {
        let number = next
            .fetch_add(1, Ordering::Relaxed)
            .saturating_mul(n)
            .saturating_add(k);
        let not_needed = asking.until_first && number > lowest_failure.load(Ordering::Relaxed);
        if number >= end || not_needed || stop.load(Ordering::Relaxed) {
            return;
        }
        if islands
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains_key(&number)
        {
            continue;
        }
        if out_of_time() {
            time_is_up.store(true, Ordering::Relaxed);
            return;
        }
        let runs = asking.runs.map_or(common.island, |runs| {
            runs.saturating_sub(number * common.island)
                .min(common.island)
        });
        let late = || !stop.load(Ordering::Relaxed) && out_of_time();
        let (island, whole) = common.play(number, runs, &|| {
            stop.load(Ordering::Relaxed) || out_of_time()
        });
        if !whole && late() {
            time_is_up.store(true, Ordering::Relaxed);
        }
        if island.arms.is_empty() {
            return;
        }
        note(&island);
        islands
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(number, island);
        if !whole {
            return;
        }
    };
    rayon::scope(|scope| {
        for _ in 1..rayon::current_num_threads() {
            scope.spawn(|_| work());
        }
        work();
    });
    let mut islands = islands.into_inner().unwrap_or_else(PoisonError::into_inner);
    let lowest = lowest_failure.into_inner();
    let found = asking.until_first && lowest < u64::MAX;
    if found {
        // Which later ones had been played by then is a matter of luck.
        islands.retain(|&number, _| number <= lowest);
    }
    let ended = if found {
        Ended::FirstFailure
    } else if stop.load(Ordering::Relaxed) {
        Ended::Interrupted
    } else if time_is_up.into_inner() {
        Ended::OutOfTime
    } else {
        Ended::Complete
    };
    Played { islands, ended }
}

fn common<'a>(rehearsal: &'a Rehearsal, asking: &Asking, base: &Base) -> Common<'a> {
    let palette = Palette::of(rehearsal, &asking.kinds);
    let ground = match asking.strategy {
        Strategy::Exhaustive { faults, prune } => {
            Some(Ground::of(rehearsal, &palette, asking, faults, prune))
        }
        _ => None,
    };
    Common {
        rehearsal,
        palette: Arc::new(palette),
        strategy: asking.strategy,
        seed: asking.seed,
        faults: asking.faults,
        window: asking.window,
        until_first: asking.until_first,
        length: base.healthy.finished.max(0).unsigned_abs(),
        total: base.total,
        promises: base.promises.len(),
        island: asking.island(),
        ground,
        rates: asking.rates.clone(),
    }
}

/// The result of the islands that were played. It is a function of them, the scenario and what was asked: islands from several machines
/// make the result of one. `telling` says how much is made of the failures.
pub fn conclude(
    rehearsal: &Rehearsal,
    asking: &Asking,
    played: &Played,
    telling: &Telling<'_>,
) -> Search {
    let base = base(rehearsal, asking.seed);
    let mut seen = Seen::default();
    let mut arms: BTreeMap<Arm, Work> = BTreeMap::new();
    let mut kept: BTreeMap<String, Kept> = BTreeMap::new();
    let mut heat: Vec<(u64, Vec<u64>)> = vec![(0, vec![0; base.promises.len()]); COLUMNS];
    let mut plans: Vec<Plans> = Vec::new();
    for island in played.islands.values() {
        if plans.len() < island.plans.len() {
            plans.resize(island.plans.len(), Plans::default());
        }
        for (sum, plans) in plans.iter_mut().zip(&island.plans) {
            sum.all += plans.all;
            sum.played += plans.played;
            sum.failing += plans.failing;
        }
        for (arm, work) in &island.arms {
            let sum = arms.entry(*arm).or_default();
            sum.runs += work.runs;
            sum.failures += work.failures;
            sum.events += work.events;
        }
        for &(state, runs) in &island.seen {
            seen.add(state, runs);
        }
        for (signature, one) in &island.kept {
            kept.entry(signature.clone())
                .and_modify(|known| known.with(one))
                .or_insert_with(|| one.clone());
        }
        for (sum, column) in heat.iter_mut().zip(&island.heat) {
            sum.0 += column.0;
            for (sum, broken) in sum.1.iter_mut().zip(&column.1) {
                *sum += broken;
            }
        }
    }
    let arms_odds = arms.get(&Arm::Odds).copied();
    let length = base.healthy.finished.max(1);
    let edge = |column: usize| (i128::from(length) * column as i128 / COLUMNS as i128) as i64;
    let whole = rehearsal_scenario(rehearsal);
    // Odds and what was found first do not mix.
    let (stories, common) = match asking.strategy {
        Strategy::Odds => Default::default(),
        _ => found::stories(rehearsal, &kept, telling),
    };
    Search {
        schema: SEARCH_SCHEMA_VERSION,
        model: MODEL.to_owned(),
        scenario: rehearsal::identity_of(&whole),
        file: rehearsal.file().to_owned(),
        about: whole.about.value.clone(),
        asked: asking.asked(),
        ended: played.ended,
        healthy: base.healthy,
        promises: base.promises,
        arms: arms
            .into_iter()
            .map(|(arm, work)| ArmRecord {
                name: arm.name().to_owned(),
                runs: work.runs,
                failures: work.failures,
                events: work.events,
            })
            .collect(),
        coverage: seen.summary(),
        heat: heat
            .into_iter()
            .enumerate()
            .map(|(column, (runs, broken))| HeatColumn {
                begin: edge(column),
                end: edge(column + 1),
                runs,
                broken,
            })
            .collect(),
        seeds: match telling.shrink {
            true => plain_seeds(rehearsal, asking.seed, base.healthy.events),
            false => Vec::new(),
        },
        stories,
        common,
        statement: (!plans.is_empty()).then(|| statement(rehearsal, asking, played, plans)),
        odds: arms_odds.map(|work| {
            let rates = asking.rates.iter().map(Rate::words).collect();
            odds::estimate(rates, work.runs, work.failures)
        }),
    }
}

/// Seeds that are shown one by one at most, and the events that they may take together: a fraction of any search.
const SEEDS: u64 = 48;
const SEED_EVENTS: u64 = 2_000_000;

/// The file as it is under some seeds from the first on.
fn plain_seeds(rehearsal: &Rehearsal, first: u64, events: u64) -> Vec<SeedOutcome> {
    let many = (SEED_EVENTS / events.max(1)).clamp(8, SEEDS);
    (0..many)
        .into_par_iter()
        .map(|nth| {
            let seed = first.wrapping_add(nth);
            let promises = rehearsal.begin(seed).measure().promises;
            let broken = (0..).zip(&promises).filter(|(_, promise)| !promise.holds);
            SeedOutcome {
                seed,
                broken: broken.map(|(at, _)| at).collect(),
            }
        })
        .collect()
}

/// What an exhaustive search says.
fn statement(
    rehearsal: &Rehearsal,
    asking: &Asking,
    played: &Played,
    plans: Vec<Plans>,
) -> Statement {
    let palette = Palette::of(rehearsal, &asking.kinds);
    let (moments, choices) = exhaustive::size(rehearsal, &palette, asking);
    let complete = played.islands.len() as u64 == moments;
    Statement {
        faults: plans.len() as u32,
        moments,
        choices,
        text: exhaustive::sentence(&palette, moments, complete, &plans),
        plans,
    }
}

/// The scenario with its own faults.
pub(crate) fn rehearsal_scenario(rehearsal: &Rehearsal) -> scenario::Scenario {
    let mut whole = rehearsal.scenario().clone();
    whole.faults = rehearsal.faults().to_vec();
    whole
}
