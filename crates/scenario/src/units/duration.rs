//! Durations: "30s", "1m30s", "250ms", "1.5h", "0".

use super::decimal::{Decimal, NoProduct};
use super::{UnitError, quoted};
use crate::model::Nanos;
use std::fmt;

/// Every unit with its length in nanoseconds, the longest first.
pub(super) const UNITS: [(&str, u64); 7] = [
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

/// What people also write, with the unit that they mean.
const OTHERS: [(&str, &str); 27] = [
    ("day", "d"),
    ("days", "d"),
    ("hour", "h"),
    ("hours", "h"),
    ("hr", "h"),
    ("hrs", "h"),
    ("min", "m"),
    ("mins", "m"),
    ("minute", "m"),
    ("minutes", "m"),
    ("sec", "s"),
    ("secs", "s"),
    ("second", "s"),
    ("seconds", "s"),
    ("msec", "ms"),
    ("msecs", "ms"),
    ("millis", "ms"),
    ("millisecond", "ms"),
    ("milliseconds", "ms"),
    ("usec", "us"),
    ("micros", "us"),
    ("microseconds", "us"),
    ("µs", "us"),
    ("μs", "us"),
    ("nanos", "ns"),
    ("nanoseconds", "ns"),
    ("S", "s"),
];

const TOO_LONG: &str = "the longest duration is about 584 years";

/// Reads a duration.
pub(super) fn parse(text: &str) -> Result<Nanos, UnitError> {
    let trimmed = text.trim();
    if trimmed == "0" {
        return Ok(Nanos(0));
    }
    if trimmed.is_empty() {
        return Err(UnitError::new(
            "A duration is empty; write one like \"30s\".",
        ));
    }
    if let Some(positive) = trimmed.strip_prefix('-') {
        let error = UnitError::new(format!(
            "A duration cannot be negative, as {} is.",
            quoted(text)
        ));
        return Err(match parse(positive) {
            Ok(value) => error.instead(value.to_string()),
            Err(_) => error,
        });
    }
    let mut rest = trimmed;
    let mut total: u64 = 0;
    let mut shortest = u64::MAX;
    let mut mended = String::new();
    let mut unknown = None;
    while !rest.is_empty() {
        let Some((number, after)) = Decimal::split(rest) else {
            return Err(UnitError::new(format!(
                "{} is no duration; write one like \"30s\" or \"1m30s\".",
                quoted(text)
            )));
        };
        let number_text = &rest[..rest.len() - after.len()];
        let after = after.trim_start();
        let length = after
            .find(|c: char| c.is_ascii_digit() || c.is_whitespace())
            .unwrap_or(after.len());
        let (name, after) = after.split_at(length);
        if name.is_empty() {
            return Err(UnitError::new(format!(
                "A duration needs a unit: \"{trimmed}s\" is seconds, \"{trimmed}ms\" milliseconds."
            ))
            .instead(format!("{trimmed}s")));
        }
        let known = UNITS.iter().find(|(unit, _)| *unit == name);
        let meant = OTHERS.iter().find(|(other, _)| *other == name);
        let unit = match (known, meant) {
            (Some((unit, _)), _) | (None, Some((_, unit))) => *unit,
            (None, None) => {
                return Err(UnitError::new(format!(
                    "{} is no unit of time; there are d, h, m, s, ms, us and ns.",
                    quoted(name)
                )));
            }
        };
        if known.is_none() {
            unknown.get_or_insert(name);
        }
        mended.push_str(number_text);
        mended.push_str(unit);
        let nanos = UNITS
            .iter()
            .find(|(name, _)| *name == unit)
            .map_or(1, |(_, nanos)| *nanos);
        if nanos >= shortest {
            return Err(UnitError::new(format!(
                "In {} the units are not in order; write the longer one first and each once, like \"1m30s\".",
                quoted(text)
            )));
        }
        shortest = nanos;
        let part = number.times(nanos).map_err(|problem| match problem {
            NoProduct::TooLarge => {
                UnitError::new(format!("{} is too long; {TOO_LONG}.", quoted(text)))
            }
            NoProduct::NotWhole => UnitError::new(format!(
                "{} is finer than a nanosecond, which is the finest there is.",
                quoted(text)
            )),
        })?;
        total = total
            .checked_add(part)
            .ok_or_else(|| UnitError::new(format!("{} is too long; {TOO_LONG}.", quoted(text))))?;
        rest = after.trim_start();
    }
    match unknown {
        None => Ok(Nanos(total)),
        Some(name) => Err(UnitError::new(format!(
            "{} is no unit of time; there are d, h, m, s, ms, us and ns.",
            quoted(name)
        ))
        .instead(mended)),
    }
}

impl fmt::Display for Nanos {
    /// The units that are needed, the longest first: "1m30s", "250ms", "0s".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let mut rest = self.0;
        for (unit, nanos) in UNITS {
            if rest >= nanos {
                write!(f, "{}{unit}", rest / nanos)?;
                rest %= nanos;
            }
        }
        Ok(())
    }
}
