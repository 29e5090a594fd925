//! Which node ids a cluster has. Everyone who needs them asks here, so that numbering has one rule.

use crate::model::{Cluster, Controllers, NodeId, NodeIds};

/// Separate controllers that are only counted are numbered from the first of these that lies above all brokers.
const CONTROLLER_BASES: [NodeId; 4] = [101, 1_001, 10_001, 100_001];
/// ZooKeeper servers that are only counted are numbered from the first of these that lies above all brokers.
const ZOOKEEPER_BASES: [NodeId; 4] = [201, 2_001, 20_001, 200_001];

impl NodeIds {
    /// How many.
    pub fn count(&self) -> usize {
        match self {
            Self::Count(count) => *count as usize,
            Self::List(list) => list.len(),
        }
    }

    /// The ids in ascending order, a mere number counted from `first`.
    fn from(&self, first: NodeId) -> Vec<NodeId> {
        match self {
            Self::Count(count) => (first..first.saturating_add(*count)).collect(),
            Self::List(list) => {
                let mut ids: Vec<NodeId> = list.iter().map(|id| id.value).collect();
                ids.sort_unstable();
                ids
            }
        }
    }

    fn largest(&self) -> NodeId {
        match self {
            Self::Count(count) => *count,
            Self::List(list) => list.iter().map(|id| id.value).max().unwrap_or(0),
        }
    }
}

impl Cluster {
    /// The ids of the brokers in ascending order; a mere number of them is counted from 1.
    pub fn broker_ids(&self) -> Vec<NodeId> {
        self.brokers.from(1)
    }

    /// The ids of the controllers in ascending order.
    ///
    /// A mere number of separate ones is counted from 101, or from 1001, 10001 and so on if there are brokers with such ids; a mere
    /// number of combined ones is the first so many brokers.
    pub fn controller_ids(&self) -> Vec<NodeId> {
        match &self.controllers.value {
            Controllers::Separate(ids) => ids.from(self.controller_base()),
            Controllers::Combined(NodeIds::Count(count)) => self
                .broker_ids()
                .into_iter()
                .take(*count as usize)
                .collect(),
            Controllers::Combined(ids) => ids.from(1),
        }
    }

    /// The ids of the ZooKeeper servers in ascending order; a mere number of them is counted from 201 (or 2001 and so on).
    pub fn zookeeper_ids(&self) -> Vec<NodeId> {
        let largest = self.brokers.largest();
        let base = ZOOKEEPER_BASES
            .into_iter()
            .find(|base| largest < *base)
            .unwrap_or(largest.saturating_add(1));
        self.zookeeper
            .as_ref()
            .map(|zookeeper| zookeeper.servers.from(base))
            .unwrap_or_default()
    }

    /// Every node once: the brokers, then the controllers that are no brokers, then the ZooKeeper servers.
    pub fn node_ids(&self) -> Vec<NodeId> {
        let mut ids = self.broker_ids();
        if !self.is_combined() {
            ids.extend(self.controller_ids());
        }
        ids.extend(self.zookeeper_ids());
        ids
    }

    /// Are the controllers brokers too?
    pub fn is_combined(&self) -> bool {
        matches!(self.controllers.value, Controllers::Combined(_))
    }

    fn controller_base(&self) -> NodeId {
        let largest = self.brokers.largest();
        CONTROLLER_BASES
            .into_iter()
            .find(|base| largest < *base)
            .unwrap_or(largest.saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::cluster;

    #[test]
    fn counted_brokers_are_numbered_from_1_and_controllers_from_101() {
        let cluster = cluster("brokers: 3, controllers: 3");
        assert_eq!(cluster.broker_ids(), [1, 2, 3]);
        assert_eq!(cluster.controller_ids(), [101, 102, 103]);
        assert_eq!(cluster.node_ids(), [1, 2, 3, 101, 102, 103]);
    }

    #[test]
    fn the_order_of_the_list_does_not_matter() {
        let cluster = cluster("brokers: [7, 3, 5], controllers: [12, 11]");
        assert_eq!(cluster.broker_ids(), [3, 5, 7]);
        assert_eq!(cluster.controller_ids(), [11, 12]);
    }

    #[test]
    fn combined_controllers_are_the_first_brokers() {
        assert_eq!(
            cluster("brokers: [5, 3, 9], controllers: Combined(2)").controller_ids(),
            [3, 5]
        );
        let cluster = cluster("brokers: 4, controllers: Combined([4, 2])");
        assert_eq!(cluster.controller_ids(), [2, 4]);
        assert_eq!(cluster.node_ids(), [1, 2, 3, 4]);
    }

    #[test]
    fn counted_controllers_stay_clear_of_the_brokers() {
        assert_eq!(
            cluster("brokers: 200, controllers: 1").controller_ids(),
            [1001]
        );
        assert_eq!(
            cluster("brokers: [101], controllers: 1").controller_ids(),
            [1001]
        );
    }
}
