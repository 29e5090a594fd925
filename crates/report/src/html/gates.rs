//! The gates; those that were wrong come first.

use outcome::{GateEnd, GateRecord, Outcome};

use super::build::Html;
use super::time_link;
use crate::text::{clean, duration, number};
use crate::words;

pub(super) fn write(html: &mut Html, outcome: &Outcome) {
    if outcome.gates.is_empty() {
        return;
    }
    html.element(
        "section",
        &[("id", "gates"), ("aria-labelledby", "gates-head")],
        |html| {
            let lied: Vec<_> = outcome
                .gates
                .iter()
                .filter(|gate| gate.false_green.is_some())
                .collect();
            html.leaf(
                "h2",
                &[("id", "gates-head")],
                &format!("Gates: {}", outcome.gates.len()),
            );
            for gate in lied {
                let text = format!(
                    "Step {}: the gate “{}” said go when it was not safe, because {}",
                    clean(&gate.step),
                    clean(&gate.text),
                    clean(gate.false_green.as_deref().unwrap_or_default())
                );
                html.element("p", &[("class", "alarm")], |html| {
                    html.leaf(
                        "span",
                        &[("aria-hidden", "true"), ("class", "alarm-sign")],
                        "!",
                    );
                    html.text(&format!(" {text}"));
                });
            }
            html.element("details", &[], |html| {
                html.leaf("summary", &[], "All gates");
                let heads = [
                    "Step",
                    "Where",
                    "Gate",
                    "When",
                    "How it ended",
                    "Looks",
                    "Wrongly red",
                ];
                html.table("All gates", &heads, |html| {
                    for gate in &outcome.gates {
                        row(html, gate);
                    }
                });
            });
        },
    );
}

fn row(html: &mut Html, gate: &GateRecord) {
    let wrong = gate.false_green.is_some();
    let failed = !matches!(gate.end, GateEnd::Green | GateEnd::Unfinished);
    html.element(
        "tr",
        &[("class", if wrong || failed { "bad" } else { "good" })],
        |html| {
            html.leaf("th", &[("scope", "row")], &gate.step);
            let node = gate
                .node
                .map(|node| format!(", node {node}"))
                .unwrap_or_default();
            html.leaf("td", &[], &format!("{}{node}", gate.position));
            html.leaf("td", &[], &gate.text);
            html.element("td", &[], |html| time_link(html, gate.when));
            let end = words::gate_end(gate.end);
            html.leaf(
                "td",
                &[],
                &if wrong {
                    format!("! {end}, wrongly")
                } else {
                    end.to_owned()
                },
            );
            html.leaf("td", &[("class", "number")], &number(u64::from(gate.looks)));
            let red = if gate.false_red > 0 {
                duration(gate.false_red)
            } else {
                String::new()
            };
            html.leaf("td", &[("class", "number")], &red);
        },
    );
}
