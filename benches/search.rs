//! How soon each way of searching finds what is planted in `scenarios/needles`: events handled up to the first failure.
//!
//! `cargo bench --bench search` prints a table with the medians of 30 searches and writes every search as a line of
//! `target/needles.csv`, from which curves can be drawn. `--test` plays each needle once and briefly. Figures are in `benches/README.md`.
#![allow(
    missing_docs,
    clippy::print_stdout,
    reason = "a bench talks to whoever started it"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use rayon::prelude::*;
use rehearsal::Rehearsal;
use search::Asking;
use search::island::{Arm, Strategy};
use search::palette::Kind;

/// A needle: its file, the kinds and the number of faults to look with.
const NEEDLES: [(&str, &[Kind], u32); 6] = [
    ("three-replicas-down", &[Kind::Crash], 3),
    ("last-replica-standing", &[Kind::Crash], 3),
    ("quorum-by-two-crashes", &[Kind::Crash], 2),
    ("recovery-outlasts-the-gate", &[Kind::Crash, Kind::Slow], 2),
    (
        "slow-return-forgotten-gate",
        &[Kind::Slow, Kind::Operator],
        2,
    ),
    ("somebody-restarts-too", &[Kind::Operator], 1),
];

const STRATEGIES: [Strategy; 4] = [
    Strategy::Only(Arm::Uniform),
    Strategy::Only(Arm::Boundaries),
    Strategy::Only(Arm::Fork),
    Strategy::Mixed,
];

/// Seeds of two searches are so far apart that they have none in common.
const APART: u64 = 10_000_000;

fn ready(name: &str) -> Rehearsal {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("scenarios/needles/{name}.ron"));
    let read = scenario::read(&scenario::Disk, path);
    rehearsal::prepare(&read.scenario.expect("the needle is right"), name)
        .expect("it can be rehearsed")
}

/// Runs and events up to the first failure, and whether there was one.
fn first(rehearsal: &Rehearsal, asking: &Asking) -> (u64, u64, bool) {
    let stop = AtomicBool::new(false);
    let played = search::play(
        rehearsal,
        asking,
        BTreeMap::new(),
        &stop,
        &|| false,
        &|_| {},
    );
    let work = || {
        played
            .islands
            .values()
            .flat_map(|island| island.arms.values())
    };
    (
        work().map(|work| work.runs).sum(),
        work().map(|work| work.events).sum(),
        played.islands.values().any(|island| island.first.is_some()),
    )
}

fn main() {
    let brief = std::env::args().any(|argument| argument == "--test");
    let (trials, cap) = if brief { (1, 20) } else { (30, 200_000) };
    let mut lines = String::from("needle,strategy,trial,runs,events,found\n");
    println!(
        "{:28} {:11} {:>6} {:>9} {:>12} {:>7}",
        "needle", "strategy", "found", "runs", "events", "gain"
    );
    for (name, kinds, faults) in NEEDLES {
        let rehearsal = ready(name);
        let mut uniform = 0;
        for strategy in STRATEGIES {
            let mut results: Vec<(u64, u64, bool)> = (0..trials)
                .into_par_iter()
                .map(|trial| {
                    let asking = Asking {
                        seed: trial * APART,
                        runs: Some(cap),
                        strategy,
                        faults,
                        kinds: kinds.to_vec(),
                        until_first: true,
                        rates: Vec::new(),
                        shard: (0, 1),
                    };
                    first(&rehearsal, &asking)
                })
                .collect();
            for (trial, (runs, events, found)) in results.iter().enumerate() {
                let _ = writeln!(
                    lines,
                    "{name},{},{trial},{runs},{events},{found}",
                    strategy.name()
                );
            }
            results.sort_by_key(|result| result.1);
            let (runs, events, _) = results[results.len() / 2];
            let found = results.iter().filter(|result| result.2).count();
            if strategy == STRATEGIES[0] {
                uniform = events;
            }
            let gain = uniform * 10 / events.max(1);
            println!(
                "{name:28} {:11} {found:>3}/{trials:<2} {runs:>9} {events:>12} {:>5}.{}",
                strategy.name(),
                gain / 10,
                gain % 10
            );
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/needles.csv");
    if let Err(error) = std::fs::write(&path, lines) {
        println!("{}: {error}", path.display());
    }
}
