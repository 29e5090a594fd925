//! What a run leaves behind about partitions: leaderless and under-min-ISR times, counts by flush, and, if wanted, every change.

use engine::{CauseId, Time};

use crate::estate::Estate;
use crate::ids::PartitionIx;
use crate::metadata::PartitionChange;
use crate::partition::{Partition, Registration};

/// A time in which a partition had no leader, or too few in-sync replicas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lack {
    /// The partition.
    pub partition: PartitionIx,
    /// From the commit that brought it.
    pub begin: Time,
    /// To the commit that ended it. `NEVER`: it goes on.
    pub end: Time,
    /// Why it began.
    pub cause: CauseId,
}

/// Counts over all partitions, as the metadata says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Fewer in sync than replicas.
    pub under_replicated: u32,
    /// Fewer in sync than min ISR.
    pub under_min_isr: u32,
    /// Just as many in sync as min ISR.
    pub at_min_isr: u32,
    /// Without leader.
    pub offline: u32,
    /// Led by the preferred replica.
    pub preferred: u32,
}

/// One committed change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// When it was committed.
    pub at: Time,
    /// The partition.
    pub partition: PartitionIx,
    /// What it is since.
    pub state: Registration,
}

/// The record.
#[derive(Clone, Debug)]
pub struct Record {
    /// Counts after each flush, with its number and time.
    pub(crate) counts: Vec<(u32, Time, Counts)>,
    /// Times without leader.
    pub(crate) leaderless: Vec<Lack>,
    /// Times below min ISR.
    pub(crate) below_min_isr: Vec<Lack>,
    /// Times with fewer in sync than replicas.
    pub(crate) under_replicated: Vec<Lack>,
    /// Every change, if wanted.
    pub(crate) history: Option<Vec<Change>>,
    now: Counts,
    open: Vec<[u32; 3]>,
    /// Changes since the last notice: leaders, shrinks, growths.
    pub(crate) fresh: (u32, u32, u32),
}

/// No lack is open.
const NONE: u32 = u32::MAX;

impl Record {
    pub(crate) fn new(estate: &Estate, partitions: &[Partition], history: bool) -> Self {
        let _ = estate;
        let mut now = Counts::default();
        for partition in partitions {
            add(&mut now, partition, partition.newest(), 1);
        }
        Self {
            counts: vec![(0, Time::ZERO, now)],
            leaderless: Vec::new(),
            below_min_isr: Vec::new(),
            under_replicated: Vec::new(),
            history: history.then(Vec::new),
            now,
            open: vec![[NONE; 3]; partitions.len()],
            fresh: (0, 0, 0),
        }
    }

    /// A change is committed; `partition` still shows what was before.
    pub(crate) fn committed(&mut self, partition: &Partition, change: &PartitionChange, at: Time) {
        let before = partition.newest();
        add(&mut self.now, partition, before, -1);
        add(&mut self.now, partition, change.state, 1);
        if let Some(history) = &mut self.history {
            history.push(Change {
                at,
                partition: change.partition,
                state: change.state,
            });
        }
        self.fresh.0 += u32::from(before.leader != change.state.leader);
        self.fresh.1 += u32::from(before.isr & !change.state.isr != 0);
        self.fresh.2 += u32::from(change.state.isr & !before.isr != 0);
        let state = change.state;
        let lacks = [
            state.leader.is_none(),
            state.isr.count_ones() < u32::from(partition.min_isr),
            (state.isr.count_ones() as usize) < partition.replicas.len(),
        ];
        let open = &mut self.open[change.partition as usize];
        let lists = [
            &mut self.leaderless,
            &mut self.below_min_isr,
            &mut self.under_replicated,
        ];
        for ((lack, list), open) in lacks.into_iter().zip(lists).zip(open) {
            if lack && *open == NONE {
                *open = list.len() as u32;
                list.push(Lack {
                    partition: change.partition,
                    begin: at,
                    end: Time::NEVER,
                    cause: change.cause,
                });
            } else if !lack && *open != NONE {
                list[*open as usize].end = at;
                *open = NONE;
            }
        }
    }

    /// The flush is done: its counts are kept.
    pub(crate) fn flush_done(&mut self, flush: u32, at: Time) {
        if self.counts.last().is_none_or(|last| last.2 != self.now) {
            self.counts.push((flush, at, self.now));
        }
    }

    /// Counts in the committed metadata.
    pub(crate) fn newest(&self) -> Counts {
        self.now
    }

    /// `min.insync.replicas` of a partition changes; `partition` still shows the old one.
    pub(crate) fn min_isr_changes(
        &mut self,
        partition: &Partition,
        number: PartitionIx,
        min_isr: u8,
        cause: CauseId,
        at: Time,
    ) {
        let isr = partition.newest().isr.count_ones();
        let (old, new) = (u32::from(partition.min_isr), u32::from(min_isr));
        let change = |count: &mut u32, was: bool, is: bool| {
            *count = count
                .wrapping_add(u32::from(is))
                .wrapping_sub(u32::from(was))
        };
        change(&mut self.now.under_min_isr, isr < old, isr < new);
        change(&mut self.now.at_min_isr, isr == old, isr == new);
        let open = &mut self.open[number as usize][1];
        if isr < new && *open == NONE {
            *open = self.below_min_isr.len() as u32;
            self.below_min_isr.push(Lack {
                partition: number,
                begin: at,
                end: Time::NEVER,
                cause,
            });
        } else if isr >= new && *open != NONE {
            self.below_min_isr[*open as usize].end = at;
            *open = NONE;
        }
    }

    /// Counts as shown by who has applied up to this flush.
    pub(crate) fn shown(&self, flush: u32) -> Counts {
        let at = self.counts.partition_point(|counts| counts.0 <= flush);
        self.counts[at.saturating_sub(1)].2
    }
}

fn add(counts: &mut Counts, partition: &Partition, state: Registration, sign: i32) {
    let isr = state.isr.count_ones();
    let mut bump = |field: fn(&mut Counts) -> &mut u32, yes: bool| {
        if yes {
            let field = field(counts);
            *field = field.wrapping_add_signed(sign);
        }
    };
    bump(
        |counts| &mut counts.under_replicated,
        (isr as usize) < partition.replicas.len(),
    );
    bump(
        |counts| &mut counts.under_min_isr,
        isr < u32::from(partition.min_isr),
    );
    bump(
        |counts| &mut counts.at_min_isr,
        isr == u32::from(partition.min_isr),
    );
    bump(|counts| &mut counts.offline, state.leader.is_none());
    bump(|counts| &mut counts.preferred, state.leader == Some(0));
}
