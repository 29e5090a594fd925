//! Gates that look at min ISR only.

use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K004",
    topic: Topic::Rolling,
    title: "Not being below min ISR is not enough to go on",
    what: "The gate is green with every partition one replica short. The next stop takes it below min.insync.replicas.",
    why: "UnderMinIsr counts partitions that have already stopped taking acks=all writes. A partition with three replicas, two of them in \
          sync and min.insync.replicas=2, is not among them: it works, and has nothing to spare. The list that shows it is the one of \
          under-replicated partitions (or of those at min ISR).",
    instead: "Gate on `UnderReplicated(at_most: 0)`; keep `UnderMinIsr` for `during:`, as an alarm.",
    versions: Versions::ALL,
    sources: &[
        "Kafka documentation, monitoring: UnderMinIsrPartitionCount, AtMinIsrPartitionCount, UnderReplicatedPartitions",
        "KIP-351 (--under-min-isr-partitions, --at-min-isr-partitions)",
    ],
    explains: &["no-isr-wait", "false-green"],
    bites: Some("scenarios/gate-on-min-isr-only.ron"),
    spares: Some("scenarios/roll-three-brokers-3.9.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (moment, _, brokers) in case.broker_rolls() {
        if brokers.len() < 2 || between(moment).any(sees_every_replica) {
            continue;
        }
        let late = between(moment).find(|gate| {
            matches!(
                gate.check.value,
                Check::UnderMinIsr { .. } | Check::Offline { .. }
            )
        });
        if let Some(gate) = late {
            found.push(
                warning(gate.check.span, "This gate turns red when writes have already stopped.")
                    .labelled("green with a replica missing")
                    .note("`UnderReplicated(at_most: 0, for: \"30s\")` is red as long as a replica is missing."),
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
    fn under_min_isr_is_too_late() {
        bites(
            &RULE,
            &roll("UnderMinIsr(at_most: 0)"),
            "warning: UnderMinIsr",
        );
        bites(&RULE, &roll("Offline(at_most: 0)"), "warning: Offline");
    }

    #[test]
    fn with_the_full_isr_beside_it_is_fine() {
        spares(
            &RULE,
            &roll("UnderMinIsr(at_most: 0), UnderReplicated(at_most: 0)"),
        );
        spares(
            &RULE,
            &roll("AtMinIsr(at_most: 0), UnderMinIsr(at_most: 0)"),
        );
    }
}
