//! An island: a fixed number of runs that know of each other and of nothing else.
//!
//! A search is cut into islands before it begins. Each is played on one thread and depends only on its number, so that the whole does
//! not depend on how many threads there are, on which machine an island was played, or when. What an island learns (states seen,
//! beginnings worth going on from) guides its own later runs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use engine::{Draw, Streams};
use outcome::search::Plans;
use rehearsal::{Measured, Rehearsal, Snapshot, State};
use scenario::model::{Nanos, When};
use serde::{Deserialize, Serialize};

use crate::chance::{Chance, soon, weight};
use crate::coverage::{Seen, abstracted};
use crate::exhaustive::Ground;
use crate::odds::{self, Rate};
use crate::palette::{AFTER, Kind, Palette};
use crate::plan::{Plan, written};
use crate::swarm::{Aim, Swarm};

/// Runs of one island of a search of so many: a sixteenth, so that all threads have work, but enough for what it learns to pay, and
/// few enough to be over in seconds.
pub fn size(runs: Option<u64>) -> u64 {
    runs.map_or(500, |runs| (runs / 16).clamp(100, 2_000))
}

/// Beginnings that an island keeps at most. A snapshot of the reference roll (100 partitions) takes some 300 KB, so that an island stays
/// below 80 MB; of larger worlds fewer are kept.
const POOL: usize = 256;

/// Beginnings that are compared when one is chosen.
const CANDIDATES: u32 = 4;

/// Partitions that the beginnings of an island have together at most.
const PARTITIONS_IN_POOL: usize = 25_600;

/// In nanoseconds.
const MILLISECOND: u64 = 1_000_000;

/// Columns of the heat map.
pub const COLUMNS: usize = 40;

/// Kinds of failures that an island keeps an example of.
const KEPT: usize = 24;

/// A way of choosing what to run next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Arm {
    /// A seed, and faults at times drawn evenly.
    Uniform,
    /// A seed, and faults at the boundaries of events, with odds that know the state.
    Boundaries,
    /// A beginning that led to a state not seen before, gone on from with other faults.
    Fork,
    /// Every plan up to so many faults.
    Exhaustive,
    /// Faults at stated rates, for how likely it is.
    Odds,
}

impl Arm {
    /// Those that look for failures by drawing.
    pub const DRAWING: [Self; 3] = [Self::Uniform, Self::Boundaries, Self::Fork];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Uniform => "uniform",
            Self::Boundaries => "boundaries",
            Self::Fork => "fork",
            Self::Exhaustive => "exhaustive",
            Self::Odds => "odds",
        }
    }
}

/// Which arms take turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// All: of ten runs one is uniform, three at boundaries, six forked.
    Mixed,
    /// One only.
    Only(Arm),
    /// Every plan of up to so many faults; without `prune` also those that cannot matter.
    Exhaustive {
        /// Faults in a plan: 1 or 2.
        faults: u32,
        /// Leave out what cannot matter.
        prune: bool,
    },
    /// Faults at stated rates.
    Odds,
}

impl Strategy {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mixed => "mixed",
            Self::Only(arm) => arm.name(),
            Self::Exhaustive { .. } => Arm::Exhaustive.name(),
            Self::Odds => Arm::Odds.name(),
        }
    }

    /// The strategy with this name.
    pub fn named(name: &str) -> Option<Self> {
        if name == "mixed" {
            return Some(Self::Mixed);
        }
        Arm::DRAWING
            .into_iter()
            .find(|arm| arm.name() == name)
            .map(Self::Only)
    }

    fn arm(self, run: u64) -> Arm {
        match self {
            // A tenth stays uniform: the easy failures are found by it, and nothing is left out for good.
            Self::Mixed => match run % 10 {
                0 => Arm::Uniform,
                1..=3 => Arm::Boundaries,
                _ => Arm::Fork,
            },
            // Beginnings to go on from have to come from somewhere, and people's choices can be made at the start only.
            Self::Only(Arm::Fork) if run.is_multiple_of(8) => Arm::Boundaries,
            Self::Only(arm) => arm,
            Self::Exhaustive { .. } => Arm::Exhaustive,
            Self::Odds => Arm::Odds,
        }
    }
}

/// What all islands of a search have in common.
#[derive(Debug)]
pub(crate) struct Common<'a> {
    pub(crate) rehearsal: &'a Rehearsal,
    pub(crate) palette: Arc<Palette>,
    pub(crate) strategy: Strategy,
    pub(crate) seed: u64,
    pub(crate) faults: u32,
    /// Between which moments faults begin.
    pub(crate) window: Option<(u64, u64)>,
    pub(crate) until_first: bool,
    /// When the runbook ends without faults, in nanoseconds since the first step.
    pub(crate) length: u64,
    /// The weights of all moments of that run, summed.
    pub(crate) total: u64,
    pub(crate) promises: usize,
    /// Runs of an island.
    pub(crate) island: u64,
    /// For an exhaustive search.
    pub(crate) ground: Option<Ground>,
    /// For the odds.
    pub(crate) rates: Vec<Rate>,
}

/// What came of an island.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Island {
    /// Its number, from 0.
    pub number: u64,
    /// By arm: runs, failures, events.
    pub arms: BTreeMap<Arm, Work>,
    /// States and in how many runs each was seen.
    pub(crate) seen: Vec<(u64, u32)>,
    /// By column: runs, and broken promises.
    pub(crate) heat: Vec<(u64, Vec<u64>)>,
    /// The smallest failing plan of each kind of failure.
    pub(crate) kept: BTreeMap<String, Kept>,
    /// By number of faults, in an exhaustive search.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) plans: Vec<Plans>,
    /// The first failing run (from 0, in the island) and the events handled up to its end.
    pub first: Option<(u64, u64)>,
}

/// What an arm did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// Runs.
    pub runs: u64,
    /// Runs in which a promise was broken.
    pub failures: u64,
    /// Events handled, those of a shared beginning once.
    pub events: u64,
}

/// A failing plan as it is kept until the end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub(crate) seed: u64,
    /// As they stand in a file.
    pub(crate) faults: Vec<String>,
    pub(crate) runs: u64,
    pub(crate) run: u64,
    pub(crate) arm: Arm,
}

impl Kept {
    /// The smaller is kept: fewer faults, then fewer words, then found earlier.
    pub(crate) fn rank(&self) -> (usize, usize, u64) {
        let words = self.faults.iter().map(String::len).sum();
        (self.faults.len(), words, self.run)
    }

    /// Takes in another of the same kind.
    pub(crate) fn with(&mut self, other: &Self) {
        let runs = self.runs + other.runs;
        if other.rank() < self.rank() {
            self.clone_from(other);
        }
        self.runs = runs;
    }
}

/// A beginning worth going on from.
struct Beginning {
    snapshot: Snapshot,
    state: State,
    /// Its abstract state.
    hash: u64,
    left: u32,
    /// How often it was gone on from.
    uses: u32,
}

/// A run while it goes on.
struct Running<'a> {
    common: &'a Common<'a>,
    seen: Seen,
    pool: Vec<Beginning>,
    /// States at which a beginning was kept. A run without faults left sees states too, but nobody can go on from it.
    begun: BTreeSet<u64>,
    /// Beginnings that are kept.
    room: usize,
    island: Island,
}

impl Common<'_> {
    /// Plays the island with this number, `runs` runs of it or as many as come before `stop` says so. Also tells whether it is whole.
    pub(crate) fn play(&self, number: u64, runs: u64, stop: &dyn Fn() -> bool) -> (Island, bool) {
        if let Some(ground) = &self.ground {
            return (ground.play(self, number), true);
        }
        let mut running = Running {
            common: self,
            seen: Seen::default(),
            pool: Vec::new(),
            begun: BTreeSet::new(),
            room: (PARTITIONS_IN_POOL / self.partitions().max(1)).clamp(4, POOL),
            island: self.empty_island(number),
        };
        let mut whole = true;
        for run in 0..runs {
            if stop() {
                whole = false;
                break;
            }
            running.run(run);
            if self.until_first && running.island.first.is_some() {
                break;
            }
        }
        running.island.seen = running.seen.iter().collect();
        (running.island, whole)
    }
}

impl Common<'_> {
    fn partitions(&self) -> usize {
        let topics = &self.rehearsal.estate().topics;
        topics.iter().map(|topic| topic.assignment.len()).sum()
    }

    /// An island on which nothing has been played.
    pub(crate) fn empty_island(&self, number: u64) -> Island {
        Island {
            number,
            heat: vec![(0, vec![0; self.promises]); COLUMNS],
            ..Island::default()
        }
    }

    /// Writes down what came of a run.
    pub(crate) fn note(
        &self,
        island: &mut Island,
        arm: Arm,
        seed: u64,
        run: u64,
        events: u64,
        measured: Measured,
    ) {
        let work = island.arms.entry(arm).or_default();
        work.runs += 1;
        work.events += events;
        let broken: Vec<usize> = (0..measured.promises.len())
            .filter(|&at| !measured.promises[at].holds)
            .collect();
        let placed = &measured.faults[self.rehearsal.faults().len()..];
        if let Some(began) = placed.iter().filter_map(|(_, began)| *began).min() {
            let share = u128::from(began.max(0).unsigned_abs()) * COLUMNS as u128
                / u128::from(self.length.max(1));
            let column = &mut island.heat[(share as usize).min(COLUMNS - 1)];
            column.0 += 1;
            for &promise in &broken {
                if let Some(count) = column.1.get_mut(promise) {
                    *count += 1;
                }
            }
        }
        if broken.is_empty() {
            return;
        }
        work.failures += 1;
        if island.first.is_none() {
            let events = island.arms.values().map(|work| work.events).sum();
            island.first = Some((run, events));
        }
        // Faults whose moment never came had no part in it.
        let came: Vec<&scenario::model::Fault> = placed
            .iter()
            .filter(|(_, began)| began.is_some())
            .map(|(fault, _)| fault)
            .collect();
        let mut what: Vec<&str> = came.iter().map(|fault| fault.kind.value.name()).collect();
        what.sort_unstable();
        let signature = format!("{broken:?} {}", what.join(" "));
        let kept = Kept {
            seed,
            faults: came.into_iter().map(written).collect(),
            runs: 1,
            run: island.number * self.island + run,
            arm,
        };
        if let Some(known) = island.kept.get_mut(&signature) {
            known.with(&kept);
        } else if island.kept.len() < KEPT {
            island.kept.insert(signature, kept);
        }
    }
}

impl Running<'_> {
    fn run(&mut self, run: u64) {
        let common = self.common;
        let whole = self.island.number * common.island + run;
        let seed = common.seed.wrapping_add(whole);
        let streams = Streams::new(seed);
        let mut draw = streams.of("search");
        let mut arm = common.strategy.arm(run);
        if arm == Arm::Fork && self.pool.is_empty() {
            arm = Arm::Boundaries;
        }
        let mut snapshot;
        let mut left = common.faults;
        let palette = &common.palette;
        let mut swarm = Swarm::plain(palette.kinds(), &mut draw);
        match arm {
            Arm::Uniform => {
                let plan = self.evenly(seed, common.faults + 1, &swarm, &mut draw);
                snapshot = plan.on(common.rehearsal).begin(seed);
                left = 0;
            }
            Arm::Odds => {
                let plan = odds::plan(common, seed);
                snapshot = plan.on(common.rehearsal).begin(seed);
                left = 0;
            }
            Arm::Boundaries | Arm::Exhaustive => {
                // What people do otherwise concerns steps: it is in the plan from the start. Where nothing happens there are no boundaries,
                // so that now and then the first fault has a time.
                let mut faults = Vec::new();
                if swarm.kinds.contains(&Kind::Operator) && left > 0 && draw.chance(1, 2) {
                    faults.extend(palette.person(&mut draw));
                } else if left > 0 && draw.chance(1, 4) {
                    faults = self.evenly(seed, 2, &swarm, &mut draw).faults;
                }
                left -= faults.len() as u32;
                let plan = Plan { seed, faults };
                snapshot = plan.on(common.rehearsal).begin(seed);
                swarm = swarm.aimed(&palette.sets, 0, &mut draw);
            }
            Arm::Fork => {
                let beginning = self.beginning(&mut draw);
                snapshot = beginning.snapshot.clone();
                left = beginning.left;
                let struck = beginning.state.struck;
                swarm = swarm.aimed(&palette.sets, struck, &mut draw);
            }
        }
        if left > 0 {
            // A few moments after the beginning.
            let soon = (arm == Arm::Fork).then(|| soon(&mut draw));
            snapshot.tempt(Some(Box::new(Chance {
                palette: palette.clone(),
                swarm: Arc::new(swarm),
                streams,
                drawn: 0,
                left,
                window: common.window,
                total: common.total,
                soon,
            })));
        }
        let before = snapshot.events();
        let learns = matches!(common.strategy, Strategy::Mixed | Strategy::Only(Arm::Fork));
        let mut states: Vec<u64> = Vec::new();
        snapshot.watch();
        let own = common.rehearsal.faults().len();
        let budget = snapshot.faults().len() - own + left as usize;
        while snapshot.step() {
            let still = (budget + own).saturating_sub(snapshot.faults().len()) as u32;
            let mut fresh = None;
            for (moment, state) in snapshot.take_reached() {
                let hash = abstracted(moment, &state);
                if learns && still > 0 && self.begun.insert(hash) {
                    fresh = Some((state, hash));
                }
                if !states.contains(&hash) {
                    states.push(hash);
                }
            }
            if let Some(fresh) = fresh {
                self.keep_beginning(&snapshot, fresh, still);
            }
        }
        for state in states {
            self.seen.add(state, 1);
        }
        let seed = snapshot.seed();
        let measured = snapshot.measure();
        let events = measured.events - before;
        common.note(&mut self.island, arm, seed, run, events, measured);
    }

    fn keep_beginning(&mut self, snapshot: &Snapshot, (state, hash): (State, u64), left: u32) {
        if self.pool.len() == self.room {
            self.pool.remove(0);
        }
        self.pool.push(Beginning {
            snapshot: snapshot.clone(),
            state,
            hash,
            left,
            uses: 0,
        });
    }

    /// Of a few beginnings the one from which most is to be expected: where less is in reserve, where few runs have been, from which few have
    /// gone on (as AFLFast spends its energy; Böhme et al., "Coverage-based Greybox Fuzzing as Markov Chain", 2016). The newest are favoured:
    /// half of the time the last quarter is drawn from.
    fn beginning(&mut self, draw: &mut impl Draw) -> &Beginning {
        let from = match draw.chance(1, 2) {
            true => self.pool.len() * 3 / 4,
            false => 0,
        };
        let mut best = (0, 0);
        for _ in 0..CANDIDATES {
            let at = from + draw.below((self.pool.len() - from) as u64) as usize;
            let one = &self.pool[at];
            let been = u64::from(self.seen.runs(one.hash)) + 1;
            let worth = (weight(&one.state) << 32) / (been * u64::from(one.uses + 1));
            best = best.max((worth, at));
        }
        let best = &mut self.pool[best.1];
        best.uses += 1;
        best
    }

    /// Fewer than `below` faults, at times drawn evenly over the runbook.
    fn evenly(&self, seed: u64, below: u32, swarm: &Swarm, draw: &mut impl Draw) -> Plan {
        let common = self.common;
        let (palette, kinds) = (&common.palette, &swarm.kinds);
        let count = draw.below(u64::from(below));
        let mut faults = Vec::new();
        for _ in 0..count {
            // To the millisecond: no shorter time decides anything that a person could act on.
            let (from, until) = common.window.unwrap_or((0, common.length));
            let long = until.min(common.length).saturating_sub(from) / MILLISECOND;
            let at = from + draw.below(long + 1) * MILLISECOND;
            let when = |_: Nanos| When::At(Nanos(at));
            let fault =
                match kinds.contains(&Kind::Operator) && draw.chance(1, 2 * kinds.len() as u64) {
                    true => palette.person(draw),
                    false => palette.draw(swarm, &mut Aim::default(), &AFTER, &when, draw),
                };
            faults.extend(fault);
        }
        Plan { seed, faults }
    }
}

/// The weights of all moments of a run, summed.
pub(crate) fn total_weight(states: &[(rehearsal::Moment, rehearsal::State)]) -> u64 {
    states.iter().map(|(_, state)| weight(state)).sum()
}
