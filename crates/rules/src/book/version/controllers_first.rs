//! Controllers or brokers first.

use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K070",
    topic: Topic::Version,
    title: "From 3.8 or older, upgrade the controllers before the brokers",
    what: "Everything works, and then `kafka-features.sh upgrade --release-version` refuses: \"Broker N does not support this feature\". It goes on refusing until \
           every broker has been restarted once more.",
    why: "A broker tells the controller at registration which features it knows. Controllers up to 3.8 take only features whose lowest level is above 0, so \
          group.version, transaction.version and the others of a new broker are dropped, and nothing refreshes the registration when the controllers \
          are upgraded later. Between 3.9 and 4.x the order does not matter for this.",
    instead: "Roll the controllers first, then the brokers. If it was done the other way, restart the brokers before finalizing.",
    versions: Versions::since(3, 3),
    sources: &[
        "KAFKA-17011, KAFKA-17492; BrokerRegistrationRequest (version 4 of it)",
        "observed: brokers first from 3.8.1 to 4.1.2 (observed: upgrade-kraft-3.8.1-to-4.1.2-brokers-first-small)",
        "Kafka's own upgrade tests take the controllers first (tests/kafkatest)",
    ],
    explains: &["stale-registration"],
    bites: Some("scenarios/brokers-first-from-3.8.ron"),
    spares: Some("scenarios/brokers-first-from-3.9.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if !case.is_kraft() || case.cluster.is_combined() {
        return found;
    }
    for (moment, roll, brokers) in case.broker_rolls() {
        let news = |id: &NodeId| {
            let version = |nodes: &std::collections::BTreeMap<NodeId, crate::NodeState>| {
                nodes.get(id).map(|node| words::line(node.version))
            };
            version(&moment.before) < Some((3, 9)) && version(&moment.after) >= Some((3, 9))
        };
        let old_controller = moment.before.iter().find(|(id, node)| {
            node.controller && !brokers.contains(id) && words::line(node.version) < (3, 9)
        });
        let (Some((id, node)), Some(to)) = (
            old_controller.filter(|_| brokers.iter().any(news)),
            &roll.to,
        ) else {
            continue;
        };
        // Rolled in the same step, controllers first.
        let with_it = case.chosen(&roll.nodes.value, moment).contains(id);
        if !with_it {
            found.push(
                warning(
                    to.span,
                    format!("These brokers register with controller {id}, which runs {}.", node.version),
                )
                .labelled("before the controllers")
                .note("Their new features are left out of the registration until they are restarted once more."),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    fn orders(from: &str, first: &str, second: &str) -> crate::testing::Scene {
        scene().cluster(&format!(r#"kafka: "{from}", brokers: 3, controllers: 3"#)).runbook(&format!(
            r#"(step: "a", do: Roll({first}, to: "4.1.2")), (step: "b", do: Roll({second}, to: "4.1.2"))"#
        ))
    }

    #[test]
    fn brokers_first_from_3_8_is_pointed_at() {
        bites(
            &RULE,
            &orders("3.8", "Brokers", "Controllers"),
            "warning: \"4.1.2\": These brokers register with controller 101",
        );
    }

    #[test]
    fn controllers_first_or_from_3_9_is_fine() {
        spares(&RULE, &orders("3.8", "Controllers", "Brokers"));
        spares(&RULE, &orders("3.9", "Brokers", "Controllers"));
    }
}
