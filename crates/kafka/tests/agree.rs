//! The fast model and the naive one agree: on the same random worlds, with the same draws, ledgers and log order are equal message by
//! message, outages end at the same nanosecond, and every committed change of every partition is the same.
//!
//! The worlds are those of `common/worlds.rs` ([`worlds::core_case`]): up to four brokers that are killed, stopped, started, paused,
//! cut off from clients, or whose hosts are lost; controllers are left alone.
//!
//! `DRYROLL_CASES=10000 cargo test -p dryroll-kafka --release --test agree` is the long profile; `DRYROLL_FROM` says where it begins.

#![allow(unreachable_pub)]
#![allow(
    clippy::disallowed_methods,
    reason = "how many worlds, and from which on, is said from outside"
)]

mod common;
mod naive;
#[path = "common/worlds.rs"]
mod worlds;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use kafka::{Options, World};
use naive::{Mistake, Naive};

/// Worlds of every test run.
const CASES: u64 = 300;

/// Runs a case on the naive model.
fn run_naive(case: &worlds::Case, mistake: Option<Mistake>) -> Naive {
    use worlds::Act;
    let mut world = Naive::new(Arc::new(case.estate()), case.number, mistake);
    for &(at, act) in &case.acts {
        world.run_until(at.as_nanos());
        match act {
            Act::Kill(node) => world.kill(node as usize),
            Act::Stop(node) => world.stop(node as usize),
            Act::Start(node) => world.start(node as usize),
            Act::Pause(node) => world.pause(node as usize),
            Act::Resume(node) => world.resume(node as usize),
            Act::LoseHost(node) => world.lose_host(node as usize),
            Act::CutClients(node) => world.cut_clients(node, true),
            Act::MendClients(node) => world.cut_clients(node, false),
            Act::ElectPreferred => unreachable!("not an act of the compared core"),
        }
    }
    world.run_until(case.end.as_nanos());
    world
}

fn flatten(ranges: &[(u64, u64)]) -> Vec<u64> {
    ranges.iter().flat_map(|&(first, end)| first..end).collect()
}

/// As runs of numbers, for people.
fn shorten(list: &[u64]) -> String {
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for &n in list {
        match runs.last_mut() {
            Some(run) if run.1 == n => run.1 = n + 1,
            _ => runs.push((n, n + 1)),
        }
    }
    let shown: Vec<String> = runs
        .iter()
        .take(60)
        .map(|run| format!("{}..{}", run.0, run.1))
        .collect();
    shown.join(" ")
}

fn history_differs(fast: &World, naive: &Naive) -> Option<String> {
    let show = |at: u64, partition: usize, leader: Option<usize>, isr: Vec<usize>, epochs| {
        format!("{at} ns: partition {partition} leader {leader:?} isr {isr:?} epochs {epochs:?}")
    };
    let fast: Vec<String> = fast
        .history()
        .iter()
        .map(|change| {
            let state = change.state;
            show(
                change.at.as_nanos(),
                change.partition as usize,
                state.leader.map(usize::from),
                kafka::ids::slots(state.isr).map(usize::from).collect(),
                (state.leader_epoch, state.partition_epoch),
            )
        })
        .collect();
    let naive: Vec<String> = naive
        .history()
        .iter()
        .map(|change| {
            let state = &change.state;
            show(
                change.at,
                change.partition,
                state.leader,
                state.isr.iter().copied().collect(),
                (state.leader_epoch, state.partition_epoch),
            )
        })
        .collect();
    let at = (0..fast.len().max(naive.len())).find(|&at| fast.get(at) != naive.get(at))?;
    Some(format!(
        "history, change {at}\n  fast  {:?}\n  naive {:?}",
        fast.get(at),
        naive.get(at)
    ))
}

fn ledgers_differ(fast: &World, naive: &Naive, flow: usize) -> Option<String> {
    let (a, b) = (fast.flow_ledger(flow as u32), naive.ledger(flow));
    let lists = [
        ("acked", flatten(a.acked.as_slice()), &b.acked),
        ("failed", flatten(a.failed.as_slice()), &b.failed),
        ("lost", flatten(a.lost.as_slice()), &b.lost),
        ("log", flatten(&a.log), &b.log),
    ];
    for (what, fast, naive) in &lists {
        if fast != *naive {
            return Some(format!(
                "{what} of flow {flow}\n  fast  {}\n  naive {}",
                shorten(fast),
                shorten(naive)
            ));
        }
    }
    let numbers = (
        (a.created, a.extra_copies, a.inversions),
        (b.created, b.extra_copies, b.inversions),
    );
    (numbers.0 != numbers.1)
        .then(|| format!("created, copies, inversions of flow {flow}: {numbers:?}"))
}

fn outages_differ(fast: &World, naive: &Naive, flow: usize) -> Option<String> {
    use engine::{CauseId, Time};
    let naive: Vec<kafka::flow::FlowOutage> = naive
        .outages(flow)
        .iter()
        .map(|outage| kafka::flow::FlowOutage {
            last_ack: Time::from_nanos(outage.last_ack),
            begin: Time::from_nanos(outage.begin),
            end: Time::from_nanos(outage.end),
            cause: CauseId::NONE,
            ended_by: CauseId::NONE,
        })
        .collect();
    worlds::outages_differ(&fast.flow_outages(flow as u32), &naive)
        .map(|what| format!("outages of flow {flow}: {what}"))
}

/// The first difference between the two models on a case.
fn difference(number: u64, mistake: Option<Mistake>) -> Option<String> {
    let case = worlds::core_case(number);
    let fast = worlds::run(
        &case,
        Options {
            causes: false,
            trace: false,
            history: true,
            switches: kafka::Switches {
                calm: setting("DRYROLL_CALM", 1) == 1,
                drains: setting("DRYROLL_DRAINS", 1) == 1,
            },
        },
    );
    let naive = run_naive(&case, mistake);
    let first = history_differs(&fast, &naive).or_else(|| {
        (0..naive.flow_count()).find_map(|flow| {
            ledgers_differ(&fast, &naive, flow).or_else(|| outages_differ(&fast, &naive, flow))
        })
    })?;
    Some(format!(
        "case {number}: {first}\n  acts {:?}\n  {:?}\n  run it: DRYROLL_FROM={number} DRYROLL_CASES=1 cargo test -p dryroll-kafka --test agree the_models",
        case.acts, case.small
    ))
}

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(otherwise)
}

/// Runs cases on all cores; the differing ones, in order.
fn differences(
    from: u64,
    cases: u64,
    mistake: Option<Mistake>,
    enough: usize,
) -> Vec<(u64, String)> {
    let next = AtomicU64::new(from);
    let found = std::sync::Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= from + cases || found.lock().unwrap().len() >= enough {
                        break;
                    }
                    if let Some(what) = difference(number, mistake) {
                        found.lock().unwrap().push((number, what));
                    }
                }
            });
        }
    });
    let mut found = found.into_inner().unwrap();
    found.sort_unstable();
    found
}

#[test]
fn the_models_agree() {
    let cases = setting("DRYROLL_CASES", CASES);
    let from = setting("DRYROLL_FROM", 0);
    let found = differences(from, cases, None, usize::MAX);
    let shown = setting("DRYROLL_SHOWN", 3) as usize;
    for (_, what) in found.iter().take(shown) {
        eprintln!("{what}\n");
    }
    let numbers: Vec<u64> = found.iter().map(|at| at.0).collect();
    assert!(
        found.is_empty(),
        "{} of {cases} cases differ: {numbers:?}",
        found.len()
    );
}

/// The comparison is not blind: each of these faults, planted in the naive model, is seen within the worlds of every test run.
#[test]
fn planted_faults_are_seen() {
    let missed: Vec<Mistake> = Mistake::ALL
        .into_iter()
        .filter(|&mistake| {
            let found = differences(0, CASES, Some(mistake), 1);
            if let Some((number, _)) = found.first() {
                eprintln!("{mistake:?}: seen in case {number}");
            }
            found.is_empty()
        })
        .collect();
    assert!(missed.is_empty(), "not seen: {missed:?}");
}
