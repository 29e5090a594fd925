//! `dryroll schema`: the JSON schema of what `run --json` prints and `--report` saves.

use crate::exit::{Ended, Exit};
use crate::screen::Screen;

/// Print the JSON schema of outcomes
///
/// It describes what `dryroll run --json` prints and `--report` saves as outcome.json.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  dryroll schema > outcome.schema.json")]
pub(crate) struct Options {}

pub(crate) fn run(_: &Options, screen: &mut Screen) -> Ended {
    screen.text(&::report::json::schema());
    Ok(Exit::Good)
}
