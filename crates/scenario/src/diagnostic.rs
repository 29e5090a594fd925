//! What is wrong with a file, as plain values. [`render`] shows them to people, [`json`] to programs.
//!
//! A message is a full sentence that says what is wrong; the label under the word says what was expected there; the
//! suggestion is an edit that can be applied as it is.

mod code;
pub mod json;
pub mod render;

pub use code::Code;

use crate::model::Span;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The file cannot be used.
    Error,
    /// The file can be used, and probably does not say what was meant.
    Warning,
}

/// A second place that belongs to a diagnostic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is to be seen there.
    pub text: String,
}

/// An edit that mends the mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// What the edit does: "did you mean `partitions`?".
    pub text: String,
    /// What is replaced; an empty span inserts.
    pub span: Span,
    /// By what.
    pub replacement: String,
}

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Which kind of mistake.
    pub code: Code,
    /// How bad.
    pub severity: Severity,
    /// The exact word.
    pub span: Span,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What was expected at `span`; may be empty.
    pub label: String,
    /// Other places that belong to it.
    pub labels: Vec<Label>,
    /// Further sentences: what is allowed, what to do.
    pub notes: Vec<String>,
    /// An edit that mends it, if there is one.
    pub suggestion: Option<Suggestion>,
}

impl Diagnostic {
    /// An error at this place.
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            span,
            message: message.into(),
            label: String::new(),
            labels: Vec::new(),
            notes: Vec::new(),
            suggestion: None,
        }
    }

    /// A warning at this place.
    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, span, message)
        }
    }

    /// With these words under the place.
    #[must_use]
    pub fn labelled(mut self, text: impl Into<String>) -> Self {
        self.label = text.into();
        self
    }

    /// With another place.
    #[must_use]
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// With another sentence.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// With an edit that mends it.
    #[must_use]
    pub fn suggest(
        mut self,
        text: impl Into<String>,
        span: Span,
        replacement: impl Into<String>,
    ) -> Self {
        self.suggestion = Some(Suggestion {
            text: text.into(),
            span,
            replacement: replacement.into(),
        });
        self
    }

    /// With the edit "did you mean …?" for the very word, if a nearest name is known.
    #[must_use]
    pub(crate) fn did_you_mean(self, name: Option<&str>) -> Self {
        match name {
            Some(name) => {
                let span = self.span;
                self.suggest(format!("did you mean `{name}`?"), span, name)
            }
            None => self,
        }
    }

    /// Is this an error?
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Sorts by file and place; what is said at the same place keeps its order, and what is said twice is said once.
pub fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by_key(|d| (d.span.file, d.span.start, d.span.end));
    diagnostics.dedup();
}

/// Collects diagnostics while a file is read, up to a limit: a file of ten million mistakes is answered as fast as one of
/// ten.
#[derive(Debug, Default)]
pub(crate) struct Collector {
    list: Vec<Diagnostic>,
    /// Those that found no place in the list.
    left_out: usize,
    errors: usize,
}

impl Collector {
    /// More than this many are counted only.
    const MOST: usize = 500;
    /// After this many, looking for near names is not worth the time.
    const MOST_SUGGESTIONS: usize = 100;

    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        self.errors += usize::from(diagnostic.is_error());
        if self.list.len() < Self::MOST {
            self.list.push(diagnostic);
        } else {
            self.left_out += 1;
        }
    }

    pub(crate) fn suggests(&self) -> bool {
        self.list.len() < Self::MOST_SUGGESTIONS
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// The list, sorted by place, and how many were left out.
    pub(crate) fn finish(mut self) -> (Vec<Diagnostic>, usize) {
        sort(&mut self.list);
        (self.list, self.left_out)
    }
}
