//! The way back: at any moment of a runbook the operator turns around, runs the undos of what was done in reverse order, and is asked
//! whether the world is what it was.
//!
//! | file | what |
//! |---|---|
//! | `mod.rs` | the moments of a runbook at which one can turn back |
//! | `back.rs` | the way itself: undos, waiting, what it cost, what blocked it, and forward again |
//! | `undo.rs` | the undo that fits a step which has none |
//! | `written.rs` | that undo as a person would write it |
//! | `picture.rs` | a world as an operator compares it with another one |
//!
//! A moment is a [`Turn`]: a clone of the rehearsal, so that ways back from it share everything that came before.

mod back;
mod picture;
mod undo;
mod written;

use std::sync::Arc;

use engine::Time;
use kafka::ids::NodeIx;
use kafka::node::Binary;
use scenario::model::{Check, Gate};

pub use back::{Again, Blocked, WayBack};
pub use undo::Undo;

use crate::Rehearsal;
use crate::operator::{Doing, Instruction};
use crate::play::Play;
use picture::Picture;

/// Where the operator stands still, so that somebody can look at the world or send the operator elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Halts {
    /// Nowhere.
    #[default]
    Never,
    /// Between steps, between the batches of a roll, and at the end.
    AtTurns,
    /// Between steps and at the end.
    AtSteps,
    /// Where nothing is left to do.
    AtEnd,
}

/// Findings that say why a cluster is not what it was, or why a process is not.
const BLOCKING: &[&str] = &[
    "closed-channel",
    "config-invalid",
    "downgrade-by-release",
    "downgrade-refused",
    "feature-needs-other",
    "features-refused",
    "leftover-topic-setting",
    "level-not-supported",
    "level-too-old",
    "no-leader",
    "no-zookeeper",
    "not-registered",
    "old-level-in-log",
    "refused-start",
    "segment-too-small",
    "two-voter-quorum",
    "znode-exists",
];

/// Does a finding with this code say why a cluster is not what it was?
fn blocks(code: &str) -> bool {
    BLOCKING.contains(&code)
}

/// Does this gate ask for something that is as true on the way back as it was on the way forward?
pub(crate) fn goes_both_ways(gate: &Gate) -> bool {
    !matches!(
        gate.check.value,
        Check::Versions { .. }
            | Check::Finalized { .. }
            | Check::MetadataSnapshot
            | Check::Setting { .. }
    )
}

/// The value of a setting in a node's file, or the default of its version.
pub(crate) fn setting_in_effect(binary: &Binary, name: &str) -> Option<String> {
    binary
        .settings
        .get(name)
        .cloned()
        .or_else(|| picture::default_of(binary.version, name))
}

/// How far a runbook has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The step that was done last or is being done, by its place in the file; `None`: before the first.
    pub step: Option<usize>,
    /// Within a roll: how many of how many nodes are done.
    pub nodes: Option<(u32, u32)>,
    /// The runbook ended here: why.
    pub stopped: Option<String>,
}

/// A moment at which the operator can turn back.
#[derive(Clone, Debug)]
pub struct Turn {
    play: Play,
    place: Place,
    /// The world when the first step began.
    start: Arc<Picture>,
    /// How each step that has begun can be undone.
    undos: Vec<Option<Undo>>,
}

impl Turn {
    /// How far the runbook has come.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// When, relative to the first step.
    pub fn at(&self) -> outcome::Time {
        self.play.relative(self.play.world.now())
    }

    /// How each step of the file can be undone; `None`: it has not begun.
    pub fn undos(&self) -> &[Option<Undo>] {
        &self.undos
    }
}

impl Rehearsal {
    /// The steps in the order in which they run, by their places in the file.
    pub fn order_of_steps(&self) -> Vec<usize> {
        let play = Play::new(
            self.scenario.clone(),
            self.faults.clone(),
            self.built.estate.clone(),
            0,
            back::OPTIONS,
        );
        play.queue
            .iter()
            .filter_map(|next| match next {
                Instruction::Begin(step, _) => Some(*step),
                _ => None,
            })
            .collect()
    }

    /// How a step is undone, as an outcome tells it.
    pub fn tell_undo(&self, step: usize, undo: Option<&Undo>) -> outcome::rollback::StepUndo {
        let said = &self.scenario.runbook[step];
        outcome::rollback::StepUndo {
            name: said.name.value.clone(),
            action: crate::words::action(&said.action.value),
            undo: match undo {
                None => outcome::rollback::Undo::NotReached,
                Some(Undo::Written) => outcome::rollback::Undo::Written(
                    said.undo
                        .as_ref()
                        .map(|undo| crate::words::action(&undo.value))
                        .unwrap_or_default(),
                ),
                Some(Undo::Suggested(action)) => {
                    outcome::rollback::Undo::Suggested(written::action(action))
                }
                Some(Undo::NotNeeded) => outcome::rollback::Undo::NotNeeded,
                Some(Undo::Unknown(why)) => outcome::rollback::Undo::Unknown((*why).to_owned()),
            },
        }
    }

    /// Plays the scenario with a seed and shows every moment at which the operator can turn back, in order of time.
    pub fn turns(&self, seed: u64, mut look: impl FnMut(&Turn)) {
        let mut play = Play::new(
            self.scenario.clone(),
            self.faults.clone(),
            self.built.estate.clone(),
            seed,
            back::OPTIONS,
        );
        play.halts = Halts::AtTurns;
        play.gated_undos = true;
        let mut undos: Vec<Option<Undo>> = vec![None; self.scenario.runbook.len()];
        let mut start: Option<Arc<Picture>> = None;
        let mut last = None;
        loop {
            play.plays_to_a_halt();
            let picture = Picture::of(&play);
            let start = start
                .get_or_insert_with(|| Arc::new(picture.clone()))
                .clone();
            let undoing = matches!(play.queue.front(), Some(Instruction::Begin(_, true)));
            let stopped = play
                .aborted
                .clone()
                .filter(|_| undoing || play.finished.is_some());
            let running = play.step.as_ref().map(|step| step.step);
            let turn = Turn {
                place: Place {
                    step: running.or(last),
                    nodes: play.nodes_done(),
                    stopped,
                },
                play: play.clone(),
                start,
                undos: undos.clone(),
            };
            look(&turn);
            match play.queue.front() {
                Some(Instruction::Begin(step, false)) if play.finished.is_none() => {
                    last = Some(*step);
                    let step_ = &self.scenario.runbook[*step];
                    undos[*step] = Some(undo::of(step_, &play.world, &play.estate, &picture));
                }
                Some(Instruction::AtHand(..)) if play.finished.is_none() => {}
                _ => return,
            }
            play.leaves_the_halt();
        }
    }
}

impl Play {
    /// The operator has come to a place at which to stand still.
    pub(crate) fn is_halted(&self) -> bool {
        match self.halts {
            Halts::Never => false,
            Halts::AtEnd => self.queue.is_empty(),
            Halts::AtSteps => matches!(self.queue.front(), None | Some(Instruction::Begin(..))),
            Halts::AtTurns => match self.queue.front() {
                None | Some(Instruction::Begin(..)) => true,
                Some(Instruction::AtHand(_, nth)) => *nth > 1,
                Some(_) => false,
            },
        }
    }

    /// The operator who goes back is replacing this node: nobody else starts it.
    pub(crate) fn is_being_replaced(&self, node: NodeIx) -> bool {
        let step = self.step.as_ref();
        self.halts == Halts::AtSteps
            && step.is_some_and(|step| step.undo && step.at_hand.contains(&node))
    }

    /// Plays until the operator stands still or the runbook has ended.
    fn plays_to_a_halt(&mut self) {
        self.plays_until(Time::NEVER);
    }

    /// Plays until the operator stands still, the runbook has ended, or this moment has come. Returns whether it has come.
    fn plays_until(&mut self, limit: Time) -> bool {
        loop {
            let halted = matches!(self.doing, Doing::Next) && self.is_halted();
            if halted || self.finished.is_some() {
                return false;
            }
            let Some(notices) = self.world.next(limit) else {
                if limit.is_never() {
                    self.finish();
                    return false;
                }
                return true;
            };
            for notice in notices {
                self.takes_note(notice);
            }
            self.go_on();
        }
    }

    /// The operator does what comes next.
    fn leaves_the_halt(&mut self) {
        if let Some(next) = self.queue.pop_front() {
            self.perform(next);
            self.go_on();
        }
    }

    /// Within a roll: how many of how many nodes are done.
    fn nodes_done(&self) -> Option<(u32, u32)> {
        self.step.as_ref()?;
        let Some(Instruction::AtHand(_, nth)) = self.queue.front() else {
            return None;
        };
        let left: usize = self
            .queue
            .iter()
            .take_while(|next| !matches!(next, Instruction::End))
            .map(|next| match next {
                Instruction::AtHand(nodes, _) => nodes.len(),
                _ => 0,
            })
            .sum();
        let done = nth.saturating_sub(1);
        Some((done, done + left as u32))
    }
}
