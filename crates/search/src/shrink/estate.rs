//! A smaller world around the same failure: fewer steps, brokers, partitions and clients.

use scenario::model::{Cluster, Fault, FaultKind, NodeId, NodeIds, Nodes, Spanned, Target, When};
use scenario::promises::SubjectKind;

use super::{Case, Change, Shrinking};
use crate::plan::said;

/// Numbers of partitions that are tried, the smallest first.
const PARTITIONS: [u32; 10] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 50];

impl Shrinking<'_> {
    /// Only the first steps, as few as possible.
    pub(super) fn shorter_runbook(&mut self) {
        let candidates = (1..self.case.scenario.runbook.len())
            .map(|steps| {
                let mut case = self.case.clone();
                case.scenario.runbook.truncate(steps);
                case
            })
            .collect();
        self.take(Change::World, candidates);
    }

    /// Fewer partitions, topic by topic.
    pub(super) fn fewer_partitions(&mut self) {
        for (cluster, topic) in topics(&self.case) {
            let Some(now) = partitions(&mut self.case.clone(), &cluster, &topic).copied() else {
                continue;
            };
            let candidates = PARTITIONS
                .into_iter()
                .filter(|&fewer| fewer < now)
                .filter_map(|fewer| {
                    let mut case = self.case.clone();
                    *partitions(&mut case, &cluster, &topic)? = fewer;
                    Some(case)
                })
                .collect();
            self.take(Change::World, candidates);
        }
    }

    /// Fewer brokers. Faults on brokers that are gone hit others; another seed may be needed, since replicas lie elsewhere.
    pub(super) fn fewer_brokers(&mut self) {
        let clusters: Vec<String> = names(self.case.scenario.estate.clusters.keys());
        for name in clusters {
            let Some(now) = cluster(&mut self.case.clone(), &name).map(|cluster| count(cluster))
            else {
                continue;
            };
            let mut candidates = Vec::new();
            for fewer in 1..now.unwrap_or(0) {
                for seed in [self.case.seed, 0, 1] {
                    let mut case = self.case.clone();
                    case.seed = seed;
                    if let Some(cluster) = cluster(&mut case, &name) {
                        cluster.brokers = said(NodeIds::Count(fewer));
                        let ids = now.unwrap_or(0);
                        let kept = |id: NodeId| match (fewer + 1..=ids).contains(&id) {
                            true => (id - 1) % fewer + 1,
                            false => id,
                        };
                        case.faults
                            .iter_mut()
                            .for_each(|fault| rename(fault, &kept));
                        candidates.push(case);
                    }
                }
            }
            self.take(Change::World, candidates);
        }
    }

    /// Leaves out clients, and what is promised to them.
    pub(super) fn fewer_clients(&mut self) {
        for group in names(self.case.scenario.estate.groups.keys()) {
            let mut case = self.case.clone();
            case.scenario
                .estate
                .groups
                .retain(|name, _| name.value != group);
            forget(&mut case, SubjectKind::Group, &group);
            self.take(Change::World, vec![case]);
        }
        for producer in names(self.case.scenario.estate.producers.keys()) {
            let mut case = self.case.clone();
            case.scenario
                .estate
                .producers
                .retain(|name, _| name.value != producer);
            forget(&mut case, SubjectKind::Producer, &producer);
            self.take(Change::World, vec![case]);
        }
        for (cluster_name, topic) in topics(&self.case) {
            let mut case = self.case.clone();
            if let Some(cluster) = cluster(&mut case, &cluster_name) {
                cluster.topics.retain(|name, _| name.value != topic);
            }
            forget(&mut case, SubjectKind::Topic, &topic);
            self.take(Change::World, vec![case]);
        }
    }
}

fn names<'a>(all: impl Iterator<Item = &'a Spanned<String>>) -> Vec<String> {
    all.map(|name| name.value.clone()).collect()
}

fn topics(case: &Case) -> Vec<(String, String)> {
    let clusters = case.scenario.estate.clusters.iter();
    clusters
        .flat_map(|(name, cluster)| {
            names(cluster.topics.keys())
                .into_iter()
                .map(|topic| (name.value.clone(), topic))
        })
        .collect()
}

fn cluster<'a>(case: &'a mut Case, name: &str) -> Option<&'a mut Cluster> {
    let mut clusters = case.scenario.estate.clusters.iter_mut();
    clusters
        .find(|(found, _)| found.value == name)
        .map(|(_, cluster)| cluster)
}

/// The number of brokers, if they are only counted.
fn count(cluster: &Cluster) -> Option<u32> {
    match &cluster.brokers.value {
        NodeIds::Count(brokers) => Some(*brokers),
        NodeIds::List(list) => {
            let counted = (1..).zip(list).all(|(n, id)| n == id.value);
            counted.then_some(list.len() as u32)
        }
    }
}

/// The number of partitions of a topic that is spread as Kafka does.
fn partitions<'a>(case: &'a mut Case, name: &str, topic: &str) -> Option<&'a mut u32> {
    let topics = &mut cluster(case, name)?.topics;
    let (_, topic) = topics.iter_mut().find(|(found, _)| found.value == topic)?;
    topic
        .assignment
        .is_none()
        .then_some(&mut topic.partitions.value)
}

/// Leaves out the promises that are made to this one by name.
fn forget(case: &mut Case, of: SubjectKind, name: &str) {
    case.scenario.contract.retain(|promise| {
        let subject = promise.kind.value.subject();
        !subject.is_some_and(|(kind, subject)| kind == of && subject.value == name)
    });
}

/// Calls the nodes of a fault by other ids.
fn rename(fault: &mut Fault, to: &dyn Fn(NodeId) -> NodeId) {
    let nodes = |nodes: &mut Nodes| {
        if let Nodes::These(ids) = nodes {
            for id in ids {
                id.value = to(id.value);
            }
        }
    };
    let target = |target: &mut Target| {
        if let Target::Node(id) = target {
            id.value = to(id.value);
        }
    };
    match &mut fault.kind.value {
        FaultKind::Kill(node)
        | FaultKind::Hang(node)
        | FaultKind::HostGone(node)
        | FaultKind::GcPause(node)
        | FaultKind::DiskFull(node)
        | FaultKind::MoveController(node)
        | FaultKind::SlowStart { node, .. }
        | FaultKind::CrashLoop { node, .. }
        | FaultKind::LongRecovery { node, .. }
        | FaultKind::DiskSlow { node, .. }
        | FaultKind::WrongBinary { node, .. }
        | FaultKind::OldNodeReturns { node, .. } => target(node),
        FaultKind::Cut { from, to, .. } | FaultKind::SlowLink { from, to, .. } => {
            nodes(from);
            to.iter_mut().for_each(nodes);
        }
        _ => {}
    }
    if let When::Nth {
        node: Some(node), ..
    } = &mut fault.at.value
    {
        node.value = to(node.value);
    }
}
