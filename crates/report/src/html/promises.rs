//! The promises.

use outcome::{Outcome, PromiseResult};

use super::build::Html;
use super::{finding_link, time_link};
use crate::text::plural;
use crate::words;

/// More promises than this would push the timeline out of sight; those that held are folded then.
const AT_ONCE: usize = 12;

pub(super) fn write(html: &mut Html, outcome: &Outcome) {
    if outcome.promises.is_empty() {
        return;
    }
    html.element(
        "section",
        &[("id", "promises"), ("aria-labelledby", "promises-head")],
        |html| {
            html.leaf(
                "h2",
                &[("id", "promises-head")],
                &format!("Promises: {}", words::promise_count(outcome)),
            );
            // The broken ones first, each part in the order of the file.
            let (held, broken): (Vec<_>, Vec<_>) =
                outcome.promises.iter().partition(|promise| promise.holds);
            if outcome.promises.len() <= AT_ONCE {
                table(html, outcome, &[broken, held].concat());
                return;
            }
            if !broken.is_empty() {
                table(html, outcome, &broken);
            }
            if !held.is_empty() {
                html.element("details", &[], |html| {
                    let more = plural(held.len() as u64, "promise");
                    html.leaf("summary", &[], &format!("{more} that held"));
                    table(html, outcome, &held);
                });
            }
        },
    );
}

fn table(html: &mut Html, outcome: &Outcome, promises: &[&PromiseResult]) {
    let heads = ["", "Promise", "Measured", "Promised", "Worst", "Why"];
    html.table("What was promised and what was measured", &heads, |html| {
        for promise in promises {
            row(html, outcome, promise);
        }
    });
}

fn row(html: &mut Html, outcome: &Outcome, promise: &PromiseResult) {
    let (measured, limit) = words::measured_and_limit(promise);
    html.element(
        "tr",
        &[("class", if promise.holds { "good" } else { "bad" })],
        |html| {
            html.element("td", &[("class", "sign")], |html| {
                html.leaf(
                    "span",
                    &[("aria-hidden", "true")],
                    if promise.holds { "✓" } else { "✗" },
                );
                html.leaf(
                    "span",
                    &[("class", "unseen")],
                    if promise.holds { "held" } else { "broken" },
                );
            });
            html.element("th", &[("scope", "row")], |html| {
                html.leaf("span", &[("class", "promise")], &promise.text);
                html.leaf("span", &[("class", "name")], &words::promise_name(promise));
            });
            html.leaf("td", &[("class", "number measured")], &measured);
            html.leaf("td", &[("class", "number")], &limit);
            html.element("td", &[], |html| {
                if let Some(place) = &promise.place {
                    html.leaf("span", &[("class", "place")], place);
                    html.text(" ");
                }
                if let Some(when) = promise.when {
                    time_link(html, when);
                }
            });
            html.element("td", &[], |html| {
                for (index, _) in words::findings_of(outcome, &promise.findings).take(5) {
                    finding_link(html, outcome, Some(index));
                }
            });
        },
    );
}
