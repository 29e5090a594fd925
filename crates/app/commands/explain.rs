//! `dryroll explain`: one rule, the whole of it.

use crate::commands::rules::as_json;
use crate::exit::{Ended, Exit, Failure};
use crate::screen::Screen;
use ::rules::book;
use ::rules::page::{Width, text};

/// A line longer than this nobody likes to read.
const WIDEST: usize = 100;

/// Explain a rule: what happens, why, what to do instead
///
/// A rule has a name like K001; `dryroll rules` lists them. A finding of a run can be explained too: the rules behind it are shown.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  dryroll explain K001
  dryroll explain below-min-isr
  dryroll explain K001 --json")]
pub(crate) struct Options {
    /// A rule, or the code of a finding
    name: String,

    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options, screen: &mut Screen) -> Ended {
    let name = options.name.trim();
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
        None => format!(
            "there is no rule `{name}`; rules are called K001 and so on, and `dryroll rules` lists them"
        ),
    }
}
