//! `dryroll diff`: two runbooks, or two revisions of one, held against each other.

use crate::exit::{Ended, Exit, Failure};
use crate::files::Files;
use crate::load::load_and_tell;
use crate::screen::Screen;
use ::report::{diff as words, json, terminal};
use search::diff::{Accepted, Day, Given};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// Hold two runbooks, or two revisions of one, side by side
///
/// Both are run with the same seeds: as the files have them, and once more with a fault that the seed draws. The result says which
/// promises break more often or less, which runs break that held, which hold that broke, and how long each runbook takes.
#[derive(clap::Args)]
#[command(after_help = "\
Exit codes: 0 nothing got worse, 1 something did, 2 a file is of no use.

A file of accepted findings has a line for each: the code of the finding, the promise, the last day, and why:
  failover-wait  WriteOutage(\"checkout\")  until 2026-12-31  # larger brokers come in December

Examples:
  dryroll diff old.ron new.ron
  git show main:upgrade.ron | dryroll diff - upgrade.ron
  dryroll diff old.ron new.ron --format markdown >> \"$GITHUB_STEP_SUMMARY\"
  dryroll diff old.ron new.ron --baseline accepted.txt")]
pub(crate) struct Options {
    /// The runbook as it was; `-` is standard input
    old: PathBuf,

    /// The runbook as it shall be
    new: PathBuf,

    /// How many seeds
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    seeds: u64,

    /// The first seed; the new file's own `seed` if not given
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// What to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    /// A file of findings that are accepted for a while
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,

    /// The day that accepted findings are held against: 2026-05-01; today if not given
    #[arg(long, value_name = "DAY", requires = "baseline", value_parser = day)]
    today: Option<Day>,
}

/// What can be printed of a difference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Promises, window, runs
    #[default]
    Text,
    /// For a review comment
    Markdown,
    /// A page to look at in a browser
    Html,
    /// Everything, for programs
    Json,
}

fn day(text: &str) -> Result<Day, String> {
    Day::parse(text).ok_or_else(|| "expected a day such as 2026-05-01".to_owned())
}

pub(crate) fn run(options: &Options, screen: &mut Screen) -> Ended {
    let files = Files::default();
    if options.old == options.new && options.old == Path::new(crate::files::STDIN) {
        return Err(Failure::bad(
            "both runbooks cannot come from standard input",
        ));
    }
    let accepted = match &options.baseline {
        Some(path) => Some(baseline(path, options.today.unwrap_or_else(today))?),
        None => None,
    };
    let (_, old) = load_and_tell(&files, &options.old, screen)?;
    let (_, new) = load_and_tell(&files, &options.new, screen)?;
    let (old_name, new_name) = (
        options.old.display().to_string(),
        options.new.display().to_string(),
    );
    let diff = search::diff::run(
        Given {
            rehearsal: &old.rehearsal,
            file: &old_name,
        },
        Given {
            rehearsal: &new.rehearsal,
            file: &new_name,
        },
        options.seed.unwrap_or(*new.scenario.seed),
        options.seeds,
        accepted.as_ref(),
    );
    match options.format {
        Format::Json => screen.text(&json::write_any(&diff)),
        Format::Html => screen.text(&report::diff_html(&diff)),
        Format::Markdown => screen.text(&words::markdown(&diff)),
        Format::Text => screen.text(&terminal::diff(&diff, screen.style())),
    }
    Ok(if diff.worse { Exit::Broken } else { Exit::Good })
}

fn baseline(path: &Path, today: Day) -> Result<Accepted, Failure> {
    let name = path.display();
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::bad(format!("cannot read {name}: {error}")))?;
    search::diff::read_baseline(&text, &name.to_string(), today)
        .map_err(|bad| Failure::bad(format!("{name}, {bad}")))
}

/// Today by the clock of this machine (UTC): the one thing here that is not the same tomorrow.
fn today() -> Day {
    const DAY: u64 = 24 * 60 * 60;
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Day::since_1970(since.as_secs() / DAY)
}
