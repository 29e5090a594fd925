//! Whether a leader can read the fetches of a follower (rule Z17; RemoteLeaderEndPoint.buildFetch, ReplicaFetcherThread).

use super::wire::{self, Channel};
use crate::ids::NodeIx;
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
}
