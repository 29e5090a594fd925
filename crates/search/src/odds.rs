//! How likely it is that a promise is broken, if faults come at stated rates.
//!
//! Here nothing is chosen well: each fault comes at its rate, at an exponentially distributed time, as often as chance has it, and the
//! share of failing runs is an unbiased estimate with a stated interval. It says nothing about what was found first, and what was found
//! first says nothing about this.

use engine::{Draw, Key, Span, Streams};
use outcome::search::Odds;
use scenario::model::{Nanos, When};

use crate::island::Common;
use crate::palette::{Kind, Palette};
use crate::plan::Plan;

/// How often faults of a kind come to each node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// The kind.
    pub kind: Kind,
    /// How many.
    pub count: u64,
    /// In how long.
    pub per: Nanos,
}

impl Rate {
    /// Reads "crash=1/30d", "pause=2/h".
    ///
    /// # Errors
    /// What should have been written.
    pub fn parse(text: &str) -> Result<Self, String> {
        let expected =
            || "write kind=count/time, as in \"crash=1/30d\" or \"pause=2/h\"".to_owned();
        let (kind, rate) = text.split_once('=').ok_or_else(expected)?;
        let kind = Kind::named(kind.trim()).ok_or_else(expected)?;
        if kind == Kind::Operator {
            return Err("people have no rate; nodes do".to_owned());
        }
        let (count, per) = rate.split_once('/').ok_or_else(expected)?;
        let count: u64 = count.trim().parse().map_err(|_| expected())?;
        let per = per.trim();
        let per = match per.starts_with(|c: char| c.is_ascii_digit()) {
            true => per.to_owned(),
            false => format!("1{per}"),
        };
        let per: Nanos = per.parse().map_err(|_| expected())?;
        match (count, per.0) {
            (0, _) | (_, 0) => Err(expected()),
            _ => Ok(Self { kind, count, per }),
        }
    }

    /// As [`parse`](Self::parse) reads it.
    pub fn written(&self) -> String {
        format!("{}={}/{}", self.kind.name(), self.count, self.per)
    }

    /// "crash: 1 in 30d to each node".
    pub fn words(&self) -> String {
        format!(
            "{}: {} in {} to each node",
            self.kind.name(),
            self.count,
            self.per
        )
    }
}

/// What happens in one run.
pub(crate) fn plan(common: &Common<'_>, seed: u64) -> Plan {
    let streams = Streams::new(seed);
    let mut faults = Vec::new();
    for rate in &common.rates {
        for id in common.palette.kafka_ids() {
            let key = Key::of("odds").part(rate.kind.name()).id(u64::from(id));
            let mut draw = streams.of(key);
            let mean = Span::nanos((rate.per.0 / rate.count).max(1));
            let mut at = 0_u64;
            loop {
                at = at.saturating_add(draw.exponential(mean).as_nanos());
                if at >= common.length {
                    break;
                }
                let when = When::At(Nanos(at));
                faults.extend(Palette::on(rate.kind, id, when, &mut draw));
            }
        }
    }
    Plan { seed, faults }
}

/// What so many failing runs say, with the 95 % interval of Wilson, in millionths.
pub(crate) fn estimate(rates: Vec<String>, runs: u64, failures: u64) -> Odds {
    let (low_ppm, high_ppm) = wilson(runs, failures);
    Odds {
        rates,
        runs,
        failures,
        share_ppm: (failures * 1_000_000).checked_div(runs).unwrap_or_default(),
        low_ppm,
        high_ppm,
    }
}

/// E. B. Wilson, 1927: (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n), with z = 1.96, in whole numbers.
fn wilson(runs: u64, failures: u64) -> (u64, u64) {
    if runs == 0 {
        return (0, 1_000_000);
    }
    // z² = 3.8416; everything times 10⁴ for it, and the whole fraction times n.
    let (n, x) = (u128::from(runs), u128::from(failures));
    let z2 = 38_416_u128;
    let middle = 2 * x * 10_000 + z2;
    let under = z2 * z2 + 4 * z2 * 10_000 * x * (n - x) / n;
    let root = under.isqrt();
    let whole = 2 * (n * 10_000 + z2);
    let ppm = |share: u128| (share * 1_000_000 / whole).min(1_000_000) as u64;
    (ppm(middle.saturating_sub(root)), ppm(middle + root + 1))
}

#[cfg(test)]
mod tests {
    use super::{Rate, wilson};
    use crate::palette::Kind;
    use scenario::model::Nanos;

    #[test]
    fn the_interval_is_that_of_the_books() {
        // 10 of 100: 5.52 % to 17.44 %; none of 1000: 0 to 0.383 %.
        let (low, high) = wilson(100, 10);
        assert!((55_100..55_300).contains(&low), "{low}");
        assert!((174_300..174_500).contains(&high), "{high}");
        let (low, high) = wilson(1_000, 0);
        assert_eq!(low, 0);
        assert!((3_800..3_850).contains(&high), "{high}");
        assert_eq!(wilson(0, 0), (0, 1_000_000));
    }

    #[test]
    fn rates_are_read_as_people_write_them() {
        let rate = Rate::parse("crash=1/30d").expect("a rate");
        assert_eq!((rate.kind, rate.count), (Kind::Crash, 1));
        assert_eq!(
            Rate::parse("pause=2/h").expect("a rate").per,
            Nanos(3_600_000_000_000)
        );
        for wrong in [
            "crash",
            "crash=1",
            "fire=1/h",
            "crash=0/h",
            "crash=1/x",
            "operator=1/h",
        ] {
            assert!(Rate::parse(wrong).is_err(), "{wrong}");
        }
    }
}
