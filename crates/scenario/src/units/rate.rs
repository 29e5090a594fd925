//! Rates of events: "2000/s", "30/min", "0.5/s", "1/3s", always an exact ratio.

use super::decimal::{self, Decimal, NoProduct};
use super::{UnitError, quoted};
use crate::model::{Nanos, Rate};
use std::fmt;

/// Units that a rate can be per, in nanoseconds, in the order in which equally short forms are preferred.
const PER: [(&str, u64); 5] = [
    ("s", 1_000_000_000),
    ("min", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("d", 86_400_000_000_000),
    ("ms", 1_000_000),
];

const LIKE: &str = "\"2000/s\", \"30/min\" or \"0.5/s\"";

/// Reads a rate.
pub(super) fn parse(text: &str) -> Result<Rate, UnitError> {
    let trimmed = text.trim();
    if let Some(positive) = trimmed.strip_prefix('-') {
        return Err(UnitError::new(format!(
            "A rate cannot be negative, as {} is.",
            quoted(text)
        ))
        .instead(positive.trim_start()));
    }
    let Some((number, rest)) = Decimal::split(trimmed) else {
        return Err(UnitError::new(format!(
            "{} is no rate; write one like {LIKE}.",
            quoted(text)
        )));
    };
    let rest = rest.trim_start();
    if rest.is_empty() {
        return Err(UnitError::new(format!(
            "A rate needs to say per what: \"{trimmed}/s\" is per second, \"{trimmed}/min\" per minute."
        ))
        .instead(format!("{trimmed}/s")));
    }
    let Some(per) = rest.strip_prefix('/').map(str::trim) else {
        return Err(UnitError::new(format!(
            "{} is no rate; write one like {LIKE}.",
            quoted(text)
        )));
    };
    let per = period(per, text)?;
    if per == 0 {
        return Err(UnitError::new("A rate cannot be per no time at all."));
    }
    // count = digits / 10^scale; so the ratio is digits : (per * 10^scale).
    let too_fine = || {
        UnitError::new(format!(
            "{} cannot be held exactly; write it with fewer digits.",
            quoted(text)
        ))
    };
    let denominator = 10u128
        .checked_pow(number.scale)
        .and_then(|scale| scale.checked_mul(u128::from(per)))
        .ok_or_else(too_fine)?;
    let divisor = gcd(number.digits, denominator);
    let count = u64::try_from(number.digits / divisor).map_err(|_| too_fine())?;
    let per = u64::try_from(denominator / divisor).map_err(|_| too_fine())?;
    Ok(Rate { count, per })
}

/// "s", "min", "5min", "100ms" in nanoseconds.
fn period(per: &str, text: &str) -> Result<u64, UnitError> {
    let (number, unit) = match Decimal::split(per) {
        Some((number, unit)) => (number, unit.trim_start()),
        None => (
            Decimal {
                digits: 1,
                scale: 0,
            },
            per,
        ),
    };
    let unit = if unit == "m" { "min" } else { unit };
    if let Some((_, nanos)) = PER.iter().find(|(name, _)| *name == unit) {
        return number.times(*nanos).map_err(|problem| match problem {
            NoProduct::TooLarge => {
                UnitError::new(format!("{} is per too long a time.", quoted(text)))
            }
            NoProduct::NotWhole => {
                UnitError::new(format!("{} is per less than a nanosecond.", quoted(text)))
            }
        });
    }
    if let Ok(duration) = per.parse::<Nanos>() {
        return Ok(duration.0);
    }
    let meant = match unit {
        "sec" | "second" | "seconds" => Some("s"),
        "minute" | "minutes" => Some("min"),
        "hour" | "hours" => Some("h"),
        "day" | "days" => Some("d"),
        _ => None,
    };
    let error = UnitError::new(format!(
        "{} is nothing that a rate can be per; write one like {LIKE}.",
        quoted(per)
    ));
    let before = text.trim().trim_end_matches(unit);
    Err(match meant {
        Some(unit) => error.instead(format!("{before}{unit}")),
        None => error,
    })
}

fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

impl fmt::Display for Rate {
    /// Per second if that has an end within a few digits, else per a longer time: "2000/s", "0.5/s", "1/min".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut best: Option<String> = None;
        for (name, nanos) in PER {
            let numerator = u128::from(self.count) * u128::from(nanos);
            let Some(count) = decimal::write(numerator, u128::from(self.per)) else {
                continue;
            };
            let text = format!("{count}/{name}");
            // The first without a fraction; if every one has one, the shortest.
            if !text.contains('.') {
                best = Some(text);
                break;
            }
            if best.as_ref().is_none_or(|best| text.len() < best.len()) {
                best = Some(text);
            }
        }
        match best {
            Some(text) => f.write_str(&text),
            None => write!(f, "{}/{}", self.count, Nanos(self.per)),
        }
    }
}
