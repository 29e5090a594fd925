//! The whole way from a path to a scenario.

use crate::defaults::AppliedDefault;
use crate::diagnostic::{Code, Diagnostic};
use crate::loader::Loader;
use crate::lower::{Lowered, lower};
use crate::model::{Scenario, Span};
use crate::resolve::resolve;
use crate::source::Sources;
use crate::vocabulary::{Facts, Vocabulary};
use std::path::Path;

/// What came of reading a file.
#[derive(Clone, Debug)]
pub struct Read {
    /// What the file says. `None` exactly if one of the diagnostics is an error.
    pub scenario: Option<Scenario>,
    /// What is wrong, sorted by place.
    pub diagnostics: Vec<Diagnostic>,
    /// The files that were read; the first is the one that was asked for.
    pub sources: Sources,
    /// Every default of the language that was taken, in the order in which the file was read.
    pub defaults: Vec<AppliedDefault>,
}

/// Reads a scenario file and everything it names as its parts, with what is known of Kafka's versions.
pub fn read(loader: &dyn Loader, path: impl AsRef<Path>) -> Read {
    read_with(loader, path, &Facts)
}

/// As [`read`], with other knowledge of Kafka.
pub fn read_with(loader: &dyn Loader, path: impl AsRef<Path>, vocabulary: &dyn Vocabulary) -> Read {
    let Lowered {
        mut scenario,
        mut diagnostics,
        sources,
        defaults,
        broken,
    } = lower(loader, path.as_ref());
    if let Some(scenario) = &mut scenario {
        resolve(scenario, &broken, vocabulary, &mut diagnostics);
    }
    let failed = diagnostics.has_errors() || scenario.is_none();
    let (mut diagnostics, left_out) = diagnostics.finish();
    if failed && !diagnostics.iter().any(Diagnostic::is_error) {
        // Every way to lose a scenario reports why; should one forget it, the promise of `Read` still holds.
        let message = "The file could not be read, for a reason that went unreported.";
        diagnostics.push(Diagnostic::error(
            Code::Unreadable,
            Span::default(),
            message,
        ));
    }
    if left_out > 0
        && let Some(last) = diagnostics.last_mut()
    {
        last.notes.push(format!(
            "There are {left_out} more mistakes that are not listed."
        ));
    }
    Read {
        scenario: scenario.filter(|_| !failed),
        diagnostics,
        sources,
        defaults,
    }
}
