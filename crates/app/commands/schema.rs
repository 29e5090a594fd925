//! `dryroll schema`: the JSON schema of what commands print and save.

use crate::exit::{Ended, Exit};
use crate::screen::Screen;
use ::report::json::Document;

/// Print the JSON schema of a result
///
/// It describes what `dryroll run --json` prints and `--report` saves as outcome.json, or what `search`, `rollback`, `gates` and `diff`
/// print with `--format json`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  dryroll schema > outcome.schema.json
  dryroll schema search > search.schema.json")]
pub(crate) struct Options {
    /// Of which result
    #[arg(value_enum, default_value_t)]
    of: Of,
}

/// Whose schema is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Of {
    /// `run --json`
    #[default]
    Outcome,
    /// `search --format json`, search.json
    Search,
    /// `rollback --format json`, rollback.json
    Rollback,
    /// `gates --format json`
    Gates,
    /// `diff --format json`
    Diff,
}

pub(crate) fn run(options: &Options, screen: &mut Screen) -> Ended {
    let document = match options.of {
        Of::Outcome => Document::Outcome,
        Of::Search => Document::Search,
        Of::Rollback => Document::Rollback,
        Of::Gates => Document::Gates,
        Of::Diff => Document::Diff,
    };
    screen.text(&document.schema());
    Ok(Exit::Good)
}
