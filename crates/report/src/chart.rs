//! What a timeline shows, before anyone decides how: lanes, bars, steps, faults.
//!
//! Terminal, pictures and page all draw this. It is where a long list is cut to what matters: lanes in which nothing
//! happened are counted instead of drawn, and of many troubled ones the worst are drawn and the others are laid over each
//! other in one lane. Nothing disappears without a word.

mod lanes;
mod overlay;

use std::collections::BTreeSet;

use outcome::{Interval, Outcome, RowKind, StepEnd, StretchState, Time};

use crate::text::clean;
use crate::words;

/// A timeline, ready to be drawn.
#[derive(Clone, Debug)]
pub(crate) struct Chart {
    /// The time that it shows.
    pub(crate) window: Interval,
    /// The steps that ran.
    pub(crate) steps: Vec<StepBand>,
    /// The faults that happened.
    pub(crate) faults: Vec<FaultMark>,
    /// The lanes from top to bottom.
    pub(crate) lanes: Vec<Lane>,
    /// What is not drawn, in words.
    pub(crate) notes: Vec<String>,
}

/// A step on the timeline.
#[derive(Clone, Debug)]
pub(crate) struct StepBand {
    /// Its number in the list of steps, from 1.
    pub(crate) number: usize,
    /// Its name; of an undo: "undo …".
    pub(crate) name: String,
    /// The action in words, and how it ended.
    pub(crate) text: String,
    /// When.
    pub(crate) when: Interval,
    /// It ended as it should.
    pub(crate) well: bool,
}

/// A fault on the timeline.
#[derive(Clone, Debug)]
pub(crate) struct FaultMark {
    /// Its number among those that happened, from 1.
    pub(crate) number: usize,
    /// In words.
    pub(crate) text: String,
    /// When.
    pub(crate) when: Interval,
}

/// What a lane is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LaneKind {
    /// The gates of the runbook.
    Gates,
    /// A row of the outcome.
    Row(RowKind),
}

/// One lane.
#[derive(Clone, Debug)]
pub(crate) struct Lane {
    /// What it is about.
    pub(crate) kind: LaneKind,
    /// Its label.
    pub(crate) label: String,
    /// What was not as usual, in order of time, without overlap.
    pub(crate) bars: Vec<Bar>,
    /// The time in its worst state, in words: "7.9 s down". Empty where there is nothing to say.
    pub(crate) sum: String,
}

/// A stretch of a lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bar {
    /// When.
    pub(crate) when: Interval,
    /// What is the matter.
    pub(crate) state: StretchState,
    /// In words.
    pub(crate) text: String,
    /// Index of the finding that explains it; it exists.
    pub(crate) finding: Option<usize>,
    /// A mark at its end.
    pub(crate) flag: Option<Flag>,
}

/// What a mark at the end of a gate's bar says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Flag {
    /// It was green and going on was not safe.
    FalseGreen,
    /// It did not hold.
    Failed,
}

/// How many lanes of a kind are drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LaneLimits {
    /// Nodes.
    pub(crate) nodes: usize,
    /// Any other kind.
    pub(crate) others: usize,
    /// Nodes, producers and groups without any trouble get lanes too, as long as the limit allows.
    pub(crate) quiet: bool,
}

impl Chart {
    /// The whole run.
    pub(crate) fn new(outcome: &Outcome, limits: LaneLimits) -> Chart {
        let window = window_of(outcome);
        let (lanes, notes) = lanes::select(outcome, window, limits);
        Chart {
            window,
            steps: steps(outcome),
            faults: faults(outcome),
            lanes,
            notes,
        }
    }

    /// A part of the run: only what happens in the window.
    pub(crate) fn close_up(outcome: &Outcome, window: Interval, limits: LaneLimits) -> Chart {
        let (lanes, _) = lanes::select(
            outcome,
            window,
            LaneLimits {
                quiet: false,
                ..limits
            },
        );
        // Sums over the part that happens to be shown would contradict those over the whole.
        let lanes = lanes
            .into_iter()
            .filter(|lane| lane.kind != LaneKind::Gates);
        let lanes = lanes
            .map(|lane| Lane {
                sum: String::new(),
                ..lane
            })
            .collect();
        Chart {
            window,
            steps: steps(outcome),
            faults: faults(outcome),
            lanes,
            notes: vec![],
        }
    }

    /// The moments at which something begins or ends, for the axis.
    pub(crate) fn landmarks(&self) -> Vec<Time> {
        let bars = self
            .lanes
            .iter()
            .flat_map(|lane| lane.bars.iter().map(|bar| bar.when));
        let steps = self.steps.iter().map(|step| step.when);
        let faults = self.faults.iter().map(|fault| fault.when);
        let marks: BTreeSet<Time> = bars
            .chain(steps)
            .chain(faults)
            .flat_map(|when| [when.begin, when.end])
            .collect();
        marks.into_iter().collect()
    }

    /// The states that occur, from bad to good: what a legend has to explain.
    pub(crate) fn states(&self) -> Vec<StretchState> {
        let bars = self
            .lanes
            .iter()
            .filter(|lane| lane.kind != LaneKind::Gates)
            .flat_map(|lane| &lane.bars);
        let states: BTreeSet<_> = bars.map(|bar| bar.state).collect();
        states.into_iter().collect()
    }

    /// The flags that occur.
    pub(crate) fn flags(&self) -> Vec<Flag> {
        let flags: BTreeSet<_> = self
            .lanes
            .iter()
            .flat_map(|lane| &lane.bars)
            .filter_map(|bar| bar.flag)
            .collect();
        flags.into_iter().collect()
    }
}

/// The part of the run around the worst broken promise, where that is too short to be seen in the whole: the window and
/// the index of the finding that explains it.
pub(crate) fn close_up_window(outcome: &Outcome) -> Option<(Interval, Option<usize>)> {
    let promise = outcome
        .promises
        .iter()
        .find(|promise| !promise.holds && promise.when.is_some())?;
    let finding = words::findings_of(outcome, &promise.findings).next();
    let when = forward(promise.when?);
    let length = words::length(when);
    let whole = words::length(window_of(outcome));
    if length == 0 || u128::from(length) * 25 > u128::from(whole) {
        return None;
    }
    // Causes shortly before belong into the picture; one from half an hour ago would only shrink it.
    let reach = when
        .begin
        .saturating_sub_unsigned(length.saturating_mul(3).max(1_000_000_000));
    let causes = finding
        .iter()
        .flat_map(|(_, finding)| finding.causes.iter().map(|cause| cause.at));
    let begin = causes
        .filter(|&at| at >= reach && at < when.begin)
        .min()
        .unwrap_or(when.begin);
    let margin = when.end.abs_diff(begin) / 6;
    let window = Interval {
        begin: begin.saturating_sub_unsigned(margin),
        end: when.end.saturating_add_unsigned(margin),
    };
    Some((window, finding.map(|(index, _)| index)))
}

/// The letters of a finding's causes in the close-up: the earliest is `a`; `None` if it is about something else.
pub(crate) fn cause_letters(outcome: &Outcome, finding: usize) -> Option<Vec<Option<char>>> {
    let (window, explained) = close_up_window(outcome)?;
    if explained != Some(finding) {
        return None;
    }
    let causes = &outcome.findings.get(finding)?.causes;
    let mut order: Vec<usize> = (0..causes.len())
        .filter(|&index| causes[index].at >= window.begin && causes[index].at <= window.end)
        .collect();
    // Effects come first in a chain, so among simultaneous causes the later in the list is the earlier in the story.
    order.sort_by_key(|&index| (causes[index].at, std::cmp::Reverse(index)));
    let mut letters = vec![None; causes.len()];
    for (index, letter) in order.into_iter().zip('a'..='z') {
        letters[index] = Some(letter);
    }
    Some(letters)
}

/// The time a timeline shows: what the run looked at, or, where that is empty, all that the outcome tells of.
fn window_of(outcome: &Outcome) -> Interval {
    let window = forward(outcome.window);
    if window.end > window.begin {
        return window;
    }
    let stretches = outcome
        .timeline
        .iter()
        .flat_map(|row| row.stretches.iter().map(|stretch| stretch.when));
    let steps = outcome.steps.iter().filter_map(|step| step.when);
    stretches
        .chain(steps)
        .chain([outcome.runbook])
        .map(forward)
        .fold(window, |all, one| Interval {
            begin: all.begin.min(one.begin),
            end: all.end.max(one.end),
        })
}

/// The interval, turned around if its ends are swapped.
pub(crate) fn forward(when: Interval) -> Interval {
    Interval {
        begin: when.begin.min(when.end),
        end: when.begin.max(when.end),
    }
}

fn steps(outcome: &Outcome) -> Vec<StepBand> {
    let mut bands = Vec::new();
    for (index, step) in outcome.steps.iter().enumerate() {
        let Some(when) = step.when else { continue };
        let end = words::step_end(step.end);
        bands.push(StepBand {
            number: index + 1,
            name: words::step_name(step),
            text: format!("{}: {end}", clean(&step.action)),
            when: forward(when),
            well: matches!(step.end, StepEnd::Done | StepEnd::Undone),
        });
    }
    bands
}

fn faults(outcome: &Outcome) -> Vec<FaultMark> {
    let happened = outcome
        .faults
        .iter()
        .filter_map(|fault| fault.when.map(|when| (fault, when)));
    let mut marks: Vec<_> = happened
        .map(|(fault, when)| (forward(when), clean(&fault.text).into_owned()))
        .collect();
    marks.sort();
    marks
        .into_iter()
        .enumerate()
        .map(|(index, (when, text))| FaultMark {
            number: index + 1,
            text,
            when,
        })
        .collect()
}
