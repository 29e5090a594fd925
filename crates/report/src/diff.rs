//! The words of two runbooks held against each other, for the terminal and for a review comment.

use std::fmt::Write as _;

use outcome::diff::{Change, Counterexample, Diff, EntryState, Kept, PromiseChange, Side};

use crate::text::escape::markdown as escaped;
use crate::text::{clean, duration, number, plural};
use crate::words::quantity;

/// Runs that are told of one by one.
pub(crate) const TOLD: usize = 5;

/// "worse", "better", "unchanged".
pub(crate) fn verdict(diff: &Diff) -> &'static str {
    let better = diff
        .promises
        .iter()
        .any(|promise| promise.change == Change::Better);
    match (diff.worse, better || !diff.fixed.is_empty()) {
        (true, _) => "WORSE",
        (false, true) => "BETTER",
        (false, false) => "NO WORSE",
    }
}

/// One sentence.
pub(crate) fn sentence(diff: &Diff) -> String {
    let new = diff.counterexamples.len() as u64;
    let accepted = diff
        .counterexamples
        .iter()
        .filter(|example| example.accepted.is_some())
        .count() as u64;
    let mut parts = Vec::new();
    parts.push(match new {
        0 => "no run breaks that held".to_owned(),
        1 => "1 run breaks that held".to_owned(),
        n => format!("{} runs break that held", number(n)),
    });
    if accepted > 0 {
        parts.push(format!("{} of them accepted", number(accepted)));
    }
    match diff.fixed.len() as u64 {
        0 => {}
        1 => parts.push("1 holds that broke".to_owned()),
        n => parts.push(format!("{} hold that broke", number(n))),
    }
    format!("{} (of {})", parts.join(", "), plural(diff.runs, "run"))
}

/// "broken in 3 of 40 runs, worst 7.9 s".
pub(crate) fn kept(kept: Option<&Kept>, runs: u64) -> String {
    let Some(kept) = kept else {
        return "not promised".to_owned();
    };
    let worst = quantity(kept.worst);
    match kept.broken {
        0 => format!("holds, worst {worst}"),
        broken if broken == runs => format!("always broken, worst {worst}"),
        broken => format!("broken in {}, worst {worst}", number(broken)),
    }
}

/// What became of a promise, in a word.
pub(crate) fn change(change: Change) -> &'static str {
    match change {
        Change::Worse => "worse",
        Change::Better => "better",
        Change::Same => "same",
        Change::Added => "new promise",
        Change::Removed => "no longer promised",
    }
}

/// The promises worth a row: all that changed, those that break, and those whose worst measure changed.
pub(crate) fn rows(diff: &Diff) -> impl Iterator<Item = &PromiseChange> {
    diff.promises.iter().filter(|promise| {
        promise.change != Change::Same
            || promise.old.as_ref().map(|kept| (kept.broken, kept.worst))
                != promise.new.as_ref().map(|kept| (kept.broken, kept.worst))
            || promise.new.as_ref().is_some_and(|kept| kept.broken > 0)
    })
}

/// How long the runbook takes.
pub(crate) fn window(side: &Side) -> String {
    match (side.window, side.window_median) {
        (Some(range), Some(median)) if range.min != range.max => format!(
            "{} ({} to {})",
            duration(median),
            duration(range.min),
            duration(range.max)
        ),
        (_, Some(median)) => duration(median),
        _ => "it never came to its end".to_owned(),
    }
}

/// A run in words: "seed 7", "seed 7 with Kill(AnyBroker) …".
pub(crate) fn run(example: &Counterexample) -> String {
    match &example.fault {
        None => format!("seed {}", example.seed),
        Some(fault) => format!("seed {} with {}", example.seed, clean(fault)),
    }
}

/// What is to be said of the file of accepted findings: the line, and what is the matter with it.
pub(crate) fn remarks(diff: &Diff) -> Vec<String> {
    let Some(baseline) = &diff.baseline else {
        return Vec::new();
    };
    baseline
        .entries
        .iter()
        .filter_map(|entry| {
            let what = match entry.state {
                EntryState::Used => return None,
                EntryState::Expired => {
                    format!("was accepted until {} and counts again", entry.until)
                }
                EntryState::Stale => "did not happen: the line can go".to_owned(),
                EntryState::Unknown => {
                    "there is no such finding or no such promise (`dryroll explain CODE`)"
                        .to_owned()
                }
            };
            Some(format!(
                "{}:{}: {} {}: {what}",
                clean(&baseline.file),
                entry.line,
                clean(&entry.code),
                clean(&entry.promise)
            ))
        })
        .collect()
}

/// A review comment.
pub fn markdown(diff: &Diff) -> String {
    let mut out = String::new();
    let sign = if diff.worse { "❌" } else { "✅" };
    let _ = writeln!(
        out,
        "### {sign} {}: {}\n",
        verdict(diff),
        escaped(&sentence(diff))
    );
    let _ = writeln!(
        out,
        "`{}` → `{}`\n",
        diff.old.file.replace('`', "'"),
        diff.new.file.replace('`', "'")
    );
    let shown: Vec<&PromiseChange> = rows(diff).collect();
    if !shown.is_empty() {
        out.push_str("| promise | | before | after |\n|---|---|---|---|\n");
        for promise in &shown {
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} |",
                escaped(&promise.text),
                change(promise.change),
                escaped(&kept(promise.old.as_ref(), diff.runs)),
                escaped(&kept(promise.new.as_ref(), diff.runs)),
            );
        }
        out.push('\n');
    }
    let same = diff.promises.len() - shown.len();
    if same > 0 {
        let _ = writeln!(out, "{} as before.\n", plural(same as u64, "promise"));
    }
    let _ = writeln!(
        out,
        "Window: {} → {}.\n",
        window(&diff.old),
        window(&diff.new)
    );
    examples(&mut out, "Breaks now", &diff.counterexamples);
    examples(&mut out, "Holds now", &diff.fixed);
    for remark in remarks(diff) {
        let _ = writeln!(out, "- {}", escaped(&remark));
    }
    out
}

fn examples(out: &mut String, title: &str, examples: &[Counterexample]) {
    if examples.is_empty() {
        return;
    }
    let _ = writeln!(out, "**{title}**\n");
    for example in examples.iter().take(TOLD) {
        let title = if example.title.is_empty() {
            example.promises.join(", ")
        } else {
            example.title.clone()
        };
        let accepted = example
            .accepted
            .map_or_else(String::new, |line| format!(", accepted in line {line}"));
        let _ = writeln!(
            out,
            "- {} ({}){accepted}; {}",
            escaped(&title),
            escaped(&example.codes.join(", ")),
            escaped(&run(example)),
        );
    }
    if examples.len() > TOLD {
        let _ = writeln!(out, "- and {} more", number((examples.len() - TOLD) as u64));
    }
    out.push('\n');
}
