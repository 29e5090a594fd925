//! Writes the laid out file.

use super::comments::Comment;
use super::{Bracket, Doc, File, INDENT, Item, WIDTH};

pub(super) fn file(file: &File) -> String {
    let mut printer = Printer { out: String::new() };
    for (index, comment) in file.before.iter().enumerate() {
        if comment.spaced && index > 0 {
            printer.out.push('\n');
        }
        printer.out.push_str(&comment.text);
        printer.out.push('\n');
    }
    if file.spaced && !file.before.is_empty() {
        printer.out.push('\n');
    }
    printer.doc(&file.root, 0, 0, 0);
    printer.behind(&file.behind);
    printer.out.push('\n');
    for comment in &file.after {
        if comment.spaced {
            printer.out.push('\n');
        }
        printer.out.push_str(&comment.text);
        printer.out.push('\n');
    }
    printer.out
}

/// A value on one line, without its comments.
pub(super) fn on_one_line(doc: &Doc) -> String {
    let mut printer = Printer { out: String::new() };
    printer.flat(doc);
    printer.out
}

struct Printer {
    out: String,
}

impl Printer {
    /// `column` is where the value begins; `reserve` is what follows it on its last line.
    fn doc(&mut self, doc: &Doc, level: usize, column: usize, reserve: usize) {
        let fits = doc
            .width()
            .is_some_and(|width| column + width + reserve <= WIDTH);
        match doc {
            Doc::Bracket(bracket) if !fits => self.broken(bracket, level),
            _ => self.flat(doc),
        }
    }

    fn flat(&mut self, doc: &Doc) {
        match doc {
            Doc::Leaf { text, .. } => self.out.push_str(text),
            Doc::Bracket(bracket) => {
                let room = if bracket.roomy && !bracket.items.is_empty() {
                    " "
                } else {
                    ""
                };
                self.out.push_str(&bracket.open);
                self.out.push_str(room);
                for (index, item) in bracket.items.iter().enumerate() {
                    if index > 0 {
                        self.out.push_str(", ");
                    }
                    self.out.push_str(&item.key);
                    self.flat(&item.value);
                }
                self.out.push_str(room);
                self.out.push_str(bracket.close);
            }
        }
    }

    fn broken(&mut self, bracket: &Bracket, level: usize) {
        self.out.push_str(&bracket.open);
        if bracket.items.is_empty()
            && bracket.before_close.is_empty()
            && bracket.after_open.is_empty()
        {
            self.out.push_str(bracket.close);
            return;
        }
        self.behind(&bracket.after_open);
        self.out.push('\n');
        for (index, item) in bracket.items.iter().enumerate() {
            self.item(item, level + 1, index == 0);
        }
        self.comments(&bracket.before_close, level + 1, bracket.items.is_empty());
        self.indent(level);
        self.out.push_str(bracket.close);
    }

    fn item(&mut self, item: &Item, level: usize, first: bool) {
        self.comments(&item.before, level, first);
        if item.spaced && !(first && item.before.is_empty()) {
            self.out.push('\n');
        }
        self.indent(level);
        self.out.push_str(&item.key);
        let column = level * INDENT + item.key.chars().count();
        self.doc(&item.value, level, column, 1);
        self.out.push(',');
        self.behind(&item.behind);
        self.out.push('\n');
    }

    fn comments(&mut self, comments: &[Comment], level: usize, first: bool) {
        for (index, comment) in comments.iter().enumerate() {
            if comment.spaced && !(first && index == 0) {
                self.out.push('\n');
            }
            self.indent(level);
            self.out.push_str(&comment.text);
            self.out.push('\n');
        }
    }

    fn behind(&mut self, comments: &[Comment]) {
        for comment in comments {
            self.out.push(' ');
            self.out.push_str(&comment.text);
        }
    }

    fn indent(&mut self, level: usize) {
        self.out.extend(std::iter::repeat_n(' ', level * INDENT));
    }
}
