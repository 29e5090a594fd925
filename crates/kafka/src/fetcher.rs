//! Fetchers: how a broker copies from another one (specification R3–R9; AbstractFetcherThread, ReplicaFetcherThread, DelayedFetch).
//!
//! Regular fetches are a grid and cost nothing. Events happen when a partition is added (it has to wait for the parked fetch), when
//! it fetches for the first time, when an error has been waited out, and when one that was far behind has caught up.

use engine::{CauseId, Span, Time, Timer};

use crate::catch_up::CatchUp;
use crate::event::Event;
use crate::grid::Grid;
use crate::happening::Happening;
use crate::ids::{NodeIx, PartitionIx, Slot};
use crate::log::Point;
use crate::partition::{Follow, Known};
use crate::world::World;

/// A fetch that finds nothing waits this long (`replica.fetch.wait.max.ms` is read from the settings; this is its default).
pub(crate) const FETCH_SERVICE: Span = Span::micros(500);

/// One fetcher: follower `f` copies from leader `l`.
#[derive(Clone, Debug)]
pub(crate) struct Fetcher {
    /// Its instants.
    pub(crate) grid: Grid,
    /// The instant at which a fetch was last answered for another reason than new batches, or the one before the fetch that was
    /// parked at the beginning (R4).
    pub(crate) answered: i64,
    /// Partitions that wait for the parked fetch to be answered, with the cause that added them.
    pub(crate) added: Vec<(PartitionIx, Slot, CauseId)>,
    pub(crate) parked: Timer,
    /// When it was last found out when the parked fetch is answered.
    pub(crate) armed_at: Time,
    /// Partitions whose first fetch comes at the next instant of `first`.
    pub(crate) first: Vec<(PartitionIx, Slot, CauseId)>,
    pub(crate) first_fetch: Timer,
    /// The first instant of a new thread: who is added before takes part in it.
    pub(crate) new_until: Time,
    /// When followers may join (R13).
    pub(crate) join: Timer,
    /// Partitions that are behind.
    pub(crate) catch_up: CatchUp,
    pub(crate) caught_up: Timer,
}

impl Fetcher {
    pub(crate) fn new(grid: Grid, parked_at: i64) -> Self {
        Self {
            grid,
            answered: parked_at - 1,
            added: Vec::new(),
            parked: Timer::default(),
            armed_at: Time::ZERO,
            first: Vec::new(),
            first_fetch: Timer::default(),
            new_until: Time::ZERO,
            join: Timer::default(),
            catch_up: CatchUp::default(),
            caught_up: Timer::default(),
        }
    }
}

impl World {
    /// The index of the fetcher (leader, follower).
    #[inline]
    pub(crate) fn fetcher_of(&self, leader: NodeIx, follower: NodeIx) -> u32 {
        leader * self.nodes.len() as u32 + follower
    }

    /// Its leader and follower.
    #[inline]
    pub(crate) fn ends_of(&self, fetcher: u32) -> (NodeIx, NodeIx) {
        let n = self.nodes.len() as u32;
        (fetcher / n, fetcher % n)
    }

    /// The grid by which the replica in one slot fetches from that in another.
    #[inline]
    pub(crate) fn fetch_grid(&self, partition: PartitionIx, leader: Slot, follower: Slot) -> Grid {
        let replicas = &self.partitions[partition as usize].replicas;
        let fetcher = self.fetcher_of(
            replicas[leader as usize].node,
            replicas[follower as usize].node,
        );
        self.fetchers[fetcher as usize].grid
    }

    /// R5: a partition is added to the fetcher to its leader.
    pub(crate) fn add_to_fetcher(&mut self, partition: PartitionIx, slot: Slot) {
        let now = self.clock.now();
        let p = &self.partitions[partition as usize];
        let Some(leader) = p.replicas[slot as usize].leader else {
            return;
        };
        let (l, f) = (
            p.replicas[leader as usize].node,
            p.replicas[slot as usize].node,
        );
        let fetcher = self.fetcher_of(l, f);
        let cause = self.clock.cause();
        self.partitions[partition as usize].replicas[slot as usize].follow = Follow::Added;
        if !self.fetch_in_use(fetcher) {
            // A new thread connects first.
            let way = self.way(l, f).unwrap_or(self.estate.latency);
            let grid = self.fetchers[fetcher as usize].grid;
            let n = grid.next(now.saturating_add(way).saturating_add(way));
            let me = &mut self.fetchers[fetcher as usize];
            me.answered = n - 1;
            me.new_until = grid.at(n);
            me.first.push((partition, slot, cause));
            self.clock.arm(
                &mut self.fetchers[fetcher as usize].first_fetch,
                grid.at(n),
                |ticket| Event::FirstFetch { fetcher, ticket },
            );
            return;
        }
        let me = &mut self.fetchers[fetcher as usize];
        if me.first_fetch.is_armed() && now < me.new_until {
            // The thread is new too: it takes this one along.
            me.first.push((partition, slot, cause));
            return;
        }
        // Whatever is added at one moment waits for the same answer. That it comes sooner is told by whatever makes it so.
        let known = !me.added.is_empty() && me.parked.is_armed() && me.armed_at == now;
        me.added.push((partition, slot, cause));
        if !known {
            self.arm_parked(fetcher);
        }
    }

    /// Does the fetcher have a partition in it?
    fn fetch_in_use(&self, fetcher: u32) -> bool {
        let me = &self.fetchers[fetcher as usize];
        if !me.added.is_empty() || !me.first.is_empty() {
            return true;
        }
        let members = &self.layout.members[fetcher as usize];
        members.iter().any(|member| {
            let p = &self.partitions[member.partition as usize];
            let replica = &p.replicas[member.follower as usize];
            replica.follow == Follow::Fetching && replica.leader == Some(member.leader)
        })
    }

    /// Is this member of the fetcher in step (R4)?
    fn in_step(&self, member: crate::layout::Member) -> Option<u32> {
        let p = &self.partitions[member.partition as usize];
        let replica = &p.replicas[member.follower as usize];
        if replica.follow != Follow::Fetching || replica.leader != Some(member.leader) {
            return None;
        }
        let office = &p.offices[p.office_for(member.follower)?];
        matches!(
            office.followers[member.follower as usize].known,
            Known::InStep { .. }
        )
        .then_some(office.node)
    }

    /// R4: the instant at which the fetch that is out now was, or will be, answered: the first at or after `t`.
    /// The second value says whether it is for a batch that is only expected.
    fn answered_at(&self, fetcher: u32, t: Time) -> i64 {
        let me = &self.fetchers[fetcher as usize];
        let grid = me.grid;
        let from = grid.next(t);
        // The last arrival that was found before `from`, and the first one that will be found at `from` or later.
        let before = grid.at(from - 1);
        let mut last: Option<Time> = None;
        let mut next: Option<Time> = None;
        let members = &self.layout.members[fetcher as usize];
        for &member in members.iter() {
            let Some(node) = self.in_step(member) else {
                continue;
            };
            let p = &self.partitions[member.partition as usize];
            for &flow in &p.flows {
                let flow = &self.flows[flow as usize];
                last = last.max(flow.last_arrival_in(node, before));
                if let Some(at) = flow.first_arrival_after(node, before) {
                    next = Some(next.map_or(at, |other| other.min(at)));
                }
            }
        }
        // The fetch that is out parked one instant after the last answer.
        let mut answered = me.answered;
        if let Some(at) = last {
            answered = answered.max(grid.next(at));
        }
        let wait = self.nodes[self.ends_of(fetcher).1 as usize]
            .binary
            .config
            .replica_fetch_wait
            .as_nanos();
        let instants = wait.div_ceil(grid.period().as_nanos()) as i64;
        let mut parked = answered + 1;
        let mut expires = parked + instants;
        if expires < from {
            // It has expired and parked again a few times.
            let round = instants + 1;
            let rounds = (from - expires + round - 1) / round;
            parked += rounds * round;
            expires = parked + instants;
        }
        if answered >= from {
            return answered;
        }
        match next {
            Some(at) => expires.min(grid.next(at)),
            None => expires,
        }
    }

    /// Arms the answer to the parked fetch.
    fn arm_parked(&mut self, fetcher: u32) {
        let now = self.clock.now();
        let n = self.answered_at(fetcher, now);
        let me = &mut self.fetchers[fetcher as usize];
        me.armed_at = now;
        let at = me.grid.at(n).max(now);
        if me.parked.is_armed() && me.parked.due() == at {
            return;
        }
        self.clock
            .arm(&mut me.parked, at, |ticket| Event::ParkedAnswered {
                fetcher,
                ticket,
            });
    }

    /// Does a partition wait for a parked fetch from this leader to be answered?
    pub(crate) fn is_waited_for(&self, leader: NodeIx) -> bool {
        let n = self.nodes.len();
        let from = crate::layout::Layout::fetcher(n, leader, 0);
        self.fetchers[from..from + n]
            .iter()
            .any(|fetcher| !fetcher.added.is_empty())
    }

    /// A batch has arrived at the leader of a partition: a parked fetch may be answered sooner than expected.
    pub(crate) fn batch_arrived(&mut self, partition: PartitionIx, leader: Slot) {
        let p = &self.partitions[partition as usize];
        let l = p.replicas[leader as usize].node;
        for slot in 0..p.replicas.len() as Slot {
            if slot == leader {
                continue;
            }
            let p = &self.partitions[partition as usize];
            let f = p.replicas[slot as usize].node;
            let fetcher = self.fetcher_of(l, f);
            if !self.fetchers[fetcher as usize].added.is_empty()
                && self
                    .in_step(crate::layout::Member {
                        partition,
                        leader,
                        follower: slot,
                    })
                    .is_some()
            {
                let before = self.clock.cause();
                self.arm_parked(fetcher);
                self.clock.set_cause(before);
            }
        }
    }

    /// The parked fetch is answered, if it really is at this instant; those that were added take part from the next one.
    pub(crate) fn parked_answered(&mut self, fetcher: u32) {
        let now = self.clock.now();
        let n = self.fetchers[fetcher as usize].grid.next(now);
        let answered = self.answered_at(fetcher, now);
        if answered > n {
            self.arm_parked(fetcher);
            return;
        }
        let me = &mut self.fetchers[fetcher as usize];
        // A first fetch that is due before must not be overtaken.
        let mut added = std::mem::take(&mut me.added);
        me.first.append(&mut added);
        me.answered = n;
        let at = me.grid.at(n + 1);
        self.clock.arm(
            &mut self.fetchers[fetcher as usize].first_fetch,
            at,
            |ticket| Event::FirstFetch { fetcher, ticket },
        );
    }

    /// R6: first fetches.
    pub(crate) fn first_fetch(&mut self, fetcher: u32) {
        let (l, f) = self.ends_of(fetcher);
        let n = self.fetchers[fetcher as usize].grid.next(self.clock.now());
        if self.fetchers[fetcher as usize].grid.at(n) > self.clock.now() {
            // It was due while the follower was paused.
            self.fetch_first_at(fetcher, n);
            return;
        }
        let mut fetched = std::mem::take(&mut self.fetchers[fetcher as usize].first);
        fetched.sort_unstable_by_key(|at| at.0);
        let cause = self.clock.cause();
        if !self.nodes[f as usize].runs() {
            return;
        }
        let mut something_new = false;
        let mut again = Vec::new();
        let mut began: Vec<(PartitionIx, Slot, CauseId, u64)> = Vec::new();
        for (partition, slot, why) in fetched {
            self.clock.set_cause(why);
            let p = &self.partitions[partition as usize];
            let replica = p.replicas[slot as usize];
            if replica.follow != Follow::Added || !self.still_led_by(partition, slot, l) {
                continue;
            }
            if !self.nodes[l as usize].runs()
                || self.way(l, f).is_none()
                || !self.nodes[l as usize].serves()
            {
                self.leader_out_of_reach(partition, slot, l);
                something_new = true;
                continue;
            }
            if !self.leader_reads_fetch(f, l) {
                // The connection is closed at each attempt, once a second, for as long as both processes run (Z17).
                let replica = &mut self.partitions[partition as usize].replicas[slot as usize];
                replica.follow = Follow::Delayed;
                replica.delays += 1;
                something_new = true;
                continue;
            }
            let at = self.partitions[partition as usize].office_on(l);
            let leader_epoch = match at {
                Some(at) => self.partitions[partition as usize].offices[at].epoch,
                None => {
                    let p = &self.partitions[partition as usize];
                    p.slot_of(l)
                        .map_or(0, |leader| p.replicas[leader as usize].epoch)
                }
            };
            if leader_epoch < replica.epoch || (leader_epoch == replica.epoch && at.is_none()) {
                something_new = true;
                self.clock.note(Happening::UnknownEpoch(f, l));
                self.delay(partition, slot, self.way(l, f).unwrap_or(Span::ZERO));
            } else if leader_epoch > replica.epoch {
                something_new = true;
                self.partitions[partition as usize].replicas[slot as usize].follow = Follow::Not;
            } else {
                let at = at.expect("an equal epoch without office is unknown");
                let p = &self.partitions[partition as usize];
                let office = &p.offices[at];
                let end = Point {
                    node: office.node,
                    cut: self.clock.now(),
                };
                let log = replica.log;
                let common = p.tree.common(log, end);
                if self.has_content_beyond(partition, common, log) {
                    // Divergent: it truncates and fetches again at the next instant, or after the back-off that its state still carries.
                    something_new = true;
                    let waits = replica.backed_off
                        && self.nodes[f as usize]
                            .binary
                            .behaviour
                            .backs_off_after_truncation;
                    self.partitions[partition as usize].replicas[slot as usize].log = common;
                    if waits {
                        self.clock.note(Happening::BacksOffAgain(f, l));
                        self.delay(partition, slot, self.way(l, f).unwrap_or(Span::ZERO));
                    } else {
                        again.push((partition, slot, why));
                    }
                } else {
                    let missing = self.bytes_between(partition, common, end);
                    something_new |= missing > 0;
                    began.push((partition, slot, why, missing));
                }
            }
        }
        if something_new {
            // R4; with nothing to tell the fetch parks.
            self.fetchers[fetcher as usize].answered = n;
        }
        let allowance = self.catch_up_allowance(fetcher, began.len());
        for (partition, slot, why, missing) in began {
            self.clock.set_cause(why);
            let note = self.clock.note(Happening::Fetches(f, l));
            self.begins_to_fetch(partition, slot, l, n, missing, allowance);
            self.clock.set_cause(note);
        }
        if !again.is_empty() {
            let me = &mut self.fetchers[fetcher as usize];
            me.first = again;
            let at = me.grid.at(n + 1);
            self.clock.set_cause(cause);
            self.clock.arm(
                &mut self.fetchers[fetcher as usize].first_fetch,
                at,
                |ticket| Event::FirstFetch { fetcher, ticket },
            );
        }
        self.clock.set_cause(cause);
        if !self.fetchers[fetcher as usize].added.is_empty() {
            self.arm_parked(fetcher);
        }
        self.rates_change(f);
    }

    /// Those that wait for their first fetch take part in that of instant n.
    fn fetch_first_at(&mut self, fetcher: u32, n: i64) {
        let me = &mut self.fetchers[fetcher as usize];
        let at = me.grid.at(n);
        self.clock
            .arm(&mut me.first_fetch, at, |ticket| Event::FirstFetch {
                fetcher,
                ticket,
            });
    }

    /// Both ends run again: the fetch that hung counts as answered, and whoever waited takes part in the next one (R9).
    pub(crate) fn fetches_go_on(&mut self, node: NodeIx) {
        let now = self.clock.now();
        for other in 0..self.nodes.len() as NodeIx {
            if other == node || !self.nodes[other as usize].runs() {
                continue;
            }
            for fetcher in [self.fetcher_of(node, other), self.fetcher_of(other, node)] {
                self.fetcher_goes_on(fetcher, now);
            }
        }
    }

    /// The fetch that was out counts as answered just before now, and whoever waited takes part in the next one.
    pub(crate) fn fetcher_goes_on(&mut self, fetcher: u32, now: Time) {
        let me = &mut self.fetchers[fetcher as usize];
        let n = me.grid.next(now);
        if n > me.answered {
            me.answered = n - 1;
        }
        me.parked.cancel();
        let mut added = std::mem::take(&mut me.added);
        me.first.append(&mut added);
        if !me.first.is_empty() {
            let n = n.max(me.grid.next(me.new_until));
            self.fetch_first_at(fetcher, n);
        }
    }

    /// R3: rounds take another time from now on. What was counted by the old grid is counted by the new one.
    pub(crate) fn fetcher_changes_pace(&mut self, fetcher: u32, grid: Grid) {
        let now = self.clock.now();
        let me = &mut self.fetchers[fetcher as usize];
        me.grid = grid;
        me.answered = grid.next(now) - 1;
        self.fetcher_goes_on(fetcher, now);
    }

    fn still_led_by(&self, partition: PartitionIx, slot: Slot, l: NodeIx) -> bool {
        let p = &self.partitions[partition as usize];
        p.replicas[slot as usize]
            .leader
            .is_some_and(|leader| p.replicas[leader as usize].node == l)
    }

    /// R9: the leader cannot be asked. The partition waits a second and is tried again; metadata may come first.
    fn leader_out_of_reach(&mut self, partition: PartitionIx, slot: Slot, l: NodeIx) {
        let f = self.partitions[partition as usize].replicas[slot as usize].node;
        let hangs = self.nodes[l as usize].paused.is_some()
            || self.nodes[l as usize].lost
            || self.way(l, f).is_none();
        if hangs {
            self.partitions[partition as usize].replicas[slot as usize].follow = Follow::Hanging;
        } else {
            self.clock.note(Happening::FetchFailed(f, l));
            self.delay(partition, slot, Span::ZERO);
        }
    }

    /// Leaves a partition out for the fetch back-off.
    pub(crate) fn delay(&mut self, partition: PartitionIx, slot: Slot, way: Span) {
        let node = self.partitions[partition as usize].replicas[slot as usize].node;
        let wait = self.nodes[node as usize]
            .binary
            .config
            .replica_fetch_backoff;
        self.delay_for(partition, slot, way.saturating_add(wait));
    }

    /// Leaves a partition out for this long.
    pub(crate) fn delay_for(&mut self, partition: PartitionIx, slot: Slot, wait: Span) {
        let replica = &mut self.partitions[partition as usize].replicas[slot as usize];
        replica.follow = Follow::Delayed;
        replica.backed_off = true;
        replica.delays += 1;
        let delays = replica.delays;
        let at = self.clock.now().saturating_add(wait);
        self.clock.schedule(
            at,
            Event::DelayOver {
                partition,
                slot,
                delays,
            },
        );
    }

    /// The back-off is over.
    pub(crate) fn delay_over(&mut self, partition: PartitionIx, slot: Slot, delays: u32) {
        let replica = self.partitions[partition as usize].replicas[slot as usize];
        if replica.follow == Follow::Delayed
            && replica.delays == delays
            && self.nodes[replica.node as usize].runs()
        {
            self.add_to_fetcher(partition, slot);
        }
    }
}
