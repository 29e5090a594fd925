//! The controller of a ZooKeeper cluster in a roll.

use crate::book::prelude::*;
use scenario::model::Order;

pub(crate) static RULE: Rule = Rule {
    id: "K084",
    topic: Topic::Version,
    title: "In ZooKeeper mode, restart the broker that is the controller last",
    what: "Each time the controller is restarted another broker takes the office, and is restarted in its turn. Before 3.3 a controller that stops can come back into ISRs as it goes, and acks=all waits for it.",
    why: "In ZooKeeper mode one of the brokers is the controller. Its controlled shutdown asks itself for leave, and when it is gone the next one reads all metadata from ZooKeeper before anything moves again.",
    instead: "Find it (`zookeeper-shell.sh … get /controller`) and use `order: ActiveControllerLast`.",
    versions: Versions::until(3, 9),
    sources: &[
        "KAFKA-13916, KIP-841 (3.3)",
        "observed: stop-broker-zk-2.8.2-variants",
    ],
    explains: &["stopping-broker-in-isr"],
    bites: Some("scenarios/rules/zookeeper-controller-first.ron"),
    spares: Some("scenarios/zookeeper/pinned-2.8-to-3.5.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if case.is_kraft() {
        return found;
    }
    for (moment, roll, brokers) in case.broker_rolls() {
        let chosen = matches!(
            roll.order.value,
            Order::ActiveControllerLast | Order::ControllersFirst | Order::AsListed
        );
        let old = brokers.iter().any(|id| {
            moment
                .before
                .get(id)
                .is_some_and(|node| words::line(node.version) < (3, 3))
        });
        if brokers.len() > 1 && !chosen && old {
            found.push(
                warning(
                    roll.nodes.span,
                    "The broker that is the controller may be taken first.",
                )
                .labelled("in the order of their ids")
                .note("Add `order: ActiveControllerLast`."),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    fn roll(order: &str) -> crate::testing::Scene {
        scene()
            .cluster(r#"kafka: "2.8.2", brokers: 3, zookeeper: 3"#)
            .does(&format!("Roll(Brokers{order})"))
    }

    #[test]
    fn by_id_is_pointed_at() {
        bites(
            &RULE,
            &roll(""),
            "warning: Brokers: The broker that is the controller may be taken first.",
        );
    }

    #[test]
    fn the_controller_last_is_fine() {
        spares(&RULE, &roll(", order: ActiveControllerLast"));
    }
}
