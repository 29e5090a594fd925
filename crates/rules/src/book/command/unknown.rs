//! Tools and options that no version has.

use super::wrong;
use crate::book::prelude::*;
use facts::CommandFault;

pub(crate) static RULE: Rule = Rule {
    id: "K113",
    topic: Topic::Command,
    title: "Do not type what no version has",
    what: "The tool refuses it, in every version: `kafka-features.sh --upgrade-release-version` and `--finalize-upgrade` stand in guides and in no release, nor is there a kafka-metrics.sh.",
    why: "Guides are written from memory. \"Finalize\" is a word of the documentation; the command is `kafka-features.sh upgrade` with --metadata (3.3 to 3.9) or --release-version (4.0 and later).",
    instead: "Try each command of a runbook against the version at hand before the window: `dryroll check` does.",
    versions: Versions::ALL,
    sources: &["each tool's own help, 2.4.1 to 4.4.0"],
    explains: &["command-refused"],
    bites: Some("scenarios/finalize-command-of-a-course.ron"),
    spares: Some("scenarios/commands-of-this-version.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    wrong(
        case,
        &[
            CommandFault::UnknownTool,
            CommandFault::UnknownSubcommand,
            CommandFault::UnknownOption,
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    #[test]
    fn options_of_no_version_are_errors() {
        let scene = scene().does(
            r#"Command("kafka-features.sh --bootstrap-server controller:9093 --finalize-upgrade")"#,
        );
        let said = crate::testing::said(&RULE, &scene);
        assert!(
            said.iter()
                .any(|said| said.starts_with("error: --finalize-upgrade")),
            "{said:#?}"
        );
        let tool = self::scene().does(r#"Command("kafka-metrics.sh")"#);
        bites(&RULE, &tool, "error: kafka-metrics.sh");
    }

    #[test]
    fn the_real_command_is_fine() {
        spares(
            &RULE,
            &scene().does(r#"Command("kafka-features.sh --bootstrap-server broker-1:9092 upgrade --metadata 3.9")"#),
        );
    }
}
