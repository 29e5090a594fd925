//! Settings that are read only at start.

use crate::book::prelude::*;
use facts::{Class, Update};
use scenario::model::ConfigTarget;

pub(crate) static RULE: Rule = Rule {
    id: "K036",
    topic: Topic::Configuration,
    title: "A setting that is read only at start needs a rolling restart",
    what: "`kafka-configs.sh --alter` refuses it, or the line in server.properties changes nothing until the broker is restarted.",
    why: "Brokers can change some settings while they run, cluster-wide or one by one (KIP-226). All others are read when the process starts; \
          inter.broker.protocol.version and broker.session.timeout.ms are among them.",
    instead: "Give it to a roll: `Roll(Brokers, settings: {…})`. `dryroll facts NAME VERSION` says how a setting changes.",
    versions: Versions::ALL,
    sources: &[
        "KIP-226",
        "Kafka documentation, broker configuration: dynamic update mode",
        "DynamicBrokerConfig",
    ],
    explains: &["config-refused"],
    bites: Some("scenarios/static-setting-set-at-runtime.ron"),
    spares: Some("scenarios/session-timeout-by-roll.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for moment in case.moments() {
        let Action::SetConfig(set) = &moment.step.action.value else {
            continue;
        };
        let only = match &set.on.value {
            ConfigTarget::Brokers => None,
            ConfigTarget::Node(id) => Some(id.value),
            ConfigTarget::Topic(_) => continue,
        };
        let concerned = moment
            .before
            .iter()
            .filter(|(id, node)| node.broker && only.is_none_or(|only| only == **id));
        let releases: Vec<_> = concerned
            .filter_map(|(_, node)| facts::of(&node.version.to_string()).ok())
            .collect();
        for name in set.settings.keys() {
            let Ok(setting) = facts::setting(Class::Broker, &name.value) else {
                continue;
            };
            let refuses =
                |release: &&facts::Release| setting.update_in(release) == Some(Update::ReadOnly);
            if let Some(release) = releases.iter().find(|release| refuses(release)) {
                found.push(
                    error(
                        name.span,
                        format!(
                            "Kafka {release} reads `{}` only when it starts.",
                            name.value
                        ),
                    )
                    .labelled("cannot be changed while brokers run")
                    .note("Set it in a roll: `Roll(Brokers, settings: {…})`."),
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
    fn a_static_setting_is_refused() {
        let scene = scene()
            .does(r#"SetConfig(on: Brokers, settings: { "broker.session.timeout.ms": 6000 })"#);
        bites(
            &RULE,
            &scene,
            "error: \"broker.session.timeout.ms\": Kafka 3.9.2 reads",
        );
    }

    #[test]
    fn dynamic_settings_and_rolls_are_fine() {
        spares(
            &RULE,
            &scene().does(r#"SetConfig(on: Brokers, settings: { "num.io.threads": 12 })"#),
        );
        spares(
            &RULE,
            &scene().does(r#"Roll(Brokers, settings: { "broker.session.timeout.ms": 6000 })"#),
        );
    }
}
