//! A value of inter.broker.protocol.version that the binary does not know.

use super::protocol;
use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K081",
    topic: Topic::Version,
    title: "An old binary does not start with a newer inter.broker.protocol.version",
    what: "The process ends in its first second: \"Invalid value 3.5 for configuration inter.broker.protocol.version\".",
    why: "The value is read when the properties file is, and a binary knows the versions up to its own. A rollback that changes the binary and leaves the line in the file fails this way.",
    instead: "Lower the line to a version that the old binary knows, on all brokers, before the old binary is started.",
    versions: Versions::until(3, 9),
    sources: &[
        "MetadataVersionValidator, ApiVersionValidator",
        "observed: zk-early-bump-2.8.2-3.5.1, zk-rollback-after-bump-3.5.1-2.8.2",
    ],
    explains: &["refused-start", "config-invalid"],
    bites: Some("scenarios/zookeeper/roll-back-with-the-new-pin-left.ron"),
    spares: Some("scenarios/zookeeper/roll-back-before-the-bump.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for moment in case.moments() {
        let starts = match &moment.step.action.value {
            Action::Roll(roll) => case.chosen(&roll.nodes.value, moment),
            Action::Start(start) => case.chosen(&start.nodes.value, moment),
            _ => continue,
        };
        let refused = starts.iter().find_map(|id| {
            let node = moment.after.get(id).filter(|node| node.broker)?;
            let value = node.settings.get(protocol::PROTOCOL)?;
            let wanted = facts::metadata_version(value.trim()).ok()?;
            let release = facts::of(&node.version.to_string()).ok()?;
            // 4.0 does not have the setting at all and passes over it.
            let reads = facts::setting(facts::Class::Broker, protocol::PROTOCOL)
                .is_ok_and(|setting| setting.exists_in(release));
            let knows = release
                .metadata_versions()
                .iter()
                .any(|known| known.version == wanted);
            (reads && !knows).then(|| (*id, node.version, value.clone()))
        });
        if let Some((id, version, value)) = refused {
            let place =
                protocol::said(&moment.step.action.value).unwrap_or(moment.step.action.span);
            found.push(
                error(
                    place,
                    format!("Broker {id} does not start: Kafka {version} does not know inter.broker.protocol.version={value}."),
                )
                .labelled("newer than the binary"),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    fn back(settings: &str) -> crate::testing::Scene {
        scene()
            .cluster(r#"kafka: "3.5.1", brokers: 3, zookeeper: 3, settings: { "inter.broker.protocol.version": "3.5" }"#)
            .does(&format!(r#"Roll([1], to: "2.8.2"{settings})"#))
    }

    #[test]
    fn a_line_that_was_left_is_an_error() {
        bites(
            &RULE,
            &back(""),
            "error: Roll([1], to: \"2.8.2\"): Broker 1 does not start",
        );
    }

    #[test]
    fn a_value_that_it_knows_is_read() {
        spares(
            &RULE,
            &back(r#", settings: { "inter.broker.protocol.version": "2.8" }"#),
        );
    }
}
