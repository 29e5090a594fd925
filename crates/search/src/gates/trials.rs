//! The runs that gates and runbooks are judged by: every seed as the file has it, and once more with one fault that the seed draws.
//!
//! A drawn fault waits for the n-th time that something happens to the cluster (a broker is let in again, a leader changes), not for a
//! moment or a step, so that the same fault means the same on two runbooks.

use engine::{Draw, Streams};
use rayon::prelude::*;
use rehearsal::{Rehearsal, Trial};
use scenario::model::{Fault, Occurrence, When};

use crate::palette::{AFTER, Kind, Palette};
use crate::swarm::{Aim, Swarm};

/// One run: a seed, and a fault that is added to those of the file.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) seed: u64,
    pub(crate) fault: Option<Fault>,
}

impl Run {
    /// As it would stand in a file.
    pub(crate) fn fault_text(&self) -> Option<String> {
        self.fault.as_ref().map(|fault| {
            let list = scenario::canonical::faults(std::slice::from_ref(fault));
            list.trim_start_matches('[')
                .trim_end_matches(']')
                .to_owned()
        })
    }

    /// The scenario with the fault of this run.
    pub(crate) fn of(&self, rehearsal: &Rehearsal) -> Rehearsal {
        match &self.fault {
            None => rehearsal.clone(),
            Some(fault) => {
                let mut faults = rehearsal.faults().to_vec();
                faults.push(fault.clone());
                rehearsal.with_faults(faults)
            }
        }
    }
}

/// What is drawn from: what machines, processes and networks do by themselves.
const KINDS: [Kind; 4] = [Kind::Crash, Kind::Pause, Kind::Network, Kind::Slow];

/// The palette for the runs of these rehearsals: what can go wrong in all of them.
pub(crate) fn palette(all: &[&Rehearsal]) -> Palette {
    let mut palettes = all.iter().map(|one| Palette::of(one, &KINDS));
    let first = palettes.next().expect("there is a rehearsal");
    palettes.fold(first, |palette, other| palette.shared_with(&other))
}

/// The runs of these seeds, those without a fault first.
pub(crate) fn runs(first: u64, seeds: u64, palette: &Palette) -> Vec<Run> {
    let seeds = || (0..seeds).map(|at| first.wrapping_add(at));
    let plain = seeds().map(|seed| Run { seed, fault: None });
    let struck = seeds().map(|seed| Run {
        seed,
        fault: draw(seed, palette),
    });
    plain.chain(struck).collect()
}

/// Runs all of them side by side, in their order.
pub(crate) fn try_all(rehearsal: &Rehearsal, runs: &[Run]) -> Vec<Trial> {
    runs.par_iter()
        .map(|run| run.of(rehearsal).trial(run.seed))
        .collect()
}

/// Something that happens so often to each broker in a roll, at most, where it concerns partitions.
const OFTEN: u64 = 4;

/// The fault of a seed.
fn draw(seed: u64, palette: &Palette) -> Option<Fault> {
    let mut draw = Streams::new(seed).of("trial");
    let brokers = palette.brokers().max(1);
    let (of, most) = match draw.below(4) {
        0 => (Occurrence::Unfenced, brokers),
        1 => (Occurrence::IsrShrink, OFTEN * brokers),
        2 => (Occurrence::IsrExpand, OFTEN * brokers),
        _ => (Occurrence::LeaderChange, OFTEN * brokers),
    };
    let n = draw.between(1, most) as u32;
    let when = |after| When::Nth {
        n,
        of,
        node: None,
        after,
    };
    let swarm = Swarm::all(palette.kinds());
    palette.draw(&swarm, &mut Aim::default(), &AFTER, &when, &mut draw)
}
