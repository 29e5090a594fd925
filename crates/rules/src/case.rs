//! A scenario as checks look at it: one cluster, its clients, and the runbook walked through on paper.

use crate::walk::{self, Moment, Nodemap};
use facts::{Class, KafkaVersion, Release};
use scenario::model::{
    Action, Cluster, Fault, Group, NodeId, Nodes, Producer, PromiseKind, Roll, Scenario, Settings,
    Span, Spanned, Topic,
};
use std::collections::BTreeMap;

/// One cluster of a scenario and what is done to it.
#[derive(Clone, Debug)]
pub struct Case<'a> {
    /// The whole file.
    pub scenario: &'a Scenario,
    /// The name of the cluster.
    pub name: &'a Spanned<String>,
    /// The cluster.
    pub cluster: &'a Cluster,
    beginning: Nodemap,
    moments: Vec<Moment<'a>>,
}

/// A value that is in force, and where the file says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InForce {
    /// The value as it would stand in a properties file.
    pub(crate) value: String,
    /// Where the file says it; `None`: it is the default.
    pub(crate) said: Option<Span>,
}

impl InForce {
    pub(crate) fn number(&self) -> Option<u64> {
        self.value.trim().parse().ok()
    }

    pub(crate) fn is(&self, value: &str) -> bool {
        self.value.trim().eq_ignore_ascii_case(value)
    }
}

impl<'a> Case<'a> {
    /// One case a cluster.
    pub fn all(scenario: &'a Scenario) -> Vec<Self> {
        let clusters = scenario.estate.clusters.iter();
        clusters
            .map(|(name, cluster)| Self {
                scenario,
                name,
                cluster,
                beginning: walk::beginning(cluster),
                moments: walk::moments(scenario, cluster),
            })
            .collect()
    }

    /// The nodes before the first step.
    pub fn beginning(&self) -> &BTreeMap<NodeId, crate::NodeState> {
        &self.beginning
    }

    /// The steps in the order in which they are taken.
    pub fn moments(&self) -> &[Moment<'a>] {
        &self.moments
    }

    /// The nodes after the last step.
    pub fn end(&self) -> &BTreeMap<NodeId, crate::NodeState> {
        self.moments
            .last()
            .map_or(&self.beginning, |moment| &moment.after)
    }

    /// The version that the cluster starts with.
    pub(crate) fn version(&self) -> KafkaVersion {
        let name = &self.cluster.kafka.value.0;
        name.parse().unwrap_or(KafkaVersion::new(0, 0, 0))
    }

    pub(crate) fn release(&self) -> Option<&'static Release> {
        facts::of(&self.cluster.kafka.value.0).ok()
    }

    /// The nodes that a selection means at this moment.
    pub(crate) fn chosen(&self, which: &Nodes, moment: &Moment<'_>) -> Vec<NodeId> {
        walk::chosen(which, &moment.before)
    }

    /// Rolls, with the moment in which they begin.
    pub(crate) fn rolls(&self) -> impl Iterator<Item = (&Moment<'a>, &'a Roll)> {
        self.moments
            .iter()
            .filter_map(|moment| match &moment.step.action.value {
                Action::Roll(roll) => Some((moment, &**roll)),
                _ => None,
            })
    }

    /// Rolls of at least one broker, and which brokers.
    pub(crate) fn broker_rolls(
        &self,
    ) -> impl Iterator<Item = (&Moment<'a>, &'a Roll, Vec<NodeId>)> {
        self.rolls().filter_map(|(moment, roll)| {
            let brokers: Vec<NodeId> = self
                .chosen(&roll.nodes.value, moment)
                .into_iter()
                .filter(|id| moment.before.get(id).is_some_and(|node| node.broker))
                .collect();
            (!brokers.is_empty()).then_some((moment, roll, brokers))
        })
    }

    /// The first action that takes a broker down, and where it stands.
    pub(crate) fn first_stop_of_a_broker(&self) -> Option<Span> {
        self.moments.iter().find_map(|moment| {
            let which = match &moment.step.action.value {
                Action::Roll(roll) => &roll.nodes.value,
                Action::Stop(nodes) | Action::Kill(nodes) => nodes,
                _ => return None,
            };
            let broker = |id: &NodeId| moment.before.get(id).is_some_and(|node| node.broker);
            self.chosen(which, moment)
                .iter()
                .any(broker)
                .then_some(moment.step.action.span)
        })
    }

    /// The producers of this cluster.
    pub(crate) fn producers(&self) -> impl Iterator<Item = (&'a Spanned<String>, &'a Producer)> {
        self.scenario
            .estate
            .producers
            .iter()
            .filter(|(_, producer)| {
                producer
                    .cluster
                    .as_ref()
                    .is_none_or(|of| of.value == self.name.value)
            })
    }

    /// The groups of this cluster.
    pub(crate) fn groups(&self) -> impl Iterator<Item = (&'a Spanned<String>, &'a Group)> {
        self.scenario.estate.groups.iter().filter(|(_, group)| {
            group
                .cluster
                .as_ref()
                .is_none_or(|of| of.value == self.name.value)
        })
    }

    /// The topic of this name.
    pub(crate) fn topic(&self, name: &str) -> Option<&'a Topic> {
        self.cluster
            .topics
            .iter()
            .find(|(of, _)| of.value == name)
            .map(|(_, topic)| topic)
    }

    /// The faults of the file.
    pub(crate) fn faults(&self) -> &'a [Fault] {
        &self.scenario.faults
    }

    // ------------------------------------------------------------------------------------------ settings

    /// What a topic's setting is at the start: the topic's own, the broker's, or the default.
    pub(crate) fn topic_setting(&self, topic: &Topic, name: &str) -> Option<InForce> {
        if let Some(said) = given(&topic.settings, name) {
            return Some(said);
        }
        let broker = |of: &str| given(&self.cluster.settings, of).map(|said| said.value);
        let found = self.release()?.topic_value(name, broker).ok()?;
        let said = found
            .broker_setting
            .and_then(|of| given(&self.cluster.settings, of))
            .and_then(|said| said.said);
        Some(InForce {
            value: found.value?,
            said,
        })
    }

    /// `min.insync.replicas` of a topic.
    pub(crate) fn min_isr(&self, topic: &Topic) -> Option<u64> {
        self.topic_setting(topic, "min.insync.replicas")?.number()
    }

    /// What a broker's setting is at the start.
    pub(crate) fn broker_setting(&self, name: &str) -> Option<InForce> {
        given(&self.cluster.settings, name)
            .or_else(|| default(self.release()?, Class::Broker, name))
    }

    /// What a producer's setting is.
    pub(crate) fn producer_setting(&self, producer: &Producer, name: &str) -> Option<InForce> {
        given(&producer.settings, name).or_else(|| {
            let version = producer.kafka.as_ref().unwrap_or(&self.cluster.kafka);
            default(facts::of(&version.value.0).ok()?, Class::Producer, name)
        })
    }

    /// What a group's setting is.
    pub(crate) fn group_setting(&self, group: &Group, name: &str) -> Option<InForce> {
        given(&group.settings, name).or_else(|| {
            let version = group.kafka.as_ref().unwrap_or(&self.cluster.kafka);
            default(facts::of(&version.value.0).ok()?, Class::Consumer, name)
        })
    }

    /// Its records are acknowledged by all in-sync replicas.
    pub(crate) fn waits_for_all(&self, producer: &Producer) -> bool {
        self.producer_setting(producer, "acks")
            .is_some_and(|acks| acks.is("all") || acks.is("-1"))
    }

    // ------------------------------------------------------------------------------------------ promises

    /// The strictest promise on the write outage of a producer: nanoseconds, and where it stands.
    pub(crate) fn write_outage(&self, producer: &str) -> Option<(u64, Span)> {
        self.strictest(|kind| match kind {
            PromiseKind::WriteOutage(of, limit) if means(of, producer) => Some(limit.0),
            _ => None,
        })
    }

    /// The strictest promise on the read outage of a group.
    pub(crate) fn read_outage(&self, group: &str) -> Option<(u64, Span)> {
        self.strictest(|kind| match kind {
            PromiseKind::ReadOutage(of, limit) if means(of, group) => Some(limit.0),
            _ => None,
        })
    }

    /// The smallest limit that some promises give, and where the strictest stands.
    pub(crate) fn strictest(
        &self,
        limit: impl Fn(&PromiseKind) -> Option<u64>,
    ) -> Option<(u64, Span)> {
        let contract = self.scenario.contract.iter();
        contract
            .filter_map(|promise| Some((limit(&promise.kind.value)?, promise.kind.span)))
            .min_by_key(|(limit, _)| *limit)
    }
}

/// A promise of "*" means everyone.
pub(crate) fn means(subject: &Spanned<String>, name: &str) -> bool {
    subject.value == "*" || subject.value == name
}

/// What settings say of a name.
pub(crate) fn given(settings: &Settings, name: &str) -> Option<InForce> {
    let (_, value) = settings.iter().find(|(of, _)| of.value == name)?;
    Some(InForce {
        value: value.value.clone(),
        said: Some(value.span),
    })
}

fn default(release: &'static Release, class: Class, name: &str) -> Option<InForce> {
    let value = release.settings(class).text(name).ok()?;
    Some(InForce { value, said: None })
}

/// How many replicas of one partition a set of brokers holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Overlap {
    /// At most so many of any one partition.
    pub(crate) most: u64,
    /// There is a partition of which it holds so many, whatever the placement.
    pub(crate) certain: bool,
}

impl<'a> Case<'a> {
    /// How many replicas of one partition of this topic these brokers can hold.
    pub(crate) fn overlap(&self, topic: &Topic, brokers: &[NodeId]) -> Overlap {
        let replicas = u64::from(topic.replicas.value);
        if let Some(assignment) = &topic.assignment {
            let most = assignment
                .iter()
                .map(|of| of.iter().filter(|id| brokers.contains(&id.value)).count())
                .max();
            return Overlap {
                most: most.unwrap_or(0) as u64,
                certain: true,
            };
        }
        let most = replicas.min(brokers.len() as u64);
        if replicas >= self.cluster.broker_ids().len() as u64 {
            return Overlap {
                most,
                certain: true,
            };
        }
        // Kafka spreads replicas over racks as long as there are enough of them (AdminUtils.assignReplicasToBrokersRackAware).
        let racks: Vec<&Option<String>> = self
            .beginning
            .values()
            .filter(|node| node.broker)
            .map(|node| &node.rack)
            .collect();
        let all_have_one = racks.iter().all(|rack| rack.is_some());
        let mut different = racks;
        different.sort();
        different.dedup();
        let rack_of = |id: &NodeId| self.beginning.get(id).and_then(|node| node.rack.as_ref());
        let same = brokers
            .windows(2)
            .all(|two| rack_of(&two[0]) == rack_of(&two[1]));
        if all_have_one && different.len() as u64 >= replicas && same {
            return Overlap {
                most: most.min(1),
                certain: true,
            };
        }
        Overlap {
            most,
            certain: false,
        }
    }

    /// The shortest time that a node of this roll is away: it is down, and its process starts.
    pub(crate) fn shortest_restart(&self, roll: &Roll) -> u64 {
        let own = self.cluster.nodes.values();
        let start = own
            .filter_map(|node| node.process_start.as_ref())
            .map(|start| start.value.0)
            .chain([self.cluster.process_start.value.0])
            .min()
            .unwrap_or(0);
        roll.down.value.0.saturating_add(start)
    }

    /// The producers that write to this topic.
    pub(crate) fn producers_to(
        &self,
        topic: &str,
    ) -> impl Iterator<Item = (&'a str, &'a Producer)> {
        self.producers()
            .filter(move |(_, producer)| producer.to.value == topic)
            .map(|(name, producer)| (name.value.as_str(), producer))
    }

    /// Some node runs a version like this, before, during or after the runbook.
    pub(crate) fn runs(&self, like: impl Fn(KafkaVersion) -> bool) -> bool {
        let nodes = self.moments.iter().flat_map(|moment| moment.after.values());
        nodes
            .chain(self.beginning.values())
            .any(|node| like(node.version))
    }
}

impl Case<'_> {
    /// The controllers that vote in the metadata quorum.
    pub(crate) fn voters(&self) -> Vec<NodeId> {
        if self.is_kraft() {
            self.cluster.controller_ids()
        } else {
            Vec::new()
        }
    }
}

impl Case<'_> {
    /// Metadata is kept by KRaft controllers.
    pub(crate) fn is_kraft(&self) -> bool {
        self.cluster.zookeeper.is_none()
    }
}
