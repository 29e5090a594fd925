//! A rehearsal in progress: a value that can be cloned, asked, disturbed and played on.

use engine::Time;
use outcome::{Outcome, PromiseResult};
use scenario::model::{Fault, Nanos, When};

use crate::moments::{Moment, Saboteur, State};
use crate::play::Play;

/// A rehearsal in progress. A clone of it goes on exactly as it would.
#[derive(Clone, Debug)]
pub struct Snapshot {
    play: Play,
    seed: u64,
}

/// What came out of a run that was only to be judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// The promises, in the order of the contract.
    pub promises: Vec<PromiseResult>,
    /// The faults of the plan, with those that were placed while it was played, and when each began (nanoseconds since the first step).
    pub faults: Vec<(Fault, Option<i64>)>,
    /// Events handled since the world began.
    pub events: u64,
    /// When the runbook ended, in nanoseconds since the first step.
    pub finished: i64,
}

impl Snapshot {
    pub(crate) fn new(play: Play, seed: u64) -> Self {
        Self { play, seed }
    }

    pub(crate) fn play_until(&mut self, until: Time) {
        self.play.play_until(until);
    }

    /// From now on the moments that are reached are kept for [`take_reached`](Self::take_reached).
    pub fn watch(&mut self) {
        self.play.reached.get_or_insert_default();
    }

    /// The moments that were reached since this was last asked.
    pub fn take_reached(&mut self) -> Vec<(Moment, State)> {
        self.play
            .reached
            .as_mut()
            .map(std::mem::take)
            .unwrap_or_default()
    }

    /// From now on this one may place faults; `None`: nobody.
    pub fn tempt(&mut self, saboteur: Option<Box<dyn Saboteur>>) {
        self.play.saboteur = saboteur;
    }

    /// One more fault in the plan. The run is that of an ordinary plan with it only if its moment has not been reached yet.
    pub fn add_fault(&mut self, fault: Fault) {
        self.play.add_fault(fault);
    }

    /// The faults of the plan so far.
    pub fn faults(&self) -> &[Fault] {
        &self.play.faults
    }

    /// A moment as the language writes it.
    pub fn when(&self, moment: Moment, after: Nanos) -> When {
        self.play.when(moment, after)
    }

    /// Another future from here: what was drawn and what has begun stays, all later draws are those of this seed, and faults that have not
    /// begun yet never do.
    pub fn another_future(&mut self, seed: u64) {
        self.play.world.draw_anew(seed);
        self.play.call_off_faults();
    }

    /// Plays up to the next moment at which there is anything to notice. `false`: the run is at its end.
    pub fn step(&mut self) -> bool {
        self.play.play_on()
    }

    /// The seed of the world.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Events handled since the world began.
    pub fn events(&self) -> u64 {
        self.play.world.events()
    }

    /// Plays to the end and tells which promises held, in the order of the contract.
    pub fn holds(self) -> Vec<bool> {
        let measured = self.measure();
        measured
            .promises
            .into_iter()
            .map(|promise| promise.holds)
            .collect()
    }

    /// Plays to the end and measures every promise.
    pub fn measure(mut self) -> Measured {
        self.play.play_to_the_end();
        self.play.world.close_books();
        let sums = self.play.sums();
        let promises = self
            .play
            .judge(&sums)
            .into_iter()
            .map(|judged| judged.result)
            .collect();
        let finished = self.play.finished.unwrap_or(self.play.end);
        let began = self
            .play
            .injected
            .iter()
            .map(|injected| injected.began.map(|began| self.play.relative(began)));
        Measured {
            promises,
            faults: self.play.faults.iter().cloned().zip(began).collect(),
            events: self.play.world.events(),
            finished: self.play.relative(finished),
        }
    }

    /// Plays to the end and tells everything that its options kept. `file` is the scenario's name as the outcome shows it.
    pub fn outcome(mut self, file: &str) -> Outcome {
        self.play.play_to_the_end();
        self.play.world.close_books();
        self.play.conclude(file, self.seed)
    }
}
