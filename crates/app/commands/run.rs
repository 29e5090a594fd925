//! `dryroll run`: one scenario, played once.

use crate::commands::report::verdict;
use crate::exit::Ended;
use crate::files::{self, Files};
use crate::interrupt::write_report;
use crate::load::load_and_tell;
use crate::screen::{Screen, note};
use ::report::{json, terminal};
use outcome::Ground;
use scenario::AppliedDefault;
use std::path::PathBuf;

/// Play a scenario once: verdict, timeline, findings
#[derive(clap::Args)]
#[command(after_help = "\
Exit codes: 0 all promises held, 1 one was broken, 2 the file is of no use.

Examples:
  dryroll run upgrade.ron
  dryroll run upgrade.ron --seed 7 --verbose
  dryroll run upgrade.ron --report out
  dryroll run upgrade.ron --json | jq .verdict")]
pub(crate) struct Options {
    /// The scenario; `-` is standard input
    file: PathBuf,

    /// Whatever is left to chance is drawn by this number; the file's own `seed` if not given
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// Print the whole outcome as JSON (`dryroll schema` describes it)
    #[arg(long, conflicts_with_all = ["explain_defaults", "verbose"])]
    json: bool,

    /// Write a report into this folder: HTML page, SVG and PNG timeline, JUnit, JSON
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,

    /// Show every default that was taken, and where it comes from
    #[arg(long)]
    explain_defaults: bool,

    /// Leave nothing out: records, commands, the story
    #[arg(long, short)]
    verbose: bool,
}

pub(crate) fn run(options: &Options, screen: &mut Screen) -> Ended {
    let (read, ready) = load_and_tell(&Files::default(), &options.file, screen)?;
    if let Some(folder) = &options.report {
        files::prepare_folder(folder)?;
    }
    let mut outcome = ready
        .rehearsal
        .run(options.seed.unwrap_or(*ready.scenario.seed));
    rules::explain(&ready.scenario, &mut outcome);
    let exit = verdict(&outcome);
    if let Some(folder) = &options.report {
        write_report(folder, &outcome)?;
        note(format!("report in {}", folder.display()));
    }
    if options.json {
        screen.text(&json::write(&outcome));
        return Ok(exit);
    }
    // The command that repeats the run is to be copied; it needs the path as it was given.
    outcome.file = options.file.display().to_string();
    let text = match options.verbose {
        true => terminal::verbose(&outcome, screen.style()),
        false => terminal::summary(&outcome, screen.style()),
    };
    screen.text(&text);
    if options.explain_defaults {
        explain_defaults(&read.defaults, &outcome.rests_on, screen);
    }
    Ok(exit)
}

/// What was taken where the file says nothing, and what of Kafka's the result rests on.
fn explain_defaults(defaults: &[AppliedDefault], grounds: &[Ground], screen: &mut Screen) {
    screen.line("\nNot said in the file, so taken");
    for default in defaults {
        screen.line(format_args!("  {}: {}", default.path, default.value));
        screen.line(format_args!("      {}", default.why));
    }
    if defaults.is_empty() {
        screen.line("  nothing: the file says everything");
    }
    if !grounds.is_empty() {
        screen.line("\nOf Kafka and the machines, taken");
        for ground in grounds {
            screen.line(format_args!("  {}", ground.what));
            screen.line(format_args!("      {}", ground.source));
        }
    }
}
