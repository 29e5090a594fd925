//! The timeline: a picture to point at, and the same as a table.

use outcome::{Outcome, StretchState};

use super::build::Html;
use super::{finding_link, time_link};
use crate::chart::Flag;
use crate::picture::{inline, layout};
use crate::text::{duration, number};
use crate::words;

/// Stretches in the table; beyond that the embedded JSON has them all.
const STRETCHES: usize = 2_000;

pub(super) fn write(html: &mut Html, outcome: &Outcome) {
    let Some(timeline) = layout::page_timeline(outcome) else {
        // Links to moments lead here, so the section is there also without a picture.
        html.element(
            "section",
            &[("id", "timeline"), ("aria-labelledby", "timeline-head")],
            |html| {
                html.leaf("h2", &[("id", "timeline-head")], "Timeline");
                html.leaf(
                    "p",
                    &[("class", "note")],
                    "No step ran, and nothing was out of the ordinary.",
                );
            },
        );
        return;
    };
    html.element("section", &[("id", "timeline"), ("aria-labelledby", "timeline-head")], |html| {
        html.leaf("h2", &[("id", "timeline-head")], "Timeline");
        legend(html, &timeline);
        tools(html, &timeline);
        let pieces: Vec<String> = timeline
            .pieces
            .iter()
            .map(|piece| {
                let folded = u8::from(piece.folded);
                format!("{},{},{},{},{folded}", piece.when.begin, piece.when.end, piece.from, piece.to)
            })
            .collect();
        let (left, right) = (timeline.plot.0.to_string(), timeline.plot.1.to_string());
        let attributes = [
            ("id", "plot"),
            ("role", "group"),
            ("tabindex", "0"),
            ("aria-label", "Timeline. Left and right move, plus and minus zoom, 0 shows all, up and down go from event to event, enter opens the finding."),
            ("data-left", &left),
            ("data-right", &right),
            ("data-pieces", &pieces.join(";")),
        ];
        html.element("div", &attributes, |html| {
            html.raw(&inline::svg(&timeline.scene, "chart"));
        });
        html.raw("<p id=\"readout\" role=\"status\" aria-live=\"polite\" hidden=\"\"></p>\n");
        faults(html, outcome, &timeline);
        for note in &timeline.notes {
            html.leaf("p", &[("class", "note")], note);
        }
        table(html, outcome);
    });
}

fn legend(html: &mut Html, timeline: &layout::PageTimeline) {
    html.element(
        "ul",
        &[("class", "legend"), ("aria-label", "Legend")],
        |html| {
            for &state in &timeline.states {
                html.element("li", &[], |html| {
                    html.leaf(
                        "span",
                        &[
                            ("class", &format!("sample {}", state_class(state))),
                            ("aria-hidden", "true"),
                        ],
                        "",
                    );
                    html.text(words::state(state));
                });
            }
            html.element("li", &[], |html| {
                html.leaf(
                    "span",
                    &[("class", "sample fine"), ("aria-hidden", "true")],
                    "",
                );
                html.text("all well");
            });
            if timeline.pieces.iter().any(|piece| piece.folded) {
                html.element("li", &[], |html| {
                    html.leaf(
                        "span",
                        &[("class", "sample folded"), ("aria-hidden", "true")],
                        "",
                    );
                    html.text("≈ time without a change, folded");
                });
            }
            for flag in &timeline.flags {
                let (sign, text) = match flag {
                    Flag::FalseGreen => ("!", "gate was wrong"),
                    Flag::Failed => ("✗", "gate failed"),
                };
                html.element("li", &[], |html| {
                    html.leaf(
                        "span",
                        &[("class", "sample flag"), ("aria-hidden", "true")],
                        sign,
                    );
                    html.text(text);
                });
            }
        },
    );
}

fn tools(html: &mut Html, timeline: &layout::PageTimeline) {
    html.element(
        "div",
        &[
            ("class", "tools needs-js"),
            ("role", "toolbar"),
            ("aria-label", "Timeline view"),
        ],
        |html| {
            let mut button = |act: &str, label: &str, text: &str| {
                html.leaf(
                    "button",
                    &[("type", "button"), ("data-act", act), ("aria-label", label)],
                    text,
                );
            };
            button("in", "zoom in", "+");
            button("out", "zoom out", "−");
            button("left", "earlier", "←");
            button("right", "later", "→");
            button("all", "show all", "All");
            if let Some(when) = timeline.close_up {
                let (begin, end) = (when.begin.to_string(), when.end.to_string());
                let attributes = [
                    ("type", "button"),
                    ("data-act", "go"),
                    ("data-b", begin.as_str()),
                    ("data-e", &end),
                ];
                html.leaf("button", &attributes, "First broken promise");
            }
            html.leaf(
                "span",
                &[("class", "hint")],
                "Drag to zoom, Ctrl and wheel too; click a bar for its reason.",
            );
        },
    );
}

/// The faults by the numbers that they have in the picture, and those whose moment never came.
fn faults(html: &mut Html, outcome: &Outcome, timeline: &layout::PageTimeline) {
    if outcome.faults.is_empty() {
        return;
    }
    html.element(
        "ul",
        &[("class", "faults"), ("aria-label", "Injected faults")],
        |html| {
            for fault in &timeline.faults {
                html.element("li", &[], |html| {
                    html.leaf("span", &[("class", "mark")], &format!("▼ {}", fault.number));
                    html.text(&format!(" {} ", fault.text));
                    time_link(html, fault.when);
                });
            }
            for fault in outcome.faults.iter().filter(|fault| fault.when.is_none()) {
                html.leaf(
                    "li",
                    &[("class", "note")],
                    &format!("{}: its moment never came", fault.text),
                );
            }
        },
    );
}

fn table(html: &mut Html, outcome: &Outcome) {
    let total: usize = outcome.timeline.iter().map(|row| row.stretches.len()).sum();
    html.element("details", &[], |html| {
        html.leaf(
            "summary",
            &[],
            &format!(
                "The timeline as a table: {} stretches",
                number(total as u64)
            ),
        );
        let heads = ["Who", "When", "How long", "State", "What", "Why"];
        html.table("Everything that was not as usual", &heads, |html| {
            let stretches = outcome
                .timeline
                .iter()
                .flat_map(|row| row.stretches.iter().map(move |stretch| (row, stretch)));
            for (row, stretch) in stretches.take(STRETCHES) {
                html.element("tr", &[], |html| {
                    html.leaf("th", &[("scope", "row")], &row.label);
                    html.element("td", &[], |html| time_link(html, stretch.when));
                    html.leaf(
                        "td",
                        &[("class", "number")],
                        &duration(words::length(stretch.when)),
                    );
                    html.element("td", &[("class", "state")], |html| {
                        let class = format!("sample {}", state_class(stretch.state));
                        html.leaf("span", &[("class", &class), ("aria-hidden", "true")], "");
                        html.text(words::state(stretch.state));
                    });
                    html.leaf("td", &[], &stretch.text);
                    html.element("td", &[], |html| {
                        finding_link(html, outcome, stretch.finding)
                    });
                });
            }
        });
        if total > STRETCHES {
            let more = number((total - STRETCHES) as u64);
            html.leaf(
                "p",
                &[("class", "note")],
                &format!("and {more} more, which are in the JSON of this page"),
            );
        }
    });
}

fn state_class(state: StretchState) -> &'static str {
    match state {
        StretchState::Down => "down",
        StretchState::Partly => "partly",
        StretchState::Degraded => "degraded",
        StretchState::Planned => "planned",
        StretchState::Info => "info",
    }
}
