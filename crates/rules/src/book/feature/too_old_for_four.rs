//! metadata.version below 3.3-IV3 and 4.x.

use crate::book::prelude::*;
use crate::levels;

pub(crate) static RULE: Rule = Rule {
    id: "K093",
    topic: Topic::Feature,
    title: "Raise metadata.version to 3.3-IV3 or higher before any node runs 4.x",
    what: "The 4.x node does not come up: \"Unsupported metadata version ... please ensure the metadata version is set to 3.3-IV3 (or higher)\". A controller exits at once, \
           a broker after a minute.",
    why: "4.0 removed what is needed to read older metadata. KRaft clusters that were made before 3.3, or that never raised metadata.version, are below. The binary can be \
          new for years while the level stays.",
    instead: "On the last 3.x (3.9): `kafka-features.sh upgrade --metadata 3.9`, wait for a new metadata snapshot, then roll to 4.x.",
    versions: Versions::since(4, 0),
    sources: &[
        "MetadataVersion.MINIMUM_VERSION (4.0); Kafka documentation, upgrade notes of 4.0 (which say 3.3.x)",
        "observed: 3.3-IV0 under 4.0.2 (observed: upgrade-kraft-3.3.2-at-3.3-IV0-to-4.0.2)",
    ],
    explains: &["level-too-old"],
    bites: Some("scenarios/old-level-to-4.1.ron"),
    spares: Some("scenarios/upgrade-3.9-to-4.1-finalized.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    for moment in case.moments() {
        let to = match &moment.step.action.value {
            Action::Roll(roll) => &roll.to,
            Action::Start(start) => &start.version,
            _ => continue,
        };
        let Some((to, release)) = to
            .as_ref()
            .and_then(|to| Some((to, facts::of(&to.value.0).ok()?)))
        else {
            continue;
        };
        let now = moment.levels.get(levels::METADATA).copied().unwrap_or(0);
        let (lowest, _) = levels::range(release, levels::METADATA);
        // A cluster without a level at all is in ZooKeeper mode, which has rules of its own.
        if now > 0 && now < lowest {
            let said = case.cluster.metadata_version.as_ref();
            let mut diagnostic = error(
                to.span,
                format!(
                    "Kafka {} needs {} or higher, and the cluster has {}.",
                    to.value.0,
                    levels::name(levels::METADATA, lowest),
                    levels::name(levels::METADATA, now)
                ),
            )
            .labelled("does not come up");
            if let Some(said) = said {
                diagnostic = diagnostic.also(said.span, "the level");
            }
            return vec![diagnostic];
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    fn at(level: &str) -> crate::testing::Scene {
        scene()
            .cluster(&format!(
                r#"kafka: "3.9.2", brokers: 3, controllers: 3, metadata_version: "{level}""#
            ))
            .does(r#"Roll(All, to: "4.1.2", order: ControllersFirst)"#)
    }

    #[test]
    fn an_old_level_is_an_error() {
        bites(
            &RULE,
            &at("3.3-IV0"),
            "error: \"4.1.2\": Kafka 4.1.2 needs metadata.version 3.3-IV3 or higher, and the cluster has metadata.version 3.3-IV0.",
        );
    }

    #[test]
    fn three_three_iv_three_is_enough() {
        spares(&RULE, &at("3.3-IV3"));
    }
}
