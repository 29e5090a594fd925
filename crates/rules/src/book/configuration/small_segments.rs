//! segment.bytes below the minimum of 4.1.

use crate::book::prelude::*;
use facts::Class;

pub(crate) static RULE: Rule = Rule {
    id: "K038",
    topic: Topic::Configuration,
    title: "Raise segment.bytes below 1 MiB before 4.1",
    what: "The node exits at its start: one topic with a small segment.bytes keeps the whole broker down, and every further start ends the same way.",
    why: "4.1 asks for at least 1048576 bytes and reads the settings of every topic when the log manager starts. A value that older versions took is invalid there, and \
          the error is fatal to the process (`Error starting LogManager`).",
    instead: "Raise segment.bytes of such topics while the cluster is still on the old version (`SetConfig(on: Topic(…))`).",
    versions: Versions::since(4, 1),
    sources: &[
        "KAFKA-19080, KIP-1030",
        "observed: exit 1 with segment.bytes=100000 on 4.1.2 (observed: leftovers-3.9.2-to-4.1.2)",
    ],
    explains: &["segment-too-small"],
    bites: Some("scenarios/small-segment-bytes.ron"),
    spares: Some("scenarios/small-segment-bytes-raised.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (moment, roll, _) in case.broker_rolls() {
        let Some(to) = &roll.to else { continue };
        let Ok(release) = facts::of(&to.value.0) else {
            continue;
        };
        let Ok(setting) = facts::setting(Class::Topic, "segment.bytes") else {
            continue;
        };
        for (name, topic) in &case.cluster.topics {
            let raised = case
                .moments()
                .iter()
                .take_while(|other| !std::ptr::eq(other.step, moment.step))
                .filter_map(|other| match &other.step.action.value {
                    Action::SetConfig(set) => Some(set),
                    _ => None,
                })
                .filter(|set| {
                    matches!(&set.on.value, scenario::model::ConfigTarget::Topic(of) if of.value == name.value)
                })
                .filter_map(|set| given(&set.settings, "segment.bytes"))
                .last();
            let Some(value) = raised.or_else(|| given(&topic.settings, "segment.bytes")) else {
                continue;
            };
            if let (Err(wrong), Some(span)) = (setting.check(&value.value, release), value.said) {
                found.push(
                    error(
                        span,
                        format!(
                            "Kafka {release} does not start with segment.bytes={} of `{}`.",
                            value.value, name.value
                        ),
                    )
                    .labelled(format!("expected {}", wrong.why))
                    .also(to.span, "the version that refuses it"),
                );
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{said, scene, spares};

    const SMALL: &str = r#"partitions: 6, replicas: 3, settings: { "segment.bytes": 100000 }"#;

    #[test]
    fn a_small_segment_is_pointed_at() {
        let said = said(
            &RULE,
            &scene().topic(SMALL).does(r#"Roll(Brokers, to: "4.1.2")"#),
        );
        assert!(
            said[0].contains("100000: Kafka 4.1.2 does not start with segment.bytes=100000"),
            "{said:?}"
        );
    }

    #[test]
    fn raised_in_time_or_not_upgraded_is_fine() {
        let raised = scene().topic(SMALL).runbook(
            r#"(step: "raise", do: SetConfig(on: Topic("orders"), settings: { "segment.bytes": 1048576 })),
               (step: "roll", do: Roll(Brokers, to: "4.1.2"))"#,
        );
        spares(&RULE, &raised);
        spares(
            &RULE,
            &scene().topic(SMALL).does(r#"Roll(Brokers, to: "4.0.2")"#),
        );
    }
}
