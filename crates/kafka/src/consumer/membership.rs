//! A member and its coordinator (specification G9–G11, G15, G16; AbstractCoordinator): finding it, connecting, heartbeats, joining, leaving.

use engine::{CauseId, Span, Time};

use super::{GroupError, GroupStep, News, Talk};
use crate::event::Event;
use crate::grid::Grid;
use crate::happening::Happening;
use crate::ids::{GroupIx, NodeIx};
use crate::world::World;

impl World {
    /// Sets what a member does next with its coordinator, and when.
    pub(crate) fn talks(&mut self, group: GroupIx, member: u32, talk: Talk, at: Time) {
        let now = self.clock.now();
        let me = &mut self.groups[group as usize].members[member as usize];
        me.talk = talk;
        self.clock
            .arm(&mut me.step, at.max(now), |ticket| Event::Group {
                group,
                step: GroupStep::Talk { member, ticket },
            });
    }

    /// In `n` one-way times.
    pub(crate) fn ways(&self, n: u64) -> Time {
        self.clock.now().saturating_add(Span::nanos(
            n.saturating_mul(self.estate.client_latency.as_nanos()),
        ))
    }

    /// What a member was about to do happens.
    pub(super) fn talk_goes_on(&mut self, group: GroupIx, member: u32) {
        match self.groups[group as usize].members[member as usize].talk {
            Talk::Gone | Talk::Member | Talk::JoinWaits => {}
            Talk::Hears(news) => self.hears(group, member, news),
            Talk::Seeks => self.seeks(group, member),
            Talk::Asked(broker) => self.asked_for_coordinator(group, member, broker),
            Talk::Answered(broker) => self.coordinator_told(group, member, broker),
            Talk::Connects(broker) => self.connects(group, member, broker),
            Talk::Beats => self.heartbeat_arrives(group, member),
            Talk::Finishes => self.prepares(group, member),
            Talk::Prepares => self.prepared(group, member),
            Talk::Joins => self.join_arrives(group, member),
            Talk::Synced => self.synced(group, member),
            Talk::Leaves => self.leave_arrives(group, member),
        }
    }

    // ------------------------------------------------------------------------------------ finding the coordinator

    /// T5 for requests to the coordinator.
    fn coordinator_backoff(&mut self, group: GroupIx, member: u32) -> Time {
        let spec = &self.estate.groups[group as usize];
        let (base, max) = (spec.config.retry_backoff, spec.config.retry_backoff_max);
        let me = &self.groups[group as usize].members[member as usize];
        let wait = if spec.behaviour.exponential_backoff {
            let key = me.key.part("coordinator");
            self.exponential(key, me.draws, base, max, me.attempts)
        } else {
            base
        };
        let me = &mut self.groups[group as usize].members[member as usize];
        me.draws += 1;
        me.attempts += 1;
        self.clock.now().saturating_add(wait)
    }

    /// The coordinator is unknown from now on; the search for it begins.
    pub(super) fn coordinator_unknown(&mut self, group: GroupIx, member: u32, at: Time) {
        self.commits_stop(group, member);
        let me = &mut self.groups[group as usize].members[member as usize];
        me.coordinator = None;
        self.talks(group, member, Talk::Seeks, at);
    }

    /// FindCoordinator is sent.
    fn seeks(&mut self, group: GroupIx, member: u32) {
        let now = self.clock.now();
        let Some((broker, wait)) = self.somebody_to_ask(group, member) else {
            let at = self.coordinator_backoff(group, member);
            self.talks(group, member, Talk::Seeks, at);
            return;
        };
        self.talks(group, member, Talk::Asked(broker), now.saturating_add(wait));
    }

    fn asked_for_coordinator(&mut self, group: GroupIx, member: u32, broker: NodeIx) {
        let now = self.clock.now();
        if !self.client_hears(broker) {
            let wait = self.estate.groups[group as usize].config.request_timeout;
            self.group_error(group, GroupError::RequestTimedOut);
            self.broker_lost_at(group, member, broker, now.saturating_add(wait));
            self.talks(group, member, Talk::Seeks, now.saturating_add(wait));
            return;
        }
        if !self.nodes[broker as usize].listens() {
            self.broker_lost(group, member, broker);
            let at = self.coordinator_backoff(group, member);
            self.talks(group, member, Talk::Seeks, at.max(self.ways(1)));
            return;
        }
        self.up_again(group, member, broker);
        let picture = self.applied_now(broker);
        let coordinator = match self.groups[group as usize].office.partition {
            None => Some(broker),
            Some(partition) => {
                let p = &self.partitions[partition as usize];
                p.shown(picture)
                    .leader
                    .map(|slot| p.replicas[slot as usize].node)
                    .filter(|&node| self.nodes[broker as usize].peers[node as usize].alive)
                    .filter(|_| !self.knows_no_metadata(broker))
            }
        };
        self.talks(group, member, Talk::Answered(coordinator), self.ways(1));
    }

    fn coordinator_told(&mut self, group: GroupIx, member: u32, broker: Option<NodeIx>) {
        let Some(broker) = broker else {
            self.group_error(group, GroupError::CoordinatorNotAvailable);
            let at = self.coordinator_backoff(group, member);
            self.talks(group, member, Talk::Seeks, at);
            return;
        };
        // TCP and ApiVersions: two round trips; a refusal comes after one.
        let way = if self.nodes[broker as usize].listens() {
            4
        } else {
            2
        };
        self.talks(group, member, Talk::Connects(broker), self.ways(way));
    }

    fn connects(&mut self, group: GroupIx, member: u32, broker: NodeIx) {
        let now = self.clock.now();
        if !self.client_hears(broker) {
            // `socket.connection.setup.timeout.ms`.
            self.group_error(group, GroupError::Disconnected);
            let at = now.saturating_add(Span::secs(10));
            self.talks(group, member, Talk::Seeks, at);
            return;
        }
        if !self.nodes[broker as usize].listens() {
            self.group_error(group, GroupError::ConnectionRefused);
            let at = self.coordinator_backoff(group, member);
            self.talks(group, member, Talk::Seeks, at);
            return;
        }
        self.groups[group as usize].members[member as usize].coordinator = Some(broker);
        if self.groups[group as usize].members[member as usize].rejoins {
            self.prepares(group, member);
        } else {
            self.talks(group, member, Talk::Beats, self.ways(1));
        }
    }

    /// A heartbeat arrives after the coordinator was found again (G10).
    fn heartbeat_arrives(&mut self, group: GroupIx, member: u32) {
        let Some(broker) = self.groups[group as usize].members[member as usize].coordinator else {
            return;
        };
        if let Some(news) = self.coordinator_refuses(group, broker) {
            // While it loads, it answers heartbeats blindly with yes (GroupCoordinatorService.heartbeat).
            if news != News::Loading {
                self.news_soon(group, member, news);
                return;
            }
        } else if let Some(news) = self.membership_refused(group, member) {
            self.news_soon(group, member, news);
            return;
        } else {
            self.heard_of(group, member);
        }
        let now = self.clock.now();
        let me = &mut self.groups[group as usize].members[member as usize];
        me.talk = Talk::Member;
        me.step.cancel();
        me.attempts = 0;
        me.heartbeats = Grid::new(now, me.heartbeats.period());
        if self.groups[group as usize].office.is_loaded() {
            self.commits_go_on(group, member);
        }
    }

    /// What a broker says to anything that only the coordinator can answer.
    pub(super) fn coordinator_refuses(&self, group: GroupIx, broker: NodeIx) -> Option<News> {
        if !self.client_hears(broker) {
            return Some(News::TimedOut);
        }
        if !self.nodes[broker as usize].listens() {
            return Some(News::Lost);
        }
        match self.coordinates_now(group, broker) {
            None => Some(News::NotCoordinator),
            Some(false) => Some(News::Loading),
            Some(true) => None,
        }
    }

    /// A member hears this one way from now; a time-out or a lost connection takes its own time.
    pub(crate) fn news_soon(&mut self, group: GroupIx, member: u32, news: News) {
        let at = if news == News::TimedOut {
            let wait = self.estate.groups[group as usize].config.request_timeout;
            self.clock.now().saturating_add(wait)
        } else {
            self.ways(1)
        };
        self.talks(group, member, Talk::Hears(news), at);
    }

    /// What a member hears, and what it does then.
    fn hears(&mut self, group: GroupIx, member: u32, news: News) {
        let now = self.clock.now();
        let error = match news {
            News::NotCoordinator => GroupError::NotCoordinator,
            News::Lost => GroupError::Disconnected,
            News::TimedOut => GroupError::RequestTimedOut,
            News::NotAvailable => GroupError::CoordinatorNotAvailable,
            News::Loading => GroupError::CoordinatorLoadInProgress,
            News::Rebalance => GroupError::RebalanceInProgress,
            News::UnknownMember => GroupError::UnknownMemberId,
            News::IllegalGeneration => GroupError::IllegalGeneration,
        };
        match news {
            News::NotCoordinator | News::Lost | News::TimedOut => {
                let back = self.groups[group as usize].members[member as usize]
                    .coordinator
                    .is_some_and(|broker| {
                        self.coordinator_refuses(group, broker).is_none() && news == News::TimedOut
                    });
                if back {
                    // It answers again: what hung was answered meanwhile.
                    self.talks(group, member, Talk::Beats, self.ways(1));
                    return;
                }
                self.group_error(group, error);
                self.coordinator_unknown(group, member, now);
            }
            News::NotAvailable => {
                self.group_error(group, error);
                let at = self.coordinator_backoff(group, member);
                self.coordinator_unknown(group, member, at);
            }
            News::Loading => {
                self.group_error(group, error);
                let at = self.coordinator_backoff(group, member);
                let rejoins = self.groups[group as usize].members[member as usize].rejoins;
                let talk = if rejoins { Talk::Joins } else { Talk::Beats };
                self.talks(group, member, talk, at);
            }
            News::Rebalance => {
                self.group_error(group, error);
                self.groups[group as usize].members[member as usize].rejoins = true;
                let at = now.saturating_add(self.rest_of_poll(group, member));
                self.talks(group, member, Talk::Finishes, at);
            }
            News::UnknownMember | News::IllegalGeneration => {
                self.group_error(group, error);
                self.loses_all(group, member);
                let me = &mut self.groups[group as usize].members[member as usize];
                me.rejoins = true;
                if news == News::UnknownMember {
                    me.id = None;
                }
                self.talks(group, member, Talk::Joins, self.ways(1));
            }
        }
    }

    /// A member that has not kept up works through its poll before it joins (`max.poll.records`, 500): how much of it is left is drawn.
    fn rest_of_poll(&mut self, group: GroupIx, member: u32) -> Span {
        const MAX_POLL_RECORDS: u64 = 500;
        let each = self.estate.groups[group as usize].processing.as_nanos();
        if each == 0 {
            return Span::ZERO;
        }
        let waiting: u64 = self
            .read_by(group, member)
            .into_iter()
            .map(|reader| self.reader_lag(group, reader))
            .sum();
        let whole = waiting.min(MAX_POLL_RECORDS).saturating_mul(each);
        let me = &self.groups[group as usize].members[member as usize];
        let rest = self.draw(me.key.part("poll"), me.draws, whole.max(1));
        self.groups[group as usize].members[member as usize].draws += 1;
        Span::nanos(rest)
    }

    /// onPartitionsLost: its partitions are taken from a member without a commit.
    fn loses_all(&mut self, group: GroupIx, member: u32) {
        self.commits_stop(group, member);
        for reader in self.read_by(group, member) {
            self.ends_reading(group, reader);
        }
    }

    // ------------------------------------------------------------------------------------ from outside

    /// A member's process is killed: its coordinator hears nothing more of it. Nothing happens if it does not run, or there is none.
    pub fn kill_member(&mut self, group: GroupIx, member: u32) {
        if !self.is_member(group, member) || !self.member_runs(group, member) {
            return;
        }
        let cause = self.clock.note(Happening::MemberGone(group, member));
        self.goes_away(group, member, cause);
        self.session_runs_out(group, member);
    }

    /// A member is closed in an orderly way: it commits and, unless it is static, says goodbye.
    pub fn stop_member(&mut self, group: GroupIx, member: u32) {
        if !self.is_member(group, member) || !self.member_runs(group, member) {
            return;
        }
        let cause = self.clock.note(Happening::MemberGone(group, member));
        let refused = self
            .coordinator_known(group, member)
            .is_none_or(|broker| self.coordinator_refuses(group, broker).is_some());
        let written = self.commits_all(group, member);
        self.goes_away(group, member, cause);
        let is_static = self.estate.groups[group as usize].static_members;
        if is_static || refused || written.is_never() {
            self.session_runs_out(group, member);
        } else {
            // The commit is answered first; the goodbye follows.
            let at = written.saturating_add(Span::nanos(2 * self.estate.client_latency.as_nanos()));
            self.talks(group, member, Talk::Leaves, at.max(self.clock.now()));
        }
    }

    /// A member's process is started again.
    pub fn start_member(&mut self, group: GroupIx, member: u32) {
        if !self.is_member(group, member) {
            return;
        }
        let talk = self.groups[group as usize].members[member as usize].talk;
        if talk == Talk::Leaves {
            // It comes back before its goodbye has arrived: that arrives first.
            self.leave_arrives(group, member);
        } else if talk != Talk::Gone {
            return;
        }
        let now = self.clock.now();
        let estate = self.estate.clone();
        let brokers = (0..self.nodes.len() as NodeIx)
            .filter(|&node| estate.nodes[node as usize].broker)
            .collect();
        let me = &mut self.groups[group as usize].members[member as usize];
        me.life += 1;
        me.id = None;
        me.generation = 0;
        me.rejoins = true;
        me.coordinator = None;
        me.commits_since = Time::NEVER;
        me.cut_off = Time::NEVER;
        me.attempts = 0;
        me.known = brokers;
        me.down.clear();
        me.wanted = false;
        me.asking = None;
        me.in_vain = 0;
        me.failing = false;
        // It connects and asks for metadata first: three round trips.
        let at = self.ways(6).max(now);
        self.talks(group, member, Talk::Seeks, at);
    }

    /// The coordinator that a member knows. Members that have never lost it know the one of time 0.
    pub(super) fn coordinator_known(&self, group: GroupIx, member: u32) -> Option<NodeIx> {
        self.groups[group as usize].members[member as usize].coordinator
    }

    /// Does the group have a member of this number?
    fn is_member(&self, group: GroupIx, member: u32) -> bool {
        self.groups
            .get(group as usize)
            .is_some_and(|group| (member as usize) < group.members.len())
    }

    fn goes_away(&mut self, group: GroupIx, member: u32, cause: CauseId) {
        self.clock.set_cause(cause);
        for reader in self.read_by(group, member) {
            self.ends_reading(group, reader);
        }
        let me = &mut self.groups[group as usize].members[member as usize];
        me.talk = Talk::Gone;
        me.step.cancel();
        me.client.cancel();
        me.wanted = false;
        me.asking = None;
        me.question += 1;
        me.coordinator = None;
    }
}
