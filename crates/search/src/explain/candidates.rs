//! Changes of a runbook and its settings that a careful person would think of.
//!
//! None of them trades safety for a promise: `min.insync.replicas` is raised and never lowered, gates are added and never removed.

use scenario::Scenario;
use scenario::model::{Action, Check, Gate, Nanos, OnTimeout, Order, Started, Step, StopKind};

use super::edit::{Does, Edit, Way};

const SECOND: u64 = 1_000_000_000;

/// How long a gate may have to be green instead, in seconds.
const LONGER: [u64; 4] = [15, 30, 60, 120];

/// How long to sit between two nodes, in seconds: longer than a session (9 s), longer than `replica.lag.time.max.ms` (30 s).
const SIT: [u64; 3] = [15, 45, 120];

/// Gates that can be added anywhere: what stands in the file, and in words.
const GATES: [(&str, &str); 3] = [
    (
        "UnderReplicated(at_most: 0, for: \"30s\", within: \"30m\")",
        "until no partition has been under-replicated for 30 s",
    ),
    (
        "AllBrokersUp(for: \"15s\", within: \"30m\")",
        "until every broker has been registered and unfenced for 15 s",
    ),
    (
        "QuorumHealthy(for: \"30s\", within: \"30m\")",
        "until the quorum has been healthy for 30 s",
    ),
];

/// A gate that stops a step as soon as it is red.
const WATCH: &str = "UnderMinIsr(at_most: 0)";

/// Everything that is tried.
pub(crate) fn all(scenario: &Scenario) -> Vec<Edit> {
    let mut edits = Vec::new();
    for step in &scenario.runbook {
        of_step(step, &mut edits);
    }
    settings(scenario, &mut edits);
    edits
}

fn of_step(step: &Step, edits: &mut Vec<Edit>) {
    let name = step.name.value.as_str();
    let place = || vec![Way::Field("runbook"), Way::Step(name.to_owned())];
    let mut add = |kind, place, does, words: String| {
        edits.push(Edit {
            place,
            does,
            words: format!("in step {name}, {words}"),
            kind,
        });
    };
    let roll = match &step.action.value {
        Action::Roll(roll) => Some(roll),
        _ => None,
    };
    let lists: [(&'static str, &Vec<Gate>, &str); 3] = [
        ("before", &step.before, "before it begins"),
        ("between", &step.between, "between two nodes"),
        ("after", &step.after, "after it"),
    ];
    for (list, gates, when) in lists {
        for (nth, gate) in gates.iter().enumerate() {
            let mut at = place();
            at.extend([Way::Field(list), Way::Item(nth)]);
            for seconds in LONGER {
                if gate.for_.value.0 < seconds * SECOND {
                    add(
                        "a longer wait at a gate",
                        at.clone(),
                        Does::Field("for", format!("\"{seconds}s\"")),
                        format!(
                            "have the gate {when} green for {seconds} s, not {}",
                            gate.for_.value
                        ),
                    );
                }
            }
            let patience = Nanos(7_200 * SECOND);
            if gate.within.is_some_and(|within| within.value < patience) {
                add(
                    "more patience at a gate",
                    at,
                    Does::Field("within", "\"2h\"".to_owned()),
                    format!("give the gate {when} up to 2 h"),
                );
            }
        }
        if list == "between" && roll.is_none() {
            continue;
        }
        for (gate, words) in GATES {
            if !gates.iter().any(|there| is_a(&there.check.value, gate)) {
                add(
                    "one more gate",
                    place(),
                    Does::Append(list, gate.to_owned()),
                    format!("wait {when} {words}"),
                );
            }
        }
    }
    if step.during.is_empty() {
        add(
            "a gate while the step runs",
            place(),
            Does::Append("during", WATCH.to_owned()),
            "stop as soon as a partition is below min.insync.replicas".to_owned(),
        );
    }
    if step.on_timeout.value == OnTimeout::Abort {
        add(
            "a person who is asked",
            place(),
            Does::Field("on_timeout", "Ask(\"30m\")".to_owned()),
            "ask a person when time runs out (30 min), rather than stop".to_owned(),
        );
    }
    let Some(roll) = roll else { return };
    let mut at = place();
    at.push(Way::Field("do"));
    let mut turn = |kind, field, value: &str, words: String| {
        add(
            kind,
            at.clone(),
            Does::Field(field, value.to_owned()),
            words,
        );
    };
    for seconds in SIT {
        if roll.pause.value.0 < seconds * SECOND {
            let words = format!("sit for {seconds} s after the gates between two nodes");
            turn(
                "a pause between nodes",
                "pause",
                &format!("\"{seconds}s\""),
                words,
            );
        }
    }
    for (order, word, words) in [
        (
            Order::ActiveControllerLast,
            "ActiveControllerLast",
            "take the active controller last",
        ),
        (Order::ByRack, "ByRack", "go rack by rack"),
        (Order::Descending, "Descending", "take the highest id first"),
    ] {
        if roll.order.value != order {
            turn("another order", "order", word, words.to_owned());
        }
    }
    if roll.batch.value != 1 {
        turn(
            "smaller batches",
            "batch",
            "1",
            "take one node at a time".to_owned(),
        );
    }
    if roll.stop.value == StopKind::Kill {
        turn(
            "a clean stop",
            "stop",
            "Graceful",
            "stop nodes with SIGTERM, not SIGKILL".to_owned(),
        );
    }
    if roll.until.value == Started::Process {
        turn(
            "a wait for the port",
            "until",
            "Port",
            "wait until the port is open".to_owned(),
        );
    }
    if !roll.elect_preferred.value {
        turn(
            "leaders moved back",
            "elect_preferred",
            "true",
            "elect preferred leaders as each node comes back".to_owned(),
        );
    }
}

/// Is it the gate that stands so in a file?
fn is_a(check: &Check, written: &str) -> bool {
    let name = match check {
        Check::UnderReplicated { .. } => "UnderReplicated(",
        Check::AllBrokersUp => "AllBrokersUp(",
        Check::QuorumHealthy => "QuorumHealthy(",
        _ => return false,
    };
    written.starts_with(name)
}

fn settings(scenario: &Scenario, edits: &mut Vec<Edit>) {
    let estate = &scenario.estate;
    let mut set = |place: Vec<Way>, whose: &str, name: &'static str, value: &str| {
        edits.push(Edit {
            place,
            does: Does::Setting(name, value.to_owned()),
            words: format!("set {name} = {value} {whose}"),
            kind: "a setting",
        });
    };
    for (name, cluster) in &estate.clusters {
        let place = vec![
            Way::Field("estate"),
            Way::Field("clusters"),
            Way::Key(name.value.clone()),
        ];
        let whose = "on every node";
        set(place.clone(), whose, "broker.session.timeout.ms", "18000");
        set(
            place.clone(),
            whose,
            "unclean.leader.election.enable",
            "false",
        );
        set(
            place.clone(),
            whose,
            "controlled.shutdown.max.retries",
            "10",
        );
        set(
            place.clone(),
            whose,
            "num.recovery.threads.per.data.dir",
            "8",
        );
        for (topic, spread) in &cluster.topics {
            let mut place = place.clone();
            place.extend([Way::Field("topics"), Way::Key(topic.value.clone())]);
            let whose = format!("for topic {}", topic.value);
            let now = spread
                .settings
                .iter()
                .find(|(name, _)| name.value == "min.insync.replicas")
                .and_then(|(_, value)| value.value.parse::<u32>().ok())
                .unwrap_or(1);
            if spread.replicas.value > 2 && now < 2 {
                set(place.clone(), &whose, "min.insync.replicas", "2");
            }
            set(place, &whose, "unclean.leader.election.enable", "false");
        }
    }
    for name in estate.producers.keys() {
        let place = vec![
            Way::Field("estate"),
            Way::Field("producers"),
            Way::Key(name.value.clone()),
        ];
        let whose = format!("for producer {}", name.value);
        set(place.clone(), &whose, "acks", "\"all\"");
        set(place.clone(), &whose, "enable.idempotence", "true");
        set(place.clone(), &whose, "delivery.timeout.ms", "600000");
        set(place, &whose, "request.timeout.ms", "5000");
    }
    for name in estate.groups.keys() {
        let place = vec![
            Way::Field("estate"),
            Way::Field("groups"),
            Way::Key(name.value.clone()),
        ];
        let whose = format!("for group {}", name.value);
        set(place, &whose, "session.timeout.ms", "90000");
    }
}
