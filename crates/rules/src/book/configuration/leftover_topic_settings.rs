//! Topic settings that went with 4.0.

use crate::book::prelude::*;
use facts::Class;
use scenario::model::ConfigTarget;

pub(crate) static RULE: Rule = Rule {
    id: "K041",
    topic: Topic::Configuration,
    title: "Delete topic settings that 4.0 dropped before the upgrade",
    what: "The topic works, and every later change of one of its settings is refused: \"Unknown topic config name: message.format.version\".",
    why: "When a topic's settings are altered, the 4.x controller looks at all settings that the topic would have, also at those it still has from before. message.format.version and \
          message.timestamp.difference.max.ms went with 4.0.",
    instead: "`kafka-configs.sh --alter --entity-type topics --entity-name … --delete-config message.format.version`, best before the upgrade.",
    versions: Versions::since(4, 0),
    sources: &[
        "ConfigurationControlManager; LogConfig.validateNames; KIP-724",
        "observed: altering such a topic on 4.1.2 (observed: leftovers-3.9.2-to-4.1.2-segment-2000000)",
    ],
    explains: &["leftover-topic-setting"],
    bites: Some("scenarios/leftover-topic-setting.ron"),
    spares: Some("scenarios/small-segment-bytes-raised.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    // What was deleted by an earlier step, or is by this one, is not looked at.
    let mut deleted: Vec<(&str, &str)> = Vec::new();
    for moment in case.moments() {
        let Action::SetConfig(set) = &moment.step.action.value else {
            continue;
        };
        let ConfigTarget::Topic(name) = &set.on.value else {
            continue;
        };
        let gone_now = set.remove.iter().map(|setting| setting.value.as_str());
        deleted.extend(gone_now.map(|setting| (name.value.as_str(), setting)));
        let Some(topic) = case.topic(&name.value) else {
            continue;
        };
        // The active controller looks; which one that is, the runbook alone does not tell.
        let controllers: Vec<_> = moment
            .before
            .values()
            .filter(|node| node.controller)
            .filter_map(|node| facts::of(&node.version.to_string()).ok())
            .collect();
        let gone = |release: &&facts::Release, setting: &str| {
            release.version().major >= 4
                && facts::setting(Class::Topic, setting)
                    .is_ok_and(|setting| !setting.exists_in(release))
        };
        let Some(left) = topic
            .settings
            .keys()
            .filter(|key| !deleted.contains(&(name.value.as_str(), key.value.as_str())))
            .find(|key| controllers.iter().any(|release| gone(release, &key.value)))
        else {
            continue;
        };
        let certain = controllers.iter().all(|release| gone(release, &left.value));
        found.push(
            graded(
                certain,
                set.on.span,
                format!(
                    "`{}` still has `{}`, which 4.0 dropped: no setting of it can be altered.",
                    name.value, left.value
                ),
            )
            .labelled("refused")
            .also(left.span, "left over from before"),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    fn altered(version: &str) -> crate::testing::Scene {
        scene()
            .topic(r#"partitions: 6, replicas: 3, settings: { "message.format.version": "2.8" }"#)
            .runbook(&format!(
                r#"(step: "roll", do: Roll(All, to: "{version}", order: ControllersFirst)), (step: "alter", do: SetConfig(on: Topic("orders"), settings: {{ "retention.ms": 3600000 }}))"#
            ))
    }

    #[test]
    fn altering_such_a_topic_is_an_error() {
        bites(
            &RULE,
            &altered("4.1.2"),
            "error: Topic(\"orders\"): `orders` still has `message.format.version`",
        );
    }

    #[test]
    fn before_4_0_it_is_fine() {
        spares(&RULE, &altered("3.9.2"));
    }
}
