//! A command line as a shell takes it apart, as far as a command in a runbook needs it.

use std::ops::Range;

/// A word of a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// The word without quotes.
    pub(super) text: String,
    /// Where it stands in the line, in bytes, with its quotes.
    pub(super) at: Range<usize>,
}

/// The words of the first command of a line: up to a pipe, a semicolon, `&`, a redirection or a comment. Quotes are taken off;
/// a quote that is not closed ends with the line.
pub(super) fn words(line: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut word: Option<Word> = None;
    let mut quote: Option<char> = None;
    let mut chars = line.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let end = at + c.len_utf8();
        if quote == Some(c) {
            quote = None;
            extend(&mut word, at, end, None);
            continue;
        }
        if quote.is_some() {
            extend(&mut word, at, end, Some(c));
            continue;
        }
        match c {
            '\'' | '"' => {
                quote = Some(c);
                extend(&mut word, at, end, None);
            }
            '\\' => {
                if let Some((at, c)) = chars.next()
                    && c != '\n'
                {
                    extend(&mut word, at, at + c.len_utf8(), Some(c));
                }
            }
            '|' | ';' | '&' | '>' | '<' => break,
            // A prompt is a word, too: a comment begins only after the command.
            '#' if word.is_none() && !words.is_empty() => break,
            c if c.is_whitespace() => words.extend(word.take()),
            c => extend(&mut word, at, end, Some(c)),
        }
    }
    words.extend(word);
    words
}

fn extend(word: &mut Option<Word>, at: usize, end: usize, c: Option<char>) {
    let word = word.get_or_insert_with(|| Word {
        text: String::new(),
        at: at..end,
    });
    word.at.end = end;
    word.text.extend(c);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(line: &str) -> Vec<String> {
        words(line).into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn a_command_ends_where_the_shell_ends_it() {
        assert_eq!(texts("a b | c"), ["a", "b"]);
        assert_eq!(texts("a b; c"), ["a", "b"]);
        assert_eq!(texts("a b > c.txt"), ["a", "b"]);
        assert_eq!(texts("a b  # as before"), ["a", "b"]);
        assert_eq!(texts("a \\\n  b"), ["a", "b"]);
        assert_eq!(texts(""), Vec::<String>::new());
    }

    #[test]
    fn quotes_are_taken_off_and_keep_what_they_hold() {
        assert_eq!(
            texts("a 'b | c' \"d e\"f 'open"),
            ["a", "b | c", "d ef", "open"]
        );
        let line = "kafka-topics.sh --topic 'ü|'";
        let word = &words(line)[2];
        assert_eq!(&line[word.at.clone()], "'ü|'");
    }
}
