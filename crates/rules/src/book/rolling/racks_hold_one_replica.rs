//! Rolling whole racks.

use crate::book::prelude::*;
use std::collections::BTreeMap;

pub(crate) static RULE: Rule = Rule {
    id: "K010",
    topic: Topic::Rolling,
    title: "Take a whole rack at once only if no partition has two replicas in it",
    what: "Partitions with two replicas in the rack lose both: acks=all writes stop, or the partition has no leader, for as long as the whole rack \
           takes to come back.",
    why: "Kafka spreads the replicas of a new topic over racks only if broker.rack is set on every broker when the topic is made, and only as far as there \
          are racks. Topics that are older than the racks, were reassigned by hand, or have more replicas than there are racks keep two replicas in one.",
    instead: "Look at the assignment first (`kafka-topics.sh --describe`); reassign what shares a rack, or roll one broker at a time.",
    versions: Versions::ALL,
    sources: &[
        "KIP-36 (rack-aware replica assignment)",
        "Kafka documentation, broker.rack",
    ],
    explains: &["too-many-at-once"],
    bites: Some("scenarios/racks-at-once.ron"),
    spares: Some("scenarios/racks-at-once-done-right.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (moment, roll, brokers) in case.broker_rolls() {
        if roll.order.value != scenario::model::Order::ByRack || roll.batch.value == 1 {
            continue;
        }
        let mut racks: BTreeMap<Option<&String>, Vec<NodeId>> = BTreeMap::new();
        for id in &brokers {
            let rack = moment.before.get(id).and_then(|node| node.rack.as_ref());
            racks.entry(rack).or_default().push(*id);
        }
        let harmed = racks.into_iter().find_map(|(rack, mut together)| {
            if roll.batch.value > 0 {
                together.truncate(roll.batch.value as usize);
            }
            let topics = case.cluster.topics.iter();
            topics
                .filter(|(_, topic)| {
                    let overlap = case.overlap(topic, &together);
                    let replicas = u64::from(topic.replicas.value);
                    let min_isr = case.min_isr(topic).unwrap_or(1).min(replicas).max(1);
                    overlap.most > 1 && replicas - overlap.most.min(replicas) < min_isr
                })
                .map(|(name, topic)| (rack.cloned(), name.value.clone(), topic.replicas.span))
                .next()
        });
        if let Some((rack, topic, place)) = harmed {
            let rack = rack.map_or("the brokers without a rack".to_owned(), |rack| {
                format!("rack `{rack}`")
            });
            found.push(
                warning(
                    roll.order.span,
                    format!("Partitions of `{topic}` can have two replicas in {rack}, which goes down at once."),
                )
                .labelled("whole racks")
                .also(place, "more replicas than this can spare"),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    fn racks(topic: &str) -> crate::testing::Scene {
        scene()
            .cluster(r#"kafka: "3.9.2", brokers: 6, controllers: 3, racks: ["a", "b", "c"]"#)
            .topic(topic)
            .does("Roll(Brokers, order: ByRack, batch: 0)")
    }

    #[test]
    fn two_replicas_in_a_rack_are_pointed_at() {
        // Brokers 1 and 4 are both in rack a.
        let scene = racks(
            r#"partitions: 1, replicas: 3, assignment: [[1, 4, 2]], settings: { "min.insync.replicas": 2 }"#,
        );
        bites(
            &RULE,
            &scene,
            "warning: ByRack: Partitions of `orders` can have two replicas in rack `a`",
        );
    }

    #[test]
    fn one_replica_per_rack_is_fine() {
        spares(
            &RULE,
            &racks(r#"partitions: 6, replicas: 3, settings: { "min.insync.replicas": 2 }"#),
        );
    }
}
