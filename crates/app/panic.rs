//! A defect of dryroll ends in a short message and its own exit code, never in a backtrace that looks like the user's mistake.

use crate::exit::Exit;
use std::any::Any;
use std::io::Write as _;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::atomic::{AtomicBool, Ordering};

/// Runs it; a panic in it, or in a thread that it waits for, becomes [`Exit::Internal`].
pub(crate) fn caught(run: impl FnOnce() -> Exit) -> Exit {
    panic::set_hook(Box::new(tell));
    panic::catch_unwind(AssertUnwindSafe(run)).unwrap_or(Exit::Internal)
}

/// Threads that run side by side may all meet the same defect; it is told once.
static TOLD: AtomicBool = AtomicBool::new(false);

fn tell(info: &PanicHookInfo<'_>) {
    if TOLD.swap(true, Ordering::Relaxed) {
        return;
    }
    let place = info
        .location()
        .map(|place| format!(" ({}:{})", place.file(), place.line()))
        .unwrap_or_default();
    // If standard error is closed, there is nobody left to tell.
    let _ = write!(
        std::io::stderr().lock(),
        "dryroll has a defect: {what}{place}\n\
         This is not a mistake in your files, and the result is not to be used. Please report it with:\n  \
         * this message and the version: dryroll {version}\n  \
         * the command: {command}\n  \
         * the scenario file and its parts\n",
        what = words(info.payload()),
        version = env!("CARGO_PKG_VERSION"),
        command = command(),
    );
}

fn words(payload: &dyn Any) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("it gave up without a word")
}

/// The command line as it was given. Words that the system says are no text are shown as near as possible.
fn command() -> String {
    let words: Vec<String> = std::env::args_os()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    words.join(" ")
}
