//! Settings that the new version does not have.

use crate::book::prelude::*;
use facts::Class;

pub(crate) static RULE: Rule = Rule {
    id: "K037",
    topic: Topic::Configuration,
    title: "Look for settings that the new version no longer has",
    what: "The line stays in server.properties and does nothing: what it protected from is no longer held off, and nobody is told.",
    why: "Kafka ignores names that it does not know. A setting that a release removed is silently without effect from the first start on the new version.",
    instead: "Remove the line, and look up in the upgrade notes what takes its place. `dryroll facts diff OLD NEW` lists what goes.",
    versions: Versions::ALL,
    sources: &[
        "Kafka documentation, upgrade notes (removed configurations); KIP-724, KIP-500",
        "observed: stale lines of a 3.9 file are ignored by 4.1.2 without a word (observed: leftovers-3.9.2-to-4.1.2)",
    ],
    explains: &[],
    bites: Some("scenarios/rules/leftover-setting-at-4.ron"),
    spares: Some("scenarios/upgrade-3.9-to-4.1.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (moment, roll) in case.rolls() {
        let Some(release) = roll.to.as_ref().and_then(|to| facts::of(&to.value.0).ok()) else {
            continue;
        };
        let rolled = case.chosen(&roll.nodes.value, moment);
        let old: Vec<_> = rolled
            .iter()
            .filter_map(|id| moment.before.get(id))
            .filter_map(|node| facts::of(&node.version.to_string()).ok())
            .collect();
        let nodes = case
            .cluster
            .nodes
            .iter()
            .filter(|(id, _)| rolled.contains(&id.value));
        let lists =
            std::iter::once(&case.cluster.settings).chain(nodes.map(|(_, node)| &node.settings));
        for name in lists.flat_map(|settings| settings.keys()) {
            let Ok(setting) = facts::setting(Class::Broker, &name.value) else {
                continue;
            };
            let had = old.iter().any(|old| setting.exists_in(old));
            if had && !setting.exists_in(release) {
                found.push(
                    warning(
                        name.span,
                        format!(
                            "Kafka {release} has no `{}`: the line is ignored without a word.",
                            name.value
                        ),
                    )
                    .labelled("without effect after the upgrade")
                    .also(roll.nodes.span, "rolled to a version without it"),
                );
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    #[test]
    fn a_removed_setting_is_pointed_at() {
        let scene = scene()
            .cluster(r#"kafka: "3.9.2", brokers: 3, controllers: 3, settings: { "log.message.timestamp.difference.max.ms": 3600000 }"#)
            .does(r#"Roll(Brokers, to: "4.1.2")"#);
        bites(
            &RULE,
            &scene,
            "warning: \"log.message.timestamp.difference.max.ms\": Kafka 4.1.2 has no",
        );
    }

    #[test]
    fn a_setting_that_stays_is_fine() {
        let scene = scene()
            .cluster(
                r#"kafka: "3.9.2", brokers: 3, controllers: 3, settings: { "num.io.threads": 16 }"#,
            )
            .does(r#"Roll(Brokers, to: "4.1.2")"#);
        spares(&RULE, &scene);
    }
}
