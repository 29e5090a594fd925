//! `dryroll facts`.

use crate::support::dry;
use serde_json::Value;

#[test]
fn a_release_has_a_page() {
    dry(&["facts", "4.1.2"]).code(0).quiet().says("Kafka 4.1.2");
}

#[test]
fn two_releases_have_a_difference() {
    dry(&["facts", "diff", "3.9.2", "4.0.2"])
        .code(0)
        .quiet()
        .says("linger.ms (producer): 0 → 5");
}

#[test]
fn a_name_means_something_in_a_release() {
    dry(&["facts", "acks", "3.3.2"])
        .code(0)
        .quiet()
        .says("default   all");
    dry(&["facts", "3.3.2", "acks"])
        .code(0)
        .says("default   all");
}

#[test]
fn without_words_the_known_releases_are_listed() {
    dry(&["facts"]).code(0).quiet().says("4.1.2");
}

#[test]
fn json_has_a_format() {
    for words in [
        &["4.1.2"][..],
        &["diff", "3.9.2", "4.1.2"],
        &["acks", "3.3.2"],
        &[],
    ] {
        let words = [&["facts", "--json"], words].concat();
        let json: Value = serde_json::from_str(&dry(&words).code(0).quiet().out).expect("JSON");
        let format = json["format"].as_str().expect("it has a format");
        assert!(format.starts_with("dryroll-facts"), "{format}");
    }
}

#[test]
fn what_is_not_known_is_exit_2_with_the_nearest() {
    dry(&["facts", "9.9"])
        .code(2)
        .without_result()
        .complains("4.4");
    dry(&["facts", "acsk", "3.9"]).code(2).complains("acks");
    dry(&["facts", "diff", "3.9"])
        .code(2)
        .complains("two versions");
    dry(&["facts", "3.9.2", "4.1.2"])
        .code(2)
        .complains("dryroll facts diff 3.9.2 4.1.2");
    dry(&["facts", "linger.ms"])
        .code(2)
        .complains("dryroll facts linger.ms VERSION");
}

#[test]
fn tools_and_their_options_by_release() {
    dry(&["facts", "tools", "4.1.2"])
        .code(0)
        .quiet()
        .says("kafka-metadata-quorum.sh")
        .says("kafka-preferred-replica-election.sh to 2.8; instead: kafka-leader-election.sh");
    dry(&["facts", "tools", "3.9.2", "kafka-features"])
        .code(0)
        .quiet()
        .says("upgrade --release-version …         since 4.0; instead: --metadata X.Y");
    dry(&["facts", "tools", "3.9.2", "kafka-feature.sh"])
        .code(2)
        .complains("the nearest: kafka-features.sh");
    dry(&["facts", "tools"])
        .code(2)
        .complains("needs a version");
}

#[test]
fn a_command_line_is_answered_as_its_tool_does() {
    dry(&[
        "facts",
        "command",
        "3.9.2",
        "kafka-topics.sh --zookeeper zk:2181 --list",
    ])
    .code(0)
    .quiet()
    .says("--bootstrap-server HOST:9092")
    .says("with exit code 1")
    .says("zookeeper is not a recognized option");
    dry(&[
        "facts",
        "command",
        "2.8.2",
        "kafka-topics.sh --zookeeper zk:2181 --list",
    ])
    .code(0)
    .quiet()
    .says("kafka-topics.sh takes it");
    dry(&["facts", "command", "3.9.2"])
        .code(2)
        .complains("needs a version and a line");
}

#[test]
fn old_clients_and_new_brokers() {
    dry(&["facts", "client", "0.10.2", "4.1.2"])
        .code(0)
        .quiet()
        .says("Produce is sent in version 2")
        .says("nothing is read");
    dry(&["facts", "client", "2.8", "4.1.2"])
        .code(0)
        .quiet()
        .says("produce          works");
    dry(&["facts", "client", "0.7", "4.1.2"])
        .code(2)
        .complains("no facts on what clients and brokers of Kafka 0.7 say");
    dry(&["facts", "client", "2.8"])
        .code(2)
        .complains("needs the client's version and the brokers'");
}

#[test]
fn the_way_from_zookeeper_to_4() {
    dry(&["facts", "path", "2.8.2", "4.4.0"])
        .code(0)
        .quiet()
        .says("1. Roll to 3.9.2 in ZooKeeper mode (CP 7.9)")
        .says("2. Migrate to 3.9.2 in KRaft mode (CP 7.9)")
        .says("3. Roll to 4.4.0 in KRaft mode")
        .says("Java 17");
    dry(&["facts", "path", "cp7.8", "CP 8.1", "--kraft"])
        .code(0)
        .quiet()
        .says("From 3.8.1 in KRaft mode (CP 7.8)");
    dry(&["facts", "path", "4.1.2", "4.0.2"])
        .code(0)
        .quiet()
        .says("This is a way back");
    dry(&["facts", "path", "3.10", "4.1"])
        .code(2)
        .complains("the nearest: 3.9.2, 4.0.2");
    dry(&["facts", "path", "3.9"])
        .code(2)
        .complains("needs two versions");
    dry(&["facts", "4.1.2", "--kraft"])
        .code(2)
        .complains("go with `path`");
}
