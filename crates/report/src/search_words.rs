//! A story of a search in three lines: what happened, why, what would have caught it.

use outcome::explained::{Caught, Curve};
use outcome::search::{Broken, CommonChange, PlannedFault, Search, Story};

use crate::text::{clock, number};
use crate::words;

/// What happened: the faults, or the seed alone.
pub fn happened(story: &Story) -> String {
    plan(&story.faults, story.seed)
}

fn plan(faults: &[PlannedFault], seed: u64) -> String {
    let faults: Vec<String> = faults
        .iter()
        .map(|fault| match (fault.moment.as_str(), fault.at) {
            ("", _) => fault.text.clone(),
            (moment, Some(at)) => format!("{}, {moment} ({})", fault.text, clock(at)),
            (moment, None) => format!("{}, {moment}", fault.text),
        })
        .collect();
    match faults.as_slice() {
        [] => format!("seed {seed} alone, without any fault"),
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

/// What would have caught it: the smallest change that was found, else why there is none, and what to do instead.
pub fn would_have_caught(story: &Story) -> String {
    let caught = story
        .explained
        .as_ref()
        .and_then(|explained| explained.caught.as_ref());
    let advice = story.advice.first();
    if stopped_by_a_gate(story) {
        let further = caught.and_then(|caught| caught.change.as_ref());
        let further =
            further.map(|change| format!(" The runbook goes through with this: {change}."));
        return format!(
            "a gate did catch it: the runbook stopped there, and every other promise held.{}",
            further.unwrap_or_default()
        );
    }
    match (caught, advice) {
        (Some(caught), _) if caught.change.is_some() => change(caught),
        (Some(caught), None) => change(caught),
        (Some(caught), Some(advice)) => format!("{}. What helps: {advice}", change(caught)),
        (None, Some(advice)) => advice.clone(),
        (None, None) => "nothing is known".to_owned(),
    }
}

/// The runbook did not come to its end because a gate was not green, and nothing else was broken.
fn stopped_by_a_gate(story: &Story) -> bool {
    let unfinished = |broken: &Broken| matches!(broken.kind.as_str(), "Completes" | "Window");
    story.code.as_deref() == Some("gate-timeout") && story.broken.iter().all(unfinished)
}

/// A change and what it was held against, or why there is none.
pub fn change(caught: &Caught) -> String {
    let held = format!(
        "{} of {} runs with these faults fail without it, none with it",
        caught.failing, caught.runs
    );
    let Some(change) = &caught.change else {
        return in_vain(caught);
    };
    let mut line = match caught.instead.as_slice() {
        [] => format!("{change} ({held})"),
        instead => format!(
            "{change} ({held}; where it is red the runbook stops, and this is broken instead: {})",
            instead.join("; ")
        ),
    };
    if let Some(price) = &caught.price {
        line.push_str(&format!(". Its price: {price}"));
    }
    line
}

/// Why no change helps.
fn in_vain(caught: &Caught) -> String {
    let tried = match caught.candidates {
        0 => "no single change that was tried".to_owned(),
        many => format!("none of {} changes of runbook and settings", number(many)),
    };
    match caught.alone {
        None => format!("{tried} keeps the promise"),
        Some(alone) if alone.failing == 0 => format!(
            "{tried} keeps the promise; without any runbook the fault breaks it in none of {} runs: it takes both",
            alone.runs
        ),
        Some(alone) => {
            let needs = match alone.worst {
                Some(worst) if alone.failing == alone.runs => format!(
                    ", and no runbook can keep it; it would have to allow {}",
                    words::quantity(worst)
                ),
                _ => String::new(),
            };
            format!(
                "{tried}: the fault alone, on this cluster at rest, breaks the promise in {} of {} runs{needs}",
                alone.failing, alone.runs
            )
        }
    }
}

/// The other plans of the same cause, a line each.
pub fn variants(story: &Story) -> Vec<String> {
    let variants = story.variants.iter();
    variants
        .map(|variant| format!("{}: {}", plan(&variant.faults, variant.seed), variant.what))
        .collect()
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

/// The changes that catch several stories, a line each, with the numbers of the stories.
pub fn common(search: &Search) -> Vec<String> {
    let numbers = |change: &CommonChange| -> String {
        let mut numbers: Vec<String> = (1..)
            .zip(&search.stories)
            .filter(|(_, story)| change.stories.contains(&story.name))
            .map(|(number, _): (u32, _)| number.to_string())
            .collect();
        let last = numbers.pop().unwrap_or_default();
        match numbers.as_slice() {
            [] => last,
            some => format!("{} and {last}", some.join(", ")),
        }
    };
    let changes = search.common.iter();
    changes
        .map(|change| {
            format!(
                "One change catches {} of them ({}): {}",
                change.stories.len(),
                numbers(change),
                change.change
            )
        })
        .collect()
}
