//! A member in a rebalance (specification G12–G14; ConsumerCoordinator.onJoinPrepare, onJoinComplete).

use engine::{Span, Time};

use super::{News, Talk};
use crate::grid::Grid;
use crate::ids::GroupIx;
use crate::world::World;

impl World {
    /// onJoinPrepare: an automatic commit first; eager members give up all they have.
    pub(super) fn prepares(&mut self, group: GroupIx, member: u32) {
        let now = self.clock.now();
        self.groups[group as usize].members[member as usize].rejoins = true;
        let refused = self
            .coordinator_known(group, member)
            .is_some_and(|broker| self.coordinator_refuses(group, broker).is_some());
        if refused {
            self.coordinator_unknown(group, member, now);
            return;
        }
        let has_some = !self.read_by(group, member).is_empty();
        let written = if has_some && self.commits_before_joining(group) {
            self.commits_all(group, member)
        } else {
            now
        };
        if !self.estate.groups[group as usize].config.cooperative {
            for reader in self.read_by(group, member) {
                self.ends_reading(group, reader);
            }
        }
        // The commit of what was read so far stands; none of the regular ones gets through until the group is stable (REBALANCE_IN_PROGRESS).
        let me = &mut self.groups[group as usize].members[member as usize];
        me.commits_since = Time::NEVER;
        me.cut_off = Time::NEVER;
        let at = if written.is_never() {
            // It is tried again after `retry.backoff.ms`; the model lets the member go on without it then.
            let wait = self.estate.groups[group as usize].config.retry_backoff;
            now.saturating_add(wait)
        } else if has_some {
            written
                .max(now)
                .saturating_add(Span::nanos(2 * self.estate.client_latency.as_nanos()))
        } else {
            now
        };
        self.talks(group, member, Talk::Prepares, at);
    }

    /// Members commit before they join if they commit automatically; an application that commits by itself does so when its partitions are revoked.
    fn commits_before_joining(&self, group: GroupIx) -> bool {
        let config = &self.estate.groups[group as usize].config;
        config.auto_commit || !config.cooperative
    }

    /// The commit is answered: the request to join is sent.
    pub(super) fn prepared(&mut self, group: GroupIx, member: u32) {
        self.talks(group, member, Talk::Joins, self.ways(1));
    }

    /// JoinGroup arrives.
    pub(super) fn join_arrives(&mut self, group: GroupIx, member: u32) {
        let Some(broker) = self.coordinator_known(group, member) else {
            if self.groups[group as usize].office.partition.is_none() {
                self.joins(group, member);
            } else {
                let now = self.clock.now();
                self.coordinator_unknown(group, member, now);
            }
            return;
        };
        if let Some(news) = self.coordinator_refuses(group, broker) {
            self.news_soon(group, member, news);
            return;
        }
        self.joins(group, member);
    }

    /// The assignment arrives (onJoinComplete).
    pub(super) fn synced(&mut self, group: GroupIx, member: u32) {
        let now = self.clock.now();
        let id = self.groups[group as usize].members[member as usize].id;
        let assigned: Vec<u32> = self.groups[group as usize]
            .office
            .assignment
            .iter()
            .enumerate()
            .filter(|&(_, &owner)| id.is_some() && owner == id)
            .map(|(reader, _)| reader as u32)
            .collect();
        let owned = self.read_by(group, member);
        let mut gave_up = false;
        for &reader in &owned {
            if !assigned.contains(&reader) {
                // What was read since the commit before joining is not committed: the next owner gets it again.
                let offered = self.groups[group as usize].readers[reader as usize].offered;
                self.ends_reading(group, reader);
                self.groups[group as usize].readers[reader as usize].offered = offered;
                gave_up = true;
            }
        }
        let generation = self.groups[group as usize].office.generation;
        let me = &mut self.groups[group as usize].members[member as usize];
        me.generation = generation;
        me.rejoins = false;
        me.attempts = 0;
        me.talk = Talk::Member;
        me.step.cancel();
        me.heartbeats = Grid::new(now, me.heartbeats.period());
        me.commits_since = now;
        me.cut_off = Time::NEVER;
        for reader in assigned {
            let has = self.groups[group as usize].readers[reader as usize].owner;
            if has == Some(member) {
                continue;
            }
            if has.is_some() {
                // A member that has not learned yet that it lost it: a group reads a partition once here.
                self.ends_reading(group, reader);
            }
            // OffsetFetch: a round trip, then the fetch.
            let before = self.ways(1);
            self.confirm(group, reader, before);
            self.begins_to_read(group, reader, member);
        }
        if gave_up {
            // Cooperative: a second round hands out what was given up.
            self.prepares(group, member);
        } else if self.groups[group as usize].office.is_preparing() {
            // Another rebalance has begun meanwhile: the next heartbeat tells.
            self.hears_at_heartbeat(group, member, News::Rebalance);
        }
    }

    /// A member hears something with the answer to its next heartbeat.
    pub(crate) fn hears_at_heartbeat(&mut self, group: GroupIx, member: u32, news: News) {
        let me = &self.groups[group as usize].members[member as usize];
        let sent = me.heartbeats.after_time(self.clock.now());
        let at = sent.saturating_add(Span::nanos(2 * self.estate.client_latency.as_nanos()));
        self.talks(group, member, Talk::Hears(news), at);
    }

    /// A member finds out that its coordinator does not answer as before: with its next heartbeat or commit, or by the time-out of that.
    pub(crate) fn hears_of_coordinator(&mut self, group: GroupIx, member: u32, news: News) {
        let now = self.clock.now();
        let me = &self.groups[group as usize].members[member as usize];
        let config = &self.estate.groups[group as usize].config;
        let beat = me.heartbeats.after_time(now);
        let commit = me.commits.after_time(now);
        let round = Span::nanos(2 * self.estate.client_latency.as_nanos());
        let at = match news {
            News::Lost => self.ways(1),
            News::TimedOut => {
                // The heartbeat thread gives up after the session time-out without an answer.
                let last = me.heartbeats.at(me.heartbeats.last(now));
                beat.min(commit)
                    .saturating_add(config.request_timeout)
                    .min(last.saturating_add(config.session_timeout))
            }
            _ => beat.min(commit).saturating_add(round),
        };
        self.talks(group, member, Talk::Hears(news), at);
    }
}
