//! The faults without any runbook: is it the runbook that fails, or does the promise ask for more than the cluster can give?

use outcome::Quantity;
use outcome::explained::Alone;
use rayon::prelude::*;
use rehearsal::Rehearsal;
use scenario::model::{Fault, FaultKind, Nanos, Target, When};

use super::fix::{play, waiting};
use crate::plan::said;
use crate::shrink::Failure;

/// How long the cluster is watched after the last fault has begun and gone by: longer than any session or lag of it, and a recovery.
const AFTERWARDS: u64 = 300_000_000_000;

/// Plays the faults of each trial at the times at which they came, on the cluster at rest. `None`: they are nothing without the runbook, or it
/// cannot be told at whom they would be aimed.
pub(super) fn played(
    ready: &Rehearsal,
    trials: &[Vec<Fault>],
    seed: u64,
    failure: &Failure,
) -> Option<Alone> {
    let runs: Vec<Option<(bool, Option<Quantity>)>> = trials
        .par_iter()
        .enumerate()
        .map(|(trial, faults)| {
            let seed = seed.wrapping_add(trial as u64);
            let faults = at_their_times(ready, faults, seed)?;
            let last = faults.iter().map(ends).max()?;
            let idle = ready.changed(|scenario| {
                let nothing = waiting("nothing is done", Nanos(last.saturating_add(AFTERWARDS)));
                scenario.runbook = vec![nothing];
            });
            let (promises, came) = play(&idle, &faults, seed);
            let judged = promises.iter().find(|promise| failure.concerns(promise));
            let measured = judged.map(|promise| promise.measured);
            (came > 0).then(|| (failure.is_broken_in(&promises), measured))
        })
        .collect();
    let known: Vec<(bool, Option<Quantity>)> = runs.into_iter().flatten().collect();
    (!known.is_empty()).then(|| Alone {
        runs: known.len() as u64,
        failing: known.iter().filter(|(broken, _)| *broken).count() as u64,
        worst: known
            .iter()
            .filter_map(|(_, measured)| *measured)
            .max_by_key(size),
    })
}

/// How much it is; what had not ended counts as more.
fn size(measured: &Quantity) -> (u64, bool) {
    match *measured {
        Quantity::AtLeastNanoseconds(nanos) => (nanos, true),
        Quantity::Nanoseconds(n) | Quantity::Records(n) | Quantity::Count(n) => (n, false),
        // The less of it the worse.
        Quantity::Percent(percent) => (u64::from(100 - percent.min(100)), false),
        Quantity::Yes(yes) => (u64::from(!yes), false),
    }
}

/// The faults with the times at which they began in the run. `None`: one of them is nothing without the runbook.
fn at_their_times(ready: &Rehearsal, faults: &[Fault], seed: u64) -> Option<Vec<Fault>> {
    let measured = ready.with_faults(faults.to_vec()).begin(seed).measure();
    let mut timed = Vec::new();
    for (fault, began) in measured.faults {
        if needs_a_runbook(&fault.kind.value) {
            return None;
        }
        // What never began has no part in it.
        let Some(began) = began else { continue };
        let began = Nanos(u64::try_from(began).ok()?);
        timed.push(Fault {
            at: said(When::At(began)),
            ..fault
        });
    }
    (!timed.is_empty()).then_some(timed)
}

fn ends(fault: &Fault) -> u64 {
    let begins = match fault.at.value {
        When::At(at) => at.0,
        _ => 0,
    };
    begins.saturating_add(fault.lasts.map_or(0, |lasts| lasts.value.0))
}

fn needs_a_runbook(kind: &FaultKind) -> bool {
    let aimed_at_the_step = match kind {
        FaultKind::Kill(target)
        | FaultKind::Hang(target)
        | FaultKind::HostGone(target)
        | FaultKind::GcPause(target)
        | FaultKind::DiskFull(target)
        | FaultKind::MoveController(target)
        | FaultKind::SomebodyRestarts(target)
        | FaultKind::DiskSlow { node: target, .. }
        | FaultKind::CrashLoop { node: target, .. }
        | FaultKind::OldNodeReturns { node: target, .. } => {
            matches!(target, Target::Current | Target::OtherBroker)
        }
        // They wait for a start, a command or the next recovery, which the runbook brings.
        FaultKind::SlowStart { .. }
        | FaultKind::LongRecovery { .. }
        | FaultKind::WrongBinary { .. }
        | FaultKind::WrongTool { .. } => true,
        _ => false,
    };
    aimed_at_the_step || kind.concerns_a_step()
}
