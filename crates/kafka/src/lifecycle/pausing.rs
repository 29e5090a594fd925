//! A process is paused and goes on: fetches hang, what waited in sockets is read (specification R3, R9).

use crate::happening::Happening;
use crate::ids::{NodeIx, PartitionIx, Slot};
use crate::log::Point;
use crate::node::Process;
use crate::partition::{Follow, Known};
use crate::world::{Notice, World};

impl World {
    /// SIGSTOP, or a long garbage collection.
    pub fn pause(&mut self, node: NodeIx) {
        if self.nodes[node as usize].process == Process::Gone
            || self.nodes[node as usize].paused.is_some()
        {
            return;
        }
        self.nodes[node as usize].why = self.clock.note(Happening::Paused(node));
        self.freezes(node);
        self.notices.push(Notice::Paused(node));
    }

    /// A process does nothing any more, and keeps its sockets.
    pub(crate) fn freezes(&mut self, node: NodeIx) {
        let now = self.clock.now();
        for &(partition, slot) in self.replicas_on(node).iter() {
            self.touch(partition);
            self.hang(partition, slot, false);
            for other in 0..self.partitions[partition as usize].replicas.len() as Slot {
                let p = &self.partitions[partition as usize];
                if other != slot
                    && p.office_of(slot).is_some()
                    && p.office_for(other) == p.office_of(slot)
                {
                    self.hang(partition, other, true);
                }
            }
        }
        if !self.controller.beats_since[node as usize].is_never() {
            self.beats_end(node, true);
        }
        self.nodes[node as usize].paused = Some(now);
        self.touch_connections_to(node);
        if self.estate.nodes[node as usize].controller {
            self.voter_pauses(node);
        }
        self.zookeeper_looks();
    }

    /// SIGCONT.
    pub fn resume(&mut self, node: NodeIx) {
        if self.nodes[node as usize].paused.take().is_none() {
            return;
        }
        self.nodes[node as usize].why = self.clock.note(Happening::Resumed(node));
        let held = std::mem::take(&mut self.nodes[node as usize].held);
        let now = self.clock.now();
        for event in held {
            self.clock.schedule(now, event);
        }
        for &(partition, slot) in self.replicas_on(node).iter() {
            self.touch(partition);
            self.unhang(partition, slot);
            for other in 0..self.partitions[partition as usize].replicas.len() as Slot {
                if other != slot {
                    self.unhang(partition, other);
                }
            }
        }
        self.fetches_go_on(node);
        self.watch_isr(node);
        if self.estate.nodes[node as usize].controller {
            self.voter_resumes(node);
        }
        self.zookeeper_looks();
        if self.estate.nodes[node as usize].broker {
            if self.nodes[node as usize].process == Process::ShuttingDown
                || self.zookeeper.is_some()
            {
                // Its next question comes by itself.
            } else {
                self.beats_resume(node);
            }
            self.begin_application(node);
            self.send_proposals(node);
            for producer in 0..self.producers.len() as u32 {
                let connection = self.connection_to(producer, node);
                self.disturb(connection);
                self.handle_next(connection);
            }
            self.reads_new_connections(node);
        }
        self.notices.push(Notice::Resumed(node));
    }

    /// A fetch gets no answer: what it had stays, and what was sent before may still arrive.
    pub(crate) fn hang(&mut self, partition: PartitionIx, slot: Slot, sent_arrives: bool) {
        if self.partitions[partition as usize].replicas[slot as usize].follow == Follow::Fetching {
            let log = self.log_of(partition, slot);
            let coming = if sent_arrives {
                self.what_is_coming(partition, slot)
            } else {
                None
            };
            self.stop_following(partition, slot);
            let replica = &mut self.partitions[partition as usize].replicas[slot as usize];
            replica.log = log;
            replica.coming = coming;
            replica.follow = Follow::Hanging;
        }
    }

    /// A fetch that hung goes on, if leader and follower are still what they were.
    pub(crate) fn unhang(&mut self, partition: PartitionIx, slot: Slot) {
        let p = &self.partitions[partition as usize];
        let replica = p.replicas[slot as usize];
        if replica.follow != Follow::Hanging {
            return;
        }
        let Some(leader) = replica.leader else { return };
        let l = p.replicas[leader as usize].node;
        if !self.nodes[l as usize].runs()
            || !self.nodes[replica.node as usize].runs()
            || self.way(l, replica.node).is_none()
        {
            return;
        }
        self.takes_what_has_come(partition, slot);
        let p = &self.partitions[partition as usize];
        let replica = p.replicas[slot as usize];
        let incarnation = self.nodes[replica.node as usize].incarnation;
        let known = p.office_for(slot).filter(|&at| {
            let follower = &p.offices[at].followers[slot as usize];
            follower.known != Known::Never && follower.fetched == incarnation
        });
        let at = match known {
            Some(at) => at,
            None => {
                // It hung at its first fetch, or the two are not of one epoch (any more): that is seen at the next instant.
                let fetcher = self.fetcher_of(l, replica.node);
                let why = self.clock.cause();
                self.partitions[partition as usize].replicas[slot as usize].follow = Follow::Added;
                self.fetchers[fetcher as usize]
                    .first
                    .push((partition, slot, why));
                return;
            }
        };
        self.touch(partition);
        let grid = self.fetch_grid(partition, leader, slot);
        let n = grid.next(self.clock.now());
        let p = &mut self.partitions[partition as usize];
        p.replicas[slot as usize].follow = Follow::Fetching;
        let node = p.offices[at].node;
        let since = p.offices[at].since;
        let mut from = p.tree.common(
            replica.log,
            Point {
                node,
                cut: self.clock.now(),
            },
        );
        if from.node != node {
            from = Point {
                node: from.node,
                cut: from.cut,
            };
            let parent = self.partitions[partition as usize].tree.node(node).parent;
            if self.covers(partition, from, parent) {
                from = Point { node, cut: since };
            }
        }
        let end = Point {
            node,
            cut: self.clock.now(),
        };
        let missed = self.has_content_beyond(partition, from, end);
        let office = &mut self.partitions[partition as usize].offices[at];
        office.followers[slot as usize].known = Known::InStep { since: n, from };
        let fetcher = self.fetcher_of(l, replica.node);
        if missed {
            // What came meanwhile is found by the first fetch (R4).
            let me = &mut self.fetchers[fetcher as usize];
            me.answered = me.answered.max(n);
        }
        self.arm_join(fetcher, n);
    }
}
