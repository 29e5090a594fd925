//! Small estates for tests.
#![allow(dead_code)]

use std::collections::BTreeMap;

use engine::Span;
use facts::KafkaVersion;
use kafka::behaviour::{ClientBehaviour, NodeBehaviour};
use kafka::config::{ConsumerConfig, NodeConfig, ProducerConfig, TopicConfig};
use kafka::estate::{Ensemble, Estate, NodeSpec, ProducerSpec, TopicSpec};

pub(crate) fn given(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|&(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

pub(crate) fn version(text: &str) -> KafkaVersion {
    text.parse().unwrap()
}

/// One topic of a small estate.
#[derive(Clone, Debug)]
pub(crate) struct SmallTopic {
    pub name: String,
    pub partitions: u32,
    pub replicas: u32,
    pub settings: BTreeMap<String, String>,
}

/// One producer of a small estate.
#[derive(Clone, Debug)]
pub(crate) struct SmallProducer {
    pub name: String,
    pub topic: String,
    pub version: KafkaVersion,
    /// Records per second and partition.
    pub rate: u64,
    pub size: u64,
    pub settings: BTreeMap<String, String>,
}

/// A small estate in a few words.
#[derive(Clone, Debug)]
pub(crate) struct Small {
    pub version: KafkaVersion,
    pub brokers: u32,
    pub controllers: u32,
    pub combined: bool,
    pub settings: BTreeMap<String, String>,
    pub latency: Span,
    pub topics: Vec<SmallTopic>,
    pub producers: Vec<SmallProducer>,
    pub process_start: Span,
    pub shrink_bumps_leader_epoch: bool,
    /// ZooKeeper servers instead of controllers; the broker that is the controller at first.
    pub(crate) zookeeper: Option<(u32, u32)>,
}

impl Small {
    pub(crate) fn new(version_text: &str, brokers: u32) -> Self {
        Self {
            version: version(version_text),
            brokers,
            controllers: 3,
            combined: false,
            settings: given(&[
                ("min.insync.replicas", "2"),
                ("auto.leader.rebalance.enable", "false"),
            ]),
            latency: Span::micros(250),
            topics: Vec::new(),
            producers: Vec::new(),
            process_start: Span::secs(2),
            shrink_bumps_leader_epoch: false,
            zookeeper: None,
        }
    }

    /// In ZooKeeper mode, with so many servers (ids 201 …); this broker (from 0) is the controller at first.
    pub(crate) fn in_zookeeper_mode(mut self, servers: u32, controller: u32) -> Self {
        self.zookeeper = Some((servers, controller));
        self.controllers = 0;
        self.shrink_bumps_leader_epoch = true;
        self
    }

    pub(crate) fn topic(
        mut self,
        name: &str,
        partitions: u32,
        replicas: u32,
        settings: &[(&str, &str)],
    ) -> Self {
        self.topics.push(SmallTopic {
            name: name.to_owned(),
            partitions,
            replicas,
            settings: given(settings),
        });
        self
    }

    pub(crate) fn producer(
        mut self,
        name: &str,
        topic: &str,
        rate: u64,
        settings: &[(&str, &str)],
    ) -> Self {
        self.producers.push(SmallProducer {
            name: name.to_owned(),
            topic: topic.to_owned(),
            version: version("3.9.2"),
            rate,
            size: 100,
            settings: given(settings),
        });
        self
    }

    pub(crate) fn build(&self) -> Estate {
        let config = NodeConfig::read(self.version, &self.settings).unwrap();
        let node = |id: u32, broker: bool, controller: bool| NodeSpec {
            id,
            broker,
            controller,
            rack: None,
            version: self.version,
            behaviour: NodeBehaviour::of(self.version),
            config: config.clone(),
            settings: self.settings.clone(),
            disk_write: 400_000_000,
            disk_read: 400_000_000,
            disk_size: 1 << 40,
            network: 1_250_000_000,
            process_start: self.process_start,
            process_stop: Span::millis(400),
            recovery_rate: 400_000_000,
        };
        let mut nodes: Vec<NodeSpec> = (1..=self.brokers)
            .map(|id| node(id, true, self.combined && id <= self.controllers))
            .collect();
        if !self.combined {
            nodes.extend((0..self.controllers).map(|at| node(101 + at, false, true)));
        }
        let zookeeper = self.zookeeper.map(|(servers, controller)| {
            let first = nodes.len() as u32;
            nodes.extend((0..servers).map(|at| node(201 + at, false, false)));
            Ensemble {
                servers: (first..first + servers).collect(),
                controller: Some(controller),
            }
        });
        let voters = (0..nodes.len() as u32)
            .filter(|&at| nodes[at as usize].controller)
            .collect();
        let mut topics: Vec<TopicSpec> = self
            .topics
            .iter()
            .map(|topic| TopicSpec {
                name: topic.name.clone(),
                assignment: (0..topic.partitions)
                    .map(|partition| {
                        let step = 1 + partition / self.brokers;
                        (0..topic.replicas)
                            .map(|replica| {
                                if replica == 0 {
                                    partition % self.brokers
                                } else {
                                    (partition + 1 + (step - 1 + replica - 1) % (self.brokers - 1))
                                        % self.brokers
                                }
                            })
                            .collect()
                    })
                    .collect(),
                config: TopicConfig::read(self.version, &topic.settings, &config).unwrap(),
                bytes_per_partition: 0,
                internal: false,
            })
            .collect();
        topics.sort_by(|a, b| a.name.cmp(&b.name));
        let mut producers: Vec<ProducerSpec> = self
            .producers
            .iter()
            .map(|producer| {
                let config = ProducerConfig::read(producer.version, &producer.settings).unwrap();
                ProducerSpec {
                    name: producer.name.clone(),
                    topic: topics
                        .iter()
                        .position(|topic| topic.name == producer.topic)
                        .unwrap() as u32,
                    count: producer.rate,
                    per: Span::secs(1),
                    size: producer.size,
                    version: producer.version,
                    behaviour: ClientBehaviour::of(
                        producer.version,
                        config.rebootstraps,
                        config.rebootstrap_trigger,
                    ),
                    config,
                    bootstrap: (0..self.brokers).collect(),
                }
            })
            .collect();
        producers.sort_by(|a, b| a.name.cmp(&b.name));
        Estate {
            nodes,
            voters,
            topics,
            producers,
            groups: Vec::new(),
            latency: self.latency,
            client_latency: self.latency,
            levels: BTreeMap::from([(
                "metadata.version",
                kafka::features::Supported::by(self.version)
                    .range("metadata.version")
                    .max,
            )]),
            shrink_bumps_leader_epoch: self.shrink_bumps_leader_epoch,
            eligible_leader_replicas: false,
            zookeeper,
        }
    }
}

pub(crate) fn consumer_config(settings: &[(&str, &str)]) -> ConsumerConfig {
    ConsumerConfig::read(version("3.9.2"), &given(settings)).unwrap()
}
