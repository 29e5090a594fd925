//! Preferred election before a stop.

use crate::book::prelude::*;
use scenario::model::ElectionKind;

pub(crate) static RULE: Rule = Rule {
    id: "K012",
    topic: Topic::Rolling,
    title: "An election of preferred leaders does not drain a broker",
    what: "The broker leads as much as before, or more. If it is then killed, its partitions have no leader until its session ends.",
    why: "`kafka-leader-election.sh --election-type preferred` makes the first replica of each assignment the leader. It moves leaders to their preferred \
          broker, wherever that is: also onto the one that is about to be stopped. What moves leaders away is controlled shutdown, which SIGTERM \
          starts.",
    instead: "Stop brokers with SIGTERM and let controlled shutdown hand over. Elect preferred leaders after the restart.",
    versions: Versions::ALL,
    sources: &[
        "Kafka documentation, graceful shutdown; balancing leadership",
        "KIP-460 (kafka-leader-election.sh)",
        "observed: leader counts before and after a preferred election (observed/README.md)",
    ],
    explains: &["killed-while-leading"],
    bites: Some("scenarios/preferred-election-as-drain.ron"),
    spares: Some("scenarios/roll-three-combined-3.9.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (at, first) in case.moments().iter().enumerate() {
        let Action::ElectLeaders(elect) = &first.step.action.value else {
            continue;
        };
        let waits = |moment: &&Moment<'_>| {
            matches!(
                moment.step.action.value,
                Action::Wait(_) | Action::Approve { .. }
            )
        };
        let Some(next) = case.moments()[at + 1..]
            .iter()
            .find(|moment| !waits(moment))
        else {
            continue;
        };
        let stops = match &next.step.action.value {
            Action::Stop(_) | Action::Kill(_) => true,
            Action::Roll(roll) => {
                let nodes = case.chosen(&roll.nodes.value, next);
                nodes
                    .iter()
                    .any(|id| next.before.get(id).is_some_and(|node| node.broker))
            }
            _ => false,
        };
        // After another roll it brings the leaders back, which is what it is for.
        let after_a_roll = case
            .moments()
            .iter()
            .take_while(|moment| !std::ptr::eq(moment.step, first.step))
            .any(|moment| matches!(moment.step.action.value, Action::Roll(_)));
        if elect.kind.value == ElectionKind::Preferred && stops && !after_a_roll {
            found.push(
                warning(
                    first.step.action.span,
                    "This moves leaders to their preferred brokers, not away from the one that is stopped next.",
                )
                .labelled("no drain")
                .also(next.step.action.span, "this takes brokers down"),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    #[test]
    fn an_election_right_before_a_stop_is_pointed_at() {
        let scene = scene().runbook(
            r#"(step: "drain", do: ElectLeaders(Preferred)), (step: "stop", do: Stop([1]))"#,
        );
        bites(
            &RULE,
            &scene,
            "warning: ElectLeaders(Preferred): This moves leaders to",
        );
    }

    #[test]
    fn an_election_after_the_roll_is_fine() {
        let scene = scene().runbook(
            r#"(step: "b", do: Roll(Brokers)), (step: "back", do: ElectLeaders(Preferred))"#,
        );
        spares(&RULE, &scene);
    }
}
