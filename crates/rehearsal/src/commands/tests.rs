use super::*;
use scenario::Memory;
use scenario::model::{Action, Step};

/// A scenario whose runbook uses every action and every gate that shows a command.
const EVERYTHING: &str = r#"(
    about: "every command",
    estate: (
        clusters: { "prod": (
            kafka: "3.9.2", brokers: 3, controllers: 3,
            topics: { "orders": (partitions: 3, replicas: 3) },
        ) },
        producers: { "checkout": (to: "orders", rate: "10/s") },
        groups: { "billing": (reads: ["orders"]) },
    ),
    runbook: [
        (step: "roll", do: Roll(All, settings: { "num.io.threads": "9" }), between: [
            UnderReplicated(at_most: 0), UnderMinIsr(at_most: 0), AtMinIsr(at_most: 0), Offline(at_most: 0),
            PreferredLeaders(at_least: 90), NoLeaders, PortOpen, ProcessUp, AllBrokersUp, QuorumHealthy,
            Lag("billing", at_most: 10), WritesOk("checkout"),
        ]),
        (step: "all", do: ElectLeaders(Preferred)),
        (step: "topic", do: ElectLeaders(Preferred, topic: "orders")),
        (step: "one", do: ElectLeaders(Unclean, topic: "orders", partition: 1)),
        (step: "brokers", do: SetConfig(Brokers, settings: { "num.io.threads": "9" })),
        (step: "node", do: SetConfig(Node(1), settings: { "num.io.threads": "9" })),
        (step: "config", do: SetConfig(Topic("orders"), settings: { "min.insync.replicas": "2" })),
    ],
    contract: [Completes],
)"#;

fn steps() -> (Estate, Vec<Step>) {
    let read = scenario::read(&Memory::new().with("all.ron", EVERYTHING), "all.ron");
    let scenario = read
        .scenario
        .unwrap_or_else(|| panic!("{:?}", read.diagnostics));
    let built = crate::estate::build(&scenario).unwrap();
    (built.estate.as_ref().clone(), scenario.runbook)
}

/// Every line that a step shows when this release is at hand.
fn lines(estate: &Estate, steps: &[Step], version: KafkaVersion) -> Vec<String> {
    let mut lines = vec![
        stop(&estate.nodes[0]),
        kill(&estate.nodes[0]),
        elect_on(estate, &[0, 1]),
    ];
    for node in &estate.nodes {
        lines.push(start(estate, node, version));
        lines.extend(changes(
            estate,
            node,
            version,
            version,
            &Settings::default(),
        ));
    }
    for step in steps {
        for gate in step.between.iter() {
            lines.push(look(estate, version, &gate.check.value, Some(0), &[0]));
            lines.push(look(estate, version, &gate.check.value, None, &[]));
        }
        match &step.action.value {
            Action::ElectLeaders(elected) => lines.push(elect(estate, elected)),
            Action::SetConfig(setting) => lines.push(set(estate, setting)),
            _ => {}
        }
    }
    lines
}

#[test]
fn a_command_that_is_shown_exists_in_the_release_at_hand() {
    let (estate, steps) = steps();
    for release in facts::releases() {
        let mut tools = 0;
        for line in lines(&estate, &steps, release.version()) {
            if let Some(checked) = facts::check_command(&line, release) {
                assert!(
                    !checked.is_refused(),
                    "{release}: {line}: {:?}",
                    checked.problems
                );
                tools += 1;
            }
        }
        assert!(
            tools > 20,
            "{release}: only {tools} lines run a tool of Kafka"
        );
    }
}

#[test]
fn before_3_3_the_controller_is_looked_up_in_zookeeper() {
    let (estate, _) = steps();
    let line = |version| look(&estate, version, &Check::QuorumHealthy, None, &[]);
    assert!(line(KafkaVersion::new(2, 8, 2)).contains("zookeeper-shell.sh"));
    assert!(line(KafkaVersion::new(3, 9, 2)).contains("kafka-metadata-quorum.sh"));
}
