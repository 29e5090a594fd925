//! One time axis with everything above it: steps, faults, lanes, marks.
//!
//! A state is told by height and pattern first, by colour second: *down* fills its lane, *works for some* fills it in
//! stripes, *less safe* fills the lower half, *on purpose* is a hollow box, *for information* a thin bar.

mod bands;
mod lane;

use outcome::Time;

use super::font;
use super::palette::Paint;
use super::scene::{Anchor, Fill, Group, Item, Line, Rect, Text};
use crate::chart::Chart;
use crate::scale::{Tick, TimeScale};
use crate::text::duration;
use crate::words;

/// From the top of one lane to the top of the next.
pub(crate) const LANE_STEP: i32 = 24;
/// Height of a lane's track.
const LANE: i32 = 16;
/// Space between lanes of different kinds.
const KIND_GAP: i32 = 7;
/// Height of the band of steps.
const STEPS: i32 = 22;
/// Height of a row of fault labels.
const FAULT_ROW: i32 = 17;
/// Fault labels use so many rows at most.
const FAULT_ROWS: usize = 3;
/// Cells of a fold.
pub(crate) const FOLD: u32 = 26;
/// Size of labels.
const LABEL: i32 = 13;
/// Size of the words in bars and at ticks.
const SMALL: i32 = 11;
/// A moment is drawn so wide.
const LEAST: u32 = 3;

pub(super) use lane::sample;

/// Where a panel stands, and what it is drawn for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    /// Left end of the labels.
    pub(super) left: i32,
    /// Left end of the time axis.
    pub(super) plot: i32,
    /// Right end of the time axis.
    pub(super) plot_end: i32,
    /// Right end of everything.
    pub(super) right: i32,
    /// Each bar is an item of its own, with its data; otherwise bars that touch on the picture are drawn as one.
    pub(super) exact: bool,
}

impl Frame {
    /// A frame between two edges whose labels and sums have the room they need.
    pub(super) fn new(chart: &Chart, left: i32, right: i32, exact: bool) -> Frame {
        let widest = |texts: &mut dyn Iterator<Item = i32>| texts.max().unwrap_or(0);
        let labels = widest(
            &mut chart
                .lanes
                .iter()
                .map(|lane| font::width(&lane.label, LABEL, false)),
        );
        let sums = widest(
            &mut chart
                .lanes
                .iter()
                .map(|lane| font::width(&lane.sum, SMALL, false)),
        );
        let plot = left + labels.clamp(90, (right - left) / 4) + 14;
        let plot_end = if sums > 0 {
            right - sums.min(150) - 12
        } else {
            right
        };
        Frame {
            left,
            plot,
            plot_end,
            right,
            exact,
        }
    }

    /// Cells of the time axis.
    pub(super) fn cells(&self) -> u32 {
        (self.plot_end - self.plot).max(1).unsigned_abs()
    }

    fn x(&self, cell: u32) -> i32 {
        self.plot + cell as i32
    }
}

/// A marked moment of a close-up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Letter {
    pub(super) at: Time,
    pub(super) letter: char,
}

/// A panel under construction.
pub(super) struct Panel<'a> {
    pub(super) chart: &'a Chart,
    pub(super) scale: &'a TimeScale,
    pub(super) frame: Frame,
    /// The time of a close-up, to be framed.
    pub(super) close_up: Option<outcome::Interval>,
    /// The letters of a close-up's causes.
    pub(super) letters: &'a [Letter],
    /// Steps are drawn.
    pub(super) steps: bool,
}

impl Panel<'_> {
    /// Draws everything from `top` on; the result is the bottom.
    pub(super) fn draw(&self, top: i32, items: &mut Vec<Item>) -> i32 {
        let mut y = top;
        let mut front = Vec::new();
        if self.steps && !self.chart.steps.is_empty() {
            front.push(Group::of(
                "band-label",
                vec![self.label("runbook", y + STEPS / 2, Paint::Ink)],
            ));
            self.steps(y, &mut front);
            y += STEPS + 5;
        }
        if self.steps && !self.chart.faults.is_empty() {
            let rows = self.faults(y, &mut front);
            front.push(Group::of(
                "band-label",
                vec![self.label("faults", y + FAULT_ROW / 2, Paint::Ink)],
            ));
            y += FAULT_ROW * rows + 3;
        }
        if !self.letters.is_empty() {
            self.letters(y, &mut front);
            y += FAULT_ROW + 3;
        }
        let lanes_top = y;
        let mut lanes = Vec::new();
        let mut kind = None;
        for lane in &self.chart.lanes {
            if kind.is_some_and(|kind| kind != lane.kind) {
                y += KIND_GAP;
            }
            kind = Some(lane.kind);
            lanes.push(self.lane(lane, y));
            y += LANE_STEP;
        }
        let bottom = y;
        self.back(lanes_top, bottom, items);
        items.extend(lanes.into_iter().map(Item::Group));
        self.over(lanes_top, bottom, items);
        items.extend(front);
        self.axis(bottom, items)
    }

    /// What lies behind the lanes: folded time, the shade of faults.
    fn back(&self, top: i32, bottom: i32, items: &mut Vec<Item>) {
        for fault in &self.chart.faults {
            let Some((from, to)) = self.scale.cells_of(fault.when, 1) else {
                continue;
            };
            let x = self.frame.x(from);
            let shade = Rect::item(
                x,
                top,
                (to - from) as i32,
                bottom - top,
                Fill::Solid(Paint::FaultShade),
            );
            items.push(group("span fault-shade", "", fault.when, vec![shade]));
        }
        let grid = self.ticks().into_iter().map(|tick| {
            let x = self.frame.x(tick.at);
            Line::vertical(x, (top, bottom), Paint::Grid, false)
        });
        items.push(Group::of("grid", grid.collect()));
        for fold in self.scale.folds() {
            let (from, to) = (self.frame.x(fold.from), self.frame.x(fold.to));
            let parts = vec![Rect::item(
                from,
                top,
                to - from,
                bottom - top,
                Fill::Solid(Paint::Fold),
            )];
            let title = format!("{} without a change", duration(words::length(fold.when)));
            items.push(group("span fold", &title, fold.when, parts));
        }
    }

    /// Hair lines over the lanes: where steps begin, where time is folded, the frame of a close-up.
    fn over(&self, top: i32, bottom: i32, items: &mut Vec<Item>) {
        for step in self.chart.steps.iter().filter(|_| self.steps) {
            if let Some((from, _)) = self.scale.cells_of(step.when, 0) {
                let line = Line::vertical(self.frame.x(from), (top - 4, bottom), Paint::Info, true);
                items.push(moment(
                    "step-line",
                    self.frame.x(from),
                    step.when.begin,
                    vec![line],
                ));
            }
        }
        for letter in self.letters {
            let x = self.frame.x(self.scale.place(letter.at));
            items.push(Line::vertical(x, (top - 2, bottom), Paint::Ink, true));
        }
        for fold in self.scale.folds() {
            for (cell, at) in [(fold.from, fold.when.begin), (fold.to, fold.when.end)] {
                let line = Line::vertical(self.frame.x(cell), (top, bottom), Paint::Muted, true);
                items.push(moment("fold-line", self.frame.x(cell), at, vec![line]));
            }
        }
        if let Some((from, to)) = self.close_up.and_then(|when| self.scale.cells_of(when, 5)) {
            let (x, width) = (self.frame.x(from), (to - from) as i32);
            items.push(Rect::item(
                x,
                top - 2,
                width,
                bottom - top + 3,
                Fill::Frame(Paint::CloseUp),
            ));
            let middle = (x + width / 2).clamp(self.frame.plot + 25, self.frame.plot_end - 25);
            let words = Text::new(middle, bottom + 35, SMALL, Paint::CloseUp, "close-up");
            items.push(words.bold().anchor(Anchor::Middle).item());
        }
    }

    fn label(&self, text: &str, middle: i32, paint: Paint) -> Item {
        let room = self.frame.plot - self.frame.left - 12;
        let text = font::fit_middle(text, room, LABEL);
        Text::new(
            self.frame.left,
            middle + LABEL * 36 / 100,
            LABEL,
            paint,
            text,
        )
        .item()
    }

    fn ticks(&self) -> Vec<Tick> {
        self.scale.ticks(70, |label| {
            font::width(label, SMALL, false).unsigned_abs() + 14
        })
    }

    /// The time axis below the lanes; the result is its bottom.
    fn axis(&self, bottom: i32, items: &mut Vec<Item>) -> i32 {
        let y = bottom + 2;
        let ends = (self.frame.plot, self.frame.plot_end);
        items.push(Group::of(
            "axis-line",
            vec![Line::horizontal(ends, y, Paint::Muted)],
        ));
        let mut marks = Vec::new();
        for tick in self.ticks() {
            let x = self.frame.x(tick.at);
            marks.push(Line::vertical(x, (y, y + 5), Paint::Muted, false));
            if tick.label.is_empty() {
                continue;
            }
            let label = Text::new(
                self.frame.x(tick.label_from) + 7,
                y + 18,
                SMALL,
                Paint::Muted,
                tick.label,
            );
            marks.push(label.item());
        }
        items.push(Group::of("axis", marks));
        let mut below = y + 24;
        let mut folds = Vec::new();
        for fold in self.scale.folds() {
            let middle = i32::midpoint(self.frame.x(fold.from), self.frame.x(fold.to));
            let text = format!("≈ {}", duration(words::length(fold.when)));
            let half = font::width(&text, SMALL, false) / 2;
            let middle = middle.clamp(
                self.frame.plot + half,
                (self.frame.plot_end - half).max(self.frame.plot + half),
            );
            folds.push(Text::new(middle, y + 33, SMALL, Paint::Muted, text).anchor(Anchor::Middle));
        }
        if !folds.is_empty() || self.close_up.is_some() {
            below += 15;
        }
        // Words of two folds close to each other, or below the word of the close-up, would run into each other.
        let taken = self.close_up.and_then(|when| self.scale.cells_of(when, 1));
        let mut taken: Vec<(i32, i32)> = taken
            .iter()
            .map(|(from, to)| (self.frame.x(*from) - 40, self.frame.x(*to) + 40))
            .collect();
        for text in folds {
            let half = font::width(&text.text, SMALL, false) / 2 + 6;
            let place = (text.x - half, text.x + half);
            if taken
                .iter()
                .all(|other| place.1 <= other.0 || place.0 >= other.1)
            {
                taken.push(place);
                items.push(Group::of("fold-words", vec![text.item()]));
            }
        }
        below
    }
}

fn span(class: &str, title: &str, when: outcome::Interval, items: Vec<Item>) -> Group {
    Group {
        class: format!("span {class}"),
        title: title.to_owned(),
        data: vec![("b", when.begin.to_string()), ("e", when.end.to_string())],
        items,
        ..Group::default()
    }
}

fn group(class: &str, title: &str, when: outcome::Interval, items: Vec<Item>) -> Item {
    Item::Group(Group {
        class: class.to_owned(),
        ..span("", title, when, items)
    })
}

fn moment(class: &str, x: i32, at: Time, items: Vec<Item>) -> Item {
    let data = vec![("b", at.to_string()), ("x", x.to_string())];
    Item::Group(Group {
        class: format!("moment {class}"),
        data,
        items,
        ..Group::default()
    })
}

impl Group {
    /// Parts with a class and nothing else.
    pub(super) fn of(class: &str, items: Vec<Item>) -> Item {
        Item::Group(Group {
            class: class.to_owned(),
            items,
            ..Group::default()
        })
    }
}
