//! The active controller in a roll of the controllers.

use crate::book::prelude::*;
use scenario::model::Order;

pub(crate) static RULE: Rule = Rule {
    id: "K018",
    topic: Topic::Rolling,
    title: "Take the active controller last",
    what: "Stopped first or in between, the office moves to another controller that is restarted in its turn: two or three elections instead of one, \
           and metadata stands still at each.",
    why: "An election takes from fractions of a second to some seconds (before 4.0 the first vote is often split). While nobody is active no leader moves, \
          no ISR changes and no broker registers. Taken last, the active controller hands over once, to a controller that stays.",
    instead: "Use `order: ActiveControllerLast` (or `ControllersFirst` for all nodes), and ask `kafka-metadata-quorum.sh describe --status` who it is.",
    versions: Versions::since(3, 3),
    sources: &[
        "KIP-595 (election, EndQuorumEpoch)",
        "observed: elections of controllers in 3.9.2 (observed/README.md)",
    ],
    explains: &["no-controller"],
    bites: Some("scenarios/rules/controllers-by-id.ron"),
    spares: Some("scenarios/rules/three-controllers.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let promise = case.strictest(|kind| match kind {
        PromiseKind::NoController(_, limit) => Some(limit.0),
        _ => None,
    });
    for (moment, roll) in case.rolls() {
        let nodes = case.chosen(&roll.nodes.value, moment);
        let voters = nodes
            .iter()
            .filter(|id| moment.before.get(id).is_some_and(|node| node.controller))
            .count();
        let safe = matches!(
            roll.order.value,
            Order::ActiveControllerLast | Order::ControllersFirst | Order::AsListed
        );
        // Who does not promise anything about the controller may take more elections.
        let Some((_, place)) = promise.filter(|_| voters > 1 && !safe) else {
            continue;
        };
        found.push(
            warning(
                roll.nodes.span,
                "The active controller may be taken first, and its successors after it.",
            )
            .labelled("in the order of their ids")
            .also(place, "each election counts here")
            .note("Add `order: ActiveControllerLast`."),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    const PROMISE: &str = r#"NoController("prod", at_most: "2s")"#;

    #[test]
    fn a_roll_by_id_is_pointed_at_where_elections_count() {
        bites(
            &RULE,
            &scene().does("Roll(Controllers)").contract(PROMISE),
            "warning: Controllers",
        );
    }

    #[test]
    fn the_active_one_last_is_fine() {
        let last = scene().does("Roll(Controllers, order: ActiveControllerLast)");
        spares(&RULE, &last.contract(PROMISE));
        spares(&RULE, &scene().does("Roll(Controllers)"));
    }
}
