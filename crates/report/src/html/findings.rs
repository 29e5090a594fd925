//! The findings, each with its causes, what to change, and where the knowledge comes from.

use outcome::{Finding, Outcome, Severity};

use super::build::Html;
use super::time_link;
use crate::text::{clock, plural};
use crate::words;

/// Findings beyond these are folded.
const AT_ONCE: usize = 12;
/// Subjects named before the rest is only counted.
const SUBJECTS: usize = 12;

pub(super) fn write(html: &mut Html, outcome: &Outcome) {
    if outcome.findings.is_empty() {
        return;
    }
    html.element(
        "section",
        &[("id", "findings"), ("aria-labelledby", "findings-head")],
        |html| {
            html.leaf(
                "h2",
                &[("id", "findings-head")],
                &format!("Findings: {}", outcome.findings.len()),
            );
            for (index, finding) in outcome.findings.iter().enumerate().take(AT_ONCE) {
                article(html, index, finding);
            }
            let hidden = outcome.findings.len().saturating_sub(AT_ONCE);
            if hidden > 0 {
                html.element("details", &[], |html| {
                    html.leaf("summary", &[], &plural(hidden as u64, "more finding"));
                    for (index, finding) in outcome.findings.iter().enumerate().skip(AT_ONCE) {
                        article(html, index, finding);
                    }
                });
            }
        },
    );
}

fn article(html: &mut Html, index: usize, finding: &Finding) {
    let id = format!("finding-{}", index + 1);
    let head = format!("{id}-head");
    let word = words::severity(finding.severity);
    let sign = match finding.severity {
        Severity::Broken => "✗",
        Severity::Warning => "!",
        Severity::Note => "·",
    };
    let class = format!("finding {word}");
    html.element(
        "article",
        &[
            ("id", &id),
            ("class", &class),
            ("tabindex", "-1"),
            ("aria-labelledby", &head),
        ],
        |html| {
            html.element("h3", &[("id", &head)], |html| {
                html.leaf("span", &[("class", "severity")], &format!("{sign} {word}"));
                html.text(&format!(" {}", finding.title));
            });
            html.element("p", &[("class", "about-finding")], |html| {
                html.leaf("code", &[], &finding.code);
                if let Some(when) = finding.when {
                    html.text(" ");
                    time_link(html, when);
                }
                html.text(&format!(" {}", words::some_of(&finding.subjects, SUBJECTS)));
            });
            causes(html, finding);
            for advice in &finding.advice {
                html.element("p", &[("class", "advice")], |html| {
                    html.leaf("strong", &[], "To change:");
                    html.text(&format!(" {advice}"));
                });
            }
            for rule in &finding.rules {
                html.element("p", &[("class", "rule")], |html| {
                    html.leaf("strong", &[], &format!("Rule {}:", rule.id));
                    html.text(&format!(" {} ", rule.title));
                    html.leaf("code", &[], &format!("dryroll explain {}", rule.id));
                });
            }
            if !finding.sources.is_empty() {
                html.leaf(
                    "p",
                    &[("class", "sources")],
                    &format!("Source: {}", finding.sources.join("; ")),
                );
            }
        },
    );
}

fn causes(html: &mut Html, finding: &Finding) {
    if finding.causes.is_empty() {
        return;
    }
    let label = format!(
        "{}, from the effect back to the first cause",
        plural(finding.causes.len() as u64, "cause")
    );
    html.element(
        "ol",
        &[("class", "causes"), ("aria-label", &label)],
        |html| {
            for cause in &finding.causes {
                html.element("li", &[], |html| {
                    html.leaf("span", &[("class", "because")], "because");
                    html.text(" ");
                    html.leaf("time", &[], &clock(cause.at));
                    html.text(&format!(" {}", cause.text));
                });
            }
        },
    );
}
