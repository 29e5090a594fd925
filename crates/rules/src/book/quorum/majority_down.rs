//! Too many controllers at once.

use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K022",
    topic: Topic::Quorum,
    title: "Never take down so many controllers that no majority is left",
    what: "There is no active controller until enough of them are back: no failover, no registration, no change of any ISR. Brokers that stop meanwhile wait for \
           a controller that does not answer.",
    why: "A change of metadata is committed when a majority of the voters has it, and a controller is elected by a majority. With two of three away the third \
          resigns: it can neither commit nor be elected.",
    instead: "One controller at a time, with `between: [QuorumHealthy(for: \"10s\", within: \"5m\")]`.",
    versions: Versions::since(3, 0),
    sources: &[
        "KIP-595",
        "KAFKA-15489: a leader without a majority resigns (3.7)",
        "observed: loss of the quorum in 3.9.2 (observed/README.md)",
    ],
    explains: &["no-controller"],
    bites: Some("scenarios/controllers-at-once.ron"),
    spares: Some("scenarios/upgrade-3.9-to-4.1.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let voters = case.voters();
    let majority = voters.len() / 2 + 1;
    // One or two voters are rules of their own.
    if voters.len() < 3 {
        return found;
    }
    for moment in case.moments() {
        let (span, away) = match &moment.step.action.value {
            Action::Roll(roll) if roll.batch.value != 1 => {
                let mut together = case.chosen(&roll.nodes.value, moment);
                if roll.batch.value > 0 {
                    together.truncate(roll.batch.value as usize);
                }
                let racks = roll.order.value == scenario::model::Order::ByRack;
                let same_rack = |id: &NodeId| {
                    let rack =
                        |id: &NodeId| moment.before.get(id).and_then(|node| node.rack.clone());
                    !racks || together.first().is_none_or(|first| rack(first) == rack(id))
                };
                let away: Vec<NodeId> = together.iter().copied().filter(same_rack).collect();
                (roll.batch.span, away)
            }
            Action::Stop(nodes) | Action::Kill(nodes) => {
                let newly = case.chosen(nodes, moment);
                let down: Vec<NodeId> = moment
                    .after
                    .iter()
                    .filter(|(_, node)| !node.up)
                    .map(|(id, _)| *id)
                    .collect();
                let news = newly.iter().any(|id| voters.contains(id));
                (
                    moment.step.action.span,
                    if news { down } else { Vec::new() },
                )
            }
            _ => continue,
        };
        let away: Vec<NodeId> = away.into_iter().filter(|id| voters.contains(id)).collect();
        let left = voters.len() - away.len();
        if left < majority {
            let promise = case.strictest(|kind| match kind {
                PromiseKind::NoController(of, limit) if means(of, &case.name.value) => {
                    Some(limit.0)
                }
                _ => None,
            });
            let certain = matches!(&moment.step.action.value, Action::Roll(roll)
                if promise.is_some_and(|(limit, _)| limit < case.shortest_restart(roll)));
            found.push(
                graded(
                    certain,
                    span,
                    format!(
                        "With {} down {left} of {} voters are left, and the majority is {majority}.",
                        words::nodes("controller", &away),
                        voters.len()
                    ),
                )
                .labelled("no active controller")
                .also(case.cluster.controllers.span, "the voters"),
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
    fn two_of_three_at_once_are_pointed_at() {
        bites(
            &RULE,
            &scene().does("Roll(Controllers, batch: 2)"),
            "warning: 2: With controllers 101 and 102 down 1 of 3 voters are left",
        );
        bites(
            &RULE,
            &scene().does("Stop([101, 103])"),
            "warning: Stop([101, 103])",
        );
        let promised = scene()
            .does("Roll(Controllers, batch: 2, down: \"1m\")")
            .contract(r#"NoController("prod", at_most: "5s")"#);
        bites(&RULE, &promised, "error: 2");
    }

    #[test]
    fn one_at_a_time_is_fine() {
        spares(&RULE, &scene().does("Roll(Controllers)"));
        spares(&RULE, &scene().does("Stop([101])"));
    }
}
