//! From a path to a rehearsal, or to words on why there is none.

use crate::exit::Failure;
use crate::screen::{Screen, note_text};
use rehearsal::{Problem, Rehearsal};
use scenario::diagnostic::render;
use scenario::{Code, Diagnostic, Loader, Read, Scenario};
use std::ffi::OsStr;
use std::path::Path;

/// A scenario that can be run.
pub(crate) struct Loaded {
    /// What came of reading the file.
    pub(crate) read: Read,
    /// What it says, and the same made ready; `None`: the diagnostics say why.
    pub(crate) ready: Option<Ready>,
}

/// A scenario and the same made ready.
pub(crate) struct Ready {
    /// What the file says.
    pub(crate) scenario: Scenario,
    /// Made ready.
    pub(crate) rehearsal: Rehearsal,
}

/// Reads a file, with all that can be said about it without running it.
pub(crate) fn load(loader: &dyn Loader, path: &Path) -> Loaded {
    let mut read = scenario::read(loader, path);
    let ready = read.scenario.clone().and_then(|scenario| {
        match rehearsal::prepare(&scenario, &file_name(path)) {
            Ok(rehearsal) => Some(Ready {
                scenario,
                rehearsal,
            }),
            Err(problems) => {
                read.diagnostics
                    .extend(problems.into_iter().map(diagnostic));
                scenario::diagnostic::sort(&mut read.diagnostics);
                None
            }
        }
    });
    Loaded { read, ready }
}

/// As [`load`], with everything that is to say about the file on standard error.
///
/// # Errors
/// The file cannot be run, and why has been told.
pub(crate) fn load_and_tell(
    loader: &dyn Loader,
    path: &Path,
    screen: &Screen,
) -> Result<(Read, Ready), Failure> {
    let Loaded { read, ready } = load(loader, path);
    note_text(&render::render(
        &read.diagnostics,
        &read.sources,
        screen.message_style(),
    ));
    match ready {
        Some(ready) => Ok((read, ready)),
        None => Err(Failure::Told),
    }
}

/// What cannot be rehearsed, as a message like any other about a file.
fn diagnostic(problem: Problem) -> Diagnostic {
    let mut diagnostic = Diagnostic::error(Code::CannotRun, problem.span, problem.message);
    diagnostic.notes = problem.notes;
    diagnostic
}

/// The name by which an outcome knows its file: without folders, so that it does not depend on where it was run.
fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(OsStr::new("scenario"));
    name.to_string_lossy().into_owned()
}

/// Is it the file itself that cannot be read, rather than what stands in it?
pub(crate) fn is_unreadable(read: &Read) -> bool {
    let first = |diagnostic: &Diagnostic| diagnostic.span.file == 0;
    read.diagnostics
        .iter()
        .any(|diagnostic| diagnostic.code == Code::Unreadable && first(diagnostic))
}
