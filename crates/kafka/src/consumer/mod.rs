//! Consumers: what the members of a classic group read, commit and go through (specification G1–G20; KafkaConsumer, Fetcher,
//! ConsumerCoordinator, AbstractCoordinator).
//!
//! | file | what |
//! |---|---|
//! | `mod.rs` | state; what a world with groups begins with |
//! | `position.rs` | positions in a log as arithmetic |
//! | `reading.rs` | fetching: what is delivered when, and what happens when a leader goes (Fetcher, OffsetsForLeaderEpochUtils) |
//! | `metadata.rs` | what a member knows of the cluster (Metadata, NetworkClient) |
//! | `commits.rs` | committed positions (ConsumerCoordinator) |
//! | `membership.rs` | finding the coordinator, joining, heartbeats, leaving (AbstractCoordinator) |
//! | `protocol.rs` | what a member hears from its coordinator, and its assignment |
//! | `ledger.rs` | what became of the records, outages, lag |
//! | `step.rs` | the events of groups |
//!
//! While nothing changes, a member costs no event: what it has read is arithmetic over the flows and the high watermark, its heartbeats
//! and commits are instants of a grid.

mod commits;
mod ledger;
mod membership;
mod metadata;
mod position;
mod protocol;
mod reading;
pub(crate) mod step;

use std::sync::Arc;

use engine::{CauseId, Key, Time, Timer};
use smallvec::SmallVec;

pub use ledger::{GroupLedger, PartitionReading};
pub(crate) use step::GroupStep;

use crate::coordinator::Coordinator;
use crate::grid::Grid;
use crate::ids::{GroupIx, NodeIx, PartitionIx};
use crate::log::Point;
use crate::ranges::Ranges;
use crate::world::World;

/// Deliveries that are further apart than this are noted as a read outage, if records waited.
pub const NOTED_OUTAGE: engine::Span = engine::Span::millis(200);
/// Deliveries that are further apart than this are noted as a gap, if messages had been created (as `observed/README.md` has `read_gaps`).
pub const NOTED_GAP: engine::Span = engine::Span::millis(500);
/// How often an application that commits by itself (`enable.auto.commit` = false) is taken to commit: after each poll; *assumed* to be this far apart.
pub(crate) const OWN_COMMITS: engine::Span = engine::Span::millis(100);

/// What the clients of a group see go wrong, by Kafka's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GroupError {
    /// NOT_LEADER_OR_FOLLOWER.
    NotLeaderOrFollower,
    /// FENCED_LEADER_EPOCH.
    FencedLeaderEpoch,
    /// UNKNOWN_LEADER_EPOCH.
    UnknownLeaderEpoch,
    /// The connection was lost (DisconnectException).
    Disconnected,
    /// A connection could not be established.
    ConnectionRefused,
    /// A request had no answer in `request.timeout.ms`.
    RequestTimedOut,
    /// NOT_COORDINATOR.
    NotCoordinator,
    /// COORDINATOR_NOT_AVAILABLE.
    CoordinatorNotAvailable,
    /// COORDINATOR_LOAD_IN_PROGRESS.
    CoordinatorLoadInProgress,
    /// REBALANCE_IN_PROGRESS.
    RebalanceInProgress,
    /// ILLEGAL_GENERATION.
    IllegalGeneration,
    /// UNKNOWN_MEMBER_ID.
    UnknownMemberId,
    /// A commit that was due did not get through (RetriableCommitFailedException).
    CommitFailed,
    /// The position was no longer in the log (truncation detected, or OFFSET_OUT_OF_RANGE).
    OffsetOutOfRange,
}

impl GroupError {
    /// All of them.
    pub const ALL: [GroupError; 14] = [
        GroupError::NotLeaderOrFollower,
        GroupError::FencedLeaderEpoch,
        GroupError::UnknownLeaderEpoch,
        GroupError::Disconnected,
        GroupError::ConnectionRefused,
        GroupError::RequestTimedOut,
        GroupError::NotCoordinator,
        GroupError::CoordinatorNotAvailable,
        GroupError::CoordinatorLoadInProgress,
        GroupError::RebalanceInProgress,
        GroupError::IllegalGeneration,
        GroupError::UnknownMemberId,
        GroupError::CommitFailed,
        GroupError::OffsetOutOfRange,
    ];

    /// Kafka's name.
    pub fn name(self) -> &'static str {
        match self {
            GroupError::NotLeaderOrFollower => "NOT_LEADER_OR_FOLLOWER",
            GroupError::FencedLeaderEpoch => "FENCED_LEADER_EPOCH",
            GroupError::UnknownLeaderEpoch => "UNKNOWN_LEADER_EPOCH",
            GroupError::Disconnected => "DisconnectException",
            GroupError::ConnectionRefused => "connection refused",
            GroupError::RequestTimedOut => "REQUEST_TIMED_OUT",
            GroupError::NotCoordinator => "NOT_COORDINATOR",
            GroupError::CoordinatorNotAvailable => "COORDINATOR_NOT_AVAILABLE",
            GroupError::CoordinatorLoadInProgress => "COORDINATOR_LOAD_IN_PROGRESS",
            GroupError::RebalanceInProgress => "REBALANCE_IN_PROGRESS",
            GroupError::IllegalGeneration => "ILLEGAL_GENERATION",
            GroupError::UnknownMemberId => "UNKNOWN_MEMBER_ID",
            GroupError::CommitFailed => "RetriableCommitFailedException",
            GroupError::OffsetOutOfRange => "OFFSET_OUT_OF_RANGE",
        }
    }
}

/// A time in which a group read nothing of a partition although records waited there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupOutage {
    /// The last delivery before.
    pub last_delivery: Time,
    /// The last delivery, or the arrival in the log of the record that waited longest, whichever is later.
    pub begin: Time,
    /// The next delivery. [`Time::NEVER`]: it goes on.
    pub end: Time,
    /// Why it began.
    pub cause: CauseId,
    /// Why it ended.
    pub ended_by: CauseId,
}

/// A time in which a group got nothing of a partition although messages had been created for it, in the log or not: what a person at the
/// consumer sees. A write outage makes one, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadGap {
    /// The last delivery, or the creation of the message that waited longest, whichever is later.
    pub begin: Time,
    /// The next delivery. [`Time::NEVER`]: it goes on.
    pub end: Time,
}

/// How a partition is being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// Nobody has it, or its owner does not know its position yet.
    Off,
    /// Its owner fetches from this broker, which leads in this epoch, since `since`.
    Fetching { broker: NodeIx, since: Time },
    /// Its owner's fetch gets no answer from this broker.
    Hanging { broker: NodeIx },
    /// Its owner has been refused, has lost the connection, or knows of no leader. `asking`: a fetch is on its way.
    Waiting { asking: bool },
}

/// What a member is told of a fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    NotLeader,
    Fenced,
    Unknown,
    Lost,
    Refused,
}

/// Messages of one flow that were delivered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Taken {
    pub(crate) once: Ranges,
    pub(crate) again: Ranges,
    pub(crate) extra: u64,
}

/// One partition as a group reads it.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    pub(crate) partition: PartitionIx,
    /// The member that has it.
    pub(crate) owner: Option<u32>,
    pub(crate) reading: Reading,
    /// Tells stale answers.
    pub(crate) life: u32,
    pub(crate) told: Told,
    /// The leader and its epoch, as its owner knows.
    pub(crate) leader: Option<NodeIx>,
    pub(crate) epoch: u32,
    /// What has been sent to the group up to `asof`.
    pub(crate) position: Point,
    pub(crate) asof: Time,
    /// The furthest position ever.
    pub(crate) frontier: Point,
    /// What is committed, and the last commit of which it is not known yet.
    pub(crate) committed: Point,
    pub(crate) offered: Option<(Time, Point)>,
    pub(crate) last_delivery: Time,
    pub(crate) trouble: CauseId,
    pub(crate) resumed: CauseId,
    /// It has not been read for a while since this moment because of what `trouble` says.
    pub(crate) troubled: bool,
    /// By flow of the partition.
    pub(crate) taken: SmallVec<[Taken; 1]>,
    pub(crate) largest_lag: u64,
    pub(crate) outages: Vec<GroupOutage>,
    pub(crate) gaps: Vec<ReadGap>,
}

/// A broker that a member cannot reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Down {
    pub(crate) broker: NodeIx,
    pub(crate) failures: u32,
    pub(crate) until: Time,
}

/// Where a member is with its coordinator (AbstractCoordinator.MemberState, in more steps).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Talk {
    /// It does not run.
    Gone,
    /// It is in the group; heartbeats are arithmetic.
    Member,
    /// It is in the group and is about to hear this.
    Hears(News),
    /// It looks for its coordinator again when the back-off is over.
    Seeks,
    /// Its question who the coordinator is arrives at this broker.
    Asked(NodeIx),
    /// The answer arrives.
    Answered(Option<NodeIx>),
    /// It tries to connect to its coordinator.
    Connects(NodeIx),
    /// Its heartbeat arrives.
    Beats,
    /// It has been told to join and finishes its poll first.
    Finishes,
    /// It commits before it joins (onJoinPrepare).
    Prepares,
    /// Its request to join arrives.
    Joins,
    /// It waits for the others.
    JoinWaits,
    /// Its assignment arrives.
    Synced,
    /// Its commit before leaving, and its goodbye, arrive.
    Leaves,
}

/// What a member hears from or about its coordinator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum News {
    NotCoordinator,
    Lost,
    TimedOut,
    NotAvailable,
    Loading,
    Rebalance,
    UnknownMember,
    IllegalGeneration,
}

/// One member.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    /// Counts its starts.
    pub(crate) life: u32,
    pub(crate) key: Key,
    pub(crate) talk: Talk,
    pub(crate) step: Timer,
    pub(crate) coordinator: Option<NodeIx>,
    pub(crate) generation: u32,
    /// Its number at the coordinator (`member.id`).
    pub(crate) id: Option<u32>,
    /// It has to join when it has found its coordinator.
    pub(crate) rejoins: bool,
    pub(crate) heartbeats: Grid,
    pub(crate) commits: Grid,
    /// Its commits get through since then, as far as it depends on it. `NEVER`: they do not.
    pub(crate) commits_since: Time,
    /// When its commits stopped getting through.
    pub(crate) cut_off: Time,
    /// If it needs time for a record: busy until here with what lies below the positions of its partitions.
    pub(crate) busy: Time,
    /// Failed attempts in a row to find the coordinator; draws.
    pub(crate) attempts: u32,
    pub(crate) draws: u64,

    // What it knows of the cluster.
    pub(crate) client: Timer,
    pub(crate) wanted: bool,
    pub(crate) asking: Option<NodeIx>,
    pub(crate) question: u32,
    pub(crate) answer: Option<(u32, Arc<[NodeIx]>)>,
    pub(crate) last_refresh: Option<Time>,
    pub(crate) in_vain: u32,
    pub(crate) failing: bool,
    pub(crate) node_draws: u64,
    pub(crate) known: Arc<[NodeIx]>,
    pub(crate) down: SmallVec<[Down; 2]>,
}

/// A rebalance of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rebalance {
    /// When the coordinator began it (PreparingRebalance).
    pub begin: Time,
    /// When every member had its assignment (Stable) or nobody was left (Empty). [`Time::NEVER`]: it goes on.
    pub end: Time,
    /// The generation that it made.
    pub generation: u32,
    /// Why.
    pub cause: CauseId,
}

/// A time in which a group could not commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommitGap {
    /// When its coordinator stopped.
    pub begin: Time,
    /// When it had a loaded coordinator with enough in-sync replicas again. [`Time::NEVER`]: it goes on.
    pub end: Time,
    /// Why.
    pub cause: CauseId,
}

/// One group: its members, what they read, and its coordinator.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) key: Key,
    pub(crate) readers: Vec<Reader>,
    pub(crate) members: Vec<Member>,
    pub(crate) office: Coordinator,
    pub(crate) errors: [u64; GroupError::ALL.len()],
    pub(crate) rebalances: Vec<Rebalance>,
    pub(crate) commit_gaps: Vec<CommitGap>,
    pub(crate) largest_lag: u64,
    pub(crate) lag_seen: Time,
    /// The lag at a moment that whoever drives the world chose.
    pub(crate) lag_kept: u64,
}

impl World {
    /// G1: at time 0 every group is stable, every member reads, and the positions of time 0 are committed.
    pub(crate) fn add_groups(&mut self) {
        let estate = self.estate.clone();
        if estate.groups.is_empty() {
            return;
        }
        self.readers_of = vec![SmallVec::new(); self.partitions.len()];
        self.coordinates = vec![SmallVec::new(); self.partitions.len()];
        let brokers: Arc<[NodeIx]> = (0..self.nodes.len() as NodeIx)
            .filter(|&node| estate.nodes[node as usize].broker)
            .collect();
        for (at, spec) in estate.groups.iter().enumerate() {
            let group = at as GroupIx;
            let key = Key::of("group").part(&spec.name);
            let start = Point {
                node: 0,
                cut: Time::ZERO,
            };
            let mut readers = Vec::new();
            for &topic in &spec.topics {
                let first = self.layout.first_partition[topic as usize];
                for number in 0..estate.topics[topic as usize].assignment.len() as u32 {
                    let partition = first + number;
                    let p = &self.partitions[partition as usize];
                    let leader = p.replicas[0].node;
                    self.readers_of[partition as usize].push((group, readers.len() as u32));
                    readers.push(Reader {
                        partition,
                        owner: None,
                        reading: Reading::Off,
                        life: 0,
                        told: Told::Lost,
                        leader: Some(leader),
                        epoch: 0,
                        position: start,
                        asof: Time::ZERO,
                        frontier: start,
                        committed: start,
                        offered: None,
                        last_delivery: Time::ZERO,
                        trouble: CauseId::NONE,
                        resumed: CauseId::NONE,
                        troubled: false,
                        taken: p.flows.iter().map(|_| Taken::default()).collect(),
                        largest_lag: 0,
                        outages: Vec::new(),
                        gaps: Vec::new(),
                    });
                }
            }
            let interval = if spec.config.auto_commit {
                spec.config.auto_commit_interval
            } else {
                OWN_COMMITS
            };
            let members: Vec<Member> = (0..spec.members)
                .map(|number| {
                    let key = key.id(u64::from(number));
                    let beat = spec.config.heartbeat_interval;
                    let phase = |what: &str, period: engine::Span| {
                        Grid::new(
                            Time::from_nanos(self.draw(key.part(what), 0, period.as_nanos())),
                            period,
                        )
                    };
                    Member {
                        life: 1,
                        key,
                        talk: Talk::Member,
                        step: Timer::default(),
                        coordinator: None,
                        generation: 1,
                        id: None,
                        rejoins: false,
                        heartbeats: phase("heartbeat", beat),
                        commits: phase("commit", interval),
                        commits_since: Time::ZERO,
                        cut_off: Time::NEVER,
                        busy: Time::ZERO,
                        attempts: 0,
                        draws: 0,
                        client: Timer::default(),
                        wanted: false,
                        asking: None,
                        question: 0,
                        answer: None,
                        last_refresh: None,
                        in_vain: 0,
                        failing: false,
                        node_draws: 0,
                        known: brokers.clone(),
                        down: SmallVec::new(),
                    }
                })
                .collect();
            let office = Coordinator::new(self.offsets_partition(&spec.name));
            if let Some(partition) = office.partition {
                self.coordinates[partition as usize].push(group);
            }
            self.groups.push(Group {
                key,
                readers,
                members,
                office,
                errors: [0; GroupError::ALL.len()],
                rebalances: Vec::new(),
                commit_gaps: Vec::new(),
                largest_lag: 0,
                lag_seen: Time::ZERO,
                lag_kept: 0,
            });
            self.begins_stable(group);
        }
    }

    /// Handles what happens to a group.
    pub(crate) fn group_step(&mut self, group: GroupIx, step: GroupStep) {
        let me = &mut self.groups[group as usize];
        match step {
            GroupStep::FetchArrives { reader, life } => self.fetch_arrives(group, reader, life),
            GroupStep::FetchFails { reader, life } => self.fetch_fails(group, reader, life),
            GroupStep::FetchTimesOut { reader, life } => self.fetch_times_out(group, reader, life),
            GroupStep::Client { member, ticket } => {
                if me.members[member as usize].client.fire(ticket) {
                    self.client_due(group, member);
                }
            }
            GroupStep::MetadataHandled { member, question } => {
                self.metadata_handled(group, member, question);
            }
            GroupStep::MetadataAnswered { member, question } => {
                self.metadata_answered(group, member, question);
            }
            GroupStep::Talk { member, ticket } => {
                if me.members[member as usize].step.fire(ticket) {
                    self.talk_goes_on(group, member);
                }
            }
            GroupStep::Loaded(ticket) => {
                if me.office.load.fire(ticket) {
                    self.coordinator_loaded(group);
                }
            }
            GroupStep::JoinEnds(ticket) => {
                if me.office.deadline.fire(ticket) {
                    self.join_ends(group);
                }
            }
            GroupStep::Written(ticket) => {
                if me.office.writing.fire(ticket) {
                    self.assignment_written(group);
                }
            }
            GroupStep::SessionEnds { id, at } => self.session_of_member_ends(group, id, at),
        }
    }

    /// Counts an error that a client of the group saw.
    pub(crate) fn group_error(&mut self, group: GroupIx, error: GroupError) {
        self.groups[group as usize].errors[error as usize] += 1;
    }

    /// Schedules something of a group.
    pub(crate) fn group_event(&mut self, at: Time, group: GroupIx, step: GroupStep) {
        self.clock
            .schedule(at, crate::event::Event::Group { group, step });
    }
}
