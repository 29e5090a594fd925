//! A roll that waits for a process or a port.

use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K003",
    topic: Topic::Rolling,
    title: "An open port is not a replica in sync",
    what: "The gate is green as soon as the process answers, and the next broker is stopped while the replicas of the last one are still out \
           of sync.",
    why: "A broker opens its port when it has read its logs and registered. Only then do its replicas begin to copy what they missed, and \
          they join the ISR when they have reached the leader. Between the two lie the whole catch-up and the round trips of joining.",
    instead: "Gate on under-replicated partitions, with `for:` some seconds; a port may be looked at besides.",
    versions: Versions::ALL,
    sources: &[
        "observed: rolls that wait for the port stop writes where rolls that wait for the ISR do not (observed/README.md)",
        "Kafka documentation, replication: a follower is in sync when it has caught up with the leader",
    ],
    explains: &["no-isr-wait", "false-green", "below-min-isr"],
    bites: Some("scenarios/wait-for-port-only.ron"),
    spares: Some("scenarios/roll-three-brokers-3.9.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let only_alive = |gate: &Gate| {
        matches!(
            gate.check.value,
            Check::PortOpen(_) | Check::ProcessUp(_) | Check::AllBrokersUp
        )
    };
    let mut found = Vec::new();
    for (moment, _, brokers) in case.broker_rolls() {
        let mut gates = between(moment)
            .filter(|gate| !gate.forgotten.value)
            .peekable();
        let Some(first) = gates.peek().map(|gate| gate.check.span) else {
            continue;
        };
        if brokers.len() > 1 && gates.all(only_alive) {
            found.push(
                warning(
                    first,
                    "This gate sees that the broker answers, not that its replicas are in sync.",
                )
                .labelled("green before the replicas have caught up")
                .note("Gate on `UnderReplicated(at_most: 0, for: \"30s\")` as well."),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    fn roll(gates: &str) -> crate::testing::Scene {
        scene().runbook(&format!(
            r#"(step: "brokers", do: Roll(Brokers), between: [{gates}])"#
        ))
    }

    #[test]
    fn a_port_is_no_gate() {
        bites(
            &RULE,
            &roll(r#"PortOpen(within: "5m")"#),
            "warning: PortOpen",
        );
    }

    #[test]
    fn a_port_beside_the_isr_is_fine() {
        spares(&RULE, &roll("PortOpen, UnderReplicated(at_most: 0)"));
    }
}
