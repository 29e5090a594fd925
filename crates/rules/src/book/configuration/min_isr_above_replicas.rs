//! min.insync.replicas above the number of replicas.

use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K032",
    topic: Topic::Configuration,
    title: "Do not ask for more replicas in sync than there are",
    what: "The topic behaves as if min.insync.replicas were its number of replicas: none may be away.",
    why: "A leader compares the ISR with the smaller of min.insync.replicas and the number of replicas. A cluster-wide min.insync.replicas=2 thus makes a topic \
          with one replica as strict as it can be, and looks safer than it is.",
    instead: "Add replicas to the topic, or give it a min.insync.replicas of its own.",
    versions: Versions::ALL,
    sources: &["Partition.effectiveMinIsr (KAFKA-13999)"],
    explains: &["min-isr-above-replicas"],
    bites: Some("scenarios/min-isr-above-replicas.ron"),
    spares: Some("scenarios/first-roll.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (name, topic) in &case.cluster.topics {
        let Some(setting) = case.topic_setting(topic, "min.insync.replicas") else {
            continue;
        };
        let min_isr = setting.number().unwrap_or(0);
        if min_isr > u64::from(topic.replicas.value) {
            found.push(
                warning(
                    setting.said.unwrap_or(topic.replicas.span),
                    format!(
                        "`{}` has {} and asks for {min_isr} in sync.",
                        name.value,
                        words::count(u64::from(topic.replicas.value), "replica")
                    ),
                )
                .labelled("more than there are")
                .also(topic.replicas.span, "the replicas"),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    #[test]
    fn more_than_there_are_is_pointed_at() {
        let scene =
            scene().topic(r#"partitions: 6, replicas: 2, settings: { "min.insync.replicas": 3 }"#);
        bites(
            &RULE,
            &scene,
            "warning: 3: `orders` has 2 replicas and asks for 3 in sync.",
        );
    }

    #[test]
    fn two_of_three_are_fine() {
        spares(&RULE, &scene());
    }
}
