//! Replica logs as points in the partition's tree of leader epochs (specification R1, R2).
//!
//! Each leader epoch is a node: what its leader appended, in order of arrival. A replica's log is a [`Point`]: a node and a time
//! cut; it holds what arrived in that node up to the cut and all that lies below. This is Kafka's leader-epoch cache made
//! explicit: two leaders at once, divergent tails and double fail-overs need no copying and no special case.

use engine::Time;
use smallvec::SmallVec;

use crate::ids::Slot;

/// One leader epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochNode {
    /// The log that the leader had when it began. The root has itself.
    pub parent: Point,
    /// Who led.
    pub leader: Slot,
    /// The leader epoch.
    pub epoch: u32,
}

/// A log: everything that arrived in `node` up to and including `cut`, and everything below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// Index into the tree.
    pub node: u32,
    /// Last arrival that is included.
    pub cut: Time,
}

/// The leader epochs of one partition. Node 0 is the root; a child comes after its parent.
#[derive(Clone, Debug, PartialEq)]
pub struct EpochTree {
    nodes: SmallVec<[EpochNode; 2]>,
}

impl EpochTree {
    /// The tree at the beginning: the replica in this slot leads in epoch 0.
    pub fn new(leader: Slot) -> Self {
        let root = EpochNode {
            parent: Point {
                node: 0,
                cut: Time::ZERO,
            },
            leader,
            epoch: 0,
        };
        Self {
            nodes: SmallVec::from_slice(&[root]),
        }
    }

    /// Begins a leader epoch on top of `log`; returns the new node.
    pub fn begin(&mut self, log: Point, leader: Slot, epoch: u32) -> u32 {
        debug_assert!((log.node as usize) < self.nodes.len());
        self.nodes.push(EpochNode {
            parent: log,
            leader,
            epoch,
        });
        (self.nodes.len() - 1) as u32
    }

    /// A node.
    #[inline]
    pub fn node(&self, node: u32) -> &EpochNode {
        &self.nodes[node as usize]
    }

    /// Up to where `log` follows `node`: `None` if it does not pass through it.
    #[inline]
    pub fn cut_in(&self, mut log: Point, node: u32) -> Option<Time> {
        while log.node > node {
            log = self.nodes[log.node as usize].parent;
        }
        (log.node == node).then_some(log.cut)
    }

    /// The highest point that both logs contain.
    pub fn common(&self, mut a: Point, mut b: Point) -> Point {
        while a.node != b.node {
            if a.node > b.node {
                a = self.nodes[a.node as usize].parent;
            } else {
                b = self.nodes[b.node as usize].parent;
            }
        }
        Point {
            node: a.node,
            cut: a.cut.min(b.cut),
        }
    }

    /// The stretches of a log from its end down to the root: (node, cut).
    pub fn path(&self, log: Point) -> impl Iterator<Item = Point> + '_ {
        let mut next = Some(log);
        std::iter::from_fn(move || {
            let point = next?;
            next = (point.node != 0).then(|| self.nodes[point.node as usize].parent);
            Some(point)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(node: u32, nanos: u64) -> Point {
        Point {
            node,
            cut: Time::from_nanos(nanos),
        }
    }

    #[test]
    fn two_leaders_share_what_lies_below_both() {
        let mut tree = EpochTree::new(0);
        let second = tree.begin(at(0, 50), 1, 1);
        let zombie = at(0, 80);
        let new = at(second, 90);
        assert_eq!(tree.common(zombie, new), at(0, 50));
        assert_eq!(tree.cut_in(new, 0), Some(Time::from_nanos(50)));
        assert_eq!(tree.cut_in(zombie, second), None);
    }

    #[test]
    fn a_path_ends_at_the_root() {
        let mut tree = EpochTree::new(0);
        let a = tree.begin(at(0, 10), 1, 1);
        let b = tree.begin(at(a, 20), 2, 2);
        let nodes: Vec<u32> = tree.path(at(b, 30)).map(|point| point.node).collect();
        assert_eq!(nodes, [b, a, 0]);
    }
}
