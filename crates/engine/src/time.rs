//! Simulated time: a moment ([`Time`]) and a length ([`Span`]), both whole nanoseconds.
//!
//! A `u64` of nanoseconds lasts 584 years, so a sum that does not fit is a defect of the caller. The operators
//! therefore panic on overflow in *every* build: wrapping in release would make it another run than the debug build's.
//! Where "too late to matter" is a sensible answer there are saturating forms, which end at [`Time::NEVER`].

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, Rem, Sub, SubAssign};

const NANOS_PER_MICRO: u64 = 1_000;
const NANOS_PER_MILLI: u64 = 1_000_000;
const NANOS_PER_SECOND: u64 = 1_000_000_000;
const NANOS_PER_MINUTE: u64 = 60 * NANOS_PER_SECOND;
const NANOS_PER_HOUR: u64 = 60 * NANOS_PER_MINUTE;
const NANOS_PER_DAY: u64 = 24 * NANOS_PER_HOUR;

/// A moment: nanoseconds since the world began.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(u64);

/// A length of time in nanoseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span(u64);

impl Time {
    /// The beginning of the world.
    pub const ZERO: Time = Time(0);

    /// Later than every moment at which something can happen.
    pub const NEVER: Time = Time(u64::MAX);

    /// The moment `nanos` nanoseconds after the world began.
    pub const fn from_nanos(nanos: u64) -> Time {
        Time(nanos)
    }

    /// Nanoseconds since the world began.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Is this [`Time::NEVER`]?
    pub const fn is_never(self) -> bool {
        self.0 == u64::MAX
    }

    /// How long after `earlier`.
    ///
    /// # Panics
    /// If `earlier` is later than `self`.
    pub fn since(self, earlier: Time) -> Span {
        self - earlier
    }

    /// How long after `earlier`; nothing if `earlier` is not earlier.
    pub const fn saturating_since(self, earlier: Time) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }

    /// `self + span`, or [`Time::NEVER`] where that does not fit.
    pub const fn saturating_add(self, span: Span) -> Time {
        Time(self.0.saturating_add(span.0))
    }

    /// `self - span`, or [`Time::ZERO`] where that is before the world began.
    pub const fn saturating_sub(self, span: Span) -> Time {
        Time(self.0.saturating_sub(span.0))
    }

    /// `self + span`, if it fits.
    pub const fn checked_add(self, span: Span) -> Option<Time> {
        match self.0.checked_add(span.0) {
            Some(nanos) => Some(Time(nanos)),
            None => None,
        }
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span(0);

    /// The longest span.
    pub const MAX: Span = Span(u64::MAX);

    /// `count` nanoseconds.
    pub const fn nanos(count: u64) -> Span {
        Span(count)
    }

    /// `count` microseconds.
    ///
    /// # Panics
    /// Like every constructor here, if that is more than 584 years.
    pub const fn micros(count: u64) -> Span {
        Span::of(count, NANOS_PER_MICRO)
    }

    /// `count` milliseconds.
    pub const fn millis(count: u64) -> Span {
        Span::of(count, NANOS_PER_MILLI)
    }

    /// `count` seconds.
    pub const fn secs(count: u64) -> Span {
        Span::of(count, NANOS_PER_SECOND)
    }

    /// `count` minutes.
    pub const fn mins(count: u64) -> Span {
        Span::of(count, NANOS_PER_MINUTE)
    }

    /// `count` hours.
    pub const fn hours(count: u64) -> Span {
        Span::of(count, NANOS_PER_HOUR)
    }

    const fn of(count: u64, unit: u64) -> Span {
        match count.checked_mul(unit) {
            Some(nanos) => Span(nanos),
            None => panic!("a span of more than 584 years"),
        }
    }

    /// The length in nanoseconds.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Is this no time at all?
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// `self + other`, or [`Span::MAX`] where that does not fit.
    pub const fn saturating_add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }

    /// `self - other`, or nothing where `other` is longer.
    pub const fn saturating_sub(self, other: Span) -> Span {
        Span(self.0.saturating_sub(other.0))
    }

    /// `self * factor`, or [`Span::MAX`] where that does not fit.
    pub const fn saturating_mul(self, factor: u64) -> Span {
        Span(self.0.saturating_mul(factor))
    }
}

impl Add<Span> for Time {
    type Output = Time;
    fn add(self, span: Span) -> Time {
        Time(
            self.0
                .checked_add(span.0)
                .expect("a moment after the end of time"),
        )
    }
}

impl Sub<Span> for Time {
    type Output = Time;
    fn sub(self, span: Span) -> Time {
        Time(
            self.0
                .checked_sub(span.0)
                .expect("a moment before the world began"),
        )
    }
}

impl Sub for Time {
    type Output = Span;
    fn sub(self, earlier: Time) -> Span {
        Span(
            self.0
                .checked_sub(earlier.0)
                .expect("a span that ends before it begins"),
        )
    }
}

impl AddAssign<Span> for Time {
    fn add_assign(&mut self, span: Span) {
        *self = *self + span;
    }
}

impl Add for Span {
    type Output = Span;
    fn add(self, other: Span) -> Span {
        Span(
            self.0
                .checked_add(other.0)
                .expect("a span of more than 584 years"),
        )
    }
}

impl AddAssign for Span {
    fn add_assign(&mut self, other: Span) {
        *self = *self + other;
    }
}

impl Sub for Span {
    type Output = Span;
    fn sub(self, other: Span) -> Span {
        Span(
            self.0
                .checked_sub(other.0)
                .expect("a span shorter than nothing"),
        )
    }
}

impl SubAssign for Span {
    fn sub_assign(&mut self, other: Span) {
        *self = *self - other;
    }
}

impl Mul<u64> for Span {
    type Output = Span;
    fn mul(self, factor: u64) -> Span {
        Span(
            self.0
                .checked_mul(factor)
                .expect("a span of more than 584 years"),
        )
    }
}

/// A part of a span, rounded down.
impl Div<u64> for Span {
    type Output = Span;
    fn div(self, parts: u64) -> Span {
        Span(self.0 / parts)
    }
}

/// How many whole times the right span fits into the left one.
impl Div for Span {
    type Output = u64;
    fn div(self, other: Span) -> u64 {
        self.0 / other.0
    }
}

impl Rem for Span {
    type Output = Span;
    fn rem(self, other: Span) -> Span {
        Span(self.0 % other.0)
    }
}

impl Sum for Span {
    fn sum<I: Iterator<Item = Span>>(spans: I) -> Span {
        spans.fold(Span::ZERO, Add::add)
    }
}

/// As people write it, and exact to the nanosecond: `3m10.25s`, `1d2h`, `250us`, `0s`; [`Time::NEVER`] is `never`.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_never() {
            f.pad("never")
        } else {
            f.pad(&human(self.0))
        }
    }
}

/// As people write it, and exact to the nanosecond: `3m10.25s`, `1d2h`, `250us`, `0s`.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&human(self.0))
    }
}

// The human form loses nothing, so it is the debug form too: traces and failed assertions are read by people.
impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn human(nanos: u64) -> String {
    if nanos == 0 {
        return "0s".to_owned();
    }
    if nanos < NANOS_PER_SECOND {
        let (unit, name) = match nanos {
            NANOS_PER_MILLI.. => (NANOS_PER_MILLI, "ms"),
            NANOS_PER_MICRO.. => (NANOS_PER_MICRO, "us"),
            _ => (1, "ns"),
        };
        return decimal(nanos, unit) + name;
    }
    let mut text = String::new();
    let mut rest = nanos;
    for (unit, name) in [
        (NANOS_PER_DAY, "d"),
        (NANOS_PER_HOUR, "h"),
        (NANOS_PER_MINUTE, "m"),
    ] {
        if rest >= unit {
            text += &format!("{}{name}", rest / unit);
            rest %= unit;
        }
    }
    if rest > 0 {
        text += &decimal(rest, NANOS_PER_SECOND);
        text.push('s');
    }
    text
}

/// `value / unit` in decimals without trailing zeros; `unit` is a power of ten.
fn decimal(value: u64, unit: u64) -> String {
    let (whole, fraction) = (value / unit, value % unit);
    if fraction == 0 {
        return whole.to_string();
    }
    let digits = unit.ilog10() as usize;
    let fraction = format!("{fraction:0digits$}");
    format!("{whole}.{}", fraction.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads(span: Span, text: &str) {
        assert_eq!(span.to_string(), text);
        assert_eq!((Time::ZERO + span).to_string(), text);
    }

    #[test]
    fn spans_read_as_people_write_them() {
        reads(Span::ZERO, "0s");
        reads(Span::nanos(1), "1ns");
        reads(Span::nanos(1_500), "1.5us");
        reads(Span::micros(250), "250us");
        reads(Span::nanos(12_000_050), "12.00005ms");
        reads(Span::secs(9), "9s");
        reads(Span::mins(3) + Span::millis(10_250), "3m10.25s");
        reads(Span::hours(1) + Span::secs(5), "1h5s");
        reads(Span::hours(26), "1d2h");
        reads(Span::secs(60) + Span::nanos(1), "1m0.000000001s");
    }

    #[test]
    fn never_is_called_never_and_stands_after_everything() {
        assert_eq!(Time::NEVER.to_string(), "never");
        assert!(Time::NEVER > Time::from_nanos(u64::MAX - 1));
        assert_eq!(Time::from_nanos(5).saturating_add(Span::MAX), Time::NEVER);
    }

    #[test]
    fn columns_align() {
        assert_eq!(format!("[{:>8}]", Span::millis(10_250)), "[  10.25s]");
    }

    #[test]
    fn a_span_is_the_difference_of_two_moments() {
        let (early, late) = (Time::from_nanos(40), Time::from_nanos(100));
        assert_eq!(late - early, Span::nanos(60));
        assert_eq!(early + Span::nanos(60), late);
        assert_eq!(late.since(early) / Span::nanos(25), 2);
        assert_eq!(late.since(early) % Span::nanos(25), Span::nanos(10));
        assert_eq!(early.saturating_since(late), Span::ZERO);
        assert_eq!(
            [Span::secs(1), Span::millis(500)].into_iter().sum::<Span>(),
            Span::millis(1_500)
        );
    }

    #[test]
    #[should_panic(expected = "a span that ends before it begins")]
    fn a_span_cannot_be_negative() {
        let _ = Time::from_nanos(1) - Time::from_nanos(2);
    }

    #[test]
    #[should_panic(expected = "a moment after the end of time")]
    fn time_does_not_wrap_around() {
        let _ = Time::from_nanos(u64::MAX - 1) + Span::nanos(2);
    }
}
