//! Who stands when the leader of the quorum resigns (KafkaRaftClient.handleEndQuorumEpochRequest).

use engine::Span;

use super::Role;
use crate::event::Event;
use crate::ids::NodeIx;
use crate::world::World;

impl World {
    /// EndQuorumEpoch names the successors, those that have most of the log first, then by id (LeaderState.nonLeaderVotersByDescendingFetchOffset):
    /// the first stands at once, each other after its share of `controller.quorum.election.backoff.max.ms`
    /// (KafkaRaftClient.strictExponentialElectionBackoffMs).
    pub(super) fn stands_in_turn(&mut self, at: usize, leader: NodeIx) {
        let node = self.quorum.voters[at].node;
        let successors = self.quorum.voters.len() - 1;
        let position = self
            .quorum
            .voters
            .iter()
            .filter(|voter| {
                voter.role == Role::Follower(leader) && self.nodes[voter.node as usize].runs()
            })
            .position(|voter| voter.node == node)
            .unwrap_or(0);
        if position == 0 {
            self.stand(at);
            return;
        }
        let max = self.nodes[node as usize]
            .binary
            .config
            .quorum_election_backoff_max;
        let share = max.as_nanos() >> (successors - 1).min(63);
        let wait = Span::nanos(share << (position - 1).min(20)).min(max);
        let due = self.clock.now().saturating_add(wait);
        let voter = &mut self.quorum.voters[at];
        self.clock
            .arm(&mut voter.timer, due, |ticket| Event::VoterTimer {
                node,
                ticket,
            });
    }
}
