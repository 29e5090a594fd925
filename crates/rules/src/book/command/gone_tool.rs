//! Tools that are gone.

use super::wrong;
use crate::book::prelude::*;
use facts::CommandFault;

pub(crate) static RULE: Rule = Rule {
    id: "K110",
    topic: Topic::Command,
    title: "Do not type a tool that this version no longer has",
    what: "The shell answers \"No such file or directory\", in the middle of the maintenance window, and the step is not done.",
    why: "Scripts leave Kafka's bin folder with major releases: kafka-preferred-replica-election.sh went with 3.0, the ZooKeeper and MirrorMaker 1 scripts with 4.0.",
    instead: "Take the successor: kafka-leader-election.sh --election-type preferred instead of kafka-preferred-replica-election.sh.",
    versions: Versions::ALL,
    sources: &[
        "KIP-460, KIP-500",
        "bin/ of each release from 2.4.1 to 4.4.0",
    ],
    explains: &["command-refused"],
    bites: Some("scenarios/preferred-election-tool-is-gone.ron"),
    spares: Some("scenarios/commands-of-this-version.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    wrong(case, &[CommandFault::ToolGone, CommandFault::NoSuchClass])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    #[test]
    fn a_tool_that_went_is_an_error() {
        let scene = scene()
            .does(r#"Command("bin/kafka-preferred-replica-election.sh --zookeeper zk:2181")"#);
        bites(
            &RULE,
            &scene,
            "error: bin/kafka-preferred-replica-election.sh: Kafka 3.9.2",
        );
    }

    #[test]
    fn its_successor_is_fine() {
        let scene = scene().does(
            r#"Command("bin/kafka-leader-election.sh --bootstrap-server broker-1:9092 --election-type preferred --all-topic-partitions")"#,
        );
        spares(&RULE, &scene);
    }
}
