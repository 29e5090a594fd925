//! One partition: what the metadata says of it, its replicas, and its leaders in office (specification M5, R1, R7, R10–R15).
//!
//! Everything about a partition is inside one struct, because a change touches all of it. A *leader in office* is a replica that
//! believes it leads; after a fail-over there can be two for a while.

use engine::{CauseId, Time};
use smallvec::SmallVec;

use crate::grid::Grid;
use crate::ids::{FlowIx, NodeIx, Slot, Slots, has, slots};
use crate::log::{EpochTree, Point};

/// What the metadata log says of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The leader; `None`: no leader.
    pub leader: Option<Slot>,
    /// In-sync replicas.
    pub isr: Slots,
    /// Eligible leader replicas (KIP-966); empty where the feature is off.
    pub elr: Slots,
    /// The last member of the ISR when both ISR and ELR are empty (KIP-966).
    pub last_known_leader: Option<Slot>,
    /// Grows with each new leader.
    pub leader_epoch: u32,
    /// Grows with each change.
    pub partition_epoch: u32,
}

/// A registration and the flush that brought it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// Number of the flush.
    pub flush: u32,
    /// What it says.
    pub state: Registration,
}

/// One replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replica {
    /// Its broker.
    pub node: NodeIx,
    /// The leader epoch that its broker has applied.
    pub epoch: u32,
    /// The leader that its broker believes in.
    pub leader: Option<Slot>,
    /// Its log, while it neither leads nor fetches.
    pub log: Point,
    /// What its leader had sent when it stopped, and when that arrives (R3).
    pub coming: Option<(Time, Point)>,
    /// How it follows.
    pub follow: Follow,
    /// Tells a stale "the delay is over" from a fresh one.
    pub delays: u32,
    /// It has been left out once since its broker last learned of its leader (R6).
    pub backed_off: bool,
}

/// How a replica follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follow {
    /// It does not: it leads, its broker is gone, or it waits for metadata (failed, R6).
    Not,
    /// It is in its fetcher and waits for the parked fetch to be answered (R5).
    Added,
    /// Left out after an error (R6, R9).
    Delayed,
    /// It fetches; the leader's [`Follower`] says how far.
    Fetching,
    /// It would fetch, but its broker or its leader's is paused or out of reach.
    Hanging,
}

/// What a leader knows of one follower in its epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Follower {
    /// How far it is.
    pub known: Known,
    /// When it was last known to have all (R7).
    pub caught_up: Time,
    /// Unfenced and not shutting down, as far as the leader's broker has applied (R12).
    pub standing: bool,
    /// The incarnation that is registered, as far as the leader's broker has applied (R12).
    pub registered: u32,
    /// The incarnation that fetched last (R12).
    pub fetched: u32,
}

/// How far a follower is known to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// It has not fetched in this epoch.
    Never,
    /// It has this and does not move.
    At(Point),
    /// It fetches at each instant since this one; at that first one it had `from`.
    InStep {
        /// Number of the instant.
        since: i64,
        /// What it had then.
        from: Point,
    },
    /// It fetches and has still a lot to fetch (R8): it had `from`, and is being sent all up to `counted`.
    Behind {
        /// What it had when the backlog was counted.
        from: Point,
        /// The leader's log at that moment.
        counted: Point,
    },
}

/// A pending change of the ISR (at most one).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pending {
    /// The proposed ISR.
    pub isr: Slots,
    /// It is on its way to the controller (else it waits for the request before it).
    pub sent: bool,
}

/// A replica that believes it leads.
#[derive(Clone, Debug, PartialEq)]
pub struct Office {
    /// Which replica.
    pub slot: Slot,
    /// Its leader epoch.
    pub epoch: u32,
    /// Its node in the tree.
    pub node: u32,
    /// Since when.
    pub since: Time,
    /// The committed ISR as it knows it.
    pub isr: Slots,
    /// The partition epoch it knows.
    pub partition_epoch: u32,
    /// The change it waits for.
    pub pending: Option<Pending>,
    /// High watermark: everything that arrived in its node up to this. `None`: still below its epoch.
    pub high_watermark: Option<Time>,
    /// Its followers, by slot (its own entry is not used).
    pub followers: SmallVec<[Follower; 3]>,
    /// The followers that are waited for (R10), if all of them are in step and the high watermark may move. Kept while the partition is
    /// not touched; `None` also when it has to be looked at anew.
    pub regular: Option<Slots>,
    /// With `regular`: the nodes of those followers, as a set.
    pub confirmers: u128,
    /// With `regular`: what arrives after this is confirmed by the second fetch of each of them that follows.
    pub steady_since: Time,
}

/// One partition.
#[derive(Clone, Debug)]
pub struct Partition {
    /// Its topic.
    pub topic: u32,
    /// Its number in the topic.
    pub number: u32,
    /// `min.insync.replicas`, at most the number of replicas.
    pub min_isr: u8,
    /// `unclean.leader.election.enable`.
    pub unclean: bool,
    /// What the controller has decided.
    pub decided: Registration,
    /// What is committed, the newest last; older ones are kept while a node may still show them.
    pub committed: SmallVec<[Version; 2]>,
    /// Its replicas in the order of the assignment.
    pub replicas: SmallVec<[Replica; 3]>,
    /// Its leader epochs.
    pub tree: EpochTree,
    /// Who believes to lead. The newest last.
    pub offices: SmallVec<[Office; 1]>,
    /// Who writes.
    pub flows: SmallVec<[FlowIx; 1]>,
    /// Its place in the list of partitions touched by the event at hand, counted from 1; 0: it is not in it.
    pub touched: u32,
    /// What is in flight for it was made explicit before it was changed.
    pub explicit: bool,
    /// Why it does not work as usual.
    pub trouble: CauseId,
    /// When the high watermark stopped being able to move, if it has.
    pub stalled_since: Option<Time>,
}

/// Which fetch grid connects a leader with its followers: a look-up that [`Office`]'s arithmetic needs.
pub trait Fetches {
    /// The instants at which the follower in this slot fetches from the leader in that one.
    fn grid(&self, leader: Slot, follower: Slot) -> Grid;
}

impl Follower {
    /// What is known when an epoch begins.
    pub fn fresh(in_isr: bool, peer: crate::node::Peer, now: Time) -> Self {
        let caught_up = if in_isr { now } else { Time::ZERO };
        Self {
            known: Known::Never,
            caught_up,
            standing: peer.good,
            registered: peer.incarnation,
            fetched: 0,
        }
    }

    /// R12.
    pub fn eligible(&self) -> bool {
        let any = self.registered == crate::node::Peer::ANY_INCARNATION && self.fetched != 0;
        self.standing && (any || self.fetched == self.registered)
    }

    /// What the leader knows at `now` that it has: R7.
    pub fn known_at(&self, node: u32, grid: Grid, now: Time) -> Option<Point> {
        match self.known {
            Known::Never => None,
            Known::At(point) => Some(point),
            Known::Behind { from, .. } => Some(from),
            Known::InStep { since, from } => {
                let last = grid.last(now);
                if last <= since {
                    Some(from)
                } else {
                    Some(Point {
                        node,
                        cut: grid.at(last - 1),
                    })
                }
            }
        }
    }

    /// What the follower itself has at `now`: the answer to a fetch takes `way` nanoseconds.
    pub fn log_at(&self, node: u32, grid: Grid, way: u64, now: Time) -> Option<Point> {
        match self.known {
            Known::InStep { since, from } => {
                let last = grid.last(Time::from_nanos(now.as_nanos().saturating_sub(way)));
                if last < since {
                    Some(from)
                } else {
                    Some(Point {
                        node,
                        cut: grid.at(last),
                    })
                }
            }
            _ => self.known_at(node, grid, now),
        }
    }
}

impl Office {
    /// Is everything confirmed at the same moments here as it was in `before`, an earlier state of this office?
    pub fn confirms_like(&self, before: &Office) -> bool {
        self.node == before.node
            && self.regular.is_some()
            && self.regular == before.regular
            && slots(self.regular.unwrap_or(0)).all(|slot| {
                self.followers[slot as usize].known == before.followers[slot as usize].known
            })
    }

    /// Committed ISR and the members of a pending expansion.
    pub fn maximal_isr(&self) -> Slots {
        match self.pending {
            Some(pending) if pending.isr & !self.isr != 0 => self.isr | pending.isr,
            _ => self.isr,
        }
    }

    /// R10: is this follower waited for?
    pub fn waits_for(&self, slot: Slot, now: Time, lag_max: u64) -> bool {
        if slot == self.slot {
            return false;
        }
        if has(self.maximal_isr(), slot) {
            return true;
        }
        let follower = &self.followers[slot as usize];
        follower.eligible()
            && match follower.known {
                Known::Never => false,
                Known::InStep { .. } => true,
                Known::At(_) | Known::Behind { .. } => {
                    follower.caught_up.as_nanos().saturating_add(lag_max) >= now.as_nanos()
                }
            }
    }

    /// R11: nothing is confirmed while the ISR is too small (Kafka ≥ 3.7).
    pub fn frozen(&self, min_isr: u8, freezes: bool) -> bool {
        freezes && (self.isr.count_ones() as u8) < min_isr
    }
}

impl Partition {
    /// Number of replicas.
    pub fn replication_factor(&self) -> usize {
        self.replicas.len()
    }

    /// The slot of a node.
    pub fn slot_of(&self, node: NodeIx) -> Option<Slot> {
        self.replicas
            .iter()
            .position(|replica| replica.node == node)
            .map(|slot| slot as Slot)
    }

    /// The office held on this node.
    pub fn office_on(&self, node: NodeIx) -> Option<usize> {
        self.offices
            .iter()
            .position(|office| self.replicas[office.slot as usize].node == node)
    }

    /// The office of this slot.
    pub fn office_of(&self, slot: Slot) -> Option<usize> {
        self.offices.iter().position(|office| office.slot == slot)
    }

    /// The office that a replica fetches from: its leader's, if in the same epoch.
    pub fn office_for(&self, slot: Slot) -> Option<usize> {
        let replica = &self.replicas[slot as usize];
        let leader = replica.leader?;
        self.offices
            .iter()
            .position(|office| office.slot == leader && office.epoch == replica.epoch)
    }

    /// The committed state that a node shows that has applied up to this flush.
    pub fn shown(&self, flush: u32) -> Registration {
        self.committed
            .iter()
            .rev()
            .find(|version| version.flush <= flush)
            .unwrap_or_else(|| {
                self.committed
                    .first()
                    .expect("a partition has a committed state")
            })
            .state
    }

    /// The newest committed state.
    pub fn newest(&self) -> Registration {
        self.committed
            .last()
            .expect("a partition has a committed state")
            .state
    }
}
