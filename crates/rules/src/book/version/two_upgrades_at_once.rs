//! An upgrade and a change of settings in one roll.

use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K073",
    topic: Topic::Version,
    title: "Change the version or the settings, not both in one roll",
    what: "Something is wrong after the roll, and nobody knows which of the two changes did it; the undo of one is the undo of both.",
    why: "A roll is the unit of rolling back. Two changes in one roll can only be judged and undone together, and settings that the old version does not take \
          keep it from starting again.",
    instead: "Two rolls: first the binary, then the settings, each with its soak.",
    versions: Versions::ALL,
    sources: &[
        "seed practice: one change per window; Kafka documentation, upgrade notes (two rolling restarts)",
    ],
    explains: &[],
    bites: Some("scenarios/rules/version-and-setting-at-once.ron"),
    spares: Some("scenarios/upgrade-3.9-to-4.1.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (_, roll) in case.rolls() {
        // A pin belongs to the binary: it keeps the roll from being two changes.
        let first = roll
            .settings
            .keys()
            .find(|name| !PINS.contains(&name.value.as_str()));
        if let (Some(to), Some(first)) = (&roll.to, first) {
            found.push(
                warning(
                    first.span,
                    format!(
                        "This roll changes `{}` and the version at once.",
                        first.value
                    ),
                )
                .labelled("a second change")
                .also(to.span, "the first"),
            );
        }
    }
    found
}

/// Settings that hold the old behaviour while the binary changes.
const PINS: [&str; 2] = [
    "inter.broker.protocol.version",
    "log.message.format.version",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    #[test]
    fn both_at_once_are_pointed_at() {
        bites(
            &RULE,
            &scene().does(r#"Roll(Brokers, to: "4.1.2", settings: { "num.io.threads": 16 })"#),
            "warning: \"num.io.threads\": This roll changes `num.io.threads` and the version at once.",
        );
    }

    #[test]
    fn one_at_a_time_is_fine() {
        spares(&RULE, &scene().does(r#"Roll(Brokers, to: "4.1.2")"#));
        spares(
            &RULE,
            &scene().does(r#"Roll(Brokers, settings: { "num.io.threads": 16 })"#),
        );
    }
}
