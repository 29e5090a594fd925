//! The same language with what Kafka's own classes say.

use super::{SOUND, changed, problems};
use crate::loader::Memory;
use crate::read::read;
use crate::starter;

fn wrong(text: &str) -> Vec<String> {
    let read = read(&Memory::new().with("main.ron", text), "main.ron");
    problems(&read.diagnostics, &read.sources)
}

#[test]
fn the_sound_file_and_the_starter_are_sound_in_real_kafka() {
    assert_eq!(wrong(SOUND), Vec::<String>::new());
    assert_eq!(wrong(starter::TEXT), Vec::<String>::new());
}

#[test]
fn a_slip_in_a_setting_is_mended() {
    assert_eq!(
        wrong(&changed(
            "replicas: 3",
            "replicas: 3, settings: { \"min.insync.replica\": 2 }"
        )),
        [
            "\"min.insync.replica\" | Kafka 3.9.2 has no topic setting `min.insync.replica`. → \"min.insync.replicas\""
        ]
    );
}

#[test]
fn settings_of_all_classes_are_known() {
    let text = SOUND
        .replace("replicas: 3", "replicas: 3, settings: { \"min.insync.replicas\": 2, \"retention.ms\": -1, \"cleanup.policy\": \"compact,delete\" }")
        .replace("rate:", "settings: { \"acks\": \"all\", \"linger.ms\": 5, \"enable.idempotence\": false }, rate:")
        .replace("members: 3", "members: 3, settings: { \"session.timeout.ms\": 45000, \"auto.offset.reset\": \"earliest\" }")
        .replace("racks:", "settings: { \"broker.session.timeout.ms\": 9000, \"num.recovery.threads.per.data.dir\": 2 }, racks:");
    assert_eq!(wrong(&text), Vec::<String>::new());
}

#[test]
fn values_that_kafka_refuses_are_refused() {
    assert_eq!(
        wrong(&changed("rate:", "settings: { \"acks\": 2 }, rate:")),
        ["2 | Kafka 3.9.2 would refuse `2` for `acks`."]
    );
}

#[test]
fn a_setting_that_is_gone_says_until_when_it_was_there() {
    let read = read(
        &Memory::new().with(
            "main.ron",
            changed(
                "Brokers, to: \"4.1.2\"",
                "Brokers, to: \"4.1.2\", settings: { \"zookeeper.connect\": \"x\" }",
            ),
        ),
        "main.ron",
    );
    assert_eq!(
        read.diagnostics[0].message,
        "Kafka 4.1.2 has no broker setting `zookeeper.connect`."
    );
    assert_eq!(read.diagnostics[0].label, "it existed up to Kafka 3.9.2");
}

#[test]
fn a_command_that_the_release_does_not_have_is_a_warning_at_its_word() {
    let command = |line: &str| wrong(&changed("Wait(\"1h\")", &format!("Command({line:?})")));
    assert_eq!(
        command("kafka-topics.sh --zookeeper zk:2181 --list"),
        [
            "--zookeeper | In Kafka 4.1.2 this does not work: `kafka-topics.sh --zookeeper` went with 3.0: the last release that has it is 2.8.2."
        ]
    );
    assert_eq!(command("systemctl stop kafka"), Vec::<String>::new());
    assert_eq!(
        command("kafka-features.sh --bootstrap-server b:9092 upgrade --metadata 3.9"),
        Vec::<String>::new()
    );
    let of_another = changed(
        "Wait(\"1h\")",
        "Command(\"kafka-preferred-replica-election.sh\", tools: \"3.0\")",
    );
    assert_eq!(
        wrong(&of_another),
        [
            "kafka-preferred-replica-election.sh | In Kafka 3.0.2 this does not work: `kafka-preferred-replica-election.sh` is gone: the last release that has it is 2.8.2."
        ]
    );
}

#[test]
fn clients_can_be_older_than_any_broker() {
    let producer =
        |version: &str| wrong(&SOUND.replace("rate:", &format!("kafka: \"{version}\", rate:")));
    assert_eq!(producer("0.10.2.2"), Vec::<String>::new());
    assert_eq!(producer("1.1"), Vec::<String>::new());
    assert_eq!(
        producer("0.7.1"),
        ["\"0.7.1\" | Kafka 0.7.1 is not known here. → \"2.4.1\""]
    );
}
