//! The group coordinator (specification G8–G14; GroupCoordinatorService, GroupMetadataManager): who coordinates a group, loading, sessions.
//!
//! | file | what |
//! |---|---|
//! | `mod.rs` | the coordinator's seat, sessions, who is in the group |
//! | `rebalance.rs` | joining, the barrier, the assignment |
//! | `assignors.rs` | RangeAssignor and CooperativeStickyAssignor |

mod assignors;
mod rebalance;

use engine::{Span, Time, Timer};

use crate::consumer::{CommitGap, GroupStep, News, Talk};
use crate::event::Event;
use crate::ids::{GroupIx, NodeIx, PartitionIx};
use crate::world::World;

/// The topic that holds committed positions and the metadata of groups.
pub const OFFSETS_TOPIC: &str = "__consumer_offsets";
/// What loading a partition of it takes beside reading it: *assumed* (a read of a small log and its replay).
const LOAD: Span = Span::millis(10);

/// Who coordinates: a leader of the group's partition of `__consumer_offsets`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seat {
    pub(crate) node: NodeIx,
    pub(crate) epoch: u32,
    /// It has loaded the group.
    pub(crate) loaded: bool,
    /// Since when it is loaded, or loads.
    pub(crate) since: Time,
}

/// The state of a group (ClassicGroupState).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupState {
    /// Nobody is in it.
    Empty,
    /// Its members are to join.
    PreparingRebalance,
    /// All have joined; the assignment is on its way.
    CompletingRebalance,
    /// Its members have their assignments.
    Stable,
}

/// A member as the coordinator knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Enrolled {
    /// `member.id`.
    pub(crate) id: u32,
    /// Which member it is, and in which of its lives.
    pub(crate) member: u32,
    pub(crate) life: u32,
    /// It has joined the rebalance at hand.
    pub(crate) joined: bool,
    /// When its session ends if nothing is heard of it. `NEVER`: it is heard of.
    pub(crate) session: Time,
}

/// A group as its coordinator knows it.
#[derive(Clone, Debug)]
pub(crate) struct Coordinator {
    /// Its partition of `__consumer_offsets`, if there is that topic.
    pub(crate) partition: Option<PartitionIx>,
    pub(crate) seat: Option<Seat>,
    pub(crate) load: Timer,
    pub(crate) state: GroupState,
    pub(crate) generation: u32,
    pub(crate) enrolled: Vec<Enrolled>,
    /// Members and generation as the log has them: what another coordinator would load.
    pub(crate) persisted: (Vec<Enrolled>, u32),
    pub(crate) next_id: u32,
    /// By reader: the id of the member it is assigned to.
    pub(crate) assignment: Vec<Option<u32>>,
    /// The end of the wait for members to join.
    pub(crate) deadline: Timer,
    /// The end of the longest possible wait, and whether somebody joined since the last look (initial delay).
    pub(crate) longest: Time,
    /// It waits for the initial delay: the group was empty.
    pub(crate) initial: bool,
    pub(crate) somebody_joined: bool,
    /// The write of the assignment: when it is through, when it was appended, and when it is given up.
    pub(crate) writing: Timer,
    pub(crate) appended: Time,
    pub(crate) gives_up: Time,
}

impl Coordinator {
    pub(crate) fn new(partition: Option<PartitionIx>) -> Self {
        Self {
            partition,
            seat: None,
            load: Timer::default(),
            state: GroupState::Empty,
            generation: 1,
            enrolled: Vec::new(),
            persisted: (Vec::new(), 1),
            next_id: 0,
            assignment: Vec::new(),
            deadline: Timer::default(),
            longest: Time::NEVER,
            initial: false,
            somebody_joined: false,
            writing: Timer::default(),
            appended: Time::NEVER,
            gives_up: Time::NEVER,
        }
    }

    /// Does it wait for members to join?
    pub(crate) fn is_preparing(&self) -> bool {
        self.state == GroupState::PreparingRebalance
    }

    /// Does somebody coordinate? Without a `__consumer_offsets` in the estate always.
    pub(crate) fn is_loaded(&self) -> bool {
        self.partition.is_none() || self.seat.is_some_and(|seat| seat.loaded)
    }

    /// The group's metadata is in the log.
    pub(crate) fn persists(&mut self) {
        self.persisted = (self.enrolled.clone(), self.generation);
    }

    pub(crate) fn place_of(&self, id: Option<u32>) -> Option<usize> {
        let id = id?;
        self.enrolled.iter().position(|entry| entry.id == id)
    }
}

/// Java's `String.hashCode`, over UTF-16 units.
fn java_hash(text: &str) -> i32 {
    text.encode_utf16().fold(0i32, |hash, unit| {
        hash.wrapping_mul(31).wrapping_add(i32::from(unit))
    })
}

/// Which of `n` partitions of `__consumer_offsets` a group has (`Utils.abs(groupId.hashCode) % n`).
///
/// `Utils.abs` takes `i32::MIN` for 0. With `n` = 0 there is none: 0.
pub fn offsets_partition_of(group: &str, n: u32) -> u32 {
    let hash = java_hash(group);
    let hash = if hash == i32::MIN {
        0
    } else {
        hash.unsigned_abs()
    };
    hash.checked_rem(n).unwrap_or(0)
}

impl World {
    /// The partition of `__consumer_offsets` that a group has; `None` if the estate has no such topic.
    pub(crate) fn offsets_partition(&self, group: &str) -> Option<PartitionIx> {
        let topic = self.estate.topic(OFFSETS_TOPIC)?;
        let n = self.estate.topics[topic as usize].assignment.len() as u32;
        let first = self.layout.first_partition[topic as usize];
        (n > 0).then(|| first + offsets_partition_of(group, n))
    }

    /// G1: a group at time 0.
    pub(crate) fn begins_stable(&mut self, group: GroupIx) {
        let me = &mut self.groups[group as usize];
        let members = me.members.len() as u32;
        me.office.assignment = vec![None; me.readers.len()];
        for member in 0..members {
            let id = me.office.next_id;
            me.office.next_id += 1;
            me.members[member as usize].id = Some(id);
            me.office.enrolled.push(Enrolled {
                id,
                member,
                life: 1,
                joined: false,
                session: Time::NEVER,
            });
        }
        if members > 0 {
            me.office.state = GroupState::Stable;
        }
        me.office.persists();
        if let Some(partition) = me.office.partition {
            let p = &self.partitions[partition as usize];
            let node = p.replicas[0].node;
            me.office.seat = Some(Seat {
                node,
                epoch: 0,
                loaded: true,
                since: Time::ZERO,
            });
            for member in &mut me.members {
                member.coordinator = Some(node);
            }
        }
        self.assign(group);
        let me = &mut self.groups[group as usize];
        for at in 0..me.readers.len() {
            let owner = me.office.place_of(me.office.assignment[at]);
            let member = owner.map(|place| me.office.enrolled[place].member);
            let reader = &mut me.readers[at];
            reader.owner = member;
            if member.is_some()
                && let Some(broker) = reader.leader
            {
                reader.reading = crate::consumer::Reading::Fetching {
                    broker,
                    since: Time::ZERO,
                };
            }
        }
    }

    // ------------------------------------------------------------------------------------ the seat

    /// G8: after a change of its partition of `__consumer_offsets`, who coordinates?
    pub(crate) fn look_at_coordinator(&mut self, group: GroupIx) {
        let now = self.clock.now();
        let office = &self.groups[group as usize].office;
        let Some(partition) = office.partition else {
            return;
        };
        let p = &self.partitions[partition as usize];
        let seat = office.seat;
        let newest = p.offices.iter().max_by_key(|held| held.epoch).map(|held| {
            (
                p.replicas[held.slot as usize].node,
                held.epoch,
                held.isr.count_ones() >= u32::from(p.min_isr),
            )
        });
        let stays = seat.is_some_and(|seat| {
            newest.is_some_and(|(node, epoch, _)| (node, epoch) == (seat.node, seat.epoch))
        });
        if !stays {
            if seat.is_some() {
                self.seat_lost(group);
            }
            if let Some((node, epoch, _)) = newest {
                let bytes = self.estate.topics[p_topic(self, partition)].bytes_per_partition;
                let rate = self.estate.nodes[node as usize].disk_read.max(1);
                let reading = u128::from(bytes) * 1_000_000_000 / u128::from(rate);
                let wait = LOAD
                    .saturating_add(Span::nanos(u64::try_from(reading).unwrap_or(u64::MAX / 4)));
                let me = &mut self.groups[group as usize].office;
                me.seat = Some(Seat {
                    node,
                    epoch,
                    loaded: false,
                    since: now,
                });
                let at = now.saturating_add(wait);
                self.clock.arm(&mut me.load, at, |ticket| Event::Group {
                    group,
                    step: GroupStep::Loaded(ticket),
                });
            }
        }
        self.members_notice(group);
        let good = newest.is_some_and(|(_, _, enough)| enough);
        self.look_at_commits(group, good);
    }

    /// A commit gap begins or ends.
    fn look_at_commits(&mut self, group: GroupIx, enough: bool) {
        let now = self.clock.now();
        let cause = self.clock.cause();
        let runs = self.groups[group as usize]
            .office
            .seat
            .is_some_and(|seat| seat.loaded && self.client_hears_node(seat.node));
        let good = enough && runs;
        let gaps = &mut self.groups[group as usize].commit_gaps;
        let open = gaps.last().is_some_and(|gap| gap.end.is_never());
        if !good && !open {
            gaps.push(CommitGap {
                begin: now,
                end: Time::NEVER,
                cause,
            });
        } else if good
            && open
            && let Some(gap) = gaps.last_mut()
        {
            gap.end = now;
        }
    }

    fn client_hears_node(&self, node: NodeIx) -> bool {
        self.nodes[node as usize].runs() && self.client_way(node).is_some()
    }

    /// The seat is lost: what it was about is lost with it; members that waited for it are told.
    fn seat_lost(&mut self, group: GroupIx) {
        let me = &mut self.groups[group as usize].office;
        me.seat = None;
        me.load.cancel();
        me.deadline.cancel();
        me.writing.cancel();
        if me.state != GroupState::Stable {
            // The next one finds what the log has: whoever was about to join joins again, and whoever was thrown out is back until its session ends.
            (me.enrolled, me.generation) = me.persisted.clone();
            me.state = if me.enrolled.is_empty() {
                GroupState::Empty
            } else {
                GroupState::Stable
            };
        }
        for entry in &mut me.enrolled {
            entry.joined = false;
            entry.session = Time::NEVER;
        }
        for reader in &mut self.groups[group as usize].readers {
            // A commit that was not through when its coordinator went is tried again later.
            reader.offered = None;
        }
    }

    /// Members whose coordinator does not answer as before: when will each of them know?
    fn members_notice(&mut self, group: GroupIx) {
        for member in 0..self.groups[group as usize].members.len() as u32 {
            let me = &self.groups[group as usize].members[member as usize];
            let Some(broker) = me.coordinator else {
                continue;
            };
            let news = match self.refusal_of_coordinator(group, broker) {
                None => continue,
                Some(news) => news,
            };
            match me.talk {
                Talk::Member => {
                    self.commits_stop(group, member);
                    self.hears_of_coordinator(group, member, news);
                }
                Talk::Hears(News::Rebalance) => {
                    self.commits_stop(group, member);
                    self.hears_of_coordinator(group, member, news);
                }
                Talk::Hears(News::NotCoordinator | News::TimedOut) if news == News::Lost => {
                    self.hears_of_coordinator(group, member, news);
                }
                Talk::JoinWaits => self.news_soon(group, member, news),
                _ => {}
            }
        }
    }

    /// What a broker says or does not say to its members now. A coordinator that loads still answers heartbeats.
    fn refusal_of_coordinator(&self, group: GroupIx, broker: NodeIx) -> Option<News> {
        if self.nodes[broker as usize].paused.is_some() || self.client_way(broker).is_none() {
            return Some(News::TimedOut);
        }
        if !self.nodes[broker as usize].listens() {
            return Some(News::Lost);
        }
        let seat = self.groups[group as usize].office.seat;
        (seat.is_none_or(|seat| seat.node != broker)).then_some(News::NotCoordinator)
    }

    /// G8: the group is loaded. Sessions begin anew.
    pub(crate) fn coordinator_loaded(&mut self, group: GroupIx) {
        let now = self.clock.now();
        let me = &mut self.groups[group as usize].office;
        if let Some(seat) = &mut me.seat {
            seat.loaded = true;
            seat.since = now;
        }
        let node = me.seat.map(|seat| seat.node);
        let session = self.estate.groups[group as usize].config.session_timeout;
        let entries: Vec<u32> = me.enrolled.iter().map(|entry| entry.id).collect();
        for id in entries {
            self.session_begins(group, id, now.saturating_add(session));
        }
        for member in 0..self.groups[group as usize].members.len() as u32 {
            let me = &self.groups[group as usize].members[member as usize];
            if me.coordinator == node && me.talk == Talk::Member {
                // It has found the coordinator while it was loading, and commits are tried again every `retry.backoff.ms`.
                self.commits_go_on(group, member);
                self.heard_of(group, member);
            }
        }
        let enough = self.groups[group as usize]
            .office
            .partition
            .is_some_and(|partition| {
                let p = &self.partitions[partition as usize];
                p.offices
                    .iter()
                    .max_by_key(|held| held.epoch)
                    .is_some_and(|held| held.isr.count_ones() >= u32::from(p.min_isr))
            });
        self.look_at_commits(group, enough);
    }

    // ------------------------------------------------------------------------------------ sessions

    /// The session of a member ends at `at` unless it is heard of.
    pub(crate) fn session_begins(&mut self, group: GroupIx, id: u32, at: Time) {
        let office = &mut self.groups[group as usize].office;
        let Some(place) = office.place_of(Some(id)) else {
            return;
        };
        office.enrolled[place].session = at;
        let tag = at.as_nanos() as u32;
        self.group_event(
            at.max(self.clock.now()),
            group,
            GroupStep::SessionEnds { id, at: tag },
        );
    }

    /// G11: a member that is gone was last heard of with its last heartbeat.
    pub(crate) fn session_runs_out(&mut self, group: GroupIx, member: u32) {
        let now = self.clock.now();
        let me = &self.groups[group as usize];
        let who = &me.members[member as usize];
        let Some(id) = who.id else { return };
        let Some(place) = me.office.place_of(Some(id)) else {
            return;
        };
        if !me.office.enrolled[place].session.is_never() || !me.office.is_loaded() {
            // It is running out already, or begins when the coordinator has loaded.
            return;
        }
        let session = self.estate.groups[group as usize].config.session_timeout;
        let beats = who.heartbeats;
        let n = beats.last(now);
        let last = beats.at(n).saturating_add(self.estate.client_latency);
        self.session_begins(group, id, last.min(now).saturating_add(session));
    }

    /// A member is heard of.
    pub(crate) fn heard_of(&mut self, group: GroupIx, member: u32) {
        let id = self.groups[group as usize].members[member as usize].id;
        let office = &mut self.groups[group as usize].office;
        if let Some(place) = office.place_of(id) {
            office.enrolled[place].session = Time::NEVER;
        }
    }

    /// What the coordinator says to a heartbeat of a member, if not yes.
    pub(crate) fn membership_refused(&self, group: GroupIx, member: u32) -> Option<News> {
        let me = &self.groups[group as usize];
        let who = &me.members[member as usize];
        if me.office.place_of(who.id).is_none() {
            return Some(News::UnknownMember);
        }
        if me.office.is_preparing() {
            return Some(News::Rebalance);
        }
        (who.generation != me.office.generation).then_some(News::IllegalGeneration)
    }
}

fn p_topic(world: &World, partition: PartitionIx) -> usize {
    world.partitions[partition as usize].topic as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_has_the_partition_that_java_would_choose() {
        assert_eq!(java_hash("billing"), -109_829_509);
        // As `observed/groups-roll-brokers-4.1.2` says under `coordinators`, with five partitions.
        for (group, partition) in [
            ("eager", 1),
            ("cooperative", 1),
            ("static", 3),
            ("kip848", 3),
        ] {
            assert_eq!(offsets_partition_of(group, 5), partition);
        }
        assert_eq!(java_hash(""), 0);
    }

    #[test]
    fn a_hash_without_positive_twin_counts_as_zero() {
        // "polygenelubricants" hashes to Integer.MIN_VALUE.
        assert_eq!(java_hash("polygenelubricants"), i32::MIN);
        assert_eq!(offsets_partition_of("polygenelubricants", 50), 0);
    }
}
