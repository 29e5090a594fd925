//! What a broker does with the controller's requests (rules Z9, Z10, Z13; KafkaApis, ReplicaManager.becomeLeaderOrFollower,
//! ReplicaManager.stopReplicas, ZkMetadataCache.updateMetadata).

use engine::{Key, Span};

use super::requests::Request;
use super::wire::Channel;
use crate::ids::{NodeIx, PartitionIx, Slot, has, slots};
use crate::node::Application;
use crate::partition::{Follow, Known, Pending};
use crate::world::World;

/// Handling an UpdateMetadata or a StopReplica request. *Assumed*, as the application of metadata in KRaft mode (M4).
const HANDLING: (Span, Span) = (Span::micros(200), Span::millis(2));

impl World {
    /// A request has arrived.
    pub(crate) fn handles_request(&mut self, node: NodeIx, request: &Request) {
        match request.channel {
            Channel::LeaderAndIsr => {
                self.begin_state_change(node, request.flush, request.partitions.clone());
            }
            Channel::StopReplica => {
                for &partition in request.partitions.iter() {
                    self.stops_replica(node, partition);
                }
                let after = self.zk_draw("handling", node, HANDLING.0, HANDLING.1);
                self.controller_request_done(node, after);
            }
            _ => {
                self.takes_picture(node, request);
                let after = self.zk_draw("handling", node, HANDLING.0, HANDLING.1);
                self.controller_request_done(node, after);
            }
        }
    }

    /// Z9: UpdateMetadata: who is there, who leads what.
    fn takes_picture(&mut self, node: NodeIx, request: &Request) {
        let active = self.controller.active;
        let side = &mut self.zk().sides[node as usize];
        side.picture = side.picture.max(request.flush);
        side.knows = true;
        side.controller = active;
        for (peer, &state) in request.peers.iter().enumerate() {
            if self.nodes[node as usize].peers[peer] != state {
                self.nodes[node as usize].peers[peer] = state;
                if peer != node as usize {
                    self.peer_changed(node, peer as NodeIx);
                }
            }
        }
        // The controller may be another one, or the same broker elected anew.
        self.isr_changes_go_on(node);
    }

    /// The partitions of a LeaderAndIsr request are gone through as metadata is in KRaft mode (M4).
    fn begin_state_change(
        &mut self,
        node: NodeIx,
        upto: u32,
        given: std::sync::Arc<[PartitionIx]>,
    ) {
        self.begin_application_of(
            node,
            Application {
                upto,
                given,
                ..Application::default()
            },
        );
    }

    /// Z10: what the request asks for, by partition.
    pub(crate) fn takes_state_changes(&mut self, node: NodeIx, application: &mut Application) {
        let fresh = self.zk().sides[node as usize].fresh;
        self.zk().sides[node as usize].fresh = false;
        let mut given: Vec<PartitionIx> = application.given.to_vec();
        given.sort_unstable();
        let mut kept = Vec::new();
        for partition in given {
            let p = &self.partitions[partition as usize];
            let Some(slot) = p.slot_of(node) else {
                continue;
            };
            let state = p.shown(application.upto);
            let replica = p.replicas[slot as usize];
            let held = p.office_of(slot);
            let unknown = fresh && held.is_none() && replica.follow == Follow::Not;
            if state.leader_epoch <= replica.epoch && !unknown {
                // "its associated leader epoch matches the current leader epoch".
                continue;
            }
            if state.leader == Some(slot) {
                if let Some(at) = held {
                    kept.push((partition, at, state.isr));
                } else {
                    self.ends_fetch(partition, slot);
                }
                application.leads.push(partition);
                continue;
            }
            let leader_is_there = state.leader.is_some_and(|leader| {
                let l = self.partitions[partition as usize].replicas[leader as usize].node;
                self.nodes[node as usize].peers[l as usize].alive
            });
            if !leader_is_there {
                // "cannot become follower since the new leader … is unavailable": it stays what it is.
                continue;
            }
            if held.is_some() {
                application.steps_down.push(partition);
            } else {
                application.follows.push(partition);
            }
        }
        self.fetches_in_hand(node, &kept);
    }

    /// Z13: a fetch that is being handled while epochs change was read in the old epoch and counts in the new one: a broker that has just
    /// been taken out of an ISR is found to be in sync (KAFKA-13916). Which partitions of the fetch are hit depends on how far the two had
    /// come when they met: a draw for each pair of brokers.
    fn fetches_in_hand(&mut self, node: NodeIx, kept: &[(PartitionIx, usize, u16)]) {
        let mut out: Vec<(NodeIx, PartitionIx, Slot)> = Vec::new();
        for &(partition, at, isr) in kept {
            let p = &self.partitions[partition as usize];
            let office = &p.offices[at];
            for slot in slots(office.isr & !isr) {
                let follower = p.replicas[slot as usize].node;
                let fetches = matches!(office.followers[slot as usize].known, Known::InStep { .. });
                if fetches
                    && self.nodes[follower as usize].runs()
                    && self.nodes[node as usize].peers[follower as usize].alive
                {
                    out.push((follower, partition, slot));
                }
            }
        }
        out.sort_unstable();
        let mut raced = Vec::new();
        let mut at = 0;
        while at < out.len() {
            let follower = out[at].0;
            let run = out[at..].iter().take_while(|one| one.0 == follower).count();
            let key = Key::of("zookeeper")
                .part("fetch-in-hand")
                .id(u64::from(self.estate.nodes[node as usize].id))
                .id(u64::from(self.estate.nodes[follower as usize].id));
            let draws = self.zk().draws;
            self.zk().draws += 1;
            let met = self.draw(key, draws, run as u64 + 1) as usize;
            raced.extend(out[at + met..at + run].iter().map(|one| (one.1, one.2)));
            at += run;
        }
        self.zk().sides[node as usize].raced = raced;
    }

    /// Z13: the new epoch of a partition has begun, and a fetch of the old one is counted in it.
    pub(crate) fn counts_fetch_in_hand(&mut self, node: NodeIx, partition: PartitionIx) {
        let Some(zk) = &mut self.zookeeper else {
            return;
        };
        let raced = &mut zk.sides[node as usize].raced;
        let Some(at) = raced.iter().position(|one| one.0 == partition) else {
            return;
        };
        let (_, slot) = raced.remove(at);
        let now = self.clock.now();
        let p = &self.partitions[partition as usize];
        let Some(office) = p.office_on(node) else {
            return;
        };
        if has(p.offices[office].maximal_isr(), slot) || p.offices[office].pending.is_some() {
            return;
        }
        let log = self.log_of(partition, slot);
        let incarnation = self.nodes
            [self.partitions[partition as usize].replicas[slot as usize].node as usize]
            .incarnation;
        let office = &mut self.partitions[partition as usize].offices[office];
        let follower = &mut office.followers[slot as usize];
        follower.known = Known::At(log);
        follower.caught_up = now;
        follower.fetched = incarnation;
        office.pending = Some(Pending {
            isr: office.isr | (1 << slot),
            sent: false,
        });
        self.propose(node, partition);
        self.watch_isr(node);
    }

    /// ReplicaManager.stopReplicas without deletion: the replica stops to fetch.
    fn stops_replica(&mut self, node: NodeIx, partition: PartitionIx) {
        let p = &self.partitions[partition as usize];
        let Some(slot) = p.slot_of(node) else { return };
        if p.office_of(slot).is_some() {
            return;
        }
        self.ends_fetch(partition, slot);
    }
}
