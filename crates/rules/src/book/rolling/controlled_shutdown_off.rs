//! `controlled.shutdown.enable=false`.

use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K014",
    topic: Topic::Rolling,
    title: "Leave controlled.shutdown.enable on",
    what: "Every restart is a crash to the cluster: leaders are elected only after the broker's session has ended or its connection is missed, and clients \
           wait meanwhile.",
    why: "With controlled.shutdown.enable=false the broker leaves without asking the controller to move its leaders. The setting is on by default; lines \
          that switch it off come from old configuration files.",
    instead: "Remove controlled.shutdown.enable=false from the brokers' configuration before the roll.",
    versions: Versions::ALL,
    sources: &["Kafka documentation, controlled.shutdown.enable"],
    explains: &[
        "killed-while-leading",
        "dead-follower-in-isr",
        "failover-wait",
    ],
    bites: Some("scenarios/rules/controlled-shutdown-off.ron"),
    spares: Some("scenarios/reference-roll.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let Some(stop) = case.first_stop_of_a_broker() else {
        return Vec::new();
    };
    let off = given(&case.cluster.settings, "controlled.shutdown.enable")
        .filter(|setting| setting.is("false"));
    off.and_then(|setting| setting.said)
        .map(|span| {
            warning(span, "Brokers leave without handing their leaders over.")
                .labelled("no controlled shutdown")
                .also(stop, "this stops brokers")
        })
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    #[test]
    fn switched_off_is_pointed_at() {
        let scene = scene()
            .cluster(r#"kafka: "3.9.2", brokers: 3, controllers: 3, settings: { "controlled.shutdown.enable": "false" }"#)
            .careful_roll();
        bites(&RULE, &scene, "warning: \"false\"");
    }

    #[test]
    fn the_default_is_fine() {
        spares(&RULE, &scene().careful_roll());
    }
}
