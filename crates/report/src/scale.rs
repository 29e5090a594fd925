//! From moments to places: the time axis, in whole cells (pixels or columns), with long quiet times folded.
//!
//! A day of soaking between two rolls of ten minutes would leave the rolls a few pixels. So a gap in which nothing begins
//! or ends, and which takes much of the axis, is folded into a narrow break. Everything is integer arithmetic on bounded
//! loops: an empty, a reversed or a 292-year window gives an axis too, and never a hang.

use outcome::{Interval, Time};

use crate::text::clock::{Digits, clock_with};

const SECOND: u128 = 1_000_000_000;
/// A gap shorter than this is never folded.
const FOLD_AT_LEAST: u128 = 10 * 60 * SECOND;
/// A gap is folded if it takes this share, in percent, of the time that is still unfolded.
const FOLD_SHARE: u128 = 35;
/// What is left of a folded gap at each of its ends, at least, so that what borders it can be seen.
const FOLD_REST: u128 = 15 * SECOND;
/// More folds than this would make the axis unreadable.
const FOLDS_AT_MOST: usize = 5;

/// A stretch of the axis on which time runs evenly, or a fold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// The time it covers.
    pub(crate) when: Interval,
    /// Its first cell.
    pub(crate) from: u32,
    /// One past its last cell.
    pub(crate) to: u32,
    /// Time is folded here.
    pub(crate) folded: bool,
}

/// A mark of the axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tick {
    /// Its cell.
    pub(crate) at: u32,
    /// Its moment in words; empty for a mark that has no room for words.
    pub(crate) label: String,
    /// The first cell of the label: centred on the mark, but inside of the axis.
    pub(crate) label_from: u32,
}

/// The time axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TimeScale {
    pieces: Vec<Piece>,
}

impl TimeScale {
    /// An axis over `window` of `cells` cells. `landmarks` are the moments at which something begins or ends; between them
    /// time may be folded, to `fold_cells` each. No landmarks: no folds.
    pub(crate) fn new(window: Interval, landmarks: &[Time], cells: u32, fold_cells: u32) -> Self {
        let window = widened(window);
        let kept = kept_pieces(window, landmarks);
        let folds = kept.iter().filter(|(_, folded)| *folded).count() as u32;
        let fold_cells = fold_cells.min(cells / 3 / folds.max(1));
        let live: u128 = kept
            .iter()
            .filter(|(_, folded)| !folded)
            .map(|(when, _)| span(*when))
            .sum();
        let live_cells = cells.saturating_sub(folds * fold_cells).max(1);
        let mut pieces = Vec::with_capacity(kept.len());
        let (mut passed, mut folded_cells) = (0_u128, 0);
        for (when, folded) in kept {
            let place = |passed: u128| (passed * u128::from(live_cells) / live.max(1)) as u32;
            let from = place(passed) + folded_cells;
            if folded {
                folded_cells += fold_cells;
            } else {
                passed += span(when);
            }
            pieces.push(Piece {
                when,
                from,
                to: place(passed) + folded_cells,
                folded,
            });
        }
        TimeScale { pieces }
    }

    /// The pieces from left to right. There is at least one.
    pub(crate) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The folds.
    pub(crate) fn folds(&self) -> impl Iterator<Item = &Piece> {
        self.pieces.iter().filter(|piece| piece.folded)
    }

    /// The time that is shown, folds included.
    pub(crate) fn window(&self) -> Interval {
        Interval {
            begin: self.pieces[0].when.begin,
            end: self.pieces[self.pieces.len() - 1].when.end,
        }
    }

    /// One past the last cell.
    pub(crate) fn cells(&self) -> u32 {
        self.pieces[self.pieces.len() - 1].to
    }

    /// The cell border at that moment; moments outside of the window are at its ends.
    pub(crate) fn place(&self, at: Time) -> u32 {
        let Some(piece) = self.pieces.iter().find(|piece| at < piece.when.end) else {
            return self.cells();
        };
        if at <= piece.when.begin {
            return piece.from;
        }
        let passed = u128::from(at.abs_diff(piece.when.begin));
        piece.from + (passed * u128::from(piece.to - piece.from) / span(piece.when).max(1)) as u32
    }

    /// The cells of an interval, at least `least` of them and within the axis; `None` if it lies outside of the window.
    pub(crate) fn cells_of(&self, when: Interval, least: u32) -> Option<(u32, u32)> {
        let window = self.window();
        if when.end < window.begin || when.begin > window.end {
            return None;
        }
        let least = least.min(self.cells());
        let from = self.place(when.begin).min(self.cells() - least);
        let to = self.place(when.end.max(when.begin)).max(from + least);
        Some((from, to.min(self.cells())))
    }

    /// Round moments, at least `spacing` cells apart, with a label wherever it fits: `label_cells` tells how many cells a
    /// label takes.
    pub(crate) fn ticks(&self, spacing: u32, label_cells: impl Fn(&str) -> u32) -> Vec<Tick> {
        let step = self.tick_step(spacing.max(1));
        let digits = if step < SECOND {
            Digits::Milliseconds
        } else {
            Digits::None
        };
        let mut ticks: Vec<Tick> = Vec::new();
        let mut free_from = 0_i64;
        for piece in self.pieces.iter().filter(|piece| !piece.folded) {
            let step = step as i128;
            let mut at = i128::from(piece.when.begin).div_euclid(step) * step;
            if at < i128::from(piece.when.begin) {
                at += step;
            }
            // At most one mark per cell: the step was chosen so, and the bound makes it certain.
            for _ in 0..=(piece.to - piece.from) {
                if at > i128::from(piece.when.end) {
                    break;
                }
                let moment = at as Time;
                let cell = self.place(moment).clamp(piece.from, piece.to);
                let label = tick_label(moment, step as u128, digits);
                let cells = i64::from(label_cells(&label));
                // A label at an end is shifted into the axis.
                let begin = (i64::from(cell) - cells / 2)
                    .min(i64::from(self.cells()) - cells)
                    .max(0);
                let fits = begin >= free_from && begin + cells <= i64::from(self.cells());
                if fits {
                    free_from = begin + cells + 1;
                }
                ticks.push(Tick {
                    at: cell,
                    label: if fits { label } else { String::new() },
                    label_from: begin as u32,
                });
                at += step;
            }
            free_from = free_from.max(i64::from(piece.to));
        }
        ticks
    }

    fn tick_step(&self, spacing: u32) -> u128 {
        let live = self.pieces.iter().filter(|piece| !piece.folded);
        let (time, cells) = live.fold((0_u128, 0_u128), |(time, cells), piece| {
            (
                time + span(piece.when),
                cells + u128::from(piece.to - piece.from),
            )
        });
        let wanted = (time * u128::from(spacing)).div_ceil(cells.max(1));
        round_step(wanted)
    }
}

/// The smallest round length of time that is not below `wanted`.
fn round_step(wanted: u128) -> u128 {
    const MS: u128 = SECOND / 1_000;
    const MINUTE: u128 = 60 * SECOND;
    const HOUR: u128 = 60 * MINUTE;
    const DAY: u128 = 24 * HOUR;
    let fixed = [1, 2, 5, 10, 20, 50, 100, 200, 500]
        .map(|n| n * MS)
        .into_iter()
        .chain([1, 2, 5, 10, 15, 30].map(|n| n * SECOND))
        .chain([1, 2, 5, 10, 15, 30].map(|n| n * MINUTE))
        .chain([1, 2, 3, 6, 12].map(|n| n * HOUR))
        .chain([1, 2, 5].map(|n| n * DAY));
    // 10^7 days are more than the longest window.
    let long = (1..=7).flat_map(|power| [1, 2, 5].map(|n| n * 10_u128.pow(power) * DAY));
    fixed
        .chain(long)
        .find(|&step| step >= wanted)
        .unwrap_or(10_u128.pow(8) * DAY)
}

fn tick_label(at: Time, step: u128, digits: Digits) -> String {
    const HOUR: u128 = 3_600 * SECOND;
    if at == 0 {
        return "0".to_owned();
    }
    let sign = if at < 0 { "−" } else { "+" };
    let length = u128::from(at.unsigned_abs());
    if step >= 24 * HOUR {
        return format!("{sign}{} d", length / (24 * HOUR));
    }
    if step >= HOUR {
        return format!("{sign}{} h", length / HOUR);
    }
    clock_with(at, digits)
}

/// The window split at its folds: pieces in order, the flag says folded.
fn kept_pieces(window: Interval, landmarks: &[Time]) -> Vec<(Interval, bool)> {
    let mut marks: Vec<Time> = landmarks
        .iter()
        .copied()
        .filter(|&at| at > window.begin && at < window.end)
        .collect();
    if marks.is_empty() {
        return vec![(window, false)];
    }
    marks.push(window.begin);
    marks.push(window.end);
    marks.sort_unstable();
    marks.dedup();
    let mut gaps: Vec<Interval> = marks
        .windows(2)
        .map(|pair| Interval {
            begin: pair[0],
            end: pair[1],
        })
        .collect();
    // The longest first; the earlier first where two are equal.
    gaps.sort_by_key(|gap| (std::cmp::Reverse(span(*gap)), gap.begin));
    let mut live = span(window);
    let mut folded: Vec<Interval> = Vec::new();
    for gap in gaps.into_iter().take(FOLDS_AT_MOST) {
        if span(gap) < FOLD_AT_LEAST || span(gap) * 100 < live * FOLD_SHARE {
            break;
        }
        live -= span(gap);
        folded.push(gap);
    }
    let rest = (live / 20).max(FOLD_REST);
    let mut pieces = Vec::new();
    let mut begin = window.begin;
    folded.sort_by_key(|gap| gap.begin);
    for gap in folded {
        let rest = rest.min(span(gap) / 4) as i64;
        let fold = Interval {
            begin: gap.begin + rest,
            end: gap.end - rest,
        };
        pieces.push((
            Interval {
                begin,
                end: fold.begin,
            },
            false,
        ));
        pieces.push((fold, true));
        begin = fold.end;
    }
    pieces.push((
        Interval {
            begin,
            end: window.end,
        },
        false,
    ));
    pieces
}

/// The window, put right: not reversed, and at least a second long.
fn widened(window: Interval) -> Interval {
    let begin = window.begin.min(i64::MAX - SECOND as i64);
    let end = window.end.max(begin + SECOND as i64);
    Interval { begin, end }
}

fn span(when: Interval) -> u128 {
    u128::from(when.end.abs_diff(when.begin))
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: i64 = 1_000_000_000;
    const MIN: i64 = 60 * S;
    const H: i64 = 60 * MIN;

    fn labels(scale: &TimeScale, spacing: u32) -> Vec<String> {
        scale
            .ticks(spacing, |label| label.chars().count() as u32)
            .into_iter()
            .map(|tick| tick.label)
            .collect()
    }

    fn between(begin: Time, end: Time) -> Interval {
        Interval { begin, end }
    }

    #[test]
    fn ticks_are_round_and_tell_before_from_after() {
        let scale = TimeScale::new(between(-30 * S, 4 * MIN), &[], 60, 3);
        assert_eq!(
            labels(&scale, 10),
            ["0", "+1:00", "+2:00", "+3:00", "+4:00"]
        );
        let scale = TimeScale::new(between(-2 * S, 2 * S), &[], 60, 3);
        assert_eq!(
            labels(&scale, 15),
            ["−0:02", "−0:01", "0", "+0:01", "+0:02"]
        );
        let scale = TimeScale::new(between(0, 5 * H), &[], 60, 3);
        assert_eq!(
            labels(&scale, 10),
            ["0", "+1 h", "+2 h", "+3 h", "+4 h", "+5 h"]
        );
        let scale = TimeScale::new(between(0, 400_000_000), &[], 60, 3);
        assert_eq!(labels(&scale, 10)[..3], ["0", "+0:00.200", "+0:00.400"]);
    }

    #[test]
    fn a_day_of_waiting_is_folded_and_the_roll_stays_wide() {
        let landmarks = [
            0,
            10 * MIN,
            20 * MIN,
            30 * MIN,
            24 * H + 30 * MIN,
            24 * H + 31 * MIN,
        ];
        let scale = TimeScale::new(between(-30 * S, 24 * H + 32 * MIN), &landmarks, 100, 4);
        let folds: Vec<_> = scale.folds().collect();
        assert_eq!(folds.len(), 1);
        assert_eq!(folds[0].to - folds[0].from, 4);
        assert!(
            scale.place(30 * MIN) > 75,
            "the roll takes most of the axis"
        );
        assert!(scale.place(24 * H + 30 * MIN) < scale.place(24 * H + 31 * MIN));
    }

    #[test]
    fn an_even_run_is_not_folded() {
        let landmarks: Vec<i64> = (0..6).map(|n| n * 15 * MIN).collect();
        assert_eq!(
            TimeScale::new(between(0, 75 * MIN), &landmarks, 100, 4)
                .folds()
                .count(),
            0
        );
        assert_eq!(
            TimeScale::new(between(0, 9 * MIN), &[MIN, 2 * MIN], 100, 4)
                .folds()
                .count(),
            0
        );
        assert_eq!(
            TimeScale::new(between(0, 900 * H), &[], 100, 4)
                .folds()
                .count(),
            0
        );
    }

    #[test]
    fn a_moment_takes_a_cell_at_least() {
        let scale = TimeScale::new(between(0, H), &[], 50, 3);
        assert_eq!(scale.cells_of(between(MIN, MIN + 5), 1), Some((0, 1)));
        assert_eq!(scale.cells_of(between(H, H), 2), Some((48, 50)));
        assert_eq!(scale.cells_of(between(2 * H, 3 * H), 1), None);
    }

    #[test]
    fn strange_windows_have_an_axis_too() {
        for window in [
            between(0, 0),
            between(5, -5),
            between(i64::MIN, i64::MAX),
            between(i64::MAX, i64::MAX),
        ] {
            let scale = TimeScale::new(window, &[0, 1, i64::MIN, i64::MAX], 80, 3);
            let ticks = scale.ticks(10, |label| label.chars().count() as u32);
            assert!(ticks.len() <= 80, "{window:?}: {} marks", ticks.len());
            assert!(scale.cells() <= 80);
        }
    }

    proptest::proptest! {
        #[test]
        fn later_is_never_further_left(
            window: (i64, i64), marks: Vec<i64>, mut moments: Vec<i64>, cells in 1_u32..2_000,
        ) {
            let scale = TimeScale::new(between(window.0, window.1), &marks, cells, 3);
            moments.sort_unstable();
            let places: Vec<u32> = moments.iter().map(|&at| scale.place(at)).collect();
            proptest::prop_assert!(places.is_sorted());
            proptest::prop_assert!(places.iter().all(|&place| place <= scale.cells()));
            let ticks = scale.ticks(7, |label| label.len() as u32);
            proptest::prop_assert!(ticks.len() <= cells as usize + 20);
            proptest::prop_assert!(ticks.is_sorted_by_key(|tick| tick.at));
        }
    }
}
