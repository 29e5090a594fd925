//! Several lanes laid over each other: at each moment the worst of them.

use std::collections::BTreeSet;

use outcome::{Interval, Time};

use super::{Bar, Lane};
use crate::text::number;

/// One lane's worth of bars that shows, at each moment, the worst bar of all lanes, and says how many others there are.
///
/// A flag is kept at the end of the piece in which its bar ends.
pub(crate) fn overlay(lanes: &[Lane]) -> Vec<Bar> {
    let bars: Vec<(&str, &Bar)> = lanes
        .iter()
        .flat_map(|lane| lane.bars.iter().map(move |bar| (lane.label.as_str(), bar)))
        .collect();
    // Ends before begins at the same moment, so that touching bars do not count as two.
    let mut edges: Vec<(Time, bool, usize)> = Vec::with_capacity(bars.len() * 2);
    for (index, (_, bar)) in bars.iter().enumerate() {
        edges.push((bar.when.begin, true, index));
        // A bar without length gets one nanosecond, or it would never be active.
        edges.push((
            bar.when.end.max(bar.when.begin.saturating_add(1)),
            false,
            index,
        ));
    }
    edges.sort_unstable();
    let mut active: BTreeSet<(outcome::StretchState, usize)> = BTreeSet::new();
    let mut pieces: Vec<(Piece, Bar)> = Vec::new();
    let mut since = Time::MIN;
    for (at, begins, index) in edges {
        if at > since
            && let Some(&(state, worst)) = active.first()
        {
            let (label, bar) = bars[worst];
            let piece = Piece {
                worst,
                others: active.len() - 1,
            };
            let when = Interval {
                begin: since,
                end: at,
            };
            match pieces.last_mut() {
                Some((last, merged)) if *last == piece && merged.when.end == since => {
                    merged.when.end = at
                }
                _ => {
                    let text = describe(label, bar, piece.others);
                    pieces.push((
                        piece,
                        Bar {
                            when,
                            state,
                            text,
                            finding: bar.finding,
                            flag: None,
                        },
                    ));
                }
            }
        }
        since = at;
        let (_, bar) = bars[index];
        if begins {
            active.insert((bar.state, index));
        } else {
            active.remove(&(bar.state, index));
            if let (Some(flag), Some((_, piece))) = (bar.flag, pieces.last_mut()) {
                piece.flag = Some(piece.flag.map_or(flag, |other| other.min(flag)));
            }
        }
    }
    pieces.into_iter().map(|(_, bar)| bar).collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Piece {
    worst: usize,
    others: usize,
}

fn describe(label: &str, bar: &Bar, others: usize) -> String {
    let named = if label.is_empty() {
        bar.text.clone()
    } else {
        format!("{label}: {}", bar.text)
    };
    match others {
        0 => named,
        _ => format!("{named} (and {} more)", number(others as u64)),
    }
}

#[cfg(test)]
mod tests {
    use outcome::{RowKind, StretchState};

    use super::super::{Flag, LaneKind};
    use super::*;

    fn lane(label: &str, bars: &[(Time, Time, StretchState)]) -> Lane {
        let bars = bars
            .iter()
            .map(|&(begin, end, state)| Bar {
                when: Interval { begin, end },
                state,
                text: format!("{state:?}"),
                finding: None,
                flag: None,
            })
            .collect();
        Lane {
            kind: LaneKind::Row(RowKind::Node),
            label: label.to_owned(),
            bars,
            sum: String::new(),
        }
    }

    #[test]
    fn the_worst_covers_the_rest() {
        use StretchState::{Degraded, Down};
        let lanes = [
            lane("a", &[(0, 100, Degraded)]),
            lane("b", &[(40, 60, Down)]),
        ];
        let said: Vec<_> = overlay(&lanes)
            .into_iter()
            .map(|bar| (bar.when.begin, bar.when.end, bar.state, bar.text))
            .collect();
        assert_eq!(
            said,
            [
                (0, 40, Degraded, "a: Degraded".to_owned()),
                (40, 60, Down, "b: Down (and 1 more)".to_owned()),
                (60, 100, Degraded, "a: Degraded".to_owned()),
            ]
        );
    }

    #[test]
    fn a_flag_stays_at_its_end_and_a_moment_is_seen() {
        let mut gate = lane("", &[(5, 5, StretchState::Info)]);
        gate.bars[0].flag = Some(Flag::FalseGreen);
        let bars = overlay(&[gate]);
        assert_eq!(bars.len(), 1);
        assert_eq!(
            (bars[0].when.begin, bars[0].flag),
            (5, Some(Flag::FalseGreen))
        );
    }
}
