//! Everything that a file declares, by name.

use super::{Resolver, counted};
use crate::diagnostic::{Code, Diagnostic};
use crate::lower::Broken;
use crate::model::{Group, NodeId, Nodes, Producer, Scenario, Spanned, Step, Topic};
use std::collections::{BTreeMap, BTreeSet};

/// A cluster with more nodes is not looked at node by node.
pub(super) const MOST_NODES: usize = 10_000;

/// What can be referred to.
pub(super) struct Names<'a> {
    pub(super) clusters: BTreeSet<&'a str>,
    pub(super) topics: BTreeMap<&'a str, &'a Topic>,
    pub(super) producers: BTreeMap<&'a str, &'a Producer>,
    pub(super) groups: BTreeMap<&'a str, &'a Group>,
    pub(super) steps: BTreeMap<&'a str, &'a Step>,
    pub(super) racks: BTreeSet<&'a str>,
    pub(super) brokers: BTreeSet<NodeId>,
    /// Brokers and controllers.
    pub(super) nodes: BTreeSet<NodeId>,
    /// All nodes are known, so that another one is a mistake.
    pub(super) nodes_are_sound: bool,
}

impl<'a> Names<'a> {
    pub(super) fn of(scenario: &'a Scenario, broken: &Broken) -> Self {
        let estate = &scenario.estate;
        let mut names = Self {
            clusters: estate.clusters.keys().map(|name| name.as_str()).collect(),
            topics: BTreeMap::new(),
            producers: estate
                .producers
                .iter()
                .map(|(name, producer)| (name.as_str(), producer))
                .collect(),
            groups: estate
                .groups
                .iter()
                .map(|(name, group)| (name.as_str(), group))
                .collect(),
            steps: scenario
                .runbook
                .iter()
                .map(|step| (step.name.as_str(), step))
                .collect(),
            racks: BTreeSet::new(),
            brokers: BTreeSet::new(),
            nodes: BTreeSet::new(),
            nodes_are_sound: !broken.estate,
        };
        for cluster in estate.clusters.values() {
            names.topics.extend(
                cluster
                    .topics
                    .iter()
                    .map(|(name, topic)| (name.as_str(), topic)),
            );
            names
                .racks
                .extend(cluster.racks.iter().map(|rack| rack.as_str()));
            names.racks.extend(
                cluster
                    .nodes
                    .values()
                    .filter_map(|node| Some(node.rack.as_ref()?.as_str())),
            );
            let sound = broken.is_sound(&cluster.brokers) && broken.is_sound(&cluster.controllers);
            if !sound || is_huge(cluster) {
                names.nodes_are_sound = false;
                continue;
            }
            names.brokers.extend(cluster.broker_ids());
            names.nodes.extend(cluster.node_ids());
        }
        names
    }

    /// What this name is the name of.
    pub(super) fn what_is(&self, name: &str) -> Option<&'static str> {
        if self.topics.contains_key(name) {
            Some("topic")
        } else if self.producers.contains_key(name) {
            Some("producer")
        } else if self.groups.contains_key(name) {
            Some("group")
        } else if self.clusters.contains(name) {
            Some("cluster")
        } else if self.steps.contains_key(name) {
            Some("step")
        } else {
            None
        }
    }
}

/// More nodes than are counted one by one.
pub(super) fn is_huge(cluster: &crate::model::Cluster) -> bool {
    let controllers = match &cluster.controllers.value {
        crate::model::Controllers::Separate(ids) | crate::model::Controllers::Combined(ids) => {
            ids.count()
        }
    };
    let servers = cluster
        .zookeeper
        .as_ref()
        .map_or(0, |zookeeper| zookeeper.servers.count());
    cluster
        .brokers
        .count()
        .saturating_add(controllers)
        .saturating_add(servers)
        > MOST_NODES
}

impl<'a> Resolver<'a> {
    pub(super) fn topic(&mut self, name: &Spanned<String>) -> Option<&'a Topic> {
        if !self.broken.estate {
            self.known(
                "topic",
                name,
                |names| names.topics.keys().copied().collect(),
                |names, name| names.topics.contains_key(name),
            );
        }
        self.names.topics.get(name.as_str()).copied()
    }

    pub(super) fn producer(&mut self, name: &Spanned<String>) {
        if !self.broken.estate {
            self.known(
                "producer",
                name,
                |names| names.producers.keys().copied().collect(),
                |names, name| names.producers.contains_key(name),
            );
        }
    }

    pub(super) fn group(&mut self, name: &Spanned<String>) -> Option<&'a Group> {
        if !self.broken.estate {
            self.known(
                "group",
                name,
                |names| names.groups.keys().copied().collect(),
                |names, name| names.groups.contains_key(name),
            );
        }
        self.names.groups.get(name.as_str()).copied()
    }

    pub(super) fn cluster(&mut self, name: &Spanned<String>) {
        if !self.broken.estate {
            self.known(
                "cluster",
                name,
                |names| names.clusters.iter().copied().collect(),
                |names, name| names.clusters.contains(name),
            );
        }
    }

    pub(super) fn step(&mut self, name: &Spanned<String>) {
        if !self.broken.runbook {
            self.known(
                "step",
                name,
                |names| names.steps.keys().copied().collect(),
                |names, name| names.steps.contains_key(name),
            );
        }
    }

    fn rack(&mut self, name: &Spanned<String>) {
        if !self.broken.estate {
            self.known(
                "rack",
                name,
                |names| names.racks.iter().copied().collect(),
                |names, name| names.racks.contains(name),
            );
        }
    }

    /// A partition of a topic, counted from 0.
    pub(super) fn partition(
        &mut self,
        topic: &Spanned<String>,
        partition: u32,
        span: crate::model::Span,
    ) {
        let Some(known) = self.topic(topic) else {
            return;
        };
        let count = known.partitions.value;
        if partition >= count && self.broken.is_sound(&known.partitions) {
            self.report(
                Diagnostic::error(
                    Code::UnknownReference,
                    span,
                    format!(
                        "`{}` has no partition {partition}; it has {}.",
                        topic.value,
                        counted(count as usize, "partition")
                    ),
                )
                .labelled(format!(
                    "partitions are numbered from 0 to {}",
                    count.saturating_sub(1)
                ))
                .also(known.partitions.span, "their number"),
            );
        }
    }

    pub(super) fn broker(&mut self, id: &Spanned<NodeId>) {
        self.id(id, "broker");
    }

    pub(super) fn node(&mut self, id: &Spanned<NodeId>) {
        self.id(id, "node");
    }

    fn id(&mut self, id: &Spanned<NodeId>, what: &str) {
        if !self.names.nodes_are_sound || !self.broken.is_sound(id) {
            return;
        }
        let known = if what == "broker" {
            &self.names.brokers
        } else {
            &self.names.nodes
        };
        if known.contains(&id.value) {
            return;
        }
        let mut diagnostic = Diagnostic::error(
            Code::UnknownReference,
            id.span,
            format!("There is no {what} {}.", id.value),
        )
        .labelled(format!("unknown {what}"));
        if !self.diagnostics.suggests() {
            self.report(diagnostic);
            return;
        }
        if what == "broker" && self.names.nodes.contains(&id.value) {
            diagnostic = diagnostic.note(format!("Node {} is a controller.", id.value));
        }
        let ids = ranges(known);
        let mut plural = what.to_owned();
        plural.push('s');
        diagnostic = diagnostic.note(format!("The {plural} are {ids}."));
        self.report(diagnostic);
    }

    pub(super) fn nodes(&mut self, nodes: &Nodes) {
        match nodes {
            Nodes::Rack(rack) => self.rack(rack),
            Nodes::These(ids) => ids.iter().for_each(|id| self.node(id)),
            Nodes::Brokers | Nodes::Controllers | Nodes::All | Nodes::ActiveController => {}
        }
    }
}

/// "1 to 6 and 101 to 103".
fn ranges(ids: &BTreeSet<NodeId>) -> String {
    let mut ranges: Vec<(NodeId, NodeId)> = Vec::new();
    for id in ids {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *id => *last = *id,
            _ => ranges.push((*id, *id)),
        }
    }
    let mut parts: Vec<String> = ranges
        .iter()
        .take(8)
        .map(|(first, last)| match last - first {
            0 => first.to_string(),
            1 => format!("{first}, {last}"),
            _ => format!("{first} to {last}"),
        })
        .collect();
    if ranges.len() > 8 {
        parts.push("more".into());
    }
    match parts.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, head)) => format!("{} and {last}", head.join(", ")),
        None => "none".into(),
    }
}
