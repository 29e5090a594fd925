//! A single controller.

use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K021",
    topic: Topic::Quorum,
    title: "A single controller cannot be restarted unnoticed",
    what: "While it restarts nobody manages metadata: leaders do not move, brokers cannot register, and a broker that stops finds nobody to hand its leaders to.",
    why: "With one voter there is no other to become active. Brokers go on serving with the metadata they have, so nothing is seen until something \
          changes.",
    instead: "Use three controllers. With one, restart it while no broker is being restarted.",
    versions: Versions::since(3, 0),
    sources: &[
        "KIP-595",
        "Kafka documentation, KRaft: deploying considerations",
    ],
    explains: &["no-controller"],
    bites: Some("scenarios/rules/one-controller.ron"),
    spares: Some("scenarios/rules/three-controllers.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let voters = case.voters();
    let [only] = voters[..] else {
        return Vec::new();
    };
    let taken = case.moments().iter().find_map(|moment| {
        let which = match &moment.step.action.value {
            Action::Roll(roll) => &roll.nodes.value,
            Action::Stop(nodes) | Action::Kill(nodes) => nodes,
            _ => return None,
        };
        let named = case.chosen(which, moment).contains(&only);
        (named || *which == Nodes::ActiveController).then_some(moment.step.action.span)
    });
    taken
        .map(|span| {
            warning(
                span,
                format!("This takes down the only controller, {only}."),
            )
            .labelled("nobody takes over")
            .also(case.cluster.controllers.span, "the only one")
        })
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    const ONE: &str = r#"kafka: "3.9.2", brokers: 3, controllers: 1"#;

    #[test]
    fn restarting_the_only_one_is_pointed_at() {
        bites(
            &RULE,
            &scene().cluster(ONE).does("Roll(Controllers)"),
            "warning: Roll(Controllers)",
        );
        bites(
            &RULE,
            &scene().cluster(ONE).does("Stop(ActiveController)"),
            "warning: Stop",
        );
    }

    #[test]
    fn leaving_it_alone_is_fine() {
        spares(&RULE, &scene().cluster(ONE).does("Roll(Brokers)"));
    }
}
