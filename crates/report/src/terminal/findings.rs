//! The findings: what happened, why, and what to change.

use outcome::{Finding, Outcome, Severity};

use super::page::{Ink, Page};
use crate::chart::cause_letters;
use crate::text::width::width;
use crate::text::{clock, clock_range};
use crate::words;

/// Findings told with their reasons, in the short form.
const EXPLAINED: usize = 4;
/// Findings told at all, in the short form.
const NAMED: usize = 10;
/// A chain is indented so deep and no deeper.
const DEEPEST: usize = 5;
/// Links of a chain in the short form.
const LINKS: usize = 8;

pub(super) fn write(page: &mut Page, outcome: &Outcome, verbose: bool) {
    if outcome.findings.is_empty() {
        return;
    }
    page.heading("Findings");
    let shown = if verbose {
        outcome.findings.len()
    } else {
        NAMED
    };
    for (index, finding) in outcome.findings.iter().enumerate().take(shown) {
        title(page, finding);
        if verbose || (index < EXPLAINED && finding.severity != Severity::Note) {
            explanation(page, outcome, index, finding, verbose);
        }
    }
    page.more(4, outcome.findings.len().saturating_sub(shown), "finding");
}

fn title(page: &mut Page, finding: &Finding) {
    let (ink, sign) = match finding.severity {
        Severity::Broken => (Ink::Bad, page.signs().bad),
        Severity::Warning => (Ink::Warn, page.signs().warn),
        Severity::Note => (Ink::Dim, page.signs().note),
    };
    let strong = if finding.severity == Severity::Note {
        Ink::Plain
    } else {
        Ink::Strong
    };
    let when = finding
        .when
        .map(|when| format!(", {}", clock_range(when)))
        .unwrap_or_default();
    page.flow(
        &[(ink, &format!("  {sign} "))],
        strong,
        &format!("{}{when}", finding.title),
        4,
    );
}

fn explanation(page: &mut Page, outcome: &Outcome, index: usize, finding: &Finding, verbose: bool) {
    let code = page.text(&finding.code);
    let subjects = words::some_of(&finding.subjects, if verbose { usize::MAX } else { 4 });
    let about = if subjects.is_empty() {
        code
    } else {
        format!("{code}: {subjects}")
    };
    page.flow(&[(Ink::Plain, "    ")], Ink::Dim, &about, 4);
    let letters = cause_letters(outcome, index).unwrap_or_else(|| vec![None; finding.causes.len()]);
    let links = if verbose { usize::MAX } else { LINKS };
    for (depth, (cause, letter)) in finding.causes.iter().zip(letters).enumerate().take(links) {
        let indent = 4 + 2 * depth.min(DEEPEST);
        let letter = letter
            .map(|letter| format!("({letter}) "))
            .unwrap_or_default();
        let at = page.text(&clock(cause.at));
        let head = format!("{}because ", " ".repeat(indent));
        let hang = width(&head);
        page.flow(
            &[
                (Ink::Dim, &head),
                (Ink::Strong, &letter),
                (Ink::Dim, &format!("{at} ")),
            ],
            Ink::Plain,
            &cause.text,
            hang,
        );
    }
    page.more(
        4 + 2 * DEEPEST,
        finding.causes.len().saturating_sub(links),
        "cause",
    );
    for advice in &finding.advice {
        page.flow(&[(Ink::Good, "    To change: ")], Ink::Plain, advice, 6);
    }
    for rule in &finding.rules {
        page.flow(
            &[
                (Ink::Plain, "    Rule "),
                (Ink::Strong, &format!("{}: ", page.text(&rule.id))),
            ],
            Ink::Plain,
            &format!("{} (dryroll explain {})", rule.title, rule.id),
            6,
        );
    }
    if !finding.sources.is_empty() {
        page.flow(
            &[(Ink::Dim, "    Source: ")],
            Ink::Dim,
            &finding.sources.join("; "),
            6,
        );
    }
}
