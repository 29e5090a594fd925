//! Gates that have less time than they must hold.

use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K006",
    topic: Topic::Rolling,
    title: "Give a gate more time than it must stay green",
    what: "The gate runs out of time although everything is well, and the runbook stops or undoes what it did.",
    why: "A gate must be green without a break for its `for:`. If its time limit is not longer, even a gate that is green at the first look is cut \
          off before it has held long enough.",
    instead: "Make `within:` several times as long as `for:` plus the time that catching up takes.",
    versions: Versions::ALL,
    sources: &["the language of dryroll: docs/language.md, gates"],
    explains: &["gate-timeout"],
    bites: Some("scenarios/gate-without-time.ron"),
    spares: Some("scenarios/first-roll.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for moment in case.moments() {
        let step = moment.step;
        for gate in step.before.iter().chain(&step.between).chain(&step.after) {
            let limit = gate.within.as_ref().or(step.within.as_ref());
            let Some(limit) = limit.filter(|limit| limit.value.0 < gate.for_.value.0) else {
                continue;
            };
            let between = step.between.iter().any(|other| std::ptr::eq(other, gate));
            let reached = !between || matches!(step.action.value, Action::Roll(_));
            if gate.forgotten.value || !reached {
                continue;
            }
            found.push(
                error(
                    limit.span,
                    format!(
                        "This gate has {} to be green for {}.",
                        nanos(limit.value.0),
                        nanos(gate.for_.value.0)
                    ),
                )
                .labelled("shorter than it must hold")
                .also(gate.for_.span, "it must hold for this long"),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    #[test]
    fn a_gate_that_cannot_be_green_in_time_is_an_error() {
        let scene = scene().runbook(
            r#"(step: "b", do: Roll(Brokers), between: [UnderReplicated(for: "1m", within: "30s")])"#,
        );
        bites(
            &RULE,
            &scene,
            "error: \"30s\": This gate has 30 s to be green for 1 min.",
        );
    }

    #[test]
    fn the_limit_of_the_step_counts_too() {
        let scene = scene().runbook(
            r#"(step: "b", do: Roll(Brokers), within: "20s", between: [UnderReplicated(for: "1m")])"#,
        );
        bites(&RULE, &scene, "error: \"20s\"");
    }

    #[test]
    fn enough_time_is_fine() {
        spares(&RULE, &scene().careful_roll());
    }
}
