//! Predicted against observed: recordings of real Kafka, replayed in the model.
//!
//! A recording (`observed/README.md`) says what was set up, what the operator did and what clients, tools and metadata showed. Here its
//! header and operations become a scenario ([`scenario_of`]), the scenario a world, and the world is driven through the recorded
//! operations once per seed. What is then seen of the world is measured by the same rules as what was seen of Kafka, and a [`Table`] says per
//! recording and quantity: observed, predicted median and 1–99 % range, inside or not.
//!
//! ```text
//! file ──► recording ──► operations ─────────────┐
//!              │    └──► scenario_text ──► prepare ──► replay ──► observation ──► measure ──► table
//!              └────────────────────────────────────────────────────▲
//! ```
//!
//! Recordings in which binaries are exchanged and features raised are sequences of answers: `versions` goes through them and holds each answer
//! against the recorded one.
//!
//! Times in recordings are measured in seconds with fractions, and statistics are fractions: this crate may use floating point, the
//! model may not.

mod admin;
mod clients;
mod measure;
mod observation;
mod operations;
mod placement;
mod prepare;
mod read;
mod recording;
mod replay;
mod scenario_text;
mod startup;
mod statistics;
mod suspected;
mod table;
mod versions;

use std::path::Path;

use rayon::prelude::*;

use crate::measure::{Measures, Rules, Verdicts};
use crate::observation::Observation;
use crate::prepare::Prepared;
use crate::suspected::{Traits, suspected};

pub use read::{Error, Folder, NotReplayed, read, replayable};
pub use recording::Recording;
pub use scenario_text::{scenario_of, scenario_of_run};
pub use table::{Compared, Fit, Observed, Predicted, Row, Table, Verdict};

/// Replays every recording of a folder that can be replayed, `seeds` times each (spread evenly over its repeats), and compares.
///
/// `progress` is told the name of each recording before it is replayed. The outcome depends on the files and `seeds` alone.
///
/// # Errors
/// A folder or file that cannot be read, a file that is not JSON. A recording that cannot be replayed is no error: the table says why.
pub fn run(folder: &Path, seeds: u32, progress: &mut dyn FnMut(&str)) -> Result<Table, Error> {
    let found = read(folder)?;
    let mut recordings = Vec::new();
    for (file, recording) in &found.recordings {
        progress(&recording.name);
        recordings.push(compare(file, recording, seeds)?);
    }
    for (file, sequence) in &found.sequences {
        progress(&sequence.name);
        recordings.push(versions::compare(file, sequence)?);
    }
    recordings.sort_by(|a, b| a.file.cmp(&b.file));
    Ok(Table {
        seeds,
        recordings,
        not_replayed: found.not_replayed,
    })
}

/// Replays one recording and compares.
///
/// # Errors
/// A scenario that the reader refuses.
pub fn compare(file: &str, recording: &Recording, seeds: u32) -> Result<Compared, Error> {
    if clients::is_of_clients(recording) {
        return Ok(clients::compare(file, recording));
    }
    let plans: Vec<Prepared> = recording
        .runs
        .iter()
        .map(|run| Prepared::of(file, recording, run))
        .collect::<Result<_, _>>()?;
    let rules: Vec<Rules> = plans
        .iter()
        .zip(&recording.runs)
        .map(|(plan, run)| {
            Rules::new(
                recording.broker_ids(),
                recording.controller_ids(),
                recording.topic.replication_factor,
                &plan.script,
            )
            .with_extracts(recording, run)
        })
        .collect();
    let real: Vec<(Measures, Verdicts)> = recording
        .runs
        .iter()
        .zip(&rules)
        .map(|(run, rules)| {
            let seen = Observation::recorded(recording, run);
            (rules.measures(&seen), rules.verdicts(&seen))
        })
        .collect();
    // At least one seed for each repeat.
    let seeds = (seeds as usize).max(plans.len());
    let model: Vec<(Measures, Verdicts)> = (0..seeds)
        .into_par_iter()
        .map(|seed| {
            let at = seed % plans.len();
            let seen = plans[at].replay(seed as u64);
            (rules[at].measures(&seen), rules[at].verdicts(&seen))
        })
        .collect();
    let (real_measures, real_verdicts): (Vec<Measures>, Vec<Verdicts>) = real.into_iter().unzip();
    let (model_measures, model_verdicts): (Vec<Measures>, Vec<Verdicts>) =
        model.into_iter().unzip();
    let calm = recording.is_calm();
    let configured = |name: &str, value: &str| {
        recording.topics().any(|(_, topic)| {
            recording::lookup(&topic.configs, name)
                .is_some_and(|given| value.is_empty() || given == value)
        })
    };
    let traits = Traits {
        zookeeper: recording.in_zookeeper_mode(),
        runs: recording.runs.len(),
        calm,
        throttled: configured("leader.replication.throttled.replicas", "")
            || configured("follower.replication.throttled.replicas", ""),
        unclean: configured("unclean.leader.election.enable", "true"),
    };
    let suspect = |about: &table::About<'_>| suspected(&traits, about);
    Ok(Compared {
        file: file.to_owned(),
        name: recording.name.clone(),
        kafka: recording.kafka.clone(),
        runs: recording.runs.len(),
        calm,
        rows: table::rows(&real_measures, &model_measures, calm, &suspect),
        verdicts: table::verdicts(&real_verdicts, &model_verdicts, &suspect),
    })
}
