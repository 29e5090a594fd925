//! Instants at equal distances: heartbeats, fetches, send instants, checks. Nothing is scheduled for them; the last and the next one
//! are arithmetic (specification T3).

use engine::{Span, Time};

/// The instants `phase + n · period` for whole n. Negative n stand for times before the world began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    phase: u64,
    period: u64,
}

impl Grid {
    /// A grid. The period must not be zero.
    pub fn new(phase: Time, period: Span) -> Self {
        assert!(!period.is_zero(), "a grid needs a period");
        Self {
            phase: phase.as_nanos(),
            period: period.as_nanos(),
        }
    }

    /// The distance of two instants.
    pub fn period(self) -> Span {
        Span::nanos(self.period)
    }

    /// The n-th instant; one before the world began is time 0.
    #[inline]
    pub fn at(self, n: i64) -> Time {
        let offset = n.unsigned_abs().saturating_mul(self.period);
        Time::from_nanos(if n >= 0 {
            self.phase.saturating_add(offset)
        } else {
            self.phase.saturating_sub(offset)
        })
    }

    /// Number of the last instant ≤ t.
    #[inline]
    pub fn last(self, t: Time) -> i64 {
        let t = t.as_nanos();
        if t >= self.phase {
            ((t - self.phase) / self.period) as i64
        } else {
            -(((self.phase - t).div_ceil(self.period)) as i64)
        }
    }

    /// Number of the first instant ≥ t.
    #[inline]
    pub fn next(self, t: Time) -> i64 {
        let t = t.as_nanos();
        if t > self.phase {
            ((t - self.phase).div_ceil(self.period)) as i64
        } else {
            -(((self.phase - t) / self.period) as i64)
        }
    }

    /// Number of the first instant > t.
    #[inline]
    pub fn after(self, t: Time) -> i64 {
        self.last(t) + 1
    }

    /// The first instant ≥ t.
    #[inline]
    pub fn next_time(self, t: Time) -> Time {
        self.at(self.next(t))
    }

    /// The first instant > t.
    #[inline]
    pub fn after_time(self, t: Time) -> Time {
        self.at(self.after(t))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> Grid {
        Grid::new(Time::from_nanos(30), Span::nanos(100))
    }

    #[test]
    fn instants_before_the_phase_have_negative_numbers() {
        assert_eq!(grid().last(Time::from_nanos(29)), -1);
        assert_eq!(grid().next(Time::from_nanos(29)), 0);
        assert_eq!(grid().at(-1), Time::ZERO);
    }

    #[test]
    fn an_instant_is_its_own_last_and_next() {
        for n in 0..5 {
            let t = grid().at(n);
            assert_eq!(
                (grid().last(t), grid().next(t), grid().after(t)),
                (n, n, n + 1)
            );
        }
    }

    #[test]
    fn between_two_instants_last_and_next_differ_by_one() {
        let t = Time::from_nanos(331);
        assert_eq!((grid().last(t), grid().next(t)), (3, 4));
    }
}
