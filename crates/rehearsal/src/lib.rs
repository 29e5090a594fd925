//! The operator who executes the runbook, the injector of faults, the observers and the judge of the contract.
//!
//! [`prepare`] turns a scenario into a [`Rehearsal`]; [`Rehearsal::run`] plays it once with a seed and leaves an
//! [`outcome::Outcome`]; [`Comparison::of`] holds that against what the file says it expects.
//!
//! | where | what |
//! |---|---|
//! | [`estate`] | what the file says there is, as the world's build input |
//! | `play` | the main loop: the world reacts, everyone else acts |
//! | `operator`, `gates`, `select`, `commands` | the runbook, what a person sees, which nodes are meant, what is typed |
//! | [`tools`] | what Kafka's command line tools of each version answer |
//! | `injector` | faults |
//! | `judge`, [`findings`], `causes` | the contract, why it broke, in words |
//! | `timeline`, `story`, `conclude` | the outcome |

#![deny(clippy::float_arithmetic)]

mod acts;
mod binary;
mod causes;
mod commands;
mod conclude;
pub mod estate;
mod expect;
mod finalize;
pub mod findings;
mod gates;
mod injector;
mod judge;
mod operator;
mod play;
mod select;
mod story;
mod timeline;
mod tokens;
pub mod tools;
mod words;

use std::sync::Arc;

pub use estate::{Built, Problem};
pub use expect::Comparison;

use kafka::Options;
use outcome::Outcome;
use scenario::Scenario;

/// Version of the model: it changes when any result may.
pub const MODEL: &str = concat!("dryroll ", env!("CARGO_PKG_VERSION"));

/// A scenario made ready; it can be run with any number of seeds, also from several threads.
#[derive(Clone, Debug)]
pub struct Rehearsal {
    scenario: Arc<Scenario>,
    file: String,
    built: Built,
}

/// Makes a scenario ready. `file` is its name as the outcome shows it.
///
/// # Errors
/// What in the estate cannot be rehearsed, with the place in the file.
pub fn prepare(scenario: &Scenario, file: &str) -> Result<Rehearsal, Vec<Problem>> {
    let built = estate::build(scenario)?;
    Ok(Rehearsal {
        scenario: Arc::new(scenario.clone()),
        file: file.to_owned(),
        built,
    })
}

impl Rehearsal {
    /// Plays the scenario once and tells everything.
    pub fn run(&self, seed: u64) -> Outcome {
        let options = Options {
            causes: true,
            trace: true,
            history: true,
            ..Options::default()
        };
        let mut play = play::Play::new(
            self.scenario.clone(),
            self.built.estate.clone(),
            seed,
            options,
        );
        play.play_to_the_end();
        play.world.close_books();
        play.conclude(&self.file, seed)
    }

    /// Plays the scenario once and tells only which promises held, in the order of the contract: for trying many seeds.
    pub fn holds(&self, seed: u64) -> Vec<bool> {
        let options = Options {
            causes: false,
            trace: false,
            history: false,
            ..Options::default()
        };
        let mut play = play::Play::new(
            self.scenario.clone(),
            self.built.estate.clone(),
            seed,
            options,
        );
        play.play_to_the_end();
        play.world.close_books();
        let sums = play.sums();
        play.judge(&sums)
            .into_iter()
            .map(|judged| judged.result.holds)
            .collect()
    }

    /// The rehearsal as it is so many seconds after the world began. A clone of it goes on exactly as it would.
    pub fn play_until(&self, seed: u64, seconds: u64) -> Snapshot {
        let options = Options {
            causes: false,
            trace: false,
            history: false,
            ..Options::default()
        };
        let mut play = play::Play::new(
            self.scenario.clone(),
            self.built.estate.clone(),
            seed,
            options,
        );
        play.play_until(engine::Time::ZERO.saturating_add(engine::Span::secs(seconds)));
        Snapshot { play }
    }
}

/// A rehearsal in progress.
#[derive(Clone, Debug)]
pub struct Snapshot {
    play: play::Play,
}

impl Snapshot {
    /// Plays to the end and tells which promises held, in the order of the contract.
    pub fn holds(mut self) -> Vec<bool> {
        self.play.play_to_the_end();
        self.play.world.close_books();
        let sums = self.play.sums();
        self.play
            .judge(&sums)
            .into_iter()
            .map(|judged| judged.result.holds)
            .collect()
    }
}
