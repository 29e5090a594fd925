//! What a member knows of the cluster, and how it finds out (specification G4; Metadata, NetworkClient). Like a producer's (P8, P11), on connections
//! of its own in which nothing waits before a question.

use std::sync::Arc;

use engine::{Span, Time};

use super::{Down, GroupError, GroupStep, Reading};
use crate::ids::{GroupIx, NodeIx};
use crate::producer::shortest;
use crate::world::World;

/// `reconnect.backoff.ms` and its maximum.
const RECONNECT: (Span, Span) = (Span::millis(50), Span::millis(1000));

impl World {
    /// What is wrong with the way to a broker, as far as a member knows.
    pub(super) fn down(&self, group: GroupIx, member: u32, broker: NodeIx) -> Option<Down> {
        self.groups[group as usize].members[member as usize]
            .down
            .iter()
            .copied()
            .find(|down| down.broker == broker)
    }

    /// A connection is up.
    pub(super) fn up_again(&mut self, group: GroupIx, member: u32, broker: NodeIx) {
        self.groups[group as usize].members[member as usize]
            .down
            .retain(|down| down.broker != broker);
    }

    /// A connection was lost or could not be made: it is tried again after a back-off (T5).
    pub(super) fn broker_lost(&mut self, group: GroupIx, member: u32, broker: NodeIx) {
        let now = self.clock.now();
        let failures = match self.down(group, member, broker) {
            Some(down) if down.until > now => return,
            Some(down) => down.failures + 1,
            None => 0,
        };
        let me = &self.groups[group as usize].members[member as usize];
        let key = me
            .key
            .id(u64::from(self.estate.nodes[broker as usize].id))
            .part("reconnect");
        let draw = me.draws;
        let wait = self.exponential(key, draw, RECONNECT.0, RECONNECT.1, failures);
        self.up_again(group, member, broker);
        let me = &mut self.groups[group as usize].members[member as usize];
        me.draws += 1;
        me.down.push(Down {
            broker,
            failures,
            until: now.saturating_add(wait),
        });
    }

    /// A connection gives no answer and will be closed at `until`.
    pub(super) fn broker_lost_at(
        &mut self,
        group: GroupIx,
        member: u32,
        broker: NodeIx,
        until: Time,
    ) {
        self.up_again(group, member, broker);
        self.groups[group as usize].members[member as usize]
            .down
            .push(Down {
                broker,
                failures: 0,
                until,
            });
    }

    /// The next thing that a member's client does by itself is due at `at`.
    pub(super) fn arm_client(&mut self, group: GroupIx, member: u32, at: Time) {
        let now = self.clock.now();
        let me = &mut self.groups[group as usize].members[member as usize];
        if at.is_never() || (me.client.is_armed() && me.client.due() <= at) {
            return;
        }
        self.clock.arm(&mut me.client, at.max(now), |ticket| {
            crate::event::Event::Group {
                group,
                step: GroupStep::Client { member, ticket },
            }
        });
    }

    /// A back-off is over.
    pub(super) fn client_due(&mut self, group: GroupIx, member: u32) {
        for reader in self.read_by(group, member) {
            self.try_fetch_if_good(group, reader);
        }
        self.member_asks(group, member);
    }

    /// A member wants metadata.
    pub(super) fn member_wants_metadata(&mut self, group: GroupIx, member: u32) {
        self.groups[group as usize].members[member as usize].wanted = true;
        self.member_asks(group, member);
    }

    /// Metadata.timeToAllowUpdate.
    fn member_may_ask_at(&self, group: GroupIx, member: u32) -> Time {
        let me = &self.groups[group as usize].members[member as usize];
        let spec = &self.estate.groups[group as usize];
        let (base, max) = (spec.config.retry_backoff, spec.config.retry_backoff_max);
        me.last_refresh.map_or(Time::ZERO, |last| {
            last.saturating_add(if spec.behaviour.exponential_backoff {
                shortest(base, max, me.in_vain.saturating_sub(1))
            } else {
                base
            })
        })
    }

    /// Asks, if it is wanted, allowed, and somebody can be asked.
    fn member_asks(&mut self, group: GroupIx, member: u32) {
        let now = self.clock.now();
        let me = &self.groups[group as usize].members[member as usize];
        if !me.wanted || me.asking.is_some() || !self.member_runs(group, member) {
            return;
        }
        let allowed = self.member_may_ask_at(group, member);
        if allowed > now {
            self.arm_client(group, member, allowed);
            return;
        }
        let Some((broker, wait)) = self.somebody_to_ask(group, member) else {
            return;
        };
        let me = &mut self.groups[group as usize].members[member as usize];
        me.wanted = false;
        me.asking = Some(broker);
        me.question += 1;
        let question = me.question;
        self.group_event(
            now.saturating_add(wait),
            group,
            GroupStep::MetadataHandled { member, question },
        );
    }

    /// A broker that a member can ask, and the way to it: one with a connection, else one that may be connected to. If there is none the next
    /// chance is armed.
    pub(super) fn somebody_to_ask(
        &mut self,
        group: GroupIx,
        member: u32,
    ) -> Option<(NodeIx, Span)> {
        let now = self.clock.now();
        let me = &self.groups[group as usize].members[member as usize];
        let known = me.known.clone();
        let key = me.key.part("metadata-node");
        let start = self.draw(key, me.node_draws, known.len().max(1) as u64) as usize;
        self.groups[group as usize].members[member as usize].node_draws += 1;
        let way = self.estate.client_latency;
        let mut soonest = Time::NEVER;
        let mut may_connect = None;
        for at in 0..known.len() {
            let broker = known[(start + at) % known.len()];
            match self.down(group, member, broker) {
                None => return Some((broker, way)),
                Some(down) if down.until <= now => {
                    may_connect = may_connect.or(Some(broker));
                }
                Some(down) => soonest = soonest.min(down.until),
            }
        }
        if let Some(broker) = may_connect {
            // TCP and ApiVersions first: two round trips.
            return Some((broker, Span::nanos(5 * way.as_nanos())));
        }
        if self.estate.groups[group as usize].behaviour.rebootstraps {
            // KIP-899: back to the bootstrap servers: here, every broker of the estate.
            let all: Arc<[NodeIx]> = (0..self.nodes.len() as NodeIx)
                .filter(|&node| self.estate.nodes[node as usize].broker)
                .collect();
            if all != known {
                self.groups[group as usize].members[member as usize].known = all;
                soonest = now;
            }
        }
        self.arm_client(group, member, soonest);
        None
    }

    /// The question is at the broker.
    pub(super) fn metadata_handled(&mut self, group: GroupIx, member: u32, question: u32) {
        let now = self.clock.now();
        let me = &self.groups[group as usize].members[member as usize];
        let Some(broker) = me.asking else { return };
        if me.question != question {
            return;
        }
        let spec = &self.estate.groups[group as usize];
        let way = self.estate.client_latency;
        if !self.client_hears(broker) {
            // No answer: the member gives up after its request time-out.
            let at = now.saturating_add(spec.config.request_timeout);
            self.group_event(at, group, GroupStep::MetadataAnswered { member, question });
            return;
        }
        if self.nodes[broker as usize].listens() {
            let alive = self.alive_shown_by(broker);
            let picture = self.applied_now(broker);
            self.up_again(group, member, broker);
            self.groups[group as usize].members[member as usize].answer =
                Some((picture, alive.into()));
        }
        self.group_event(
            now.saturating_add(way),
            group,
            GroupStep::MetadataAnswered { member, question },
        );
    }

    /// The answer is there, or it is clear that there will be none.
    pub(super) fn metadata_answered(&mut self, group: GroupIx, member: u32, question: u32) {
        let now = self.clock.now();
        let me = &mut self.groups[group as usize].members[member as usize];
        if me.question != question {
            return;
        }
        let Some(broker) = me.asking.take() else {
            return;
        };
        me.last_refresh = Some(now);
        let Some((picture, alive)) = me.answer.take() else {
            me.in_vain = if me.failing { me.in_vain + 1 } else { 1 };
            me.failing = true;
            self.group_error(group, GroupError::Disconnected);
            self.broker_lost(group, member, broker);
            self.member_wants_metadata(group, member);
            return;
        };
        let mut news = false;
        let owned = self.read_by(group, member);
        // As a producer's (P11).
        let ignored = alive.is_empty() && self.zookeeper.is_some();
        for &reader in owned.iter().filter(|_| !ignored) {
            news |= self.learns_leader(group, reader, picture, &alive);
        }
        let me = &mut self.groups[group as usize].members[member as usize];
        me.in_vain = match (news, me.failing) {
            (true, _) => 0,
            (false, true) => 1,
            (false, false) => me.in_vain + 1,
        };
        me.failing = false;
        if !alive.is_empty() {
            me.known = alive;
        }
        for &reader in &owned {
            self.try_fetch_if_good(group, reader);
        }
        let waits = owned.iter().any(|&reader| {
            matches!(
                self.groups[group as usize].readers[reader as usize].reading,
                Reading::Waiting { asking: false }
            )
        });
        if waits {
            self.member_wants_metadata(group, member);
        }
    }

    /// Takes a leader over from a broker's picture; true if it is news: a newer leader epoch.
    fn learns_leader(
        &mut self,
        group: GroupIx,
        reader: u32,
        picture: u32,
        alive: &[NodeIx],
    ) -> bool {
        let me = &self.groups[group as usize].readers[reader as usize];
        let p = &self.partitions[me.partition as usize];
        let state = p.shown(picture);
        if state.leader_epoch < me.epoch {
            return false;
        }
        let leader = state
            .leader
            .map(|slot| p.replicas[slot as usize].node)
            .filter(|node| alive.contains(node));
        if (leader, state.leader_epoch) == (me.leader, me.epoch) {
            return false;
        }
        if matches!(
            me.reading,
            Reading::Fetching { .. } | Reading::Hanging { .. }
        ) {
            // The next fetch goes to the new leader, whatever the old one does.
            let now = self.clock.now();
            self.offer(group, reader, now);
            self.advance(group, reader, now);
            self.stops_being_read(group, reader);
            let me = &mut self.groups[group as usize].readers[reader as usize];
            me.life += 1;
            me.reading = Reading::Waiting { asking: false };
        }
        let me = &mut self.groups[group as usize].readers[reader as usize];
        if matches!(me.reading, Reading::Waiting { asking: true }) {
            // What is on its way to the old leader no longer matters.
            me.life += 1;
            me.reading = Reading::Waiting { asking: false };
        }
        let newer = state.leader_epoch > me.epoch;
        me.leader = leader;
        me.epoch = state.leader_epoch;
        newer
    }
}
