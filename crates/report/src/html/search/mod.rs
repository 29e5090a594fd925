//! The result of a search as one HTML page: offline, without a script, in one column on a phone. What a colour says, a shape, a number or
//! a word says too.

mod curve;
mod heat;
mod story;

use outcome::search::{Ended, Search};

use super::STYLE;
use super::build::Html;
use crate::text::escape::json_in_script;
use crate::text::number;

const SEARCH_STYLE: &str = include_str!("../../../assets/search.css");

/// The page.
pub fn page(search: &Search) -> String {
    let mut html = Html::default();
    let (sign, verdict) = verdict(search);
    html.element("head", &[], |html| {
        html.raw("<meta charset=\"utf-8\"/>\n");
        html.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n");
        html.raw("<meta name=\"color-scheme\" content=\"light dark\"/>\n");
        html.raw(
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
             base-uri 'none'; form-action 'none'\"/>\n",
        );
        html.leaf("title", &[], &format!("{verdict}: {} (dryroll search)", search.file));
        html.raw(&format!("<style>\n{STYLE}{SEARCH_STYLE}</style>\n"));
    });
    let class = match search.failures() {
        0 => "holds",
        _ => "breaks",
    };
    html.element("body", &[("class", class)], |html| {
        let attributes = [("class", "skip"), ("href", "#main")];
        html.leaf("a", &attributes, "Skip to the content");
        header(html, search, sign, verdict);
        html.element("main", &[("id", "main")], |html| {
            outcomes(html, search);
            heat::write(html, search);
            stories(html, search);
            looked(html, search);
        });
        html.element("footer", &[], |html| {
            let text = "Made by dryroll. The same file, arguments and model give the same page.";
            html.leaf("p", &[], text);
        });
        let json = serde_json::to_string_pretty(search).unwrap_or_default();
        let json = json_in_script(&json);
        html.raw(&format!(
            "<script type=\"application/json\" id=\"search\">\n{json}</script>\n"
        ));
    });
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n{}</html>\n",
        html.finish()
    )
}

fn verdict(search: &Search) -> (&'static str, &'static str) {
    match (search.failures(), search.healthy.holds) {
        (0, _) => ("✓", "NOTHING FOUND"),
        (_, true) => ("✗", "BREAKABLE"),
        (_, false) => ("✗", "BREAKS WITHOUT ANY FAULT"),
    }
}

fn header(html: &mut Html, search: &Search, sign: &str, verdict: &str) {
    html.element("header", &[], |html| {
        html.element("div", &[("class", "verdict")], |html| {
            html.element("p", &[("class", "badge")], |html| {
                html.leaf("span", &[("aria-hidden", "true")], sign);
                html.text(&format!(" {verdict}"));
            });
            let sentence = match search.stories.len() {
                0 => format!("{} runs, and every promise held", number(search.runs())),
                1 => "One way to break the runbook".to_owned(),
                ways => format!("{ways} ways to break the runbook"),
            };
            html.leaf("h1", &[], &sentence);
        });
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
                (heat::is_there(search), "heat", "When"),
                (!search.stories.is_empty(), "stories", "Stories"),
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
        html.element(
            "div",
            &[("class", "share"), ("aria-hidden", "true")],
            |html| {
                html.leaf("span", &[("style", &width)], "");
            },
        );
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

fn section(html: &mut Html, id: &str, head: &str, content: impl FnOnce(&mut Html)) {
    let heading = format!("{id}-head");
    let attributes = [("id", id), ("aria-labelledby", heading.as_str())];
    html.element("section", &attributes, |html| {
        html.leaf("h2", &[("id", &heading)], head);
        content(html);
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
