//! Features that need others.

use super::upgrades;
use crate::book::prelude::*;
use crate::levels;

pub(crate) static RULE: Rule = Rule {
    id: "K101",
    topic: Topic::Feature,
    title: "Raise what a feature depends on first, or with it",
    what: "The controller refuses: \"could not be set to 1 because it depends on metadata.version level 23\".",
    why: "A level of a feature can declare levels of others that it needs: eligible.leader.replicas.version 1 needs metadata.version 4.0-IV1. The level at which a feature is switched on by default is not a \
          dependency: group.version or transaction.version can be raised long before.",
    instead: "Raise metadata.version first, or name a release, which sets all of them. `kafka-features.sh feature-dependencies` tells.",
    versions: Versions::since(4, 0),
    sources: &[
        "Feature.validateVersion; KIP-1022",
        "observed: features-4.1.2-at-3.3",
    ],
    explains: &["feature-needs-other"],
    bites: Some("scenarios/rules/feature-without-its-base.ron"),
    spares: Some("scenarios/upgrade-3.9-to-4.1-finalized.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (moment, _, asked) in upgrades(case) {
        for (name, level) in &asked {
            let needs = facts::feature(name)
                .ok()
                .and_then(|feature| feature.level(*level))
                .map(facts::FeatureLevel::needs)
                .unwrap_or_default();
            for (needed, least) in needs {
                let with_it = asked
                    .iter()
                    .find(|(other, _)| other == needed)
                    .map(|(_, level)| *level);
                let will_be = with_it
                    .or_else(|| moment.levels.get(*needed).copied())
                    .unwrap_or(0);
                if will_be < *least {
                    found.push(
                        error(
                            moment.step.action.span,
                            format!(
                                "{name} {level} needs {} or higher.",
                                levels::name(needed, *least)
                            ),
                        )
                        .labelled("depends on another feature"),
                    );
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    fn elr(level: &str) -> crate::testing::Scene {
        scene()
            .cluster(&format!(
                r#"kafka: "4.1.2", brokers: 3, controllers: 3, metadata_version: "{level}""#
            ))
            .does(r#"UpgradeFeatures(features: { "eligible.leader.replicas.version": 1 })"#)
    }

    #[test]
    fn too_low_is_an_error() {
        bites(&RULE, &elr("3.9"), "error: UpgradeFeatures");
    }

    #[test]
    fn high_enough_is_fine() {
        spares(&RULE, &elr("4.0"));
    }
}
