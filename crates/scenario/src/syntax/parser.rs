//! Tokens to tree. A mistake is reported, mended by the likeliest guess, and reading goes on behind it.

use super::DEEPEST;
use super::lex_messages::diagnostic_of;
use super::lexer::{LexError, Token, TokenKind, tokenize};
use super::literal;
use super::recover::{self, is_close, is_open, starts_value};
use super::tree::{Argument, Entry, Kind, Name, Node};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::Span;

/// What was read.
#[derive(Clone, Debug)]
pub struct Parse {
    /// All tokens; they add up to the text.
    pub tokens: Vec<Token>,
    /// `#![enable(…)]` and the like: first and last token of each.
    pub attributes: Vec<(u32, u32)>,
    /// The value that the file holds. `None`: there is none.
    pub root: Option<Node>,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
    /// Brackets or quotes do not pair up, so that the tree says little about what was meant.
    pub unpaired: bool,
}

/// Reads a text. `file` is the number of the file in the spans.
pub fn parse(text: &str, file: u32) -> Parse {
    let (tokens, lex_errors) = tokenize(text);
    let significant: Vec<u32> = (0..tokens.len() as u32)
        .filter(|index| !tokens[*index as usize].kind.is_trivia())
        .collect();
    let mut parser = Parser {
        text,
        file,
        tokens: &tokens,
        significant: &significant,
        at: 0,
        open: Vec::new(),
        diagnostics: Vec::new(),
        doubtful: Vec::new(),
        left_out: 0,
        unpaired: false,
        too_deep: false,
        lex_errors: &lex_errors,
    };
    let attributes = parser.attributes();
    let root = parser.root();
    let Parser {
        mut diagnostics,
        doubtful,
        mut unpaired,
        ..
    } = parser;
    diagnostics.extend(doubtful);
    for error in &lex_errors {
        unpaired |= error.unclosed;
        if diagnostics.len() >= 2 * Parser::MOST {
            break;
        }
        diagnostics.push(diagnostic_of(error, text, file));
    }
    if let Some(open_text) = recover::runaway_text(text, &tokens, &diagnostics, file) {
        diagnostics = vec![open_text];
        unpaired = true;
    }
    crate::diagnostic::sort(&mut diagnostics);
    Parse {
        tokens,
        attributes,
        root,
        diagnostics,
        unpaired,
    }
}

pub(super) struct Parser<'a> {
    pub(super) text: &'a str,
    pub(super) file: u32,
    pub(super) tokens: &'a [Token],
    /// Indexes of the tokens that are no trivia.
    pub(super) significant: &'a [u32],
    /// Index into `significant`.
    pub(super) at: usize,
    /// The brackets around the place at hand: the sign that would close each, and its token.
    pub(super) open: Vec<(TokenKind, u32)>,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Mistakes that a missing bracket further on would explain.
    pub(super) doubtful: Vec<Diagnostic>,
    left_out: usize,
    pub(super) unpaired: bool,
    too_deep: bool,
    lex_errors: &'a [LexError],
}

impl Parser<'_> {
    /// More mistakes than this are not listed: the file is no scenario.
    const MOST: usize = 200;

    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        if self.diagnostics.len() < Self::MOST {
            self.diagnostics.push(diagnostic);
        } else {
            self.left_out += 1;
        }
    }

    fn doubt(&mut self, diagnostic: Diagnostic) {
        if self.doubtful.len() < Self::MOST {
            self.doubtful.push(diagnostic);
        }
    }

    pub(super) fn token_at(&self, index: usize) -> Option<Token> {
        self.significant
            .get(index)
            .map(|token| self.tokens[*token as usize])
    }

    pub(super) fn peek(&self) -> Option<TokenKind> {
        self.token_at(self.at).map(|token| token.kind)
    }

    pub(super) fn peek_second(&self) -> Option<TokenKind> {
        self.token_at(self.at + 1).map(|token| token.kind)
    }

    pub(super) fn token_index(&self) -> u32 {
        match self.significant.get(self.at) {
            Some(index) => *index,
            None => self.significant.last().copied().unwrap_or(0),
        }
    }

    pub(super) fn token_span(&self, token: u32) -> Span {
        let (start, end) = match self.tokens.get(token as usize) {
            Some(token) => (token.start, token.end),
            None => (self.text.len() as u32, self.text.len() as u32),
        };
        Span {
            file: self.file,
            start,
            end,
        }
    }

    /// The place at hand; at the end of the file an empty span behind the last token.
    pub(super) fn here(&self) -> Span {
        match self.token_at(self.at) {
            Some(token) => Span {
                file: self.file,
                start: token.start,
                end: token.end,
            },
            None => self.after_previous(),
        }
    }

    /// The empty span behind the token before the place at hand.
    pub(super) fn after_previous(&self) -> Span {
        let end = match self
            .at
            .checked_sub(1)
            .and_then(|before| self.token_at(before))
        {
            Some(token) => token.end,
            None => 0,
        };
        Span {
            file: self.file,
            start: end,
            end,
        }
    }

    pub(super) fn current_text(&self) -> &str {
        self.token_at(self.at)
            .map_or("", |token| token.text(self.text))
    }

    pub(super) fn span_of(&self, first: u32, last: u32) -> Span {
        Span {
            end: self.token_span(last).end,
            ..self.token_span(first)
        }
    }

    fn node(&self, kind: Kind, first: u32, last: u32) -> Node {
        Node {
            kind,
            span: self.span_of(first, last),
            first,
            last,
        }
    }

    fn missing(&self) -> Node {
        let token = self.token_index();
        Node {
            kind: Kind::Missing,
            span: self.here(),
            first: token,
            last: token,
        }
    }

    /// Has the token at hand been found wrong in itself?
    fn is_broken(&self) -> bool {
        let start = self.here().start;
        self.lex_errors
            .binary_search_by_key(&start, |error| error.start)
            .is_ok()
    }

    fn root(&mut self) -> Option<Node> {
        if self.peek().is_none() {
            let span = self.after_previous();
            self.report(
                Diagnostic::error(Code::Syntax, span, "The file holds nothing.")
                    .note("A scenario begins with `(` and ends with `)`; `dryroll init` writes a first one."),
            );
            return None;
        }
        if self.peek() == Some(TokenKind::Word) && self.peek_second() == Some(TokenKind::Colon) {
            return Some(self.bare_fields());
        }
        while self.peek() == Some(TokenKind::Stray) && self.is_broken() {
            self.at += 1;
        }
        let value = self.value();
        while let Some(kind) = self.peek() {
            self.unpaired |= is_close(kind);
            let span = self.here();
            let message = if is_close(kind) {
                format!("This `{}` closes nothing.", self.current_text())
            } else {
                "The file goes on after its end.".to_owned()
            };
            self.report(
                Diagnostic::error(Code::Syntax, span, message)
                    .labelled("there should be nothing more here")
                    .also(last_byte(value.span), "the value of the file ends here"),
            );
            if !is_close(kind) {
                break;
            }
            self.at += 1;
        }
        Some(value)
    }

    /// A file that forgot the parentheses around everything.
    fn bare_fields(&mut self) -> Node {
        let first = self.token_index();
        let span = Span {
            end: self.here().start,
            ..self.here()
        };
        self.report(
            Diagnostic::error(
                Code::Syntax,
                span,
                "A file is written in parentheses: `( … )`.",
            )
            .labelled("there should be a `(` here, and a `)` at the end of the file"),
        );
        let mut arguments = Vec::new();
        while self.peek().is_some() {
            self.items(None, |parser| {
                let argument = parser.argument();
                arguments.push(argument);
            });
        }
        let last = self.significant.last().copied().unwrap_or(first);
        self.node(
            Kind::Group {
                name: None,
                arguments,
            },
            first,
            last,
        )
    }

    pub(super) fn value(&mut self) -> Node {
        let first = self.token_index();
        let Some(token) = self.token_at(self.at) else {
            let span = self.here();
            self.report(Diagnostic::error(
                Code::Syntax,
                span,
                "The file ends where a value is expected.",
            ));
            return self.missing();
        };
        let broken = self.is_broken();
        let text = token.text(self.text);
        let leaf = match token.kind {
            TokenKind::Text => Kind::Text(literal::text(text).into()),
            TokenKind::Number if broken => Kind::Missing,
            TokenKind::Number => Kind::Number(text.into()),
            TokenKind::Char if broken => Kind::Missing,
            TokenKind::Char => Kind::Other("a character in single quotes"),
            TokenKind::Byte => Kind::Other("a byte"),
            TokenKind::ByteText => Kind::Other("a text of bytes"),
            TokenKind::Word => return self.word(),
            TokenKind::OpenParen => return self.group(None),
            TokenKind::OpenBracket => return self.list(),
            TokenKind::OpenBrace => return self.map(),
            _ => {
                if !broken {
                    let message = format!("A value is expected here, not `{}`.", shown(text));
                    let span = self.here();
                    self.report(Diagnostic::error(Code::Syntax, span, message));
                }
                return self.missing();
            }
        };
        self.at += 1;
        self.node(leaf, first, first)
    }

    fn word(&mut self) -> Node {
        let token = self.token_index();
        let text = self.current_text();
        let raw = text.strip_prefix("r#");
        let name = Name {
            text: raw.unwrap_or(text).into(),
            span: self.here(),
            token,
        };
        if self.peek_second() == Some(TokenKind::OpenParen) {
            if raw.is_none() && VALUES.contains(&text) {
                let message =
                    format!("`{text}` is a value of its own and takes nothing in parentheses.");
                self.report(Diagnostic::error(Code::Syntax, name.span, message));
            }
            self.at += 1;
            return self.group(Some(name));
        }
        let kind = match text {
            _ if self.is_broken() => Kind::Missing,
            "true" => Kind::Bool(true),
            "false" => Kind::Bool(false),
            "inf" | "NaN" => Kind::Number(text.into()),
            "Some" => {
                let message = "`Some` is followed by a value in parentheses; it can be left out.";
                self.report(Diagnostic::error(Code::Syntax, name.span, message));
                Kind::Missing
            }
            _ => Kind::Word(name.text),
        };
        self.at += 1;
        self.node(kind, token, token)
    }

    /// Opens a bracket. `false`: it is one too many and has been skipped with all it holds.
    fn enter(&mut self, close: TokenKind) -> bool {
        if self.open.len() < DEEPEST {
            self.open.push((close, self.token_index()));
            self.at += 1;
            return true;
        }
        if !self.too_deep {
            let span = self.here();
            self.too_deep = true;
            self.report(
                Diagnostic::error(
                    Code::TooDeep,
                    span,
                    format!("Brackets are nested more than {DEEPEST} deep here."),
                )
                .note("What lies deeper is not read."),
            );
        }
        let mut depth = 0usize;
        while let Some(kind) = self.peek() {
            if is_open(kind) {
                depth += 1;
            } else if is_close(kind) {
                depth -= 1;
            }
            self.at += 1;
            if depth == 0 {
                break;
            }
        }
        self.unpaired |= depth > 0;
        false
    }

    /// The node of a bracket that has just been left.
    fn leave(&mut self, first: u32, kind: Kind) -> Node {
        let last = match self.at.checked_sub(1) {
            Some(before) => self.significant[before],
            None => first,
        };
        self.node(kind, first, last.max(first))
    }

    fn group(&mut self, name: Option<Name>) -> Node {
        let first = name.as_ref().map_or(self.token_index(), |name| name.token);
        let mut arguments: Vec<Argument> = Vec::new();
        if !self.enter(TokenKind::CloseParen) {
            return self.leave(first, Kind::Missing);
        }
        self.items(Some(TokenKind::CloseParen), |parser| {
            let argument = parser.argument();
            if argument.name.is_none()
                && !matches!(argument.value.kind, Kind::Missing)
                && let Some(named) = arguments.iter().find_map(|earlier| earlier.name.as_ref())
            {
                let span = argument.value.span;
                parser.doubt(
                    Diagnostic::error(
                        Code::Syntax,
                        span,
                        "A value without a name stands after a field with one.",
                    )
                    .labelled("this value needs a name")
                    .also(named.span, "from here on everything is named"),
                );
            }
            arguments.push(argument);
        });
        self.leave(first, Kind::Group { name, arguments })
    }

    fn list(&mut self) -> Node {
        let first = self.token_index();
        let mut items = Vec::new();
        if !self.enter(TokenKind::CloseBracket) {
            return self.leave(first, Kind::Missing);
        }
        self.items(Some(TokenKind::CloseBracket), |parser| {
            let item = parser.value();
            if parser.peek() == Some(TokenKind::Colon) {
                let span = parser.here();
                parser.doubt(
                    Diagnostic::error(Code::Syntax, span, "A list in [ ] has no names.")
                        .labelled("unexpected `:`")
                        .note("Fields are written in ( ), pairs with a key in { }."),
                );
                parser.at += 1;
                items.push(parser.value());
            } else {
                items.push(item);
            }
        });
        self.leave(first, Kind::List(items))
    }

    fn map(&mut self) -> Node {
        let first = self.token_index();
        let mut entries = Vec::new();
        if !self.enter(TokenKind::CloseBrace) {
            return self.leave(first, Kind::Missing);
        }
        self.items(Some(TokenKind::CloseBrace), |parser| {
            let key = match parser.dotted_name() {
                Some(name) => Node {
                    kind: Kind::Text(name.text),
                    span: name.span,
                    first: name.token,
                    last: name.token,
                },
                None => parser.value(),
            };
            if parser.peek() == Some(TokenKind::Colon) {
                parser.at += 1;
                let value = parser.value();
                entries.push(Entry { key, value });
            } else if parser.peek() == Some(TokenKind::Equals) {
                parser.equals_for_colon();
                let value = parser.value();
                entries.push(Entry { key, value });
            } else if !matches!(key.kind, Kind::Missing) {
                let span = key.span;
                parser.report(
                    Diagnostic::error(
                        Code::Syntax,
                        span,
                        "In { } every key is followed by a colon and a value.",
                    )
                    .labelled("no `:` follows"),
                );
                let value = parser.missing();
                entries.push(Entry { key, value });
            }
        });
        self.leave(first, Kind::Map(entries))
    }

    pub(super) fn argument(&mut self) -> Argument {
        let name = self.field_name();
        let value = if name.is_some() && self.peek().is_some_and(|kind| !starts_value(kind)) {
            if !self.is_broken() {
                let span = self.after_previous();
                self.report(
                    Diagnostic::error(Code::Syntax, span, "After the colon comes a value.")
                        .labelled("there is none"),
                );
            }
            self.missing()
        } else {
            self.value()
        };
        Argument { name, value }
    }
}

/// Words that RON takes for a value wherever they stand.
const VALUES: [&str; 9] = [
    "true", "false", "None", "inf", "inff32", "inff64", "NaN", "NaNf32", "NaNf64",
];

/// A piece of text for a message, not longer than fits into one.
pub(super) fn shown(text: &str) -> String {
    if text.chars().count() <= 30 {
        text.to_owned()
    } else {
        text.chars().take(29).chain(['…']).collect()
    }
}

/// The last byte of a span.
fn last_byte(span: Span) -> Span {
    Span {
        start: span.end.saturating_sub(1).max(span.start),
        ..span
    }
}
