//! A roll of binaries without a pin.

use super::protocol;
use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K079",
    topic: Topic::Version,
    title: "In ZooKeeper mode, pin inter.broker.protocol.version before the first new binary",
    what: "The upgraded broker never comes back into the ISR of partitions led by old brokers. At the second stop acks=all writes end; at the last partitions have no leader.",
    why: "Where the setting is not given, it is the newest of the binary. Followers fetch and the controller sends in the version that it names, without asking what the other side reads. An old \
          broker that cannot read a request closes the connection, and the new one tries the same every second.",
    instead: "First set inter.broker.protocol.version to the version in force, in every broker's file; roll the binaries; raise it in a second roll.",
    versions: Versions::until(3, 9),
    sources: &[
        "Kafka documentation, upgrade notes up to 3.9; KAFKA-9478",
        "ReplicaFetcherThread, ControllerChannelManager: versions are not negotiated",
        "observed: 2.8.2 to 3.5.1 without a pin (observed: upgrade-zk-2.8.2-to-3.5.1-forgotten-pin-*)",
    ],
    explains: &["closed-channel"],
    bites: Some("scenarios/zookeeper/forgotten-pin-old-controller.ron"),
    spares: Some("scenarios/zookeeper/pinned-2.8-to-3.5.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for moment in case.moments() {
        let Some(clash) = protocol::clash(case, moment) else {
            continue;
        };
        // Who says the setting and says too much is a rule of its own.
        if clash.state.settings.contains_key(protocol::PROTOCOL) {
            continue;
        }
        let (request, sent, latest) = clash.request;
        let place = match &moment.step.action.value {
            Action::Roll(roll) => roll.to.as_ref().map_or(roll.nodes.span, |to| to.span),
            _ => moment.step.action.span,
        };
        found.push(
            error(
                place,
                format!(
                    "Broker {} ({}) sends {request} version {sent} by default, and broker {} ({}) reads up to {latest}.",
                    clash.sender, clash.state.version, clash.receiver, clash.other.version
                ),
            )
            .labelled("no inter.broker.protocol.version is set")
            .note(format!(
                "Set \"{}\": \"{}\" on every broker first, and raise it when all are upgraded.",
                protocol::PROTOCOL,
                clash.other.version.line()
            )),
        );
        // Everything after it is the same mistake.
        break;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    fn roll(settings: &str) -> crate::testing::Scene {
        scene()
            .cluster(&format!(
                r#"kafka: "2.8.2", brokers: 3, zookeeper: 3, settings: {{ {settings} }}"#
            ))
            .does(r#"Roll(Brokers, to: "3.5.1")"#)
    }

    #[test]
    fn a_roll_without_a_pin_is_an_error() {
        bites(
            &RULE,
            &roll(""),
            "error: \"3.5.1\": Broker 1 (3.5.1) sends Fetch version 15 by default, and broker 2 (2.8.2) reads up to 12.",
        );
    }

    #[test]
    fn with_a_pin_it_is_fine() {
        spares(&RULE, &roll(r#""inter.broker.protocol.version": "2.8""#));
    }

    #[test]
    fn within_one_protocol_no_pin_is_needed() {
        let scene = scene()
            .cluster(r#"kafka: "3.7.0", brokers: 3, zookeeper: 3"#)
            .does(r#"Roll(Brokers, to: "3.7.2")"#);
        spares(&RULE, &scene);
    }
}
