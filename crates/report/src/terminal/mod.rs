//! The outcome as text for a terminal: verdict first, then the picture, then the reasons.
//!
//! A line is never wider than the style says, with one exception: a command is broken only between its words, because a
//! command broken inside of a word cannot be copied. Colour only repeats what signs and words say.

mod diff;
mod findings;
mod gate_worth;
mod gates;
mod page;
mod promises;
mod records;
mod rollback;
mod steps;
mod story;
mod timeline;

use outcome::{Outcome, Verdict};

use crate::text::{clean, duration, plural};
use crate::words;
use page::{Ink, Page};

pub use diff::diff;
pub use gate_worth::gates;
pub(crate) use gate_worth::{facts as gate_facts, worth as gate_worth};
pub use rollback::rollback;

/// How the terminal wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// ANSI colours may be used.
    pub color: bool,
    /// Signs beyond ASCII may be used.
    pub unicode: bool,
    /// Columns. Fewer than 40 count as 40; more than 140 are not used.
    pub width: usize,
}

impl Default for Style {
    /// 80 columns, Unicode, no colour.
    fn default() -> Self {
        Style {
            color: false,
            unicode: true,
            width: 80,
        }
    }
}

/// What an operator needs to know: verdict, timeline, promises, findings with their causes, steps, lying gates, and the
/// command that repeats the run.
pub fn summary(outcome: &Outcome, style: Style) -> String {
    render(outcome, style, false)
}

/// The [`summary`] with nothing shortened, the records, the commands of each step, the story and what the result rests on.
pub fn verbose(outcome: &Outcome, style: Style) -> String {
    render(outcome, style, true)
}

/// One line for a run over many files: sign, file, verdict. Cut to the width.
pub fn summary_line(outcome: &Outcome, style: Style) -> String {
    let mut page = Page::new(style);
    let (ink, sign) = verdict_sign(outcome, &page);
    let file = page.text(&outcome.file);
    let took = page.text(&duration(words::length(outcome.runbook)));
    let sentence = page.text(&words::verdict_sentence(outcome));
    let verdict = words::verdict(outcome.verdict);
    page.line(&[
        (ink, &format!("{sign} {verdict:<6}")),
        (Ink::Plain, "  "),
        (Ink::Strong, &file),
        (Ink::Plain, &format!("  {sentence}")),
        (Ink::Dim, &format!("  ({took})")),
    ]);
    page.finish().trim_end_matches('\n').to_owned()
}

fn render(outcome: &Outcome, style: Style, verbose: bool) -> String {
    let mut page = Page::new(style);
    verdict(&mut page, outcome);
    timeline::write(&mut page, outcome);
    promises::write(&mut page, outcome, verbose);
    findings::write(&mut page, outcome, verbose);
    steps::write(&mut page, outcome, verbose);
    gates::write(&mut page, outcome, verbose);
    if verbose {
        records::write(&mut page, outcome);
        story::write(&mut page, outcome);
        rests_on(&mut page, outcome);
    }
    limits(&mut page, outcome);
    identity(&mut page, outcome);
    page.finish()
}

fn verdict_sign(outcome: &Outcome, page: &Page) -> (Ink, &'static str) {
    match outcome.verdict {
        Verdict::Holds => (Ink::Good, page.signs().good),
        Verdict::Breaks => (Ink::Bad, page.signs().bad),
    }
}

fn verdict(page: &mut Page, outcome: &Outcome) {
    let (ink, sign) = verdict_sign(outcome, page);
    let word = words::verdict(outcome.verdict);
    let head = format!("{sign} {word}  ");
    page.flow(
        &[(ink, &head)],
        Ink::Strong,
        &words::verdict_sentence(outcome),
        head.chars().count(),
    );
    let about = clean(&outcome.about);
    let about = if about.is_empty() {
        String::new()
    } else {
        format!(": {about}")
    };
    page.flow(
        &[(Ink::Plain, "  ")],
        Ink::Dim,
        &format!("{}{about}", outcome.file),
        2,
    );
}

fn rests_on(page: &mut Page, outcome: &Outcome) {
    if outcome.rests_on.is_empty() {
        return;
    }
    page.heading("Rests on");
    for ground in &outcome.rests_on {
        page.flow(
            &[(Ink::Plain, "  ")],
            Ink::Plain,
            &format!("{} ({})", ground.what, ground.source),
            4,
        );
    }
}

fn limits(page: &mut Page, outcome: &Outcome) {
    if outcome.limits.is_empty() {
        return;
    }
    page.heading("Not modelled, and it matters here");
    for limit in &outcome.limits {
        page.flow(&[(Ink::Warn, "  ! ")], Ink::Plain, limit, 4);
    }
}

fn identity(page: &mut Page, outcome: &Outcome) {
    let identity = &outcome.identity;
    page.blank();
    let run = format!(
        "run {}, model {}, scenario {}, seed {}; {}, {} simulated",
        identity.id,
        identity.model,
        identity.scenario,
        identity.seed,
        plural(outcome.effort.events, "event"),
        duration(outcome.effort.simulated),
    );
    page.flow(&[], Ink::Dim, &run, 0);
    page.command("Again: ", &words::replay_command(outcome));
}
