//! Whether a leader can read the fetches of a follower (rule Z17; RemoteLeaderEndPoint.buildFetch, ReplicaFetcherThread), and what followers
//! do whose leader was away without being missed (Z10).

use engine::{Key, Span};

use super::wire::{self, Channel};
use crate::ids::{NodeIx, PartitionIx, Slot};
use crate::partition::Follow;
use crate::world::World;

impl World {
    /// A follower's fetch, and before 2.7-IV1 its question for the end of an epoch, have versions that the leader's binary reads.
    pub(crate) fn leader_reads_fetch(&mut self, follower: NodeIx, leader: NodeIx) -> bool {
        let Some(zk) = &self.zookeeper else {
            return true;
        };
        let topic_ids = zk.topic_ids;
        let Some(protocol) = self.protocol_at(follower) else {
            return true;
        };
        let binary = self.nodes[leader as usize].binary.version;
        for channel in [Channel::OffsetForLeaderEpoch, Channel::Fetch] {
            if let Some(version) = wire::sent(channel, protocol, topic_ids)
                && !wire::reads(channel, binary, version)
            {
                self.channel_closed(channel, follower, leader, version);
                return false;
            }
        }
        true
    }

    /// Z10: a broker that was away while there was no controller leads on in the epoch that it had. Its followers hear of no change; their
    /// fetchers have tried it every `replica.fetch.backoff.ms` since it went (R9), and the next attempt is answered.
    pub(crate) fn followers_still_try(&mut self, partition: PartitionIx, leader: Slot, epoch: u32) {
        if self.zookeeper.is_none() {
            return;
        }
        for slot in 0..self.partitions[partition as usize].replicas.len() as Slot {
            let replica = self.partitions[partition as usize].replicas[slot as usize];
            let tries = slot != leader
                && replica.leader == Some(leader)
                && replica.epoch == epoch
                && replica.follow == Follow::Not
                && self.nodes[replica.node as usize].listens()
                && self.nodes[replica.node as usize].runs();
            if !tries {
                continue;
            }
            let backoff = self.nodes[replica.node as usize]
                .binary
                .config
                .replica_fetch_backoff;
            let key = Key::of("zookeeper")
                .part("fetch-attempt")
                .id(u64::from(self.estate.nodes[replica.node as usize].id));
            let draws = self.zk().draws;
            self.zk().draws += 1;
            let wait = Span::nanos(self.draw(key, draws, backoff.as_nanos().max(1)));
            self.delay_for(partition, slot, wait);
        }
    }
}
