//! From what the islands kept to the stories that are told: the smallest plan of each distinct failure, and why it fails.

use std::collections::BTreeMap;

use outcome::search::{Broken, FoundBy, PlannedFault, Story};
use outcome::{Outcome, Severity};
use rehearsal::Rehearsal;
use scenario::model::Fault;

use crate::island::Kept;
use crate::plan::{Plan, Recorded, moment, written};

/// Failures that are played again and told, the smallest first.
const TOLD: usize = 40;

/// What makes failures one story: the broken promises, and why the first broke.
type Group = (Vec<(String, String)>, Option<String>);

/// A failing plan, played again.
struct Played {
    plan: Plan,
    outcome: Outcome,
}

/// The stories of these failing plans, the smallest first. `explain` adds what the rule book knows of an outcome.
pub(crate) fn stories(
    rehearsal: &Rehearsal,
    kept: &BTreeMap<String, Kept>,
    explain: &(dyn Fn(&Plan, &mut Outcome) + Sync),
) -> Vec<Story> {
    let mut all: Vec<&Kept> = kept.values().collect();
    all.sort_by_key(|kept| kept.rank());
    let mut groups: BTreeMap<Group, Story> = BTreeMap::new();
    for (told, kept) in all.into_iter().enumerate() {
        let Some(faults) = read_back(rehearsal, &kept.faults) else {
            continue;
        };
        if told >= TOLD {
            break;
        }
        let plan = Plan {
            seed: kept.seed,
            faults,
        };
        let played = without_bystanders(rehearsal, plan, explain);
        if played.outcome.promises.iter().all(|promise| promise.holds) {
            continue;
        }
        let story = story(rehearsal, played, kept);
        let names: Vec<(String, String)> = story
            .broken
            .iter()
            .map(|broken| (broken.kind.clone(), broken.subject.clone()))
            .collect();
        let size = |story: &Story| {
            let words: usize = story.faults.iter().map(|fault| fault.ron.len()).sum();
            (story.faults.len(), words)
        };
        match groups.get_mut(&(names.clone(), story.code.clone())) {
            Some(known) => {
                let runs = known.runs + story.runs;
                if size(&story) < size(known) {
                    *known = story;
                }
                known.runs = runs;
            }
            None => {
                groups.insert((names, story.code.clone()), story);
            }
        }
    }
    let mut stories: Vec<Story> = groups.into_values().collect();
    // Fewer faults first, then what happens more often.
    stories.sort_by_key(|story| (story.faults.len(), u64::MAX - story.runs));
    let mut names: BTreeMap<String, u32> = BTreeMap::new();
    for story in &mut stories {
        let count = names.entry(story.name.clone()).or_default();
        *count += 1;
        if *count > 1 {
            story.name = format!("{}-{count}", story.name);
        }
    }
    stories
}

/// Leaves out each fault without which the same promises break.
fn without_bystanders(
    rehearsal: &Rehearsal,
    mut plan: Plan,
    explain: &(dyn Fn(&Plan, &mut Outcome) + Sync),
) -> Played {
    let broken = |plan: &Plan| plan.on(rehearsal).holds(plan.seed);
    let wanted = broken(&plan);
    let mut at = plan.faults.len();
    while at > 0 {
        at -= 1;
        let mut smaller = plan.clone();
        smaller.faults.remove(at);
        if broken(&smaller) == wanted {
            plan = smaller;
        }
    }
    let mut outcome = plan.on(rehearsal).run(plan.seed);
    explain(&plan, &mut outcome);
    Played { plan, outcome }
}

fn story(rehearsal: &Rehearsal, played: Played, kept: &Kept) -> Story {
    let Played { plan, outcome } = played;
    let own = rehearsal.faults().len();
    let broken: Vec<Broken> = outcome
        .promises
        .iter()
        .enumerate()
        .filter(|(_, promise)| !promise.holds)
        .map(|(at, promise)| Broken {
            promise: at as u32,
            kind: promise.kind.clone(),
            subject: promise.subject.clone(),
            text: promise.text.clone(),
            limit: promise.limit,
            measured: promise.measured,
        })
        .collect();
    // The gravest finding of the first broken promise, else the gravest of all.
    let named = outcome
        .promises
        .iter()
        .filter(|promise| !promise.holds)
        .flat_map(|promise| promise.findings.first())
        .filter_map(|&at| outcome.findings.get(at))
        .next();
    let finding = named.or_else(|| {
        outcome
            .findings
            .iter()
            .find(|finding| finding.severity == Severity::Broken)
    });
    let first = &broken[0];
    let name = match first.subject.as_str() {
        "" => dashed(&first.kind),
        subject => format!("{}-{}", dashed(&first.kind), clean(subject)),
    };
    let names: Vec<(String, String)> = broken
        .iter()
        .map(|broken| (broken.kind.clone(), broken.subject.clone()))
        .collect();
    let what = finding.map_or_else(|| first.text.clone(), |finding| finding.title.clone());
    let because: Vec<String> = finding
        .map(|finding| finding.code.clone())
        .into_iter()
        .collect();
    let faults: Vec<PlannedFault> = plan
        .faults
        .iter()
        .zip(&outcome.faults[own..])
        .map(|(fault, record)| PlannedFault {
            ron: written(fault),
            text: record.text.clone(),
            at: record.when.map(|when| when.begin),
            moment: match fault.kind.value.concerns_a_step() {
                true => String::new(),
                false => moment(&fault.at.value),
            },
        })
        .collect();
    let mut about = format!("// Found by search: {what}.\n");
    for fault in &faults {
        let line = [fault.text.as_str(), fault.moment.as_str()];
        let line: Vec<&str> = line.into_iter().filter(|text| !text.is_empty()).collect();
        about.push_str(&format!("// {}.\n", line.join(", ")));
    }
    about.push_str(&Recorded::of(&outcome).line());
    Story {
        name,
        seed: plan.seed,
        file: plan.file(rehearsal, &about, &names, &because),
        faults,
        broken,
        what,
        code: finding.map(|finding| finding.code.clone()),
        causes: finding
            .map(|finding| finding.causes.clone())
            .unwrap_or_default(),
        advice: finding
            .map(|finding| finding.advice.clone())
            .unwrap_or_default(),
        rules: finding
            .map(|finding| finding.rules.clone())
            .unwrap_or_default(),
        runs: kept.runs,
        found: FoundBy {
            arm: kept.arm.name().to_owned(),
            run: kept.run,
        },
        id: outcome.identity.id.clone(),
        trace: outcome.identity.trace.clone(),
    }
}

/// "WriteOutage" as "write-outage".
fn dashed(kind: &str) -> String {
    let mut out = String::new();
    for (at, c) in kind.chars().enumerate() {
        if c.is_uppercase() && at > 0 {
            out.push('-');
        }
        out.extend(c.to_lowercase());
    }
    out
}

/// What a file may be called on every system.
fn clean(name: &str) -> String {
    name.chars()
        .map(|c| match c.is_ascii_alphanumeric() {
            true => c.to_ascii_lowercase(),
            false => '-',
        })
        .collect()
}

/// Faults that were written down, as the language reads them in this scenario.
pub(crate) fn read_back(rehearsal: &Rehearsal, written: &[String]) -> Option<Vec<Fault>> {
    if written.is_empty() {
        return Some(Vec::new());
    }
    let mut whole = rehearsal.scenario().clone();
    whole.faults.clear();
    let text = scenario::canonical::text(&whole).replacen(
        "\nfaults: []",
        &format!("\nfaults: [{}]", written.join(", ")),
        1,
    );
    let memory = scenario::Memory::new().with("plan.ron", text);
    Some(scenario::read(&memory, "plan.ron").scenario?.faults)
}
