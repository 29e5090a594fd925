//! What works today.

use super::wrong;
use crate::book::prelude::*;
use facts::CommandFault;

pub(crate) static RULE: Rule = Rule {
    id: "K115",
    topic: Topic::Command,
    title: "Replace deprecated options before the version that drops them",
    what: "The line works and prints a warning. After the next major upgrade the same runbook is refused.",
    why: "An option is called deprecated at least a year before it goes. `kafka-features.sh --metadata` is, since 4.0.",
    instead: "Type what takes its place; the warning of the tool names it.",
    versions: Versions::ALL,
    sources: &["KIP-1022", "each tool's own help, 2.4.1 to 4.4.0"],
    explains: &[],
    bites: Some("scenarios/rules/deprecated-option.ron"),
    spares: Some("scenarios/commands-of-this-version.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    wrong(case, &[CommandFault::Deprecated])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    fn features(option: &str) -> crate::testing::Scene {
        scene()
            .cluster(r#"kafka: "4.1.2", brokers: 3, controllers: 3"#)
            .does(&format!(r#"Command("kafka-features.sh --bootstrap-server broker-1:9092 upgrade {option} 4.1")"#))
    }

    #[test]
    fn a_deprecated_option_is_pointed_at() {
        bites(
            &RULE,
            &features("--metadata"),
            "warning: --metadata: Kafka 4.1.2",
        );
    }

    #[test]
    fn its_successor_is_fine() {
        spares(&RULE, &features("--release-version"));
    }
}
