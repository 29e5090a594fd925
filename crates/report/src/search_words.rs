//! A story of a search in three lines: what happened, why, what would have caught it.

use outcome::explained::{Caught, Curve};
use outcome::search::Story;

use crate::text::clock;

/// Nothing was found.
const IN_VAIN: &str = "no single change that was tried";

/// What happened: the faults, or the seed alone.
pub fn happened(story: &Story) -> String {
    let faults: Vec<String> = story
        .faults
        .iter()
        .map(|fault| match (fault.moment.as_str(), fault.at) {
            ("", _) => fault.text.clone(),
            (moment, Some(at)) => format!("{} {moment} ({})", fault.text, clock(at)),
            (moment, None) => format!("{} {moment}", fault.text),
        })
        .collect();
    match faults.as_slice() {
        [] => format!("seed {} alone, without any fault", story.seed),
        faults => faults.join("; then "),
    }
}

/// Why: the effect, and from there back to the first cause.
pub fn why(story: &Story) -> String {
    let mut line = story.what.clone();
    for cause in &story.causes {
        line.push_str(&format!(" ← {}", cause.text));
    }
    line
}

/// What would have caught it: the smallest change that was found, else what was tried, else the advice of the finding.
pub fn would_have_caught(story: &Story) -> String {
    let caught = story
        .explained
        .as_ref()
        .and_then(|explained| explained.caught.as_ref());
    let advice = story.advice.first();
    match (caught, advice) {
        (Some(caught), _) if caught.change.is_some() => change(caught),
        (Some(caught), None) => change(caught),
        (Some(_), Some(advice)) => format!("{IN_VAIN}; {advice}"),
        (None, Some(advice)) => advice.clone(),
        (None, None) => "nothing is known".to_owned(),
    }
}

/// A change and what it was held against, or what was tried in vain.
pub fn change(caught: &Caught) -> String {
    let held = format!(
        "{} of {} runs with these faults fail without it, none with it",
        caught.failing, caught.runs
    );
    match &caught.change {
        None => format!(
            "no single change that was tried keeps the promise ({})",
            caught.tried.join(", ")
        ),
        Some(change) if caught.instead.is_empty() => format!("{change} ({held})"),
        Some(change) => format!(
            "{change} ({held}; where it is red the runbook stops, and this is broken instead: {})",
            caught.instead.join("; ")
        ),
    }
}

/// The jumps of a curve and the critical event, a line each.
pub fn curve(curve: &Curve) -> Vec<String> {
    let percent = |at: usize| {
        curve
            .points
            .get(at)
            .map_or(0, |point| point.failing * 100 / point.of.max(1))
    };
    let mut lines: Vec<String> = Vec::new();
    if let Some(first) = curve.points.first() {
        lines.push(format!(
            "{}  {:>3} %  {}",
            clock(first.at),
            percent(0),
            first.what
        ));
    }
    for &jump in curve.jumps.iter().filter(|jump| **jump > 0) {
        let Some(point) = curve.points.get(jump) else {
            continue;
        };
        lines.push(format!(
            "{}  {:>3} %  {}",
            clock(point.at),
            percent(jump),
            point.what
        ));
    }
    lines.push(match curve.critical.and_then(|at| curve.points.get(at)) {
        Some(point) => format!(
            "No continuation avoids it after {}: {}",
            clock(point.at),
            point.what
        ),
        None => "Until the end some continuations avoid it".to_owned(),
    });
    lines
}
