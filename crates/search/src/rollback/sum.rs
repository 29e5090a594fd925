//! From what single seeds saw to one table and one line.

use std::collections::BTreeMap;

use outcome::rollback::{Block, Moment, NoReturn, Obstacle, Range, Rollback, Way};
use rehearsal::Rehearsal;
use rehearsal::way_back::{Place, WayBack};

use super::{Seen, Strike, Walk};

/// Blocks of one way that are told at most.
const BLOCKS: usize = 4;

/// A place of the runbook, in its order: the step, then how far within it.
type Key = (usize, u8, u32);

pub(super) fn up(
    rehearsal: &Rehearsal,
    first: u64,
    walks: &[Walk],
    strikes: &[Strike],
) -> Rollback {
    let order = rehearsal.order_of_steps();
    let mut places: BTreeMap<Key, Vec<(u64, &Seen)>> = BTreeMap::new();
    for walk in walks {
        for seen in &walk.seen {
            let key = key(&seen.place, &order);
            places.entry(key).or_default().push((walk.seed, seen));
        }
    }
    let names: Vec<String> = order
        .iter()
        .map(|&step| rehearsal.tell_undo(step, None).name)
        .collect();
    let name_of = |step: usize| {
        order
            .iter()
            .position(|&other| other == step)
            .map(|at| names[at].clone())
    };
    let moments: Vec<Moment> = places
        .values()
        .map(|seen| moment(seen, strikes, &name_of))
        .collect();
    let steps = order
        .iter()
        .map(|&step| {
            let undo = walks
                .iter()
                .find_map(|walk| walk.undos.get(step).and_then(Option::as_ref));
            rehearsal.tell_undo(step, undo)
        })
        .collect();
    Rollback {
        schema: outcome::SCHEMA_VERSION,
        first_seed: first,
        seeds: walks.len() as u64,
        steps,
        no_return: no_return(&moments),
        moments,
        forward: rehearsal.run(first),
    }
}

fn key(place: &Place, order: &[usize]) -> Key {
    let rank = place.step.map_or(0, |step| {
        1 + order.iter().position(|&other| other == step).unwrap_or(0)
    });
    match (&place.stopped, place.nodes) {
        (Some(_), _) => (rank, 2, 0),
        (None, Some((done, _))) => (rank, 1, done),
        (None, None) => (rank, 3, 0),
    }
}

fn moment(
    seen: &[(u64, &Seen)],
    strikes: &[Strike],
    name_of: &dyn Fn(usize) -> Option<String>,
) -> Moment {
    let place = &seen[0].1.place;
    let step = place.step.and_then(name_of);
    let label = match (&step, place.nodes, &place.stopped) {
        (None, ..) => "before the first step".to_owned(),
        (Some(step), _, Some(_)) => format!("{step}, where it stopped"),
        (Some(step), Some((done, of)), None) => format!("{step}, {done} of {of} nodes"),
        (Some(step), None, None) => format!("after {step}"),
    };
    let texts = std::iter::once(None).chain(strikes.iter().map(|strike| Some(strike.text)));
    Moment {
        label,
        step,
        nodes: place.nodes,
        stopped: place.stopped.clone(),
        earliest: seen.iter().map(|(_, seen)| seen.at).min().unwrap_or(0),
        latest: seen.iter().map(|(_, seen)| seen.at).max().unwrap_or(0),
        at: seen[0].1.at,
        ways: texts
            .enumerate()
            .map(|(at, fault)| {
                let ways: Vec<(u64, &WayBack)> = seen
                    .iter()
                    .map(|(seed, seen)| (*seed, &seen.ways[at]))
                    .collect();
                way(fault, &ways, name_of)
            })
            .collect(),
    }
}

fn way(
    fault: Option<&str>,
    ways: &[(u64, &WayBack)],
    name_of: &dyn Fn(usize) -> Option<String>,
) -> Way {
    let range = |of: fn(&WayBack) -> u64| {
        let mut range = None;
        for (_, way) in ways {
            range = Some(Range::with(range, of(way)));
        }
        range.unwrap_or(Range { min: 0, max: 0 })
    };
    let mut time = None;
    for took in ways.iter().filter_map(|(_, way)| way.took) {
        time = Some(Range::with(time, took));
    }
    let again: Vec<_> = ways
        .iter()
        .filter_map(|(_, way)| way.again.as_ref())
        .collect();
    Way {
        fault: fault.map(str::to_owned),
        tried: ways.len() as u64,
        restored: ways.iter().filter(|(_, way)| way.took.is_some()).count() as u64,
        made_up: each(ways.iter().flat_map(|(_, way)| {
            way.made_up
                .iter()
                .filter_map(|&step| name_of(step))
                .collect::<Vec<_>>()
        })),
        waits: each(ways.iter().flat_map(|(_, way)| way.waits.clone())),
        time,
        outage: range(|way| way.outage),
        lost: range(|way| way.lost),
        not_sent: range(|way| way.not_sent),
        blocks: blocks(ways, name_of),
        harmless: each(
            ways.iter()
                .flat_map(|(_, way)| way.harmless.clone())
                .take(1),
        ),
        broken: counted(ways.iter().flat_map(|(_, way)| way.broken.clone())),
        again: again.len() as u64,
        again_held: again.iter().filter(|again| again.failed.is_empty()).count() as u64,
        again_failed: counted(again.iter().flat_map(|again| again.failed.clone())),
    }
}

/// What blocks, the same obstacle of several runs once.
fn blocks(ways: &[(u64, &WayBack)], name_of: &dyn Fn(usize) -> Option<String>) -> Vec<Block> {
    let mut all: Vec<Block> = Vec::new();
    for (seed, way) in ways {
        for block in &way.blocked {
            let step = block.step.and_then(name_of);
            let known = all.iter_mut().find(|known| {
                known.kind == block.kind
                    && known.step == step
                    && known.code == block.code
                    && (known.code.is_some()
                        || block.kind != Obstacle::NotRestored
                        || known.why == block.why)
            });
            match known {
                Some(known) => known.runs += 1,
                None => all.push(Block {
                    kind: block.kind,
                    step,
                    why: block.why.clone(),
                    code: block.code.clone(),
                    says: block.says.clone(),
                    rules: Vec::new(),
                    runs: 1,
                    seed: *seed,
                }),
            }
        }
    }
    all.sort_by_key(|block| (std::cmp::Reverse(block.runs), block.kind));
    all.truncate(BLOCKS);
    all
}

fn each(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for text in texts {
        if !all.contains(&text) {
            all.push(text);
        }
    }
    all
}

/// Each once, with how often, the most frequent first.
fn counted(texts: impl Iterator<Item = String>) -> Vec<(String, u64)> {
    let mut all: BTreeMap<String, u64> = BTreeMap::new();
    for text in texts {
        *all.entry(text).or_default() += 1;
    }
    let mut all: Vec<(String, u64)> = all.into_iter().collect();
    all.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    all
}

/// The first moment without a way back, although nothing else goes wrong.
fn no_return(moments: &[Moment]) -> Option<NoReturn> {
    let open = |moment: &Moment| moment.ways[0].restored == moment.ways[0].tried;
    let first = moments.iter().position(|moment| !open(moment))?;
    let moment = &moments[first];
    let last = first.checked_sub(1);
    let block = moment.ways[0].blocks.first();
    Some(NoReturn {
        last_way_back: last,
        moment: first,
        at: last.map_or(moment.at, |last| moments[last].at),
        step: moment.step.clone(),
        why: block.map_or_else(String::new, |block| block.why.clone()),
        open_again: (first + 1..moments.len()).find(|&at| open(&moments[at])),
    })
}
