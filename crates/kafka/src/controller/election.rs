//! Who becomes leader (M10), preferred leaders, unclean elections (PartitionChangeBuilder, ReplicationControlManager).

use engine::Span;

use super::Decision;
use crate::event::Event;
use crate::happening::Happening;
use crate::ids::{NodeIx, PartitionIx, Slot, Slots, has, only};
use crate::partition::Partition;
use crate::world::World;

/// At most this many partitions in one run of the preferred-leader or unclean task (ReplicationControlManager).
const ELECTIONS_PER_RUN: usize = 1000;
/// `unclean.leader.election.interval.ms`, an internal setting.
const UNCLEAN_INTERVAL: Span = Span::mins(5);

/// The result of an election.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Election {
    pub(crate) leader: Option<Slot>,
    pub(crate) isr: Slots,
    pub(crate) unclean: bool,
}

impl World {
    fn acceptable(&self, partition: &Partition, slot: Slot) -> bool {
        self.controller.standing[partition.replicas[slot as usize].node as usize].good()
    }

    /// M10: the leader for this ISR (and ELR).
    pub(crate) fn elect(
        &self,
        partition: PartitionIx,
        isr: Slots,
        elr: Slots,
        unclean: bool,
    ) -> Election {
        let p = &self.partitions[partition as usize];
        if let Some(leader) = p.decided.leader
            && has(isr, leader)
            && self.acceptable(p, leader)
        {
            return Election {
                leader: Some(leader),
                isr,
                unclean: false,
            };
        }
        let all = 0..p.replicas.len() as Slot;
        if let Some(slot) = all
            .clone()
            .find(|&slot| has(isr, slot) && self.acceptable(p, slot))
        {
            return Election {
                leader: Some(slot),
                isr,
                unclean: false,
            };
        }
        if isr == 0 {
            // KIP-966: a member of the ELR has all committed records.
            if let Some(slot) = all
                .clone()
                .find(|&slot| has(elr, slot) && self.acceptable(p, slot))
            {
                return Election {
                    leader: Some(slot),
                    isr: only(slot),
                    unclean: false,
                };
            }
            if elr == 0
                && let Some(slot) = p.decided.last_known_leader
                && self.acceptable(p, slot)
            {
                return Election {
                    leader: Some(slot),
                    isr: only(slot),
                    unclean: true,
                };
            }
        }
        if unclean
            && self.honours_unclean()
            && let Some(slot) = all.clone().find(|&slot| self.acceptable(p, slot))
        {
            return Election {
                leader: Some(slot),
                isr: only(slot),
                unclean: true,
            };
        }
        Election {
            leader: None,
            isr,
            unclean: false,
        }
    }

    fn honours_unclean(&self) -> bool {
        self.zookeeper.is_some()
            || self
                .controller
                .active
                .is_some_and(|active| self.nodes[active as usize].binary.behaviour.honours_unclean)
    }

    /// Takes `gone` out of the ISR of a partition and finds a leader (M8, M11).
    pub(crate) fn without(&mut self, partition: PartitionIx, gone: Slots, unclean_restart: bool) {
        let p = &self.partitions[partition as usize];
        let before = p.decided;
        let mut isr = before.isr & !gone;
        let mut elr = before.elr;
        let mut last_known = before.last_known_leader;
        if self.features.eligible_leader_replicas {
            (elr, last_known) = target_elr(p, isr, before, if unclean_restart { gone } else { 0 });
        } else if isr == 0 {
            isr = before.isr;
        }
        let election = self.elect(partition, isr, elr, p.unclean);
        if self.features.eligible_leader_replicas && election.isr != isr {
            (elr, last_known) = target_elr(
                p,
                election.isr,
                before,
                if unclean_restart { gone } else { 0 },
            );
        }
        let decision = Decision {
            leader: election.leader,
            isr: election.isr,
            elr,
            last_known_leader: last_known,
            bump: election.leader.is_some() && election.leader != before.leader,
        };
        self.note_election(partition, before.leader, election);
        self.decide(partition, decision, None);
    }

    /// Leaves a note of a new leader in the chain of causes.
    pub(crate) fn note_election(
        &mut self,
        partition: PartitionIx,
        before: Option<Slot>,
        election: Election,
    ) {
        match election.leader {
            Some(slot) if election.unclean => {
                self.clock
                    .note(Happening::ElectedUncleanly(partition, slot));
            }
            None if before.is_some() => {
                self.clock.note(Happening::Leaderless(partition));
            }
            _ => {}
        }
    }

    /// M9: looks at a partition without leader again.
    pub(crate) fn elect_if_leaderless(&mut self, partition: PartitionIx) {
        let p = &self.partitions[partition as usize];
        if p.decided.leader.is_some() {
            return;
        }
        let before = p.decided;
        let election = self.elect(partition, before.isr, before.elr, p.unclean);
        if election.leader.is_none() {
            return;
        }
        let (mut elr, mut last_known) = (before.elr, before.last_known_leader);
        if self.features.eligible_leader_replicas {
            (elr, last_known) = target_elr(p, election.isr, before, 0);
        }
        self.note_election(partition, before.leader, election);
        let decision = Decision {
            leader: election.leader,
            isr: election.isr,
            elr,
            last_known_leader: last_known,
            bump: true,
        };
        self.decide(partition, decision, None);
    }

    /// `kafka-leader-election.sh --election-type preferred` for one partition; true if the leader moves.
    pub(crate) fn elect_preferred(&mut self, partition: PartitionIx) -> bool {
        let p = &self.partitions[partition as usize];
        let before = p.decided;
        if before.leader == Some(0) || !has(before.isr, 0) || !self.acceptable(p, 0) {
            return false;
        }
        let decision = Decision {
            leader: Some(0),
            isr: before.isr,
            elr: before.elr,
            last_known_leader: before.last_known_leader,
            bump: true,
        };
        self.decide(partition, decision, None);
        true
    }

    /// `kafka-leader-election.sh --election-type unclean` for one partition; true if it gets a leader by it.
    pub(crate) fn elect_unclean(&mut self, partition: PartitionIx) -> bool {
        let p = &self.partitions[partition as usize];
        let before = p.decided;
        if before.leader.is_some() {
            return false;
        }
        let found = (0..p.replicas.len() as Slot).find(|&slot| self.acceptable(p, slot));
        let Some(slot) = found else { return false };
        let clean = has(before.isr, slot) || has(before.elr, slot);
        let isr = if has(before.isr, slot) {
            before.isr
        } else {
            only(slot)
        };
        let election = Election {
            leader: Some(slot),
            isr,
            unclean: !clean,
        };
        self.note_election(partition, None, election);
        let decision = Decision {
            leader: Some(slot),
            isr,
            elr: 0,
            last_known_leader: None,
            bump: true,
        };
        self.decide(partition, decision, None);
        true
    }

    /// Is there a partition whose preferred replica does not lead although all is there for it to?
    fn imbalanced(&self, partition: PartitionIx) -> bool {
        let decided = self.partitions[partition as usize].decided;
        decided.leader.is_some_and(|leader| leader != 0)
    }

    /// Arms the preferred-leader task: before 4.0 one interval after the first imbalance, since then on a grid (runtime model 3.5).
    /// It is armed only while some partition is not led by its preferred replica.
    fn arm_balance(&mut self) {
        let now = self.clock.now();
        let Some(active) = self.controller.active else {
            return;
        };
        let config = &self.nodes[active as usize].binary.config;
        if !config.auto_leader_rebalance || self.controller.balance.is_armed() {
            return;
        }
        let at = if self.zookeeper.is_some() {
            self.next_rebalance(config.leader_imbalance_check_interval)
        } else if self.nodes[active as usize]
            .binary
            .behaviour
            .balances_periodically
        {
            self.controller.balance_checks.after_time(now)
        } else {
            now.saturating_add(config.leader_imbalance_check_interval)
        };
        self.clock
            .arm(&mut self.controller.balance, at, Event::Balance);
    }

    /// After a change of leaders: there may be something for the preferred-leader task.
    pub(crate) fn watch_balance(&mut self) {
        self.arm_balance();
    }

    /// A new active controller looks for something to do.
    pub(crate) fn watch_balance_after_activation(&mut self) {
        if (0..self.partitions.len() as PartitionIx).any(|partition| self.imbalanced(partition)) {
            self.arm_balance();
        }
    }

    /// The preferred-leader task.
    pub(crate) fn balance(&mut self) {
        if self.controller.active.is_none() {
            return;
        }
        let now = self.clock.now();
        let mut moved = 0;
        let mut left = false;
        let looked_at: Vec<PartitionIx> = if self.zookeeper.is_some() {
            left = true;
            self.unbalanced()
        } else {
            (0..self.partitions.len() as PartitionIx).collect()
        };
        for partition in looked_at {
            if !self.imbalanced(partition) {
                continue;
            }
            if moved < ELECTIONS_PER_RUN && self.elect_preferred(partition) {
                moved += 1;
            } else {
                left = true;
            }
        }
        if moved > 0 {
            self.clock.note(Happening::Balanced(moved as u32));
        }
        if moved == ELECTIONS_PER_RUN && left {
            let at = now.saturating_add(Span::millis(10));
            self.clock
                .arm(&mut self.controller.balance, at, Event::Balance);
        } else if left {
            self.arm_balance();
        }
    }

    /// Leaderless partitions that may be led uncleanly are tried again every five minutes (3.9 and later).
    pub(crate) fn watch_unclean(&mut self) {
        if self.zookeeper.is_none() && self.honours_unclean() && !self.controller.unclean.is_armed()
        {
            let at = self.clock.now().saturating_add(UNCLEAN_INTERVAL);
            self.clock
                .arm(&mut self.controller.unclean, at, Event::Unclean);
        }
    }

    /// The unclean-election task.
    pub(crate) fn unclean_task(&mut self) {
        let mut left = false;
        for partition in 0..self.partitions.len() as PartitionIx {
            let p = &self.partitions[partition as usize];
            if p.decided.leader.is_none() && p.unclean {
                self.elect_if_leaderless(partition);
                left |= self.partitions[partition as usize].decided.leader.is_none();
            }
        }
        if left {
            self.watch_unclean();
        }
    }

    /// The node that leads a partition by decision.
    pub fn decided_leader(&self, partition: PartitionIx) -> Option<NodeIx> {
        let p = &self.partitions[partition as usize];
        p.decided.leader.map(|slot| p.replicas[slot as usize].node)
    }
}

/// KIP-966 (PartitionChangeBuilder.maybePopulateTargetElr): members that leave an ISR below min ISR stay eligible.
fn target_elr(
    p: &Partition,
    isr: Slots,
    before: crate::partition::Registration,
    unclean: Slots,
) -> (Slots, Option<Slot>) {
    if isr.count_ones() >= u32::from(p.min_isr) {
        return (0, None);
    }
    let elr = (before.isr | before.elr) & !isr & !unclean;
    // Who led when the ISR became empty is kept until somebody leads again (maybeUpdateLastKnownLeader): if it comes back from a crash, it is
    // no longer eligible, and still the best there is.
    let last_known = if isr == 0 {
        before.leader.or(before.last_known_leader)
    } else {
        None
    };
    (elr, last_known)
}
