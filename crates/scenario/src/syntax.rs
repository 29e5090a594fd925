//! A lossless reader of RON that carries on after a mistake.
//!
//! The `ron` crate stops at the first mistake, knows no places of single values and drops comments; so this module reads the
//! text itself: [`lexer`] cuts it into tokens that add up to the whole text, [`parser`] builds a [`tree`] whose nodes
//! know their tokens. What is accepted here is RON as the `ron` crate reads it, with one liberty: in parentheses, values without a
//! name may come before fields with one, `Roll(Brokers, to: "4.1.2")`. [`plain`] spells such parentheses out, and then [`is_ron`]
//! holds for every text without a syntax error.

mod lex_messages;
pub mod lexer;
pub mod literal;
pub mod parser;
mod recover;
pub(crate) mod ron_check;
pub mod tree;

pub use lexer::{Token, TokenKind, tokenize};
pub use parser::{Parse, parse};
pub use ron_check::{is_ron, plain};
pub use tree::{Argument, Entry, Kind, Name, Node};

/// Brackets may be nested this deep. The `ron` crate allows 128, a scenario needs about ten.
pub const DEEPEST: usize = 64;
