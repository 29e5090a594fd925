//! Links are cut, mended and slowed; disks get slower (specification R8, R9, §6).

use engine::Span;

use crate::event::Event;
use crate::happening::Happening;
use crate::ids::NodeIx;
use crate::node::Process;
use crate::world::World;

impl World {
    /// The link between two nodes is cut or mended.
    pub fn cut(&mut self, a: NodeIx, b: NodeIx, on: bool) {
        self.clock.note(Happening::NetworkChanged);
        for (leader, follower) in [(a, b), (b, a)] {
            let fetcher = self.fetcher_of(leader, follower);
            for member in self.layout.members[fetcher as usize].clone().iter() {
                self.touch(member.partition);
                if on {
                    let p = &self.partitions[member.partition as usize];
                    if p.replicas[member.follower as usize].leader == Some(member.leader) {
                        self.hang(member.partition, member.follower, false);
                    }
                }
            }
        }
        let active = self.controller.active;
        if on && let Some(active) = active {
            for (controller, broker) in [(a, b), (b, a)] {
                if controller == active && !self.controller.beats_since[broker as usize].is_never()
                {
                    self.beats_end(broker, false);
                }
            }
        }
        self.links.cut(a, b, on);
        if !on && self.way(a, b).is_some() {
            for (leader, follower) in [(a, b), (b, a)] {
                let fetcher = self.fetcher_of(leader, follower);
                for member in self.layout.members[fetcher as usize].clone().iter() {
                    self.unhang(member.partition, member.follower);
                }
                if self.nodes[a as usize].runs() && self.nodes[b as usize].runs() {
                    // Also those whose first fetch was lost in the cut.
                    self.fetcher_goes_on(fetcher, self.clock.now());
                }
                if active == Some(leader) && self.zookeeper.is_none() {
                    self.reaches_controller_again(follower);
                }
            }
        }
        self.quorum_links_changed();
        self.zookeeper_looks();
    }

    /// A broker can reach the active controller again: it learns what it missed and its beats count.
    pub(crate) fn reaches_controller_again(&mut self, broker: NodeIx) {
        if !self.estate.nodes[broker as usize].broker || !self.nodes[broker as usize].runs() {
            return;
        }
        let at = self
            .metadata
            .noops
            .next_time(self.clock.now())
            .saturating_add(self.estate.latency);
        self.clock.schedule(
            at,
            Event::Learn {
                node: broker,
                flush: self.metadata.committed,
            },
        );
        if self.nodes[broker as usize].process == Process::Running {
            self.beats_resume(broker);
        }
    }

    /// Clients can or cannot reach a node.
    pub fn cut_clients(&mut self, node: NodeIx, on: bool) {
        self.clock.note(Happening::NetworkChanged);
        self.groups_reach_changed(node);
        self.touch_connections_to(node);
        for producer in 0..self.producers.len() as u32 {
            let connection = self.connection_to(producer, node);
            self.disturb(connection);
        }
        self.links.no_clients(node, on);
    }

    /// The link between two nodes becomes slow or normal again.
    pub fn slow_link(&mut self, a: NodeIx, b: NodeIx, by: Span, on: bool) {
        self.clock.note(Happening::NetworkChanged);
        for producer in 0..self.producers.len() as u32 {
            for node in 0..self.nodes.len() as NodeIx {
                let connection = self.connection_to(producer, node);
                self.disturb(connection);
            }
        }
        for (leader, follower) in [(a, b), (b, a)] {
            let fetcher = self.fetcher_of(leader, follower);
            for member in self.layout.members[fetcher as usize].clone().iter() {
                self.touch(member.partition);
                let p = &self.partitions[member.partition as usize];
                if p.replicas[member.follower as usize].leader == Some(member.leader) {
                    self.hang(member.partition, member.follower, false);
                }
            }
        }
        self.links.slow(a, b, by, on);
        for (leader, follower) in [(a, b), (b, a)] {
            let fetcher = self.fetcher_of(leader, follower);
            let grid = self.natural_grid(leader, follower);
            self.fetcher_changes_pace(fetcher, grid);
            for member in self.layout.members[fetcher as usize].clone().iter() {
                self.unhang(member.partition, member.follower);
            }
        }
    }

    /// The disk of a node runs at this share of its rates.
    pub fn slow_disk(&mut self, node: NodeIx, percent: u32) {
        self.nodes[node as usize].disk_percent = percent;
        self.rates_change(node);
    }

    /// The next start of a node takes longer.
    pub fn slow_next_start(&mut self, node: NodeIx, by: Span) {
        self.nodes[node as usize].slow_start = by.as_nanos();
    }

    /// The next log load of a node takes longer.
    pub fn slow_next_recovery(&mut self, node: NodeIx, by: Span) {
        self.nodes[node as usize].slow_recovery = by.as_nanos();
    }
}
