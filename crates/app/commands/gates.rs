//! `dryroll gates`: what the gates of a runbook are worth.

use crate::exit::{Ended, Exit};
use crate::files::Files;
use crate::load::load_and_tell;
use crate::progress::Progress;
use crate::screen::Screen;
use ::report::{json, terminal};
use std::path::PathBuf;

/// Judge the gates of a runbook, and name the one to add
///
/// Every seed is run as the file has it, and once more with a fault that the seed draws. For each gate: how often it was green while
/// going on was not safe, how often red while it was, how long it held the runbook up, and what breaks if it alone is not looked at.
/// Then gates that could be added are tried in every place of the runbook; the one that saves most of the runs that break is named.
#[derive(clap::Args)]
#[command(after_help = "\
Exit codes: 0 the gates were judged, whatever came of it, 2 the file is of no use.

Examples:
  dryroll gates upgrade.ron
  dryroll gates upgrade.ron --seeds 100
  dryroll gates upgrade.ron --format html > gates.html
  dryroll gates upgrade.ron --format json | jq '.to_add[0]'")]
pub(crate) struct Options {
    /// The scenario; `-` is standard input
    file: PathBuf,

    /// How many seeds
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    seeds: u64,

    /// The first seed; the file's own `seed` if not given
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// What to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What can be printed of gates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// The gate to add first, and each gate with what it did
    #[default]
    Text,
    /// A page to look at in a browser
    Html,
    /// Everything, for programs
    Json,
}

pub(crate) fn run(options: &Options, screen: &mut Screen) -> Ended {
    let (_, ready) = load_and_tell(&Files::default(), &options.file, screen)?;
    let first = options.seed.unwrap_or(*ready.scenario.seed);
    let progress = Progress::new("gates");
    let gates = search::gates::run(
        &ready.rehearsal,
        &options.file.display().to_string(),
        first,
        options.seeds,
        &|done, of| progress.at(done, of),
    );
    progress.done();
    match options.format {
        Format::Html => screen.text(&report::gates_html(&gates)),
        Format::Json => screen.text(&json::write_any(&gates)),
        Format::Text => screen.text(&terminal::gates(&gates, screen.style())),
    }
    Ok(Exit::Good)
}
