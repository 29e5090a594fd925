//! What the text says, bracket by bracket, with the place of everything.

use super::lexer::Token;
use crate::model::Span;

/// A word that names something, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The word; of a raw word (`r#for`) what follows the `r#`.
    pub text: Box<str>,
    /// Where.
    pub span: Span,
    /// Its token.
    pub token: u32,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Where, from its first to its last sign.
    pub span: Span,
    /// Its first token.
    pub first: u32,
    /// Its last token.
    pub last: u32,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Something that could not be read; what was wrong has been said.
    Missing,
    /// A text, with its escapes worked out.
    Text(Box<str>),
    /// A number as it is written, also `inf` and `NaN`.
    Number(Box<str>),
    /// `true` or `false`.
    Bool(bool),
    /// A literal that no scenario needs: a character or bytes.
    Other(&'static str),
    /// A word alone: `Brokers`.
    Word(Box<str>),
    /// `[a, b]`
    List(Vec<Node>),
    /// `{a: b}`
    Map(Vec<Entry>),
    /// `(a, b)`, `(x: a)`, `Roll(Brokers, to: "4.1.2")`
    Group {
        /// What stands before the parenthesis.
        name: Option<Name>,
        /// What stands in it.
        arguments: Vec<Argument>,
    },
}

/// A pair in braces.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Before the colon.
    pub key: Node,
    /// After it.
    pub value: Node,
}

/// A value in parentheses, with or without a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// Before the colon, if there is one.
    pub name: Option<Name>,
    /// The value.
    pub value: Node,
}

impl Argument {
    /// Its first token.
    pub fn first(&self) -> u32 {
        self.name
            .as_ref()
            .map_or(self.value.first, |name| name.token)
    }
}

impl Node {
    /// What it is, in words, for "found …".
    pub fn describe(&self) -> String {
        match &self.kind {
            Kind::Missing => "nothing".into(),
            Kind::Text(text) if text.chars().count() <= 40 => format!("the text \"{text}\""),
            Kind::Text(_) => "a text".into(),
            Kind::Number(text) if text.len() <= 40 => format!("the number {text}"),
            Kind::Number(_) => "a number".into(),
            Kind::Bool(value) => format!("`{value}`"),
            Kind::Other(what) => (*what).into(),
            Kind::Word(word) if word.len() <= 40 => format!("`{word}`"),
            Kind::Word(_) => "a word".into(),
            Kind::List(_) => "a list in [ ]".into(),
            Kind::Map(_) => "a map in { }".into(),
            Kind::Group {
                name: Some(name), ..
            } if name.text.len() <= 40 => {
                format!("`{}(…)`", name.text)
            }
            Kind::Group { .. } => "something in ( )".into(),
        }
    }
}

/// The text of a range of tokens, both ends included.
pub fn text_of<'a>(tokens: &[Token], source: &'a str, first: u32, last: u32) -> &'a str {
    let start = tokens
        .get(first as usize)
        .map_or(0, |token| token.start as usize);
    let end = tokens
        .get(last as usize)
        .map_or(start, |token| token.end as usize);
    source.get(start..end).unwrap_or("")
}
