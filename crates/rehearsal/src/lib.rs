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
//! | `moments`, `snapshot` | the moments at which a fault can be placed; a rehearsal in progress, for search |
//! | `judge`, [`findings`], `causes` | the contract, why it broke, in words |
//! | `timeline`, `story`, `conclude` | the outcome |
//! | [`way_back`] | turning back at any moment of the runbook |

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
mod moments;
mod operator;
mod play;
mod properties;
mod select;
mod snapshot;
mod story;
mod timeline;
mod tokens;
pub mod tools;
mod trial;
mod upgrade_clients;
pub mod way_back;
mod words;

use std::sync::Arc;

pub use conclude::identity_of;
pub use estate::{Built, Problem};
pub use expect::Comparison;
pub use moments::{Moment, Saboteur, State};
pub use snapshot::{Measured, Snapshot};
pub use trial::{Trial, gate_in_words};

use kafka::Options;
use outcome::Outcome;
use scenario::Scenario;
use scenario::model::Fault;

/// Version of the model: it changes when any result may.
pub const MODEL: &str = concat!("dryroll ", env!("CARGO_PKG_VERSION"));

/// A scenario made ready; it can be run with any number of seeds, also from several threads.
#[derive(Clone, Debug)]
pub struct Rehearsal {
    /// Without its faults.
    scenario: Arc<Scenario>,
    faults: Arc<Vec<Fault>>,
    file: String,
    built: Built,
}

/// Makes a scenario ready. `file` is its name as the outcome shows it.
///
/// # Errors
/// What in the estate cannot be rehearsed, with the place in the file.
pub fn prepare(scenario: &Scenario, file: &str) -> Result<Rehearsal, Vec<Problem>> {
    let built = estate::build(scenario)?;
    let mut scenario = scenario.clone();
    let faults = std::mem::take(&mut scenario.faults);
    Ok(Rehearsal {
        scenario: Arc::new(scenario),
        faults: Arc::new(faults),
        file: file.to_owned(),
        built,
    })
}

/// What a run keeps: only what is needed to judge it, or all that can be told.
fn options(whole: bool) -> Options {
    Options {
        causes: whole,
        trace: whole,
        history: whole,
        ..Options::default()
    }
}

impl Rehearsal {
    /// The same with other faults instead of those of the file. The estate is shared.
    pub fn with_faults(&self, faults: Vec<Fault>) -> Self {
        Self {
            faults: Arc::new(faults),
            ..self.clone()
        }
    }

    /// The faults of the plan.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// The name of the file, as outcomes show it.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The scenario, without its faults.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// The estate as the world is built from it.
    pub fn estate(&self) -> &kafka::estate::Estate {
        &self.built.estate
    }

    /// Plays the scenario once and tells everything.
    pub fn run(&self, seed: u64) -> Outcome {
        self.start(seed, true).outcome(&self.file)
    }

    /// Plays the scenario once and tells only which promises held, in the order of the contract: for trying many seeds.
    pub fn holds(&self, seed: u64) -> Vec<bool> {
        self.begin(seed).holds()
    }

    /// The rehearsal before its first moment, for judging only.
    pub fn begin(&self, seed: u64) -> Snapshot {
        self.start(seed, false)
    }

    /// The rehearsal before its first moment, with all that [`Snapshot::outcome`] tells.
    pub fn begin_whole(&self, seed: u64) -> Snapshot {
        self.start(seed, true)
    }

    fn start(&self, seed: u64, whole: bool) -> Snapshot {
        Snapshot::new(
            play::Play::new(
                self.scenario.clone(),
                self.faults.clone(),
                self.built.estate.clone(),
                seed,
                options(whole),
            ),
            seed,
        )
    }

    /// The rehearsal as it is so many seconds after the world began. A clone of it goes on exactly as it would.
    pub fn play_until(&self, seed: u64, seconds: u64) -> Snapshot {
        let mut snapshot = self.begin(seed);
        snapshot.play_until(engine::Time::ZERO.saturating_add(engine::Span::secs(seconds)));
        snapshot
    }
}
