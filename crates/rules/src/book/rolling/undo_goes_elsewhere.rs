//! Undos that lead to another version.

use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K017",
    topic: Topic::Rolling,
    title: "An undo leads back to where the step began",
    what: "The undo leaves the nodes at a version that they never had before, untested, in the middle of an incident.",
    why: "An undo is run when something is wrong and nobody has time to think. It restores a known good state only if it names the version that the nodes \
          had when the step began.",
    instead: "Name the version that the nodes had before the step, and rehearse the undo.",
    versions: Versions::ALL,
    sources: &[
        "Kafka documentation, upgrade notes: going back to the previous release",
        "the language of dryroll: docs/language.md, undo",
    ],
    explains: &[],
    bites: Some("scenarios/rules/undo-elsewhere.ron"),
    spares: Some("scenarios/first-roll.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (moment, roll) in case.rolls() {
        let Some(undo) = &moment.step.undo else {
            continue;
        };
        let Action::Roll(back) = &undo.value else {
            continue;
        };
        if back.back {
            // `RollBack` knows what was there before.
            continue;
        }
        let rolled = case.chosen(&roll.nodes.value, moment);
        let was = |id: &NodeId| moment.before.get(id).map(|node| node.version.to_string());
        let versions: std::collections::BTreeSet<String> = rolled.iter().filter_map(was).collect();
        match (&roll.to, &back.to) {
            (Some(to), Some(there))
                if !versions.contains(&there.value.0) && !versions.is_empty() =>
            {
                let versions: Vec<String> = versions.into_iter().collect();
                found.push(
                    warning(
                        there.span,
                        format!(
                            "This undo goes to {}, and the nodes had {} before.",
                            there.value.0,
                            words::list(&versions)
                        ),
                    )
                    .labelled("another version than before")
                    .also(to.span, "what is undone")
                    .suggest(
                        "go back to what was there",
                        there.span,
                        format!("\"{}\"", versions[0]),
                    ),
                );
            }
            (Some(to), None) => found.push(
                warning(
                    undo.span,
                    "This undo restarts the nodes and leaves the new version on them.",
                )
                .labelled("does not say to which version")
                .also(to.span, "what is to be undone"),
            ),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    fn undo(to: &str) -> crate::testing::Scene {
        scene().runbook(&format!(
            r#"(step: "b", do: Roll(Brokers, to: "4.1.2"), undo: Roll(Brokers{to}))"#
        ))
    }

    #[test]
    fn another_version_is_pointed_at() {
        bites(
            &RULE,
            &undo(r#", to: "3.8.1""#),
            "warning: \"3.8.1\": This undo goes to 3.8.1",
        );
        bites(&RULE, &undo(""), "warning: Roll(Brokers)");
    }

    #[test]
    fn the_old_version_is_fine() {
        spares(&RULE, &undo(r#", to: "3.9.2""#));
    }
}
