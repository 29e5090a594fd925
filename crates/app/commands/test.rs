//! `dryroll test`: many scenarios, each held against what it says it expects.

mod run;
mod show;

use crate::exit::{Ended, Exit};
use crate::files::{self, Files, Found};
use crate::load::{Loaded, load};
use crate::screen::{Screen, note_text};
use ::report::{Tested, github, junit};
use run::{Held, hold};
use scenario::diagnostic::{Diagnostic, json, render};
use std::path::PathBuf;

/// Run scenarios and hold each against what it expects
///
/// Each is run with as many seeds as it says (`seeds`, beginning with `seed`). With `expect: Holds` every promise must hold; with
/// `expect: Breaks(…)` just those promises must break, for that reason; without `expect` the promises must hold. In folders, every
/// .ron file that is not part of another one is a scenario.
#[derive(clap::Args)]
#[command(after_help = "\
Exit codes: 0 all are as they claim, 1 one is not, 2 a file is of no use (the others are run all the same).

Examples:
  dryroll test scenarios
  dryroll test scenarios --format junit > dryroll.xml
  dryroll test upgrade.ron --format github")]
pub(crate) struct Options {
    /// Scenarios and folders of them
    #[arg(required = true)]
    paths: Vec<PathBuf>,

    /// How to print the results
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// How the results of a test are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A line for each file, and why if it is not as it claims
    #[default]
    Text,
    /// JUnit XML
    Junit,
    /// Annotations for GitHub Actions
    Github,
}

pub(crate) fn run(options: &Options, screen: &mut Screen) -> Ended {
    let loader = Files::default();
    let found = files::find(&options.paths)?;
    let loaded: Vec<(Found, Loaded)> = found
        .into_iter()
        .map(|file| {
            let loaded = load(&loader, &file.path);
            (file, loaded)
        })
        .collect();
    let loaded = files::without_parts(loaded, |(file, loaded)| (file, &loaded.read.sources));
    for (_, loaded) in &loaded {
        let read = &loaded.read;
        note_text(&render::render(
            &read.diagnostics,
            &read.sources,
            screen.message_style(),
        ));
    }

    let held = hold(&loaded);
    let tested: Vec<Tested> = held.iter().flatten().map(Held::tested).collect();
    match options.format {
        Format::Text => show::text(&loaded, &held, screen),
        Format::Junit => screen.text(&junit::write(&tested)),
        Format::Github => {
            for (_, loaded) in &loaded {
                screen.text(&unusable(loaded));
            }
            screen.text(&github::annotations(&tested));
        }
    }
    Ok(if held.iter().any(Option::is_none) {
        Exit::Bad
    } else if held.iter().flatten().any(|held| !held.is_as_claimed()) {
        Exit::Broken
    } else {
        Exit::Good
    })
}

/// The mistakes in a file that cannot be run, as annotations.
fn unusable(loaded: &Loaded) -> String {
    let read = &loaded.read;
    let errors: Vec<Diagnostic> = read
        .diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.is_error())
        .cloned()
        .collect();
    json::entries(&errors, &read.sources)
        .iter()
        .map(|entry| {
            github::mistake(
                &entry.place.file,
                entry.place.line,
                entry.code,
                &entry.message,
            )
        })
        .collect()
}
