//! Lengths of time as people say them: "7.9 s", "1 min 12 s", "3 h 40 min".
//!
//! Two units at most, and one decimal only below a minute. Rounding is half up and done before the unit is chosen,
//! so 59.96 s is "1 min" and never "60.0 s".

const MICROSECOND: u64 = 1_000;
const MILLISECOND: u64 = 1_000_000;
const SECOND: u64 = 1_000_000_000;

/// The length of `nanoseconds` in words.
pub fn duration(nanoseconds: u64) -> String {
    if nanoseconds == 0 {
        return "0 s".to_owned();
    }
    if nanoseconds < MICROSECOND {
        return format!("{nanoseconds} ns");
    }
    let microseconds = rounded(nanoseconds, MICROSECOND);
    if microseconds < 1_000 {
        return format!("{microseconds} µs");
    }
    let milliseconds = rounded(nanoseconds, MILLISECOND);
    if milliseconds < 1_000 {
        return format!("{milliseconds} ms");
    }
    let tenths = rounded(nanoseconds, SECOND / 10);
    if tenths < 600 {
        return if tenths.is_multiple_of(10) {
            format!("{} s", tenths / 10)
        } else {
            format!("{}.{} s", tenths / 10, tenths % 10)
        };
    }
    let seconds = rounded(nanoseconds, SECOND);
    if seconds < 3_600 {
        return two_units(seconds / 60, "min", seconds % 60, "s");
    }
    let minutes = rounded(nanoseconds, 60 * SECOND);
    if minutes < 24 * 60 {
        return two_units(minutes / 60, "h", minutes % 60, "min");
    }
    let hours = rounded(nanoseconds, 3_600 * SECOND);
    two_units(hours / 24, "d", hours % 24, "h")
}

/// The length of `nanoseconds` in seconds to the millisecond: "5.004 s". For two lengths that differ and would look the same.
pub(crate) fn duration_exact(nanoseconds: u64) -> String {
    let milliseconds = rounded(nanoseconds, MILLISECOND);
    if milliseconds.is_multiple_of(1_000) && !nanoseconds.is_multiple_of(SECOND) {
        return format!("{}.{:09} s", nanoseconds / SECOND, nanoseconds % SECOND);
    }
    format!("{}.{:03} s", milliseconds / 1_000, milliseconds % 1_000)
}

fn rounded(value: u64, unit: u64) -> u64 {
    value / unit + u64::from(value % unit >= unit.div_ceil(2))
}

fn two_units(big: u64, big_unit: &str, small: u64, small_unit: &str) -> String {
    let big = super::number(big);
    if small == 0 {
        format!("{big} {big_unit}")
    } else {
        format!("{big} {big_unit} {small} {small_unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(nanoseconds: u64, words: &str) {
        assert_eq!(duration(nanoseconds), words, "{nanoseconds} ns");
    }

    #[test]
    fn short_times() {
        says(0, "0 s");
        says(7, "7 ns");
        says(1_499, "1 µs");
        says(12_600, "13 µs");
        says(999_499, "999 µs");
        says(999_500, "1 ms");
        says(250_000_000, "250 ms");
        says(999_400_000, "999 ms");
    }

    #[test]
    fn seconds_have_one_decimal() {
        says(999_600_000, "1 s");
        says(7_900_000_000, "7.9 s");
        says(7_949_999_999, "7.9 s");
        says(7_950_000_000, "8 s");
        says(30 * SECOND, "30 s");
    }

    #[test]
    fn rounding_moves_to_the_next_unit_instead_of_overflowing_this_one() {
        says(59_960_000_000, "1 min");
        says(3_599_600_000_000, "1 h");
        says(86_399 * SECOND, "1 d");
    }

    #[test]
    fn long_times_have_two_units() {
        says(72 * SECOND, "1 min 12 s");
        says(120 * SECOND, "2 min");
        says((3 * 60 + 40) * 60 * SECOND, "3 h 40 min");
        says(26 * 3_600 * SECOND, "1 d 2 h");
        says(u64::MAX, "213,504 d");
    }

    #[test]
    fn exact_seconds_tell_close_values_apart() {
        assert_eq!(duration_exact(5_004_000_000), "5.004 s");
        assert_eq!(duration_exact(5 * SECOND), "5.000 s");
        assert_eq!(duration_exact(5 * SECOND + 1), "5.000000001 s");
    }

    proptest::proptest! {
        #[test]
        fn a_longer_time_never_reads_as_a_shorter_one(a: u64, b: u64, shift in 0_u32..60) {
            let (a, b) = (a >> shift, b >> shift);
            let (short, long) = (a.min(b), a.max(b));
            proptest::prop_assert!(in_nanoseconds(&duration(short)) <= in_nanoseconds(&duration(long)));
        }
    }

    /// Reads the words back.
    fn in_nanoseconds(words: &str) -> u128 {
        let words = words.replace(',', "");
        let mut parts = words.split(' ');
        let mut total = 0;
        while let (Some(amount), Some(unit)) = (parts.next(), parts.next()) {
            let (whole, tenth) = amount.split_once('.').unwrap_or((amount, "0"));
            let tenths = whole.parse::<u128>().unwrap() * 10 + tenth.parse::<u128>().unwrap();
            let unit: u128 = match unit {
                "ns" => 1,
                "µs" => 1_000,
                "ms" => 1_000_000,
                "s" => 1_000_000_000,
                "min" => 60_000_000_000,
                "h" => 3_600_000_000_000,
                "d" => 86_400_000_000_000,
                other => panic!("unit {other}"),
            };
            total += tenths * unit / 10;
        }
        total
    }
}
