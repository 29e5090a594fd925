//! Periodic work as arithmetic: the beats of a heartbeat, a fetch loop or a check are known, not scheduled.

use crate::{Span, Time};

/// An endless row of beats: number `k`, counted from 0, is at `first + k * period`.
///
/// A healthy hour of heartbeats is no event at all; when something happens, the beat before it and the beat after it
/// are one division.
///
/// ```
/// use engine::{Phase, Span, Time};
///
/// let heartbeat = Phase::new(Time::ZERO + Span::millis(700), Span::secs(2));
/// let killed = Time::ZERO + Span::secs(10);
/// let last = heartbeat.last_at_or_before(killed).expect("it had begun");
/// assert_eq!(last + Span::secs(9), Time::ZERO + Span::millis(17_700));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phase {
    first: Time,
    period: Span,
}

impl Phase {
    /// Beats at `first` and each `period` after it.
    ///
    /// # Panics
    /// If the period is zero.
    pub const fn new(first: Time, period: Span) -> Phase {
        assert!(!period.is_zero(), "beats without a pause between them");
        Phase { first, period }
    }

    /// The first beat.
    pub const fn first(&self) -> Time {
        self.first
    }

    /// From one beat to the next.
    pub const fn period(&self) -> Span {
        self.period
    }

    /// When beat `k` is; [`Time::NEVER`] if that is after the end of time.
    #[inline]
    pub const fn beat(&self, k: u64) -> Time {
        self.first.saturating_add(self.period.saturating_mul(k))
    }

    /// The number of the last beat at or before `t`; `None` before the first one.
    #[inline]
    pub const fn index_at_or_before(&self, t: Time) -> Option<u64> {
        match self.index_after(t) {
            0 => None,
            next => Some(next - 1),
        }
    }

    /// The number of the first beat at or after `t`.
    #[inline]
    pub const fn index_at_or_after(&self, t: Time) -> u64 {
        t.saturating_since(self.first)
            .as_nanos()
            .div_ceil(self.period.as_nanos())
    }

    /// The number of the first beat after `t`. Also how many beats there were by `t`, one at `t` included.
    #[inline]
    pub const fn index_after(&self, t: Time) -> u64 {
        if t.as_nanos() < self.first.as_nanos() {
            return 0;
        }
        // With a period of 1 ns and no other could this exceed 64 bits; that beat is after the end of time anyway.
        (t.saturating_since(self.first).as_nanos() / self.period.as_nanos()).saturating_add(1)
    }

    /// The last beat at or before `t`; `None` before the first one.
    #[inline]
    pub const fn last_at_or_before(&self, t: Time) -> Option<Time> {
        match self.index_at_or_before(t) {
            None => None,
            Some(k) => Some(self.beat(k)),
        }
    }

    /// The last beat before `t`; `None` if there was none.
    #[inline]
    pub const fn last_before(&self, t: Time) -> Option<Time> {
        match self.index_at_or_after(t) {
            0 => None,
            next => Some(self.beat(next - 1)),
        }
    }

    /// The first beat at or after `t`; [`Time::NEVER`] if none comes any more.
    #[inline]
    pub const fn next_at_or_after(&self, t: Time) -> Time {
        self.beat(self.index_at_or_after(t))
    }

    /// The first beat after `t`; [`Time::NEVER`] if none comes any more.
    #[inline]
    pub const fn next_after(&self, t: Time) -> Time {
        self.beat(self.index_after(t))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(nanos: u64) -> Time {
        Time::from_nanos(nanos)
    }

    #[test]
    fn a_beat_is_both_at_or_before_and_at_or_after_itself_and_neither_before_nor_after() {
        let phase = Phase::new(at(5), Span::nanos(10));
        assert_eq!(phase.last_at_or_before(at(25)), Some(at(25)));
        assert_eq!(phase.next_at_or_after(at(25)), at(25));
        assert_eq!(phase.last_before(at(25)), Some(at(15)));
        assert_eq!(phase.next_after(at(25)), at(35));
    }

    #[test]
    fn before_the_first_beat_there_is_none() {
        let phase = Phase::new(at(5), Span::nanos(10));
        assert_eq!(phase.last_at_or_before(at(4)), None);
        assert_eq!(phase.last_before(at(5)), None);
        assert_eq!(phase.next_after(at(4)), at(5));
        assert_eq!(phase.next_at_or_after(at(0)), at(5));
    }

    #[test]
    fn after_the_end_of_time_there_is_no_beat() {
        let phase = Phase::new(at(5), Span::hours(1));
        assert_eq!(phase.next_after(at(u64::MAX - 1)), Time::NEVER);
        assert_eq!(
            Phase::new(at(0), Span::nanos(1)).next_after(Time::NEVER),
            Time::NEVER
        );
    }

    proptest! {
        #[test]
        fn arithmetic_equals_listening_to_each_beat(first in 0..50_u64, period in 1..30_u64, t in 0..300_u64) {
            let phase = Phase::new(at(first), Span::nanos(period));
            let beats: Vec<Time> = (0..=300).map(|k| at(first + k * period)).collect();
            let t = at(t);
            prop_assert_eq!(phase.last_at_or_before(t), beats.iter().copied().rfind(|&beat| beat <= t));
            prop_assert_eq!(phase.last_before(t), beats.iter().copied().rfind(|&beat| beat < t));
            prop_assert_eq!(Some(phase.next_at_or_after(t)), beats.iter().copied().find(|&beat| beat >= t));
            prop_assert_eq!(Some(phase.next_after(t)), beats.iter().copied().find(|&beat| beat > t));
            prop_assert_eq!(phase.index_at_or_before(t), beats.iter().rposition(|&beat| beat <= t).map(|k| k as u64));
            prop_assert_eq!(Some(phase.index_at_or_after(t)), beats.iter().position(|&beat| beat >= t).map(|k| k as u64));
            prop_assert_eq!(Some(phase.index_after(t)), beats.iter().position(|&beat| beat > t).map(|k| k as u64));
        }
    }
}
