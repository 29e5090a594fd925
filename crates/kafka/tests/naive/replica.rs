//! Replica logs, leaders in office, high watermark and ISR (R1, R2, R7, R10–R15).

use std::collections::BTreeSet;

use super::controller::{Proposal, State, Verdict};
use super::{Event, Mistake, Naive, Nanos};

/// One batch in a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Two entries are the same append if and only if they have the same number.
    pub number: u64,
    pub flow: usize,
    pub first: u64,
    pub end: u64,
    pub producer_epoch: u16,
    pub unnumbered: u64,
    pub arrived: Nanos,
}

/// How a replica follows its leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follow {
    Not,
    /// It has left its fetcher to lead (M4): what is still on its way is thrown away.
    Left,
    /// In a fetcher, before its first fetch.
    Added,
    /// Left out for the back-off (R6).
    Delayed,
    Fetching,
    /// Its fetch gets no answer (R9).
    Hanging,
}

#[derive(Clone, Debug)]
pub struct Replica {
    pub node: usize,
    pub log: Vec<Entry>,
    /// The leader epoch and leader as this node has applied them.
    pub epoch: u32,
    pub leader: Option<usize>,
    pub follow: Follow,
    pub delays: u64,
    /// It has been left out since it last learned of its leader.
    pub backed_off: bool,
    /// It believes it leads.
    pub office: Option<Office>,
}

/// What a leader knows of a follower in this epoch (R7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    Never,
    /// In step since this instant.
    InStep(i64),
    Stopped,
}

#[derive(Clone, Debug)]
pub struct View {
    pub progress: Progress,
    /// Number of entries that it is known to have.
    pub known: usize,
    pub caught_up: Nanos,
    /// The leader's log end at the instant before.
    pub end_before: Option<(Nanos, usize)>,
    /// As applied by the leader's node (R12).
    pub good: bool,
    pub registered: u32,
    /// The incarnation that last fetched in this epoch.
    pub fetched: u32,
}

impl View {
    fn eligible(&self) -> bool {
        self.good && self.fetched == self.registered
    }
}

/// A leader at work.
#[derive(Clone, Debug)]
pub struct Office {
    pub epoch: u32,
    /// Number of entries in the log when it began.
    pub start: usize,
    pub isr: BTreeSet<usize>,
    pub partition_epoch: u32,
    pub pending: Option<BTreeSet<usize>>,
    /// Number of entries that are confirmed. `None`: nothing in this epoch.
    pub high_watermark: Option<usize>,
    pub views: Vec<View>,
}

impl Office {
    /// R10.
    pub fn maximal_isr(&self) -> BTreeSet<usize> {
        match &self.pending {
            Some(pending) => self.isr.union(pending).copied().collect(),
            None => self.isr.clone(),
        }
    }
}

#[derive(Clone, Debug)]
pub struct Partition {
    pub number: u32,
    pub min_isr: usize,
    pub unclean: bool,
    /// As decided, and every committed state with its flush.
    pub decided: State,
    pub committed: Vec<(u32, State)>,
    pub replicas: Vec<Replica>,
}

impl Partition {
    pub fn slot_of(&self, node: usize) -> Option<usize> {
        self.replicas
            .iter()
            .position(|replica| replica.node == node)
    }

    /// The state as of a flush.
    pub fn shown(&self, flush: u32) -> &State {
        let newest = self.committed.iter().rev().find(|at| at.0 <= flush);
        &newest.expect("the first state").1
    }
}

impl Naive {
    pub fn make_partitions(&mut self) {
        let estate = self.estate.clone();
        for topic in &estate.topics {
            for (number, assignment) in topic.assignment.iter().enumerate() {
                let isr: BTreeSet<usize> = (0..assignment.len()).collect();
                let state = State {
                    leader: Some(0),
                    isr: isr.clone(),
                    leader_epoch: 0,
                    partition_epoch: 0,
                };
                let view = View {
                    progress: Progress::InStep(i64::MIN),
                    known: 0,
                    caught_up: 0,
                    end_before: Some((0, 0)),
                    good: true,
                    registered: 1,
                    fetched: 1,
                };
                let office = Office {
                    epoch: 0,
                    start: 0,
                    isr,
                    partition_epoch: 0,
                    pending: None,
                    high_watermark: None,
                    views: vec![view; assignment.len()],
                };
                let replicas = assignment
                    .iter()
                    .enumerate()
                    .map(|(slot, &node)| Replica {
                        node: node as usize,
                        log: Vec::new(),
                        epoch: 0,
                        leader: Some(0),
                        follow: if slot == 0 {
                            Follow::Not
                        } else {
                            Follow::Fetching
                        },
                        delays: 0,
                        backed_off: false,
                        office: (slot == 0).then(|| office.clone()),
                    })
                    .collect();
                self.partitions.push(Partition {
                    number: number as u32,
                    min_isr: (topic.config.min_insync_replicas as usize).min(assignment.len()),
                    unclean: topic.config.unclean_leader_election,
                    decided: state.clone(),
                    committed: vec![(0, state)],
                    replicas,
                });
            }
        }
    }

    /// The slot of the leader in office in just the epoch that a follower follows.
    pub fn office_for(&self, partition: usize, slot: usize) -> Option<usize> {
        let p = &self.partitions[partition];
        let leader = p.replicas[slot].leader?;
        let office = p.replicas[leader].office.as_ref()?;
        (leader != slot && office.epoch == p.replicas[slot].epoch).then_some(leader)
    }

    pub fn office(&mut self, partition: usize, slot: usize) -> Option<&mut Office> {
        self.partitions[partition].replicas[slot].office.as_mut()
    }

    // ------------------------------------------------------------------------------------ becoming leader or follower (M4, R1)

    pub fn become_leader(&mut self, partition: usize, slot: usize, state: &State) {
        self.stop_following(partition, slot);
        self.end_office(partition, slot);
        let now = self.now;
        let node = self.partitions[partition].replicas[slot].node;
        let peers = &self.nodes[node].peers;
        let views = self.partitions[partition]
            .replicas
            .iter()
            .enumerate()
            .map(|(other, replica)| View {
                progress: Progress::Never,
                known: 0,
                caught_up: if state.isr.contains(&other) { now } else { 0 },
                end_before: None,
                good: peers[replica.node].good,
                registered: peers[replica.node].incarnation,
                fetched: 0,
            })
            .collect();
        let me = &mut self.partitions[partition].replicas[slot];
        me.epoch = state.leader_epoch;
        me.leader = Some(slot);
        me.office = Some(Office {
            epoch: state.leader_epoch,
            start: me.log.len(),
            isr: state.isr.clone(),
            partition_epoch: state.partition_epoch,
            pending: None,
            high_watermark: None,
            views,
        });
        self.recompute_high_watermark(partition, slot);
    }

    /// M4, last part: the old fetches of all are stopped, then the new ones begin.
    pub fn become_follower_of(
        &mut self,
        node: usize,
        partitions: &[usize],
        mut fetch: Vec<(usize, usize)>,
        upto: u32,
    ) {
        for &partition in partitions {
            let state = self.partitions[partition].shown(upto).clone();
            let slot = self.partitions[partition].slot_of(node).expect("a replica");
            if self.become_follower(partition, slot, &state) {
                fetch.push((partition, slot));
            }
        }
        if self.nodes[node].process == super::broker::Process::ShuttingDown {
            // A broker in controlled shutdown starts no fetchers (ReplicaManager).
            return;
        }
        for (partition, slot) in fetch {
            self.partitions[partition].replicas[slot].backed_off = false;
            self.add_to_fetcher(partition, slot);
        }
    }

    /// True if there is a leader to fetch from.
    pub fn become_follower(&mut self, partition: usize, slot: usize, state: &State) -> bool {
        self.stop_following(partition, slot);
        if self.partitions[partition].replicas[slot].office.is_some() {
            self.end_office(partition, slot);
            if !self.errs(Mistake::SilentStepDown) {
                self.no_longer_leads(partition, slot);
            }
        }
        let me = &mut self.partitions[partition].replicas[slot];
        me.epoch = state.leader_epoch;
        me.leader = state.leader;
        state.leader.is_some_and(|leader| leader != slot)
    }

    /// A leader leaves office: fetches from it are refused from now on; who followed waits for metadata (R6).
    pub fn end_office(&mut self, partition: usize, slot: usize) {
        for other in 0..self.partitions[partition].replicas.len() {
            if self.office_for(partition, other) == Some(slot)
                && matches!(
                    self.partitions[partition].replicas[other].follow,
                    Follow::Fetching | Follow::Hanging
                )
            {
                self.partitions[partition].replicas[other].follow = Follow::Not;
            }
        }
        self.partitions[partition].replicas[slot].office = None;
    }

    /// M4 at A0: a partition that the node is about to lead.
    pub fn leaves_to_lead(&mut self, partition: usize, slot: usize) {
        self.stop_following(partition, slot);
        self.partitions[partition].replicas[slot].follow = Follow::Left;
    }

    /// R7: a follower stops; its leader keeps what it knew.
    pub fn stop_following(&mut self, partition: usize, slot: usize) {
        let follow = self.partitions[partition].replicas[slot].follow;
        if matches!(follow, Follow::Fetching | Follow::Hanging) {
            self.stops_at_leader(partition, slot);
        }
        self.leave_fetcher(partition, slot);
        self.partitions[partition].replicas[slot].follow = Follow::Not;
    }

    pub fn stops_at_leader(&mut self, partition: usize, slot: usize) {
        let Some(leader) = self.office_for(partition, slot) else {
            return;
        };
        let lag = self.lag_max(partition, leader);
        let view = &mut self.office(partition, leader).expect("in office").views[slot];
        if let Progress::InStep(_) = view.progress {
            view.progress = Progress::Stopped;
            // R10: who is not in the ISR is waited for until its age, and not a nanosecond longer.
            let ages = view.caught_up + lag + 1;
            let event = Event::AgesOut {
                partition,
                slot: leader,
            };
            self.at(ages, super::Class::Arrival, event);
        }
    }

    fn lag_max(&self, partition: usize, slot: usize) -> Nanos {
        let node = self.partitions[partition].replicas[slot].node;
        self.estate.nodes[node].config.replica_lag_max.as_nanos()
    }

    // ------------------------------------------------------------------------------------ high watermark (R10, R11)

    /// R10.
    fn waited_for(&self, partition: usize, leader: usize, slot: usize) -> bool {
        let office = self.partitions[partition].replicas[leader]
            .office
            .as_ref()
            .expect("in office");
        let view = &office.views[slot];
        if slot == leader {
            false
        } else if office.maximal_isr().contains(&slot) {
            true
        } else if self.errs(Mistake::WaitsForIsrOnly) {
            false
        } else {
            view.eligible()
                && match view.progress {
                    Progress::Never => false,
                    Progress::InStep(_) => true,
                    Progress::Stopped => {
                        view.caught_up + self.lag_max(partition, leader) >= self.now
                    }
                }
        }
    }

    /// R11, from scratch, and what it releases (P7).
    pub fn recompute_high_watermark(&mut self, partition: usize, leader: usize) {
        let p = &self.partitions[partition];
        let Some(office) = &p.replicas[leader].office else {
            return;
        };
        let node = p.replicas[leader].node;
        if !self.nodes[node].runs() {
            return;
        }
        let freezes = self.estate.nodes[node].behaviour.freezes_high_watermark
            && !self.errs(Mistake::NoFreezeBelowMinIsr);
        if !(freezes && office.isr.len() < p.min_isr) {
            let mut confirmed = p.replicas[leader].log.len();
            for (slot, view) in office.views.iter().enumerate() {
                if self.waited_for(partition, leader, slot) {
                    confirmed = confirmed.min(view.known);
                    if view.progress == Progress::Never {
                        confirmed = 0;
                    }
                    if view.known < office.start || view.progress == Progress::Never {
                        return;
                    }
                }
            }
            let office = self.office(partition, leader).expect("in office");
            office.high_watermark = office.high_watermark.max(Some(confirmed));
        }
        self.release_waiting(partition, leader);
    }

    // ------------------------------------------------------------------------------------ ISR (R12–R15)

    /// R13, at an instant at which the follower's fetch has been taken in and the high watermark has not moved by it.
    pub fn try_to_join(&mut self, partition: usize, leader: usize, slot: usize) {
        let ineligible_too = self.errs(Mistake::JoinsWhileIneligible);
        let low = self.errs(Mistake::JoinsBelowHighWatermark);
        let node = self.partitions[partition].replicas[leader].node;
        let Some(office) = self.office(partition, leader) else {
            return;
        };
        let view = &office.views[slot];
        let high_watermark = if low {
            0
        } else {
            office.high_watermark.unwrap_or(0)
        };
        if office.isr.contains(&slot)
            || office.pending.is_some()
            || !(view.eligible() || ineligible_too)
            || view.known < office.start
            || view.known < high_watermark
        {
            return;
        }
        let mut isr = office.isr.clone();
        isr.insert(slot);
        office.pending = Some(isr);
        self.propose(node, partition);
    }

    /// R14.
    pub fn isr_check(&mut self, node: usize) {
        if !self.nodes[node].runs() {
            return;
        }
        let no_lag = self.errs(Mistake::ShrinkWithoutLag);
        for partition in 0..self.partitions.len() {
            let Some(slot) = self.partitions[partition].slot_of(node) else {
                continue;
            };
            let lag = if no_lag {
                0
            } else {
                self.lag_max(partition, slot)
            };
            let now = self.now;
            let end = self.partitions[partition].replicas[slot].log.len();
            let Some(office) = self.office(partition, slot) else {
                continue;
            };
            if office.pending.is_some() {
                continue;
            }
            let stays = |other: &usize| {
                let view = &office.views[*other];
                *other == slot
                    || matches!(view.progress, Progress::InStep(_))
                    || view.progress == Progress::Stopped && view.known >= end
                    || view.caught_up + lag >= now
            };
            let isr: BTreeSet<usize> = office.isr.iter().copied().filter(stays).collect();
            if isr != office.isr {
                office.pending = Some(isr);
                self.propose(node, partition);
            }
        }
    }

    /// R15.
    pub fn isr_changes(
        &mut self,
        partition: usize,
        slot: usize,
        isr: &BTreeSet<usize>,
        partition_epoch: u32,
    ) {
        let Some(office) = self.office(partition, slot) else {
            return;
        };
        if partition_epoch > office.partition_epoch {
            office.isr = isr.clone();
            office.partition_epoch = partition_epoch;
            office.pending = None;
            self.recompute_high_watermark(partition, slot);
        }
    }

    /// R12: a node has applied a change in the standing of another one.
    pub fn peer_changed(&mut self, node: usize, peer: usize) {
        let known = self.nodes[node].peers[peer];
        for partition in 0..self.partitions.len() {
            let p = &self.partitions[partition];
            let (Some(leader), Some(slot)) = (p.slot_of(node), p.slot_of(peer)) else {
                continue;
            };
            let lag = self.lag_max(partition, leader);
            let Some(office) = self.office(partition, leader) else {
                continue;
            };
            let view = &mut office.views[slot];
            view.good = known.good;
            view.registered = known.incarnation;
            let ages = view.caught_up + lag + 1;
            let event = Event::AgesOut {
                partition,
                slot: leader,
            };
            self.at(ages, super::Class::Arrival, event);
            self.recompute_high_watermark(partition, leader);
        }
    }

    // ------------------------------------------------------------------------------------ proposals, the leader's end (M12)

    fn propose(&mut self, node: usize, partition: usize) {
        self.nodes[node].waiting.push(partition);
        self.send_proposals(node);
    }

    pub fn send_proposals(&mut self, node: usize) {
        let me = &self.nodes[node];
        if me.request_out || me.waiting.is_empty() || !me.runs() {
            return;
        }
        let mut proposals = Vec::new();
        for partition in std::mem::take(&mut self.nodes[node].waiting) {
            let Some(slot) = self.partitions[partition].slot_of(node) else {
                continue;
            };
            if let Some(office) = self.office(partition, slot)
                && let Some(pending) = &office.pending
            {
                proposals.push(Proposal {
                    partition,
                    leader_epoch: office.epoch,
                    partition_epoch: office.partition_epoch,
                    isr: pending.clone(),
                });
            }
        }
        if proposals.is_empty() {
            return;
        }
        self.nodes[node].request_out = true;
        let incarnation = self.nodes[node].incarnation;
        if let Some(way) = self.way(self.controller.active, node) {
            self.after(
                way,
                Event::ProposalsArrive {
                    broker: node,
                    incarnation,
                    proposals,
                },
            );
        }
    }

    pub fn proposals_answered(
        &mut self,
        node: usize,
        incarnation: u32,
        answers: Vec<(Proposal, Verdict)>,
    ) {
        let me = &mut self.nodes[node];
        if me.incarnation != incarnation || !me.request_out {
            return;
        }
        me.request_out = false;
        for (proposal, verdict) in answers {
            let partition = proposal.partition;
            let Some(slot) = self.partitions[partition].slot_of(node) else {
                continue;
            };
            let Some(office) = self.office(partition, slot) else {
                continue;
            };
            if office.epoch != proposal.leader_epoch || office.pending.is_none() {
                continue;
            }
            match verdict {
                Verdict::Accepted(partition_epoch) => {
                    self.isr_changes(partition, slot, &proposal.isr, partition_epoch);
                }
                Verdict::Ineligible => {
                    office.pending = None;
                    self.recompute_high_watermark(partition, slot);
                }
                Verdict::Stale => {}
            }
        }
        self.send_proposals(node);
    }
}
