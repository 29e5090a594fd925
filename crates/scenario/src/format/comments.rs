//! What stands between two items: comments, empty lines, a comma.

use crate::syntax::{Token, TokenKind};

/// A comment, or something else that keeps its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Comment {
    pub(super) text: String,
    /// The author left an empty line before it.
    pub(super) spaced: bool,
}

/// The comments between two items, sorted by what they are about.
#[derive(Debug, Default)]
pub(super) struct Gap {
    /// On the line of the item before: about that item.
    pub(super) same_line: Vec<Comment>,
    /// On lines of their own, or directly before the next item: about the next item.
    pub(super) own_lines: Vec<Comment>,
    /// There is an empty line before the next item itself.
    pub(super) spaced: bool,
    /// There is no line end in the gap at all.
    pub(super) ends_on_same_line: bool,
}

impl Gap {
    pub(super) fn read(text: &str, tokens: &[Token]) -> Self {
        let mut gap = Self::default();
        // Comments behind a comma and before any line end: whose they are shows when the line ends.
        let mut undecided: Vec<Comment> = Vec::new();
        let mut line_ends = 0;
        let mut line_ended = false;
        let mut comma = false;
        for token in tokens {
            let content = token.text(text);
            match token.kind {
                TokenKind::Space => {
                    line_ends += content.matches('\n').count();
                    if line_ends > 0 && !line_ended {
                        line_ended = true;
                        gap.same_line.append(&mut undecided);
                    }
                }
                TokenKind::LineComment | TokenKind::BlockComment => {
                    let comment = Comment {
                        text: content.trim_end().to_owned(),
                        spaced: line_ends > 1,
                    };
                    if line_ended {
                        gap.own_lines.push(comment);
                    } else if comma {
                        undecided.push(comment);
                    } else {
                        gap.same_line.push(comment);
                    }
                    line_ends = 0;
                }
                TokenKind::Comma => comma = true,
                _ => {}
            }
        }
        gap.spaced = line_ends > 1;
        gap.ends_on_same_line = !line_ended;
        gap.own_lines.splice(0..0, undecided);
        gap
    }

    /// All comments in their order, each on its own line.
    pub(super) fn lines(self) -> impl Iterator<Item = Comment> {
        self.same_line.into_iter().chain(self.own_lines)
    }
}
