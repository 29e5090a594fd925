//! Unclean election in KRaft before 3.9.

use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K035",
    topic: Topic::Configuration,
    title: "KRaft controllers before 3.9 ignore unclean.leader.election.enable",
    what: "Who counts on unclean election for availability does not get it: the partition stays without a leader until a member of its ISR is back. With the upgrade to \
           3.9 it begins to lose records instead.",
    why: "The KRaft controller looks at the setting only since 3.9 (KAFKA-12670). Before, only an election by hand (`kafka-leader-election.sh --election-type unclean`) is \
          unclean.",
    instead: "Decide before the upgrade to 3.9 whether each topic that sets it is to lose records.",
    versions: Versions::since(3, 0).to(3, 8),
    sources: &["KAFKA-12670", "Kafka documentation, upgrade notes of 3.9"],
    explains: &["no-leader"],
    bites: Some("scenarios/rules/unclean-ignored-3.8.ron"),
    spares: Some("scenarios/rules/unclean-honoured-3.9.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let honours = |version| words::line(version) >= (3, 9);
    if !case.is_kraft() || honours(case.version()) {
        return found;
    }
    for (name, topic) in &case.cluster.topics {
        let setting = case.topic_setting(topic, "unclean.leader.election.enable");
        let Some(span) = setting
            .filter(|setting| setting.is("true"))
            .and_then(|setting| setting.said)
        else {
            continue;
        };
        found.push(
            warning(
                span,
                format!(
                    "The controllers of {} do not look at this for `{}`.",
                    case.version(),
                    name.value
                ),
            )
            .labelled("ignored before 3.9")
            .note("From 3.9 on it takes effect, and can lose records."),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    fn on(version: &str) -> crate::testing::Scene {
        scene()
            .cluster(&format!(r#"kafka: "{version}", brokers: 3, controllers: 3"#))
            .topic(r#"partitions: 6, replicas: 3, settings: { "unclean.leader.election.enable": "true" }"#)
    }

    #[test]
    fn before_3_9_it_is_ignored() {
        bites(
            &RULE,
            &on("3.8"),
            "warning: \"true\": The controllers of 3.8.1 do not look at this",
        );
    }

    #[test]
    fn from_3_9_on_it_counts() {
        spares(&RULE, &on("3.9"));
    }
}
