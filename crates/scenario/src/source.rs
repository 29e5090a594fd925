//! The texts that make up a scenario, so that a span can be turned into a file, a line and a column.

use crate::model::Span;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The largest file that is read. Spans count bytes in 32 bits; long before that a file is a mistake.
pub const LARGEST_FILE: usize = 64 * 1024 * 1024;

/// One file as it was read.
#[derive(Clone, Debug)]
pub struct Source {
    /// Where it came from, as it is shown to people.
    pub path: PathBuf,
    /// Its text; bytes that were no UTF-8 are replaced.
    pub text: String,
    /// Where each line begins.
    lines: Vec<u32>,
}

/// A place in a file as editors count: both from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Source {
    fn new(path: PathBuf, text: String) -> Self {
        let mut lines = vec![0];
        lines.extend(
            text.bytes()
                .enumerate()
                .filter(|(_, byte)| *byte == b'\n')
                .map(|(at, _)| at as u32 + 1),
        );
        Self { path, text, lines }
    }

    /// The line and column of a byte. A byte past the end counts as the end.
    pub fn place(&self, byte: u32) -> Place {
        let byte = self.boundary(byte as usize);
        let line = self.line_index(byte);
        let begin = self.lines[line] as usize;
        Place {
            line: line + 1,
            column: self.text[begin..byte].chars().count() + 1,
        }
    }

    /// The bytes of whole lines that contain this range, without the last line end.
    pub(crate) fn whole_lines(&self, range: Range<usize>) -> Range<usize> {
        let first = self.line_index(self.boundary(range.start));
        let last = self.line_index(self.boundary(range.end));
        let begin = self.lines[first] as usize;
        let end = match self.lines.get(last + 1) {
            Some(next) => *next as usize - 1,
            None => self.text.len(),
        };
        begin..end
    }

    /// The nearest character boundary at or before a byte.
    pub(crate) fn boundary(&self, byte: usize) -> usize {
        let mut at = byte.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    fn line_index(&self, byte: usize) -> usize {
        self.lines.partition_point(|begin| *begin as usize <= byte) - 1
    }
}

/// All files of one scenario. A [`Span`]'s `file` is an index into this list; the first is the file that was asked for.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
}

impl Sources {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file and gives its number.
    pub fn add(&mut self, path: impl Into<PathBuf>, text: impl Into<String>) -> u32 {
        self.files.push(Source::new(path.into(), text.into()));
        (self.files.len() - 1) as u32
    }

    /// The file with this number.
    pub fn get(&self, file: u32) -> Option<&Source> {
        self.files.get(file as usize)
    }

    /// The path of the file that a span is in.
    pub fn path(&self, span: Span) -> Option<&Path> {
        self.get(span.file).map(|source| source.path.as_path())
    }

    /// The text that a span covers; empty if the span is in none of these files.
    pub fn text(&self, span: Span) -> &str {
        let Some(source) = self.get(span.file) else {
            return "";
        };
        let start = source.boundary(span.start as usize);
        let end = source.boundary(span.end as usize).max(start);
        &source.text[start..end]
    }

    /// Where a span begins.
    pub fn place(&self, span: Span) -> Option<Place> {
        self.get(span.file).map(|source| source.place(span.start))
    }

    /// Every file in the order of its number.
    pub fn iter(&self) -> impl Iterator<Item = &Source> {
        self.files.iter()
    }

    /// "path:line:column" of the beginning of a span.
    pub fn locate(&self, span: Span) -> String {
        match (self.path(span), self.place(span)) {
            (Some(path), Some(place)) => {
                format!("{}:{}:{}", path.display(), place.line, place.column)
            }
            _ => String::from("?"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str, byte: u32) -> (usize, usize) {
        let mut sources = Sources::new();
        let file = sources.add("x.ron", text);
        let place = sources.get(file).expect("just added").place(byte);
        (place.line, place.column)
    }

    #[test]
    fn lines_and_columns_count_from_one() {
        assert_eq!(place("ab\ncd", 0), (1, 1));
        assert_eq!(place("ab\ncd", 4), (2, 2));
    }

    #[test]
    fn columns_count_characters_not_bytes() {
        assert_eq!(place("äöü!", 6), (1, 4));
    }

    #[test]
    fn the_end_and_beyond_are_places_too() {
        assert_eq!(place("ab\n", 3), (2, 1));
        assert_eq!(place("ab\n", 99), (2, 1));
        assert_eq!(place("", 0), (1, 1));
    }

    #[test]
    fn a_span_inside_a_character_does_no_harm() {
        let mut sources = Sources::new();
        let file = sources.add("x.ron", "äö");
        let span = Span {
            file,
            start: 1,
            end: 3,
        };
        assert_eq!(sources.text(span), "ä");
    }
}
