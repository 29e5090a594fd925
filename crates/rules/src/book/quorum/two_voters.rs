//! A quorum of two.

use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K020",
    topic: Topic::Quorum,
    title: "A quorum of two controllers survives the loss of none",
    what: "When either controller is away, metadata stands still: no leader is elected, no broker joins, no ISR changes. A broker that dies meanwhile is not \
           replaced.",
    why: "A Raft quorum commits with a majority of its voters. The majority of two is two, so two controllers are less available than one: there are two that \
          may fail.",
    instead: "Use three controllers, or five if two may be away.",
    versions: Versions::since(3, 0),
    sources: &[
        "KIP-595",
        "Kafka documentation, KRaft: deploying considerations",
    ],
    explains: &["two-voter-quorum", "no-controller"],
    bites: Some("scenarios/two-controllers.ron"),
    spares: Some("scenarios/first-roll.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    if case.voters().len() != 2 {
        return Vec::new();
    }
    vec![
        warning(
            case.cluster.controllers.span,
            "With two controllers metadata stands still when either is away.",
        )
        .labelled("a majority of two is two")
        .note("Three controllers keep working without one."),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    #[test]
    fn two_are_pointed_at() {
        bites(
            &RULE,
            &scene().cluster(r#"kafka: "3.9.2", brokers: 3, controllers: 2"#),
            "warning: 2",
        );
        bites(
            &RULE,
            &scene().cluster(r#"kafka: "3.9.2", brokers: 3, controllers: Combined(2)"#),
            "warning: Combined(2)",
        );
    }

    #[test]
    fn three_are_fine() {
        spares(&RULE, &scene());
    }
}
