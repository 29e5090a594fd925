//! acks=all with min.insync.replicas=1.

use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K033",
    topic: Topic::Configuration,
    title: "acks=all promises little while min.insync.replicas is 1",
    what: "A leader that is alone in the ISR acknowledges by itself. If it dies, what it acknowledged is away until it returns, or lost if another takes over.",
    why: "acks=all waits for every replica that is in sync at that moment. With min.insync.replicas=1, the default, that may be the leader alone. During a roll the \
          ISR is one shorter anyway.",
    instead: "Set min.insync.replicas=2 for topics with three replicas.",
    versions: Versions::ALL,
    sources: &[
        "Kafka documentation, acks; min.insync.replicas (default 1)",
        "observed: crash of the last in-sync replica (observed/README.md)",
    ],
    explains: &["min-isr-1", "unclean-election", "no-leader"],
    bites: Some("scenarios/last-isr-crash-clean.ron"),
    spares: Some("scenarios/first-roll.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let Some(stop) = case.first_stop_of_a_broker() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (name, topic) in &case.cluster.topics {
        let Some(setting) = case.topic_setting(topic, "min.insync.replicas") else {
            continue;
        };
        let writer = case
            .producers_to(&name.value)
            .find(|(_, spec)| case.waits_for_all(spec));
        let Some((producer, _)) = writer else {
            continue;
        };
        if setting.number() == Some(1) && topic.replicas.value > 1 {
            found.push(
                warning(
                    setting.said.unwrap_or(topic.replicas.span),
                    format!(
                        "`{producer}` waits for all in-sync replicas of `{}`, and one is enough.",
                        name.value
                    ),
                )
                .labelled(if setting.said.is_some() {
                    "the leader alone may acknowledge"
                } else {
                    "min.insync.replicas is 1 by default"
                })
                .also(stop, "this takes replicas out of sync"),
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
    fn the_default_is_pointed_at() {
        let scene = scene().topic("partitions: 6, replicas: 3").careful_roll();
        bites(
            &RULE,
            &scene,
            "warning: 3: `checkout` waits for all in-sync replicas of `orders`, and one is enough.",
        );
    }

    #[test]
    fn two_of_three_or_no_restart_is_fine() {
        spares(&RULE, &scene().careful_roll());
        spares(&RULE, &scene().topic("partitions: 6, replicas: 3"));
    }
}
