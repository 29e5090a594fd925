//! The trace: one number that stands for everything that happened in a run.
//!
//! Each handled event is folded, as (time, push sequence, digest), into a running 128-bit hash. Two runs with equal
//! values handled equal events in equal order, but for odds of 2^-128. A value is kept every 4096 events, so that of
//! two runs that should be equal [`bisect`] finds the first event that differs, and says what it was on either side.

mod bisect;
mod digest;
mod murmur;

pub use bisect::{Difference, Run, Side, Stepped, bisect};
pub use digest::{Digest, Words};
pub use murmur::Murmur3;

use crate::Time;

/// The running hash of the events handled so far, with checkpoints.
///
/// The value is MurmurHash3_x64_128 with seed 0 of the records so far, 32 bytes an event: time in nanoseconds, push
/// sequence and the two words of the digest, each as eight bytes, least first.
#[derive(Clone, Debug)]
pub struct Trace {
    hash: Murmur3,
    events: u64,
    interval_log2: u32,
    checkpoints: Vec<u128>,
}

impl Default for Trace {
    fn default() -> Trace {
        Trace::new()
    }
}

impl Trace {
    /// The default distance of checkpoints is 2 to the power of this: 4096 events.
    pub const INTERVAL_LOG2: u32 = 12;

    /// A trace of nothing, with a checkpoint every 4096 events.
    pub fn new() -> Trace {
        Trace::with_interval_log2(Trace::INTERVAL_LOG2)
    }

    /// A trace of nothing, with a checkpoint every 2^`interval_log2` events.
    pub fn with_interval_log2(interval_log2: u32) -> Trace {
        assert!(
            interval_log2 < 64,
            "an interval of 2^{interval_log2} events"
        );
        Trace {
            hash: Murmur3::new(),
            events: 0,
            interval_log2,
            checkpoints: Vec::new(),
        }
    }

    /// Folds one handled event in.
    #[inline]
    pub fn fold(&mut self, at: Time, sequence: u64, digest: [u64; 2]) {
        self.hash.fold(at.as_nanos(), sequence);
        self.hash.fold(digest[0], digest[1]);
        self.events += 1;
        if self.events.trailing_zeros() >= self.interval_log2 {
            self.checkpoints.push(self.hash.value());
        }
    }

    /// The hash of all events so far.
    pub fn value(&self) -> u128 {
        self.hash.value()
    }

    /// The number of events so far.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// The value after each full interval, in order.
    pub fn checkpoints(&self) -> &[u128] {
        &self.checkpoints
    }

    /// The distance of two checkpoints in events.
    pub fn interval(&self) -> u64 {
        1 << self.interval_log2
    }

    /// How many events from the start both runs certainly share, as far as the checkpoints show.
    ///
    /// It searches by halves: [`Murmur3`] never forgets, so that checkpoints that once differ go on to differ.
    ///
    /// # Panics
    /// If the two have different intervals.
    pub fn shared_prefix(&self, other: &Trace) -> u64 {
        assert_eq!(
            self.interval_log2, other.interval_log2,
            "checkpoints at different events"
        );
        let both = self.checkpoints.len().min(other.checkpoints.len());
        let (mut equal, mut unequal) = (0, both + 1);
        // The first `equal` checkpoints are equal; the one numbered `unequal` (from one) is not, or does not exist.
        while unequal - equal > 1 {
            let middle = usize::midpoint(equal, unequal);
            if self.checkpoints[middle - 1] == other.checkpoints[middle - 1] {
                equal = middle;
            } else {
                unequal = middle;
            }
        }
        equal as u64 * self.interval()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn trace_of(interval_log2: u32, digests: impl IntoIterator<Item = u64>) -> Trace {
        let mut trace = Trace::with_interval_log2(interval_log2);
        for (index, digest) in digests.into_iter().enumerate() {
            trace.fold(
                Time::from_nanos(10 * index as u64),
                index as u64,
                [digest, 0],
            );
        }
        trace
    }

    /// The values come from a second implementation, in Python.
    #[test]
    fn a_known_run_has_a_known_trace() {
        let trace = trace_of(2, 0..9);
        assert_eq!(trace.value(), 0x87da_1453_b320_de66_cbd1_2a12_e3a4_8c45);
        assert_eq!(
            trace.checkpoints(),
            &[trace_of(2, 0..4).value(), trace_of(2, 0..8).value()]
        );
        assert_eq!((trace.events(), trace.interval()), (9, 4));
    }

    #[test]
    fn each_part_of_an_event_counts() {
        let value = |at: u64, sequence: u64, digest: [u64; 2]| {
            let mut trace = Trace::new();
            trace.fold(Time::from_nanos(at), sequence, digest);
            trace.value()
        };
        let reference = value(1, 2, [3, 4]);
        assert_ne!(value(9, 2, [3, 4]), reference);
        assert_ne!(value(1, 9, [3, 4]), reference);
        assert_ne!(value(1, 2, [9, 4]), reference);
        assert_ne!(value(1, 2, [3, 9]), reference);
        assert_ne!(Trace::new().value(), reference);
    }

    proptest! {
        #[test]
        fn the_shared_prefix_ends_in_the_interval_of_the_first_difference(
            length in 1..200_u64, other_length in 1..200_u64, differs_at in 0..250_u64, interval_log2 in 0..5_u32,
        ) {
            let left = trace_of(interval_log2, 0..length);
            let right = trace_of(interval_log2, (0..other_length).map(|index| index + u64::from(index == differs_at)));
            let shared = differs_at.min(length).min(other_length) >> interval_log2 << interval_log2;
            prop_assert_eq!(left.shared_prefix(&right), shared);
            prop_assert_eq!(right.shared_prefix(&left), shared);
        }
    }
}
