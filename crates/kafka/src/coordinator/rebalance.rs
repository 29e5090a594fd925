//! Rebalances (specification G12–G14; GroupMetadataManager.classicGroupJoin, prepareRebalance, completeClassicGroupJoin, classicGroupSync).

use engine::{Span, Time};

use super::{Enrolled, GroupState, assignors};
use crate::consumer::{GroupStep, News, Rebalance, Talk};
use crate::event::Event;
use crate::happening::Happening;
use crate::ids::GroupIx;
use crate::world::World;

impl World {
    /// The group is to rebalance: its members hear of it with their next heartbeats.
    pub(super) fn prepare_rebalance(&mut self, group: GroupIx) {
        let now = self.clock.now();
        let longest = self.estate.groups[group as usize].config.max_poll_interval;
        let was = self.groups[group as usize].office.state;
        if was == GroupState::PreparingRebalance {
            return;
        }
        let cause = self.clock.note(Happening::Rebalances(group));
        let me = &mut self.groups[group as usize];
        if me.rebalances.last().is_none_or(|last| !last.end.is_never()) {
            me.rebalances.push(Rebalance {
                begin: now,
                end: Time::NEVER,
                generation: me.office.generation + 1,
                cause,
            });
        }
        me.office.writing.cancel();
        me.office.state = GroupState::PreparingRebalance;
        for entry in &mut me.office.enrolled {
            entry.joined = false;
        }
        let delay = self.initial_delay(group);
        let me = &mut self.groups[group as usize].office;
        me.longest = now.saturating_add(longest);
        let wait = if was == GroupState::Empty {
            delay.min(longest)
        } else {
            longest
        };
        me.somebody_joined = false;
        me.initial = was == GroupState::Empty;
        self.arm_join_end(group, now.saturating_add(wait));
        for member in 0..self.groups[group as usize].members.len() as u32 {
            let me = &self.groups[group as usize].members[member as usize];
            let enrolled = self.groups[group as usize].office.place_of(me.id).is_some();
            match me.talk {
                Talk::Member if enrolled => {
                    self.hears_at_heartbeat(group, member, News::Rebalance);
                }
                // The assignment was on its way: with the sync it hears that it has to join again.
                Talk::Synced if enrolled && was == GroupState::CompletingRebalance => {
                    self.news_soon(group, member, News::Rebalance);
                }
                Talk::JoinWaits if enrolled && was == GroupState::CompletingRebalance => {
                    self.news_soon(group, member, News::Rebalance);
                }
                _ => {}
            }
        }
    }

    /// `group.initial.rebalance.delay.ms` of the coordinator.
    fn initial_delay(&self, group: GroupIx) -> Span {
        let seat = self.groups[group as usize].office.seat;
        let node = seat.map_or(0, |seat| seat.node);
        self.nodes[node as usize].binary.config.group_initial_delay
    }

    fn arm_join_end(&mut self, group: GroupIx, at: Time) {
        let me = &mut self.groups[group as usize].office;
        self.clock.arm(&mut me.deadline, at, |ticket| Event::Group {
            group,
            step: GroupStep::JoinEnds(ticket),
        });
    }

    /// A request to join is handled.
    pub(crate) fn joins(&mut self, group: GroupIx, member: u32) {
        let now = self.clock.now();
        let is_static = self.estate.groups[group as usize].static_members;
        let who = &self.groups[group as usize].members[member as usize];
        let (id, life) = (who.id, who.life);
        let office = &mut self.groups[group as usize].office;
        let place = match id {
            Some(_) => match office.place_of(id) {
                Some(place) => place,
                None => {
                    self.news_soon(group, member, News::UnknownMember);
                    return;
                }
            },
            None => {
                let known = office
                    .enrolled
                    .iter()
                    .position(|entry| is_static && entry.member == member);
                let new = office.next_id;
                office.next_id += 1;
                if let Some(place) = known {
                    // The same group.instance.id with no member.id: it takes the place, and the assignment, of its former self.
                    let old = office.enrolled[place].id;
                    office.enrolled[place] = Enrolled {
                        id: new,
                        member,
                        life,
                        joined: office.enrolled[place].joined,
                        session: Time::NEVER,
                    };
                    for owner in office.assignment.iter_mut() {
                        if *owner == Some(old) {
                            *owner = Some(new);
                        }
                    }
                    let stable = office.state == GroupState::Stable;
                    self.groups[group as usize].members[member as usize].id = Some(new);
                    if stable {
                        self.groups[group as usize].office.persists();
                        // Its new id is written, then it joins, syncs and goes on: two round trips less the way here.
                        let written = self.written_at(group, now);
                        let at = if written.is_never() { now } else { written };
                        let way = Span::nanos(3 * self.estate.client_latency.as_nanos());
                        self.talks(group, member, Talk::Synced, at.saturating_add(way));
                        return;
                    }
                    place
                } else {
                    // MEMBER_ID_REQUIRED: dynamic members ask a second time, with the id they were given.
                    office.enrolled.push(Enrolled {
                        id: new,
                        member,
                        life,
                        joined: false,
                        session: Time::NEVER,
                    });
                    self.groups[group as usize].members[member as usize].id = Some(new);
                    if is_static {
                        self.groups[group as usize].office.enrolled.len() - 1
                    } else {
                        let at = self.ways(2);
                        self.talks(group, member, Talk::Joins, at);
                        return;
                    }
                }
            }
        };
        let office = &mut self.groups[group as usize].office;
        office.enrolled[place].session = Time::NEVER;
        if office.state != GroupState::PreparingRebalance {
            self.prepare_rebalance(group);
        }
        let office = &mut self.groups[group as usize].office;
        office.enrolled[place].joined = true;
        office.somebody_joined = true;
        let me = &mut self.groups[group as usize].members[member as usize];
        me.talk = Talk::JoinWaits;
        me.step.cancel();
        self.all_joined(group);
    }

    /// Have all that are known joined?
    pub(super) fn all_joined(&mut self, group: GroupIx) {
        let office = &self.groups[group as usize].office;
        if office.state != GroupState::PreparingRebalance {
            return;
        }
        if office.enrolled.is_empty() {
            self.group_is_empty(group);
            return;
        }
        if !office.initial && office.enrolled.iter().all(|entry| entry.joined) {
            self.completes_join(group);
        }
    }

    fn group_is_empty(&mut self, group: GroupIx) {
        let now = self.clock.now();
        let me = &mut self.groups[group as usize];
        me.office.deadline.cancel();
        me.office.state = GroupState::Empty;
        me.office.generation += 1;
        me.office.persists();
        for owner in &mut me.office.assignment {
            *owner = None;
        }
        if let Some(last) = me.rebalances.last_mut()
            && last.end.is_never()
        {
            last.end = now;
            last.generation = me.office.generation;
        }
    }

    /// The wait for members to join is over: the initial delay is extended while members come, else the late ones are out.
    pub(crate) fn join_ends(&mut self, group: GroupIx) {
        let now = self.clock.now();
        let delay = self.initial_delay(group);
        let office = &mut self.groups[group as usize].office;
        if office.initial
            && office.somebody_joined
            && office.enrolled.len() > 1
            && now < office.longest
        {
            office.somebody_joined = false;
            let at = now.saturating_add(delay).min(office.longest);
            if delay > Span::ZERO {
                self.arm_join_end(group, at);
                return;
            }
        }
        let office = &mut self.groups[group as usize].office;
        office.enrolled.retain(|entry| entry.joined);
        if office.enrolled.is_empty() {
            self.group_is_empty(group);
        } else {
            self.completes_join(group);
        }
    }

    /// All have joined: a new generation. The leader of the group computes the assignment and sends it with its SyncGroup.
    fn completes_join(&mut self, group: GroupIx) {
        let now = self.clock.now();
        let office = &mut self.groups[group as usize].office;
        office.deadline.cancel();
        office.state = GroupState::CompletingRebalance;
        office.generation += 1;
        self.assign(group);
        // The answer to JoinGroup goes out, SyncGroup comes back.
        let arrives = self.ways(2);
        let timeout = self.groups[group as usize]
            .office
            .seat
            .map_or(Span::ZERO, |seat| {
                let node = &self.nodes[seat.node as usize];
                node.binary.config.offsets_commit_timeout
            });
        let gives_up = arrives.saturating_add(timeout);
        self.groups[group as usize].office.appended = arrives;
        self.groups[group as usize].office.gives_up = gives_up;
        let written = self.written_at(group, arrives);
        self.arm_writing(group, written.min(gives_up).max(now));
    }

    fn arm_writing(&mut self, group: GroupIx, at: Time) {
        let me = &mut self.groups[group as usize].office;
        self.clock.arm(&mut me.writing, at, |ticket| Event::Group {
            group,
            step: GroupStep::Written(ticket),
        });
    }

    /// The assignment is in the log, or its write has taken too long.
    pub(crate) fn assignment_written(&mut self, group: GroupIx) {
        let now = self.clock.now();
        let office = &self.groups[group as usize].office;
        if office.state != GroupState::CompletingRebalance {
            return;
        }
        let (appended, gives_up) = (office.appended, office.gives_up);
        let written = self.written_at(group, appended);
        let failed = written > now && now >= gives_up;
        if written > now && !failed {
            self.arm_writing(group, written.min(gives_up));
            return;
        }
        let me = &mut self.groups[group as usize];
        let ids: Vec<(u32, u32)> = me
            .office
            .enrolled
            .iter()
            .map(|entry| (entry.id, entry.member))
            .collect();
        if failed {
            // COORDINATOR_NOT_AVAILABLE to all that wait; they join again.
            me.office.state = GroupState::Stable;
            for (id, member) in ids {
                if self.waits_as(group, member, id) {
                    self.news_soon(group, member, News::NotAvailable);
                }
            }
            return;
        }
        me.office.state = GroupState::Stable;
        me.office.persists();
        let generation = me.office.generation;
        if let Some(last) = me.rebalances.last_mut()
            && last.end.is_never()
        {
            last.end = now;
            last.generation = generation;
        }
        for (id, member) in ids {
            if self.waits_as(group, member, id) {
                let at = self.ways(1);
                self.talks(group, member, Talk::Synced, at);
            } else {
                // It joined and went away: its session runs.
                self.session_goes_on(group, id);
            }
        }
    }

    /// Does this member wait for the group under this id?
    fn waits_as(&self, group: GroupIx, member: u32, id: u32) -> bool {
        let who = &self.groups[group as usize].members[member as usize];
        who.id == Some(id) && who.talk == Talk::JoinWaits
    }

    fn session_goes_on(&mut self, group: GroupIx, id: u32) {
        let session = self.estate.groups[group as usize].config.session_timeout;
        let at = self.clock.now().saturating_add(session);
        self.session_begins(group, id, at);
    }

    /// G11: nothing was heard of a member for `session.timeout.ms`: it is out.
    pub(crate) fn session_of_member_ends(&mut self, group: GroupIx, id: u32, tag: u32) {
        let now = self.clock.now();
        let office = &self.groups[group as usize].office;
        let Some(place) = office.place_of(Some(id)) else {
            return;
        };
        let entry = office.enrolled[place];
        if entry.session != now || tag != now.as_nanos() as u32 {
            return;
        }
        if !office.is_loaded() {
            // Sessions begin anew when somebody has loaded the group.
            return;
        }
        if let Some(seat) = office.seat
            && !self.nodes[seat.node as usize].runs()
        {
            // A coordinator that is paused throws nobody out; it looks again.
            self.session_begins(group, id, now.saturating_add(Span::secs(1)));
            return;
        }
        self.throws_out(group, place);
    }

    /// LeaveGroup arrives.
    pub(crate) fn leave_arrives(&mut self, group: GroupIx, member: u32) {
        let me = &mut self.groups[group as usize];
        me.members[member as usize].talk = Talk::Gone;
        me.members[member as usize].step.cancel();
        let id = me.members[member as usize].id;
        if let Some(place) = me.office.place_of(id) {
            if me.office.is_loaded() {
                self.throws_out(group, place);
            } else {
                self.session_runs_out(group, member);
            }
        }
    }

    /// A member is no longer in the group: the others rebalance.
    fn throws_out(&mut self, group: GroupIx, place: usize) {
        let office = &mut self.groups[group as usize].office;
        office.enrolled.remove(place);
        let empty = office.enrolled.is_empty();
        match office.state {
            GroupState::Stable | GroupState::CompletingRebalance => {
                self.prepare_rebalance(group);
                if empty {
                    self.group_is_empty(group);
                }
            }
            GroupState::PreparingRebalance => self.all_joined(group),
            GroupState::Empty => {}
        }
    }

    /// Who reads what: the group's first assignor over those that are in it.
    pub(super) fn assign(&mut self, group: GroupIx) {
        let estate = self.estate.clone();
        let spec = &estate.groups[group as usize];
        let me = &self.groups[group as usize];
        // Static members are sorted by group.instance.id, others by member.id, which begins alike and goes on at random.
        let mut sorted: Vec<(u64, u32, usize)> = me
            .office
            .enrolled
            .iter()
            .enumerate()
            .map(|(place, entry)| {
                let order = if spec.static_members {
                    u64::from(entry.member)
                } else {
                    self.draw(
                        me.key.part("member-id").id(u64::from(entry.id)),
                        0,
                        u64::MAX,
                    )
                };
                (order, entry.id, place)
            })
            .collect();
        sorted.sort_unstable();
        let places: Vec<usize> = sorted.iter().map(|entry| entry.2).collect();
        let assignment = if spec.config.cooperative {
            let owned: Vec<Option<usize>> = me
                .readers
                .iter()
                .map(|reader| {
                    // What members say they own when they join.
                    let owner = reader.owner?;
                    places.iter().position(|&place| {
                        let entry = me.office.enrolled[place];
                        let who = &me.members[owner as usize];
                        entry.member == owner && who.id == Some(entry.id)
                    })
                })
                .collect();
            assignors::cooperative_sticky(places.len(), &owned)
        } else {
            let mut topics = Vec::new();
            for &topic in &spec.topics {
                topics.push(estate.topics[topic as usize].assignment.len());
            }
            assignors::range(places.len(), &topics)
        };
        let ids: Vec<Option<u32>> = assignment
            .into_iter()
            .map(|owner| owner.map(|at| self.groups[group as usize].office.enrolled[places[at]].id))
            .collect();
        self.groups[group as usize].office.assignment = ids;
    }
}
