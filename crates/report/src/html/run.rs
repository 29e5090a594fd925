//! What the result rests on, what it leaves out, what makes it this result, and how to get it again.

use outcome::Outcome;

use super::build::Html;
use super::command;
use crate::text::{duration, number};
use crate::words;

pub(super) fn write(html: &mut Html, outcome: &Outcome) {
    rests_on(html, outcome);
    again(html, outcome);
}

fn rests_on(html: &mut Html, outcome: &Outcome) {
    if outcome.rests_on.is_empty() && outcome.limits.is_empty() {
        return;
    }
    html.element(
        "section",
        &[("id", "rests-on"), ("aria-labelledby", "rests-on-head")],
        |html| {
            html.leaf("h2", &[("id", "rests-on-head")], "What the result rests on");
            if !outcome.limits.is_empty() {
                html.leaf("h3", &[], "Not modelled, and it matters here");
                html.element("ul", &[("class", "limits")], |html| {
                    for limit in &outcome.limits {
                        html.leaf("li", &[], limit);
                    }
                });
            }
            if !outcome.rests_on.is_empty() {
                html.element("details", &[], |html| {
                    html.leaf(
                        "summary",
                        &[],
                        &format!(
                            "{} facts and assumptions",
                            number(outcome.rests_on.len() as u64)
                        ),
                    );
                    html.table(
                        "Facts and assumptions with their sources",
                        &["What", "From where"],
                        |html| {
                            for ground in &outcome.rests_on {
                                html.element("tr", &[], |html| {
                                    html.leaf("th", &[("scope", "row")], &ground.what);
                                    html.leaf("td", &[], &ground.source);
                                });
                            }
                        },
                    );
                });
            }
        },
    );
}

fn again(html: &mut Html, outcome: &Outcome) {
    html.element(
        "section",
        &[("id", "run"), ("aria-labelledby", "run-head")],
        |html| {
            html.leaf("h2", &[("id", "run-head")], "Run it again");
            command(html, &words::replay_command(outcome));
            html.leaf(
                "p",
                &[("class", "note")],
                "The same file, seed and model give the same bytes.",
            );
            html.element("dl", &[], |html| {
                let identity = &outcome.identity;
                for (name, value) in [
                    ("Run", identity.id.as_str()),
                    ("File", &outcome.file),
                    ("Seed", &identity.seed.to_string()),
                    ("Model", &identity.model),
                    ("Scenario", &identity.scenario),
                    ("Trace", &identity.trace),
                    ("Work", &format!("{} events", number(outcome.effort.events))),
                    ("Simulated", &duration(outcome.effort.simulated)),
                ] {
                    html.leaf("dt", &[], name);
                    html.leaf("dd", &[], value);
                }
            });
            html.element("p", &[("class", "needs-js")], |html| {
                html.leaf(
                    "button",
                    &[("type", "button"), ("id", "download")],
                    "Download outcome.json",
                );
            });
        },
    );
}
