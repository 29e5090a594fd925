//! From what the islands kept to the stories that are told: the smallest plan of each distinct failure, and why it fails.

mod cause;
mod small;

use std::collections::BTreeMap;

use outcome::search::{Broken, CommonChange, FoundBy, PlannedFault, Story};
use outcome::{Outcome, Quantity};
use rehearsal::Rehearsal;
use scenario::model::{Fault, FaultKind};

use crate::explain::{Sought, advice};
use crate::island::Kept;
use crate::plan::{Plan, Recorded, moment, written};
use crate::shrink::{Explain, Failure, explaining};

/// Failures that are played again and told, the smallest first.
const TOLD: usize = 40;

/// What makes failures one story: the broken promises, and why the first broke.
type Group = (Vec<(String, String)>, Option<String>);

/// A failing plan, played again.
struct Played {
    plan: Plan,
    outcome: Outcome,
}

/// How much is told of a failure.
#[derive(Clone, Copy)]
pub struct Telling<'a> {
    /// What the rule book adds to an outcome.
    pub explain: Explain<'a>,
    /// Make counterexamples smaller, and say what would have caught them.
    pub shrink: bool,
}

impl Telling<'static> {
    /// As they were found.
    pub const PLAIN: Self = Self {
        explain: &|_, _| {},
        shrink: false,
    };
}

/// The stories of these failing plans, the smallest first, and the changes that catch several of them.
pub(crate) fn stories(
    rehearsal: &Rehearsal,
    kept: &BTreeMap<String, Kept>,
    telling: &Telling<'_>,
) -> (Vec<Story>, Vec<CommonChange>) {
    let mut all: Vec<&Kept> = kept.values().collect();
    all.sort_by_key(|kept| kept.rank());
    let plans = all.into_iter().filter_map(|kept| {
        let faults = read_back(rehearsal, &kept.faults)?;
        let seed = kept.seed;
        Some((kept, Plan { seed, faults }))
    });
    let plans: Vec<(&Kept, Plan)> = plans.take(TOLD).collect();
    let mut told: Vec<Told> = match telling.shrink {
        true => small::stories(rehearsal, &plans, telling),
        false => as_found(rehearsal, &plans, telling)
            .into_iter()
            .map(|story| Told {
                story,
                sought: None,
            })
            .collect(),
    };
    // Fewer faults first, then what happens more often.
    told.sort_by_key(|told| (told.story.faults.len(), u64::MAX - told.story.runs));
    let mut names: BTreeMap<String, u32> = BTreeMap::new();
    let mut unique = |name: &mut String| {
        let count = names.entry(name.clone()).or_default();
        *count += 1;
        if *count > 1 {
            *name = format!("{name}-{count}");
        }
    };
    told.iter_mut()
        .for_each(|told| unique(&mut told.story.name));
    for variant in told.iter_mut().flat_map(|told| &mut told.story.variants) {
        unique(&mut variant.name);
    }
    let common = cause::common(&told);
    let stories = told.into_iter().map(|told| told.story);
    (stories.collect(), common)
}

/// A story, and what would have caught it.
struct Told {
    story: Story,
    sought: Option<Sought>,
}

/// The plans with the fewest faults of each kind of failure, otherwise as they were found.
fn as_found(rehearsal: &Rehearsal, plans: &[(&Kept, Plan)], telling: &Telling<'_>) -> Vec<Story> {
    let mut groups: BTreeMap<Group, Story> = BTreeMap::new();
    for (kept, plan) in plans {
        let played = without_bystanders(rehearsal, plan.clone(), telling);
        if played.outcome.promises.iter().all(|promise| promise.holds) {
            continue;
        }
        let story = story(rehearsal, played, kept, None);
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
    groups.into_values().collect()
}

/// Leaves out each fault without which the same promises break.
fn without_bystanders(rehearsal: &Rehearsal, mut plan: Plan, telling: &Telling<'_>) -> Played {
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
    (telling.explain)(&plan.scenario(rehearsal), &mut outcome);
    Played { plan, outcome }
}

/// The story of a run. `failure`: what it is told for; `None`: its first broken promise.
fn story(rehearsal: &Rehearsal, played: Played, kept: &Kept, failure: Option<&Failure>) -> Story {
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
    let told = outcome
        .promises
        .iter()
        .find(|promise| !promise.holds && failure.is_none_or(|failure| failure.concerns(promise)));
    let finding = told.and_then(|promise| explaining(&outcome, promise));
    let first = broken
        .iter()
        .find(|broken| told.is_some_and(|told| told.text == broken.text))
        .unwrap_or(&broken[0]);
    let name = match first.subject.as_str() {
        "" => dashed(&first.kind),
        subject => format!("{}-{}", dashed(&first.kind), clean(subject)),
    };
    let names: Vec<(String, String)> = broken
        .iter()
        .map(|broken| (broken.kind.clone(), broken.subject.clone()))
        .collect();
    let outage = outage(first.measured);
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
            text: lasting(&record.text, fault),
            at: record.when.map(|when| when.begin),
            moment: match fault.kind.value.concerns_a_step() {
                true => String::new(),
                false => moment(rehearsal.scenario(), &fault.at.value),
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
        explained: None,
        variants: Vec::new(),
        file: plan.file(rehearsal, &about, &names, &because),
        faults,
        broken,
        what,
        code: finding.map(|finding| finding.code.clone()),
        causes: finding
            .map(|finding| finding.causes.clone())
            .unwrap_or_default(),
        advice: advice::of(
            &[rehearsal.faults(), &plan.faults].concat(),
            finding,
            outage,
        ),
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

/// A fault in words, with how long it lasts: "garbage collection pause of broker 2 for 3 s".
fn lasting(text: &str, fault: &Fault) -> String {
    let Some(lasts) = fault.lasts else {
        return text.to_owned();
    };
    match fault.kind.value {
        FaultKind::Kill(_) | FaultKind::KillActiveController | FaultKind::KillMember { .. } => {
            match lasts.value.0 < 1_000_000_000 {
                true => format!("{text}, started again at once"),
                false => format!("{text}, started again after {}", lasts.value),
            }
        }
        FaultKind::HostGone(_) => format!("{text}, back after {}", lasts.value),
        _ => format!("{text} for {}", lasts.value),
    }
}

/// How long a promise was broken at a stretch, in nanoseconds, if it is about time.
fn outage(measured: Quantity) -> Option<u64> {
    match measured {
        Quantity::Nanoseconds(nanos) | Quantity::AtLeastNanoseconds(nanos) => Some(nanos),
        _ => None,
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
