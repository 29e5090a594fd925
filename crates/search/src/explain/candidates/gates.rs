//! Gates: added, green for longer, with more patience, looked at in another way, and what comes of one that stays red.

use scenario::Scenario;
use scenario::model::{Action, Check, Gate, Nanos, OnTimeout, Step, Through};

use super::{Does, Drafts, SECOND, Way, place};

/// How long a gate may have to be green instead, in seconds.
const LONGER: [u64; 5] = [15, 30, 60, 120, 300];

/// A gate that stops a step as soon as it is red.
const WATCH: &str = "UnderMinIsr(at_most: 0)";

/// A gate that can be added.
struct Written {
    check: fn(&Check) -> bool,
    /// As it stands in a file.
    text: String,
    /// In words, after "wait between two nodes".
    words: &'static str,
}

pub(super) fn of(scenario: &Scenario, step: &Step, drafts: &mut Drafts) {
    let name = step.name.value.as_str();
    let is_roll = matches!(step.action.value, Action::Roll(_));
    let says = |words: String| format!("in step {name}, {words}");
    let lists: [(&'static str, &Vec<Gate>, &str); 3] = [
        ("before", &step.before, "before it begins"),
        ("between", &step.between, "between two nodes"),
        ("after", &step.after, "after it"),
    ];
    for (list, gates, when) in lists {
        for (nth, gate) in gates.iter().enumerate() {
            let mut at = place(step);
            at.extend([Way::Field(list), Way::Item(nth)]);
            of_gate(gate, nth, when, &at, &says, drafts);
        }
        let waits = matches!(step.action.value, Action::Wait(_) | Action::Approve { .. });
        if (list == "between" && !is_roll) || (list == "before" && waits) {
            continue;
        }
        for written in written(scenario, step) {
            if !gates.iter().any(|gate| (written.check)(&gate.check.value)) {
                drafts.add(
                    "one more gate",
                    place(step),
                    Does::Append(list, written.text),
                    says(format!("wait {when} {}", written.words)),
                );
            }
        }
    }
    if step.during.is_empty() {
        drafts.add(
            "a gate while the step runs",
            place(step),
            Does::Append("during", WATCH.to_owned()),
            says("stop as soon as a partition is below min.insync.replicas".to_owned()),
        );
    }
    let mut instead = |value: &str, kind, words: &str| {
        drafts.add(
            kind,
            place(step),
            Does::Field("on_timeout", value.to_owned()),
            says(words.to_owned()),
        );
    };
    match step.on_timeout.value {
        OnTimeout::GoOn | OnTimeout::Ask(_) => instead(
            "Abort",
            "a stop when time runs out",
            "stop when time runs out, rather than go on",
        ),
        OnTimeout::Abort | OnTimeout::Undo => {}
    }
    if step.undo.is_some() && step.on_timeout.value != OnTimeout::Undo {
        instead(
            "Undo",
            "a way back when time runs out",
            "undo it when time runs out",
        );
    }
}

fn of_gate(
    gate: &Gate,
    nth: usize,
    when: &str,
    at: &[Way],
    says: &dyn Fn(String) -> String,
    drafts: &mut Drafts,
) {
    let which = match nth {
        0 => String::new(),
        nth => format!(" (number {})", nth + 1),
    };
    for seconds in LONGER {
        if gate.for_.value.0 < seconds * SECOND {
            drafts.add(
                "a longer wait at a gate",
                at.to_vec(),
                Does::Field("for", format!("\"{seconds}s\"")),
                says(format!(
                    "have the gate {when}{which} green for {seconds} s, not {}",
                    gate.for_.value
                )),
            );
        }
    }
    let patience = Nanos(7_200 * SECOND);
    if gate.within.is_none_or(|within| within.value < patience) {
        drafts.add(
            "more patience at a gate",
            at.to_vec(),
            Does::Field("within", "\"2h\"".to_owned()),
            says(format!("give the gate {when}{which} up to 2 h")),
        );
    }
    if matches!(gate.through.value, Through::Metric { .. }) {
        drafts.add(
            "another look",
            at.to_vec(),
            Does::Field("through", "Tool(every: \"5s\")".to_owned()),
            says(format!(
                "look at the gate {when}{which} with a tool, not at a metric that is scraped and late"
            )),
        );
    }
    if gate.forgotten.value {
        drafts.add(
            "a gate that is not forgotten",
            at.to_vec(),
            Does::Field("forgotten", "false".to_owned()),
            says(format!("do not forget the gate {when}{which}")),
        );
    }
}

/// What is looked at, in this step.
fn written(scenario: &Scenario, step: &Step) -> Vec<Written> {
    let estate = &scenario.estate;
    let zookeeper = estate
        .clusters
        .values()
        .any(|cluster| cluster.zookeeper.is_some());
    let gate = |check, text: &str, words| Written {
        check,
        text: text.to_owned(),
        words,
    };
    let mut all = vec![
        gate(
            |check| matches!(check, Check::UnderReplicated { .. }),
            "UnderReplicated(at_most: 0, for: \"30s\", within: \"30m\")",
            "until no partition has been under-replicated for 30 s",
        ),
        gate(
            |check| matches!(check, Check::AllBrokersUp),
            "AllBrokersUp(for: \"15s\", within: \"30m\")",
            "until every broker has been registered and unfenced for 15 s",
        ),
        gate(
            |check| matches!(check, Check::AtMinIsr { .. }),
            "AtMinIsr(at_most: 0, for: \"15s\", within: \"30m\")",
            "until no partition has been down to min.insync.replicas for 15 s",
        ),
        gate(
            |check| matches!(check, Check::UnderMinIsr { .. }),
            "UnderMinIsr(at_most: 0, for: \"15s\", within: \"30m\")",
            "until no partition has been below min.insync.replicas for 15 s",
        ),
        gate(
            |check| matches!(check, Check::Offline { .. }),
            "Offline(at_most: 0, for: \"15s\", within: \"30m\")",
            "until every partition has had a leader for 15 s",
        ),
        gate(
            |check| matches!(check, Check::PreferredLeaders { .. }),
            "PreferredLeaders(at_least: 100, within: \"30m\")",
            "until every partition is led by its preferred replica",
        ),
    ];
    if !zookeeper {
        all.push(gate(
            |check| matches!(check, Check::QuorumHealthy),
            "QuorumHealthy(for: \"30s\", within: \"30m\")",
            "until the quorum has been healthy for 30 s",
        ));
    }
    if matches!(step.action.value, Action::Features(_)) {
        all.push(gate(
            |check| matches!(check, Check::MetadataSnapshot),
            "MetadataSnapshot(within: \"2h\")",
            "until every node has a snapshot of the metadata newer than the last change of features",
        ));
        if let Some(version) = target_version(scenario) {
            all.push(Written {
                check: |check| matches!(check, Check::Versions { .. }),
                text: format!("Versions({version:?}, nodes: All, within: \"30m\")"),
                words: "until every node runs the new version",
            });
        }
    }
    for name in estate.producers.keys() {
        // The check is the same for every producer: one such gate is enough to see whether it helps.
        if all.len() < MOST {
            all.push(Written {
                check: |check| matches!(check, Check::WritesOk { .. }),
                text: format!(
                    "WritesOk({:?}, at_most: \"1s\", for: \"15s\", within: \"30m\")",
                    name.value
                ),
                words: match estate.producers.len() {
                    1 => "until writes have been acknowledged within 1 s for 15 s",
                    _ => "until writes of the first producer have been acknowledged within 1 s for 15 s",
                },
            });
            break;
        }
    }
    all
}

/// Gates that are tried in one place at most.
const MOST: usize = 12;

/// The version to which the last roll with one goes.
fn target_version(scenario: &Scenario) -> Option<String> {
    let rolls = scenario.runbook.iter().rev();
    rolls
        .filter_map(|step| match &step.action.value {
            Action::Roll(roll) => roll.to.as_ref(),
            _ => None,
        })
        .map(|version| version.value.0.clone())
        .next()
}
