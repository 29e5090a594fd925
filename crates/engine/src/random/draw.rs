//! Distributions, in integers.

use super::exponential::exponential;
use crate::Span;

/// Something to draw from: a source of uniform words, and what to make of them.
///
/// Each draw takes one word; [`below`](Draw::below) and what rests on it takes another one with odds of less than
/// `n` in 2^64. No draw uses floating point, and all are exact but [`exponential`](Draw::exponential), which says how
/// far off it can be.
pub trait Draw {
    /// A uniform word.
    fn next_u64(&mut self) -> u64;

    /// A number below `n`, all equally likely (Lemire 2019, "Fast random integer generation in an interval").
    ///
    /// # Panics
    /// If `n` is 0.
    #[inline]
    fn below(&mut self, n: u64) -> u64 {
        assert!(n > 0, "there is no number below 0");
        let mut product = u128::from(self.next_u64()) * u128::from(n);
        if (product as u64) < n {
            // The 2^64 words do not spread evenly over n numbers: this many words must be turned away.
            let surplus = n.wrapping_neg() % n;
            while (product as u64) < surplus {
                product = u128::from(self.next_u64()) * u128::from(n);
            }
        }
        (product >> 64) as u64
    }

    /// A number from `low` to `high`, both included, all equally likely.
    ///
    /// # Panics
    /// If `low` is greater than `high`.
    #[inline]
    fn between(&mut self, low: u64, high: u64) -> u64 {
        assert!(low <= high, "no number lies between {low} and {high}");
        match (high - low).checked_add(1) {
            Some(count) => low + self.below(count),
            None => self.next_u64(),
        }
    }

    /// A span shorter than `span`, all equally likely.
    ///
    /// # Panics
    /// If `span` is zero.
    #[inline]
    fn span_below(&mut self, span: Span) -> Span {
        Span::nanos(self.below(span.as_nanos()))
    }

    /// A span from `low` to `high`, both included, all equally likely.
    ///
    /// # Panics
    /// If `low` is longer than `high`.
    #[inline]
    fn span_between(&mut self, low: Span, high: Span) -> Span {
        Span::nanos(self.between(low.as_nanos(), high.as_nanos()))
    }

    /// True `numerator` times in `denominator`. It takes a word even where there is no doubt, so that a change of the
    /// odds does not move the draws after it.
    ///
    /// # Panics
    /// If the numerator is greater than the denominator, or the denominator is 0.
    #[inline]
    fn chance(&mut self, numerator: u64, denominator: u64) -> bool {
        assert!(
            numerator <= denominator,
            "odds of {numerator} in {denominator}"
        );
        self.below(denominator) < numerator
    }

    /// The time until something happens that happens at random, every `mean` on average: `mean * -ln(u)` for a uniform
    /// `u` out of the 2^64 multiples of 2^-64, rounded to the nearest nanosecond.
    ///
    /// `-ln(u)` is exact to 2^-51, so the result is off by half a nanosecond and by a nanosecond more for each
    /// 26 days of `mean`. It is at most 44.4 times `mean`.
    #[inline]
    fn exponential(&mut self, mean: Span) -> Span {
        exponential(self.next_u64(), mean)
    }

    /// One element, all equally likely.
    ///
    /// # Panics
    /// If there is none.
    #[inline]
    fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len() as u64) as usize]
    }

    /// Puts the elements into one of their orders, all equally likely (Fisher and Yates, from the end).
    fn shuffle<T>(&mut self, elements: &mut [T]) {
        for last in (1..elements.len()).rev() {
            let chosen = self.below(last as u64 + 1) as usize;
            elements.swap(last, chosen);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Streams;
    use proptest::prelude::*;

    /// Draws words that somebody chose.
    struct Chosen(Vec<u64>);

    impl Draw for Chosen {
        fn next_u64(&mut self) -> u64 {
            self.0.remove(0)
        }
    }

    fn draws<T>(count: usize, mut draw: impl FnMut(&mut crate::Stream) -> T) -> Vec<T> {
        let mut stream = Streams::new(7).of("golden");
        (0..count).map(|_| draw(&mut stream)).collect()
    }

    /// The values come from a second implementation, in Python.
    #[test]
    fn known_streams_have_known_draws() {
        assert_eq!(
            draws(6, |stream| stream.below(1_000)),
            [392, 495, 417, 551, 468, 337]
        );
        assert_eq!(
            draws(4, |stream| stream.below((1 << 63) | 1)),
            [
                0x3238_f78f_541a_4061,
                0x3f65_b0aa_69f0_28f7,
                0x357e_cd12_4771_cd97,
                0x468b_86a3_5a65_865d
            ]
        );
        assert_eq!(
            draws(10, |stream| stream.between(10, 12)),
            [11, 11, 11, 11, 11, 11, 10, 12, 12, 11]
        );
        assert_eq!(
            draws(3, |stream| stream.span_below(Span::secs(2)).as_nanos()),
            [784_726_991, 990_581_671, 835_864_322]
        );
        assert_eq!(
            draws(3, |stream| stream
                .span_between(Span::millis(1), Span::millis(10))
                .as_nanos()),
            [4_531_271, 5_457_618, 4_761_389]
        );
        assert_eq!(
            draws(10, |stream| u8::from(stream.chance(1, 3))),
            [0, 0, 0, 0, 0, 0, 1, 0, 0, 0]
        );
        assert_eq!(
            draws(4, |stream| stream.exponential(Span::millis(1)).as_nanos()),
            [935_567, 702_610, 872_436, 595_779]
        );
        assert_eq!(
            draws(10, |stream| *stream.pick(&['a', 'b', 'c'])),
            ['b', 'b', 'b', 'b', 'b', 'b', 'a', 'c', 'c', 'b']
        );
        let mut order: Vec<u32> = (0..10).collect();
        Streams::new(7).of("golden").shuffle(&mut order);
        assert_eq!(order, [6, 8, 5, 0, 1, 2, 7, 9, 4, 3]);
    }

    /// With `n` = 3 · 2^62 a word `w` gives `floor(3w / 4)`. Of four words in a row two give the same number, unless one
    /// of these is turned away; the one with a product that ends in less than 2^64 mod n = 2^62 is.
    #[test]
    fn words_that_would_favour_a_number_are_turned_away() {
        let n = 3 << 62;
        assert_eq!(Chosen(vec![1]).below(n), 0);
        assert_eq!(Chosen(vec![2]).below(n), 1);
        assert_eq!(Chosen(vec![3]).below(n), 2);
        assert_eq!(Chosen(vec![4, 7]).below(n), 5);
        assert_eq!(Chosen(vec![0, 8, 1]).below(n), 0);
    }

    #[test]
    fn the_ends_are_included() {
        assert_eq!(Chosen(vec![1]).below(10), 0);
        assert_eq!(Chosen(vec![u64::MAX]).below(10), 9);
        assert_eq!(Chosen(vec![u64::MAX]).between(3, 5), 5);
        assert_eq!(Chosen(vec![1]).between(3, 5), 3);
        assert_eq!(Chosen(vec![77]).between(0, u64::MAX), 77);
        assert_eq!(Chosen(vec![123]).between(5, 5), 5);
    }

    #[test]
    fn no_odds_and_full_odds_leave_no_doubt_and_take_a_word() {
        for word in [1, u64::MAX] {
            let mut words = Chosen(vec![word, word]);
            assert!(!words.chance(0, 4));
            assert!(words.chance(4, 4));
            assert!(words.0.is_empty());
        }
    }

    /// For 100 000 draws the expected count of each cell is 10 000 and its standard deviation 95; four of these are seen
    /// in one of 16 000 tries, and this try is always the same one.
    #[test]
    fn numbers_and_orders_are_equally_likely() {
        let mut stream = Streams::new(1).of("even");
        let mut counts = [0_u32; 10];
        for _ in 0..100_000 {
            counts[stream.below(10) as usize] += 1;
        }
        assert!(
            counts.iter().all(|count| count.abs_diff(10_000) < 4 * 95),
            "{counts:?}"
        );

        let mut orders = std::collections::BTreeMap::new();
        for _ in 0..24_000 {
            let mut order = [0, 1, 2, 3];
            stream.shuffle(&mut order);
            *orders.entry(order).or_insert(0_u32) += 1;
        }
        assert_eq!(orders.len(), 24);
        assert!(
            orders.values().all(|count| count.abs_diff(1_000) < 4 * 31),
            "{orders:?}"
        );
    }

    #[test]
    fn odds_are_kept() {
        let mut stream = Streams::new(1).of("odds");
        let happened = (0..90_000).filter(|_| stream.chance(1, 3)).count();
        // Standard deviation: 141.
        assert!(happened.abs_diff(30_000) < 4 * 141, "{happened}");
    }

    proptest! {
        #[test]
        fn draws_keep_to_their_bounds(seed: u64, n in 1..=u64::MAX, low: u64, high: u64) {
            let mut stream = Streams::new(seed).of("bounds");
            prop_assert!(stream.below(n) < n);
            let (low, high) = (low.min(high), low.max(high));
            prop_assert!((low..=high).contains(&stream.between(low, high)));
        }

        #[test]
        fn a_shuffle_keeps_every_element(seed: u64, length in 0..50_u32) {
            let mut elements: Vec<u32> = (0..length).collect();
            Streams::new(seed).of("shuffle").shuffle(&mut elements);
            elements.sort_unstable();
            prop_assert!(elements.into_iter().eq(0..length));
        }
    }
}
