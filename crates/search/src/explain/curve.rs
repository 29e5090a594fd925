//! When did it become unavoidable? The run is stopped at up to 64 of its moments, and from each it is played on many times: with fresh
//! randomness, and without the faults that have not begun yet. The share of those futures that fail is the odds at that moment; a
//! jump is the work of what happened there, and the first moment from which none gets away is the critical event.

use outcome::explained::{Curve, CurvePoint};
use rayon::prelude::*;
use rehearsal::{Rehearsal, Snapshot};
use scenario::model::Nanos;

use crate::plan::moment;
use crate::shrink::Failure;

/// Moments from which the run is played on.
pub const MOMENTS: usize = 64;

/// Of them, those that are placed first, evenly; the others look closer at where the odds change most.
const FIRST: usize = 40;

/// A rise of the odds by so much is a jump: one in four.
const JUMP: u32 = 4;

/// A moment of the run: the number of the step of the simulation after which it is reached, and what happened in it.
struct Place {
    step: usize,
    at: i64,
    what: String,
}

/// The curve of this failure in the run of this seed. `rehearsal` has all faults.
pub fn curve(rehearsal: &Rehearsal, seed: u64, failure: &Failure, continuations: u32) -> Curve {
    let places = places(rehearsal, seed);
    let mut chosen: Vec<usize> = spread(0, places.len(), FIRST);
    let mut known: Vec<(usize, u32)> = Vec::new();
    loop {
        let fresh: Vec<usize> = chosen
            .iter()
            .copied()
            .filter(|place| known.iter().all(|(done, _)| done != place))
            .collect();
        if fresh.is_empty() {
            break;
        }
        let snapshots = clones(rehearsal, seed, &places, &fresh);
        let counts: Vec<(usize, u32)> = snapshots
            .par_iter()
            .map(|(place, snapshot)| (*place, failing(snapshot, seed, failure, continuations)))
            .collect();
        known.extend(counts);
        known.sort_unstable();
        let left = MOMENTS.saturating_sub(known.len());
        chosen = closer(&known, left.min(8));
    }
    let points: Vec<CurvePoint> = known
        .iter()
        .map(|&(place, failing)| CurvePoint {
            at: places[place].at,
            what: places[place].what.clone(),
            failing,
            of: continuations,
        })
        .collect();
    let from = points
        .iter()
        .rposition(|point| point.failing < point.of)
        .map_or(0, |last| last + 1);
    let jumps = (1..points.len())
        .filter(|&at| {
            (points[at].failing.saturating_sub(points[at - 1].failing)) * JUMP >= continuations
        })
        .collect();
    Curve {
        promise: String::new(),
        critical: (from < points.len()).then_some(from),
        jumps,
        points,
    }
}

/// So many of the numbers from `low` up to `high`, evenly, the first and the last among them.
fn spread(low: usize, high: usize, many: usize) -> Vec<usize> {
    let count = high.saturating_sub(low);
    if count <= many {
        return (low..high).collect();
    }
    let mut some: Vec<usize> = (0..many)
        .map(|nth| low + nth * (count - 1) / (many - 1).max(1))
        .collect();
    some.dedup();
    some
}

/// Where to look closer: within the largest change between two neighbours that have others between them.
fn closer(known: &[(usize, u32)], many: usize) -> Vec<usize> {
    if many == 0 {
        return Vec::new();
    }
    let widest = known
        .windows(2)
        .filter(|pair| pair[1].0 - pair[0].0 > 1 && pair[1].1 != pair[0].1)
        // The earliest of the largest.
        .max_by_key(|pair| (pair[1].1.abs_diff(pair[0].1), usize::MAX - pair[0].0));
    widest.map_or_else(Vec::new, |pair| spread(pair[0].0 + 1, pair[1].0, many))
}

/// Every moment at which anything happened, and what.
fn places(rehearsal: &Rehearsal, seed: u64) -> Vec<Place> {
    let mut snapshot = rehearsal.begin(seed);
    snapshot.watch();
    let mut places: Vec<Place> = Vec::new();
    let mut step = 0;
    let mut more = true;
    while more {
        more = snapshot.step();
        step += 1;
        let reached = snapshot.take_reached();
        let Some((_, state)) = reached.last() else {
            continue;
        };
        let at = state.at;
        let mut words: Vec<String> = reached
            .iter()
            .map(|(moment_, _)| moment(rehearsal.scenario(), &snapshot.when(*moment_, Nanos(0))))
            .map(|words| words.trim_start_matches("when ").to_owned())
            .collect();
        words.dedup();
        // Of several things at once the first is their reason.
        words.truncate(2);
        let what = words.join(", ");
        match places.last_mut() {
            // What happens at the same instant is one moment, and it is over when all of it has happened.
            Some(last) if last.at == at => {
                last.step = step;
                if last.what.is_empty() {
                    last.what = what;
                }
            }
            _ => places.push(Place { step, at, what }),
        }
    }
    let faults = snapshot.measure().faults;
    for (fault, began) in faults {
        let Some(began) = began else { continue };
        let text = format!("fault: {}", crate::plan::written(&fault));
        // The first moment at or after it: from there on it has begun.
        let next = places.iter_mut().find(|place| place.at >= began);
        if let Some(place) = next
            && !place.what.starts_with("fault")
        {
            place.what = match place.what.is_empty() {
                true => text,
                false => format!("{text}; {}", place.what),
            };
        }
    }
    places
}

/// The run at these places.
fn clones(
    rehearsal: &Rehearsal,
    seed: u64,
    places: &[Place],
    wanted: &[usize],
) -> Vec<(usize, Snapshot)> {
    let mut snapshot = rehearsal.begin(seed);
    let mut all = Vec::with_capacity(wanted.len());
    let mut step = 0;
    for &place in wanted {
        while step < places[place].step {
            snapshot.step();
            step += 1;
        }
        all.push((place, snapshot.clone()));
    }
    all
}

/// How many of its futures fail.
fn failing(snapshot: &Snapshot, seed: u64, failure: &Failure, continuations: u32) -> u32 {
    let fails = |nth: &u32| {
        let mut future = snapshot.clone();
        future.another_future(seed.wrapping_add(1 + u64::from(*nth)));
        failure.is_broken_in(&future.measure().promises)
    };
    (0..continuations).filter(fails).count() as u32
}
