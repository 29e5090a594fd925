//! Sizes ("64MiB", "1KB", "512") and byte rates ("400MB/s", "10Gbit/s").

use super::decimal::{Decimal, NoProduct};
use super::{UnitError, quoted};
use crate::model::{Bytes, BytesPerSecond};
use std::fmt;

/// Units of size in bytes, in the order in which equally short forms are preferred.
const UNITS: [(&str, u64); 13] = [
    ("B", 1),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("PiB", 1 << 50),
    ("EiB", 1 << 60),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("PB", 1_000_000_000_000_000),
    ("EB", 1_000_000_000_000_000_000),
];

/// Units of network rates in bits.
const BITS: [(&str, u64); 5] = [
    ("bit", 1),
    ("Kbit", 1_000),
    ("Mbit", 1_000_000),
    ("Gbit", 1_000_000_000),
    ("Tbit", 1_000_000_000_000),
];

const SIZES: &str = "B, KB, MB, GB, TB (powers of 1000), KiB, MiB, GiB, TiB (powers of 1024)";
const RATES: &str = "\"400MB/s\", \"64MiB/s\" or \"10Gbit/s\"";

/// Reads a size.
pub(super) fn parse(text: &str) -> Result<Bytes, UnitError> {
    let (number, unit) = split(text, "A size", "\"1KiB\" or \"300GiB\"")?;
    if unit.is_empty() {
        return whole(number, 1, text, "byte").map(Bytes);
    }
    let Some((_, bytes)) = UNITS.iter().find(|(name, _)| is_unit(name, unit)) else {
        let number = text.trim().trim_end_matches(unit).trim_end();
        let error = UnitError::new(format!(
            "{} is no unit of size; there are {SIZES}.",
            quoted(unit)
        ));
        return Err(match meant(unit, &UNITS) {
            Some(name) => error.instead(format!("{number}{name}")),
            None => error,
        });
    };
    whole(number, *bytes, text, "byte").map(Bytes)
}

/// Reads a byte rate.
pub(super) fn parse_rate(text: &str) -> Result<BytesPerSecond, UnitError> {
    let (number, unit) = split(text, "A byte rate", RATES)?;
    let number_text = text.trim().trim_end_matches(unit).trim_end();
    let wrong = |message: String| UnitError::new(message);
    let Some(amount) = unit.strip_suffix("/s") else {
        if unit.is_empty() {
            return Err(
                wrong(format!("A byte rate needs a unit; write one like {RATES}."))
                    .instead(format!("{number_text}B/s")),
            );
        }
        let per_second = match unit.strip_suffix("ps") {
            // "10Gbps": bits, as network people write them.
            Some(amount) => BITS
                .iter()
                .find(|(name, _)| {
                    name.trim_end_matches("it")
                        .eq_ignore_ascii_case(amount.trim_end_matches("it"))
                })
                .map(|(name, _)| format!("{number_text}{name}/s")),
            None => UNITS
                .iter()
                .chain(&BITS)
                .any(|(name, _)| is_unit(name, unit))
                .then(|| format!("{number_text}{unit}/s")),
        };
        let error = wrong(format!(
            "A byte rate is per second; write {} as one like {RATES}.",
            quoted(text)
        ));
        return Err(match per_second {
            Some(instead) => error.instead(instead),
            None => error,
        });
    };
    let amount = amount.trim();
    if let Some((_, bytes)) = UNITS.iter().find(|(name, _)| is_unit(name, amount)) {
        return whole(number, *bytes, text, "byte").map(BytesPerSecond);
    }
    if let Some((_, bits)) = BITS.iter().find(|(name, _)| is_unit(name, amount)) {
        let bits = whole(number, *bits, text, "bit")?;
        if bits % 8 != 0 {
            return Err(wrong(format!(
                "{} is no whole number of bytes per second.",
                quoted(text)
            )));
        }
        return Ok(BytesPerSecond(bits / 8));
    }
    let error = wrong(format!(
        "{} is no unit of a byte rate; write one like {RATES}.",
        quoted(unit)
    ));
    let meant = meant(amount, &UNITS).or_else(|| meant(amount, &BITS));
    Err(match meant {
        Some(name) => error.instead(format!("{number_text}{name}/s")),
        None => error,
    })
}

/// The number and the unit, which may be empty.
fn split<'a>(text: &'a str, what: &str, like: &str) -> Result<(Decimal, &'a str), UnitError> {
    let trimmed = text.trim();
    if let Some(positive) = trimmed.strip_prefix('-') {
        let error = UnitError::new(format!(
            "{what} cannot be negative, as {} is.",
            quoted(text)
        ));
        return Err(error.instead(positive.trim_start()));
    }
    match Decimal::split(trimmed) {
        Some((number, rest)) => Ok((number, rest.trim_start())),
        None => {
            let what = what.to_lowercase();
            Err(UnitError::new(format!(
                "{} is not {what}; write one like {like}.",
                quoted(text)
            )))
        }
    }
}

fn is_unit(name: &str, written: &str) -> bool {
    // "kB" is the correct form of the metric prefix, "KB" the usual one.
    name == written || (name == "KB" && written == "kB") || (name == "Kbit" && written == "kbit")
}

/// The unit that differs from the one written only in upper and lower case or in a missing B.
fn meant(written: &str, units: &[(&'static str, u64)]) -> Option<&'static str> {
    let with_b = format!("{written}B");
    units
        .iter()
        .map(|(name, _)| *name)
        .find(|name| name.eq_ignore_ascii_case(written) || name.eq_ignore_ascii_case(&with_b))
}

fn whole(number: Decimal, factor: u64, text: &str, least: &str) -> Result<u64, UnitError> {
    number.times(factor).map_err(|problem| match problem {
        NoProduct::TooLarge => UnitError::new(format!(
            "{} is too large; 16EiB is out of reach.",
            quoted(text)
        )),
        NoProduct::NotWhole => {
            UnitError::new(format!("{} is no whole number of {least}s.", quoted(text)))
        }
    })
}

/// The unit that needs the fewest digits; of equally short ones the first.
fn shortest(
    value: u64,
    units: impl IntoIterator<Item = (&'static str, u64)>,
) -> (u64, &'static str) {
    let mut best = (value, "B");
    if value == 0 {
        return best;
    }
    for (name, factor) in units {
        if value.is_multiple_of(factor) && digits(value / factor) < digits(best.0) {
            best = (value / factor, name);
        }
    }
    best
}

fn digits(number: u64) -> u32 {
    number.checked_ilog10().unwrap_or(0) + 1
}

impl fmt::Display for Bytes {
    /// With the unit that needs the fewest digits: "64MiB", "1KB", "1001B".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, unit) = shortest(self.0, UNITS);
        write!(f, "{number}{unit}")
    }
}

impl fmt::Display for BytesPerSecond {
    /// With the unit that needs the fewest digits: "400MB/s", "10Gbit/s".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, unit) = shortest(self.0, UNITS);
        if let Some(bits) = self.0.checked_mul(8) {
            let (fewer, bit_unit) = shortest(bits, BITS);
            if bit_unit != "B" && digits(fewer) < digits(number) {
                return write!(f, "{fewer}{bit_unit}/s");
            }
        }
        write!(f, "{number}{unit}/s")
    }
}
