//! kraft.version downwards.

use super::downgrades;
use crate::book::prelude::*;
use crate::levels;

pub(crate) static RULE: Rule = Rule {
    id: "K100",
    topic: Topic::Feature,
    title: "kraft.version never goes down",
    what: "The downgrade is refused, with --unsafe too: a quorum that was made dynamic stays so, and nodes before 3.9 can never join it again.",
    why: "The voters of a dynamic quorum are kept in the log itself; there is no way to hand them back to the properties files.",
    instead: "Convert only when no way back to 3.8 or older is needed.",
    versions: Versions::since(4, 1),
    sources: &[
        "KIP-853; FeatureControlManager",
        "observed: features-4.1.2, features-4.3.1",
    ],
    explains: &["downgrade-refused"],
    bites: Some("scenarios/rules/kraft-version-down.ron"),
    spares: Some("scenarios/downgrade-in-the-window.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (moment, _, asked) in downgrades(case) {
        let now = moment.levels.get(levels::KRAFT).copied().unwrap_or(0);
        let lower = asked
            .iter()
            .any(|(name, level)| name == levels::KRAFT && *level < now);
        let new = moment
            .before
            .values()
            .all(|node| !node.controller || words::line(node.version) >= (4, 1));
        if lower && new {
            found.push(
                error(moment.step.action.span, "kraft.version does not go down.")
                    .labelled("one way only"),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    fn down(quorum: &str) -> crate::testing::Scene {
        scene()
            .cluster(&format!(
                r#"kafka: "4.1.2", brokers: 3, controllers: 3, dynamic_quorum: {quorum}"#
            ))
            .does(r#"DowngradeFeatures(features: { "kraft.version": 0 })"#)
    }

    #[test]
    fn down_is_an_error() {
        bites(&RULE, &down("true"), "error: DowngradeFeatures");
    }

    #[test]
    fn where_it_is_zero_nothing_goes_down() {
        spares(&RULE, &down("false"));
    }
}
