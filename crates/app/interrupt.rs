//! Ctrl-C. A file that is being written is finished first; what was not begun is not begun.

use crate::exit::{Exit, Failure};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// 128 + SIGINT, what a shell gives a command that was interrupted.
const INTERRUPTED: i32 = 130;

/// Whoever holds this is writing files.
static WRITING: Mutex<()> = Mutex::new(());

/// An interrupt does not end the process but is asked for with [`STOP`].
static GENTLE: AtomicBool = AtomicBool::new(false);

/// Somebody has interrupted, and what was found so far is to be kept.
static STOP: AtomicBool = AtomicBool::new(false);

/// From now on an interrupt waits for [`writing`] to be over, then ends the process.
pub(crate) fn watch() {
    // If there is no handler, the default one ends the process at once: less polite, and no reason not to run.
    let _ = ctrlc::set_handler(|| {
        if GENTLE.load(Ordering::Relaxed) && !STOP.swap(true, Ordering::Relaxed) {
            return;
        }
        let _writing = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
        std::process::exit(INTERRUPTED);
    });
}

/// From now on the first interrupt only sets this; the second ends the process.
pub(crate) fn gently() -> &'static AtomicBool {
    GENTLE.store(true, Ordering::Relaxed);
    &STOP
}

/// Writes files; an interrupt waits until it is done.
pub(crate) fn writing<T>(write: impl FnOnce() -> T) -> T {
    let _writing = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    write()
}

/// Writes the report into the folder.
pub(crate) fn write_report(folder: &Path, outcome: &outcome::Outcome) -> Result<(), Failure> {
    match writing(|| report::write_report(folder, outcome)) {
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::bad(error)),
    }
}

/// What `Exit` a check of files ends with: good if nothing is to change.
pub(crate) fn good_if(good: bool) -> Exit {
    if good { Exit::Good } else { Exit::Broken }
}
