//! What texts, characters and numbers mean, by RON's rules.

/// Something wrong inside a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// First byte, from the beginning of the content.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// What is wrong.
    pub message: String,
}

/// Reads one escape sequence; `text` begins with the backslash.
///
/// Gives the bytes it stands for (UTF-8, or one byte of anything in a byte text) and its length; or the length of what is
/// wrong and why.
fn escape(text: &str, bytes: bool) -> Result<(Escape, usize), (usize, String)> {
    let mut chars = text.chars();
    chars.next();
    let Some(sign) = chars.next() else {
        return Err((1, "a backslash is followed by nothing".into()));
    };
    let plain = |c: char| Ok((Escape::Char(c), 2));
    match sign {
        '\'' | '"' | '\\' => plain(sign),
        'n' => plain('\n'),
        'r' => plain('\r'),
        't' => plain('\t'),
        '0' => plain('\0'),
        'x' => byte_escape(text, bytes),
        'u' => unicode_escape(text),
        '\n' | '\r' => {
            // A backslash at the end of a line swallows it and the white space after it.
            let rest = &text[1..];
            if sign == '\r' && !rest.starts_with("\r\n") {
                return Err((
                    2,
                    "a backslash before a lone carriage return has no meaning".into(),
                ));
            }
            let length = rest
                .find(|c| !matches!(c, ' ' | '\t' | '\n' | '\r'))
                .unwrap_or(rest.len());
            Ok((Escape::Nothing, 1 + length))
        }
        other => Err((
            1 + other.len_utf8(),
            format!("`\\{other}` has no meaning; a backslash itself is written `\\\\`"),
        )),
    }
}

enum Escape {
    Char(char),
    Byte(u8),
    Nothing,
}

fn hex_pair(text: &str) -> Option<u8> {
    let digits = text.strip_prefix("\\x")?.get(..2)?;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u8::from_str_radix(digits, 16).ok()
}

fn byte_escape(text: &str, bytes: bool) -> Result<(Escape, usize), (usize, String)> {
    let wrong = "`\\x` is followed by two hexadecimal digits";
    let Some(first) = hex_pair(text) else {
        return Err((2, wrong.into()));
    };
    if bytes {
        return Ok((Escape::Byte(first), 4));
    }
    // Several of them may make up one character: \xC3\xA9.
    let mut found = vec![first];
    loop {
        if let Ok(decoded) = std::str::from_utf8(&found) {
            let c = decoded.chars().next().unwrap_or('\0');
            return Ok((Escape::Char(c), 4 * found.len()));
        }
        match text.get(4 * found.len()..).and_then(hex_pair) {
            Some(next) if found.len() < 4 => found.push(next),
            _ => {
                return Err((
                    4 * found.len(),
                    "these bytes are no character in UTF-8; write it as `\\u{…}`".into(),
                ));
            }
        }
    }
}

fn unicode_escape(text: &str) -> Result<(Escape, usize), (usize, String)> {
    let wrong = |length: usize| {
        let message = "`\\u` is followed by one to six hexadecimal digits in braces: `\\u{e9}`";
        Err((length, message.to_owned()))
    };
    let Some(inner) = text.strip_prefix("\\u{") else {
        return wrong(2);
    };
    let digits = inner.bytes().take_while(u8::is_ascii_hexdigit).count();
    if !(1..=6).contains(&digits) || !inner[digits..].starts_with('}') {
        return wrong(3);
    }
    let length = 3 + digits + 1;
    let number = u32::from_str_radix(&inner[..digits], 16).unwrap_or(u32::MAX);
    match char::from_u32(number) {
        Some(c) => Ok((Escape::Char(c), length)),
        None => Err((length, "there is no character with this number".into())),
    }
}

/// Everything that is wrong with the escape sequences in the content of a text.
pub fn escape_problems(content: &str, bytes: bool) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut at = 0;
    while let Some(length) = content[at..].find('\\') {
        at += length;
        match escape(&content[at..], bytes) {
            Ok((_, length)) => at += length,
            Err((length, message)) => {
                problems.push(Problem {
                    start: at,
                    end: at + length,
                    message,
                });
                at += length;
            }
        }
    }
    problems
}

/// The value of a text token, quotes and all: `"a\n"`, `r#"a"#`. What is wrong in it is left as it stands.
pub fn text(token: &str) -> String {
    if let Some(raw) = token.strip_prefix('r') {
        let hashes = raw.bytes().take_while(|byte| *byte == b'#').count();
        let inner = &raw[hashes..];
        let inner = inner.strip_prefix('"').unwrap_or(inner);
        let end = inner.len().saturating_sub(hashes);
        let inner = inner.get(..end).unwrap_or(inner);
        return inner.strip_suffix('"').unwrap_or(inner).to_owned();
    }
    let content = token.strip_prefix('"').unwrap_or(token);
    let content = content.strip_suffix('"').unwrap_or(content);
    let mut value = String::with_capacity(content.len());
    let mut at = 0;
    while let Some(length) = content[at..].find('\\') {
        value.push_str(&content[at..at + length]);
        at += length;
        match escape(&content[at..], false) {
            Ok((Escape::Char(c), length)) => {
                value.push(c);
                at += length;
            }
            Ok((_, length)) => at += length,
            Err((length, _)) => {
                value.push_str(&content[at..at + length]);
                at += length;
            }
        }
    }
    value.push_str(&content[at..]);
    value
}

/// The value of what stands between single quotes.
pub fn character(content: &str, byte: bool) -> Result<char, String> {
    let mut chars = content.chars();
    let value = match chars.next() {
        Some('\\') => match escape(content, byte) {
            Ok((Escape::Char(c), length)) if length == content.len() => {
                // `'\xC3\xA9'` is one character in a text, and two in single quotes.
                if content.starts_with("\\x") && length > 4 {
                    return Err("one character is written with one escape sequence".into());
                }
                c
            }
            Ok((Escape::Byte(b), length)) if length == content.len() => char::from(b),
            Ok(_) => return Err("there is more than one character between the quotes".into()),
            Err((_, message)) => return Err(message),
        },
        Some(c) if c.len_utf8() == content.len() => c,
        _ => return Err("there has to be exactly one character between the quotes".into()),
    };
    if byte && (content.starts_with("\\u") || (!content.starts_with('\\') && !value.is_ascii())) {
        return Err("a byte is an ASCII character or `\\x` and two hexadecimal digits".into());
    }
    Ok(value)
}

/// Is this a number as RON writes it? RON's numbers with a type behind them (`3u8`) are left out: they mean nothing here.
pub fn check_number(text: &str) -> Result<(), String> {
    if integer(text).is_ok() || is_float(text) {
        return Ok(());
    }
    if text.contains("..") {
        return Err("a range has no meaning here".into());
    }
    Err("this is not a number; text is written in double quotes".into())
}

/// Why an integer cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoInteger {
    /// It is a fraction, `inf`, or no number at all.
    NotWhole,
    /// It does not fit into 64 bits.
    TooLarge,
    /// It is below zero; the number without its sign.
    Negative(u64),
}

/// The value of a whole number that is not negative.
pub fn whole(text: &str) -> Result<u64, NoInteger> {
    match integer(text)? {
        (true, 0) => Ok(0),
        (true, value) => Err(NoInteger::Negative(value)),
        (false, value) => Ok(value),
    }
}

/// Sign and magnitude of an integer without a type behind it.
fn integer(text: &str) -> Result<(bool, u64), NoInteger> {
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let (base, digits) = match digits.get(..2) {
        Some("0b") => (2, &digits[2..]),
        Some("0o") => (8, &digits[2..]),
        Some("0x") => (16, &digits[2..]),
        _ => (10, digits),
    };
    if digits.is_empty() || digits.starts_with('_') {
        return Err(NoInteger::NotWhole);
    }
    let mut value: u64 = 0;
    let mut fits = true;
    for c in digits.chars().filter(|c| *c != '_') {
        let Some(digit) = c.to_digit(base) else {
            return Err(NoInteger::NotWhole);
        };
        match value
            .checked_mul(u64::from(base))
            .and_then(|value| value.checked_add(u64::from(digit)))
        {
            Some(more) => value = more,
            None => fits = false,
        }
    }
    // The `ron` crate reads negative numbers into 64 bits with a sign.
    if !fits || (negative && value > i64::MIN.unsigned_abs()) {
        return Err(NoInteger::TooLarge);
    }
    Ok((negative, value))
}

/// A decimal fraction, in RON's way of writing.
fn is_float(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, "inf" | "NaN") {
        return true;
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |part: &str| {
        !part.starts_with('_')
            && part
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'_')
    };
    let some = |part: &str| part.bytes().any(|byte| byte.is_ascii_digit());
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent_ok = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        digits(exponent) && some(exponent)
    });
    digits(before) && digits(after) && (some(before) || some(after)) && exponent_ok
}

/// A number in its plainest decimal form: no sign `+`, no underscores, no other base. `None` if it is none.
pub fn decimal(text: &str) -> Option<String> {
    match integer(text) {
        Ok((true, value)) if value > 0 => Some(format!("-{value}")),
        Ok((_, value)) => Some(value.to_string()),
        Err(_) if is_float(text) => Some(
            text.trim_start_matches('+')
                .chars()
                .filter(|c| *c != '_')
                .collect(),
        ),
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_mean_what_ron_says_they_mean() {
        assert_eq!(text(r#""plain""#), "plain");
        assert_eq!(text(r#""a\tb\\\"\u{e9}\xC3\xA9""#), "a\tb\\\"éé");
        assert_eq!(text("\"one \\\n   line\""), "one line");
        assert_eq!(text("r#\"say \"hi\" \\n\"#"), "say \"hi\" \\n");
    }

    #[test]
    fn wrong_escapes_are_found_one_by_one() {
        let problems = escape_problems(r"a\qb\xZZ\u{110000}", false);
        let places: Vec<_> = problems.iter().map(|p| (p.start, p.end)).collect();
        assert_eq!(places, [(1, 3), (4, 6), (8, 18)]);
    }

    #[test]
    fn whole_numbers_come_in_four_bases() {
        for (text, value) in [
            ("12", 12),
            ("1_000", 1000),
            ("0xff", 255),
            ("0b11", 3),
            ("0o17", 15),
            ("+5", 5),
        ] {
            assert_eq!(whole(text), Ok(value), "{text}");
        }
    }

    #[test]
    fn what_is_no_whole_number_says_why() {
        assert_eq!(whole("-3"), Err(NoInteger::Negative(3)));
        assert_eq!(whole("2.5"), Err(NoInteger::NotWhole));
        assert_eq!(whole("18446744073709551616"), Err(NoInteger::TooLarge));
    }

    #[test]
    fn numbers_have_one_plain_form() {
        assert_eq!(decimal("+1_000").as_deref(), Some("1000"));
        assert_eq!(decimal("0x10").as_deref(), Some("16"));
        assert_eq!(decimal("-2.50").as_deref(), Some("-2.50"));
        assert_eq!(decimal("-0").as_deref(), Some("0"));
    }

    #[test]
    fn versions_without_quotes_are_no_numbers() {
        assert!(check_number("4.1.2").is_err());
        assert!(check_number("30s").is_err());
        assert!(check_number("1e5").is_ok());
    }
}
