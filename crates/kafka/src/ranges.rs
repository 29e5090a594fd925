//! Sets of message indexes as sorted half-open ranges.

/// A set of whole numbers, kept as disjoint ranges in ascending order. Most are added at the end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ranges {
    ranges: Vec<(u64, u64)>,
}

impl Ranges {
    /// The ranges, ascending, disjoint, not touching.
    pub fn as_slice(&self) -> &[(u64, u64)] {
        &self.ranges
    }

    /// How many numbers.
    pub fn len(&self) -> u64 {
        self.ranges.iter().map(|(first, end)| end - first).sum()
    }

    /// No number at all.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Adds `first..end`; numbers that are in already stay in.
    pub fn add(&mut self, first: u64, end: u64) {
        if first >= end {
            return;
        }
        match self.ranges.last_mut() {
            None => self.ranges.push((first, end)),
            Some(last) if first > last.1 => self.ranges.push((first, end)),
            Some(last) if first >= last.0 => last.1 = last.1.max(end),
            Some(_) => self.insert(first, end),
        }
    }

    fn insert(&mut self, mut first: u64, mut end: u64) {
        let from = self.ranges.partition_point(|range| range.1 < first);
        let to = self.ranges.partition_point(|range| range.0 <= end);
        if from < to {
            first = first.min(self.ranges[from].0);
            end = end.max(self.ranges[to - 1].1);
        }
        self.ranges.splice(from..to, [(first, end)]);
    }

    /// Is the number in?
    pub fn contains(&self, n: u64) -> bool {
        let at = self.ranges.partition_point(|range| range.1 <= n);
        self.ranges.get(at).is_some_and(|range| range.0 <= n)
    }

    /// The first number ≥ n that is not in.
    pub fn first_gap(&self, n: u64) -> u64 {
        let at = self.ranges.partition_point(|range| range.1 <= n);
        match self.ranges.get(at) {
            Some(range) if range.0 <= n => range.1,
            _ => n,
        }
    }

    /// What is in `self` and not in `other`.
    pub fn minus(&self, other: &Ranges) -> Ranges {
        let mut result = Ranges::default();
        for &(first, end) in &self.ranges {
            let mut from = first;
            let start = other.ranges.partition_point(|range| range.1 <= from);
            for &(low, high) in &other.ranges[start..] {
                if low >= end {
                    break;
                }
                result.add(from, low.max(from).min(end));
                from = from.max(high);
            }
            result.add(from, end);
        }
        result
    }

    /// What is in both.
    pub fn and(&self, other: &Ranges) -> Ranges {
        self.minus(&self.minus(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(pieces: &[(u64, u64)]) -> Ranges {
        let mut ranges = Ranges::default();
        for &(first, end) in pieces {
            ranges.add(first, end);
        }
        ranges
    }

    #[test]
    fn touching_ranges_become_one() {
        assert_eq!(of(&[(0, 3), (3, 5), (7, 9), (5, 7)]).as_slice(), [(0, 9)]);
    }

    #[test]
    fn the_first_gap_lies_behind_the_range_that_holds_the_number() {
        assert_eq!(of(&[(0, 3), (5, 6)]).first_gap(1), 3);
        assert_eq!(of(&[(0, 3), (5, 6)]).first_gap(4), 4);
    }

    proptest! {
        #[test]
        fn behaves_like_a_set_of_numbers(
            a in prop::collection::vec((0u64..40, 0u64..8), 0..8),
            b in prop::collection::vec((0u64..40, 0u64..8), 0..8),
        ) {
            let pieces = |v: &[(u64, u64)]| v.iter().map(|&(first, n)| (first, first + n)).collect::<Vec<_>>();
            let (x, y) = (of(&pieces(&a)), of(&pieces(&b)));
            let holds = |v: &[(u64, u64)], n: u64| v.iter().any(|&(first, len)| first <= n && n < first + len);
            for n in 0..60 {
                prop_assert_eq!(x.contains(n), holds(&a, n));
                prop_assert_eq!(x.minus(&y).contains(n), holds(&a, n) && !holds(&b, n));
                prop_assert_eq!(x.and(&y).contains(n), holds(&a, n) && holds(&b, n));
            }
            prop_assert_eq!(x.len(), (0..60).filter(|&n| holds(&a, n)).count() as u64);
            prop_assert!(x.as_slice().windows(2).all(|w| w[0].1 < w[1].0));
        }
    }
}
