//! The steps: when, how long, and how they ended.

use outcome::{Outcome, StepEnd, StepRecord};

use super::page::{Ink, Page, padded};
use crate::text::width::width;
use crate::text::{clock, duration};
use crate::words;

/// Steps listed in the short form.
const SHOWN: usize = 20;

pub(super) fn write(page: &mut Page, outcome: &Outcome, verbose: bool) {
    if outcome.steps.is_empty() {
        return;
    }
    page.heading(&format!(
        "Steps: {} in all",
        page.text(&duration(words::length(outcome.runbook)))
    ));
    let shown = if verbose {
        outcome.steps.len()
    } else {
        outcome.steps.len().min(SHOWN)
    };
    let steps = &outcome.steps[..shown];
    let names = steps
        .iter()
        .map(|step| width(&page.text(&words::step_name(step))))
        .max()
        .unwrap_or(0);
    let names = names.min(page.width() * 2 / 5);
    for (index, step) in steps.iter().enumerate() {
        line(page, index, step, names);
        if let Some(why) = &step.why {
            page.flow(&[(Ink::Plain, "    ")], Ink::Plain, why, 4);
        }
        if verbose {
            page.flow(&[(Ink::Plain, "    ")], Ink::Dim, &step.action, 4);
            for command in &step.commands {
                let host = command
                    .node
                    .map(|node| format!("  on node {node}"))
                    .unwrap_or_default();
                let at = page.text(&clock(command.at));
                page.line(&[(Ink::Dim, &format!("    {at}{host}"))]);
                page.command("    $ ", &command.line);
                for said in &command.output {
                    page.flow(&[(Ink::Plain, "      ")], Ink::Dim, said, 6);
                }
                if let Some(code) = command.exit.filter(|code| *code != 0) {
                    page.line(&[(Ink::Bad, &format!("      exit code {code}"))]);
                }
            }
        }
    }
    page.more(4, outcome.steps.len() - shown, "step");
}

fn line(page: &mut Page, index: usize, step: &StepRecord, names: usize) {
    let (ink, sign) = match step.end {
        StepEnd::Done => (Ink::Good, page.signs().good),
        StepEnd::Undone | StepEnd::WentOn => (Ink::Warn, page.signs().warn),
        StepEnd::Aborted | StepEnd::Unfinished => (Ink::Bad, page.signs().bad),
        StepEnd::NotReached => (Ink::Dim, page.signs().note),
    };
    let name = padded(
        &page.text(&words::step_name(step)),
        names,
        page.signs().ellipsis,
    );
    let (begin, length) = match step.when {
        Some(when) => (
            page.text(&clock(when.begin)),
            page.text(&duration(words::length(when))),
        ),
        None => (String::new(), String::new()),
    };
    page.line(&[
        (Ink::Dim, &format!("{:>3} ", index + 1)),
        (Ink::Strong, &name),
        (Ink::Dim, &format!("  {begin:>8}  ")),
        (Ink::Plain, &format!("{length:<12}  ")),
        (ink, &format!("{sign} {}", words::step_end(step.end))),
    ]);
}
