//! One of many runs: what came of it, without the causes.

use std::sync::Arc;

use kafka::Options;
use outcome::{GateRecord, Interval, PromiseResult};
use scenario::Scenario;
use scenario::model::Gate;

use crate::play::Play;
use crate::{Rehearsal, words};

/// What came of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// The promises in the order of the contract; they name no findings.
    pub promises: Vec<PromiseResult>,
    /// The gates as they were watched.
    pub gates: Vec<GateRecord>,
    /// Begin of the first and end of the last step that ran.
    pub runbook: Interval,
}

impl Trial {
    /// Every promise held.
    pub fn holds(&self) -> bool {
        self.promises.iter().all(|promise| promise.holds)
    }

    /// How long the runbook took, in nanoseconds.
    pub fn window(&self) -> u64 {
        self.runbook.end.abs_diff(self.runbook.begin)
    }
}

impl Rehearsal {
    /// Plays the scenario once and tells what came of it: for many seeds.
    pub fn trial(&self, seed: u64) -> Trial {
        let options = Options {
            causes: false,
            trace: false,
            history: false,
            ..Options::default()
        };
        let mut play = Play::new(
            self.scenario.clone(),
            self.faults.clone(),
            self.built.estate.clone(),
            seed,
            options,
        );
        play.play_to_the_end();
        play.world.close_books();
        let sums = play.sums();
        let promises = play
            .judge(&sums)
            .into_iter()
            .map(|judged| judged.result)
            .collect();
        let finished = play.finished.unwrap_or(play.end);
        Trial {
            promises,
            runbook: play.interval(play.begin, finished),
            gates: play.gates,
        }
    }

    /// The same estate with another runbook or another contract. What the estate of the changed scenario says is not
    /// looked at.
    #[must_use]
    pub fn changed(&self, change: impl FnOnce(&mut Scenario)) -> Rehearsal {
        let mut scenario = (*self.scenario).clone();
        change(&mut scenario);
        Rehearsal {
            scenario: Arc::new(scenario),
            ..self.clone()
        }
    }
}

/// A gate in the words in which outcomes tell of it.
pub fn gate_in_words(gate: &Gate) -> String {
    words::gate(gate)
}
