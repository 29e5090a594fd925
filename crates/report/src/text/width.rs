//! Fitting text into columns: its width in a terminal, cutting it, breaking it into lines.

use unicode_width::UnicodeWidthChar;

/// Columns that the text takes in a terminal.
pub(crate) fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

pub(crate) fn char_width(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// The text cut to at most `columns`, with `ellipsis` at the end where something was cut.
pub(crate) fn cut(text: &str, columns: usize, ellipsis: &str) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let room = columns.saturating_sub(width(ellipsis));
    let mut kept = head(text, room).trim_end().to_owned();
    if width(ellipsis) <= columns {
        kept.push_str(ellipsis);
    }
    kept
}

/// The text cut in its middle, so that what tells long names apart (their end, often) is still there.
pub(crate) fn cut_middle(text: &str, columns: usize, ellipsis: &str) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let room = columns.saturating_sub(width(ellipsis));
    if room < 6 {
        return cut(text, columns, ellipsis);
    }
    let tail_room = room / 3;
    let mut tail_start = text.len();
    let mut used = 0;
    for (index, c) in text.char_indices().rev() {
        used += char_width(c);
        if used > tail_room {
            break;
        }
        tail_start = index;
    }
    let tail = &text[tail_start..];
    format!("{}{ellipsis}{tail}", head(text, room - width(tail)))
}

/// The longest beginning that fits.
pub(crate) fn head(text: &str, columns: usize) -> &str {
    let mut used = 0;
    for (index, c) in text.char_indices() {
        used += char_width(c);
        if used > columns {
            return &text[..index];
        }
    }
    text
}

/// The text in lines of at most `columns`, broken at blanks, and inside of a word only where a word alone is too wide.
///
/// Always at least one line. `columns` below 2 counts as 2, the width of the widest character.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(2);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for mut word in words(text) {
        let mut word_width = width(word);
        if !line.is_empty() && used + 1 + word_width > columns {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        while line.is_empty() && word_width > columns {
            let piece = head(word, columns);
            lines.push(piece.to_owned());
            word = &word[piece.len()..];
            word_width = width(word);
        }
        if word.is_empty() {
            continue;
        }
        if !line.is_empty() {
            line.push(' ');
            used += 1;
        }
        line.push_str(word);
        used += word_width;
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// The words of a text; a number and its unit are one.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(' ');
        let mut end = rest.find(' ').unwrap_or(rest.len());
        if rest[..end].ends_with(|c: char| c.is_ascii_digit()) && end < rest.len() {
            let next = &rest[end + 1..];
            let next = &next[..next.find(' ').unwrap_or(next.len())];
            if matches!(
                next.trim_end_matches([',', '.', ';', ':', ')']),
                "ns" | "µs" | "us" | "ms" | "s" | "min" | "h" | "d" | "%"
            ) {
                end += 1 + next.len();
            }
        }
        let (word, tail) = rest.split_at(end);
        rest = tail;
        (!word.is_empty()).then_some(word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_count_twice() {
        assert_eq!(width("orders"), 6);
        assert_eq!(width("注文"), 4);
    }

    #[test]
    fn cutting_keeps_to_the_columns() {
        assert_eq!(cut("orders-7", 8, "…"), "orders-7");
        assert_eq!(cut("orders-17", 8, "…"), "orders-…");
        assert_eq!(cut("注文注文", 6, "…"), "注文…");
        assert_eq!(cut("abc", 1, "..."), "a".get(..0).unwrap());
    }

    #[test]
    fn the_end_of_a_long_name_survives() {
        assert_eq!(
            cut_middle("a-very-long-topic-name-17", 14, "…"),
            "a-very-lo…e-17"
        );
        assert_eq!(cut_middle("abcdefgh", 4, "…"), "abc…");
    }

    #[test]
    fn lines_break_at_blanks_and_in_words_only_if_they_must() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(wrap("at most 5 s, yes", 9), ["at most", "5 s, yes"]);
        assert_eq!(wrap("", 10), [""]);
        assert_eq!(wrap("注文", 1), ["注", "文"]);
    }

    proptest::proptest! {
        #[test]
        fn no_line_is_wider_than_asked_and_nothing_is_lost(text in "\\PC{0,80}", columns in 2_usize..40) {
            let lines = wrap(&text, columns);
            for line in &lines {
                proptest::prop_assert!(width(line) <= columns);
            }
            let kept: String = lines.concat().split(' ').collect();
            let asked: String = text.split(' ').collect();
            proptest::prop_assert_eq!(kept, asked);
        }

        #[test]
        fn cut_text_fits(text in "\\PC{0,80}", columns in 0_usize..40) {
            proptest::prop_assert!(width(&cut(&text, columns, "…")) <= columns);
            proptest::prop_assert!(width(&cut_middle(&text, columns, "…")) <= columns);
        }
    }
}
