//! Tools that only show what they would do.

use super::lines;
use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K116",
    topic: Topic::Command,
    title: "Resetting offsets does nothing without --execute",
    what: "The tool prints the new offsets and changes none. The group goes on where it was, and everybody believes it was moved.",
    why: "`kafka-consumer-groups.sh --reset-offsets` is a dry run by default (KIP-122), and refuses a group that has members.",
    instead: "Add --execute, stop the group first, and look at the offsets afterwards.",
    versions: Versions::ALL,
    sources: &["KIP-122; ConsumerGroupCommandOptions"],
    explains: &[],
    bites: Some("scenarios/rules/reset-without-execute.ron"),
    spares: Some("scenarios/commands-of-this-version.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    lines(case)
        .filter(|(typed, _)| {
            let has = |option: &str| {
                typed
                    .line
                    .value
                    .split_whitespace()
                    .any(|word| word == option)
            };
            typed.line.value.contains("kafka-consumer-groups")
                && has("--reset-offsets")
                && !["--execute", "--dry-run", "--export"]
                    .iter()
                    .any(|option| has(option))
        })
        .map(|(typed, _)| {
            warning(
                typed.line.span,
                "This shows the new offsets and changes none.",
            )
            .labelled("no --execute")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    fn reset(more: &str) -> crate::testing::Scene {
        scene().does(&format!(
            r#"Command("kafka-consumer-groups.sh --bootstrap-server broker-1:9092 --group billing --reset-offsets --to-latest --topic orders{more}")"#
        ))
    }

    #[test]
    fn a_dry_run_by_accident_is_pointed_at() {
        bites(&RULE, &reset(""), "warning: ");
    }

    #[test]
    fn with_execute_it_is_meant() {
        spares(&RULE, &reset(" --execute"));
    }
}
