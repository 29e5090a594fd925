//! The availability timeline, drawn with characters.

use outcome::{Interval, Outcome, StretchState, Time};

use super::page::{Ink, Page, padded};
use crate::chart::{
    Bar, Chart, Flag, Lane, LaneKind, LaneLimits, StepBand, cause_letters, close_up_window,
};
use crate::scale::TimeScale;
use crate::text::width::{cut, cut_middle, width};
use crate::text::{clock_range, duration};
use crate::words;

/// A fold takes this many columns.
const FOLD: u32 = 3;
const LIMITS: LaneLimits = LaneLimits {
    nodes: 9,
    others: 5,
    quiet: true,
};

/// Writes the timeline of the run, and a closer look at the worst outage where that is too short to be seen.
pub(super) fn write(page: &mut Page, outcome: &Outcome) {
    let chart = Chart::new(outcome, LIMITS);
    if chart.lanes.is_empty() && chart.steps.is_empty() && chart.faults.is_empty() {
        return;
    }
    page.blank();
    whole(page, outcome, &chart, None);
    close_up(page, outcome);
}

/// The timeline of the whole run with a row and a line of its own.
pub(super) fn write_with_line(page: &mut Page, outcome: &Outcome, line: &WayRow) {
    let chart = Chart::new(outcome, LIMITS);
    page.blank();
    whole(page, outcome, &chart, Some(line));
}

/// From which moments there is a way back, and the line after which there is none.
#[derive(Clone, Debug)]
pub(super) struct WayRow {
    /// Stretches, in order of time, and whether there is a way back from them.
    pub(super) stretches: Vec<(Interval, bool)>,
    /// The line.
    pub(super) line: Option<Time>,
}

fn whole(page: &mut Page, outcome: &Outcome, chart: &Chart, way: Option<&WayRow>) {
    let mut frame = Frame::new(page, chart, way.map_or(0, |_| "way back".len()));
    let mut landmarks = chart.landmarks();
    if let Some(way) = way {
        let ends = way
            .stretches
            .iter()
            .flat_map(|(when, _)| [when.begin, when.end]);
        landmarks.extend(ends.chain(way.line));
        landmarks.sort_unstable();
        landmarks.dedup();
    }
    let scale = TimeScale::new(chart.window, &landmarks, frame.plot as u32, FOLD);
    frame.line = way
        .and_then(|way| way.line)
        .map(|at| (scale.place(at) as usize).min(frame.plot - 1));
    frame.axis(page, &scale);
    if let Some(way) = way {
        frame.way_back(page, &scale, way);
    }
    frame.steps(page, &scale, &chart.steps);
    frame.faults(page, &scale, chart);
    for lane in &chart.lanes {
        frame.lane(page, &scale, lane);
    }
    legend(page, chart, &scale);
    faults(page, outcome, chart);
    for note in &chart.notes {
        page.flow(&[(Ink::Plain, "  ")], Ink::Dim, note, 4);
    }
}

fn close_up(page: &mut Page, outcome: &Outcome) {
    let Some((window, finding)) = close_up_window(outcome) else {
        return;
    };
    let limits = LaneLimits {
        nodes: 4,
        others: 3,
        quiet: false,
    };
    let chart = Chart::close_up(outcome, window, limits);
    page.heading(&format!(
        "Close-up of the first broken promise, {}",
        page.text(&clock_range(window))
    ));
    let frame = Frame::new(page, &chart, "causes".len());
    let scale = TimeScale::new(window, &[], frame.plot as u32, FOLD);
    frame.axis(page, &scale);
    for lane in &chart.lanes {
        frame.lane(page, &scale, lane);
    }
    let Some(index) = finding else { return };
    let (Some(letters), causes) = (
        cause_letters(outcome, index),
        &outcome.findings[index].causes,
    ) else {
        return;
    };
    let mut marks: Vec<(Time, char)> = letters
        .iter()
        .zip(causes)
        .filter_map(|(letter, cause)| letter.map(|letter| (cause.at, letter)))
        .collect();
    marks.sort_unstable();
    if marks.is_empty() {
        return;
    }
    let mut cells = vec![(Ink::Dim, ' '); frame.plot];
    let mut free = 0;
    for (at, letter) in marks {
        let cell = (scale.place(at) as usize).max(free).min(frame.plot - 1);
        cells[cell] = (Ink::Strong, letter);
        free = cell + 1;
    }
    frame.row(page, "causes", &cells, (Ink::Dim, ""));
}

/// Where the columns of a timeline begin and end.
struct Frame {
    label: usize,
    plot: usize,
    sum: usize,
    /// A column with a line through everything.
    line: Option<usize>,
}

impl Frame {
    fn new(page: &Page, chart: &Chart, label_at_least: usize) -> Frame {
        let widest = |words: &mut dyn Iterator<Item = usize>| words.max().unwrap_or(0);
        let labels = widest(
            &mut chart
                .lanes
                .iter()
                .map(|lane| width(&page.text(&lane.label))),
        );
        let label = labels
            .max("runbook".len())
            .max(label_at_least)
            .min(page.width() / 4);
        let sums = widest(&mut chart.lanes.iter().map(|lane| width(&page.text(&lane.sum))));
        let sum = if page.width() >= 72 { sums.min(18) } else { 0 };
        let gap = if sum > 0 { 2 } else { 0 };
        Frame {
            label,
            plot: page.width() - label - 2 - sum - gap,
            sum,
            line: None,
        }
    }

    fn row(&self, page: &mut Page, label: &str, cells: &[(Ink, char)], sum: (Ink, &str)) {
        let ellipsis = page.signs().ellipsis;
        let label = cut_middle(&page.text(label), self.label, ellipsis);
        let label = format!("{}  ", padded(&label, self.label, ellipsis));
        let mut marked = cells.to_vec();
        if let Some(cell) = self.line.and_then(|at| marked.get_mut(at)) {
            *cell = (Ink::Bad, page.signs().line);
        }
        let tail = if self.sum > 0 {
            format!("  {}", cut(&page.text(sum.1), self.sum, ellipsis))
        } else {
            String::new()
        };
        page.cells(&[(Ink::Plain, &label)], &marked, (sum.0, &tail));
    }

    fn axis(&self, page: &mut Page, scale: &TimeScale) {
        let mut words = vec![(Ink::Dim, ' '); self.plot];
        let mut marks = vec![(Ink::Dim, ' '); self.plot];
        for tick in scale.ticks(8, |label| width(label) as u32) {
            marks[(tick.at as usize).min(self.plot - 1)].1 = page.signs().tick;
            put(
                &mut words,
                tick.label_from as usize,
                &page.text(&tick.label),
                Ink::Dim,
            );
        }
        self.row(page, "", &words, (Ink::Dim, ""));
        self.row(page, "", &marks, (Ink::Dim, ""));
    }

    fn steps(&self, page: &mut Page, scale: &TimeScale, steps: &[StepBand]) {
        if steps.is_empty() {
            return;
        }
        let mut cells = vec![(Ink::Plain, ' '); self.plot];
        for step in steps {
            let Some((from, to)) = scale.cells_of(step.when, 1) else {
                continue;
            };
            let (from, to) = (from as usize, to as usize);
            cells[from..to].fill((Ink::Plain, page.signs().info));
            cells[from] = (Ink::Plain, page.signs().bar);
            let room = (to - from).saturating_sub(2);
            let name = page.text(&format!("{} {}", step.number, step.name));
            let number = step.number.to_string();
            // A few letters of a name say less than its number, which the list of steps explains.
            let words = if width(&name) <= room || room >= number.len() + 8 {
                cut(&name, room, page.signs().ellipsis)
            } else if number.len() < to - from {
                number
            } else {
                continue;
            };
            let ink = if step.well { Ink::Strong } else { Ink::Bad };
            // A wide character takes two cells; the second is left out when the line is put together.
            put(&mut cells, from + 1, &words, ink);
        }
        self.row(page, "runbook", &cells, (Ink::Dim, ""));
    }

    /// Where there is a way back, and where there is none.
    fn way_back(&self, page: &mut Page, scale: &TimeScale, way: &WayRow) {
        let signs = page.signs();
        let mut cells = vec![(Ink::Dim, ' '); self.plot];
        for (when, open) in &way.stretches {
            let Some((from, to)) = scale.cells_of(*when, 1) else {
                continue;
            };
            let cell = if *open {
                (Ink::Good, signs.way)
            } else {
                (Ink::Bad, signs.failed)
            };
            cells[from as usize..to as usize].fill(cell);
        }
        self.row(page, "way back", &cells, (Ink::Dim, ""));
    }

    fn faults(&self, page: &mut Page, scale: &TimeScale, chart: &Chart) {
        if chart.faults.is_empty() {
            return;
        }
        let mut cells = vec![(Ink::Bad, ' '); self.plot];
        for fault in &chart.faults {
            if let Some((from, to)) = scale.cells_of(fault.when, 1) {
                cells[from as usize..to as usize].fill((Ink::Bad, page.signs().info));
            }
        }
        for fault in &chart.faults {
            let Some((from, _)) = scale.cells_of(fault.when, 1) else {
                continue;
            };
            cells[from as usize] = (Ink::Bad, page.signs().fault);
            let number = fault.number.to_string();
            let room = from as usize + 1..(from as usize + 1 + number.len()).min(self.plot);
            if room.len() == number.len()
                && cells[room.clone()]
                    .iter()
                    .all(|cell| cell.1 != page.signs().fault)
            {
                put(&mut cells, room.start, &number, Ink::Bad);
            }
        }
        self.row(page, "faults", &cells, (Ink::Dim, ""));
    }

    fn lane(&self, page: &mut Page, scale: &TimeScale, lane: &Lane) {
        let signs = page.signs();
        let quiet = if lane.kind == LaneKind::Gates {
            ' '
        } else {
            signs.fine
        };
        let mut worst: Vec<Option<&Bar>> = vec![None; self.plot];
        let mut flags: Vec<Option<Flag>> = vec![None; self.plot];
        for bar in &lane.bars {
            let Some((from, to)) = scale.cells_of(bar.when, 1) else {
                continue;
            };
            for cell in &mut worst[from as usize..to as usize] {
                if cell.is_none_or(|other| rank(bar) < rank(other)) {
                    *cell = Some(bar);
                }
            }
            if let Some(flag) = bar.flag {
                let cell = &mut flags[to as usize - 1];
                *cell = Some(cell.map_or(flag, |other| other.min(flag)));
            }
        }
        let mut cells: Vec<(Ink, char)> = worst
            .into_iter()
            .zip(flags)
            .map(|(bar, flag)| match (flag, bar.map(|bar| bar.state)) {
                (Some(Flag::FalseGreen), _) => (Ink::Bad, signs.false_green),
                (Some(Flag::Failed), _) => (Ink::Bad, signs.failed),
                (None, Some(state)) => (Ink::State(state), signs.state(state)),
                (None, None) => (Ink::Dim, quiet),
            })
            .collect();
        for fold in scale.folds() {
            for cell in &mut cells[fold.from as usize..fold.to as usize] {
                if cell.1 == quiet {
                    *cell = (Ink::Dim, signs.fold);
                }
            }
        }
        let down = lane.bars.iter().any(|bar| bar.state == StretchState::Down);
        let ink = if down {
            Ink::State(StretchState::Down)
        } else {
            Ink::Dim
        };
        self.row(page, &lane.label, &cells, (ink, &lane.sum));
    }
}

/// Which of two bars a column shows that both fall into: trouble before all else, then the longer one.
fn rank(bar: &Bar) -> (u8, std::cmp::Reverse<u64>) {
    let class = match bar.state {
        StretchState::Down => 0,
        StretchState::Partly => 1,
        StretchState::Degraded | StretchState::Planned => 2,
        StretchState::Info => 3,
    };
    (class, std::cmp::Reverse(words::length(bar.when)))
}

/// Puts one-column characters into cells; a wide one is shown as `?`, since a cell is one column.
fn put(cells: &mut [(Ink, char)], from: usize, words: &str, ink: Ink) {
    for (cell, c) in cells[from..].iter_mut().zip(words.chars()) {
        *cell = (
            ink,
            if crate::text::width::char_width(c) == 1 {
                c
            } else {
                '?'
            },
        );
    }
}

fn legend(page: &mut Page, chart: &Chart, scale: &TimeScale) {
    let signs = page.signs();
    let mut items: Vec<(Ink, String)> = chart
        .states()
        .into_iter()
        .map(|state| {
            (
                Ink::State(state),
                format!("{} {}", signs.state(state), words::state(state)),
            )
        })
        .collect();
    items.push((Ink::Dim, format!("{} all well", signs.fine)));
    for flag in chart.flags() {
        items.push(match flag {
            Flag::FalseGreen => (Ink::Bad, format!("{} gate was wrong", signs.false_green)),
            Flag::Failed => (Ink::Bad, format!("{} gate failed", signs.failed)),
        });
    }
    let folded: u64 = scale
        .folds()
        .map(|fold| words::length(fold.when))
        .fold(0, u64::saturating_add);
    if folded > 0 {
        items.push((
            Ink::Dim,
            format!(
                "{} {} without a change",
                signs.fold,
                page.text(&duration(folded))
            ),
        ));
    }
    let mut line: Vec<(Ink, &str)> = vec![(Ink::Plain, "  ")];
    let mut used = 2;
    for (ink, item) in &items {
        if used > 2 && used + 3 + width(item) > page.width() {
            page.line(&line);
            line = vec![(Ink::Plain, "  ")];
            used = 2;
        }
        if used > 2 {
            line.push((Ink::Plain, "   "));
            used += 3;
        }
        line.push((*ink, item));
        used += width(item);
    }
    page.line(&line);
}

/// The faults by number, and those whose moment never came.
fn faults(page: &mut Page, outcome: &Outcome, chart: &Chart) {
    const SHOWN: usize = 8;
    for fault in chart.faults.iter().take(SHOWN) {
        let head = format!("  {}{} ", page.signs().fault, fault.number);
        let text = format!("{}, {}", fault.text, clock_range(fault.when));
        page.flow(&[(Ink::Bad, &head)], Ink::Plain, &text, width(&head));
    }
    page.more(5, chart.faults.len().saturating_sub(SHOWN), "fault");
    for fault in outcome
        .faults
        .iter()
        .filter(|fault| fault.when.is_none())
        .take(SHOWN)
    {
        page.flow(
            &[(Ink::Dim, "     ")],
            Ink::Dim,
            &format!("{}: its moment never came", fault.text),
            5,
        );
    }
}
