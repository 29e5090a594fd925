//! log.message.format.version from 3.0 on.

use super::protocol;
use crate::book::prelude::*;

/// The setting.
const FORMAT: &str = "log.message.format.version";

pub(crate) static RULE: Rule = Rule {
    id: "K082",
    topic: Topic::Version,
    title: "log.message.format.version does nothing once inter.broker.protocol.version is 3.0",
    what: "The third roll of old guides, which raises the message format, restarts every broker for nothing; no data is rewritten, before or after.",
    why: "From inter.broker.protocol.version 3.0 on records are always written in format 2 and the setting is ignored (KIP-724). It went with 4.0. Only below does it decide how new records are written, and what old \
          consumers cost.",
    instead: "Remove the line together with the bump to 3.0 or later.",
    versions: Versions::since(3, 0),
    sources: &[
        "KIP-724; KafkaConfig, LogConfig.shouldIgnoreMessageFormatVersion",
        "Kafka documentation, upgrade notes of 3.0",
    ],
    explains: &[],
    bites: Some("scenarios/rules/zookeeper-format-at-3.0.ron"),
    spares: Some("scenarios/zookeeper/pinned-2.8-to-3.5.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let Ok(ignored_from) = facts::metadata_version("3.0-IV1") else {
        return found;
    };
    for moment in case.moments() {
        let Action::Roll(roll) = &moment.step.action.value else {
            continue;
        };
        let Some((name, _)) = roll.settings.iter().find(|(name, _)| name.value == FORMAT) else {
            continue;
        };
        let rolled = case.chosen(&roll.nodes.value, moment);
        let ignores = |id: &NodeId| {
            moment
                .after
                .get(id)
                .and_then(protocol::of)
                .is_some_and(|version| !version.is_before(ignored_from))
        };
        if !rolled.is_empty() && rolled.iter().all(ignores) {
            found.push(
                warning(
                    name.span,
                    "This setting is ignored: inter.broker.protocol.version is 3.0 or later.",
                )
                .labelled("without effect"),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    fn third_roll(protocol: &str) -> crate::testing::Scene {
        scene()
            .cluster(&format!(
                r#"kafka: "3.5.1", brokers: 3, zookeeper: 3, settings: {{ "inter.broker.protocol.version": "{protocol}" }}"#
            ))
            .does(r#"Roll(Brokers, settings: { "log.message.format.version": "2.8" })"#)
    }

    #[test]
    fn from_3_0_on_it_is_pointed_at() {
        bites(
            &RULE,
            &third_roll("3.5"),
            "warning: \"log.message.format.version\"",
        );
    }

    #[test]
    fn below_it_counts() {
        spares(&RULE, &third_roll("2.8"));
    }
}
