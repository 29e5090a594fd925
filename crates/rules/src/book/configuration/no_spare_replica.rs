//! As many replicas as min ISR.

use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K030",
    topic: Topic::Configuration,
    title: "Have one replica more than min.insync.replicas",
    what: "Every restart of a broker stops the acks=all writes of its partitions for as long as the restart and the catch-up take, however careful the roll.",
    why: "While a broker is away its replicas are not in sync. If min.insync.replicas asks for all of them, the leader refuses acks=all writes \
          (NOT_ENOUGH_REPLICAS) until the broker is back in the ISR.",
    instead: "Use three replicas with min.insync.replicas=2, before the roll.",
    versions: Versions::ALL,
    sources: &[
        "Kafka documentation, min.insync.replicas",
        "ReplicaManager.appendRecords, Partition.effectiveMinIsr",
    ],
    explains: &[
        "no-spare-replica",
        "below-min-isr",
        "min-isr-above-replicas",
    ],
    bites: Some("scenarios/two-replicas-min-isr-two.ron"),
    spares: Some("scenarios/first-roll.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let Some(stop) = case.first_stop_of_a_broker() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (name, topic) in &case.cluster.topics {
        let replicas = u64::from(topic.replicas.value);
        let Some(setting) = case.topic_setting(topic, "min.insync.replicas") else {
            continue;
        };
        let min_isr = setting.number().unwrap_or(1);
        if replicas < 2 || min_isr < replicas {
            continue;
        }
        let writers: Vec<_> = case
            .producers_to(&name.value)
            .filter(|(_, spec)| case.waits_for_all(spec))
            .collect();
        let all_brokers = case.cluster.broker_ids().len();
        // A roll of every broker restarts one that holds a replica, whatever the placement.
        let restart = case
            .broker_rolls()
            .filter(|(_, _, brokers)| brokers.len() == all_brokers)
            .map(|(_, roll, _)| case.shortest_restart(roll))
            .max();
        let promise = writers
            .iter()
            .filter_map(|(producer, _)| case.write_outage(producer))
            .find(|(limit, _)| restart.is_some_and(|restart| *limit < restart));
        let mut diagnostic = graded(
            promise.is_some(),
            setting.said.unwrap_or(topic.replicas.span),
            format!(
                "`{}` needs {} in sync and has {}: none can be away.",
                name.value,
                words::count(min_isr, "replica"),
                replicas
            ),
        )
        .labelled("no replica to spare")
        .also(stop, "this takes one away");
        if let Some((_, place)) = promise {
            diagnostic = diagnostic.also(place, "shorter than a restart");
        }
        if !writers.is_empty() {
            found.push(diagnostic);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    const TWO_OF_TWO: &str =
        r#"partitions: 6, replicas: 2, settings: { "min.insync.replicas": 2 }"#;

    #[test]
    fn as_many_as_there_are_is_pointed_at() {
        bites(
            &RULE,
            &scene().topic(TWO_OF_TWO).careful_roll(),
            "warning: 2: `orders` needs 2 replicas in sync and has 2",
        );
    }

    #[test]
    fn a_promise_shorter_than_a_restart_makes_it_an_error() {
        let scene = scene()
            .topic(TWO_OF_TWO)
            .does("Roll(Brokers, down: \"10s\")")
            .contract(r#"WriteOutage("checkout", at_most: "3s")"#);
        bites(&RULE, &scene, "error: 2");
    }

    #[test]
    fn one_to_spare_or_no_restart_is_fine() {
        spares(&RULE, &scene().careful_roll());
        spares(&RULE, &scene().topic(TWO_OF_TWO));
    }
}
