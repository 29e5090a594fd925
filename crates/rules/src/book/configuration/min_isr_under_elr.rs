//! min.insync.replicas while eligible leader replicas are on.

use crate::book::prelude::*;
use scenario::model::ConfigTarget;

/// The feature that switches eligible leader replicas on.
const ELR: &str = "eligible.leader.replicas.version";
/// The setting that decides who is one.
const MIN_ISR: &str = "min.insync.replicas";

pub(crate) static RULE: Rule = Rule {
    id: "K042",
    topic: Topic::Configuration,
    title: "With eligible leader replicas on, min.insync.replicas is set for the cluster or a topic",
    what: "kafka-configs.sh is refused: \"Broker-level min.insync.replicas cannot be altered while ELR is enabled.\"",
    why: "A replica that leaves the ISR stays eligible as long as the ISR is below min.insync.replicas, and the controller keeps the list: a value of a single broker, or none at all, \
          would make it a matter of who leads. So a broker's value cannot be altered and the cluster's cannot be removed.",
    instead: "Set it for the cluster (`--entity-default`) or for the topic.",
    versions: Versions::since(4, 0),
    sources: &[
        "KIP-966",
        "ConfigurationControlManager.incrementalAlterConfig and its test, Kafka 4.1",
    ],
    explains: &["config-refused"],
    bites: Some("scenarios/rules/min-isr-of-a-broker-under-elr.ron"),
    spares: Some("scenarios/rules/min-isr-of-the-cluster-under-elr.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for moment in case.moments() {
        let Action::SetConfig(set) = &moment.step.action.value else {
            continue;
        };
        let on = moment.levels.get(ELR).copied().unwrap_or(0) >= 1;
        let removed = set.remove.iter().any(|name| name.value == MIN_ISR);
        let written = set.settings.keys().any(|name| name.value == MIN_ISR);
        let what = match set.on.value {
            ConfigTarget::Node(_) if removed || written => {
                "A broker's min.insync.replicas cannot be altered: eligible leader replicas are on."
            }
            ConfigTarget::Brokers if removed => {
                "The cluster's min.insync.replicas cannot be removed: eligible leader replicas are on."
            }
            _ => continue,
        };
        if on {
            found.push(warning(moment.step.action.span, what).labelled("refused"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    fn on(level: u32, action: &str) -> crate::testing::Scene {
        scene()
            .cluster(&format!(
                r#"kafka: "4.1.2", brokers: 3, controllers: 3, features: {{ "eligible.leader.replicas.version": {level} }}"#
            ))
            .does(action)
    }

    const OF_A_BROKER: &str = r#"SetConfig(on: Node(1), settings: { "min.insync.replicas": 1 })"#;

    #[test]
    fn a_brokers_value_is_refused() {
        bites(&RULE, &on(1, OF_A_BROKER), "warning: SetConfig");
    }

    #[test]
    fn without_the_feature_it_is_taken() {
        spares(&RULE, &on(0, OF_A_BROKER));
    }

    #[test]
    fn the_value_of_the_cluster_stays() {
        bites(
            &RULE,
            &on(
                1,
                r#"SetConfig(on: Brokers, remove: ["min.insync.replicas"])"#,
            ),
            "warning: SetConfig",
        );
    }
}
