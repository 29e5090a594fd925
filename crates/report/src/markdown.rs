//! A summary in Markdown, for a review comment or a CI step's summary.

use std::fmt::Write as _;

use outcome::{Finding, GateEnd, Outcome, Severity, Verdict};

use crate::text::escape::markdown as escaped;
use crate::text::{clock, clock_range, duration, number};
use crate::words;

/// Promises in the table; the broken ones come first.
const PROMISES: usize = 30;
/// Findings that are explained.
const FINDINGS: usize = 5;

/// Verdict, promises, the gravest findings with their causes, and how to run it again. Well below the limits of a comment.
pub fn summary(outcome: &Outcome) -> String {
    let mut out = String::new();
    let sign = if outcome.verdict == Verdict::Holds {
        "✅"
    } else {
        "❌"
    };
    let verdict = words::verdict(outcome.verdict);
    let _ = writeln!(out, "### {sign} {}: {verdict}\n", short(&outcome.file, 200));
    let _ = writeln!(
        out,
        "**{}**\n",
        short(&words::verdict_sentence(outcome), 600)
    );
    if !outcome.about.is_empty() {
        let _ = writeln!(out, "{}\n", short(&outcome.about, 600));
    }
    promises(&mut out, outcome);
    findings(&mut out, outcome);
    gates(&mut out, outcome);
    let length = words::length(outcome.runbook);
    if length > 0 {
        let _ = writeln!(out, "The runbook took {}.\n", duration(length));
    }
    for limit in outcome.limits.iter().take(FINDINGS) {
        let _ = writeln!(out, "> Not modelled: {}\n", short(limit, 400));
    }
    let _ = writeln!(
        out,
        "Again:\n\n{}",
        indented(&words::replay_command(outcome))
    );
    out
}

fn promises(out: &mut String, outcome: &Outcome) {
    if outcome.promises.is_empty() {
        return;
    }
    out.push_str("| | promise | measured | promised | worst |\n|---|---|---|---|---|\n");
    let mut order: Vec<_> = outcome.promises.iter().collect();
    order.sort_by_key(|promise| promise.holds);
    for promise in order.iter().take(PROMISES) {
        let sign = if promise.holds { "✅" } else { "❌" };
        let (measured, limit) = words::measured_and_limit(promise);
        let name = short(&words::promise_name(promise), 200);
        let place = short(&words::place_and_time(promise), 200);
        let _ = writeln!(
            out,
            "| {sign} | {name} | {} | {} | {place} |",
            escaped(&measured),
            escaped(&limit)
        );
    }
    let hidden = order.len().saturating_sub(PROMISES);
    if hidden > 0 {
        let _ = writeln!(out, "\nand {} more", number(hidden as u64));
    }
    out.push('\n');
}

fn findings(out: &mut String, outcome: &Outcome) {
    let told: Vec<_> = outcome
        .findings
        .iter()
        .filter(|finding| finding.severity != Severity::Note)
        .collect();
    for finding in told.iter().take(FINDINGS) {
        explain(out, finding);
    }
    let hidden = told.len().saturating_sub(FINDINGS);
    if hidden > 0 {
        let _ = writeln!(out, "and {} more findings\n", number(hidden as u64));
    }
}

fn explain(out: &mut String, finding: &Finding) {
    let when = finding
        .when
        .map(|when| format!(", {}", escaped(&clock_range(when))))
        .unwrap_or_default();
    let _ = writeln!(
        out,
        "**{}**{when} ({})\n",
        short(&finding.title, 400),
        short(&finding.code, 80)
    );
    for cause in finding.causes.iter().take(8) {
        let _ = writeln!(
            out,
            "- because {} {}",
            escaped(&clock(cause.at)),
            short(&cause.text, 400)
        );
    }
    for advice in finding.advice.iter().take(4) {
        let _ = writeln!(out, "- **to change:** {}", short(advice, 400));
    }
    out.push('\n');
}

fn gates(out: &mut String, outcome: &Outcome) {
    for gate in outcome
        .gates
        .iter()
        .filter(|gate| gate.false_green.is_some())
        .take(FINDINGS)
    {
        let why = gate.false_green.as_deref().unwrap_or_default();
        let at = if gate.end == GateEnd::Green {
            gate.when.end
        } else {
            gate.when.begin
        };
        let _ = writeln!(
            out,
            "⚠️ Gate of step {} said go at {} when it was not safe: {}\n",
            short(&gate.step, 100),
            escaped(&clock(at)),
            short(why, 400)
        );
    }
}

/// The text escaped, and cut where it is longer than anything a person wrote.
fn short(text: &str, characters: usize) -> String {
    let text = crate::text::clean(text);
    match text.char_indices().nth(characters) {
        Some((end, _)) => format!("{}…", escaped(&text[..end])),
        None => escaped(&text),
    }
}

/// A code block by indentation, which no text can close.
fn indented(line: &str) -> String {
    format!("    {line}\n")
}
