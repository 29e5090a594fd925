//! Finding the first event that differs between two runs that should be equal.

use std::fmt;

use super::Trace;
use crate::Time;

/// One event that a run has handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stepped<E> {
    /// When it happened.
    pub at: Time,
    /// Its push sequence.
    pub sequence: u64,
    /// What it was.
    pub event: E,
}

/// A run that can be taken step by step, for [`bisect`].
pub trait Run {
    /// What happens in it.
    type Event: fmt::Debug;

    /// Handles the next event and says which it was; `None` at the end of the run.
    fn step(&mut self) -> Option<Stepped<Self::Event>>;

    /// The trace of the events handled so far. A run that keeps none cannot be bisected.
    fn trace(&self) -> &Trace;
}

/// The first event that differs between two runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// How many events both runs share: the number of the one that differs, counted from 0.
    pub index: u64,
    /// That event in the left run; `None` if this run was over.
    pub left: Option<Side>,
    /// That event in the right run; `None` if this run was over.
    pub right: Option<Side>,
}

/// One side of a [`Difference`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// When it happened.
    pub at: Time,
    /// Its push sequence. If only this differs, the same event was scheduled at another turn.
    pub sequence: u64,
    /// The event's debug text.
    pub event: String,
}

impl<E: fmt::Debug> From<Stepped<E>> for Side {
    fn from(stepped: Stepped<E>) -> Side {
        Side {
            at: stepped.at,
            sequence: stepped.sequence,
            event: format!("{:?}", stepped.event),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the runs differ at event {}:", self.index)?;
        for (name, side) in [("left", &self.left), ("right", &self.right)] {
            match side {
                Some(Side {
                    at,
                    sequence,
                    event,
                }) => write!(f, "\n  {name:5} {at} #{sequence} {event}")?,
                None => write!(f, "\n  {name:5} had ended")?,
            }
        }
        Ok(())
    }
}

/// The first event that differs between the runs that `left` and `right` build, or `None` if they are equal.
///
/// Both are run to their end, the checkpoints of their traces say in which interval they part, and a second, fresh
/// pair is taken there and compared event by event. Only the event that differs is ever turned into text.
///
/// # Panics
/// If a closure builds another run the second time, so that no difference shows, or if the traces have different
/// intervals.
pub fn bisect<L: Run, R: Run>(left: impl Fn() -> L, right: impl Fn() -> R) -> Option<Difference> {
    let (mut first_left, mut first_right) = (left(), right());
    while first_left.step().is_some() {}
    while first_right.step().is_some() {}
    if first_left.trace().value() == first_right.trace().value() {
        return None;
    }
    let shared = first_left.trace().shared_prefix(first_right.trace());
    let (mut left, mut right) = (left(), right());
    for _ in 0..shared {
        left.step();
        right.step();
    }
    let mut index = shared;
    loop {
        let (left_step, right_step) = (left.step(), right.step());
        let over = left_step.is_none() || right_step.is_none();
        if over || left.trace().value() != right.trace().value() {
            assert!(
                left_step.is_some() || right_step.is_some(),
                "two runs that differed are equal when run again: a run depends on more than its input"
            );
            return Some(Difference {
                index,
                left: left_step.map(Side::from),
                right: right_step.map(Side::from),
            });
        }
        index += 1;
    }
}
