//! Gates through a broker that the roll takes down.

use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K009",
    topic: Topic::Rolling,
    title: "Ask a broker that stays up and sees the controllers",
    what: "The tool gets no answer while that broker is down, or an old one from a broker that has lost the controllers.",
    why: "`kafka-topics.sh --describe` answers from the metadata of the one broker that it was told to ask. A broker that is down does not answer. One \
          that is cut off from the controllers keeps answering from the metadata it had, and lists nothing that happened since.",
    instead: "Name several brokers in `--bootstrap-server`, none of them the one at hand, or leave `via:` out.",
    versions: Versions::ALL,
    sources: &[
        "Kafka documentation, bootstrap.servers",
        "KRaft brokers serve metadata from their own image (KIP-500, KIP-595)",
    ],
    explains: &["false-green", "gate-timeout"],
    bites: Some("scenarios/stale-tool.ron"),
    spares: Some("scenarios/roll-three-brokers-3.9.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (moment, _, brokers) in case.broker_rolls() {
        for gate in between(moment) {
            let Through::Tool { via: Some(via), .. } = &gate.through.value else {
                continue;
            };
            let rolled = brokers.contains(via);
            let cut = case
                .faults()
                .iter()
                .any(|fault| cuts_off(case, moment, &fault.kind.value, *via));
            let message = if rolled {
                format!("This gate asks broker {via}, which the same roll takes down.")
            } else if cut {
                format!(
                    "This gate asks broker {via}, which a fault of this file cuts off from the controllers."
                )
            } else {
                continue;
            };
            found.push(
                warning(gate.through.span, message)
                    .labelled("one broker is asked")
                    .note("Without `via:` the lowest broker that is up is asked."),
            );
        }
    }
    found
}

/// The fault leaves the broker up and without controllers.
fn cuts_off(case: &Case<'_>, moment: &Moment<'_>, fault: &FaultKind, broker: NodeId) -> bool {
    let FaultKind::Cut { from, to, .. } = fault else {
        return false;
    };
    let controller = |id: &NodeId| moment.before.get(id).is_some_and(|node| node.controller);
    let there = |nodes: &Nodes| case.chosen(nodes, moment);
    let from = there(from);
    let others = match to {
        Some(to) => there(to),
        None => moment
            .before
            .keys()
            .copied()
            .filter(|id| !from.contains(id))
            .collect(),
    };
    (from.contains(&broker) && others.iter().any(controller))
        || (others.contains(&broker) && from.iter().any(controller))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    fn roll(nodes: &str, via: u32) -> crate::testing::Scene {
        scene().runbook(&format!(
            r#"(step: "b", do: Roll({nodes}), between: [UnderReplicated(for: "30s", through: Tool(via: {via}))])"#
        ))
    }

    #[test]
    fn asking_a_broker_of_the_roll_is_pointed_at() {
        bites(
            &RULE,
            &roll("Brokers", 1),
            "warning: Tool(via: 1): This gate asks broker 1",
        );
    }

    #[test]
    fn asking_one_that_is_cut_off_is_pointed_at() {
        let scene = roll("[1, 2]", 3)
            .faults(r#"(fault: Cut(from: These([3]), to: Controllers), at: At("5s"))"#);
        bites(&RULE, &scene, "warning: Tool(via: 3)");
    }

    #[test]
    fn asking_one_that_stays_up_is_fine() {
        spares(&RULE, &roll("[1, 2]", 3));
    }
}
