//! Medians and percentiles.

/// The middle of a list, or the mean of its two middle ones. `None`: the list is empty.
pub(crate) fn median(values: &[f64]) -> Option<f64> {
    let sorted = sorted(values);
    let n = sorted.len();
    if n == 0 {
        return None;
    }
    Some((sorted[(n - 1) / 2] + sorted[n / 2]) / 2.0)
}

/// The value below which `share` (0 to 1) of the list lies, interpolated between neighbours. `None`: the list is empty.
pub(crate) fn quantile(values: &[f64], share: f64) -> Option<f64> {
    let sorted = sorted(values);
    let last = sorted.len().checked_sub(1)?;
    let place = share.clamp(0.0, 1.0) * last as f64;
    let low = place.floor() as usize;
    let high = place.ceil() as usize;
    Some(sorted[low] + (sorted[high] - sorted[low]) * (place - low as f64))
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// Whether `k` times yes out of `n` can be expected of something that is so with this probability: neither so few nor so many would
/// be rarer than 1 in 100 (both tails of the binomial distribution).
pub(crate) fn expected(k: usize, n: usize, probability: f64) -> bool {
    let weight = |i: usize| {
        let choose = (0..i).fold(1.0, |product, j| product * (n - j) as f64 / (j + 1) as f64);
        choose * probability.powi(i as i32) * (1.0 - probability).powi((n - i) as i32)
    };
    let at_most: f64 = (0..=k).map(weight).sum();
    let at_least: f64 = (k..=n).map(weight).sum();
    at_most >= RARE && at_least >= RARE
}

/// Rarer than this is not expected.
const RARE: f64 = 0.01;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_list_lies_between_its_middle_ones() {
        assert_eq!(median(&[3.0, 1.0, 2.0, 10.0]), Some(2.5));
        assert_eq!(median(&[7.0]), Some(7.0));
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn quantiles_are_interpolated() {
        let values: Vec<f64> = (0..=100).map(f64::from).collect();
        assert_eq!(quantile(&values, 0.01), Some(1.0));
        assert_eq!(quantile(&[0.0, 1.0], 0.25), Some(0.25));
    }

    #[test]
    fn what_never_happens_in_the_model_must_not_be_observed() {
        assert!(!expected(1, 4, 0.0));
        assert!(expected(0, 4, 0.0));
    }

    #[test]
    fn what_always_happens_in_the_model_must_always_be_observed() {
        assert!(!expected(3, 4, 1.0));
        assert!(expected(4, 4, 1.0));
    }

    #[test]
    fn a_coin_may_fall_either_way_but_not_always_the_same() {
        assert!(expected(0, 1, 0.5) && expected(1, 1, 0.5) && expected(1, 4, 0.5));
        assert!(!expected(0, 10, 0.5));
    }
}
