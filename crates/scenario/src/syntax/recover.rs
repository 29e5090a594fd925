//! What the reader does when the text is not what it should be: which sign was meant, and where reading goes on.

use super::lexer::{Token, TokenKind};
use super::parser::{Parser, shown};
use super::tree::Name;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::Span;

pub(super) fn is_open(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::OpenParen | TokenKind::OpenBracket | TokenKind::OpenBrace
    )
}

pub(super) fn is_close(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::CloseParen | TokenKind::CloseBracket | TokenKind::CloseBrace
    )
}

pub(super) fn starts_value(kind: TokenKind) -> bool {
    is_open(kind)
        || matches!(
            kind,
            TokenKind::Word
                | TokenKind::Number
                | TokenKind::Text
                | TokenKind::ByteText
                | TokenKind::Char
                | TokenKind::Byte
        )
}

fn sign(close: TokenKind) -> char {
    match close {
        TokenKind::CloseParen => ')',
        TokenKind::CloseBracket => ']',
        _ => '}',
    }
}

impl Parser<'_> {
    /// Items between commas up to the closing sign, which is consumed. Without a closing sign: up to the end of the file,
    /// or to a sign that closes nothing, which is consumed too.
    pub(super) fn items(&mut self, close: Option<TokenKind>, mut item: impl FnMut(&mut Self)) {
        loop {
            let Some(kind) = self.peek() else {
                if close.is_some() {
                    self.unclosed();
                }
                return;
            };
            if Some(kind) == close {
                self.open.pop();
                self.at += 1;
                return;
            }
            if is_close(kind) {
                self.wrong_close(kind, close);
                return;
            }
            if kind == TokenKind::Comma {
                let span = self.here();
                self.report(
                    Diagnostic::error(Code::Syntax, span, "There is a comma too many.")
                        .labelled("nothing stands before this comma")
                        .suggest("take it out", span, ""),
                );
                self.at += 1;
                continue;
            }
            let before = self.at;
            let said = self.diagnostics.len();
            item(self);
            if self.at == before {
                // What stands here begins no item; it has been reported.
                self.at += 1;
                continue;
            }
            self.after_item(said);
        }
    }

    /// After an item comes a comma or the end.
    fn after_item(&mut self, said: usize) {
        match self.peek() {
            None => {}
            Some(TokenKind::Comma) => self.at += 1,
            Some(kind) if is_close(kind) => {}
            // A mistake inside the item explains what follows it.
            Some(kind) if starts_value(kind) && self.diagnostics.len() > said => {}
            Some(kind) if starts_value(kind) => {
                let span = self.after_previous();
                self.report(
                    Diagnostic::error(Code::Syntax, span, "A comma is missing here.")
                        .also(self.here(), "before this")
                        .suggest("put a comma there", span, ","),
                );
            }
            Some(TokenKind::Stray) if self.current_text() == ";" => {
                let span = self.here();
                self.report(
                    Diagnostic::error(Code::Syntax, span, "Items are separated by commas.")
                        .suggest("write a comma", span, ","),
                );
                self.at += 1;
            }
            Some(_) => {
                if self.diagnostics.len() == said {
                    let span = self.here();
                    let message = format!("`{}` makes no sense here.", shown(self.current_text()));
                    self.report(
                        Diagnostic::error(Code::Syntax, span, message)
                            .labelled("a comma or a closing bracket is expected"),
                    );
                }
                self.at += 1;
                while self.peek().is_some_and(|kind| {
                    kind != TokenKind::Comma && !is_close(kind) && !starts_value(kind)
                }) {
                    self.at += 1;
                }
                if self.peek() == Some(TokenKind::Comma) {
                    self.at += 1;
                }
            }
        }
    }

    /// The file ended inside a bracket.
    fn unclosed(&mut self) {
        let Some((close, opener)) = self.open.pop() else {
            return;
        };
        self.report_unclosed(close, opener, None);
    }

    fn report_unclosed(&mut self, close: TokenKind, opener: u32, found: Option<Span>) {
        self.unpaired = true;
        let span = self.token_span(opener);
        let open = self.tokens[opener as usize].text(self.text).to_owned();
        let mut diagnostic = Diagnostic::error(
            Code::Unclosed,
            span,
            format!("This `{open}` is never closed."),
        )
        .labelled(format!("its `{}` is missing", sign(close)));
        let mut end = self.text.len() as u32;
        if let Some(found) = found {
            let text = &self.text[found.start as usize..found.end as usize];
            diagnostic =
                diagnostic.also(found, format!("this `{text}` closes a bracket further out"));
            end = found.start;
        }
        // What stood in the wrong kind of bracket did so because this one was never closed.
        self.doubtful
            .retain(|doubt| !(span.start..end).contains(&doubt.span.start));
        self.report(diagnostic);
    }

    /// A closing sign that is not the one of the innermost bracket: either that bracket was never closed, or the sign is
    /// the wrong one.
    fn wrong_close(&mut self, kind: TokenKind, close: Option<TokenKind>) {
        let span = self.here();
        self.unpaired = true;
        let Some(close) = close else {
            let message = format!("This `{}` closes nothing.", sign(kind));
            self.report(Diagnostic::error(Code::Unclosed, span, message));
            self.at += 1;
            return;
        };
        let Some((_, opener)) = self.open.pop() else {
            return;
        };
        if self.open.iter().any(|(outer, _)| *outer == kind) {
            self.report_unclosed(close, opener, Some(span));
            return;
        }
        let open = self.tokens[opener as usize].text(self.text).to_owned();
        self.report(
            Diagnostic::error(
                Code::Unclosed,
                span,
                format!("This `{}` should be `{}`.", sign(kind), sign(close)),
            )
            .labelled(format!("`{}` is expected", sign(close)))
            .also(self.token_span(opener), format!("it closes this `{open}`"))
            .suggest("close it with the same kind", span, sign(close).to_string()),
        );
        self.at += 1;
    }

    /// `=` where `:` belongs.
    pub(super) fn equals_for_colon(&mut self) {
        let span = self.here();
        self.report(
            Diagnostic::error(
                Code::Syntax,
                span,
                "A name and its value are separated by a colon.",
            )
            .suggest("write a colon", span, ":"),
        );
        self.at += 1;
    }

    /// The name of a field and its colon, if that is what stands here.
    pub(super) fn field_name(&mut self) -> Option<Name> {
        if let Some(name) = self.dotted_name() {
            self.at += 1;
            return Some(name);
        }
        let kind = self.peek()?;
        let second = self.peek_second()?;
        if !matches!(kind, TokenKind::Word | TokenKind::Text)
            || !matches!(second, TokenKind::Colon | TokenKind::Equals)
        {
            return None;
        }
        let span = self.here();
        let token = self.token_index();
        let text = self.current_text();
        let name = if kind == TokenKind::Word {
            text.strip_prefix("r#").unwrap_or(text).to_owned()
        } else {
            let name = super::literal::text(text);
            let mut diagnostic = Diagnostic::error(
                Code::Syntax,
                span,
                "In ( ) names are written without quotes.",
            );
            if !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
                diagnostic = diagnostic.suggest("take the quotes off", span, name.clone());
            } else {
                diagnostic =
                    diagnostic.note("Pairs with free names, like settings, are written in { }.");
            }
            self.report(diagnostic);
            name
        };
        self.at += 1;
        if second == TokenKind::Equals {
            self.equals_for_colon();
        } else {
            self.at += 1;
        }
        Some(Name {
            text: name.into(),
            span,
            token,
        })
    }

    /// `min.insync.replicas:` without quotes: reads the name, leaves the colon, and says how it is written.
    pub(super) fn dotted_name(&mut self) -> Option<Name> {
        if self.peek()? != TokenKind::Word {
            return None;
        }
        let start = self.at;
        let mut end = self.token_at(start)?.end;
        let mut next = start + 1;
        while let Some(token) = self.token_at(next) {
            let joined = token.start == end
                && matches!(
                    token.kind,
                    TokenKind::Stray | TokenKind::Number | TokenKind::Word
                );
            if !joined {
                break;
            }
            end = token.end;
            next += 1;
        }
        if next == start + 1 || self.token_at(next)?.kind != TokenKind::Colon {
            return None;
        }
        let span = Span { end, ..self.here() };
        let name = &self.text[span.start as usize..span.end as usize];
        if !name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
        {
            return None;
        }
        let name: Box<str> = name.into();
        let token = self.token_index();
        self.report(
            Diagnostic::error(
                Code::Syntax,
                span,
                "A name with dots or hyphens is written in quotes, and in { }.",
            )
            .suggest("write it in quotes", span, format!("\"{name}\"")),
        );
        self.at = next;
        Some(Name {
            text: name,
            span,
            token,
        })
    }

    /// `#![enable(…)]`, `#![type = "…"]` and `#![schema = "…"]` at the top of a file, as the `ron` crate knows them.
    pub(super) fn attributes(&mut self) -> Vec<(u32, u32)> {
        let mut found = Vec::new();
        while self.peek() == Some(TokenKind::Hash) {
            let first = self.token_index();
            let begin = self.at;
            if !self.attribute() {
                // The attribute goes on to its bracket, if that is anywhere near.
                while self.at < begin + 16
                    && self
                        .peek()
                        .is_some_and(|kind| kind != TokenKind::CloseBracket)
                {
                    self.at += 1;
                }
                let span = self.span_of(first, self.token_index());
                self.report(
                    Diagnostic::error(Code::Syntax, span, "This attribute is not one of RON's.")
                        .note("RON knows `#![enable(implicit_some)]` and the like; a scenario needs none.")
                        .suggest("take it out", span, ""),
                );
                self.at += usize::from(self.peek().is_some());
                continue;
            }
            found.push((first, self.significant[self.at - 1]));
        }
        found
    }

    fn attribute(&mut self) -> bool {
        let opened = [TokenKind::Hash, TokenKind::Bang, TokenKind::OpenBracket]
            .into_iter()
            .all(|kind| self.eat(kind));
        if !opened {
            return false;
        }
        let word = self.current_text().to_owned();
        if !self.eat(TokenKind::Word) {
            return false;
        }
        let inner = match word.as_str() {
            "enable" => self.eat(TokenKind::OpenParen) && self.extensions(),
            "type" | "schema" => self.eat(TokenKind::Equals) && self.eat(TokenKind::Text),
            _ => false,
        };
        inner && self.eat(TokenKind::CloseBracket)
    }

    fn extensions(&mut self) -> bool {
        const KNOWN: [&str; 4] = [
            "unwrap_newtypes",
            "implicit_some",
            "unwrap_variant_newtypes",
            "explicit_struct_names",
        ];
        loop {
            if !KNOWN.contains(&self.current_text()) {
                return false;
            }
            self.at += 1;
            if self.eat(TokenKind::CloseParen) {
                return true;
            }
            if !self.eat(TokenKind::Comma) {
                return false;
            }
            if self.eat(TokenKind::CloseParen) {
                return true;
            }
        }
    }

    fn eat(&mut self, kind: TokenKind) -> bool {
        let found = self.peek() == Some(kind);
        if found {
            self.at += 1;
        }
        found
    }
}

/// A missing closing quote makes the text run on to the next quote and turns everything behind it inside out, until a text goes
/// over several lines. The signs of that: a text over several lines with a word right behind its end, and before it the first
/// text with a word right behind its end, which is where it began. One message there says more than the many that follow from
/// it.
pub(super) fn runaway_text(
    text: &str,
    tokens: &[Token],
    diagnostics: &[Diagnostic],
    file: u32,
) -> Option<Diagnostic> {
    if diagnostics.is_empty() {
        return None;
    }
    let mut inside_out = tokens
        .windows(2)
        .filter(|pair| {
            pair[0].kind == TokenKind::Text
                && matches!(
                    pair[1].kind,
                    TokenKind::Word | TokenKind::Number | TokenKind::Stray
                )
        })
        .map(|pair| pair[0])
        .peekable();
    let first = *inside_out.peek()?;
    inside_out.find(|token| token.text(text).contains('\n'))?;
    let line = first.text(text).find('\n');
    let span = Span {
        file,
        start: first.start,
        end: line.map_or(first.end, |length| first.start + length as u32),
    };
    let diagnostic = Diagnostic::error(
        Code::Unclosed,
        span,
        "The closing quote of this text is missing.",
    );
    if line.is_none() {
        return Some(diagnostic.labelled("a word stands right behind it"));
    }
    let next_quote = Span {
        file,
        start: first.end - 1,
        end: first.end,
    };
    Some(
        diagnostic
            .labelled("it begins here")
            .also(next_quote, "and runs on to this quote"),
    )
}
