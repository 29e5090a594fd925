//! Which failures are one story: they break the same sort of promise, for the same cause.
//!
//! The finding that a run names is too fine for that: a broker that was killed is "nobody leads" for its partitions that it led, "a dead
//! follower in the ISR" for the others, and which comes first is chance. So what counts is what went wrong, in kinds, and what would have
//! caught it: where the same change catches two failures of the same kind, or of one that is the other and something on top, a person has
//! one thing to do. And where no change catches either, one thing to know.

use std::collections::BTreeSet;

use outcome::search::{CommonChange, Variant};
use rehearsal::Rehearsal;
use scenario::model::{Fault, FaultKind, Nodes, Target};

use super::Told;
use crate::explain::Sought;

/// Changes that catch several stories are told up to this number.
const COMMON: usize = 3;

/// A story with what makes it the same as another.
pub(super) struct Cause {
    /// What sort of promise it breaks.
    pub(super) promise: &'static str,
    /// What goes wrong, sorted.
    pub(super) kinds: Vec<String>,
    pub(super) told: Told,
}

/// What sort of promise it is.
pub(super) fn family(kind: &str) -> &'static str {
    match kind {
        "WriteOutage" | "ReadOutage" | "NotSent" | "Leaderless" | "UnderMinIsr" | "Lag" => {
            "availability"
        }
        "Lost" | "Skipped" => "loss",
        "Duplicated" | "Reordered" | "Redelivered" | "Rebalances" => "order and copies",
        "Window" | "Completes" => "the runbook",
        "NoController" => "the controller",
        _ => "the end",
    }
}

/// What goes wrong, in kinds: what it is and to what sort of node it happens.
pub(super) fn kinds(rehearsal: &Rehearsal, faults: &[Fault]) -> Vec<String> {
    let mut kinds: Vec<String> = faults
        .iter()
        .map(|fault| kind(rehearsal, &fault.kind.value))
        .collect();
    kinds.sort_unstable();
    kinds
}

fn kind(rehearsal: &Rehearsal, kind: &FaultKind) -> String {
    let of = |id: u32| {
        let mut nodes = rehearsal.estate().nodes.iter();
        match nodes.find(|node| node.id == id) {
            Some(node) if !node.broker => "controller",
            _ => "broker",
        }
    };
    let whose = |target: &Target| match target {
        Target::Node(id) => of(id.value),
        Target::ActiveController => "controller",
        _ => "broker",
    };
    let side = |nodes: &Nodes| match nodes {
        Nodes::Controllers | Nodes::ActiveController => "controller",
        Nodes::These(ids) if ids.iter().all(|id| of(id.value) == "controller") => "controller",
        _ => "broker",
    };
    match kind {
        FaultKind::Kill(target) | FaultKind::HostGone(target) => format!("crash {}", whose(target)),
        FaultKind::KillActiveController => "crash controller".to_owned(),
        FaultKind::Hang(target) | FaultKind::GcPause(target) => format!("pause {}", whose(target)),
        FaultKind::Cut { from, .. } => format!("cut {}", side(from)),
        FaultKind::SlowLink { from, .. } => format!("slow network {}", side(from)),
        FaultKind::SlowStart { node, .. } | FaultKind::LongRecovery { node, .. } => {
            format!("slow start {}", whose(node))
        }
        FaultKind::ForgottenWait { .. } | FaultKind::OperatorTooFast { .. } => "haste".to_owned(),
        other => other.name().to_owned(),
    }
}

/// Are these the same cause?
fn same(one: &Cause, other: &Cause) -> bool {
    let alike = one.kinds == other.kinds;
    let on_top = part_of(&one.kinds, &other.kinds) || part_of(&other.kinds, &one.kinds);
    let (mine, others) = (remedies(&one.told), remedies(&other.told));
    let both = mine.intersection(&others).next().is_some();
    let neither = mine.is_empty() && others.is_empty();
    one.promise == other.promise && ((alike && neither) || ((alike || on_top) && both))
}

/// Is each of these among those?
fn part_of(some: &[String], all: &[String]) -> bool {
    let mut left = all.to_vec();
    some.iter().all(|kind| {
        let at = left.iter().position(|found| found == kind);
        at.map(|at| left.swap_remove(at)).is_some()
    })
}

/// What would have caught it without a stop of the runbook, else what stops it.
fn remedies(told: &Told) -> BTreeSet<&str> {
    let sought = told.sought.iter().flat_map(|sought| &sought.remedies);
    sought.map(|remedy| remedy.words.as_str()).collect()
}

/// Puts the stories of one cause together. `shows`: for each failing plan how many runs were like it, and which stories it shows.
pub(super) fn together(stories: Vec<Cause>, shows: &[(u64, BTreeSet<usize>)]) -> Vec<Told> {
    let mut causes: Vec<Cause> = Vec::new();
    // By story: the cause that it belongs to.
    let mut belongs: Vec<usize> = Vec::new();
    for (at, mut story) in stories.into_iter().enumerate() {
        story.told.story.runs = runs(shows, |shown| shown.contains(&at));
        match causes.iter().position(|known| same(known, &story)) {
            Some(known) => {
                join(&mut causes[known], story);
                belongs.push(known);
            }
            None => {
                belongs.push(causes.len());
                causes.push(story);
            }
        }
    }
    for (at, cause) in causes.iter_mut().enumerate() {
        let story = &mut cause.told.story;
        story.runs = runs(shows, |shown| shown.iter().any(|&one| belongs[one] == at));
        if let (Some(explained), Some(sought)) = (&mut story.explained, &cause.told.sought) {
            explained.caught = Some(sought.caught.clone());
        }
    }
    causes.into_iter().map(|cause| cause.told).collect()
}

fn runs(shows: &[(u64, BTreeSet<usize>)], so: impl Fn(&BTreeSet<usize>) -> bool) -> u64 {
    let some = shows.iter().filter(|(_, shown)| so(shown));
    some.map(|(runs, _)| runs).sum()
}

/// The second is a variant of the first. What catches the first from now on is what catches both.
fn join(first: &mut Cause, second: Cause) {
    let others: BTreeSet<String> = remedies(&second.told)
        .into_iter()
        .map(str::to_owned)
        .collect();
    if let Some(sought) = &mut first.told.sought {
        keep(sought, &others);
    }
    let story = second.told.story;
    first.told.story.variants.push(Variant {
        name: story.name,
        seed: story.seed,
        faults: story.faults,
        broken: story.broken,
        what: story.what,
        code: story.code,
        runs: story.runs,
        id: story.id,
        trace: story.trace,
        file: story.file,
    });
}

fn keep(sought: &mut Sought, others: &BTreeSet<String>) {
    sought
        .remedies
        .retain(|remedy| others.contains(&remedy.words));
    if let Some(first) = sought.remedies.first().map(|first| first.words.clone()) {
        sought.choose(&first);
    }
}

/// The changes that catch several stories: the one that catches most, then the best for those that are left.
pub(super) fn common(told: &[Told]) -> Vec<CommonChange> {
    let mut left: Vec<&Told> = told.iter().collect();
    let mut common = Vec::new();
    while common.len() < COMMON {
        let mut best: Option<(&str, usize)> = None;
        for words in left
            .iter()
            .flat_map(|told| told.sought.iter())
            .flat_map(|sought| &sought.remedies)
        {
            let words = words.words.as_str();
            let count = left
                .iter()
                .filter(|told| remedies(told).contains(words))
                .count();
            // The first of those that catch as many: it is the smallest for its story.
            if best.is_none_or(|(_, most)| count > most) {
                best = Some((words, count));
            }
        }
        let Some((words, 2..)) = best else { break };
        let (caught, rest): (Vec<&Told>, Vec<&Told>) = left
            .into_iter()
            .partition(|told| remedies(told).contains(words));
        let name = |told: &&Told| told.story.name.clone();
        common.push(CommonChange {
            change: words.to_owned(),
            stories: caught.iter().map(name).collect(),
        });
        left = rest;
    }
    common
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(all: &[&str]) -> Vec<String> {
        all.iter().map(|kind| (*kind).to_owned()).collect()
    }

    #[test]
    fn one_crash_more_is_on_top_and_another_fault_is_not() {
        let crash = kinds(&["crash broker"]);
        assert!(part_of(&[], &crash));
        assert!(part_of(&crash, &kinds(&["crash broker", "pause broker"])));
        assert!(!part_of(&crash, &kinds(&["pause broker"])));
        assert!(!part_of(&kinds(&["crash broker", "crash broker"]), &crash));
    }

    #[test]
    fn an_outage_is_no_loss() {
        assert_eq!(family("WriteOutage"), family("ReadOutage"));
        assert_ne!(family("WriteOutage"), family("Lost"));
        assert_ne!(family("Completes"), family("PreferredLeaders"));
    }
}
