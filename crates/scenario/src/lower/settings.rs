//! Kafka settings: names in quotes, values kept as the text that Kafka would read.

use super::context::{Lower, spanned};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Settings, Spanned};
use crate::syntax::{Kind, Node, literal};

impl Lower<'_> {
    pub(super) fn settings(&mut self, node: &Node) -> Settings {
        self.map(node, "settings", Self::setting_name, |lower, _, value| {
            Some(lower.setting_value(value))
        })
        .unwrap_or_default()
    }

    fn setting_name(&mut self, node: &Node) -> Spanned<String> {
        let name = self.key(node);
        if name.value.contains(char::is_whitespace) || name.value.is_empty() {
            let trimmed = name.value.trim().to_owned();
            let mut diagnostic = Diagnostic::error(
                Code::UnknownSetting,
                node.span,
                "The name of a setting has no blanks in it.",
            );
            if !trimmed.is_empty() && !trimmed.contains(char::is_whitespace) {
                diagnostic =
                    diagnostic.suggest("take them out", node.span, format!("\"{trimmed}\""));
            }
            if self.broken.is_sound(&name) {
                self.report(diagnostic);
            }
            return self.silent(node, name.value);
        }
        name
    }

    /// A key in braces: a text; a bare word is understood, and told how it is written.
    pub(super) fn key(&mut self, node: &Node) -> Spanned<String> {
        if let Kind::Word(word) = &node.kind {
            let diagnostic = Diagnostic::error(
                Code::WrongType,
                node.span,
                "In { } names are written in quotes.",
            )
            .labelled("expected a text in quotes")
            .suggest("write it in quotes", node.span, format!("\"{word}\""));
            self.report(diagnostic);
            return spanned(word.to_string(), node.span);
        }
        self.text(node)
    }

    fn setting_value(&mut self, node: &Node) -> Spanned<String> {
        match &node.kind {
            Kind::Text(text) => spanned(text.to_string(), node.span),
            Kind::Bool(value) => spanned(value.to_string(), node.span),
            Kind::Number(number) => match literal::decimal(number) {
                Some(number) if !number.contains(['n', 'N']) => spanned(number, node.span),
                _ => {
                    let diagnostic = self.wrong_type(node, "a number that Kafka can read");
                    self.fail(node, String::new(), diagnostic)
                }
            },
            Kind::Missing => self.silent(node, String::new()),
            Kind::List(_) => {
                let diagnostic = self
                    .wrong_type(node, "a text, a number or `true` or `false`")
                    .note("Kafka writes a list with commas in one text: \"compact,delete\".");
                self.fail(node, String::new(), diagnostic)
            }
            _ => {
                let diagnostic =
                    self.wrong_type(node, "a text in quotes, a number or `true` or `false`");
                let diagnostic = match &node.kind {
                    Kind::Word(word) => {
                        diagnostic.suggest("write it in quotes", node.span, format!("\"{word}\""))
                    }
                    _ => diagnostic,
                };
                self.fail(node, String::new(), diagnostic)
            }
        }
    }
}
