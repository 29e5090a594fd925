//! Unclean leader election.

use crate::book::prelude::*;
use scenario::model::ElectionKind;

pub(crate) static RULE: Rule = Rule {
    id: "K034",
    topic: Topic::Configuration,
    title: "Unclean election buys availability with records",
    what: "A replica that is behind becomes leader. What it lacks is cut off from the others when they return, acknowledged or not.",
    why: "Only replicas in the ISR have everything that was acknowledged. With unclean.leader.election.enable=true the controller takes any live replica when the ISR \
          is empty; the others truncate their logs to its. The same happens when a person runs an unclean election.",
    instead: "Leave it off and bring a member of the ISR back. If a topic may lose records, set it for that topic only.",
    versions: Versions::ALL,
    sources: &[
        "Kafka documentation, unclean.leader.election.enable",
        "observed: 4636 acknowledged records lost (observed/last-isr-crash-kraft-3.9.2-unclean-true-min1.json)",
    ],
    explains: &["unclean-election"],
    bites: Some("scenarios/last-isr-crash-unclean.ron"),
    spares: Some("scenarios/last-isr-crash-clean.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (name, topic) in &case.cluster.topics {
        let setting = case.topic_setting(topic, "unclean.leader.election.enable");
        if let Some(span) = setting
            .filter(|setting| setting.is("true"))
            .and_then(|setting| setting.said)
        {
            found.push(
                warning(
                    span,
                    format!(
                        "`{}` may be led by a replica that lacks acknowledged records.",
                        name.value
                    ),
                )
                .labelled("unclean election"),
            );
        }
    }
    for moment in case.moments() {
        if let Action::ElectLeaders(elect) = &moment.step.action.value
            && elect.kind.value == ElectionKind::Unclean
        {
            found.push(
                warning(
                    elect.kind.span,
                    "An unclean election gives up what the new leader lacks.",
                )
                .labelled("loses records if the ISR is empty"),
            );
        }
    }
    found.dedup_by_key(|diagnostic| diagnostic.span);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    #[test]
    fn switched_on_or_run_by_hand_is_pointed_at() {
        let on = scene().topic(
            r#"partitions: 6, replicas: 3, settings: { "unclean.leader.election.enable": "true" }"#,
        );
        bites(&RULE, &on, "warning: \"true\"");
        bites(
            &RULE,
            &scene().does("ElectLeaders(Unclean)"),
            "warning: Unclean",
        );
    }

    #[test]
    fn the_default_is_fine() {
        spares(&RULE, &scene().does("ElectLeaders(Preferred)"));
    }
}
