//! A roll without any gate.

use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K002",
    topic: Topic::Rolling,
    title: "Wait until every replica is back in sync before the next broker",
    what: "The next broker goes down while its predecessor still copies what it missed. Partitions that have a replica on both fall below \
           min.insync.replicas: acks=all writes stop, and most producers see silence rather than an error.",
    why: "A broker that was away is out of every ISR and comes back only when it has caught up with each leader. That takes as long as \
          copying what was written meanwhile, which grows with the downtime and the traffic. A roll that goes on as soon as a node is \
          started counts on that time being short.",
    instead: "Add `between: [UnderReplicated(at_most: 0, for: \"30s\", within: \"20m\")]` to the step.",
    versions: Versions::ALL,
    sources: &[
        "Kafka documentation, rolling upgrades: verify before the next broker",
        "observed: rolls that wait for the port only (observed/README.md)",
        "Kafka's own upgrade tests wait for a full ISR between brokers (tests/kafkatest)",
    ],
    explains: &["no-isr-wait", "below-min-isr"],
    bites: Some("scenarios/no-wait-for-isr.ron"),
    spares: Some("scenarios/first-roll.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (moment, roll, brokers) in case.broker_rolls() {
        if brokers.len() < 2 || moment.step.between.iter().any(|gate| !gate.forgotten.value) {
            continue;
        }
        // Without a replica to copy there is nothing to wait for.
        if case
            .cluster
            .topics
            .values()
            .all(|topic| topic.replicas.value < 2)
        {
            continue;
        }
        found.push(
            warning(
                roll.nodes.span,
                format!(
                    "Nothing is waited for between the {} of this roll.",
                    words::count(brokers.len() as u64, "broker")
                ),
            )
            .labelled("no gate between two brokers")
            .note("Add `between: [UnderReplicated(at_most: 0, for: \"30s\", within: \"20m\")]` to the step."),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    #[test]
    fn a_roll_without_a_gate_is_pointed_at() {
        bites(
            &RULE,
            &scene().does("Roll(Brokers)"),
            "warning: Brokers: Nothing is waited for",
        );
    }

    #[test]
    fn a_gate_or_a_single_node_needs_none() {
        spares(&RULE, &scene().careful_roll());
        spares(&RULE, &scene().does("Roll([2])"));
        spares(&RULE, &scene().does("Roll(Controllers)"));
    }
}
