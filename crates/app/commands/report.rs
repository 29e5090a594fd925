//! `dryroll report`: a report drawn again from a saved outcome.

use crate::commands::search::{save, show};
use crate::exit::{Ended, Exit, Failure};
use crate::files::{self, STDIN};
use crate::interrupt::{write_report, writing};
use crate::screen::{Screen, note};
use ::report::{Tested, github, junit, markdown, terminal};
use outcome::search::Search;
use outcome::{Outcome, Verdict};
use std::fs;
use std::path::{Path, PathBuf};

/// Draw the report of a saved outcome again
///
/// The outcome is what `run --json` printed or `--report` saved as outcome.json; nothing is run. The result of a search (search.json) is
/// drawn too.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  dryroll report out/outcome.json
  dryroll report out/outcome.json --report again
  dryroll report out/outcome.json --format markdown >> \"$GITHUB_STEP_SUMMARY\"
  dryroll run FILE --json | dryroll report - --verbose")]
pub(crate) struct Options {
    /// The saved outcome; `-` is standard input
    outcome: PathBuf,

    /// Write the whole report into this folder: HTML page, SVG and PNG timeline, JUnit, JSON
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,

    /// What to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    /// Leave nothing out of the text
    #[arg(long, short)]
    verbose: bool,
}

/// What can be printed of an outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// The summary that `run` prints
    #[default]
    Text,
    /// For a review comment or a CI step's summary
    Markdown,
    /// For test reports in CI
    Junit,
    /// Annotations for GitHub Actions
    Github,
}

/// An outcome is far smaller; whatever is larger is something else.
const LARGEST: usize = 1 << 30;

pub(crate) fn run(options: &Options, screen: &mut Screen) -> Ended {
    if let Some(folder) = &options.report {
        files::prepare_folder(folder)?;
    }
    let outcome = match read(&options.outcome)? {
        Saved::Outcome(outcome) => *outcome,
        Saved::Search(search) => return draw_search(options, &search, screen),
    };
    if let Some(folder) = &options.report {
        write_report(folder, &outcome)?;
        note(format!("report in {}", folder.display()));
    }
    let tested = Tested {
        outcome: &outcome,
        path: &outcome.file,
        expectation: None,
    };
    let text = match options.format {
        Format::Text if options.verbose => terminal::verbose(&outcome, screen.style()),
        Format::Text => terminal::summary(&outcome, screen.style()),
        Format::Markdown => markdown::summary(&outcome),
        Format::Junit => junit::write(&[tested]),
        Format::Github => github::annotations(&[tested]),
    };
    screen.text(&text);
    Ok(verdict(&outcome))
}

/// The exit code of an outcome.
pub(crate) fn verdict(outcome: &Outcome) -> Exit {
    match outcome.verdict {
        Verdict::Holds => Exit::Good,
        Verdict::Breaks => Exit::Broken,
    }
}

/// What can be drawn.
enum Saved {
    Outcome(Box<Outcome>),
    Search(Box<Search>),
}

/// The page of a saved search, and what `search` printed.
fn draw_search(options: &Options, search: &Search, screen: &mut Screen) -> Ended {
    if let Some(folder) = &options.report {
        let gates: Option<outcome::gates::Gates> = beside(&options.outcome, save::GATES);
        let rollback: Option<outcome::rollback::Rollback> =
            beside(&options.outcome, save::ROLLBACK);
        let more = ::report::BesideSearch {
            gates: gates.as_ref(),
            rollback: rollback.as_ref(),
        };
        let page = ::report::search_html(search, &more);
        let path = folder.join("search.html");
        writing(|| ::report::write_file(&path, page.as_bytes()).map_err(Failure::bad))?;
        note(format!("page in {}", folder.display()));
    }
    show::text(search, Path::new(&search.file), None, screen);
    Ok(match search.failures() {
        0 => Exit::Good,
        _ => Exit::Broken,
    })
}

/// What a search wrote into the same folder, if it did.
fn beside<T: serde::de::DeserializeOwned>(file: &Path, name: &str) -> Option<T> {
    let text = fs::read_to_string(file.with_file_name(name)).ok()?;
    serde_json::from_str(&text).ok()
}

fn read(path: &Path) -> Result<Saved, Failure> {
    let cannot = |why: &dyn std::fmt::Display| {
        Failure::bad(format!("cannot read {}: {why}", path.display()))
    };
    let bytes = if path == Path::new(STDIN) {
        files::stdin().map_err(|error| cannot(&error))?
    } else {
        let length = fs::metadata(path).map_err(|error| cannot(&error))?.len();
        if length > LARGEST as u64 {
            return Err(cannot(&"it is larger than any outcome"));
        }
        fs::read(path).map_err(|error| cannot(&error))?
    };
    let text = String::from_utf8(bytes).map_err(|_| cannot(&"it is no UTF-8 text"))?;
    if let Ok(search) = serde_json::from_str::<Search>(&text) {
        return Ok(Saved::Search(Box::new(search)));
    }
    let outcome = ::report::json::read(&text).map_err(|error| cannot(&error))?;
    Ok(Saved::Outcome(Box::new(outcome)))
}
