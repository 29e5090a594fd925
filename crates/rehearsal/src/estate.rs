//! From what the file says there is to what the world is built from: every node with its version and settings, every topic with
//! its assignment, every client.

pub mod levels;
mod placement;

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::Span as Duration;
use facts::KafkaVersion;
use kafka::behaviour::{ClientBehaviour, NodeBehaviour};
use kafka::config::{BadSetting, ConsumerConfig, NodeConfig, ProducerConfig, TopicConfig};
use kafka::estate::{Ensemble, Estate, GroupSpec, NodeSpec, ProducerSpec, TopicSpec};
use scenario::Scenario;
use scenario::model::{Cluster, Disk, Nanos, Settings, Span, Spanned};

/// The topic with the offsets of consumer groups.
pub const OFFSETS_TOPIC: &str = "__consumer_offsets";

/// Something in the file that cannot be rehearsed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Where the file says it.
    pub span: Span,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What to do, what is allowed.
    pub notes: Vec<String>,
}

/// The estate made ready.
#[derive(Clone, Debug)]
pub struct Built {
    /// The name of the cluster.
    pub cluster: String,
    /// What the world is built from.
    pub estate: Arc<Estate>,
}

fn problem(span: Span, message: impl Into<String>) -> Problem {
    Problem {
        span,
        message: message.into(),
        notes: Vec::new(),
    }
}

/// A span of the file as a span of the engine.
pub(crate) fn duration(nanos: Nanos) -> Duration {
    Duration::nanos(nanos.0)
}

/// The settings as plain text.
pub(crate) fn plain(settings: &Settings) -> BTreeMap<String, String> {
    settings
        .iter()
        .map(|(name, value)| (name.value.clone(), value.value.clone()))
        .collect()
}

/// Where a setting stands, for a message about it.
fn place_of(bad: &BadSetting, lists: &[&Settings], otherwise: Span) -> Span {
    lists
        .iter()
        .flat_map(|list| list.iter())
        .find(|(name, _)| name.value == bad.name)
        .map_or(otherwise, |(_, value)| value.span)
}

fn version(name: &Spanned<scenario::model::VersionName>) -> Result<KafkaVersion, Problem> {
    let release =
        facts::of(&name.value.0).map_err(|unknown| problem(name.span, unknown.to_string()))?;
    let _ = release;
    name.value.0.parse().map_err(|_| {
        problem(
            name.span,
            format!("`{}` is not a Kafka version.", name.value.0),
        )
    })
}

/// The version of a client library; also one from before the oldest brokers.
fn client_version(name: &Spanned<scenario::model::VersionName>) -> Result<KafkaVersion, Problem> {
    facts::speaker(&name.value.0)
        .map(|client| client.version())
        .map_err(|unknown| problem(name.span, unknown.to_string()))
}

/// The release whose classes say the defaults of a client: the oldest that was asked, for those before it.
fn declared(client: KafkaVersion) -> KafkaVersion {
    client.max(facts::releases()[0].version())
}

/// What clients before 2.4 take otherwise where a file sets nothing: `retries` is 0 before 2.1 (KIP-91).
fn old_defaults(
    client: KafkaVersion,
    mut settings: BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    if client < KafkaVersion::new(2, 1, 0) {
        settings
            .entry("retries".to_owned())
            .or_insert_with(|| "0".to_owned());
    }
    settings
}

/// Makes the estate of a scenario ready.
///
/// # Errors
/// What cannot be rehearsed: more than one cluster, several log directories, settings that contradict each other.
pub fn build(scenario: &Scenario) -> Result<Built, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut clusters = scenario.estate.clusters.iter();
    let Some((name, cluster)) = clusters.next() else {
        return Err(vec![problem(
            scenario.about.span,
            "There is no cluster to rehearse with.",
        )]);
    };
    if let Some((second, _)) = clusters.next() {
        return Err(vec![Problem {
            notes: vec!["Links between clusters are not rehearsed yet (LIMITS.md); keep one cluster in a file.".to_owned()],
            ..problem(second.span, format!("`{}` is a second cluster.", second.value))
        }]);
    }
    let nodes = nodes(cluster)?;
    let voters = (0..nodes.len() as u32)
        .filter(|&at| nodes[at as usize].controller)
        .collect();
    let levels = levels::of(cluster, &nodes)?;
    let zookeeper = match ensemble(cluster, &nodes) {
        Ok(found) => found,
        Err(found) => return Err(vec![found]),
    };
    let topics = topics(scenario, cluster, &nodes, &mut problems);
    let producers = producers(scenario, cluster, &nodes, &topics, &mut problems);
    let groups = groups(scenario, cluster, &topics, &mut problems);
    if !problems.is_empty() {
        problems.sort();
        return Err(problems);
    }
    let estate = Estate {
        nodes,
        voters,
        topics,
        producers,
        groups,
        latency: duration(cluster.latency.value),
        client_latency: duration(cluster.client_latency.value),
        shrink_bumps_leader_epoch: levels::shrinks_bump(&levels) || zookeeper.is_some(),
        eligible_leader_replicas: levels::has_elr(&levels) && zookeeper.is_none(),
        levels,
        zookeeper,
    };
    Ok(Built {
        cluster: name.value.clone(),
        estate: Arc::new(estate),
    })
}

/// The ZooKeeper servers, in a cluster that has some.
fn ensemble(cluster: &Cluster, nodes: &[NodeSpec]) -> Result<Option<Ensemble>, Problem> {
    let Some(zookeeper) = &cluster.zookeeper else {
        return Ok(None);
    };
    let at = |id: u32| nodes.iter().position(|node| node.id == id);
    let late = nodes
        .iter()
        .find(|node| node.broker && node.version.major >= 4);
    if let Some(node) = late {
        return Err(Problem {
            notes: vec![
                "3.9 is the last release with ZooKeeper mode: give `controllers` instead of `zookeeper`.".to_owned(),
            ],
            ..problem(
                cluster.kafka.span,
                format!("Kafka {} has no ZooKeeper mode.", node.version),
            )
        });
    }
    Ok(Some(Ensemble {
        servers: cluster
            .zookeeper_ids()
            .into_iter()
            .filter_map(at)
            .map(|at| at as u32)
            .collect(),
        controller: zookeeper
            .controller
            .as_ref()
            .and_then(|id| at(id.value))
            .map(|at| at as u32),
    }))
}

fn nodes(cluster: &Cluster) -> Result<Vec<NodeSpec>, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut nodes = Vec::new();
    let brokers = cluster.broker_ids();
    let controllers = cluster.controller_ids();
    for id in cluster.node_ids() {
        let own = cluster
            .nodes
            .iter()
            .find(|(node, _)| node.value == id)
            .map(|(_, node)| node);
        let named = own
            .and_then(|own| own.kafka.as_ref())
            .unwrap_or(&cluster.kafka);
        let version = match version(named) {
            Ok(version) => version,
            Err(found) => {
                problems.push(found);
                continue;
            }
        };
        let mut settings = plain(&cluster.settings);
        if let Some(own) = own {
            settings.extend(plain(&own.settings));
        }
        let config = match NodeConfig::read(version, &settings) {
            Ok(config) => config,
            Err(bad) => {
                let mut lists = vec![&cluster.settings];
                lists.extend(own.map(|own| &own.settings));
                lists.reverse();
                let span = place_of(&bad, &lists, cluster.kafka.span);
                problems.push(problem(
                    span,
                    format!("`{}` cannot be {}: {}.", bad.name, bad.value, bad.problem),
                ));
                continue;
            }
        };
        let disk: &Disk = own
            .and_then(|own| own.disk.as_ref())
            .unwrap_or(&cluster.disk);
        if disk.dirs.value != 1 {
            problems.push(Problem {
                notes: vec!["Write `dirs: 1`; JBOD is not rehearsed yet (LIMITS.md).".to_owned()],
                ..problem(
                    disk.dirs.span,
                    "A broker with several log directories cannot be rehearsed yet.",
                )
            });
        }
        let place = brokers.iter().position(|broker| *broker == id);
        let rack = match own.and_then(|own| own.rack.as_ref()) {
            Some(rack) => Some(rack.value.clone()),
            None => place
                .filter(|_| !cluster.racks.is_empty())
                .map(|place| cluster.racks[place % cluster.racks.len()].value.clone()),
        };
        nodes.push(NodeSpec {
            id,
            broker: place.is_some(),
            controller: controllers.contains(&id),
            rack,
            version,
            behaviour: NodeBehaviour::of(version),
            config,
            settings,
            disk_write: disk.write.value.0.max(1),
            disk_read: disk.read.value.0.max(1),
            disk_size: disk.size.value.0,
            network: cluster.network.value.0.max(1),
            process_start: duration(
                own.and_then(|own| own.process_start.as_ref())
                    .unwrap_or(&cluster.process_start)
                    .value,
            ),
            process_stop: duration(cluster.process_stop.value),
            recovery_rate: cluster
                .recovery_rate
                .as_ref()
                .map_or(disk.read.value.0, |rate| rate.value.0)
                .max(1),
        });
    }
    nodes.sort_by_key(|node| node.id);
    if problems.is_empty() {
        Ok(nodes)
    } else {
        Err(problems)
    }
}

fn topics(
    scenario: &Scenario,
    cluster: &Cluster,
    nodes: &[NodeSpec],
    problems: &mut Vec<Problem>,
) -> Vec<TopicSpec> {
    let at = |id: u32| {
        nodes
            .iter()
            .position(|node| node.id == id)
            .map(|at| at as u32)
    };
    let Some(broker) = nodes.iter().find(|node| node.broker) else {
        return Vec::new();
    };
    let places: Vec<(u32, Option<&str>)> = nodes
        .iter()
        .enumerate()
        .filter(|(_, node)| node.broker)
        .map(|(at, node)| (at as u32, node.rack.as_deref()))
        .collect();
    let mut topics = Vec::new();
    for (name, topic) in &cluster.topics {
        let config =
            match TopicConfig::read(broker.version, &plain(&topic.settings), &broker.config) {
                Ok(config) => config,
                Err(bad) => {
                    let span = place_of(&bad, &[&topic.settings, &cluster.settings], name.span);
                    problems.push(problem(
                        span,
                        format!("`{}` cannot be {}: {}.", bad.name, bad.value, bad.problem),
                    ));
                    continue;
                }
            };
        let assignment: Vec<Vec<u32>> = match &topic.assignment {
            Some(given) => given
                .iter()
                .map(|replicas| replicas.iter().filter_map(|id| at(id.value)).collect())
                .collect(),
            None => placement::place(&places, topic.partitions.value, topic.replicas.value),
        };
        if let Some(too_many) = assignment
            .iter()
            .find(|replicas| replicas.len() > kafka::ids::MAX_REPLICAS)
        {
            problems.push(problem(
                topic.replicas.span,
                format!(
                    "{} replicas: at most {} can be rehearsed.",
                    too_many.len(),
                    kafka::ids::MAX_REPLICAS
                ),
            ));
            continue;
        }
        topics.push(TopicSpec {
            name: name.value.clone(),
            bytes_per_partition: topic.data.value.0 / (assignment.len() as u64).max(1),
            assignment,
            config,
            internal: name.value.starts_with("__"),
        });
    }
    let has_offsets = topics.iter().any(|topic| topic.name == OFFSETS_TOPIC);
    if !scenario.estate.groups.is_empty() && !has_offsets {
        // The topic is created by the first consumer, with at most as many replicas as there are brokers (AutoTopicCreationManager
        // refuses otherwise; a cluster that ran at all has it).
        let replicas = broker.config.offsets_replicas.min(places.len() as u64) as u32;
        let partitions = broker.config.offsets_partitions as u32;
        let config = TopicConfig::read(broker.version, &BTreeMap::new(), &broker.config);
        if let Ok(config) = config {
            topics.push(TopicSpec {
                name: OFFSETS_TOPIC.to_owned(),
                assignment: placement::place(&places, partitions, replicas),
                config,
                bytes_per_partition: 0,
                internal: true,
            });
        }
    }
    topics.sort_by(|a, b| a.name.cmp(&b.name));
    topics
}

fn topic_at(topics: &[TopicSpec], name: &str) -> Option<u32> {
    topics
        .iter()
        .position(|topic| topic.name == name)
        .map(|at| at as u32)
}

/// What a producer with these settings is with another version of its library.
///
/// # Errors
/// A value that this version does not take.
pub(crate) fn producer_as(
    version: KafkaVersion,
    settings: &Settings,
) -> Result<(ClientBehaviour, ProducerConfig), BadSetting> {
    let config = ProducerConfig::read(declared(version), &old_defaults(version, plain(settings)))?;
    let behaviour = ClientBehaviour::of(version, config.rebootstraps, config.rebootstrap_trigger);
    Ok((behaviour, config))
}

/// What the members of a group with these settings are with another version of their library.
///
/// # Errors
/// A value that this version does not take.
pub(crate) fn group_as(
    version: KafkaVersion,
    settings: &Settings,
) -> Result<(ClientBehaviour, ConsumerConfig), BadSetting> {
    let config = ConsumerConfig::read(declared(version), &plain(settings))?;
    let behaviour = ClientBehaviour::of(version, config.rebootstraps, None);
    Ok((behaviour, config))
}

fn producers(
    scenario: &Scenario,
    cluster: &Cluster,
    nodes: &[NodeSpec],
    topics: &[TopicSpec],
    problems: &mut Vec<Problem>,
) -> Vec<ProducerSpec> {
    let mut producers = Vec::new();
    for (name, producer) in &scenario.estate.producers {
        let version = match client_version(producer.kafka.as_ref().unwrap_or(&cluster.kafka)) {
            Ok(version) => version,
            Err(found) => {
                problems.push(found);
                continue;
            }
        };
        let (behaviour, config) = match producer_as(version, &producer.settings) {
            Ok(read) => read,
            Err(bad) => {
                let span = place_of(&bad, &[&producer.settings], name.span);
                problems.push(problem(
                    span,
                    format!("`{}` cannot be {}: {}.", bad.name, bad.value, bad.problem),
                ));
                continue;
            }
        };
        let Some(topic) = topic_at(topics, &producer.to.value) else {
            continue;
        };
        let bootstrap = match &producer.bootstrap {
            Some(given) => given
                .iter()
                .filter_map(|id| {
                    nodes
                        .iter()
                        .position(|node| node.id == id.value && node.broker)
                        .map(|at| at as u32)
                })
                .collect(),
            None => (0..nodes.len() as u32)
                .filter(|&at| nodes[at as usize].broker)
                .collect(),
        };
        let partitions = topics[topic as usize].assignment.len() as u64;
        producers.push(ProducerSpec {
            name: name.value.clone(),
            topic,
            count: producer.rate.value.count.max(1),
            per: Duration::nanos(
                producer
                    .rate
                    .value
                    .per
                    .saturating_mul(partitions.max(1))
                    .max(1),
            ),
            size: producer.size.value.0.max(1),
            version,
            behaviour,
            config,
            bootstrap,
        });
    }
    producers.sort_by(|a, b| a.name.cmp(&b.name));
    producers
}

fn groups(
    scenario: &Scenario,
    cluster: &Cluster,
    topics: &[TopicSpec],
    problems: &mut Vec<Problem>,
) -> Vec<GroupSpec> {
    let mut groups = Vec::new();
    for (name, group) in &scenario.estate.groups {
        let version = match client_version(group.kafka.as_ref().unwrap_or(&cluster.kafka)) {
            Ok(version) => version,
            Err(found) => {
                problems.push(found);
                continue;
            }
        };
        let (behaviour, config) = match group_as(version, &group.settings) {
            Ok(read) => read,
            Err(bad) => {
                let span = place_of(&bad, &[&group.settings], name.span);
                problems.push(problem(
                    span,
                    format!("`{}` cannot be {}: {}.", bad.name, bad.value, bad.problem),
                ));
                continue;
            }
        };
        let processing = group.processing.as_ref().map_or(Duration::ZERO, |rate| {
            Duration::nanos(rate.value.per / rate.value.count.max(1))
        });
        let mut read: Vec<u32> = group
            .reads
            .iter()
            .filter_map(|topic| topic_at(topics, &topic.value))
            .collect();
        read.sort_unstable();
        read.dedup();
        groups.push(GroupSpec {
            name: name.value.clone(),
            topics: read,
            members: group.members.value,
            static_members: group.static_members.value,
            processing,
            version,
            behaviour,
            config,
        });
    }
    groups.sort_by(|a, b| a.name.cmp(&b.name));
    groups
}
