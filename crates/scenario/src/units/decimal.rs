//! Decimal numbers without rounding.

/// A number such as "1.5" as an exact ratio `digits / 10^scale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    pub(super) digits: u128,
    pub(super) scale: u32,
}

/// Why a product is not to be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoProduct {
    TooLarge,
    NotWhole,
}

impl Decimal {
    /// Splits a text into the number that it begins with and the rest. `None`: it begins with no number.
    pub(super) fn split(text: &str) -> Option<(Self, &str)> {
        let length = text
            .bytes()
            .take_while(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'_'))
            .count();
        let (number, rest) = text.split_at(length);
        Some((Self::parse(number)?, rest))
    }

    fn parse(number: &str) -> Option<Self> {
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let has_digit = |part: &str| part.bytes().any(|byte| byte.is_ascii_digit());
        if !has_digit(whole)
            || (number.contains('.') && !has_digit(fraction))
            || fraction.contains('.')
        {
            return None;
        }
        // Zeros at the end of a fraction say nothing.
        let fraction: String = fraction.chars().filter(|c| *c != '_').collect();
        let fraction = fraction.trim_end_matches('0');
        let whole: String = whole.chars().filter(|c| *c != '_').collect();
        let whole = whole.trim_start_matches('0');
        if whole.len() + fraction.len() > 36 {
            // Further digits only make it too large or too fine; either is refused later, as a value that fits here is.
            return Some(if whole.len() > 20 {
                Self {
                    digits: u128::MAX,
                    scale: 0,
                }
            } else {
                Self {
                    digits: 1,
                    scale: 38,
                }
            });
        }
        let digits = format!("{whole}{fraction}");
        Some(Self {
            digits: if digits.is_empty() {
                0
            } else {
                digits.parse().ok()?
            },
            scale: fraction.len() as u32,
        })
    }

    /// The whole number `self * factor`.
    pub(super) fn times(self, factor: u64) -> Result<u64, NoProduct> {
        let product = self
            .digits
            .checked_mul(u128::from(factor))
            .ok_or(NoProduct::TooLarge)?;
        let divisor = 10u128.pow(self.scale);
        if !product.is_multiple_of(divisor) {
            return Err(NoProduct::NotWhole);
        }
        u64::try_from(product / divisor).map_err(|_| NoProduct::TooLarge)
    }
}

/// `numerator / denominator` as a decimal number, if it has an end within nine digits.
pub(super) fn write(numerator: u128, denominator: u128) -> Option<String> {
    if denominator == 0 {
        return None;
    }
    let whole = numerator / denominator;
    let mut rest = numerator % denominator;
    let mut text = whole.to_string();
    if rest > 0 {
        text.push('.');
    }
    for _ in 0..9 {
        if rest == 0 {
            return Some(text);
        }
        rest = rest.checked_mul(10)?;
        text.push_str(&(rest / denominator).to_string());
        rest %= denominator;
    }
    (rest == 0).then_some(text)
}
