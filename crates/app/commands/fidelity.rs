//! `dryroll fidelity`: the model held against recordings of real Kafka.

use crate::exit::{Ended, Failure};
use crate::interrupt::good_if;
use crate::screen::Screen;
use indicatif::{ProgressBar, ProgressDrawTarget};
use std::io::{self, IsTerminal as _};
use std::path::PathBuf;

/// Compare predictions with recordings of real Kafka
///
/// Each recording says what was set up and what the operator did; the same is played in the model, and what it predicts is
/// held against what was seen. observed/README.md describes the format of the recordings.
#[derive(clap::Args)]
#[command(after_help = "\
Exit codes: 0 every verdict agrees, 1 one does not, 2 the recordings are of no use.

Examples:
  dryroll fidelity
  dryroll fidelity my-recordings --seeds 1000
  dryroll fidelity --json | jq .recordings")]
pub(crate) struct Options {
    /// The folder with the recordings
    #[arg(default_value = "observed")]
    dir: PathBuf,

    /// How often each recording is played, with other chance each time
    #[arg(long, value_name = "N", default_value_t = SEEDS, value_parser = clap::value_parser!(u32).range(1..))]
    seeds: u32,

    /// Print everything as JSON
    #[arg(long)]
    json: bool,

    /// Print the table as Markdown
    #[arg(long, conflicts_with = "json")]
    markdown: bool,
}

/// Enough for a range from the 1st to the 99th percentile.
const SEEDS: u32 = 200;

pub(crate) fn run(options: &Options, screen: &mut Screen) -> Ended {
    // Shown only to somebody who waits at a terminal.
    let target = match io::stderr().is_terminal() {
        true => ProgressDrawTarget::stderr(),
        false => ProgressDrawTarget::hidden(),
    };
    let progress = ProgressBar::with_draw_target(None, target);
    let mut tell = |name: &str| progress.set_message(format!("playing {name}"));
    let table = ::fidelity::run(&options.dir, options.seeds, &mut tell);
    progress.finish_and_clear();
    let table = table.map_err(Failure::bad)?;
    if options.json {
        screen.line(table.json().trim_end());
    } else if options.markdown {
        screen.text(&table.markdown());
    } else {
        screen.text(&table.text(screen.style().width));
    }
    Ok(good_if(table.all_verdicts_agree()))
}
