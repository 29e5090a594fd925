//! Two runbooks held against each other, as a page.

use outcome::diff::{Change, Counterexample, Diff};

use super::build::Html;
use super::frame::{self, Frame, section};
use crate::diff as words;
use crate::text::{number, plural};

const STYLE: &str = ".change { font-weight: 700; white-space: nowrap; }\n";

/// The page of `dryroll diff`.
pub fn page(diff: &Diff) -> String {
    let frame = Frame {
        title: &format!("{}: {} (dryroll diff)", words::verdict(diff), diff.new.file),
        style: STYLE,
        good: !diff.worse,
        foot: "Made by dryroll. The same files, seeds and model give the same page.",
    };
    frame::page(&frame, |html| {
        html.element("header", &[], |html| {
            let sign = if diff.worse { "✗" } else { "✓" };
            frame::verdict(html, sign, words::verdict(diff), &words::sentence(diff));
            html.leaf("p", &[("class", "about")], &diff.new.about);
            let line = format!(
                "{} → {} · {} from {} · {} of each · model {}",
                diff.old.file,
                diff.new.file,
                plural(diff.seeds, "seed"),
                diff.first_seed,
                plural(diff.runs, "run"),
                diff.model
            );
            html.leaf("p", &[("class", "identity")], &line);
        });
        html.element("main", &[("id", "main")], |html| {
            section(html, "promises", "Promises", |html| promises(html, diff));
            section(html, "window", "Window", |html| {
                let text = format!(
                    "Before {}; after {}.",
                    words::window(&diff.old),
                    words::window(&diff.new)
                );
                html.leaf("p", &[], &text);
            });
            examples(
                html,
                "breaks",
                "Runs that held and break now",
                &diff.counterexamples,
            );
            examples(html, "fixed", "Runs that broke and hold now", &diff.fixed);
            let remarks = words::remarks(diff);
            if !remarks.is_empty() {
                section(html, "accepted", "Accepted findings", |html| {
                    html.element("ul", &[], |html| {
                        for remark in &remarks {
                            html.leaf("li", &[], remark);
                        }
                    });
                });
            }
        });
    })
}

fn promises(html: &mut Html, diff: &Diff) {
    let shown: Vec<_> = words::rows(diff).collect();
    let same = diff.promises.len() - shown.len();
    if !shown.is_empty() {
        let heads = ["", "Promise", "Before", "After"];
        html.table("What became of each promise", &heads, |html| {
            for promise in shown {
                let (class, sign) = match promise.change {
                    Change::Worse => ("bad", "▲"),
                    Change::Better => ("good", "▼"),
                    Change::Added => ("", "+"),
                    Change::Removed => ("", "–"),
                    Change::Same => ("", "="),
                };
                html.element("tr", &[("class", class)], |html| {
                    let change = format!("{sign} {}", words::change(promise.change));
                    html.leaf("td", &[("class", "change sign")], &change);
                    html.leaf("th", &[("scope", "row")], &promise.text);
                    for kept in [promise.old.as_ref(), promise.new.as_ref()] {
                        html.leaf("td", &[], &words::kept(kept, diff.runs));
                    }
                });
            }
        });
    }
    if same > 0 {
        let text = format!("{} as before.", plural(same as u64, "promise"));
        html.leaf("p", &[("class", "note")], &text);
    }
}

fn examples(html: &mut Html, id: &str, head: &str, examples: &[Counterexample]) {
    if examples.is_empty() {
        return;
    }
    section(html, id, head, |html| {
        html.element("ul", &[], |html| {
            for example in examples.iter().take(SHOWN) {
                html.element("li", &[], |html| {
                    let title = match example.title.as_str() {
                        "" => example.promises.join(", "),
                        title => title.to_owned(),
                    };
                    html.text(&title);
                    let mut note =
                        format!("{} ({})", words::run(example), example.codes.join(", "));
                    if let Some(line) = example.accepted {
                        note.push_str(&format!(", accepted in line {line}"));
                    }
                    html.leaf("p", &[("class", "note")], &note);
                });
            }
        });
        if examples.len() > SHOWN {
            let text = format!("And {} more.", number((examples.len() - SHOWN) as u64));
            html.leaf("p", &[], &text);
        }
    });
}

/// Runs that are told of one by one.
const SHOWN: usize = 20;
