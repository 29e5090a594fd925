//! `dryroll check`: what can be said about scenario files without running them.

mod found;

use crate::exit::{Ended, Exit};
use crate::files::{self, Files, Found};
use crate::load::{is_unreadable, load};
use crate::screen::{Screen, note};
use scenario::diagnostic::{json, render};
use scenario::{Code, Diagnostic, Read};
use serde_json::json;
use std::path::PathBuf;

/// Check scenario files without running them
///
/// Syntax, names, versions, settings, what in an estate cannot be, and the rules of the rule book (`dryroll rules`). Of a rule an error
/// means: this is refused, or breaks a promise of the file, on every run; a warning: it may. In folders, every .ron file that is not part of
/// another one is checked.
#[derive(clap::Args)]
#[command(after_help = "\
Exit codes: 0 no error (warnings do not count), 1 an error in a file, 2 a file cannot be read.

Examples:
  dryroll check upgrade.ron
  dryroll check scenarios --format json
  dryroll check runbooks --format sarif > dryroll.sarif")]
pub(crate) struct Options {
    /// Scenarios and folders of them; `-` is standard input
    #[arg(required = true)]
    files: Vec<PathBuf>,

    /// How to print what was found
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// How findings of a check are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// With the lines of the files
    #[default]
    Text,
    /// One JSON document
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations for GitHub Actions
    Github,
}

pub(crate) fn run(options: &Options, screen: &mut Screen) -> Ended {
    let loader = Files::default();
    let found = files::find(&options.files)?;
    let reads: Vec<(Found, Read)> = found
        .into_iter()
        .map(|file| {
            let mut read = load(&loader, &file.path).read;
            if let Some(scenario) = &read.scenario {
                // The rule book says the same of commands, with the rule behind it.
                read.diagnostics
                    .retain(|diagnostic| diagnostic.code != Code::CommandRefused);
                read.diagnostics.extend(rules::check(scenario));
                scenario::diagnostic::sort(&mut read.diagnostics);
            }
            (file, read)
        })
        .collect();
    let reads = files::without_parts(reads, |(file, read)| (file, &read.sources));
    let all = || reads.iter().flat_map(|(_, read)| &read.diagnostics);
    let errors = all().filter(|diagnostic| diagnostic.is_error()).count();
    let warnings = all().count() - errors;

    match options.format {
        Format::Text => text(&reads, errors, warnings, screen),
        Format::Json => {
            let entries: Vec<_> = reads
                .iter()
                .flat_map(|(_, read)| json::entries(&read.diagnostics, &read.sources))
                .collect();
            let document = json!({
                "format": "dryroll-check/1",
                "files": reads.iter().map(|(file, _)| file.path.display().to_string()).collect::<Vec<_>>(),
                "errors": errors,
                "warnings": warnings,
                "diagnostics": entries,
            });
            screen.line(format_args!("{document:#}"));
        }
        Format::Sarif => screen.text(&found::sarif(&reads)),
        Format::Github => screen.text(&found::github(&reads)),
    }
    Ok(if reads.iter().any(|(_, read)| is_unreadable(read)) {
        Exit::Bad
    } else if errors > 0 {
        Exit::Broken
    } else {
        Exit::Good
    })
}

/// What was found is the result here, so it goes to standard output; how many there are is for the person who looks.
fn text(reads: &[(Found, Read)], errors: usize, warnings: usize, screen: &mut Screen) {
    let mut style = screen.message_style();
    style.colour = screen.style().color;
    style.most = usize::MAX;
    let mut seen: Vec<String> = Vec::new();
    for (_, read) in reads {
        // A part of several scenarios is read with each, and its mistakes are told once.
        let fresh: Vec<Diagnostic> = read
            .diagnostics
            .iter()
            .filter(|diagnostic| {
                let key = format!(
                    "{} {}",
                    read.sources.locate(diagnostic.span),
                    diagnostic.message
                );
                let new = !seen.contains(&key);
                if new {
                    seen.push(key);
                }
                new
            })
            .cloned()
            .collect();
        let rendered = render::render(&fresh, &read.sources, style);
        if !rendered.is_empty() {
            screen.text(&rendered);
            screen.line("");
        }
    }
    let count = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let files = count(reads.len(), "file");
    note(match (errors, warnings) {
        (0, 0) => format!("{files}: nothing to complain about"),
        (0, _) => format!("{files}: {}", count(warnings, "warning")),
        (_, 0) => format!("{files}: {}", count(errors, "error")),
        _ => format!(
            "{files}: {}, {}",
            count(errors, "error"),
            count(warnings, "warning")
        ),
    });
}
