//! Finalizing before every node supports it.

use super::{place, upgrades};
use crate::book::prelude::*;
use crate::levels;

pub(crate) static RULE: Rule = Rule {
    id: "K090",
    topic: Topic::Feature,
    title: "Finalize only when every broker and controller runs the new version",
    what: "`kafka-features.sh upgrade` is refused: \"Broker N only supports versions a-b\" or \"does not support this feature\". Where a controller is not looked at, it is \
           accepted, and the old controller exits.",
    why: "The active controller compares the level with its own range, then with that of every registered broker, those that are down included, and from metadata.version 3.7 on \
          with every registered controller. Below that other controllers are not checked, and one that reads a level it does not know ends its process.",
    instead: "Roll all controllers and brokers first; unregister brokers that will not come back (`kafka-cluster.sh unregister`); gate the step on versions.",
    versions: Versions::since(3, 3),
    sources: &[
        "FeatureControlManager.reasonNotSupported; KIP-584, KIP-778, KIP-919",
        "observed: wrong orders from 3.9.2 to 4.1.2 (observed: upgrade-kraft-3.9.2-to-4.1.2-wrong-orders)",
    ],
    explains: &[
        "finalized-too-early",
        "features-half-done",
        "level-not-supported",
    ],
    bites: Some("scenarios/bump-before-last-broker.ron"),
    spares: Some("scenarios/upgrade-3.9-to-4.1-finalized.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (moment, features, asked) in upgrades(case) {
        let unable = moment.before.iter().find_map(|(id, node)| {
            let (feature, level) = asked.iter().find(|(name, level)| {
                *level > 0 && !levels::supports(node.version, name, *level)
            })?;
            Some((*id, node, feature.clone(), *level))
        });
        if let Some((id, node, feature, level)) = unable {
            let word = if node.broker { "Broker" } else { "Controller" };
            found.push(
                error(
                    place(features, moment),
                    format!(
                        "{word} {id} runs {}, which does not support {}.",
                        node.version,
                        levels::name(&feature, level)
                    ),
                )
                .labelled("not every node is on the new version")
                .note("Every node that is registered counts, also one that is down."),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    fn after(first: &str) -> crate::testing::Scene {
        scene().runbook(&format!(
            r#"(step: "roll", do: Roll({first}, to: "4.1.2", order: ControllersFirst)), (step: "finalize", do: UpgradeFeatures(release: "4.1"))"#
        ))
    }

    #[test]
    fn a_node_that_was_left_behind_is_named() {
        bites(
            &RULE,
            &after("Brokers"),
            "error: \"4.1\": Controller 101 runs 3.9.2, which does not support metadata.version 4.1-IV1.",
        );
    }

    #[test]
    fn after_all_nodes_it_is_fine() {
        spares(&RULE, &after("All"));
    }
}
