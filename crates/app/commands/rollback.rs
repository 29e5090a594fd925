//! `dryroll rollback`: the way back from every moment of a runbook.

use crate::exit::{Ended, Exit, Failure};
use crate::files::{self, Files};
use crate::interrupt::writing;
use crate::load::load_and_tell;
use crate::progress::Progress;
use crate::screen::{Screen, note};
use ::report::{json, terminal};
use outcome::rollback::Rollback;
use std::path::PathBuf;

/// Find the point of no return: turn back at every moment
///
/// The runbook is played with each seed. Between its steps, and within each roll after the first nodes and half-way, the operator
/// turns back: the undos of what was done run in reverse order, a roll with the gates that its step has between nodes. A step without
/// an undo is undone by what would fit, if that is known, and the result says so. Then the world is compared with the start, and the
/// runbook is run once more. All of it without a fault, with a broker that dies just then, and with an active controller that does.
#[derive(clap::Args)]
#[command(after_help = "\
Exit codes: 0 there is a way back from every moment, 1 there is a point of no return, 2 the file is of no use.

Examples:
  dryroll rollback upgrade.ron
  dryroll rollback upgrade.ron --seeds 20
  dryroll rollback upgrade.ron --out way-back
  dryroll rollback upgrade.ron --format json | jq .no_return")]
pub(crate) struct Options {
    /// The scenario; `-` is standard input
    file: PathBuf,

    /// How many seeds
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    seeds: u64,

    /// The first seed; the file's own `seed` if not given
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// What to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    /// Write a page, an SVG and a PNG picture and the JSON into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// What can be printed of a way back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Verdict, the line on the timeline, the table, what blocks
    #[default]
    Text,
    /// A page to look at in a browser
    Html,
    /// The timeline with the line, as a picture
    Svg,
    /// Everything, for programs
    Json,
}

pub(crate) fn run(options: &Options, screen: &mut Screen) -> Ended {
    let (_, ready) = load_and_tell(&Files::default(), &options.file, screen)?;
    if let Some(folder) = &options.out {
        files::prepare_folder(folder)?;
    }
    let first = options.seed.unwrap_or(*ready.scenario.seed);
    let progress = Progress::new("seeds");
    let mut rollback = search::rollback::run(&ready.rehearsal, first, options.seeds, &|| {
        progress.one_more(options.seeds);
    });
    progress.done();
    explain(&ready.scenario, &mut rollback);
    let exit = match rollback.no_return {
        None => Exit::Good,
        Some(_) => Exit::Broken,
    };
    if let Some(folder) = &options.out {
        match writing(|| report::write_rollback(folder, &rollback)) {
            Ok(_) => note(format!("report in {}", folder.display())),
            Err(error) => return Err(Failure::bad(error)),
        }
    }
    match options.format {
        Format::Html => screen.text(&report::rollback_html(&rollback)),
        Format::Svg => match report::picture::rollback_svg(&rollback) {
            Ok(svg) => screen.text(&svg),
            Err(error) => return Err(Failure::bad(error)),
        },
        Format::Json => screen.text(&json::write_any(&rollback)),
        Format::Text => {
            // The command that repeats it is to be copied; it needs the path as it was given.
            rollback.forward.file = options.file.display().to_string();
            screen.text(&terminal::rollback(&rollback, screen.style()));
        }
    }
    Ok(exit)
}

/// The rules behind what blocks, and behind what was found on the way forward.
fn explain(scenario: &scenario::Scenario, rollback: &mut Rollback) {
    rules::explain(scenario, &mut rollback.forward);
    let rules_of = rules::explaining(scenario);
    let blocks = rollback
        .moments
        .iter_mut()
        .flat_map(|moment| &mut moment.ways)
        .flat_map(|way| &mut way.blocks);
    for block in blocks {
        if let Some(code) = &block.code {
            block.rules = rules_of(code);
        }
    }
}
