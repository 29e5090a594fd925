//! The network: who reaches whom (specification §0; latency, cuts and slow links are changed by faults).

use engine::Span;

use crate::ids::NodeIx;
use crate::world::World;

/// What differs from the normal network. Empty most of the time.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Links {
    /// Pairs of nodes (lower, higher) between which no packet passes, with a count of faults that say so.
    cut: Vec<(NodeIx, NodeIx)>,
    /// Nodes that no client reaches.
    no_clients: Vec<NodeIx>,
    /// Extra one-way latency between pairs of nodes (lower, higher).
    slow: Vec<(NodeIx, NodeIx, Span)>,
}

impl Links {
    /// Is a link of this node slower than normal?
    pub(crate) fn slows(&self, node: NodeIx) -> bool {
        self.slow
            .iter()
            .any(|slow| slow.0 == node || slow.1 == node)
    }

    pub(crate) fn is_cut(&self, a: NodeIx, b: NodeIx) -> bool {
        self.cut.contains(&(a.min(b), a.max(b)))
    }

    pub(crate) fn extra(&self, a: NodeIx, b: NodeIx) -> Span {
        let pair = (a.min(b), a.max(b));
        self.slow
            .iter()
            .filter(|slow| (slow.0, slow.1) == pair)
            .map(|slow| slow.2)
            .max()
            .unwrap_or(Span::ZERO)
    }

    pub(crate) fn cut(&mut self, a: NodeIx, b: NodeIx, on: bool) {
        let pair = (a.min(b), a.max(b));
        if on {
            self.cut.push(pair);
        } else if let Some(at) = self.cut.iter().position(|&other| other == pair) {
            self.cut.remove(at);
        }
    }

    pub(crate) fn slow(&mut self, a: NodeIx, b: NodeIx, by: Span, on: bool) {
        let link = (a.min(b), a.max(b), by);
        if on {
            self.slow.push(link);
        } else if let Some(at) = self.slow.iter().position(|&other| other == link) {
            self.slow.remove(at);
        }
    }

    pub(crate) fn no_clients(&mut self, node: NodeIx, on: bool) {
        if on {
            self.no_clients.push(node);
        } else if let Some(at) = self.no_clients.iter().position(|&other| other == node) {
            self.no_clients.remove(at);
        }
    }
}

impl World {
    /// One way between two nodes; `None` if no packet passes.
    pub(crate) fn way(&self, a: NodeIx, b: NodeIx) -> Option<Span> {
        if a == b {
            return Some(Span::ZERO);
        }
        if self.nodes[a as usize].lost || self.nodes[b as usize].lost || self.links.is_cut(a, b) {
            return None;
        }
        Some(self.estate.latency.saturating_add(self.links.extra(a, b)))
    }

    /// One way between a client and a node; `None` if no packet passes.
    pub(crate) fn client_way(&self, node: NodeIx) -> Option<Span> {
        if self.nodes[node as usize].lost || self.links.no_clients.contains(&node) {
            return None;
        }
        Some(self.estate.client_latency)
    }
}
