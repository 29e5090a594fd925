//! A counterexample explained: what happened and why, when it became unavoidable, what would have caught it.

use super::Options;
use crate::exit::{Ended, Exit, Failure};
use crate::files::{self, Files};
use crate::interrupt::writing;
use crate::load::load_and_tell;
use crate::screen::{Screen, note};
use ::report::{clock, search_words, write_file};
use ::search::explain::{self, Effort, Told};
use std::path::Path;

/// Continuations of each of the up to 64 moments.
const CONTINUATIONS: u32 = 64;

pub(super) fn run(options: &Options, screen: &mut Screen) -> Ended {
    let path = Path::new(options.name.trim());
    let (read, ready) = load_and_tell(&Files::default(), path, screen)?;
    let first = read.sources.iter().next();
    let text = first.map(|file| file.text.to_string()).unwrap_or_default();
    let name = ready.rehearsal.file().to_owned();
    let effort = Effort {
        runs: options.seeds,
        continuations: CONTINUATIONS,
    };
    let add_rules = |scenario: &scenario::Scenario, outcome: &mut outcome::Outcome| {
        rules::explain(scenario, outcome);
    };
    let told = explain::file(&name, &text, &ready.scenario, effort, &add_rules)
        .ok_or_else(|| Failure::bad(format!("{} cannot be rehearsed", path.display())))?;
    if told.failures.is_empty() {
        return Err(Failure::bad(format!(
            "{} keeps every promise under seed {}: there is nothing to explain; `dryroll search` looks for what breaks it",
            path.display(),
            ready.scenario.seed.value
        )));
    }
    if let Some(folder) = &options.save {
        save(folder, &name, &text, &told)?;
    }
    if options.json {
        let document = serde_json::json!({
            "format": "dryroll-explained/1",
            "file": name,
            "promises": told.outcome.promises,
            "findings": told.outcome.findings,
            "explained": told.explained,
        });
        screen.line(format_args!("{document:#}"));
        return Ok(Exit::Good);
    }
    show(&told, screen);
    Ok(Exit::Good)
}

fn save(folder: &Path, name: &str, text: &str, told: &Told) -> Result<(), Failure> {
    let text = explain::with_expectation(text, &told.outcome).unwrap_or_else(|| text.to_owned());
    files::prepare_folder(folder)?;
    let path = folder.join(name);
    writing(|| write_file(&path, text.as_bytes()).map_err(Failure::bad))?;
    note(format!("saved as {}", path.display()));
    Ok(())
}

fn show(told: &Told, screen: &mut Screen) {
    let outcome = &told.outcome;
    screen.line("What happened");
    for fault in &outcome.faults {
        match fault.when {
            Some(when) => screen.line(format_args!("  {}  {}", clock(when.begin), fault.text)),
            None => screen.line(format_args!("  never came: {}", fault.text)),
        }
    }
    for promise in outcome.promises.iter().filter(|promise| !promise.holds) {
        screen.line(format_args!("  broken: {}", promise.text));
    }
    let first = outcome.promises.iter().find(|promise| !promise.holds);
    let finding = first
        .and_then(|promise| promise.findings.first())
        .and_then(|&at| outcome.findings.get(at));
    if let Some(finding) = finding {
        screen.line("");
        screen.line("Why");
        screen.line(format_args!("  {}", finding.title));
        for cause in &finding.causes {
            screen.line(format_args!("  ← {}  {}", clock(cause.at), cause.text));
        }
    }
    if let Some(curve) = &told.explained.curve {
        screen.line("");
        screen.line("When it became unavoidable (odds of failing if one goes on from there, fresh randomness, no further fault)");
        for line in search_words::curve(curve) {
            screen.line(format_args!("  {line}"));
        }
    }
    if let Some(caught) = &told.explained.caught {
        screen.line("");
        screen.line("What would have caught it");
        screen.line(format_args!("  {}", search_words::change(caught)));
        if caught.change.is_some() {
            screen.line("");
            for line in caught.diff.lines() {
                screen.line(line);
            }
        }
    }
}
