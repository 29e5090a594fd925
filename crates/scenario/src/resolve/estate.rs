//! The estate fits together: nodes, quorum, assignments, clients.

use super::names::{MOST_NODES, is_huge};
use super::{Resolver, counted};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Cluster, Controllers, Disk, NodeId, NodeIds, Spanned, Topic, ZooKeeper};
use std::collections::BTreeSet;

/// More replicas than this take more memory than a rehearsal should.
const MOST_REPLICAS: u64 = 5_000_000;

impl Resolver<'_> {
    pub(super) fn estate(&mut self) {
        let scenario = self.scenario;
        let mut names = scenario.estate.clusters.keys();
        if let (Some(first), Some(second)) = (names.next(), names.next()) {
            // In the order of the file, not of the alphabet.
            let (first, second) = if second.span < first.span {
                (second, first)
            } else {
                (first, second)
            };
            self.report(
                Diagnostic::error(Code::NotYet, second.span, "One cluster is rehearsed at a time, for now.")
                    .labelled("a second cluster")
                    .also(first.span, "the first one")
                    .note("Write a file for each; the runbook can live in a file of its own and be part of both."),
            );
        }
        for (name, cluster) in &scenario.estate.clusters {
            cluster
                .metadata_version
                .iter()
                .for_each(|version| self.metadata_version(version));
            cluster.features.keys().for_each(|name| self.feature(name));
            self.quorum(name, cluster);
            self.nodes_of(cluster);
            self.topics(name, cluster);
        }
        for producer in scenario.estate.producers.values() {
            self.topic(&producer.to);
            producer
                .cluster
                .iter()
                .for_each(|cluster| self.cluster(cluster));
            producer
                .bootstrap
                .iter()
                .flatten()
                .for_each(|id| self.broker(id));
        }
        for group in scenario.estate.groups.values() {
            let mut seen = BTreeSet::new();
            for topic in &group.reads {
                self.topic(topic);
                if !seen.insert(topic.as_str()) && self.broken.is_sound(topic) {
                    self.report(Diagnostic::error(
                        Code::DuplicateName,
                        topic.span,
                        format!("`{}` is in this list twice.", topic.value),
                    ));
                }
            }
            group
                .cluster
                .iter()
                .for_each(|cluster| self.cluster(cluster));
        }
    }

    fn quorum(&mut self, name: &Spanned<String>, cluster: &Cluster) {
        if !self.broken.is_sound(&cluster.brokers) || !self.broken.is_sound(&cluster.controllers) {
            return;
        }
        if cluster.brokers.count() == 0 {
            self.report(
                Diagnostic::error(
                    Code::OutOfRange,
                    cluster.brokers.span,
                    "A cluster needs at least one broker.",
                )
                .labelled("no broker"),
            );
            return;
        }
        let (Controllers::Separate(ids) | Controllers::Combined(ids)) = &cluster.controllers.value;
        if let Some(zookeeper) = &cluster.zookeeper {
            self.ensemble(cluster, zookeeper);
        } else if ids.count() == 0 {
            self.report(
                Diagnostic::error(
                    Code::OutOfRange,
                    cluster.controllers.span,
                    "A cluster needs at least one controller.",
                )
                .labelled("no controller"),
            );
            return;
        }
        if is_huge(cluster) {
            self.report(
                Diagnostic::error(
                    Code::TooLarge,
                    cluster.brokers.span,
                    format!("`{}` has more than {MOST_NODES} nodes, which is more than can be rehearsed.", name.value),
                )
                .labelled("too many"),
            );
            return;
        }
        let brokers: BTreeSet<NodeId> = cluster.broker_ids().into_iter().collect();
        match &cluster.controllers.value {
            Controllers::Separate(NodeIds::List(ids)) => {
                for id in ids.iter().filter(|id| brokers.contains(&id.value)) {
                    self.report(
                        Diagnostic::error(
                            Code::DuplicateName,
                            id.span,
                            format!("Node {} is a broker already.", id.value),
                        )
                        .labelled("this id is taken")
                        .also(cluster.brokers.span, "the brokers")
                        .note("Nodes that are both are written `controllers: Combined([…])`."),
                    );
                }
            }
            Controllers::Combined(NodeIds::List(ids)) => {
                for id in ids.iter().filter(|id| !brokers.contains(&id.value)) {
                    self.report(
                        Diagnostic::error(
                            Code::UnknownReference,
                            id.span,
                            format!("Node {} is not a broker.", id.value),
                        )
                        .labelled("a combined controller is a broker too")
                        .also(cluster.brokers.span, "the brokers"),
                    );
                }
            }
            Controllers::Combined(NodeIds::Count(count)) if *count as usize > brokers.len() => {
                self.report(
                    Diagnostic::error(
                        Code::OutOfRange,
                        cluster.controllers.span,
                        format!(
                            "There are {}, so {count} of them cannot be controllers.",
                            counted(brokers.len(), "broker")
                        ),
                    )
                    .labelled("too many")
                    .also(cluster.brokers.span, "the brokers"),
                );
            }
            Controllers::Separate(NodeIds::Count(_)) | Controllers::Combined(NodeIds::Count(_)) => {
            }
        }
    }

    fn ensemble(&mut self, cluster: &Cluster, zookeeper: &ZooKeeper) {
        if zookeeper.servers.count() == 0 && self.broken.is_sound(&zookeeper.servers) {
            self.report(
                Diagnostic::error(
                    Code::OutOfRange,
                    zookeeper.servers.span,
                    "A ZooKeeper ensemble needs at least one server.",
                )
                .labelled("no server"),
            );
        }
        if is_huge(cluster) {
            return;
        }
        if let NodeIds::List(ids) = &zookeeper.servers.value {
            let brokers: BTreeSet<NodeId> = cluster.broker_ids().into_iter().collect();
            for id in ids.iter().filter(|id| brokers.contains(&id.value)) {
                self.report(
                    Diagnostic::error(
                        Code::DuplicateName,
                        id.span,
                        format!("Node {} is a broker already.", id.value),
                    )
                    .labelled("this id is taken")
                    .also(cluster.brokers.span, "the brokers"),
                );
            }
        }
        if let Some(controller) = &zookeeper.controller {
            self.broker(controller);
        }
    }

    fn nodes_of(&mut self, cluster: &Cluster) {
        self.directories(&cluster.disk);
        for (id, node) in &cluster.nodes {
            self.node(id);
            node.disk.iter().for_each(|disk| self.directories(disk));
        }
    }

    fn directories(&mut self, disk: &Disk) {
        if disk.dirs.value > 1 && self.broken.is_sound(&disk.dirs) {
            self.report(
                Diagnostic::error(
                    Code::NotYet,
                    disk.dirs.span,
                    "More than one log directory is not rehearsed yet.",
                )
                .labelled("only 1 for now")
                .note("Describe the directories as one disk: their sizes and rates added up."),
            );
        }
    }

    fn topics(&mut self, name: &Spanned<String>, cluster: &Cluster) {
        let sound = self.broken.is_sound(&cluster.brokers) && !is_huge(cluster);
        let mut replicas: u64 = 0;
        let mut reported = false;
        for (topic_name, topic) in &cluster.topics {
            let of_topic = u64::from(topic.partitions.value) * u64::from(topic.replicas.value);
            replicas = replicas.saturating_add(of_topic);
            if replicas > MOST_REPLICAS && !reported {
                reported = true;
                self.report(
                    Diagnostic::error(
                        Code::TooLarge,
                        topic.partitions.span,
                        format!("`{}` has more than {MOST_REPLICAS} replicas, which is more than can be rehearsed.", name.value),
                    )
                    .labelled(format!("`{}` brings it above that", topic_name.value)),
                );
            }
            let brokers = cluster.brokers.count();
            if sound
                && topic.replicas.value as usize > brokers
                && brokers > 0
                && self.broken.is_sound(&topic.replicas)
            {
                self.report(
                    Diagnostic::error(
                        Code::OutOfRange,
                        topic.replicas.span,
                        format!(
                            "`{}` wants {} on {}.",
                            topic_name.value,
                            counted(topic.replicas.value as usize, "replica"),
                            counted(brokers, "broker")
                        ),
                    )
                    .labelled(format!("at most {brokers}"))
                    .also(cluster.brokers.span, "the brokers")
                    .note("Kafka puts each replica of a partition on another broker."),
                );
            }
            self.assignment(topic_name, topic);
        }
    }

    fn assignment(&mut self, name: &Spanned<String>, topic: &Topic) {
        let Some(rows) = &topic.assignment else {
            return;
        };
        let sound =
            self.broken.is_sound(&topic.partitions) && self.broken.is_sound(&topic.replicas);
        if sound && rows.len() != topic.partitions.value as usize && !rows.is_empty() {
            self.report(
                Diagnostic::error(
                    Code::BadAssignment,
                    topic.partitions.span,
                    format!(
                        "`{}` has {} and an assignment of {}.",
                        name.value,
                        counted(topic.partitions.value as usize, "partition"),
                        counted(rows.len(), "row")
                    ),
                )
                .labelled("each partition needs a row"),
            );
        }
        for (partition, row) in rows.iter().enumerate() {
            let Some(first) = row.first() else {
                if sound {
                    self.report(Diagnostic::error(
                        Code::BadAssignment,
                        name.span,
                        format!(
                            "The assignment of partition {partition} of `{}` is empty.",
                            name.value
                        ),
                    ));
                }
                continue;
            };
            if sound && row.len() != topic.replicas.value as usize {
                let whole = crate::model::Span {
                    end: row.last().map_or(first.span.end, |last| last.span.end),
                    ..first.span
                };
                self.report(
                    Diagnostic::error(
                        Code::BadAssignment,
                        whole,
                        format!(
                            "Partition {partition} is assigned to {}, and the topic has {}.",
                            counted(row.len(), "broker"),
                            counted(topic.replicas.value as usize, "replica")
                        ),
                    )
                    .labelled(format!(
                        "expected {}",
                        counted(topic.replicas.value as usize, "id")
                    ))
                    .also(topic.replicas.span, "the replication factor"),
                );
            }
            let mut seen = BTreeSet::new();
            for id in row {
                self.broker(id);
                if !seen.insert(id.value) && self.broken.is_sound(id) {
                    self.report(
                        Diagnostic::error(
                            Code::BadAssignment,
                            id.span,
                            format!(
                                "Partition {partition} is assigned to broker {} twice.",
                                id.value
                            ),
                        )
                        .labelled("the second time"),
                    );
                }
            }
        }
    }
}
