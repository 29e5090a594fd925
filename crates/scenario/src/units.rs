//! Durations, sizes, rates and shares as people write them, exactly.
//!
//! Everything is read into whole numbers (nanoseconds, bytes) or exact ratios; what cannot be held exactly is refused. Each
//! quantity is written back by `Display` in one canonical form that reads as the same value.

mod decimal;
mod duration;
mod rate;
mod share;
mod size;

pub use share::parse_percent;

use crate::model::{Bytes, BytesPerSecond, Nanos, Rate};
use std::str::FromStr;

/// Why a quantity cannot be read, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitError {
    /// What is wrong, in a sentence.
    pub message: String,
    /// What was probably meant.
    pub instead: Option<String>,
}

impl UnitError {
    fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            instead: None,
        }
    }

    fn instead(mut self, text: impl Into<String>) -> Self {
        self.instead = Some(text.into());
        self
    }
}

impl std::fmt::Display for UnitError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for UnitError {}

macro_rules! from_str {
    ($($type:ty: $parse:path,)*) => {
        $(
            impl FromStr for $type {
                type Err = UnitError;

                fn from_str(text: &str) -> Result<Self, UnitError> {
                    $parse(text)
                }
            }
        )*
    };
}

from_str! {
    Nanos: duration::parse,
    Bytes: size::parse,
    BytesPerSecond: size::parse_rate,
    Rate: rate::parse,
}

/// A piece of the user's text in a message.
fn quoted(text: &str) -> String {
    if text.chars().count() <= 40 {
        format!("\"{text}\"")
    } else {
        let beginning: String = text.chars().take(39).collect();
        format!("\"{beginning}…\"")
    }
}

#[cfg(test)]
mod tests;
