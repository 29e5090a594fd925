//! Nodes that nobody starts again.

use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K016",
    topic: Topic::Rolling,
    title: "Start again what was stopped",
    what: "At the end of the runbook a broker is still down: every partition that has a replica there is one crash away from refusing writes.",
    why: "A replica on a broker that is down is out of the ISR, and nothing moves it elsewhere: Kafka reassigns replicas only when told to.",
    instead: "Add a `Start` step and wait for zero under-replicated partitions, or reassign the replicas first if the node is to go.",
    versions: Versions::ALL,
    sources: &["Kafka documentation, replication; kafka-reassign-partitions.sh"],
    explains: &["not-in-sync-at-end"],
    bites: Some("scenarios/rules/broker-left-down.ron"),
    spares: Some("scenarios/silence-below-min-isr.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let left = case
        .end()
        .iter()
        .filter(|(_, node)| node.broker && !node.up);
    let left: Vec<NodeId> = left.map(|(id, _)| *id).collect();
    if left.is_empty() {
        return Vec::new();
    }
    let last_stop = case.moments().iter().rev().find(|moment| {
        matches!(&moment.step.action.value, Action::Stop(nodes) | Action::Kill(nodes)
            if case.chosen(nodes, moment).iter().any(|id| left.contains(id)))
    });
    let Some(stop) = last_stop else {
        return Vec::new();
    };
    // The promise is broken on every run only if the broker must hold a replica.
    let promised = case.scenario.contract.iter().find(|promise| {
        matches!(&promise.kind.value, PromiseKind::FullyReplicated(of)
            if case.cluster.topics.iter().any(|(name, topic)| means(of, &name.value) && case.overlap(topic, &left).certain))
    });
    let mut diagnostic = graded(
        promised.is_some(),
        stop.step.action.span,
        format!("Nothing starts {} again.", words::nodes("broker", &left)),
    )
    .labelled("stays down");
    if let Some(promise) = promised {
        diagnostic = diagnostic.also(promise.kind.span, "so this cannot hold");
    }
    vec![diagnostic]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    #[test]
    fn a_stop_without_a_start_is_pointed_at() {
        bites(
            &RULE,
            &scene().does("Stop([2])"),
            "warning: Stop([2]): Nothing starts broker 2 again.",
        );
        let promised = scene()
            .does("Stop([2])")
            .contract(r#"FullyReplicated("*")"#);
        bites(&RULE, &promised, "error: Stop([2])");
    }

    #[test]
    fn a_start_afterwards_is_fine() {
        spares(
            &RULE,
            &scene().runbook(r#"(step: "a", do: Stop([2])), (step: "b", do: Start([2]))"#),
        );
    }
}
