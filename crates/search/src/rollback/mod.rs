//! The way back from every moment of a runbook, over many seeds, with and without a fault at that moment.
//!
//! For each seed the runbook is played once; at every moment at which an operator can turn back ([`rehearsal::way_back::Turn`]) clones of
//! the rehearsal go back from there and then forward again. Seeds are rehearsed side by side and gathered by their number, so the result
//! does not depend on the number of threads.

mod sum;

use outcome::rollback::Rollback;
use rayon::prelude::*;
use rehearsal::Rehearsal;
use rehearsal::way_back::{Place, Turn, Undo, WayBack};
use scenario::model::{Fault, FaultKind, Nanos, Span, Spanned, Target, When};

/// A process that was killed is back after this long: *assumed*, somebody notices and starts it.
const BACK_AFTER: Nanos = Nanos(60_000_000_000);

/// A fault at the moment of turning back.
struct Strike {
    /// In words.
    text: &'static str,
    /// As data.
    fault: Fault,
}

/// What was seen from one moment with one seed.
struct Seen {
    place: Place,
    at: outcome::Time,
    /// Without a fault, then with each.
    ways: Vec<WayBack>,
}

/// One seed's runbook.
struct Walk {
    seed: u64,
    seen: Vec<Seen>,
    undos: Vec<Option<Undo>>,
}

/// Rehearses the way back from every moment, with this many seeds from `first` on. `done` is called after each seed.
pub fn run(rehearsal: &Rehearsal, first: u64, seeds: u64, done: &(dyn Fn() + Sync)) -> Rollback {
    let strikes = strikes();
    let walks: Vec<Walk> = (0..seeds)
        .into_par_iter()
        .map(|at| {
            let walk = walk(rehearsal, first.wrapping_add(at), &strikes);
            done();
            walk
        })
        .collect();
    sum::up(rehearsal, first, &walks, &strikes)
}

/// Who may die just when the operator turns back.
fn strikes() -> Vec<Strike> {
    let strike = |text, kind| Strike {
        text,
        fault: Fault {
            kind: said(kind),
            at: said(When::At(Nanos(0))),
            lasts: Some(said(BACK_AFTER)),
        },
    };
    vec![
        strike(
            "a broker dies (kill -9), and is started again a minute later",
            FaultKind::Kill(Target::AnyBroker),
        ),
        strike(
            "the active controller dies (kill -9), and is started again a minute later",
            FaultKind::KillActiveController,
        ),
    ]
}

fn said<T>(value: T) -> Spanned<T> {
    Spanned {
        value,
        span: Span::default(),
    }
}

fn walk(rehearsal: &Rehearsal, seed: u64, strikes: &[Strike]) -> Walk {
    let mut walk = Walk {
        seed,
        seen: Vec::new(),
        undos: Vec::new(),
    };
    rehearsal.turns(seed, |turn| {
        walk.undos = turn.undos().to_vec();
        if is_worth_a_look(turn.place(), &walk.seen) {
            walk.seen.push(look(turn, strikes));
        }
    });
    walk
}

/// Between steps always; within a roll after the first batch and once when half of the nodes are done.
fn is_worth_a_look(place: &Place, seen: &[Seen]) -> bool {
    let Some((done, of)) = place.nodes else {
        return true;
    };
    let before = seen
        .last()
        .filter(|seen| seen.place.step == place.step)
        .and_then(|seen| seen.place.nodes);
    match before {
        None => true,
        Some((before, _)) => before * 2 < of && done * 2 >= of,
    }
}

fn look(turn: &Turn, strikes: &[Strike]) -> Seen {
    let faults = strikes.iter().map(|strike| Some(&strike.fault));
    Seen {
        place: turn.place().clone(),
        at: turn.at(),
        ways: std::iter::once(None)
            .chain(faults)
            .map(|fault| turn.back(fault))
            .collect(),
    }
}
