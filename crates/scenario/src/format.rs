//! Lays a file out (`dryroll fmt`): short things on one line, the rest one item a line, every comment and the author's order
//! kept.
//!
//! The rules: four blanks a level; at most 100 columns, where that is possible; what fits on one line stands on one line, but the
//! file itself never does, nor does a list or map of several things with named fields, nor anything with a comment in it; a
//! comma behind the last item exactly if the items have lines of their own; at most one empty line between items, where the
//! author left one. Texts and numbers stay as they are written. Formatting what is formatted changes nothing.

mod comments;
mod print;

use crate::diagnostic::Diagnostic;
use crate::syntax::{Kind, Name, Node, Parse, Token, TokenKind, parse, tree};
use comments::{Comment, Gap};

/// The widest line, in characters.
pub const WIDTH: usize = 100;

/// The blanks of one level.
const INDENT: usize = 4;

/// The text laid out, or what is wrong with it: a file with mistakes in its syntax is not touched.
///
/// `file` is the number that the file has in the diagnostics.
pub fn format(text: &str, file: u32) -> Result<String, Vec<Diagnostic>> {
    let parsed = parse(text, file);
    match &parsed.root {
        Some(root) if parsed.diagnostics.is_empty() => Ok(print::file(
            &Layouter {
                text,
                tokens: &parsed.tokens,
            }
            .file(root, &parsed),
        )),
        _ => Err(parsed.diagnostics),
    }
}

/// A value with all that has to be known to print it.
enum Doc {
    /// A literal, a word.
    Leaf { text: String, width: Option<usize> },
    /// Something in brackets.
    Bracket(Bracket),
}

struct Bracket {
    /// `Roll(`
    open: String,
    close: &'static str,
    /// Comments behind the opening sign, on its line.
    after_open: Vec<Comment>,
    items: Vec<Item>,
    /// Comments before the closing sign.
    before_close: Vec<Comment>,
    /// The width on one line. `None`: it needs several.
    width: Option<usize>,
    /// There are blanks inside of the brackets on one line: `{ "a": 1 }`.
    roomy: bool,
}

struct Item {
    /// Comments on lines of their own before it.
    before: Vec<Comment>,
    /// The author left an empty line before it.
    spaced: bool,
    /// `to: `
    key: String,
    value: Doc,
    /// Comments behind it, on its line.
    behind: Vec<Comment>,
}

/// The file: what stands before its value, the value, what stands behind.
struct File {
    before: Vec<Comment>,
    spaced: bool,
    root: Doc,
    behind: Vec<Comment>,
    after: Vec<Comment>,
}

impl Doc {
    fn width(&self) -> Option<usize> {
        match self {
            Self::Leaf { width, .. } => *width,
            Self::Bracket(bracket) => bracket.width,
        }
    }
}

struct Layouter<'a> {
    text: &'a str,
    tokens: &'a [Token],
}

impl Layouter<'_> {
    fn file(&self, root: &Node, parsed: &Parse) -> File {
        let mut before = Vec::new();
        let mut at = 0;
        // Attributes are kept where they are, as if they were comments.
        for (first, last) in &parsed.attributes {
            let gap = self.gap(at, *first);
            let spaced = gap.spaced && !before.is_empty();
            before.extend(gap.lines());
            before.push(Comment {
                text: tree::text_of(self.tokens, self.text, *first, *last).to_owned(),
                spaced,
            });
            at = last + 1;
        }
        let gap = self.gap(at, root.first);
        let spaced = gap.spaced;
        before.extend(gap.lines());
        let mut hoisted = Vec::new();
        let doc = self.node(root, true, &mut hoisted);
        before.extend(hoisted);
        let tail = self.gap(root.last + 1, self.tokens.len() as u32);
        File {
            before,
            spaced,
            root: doc,
            behind: tail.same_line,
            after: tail.own_lines,
        }
    }

    fn gap(&self, from: u32, to: u32) -> Gap {
        Gap::read(self.text, &self.tokens[from as usize..to as usize])
    }

    /// Comments between two tokens that belong together; there is no place for them between, so they go before the item.
    fn hoist(&self, from: u32, to: u32, hoisted: &mut Vec<Comment>) {
        if from < to {
            let gap = self.gap(from, to);
            hoisted.extend(gap.lines().map(|comment| Comment {
                spaced: false,
                ..comment
            }));
        }
    }

    fn node(&self, node: &Node, outermost: bool, hoisted: &mut Vec<Comment>) -> Doc {
        match &node.kind {
            Kind::List(items) => {
                let items: Vec<_> = items.iter().map(Part::plain).collect();
                Doc::Bracket(self.bracket(node, node.first, "[", "]", &items, outermost))
            }
            Kind::Map(entries) => {
                let items: Vec<_> = entries
                    .iter()
                    .map(|entry| Part {
                        key: Key::Value(&entry.key),
                        value: &entry.value,
                    })
                    .collect();
                Doc::Bracket(self.bracket(node, node.first, "{", "}", &items, outermost))
            }
            Kind::Group { name, arguments } => {
                let items: Vec<_> = arguments
                    .iter()
                    .map(|argument| Part {
                        key: argument.name.as_ref().map_or(Key::None, Key::Name),
                        value: &argument.value,
                    })
                    .collect();
                let (open, paren) = match name {
                    Some(name) => (
                        format!("{}(", self.token_text(name.token)),
                        self.paren(name, node, hoisted),
                    ),
                    None => ("(".to_owned(), node.first),
                };
                Doc::Bracket(self.bracket(node, paren, &open, ")", &items, outermost))
            }
            _ => {
                let text = tree::text_of(self.tokens, self.text, node.first, node.last).to_owned();
                let width = (!text.contains('\n')).then(|| text.chars().count());
                Doc::Leaf { text, width }
            }
        }
    }

    fn token_text(&self, token: u32) -> &str {
        self.tokens[token as usize].text(self.text)
    }

    /// The parenthesis behind a name.
    fn paren(&self, name: &Name, node: &Node, hoisted: &mut Vec<Comment>) -> u32 {
        let paren = (name.token + 1..node.last)
            .find(|token| self.tokens[*token as usize].kind == TokenKind::OpenParen)
            .unwrap_or(name.token);
        self.hoist(name.token + 1, paren, hoisted);
        paren
    }

    fn bracket(
        &self,
        node: &Node,
        opener: u32,
        open: &str,
        close: &'static str,
        parts: &[Part<'_>],
        outermost: bool,
    ) -> Bracket {
        let mut items: Vec<Item> = Vec::with_capacity(parts.len());
        let mut after_open = Vec::new();
        let mut at = opener + 1;
        for part in parts {
            let gap = self.gap(at, part.first());
            let (mut before, spaced) = (gap.own_lines, gap.spaced);
            match items.last_mut() {
                Some(previous) => previous.behind = gap.same_line,
                None => after_open = gap.same_line,
            }
            let (key, value) = self.part(part, &mut before);
            items.push(Item {
                before,
                spaced,
                key,
                value,
                behind: Vec::new(),
            });
            at = part.value.last + 1;
        }
        let gap = self.gap(at, node.last);
        let mut before_close = gap.own_lines;
        match items.last_mut() {
            // Whatever stands behind the last item on its line is about that item.
            Some(last) => {
                let about_last = if gap.ends_on_same_line {
                    std::mem::take(&mut before_close)
                } else {
                    Vec::new()
                };
                last.behind = gap.same_line.into_iter().chain(about_last).collect();
            }
            None => after_open = gap.same_line,
        }
        let mut bracket = Bracket {
            open: open.to_owned(),
            close,
            after_open,
            items,
            before_close,
            width: None,
            roomy: open == "{",
        };
        let several_structs =
            !open.ends_with('(') && parts.iter().filter(|part| is_struct(part.value)).count() > 1;
        let own_lines = several_structs || (outermost && !parts.is_empty());
        if !own_lines {
            bracket.width = bracket.flat_width();
        }
        bracket
    }

    fn part(&self, part: &Part<'_>, before: &mut Vec<Comment>) -> (String, Doc) {
        let mut hoisted = Vec::new();
        let key = match &part.key {
            Key::None => String::new(),
            Key::Name(name) => {
                self.hoist(name.token + 1, part.value.first, &mut hoisted);
                format!("{}: ", self.token_text(name.token))
            }
            Key::Value(key) => {
                let doc = self.node(key, false, &mut hoisted);
                self.hoist(key.first, key.last, &mut hoisted);
                self.hoist(key.last + 1, part.value.first, &mut hoisted);
                format!("{}: ", print::on_one_line(&doc))
            }
        };
        let value = self.node(part.value, false, &mut hoisted);
        before.extend(hoisted);
        (key, value)
    }
}

/// An item of a bracket.
struct Part<'a> {
    key: Key<'a>,
    value: &'a Node,
}

enum Key<'a> {
    None,
    Name(&'a Name),
    Value(&'a Node),
}

impl<'a> Part<'a> {
    fn plain(value: &'a Node) -> Self {
        Self {
            key: Key::None,
            value,
        }
    }

    fn first(&self) -> u32 {
        match &self.key {
            Key::None => self.value.first,
            Key::Name(name) => name.token,
            Key::Value(key) => key.first,
        }
    }
}

/// Something with named fields and no name of its own: a step, a topic.
fn is_struct(node: &Node) -> bool {
    matches!(&node.kind, Kind::Group { name: None, arguments } if arguments.iter().any(|argument| argument.name.is_some()))
}

impl Bracket {
    /// The width on one line, if nothing in it needs lines of its own.
    fn flat_width(&self) -> Option<usize> {
        let bare = self.after_open.is_empty() && self.before_close.is_empty();
        if !bare {
            return None;
        }
        let mut width = self.open.chars().count() + self.close.len();
        for item in &self.items {
            if !item.before.is_empty() || !item.behind.is_empty() || item.key.contains('\n') {
                return None;
            }
            width += item.key.chars().count() + item.value.width()?;
        }
        width += 2 * self.items.len().saturating_sub(1);
        if self.roomy && !self.items.is_empty() {
            width += 2;
        }
        Some(width)
    }
}
