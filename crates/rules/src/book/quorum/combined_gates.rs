//! Rolling nodes that are brokers and controllers.

use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K025",
    topic: Topic::Quorum,
    title: "A combined node needs both gates: quorum and replicas",
    what: "The roll looks at the replicas and loses the quorum, or looks at the quorum and loses min ISR. If the node is also the active controller, failover \
           takes the election and the session of the broker one after the other.",
    why: "In combined mode one process is broker and controller. It is safe to restart the next only when the last is caught up in the metadata log \
          and in every ISR. Kafka's documentation advises against the mode where it matters.",
    instead: "Gate on `QuorumHealthy` and on `UnderReplicated`; take the active controller last; use separate controllers in production.",
    versions: Versions::since(3, 0),
    sources: &[
        "Kafka documentation, KRaft: process roles (combined mode is not recommended in critical deployments)",
        "observed: kill of a combined node that is the active controller (observed/README.md)",
    ],
    explains: &["no-controller", "failover-wait"],
    bites: Some("scenarios/combined-active-controller-killed.ron"),
    spares: Some("scenarios/roll-three-combined-3.9.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if !case.cluster.is_combined() {
        return found;
    }
    // Both roles fail at once: the election comes before the end of the session.
    for fault in case.faults() {
        let Some((limit, place)) = case.strictest(|kind| match kind {
            PromiseKind::WriteOutage(_, limit) => Some(limit.0),
            _ => None,
        }) else {
            break;
        };
        let session = case
            .broker_setting("broker.session.timeout.ms")
            .and_then(|setting| setting.number())
            .unwrap_or(0);
        // Ending the session takes as long again as it was silent at most; an election seldom more than 5 s. *Assumed.*
        let longest = session.saturating_add(5_000).saturating_mul(1_000_000);
        if fault.kind.value == FaultKind::KillActiveController && limit < longest {
            found.push(
                warning(
                    fault.kind.span,
                    "The active controller is a broker too: its partitions wait for an election and then for the end of its session.",
                )
                .labelled("both roles at once")
                .also(place, "may be shorter than both together"),
            );
        }
    }
    for (moment, roll, brokers) in case.broker_rolls() {
        let voters = brokers
            .iter()
            .filter(|id| case.voters().contains(id))
            .count();
        let quorum = between(moment).any(|gate| gate.check.value == Check::QuorumHealthy);
        let replicas = between(moment).any(sees_every_replica);
        if voters > 1 && quorum && !replicas {
            found.push(
                warning(
                    roll.nodes.span,
                    "These nodes are brokers too, and the gates look at the quorum only.",
                )
                .labelled("no gate on replicas"),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    const COMBINED: &str = r#"kafka: "3.9.2", brokers: 3, controllers: Combined(3)"#;

    fn roll(gates: &str) -> crate::testing::Scene {
        scene().cluster(COMBINED).runbook(&format!(
            r#"(step: "n", do: Roll(Brokers), between: [{gates}])"#
        ))
    }

    #[test]
    fn one_gate_is_not_enough() {
        bites(&RULE, &roll("QuorumHealthy"), "warning: Brokers");
    }

    #[test]
    fn losing_both_roles_at_once_takes_longer() {
        let scene = scene()
            .cluster(COMBINED)
            .faults(r#"(fault: KillActiveController, at: At("10s"))"#)
            .contract(r#"WriteOutage("checkout", at_most: "10s")"#);
        bites(&RULE, &scene, "warning: KillActiveController");
    }

    #[test]
    fn both_gates_are_fine() {
        spares(&RULE, &roll("QuorumHealthy, UnderReplicated(at_most: 0)"));
    }
}
