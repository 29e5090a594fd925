//! A ZooKeeper cluster and 4.x.

use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K083",
    topic: Topic::Version,
    title: "No cluster in ZooKeeper mode can be upgraded to 4.0 or later",
    what: "The process ends at once: \"Missing required configuration process.roles\". Its data is untouched, and the old binary starts again.",
    why: "4.0 removed ZooKeeper mode. There is no rolling way from one to the other but the migration to KRaft, which needs a 3.x bridge release (3.9 is the last).",
    instead: "Upgrade to 3.9, migrate to KRaft, finalize the migration, then upgrade to 4.x.",
    versions: Versions::since(4, 0),
    sources: &[
        "Kafka documentation, upgrade notes of 4.0; KIP-500, KIP-866",
        "observed: 4.0.2 on a ZooKeeper configuration (observed: migrate-wrong-starts-3.9.2)",
    ],
    explains: &["no-zookeeper-mode"],
    bites: Some("scenarios/zookeeper/straight-to-4.0.ron"),
    spares: Some("scenarios/zookeeper/pinned-2.8-to-3.9.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if case.is_kraft() {
        return found;
    }
    for moment in case.moments() {
        let to = match &moment.step.action.value {
            Action::Roll(roll) => &roll.to,
            Action::Start(start) => &start.version,
            _ => continue,
        };
        let four = |name: &str| {
            name.parse::<facts::KafkaVersion>()
                .is_ok_and(|version| version.major >= 4)
        };
        if let Some(to) = to.as_ref().filter(|to| four(&to.value.0)) {
            found.push(
                error(
                    to.span,
                    format!("Kafka {} has no ZooKeeper mode.", to.value.0),
                )
                .labelled("does not start")
                .note("3.9 is the last release with it: migrate to KRaft there first."),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    fn to(version: &str) -> crate::testing::Scene {
        scene()
            .cluster(r#"kafka: "3.8.1", brokers: 3, zookeeper: 3, settings: { "inter.broker.protocol.version": "3.8" }"#)
            .does(&format!(r#"Roll(Brokers, to: "{version}")"#))
    }

    #[test]
    fn straight_to_4_0_is_an_error() {
        bites(
            &RULE,
            &to("4.0.2"),
            "error: \"4.0.2\": Kafka 4.0.2 has no ZooKeeper mode.",
        );
    }

    #[test]
    fn to_3_9_is_fine() {
        spares(&RULE, &to("3.9.2"));
    }
}
