//! The runs that gates and runbooks are judged by: every seed as the file has it, and once more with one fault that the seed draws.
//!
//! A drawn fault waits for the n-th time that something happens to the cluster (a broker is let in again, a leader changes), not for a
//! moment or a step, so that the same fault means the same on two runbooks.

use rayon::prelude::*;
use rehearsal::{Rehearsal, Trial};
use scenario::model::{Fault, FaultKind, Nanos, Occurrence, Span, Spanned, Target, When};

/// One run: a seed, and a fault that is added to those of the file.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) seed: u64,
    pub(crate) fault: Option<Fault>,
}

const SECOND: u64 = 1_000_000_000;

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

/// The runs of these seeds, those without a fault first.
pub(crate) fn runs(first: u64, seeds: u64, brokers: u32) -> Vec<Run> {
    let seeds = || (0..seeds).map(|at| first.wrapping_add(at));
    let plain = seeds().map(|seed| Run { seed, fault: None });
    let struck = seeds().map(|seed| Run {
        seed,
        fault: Some(draw(seed, brokers)),
    });
    plain.chain(struck).collect()
}

/// Runs all of them side by side, in their order.
pub(crate) fn try_all(rehearsal: &Rehearsal, runs: &[Run]) -> Vec<Trial> {
    runs.par_iter()
        .map(|run| run.of(rehearsal).trial(run.seed))
        .collect()
}

/// SplitMix64: a good word out of a counter (Steele, Lea, Flood 2014).
fn word(seed: u64, at: u64) -> u64 {
    let mut z = seed
        .wrapping_add(at.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15))
        .wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A whole number from `low` to `high`.
fn between(seed: u64, at: u64, low: u64, high: u64) -> u64 {
    low + word(seed, at) % (high - low + 1)
}

fn said<T>(value: T) -> Spanned<T> {
    Spanned {
        value,
        span: Span::default(),
    }
}

/// The fault of a seed: what machines and processes do by themselves, each kind as often as the others.
fn draw(seed: u64, brokers: u32) -> Fault {
    let secs = |seconds: u64| Nanos(seconds * SECOND);
    let (kind, lasts) = match between(seed, 0, 0, 6) {
        0 => (FaultKind::Kill(Target::AnyBroker), Some(secs(60))),
        1 => (FaultKind::GcPause(Target::AnyBroker), Some(secs(20))),
        2 => (FaultKind::Hang(Target::AnyBroker), Some(secs(45))),
        3 => (
            FaultKind::LongRecovery {
                node: Target::AnyBroker,
                by: secs(between(seed, 1, 60, 240)),
            },
            None,
        ),
        4 => (
            FaultKind::SlowStart {
                node: Target::AnyBroker,
                by: secs(between(seed, 1, 30, 90)),
            },
            None,
        ),
        5 => (
            FaultKind::DiskSlow {
                node: Target::AnyBroker,
                to_percent: 10,
            },
            Some(secs(300)),
        ),
        _ => (FaultKind::KillActiveController, Some(secs(60))),
    };
    let brokers = u64::from(brokers.max(1));
    let (of, most) = match between(seed, 2, 0, 3) {
        0 => (Occurrence::Unfenced, brokers),
        1 => (Occurrence::IsrShrink, 4 * brokers),
        2 => (Occurrence::IsrExpand, 4 * brokers),
        _ => (Occurrence::LeaderChange, 4 * brokers),
    };
    Fault {
        kind: said(kind),
        at: said(When::Nth {
            n: between(seed, 3, 1, most) as u32,
            of,
            node: None,
            after: Nanos(between(seed, 4, 0, 10_000) * 1_000_000),
        }),
        lasts: lasts.map(said),
    }
}
