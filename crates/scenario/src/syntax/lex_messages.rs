//! What is said about single tokens, and how they are mended.

use super::lexer::LexError;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::Span;

/// The diagnostic for a token that is not what it set out to be.
pub(super) fn diagnostic_of(error: &LexError, text: &str, file: u32) -> Diagnostic {
    let span = Span {
        file,
        start: error.start,
        end: error.end,
    };
    let code = if error.unclosed {
        Code::Unclosed
    } else {
        Code::BadLiteral
    };
    let diagnostic = Diagnostic::error(code, span, format!("{}.", capital(&error.message)));
    let wrong = &text[error.start as usize..error.end as usize];
    if wrong == "\u{FEFF}" {
        return diagnostic.suggest("take it out", span, "");
    }
    if error.message.contains("text is written in double quotes") {
        let content = wrong.trim_matches('\'');
        if !content.contains(['"', '\\']) {
            return diagnostic.suggest("write it in quotes", span, format!("\"{content}\""));
        }
    }
    diagnostic
}

/// The sentence with a capital letter, unless it begins with a quotation.
fn capital(sentence: &str) -> String {
    let mut chars = sentence.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}
