//! The real command line for each action and gate, for the Kafka version at hand.
//!
//! A line is taken only if the release has the tool and every option in it ([`facts::check_command`]): [`first_taken`].
//! Hosts are called `broker-2` and `controller-101`; ports and paths are those of Kafka's own example files.

use facts::KafkaVersion;
use kafka::estate::{Estate, NodeSpec};
use kafka::ids::NodeIx;
use kafka::node::Binary;
use scenario::model::{
    Check, ConfigTarget, EditProperties, ElectLeaders, ElectionKind, SetConfig, Settings,
};

/// The name of a node's host in the commands.
pub(crate) fn host(node: &NodeSpec) -> String {
    if node.broker {
        format!("broker-{}", node.id)
    } else if !node.controller {
        format!("zookeeper-{}", node.id)
    } else {
        format!("controller-{}", node.id)
    }
}

/// `--bootstrap-server` of a tool that asks this broker, or the first one.
fn bootstrap(estate: &Estate, via: Option<NodeIx>) -> String {
    let node = via
        .map(|via| &estate.nodes[via as usize])
        .or_else(|| estate.nodes.iter().find(|node| node.broker))
        .map_or_else(|| "localhost".to_owned(), host);
    format!("--bootstrap-server {node}:9092")
}

/// The first of these lines that a release takes; what runs no tool of Kafka is always taken.
fn first_taken<const N: usize>(version: KafkaVersion, lines: [String; N]) -> Option<String> {
    let release = facts::of(&version.to_string()).ok()?;
    lines.into_iter().find(|line| {
        facts::check_command(line, release).is_none_or(|checked| !checked.is_refused())
    })
}

/// A command line that a tool does not take.
pub(crate) struct Refused {
    /// The tool.
    pub(crate) tool: String,
    /// Its exit code.
    pub(crate) exit: i32,
    /// What it prints.
    pub(crate) says: String,
    /// What is wrong, and what to type instead.
    pub(crate) why: String,
}

/// Why the tools of a release refuse a command; `None`: they take it, or it is none of Kafka's.
pub(crate) fn refused(version: KafkaVersion, line: &str) -> Option<Refused> {
    let release = facts::of(&version.to_string()).ok()?;
    let checked = facts::check_command(line, release).filter(|checked| checked.is_refused())?;
    // Every tool that was measured ends with 1; so does one that was not.
    const REFUSED: i32 = 1;
    let first = checked
        .problems
        .iter()
        .find(|problem| problem.fault.refuses())?;
    Some(Refused {
        exit: checked
            .answer
            .as_ref()
            .map_or(REFUSED, |answer| answer.exit),
        says: checked
            .answer
            .as_ref()
            .map_or_else(|| first.what.clone(), |answer| answer.text.clone()),
        why: first.to_string(),
        tool: checked.tool,
    })
}

/// A ZooKeeper server: a node that is neither.
fn is_zookeeper(node: &NodeSpec) -> bool {
    !node.broker && !node.controller
}

/// SIGTERM to the process of a node.
pub(crate) fn stop(node: &NodeSpec) -> String {
    if is_zookeeper(node) {
        "bin/zookeeper-server-stop.sh".to_owned()
    } else {
        "bin/kafka-server-stop.sh".to_owned()
    }
}

/// SIGKILL.
pub(crate) fn kill(node: &NodeSpec) -> String {
    if is_zookeeper(node) {
        "kill -9 $(pgrep -f QuorumPeerMain)".to_owned()
    } else {
        "kill -9 $(pgrep -f kafka.Kafka)".to_owned()
    }
}

/// The properties file of a role: 4.0 moved KRaft's examples out of `config/kraft` (KAFKA-17614); a broker in ZooKeeper mode has always
/// had `config/server.properties`.
fn properties(estate: &Estate, node: &NodeSpec, version: KafkaVersion) -> String {
    if is_zookeeper(node) {
        return "config/zookeeper.properties".to_owned();
    }
    if estate.zookeeper.is_some() {
        return "config/server.properties".to_owned();
    }
    let folder = if version.major >= 4 {
        "config"
    } else {
        "config/kraft"
    };
    let file = match (node.broker, node.controller) {
        (true, true) => "server",
        (true, false) => "broker",
        _ => "controller",
    };
    format!("{folder}/{file}.properties")
}

/// What is done while a node is down: another binary, other settings.
pub(crate) fn changes(
    estate: &Estate,
    node: &NodeSpec,
    from: KafkaVersion,
    to: KafkaVersion,
    settings: &Settings,
) -> Vec<String> {
    let mut lines = Vec::new();
    if from != to {
        lines.push(format!("ln -sfn kafka_2.13-{to} kafka   # was {from}"));
    }
    for (name, value) in settings {
        lines.push(format!(
            "# {}: {}={}",
            properties(estate, node, to),
            name.value,
            value.value
        ));
    }
    lines
}

/// What is written in the file of a node that runs on.
pub(crate) fn edits(
    estate: &Estate,
    node: &NodeSpec,
    version: KafkaVersion,
    edit: &EditProperties,
) -> Vec<String> {
    let file = properties(estate, node, version);
    let written = edit
        .settings
        .iter()
        .map(|(name, value)| format!("# {file}: {}={}", name.value, value.value));
    let taken_out = edit
        .remove
        .iter()
        .map(|name| format!("# {file}: the line {} is taken out", name.value));
    written.chain(taken_out).collect()
}

/// What is done while a node is down to make it what it was before the first step.
pub(crate) fn restored(estate: &Estate, node: &NodeSpec, now: &Binary) -> Vec<String> {
    let mut lines = Vec::new();
    if now.version != node.version {
        lines.push(format!(
            "ln -sfn kafka_2.13-{} kafka   # was {}",
            node.version, now.version
        ));
    }
    if now.settings != node.settings {
        let file = properties(estate, node, node.version);
        lines.push(format!("cp {file}.before {file}"));
    }
    lines
}

/// Starts a node.
pub(crate) fn start(estate: &Estate, node: &NodeSpec, version: KafkaVersion) -> String {
    let script = if is_zookeeper(node) {
        "zookeeper-server-start.sh"
    } else {
        "kafka-server-start.sh"
    };
    format!("bin/{script} -daemon {}", properties(estate, node, version))
}

/// `kafka-leader-election.sh`.
pub(crate) fn elect(estate: &Estate, elect: &ElectLeaders) -> String {
    let kind = match elect.kind.value {
        ElectionKind::Preferred => "preferred",
        ElectionKind::Unclean => "unclean",
    };
    let scope = match (&elect.topic, &elect.partition) {
        (Some(topic), Some(partition)) => {
            format!("--topic {} --partition {}", topic.value, partition.value)
        }
        (Some(topic), None) => format!("--path-to-json-file {}-partitions.json", topic.value),
        _ => "--all-topic-partitions".to_owned(),
    };
    format!(
        "bin/kafka-leader-election.sh {} --election-type {kind} {scope}",
        bootstrap(estate, None)
    )
}

/// `kafka-leader-election.sh` for the partitions that these nodes are preferred for.
pub(crate) fn elect_on(estate: &Estate, nodes: &[NodeIx]) -> String {
    format!(
        "bin/kafka-leader-election.sh {} --election-type preferred --path-to-json-file {}.json",
        bootstrap(estate, nodes.first().copied()),
        crate::words::nodes(estate, nodes).replace(' ', "-"),
    )
}

/// `kafka-features.sh`.
pub(crate) fn features(estate: &Estate, via: Option<NodeIx>, arguments: &str) -> String {
    format!(
        "bin/kafka-features.sh {} {arguments}",
        bootstrap(estate, via)
    )
}

/// `kafka-storage.sh format`.
pub(crate) fn format(
    estate: &Estate,
    node: &NodeSpec,
    version: KafkaVersion,
    release: Option<&str>,
) -> String {
    let release = release.map_or_else(String::new, |release| {
        format!(" --release-version {release}")
    });
    format!(
        "bin/kafka-storage.sh format --cluster-id $CLUSTER_ID --config {}{release}",
        properties(estate, node, version)
    )
}

/// `kafka-configs.sh`.
pub(crate) fn set(estate: &Estate, set: &SetConfig) -> String {
    let entity = match &set.on.value {
        ConfigTarget::Brokers => "--entity-type brokers --entity-default".to_owned(),
        ConfigTarget::Node(id) => format!("--entity-type brokers --entity-name {}", id.value),
        ConfigTarget::Topic(name) => format!("--entity-type topics --entity-name {}", name.value),
    };
    let pairs: Vec<String> = set
        .settings
        .iter()
        .map(|(name, value)| format!("{}={}", name.value, value.value))
        .collect();
    let mut line = format!(
        "bin/kafka-configs.sh {} --alter {entity}",
        bootstrap(estate, None)
    );
    if !pairs.is_empty() {
        line.push_str(&format!(" --add-config {}", pairs.join(",")));
    }
    if !set.remove.is_empty() {
        let names: Vec<&str> = set.remove.iter().map(|name| name.value.as_str()).collect();
        line.push_str(&format!(" --delete-config {}", names.join(",")));
    }
    line
}

/// What a person types to look at a gate.
pub(crate) fn look(
    estate: &Estate,
    version: KafkaVersion,
    check: &Check,
    via: Option<NodeIx>,
    at_hand: &[NodeIx],
) -> String {
    let bootstrap = bootstrap(estate, via);
    let topics = |option: &str| format!("bin/kafka-topics.sh {bootstrap} --describe {option}");
    let node = at_hand.first().map(|&node| &estate.nodes[node as usize]);
    match check {
        Check::UnderReplicated { .. } => topics("--under-replicated-partitions"),
        Check::UnderMinIsr { .. } => topics("--under-min-isr-partitions"),
        Check::AtMinIsr { .. } => topics("--at-min-isr-partitions"),
        Check::Offline { .. } => topics("--unavailable-partitions"),
        Check::PreferredLeaders { .. } => format!("bin/kafka-topics.sh {bootstrap} --describe"),
        Check::NoLeaders(_) => {
            format!(
                "bin/kafka-topics.sh {bootstrap} --describe | grep 'Leader: {}'",
                node.map_or(0, |node| node.id)
            )
        }
        Check::PortOpen(_) => {
            let port = if node.is_some_and(|node| !node.broker) {
                9093
            } else {
                9092
            };
            format!(
                "nc -z {} {port}",
                node.map_or_else(|| "localhost".to_owned(), host)
            )
        }
        Check::ProcessUp(_) => "pgrep -f kafka.Kafka".to_owned(),
        Check::AllBrokersUp => format!("bin/kafka-broker-api-versions.sh {bootstrap}"),
        Check::QuorumHealthy if estate.zookeeper.is_some() => {
            "for server in zookeeper-*; do echo ruok | nc $server 2181; done; bin/zookeeper-shell.sh localhost:2181 get /controller".to_owned()
        }
        Check::QuorumHealthy => first_taken(
            version,
            [
                format!("bin/kafka-metadata-quorum.sh {bootstrap} describe --replication"),
                "bin/zookeeper-shell.sh zookeeper:2181 get /controller".to_owned(),
            ],
        )
        .unwrap_or_else(|| "# no tool of this release asks the quorum".to_owned()),
        Check::Finalized { .. } => format!("bin/kafka-features.sh {bootstrap} describe"),
        Check::Versions { .. } => "readlink kafka   # on every host".to_owned(),
        Check::MetadataSnapshot => {
            "ls -l $LOG_DIR/__cluster_metadata-0/*.checkpoint   # on every host".to_owned()
        }
        Check::Lag { group, .. } => format!(
            "bin/kafka-consumer-groups.sh {bootstrap} --describe --group {}",
            group.value
        ),
        Check::LagGrown { group, .. } => format!(
            "bin/kafka-consumer-groups.sh {bootstrap} --describe --group {} | diff lag-before.txt -",
            group.value
        ),
        Check::Setting { name, .. } => format!(
            "bin/kafka-configs.sh {bootstrap} --describe --entity-type brokers --entity-name $ID --all | grep {}",
            name.value
        ),
        Check::BytesIn { topic, .. } => format!(
            "# kafka.server:type=BrokerTopicMetrics,name=BytesInPerSec,topic={} on every broker, added up",
            topic.value
        ),
        Check::WritesOk { producer, .. } => format!(
            "# latency of acknowledgements on the dashboard of {}",
            producer.value
        ),
    }
}

#[cfg(test)]
mod tests;
