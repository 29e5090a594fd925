//! When is the runbook vulnerable? For each promise, the share of runs that broke it by the moment of their first fault: the height of a bar.

use std::fmt::Write as _;

use outcome::search::Search;

use super::super::build::Html;
use super::super::frame::section;
use super::{percent, thousandths};
use crate::text::escape::markup;
use crate::text::{clock, number};

/// Height and width of a column, in units of the picture.
const HEIGHT: u64 = 100;
const WIDTH: usize = 10;

/// Was any fault ever placed?
pub(super) fn is_there(search: &Search) -> bool {
    search.heat.iter().any(|column| column.runs > 0) && search.failures() > 0
}

pub(super) fn write(html: &mut Html, search: &Search) {
    if !is_there(search) {
        return;
    }
    section(
        html,
        "heat",
        "Broken promises by the moment of the first fault",
        |html| {
            html.leaf(
            "p",
            &[("class", "note")],
            "The height of a bar is the share of runs, among those whose first fault began then, that broke the promise; a full bar is all of them.",
        );
            for (promise, text) in search.promises.iter().enumerate() {
                row(html, search, promise, text);
            }
            table(html, search);
        },
    );
}

fn broken(search: &Search, promise: usize) -> u64 {
    let columns = search.heat.iter();
    columns
        .filter_map(|column| column.broken.get(promise))
        .sum()
}

fn row(html: &mut Html, search: &Search, promise: usize, text: &str) {
    let runs: u64 = search.heat.iter().map(|column| column.runs).sum();
    let all = broken(search, promise);
    if all == 0 {
        return;
    }
    html.element("div", &[("class", "heat")], |html| {
        let line = format!("{text}: broken in {} of {} runs", number(all), number(runs));
        html.leaf("p", &[], &line);
        let mut svg = format!(
            "<svg viewBox=\"0 0 {} {HEIGHT}\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{}\">\n",
            search.heat.len() * WIDTH,
            markup(&line)
        );
        for (at, column) in search.heat.iter().enumerate() {
            let count = column.broken.get(promise).copied().unwrap_or(0);
            if count == 0 {
                continue;
            }
            // What happened once has to be seen too.
            let height = (thousandths(count, column.runs) * HEIGHT / 1_000).clamp(4, HEIGHT);
            let _ = writeln!(
                svg,
                "<rect class=\"fill-down\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{height}\"><title>{}</title></rect>",
                at * WIDTH,
                HEIGHT - height,
                WIDTH - 1,
                markup(&format!(
                    "{} to {}: {} of {} runs",
                    clock(column.begin),
                    clock(column.end),
                    number(count),
                    number(column.runs)
                ))
            );
        }
        svg.push_str("</svg>\n");
        html.raw(&svg);
        axis(html, search);
    });
}

fn axis(html: &mut Html, search: &Search) {
    let (Some(first), Some(last)) = (search.heat.first(), search.heat.last()) else {
        return;
    };
    let middle = &search.heat[search.heat.len() / 2];
    html.element(
        "div",
        &[("class", "axis"), ("aria-hidden", "true")],
        |html| {
            for at in [first.begin, middle.begin, last.end] {
                html.leaf("span", &[], &clock(at));
            }
        },
    );
}

fn table(html: &mut Html, search: &Search) {
    let promises: Vec<usize> = (0..search.promises.len())
        .filter(|&promise| broken(search, promise) > 0)
        .collect();
    html.element("details", &[], |html| {
        html.leaf("summary", &[], "The same as a table");
        let mut heads = vec!["First fault between", "Runs"];
        heads.extend(
            promises
                .iter()
                .map(|&promise| search.promises[promise].as_str()),
        );
        html.table(
            "Broken promises by the moment of the first fault",
            &heads,
            |html| {
                for column in search.heat.iter().filter(|column| column.runs > 0) {
                    html.element("tr", &[], |html| {
                        let when = format!("{} – {}", clock(column.begin), clock(column.end));
                        html.leaf("th", &[("scope", "row")], &when);
                        html.leaf("td", &[("class", "number")], &number(column.runs));
                        for &promise in &promises {
                            let count = column.broken.get(promise).copied().unwrap_or(0);
                            let text = match count {
                                0 => "0".to_owned(),
                                count => {
                                    format!("{} ({})", number(count), percent(count, column.runs))
                                }
                            };
                            html.leaf("td", &[("class", "number")], &text);
                        }
                    });
                }
            },
        );
    });
}
