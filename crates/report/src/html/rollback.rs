//! The way back as one page: the line on the timeline, the table, what blocks, the undos.

use outcome::rollback::{Block, Moment, Rollback};

use super::build::Html;
use super::frame::{self, Frame};
use crate::picture::{inline, way_back};
use crate::rollback as words;
use crate::text::{clean, plural};

/// What this page has beyond that of a run.
pub(super) const MORE: &str = ".hollow-good { fill: var(--page); stroke: var(--good); stroke-width: 1.5; }\n.says { white-space: pre-wrap; overflow-wrap: anywhere; }\n";

/// The page.
pub fn rollback(rollback: &Rollback) -> String {
    let open = words::is_open_throughout(rollback);
    let frame = Frame {
        title: &format!(
            "{}: {} (dryroll)",
            words::verdict(rollback),
            rollback.forward.file
        ),
        style: MORE,
        good: open,
        foot: "Made by dryroll. The same file, seeds and model give the same page.",
    };
    frame::page(&frame, |html| {
        header(html, rollback, open);
        html.element("main", &[("id", "main")], |html| {
            html.element("section", &[("id", "timeline")], |html| {
                html.leaf("h2", &[], "The runbook, and from where there is a way back");
                picture(html, rollback);
            });
            table(html, rollback);
            blocks(html, rollback);
            costs(html, rollback);
            undos(html, rollback);
        });
    })
}

/// The line on the timeline.
pub(super) fn picture(html: &mut Html, rollback: &Rollback) {
    html.element("div", &[("class", "scroll")], |html| {
        html.raw(&inline::svg(&way_back::picture(rollback, false), "chart"));
    });
}

/// Each moment: is there a way back?
pub(super) fn moments(html: &mut Html, rollback: &Rollback) {
    html.table("Turning back at each moment", &words::HEADS, |html| {
        for moment in &rollback.moments {
            row(html, moment);
        }
    });
    html.leaf("p", &[("class", "note")], words::LEGEND);
}

fn header(html: &mut Html, rollback: &Rollback, open: bool) {
    html.element("header", &[], |html| {
        let sign = if open { "✓" } else { "✗" };
        frame::verdict(
            html,
            sign,
            words::verdict(rollback),
            &words::sentence(rollback),
        );
        html.leaf("p", &[("class", "about")], &rollback.forward.about);
        let line = format!(
            "{} · {} from {} · model {}",
            rollback.forward.file,
            plural(rollback.seeds, "seed"),
            rollback.first_seed,
            rollback.forward.identity.model
        );
        html.leaf("p", &[("class", "identity")], &line);
        if let Some(no_return) = rollback.no_return.as_ref().filter(|no| !no.why.is_empty()) {
            html.leaf("p", &[], &format!("Because {}", no_return.why));
        }
    });
}

fn table(html: &mut Html, rollback: &Rollback) {
    html.element("section", &[("id", "moments")], |html| {
        html.leaf("h2", &[], "Turning back");
        moments(html, rollback);
    });
}

fn row(html: &mut Html, moment: &Moment) {
    let open = words::is_open(moment);
    let class = if open { "good" } else { "bad" };
    html.element("tr", &[("class", class)], |html| {
        let [label, rest @ ..] = words::row(moment);
        let sign = if open { "✓" } else { "✗" };
        html.leaf("th", &[("scope", "row")], &format!("{sign} {label}"));
        for cell in rest {
            html.leaf("td", &[], &cell);
        }
    });
}

fn blocks(html: &mut Html, rollback: &Rollback) {
    let told = words::obstacles(rollback);
    if told.is_empty() {
        return;
    }
    html.element("section", &[("id", "blocks")], |html| {
        html.leaf("h2", &[], "What blocks the way back");
        for (block, labels) in told {
            one(html, block, &labels);
        }
    });
}

fn one(html: &mut Html, block: &Block, labels: &[String]) {
    html.element("article", &[("class", "finding")], |html| {
        let title = words::obstacle(block.kind, block.step.as_deref());
        html.leaf("h3", &[], &title);
        html.leaf("p", &[], &block.why);
        if !block.says.is_empty() {
            let says: Vec<String> = block
                .says
                .iter()
                .map(|line| clean(line).into_owned())
                .collect();
            html.leaf("pre", &[("class", "says")], &says.join("\n"));
        }
        for rule in &block.rules {
            html.leaf("p", &[], &format!("Rule {}: {}", rule.id, rule.title));
        }
        html.leaf(
            "p",
            &[("class", "note")],
            &format!("From: {}", labels.join("; ")),
        );
    });
}

fn costs(html: &mut Html, rollback: &Rollback) {
    let lines = words::costs(rollback);
    if lines.is_empty() {
        return;
    }
    html.element("section", &[("id", "costs")], |html| {
        html.leaf("h2", &[], "What it costs");
        html.element("ul", &[], |html| {
            for line in lines {
                html.leaf("li", &[], &line);
            }
        });
    });
}

fn undos(html: &mut Html, rollback: &Rollback) {
    html.element("section", &[("id", "undos")], |html| {
        html.leaf("h2", &[], "Undos");
        html.table("The undo of each step", &["step", "does", "undo"], |html| {
            for step in &rollback.steps {
                let (text, lacks) = words::undo(&step.undo);
                let class = if lacks { "bad" } else { "good" };
                html.element("tr", &[("class", class)], |html| {
                    html.leaf("th", &[("scope", "row")], &step.name);
                    html.leaf("td", &[], &step.action);
                    html.leaf("td", &[], &text);
                });
            }
        });
    });
}
