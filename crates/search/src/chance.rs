//! Faults at the boundaries of events, with odds that know the state.
//!
//! Time never appears: at each moment that is reached a coin is thrown. It favours moments at which the cluster has less in reserve,
//! because a fault breaks more there (a replica missing, a node away, no controller), so that the few faults of a plan fall where they matter.

use std::sync::Arc;

use engine::{Draw, Key, Streams};
use rehearsal::{Moment, Saboteur, State};
use scenario::model::{Fault, Nanos, When};

use crate::palette::{AFTER, Palette, SPREAD};
use crate::swarm::{Aim, Swarm};

/// How much likelier a fault is in this state than in a calm one. *Assumed*: VOPR makes crashes ten times likelier while a write is
/// pending; these are milder, so that calm moments keep their share.
pub(crate) fn weight(state: &State) -> u64 {
    let mut weight = 2;
    let voters = state.voters_away > 0;
    if state.under_replicated > 0 || state.down > 0 || state.fenced || voters {
        weight *= 2;
    }
    let no_more_to_spare = voters && state.voters_to_spare == Some(0);
    let last_replica = state.weakest_isr == Some(1);
    if state.at_min_isr > 0 || !state.controller || no_more_to_spare || last_replica {
        weight *= 2;
    }
    if state.under_min_isr > 0 || state.offline > 0 || (voters && state.voters_to_spare.is_none()) {
        weight *= 2;
    }
    if state.lasting > 0 {
        weight *= 2;
    }
    weight
}

/// Do faults begin at such a moment?
pub(crate) fn is_within(window: Option<(u64, u64)>, state: &State) -> bool {
    let at = u64::try_from(state.at).unwrap_or_default();
    window.is_none_or(|(from, until)| (from..=until).contains(&at))
}

/// Places up to so many faults at moments drawn by chance.
#[derive(Clone, Debug)]
pub(crate) struct Chance {
    pub(crate) palette: Arc<Palette>,
    pub(crate) swarm: Arc<Swarm>,
    pub(crate) streams: Streams,
    pub(crate) drawn: u32,
    /// Faults that may still be placed.
    pub(crate) left: u32,
    /// Between which moments, in nanoseconds since the first step; `None`: at any.
    pub(crate) window: Option<(u64, u64)>,
    /// The weights of all moments of a healthy run, summed: what the odds are measured by.
    pub(crate) total: u64,
    /// A fault is placed after so many moments more, whatever the odds: who goes on from a rare beginning does so for its sake.
    pub(crate) soon: Option<u32>,
}

/// In how many moments the next fault is placed, where it is to come soon: mostly, though not always, at once.
const SOON: [u64; 4] = [1, 1, 4, 16];

/// That many moments.
pub(crate) fn soon(draw: &mut impl Draw) -> u32 {
    let width = *draw.pick(&SOON);
    draw.below(width) as u32
}

impl Saboteur for Chance {
    fn reached(
        &mut self,
        moment: Moment,
        when: &dyn Fn(Nanos) -> When,
        state: &State,
    ) -> Vec<Fault> {
        if self.left == 0 || !is_within(self.window, state) {
            return Vec::new();
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
            return Vec::new();
        }
        self.soon = None;
        let mut aim = Aim {
            node: moment.node(),
            state: Some(state),
            hit: 0,
        };
        let mut faults = Vec::new();
        loop {
            let delays: &[u64] = match faults.len() {
                0 => &AFTER,
                _ => &SPREAD,
            };
            let fault = self
                .palette
                .draw(&self.swarm, &mut aim, delays, when, &mut draw);
            let Some(fault) = fault else { break };
            faults.push(fault);
            self.left -= 1;
            if self.left == 0 || !self.swarm.burst || draw.chance(1, 4) {
                break;
            }
        }
        // What goes wrong close to something else breaks more than either alone.
        if !faults.is_empty() && draw.chance(1, 2) {
            self.soon = Some(soon(&mut draw));
        }
        faults
    }

    fn boxed(&self) -> Box<dyn Saboteur> {
        Box::new(self.clone())
    }
}
