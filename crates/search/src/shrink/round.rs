//! Lengths of time that a person can remember.

/// In nanoseconds.
pub(crate) const MILLISECOND: u64 = 1_000_000;
const SECOND: u64 = 1_000 * MILLISECOND;
const MINUTE: u64 = 60 * SECOND;

/// From a tenth of a second to an hour. Shorter ones decide nothing that a person could act on.
const LADDER: [u64; 17] = [
    100 * MILLISECOND,
    200 * MILLISECOND,
    500 * MILLISECOND,
    SECOND,
    2 * SECOND,
    3 * SECOND,
    5 * SECOND,
    8 * SECOND,
    10 * SECOND,
    15 * SECOND,
    20 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    60 * MINUTE,
];

/// Round lengths below this one, the shortest first.
pub(crate) fn below(nanos: u64) -> Vec<u64> {
    LADDER.into_iter().filter(|&rung| rung < nanos).collect()
}

/// Round lengths above this one, the longest first.
pub(crate) fn above(nanos: u64) -> Vec<u64> {
    let mut some: Vec<u64> = LADDER.into_iter().filter(|&rung| rung > nanos).collect();
    some.reverse();
    some
}

/// Lengths between the next rung below and this one, the shortest first: an eighth of the way apart, and round to a tenth of a second.
pub(crate) fn between_rungs(nanos: u64) -> Vec<u64> {
    let low = LADDER.into_iter().rfind(|&rung| rung < nanos).unwrap_or(0);
    let grain = match nanos {
        0..SECOND => 10 * MILLISECOND,
        SECOND..=LONG => 100 * MILLISECOND,
        _ => SECOND,
    };
    let mut some: Vec<u64> = (1..8)
        .map(|eighth| (low + (nanos - low) / 8 * eighth) / grain * grain)
        .filter(|&length| length > low && length < nanos)
        .collect();
    some.dedup();
    some
}

/// Above this, tenths of a second are not told.
const LONG: u64 = 10 * SECOND;

/// Lengths near this one that are rounder, the roundest first.
pub(crate) fn near(nanos: u64) -> Vec<u64> {
    let mut some: Vec<u64> = [
        MINUTE,
        10 * SECOND,
        5 * SECOND,
        SECOND,
        500 * MILLISECOND,
        100 * MILLISECOND,
        10 * MILLISECOND,
        MILLISECOND,
    ]
    .into_iter()
    .flat_map(|grain| {
        let low = nanos / grain * grain;
        let high = low.saturating_add(grain);
        match nanos - low < high - nanos {
            true => [low, high],
            false => [high, low],
        }
    })
    .filter(|&round| digits(round) < digits(nanos))
    .collect();
    some.sort_by_key(|&round| (digits(round), round.abs_diff(nanos)));
    some.dedup();
    some
}

/// How many digits a person has to remember: those of the largest unit that needs no fraction, without zeros at the end.
pub(crate) fn digits(nanos: u64) -> u32 {
    if nanos == 0 {
        return 0;
    }
    let mut rest = match nanos {
        whole if whole % MINUTE == 0 => whole / MINUTE,
        part => part,
    };
    while rest % 10 == 0 {
        rest /= 10;
    }
    rest.to_string().len() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_is_rounder_than_59_seconds() {
        assert!(digits(MINUTE) < digits(59 * SECOND));
        assert!(digits(10 * SECOND) < digits(12 * SECOND));
        assert_eq!(digits(0), 0);
    }

    #[test]
    fn what_is_near_is_rounder_and_the_roundest_comes_first() {
        let near = near(61_234 * MILLISECOND);
        assert_eq!(near[0], MINUTE);
        assert!(near.iter().all(|&round| digits(round) < 5));
        assert!(near.contains(&(61 * SECOND)));
    }

    #[test]
    fn between_two_rungs_the_steps_are_less_than_a_fifth() {
        let some = between_rungs(8 * SECOND);
        assert!(
            some.windows(2).all(|pair| pair[1] * 5 < pair[0] * 6),
            "{some:?}"
        );
        assert!(some[0] > 5 * SECOND && some[some.len() - 1] < 8 * SECOND);
    }
}
