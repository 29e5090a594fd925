//! Fewer, weaker and shorter faults.

use scenario::model::{Fault, FaultKind, Nanos};

use super::round::{above, below, between_rungs};
use super::{Case, Change, Shrinking};
use crate::plan::said;

/// What is left of a disk's rate, in percent: the milder first.
const DISK: [u32; 5] = [75, 50, 20, 10, 5];

/// How long something that used to last for good may last instead.
const FOR_GOOD: u64 = 3_600_000_000_000;

impl Shrinking<'_> {
    /// Leaves out faults: halves, then smaller parts, then single ones.
    pub(super) fn fewer_faults(&mut self) {
        let none = without(&self.case, 0, self.case.faults.len());
        if self.take(Change::Faults, vec![none]).is_some() {
            return;
        }
        let mut part = self.case.faults.len().div_ceil(2);
        while part > 0 {
            let count = self.case.faults.len();
            // The last first: what came late is more often a bystander.
            let mut candidates: Vec<Case> = (0..count)
                .step_by(part)
                .map(|from| without(&self.case, from, from + part))
                .collect();
            candidates.reverse();
            if self.take(Change::Faults, candidates).is_none() {
                part /= 2;
            } else {
                part = part.min(self.case.faults.len());
            }
        }
    }

    /// Weaker kinds of faults, the weakest that will do.
    pub(super) fn weaker_faults(&mut self) {
        for at in 0..self.case.faults.len() {
            let candidates = weaker(&self.case.faults[at])
                .into_iter()
                .map(|fault| self.with_fault(at, fault))
                .collect();
            self.take(Change::Faults, candidates);
        }
    }

    /// Shorter faults: first round lengths, then what lies between two of them.
    pub(super) fn shorter_faults(&mut self) {
        for at in 0..self.case.faults.len() {
            for (ladder, finer) in knobs(&self.case.faults[at]) {
                let with = |all: Vec<Fault>, this: &Self| {
                    all.into_iter()
                        .map(|fault| this.with_fault(at, fault))
                        .collect()
                };
                let candidates = with(ladder, self);
                self.take(Change::Faults, candidates);
                if let Some(finer) = finer {
                    let candidates = with(finer(&self.case.faults[at]), self);
                    self.take(Change::Faults, candidates);
                }
            }
        }
    }
}

/// The case without the faults from this one up to that one.
fn without(case: &Case, from: usize, to: usize) -> Case {
    let to = to.min(case.faults.len());
    let mut case = case.clone();
    case.own -= from.max(case.own.min(to)).min(case.own) - from.min(case.own);
    case.faults.drain(from..to);
    case
}

/// The same with milder means, the mildest first.
fn weaker(fault: &Fault) -> Vec<Fault> {
    let kinds = match &fault.kind.value {
        FaultKind::HostGone(node) => vec![
            FaultKind::GcPause(node.clone()),
            FaultKind::Kill(node.clone()),
        ],
        FaultKind::Kill(node) | FaultKind::Hang(node) => vec![FaultKind::GcPause(node.clone())],
        FaultKind::QuorumLoss => vec![FaultKind::KillActiveController],
        FaultKind::Cut {
            from,
            to,
            clients: true,
        } => vec![FaultKind::Cut {
            from: from.clone(),
            to: to.clone(),
            clients: false,
        }],
        _ => Vec::new(),
    };
    let mut all: Vec<Fault> = kinds
        .into_iter()
        .map(|kind| Fault {
            kind: said(kind),
            // A pause always ends: one of something that was for good lasts very long.
            lasts: fault.lasts.or(Some(said(Nanos(FOR_GOOD)))),
            at: fault.at.clone(),
        })
        .collect();
    let ends = matches!(
        fault.kind.value,
        FaultKind::Kill(_)
            | FaultKind::Hang(_)
            | FaultKind::HostGone(_)
            | FaultKind::KillActiveController
            | FaultKind::QuorumLoss
            | FaultKind::Cut { .. }
            | FaultKind::SlowLink { .. }
            | FaultKind::DiskSlow { .. }
            | FaultKind::DiskFull(_)
    );
    if fault.lasts.is_none() && ends {
        all.push(Fault {
            lasts: Some(said(Nanos(FOR_GOOD))),
            ..fault.clone()
        });
    }
    all
}

/// Faults in the order in which they are to be tried.
type Finer = fn(&Fault) -> Vec<Fault>;

/// Everything about a fault that can be less: candidates, and finer ones once one of them was taken.
fn knobs(fault: &Fault) -> Vec<(Vec<Fault>, Option<Finer>)> {
    let mut all: Vec<(Vec<Fault>, Option<Finer>)> = Vec::new();
    if let Some(lasts) = &fault.lasts {
        let ladder = below(lasts.value.0);
        all.push((
            ladder
                .into_iter()
                .map(|nanos| lasting(fault, nanos))
                .collect(),
            Some(|fault| {
                let lasts = fault.lasts.map_or(0, |lasts| lasts.value.0);
                between_rungs(lasts)
                    .into_iter()
                    .map(|nanos| lasting(fault, nanos))
                    .collect()
            }),
        ));
    }
    if let Some(by) = longer_by(&mut fault.clone()).copied() {
        let ladder = below(by.0);
        all.push((
            ladder
                .into_iter()
                .map(|nanos| later(fault, nanos))
                .collect(),
            Some(|fault| {
                let by = longer_by(&mut fault.clone()).map_or(0, |by| by.0);
                between_rungs(by)
                    .into_iter()
                    .map(|nanos| later(fault, nanos))
                    .collect()
            }),
        ));
    }
    let mut with = |kinds: Vec<FaultKind>| {
        let faults = kinds.into_iter().map(|kind| Fault {
            kind: said(kind),
            ..fault.clone()
        });
        all.push((faults.collect(), None));
    };
    match &fault.kind.value {
        FaultKind::DiskSlow { node, to_percent } => with(
            DISK.into_iter()
                .filter(|percent| percent > to_percent)
                .map(|to_percent| FaultKind::DiskSlow {
                    node: node.clone(),
                    to_percent,
                })
                .collect(),
        ),
        FaultKind::CrashLoop { node, times, after } => with(
            (1..(*times).min(10))
                .map(|times| FaultKind::CrashLoop {
                    node: node.clone(),
                    times,
                    after: *after,
                })
                .collect(),
        ),
        // A person in less of a hurry.
        FaultKind::OperatorTooFast { step, after } => with(
            above(after.0)
                .into_iter()
                .map(|nanos| FaultKind::OperatorTooFast {
                    step: step.clone(),
                    after: Nanos(nanos),
                })
                .collect(),
        ),
        _ => {}
    }
    all
}

fn lasting(fault: &Fault, nanos: u64) -> Fault {
    Fault {
        lasts: Some(said(Nanos(nanos))),
        ..fault.clone()
    }
}

fn later(fault: &Fault, nanos: u64) -> Fault {
    let mut fault = fault.clone();
    if let Some(by) = longer_by(&mut fault) {
        *by = Nanos(nanos);
    }
    fault
}

/// By how much something takes longer.
fn longer_by(fault: &mut Fault) -> Option<&mut Nanos> {
    match &mut fault.kind.value {
        FaultKind::SlowStart { by, .. }
        | FaultKind::LongRecovery { by, .. }
        | FaultKind::SlowLink { by, .. } => Some(by),
        _ => None,
    }
}
