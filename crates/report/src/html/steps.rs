//! The steps, with their commands to copy.

use outcome::{Outcome, StepEnd, StepRecord};

use super::build::Html;
use super::{command, time_link};
use crate::text::{clock, duration, plural};
use crate::words;

pub(super) fn write(html: &mut Html, outcome: &Outcome) {
    if outcome.steps.is_empty() {
        return;
    }
    html.element(
        "section",
        &[("id", "steps"), ("aria-labelledby", "steps-head")],
        |html| {
            let length = duration(words::length(outcome.runbook));
            html.leaf(
                "h2",
                &[("id", "steps-head")],
                &format!("Steps: {length} in all"),
            );
            for (index, step) in outcome.steps.iter().enumerate() {
                one(html, index, step);
            }
        },
    );
}

fn one(html: &mut Html, index: usize, step: &StepRecord) {
    let class = match step.end {
        StepEnd::Done => "step good",
        StepEnd::WentOn | StepEnd::Undone => "step warn",
        StepEnd::Aborted | StepEnd::Unfinished => "step bad",
        StepEnd::NotReached => "step quiet",
    };
    let id = format!("step-{}", index + 1);
    html.element("details", &[("id", &id), ("class", class)], |html| {
        html.element("summary", &[], |html| {
            html.leaf(
                "span",
                &[("class", "step-name")],
                &format!("{} {}", index + 1, words::step_name(step)),
            );
            let length = step
                .when
                .map(|when| duration(words::length(when)))
                .unwrap_or_default();
            html.leaf("span", &[("class", "step-length")], &length);
            html.leaf("span", &[("class", "step-end")], words::step_end(step.end));
        });
        html.leaf("p", &[], &step.action);
        if let Some(when) = step.when {
            html.element("p", &[], |html| time_link(html, when));
        }
        if let Some(why) = &step.why {
            html.leaf("p", &[("class", "why")], why);
        }
        commands(html, step);
        nodes(html, step);
    });
}

fn commands(html: &mut Html, step: &StepRecord) {
    if step.commands.is_empty() {
        return;
    }
    html.leaf("h3", &[], "Commands");
    html.element("ol", &[("class", "commands")], |html| {
        for typed in &step.commands {
            html.element("li", &[], |html| {
                let host = typed
                    .node
                    .map(|node| format!(" on node {node}"))
                    .unwrap_or_default();
                html.leaf(
                    "p",
                    &[("class", "command-at")],
                    &format!("{}{host}", clock(typed.at)),
                );
                command(html, &typed.line);
                for said in &typed.output {
                    html.leaf("p", &[("class", "said")], said);
                }
                if let Some(code) = typed.exit.filter(|code| *code != 0) {
                    html.leaf("p", &[("class", "said")], &format!("exit code {code}"));
                }
            });
        }
    });
}

fn nodes(html: &mut Html, step: &StepRecord) {
    if step.nodes.is_empty() {
        return;
    }
    html.element("details", &[], |html| {
        html.leaf(
            "summary",
            &[],
            &format!(
                "What the nodes went through: {}",
                plural(step.nodes.len() as u64, "phase")
            ),
        );
        html.table(
            "Phases of the nodes during this step",
            &["Node", "Phase", "When", "How long"],
            |html| {
                for phase in &step.nodes {
                    html.element("tr", &[], |html| {
                        html.leaf("th", &[("scope", "row")], &phase.node.to_string());
                        html.leaf("td", &[], &phase.phase);
                        html.element("td", &[], |html| time_link(html, phase.when));
                        html.leaf(
                            "td",
                            &[("class", "number")],
                            &duration(words::length(phase.when)),
                        );
                    });
                }
            },
        );
    });
}
