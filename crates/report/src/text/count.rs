//! Numbers with thousands marked, and their nouns in the right form.

/// `12431` as "12,431".
pub fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut marked = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            marked.push(',');
        }
        marked.push(digit);
    }
    marked
}

/// "1 record", "12,431 records". The plural is the singular and an "s"; a noun that ends in "y" is not for here.
pub(crate) fn plural(value: u64, noun: &str) -> String {
    let s = if value == 1 { "" } else { "s" };
    format!("{} {noun}{s}", number(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_marked() {
        for (value, words) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (12_431, "12,431"),
            (100_000, "100,000"),
            (u64::MAX, "18,446,744,073,709,551,615"),
        ] {
            assert_eq!(number(value), words);
        }
    }

    #[test]
    fn one_is_singular() {
        assert_eq!(plural(1, "record"), "1 record");
        assert_eq!(plural(0, "record"), "0 records");
        assert_eq!(plural(12_431, "record"), "12,431 records");
    }
}
