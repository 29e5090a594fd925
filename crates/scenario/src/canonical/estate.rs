//! The estate in its only form: counted nodes are written out, so that `brokers: 3` and `brokers: [3, 1, 2]` are the same.

use super::{Written, call, list, list_if_any, map, map_if_any, optional};
use crate::model::{Cluster, Disk, Estate, Group, Node, NodeId, Producer, Topic};

/// Beyond this, which no valid file reaches, ids are counted and not listed.
const MOST_LISTED: usize = 100_000;

impl Written for Estate {
    fn written(&self) -> String {
        call(
            "",
            [
                ("clusters", map(&self.clusters)),
                ("producers", map_if_any(&self.producers)),
                ("groups", map_if_any(&self.groups)),
            ],
        )
    }
}

fn ids(count: usize, ids: impl FnOnce() -> Vec<NodeId>) -> String {
    if count > MOST_LISTED {
        count.to_string()
    } else {
        list(&ids())
    }
}

impl Written for Cluster {
    fn written(&self) -> String {
        let controllers = match &self.controllers.value {
            crate::model::Controllers::Separate(given)
            | crate::model::Controllers::Combined(given) => {
                ids(given.count(), || self.controller_ids())
            }
        };
        let controllers = if self.is_combined() {
            format!("Combined({controllers})")
        } else {
            controllers
        };
        call(
            "",
            [
                ("kafka", self.kafka.written()),
                ("brokers", ids(self.brokers.count(), || self.broker_ids())),
                (
                    "controllers",
                    if self.zookeeper.is_some() {
                        String::new()
                    } else {
                        controllers
                    },
                ),
                ("zookeeper", self.zookeeper_written()),
                ("racks", list_if_any(&self.racks)),
                ("disk", self.disk.written()),
                ("network", self.network.written()),
                ("latency", self.latency.written()),
                ("client_latency", self.client_latency.written()),
                ("process_start", self.process_start.written()),
                ("process_stop", self.process_stop.written()),
                ("recovery_rate", optional(&self.recovery_rate)),
                ("metadata_version", optional(&self.metadata_version)),
                ("features", map_if_any(&self.features)),
                ("dynamic_quorum", self.dynamic_quorum.written()),
                ("settings", map_if_any(&self.settings)),
                ("nodes", map_if_any(&self.nodes)),
                ("topics", map_if_any(&self.topics)),
            ],
        )
    }
}

impl Cluster {
    fn zookeeper_written(&self) -> String {
        let Some(zookeeper) = &self.zookeeper else {
            return String::new();
        };
        let servers = ids(zookeeper.servers.count(), || self.zookeeper_ids());
        match &zookeeper.controller {
            None => servers,
            Some(id) => call(
                "",
                [("servers", servers), ("controller", id.value.to_string())],
            ),
        }
    }
}

impl Written for Disk {
    fn written(&self) -> String {
        call(
            "",
            [
                ("size", self.size.written()),
                ("write", self.write.written()),
                ("read", self.read.written()),
                ("dirs", self.dirs.written()),
            ],
        )
    }
}

impl Written for Node {
    fn written(&self) -> String {
        call(
            "",
            [
                ("kafka", optional(&self.kafka)),
                ("rack", optional(&self.rack)),
                ("disk", optional(&self.disk)),
                ("process_start", optional(&self.process_start)),
                ("settings", map_if_any(&self.settings)),
            ],
        )
    }
}

impl Written for Topic {
    fn written(&self) -> String {
        let assignment = self.assignment.as_ref().map(|rows| {
            let rows: Vec<String> = rows.iter().map(|row| list(row)).collect();
            format!("[{}]", rows.join(", "))
        });
        call(
            "",
            [
                ("partitions", self.partitions.written()),
                ("replicas", self.replicas.written()),
                ("assignment", assignment.unwrap_or_default()),
                ("data", self.data.written()),
                ("settings", map_if_any(&self.settings)),
            ],
        )
    }
}

impl Written for Producer {
    fn written(&self) -> String {
        call(
            "",
            [
                ("to", self.to.written()),
                ("cluster", optional(&self.cluster)),
                ("rate", self.rate.written()),
                ("size", self.size.written()),
                ("kafka", optional(&self.kafka)),
                (
                    "bootstrap",
                    self.bootstrap
                        .as_ref()
                        .map(|ids| list(ids))
                        .unwrap_or_default(),
                ),
                ("settings", map_if_any(&self.settings)),
            ],
        )
    }
}

impl Written for Group {
    fn written(&self) -> String {
        call(
            "",
            [
                ("reads", list(&self.reads)),
                ("cluster", optional(&self.cluster)),
                ("members", self.members.written()),
                ("processing", optional(&self.processing)),
                ("static_members", self.static_members.written()),
                ("kafka", optional(&self.kafka)),
                ("settings", map_if_any(&self.settings)),
            ],
        )
    }
}
