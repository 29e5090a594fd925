//! Runbooks that end with two versions.

use crate::book::prelude::*;
use std::collections::BTreeSet;

pub(crate) static RULE: Rule = Rule {
    id: "K071",
    topic: Topic::Version,
    title: "Do not leave a cluster between two versions",
    what: "The forgotten node keeps the whole cluster from finalizing, comes back years later as the one that cannot start, and every bug of both versions applies.",
    why: "Mixed versions work during a roll: inter-broker requests stay at what the finalized level says. But features are finalized only when every registered node \
          supports them, those that are down included; and a node left behind is the one nobody tests.",
    instead: "Roll every broker and every controller in the same runbook, and gate its end on it.",
    versions: Versions::ALL,
    sources: &[
        "Kafka documentation, upgrade notes",
        "FeatureControlManager.reasonNotSupported: fenced registrations count",
    ],
    explains: &["finalized-too-early"],
    bites: Some("scenarios/rules/half-upgraded.ron"),
    spares: Some("scenarios/upgrade-3.9-to-4.1.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let lines =
        |nodes: &std::collections::BTreeMap<NodeId, crate::NodeState>| -> BTreeSet<(u16, u16)> {
            nodes
                .values()
                .map(|node| words::line(node.version))
                .collect()
        };
    if lines(case.beginning()).len() != 1 || lines(case.end()).len() < 2 {
        return Vec::new();
    }
    let Some((_, roll)) = case.rolls().filter(|(_, roll)| roll.to.is_some()).last() else {
        return Vec::new();
    };
    let newest = case.end().values().map(|node| node.version).max();
    let behind: Vec<NodeId> = case
        .end()
        .iter()
        .filter(|(_, node)| newest.is_some_and(|newest| !node.version.same_line(newest)))
        .map(|(id, _)| *id)
        .collect();
    vec![
        warning(
            roll.nodes.span,
            format!(
                "After the runbook {} {} still on another version.",
                words::nodes("node", &behind),
                if behind.len() == 1 { "is" } else { "are" }
            ),
        )
        .labelled("not all nodes"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    #[test]
    fn who_is_left_behind_is_named() {
        bites(
            &RULE,
            &scene().does(r#"Roll(Brokers, to: "4.1.2")"#),
            "warning: Brokers: After the runbook nodes 101, 102 and 103 are still on another version.",
        );
    }

    #[test]
    fn all_nodes_are_fine() {
        spares(
            &RULE,
            &scene().does(r#"Roll(All, to: "4.1.2", order: ControllersFirst)"#),
        );
        spares(&RULE, &scene().careful_roll());
    }
}
