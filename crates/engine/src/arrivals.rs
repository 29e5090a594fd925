//! Arrival sequences: message `i` of a flow arrives at an exact moment, and no message is ever an event.

use crate::ratio::{Ratio, fraction_rounded_up, upper_word, words};
use crate::{Span, Time};

/// An endless sequence of arrivals: number `i`, counted from 0, comes at `start + floor(i * per / count)`, that is,
/// `count` of them in each span `per`, as evenly as whole nanoseconds allow.
///
/// It is a description, not a state: it does not change while the flow runs, and it answers in little more than a nanosecond.
/// An arrival that would come at [`Time::NEVER`] or later does not come.
///
/// ```
/// use engine::{Arrivals, Span, Time};
///
/// // 2000 messages a second from the third second on.
/// let messages = Arrivals::new(Time::ZERO + Span::secs(3), 2_000, Span::secs(1));
/// let (killed, recovered) = (Time::ZERO + Span::secs(10), Time::ZERO + Span::millis(17_900));
/// assert_eq!(messages.count_until(recovered) - messages.count_until(killed), 15_800);
/// assert_eq!(messages.first_after(killed), Some((14_001, killed + Span::micros(500))));
/// ```
///
/// **Counting is exact, too.** With `x = t - start + 1`, arrival `i` has come by `t` if and only if
/// `i * per / count < x`, so `ceil(x * count / per)` have. Split `count / per` into a whole number and a rest `g` with
/// `0 < g <= 1` (so a whole ratio leaves the rest 1), and let `h = ceil(2^128 * g) - 1`, which is less than `2^128 * g` by
/// at most 1. Then `x * h / 2^128` is less than `x * g` by something above 0 and at most `x / 2^128 < 1 / per`; as `x * g`
/// is a multiple of `1 / per`, its floor is `ceil(x * g) - 1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrivals {
    start: Time,
    /// Nanoseconds between two arrivals.
    period: Ratio,
    /// The whole part and the rest `h` of arrivals in a nanosecond, as the type's documentation has them.
    whole: u64,
    rest: [u64; 2],
}

impl Arrivals {
    /// `count` arrivals in each span `per`, the first one at `start`.
    ///
    /// # Panics
    /// If `count` is 0 or `per` is zero: a flow that has stopped has no arrivals, and nothing arrives infinitely often.
    pub const fn new(start: Time, count: u64, per: Span) -> Arrivals {
        let per = per.as_nanos();
        assert!(count > 0, "an arrival sequence without arrivals");
        assert!(per > 0, "infinitely many arrivals at once");
        // The rest is taken from 1 to per, not from 0 to per - 1.
        let whole = (count - 1) / per;
        let remainder = count - whole * per;
        let rest = if remainder == per {
            u128::MAX
        } else {
            fraction_rounded_up(remainder, per) - 1
        };
        Arrivals {
            start,
            period: Ratio::new(per, count),
            whole,
            rest: words(rest),
        }
    }

    /// When the first arrival comes.
    pub const fn start(&self) -> Time {
        self.start
    }

    /// Nanoseconds between two arrivals.
    pub const fn period(&self) -> Ratio {
        self.period
    }

    /// When arrival `i` comes, counted from 0; [`Time::NEVER`] if that is after the end of time.
    #[inline]
    pub const fn time_of(&self, i: u64) -> Time {
        self.start.saturating_add(Span::nanos(self.period.floor(i)))
    }

    /// How many arrivals have come by `t`, those at `t` included. Also the number of the first one after `t`.
    #[inline]
    pub const fn count_until(&self, t: Time) -> u64 {
        let last = if t.is_never() {
            u64::MAX - 1
        } else {
            t.as_nanos()
        };
        let start = self.start.as_nanos();
        if last < start {
            return 0;
        }
        // At most u64::MAX, as `last` is less than that.
        let x = last - start + 1;
        x.saturating_mul(self.whole)
            .saturating_add(upper_word(x, self.rest))
            .saturating_add(1)
    }

    /// The number and the time of the first arrival after `t`; `None` if none comes any more.
    #[inline]
    pub const fn first_after(&self, t: Time) -> Option<(u64, Time)> {
        let i = self.count_until(t);
        let at = self.time_of(i);
        if at.is_never() { None } else { Some((i, at)) }
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
    fn nothing_has_come_before_the_start_and_one_at_it() {
        let arrivals = Arrivals::new(at(100), 1, Span::nanos(7));
        assert_eq!(arrivals.count_until(at(0)), 0);
        assert_eq!(arrivals.count_until(at(99)), 0);
        assert_eq!(arrivals.count_until(at(100)), 1);
        assert_eq!(arrivals.count_until(at(106)), 1);
        assert_eq!(arrivals.count_until(at(107)), 2);
        assert_eq!(arrivals.first_after(at(3)), Some((0, at(100))));
    }

    #[test]
    fn several_may_come_in_one_nanosecond() {
        let arrivals = Arrivals::new(at(0), 5, Span::nanos(2));
        assert_eq!(
            [0, 1, 2, 3, 4, 5].map(|i| arrivals.time_of(i).as_nanos()),
            [0, 0, 0, 1, 1, 2]
        );
        assert_eq!([0, 1, 2].map(|t| arrivals.count_until(at(t))), [3, 5, 8]);
    }

    #[test]
    fn at_the_end_of_time_arrivals_end() {
        let arrivals = Arrivals::new(at(u64::MAX - 3), 1, Span::nanos(2));
        assert_eq!(arrivals.time_of(1), at(u64::MAX - 1));
        assert_eq!(arrivals.time_of(2), Time::NEVER);
        assert_eq!(arrivals.count_until(Time::NEVER), 2);
        assert_eq!(
            arrivals.first_after(at(u64::MAX - 2)),
            Some((1, at(u64::MAX - 1)))
        );
        assert_eq!(arrivals.first_after(at(u64::MAX - 1)), None);
        assert_eq!(arrivals.first_after(Time::NEVER), None);
    }

    #[test]
    fn a_description_takes_no_more_than_72_bytes() {
        assert!(size_of::<Arrivals>() <= 72);
        assert!(align_of::<Arrivals>() <= 8);
    }

    proptest! {
        #[test]
        fn counting_equals_looking_at_each_arrival(
            start in 0..50_u64, count in 1..40_u64, per in 1..40_u64, until in 0..120_u64,
        ) {
            let arrivals = Arrivals::new(at(start), count, Span::nanos(per));
            let mut naive = 0;
            while start + naive * per / count <= until {
                prop_assert_eq!(arrivals.time_of(naive), at(start + naive * per / count));
                naive += 1;
            }
            prop_assert_eq!(arrivals.count_until(at(until)), naive);
            prop_assert_eq!(arrivals.first_after(at(until)), Some((naive, at(start + naive * per / count))));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn counting_equals_the_division(
            start in crate::ratio::tests::number(), count in crate::ratio::tests::number(),
            per in crate::ratio::tests::number(), until in crate::ratio::tests::number(),
        ) {
            let (count, per) = (count.max(1), per.max(1));
            let arrivals = Arrivals::new(at(start), count, Span::nanos(per));
            let last = until.min(u64::MAX - 1);
            let expected = match last.checked_sub(start) {
                None => 0,
                Some(passed) => (u128::from(passed) + 1) * u128::from(count) / u128::from(per)
                    + u128::from((u128::from(passed) + 1) * u128::from(count) % u128::from(per) > 0),
            };
            prop_assert_eq!(arrivals.count_until(at(until)), u64::try_from(expected).unwrap_or(u64::MAX));
        }

        #[test]
        fn each_arrival_is_counted_from_its_own_time_on(
            start in 0..1_000_000_000_000_u64, count in 1..10_000_000_u64, per in 1..100_000_000_000_u64, i in 0..1_000_000_000_u64,
        ) {
            let arrivals = Arrivals::new(at(start), count, Span::nanos(per));
            let time = arrivals.time_of(i);
            prop_assume!(!time.is_never());
            prop_assert!(arrivals.count_until(time) > i);
            if let Some(before) = time.as_nanos().checked_sub(1) {
                prop_assert!(arrivals.count_until(at(before)) <= i);
            }
            let (next, next_at) = arrivals.first_after(time).expect("time goes on");
            prop_assert!(next > i && next_at > time);
            prop_assert_eq!(arrivals.time_of(next), next_at);
        }
    }
}
