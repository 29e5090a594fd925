//! The outcome as one HTML page: complete in itself, offline, readable without its script, and by everyone.
//!
//! The page is written as well-formed XML too, so that a test can take it apart and see that no text has become markup.

mod build;
mod diff;
mod findings;
mod frame;
mod gate_worth;
mod gates;
mod promises;
mod records;
mod rollback;
mod run;
mod search;
mod steps;
mod story;
mod timeline;

use outcome::{Interval, Outcome, Verdict};

use crate::text::clock_range;
use crate::text::escape::{json_in_script, markup};
use crate::{json, words};
use build::Html;
pub use diff::page as diff_page;
pub use gate_worth::page as gates_page;
pub use search::{More, page as search_page};

pub use rollback::rollback;

const STYLE: &str = include_str!("../../assets/report.css");
const SCRIPT: &str = include_str!("../../assets/report.js");

/// The page.
pub fn page(outcome: &Outcome) -> String {
    let mut html = Html::default();
    let verdict = words::verdict(outcome.verdict);
    html.element("head", &[], |html| {
        html.raw("<meta charset=\"utf-8\"/>\n");
        html.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n");
        html.raw("<meta name=\"color-scheme\" content=\"light dark\"/>\n");
        // The page asks for nothing from outside; this makes sure of it.
        html.raw(
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
             script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\"/>\n",
        );
        html.leaf("title", &[], &format!("{verdict}: {} (dryroll)", outcome.file));
        html.raw(&format!("<style>\n{STYLE}</style>\n"));
    });
    html.element(
        "body",
        &[(
            "class",
            if outcome.verdict == Verdict::Holds {
                "holds"
            } else {
                "breaks"
            },
        )],
        |html| {
            html.leaf(
                "a",
                &[("class", "skip"), ("href", "#main")],
                "Skip to the content",
            );
            header(html, outcome);
            html.element("main", &[("id", "main")], |html| {
                promises::write(html, outcome);
                timeline::write(html, outcome);
                findings::write(html, outcome);
                steps::write(html, outcome);
                gates::write(html, outcome);
                records::write(html, outcome);
                story::write(html, outcome);
                run::write(html, outcome);
            });
            html.element("footer", &[], |html| {
                html.leaf(
                    "p",
                    &[],
                    "Made by dryroll. The same file, seed and model give the same page.",
                );
            });
            let json = json_in_script(&json::write(outcome));
            html.raw(&format!(
                "<script type=\"application/json\" id=\"outcome\">\n{json}</script>\n"
            ));
            html.raw(&format!("<script>\n{SCRIPT}</script>\n"));
        },
    );
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n{}</html>\n",
        html.finish()
    )
}

fn header(html: &mut Html, outcome: &Outcome) {
    let sign = if outcome.verdict == Verdict::Holds {
        "✓"
    } else {
        "✗"
    };
    html.element("header", &[], |html| {
        html.element("div", &[("class", "verdict")], |html| {
            html.element("p", &[("class", "badge")], |html| {
                html.leaf("span", &[("aria-hidden", "true")], sign);
                html.text(&format!(" {}", words::verdict(outcome.verdict)));
            });
            html.leaf("h1", &[], &words::verdict_sentence(outcome));
        });
        if !outcome.about.is_empty() {
            html.leaf("p", &[("class", "about")], &outcome.about);
        }
        let identity = &outcome.identity;
        let line = format!(
            "{} · seed {} · model {} · run {}",
            outcome.file, identity.seed, identity.model, identity.id
        );
        html.leaf("p", &[("class", "identity")], &line);
        html.element("nav", &[("aria-label", "Sections")], |html| {
            for (present, id, name) in sections(outcome) {
                if present {
                    html.leaf("a", &[("href", &format!("#{id}"))], name);
                }
            }
            let attributes = [("type", "button"), ("id", "theme"), ("class", "needs-js")];
            html.leaf("button", &attributes, "Light or dark");
        });
    });
}

/// The sections in the order of the page, and whether there is anything in them.
fn sections(outcome: &Outcome) -> [(bool, &'static str, &'static str); 9] {
    [
        (!outcome.promises.is_empty(), "promises", "Promises"),
        (true, "timeline", "Timeline"),
        (!outcome.findings.is_empty(), "findings", "Findings"),
        (!outcome.steps.is_empty(), "steps", "Steps"),
        (!outcome.gates.is_empty(), "gates", "Gates"),
        (
            !outcome.producers.is_empty() || !outcome.groups.is_empty(),
            "records",
            "Records",
        ),
        (!outcome.story.is_empty(), "story", "Story"),
        (
            !outcome.rests_on.is_empty() || !outcome.limits.is_empty(),
            "rests-on",
            "Rests on",
        ),
        (true, "run", "Run again"),
    ]
}

/// A stretch of time that, when clicked, the timeline shows.
fn time_link(html: &mut Html, when: Interval) {
    let (begin, end) = (when.begin.to_string(), when.end.to_string());
    html.leaf(
        "a",
        &[
            ("class", "go"),
            ("href", "#timeline"),
            ("data-b", &begin),
            ("data-e", &end),
        ],
        &clock_range(when),
    );
}

/// A link to the finding, or nothing if there is none.
fn finding_link(html: &mut Html, outcome: &Outcome, index: Option<usize>) {
    if let Some((index, finding)) =
        index.and_then(|index| outcome.findings.get(index).map(|finding| (index, finding)))
    {
        html.leaf(
            "a",
            &[("href", &format!("#finding-{}", index + 1))],
            &finding.title,
        );
    }
}

/// A command with a button that copies it.
fn command(html: &mut Html, line: &str) {
    html.element("div", &[("class", "command")], |html| {
        html.element(
            "pre",
            &[("tabindex", "0"), ("aria-label", "command")],
            |html| {
                html.raw(&format!("<code>{}</code>", markup(line)));
            },
        );
        html.leaf(
            "button",
            &[("type", "button"), ("class", "copy needs-js")],
            "Copy",
        );
    });
}
