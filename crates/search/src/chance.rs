//! Faults at the boundaries of events, with odds that know the state.
//!
//! Time never appears: at each moment that is reached a coin is thrown. It favours moments at which the cluster has less in reserve,
//! because a fault breaks more there (a replica missing, a node away, no controller), so that the few faults of a plan fall where they matter.

use std::sync::Arc;

use engine::{Draw, Key, Streams};
use rehearsal::{Moment, Saboteur, State};
use scenario::model::{Fault, Nanos, When};

use crate::palette::{Kind, Palette};

/// How much likelier a fault is in this state than in a calm one. *Assumed*: VOPR makes crashes ten times likelier while a write is
/// pending; these are milder, so that calm moments keep their share.
pub(crate) fn weight(state: &State) -> u64 {
    let mut weight = 2;
    if state.under_replicated > 0 || state.down > 0 || state.fenced {
        weight *= 2;
    }
    if state.at_min_isr > 0 || !state.controller {
        weight *= 2;
    }
    if state.under_min_isr > 0 || state.offline > 0 {
        weight *= 2;
    }
    if state.lasting > 0 {
        weight *= 2;
    }
    weight
}

/// Places up to so many faults at moments drawn by chance.
#[derive(Clone, Debug)]
pub(crate) struct Chance {
    pub(crate) palette: Arc<Palette>,
    pub(crate) kinds: Arc<Vec<Kind>>,
    pub(crate) streams: Streams,
    pub(crate) drawn: u32,
    /// Faults that may still be placed.
    pub(crate) left: u32,
    /// The weights of all moments of a healthy run, summed: what the odds are measured by.
    pub(crate) total: u64,
    /// A fault is placed after so many moments more, whatever the odds: who goes on from a rare beginning does so for its sake.
    pub(crate) soon: Option<u32>,
}

impl Saboteur for Chance {
    fn reached(
        &mut self,
        moment: Moment,
        when: &dyn Fn(Nanos) -> When,
        state: &State,
    ) -> Option<Fault> {
        if self.left == 0 {
            return None;
        }
        let mut draw = self.streams.resume(Key::of("boundary"), &mut self.drawn);
        let odds = weight(state) * u64::from(self.left);
        // Not more than one in four, so that no moment has it all.
        let lucky = draw.chance(odds.min(self.total / 4), self.total.max(1));
        let due = match &mut self.soon {
            Some(0) => true,
            Some(moments) => {
                *moments -= 1;
                false
            }
            None => false,
        };
        if !lucky && !due {
            return None;
        }
        self.soon = None;
        let fault = self
            .palette
            .draw(&self.kinds, moment.node(), Some(state), when, &mut draw)?;
        self.left -= 1;
        Some(fault)
    }

    fn boxed(&self) -> Box<dyn Saboteur> {
        Box::new(self.clone())
    }
}
