//! Who joins the in-sync replicas and who leaves them (specification R10, R12–R14; Partition.maybeExpandIsr, maybeShrinkIsr).

use engine::{Span, Time};

use crate::event::Event;
use crate::ids::{NodeIx, PartitionIx, Slot, Slots, has, only, slots};
use crate::log::Point;
use crate::partition::{Follow, Known, Pending};
use crate::world::World;

impl World {
    /// R13 for one follower at this instant; if it cannot join yet but will, the next instant is armed.
    pub(crate) fn try_join(
        &mut self,
        partition: PartitionIx,
        office: usize,
        slot: Slot,
        now: Time,
    ) {
        let p = &self.partitions[partition as usize];
        let o = &p.offices[office];
        let follower = &o.followers[slot as usize];
        let Known::InStep { since, .. } = follower.known else {
            return;
        };
        if has(o.maximal_isr(), slot) || !follower.eligible() || o.pending.is_some() {
            return;
        }
        let l = p.replicas[o.slot as usize].node;
        let f = p.replicas[slot as usize].node;
        let fetcher = self.fetcher_of(l, f);
        let grid = self.fetchers[fetcher as usize].grid;
        let known = self.known(partition, office, slot, now);
        // HW before this fetch moves it: what was confirmed a moment ago.
        let just_before = Time::from_nanos(now.as_nanos().saturating_sub(1));
        let confirmed = self.high_watermark(partition, office, just_before);
        let o = &self.partitions[partition as usize].offices[office];
        let ready = known.is_some_and(|point| {
            point.node == o.node
                && confirmed.is_none_or(|cut| {
                    point.cut >= cut
                        || self
                            .last_arrival(partition, o.node, cut)
                            .is_none_or(|arrival| arrival <= point.cut)
                })
        });
        if !ready {
            self.arm_join(fetcher, grid.next(now).max(since) + 1);
            return;
        }
        self.touch_softly(partition);
        let office = &mut self.partitions[partition as usize].offices[office];
        office.pending = Some(Pending {
            isr: office.isr | only(slot),
            sent: false,
        });
        self.propose(l, partition);
    }

    /// Looks at the followers of a fetcher at instant n.
    pub(crate) fn arm_join(&mut self, fetcher: u32, n: i64) {
        let me = &mut self.fetchers[fetcher as usize];
        let at = me.grid.at(n).max(self.clock.now());
        if me.join.is_armed() && me.join.due() <= at {
            return;
        }
        self.clock
            .arm(&mut me.join, at, |ticket| Event::Join { fetcher, ticket });
    }

    /// R13: the followers of this fetcher that may join now.
    pub(crate) fn join(&mut self, fetcher: u32) {
        let now = self.clock.now();
        let (l, _) = self.ends_of(fetcher);
        if !self.nodes[l as usize].runs() {
            return;
        }
        let me = &mut self.fetchers[fetcher as usize];
        if me.first_fetch.is_armed() && me.first_fetch.due() == now {
            // First fetches of this instant come before (§4).
            self.clock
                .arm(&mut me.join, now, |ticket| Event::Join { fetcher, ticket });
            return;
        }
        let cause = self.clock.cause();
        let members = self.layout.members[fetcher as usize].clone();
        for member in members.iter() {
            self.clock.set_cause(cause);
            let p = &self.partitions[member.partition as usize];
            if p.replicas[member.follower as usize].follow != Follow::Fetching {
                continue;
            }
            if let Some(at) = p.office_for(member.follower)
                && p.offices[at].slot == member.leader
            {
                self.try_join(member.partition, at, member.follower, now);
            }
        }
    }

    /// After a change of the ISR or an answer: other followers of the partition may join next.
    pub(crate) fn look_again_for_joins(&mut self, partition: PartitionIx, office: usize) {
        let now = self.clock.now();
        let p = &self.partitions[partition as usize];
        let o = &p.offices[office];
        let l = p.replicas[o.slot as usize].node;
        for slot in 0..p.replicas.len() as Slot {
            let p = &self.partitions[partition as usize];
            let o = &p.offices[office];
            if slot != o.slot
                && !has(o.maximal_isr(), slot)
                && o.followers[slot as usize].eligible()
                && matches!(o.followers[slot as usize].known, Known::InStep { .. })
            {
                let fetcher = self.fetcher_of(l, p.replicas[slot as usize].node);
                // The fetch that led to this answer has been: the next one is strictly later. (Within a combined node a request takes no
                // time, and all of it may happen at the instant of one fetch.)
                let grid = self.fetchers[fetcher as usize].grid;
                let n = grid.next(now.saturating_add(Span::nanos(1)));
                self.arm_join(fetcher, n);
            }
        }
    }

    /// R12: a leader's node has applied a change in the standing of another broker.
    pub(crate) fn peer_changed(&mut self, node: NodeIx, peer: NodeIx) {
        let now = self.clock.now();
        let known = self.nodes[node as usize].peers[peer as usize];
        let fetcher = self.fetcher_of(node, peer);
        let members = self.layout.members[fetcher as usize].clone();
        let mut may_join = false;
        for member in members.iter() {
            let p = &self.partitions[member.partition as usize];
            let Some(at) = p.office_of(member.leader) else {
                continue;
            };
            let follower = &p.offices[at].followers[member.follower as usize];
            if (follower.standing, follower.registered) == (known.good, known.incarnation) {
                continue;
            }
            self.touch_softly(member.partition);
            let office = &mut self.partitions[member.partition as usize].offices[at];
            let follower = &mut office.followers[member.follower as usize];
            follower.standing = known.good;
            follower.registered = known.incarnation;
            may_join |= follower.eligible() && matches!(follower.known, Known::InStep { .. });
            if known.good {
                self.watch_age(member.partition, at, member.follower);
            }
        }
        if may_join {
            let n = self.fetchers[fetcher as usize].grid.next(now);
            self.arm_join(fetcher, n);
        }
    }

    /// R14: arms the next look at the ISRs that a node leads, if a follower has stopped.
    pub(crate) fn watch_isr(&mut self, node: NodeIx) {
        let now = self.clock.now();
        let me = &mut self.nodes[node as usize];
        if me.isr_watch.is_armed() || !me.runs() {
            return;
        }
        let at = me.isr_checks.after_time(now);
        self.clock
            .arm(&mut me.isr_watch, at, |ticket| Event::IsrCheck {
                node,
                ticket,
            });
    }

    /// R14.
    pub(crate) fn isr_check(&mut self, node: NodeIx) {
        if !self.nodes[node as usize].runs() {
            return;
        }
        let now = self.clock.now();
        let lag = self.nodes[node as usize].binary.config.replica_lag_max;
        let cause = self.clock.cause();
        let mut stopped = false;
        // Where all that are waited for are in step, so is the ISR.
        let irregular: Vec<PartitionIx> = self.irregular[node as usize].iter().copied().collect();
        for partition in irregular {
            self.clock.set_cause(cause);
            let p = &self.partitions[partition as usize];
            let Some(at) = p.office_on(node) else {
                self.irregular[node as usize].remove(&partition);
                continue;
            };
            let slot = p.offices[at].slot;
            let o = &p.offices[at];
            let mut out: Slots = 0;
            for follower in slots(o.isr & !only(slot)) {
                if matches!(o.followers[follower as usize].known, Known::InStep { .. }) {
                    continue;
                }
                stopped = true;
                let caught_up = self.caught_up(partition, at, follower, now);
                let end = Point {
                    node: o.node,
                    cut: now,
                };
                let has_all = self
                    .known(partition, at, follower, now)
                    .is_some_and(|known| self.covers(partition, known, end));
                if !has_all && caught_up.saturating_add(lag) < now {
                    out |= only(follower);
                }
            }
            let o = &self.partitions[partition as usize].offices[at];
            if out != 0 && o.pending.is_none() {
                self.touch_softly(partition);
                let office = &mut self.partitions[partition as usize].offices[at];
                office.pending = Some(Pending {
                    isr: office.isr & !out,
                    sent: false,
                });
                self.propose(node, partition);
            }
        }
        self.clock.set_cause(cause);
        if stopped {
            self.watch_isr(node);
        }
    }

    /// R10: a follower outside the ISR that is not in step is waited for until its age; arms that moment.
    pub(crate) fn watch_age(&mut self, partition: PartitionIx, office: usize, slot: Slot) {
        let now = self.clock.now();
        let p = &self.partitions[partition as usize];
        let o = &p.offices[office];
        let lag = self.lag_max(p, o);
        let follower = &o.followers[slot as usize];
        if has(o.maximal_isr(), slot) || !follower.eligible() {
            return;
        }
        if matches!(follower.known, Known::At(_) | Known::Behind { .. }) {
            let at = follower
                .caught_up
                .saturating_add(Span::nanos(lag))
                .saturating_add(Span::nanos(1));
            if at > now {
                self.clock.schedule(at, Event::AgesOut { partition });
            }
        }
    }
}
