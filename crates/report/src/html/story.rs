//! The story, to read along and to filter.

use outcome::{Interval, Outcome};

use super::build::Html;
use crate::text::{clock, number};

pub(super) fn write(html: &mut Html, outcome: &Outcome) {
    if outcome.story.is_empty() {
        return;
    }
    html.element("section", &[("id", "story"), ("aria-labelledby", "story-head")], |html| {
        let events = number(outcome.story.len() as u64);
        html.leaf("h2", &[("id", "story-head")], &format!("Story: {events} notable events"));
        html.element("p", &[("class", "needs-js")], |html| {
            html.leaf("label", &[("for", "filter")], "Only events with");
            html.raw(" <input id=\"filter\" type=\"search\" autocomplete=\"off\" placeholder=\"broker 2\"/> ");
            html.leaf("span", &[("id", "filtered"), ("role", "status")], "");
        });
        html.element("div", &[("class", "tall"), ("tabindex", "0"), ("role", "region"), ("aria-label", "Events")], |html| {
            html.table("Notable events in the order of time", &["When", "Who", "What"], |html| {
                for line in &outcome.story {
                    html.element("tr", &[], |html| {
                        html.element("td", &[("class", "number")], |html| moment(html, line.at));
                        html.leaf("th", &[("scope", "row")], &line.who);
                        html.leaf("td", &[], &line.text);
                    });
                }
            });
        });
    });
}

/// A moment that, when clicked, the timeline shows with a little around it.
fn moment(html: &mut Html, at: i64) {
    const AROUND: u64 = 5_000_000_000;
    let when = Interval {
        begin: at.saturating_sub_unsigned(AROUND),
        end: at.saturating_add_unsigned(AROUND),
    };
    let (begin, end) = (when.begin.to_string(), when.end.to_string());
    html.leaf(
        "a",
        &[
            ("class", "go"),
            ("href", "#timeline"),
            ("data-b", &begin),
            ("data-e", &end),
        ],
        &clock(at),
    );
}
