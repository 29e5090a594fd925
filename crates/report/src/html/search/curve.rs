//! The odds of failing, moment by moment: a line that rises where something made the failure likelier, and a mark where it became unavoidable.

use std::fmt::Write as _;

use outcome::explained::{Curve, CurvePoint};

use super::super::build::Html;
use crate::text::clock;
use crate::text::escape::markup;

/// The picture, in its own units: about the pixels of a phone.
const WIDTH: i64 = 400;
const TOP: i64 = 18;
const BOTTOM: i64 = 128;
const LEFT: i64 = 52;
const RIGHT: i64 = WIDTH - 8;
const HEIGHT: i64 = BOTTOM + 22;

pub(super) fn write(html: &mut Html, curve: &Curve) {
    let (Some(first), Some(last)) = (curve.points.first(), curve.points.last()) else {
        return;
    };
    html.element("div", &[("class", "curve")], |html| {
        html.leaf("h4", &[], "When it became unavoidable");
        let text = format!(
            "From each moment of this run, the share of {} other futures (fresh randomness, no further fault) in which this is broken: {}",
            first.of, curve.promise
        );
        html.leaf("p", &[("class", "note")], &text);
        html.raw(&picture(curve, first, last));
        marks(html, curve);
    });
}

fn picture(curve: &Curve, first: &CurvePoint, last: &CurvePoint) -> String {
    let length = i128::from(last.at) - i128::from(first.at);
    let x = |at: i64| {
        let share = (i128::from(at) - i128::from(first.at)) * i128::from(RIGHT - LEFT);
        LEFT + (share / length.max(1)) as i64
    };
    let y = |point: &CurvePoint| {
        BOTTOM - (BOTTOM - TOP) * i64::from(point.failing) / i64::from(point.of.max(1))
    };
    let mut path = String::new();
    for (nth, point) in curve.points.iter().enumerate() {
        // The odds are what they are until the next thing happens: steps, not slopes.
        let _ = match nth {
            0 => write!(path, "M{},{}", x(point.at), y(point)),
            _ => write!(path, "H{}V{}", x(point.at), y(point)),
        };
    }
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">\n",
        markup(&in_words(curve))
    );
    for (share, label) in [(0, "0 %"), (50, "50 %"), (100, "100 %")] {
        let at = BOTTOM - (BOTTOM - TOP) * share / 100;
        let _ = writeln!(
            svg,
            "<line class=\"line-grid\" x1=\"{LEFT}\" y1=\"{at}\" x2=\"{RIGHT}\" y2=\"{at}\"/>\
             <text x=\"{}\" y=\"{}\" text-anchor=\"end\">{label}</text>",
            LEFT - 5,
            at + 4
        );
    }
    let _ = writeln!(
        svg,
        "<path class=\"area\" d=\"{path}V{BOTTOM}H{LEFT}Z\"/><path class=\"odds\" d=\"{path}\"/>"
    );
    if let Some(critical) = curve.critical.and_then(|at| curve.points.get(at)) {
        let at = x(critical.at);
        let _ = writeln!(
            svg,
            "<line class=\"critical\" x1=\"{at}\" y1=\"{}\" x2=\"{at}\" y2=\"{BOTTOM}\"/>",
            TOP - 6
        );
    }
    for (number, &jump) in numbered(curve) {
        let Some(point) = curve.points.get(jump) else {
            continue;
        };
        let _ = writeln!(
            svg,
            "<circle class=\"dot\" cx=\"{}\" cy=\"{}\" r=\"8\"/><text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{number}</text>",
            x(point.at),
            y(point),
            x(point.at),
            y(point) + 4
        );
    }
    let _ = writeln!(
        svg,
        "<text x=\"{LEFT}\" y=\"{0}\">{1}</text><text x=\"{RIGHT}\" y=\"{0}\" text-anchor=\"end\">{2}</text>\n</svg>",
        HEIGHT - 5,
        markup(&clock(first.at)),
        markup(&clock(last.at))
    );
    svg
}

fn numbered(curve: &Curve) -> impl Iterator<Item = (usize, &usize)> {
    (1..).zip(&curve.jumps)
}

fn percent(point: &CurvePoint) -> u32 {
    point.failing * 100 / point.of.max(1)
}

fn marks(html: &mut Html, curve: &Curve) {
    html.element("ol", &[("class", "jumps")], |html| {
        for &jump in &curve.jumps {
            let (Some(point), Some(before)) = (
                curve.points.get(jump),
                curve.points.get(jump.wrapping_sub(1)),
            ) else {
                continue;
            };
            let text = format!(
                "{}: {} % to {} %: {}",
                clock(point.at),
                percent(before),
                percent(point),
                point.what
            );
            html.leaf("li", &[], &text);
        }
    });
    html.leaf("p", &[("class", "note")], &in_words(curve));
}

/// The critical event in a sentence.
pub(super) fn in_words(curve: &Curve) -> String {
    match curve.critical.and_then(|at| curve.points.get(at)) {
        Some(point) => format!(
            "No continuation avoids it after {}: {}.",
            clock(point.at),
            point.what
        ),
        None => "Until the end some continuations avoid it.".to_owned(),
    }
}
