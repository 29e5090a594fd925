//! An even number of controllers.

use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K024",
    topic: Topic::Quorum,
    title: "An even number of controllers buys nothing",
    what: "Four controllers survive the loss of one, as three do; and a cut down the middle leaves no side with a majority.",
    why: "The majority of 2n voters is n + 1, so 2n tolerate n - 1 losses: as many as 2n - 1 do.",
    instead: "Use three controllers, or five.",
    versions: Versions::since(3, 0),
    sources: &[
        "KIP-595",
        "Kafka documentation, KRaft: deploying considerations (odd numbers)",
    ],
    explains: &["no-controller"],
    bites: Some("scenarios/rules/four-controllers.ron"),
    spares: Some("scenarios/rules/three-controllers.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let voters = case.voters().len();
    if voters < 4 || voters % 2 == 1 {
        return Vec::new();
    }
    vec![
        warning(
            case.cluster.controllers.span,
            format!(
                "{voters} controllers survive the loss of {}, as {} do.",
                voters / 2 - 1,
                voters - 1
            ),
        )
        .labelled("an even number"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    #[test]
    fn four_are_pointed_at() {
        bites(
            &RULE,
            &scene().cluster(r#"kafka: "3.9.2", brokers: 4, controllers: 4"#),
            "warning: 4: 4 controllers survive the loss of 1, as 3 do.",
        );
    }

    #[test]
    fn three_are_fine() {
        spares(&RULE, &scene());
    }
}
