//! `-ln(u)` in fixed point, because the standard library's logarithm may differ by platform and release.
//!
//! With a word `w` of `z` leading zeros, `u = w / 2^64 = m / 2^(z+1)` for an `m` in [1, 2). Let `c` be the greatest
//! multiple of 1/128 not above `m`, and `r = m/c - 1 < 1/128`. Then
//!
//! ```text
//! -ln(u) = (z + 1) ln 2 - ln c - ln(1 + r)
//! ```
//!
//! where `ln c` and `1 / c` come from tables that the compiler computes, and `ln(1 + r)` is its series up to `r^6`. What
//! the series leaves out is less than `r^7 / 7`, which is less than 2^-51.8; all roundings together are less than 2^-58.

use crate::Span;

const STEPS_LOG2: u32 = 7;
const STEPS: usize = 1 << STEPS_LOG2;
/// Binary places of the result of [`minus_ln`]: it is less than 45, which leaves 58 of the 64 bits.
const PLACES: u32 = 58;

/// `ln(c)` in units of 2^-64, for `c = 1 + index / 128`.
const LN: [u64; STEPS] = {
    let mut table = [0; STEPS];
    let mut index = 0;
    while index < STEPS {
        table[index] = ln_one_plus(index as u128) as u64;
        index += 1;
    }
    table
};

/// `1 / c` in units of 2^-64, for `c = 1 + index / 128`; the first one is less by one unit, to fit.
const RECIPROCAL: [u64; STEPS] = {
    let mut table = [u64::MAX; STEPS];
    let mut index = 1;
    while index < STEPS {
        table[index] = ((1_u128 << (64 + STEPS_LOG2)) / (STEPS + index) as u128) as u64;
        index += 1;
    }
    table
};

/// `ln 2` in units of 2^-64.
const LN_2: u64 = ln_one_plus(STEPS as u128) as u64;

/// `ln(1 + index / 128)` in units of 2^-64, rounded, as `2 artanh(q)` with `q = index / (256 + index)`, which is at most
/// 1/3: each term of the series is at most a ninth of the one before it.
const fn ln_one_plus(index: u128) -> u128 {
    const GUARD_PLACES: u32 = 40;
    let (numerator, denominator) = (index, 2 * STEPS as u128 + index);
    let mut power = (numerator << (65 + GUARD_PLACES)) / denominator;
    let mut sum = 0;
    let mut exponent = 1;
    while power > 0 {
        sum += power / exponent;
        power = power * numerator / denominator * numerator / denominator;
        exponent += 2;
    }
    (sum + (1 << (GUARD_PLACES - 1))) >> GUARD_PLACES
}

/// The upper half of the product: `a * b / 2^64`.
#[inline]
const fn high(a: u64, b: u64) -> u64 {
    ((a as u128 * b as u128) >> 64) as u64
}

/// `-ln(word / 2^64)` in units of 2^-58, off by less than 2^-51 = 2^7 units. A word of 0 counts as 1.
#[inline]
fn minus_ln(word: u64) -> u64 {
    let word = if word == 0 { 1 } else { word };
    let zeros = word.leading_zeros();
    // m in units of 2^-63; its first place is 1, the next seven choose c, the others are m - c.
    let m = word << zeros;
    let index = (m >> (63 - STEPS_LOG2)) as usize % STEPS;
    // m - c and r = (m - c) / c in units of 2^-71: both are less than 1/128.
    let above = m << (1 + STEPS_LOG2);
    let r = high(above, RECIPROCAL[index]);
    // r/2 - r^2/3 + r^3/4 - r^4/5 + r^5/6 in units of 2^-64, by Horner's scheme.
    let times_r = |value: u64| high(r, value) >> STEPS_LOG2;
    let mut series = times_r(u64::MAX / 6);
    series = times_r(u64::MAX / 5 - series);
    series = times_r(u64::MAX / 4 - series);
    series = times_r(u64::MAX / 3 - series);
    series = times_r(u64::MAX / 2 - series);
    // ln(1 + r) = r - r * series
    let ln_one_plus_r = (r - high(r, series)) >> STEPS_LOG2;
    let whole = u128::from(zeros + 1) * u128::from(LN_2);
    ((whole - u128::from(LN[index]) - u128::from(ln_one_plus_r)) >> (64 - PLACES)) as u64
}

/// The exponentially distributed span of mean `mean` that belongs to a uniform `word`.
#[inline]
pub(super) fn exponential(word: u64, mean: Span) -> Span {
    let product = u128::from(mean.as_nanos()) * u128::from(minus_ln(word));
    let rounded = (product + (1 << (PLACES - 1))) >> PLACES;
    Span::nanos(u64::try_from(rounded).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Draw, Streams};
    use proptest::prelude::*;

    /// `-ln(word / 2^64)` in units of 2^-58 another way: the binary logarithm bit by bit, by squaring, times `ln 2`.
    fn minus_ln_by_squaring(word: u64) -> u64 {
        let zeros = word.leading_zeros();
        let mut m = u128::from(word << zeros);
        let mut log2: u128 = 0;
        for _ in 0..62 {
            m = (m * m) >> 63;
            log2 <<= 1;
            if m >> 64 == 1 {
                log2 |= 1;
                m >>= 1;
            }
        }
        let minus_log2 = (u128::from(zeros + 1) << 62) - log2;
        let (upper, lower) = (minus_log2 >> 32, minus_log2 & u128::from(u32::MAX));
        let ln_2 = u128::from(LN_2);
        ((upper * ln_2 + ((lower * ln_2) >> 32)) >> (64 + 62 - 32 - PLACES)) as u64
    }

    #[test]
    fn the_logarithm_of_two_is_right_to_the_last_bit() {
        // 0.B17217F7D1CF79ABC9E3B398… in hexadecimal.
        assert_eq!(LN_2, 0xb172_17f7_d1cf_79ac);
    }

    #[test]
    fn powers_of_two_have_multiples_of_its_logarithm() {
        for zeros in 0..64_u32 {
            let exact = (u128::from(zeros + 1) * u128::from(LN_2)) >> (64 - PLACES);
            assert_eq!(u128::from(minus_ln(1 << (63 - zeros))), exact);
        }
    }

    #[test]
    fn the_shortest_and_the_longest_span_are_those_of_the_extreme_words() {
        let mean = Span::secs(100_000_000);
        assert_eq!(exponential(u64::MAX, mean), Span::ZERO);
        assert_eq!(exponential(1, mean), exponential(0, mean));
        // 64 ln 2 = 44.361419555836499802…
        let longest = exponential(0, mean).as_nanos();
        assert!(
            longest.abs_diff(4_436_141_955_583_649_980) < 1_000,
            "{longest}"
        );
        assert_eq!(exponential(0, Span::MAX), Span::MAX);
    }

    /// A mean of 100 000 draws has a standard deviation of 1/316 of the mean; the share of draws longer than the mean
    /// is 1/e = 0.36788.
    #[test]
    fn draws_have_their_mean_and_their_tail() {
        let mut stream = Streams::new(1).of("exponential");
        let mean = Span::millis(1);
        let draws: Vec<Span> = (0..100_000).map(|_| stream.exponential(mean)).collect();
        let average = draws.iter().copied().sum::<Span>() / 100_000;
        assert!(
            average.as_nanos().abs_diff(1_000_000) < 4 * 3_163,
            "{average}"
        );
        let longer = draws.iter().filter(|&&draw| draw > mean).count();
        assert!(longer.abs_diff(36_788) < 4 * 153, "{longer}");
    }

    #[test]
    fn longer_words_have_shorter_spans() {
        let mut previous = u64::MAX;
        for step in 1..100_000_u64 {
            let value = minus_ln(step * (u64::MAX / 100_000));
            assert!(value < previous);
            previous = value;
        }
    }

    proptest! {
        #[test]
        fn it_is_as_exact_as_it_says(word in 1..=u64::MAX, shift in 0..64_u32) {
            let word = (word >> shift).max(1);
            let difference = minus_ln(word).abs_diff(minus_ln_by_squaring(word));
            prop_assert!(difference < 1 << (PLACES - 51), "{difference} units");
        }
    }
}
