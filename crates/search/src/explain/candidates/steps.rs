//! Steps: one more, one that takes longer, two that change places.

use scenario::Scenario;
use scenario::model::{Action, Nodes, Step};

use super::{Does, Drafts, SECOND, Way, place};

/// How long a step that waits may wait instead: longer than `replica.lag.time.max.ms`, and than the look for leaders that are not the preferred
/// ones (`leader.imbalance.check.interval.seconds`, 300 s).
const WAITS: [(&str, u64); 3] = [("1m", 60), ("6m", 360), ("30m", 1_800)];

pub(super) fn all(scenario: &Scenario, drafts: &mut Drafts) {
    let runbook = &scenario.runbook;
    for (at, step) in runbook.iter().enumerate() {
        let name = step.name.value.as_str();
        longer(step, drafts);
        if at > 0 && !matches!(step.action.value, Action::Wait(_)) {
            for (wait, _) in &WAITS[..2] {
                drafts.add(
                    "one more step",
                    place(step),
                    Does::Before(format!(
                        "(step: {:?}, do: Wait({wait:?}))",
                        free(scenario, "rest")
                    )),
                    format!("wait {wait} before step {name}"),
                );
            }
        }
        let next = runbook.get(at + 1);
        let elects = |step: &Step| matches!(step.action.value, Action::ElectLeaders(_));
        if leads(step) && !next.is_some_and(elects) {
            let step_text = format!(
                "(step: {:?}, do: ElectLeaders(Preferred))",
                free(scenario, "preferred-leaders")
            );
            drafts.add(
                "one more step",
                place(step),
                Does::Behind(step_text),
                format!("elect preferred leaders after step {name}"),
            );
        }
        if let Some(next) = next
            && step.needs.is_none()
            && next.needs.is_none()
        {
            let (first, second) = (name.to_owned(), Clone::clone(&next.name.value));
            drafts.add(
                "steps in another order",
                vec![Way::Field("runbook")],
                Does::Swap(first, second),
                format!("do step {} before step {name}", next.name.value),
            );
        }
    }
    if let Some(last) = runbook.last()
        && !matches!(last.action.value, Action::Wait(_))
    {
        for (wait, _) in WAITS {
            let text = format!(
                "(step: {:?}, do: Wait({wait:?}), after: [UnderReplicated(at_most: 0, for: \"30s\", within: \"30m\")])",
                free(scenario, "soak")
            );
            drafts.add(
                "one more step",
                place(last),
                Does::Behind(text),
                format!("stay for {wait} at the end, and until no partition is under-replicated"),
            );
        }
    }
}

fn longer(step: &Step, drafts: &mut Drafts) {
    let Action::Wait(now) = &step.action.value else {
        return;
    };
    for (wait, seconds) in WAITS {
        if now.value.0 < seconds * SECOND {
            drafts.add(
                "a longer step",
                place(step),
                Does::Field("do", format!("Wait({wait:?})")),
                format!("wait {wait} in step {}, not {}", step.name.value, now.value),
            );
        }
    }
}

/// Does it leave brokers that lead less than they should?
fn leads(step: &Step) -> bool {
    match &step.action.value {
        Action::Roll(roll) => !matches!(roll.nodes.value, Nodes::Controllers),
        Action::Start(start) => !matches!(start.nodes.value, Nodes::Controllers),
        _ => false,
    }
}

/// A name that no step has yet.
fn free(scenario: &Scenario, wanted: &str) -> String {
    let taken = |name: &str| scenario.runbook.iter().any(|step| step.name.value == name);
    let mut name = wanted.to_owned();
    while taken(&name) {
        name.push_str("-more");
    }
    name
}
