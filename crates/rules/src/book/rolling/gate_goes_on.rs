//! Gates that are ignored when they time out.

use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K007",
    topic: Topic::Rolling,
    title: "A gate that is overridden when its time is up is no gate",
    what: "The replicas need longer than the limit, and the roll takes down the next broker all the same.",
    why: "The longer catching up takes, the more certainly the limit passes: the gate opens exactly when it is needed. With `on_timeout: GoOn` the \
          roll then has no protection at all.",
    instead: "Use `on_timeout: Abort`, `Undo`, or `Ask(\"5m\")`: a person decides.",
    versions: Versions::ALL,
    sources: &["the language of dryroll: docs/language.md, on_timeout"],
    explains: &["no-isr-wait", "below-min-isr"],
    bites: Some("scenarios/gate-overridden.ron"),
    spares: Some("scenarios/crash-loop.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (moment, _, brokers) in case.broker_rolls() {
        let step = moment.step;
        if brokers.len() > 1
            && step.on_timeout.value == scenario::model::OnTimeout::GoOn
            && step.between.iter().any(sees_every_replica)
        {
            found.push(
                warning(
                    step.on_timeout.span,
                    "When the gate is not green in time, the next broker is taken down all the same.",
                )
                .labelled("goes on without its gate")
                .note("`Abort`, `Undo` and `Ask(\"5m\")` leave the cluster as safe as it is."),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    fn roll(what: &str) -> crate::testing::Scene {
        scene().runbook(&format!(
            r#"(step: "b", do: Roll(Brokers), between: [UnderReplicated(within: "1m")], on_timeout: {what})"#
        ))
    }

    #[test]
    fn going_on_is_pointed_at() {
        bites(&RULE, &roll("GoOn"), "warning: GoOn");
    }

    #[test]
    fn stopping_is_fine() {
        spares(&RULE, &roll("Abort"));
    }
}
