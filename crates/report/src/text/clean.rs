//! Other people's text made harmless before it is shown: names come from scenario files and imports, and may hold
//! anything, also what a terminal would obey or what would turn a line around.

use std::borrow::Cow;

/// Stands for a character that was taken out.
const REPLACEMENT: char = '\u{FFFD}';

/// The text on one line, without control characters and without marks that change how their neighbours are shown.
///
/// A run of white space becomes one blank. A control character becomes `�`, so that it is seen to be there. Characters
/// without width (joiners, direction marks, variation selectors, tags) are left out.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(needs_change) && !text.contains("  ") && text.trim() == text {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut blank = false;
    for c in text.chars() {
        if c.is_whitespace() {
            blank = true;
        } else if !is_invisible(c) {
            if blank && !out.is_empty() {
                out.push(' ');
            }
            blank = false;
            out.push(if is_control(c) { REPLACEMENT } else { c });
        }
    }
    Cow::Owned(out)
}

/// The text without characters that XML 1.0 forbids, line breaks kept. For JUnit files.
pub(crate) fn xml_legal(text: &str) -> String {
    text.chars()
        .filter(|&c| {
            matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
                && !matches!(c, '\u{7F}'..='\u{84}' | '\u{86}'..='\u{9F}')
                && u32::from(c) & 0xFFFE != 0xFFFE
        })
        .collect()
}

/// The text in ASCII: the signs that this crate itself uses are spelled out, all else becomes `?`.
pub(crate) fn ascii(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_ascii() => out.push(c),
            '−' | '–' | '—' | '‑' | '─' => out.push('-'),
            '→' => out.push_str("->"),
            '←' => out.push_str("<-"),
            '≥' => out.push_str(">="),
            '≤' => out.push_str("<="),
            '≈' => out.push('~'),
            '×' => out.push('x'),
            '…' => out.push_str("..."),
            'µ' => out.push('u'),
            '“' | '”' | '„' => out.push('"'),
            '‘' | '’' => out.push('\''),
            '·' | '•' => out.push('*'),
            '\u{A0}' => out.push(' '),
            _ => out.push('?'),
        }
    }
    Cow::Owned(out)
}

fn needs_change(c: char) -> bool {
    (c.is_whitespace() && c != ' ') || is_control(c) || is_invisible(c)
}

fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{FFF9}'..='\u{FFFB}' | '\u{FFFE}' | '\u{FFFF}' | '\u{FDD0}'..='\u{FDEF}')
        || u32::from(c) & 0xFFFE == 0xFFFE
}

/// Zero-width, direction, variation and tag characters: not to be seen, and able to mislead.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{AD}'
            | '\u{34F}'
            | '\u{61C}'
            | '\u{115F}'
            | '\u{1160}'
            | '\u{17B4}'
            | '\u{17B5}'
            | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}'
            | '\u{FFA0}'
            | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{E0000}'..='\u{E0FFF}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_text_is_left_alone() {
        for text in ["", "orders-7", "Zürich → Genève", "注文 7"] {
            assert!(matches!(clean(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn a_terminal_has_nothing_to_obey() {
        assert_eq!(clean("a\u{1b}[31mred\u{7}\u{9b}0m"), "a�[31mred��0m");
    }

    #[test]
    fn one_line_and_one_direction() {
        assert_eq!(
            clean("  two\r\n\tlines\u{2028}or three "),
            "two lines or three"
        );
        assert_eq!(clean("abc\u{202e}cba\u{200b}\u{fe0f}"), "abccba");
    }

    #[test]
    fn xml_gets_only_what_it_may_hold() {
        assert_eq!(
            xml_legal("a\u{0}b\u{b}c\u{fffe}d\n\u{1f600}"),
            "abcd\n\u{1f600}"
        );
    }

    #[test]
    fn ascii_spells_our_own_signs_out() {
        assert_eq!(ascii("−0:30 → ≥ 5 µs …"), "-0:30 -> >= 5 us ...");
        assert_eq!(ascii("注文"), "??");
    }
}
