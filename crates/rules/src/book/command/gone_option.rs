//! Options that are gone.

use super::wrong;
use crate::book::prelude::*;
use facts::CommandFault;

pub(crate) static RULE: Rule = Rule {
    id: "K111",
    topic: Topic::Command,
    title: "Do not type an option that this version no longer has",
    what: "The tool prints its usage and does nothing: \"zookeeper is not a recognized option\".",
    why: "Options go with major releases. --zookeeper went from kafka-topics.sh and kafka-reassign-partitions.sh with 3.0 and from kafka-configs.sh with 4.0; \
          --broker-list of the console producer and others went with 4.0.",
    instead: "Say `--bootstrap-server HOST:9092`; `dryroll facts TOOL VERSION` lists what a tool takes.",
    versions: Versions::ALL,
    sources: &[
        "Kafka documentation, upgrade notes of 3.0 and 4.0",
        "each tool's own help, 2.4.1 to 4.4.0",
    ],
    explains: &["command-refused"],
    bites: Some("scenarios/command-zookeeper-option-gone.ron"),
    spares: Some("scenarios/commands-of-this-version.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    wrong(
        case,
        &[CommandFault::OptionGone, CommandFault::SubcommandGone],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    #[test]
    fn an_option_that_went_is_an_error() {
        let scene = scene().does(r#"Command("bin/kafka-topics.sh --zookeeper zk:2181 --list")"#);
        bites(&RULE, &scene, "error: --zookeeper: Kafka 3.9.2");
    }

    #[test]
    fn its_successor_is_fine() {
        spares(
            &RULE,
            &scene()
                .does(r#"Command("bin/kafka-topics.sh --bootstrap-server broker-1:9092 --list")"#),
        );
    }
}
