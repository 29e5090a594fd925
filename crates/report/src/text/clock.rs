//! Moments relative to the first step, as a stop-watch shows them: "+3:10", "−0:30", "+1 d 02:03:10".

use outcome::{Interval, Time};

const SECOND: u64 = 1_000_000_000;

/// How many digits after the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Digits {
    /// "+3:10".
    None,
    /// "+3:10.2".
    Tenths,
    /// "+3:10.250".
    Milliseconds,
}

impl Digits {
    fn unit(self) -> u64 {
        match self {
            Digits::None => SECOND,
            Digits::Tenths => SECOND / 10,
            Digits::Milliseconds => SECOND / 1_000,
        }
    }
}

/// The moment to a tenth of a second, without the tenth where it is zero: "+3:10", "+3:10.4".
pub fn clock(at: Time) -> String {
    let tenths = at.unsigned_abs() / Digits::Tenths.unit();
    let digits = if tenths.is_multiple_of(10) {
        Digits::None
    } else {
        Digits::Tenths
    };
    clock_with(at, digits)
}

/// The moment with so many digits, cut towards zero as a watch does.
pub(crate) fn clock_with(at: Time, digits: Digits) -> String {
    let units = at.unsigned_abs() / digits.unit();
    let per_second = SECOND / digits.unit();
    let (seconds, rest) = (units / per_second, units % per_second);
    let sign = match (units, at < 0) {
        (0, _) => "",
        (_, true) => "−",
        (_, false) => "+",
    };
    let (days, hours, minutes, second) = (
        seconds / 86_400,
        seconds / 3_600 % 24,
        seconds / 60 % 60,
        seconds % 60,
    );
    let whole = if days > 0 {
        format!("{sign}{days} d {hours:02}:{minutes:02}:{second:02}")
    } else if hours > 0 {
        format!("{sign}{hours}:{minutes:02}:{second:02}")
    } else {
        format!("{sign}{minutes}:{second:02}")
    };
    match digits {
        Digits::None => whole,
        Digits::Tenths => format!("{whole}.{rest}"),
        Digits::Milliseconds => format!("{whole}.{rest:03}"),
    }
}

/// "+12:03 to +12:11", with as many digits as it takes to tell the two ends apart.
pub fn clock_range(when: Interval) -> String {
    let length = when.end.abs_diff(when.begin);
    if length == 0 {
        return clock(when.begin);
    }
    let digits = match length {
        0..SECOND => Digits::Milliseconds,
        SECOND..30_000_000_000 => Digits::Tenths,
        _ => Digits::None,
    };
    format!(
        "{} to {}",
        clock_with(when.begin, digits),
        clock_with(when.end, digits)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: i64 = 1_000_000;
    const S: i64 = 1_000 * MS;

    #[test]
    fn moments_read_as_on_a_stop_watch() {
        for (at, words) in [
            (0, "0:00"),
            (190 * S, "+3:10"),
            (-30 * S, "−0:30"),
            (190 * S + 450 * MS, "+3:10.4"),
            (3_600 * S, "+1:00:00"),
            ((26 * 3_600 + 190) * S, "+1 d 02:03:10"),
            (-40 * MS, "0:00"),
            (i64::MAX, "+106751 d 23:47:16.8"),
            (i64::MIN, "−106751 d 23:47:16.8"),
        ] {
            assert_eq!(clock(at), words, "{at}");
        }
    }

    #[test]
    fn ranges_have_the_digits_that_they_need() {
        let range = |begin, end| clock_range(Interval { begin, end });
        assert_eq!(range(723 * S, 731 * S), "+12:03.0 to +12:11.0");
        assert_eq!(range(0, 600 * S), "0:00 to +10:00");
        assert_eq!(range(S, S + 5 * MS), "+0:01.000 to +0:01.005");
        assert_eq!(range(5 * S, 5 * S), "+0:05");
    }
}
