//! Coverage: which abstract states were seen, in how many runs, and how much is likely still unseen.
//!
//! A state forgets which node and which partition: the step, what the node at hand is going through, what has just happened, and in
//! coarse numbers how many partitions are short of replicas, at or below `min.insync.replicas`, or offline, how many in-sync replicas the
//! weakest has, how many nodes and voters are away, and how many voters can still go. What is left is the shape of
//! the situation, which a person would call the same.

use std::collections::BTreeMap;

use outcome::search::Coverage;
use rehearsal::{Moment, State};

/// The states seen, by their hash, and in how many runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    states: BTreeMap<u64, u32>,
}

impl Seen {
    /// In how many runs it was seen.
    pub(crate) fn runs(&self, state: u64) -> u32 {
        self.states.get(&state).copied().unwrap_or_default()
    }

    /// So many more runs saw it.
    pub(crate) fn add(&mut self, state: u64, runs: u32) {
        let count = self.states.entry(state).or_default();
        *count = count.saturating_add(runs);
    }

    /// All of it, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, u32)> + '_ {
        self.states.iter().map(|(state, runs)| (*state, *runs))
    }

    /// In numbers. The mass that is unseen is estimated as Good and Turing did: the share of sightings that were the only ones of their
    /// state.
    pub fn summary(&self) -> Coverage {
        let count = |n| self.states.values().filter(|runs| **runs == n).count() as u64;
        let once = count(1);
        let sightings: u64 = self.states.values().map(|runs| u64::from(*runs)).sum();
        Coverage {
            states: self.states.len() as u64,
            once,
            twice: count(2),
            sightings,
            unseen_ppm: (once * 1_000_000)
                .checked_div(sightings)
                .unwrap_or(1_000_000),
        }
    }
}

/// The abstract state at a moment, as a hash.
pub(crate) fn abstracted(moment: Moment, state: &State) -> u64 {
    let (kind, what) = match moment {
        Moment::Nth { of, .. } => (1, of as u64),
        Moment::Phase { phase, .. } => (2, phase as u64),
    };
    let words = [
        kind,
        what,
        state.step.map_or(0, |step| step as u64 + 1),
        u64::from(state.undo),
        state.phase.map_or(0, |phase| phase as u64 + 1),
        coarse(state.under_replicated),
        coarse(state.at_min_isr),
        coarse(state.under_min_isr),
        coarse(state.offline),
        u64::from(state.controller),
        u64::from(state.down.min(4)),
        u64::from(state.voters_away.min(4)),
        state
            .voters_to_spare
            .map_or(0, |spare| u64::from(spare.min(2)) + 1),
        state.weakest_isr.map_or(0, |isr| u64::from(isr.min(4)) + 1),
        u64::from(state.paused.min(3)),
        u64::from(state.fenced),
        u64::from(state.faults.min(4)),
    ];
    // FNV-1a over whole words, then mixed: short, and the same everywhere.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for word in words {
        hash = (hash ^ word).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash ^= hash >> 29;
    hash.wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

/// None, one, a few, some, many.
fn coarse(n: u32) -> u64 {
    match n {
        0 => 0,
        1 => 1,
        2..=4 => 2,
        5..=16 => 3,
        _ => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::Seen;

    #[test]
    fn what_was_seen_once_says_how_much_is_unseen() {
        let mut seen = Seen::default();
        for state in [1, 1, 1, 2, 2, 3] {
            seen.add(state, 1);
        }
        let summary = seen.summary();
        assert_eq!((summary.states, summary.once, summary.twice), (3, 1, 1));
        assert_eq!(summary.unseen_ppm, 1_000_000 / 6);
    }

    #[test]
    fn who_has_seen_nothing_has_all_of_it_before_them() {
        assert_eq!(Seen::default().summary().unseen_ppm, 1_000_000);
    }
}
