//! Tools and options of later versions.

use super::wrong;
use crate::book::prelude::*;
use facts::CommandFault;

pub(crate) static RULE: Rule = Rule {
    id: "K112",
    topic: Topic::Command,
    title: "Do not type what only a later version has",
    what: "The tool refuses an option that the documentation of the newest version shows.",
    why: "Documentation is read of the newest release, commands are typed on the old one: --bootstrap-controller exists from 3.7 on, kafka-features.sh upgrade --release-version from 4.0, \
          kafka-metadata-quorum.sh from 3.3, subcommands of kafka-features.sh from 3.3.",
    instead: "Read the documentation of the version at hand, or type with the tools of the newer package (`tools:`).",
    versions: Versions::ALL,
    sources: &[
        "KIP-919, KIP-1022, KIP-836, KIP-778",
        "each tool's own help, 2.4.1 to 4.4.0",
    ],
    explains: &["command-refused"],
    bites: Some("scenarios/command-release-version-before-4.0.ron"),
    spares: Some("scenarios/commands-of-this-version.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    wrong(
        case,
        &[
            CommandFault::ToolNotYet,
            CommandFault::SubcommandNotYet,
            CommandFault::OptionNotYet,
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    const LINE: &str =
        "bin/kafka-features.sh --bootstrap-server broker-1:9092 upgrade --release-version 4.1";

    #[test]
    fn an_option_of_later_versions_is_an_error() {
        bites(
            &RULE,
            &scene().does(&format!(r#"Command("{LINE}")"#)),
            "error: --release-version: Kafka 3.9.2",
        );
    }

    #[test]
    fn with_the_newer_tools_it_is_fine() {
        spares(
            &RULE,
            &scene().does(&format!(r#"Command("{LINE}", tools: "4.1.2")"#)),
        );
    }
}
