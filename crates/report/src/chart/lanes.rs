//! Which rows become lanes.

use std::cmp::Reverse;

use outcome::{GateEnd, Interval, Outcome, RowKind, StretchState, TimelineRow};

use super::overlay::overlay;
use super::{Bar, Flag, Lane, LaneKind, LaneLimits, forward};
use crate::text::{clean, duration, number};
use crate::words;

/// The kinds in the order in which a reader looks for them: who is hurt stands below of what hurts.
const ORDER: [RowKind; 5] = [
    RowKind::Controller,
    RowKind::Node,
    RowKind::Partitions,
    RowKind::Producer,
    RowKind::Group,
];

/// The lanes from top to bottom, and notes on what is not drawn.
///
/// Rows of kind [`RowKind::Steps`] are not lanes: the steps have a band of their own.
pub(crate) fn select(
    outcome: &Outcome,
    window: Interval,
    limits: LaneLimits,
) -> (Vec<Lane>, Vec<String>) {
    let mut lanes: Vec<Lane> = gates(outcome, window).into_iter().collect();
    let mut notes = Vec::new();
    for kind in ORDER {
        let limit = if kind == RowKind::Node {
            limits.nodes
        } else {
            limits.others
        };
        let rows = outcome.timeline.iter().filter(|row| row.kind == kind);
        let all: Vec<Lane> = rows.map(|row| lane(row, outcome, window)).collect();
        lanes.extend(select_kind(
            kind,
            all,
            limit.max(1),
            limits.quiet,
            &mut notes,
        ));
    }
    (lanes, notes)
}

fn select_kind(
    kind: RowKind,
    all: Vec<Lane>,
    limit: usize,
    quiet: bool,
    notes: &mut Vec<String>,
) -> Vec<Lane> {
    let troubled = all.iter().filter(|lane| !lane.bars.is_empty()).count();
    // Quiet lanes are shown all or not at all: a choice of them would say nothing.
    let show_quiet = quiet && kind != RowKind::Partitions && all.len() <= limit;
    let wanted = if show_quiet { all.len() } else { troubled };
    // One lane is kept for the overlay of those that find no place.
    let places = if troubled > limit {
        limit.saturating_sub(1).max(1)
    } else {
        limit
    };
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by_key(|&index| (Reverse(weight(&all[index])), index));
    order.truncate(places.min(wanted));
    order.sort_unstable();

    let (singular, _) = words::row_kind(kind);
    let mut shown = Vec::new();
    let mut covered = Vec::new();
    let mut well = 0_u64;
    for (index, lane) in all.into_iter().enumerate() {
        if order.binary_search(&index).is_ok() {
            shown.push(lane);
        } else if lane.bars.is_empty() {
            well += 1;
        } else {
            covered.push(lane);
        }
    }
    if !covered.is_empty() {
        let label = format!("{} more {singular}s", number(covered.len() as u64));
        let bars = overlay(&covered);
        let sum = sum(&bars);
        shown.push(Lane {
            kind: LaneKind::Row(kind),
            label,
            bars,
            sum,
        });
    }
    if well > 0 {
        let more = if shown.is_empty() { "" } else { "more " };
        notes.push(format!(
            "{} {more}{singular}{}: all well",
            number(well),
            if well == 1 { "" } else { "s" }
        ));
    }
    shown
}

fn lane(row: &TimelineRow, outcome: &Outcome, window: Interval) -> Lane {
    let mut bars: Vec<Bar> = row
        .stretches
        .iter()
        .map(|stretch| Bar {
            when: forward(stretch.when),
            state: stretch.state,
            text: clean(&stretch.text).into_owned(),
            finding: stretch
                .finding
                .filter(|&index| index < outcome.findings.len()),
            flag: None,
        })
        .filter(|bar| bar.when.end >= window.begin && bar.when.begin <= window.end)
        .collect();
    bars.sort_by_key(|bar| (bar.when, bar.state));
    let label = clean(&row.label).into_owned();
    let sum = sum(&bars);
    Lane {
        kind: LaneKind::Row(row.kind),
        label,
        bars,
        sum,
    }
}

/// All gates in one lane, since a person watches them one after another.
fn gates(outcome: &Outcome, window: Interval) -> Option<Lane> {
    let watched: Vec<Lane> = outcome
        .gates
        .iter()
        .map(|gate| {
            let flag = match (gate.false_green.is_some(), gate.end) {
                (true, _) => Some(Flag::FalseGreen),
                (false, GateEnd::TimedOut | GateEnd::Broken | GateEnd::Forgotten) => {
                    Some(Flag::Failed)
                }
                (false, GateEnd::Green | GateEnd::Unfinished) => None,
            };
            let mut text = format!("{}: {}", clean(&gate.text), words::gate_end(gate.end));
            if let Some(why) = &gate.false_green {
                text = format!("{text}, although it was not safe: {}", clean(why));
            }
            let bar = Bar {
                when: forward(gate.when),
                state: StretchState::Info,
                text,
                finding: None,
                flag,
            };
            Lane {
                kind: LaneKind::Gates,
                label: String::new(),
                bars: vec![bar],
                sum: String::new(),
            }
        })
        .filter(|lane| {
            lane.bars
                .iter()
                .all(|bar| bar.when.end >= window.begin && bar.when.begin <= window.end)
        })
        .collect();
    if watched.is_empty() {
        return None;
    }
    let bars = overlay(&watched);
    Some(Lane {
        kind: LaneKind::Gates,
        label: "gates".to_owned(),
        bars,
        sum: String::new(),
    })
}

/// How much a reader would miss the lane: by its time in the worst state, then in the next, …
fn weight(lane: &Lane) -> [u128; 4] {
    let mut weight = [0; 4];
    for bar in &lane.bars {
        let place = match bar.state {
            StretchState::Down => 0,
            StretchState::Partly => 1,
            StretchState::Degraded => 2,
            StretchState::Planned => 3,
            StretchState::Info => continue,
        };
        // A moment without length counts too.
        weight[place] += u128::from(words::length(bar.when)) + 1;
    }
    weight
}

/// "7.9 s down": the time in the worst state, if that is a bad one.
fn sum(bars: &[Bar]) -> String {
    for (state, word) in [
        (StretchState::Down, "down"),
        (StretchState::Partly, "partly"),
    ] {
        let bars = bars.iter().filter(|bar| bar.state == state);
        let total: u64 = bars
            .map(|bar| words::length(bar.when))
            .fold(0, u64::saturating_add);
        if total > 0 {
            return format!("{} {word}", duration(total));
        }
    }
    String::new()
}
