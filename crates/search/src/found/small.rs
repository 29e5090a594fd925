//! Several distinct minimal failures: the smallest plan of each broken promise and reason, made smaller still and explained.
//!
//! A failure that has been told is blocked: plans that show nothing else are only counted, and a plan that shows something else too is made
//! smaller for that.

use std::collections::{BTreeMap, BTreeSet};

use rehearsal::Rehearsal;

use super::cause::{self, Cause};
use super::{Played, Telling, Told, story};
use crate::explain::{self, Effort, Searched};
use crate::island::Kept;
use crate::plan::Plan;
use crate::shrink::{Case, Failure, Shrunk, shrink};

/// Failures that are made smaller; the others are in the tally only. *Assumed*: nobody reads more.
const SMALL: usize = 8;

/// What a story of a search is explained with; `dryroll explain` plays more.
const EFFORT: Effort = Effort {
    runs: 14,
    continuations: 16,
};

/// The stories of these plans, those of one cause put together.
pub(super) fn stories(
    rehearsal: &Rehearsal,
    plans: &[(&Kept, Plan)],
    telling: &Telling<'_>,
) -> Vec<Told> {
    let mut stories: Vec<Cause> = Vec::new();
    let mut told: BTreeMap<(String, Option<String>), usize> = BTreeMap::new();
    // By plan: how many runs were like it, and which stories it shows.
    let mut shows: Vec<(u64, BTreeSet<usize>)> = Vec::new();
    for (kept, plan) in plans {
        let outcome = plan.on(rehearsal).run(plan.seed);
        let failures = Failure::all(&outcome);
        let mut shown = BTreeSet::new();
        for failure in &failures {
            let known = match told.get(&group(failure)) {
                Some(&known) => known,
                None => {
                    let case = Case::of(rehearsal, plan);
                    let small = (stories.len() < SMALL)
                        .then(|| shrink(&case, failure, rehearsal.file(), telling.explain))
                        .flatten();
                    let Some(small) = small else { continue };
                    for also in Failure::all(&small.outcome) {
                        told.entry(group(&also)).or_insert(stories.len());
                    }
                    stories.push(explained(small, kept, failure, rehearsal, plan));
                    stories.len() - 1
                }
            };
            shown.insert(known);
        }
        shows.push((kept.runs, shown));
    }
    cause::together(stories, &shows)
}

/// Failures of one group are shown by one plan: the same kind of promise, broken for the same reason. Which of several clients it is that
/// suffers is told by the smallest.
fn group(failure: &Failure) -> (String, Option<String>) {
    (failure.kind.clone(), failure.code.clone())
}

fn explained(
    small: Shrunk,
    kept: &Kept,
    failure: &Failure,
    searched: &Rehearsal,
    found: &Plan,
) -> Cause {
    let Shrunk {
        case,
        rehearsal,
        outcome,
        tried,
    } = small;
    let plan = case.plan();
    let all = plan.on(&rehearsal);
    let mut explained = explain::beside(&all, case.seed, &outcome);
    explained.tried = tried as u64;
    explained.curve = explain::odds(&all, case.seed, failure, &outcome, EFFORT);
    let kinds = cause::kinds(&rehearsal, &plan.faults);
    let mut story = story(&rehearsal, Played { plan, outcome }, kept, Some(failure));
    let whole = scenario::canonical::text(&crate::rehearsal_scenario(searched));
    let searched = Searched {
        file: searched.file(),
        text: &whole,
        plan: found,
    };
    let name = format!("{}.ron", story.name);
    let sought = explain::sought(
        &name,
        &story.file,
        case.seed,
        failure,
        EFFORT.runs,
        Some(searched),
    );
    story.explained = Some(explained);
    Cause {
        promise: cause::family(&failure.kind),
        kinds,
        told: Told { story, sought },
    }
}
