//! What gates are worth, as a page and as a part of the page of a search.

use outcome::gates::{GateUse, Gates};

use super::build::Html;
use super::frame::{self, Frame, section};
use crate::terminal::{gate_facts, gate_worth};
use crate::text::{duration, number, plural};

/// The page of `dryroll gates`.
pub fn page(gates: &Gates) -> String {
    let good = gates.to_add.is_empty() && gates.gates.iter().all(|gate| gate.false_green == 0);
    let frame = Frame {
        title: &format!("Gates: {} (dryroll)", gates.file),
        style: STYLE,
        good,
        foot: "Made by dryroll. The same file, seeds and model give the same page.",
    };
    frame::page(&frame, |html| {
        html.element("header", &[], |html| {
            let sign = if good { "✓" } else { "!" };
            frame::verdict(html, sign, "GATES", &sentence(gates));
            html.leaf("p", &[("class", "about")], &gates.about);
            let line = format!(
                "{} · {} from {} · {} · model {}",
                gates.file,
                plural(gates.seeds, "seed"),
                gates.first_seed,
                plural(gates.runs, "run"),
                gates.model
            );
            html.leaf("p", &[("class", "identity")], &line);
        });
        html.element("main", &[("id", "main")], |html| {
            section(html, "add", "The gate to add first", |html| {
                add_first(html, gates)
            });
            section(html, "gates", "Gates of the runbook", |html| {
                table(html, gates);
                one_by_one(html, gates);
            });
        });
    })
}

/// Beyond the style of all pages.
pub(super) const STYLE: &str = ".gates td, .gates th { padding-right: 1rem; }\n\
    .gate-facts { padding-left: 1.25rem; font-size: .9rem; }\n";

pub(super) fn sentence(gates: &Gates) -> String {
    let broken = match gates.broken {
        0 => format!("No promise is broken in {}", plural(gates.runs, "run")),
        broken => format!(
            "{} of {} break a promise",
            number(broken),
            plural(gates.runs, "run")
        ),
    };
    let lied = gates.gates.iter().filter(|gate| gate.false_green > 0);
    match lied.count() as u64 {
        0 => broken,
        lied => format!(
            "{broken}; {} said go when it was not safe",
            plural(lied, "gate")
        ),
    }
}

/// The gate to add, and others.
pub(super) fn add_first(html: &mut Html, gates: &Gates) {
    if gates.to_add.is_empty() {
        let why = match gates.broken {
            0 => "None: nothing breaks that a gate could catch.".to_owned(),
            _ => format!(
                "None of {} that were tried saves a run that breaks.",
                plural(gates.tried, "gate")
            ),
        };
        html.leaf("p", &[], &why);
        return;
    }
    html.element("ol", &[], |html| {
        for candidate in &gates.to_add {
            html.element("li", &[], |html| {
                html.text(&format!(
                    "in step {}, {}: ",
                    candidate.step, candidate.position
                ));
                html.leaf("code", &[], &candidate.gate);
                html.leaf(
                    "p",
                    &[("class", "note")],
                    &gate_worth(candidate, gates.broken),
                );
            });
        }
    });
}

/// The gates, a row each.
pub(super) fn table(html: &mut Html, gates: &Gates) {
    if gates.gates.is_empty() {
        html.leaf("p", &[], "The runbook has no gate.");
        return;
    }
    let heads = [
        "",
        "Gate",
        "Caught alone",
        "Green, not safe",
        "Red, safe",
        "Holds a run up for",
    ];
    html.element("div", &[("class", "gates")], |html| {
        html.table("What each gate is worth", &heads, |html| {
            for gate in &gates.gates {
                row(html, gate, gates.runs);
            }
        });
    });
    let note = "Caught alone: runs that hold and break without this gate. ✗ lied at least once, ✓ caught something, – changed nothing.";
    html.leaf("p", &[("class", "note")], note);
}

fn row(html: &mut Html, gate: &GateUse, runs: u64) {
    let (class, sign, said) = match gate {
        gate if gate.false_green > 0 => ("bad", "✗", "lied"),
        gate if gate.caught > 0 => ("good", "✓", "caught something"),
        _ => ("", "–", "changed nothing"),
    };
    html.element("tr", &[("class", class)], |html| {
        html.element("td", &[("class", "sign")], |html| {
            html.leaf("span", &[("aria-hidden", "true")], sign);
            html.leaf("span", &[("class", "unseen")], said);
        });
        html.element("th", &[("scope", "row")], |html| {
            html.text(&gate.text);
            let place = format!("{}, {}", gate.step, gate.position);
            html.leaf("span", &[("class", "name")], &place);
        });
        let red = match gate.false_red {
            0 => "never".to_owned(),
            times => format!("{} ({})", number(times), duration(gate.false_red_time)),
        };
        let green = match (gate.false_green, gate.watched) {
            (_, 0) => "not reached".to_owned(),
            (0, _) => "never".to_owned(),
            (times, watched) => format!("{} of {}", number(times), number(watched)),
        };
        let caught = match gate.caught {
            0 => "nothing".to_owned(),
            caught => format!("{} of {}", number(caught), plural(runs, "run")),
        };
        let blocked = match (gate.blocked.min, gate.blocked.max) {
            (0, 0) => "nothing".to_owned(),
            (min, max) if duration(min) == duration(max) => duration(max),
            (min, max) => format!("{} to {}", duration(min), duration(max)),
        };
        for cell in [caught, green, red, blocked] {
            html.leaf("td", &[("class", "number")], &cell);
        }
    });
}

fn one_by_one(html: &mut Html, gates: &Gates) {
    if gates.gates.is_empty() {
        return;
    }
    html.element("details", &[], |html| {
        html.leaf("summary", &[], "Each gate in a sentence");
        html.element("ul", &[("class", "gate-facts")], |html| {
            for gate in &gates.gates {
                html.element("li", &[], |html| {
                    let head = format!("{}, {}: {}: ", gate.step, gate.position, gate.text);
                    html.leaf("strong", &[], &head);
                    html.text(&format!(" {}", gate_facts(gate, gates.runs)));
                    for (promise, runs) in &gate.caught_promises {
                        let text = format!("catches: {promise} ({})", plural(*runs, "run"));
                        html.leaf("p", &[("class", "note")], &text);
                    }
                    if let Some(example) = &gate.false_green_example {
                        html.leaf(
                            "p",
                            &[("class", "note")],
                            &format!("wrong: {}", example.text),
                        );
                    }
                });
            }
        });
    });
}
