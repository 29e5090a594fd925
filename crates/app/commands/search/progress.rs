//! How far a search is, for somebody who waits at a terminal.

use ::report::number;
use ::search::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal as _};
use std::time::{Duration, Instant};

/// A line on standard error, if that is a terminal.
pub(crate) struct Bar {
    bar: ProgressBar,
    begin: Instant,
}

impl Bar {
    pub(crate) fn new(runs: Option<u64>) -> Self {
        let target = match io::stderr().is_terminal() {
            true => ProgressDrawTarget::stderr(),
            false => ProgressDrawTarget::hidden(),
        };
        let bar = ProgressBar::with_draw_target(runs, target);
        let template = match runs {
            Some(_) => "{wide_bar} {pos}/{len} {msg}",
            None => "{spinner} {pos} {msg}",
        };
        let bar = match ProgressStyle::with_template(template) {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        };
        bar.enable_steady_tick(Duration::from_millis(250));
        Self {
            bar,
            begin: Instant::now(),
        }
    }

    pub(crate) fn tell(&self, progress: &Progress) {
        let seconds = self.begin.elapsed().as_secs().max(1);
        self.bar.set_position(progress.runs);
        self.bar.set_message(format!(
            "runs, {}/s, {} failing, {} states, {}.{} % unseen",
            number(progress.runs / seconds),
            number(progress.failures),
            number(progress.states),
            progress.unseen_ppm / 10_000,
            progress.unseen_ppm / 1_000 % 10,
        ));
    }

    pub(crate) fn finish(self) {
        self.bar.finish_and_clear();
    }
}
