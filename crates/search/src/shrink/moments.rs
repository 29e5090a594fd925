//! Moments that a person can recognise: a step and a node rather than the n-th change of metadata, and round delays.

use rehearsal::Moment;
use scenario::model::{Fault, Nanos, Occurrence, When};

use super::round::{digits, near};
use super::{Change, Shrinking};
use crate::plan::said;

/// Phases before the fault that are tried as its moment, the latest first.
const PHASES: usize = 3;

impl Shrinking<'_> {
    /// Clearer moments and rounder delays.
    pub(super) fn clearer_moments(&mut self) {
        for at in 0..self.case.faults.len() {
            let Some(reached) = self.reached(at) else {
                continue;
            };
            let fault = self.case.faults[at].clone();
            let mut candidates: Vec<When> = rounder(&fault.at.value);
            for (when, delay) in reached {
                let mut delays = vec![0];
                delays.extend(near(delay));
                delays.push(delay);
                candidates.extend(delays.into_iter().map(|delay| late(&when, delay)));
            }
            let now = rank(&fault.at.value);
            candidates.retain(|when| rank(when) < now);
            candidates.sort_by_key(rank);
            let candidates = candidates
                .into_iter()
                .map(|when| {
                    let at_ = said(when);
                    self.with_fault(
                        at,
                        Fault {
                            at: at_,
                            ..fault.clone()
                        },
                    )
                })
                .collect();
            self.take(Change::Faults, candidates);
        }
    }

    /// The phases that began last before this fault did, and how long before. `None`: its moment never comes, or it has none.
    fn reached(&self, at: usize) -> Option<Vec<(When, u64)>> {
        let case = &self.case;
        if case.faults[at].kind.value.name().starts_with("Operator") {
            return None;
        }
        let ready = case.ready(self.file())?;
        let mut snapshot = case.plan().on(&ready).begin(case.seed);
        snapshot.watch();
        let mut phases = Vec::new();
        while snapshot.step() {
            for (moment, state) in snapshot.take_reached() {
                if matches!(moment, Moment::Phase { .. }) {
                    phases.push((snapshot.when(moment, Nanos(0)), state.at));
                }
            }
        }
        let began = snapshot.measure().faults.get(at)?.1?;
        let before = phases.into_iter().rev().filter_map(|(when, reached)| {
            let delay = u64::try_from(began - reached).ok()?;
            Some((when, delay))
        });
        Some(before.take(PHASES).collect())
    }
}

/// The same moment, so much later than the thing itself.
fn late(when: &When, nanos: u64) -> When {
    let mut when = when.clone();
    match &mut when {
        When::During { after, .. } | When::Nth { after, .. } | When::At(after) => {
            *after = Nanos(nanos);
        }
        When::Between(..) => {}
    }
    when
}

/// The same with a rounder delay.
fn rounder(when: &When) -> Vec<When> {
    let after = match when {
        When::During { after, .. } | When::Nth { after, .. } | When::At(after) => after.0,
        When::Between(low, high) => {
            // A moment of its own instead of one that is drawn.
            let middle = low.0 / 2 + high.0 / 2;
            let mut some = near(middle);
            some.push(middle);
            return some.into_iter().map(|at| When::At(Nanos(at))).collect();
        }
    };
    let mut some = vec![0];
    some.extend(near(after));
    some.into_iter().map(|after| late(when, after)).collect()
}

/// How hard it is to recognise: first what kind of thing it waits for, then how many digits have to be remembered.
fn rank(when: &When) -> (u32, u32) {
    match when {
        When::During { after, .. } => (0, digits(after.0)),
        When::Nth { n, of, node, after } => {
            let counted = match n {
                1 => 0,
                n => n.ilog10() + 1,
            };
            let seen_by_people = node.is_some()
                || matches!(
                    of,
                    Occurrence::ControllerActive | Occurrence::ControllerLost
                );
            let class = if seen_by_people { 1 } else { 3 };
            (class, digits(after.0) + counted)
        }
        When::At(after) => (2, digits(after.0)),
        When::Between(..) => (4, 0),
    }
}
