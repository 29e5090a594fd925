//! `dryroll explain`: one rule, the whole of it; or one counterexample.

mod counterexample;

use crate::commands::rules::as_json;
use crate::exit::{Ended, Exit, Failure};
use crate::screen::Screen;
use ::rules::book;
use ::rules::page::{Width, text};
use std::path::{Path, PathBuf};

/// A line longer than this nobody likes to read.
const WIDEST: usize = 100;

/// Explain a rule, or why a counterexample fails and what would have caught it
///
/// A rule has a name like K001; `dryroll rules` lists them. A finding of a run can be explained too: the rules behind it are shown.
///
/// A counterexample is a file that `search --out` saved, or any scenario that breaks. From up to 64 moments of its run it is played on with
/// fresh randomness: how the odds of failing rise, and after which event nothing avoids it. Then changes of the file are tried, and the
/// smallest that makes the failure go away is shown as a diff.
#[derive(clap::Args)]
#[command(after_help = "\
Exit codes: 0 it is explained, 2 there is no such rule, or the file is of no use.

Examples:
  dryroll explain K001
  dryroll explain below-min-isr
  dryroll explain K001 --json
  dryroll explain found/write-outage-checkout.ron
  dryroll explain found/write-outage-checkout.ron --seeds 100 --save scenarios/regressions")]
pub(crate) struct Options {
    /// A rule, the code of a finding, or the file of a counterexample (*.ron)
    #[arg(value_name = "CODE|FILE")]
    name: String,

    /// For a counterexample: with how many runs a change is tried
    #[arg(long, value_name = "N", default_value_t = 28, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    seeds: u64,

    /// For a counterexample: save it into this folder as a test, with what comes out
    #[arg(long, value_name = "DIR")]
    save: Option<PathBuf>,

    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options, screen: &mut Screen) -> Ended {
    let name = options.name.trim();
    if name.ends_with(".ron") {
        return counterexample::run(options, screen);
    }
    let found: Vec<_> = match book::rule(name) {
        Some(rule) => vec![rule],
        None => book::rules()
            .filter(|rule| rule.explains.contains(&name))
            .collect(),
    };
    if found.is_empty() {
        return Err(Failure::bad(unknown(name)));
    }
    if options.json {
        let rules: Vec<_> = found.iter().map(|rule| as_json(rule)).collect();
        let document = serde_json::json!({ "format": "dryroll-rules/1", "rules": rules });
        screen.line(format_args!("{document:#}"));
        return Ok(Exit::Good);
    }
    let width = Width(screen.style().width.min(WIDEST));
    for (at, rule) in found.iter().enumerate() {
        if at > 0 {
            screen.line("");
        }
        screen.text(&text(rule, width));
    }
    Ok(Exit::Good)
}

fn unknown(name: &str) -> String {
    match rehearsal::findings::catalog::kind(name) {
        Some(kind) => format!(
            "no rule explains the finding `{name}`. It means: {}",
            kind.what
        ),
        None if Path::new(name).is_dir() => {
            format!("{name} is a folder; name a rule, a finding, or a counterexample in it (*.ron)")
        }
        None if Path::new(name).exists() => {
            format!("{name} is no scenario: the file of a counterexample ends in .ron")
        }
        None => {
            let codes = rehearsal::findings::catalog::KINDS
                .iter()
                .map(|kind| kind.code);
            let meant = facts::nearest(name, codes);
            let meant = meant
                .first()
                .map(|meant| format!("; did you mean `{meant}`?"));
            format!(
                "there is no rule and no finding `{name}`{}; rules are called K001 and so on, and `dryroll rules` lists them",
                meant.unwrap_or_default()
            )
        }
    }
}
