//! Percentages: "95%".

use super::{UnitError, quoted};

/// Reads a whole percentage, with or without its sign.
pub fn parse_percent(text: &str) -> Result<u32, UnitError> {
    let trimmed = text.trim();
    let number = trimmed.strip_suffix('%').unwrap_or(trimmed).trim_end();
    if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) {
        let value: u64 = number.parse().unwrap_or(u64::MAX);
        if value <= 100 {
            return Ok(value as u32);
        }
        return Err(
            UnitError::new(format!("{} is more than 100 percent.", quoted(text))).instead("100%"),
        );
    }
    Err(UnitError::new(format!(
        "{} is no whole percentage between 0 and 100; write one like \"95%\".",
        quoted(text)
    )))
}
