//! How far something has come: a bar on standard error, and only if that is a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal as _};

/// A bar.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// A bar for something with this name.
    pub(crate) fn new(what: &str) -> Self {
        let target = if io::stderr().is_terminal() {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) =
            ProgressStyle::with_template(&format!("{{bar:30}} {{pos}}/{{len}} {what}"))
        {
            bar.set_style(style);
        }
        Self(bar)
    }

    /// So much of so much is done.
    pub(crate) fn at(&self, done: u64, of: u64) {
        self.0.set_length(of);
        self.0.set_position(done);
    }

    /// One more is done, of so many.
    pub(crate) fn one_more(&self, of: u64) {
        self.0.set_length(of);
        self.0.inc(1);
    }

    /// All is done.
    pub(crate) fn done(&self) {
        self.0.finish_and_clear();
    }
}
