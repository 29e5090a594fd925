//! Binaries that do not support what is finalized.

use crate::book::prelude::*;
use crate::levels;

pub(crate) static RULE: Rule = Rule {
    id: "K092",
    topic: Topic::Feature,
    title: "After finalizing, a node starts only with a version that supports every level",
    what: "A controller with an older version exits at once. A broker is refused (UNSUPPORTED_VERSION) and exits after a minute; its replicas stay out of sync.",
    why: "A node reads the finalized levels from the metadata log. A controller that meets one outside its range cannot go on. A broker registers with the ranges that it \
          supports, and the active controller refuses it if one does not hold the finalized level; after initial.broker.registration.timeout.ms it gives up.",
    instead: "Roll back only before finalizing. Afterwards lower the features first, as far as that is possible, or start the node with the new version.",
    versions: Versions::since(3, 3),
    sources: &[
        "ClusterControlManager.registerBroker; FeatureControlManager.replay; BrokerLifecycleManager",
        "observed: a 3.9.2 broker and a 3.9.2 controller after the bump to 4.1 (observed: upgrade-kraft-3.9.2-to-4.1.2-wrong-orders)",
    ],
    explains: &["level-not-supported"],
    bites: Some("scenarios/finalize-then-old-broker.ron"),
    spares: Some("scenarios/roll-back-before-finalize.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for moment in case.moments() {
        let (nodes, to) = match &moment.step.action.value {
            Action::Roll(roll) => (&roll.nodes.value, &roll.to),
            Action::Start(start) => (&start.nodes.value, &start.version),
            _ => continue,
        };
        let Some(to) = to else { continue };
        let started = case.chosen(nodes, moment);
        let news = started.iter().any(|id| moment.before.contains_key(id));
        let Ok(version) = to.value.0.parse() else {
            continue;
        };
        // Below 3.3-IV3 is a rule of its own.
        let refused = moment.levels.iter().find(|(name, level)| {
            let too_low = name.as_str() == levels::METADATA
                && facts::of(&to.value.0)
                    .is_ok_and(|release| **level < levels::range(release, name).0);
            **level > 0 && !too_low && !levels::supports(version, name, **level)
        });
        if let Some((name, level)) = refused.filter(|_| news) {
            found.push(
                error(
                    to.span,
                    format!(
                        "{} is finalized, and Kafka {} does not support it.",
                        levels::name(name, *level),
                        to.value.0
                    ),
                )
                .labelled("does not come up"),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    fn back(finalize: &str) -> crate::testing::Scene {
        scene().runbook(&format!(
            r#"(step: "roll", do: Roll(All, to: "4.1.2", order: ControllersFirst)), {finalize} (step: "back", do: Roll(Brokers, to: "3.9.2"))"#
        ))
    }

    #[test]
    fn going_back_after_finalizing_is_an_error() {
        let scene = back(r#"(step: "finalize", do: UpgradeFeatures(metadata: "4.1")),"#);
        bites(
            &RULE,
            &scene,
            "error: \"3.9.2\": metadata.version 4.1-IV1 is finalized, and Kafka 3.9.2 does not support it.",
        );
    }

    #[test]
    fn going_back_before_is_fine() {
        spares(&RULE, &back(""));
    }
}
