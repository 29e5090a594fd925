//! The metadata log: from a decision of the controller to what each node has applied (specification M1–M4).

mod apply;
mod commit;

use std::collections::VecDeque;
use std::sync::Arc;

use engine::{CauseId, Time, Timer};

use crate::controller::Standing;
use crate::grid::Grid;
use crate::ids::{NodeIx, PartitionIx};
use crate::partition::Registration;

/// One change of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PartitionChange {
    pub(crate) partition: PartitionIx,
    pub(crate) state: Registration,
    /// What the controller had decided before, to take it back if it is never committed.
    pub(crate) before: Registration,
    /// The leader that asked for it and will hear of it by the answer.
    pub(crate) asked_by: Option<NodeIx>,
    pub(crate) cause: CauseId,
}

/// One change of a broker's standing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BrokerChange {
    pub(crate) broker: NodeIx,
    pub(crate) standing: Standing,
    pub(crate) before: Standing,
    /// The incarnation that this is said of.
    pub(crate) incarnation: u32,
    pub(crate) cause: CauseId,
}

/// Whom to answer when a flush is committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    Heartbeat {
        broker: NodeIx,
        answer: crate::event::Answer,
        incarnation: u32,
    },
    Proposals {
        broker: NodeIx,
    },
    /// In ZooKeeper mode: what the controller does next.
    Controller(Next),
}

/// What a controller in ZooKeeper mode goes on with when a state change is written (Z12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// The leaders of a stopping broker have moved: the replicas that follow are stopped.
    StopsReplicas { broker: NodeIx, incarnation: u32 },
    /// Both are done: the broker is answered.
    AnswersQuestion { broker: NodeIx, incarnation: u32 },
}

/// Finalized levels before a decision, to take it back if it is never committed.
#[derive(Clone, Debug)]
pub(crate) struct LevelsBefore {
    pub(crate) levels: Arc<crate::features::Levels>,
    pub(crate) raft: i16,
}

/// Decisions that are appended together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flush {
    pub(crate) number: u32,
    pub(crate) partitions: Vec<PartitionChange>,
    pub(crate) brokers: Vec<BrokerChange>,
    pub(crate) replies: Vec<Reply>,
    /// New levels of features.
    pub(crate) levels: Vec<(crate::features::Recorded, LevelsBefore)>,
    /// In ZooKeeper mode: everybody is told everything (a new controller).
    pub(crate) full: bool,
    /// In ZooKeeper mode: brokers that have just come; they are told everything.
    pub(crate) starts: Vec<NodeIx>,
    /// In ZooKeeper mode: replicas that shall stop to fetch.
    pub(crate) stops: Vec<(NodeIx, PartitionIx)>,
    /// In ZooKeeper mode: partitions whose leaders have changed the ISR themselves (Z15).
    pub(crate) publishes: Vec<PartitionIx>,
    /// Which partitions concern which nodes, sorted by node. Made at the commit.
    pub(crate) concerns: Vec<(NodeIx, PartitionIx)>,
    pub(crate) cause: CauseId,
}

/// A closed flush that may still have to be learned or applied somewhere.
#[derive(Clone, Debug)]
pub(crate) struct Closed {
    pub(crate) flush: Arc<Flush>,
    pub(crate) committed: Time,
    pub(crate) released: Time,
}

/// The metadata log.
#[derive(Clone, Debug)]
pub(crate) struct Metadata {
    /// Decisions that are not appended yet.
    pub(crate) open: Option<Flush>,
    pub(crate) closes: Timer,
    /// Appended and not yet committed.
    pub(crate) appended: VecDeque<Arc<Flush>>,
    /// Committed flushes, oldest first; the first has number `first`.
    pub(crate) log: VecDeque<Closed>,
    pub(crate) first: u32,
    /// Number of the newest flush that was opened; 0 is the state at the beginning.
    pub(crate) newest: u32,
    /// Number of the newest committed flush.
    pub(crate) committed: u32,
    /// Number of the newest flush whose commit nodes without push have been told.
    pub(crate) released: u32,
    pub(crate) release: Timer,
    pub(crate) noops: Grid,
    /// Flushes closed so far (draws).
    pub(crate) closed: u64,
    /// Standing and incarnation of each node, as committed.
    pub(crate) standing: Vec<(Standing, u32)>,
}

impl Metadata {
    pub(crate) fn new(noops: Grid, nodes: usize) -> Self {
        Self {
            open: None,
            closes: Timer::default(),
            appended: VecDeque::new(),
            log: VecDeque::new(),
            first: 1,
            newest: 0,
            committed: 0,
            released: 0,
            release: Timer::default(),
            noops,
            closed: 0,
            standing: vec![(Standing::Unregistered, 0); nodes],
        }
    }

    pub(crate) fn get(&self, number: u32) -> Option<&Closed> {
        self.log.get(number.checked_sub(self.first)? as usize)
    }

    /// Keeps a committed flush. Numbers that were lost with a controller stand for nothing: what is committed keeps its place.
    fn keep(&mut self, flush: Arc<Flush>, now: Time) {
        let next = self.first + self.log.len() as u32;
        for number in next..flush.number {
            self.log.push_back(Closed {
                flush: Arc::new(Flush {
                    number,
                    ..Flush::default()
                }),
                committed: now,
                released: now,
            });
        }
        self.log.push_back(Closed {
            flush,
            committed: now,
            released: Time::NEVER,
        });
    }
}
