//! Lines of a terminal: signs, colours, and nothing beyond the last column.

use std::borrow::Cow;

use outcome::StretchState;

use super::Style;
use crate::text::clean::ascii;
use crate::text::width::{char_width, cut, width, wrap};
use crate::text::{clean, number};

/// What a piece of a line is, for its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    Plain,
    Strong,
    Dim,
    Good,
    Bad,
    Warn,
    State(StretchState),
}

impl Ink {
    /// The parameters of its ANSI sequence.
    fn ansi(self) -> &'static str {
        match self {
            Ink::Plain | Ink::State(StretchState::Info) => "",
            Ink::Strong => "1",
            Ink::Dim => "2",
            Ink::Good => "1;32",
            Ink::Bad => "1;31",
            Ink::Warn => "33",
            Ink::State(StretchState::Down) => "31",
            Ink::State(StretchState::Partly) => "33",
            Ink::State(StretchState::Degraded) => "36",
            Ink::State(StretchState::Planned) => "34",
        }
    }
}

/// The signs of one alphabet. Each differs from the others in shape, not only in colour.
#[derive(Debug)]
pub(super) struct Signs {
    pub(super) good: &'static str,
    pub(super) bad: &'static str,
    pub(super) warn: &'static str,
    pub(super) note: &'static str,
    pub(super) ellipsis: &'static str,
    pub(super) fine: char,
    pub(super) down: char,
    pub(super) partly: char,
    pub(super) degraded: char,
    pub(super) planned: char,
    pub(super) info: char,
    pub(super) fault: char,
    pub(super) fold: char,
    pub(super) tick: char,
    pub(super) bar: char,
    pub(super) false_green: char,
    pub(super) failed: char,
    pub(super) line: char,
    pub(super) way: char,
}

const UNICODE: Signs = Signs {
    good: "✓",
    bad: "✗",
    warn: "!",
    note: "·",
    ellipsis: "…",
    fine: '·',
    down: '█',
    partly: '▓',
    degraded: '▄',
    planned: '░',
    info: '─',
    fault: '▼',
    fold: '≈',
    tick: '╷',
    bar: '│',
    false_green: '!',
    failed: '✗',
    line: '┃',
    way: '←',
};

const ASCII: Signs = Signs {
    good: "+",
    bad: "X",
    warn: "!",
    note: "-",
    ellipsis: "...",
    fine: '.',
    down: '#',
    partly: '%',
    degraded: '=',
    planned: 'o',
    info: '-',
    fault: 'v',
    fold: '~',
    tick: '\'',
    bar: '|',
    false_green: '!',
    failed: 'X',
    line: '!',
    way: '<',
};

impl Signs {
    pub(super) fn state(&self, state: StretchState) -> char {
        match state {
            StretchState::Down => self.down,
            StretchState::Partly => self.partly,
            StretchState::Degraded => self.degraded,
            StretchState::Planned => self.planned,
            StretchState::Info => self.info,
        }
    }
}

/// A text that grows line by line.
#[derive(Debug)]
pub(super) struct Page {
    style: Style,
    width: usize,
    out: String,
}

impl Page {
    pub(super) fn new(style: Style) -> Page {
        Page {
            style,
            width: style.width.clamp(40, 140),
            out: String::new(),
        }
    }

    pub(super) fn finish(self) -> String {
        self.out
    }

    /// Columns of a line.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    pub(super) fn signs(&self) -> &'static Signs {
        if self.style.unicode { &UNICODE } else { &ASCII }
    }

    /// Anyone's text as this terminal can show it, on one line.
    pub(super) fn text(&self, text: &str) -> String {
        let text = clean(text);
        if self.style.unicode {
            text.into_owned()
        } else {
            ascii(&text).into_owned()
        }
    }

    /// A line from pieces that were made with [`Page::text`] or are ours. What does not fit is cut off.
    pub(super) fn line(&mut self, pieces: &[(Ink, &str)]) {
        let last = pieces
            .iter()
            .rposition(|(_, text)| !text.trim_end().is_empty());
        let mut room = self.width;
        for (index, &(ink, text)) in pieces
            .iter()
            .enumerate()
            .take(last.map_or(0, |last| last + 1))
        {
            let text = if Some(index) == last {
                text.trim_end()
            } else {
                text
            };
            let text = if width(text) > room {
                Cow::Owned(cut(text, room, self.signs().ellipsis))
            } else {
                text.into()
            };
            room -= width(&text);
            self.put(ink, &text);
        }
        self.out.push('\n');
    }

    /// A line cell by cell, for drawings.
    pub(super) fn cells(&mut self, head: &[(Ink, &str)], cells: &[(Ink, char)], tail: (Ink, &str)) {
        let mut runs: Vec<(Ink, String)> = head
            .iter()
            .map(|&(ink, text)| (ink, text.to_owned()))
            .collect();
        for &(ink, c) in cells {
            match runs.last_mut() {
                Some((last, run)) if *last == ink => run.push(c),
                _ => runs.push((ink, c.to_string())),
            }
        }
        runs.push((tail.0, tail.1.to_owned()));
        let runs: Vec<(Ink, &str)> = runs.iter().map(|(ink, run)| (*ink, run.as_str())).collect();
        self.line(&runs);
    }

    /// Anyone's text behind a head, broken into lines of which all but the first begin at column `indent`.
    pub(super) fn flow(&mut self, head: &[(Ink, &str)], ink: Ink, text: &str, indent: usize) {
        let text = self.text(text);
        let used: usize = head.iter().map(|(_, text)| width(text)).sum();
        let indent = indent.min(self.width / 2);
        let lines = break_behind(&text, self.width.saturating_sub(used), self.width - indent);
        let hang = " ".repeat(indent);
        for (index, line) in lines.iter().enumerate() {
            if index == 0 {
                let mut pieces = head.to_vec();
                pieces.push((ink, line));
                self.line(&pieces);
            } else {
                self.line(&[(Ink::Plain, &hang), (ink, line)]);
            }
        }
    }

    /// A command that can be copied: broken between words only, with a backslash.
    pub(super) fn command(&mut self, head: &str, command: &str) {
        let command = self.text(command);
        let indent = " ".repeat(width(head));
        let room = self.width.saturating_sub(width(head) + 2);
        let mut lines: Vec<String> = Vec::new();
        let mut line = String::new();
        for word in command.split(' ') {
            if !line.is_empty() && width(&line) + 1 + width(word) > room {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
        let count = lines.len();
        for (index, line) in lines.iter().enumerate() {
            let head = if index == 0 { head } else { &indent };
            self.put(Ink::Dim, head);
            self.put(Ink::Plain, line);
            if index + 1 < count {
                self.out.push_str(" \\");
            }
            self.out.push('\n');
        }
    }

    pub(super) fn blank(&mut self) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
    }

    /// A heading with an empty line before it.
    pub(super) fn heading(&mut self, text: &str) {
        self.blank();
        self.line(&[(Ink::Strong, text)]);
    }

    /// "and 17 more …", if there are more.
    pub(super) fn more(&mut self, indent: usize, hidden: usize, noun: &str) {
        if hidden > 0 {
            let s = if hidden == 1 { "" } else { "s" };
            let text = format!(
                "{}and {} more {noun}{s}",
                " ".repeat(indent),
                number(hidden as u64)
            );
            self.line(&[(Ink::Dim, &text)]);
        }
    }

    fn put(&mut self, ink: Ink, text: &str) {
        let ansi = ink.ansi();
        if text.is_empty() {
            return;
        }
        if !self.style.color || ansi.is_empty() {
            self.out.push_str(text);
            return;
        }
        self.out.push_str("\u{1b}[");
        self.out.push_str(ansi);
        self.out.push('m');
        self.out.push_str(text);
        self.out.push_str("\u{1b}[0m");
    }
}

/// Breaks text into lines of which the first has other room than the rest. With next to no room there, it stays empty.
fn break_behind(text: &str, first_columns: usize, columns: usize) -> Vec<String> {
    let longest_word = text.split(' ').map(width).max().unwrap_or(0);
    if first_columns < longest_word.min(columns).min(24) && width(text) > first_columns {
        let mut lines = vec![String::new()];
        lines.extend(wrap(text, columns));
        return lines;
    }
    let first = wrap(text, first_columns).swap_remove(0);
    let rest = text.get(first.len()..).unwrap_or_default().trim_start();
    let mut lines = vec![first];
    if !rest.is_empty() {
        lines.extend(wrap(rest, columns));
    }
    lines
}

/// The text filled up with blanks to so many columns, cut if it is longer.
pub(super) fn padded(text: &str, columns: usize, ellipsis: &str) -> String {
    let mut text = cut(text, columns, ellipsis);
    let used: usize = text.chars().map(char_width).sum();
    text.push_str(&" ".repeat(columns.saturating_sub(used)));
    text
}
