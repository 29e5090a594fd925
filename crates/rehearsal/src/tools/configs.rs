//! `kafka-configs.sh --alter` of a topic: what the active controller makes of the settings that the topic would have then
//! (ConfigurationControlManager, LogConfig.validateNames; recorded on 4.1.2).

use std::collections::BTreeMap;

use facts::{Class, KafkaVersion};

use super::Answer;

/// Why a controller of this version does not take the change: InvalidConfigurationException with these words. It looks at everything that
/// the topic would have, also at what it has had for long.
pub fn refusal(
    controller: KafkaVersion,
    has: &BTreeMap<String, String>,
    changes: &BTreeMap<String, String>,
) -> Option<String> {
    let release = facts::of(&controller.to_string()).ok()?;
    let mut all = has.clone();
    all.extend(changes.clone());
    for (name, value) in &all {
        let Ok(setting) = facts::setting(Class::Topic, name) else {
            return Some(format!("Unknown topic config name: {name}"));
        };
        if !setting.exists_in(release) {
            return Some(format!("Unknown topic config name: {name}"));
        }
        if let Err(wrong) = setting.check(value, release) {
            return Some(wrong_value(setting, release, value, &wrong.why));
        }
    }
    None
}

/// Why the active controller does not take a change of brokers while eligible leader replicas are on (KIP-966): which replicas are eligible
/// follows from min.insync.replicas, so there is one value for all brokers, and it does not go away (ConfigurationControlManager and its test).
pub(crate) fn elr_refusal(level: i16, set: &scenario::model::SetConfig) -> Option<&'static str> {
    const MIN_ISR: &str = "min.insync.replicas";
    let removed = set.remove.iter().any(|name| name.value == MIN_ISR);
    let written = set.settings.keys().any(|name| name.value == MIN_ISR);
    match set.on.value {
        _ if level < 1 => None,
        scenario::model::ConfigTarget::Node(_) if removed || written => {
            Some("Broker-level min.insync.replicas cannot be altered while ELR is enabled.")
        }
        scenario::model::ConfigTarget::Brokers if removed => {
            Some("Cluster-level min.insync.replicas cannot be removed while ELR is enabled.")
        }
        _ => None,
    }
}

/// What a ConfigException says of a value, in the words of Kafka's ranges.
pub(crate) fn wrong_value(
    setting: &facts::Setting,
    release: &facts::Release,
    value: &str,
    why: &str,
) -> String {
    let head = format!("Invalid value {value} for configuration {}", setting.name());
    let range = setting.takes_in(release).map(ToString::to_string);
    match range
        .as_deref()
        .and_then(|range| range.strip_prefix("at least "))
    {
        Some(lowest) if value.parse::<i64>().is_ok() => {
            format!("{head}: Value must be at least {lowest}")
        }
        _ => format!("{head}: {why}"),
    }
}

/// What the tool prints.
pub fn alter(
    controller: KafkaVersion,
    topic: &str,
    has: &BTreeMap<String, String>,
    changes: &BTreeMap<String, String>,
) -> Answer {
    match refusal(controller, has, changes) {
        Some(why) => Answer::failed(vec![format!(
            "java.util.concurrent.ExecutionException: org.apache.kafka.common.errors.InvalidConfigurationException: {why}"
        )]),
        None => Answer::worked(vec![format!(
            "Completed updating config for topic {topic}."
        )]),
    }
}
