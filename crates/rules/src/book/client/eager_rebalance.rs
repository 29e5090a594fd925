//! Eager assignors.

use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K059",
    topic: Topic::Client,
    title: "An eager rebalance stops the whole group",
    what: "When a member comes or goes, all members give up all their partitions, and nobody reads until everyone has joined again.",
    why: "With the eager protocol (RangeAssignor, RoundRobinAssignor, StickyAssignor) every member revokes everything before it joins. With the cooperative one \
          only what moves is given up.",
    instead: "Use CooperativeStickyAssignor (change it in two rolls of the members) or the consumer protocol of KIP-848.",
    versions: Versions::ALL,
    sources: &["KIP-429", "KIP-848"],
    explains: &["rebalance", "rebalances"],
    bites: Some("scenarios/eager-group-loses-a-member.ron"),
    spares: Some("scenarios/groups-in-a-roll.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for fault in case.faults() {
        let FaultKind::KillMember { group, .. } = &fault.kind.value else {
            continue;
        };
        let Some((_, spec)) = case.groups().find(|(name, _)| name.value == group.value) else {
            continue;
        };
        let Some(strategy) = given(&spec.settings, "partition.assignment.strategy") else {
            continue;
        };
        let eager = strategy
            .value
            .split(',')
            .next()
            .is_some_and(|first| !first.contains("CooperativeSticky"));
        if let Some(span) = strategy.said.filter(|_| eager && spec.members.value > 1) {
            found.push(
                warning(
                    span,
                    format!(
                        "Every member of `{}` stops reading when one comes or goes.",
                        group.value
                    ),
                )
                .labelled("an eager assignor")
                .also(fault.kind.span, "a member goes"),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    fn group(assignor: &str) -> crate::testing::Scene {
        scene()
            .group(&format!(
                r#"reads: ["orders"], members: 3, settings: {{ "partition.assignment.strategy": "org.apache.kafka.clients.consumer.{assignor}" }}"#
            ))
            .faults(r#"(fault: KillMember("billing", member: 1), at: At("10s"))"#)
    }

    #[test]
    fn eager_is_pointed_at() {
        bites(
            &RULE,
            &group("RangeAssignor"),
            "warning: \"org.apache.kafka.clients.consumer.RangeAssignor\"",
        );
    }

    #[test]
    fn cooperative_is_fine() {
        spares(&RULE, &group("CooperativeStickyAssignor"));
    }
}
