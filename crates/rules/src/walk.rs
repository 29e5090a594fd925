//! The runbook walked through on paper: which version, settings and state every node has before and after each step.
//!
//! The walk assumes that every step ends well. It knows nothing of time: what a rehearsal finds out by playing is not here.

use crate::levels;
use facts::KafkaVersion;
use scenario::model::{Action, Cluster, ConfigTarget, NodeId, Nodes, Scenario, Settings, Step};
use std::collections::BTreeMap;

/// What is known of a node between two steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeState {
    /// It is a broker (perhaps a controller too).
    pub broker: bool,
    /// It is a controller (perhaps a broker too).
    pub controller: bool,
    /// Its rack.
    pub rack: Option<String>,
    /// What it runs, or would run if it were started.
    pub version: KafkaVersion,
    /// Its settings as far as the file gives them.
    pub settings: BTreeMap<String, String>,
    /// Lines of its properties file that were edited and count from its next start on; `None`: taken out.
    pub edited: BTreeMap<String, Option<String>>,
    /// It is running.
    pub up: bool,
}

/// All nodes, by id.
pub(crate) type Nodemap = BTreeMap<NodeId, NodeState>;

/// One step of the runbook, and the nodes before and after it.
#[derive(Clone, Debug)]
pub struct Moment<'a> {
    /// The step.
    pub step: &'a Step,
    /// The finalized level of each feature before it; one that is not there has level 0.
    pub levels: BTreeMap<String, i16>,
    /// Before it.
    pub before: BTreeMap<NodeId, NodeState>,
    /// After it, if all went well.
    pub after: BTreeMap<NodeId, NodeState>,
}

/// The nodes before the first step.
pub(crate) fn beginning(cluster: &Cluster) -> Nodemap {
    let version = |name: &str| name.parse().unwrap_or(KafkaVersion::new(0, 0, 0));
    let brokers = cluster.broker_ids();
    let controllers = cluster.controller_ids();
    let mut nodes = Nodemap::new();
    // ZooKeeper servers run no Kafka.
    let kafka = |id: &NodeId| brokers.contains(id) || controllers.contains(id);
    for id in cluster.node_ids().into_iter().filter(kafka) {
        let own = cluster
            .nodes
            .iter()
            .find(|(of, _)| of.value == id)
            .map(|(_, node)| node);
        let dealt = brokers
            .iter()
            .position(|broker| *broker == id)
            .filter(|_| !cluster.racks.is_empty())
            .map(|at| cluster.racks[at % cluster.racks.len()].value.clone());
        let rack = own
            .and_then(|node| node.rack.as_ref())
            .map(|rack| rack.value.clone());
        let runs = own
            .and_then(|node| node.kafka.as_ref())
            .unwrap_or(&cluster.kafka);
        let mut settings = plain(&cluster.settings);
        settings.extend(own.map(|node| plain(&node.settings)).unwrap_or_default());
        let state = NodeState {
            broker: brokers.contains(&id),
            controller: controllers.contains(&id),
            rack: rack.or(dealt),
            version: version(&runs.value.0),
            settings,
            edited: BTreeMap::new(),
            up: true,
        };
        nodes.insert(id, state);
    }
    nodes
}

/// The steps in the order in which they are taken.
pub(crate) fn moments<'a>(scenario: &'a Scenario, cluster: &Cluster) -> Vec<Moment<'a>> {
    let first = beginning(cluster);
    let mut now = first.clone();
    let mut finalized = levels::beginning(cluster);
    let mut moments = Vec::new();
    for step in in_order(&scenario.runbook) {
        let before = now.clone();
        let before_it = finalized.clone();
        levels::act(&step.action.value, &before, &mut finalized);
        act(&step.action.value, &first, &mut now);
        moments.push(Moment {
            step,
            levels: before_it,
            before,
            after: now.clone(),
        });
    }
    moments
}

/// Steps after those that they need; among those that could come next, as listed.
fn in_order(steps: &[Step]) -> Vec<&Step> {
    let mut order: Vec<&Step> = Vec::new();
    let mut left: Vec<&Step> = steps.iter().collect();
    while !left.is_empty() {
        let done = |step: &&Step| {
            let needs = step.needs.iter().flatten();
            needs
                .clone()
                .all(|name| order.iter().any(|done| done.name.value == name.value))
        };
        // The reader refuses circles; should one come here, the order of the file is kept.
        let next = left.iter().position(done).unwrap_or(0);
        order.push(left.remove(next));
    }
    order
}

/// What an action that ends well makes of the nodes.
fn act(action: &Action, first: &Nodemap, nodes: &mut Nodemap) {
    match action {
        Action::Stop(which) | Action::Kill(which) => {
            for id in chosen(which, nodes) {
                if let Some(node) = nodes.get_mut(&id) {
                    node.up = false;
                }
            }
        }
        Action::Start(start) => {
            for id in chosen(&start.nodes.value, nodes) {
                if let Some(node) = nodes.get_mut(&id) {
                    node.up = true;
                    node.becomes(
                        start.version.as_ref().map(|to| to.value.0.as_str()),
                        &start.settings,
                    );
                }
            }
        }
        Action::Roll(roll) if roll.back => {
            for id in chosen(&roll.nodes.value, nodes) {
                if let Some(node) = first.get(&id) {
                    nodes.insert(id, node.clone());
                }
            }
        }
        Action::EditProperties(edit) => {
            for id in chosen(&edit.nodes.value, nodes) {
                if let Some(node) = nodes.get_mut(&id) {
                    let lines = plain(&edit.settings).into_iter();
                    node.edited
                        .extend(lines.map(|(name, value)| (name, Some(value))));
                    let gone = edit.remove.iter();
                    node.edited
                        .extend(gone.map(|name| (name.value.clone(), None)));
                }
            }
        }
        Action::Roll(roll) => {
            for id in chosen(&roll.nodes.value, nodes) {
                if let Some(node) = nodes.get_mut(&id) {
                    node.up = true;
                    node.becomes(
                        roll.to.as_ref().map(|to| to.value.0.as_str()),
                        &roll.settings,
                    );
                }
            }
        }
        Action::SetConfig(set) => {
            let only = match &set.on.value {
                ConfigTarget::Brokers => None,
                ConfigTarget::Node(id) => Some(id.value),
                ConfigTarget::Topic(_) => return,
            };
            for (_, node) in nodes
                .iter_mut()
                .filter(|(id, _)| only.is_none_or(|only| only == **id))
            {
                node.settings.extend(plain(&set.settings));
                for name in &set.remove {
                    let in_the_file = first
                        .values()
                        .find_map(|node| node.settings.get(&name.value));
                    match in_the_file {
                        Some(value) => node.settings.insert(name.value.clone(), value.clone()),
                        None => node.settings.remove(&name.value),
                    };
                }
            }
        }
        _ => {}
    }
}

impl NodeState {
    fn becomes(&mut self, version: Option<&str>, settings: &Settings) {
        if let Some(version) = version.and_then(|name| name.parse().ok()) {
            self.version = version;
        }
        for (name, value) in std::mem::take(&mut self.edited) {
            match value {
                Some(value) => self.settings.insert(name, value),
                None => self.settings.remove(&name),
            };
        }
        self.settings.extend(plain(settings));
    }
}

/// The nodes that are meant. The active controller is known only when the runbook is played: it stands for none here.
pub(crate) fn chosen(which: &Nodes, nodes: &Nodemap) -> Vec<NodeId> {
    let by = |so: &dyn Fn(&NodeState) -> bool| -> Vec<NodeId> {
        nodes
            .iter()
            .filter(|(_, node)| so(node))
            .map(|(id, _)| *id)
            .collect()
    };
    match which {
        Nodes::Brokers => by(&|node| node.broker),
        Nodes::Controllers => by(&|node| node.controller),
        Nodes::All => by(&|_| true),
        Nodes::ActiveController => Vec::new(),
        Nodes::Rack(rack) => by(&|node| node.broker && node.rack.as_ref() == Some(&rack.value)),
        Nodes::These(ids) => ids.iter().map(|id| id.value).collect(),
    }
}

pub(crate) fn plain(settings: &Settings) -> BTreeMap<String, String> {
    settings
        .iter()
        .map(|(name, value)| (name.value.clone(), value.value.clone()))
        .collect()
}
