//! The operator who executes the runbook, the injector of faults, the observers and the judge of the contract.
//!
//! [`prepare`] turns a scenario into a [`Rehearsal`]; [`Rehearsal::run`] plays it once with a seed and leaves an
//! [`outcome::Outcome`]; [`Comparison::of`] holds that against what the file says it expects.

pub mod estate;
mod expect;

pub use estate::{Built, Problem};
pub use expect::Comparison;

use outcome::Outcome;
use scenario::Scenario;

/// A scenario made ready; it can be run with any number of seeds, also from several threads.
#[derive(Clone, Debug)]
pub struct Rehearsal {
    scenario: Scenario,
    file: String,
    built: Built,
}

/// Makes a scenario ready. `file` is its name as the outcome shows it.
///
/// # Errors
/// What in the estate cannot be rehearsed, with the place in the file.
pub fn prepare(scenario: &Scenario, file: &str) -> Result<Rehearsal, Vec<Problem>> {
    let built = estate::build(scenario)?;
    Ok(Rehearsal { scenario: scenario.clone(), file: file.to_owned(), built })
}

impl Rehearsal {
    /// Plays the scenario once.
    pub fn run(&self, seed: u64) -> Outcome {
        let _ = (&self.scenario, &self.file, &self.built, seed);
        unreachable!("written next")
    }
}
