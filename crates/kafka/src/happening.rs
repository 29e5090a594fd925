//! Notable things that happen: the links of a causal chain. A chain leads from an effect back to what an operator or a fault did;
//! `rehearsal` puts it into words.

use engine::Time;

use crate::features::Fault;
use crate::features::exit::ExitReason;
use crate::ids::{GroupIx, NodeIx, PartitionIx, ProducerIx, Slot};
use crate::zookeeper::wire::Channel;

/// One notable thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// Whoever drives the world did something: an operator's action or a fault, by its own number.
    Outside(u32),
    /// A process was killed, or its host was lost.
    Killed(NodeIx),
    /// A broker was asked to stop.
    StopAsked(NodeIx),
    /// A process ended after a controlled shutdown.
    Stopped(NodeIx),
    /// A broker ended its shutdown without the controller's leave.
    StoppedWithoutLeave(NodeIx),
    /// A process was started.
    Started(NodeIx),
    /// A broker recovers its logs after an unclean stop.
    Recovers(NodeIx),
    /// A process was paused.
    Paused(NodeIx),
    /// A process goes on.
    Resumed(NodeIx),
    /// A broker died because its log directory took no more writes.
    DiskFull(NodeIx),
    /// A registration was refused because the controller keeps the old session.
    RegistrationRefused(NodeIx),
    /// A registration was refused because the broker does not support this finalized level.
    Unsupported(NodeIx, &'static str, i16),
    /// A broker met a record that it cannot take; its picture of the metadata stands still.
    Stumbles(NodeIx, Fault),
    /// A process ended by itself.
    Exited(NodeIx, ExitReason),
    /// A broker's session ended: last heard of at that time.
    SessionEnded(NodeIx, Time),
    /// The controller fenced a broker.
    Fenced(NodeIx),
    /// The controller unfenced a broker.
    Unfenced(NodeIx),
    /// The controller took a broker out of all ISRs and leaderships for its controlled shutdown.
    ShutdownBegan(NodeIx),
    /// The controller gave leave to stop.
    ShutdownGranted(NodeIx),
    /// A leader was chosen: partition, new leader.
    Elected(PartitionIx, Slot),
    /// A leader was chosen that was not in sync.
    ElectedUncleanly(PartitionIx, Slot),
    /// A partition lost its last possible leader.
    Leaderless(PartitionIx),
    /// Preferred leaders were put back: how many.
    Balanced(u32),
    /// A node has applied metadata.
    Applied(NodeIx),
    /// A follower asked a leader that did not know the new epoch yet: follower, leader.
    UnknownEpoch(NodeIx, NodeIx),
    /// A follower had to truncate after its back-off and waits once more: follower, leader.
    BacksOffAgain(NodeIx, NodeIx),
    /// A follower could not reach its leader.
    FetchFailed(NodeIx, NodeIx),
    /// A follower's fetch was parked and could not take a new partition along: follower, leader.
    Parked(NodeIx, NodeIx),
    /// A follower begins to fetch: follower, leader.
    Fetches(NodeIx, NodeIx),
    /// A follower has a lot to fetch: follower, leader.
    FallsBehind(NodeIx, NodeIx),
    /// A follower has caught up.
    CaughtUp(NodeIx, NodeIx),
    /// A follower stopped fetching: partition, its slot.
    FollowerStopped(PartitionIx, Slot),
    /// An ISR shrank.
    IsrShrank(PartitionIx),
    /// An ISR grew.
    IsrGrew(PartitionIx),
    /// An ISR fell below min ISR.
    BelowMinIsr(PartitionIx),
    /// A client lost its connection: producer, broker.
    ConnectionLost(ProducerIx, NodeIx),
    /// A request was in flight for too long.
    TimedOut(ProducerIx, NodeIx),
    /// A producer learned of new leaders.
    Refreshed(ProducerIx),
    /// A producer was told that a broker no longer leads.
    NotLeader(ProducerIx, NodeIx),
    /// A producer can reach none of the brokers it knows.
    KnowsNobody(ProducerIx),
    /// The active controller is gone.
    ControllerLost(NodeIx),
    /// A voter stands for election.
    StandsForElection(NodeIx),
    /// A controller became active.
    ControllerActive(NodeIx),
    /// The quorum has no majority.
    QuorumLost,
    /// The links between nodes changed.
    NetworkChanged,
    /// A group rebalances.
    Rebalances(GroupIx),
    /// A member of a group is gone.
    MemberGone(GroupIx, u32),
    /// The ZooKeeper servers have no majority any more.
    EnsembleLost,
    /// They have one again.
    EnsembleBack,
    /// A broker created `/controller` and reads everything.
    ControllerElected(NodeIx),
    /// A process ended its start by itself.
    RefusedToStart(NodeIx),
    /// A request that its receiver cannot read: kind, sender, receiver, version.
    VersionUnknown(Channel, NodeIx, NodeIx, i16),
}
