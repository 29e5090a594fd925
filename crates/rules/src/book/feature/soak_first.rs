//! Finalizing at once.

use super::{place, upgrades};
use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K091",
    topic: Topic::Feature,
    title: "Soak the new binaries before you finalize: it is the last moment to turn back",
    what: "A fault of the new version shows an hour after the upgrade, and the old binaries no longer start: they do not support the finalized levels.",
    why: "Until features are finalized the cluster speaks the old formats, and every node can go back to the old version. Afterwards a node runs only with a version whose \
          ranges hold every finalized level.",
    instead: "Put a `Wait` of hours or days, with gates on lag and errors, between the last roll and the finalizing step.",
    versions: Versions::since(3, 3),
    sources: &[
        "Kafka documentation, upgrade notes: finalize after the behaviour was verified",
        "ClusterControlManager.registerBroker",
    ],
    explains: &["level-not-supported"],
    bites: Some("scenarios/roll-back-after-finalize.ron"),
    spares: Some("scenarios/upgrade-3.9-to-4.1-finalized.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (moment, features, _) in upgrades(case) {
        let before: Vec<&Moment<'_>> = case
            .moments()
            .iter()
            .take_while(|other| !std::ptr::eq(other.step, moment.step))
            .collect();
        let rolled = before.iter().rposition(
            |other| matches!(&other.step.action.value, Action::Roll(roll) if roll.to.is_some()),
        );
        let Some(rolled) = rolled else { continue };
        let waits = before[rolled..].iter().any(|other| {
            matches!(
                other.step.action.value,
                Action::Wait(_) | Action::Approve { .. }
            ) || other.step.after.iter().any(|gate| gate.for_.value.0 > 0)
        });
        let asks = moment.step.before.iter().any(|gate| gate.for_.value.0 > 0);
        if !waits && !asks {
            found.push(
                warning(place(features, moment), "This finalizes right after the roll: there is no way back from here.")
                    .labelled("no soak")
                    .also(before[rolled].step.action.span, "the roll")
                    .note("A step `Wait(\"24h\")` in between is cheap; the old binaries do not start afterwards."),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    fn with(between: &str) -> crate::testing::Scene {
        scene().runbook(&format!(
            r#"(step: "roll", do: Roll(All, to: "4.1.2", order: ControllersFirst)), {between} (step: "finalize", do: UpgradeFeatures(release: "4.1"))"#
        ))
    }

    #[test]
    fn at_once_is_pointed_at() {
        bites(
            &RULE,
            &with(""),
            "warning: \"4.1\": This finalizes right after the roll",
        );
    }

    #[test]
    fn after_a_soak_it_is_fine() {
        spares(&RULE, &with(r#"(step: "soak", do: Wait("24h")),"#));
    }
}
