//! Lines that lack something.

use super::wrong;
use crate::book::prelude::*;
use facts::CommandFault;

pub(crate) static RULE: Rule = Rule {
    id: "K114",
    topic: Topic::Command,
    title: "Tell the tool whom to ask and what to do",
    what: "The tool prints its usage: a server, a subcommand or a value is missing, or an option stands on the wrong side of its subcommand.",
    why: "Every admin tool needs --bootstrap-server (or --bootstrap-controller). Of kafka-features.sh, kafka-metadata-quorum.sh and kafka-storage.sh the options of the tool come before the \
          subcommand and those of the subcommand after it. Some upgrade notes of 3.x print the command without a server.",
    instead: "`kafka-features.sh --bootstrap-server HOST:9092 upgrade --metadata 3.9`.",
    versions: Versions::ALL,
    sources: &[
        "each tool's own parser, 2.4.1 to 4.4.0",
        "Kafka pull request 19160 (the missing server in the documentation)",
    ],
    explains: &["command-refused"],
    bites: Some("scenarios/command-without-server.ron"),
    spares: Some("scenarios/commands-of-this-version.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    wrong(
        case,
        &[
            CommandFault::MissingServer,
            CommandFault::MissingSubcommand,
            CommandFault::MissingValue,
            CommandFault::OptionMisplaced,
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{said, scene, spares};

    #[test]
    fn a_missing_server_is_an_error() {
        let said = said(
            &RULE,
            &scene().does(r#"Command("kafka-features.sh upgrade --metadata 3.9")"#),
        );
        assert!(
            said.len() == 1 && said[0].starts_with("error: "),
            "{said:#?}"
        );
    }

    #[test]
    fn a_whole_line_is_fine() {
        spares(
            &RULE,
            &scene().does(r#"Command("kafka-topics.sh --bootstrap-server broker-1:9092 --list")"#),
        );
    }
}
