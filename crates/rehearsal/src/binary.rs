//! What a node runs after a change of its version or its settings.

use std::collections::BTreeMap;

use facts::{KafkaVersion, Update};
use kafka::World;
use kafka::behaviour::NodeBehaviour;
use kafka::config::{NodeConfig, TopicConfig};
use kafka::estate::Estate;
use kafka::ids::NodeIx;
use kafka::node::Binary;
use scenario::model::{ConfigTarget, SetConfig, Settings, Spanned, VersionName};

/// The same binary with another version and other settings. With a value that this version does not take, its process ends at once.
pub(crate) fn changed(
    old: &Binary,
    version: Option<&Spanned<VersionName>>,
    settings: &Settings,
) -> Binary {
    let to: KafkaVersion = version
        .and_then(|version| version.value.0.parse().ok())
        .unwrap_or(old.version);
    let mut all = old.settings.clone();
    all.extend(crate::estate::plain(settings));
    match NodeConfig::read(to, &all) {
        Ok(config) => Binary {
            version: to,
            behaviour: NodeBehaviour::of(to),
            config,
            refused: not_taken(to, &all),
            settings: all,
        },
        Err(bad) => Binary {
            version: to,
            behaviour: NodeBehaviour::of(to),
            config: old.config.clone(),
            refused: Some(format!(
                "Invalid value {} for configuration {}: {}",
                bad.value, bad.name, bad.problem
            )),
            settings: all,
        },
    }
}

/// What a node runs at the start.
pub(crate) fn of(spec: &kafka::estate::NodeSpec) -> Binary {
    Binary {
        version: spec.version,
        behaviour: spec.behaviour,
        config: spec.config.clone(),
        refused: not_taken(spec.version, &spec.settings),
        settings: spec.settings.clone(),
    }
}

/// The same binary with some lines of its file edited.
pub(crate) fn edited(old: &Binary, edits: &crate::properties::Edits) -> Binary {
    let mut file = old.clone();
    for (name, value) in edits {
        match value {
            Some(value) => file.settings.insert(name.clone(), value.clone()),
            None => file.settings.remove(name),
        };
    }
    changed(&file, None, &Settings::new())
}

/// The first value in a properties file that this version does not take, in the words of its ConfigException. A name that the version
/// does not know is no mistake: Kafka passes over it (observed: `inter.broker.protocol.version` on 4.1.2).
fn not_taken(version: KafkaVersion, settings: &BTreeMap<String, String>) -> Option<String> {
    let release = facts::of(&version.to_string()).ok()?;
    settings.iter().find_map(|(name, value)| {
        let setting = facts::setting(facts::Class::Broker, name).ok()?;
        if !setting.exists_in(release) {
            return None;
        }
        let wrong = setting.check(value, release).err()?;
        Some(crate::tools::configs::wrong_value(
            setting, release, value, &wrong.why,
        ))
    })
}

/// A change of settings while everything runs.
#[derive(Debug)]
pub(crate) enum Changes {
    Topics(Vec<(u32, TopicConfig)>),
    Nodes(Vec<(NodeIx, NodeConfig, BTreeMap<String, String>)>),
}

impl Changes {
    pub(crate) fn apply(self, world: &mut World) {
        match self {
            Changes::Topics(topics) => {
                for (topic, config) in topics {
                    world.set_topic_config(topic, &config);
                }
            }
            Changes::Nodes(nodes) => {
                for (node, config, settings) in nodes {
                    world.set_node_config(node, config, settings);
                }
            }
        }
    }
}

/// What `kafka-configs.sh --alter` would change.
///
/// # Errors
/// Why the tool refuses: a setting that is read only at start, no active controller.
pub(crate) fn config_changes(
    world: &World,
    estate: &Estate,
    set: &SetConfig,
) -> Result<Changes, String> {
    if world.active_controller().is_none() {
        return Err("there is no active controller".to_owned());
    }
    let changes = crate::estate::plain(&set.settings);
    let brokers = |only: Option<u32>| -> Vec<NodeIx> {
        (0..estate.nodes.len() as NodeIx)
            .filter(|&node| {
                let spec = &estate.nodes[node as usize];
                spec.broker && only.is_none_or(|id| spec.id == id)
            })
            .collect()
    };
    match &set.on.value {
        ConfigTarget::Topic(name) => {
            let topic = estate
                .topic(&name.value)
                .ok_or_else(|| format!("there is no topic {}", name.value))?;
            let spec = &estate.topics[topic as usize];
            let broker = brokers(None).first().copied().ok_or("there is no broker")?;
            let binary = world.binary(broker);
            // What the topic has now, then what is changed. The world keeps min ISR no larger than the number of replicas.
            let now = world.partition_of(topic, 0).map(|at| world.partition(at));
            let (min_isr, unclean) = match now {
                Some(now)
                    if u64::from(now.min_isr)
                        != spec
                            .config
                            .min_insync_replicas
                            .min(now.replicas.len() as u64) =>
                {
                    (u64::from(now.min_isr), now.unclean)
                }
                Some(now) => (spec.config.min_insync_replicas, now.unclean),
                None => (
                    spec.config.min_insync_replicas,
                    spec.config.unclean_leader_election,
                ),
            };
            let mut given: BTreeMap<String, String> = BTreeMap::new();
            given.insert("min.insync.replicas".to_owned(), min_isr.to_string());
            given.insert(
                "unclean.leader.election.enable".to_owned(),
                unclean.to_string(),
            );
            given.insert(
                "segment.bytes".to_owned(),
                world.segment_bytes(topic).to_string(),
            );
            given.extend(changes);
            for name in &set.remove {
                given.remove(&name.value);
            }
            let config = TopicConfig::read(binary.version, &given, &binary.config)
                .map_err(|bad| bad.to_string())?;
            Ok(Changes::Topics(vec![(topic, config)]))
        }
        ConfigTarget::Brokers | ConfigTarget::Node(_) => {
            if let Some(why) = crate::tools::configs::elr_refusal(
                world.finalized("eligible.leader.replicas.version"),
                set,
            ) {
                return Err(why.to_owned());
            }
            let only = match &set.on.value {
                ConfigTarget::Node(id) => Some(id.value),
                _ => None,
            };
            let mut nodes = Vec::new();
            for node in brokers(only) {
                let binary = world.binary(node);
                let release = facts::of(&binary.version.to_string())
                    .map_err(|unknown| unknown.to_string())?;
                let removed = set.remove.iter().map(|name| &name.value);
                for name in changes.keys().chain(removed) {
                    let setting = facts::setting(facts::Class::Broker, name)
                        .map_err(|unknown| unknown.to_string())?;
                    if setting.update_in(release) == Some(Update::ReadOnly) {
                        return Err(format!(
                            "{name} is read only at start; it needs a rolling restart"
                        ));
                    }
                }
                let mut all = binary.settings.clone();
                all.extend(changes.clone());
                for name in &set.remove {
                    // What the properties file says holds again.
                    match estate.nodes[node as usize].settings.get(&name.value) {
                        Some(value) => all.insert(name.value.clone(), value.clone()),
                        None => all.remove(&name.value),
                    };
                }
                let config =
                    NodeConfig::read(binary.version, &all).map_err(|bad| bad.to_string())?;
                nodes.push((node, config, all));
            }
            Ok(Changes::Nodes(nodes))
        }
    }
}
