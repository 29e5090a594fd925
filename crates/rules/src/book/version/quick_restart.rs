//! Restarts that are too quick for 4.0 and later.

use crate::book::prelude::*;

/// How often the controller looks for ended sessions, at most, in ms: a tenth of the session would be finer; half of it was observed. *Assumed.*
const LOOKS_EVERY: u64 = 4_500;

pub(crate) static RULE: Rule = Rule {
    id: "K072",
    topic: Topic::Version,
    title: "Since 4.0 a broker that restarts quickly may have to wait for its old session",
    what: "The restarted broker is refused for some seconds (DUPLICATE_BROKER_REGISTRATION) and tries again. A script that gives a start less than its session \
           time-out calls it failed.",
    why: "4.0 keeps the session of a broker that was fenced by a clean stop until it has run out. A new incarnation with the same id is refused while the old session \
          counts.",
    instead: "Give a start more than 15 s before you call it failed. Nothing else needs to be done.",
    versions: Versions::since(4, 0),
    sources: &[
        "KAFKA-17793",
        "observed: quick restarts of 4.1.2 (observed/README.md)",
    ],
    explains: &["session-kept"],
    bites: Some("scenarios/quick-restart-4.1.ron"),
    spares: Some("scenarios/roll-six-brokers-racks-4.1.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let session = case
        .broker_setting("broker.session.timeout.ms")
        .and_then(|setting| setting.number())
        .unwrap_or(0);
    let longest = session
        .saturating_add(LOOKS_EVERY)
        .saturating_mul(1_000_000);
    let mut found = Vec::new();
    for two in case.moments().windows(2) {
        let (Action::Stop(stopped), Action::Start(start)) =
            (&two[0].step.action.value, &two[1].step.action.value)
        else {
            continue;
        };
        let stopped = case.chosen(stopped, &two[0]);
        let again = case.chosen(&start.nodes.value, &two[1]);
        let new = |id: &NodeId| {
            stopped.contains(id)
                && two[1]
                    .after
                    .get(id)
                    .is_some_and(|node| node.broker && node.version.major >= 4)
        };
        let Some(limit) = two[1]
            .step
            .within
            .as_ref()
            .filter(|limit| limit.value.0 < longest)
        else {
            continue;
        };
        if again.iter().any(new) {
            found.push(
                warning(
                    limit.span,
                    format!(
                        "A broker that was just stopped may be refused until its session of {} is over.",
                        millis(session)
                    ),
                )
                .labelled("may be too short for 4.0 and later")
                .also(two[0].step.action.span, "stopped right before"),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    fn restart(version: &str, within: &str) -> crate::testing::Scene {
        scene()
            .cluster(&format!(
                r#"kafka: "{version}", brokers: 3, controllers: 3"#
            ))
            .runbook(&format!(
                r#"(step: "a", do: Stop([2])), (step: "b", do: Start([2]), within: "{within}")"#
            ))
    }

    #[test]
    fn a_short_limit_is_pointed_at() {
        bites(&RULE, &restart("4.1.2", "8s"), "warning: \"8s\"");
    }

    #[test]
    fn enough_time_or_3_9_is_fine() {
        spares(&RULE, &restart("4.1.2", "30s"));
        spares(&RULE, &restart("3.9.2", "8s"));
    }
}
