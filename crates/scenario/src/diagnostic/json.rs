//! Diagnostics as other programs read them. Field names are stable; lines and columns count from 1, bytes from 0.

use super::{Diagnostic, Severity, sort};
use crate::model::Span;
use crate::source::Sources;
use serde::Serialize;

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file as it was given.
    pub file: String,
    /// Line of the first character.
    pub line: usize,
    /// Column of the first character.
    pub column: usize,
    /// Line after the last character.
    pub end_line: usize,
    /// Column after the last character.
    pub end_column: usize,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// Another place that belongs to a diagnostic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Related {
    /// Where.
    pub place: Place,
    /// What is to be seen there.
    pub text: String,
}

/// An edit that mends the mistake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Edit {
    /// What it does.
    pub text: String,
    /// What is replaced.
    pub place: Place,
    /// By what.
    pub replacement: String,
}

/// One diagnostic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Stable name of the kind of mistake.
    pub code: &'static str,
    /// "error" or "warning".
    pub severity: &'static str,
    /// What is wrong.
    pub message: String,
    /// Where.
    pub place: Place,
    /// What was expected there; may be empty.
    pub label: String,
    /// Other places.
    pub related: Vec<Related>,
    /// Further sentences.
    pub notes: Vec<String>,
    /// How to mend it.
    pub suggestion: Option<Edit>,
}

/// The diagnostics in the order of their places.
pub fn entries(diagnostics: &[Diagnostic], sources: &Sources) -> Vec<Entry> {
    let mut sorted = diagnostics.to_vec();
    sort(&mut sorted);
    sorted
        .into_iter()
        .map(|diagnostic| Entry {
            code: diagnostic.code.name(),
            severity: match diagnostic.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            place: place(diagnostic.span, sources),
            message: diagnostic.message,
            label: diagnostic.label,
            related: diagnostic
                .labels
                .into_iter()
                .map(|label| Related {
                    place: place(label.span, sources),
                    text: label.text,
                })
                .collect(),
            notes: diagnostic.notes,
            suggestion: diagnostic.suggestion.map(|suggestion| Edit {
                place: place(suggestion.span, sources),
                text: suggestion.text,
                replacement: suggestion.replacement,
            }),
        })
        .collect()
}

/// The diagnostics as a JSON list.
pub fn to_json(diagnostics: &[Diagnostic], sources: &Sources) -> serde_json::Value {
    let entries = entries(diagnostics, sources);
    // Plain structs of strings and numbers have no way to fail.
    serde_json::to_value(entries).unwrap_or_default()
}

fn place(span: Span, sources: &Sources) -> Place {
    let file = sources
        .path(span)
        .map(|path| path.display().to_string())
        .unwrap_or_default();
    let at = |byte| {
        sources.get(span.file).map_or((1, 1), |source| {
            let place = source.place(byte);
            (place.line, place.column)
        })
    };
    let (line, column) = at(span.start);
    let (end_line, end_column) = at(span.end);
    Place {
        file,
        line,
        column,
        end_line,
        end_column,
        start: span.start,
        end: span.end,
    }
}
