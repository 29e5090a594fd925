//! How soon each way of searching finds what is planted in `scenarios/needles`: events handled up to the first failure.
//!
//! `cargo bench --bench search` plays 30 searches with each strategy on each needle, prints a table of medians, writes every search as a line of
//! `benches/needles.csv` and draws `benches/needles.svg` from it. `cargo bench --bench search -- NAME...` plays some needles only and writes
//! nothing; `-- --draw` only draws anew. `--test` plays each needle once and briefly. Figures are in `benches/README.md`.
//!
//! Uniform seeds are not searched 30 times: each of their runs is a draw of its own, so that the share of failing ones in many runs says all
//! there is to say. The events up to their first failure are exponentially distributed; their median is ln 2 times events by failures.
#![allow(
    missing_docs,
    clippy::print_stdout,
    reason = "a bench talks to whoever started it"
)]

mod picture;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use rayon::prelude::*;
use rehearsal::Rehearsal;
use search::Asking;
use search::island::{Arm, Strategy};
use search::palette::Kind;

/// The needles, the most frequent first, and in how many runs of uniform seeds their rarity is counted.
const NEEDLES: [(&str, u64); 9] = [
    ("somebody-restarts-too", 50_000),
    ("recovery-outlasts-the-gate", 50_000),
    ("quorum-by-two-crashes", 200_000),
    ("last-replica-standing", 200_000),
    ("three-replicas-down", 600_000),
    ("new-leader-loses-its-host", 1_000_000),
    ("slow-return-forgotten-gate", 400_000),
    ("four-replicas-down", 2_000_000),
    ("three-of-five-voters", 2_000_000),
];

/// Those that are searched; uniform seeds are counted.
const STRATEGIES: [Strategy; 3] = [
    Strategy::Only(Arm::Boundaries),
    Strategy::Only(Arm::Fork),
    Strategy::Mixed,
];

/// Searches with each strategy.
const TRIALS: u64 = 30;

/// Runs of one search at most.
const CAP: u64 = 60_000;

/// Seeds of two searches are so far apart that they have none in common.
const APART: u64 = 10_000_000;

/// The seeds of the uniform runs, far from all others.
const UNIFORM_SEED: u64 = 1_000_000_000_000;

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A needle, and what its file says to look with.
struct Needle {
    name: &'static str,
    rehearsal: Rehearsal,
    kinds: Vec<Kind>,
    faults: u32,
}

fn ready(name: &'static str) -> Needle {
    let path = root(&format!("scenarios/needles/{name}.ron"));
    let read = scenario::read(&scenario::Disk, path);
    let scenario = read.scenario.expect("the needle is right");
    let swarm = scenario.swarm.clone().expect("it says what to look with");
    Needle {
        name,
        rehearsal: rehearsal::prepare(&scenario, name).expect("it can be rehearsed"),
        kinds: swarm.kinds.iter().map(|kind| kind.value.into()).collect(),
        faults: swarm.faults.expect("it says how many").value,
    }
}

fn asking(needle: &Needle, strategy: Strategy, seed: u64, runs: u64, until_first: bool) -> Asking {
    Asking {
        seed,
        runs: Some(runs),
        strategy,
        faults: needle.faults,
        kinds: needle.kinds.clone(),
        window: None,
        until_first,
        rates: Vec::new(),
        shard: (0, 1),
    }
}

/// What a search came to.
#[derive(Clone, Copy)]
struct Came {
    runs: u64,
    events: u64,
    failures: u64,
}

fn play(rehearsal: &Rehearsal, asking: &Asking) -> Came {
    let stop = AtomicBool::new(false);
    let played = search::play(
        rehearsal,
        asking,
        BTreeMap::new(),
        &stop,
        &|| false,
        &|_| {},
    );
    let sum = |of: fn(&search::island::Work) -> u64| {
        let islands = played.islands.values();
        islands
            .flat_map(|island| island.arms.values())
            .map(of)
            .sum()
    };
    Came {
        runs: sum(|work| work.runs),
        events: sum(|work| work.events),
        failures: sum(|work| work.failures),
    }
}

/// One in so many runs, and the median of the events up to the first failure.
fn of_uniform(came: Came) -> (u64, u64) {
    let failures = came.failures.max(1);
    // ln 2 in thousandths.
    (came.runs / failures, came.events / failures * 693 / 1_000)
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let has = |word: &str| words.iter().any(|one| one == word);
    if has("--draw") {
        draw();
        return;
    }
    let brief = has("--test");
    let wanted: Vec<&String> = words.iter().filter(|word| !word.starts_with('-')).collect();
    let mut lines = String::from("needle,strategy,trial,runs,events,failures\n");
    println!(
        "{:28} {:11} {:>6} {:>10} {:>12} {:>8}",
        "needle", "strategy", "found", "runs", "events", "fewer"
    );
    for (name, uniform_runs) in NEEDLES {
        if !wanted.is_empty() && !wanted.iter().any(|word| *word == name) {
            continue;
        }
        let needle = &ready(name);
        let rehearsal = &needle.rehearsal;
        let mut write = |strategy: &str, trial: u64, came: Came| {
            let Came {
                runs,
                events,
                failures,
            } = came;
            let _ = writeln!(
                lines,
                "{name},{strategy},{trial},{runs},{events},{failures}"
            );
        };
        let uniform = Strategy::Only(Arm::Uniform);
        let runs = if brief { 20 } else { uniform_runs };
        let came = play(
            rehearsal,
            &asking(needle, uniform, UNIFORM_SEED, runs, false),
        );
        write("uniform", 0, came);
        let (one_in, median) = of_uniform(came);
        println!(
            "{:28} {:11} {:>6} {one_in:>10} {median:>12}",
            needle.name, "uniform", came.failures
        );
        for strategy in STRATEGIES {
            let (trials, cap) = if brief { (1, 20) } else { (TRIALS, CAP) };
            let mut all: Vec<Came> = (0..trials)
                .into_par_iter()
                .map(|trial| {
                    let asking = asking(needle, strategy, trial * APART, cap, true);
                    play(rehearsal, &asking)
                })
                .collect();
            for (trial, came) in all.iter().enumerate() {
                write(strategy.name(), trial as u64, *came);
            }
            // A search that found nothing is worse than all that did.
            all.sort_by_key(|came| (came.failures == 0, came.events));
            let middle = all[all.len() / 2];
            let found = all.iter().filter(|came| came.failures > 0).count();
            let fewer = median * 10 / middle.events.max(1);
            println!(
                "{:28} {:11} {found:>3}/{trials:<2} {:>10} {:>12} {:>6}.{}",
                needle.name,
                strategy.name(),
                middle.runs,
                middle.events,
                fewer / 10,
                fewer % 10
            );
        }
    }
    if !brief && wanted.is_empty() {
        std::fs::write(root("benches/needles.csv"), lines).expect("the folder is there");
        draw();
    }
}

/// Draws the picture from what was written.
fn draw() {
    let csv = std::fs::read_to_string(root("benches/needles.csv")).expect("it was measured");
    std::fs::write(root("benches/needles.svg"), picture::svg(&csv)).expect("the folder is there");
}
