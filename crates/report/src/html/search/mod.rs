//! The result of a search as one HTML page: offline, without a script, in one column on a phone. What a colour says, a shape, a number or
//! a word says too.

mod curve;
mod heat;
mod seeds;
mod story;

use outcome::gates::Gates;
use outcome::rollback::Rollback;
use outcome::search::{Ended, Search};

use super::build::Html;
use super::frame::{self, Frame, section};
use super::{gate_worth, rollback};
use crate::text::escape::json_in_script;
use crate::text::{number, plural};
use crate::{rollback as words_of_rollback, search_words};

const SEARCH_STYLE: &str = include_str!("../../../assets/search.css");

/// What stands on the page beside the search itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct More<'a> {
    /// What the gates of the runbook are worth.
    pub gates: Option<&'a Gates>,
    /// The way back from every moment of it.
    pub rollback: Option<&'a Rollback>,
}

/// The page.
pub fn page(search: &Search, more: &More<'_>) -> String {
    let (sign, verdict) = verdict(search);
    let frame = Frame {
        title: &format!("{verdict}: {} (dryroll search)", search.file),
        style: &format!("{SEARCH_STYLE}{}{}", gate_worth::STYLE, rollback::MORE),
        good: search.failures() == 0,
        foot: "Made by dryroll. The same file, arguments and model give the same page.",
    };
    frame::page(&frame, |html| {
        header(html, search, more, sign, verdict);
        html.element("main", &[("id", "main")], |html| {
            outcomes(html, search);
            stories(html, search);
            heat::write(html, search);
            if let Some(gates) = more.gates {
                gates_of(html, gates);
            }
            if let Some(rollback) = more.rollback {
                way_back(html, rollback);
            }
            looked(html, search);
        });
        let json = serde_json::to_string_pretty(search).unwrap_or_default();
        let json = json_in_script(&json);
        html.raw(&format!(
            "<script type=\"application/json\" id=\"search\">\n{json}</script>\n"
        ));
    })
}

/// The gates of the runbook.
fn gates_of(html: &mut Html, gates: &Gates) {
    section(html, "gates", "What the gates are worth", |html| {
        let text = format!(
            "Over {}, half of them with a fault that the seed draws: {}.",
            plural(gates.runs, "run"),
            gate_worth::sentence(gates).to_lowercase()
        );
        html.leaf("p", &[], &text);
        gate_worth::table(html, gates);
        html.leaf("h3", &[], "The gate to add first");
        gate_worth::add_first(html, gates);
        let command = format!("dryroll gates {}", gates.file);
        html.element("p", &[("class", "note")], |html| {
            html.text("More of it: ");
            html.leaf("code", &[], &command);
        });
    });
}

/// The point of no return.
fn way_back(html: &mut Html, rollback: &Rollback) {
    section(html, "rollback", "The way back", |html| {
        let sign = match words_of_rollback::is_open_throughout(rollback) {
            true => "✓",
            false => "✗",
        };
        let text = format!(
            "{sign} {}: {}",
            words_of_rollback::verdict(rollback),
            words_of_rollback::sentence(rollback)
        );
        html.leaf("p", &[("class", "promise")], &text);
        rollback::picture(html, rollback);
        html.element("details", &[], |html| {
            html.leaf("summary", &[], "Each moment");
            rollback::moments(html, rollback);
        });
        html.element("p", &[("class", "note")], |html| {
            html.text("More of it: ");
            html.leaf(
                "code",
                &[],
                &format!("dryroll rollback {}", rollback.forward.file),
            );
        });
    });
}

fn verdict(search: &Search) -> (&'static str, &'static str) {
    match (search.failures(), search.healthy.holds) {
        (0, _) => ("✓", "NOTHING FOUND"),
        (_, true) => ("✗", "BREAKABLE"),
        (_, false) => ("✗", "BREAKS WITHOUT ANY FAULT"),
    }
}

fn header(html: &mut Html, search: &Search, more: &More<'_>, sign: &str, verdict: &str) {
    html.element("header", &[], |html| {
        let sentence = match (search.stories.len(), search.failures()) {
            (_, 0) => format!("{} runs, and every promise held", number(search.runs())),
            (1, _) => "One way to break the runbook".to_owned(),
            (ways, _) => format!("{ways} ways to break the runbook"),
        };
        frame::verdict(html, sign, verdict, &sentence);
        if !search.about.is_empty() {
            html.leaf("p", &[("class", "about")], &search.about);
        }
        let line = format!(
            "{} · first seed {} · {} · model {} · scenario {}",
            search.file, search.asked.seed, search.asked.strategy, search.model, search.scenario
        );
        html.leaf("p", &[("class", "identity")], &line);
        html.element("nav", &[("aria-label", "Sections")], |html| {
            let sections = [
                (true, "outcomes", "Outcomes"),
                (!search.stories.is_empty(), "stories", "Stories"),
                (heat::is_there(search), "heat", "When"),
                (more.gates.is_some(), "gates", "Gates"),
                (more.rollback.is_some(), "rollback", "Way back"),
                (true, "looked", "How far it looked"),
            ];
            for (_, id, name) in sections.iter().filter(|(there, ..)| *there) {
                html.leaf("a", &[("href", &format!("#{id}"))], name);
            }
        });
    });
}

/// Runs that broke a promise and those that did not.
fn outcomes(html: &mut Html, search: &Search) {
    section(html, "outcomes", "Outcomes over all runs", |html| {
        let (runs, failures) = (search.runs(), search.failures());
        let text = format!(
            "{} of {} runs broke a promise ({}).",
            number(failures),
            number(runs),
            percent(failures, runs)
        );
        html.leaf("p", &[], &text);
        let width = format!("width:{}%", thousandths(failures, runs) / 10);
        let attributes = [("class", "share"), ("aria-hidden", "true")];
        html.element("div", &attributes, |html| {
            html.leaf("span", &[("style", &width)], "");
        });
        seeds::write(html, search);
        let heads = [
            "How it was searched",
            "Runs",
            "Broke a promise",
            "Share",
            "Events",
        ];
        html.table("Runs by way of searching", &heads, |html| {
            for arm in &search.arms {
                html.element("tr", &[], |html| {
                    html.leaf("th", &[("scope", "row")], &arm.name);
                    for cell in [
                        number(arm.runs),
                        number(arm.failures),
                        percent(arm.failures, arm.runs),
                        number(arm.events),
                    ] {
                        html.leaf("td", &[("class", "number")], &cell);
                    }
                });
            }
        });
        if let Some(statement) = &search.statement {
            html.leaf("p", &[], &statement.text);
        }
        if let Some(odds) = &search.odds {
            let text = format!(
                "At these rates ({}) {} of {} runs break a promise: {}, and with 95 % confidence between {} and {}.",
                odds.rates.join(", "),
                number(odds.failures),
                number(odds.runs),
                ppm(odds.share_ppm),
                ppm(odds.low_ppm),
                ppm(odds.high_ppm),
            );
            html.leaf("p", &[], &text);
        }
    });
}

fn stories(html: &mut Html, search: &Search) {
    if search.stories.is_empty() {
        return;
    }
    section(html, "stories", "The smallest failures", |html| {
        for change in search_words::common(search) {
            html.leaf("p", &[("class", "common")], &format!("★ {change}"));
        }
        for (at, story) in search.stories.iter().enumerate() {
            story::write(html, at + 1, story);
        }
    });
}

/// Coverage, and why it ended.
fn looked(html: &mut Html, search: &Search) {
    section(html, "looked", "How far it looked", |html| {
        let coverage = &search.coverage;
        let text = format!(
            "{} kinds of situations were seen, {} of them only once; about {} of what comes next would be new.",
            number(coverage.states),
            number(coverage.once),
            ppm(coverage.unseen_ppm)
        );
        html.leaf("p", &[], &text);
        let ended = match search.ended {
            Ended::Complete => "Everything that was asked for was done.",
            Ended::FirstFailure => "It ended at the first failure, as asked.",
            Ended::OutOfTime => "It ended when its time was up.",
            Ended::Interrupted => "It was interrupted.",
        };
        html.leaf("p", &[], ended);
        let asked = format!(
            "Drawn from: {}; at most {} faults in one plan.",
            search.asked.kinds.join(", "),
            search.asked.faults
        );
        html.leaf("p", &[("class", "note")], &asked);
    });
}

/// Thousandths.
fn thousandths(part: u64, whole: u64) -> u64 {
    part.saturating_mul(1_000) / whole.max(1)
}

fn percent(part: u64, whole: u64) -> String {
    ppm(part.saturating_mul(1_000_000) / whole.max(1))
}

/// Millionths as percent with a decimal.
fn ppm(ppm: u64) -> String {
    format!("{}.{} %", ppm / 10_000, ppm / 1_000 % 10)
}
