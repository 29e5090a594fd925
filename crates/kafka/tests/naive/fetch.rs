//! Every instant of every fetcher (R3–R9).

use engine::Key;

use super::replica::{Entry, Follow, Progress};
use super::{Class, Event, Grid, Mistake, Naive, Nanos};

/// R3: what a fetch takes beside its way there and back.
const FETCH_SERVICE: Nanos = 500_000;

/// Follower `f` copies from leader `l`.
#[derive(Clone, Debug)]
pub struct Fetcher {
    pub leader: usize,
    pub follower: usize,
    pub grid: Grid,
    /// The instant at which a fetch was last answered: the next one arrived one instant later and is parked since (R4).
    answered: i64,
    /// Partitions that wait for the parked fetch to be answered (R5).
    waiting: Vec<usize>,
    /// Partitions that fetch for the first time, and at which instant.
    first: Vec<(usize, i64)>,
    /// The first instant of a new thread.
    new_until: i64,
}

impl Naive {
    /// R3: the longest round of all fetchers; here they are all the same.
    pub fn fetch_round(&self) -> Nanos {
        2 * self.estate.latency.as_nanos() + FETCH_SERVICE
    }

    pub fn make_fetchers(&mut self) {
        let nodes = self.nodes.len();
        let period = self.fetch_round();
        for leader in 0..nodes {
            for follower in 0..nodes {
                let (l, f) = (&self.estate.nodes[leader], &self.estate.nodes[follower]);
                let key = Key::of("fetch").id(u64::from(l.id)).id(u64::from(f.id));
                let phase = self.phase(key.part("phase"), period);
                // R4: parked since some instant in the last wait before the world began.
                let wait = f.config.replica_fetch_wait.as_nanos();
                let park = self.phase(key.part("park"), wait.max(1));
                let parked = -(((wait - park) / period) as i64);
                self.fetchers.push(Fetcher {
                    leader,
                    follower,
                    grid: Grid { phase, period },
                    answered: parked - 1,
                    waiting: Vec::new(),
                    first: Vec::new(),
                    new_until: i64::MIN,
                });
                let shares = self.partitions.iter().any(|p| {
                    leader != follower
                        && p.slot_of(leader).is_some()
                        && p.slot_of(follower).is_some()
                });
                if shares {
                    let fetcher = leader * nodes + follower;
                    let event = Event::FetchInstant { fetcher, n: 0 };
                    self.at(phase, Class::Fetch, event);
                }
            }
        }
    }

    fn fetcher(&self, leader: usize, follower: usize) -> usize {
        leader * self.nodes.len() + follower
    }

    // ------------------------------------------------------------------------------------ members come and go

    /// R5.
    pub fn add_to_fetcher(&mut self, partition: usize, slot: usize) {
        let p = &self.partitions[partition];
        let Some(leader) = p.replicas[slot].leader else {
            return;
        };
        let (l, f) = (p.replicas[leader].node, p.replicas[slot].node);
        let fetcher = self.fetcher(l, f);
        let in_use = self.in_use(fetcher);
        self.partitions[partition].replicas[slot].follow = Follow::Added;
        let now = self.now;
        let way = self.estate.latency.as_nanos();
        let early = self.errs(Mistake::ParkedFetchIgnored);
        let me = &mut self.fetchers[fetcher];
        if !in_use {
            // A new thread connects first.
            let n = me.grid.next(now + 2 * way);
            me.answered = n - 1;
            me.new_until = n;
            me.first.push((partition, n));
        } else if now < me.grid.at(me.new_until) {
            me.first.push((partition, me.new_until));
        } else if early {
            let n = me.grid.next(now);
            me.first.push((partition, n));
        } else {
            me.waiting.push(partition);
        }
    }

    /// Has the fetcher a partition in it?
    fn in_use(&self, fetcher: usize) -> bool {
        let me = &self.fetchers[fetcher];
        !me.waiting.is_empty()
            || !me.first.is_empty()
            || (0..self.partitions.len()).any(|partition| {
                self.member(fetcher, partition)
                    .is_some_and(|(_, slot)| self.follow(partition, slot) == Follow::Fetching)
            })
    }

    fn follow(&self, partition: usize, slot: usize) -> Follow {
        self.partitions[partition].replicas[slot].follow
    }

    /// Leader and follower slot of a partition that follower copies, or wants to copy, from leader.
    fn member(&self, fetcher: usize, partition: usize) -> Option<(usize, usize)> {
        let me = &self.fetchers[fetcher];
        let p = &self.partitions[partition];
        let (leader, slot) = (p.slot_of(me.leader)?, p.slot_of(me.follower)?);
        (leader != slot && p.replicas[slot].leader == Some(leader)).then_some((leader, slot))
    }

    pub fn leave_fetcher(&mut self, partition: usize, slot: usize) {
        let f = self.partitions[partition].replicas[slot].node;
        for me in &mut self.fetchers {
            if me.follower == f {
                me.waiting.retain(|&other| other != partition);
                me.first.retain(|&(other, _)| other != partition);
            }
        }
    }

    // ------------------------------------------------------------------------------------ one instant (R3, R4)

    pub fn fetch_instant(&mut self, fetcher: usize, n: i64) {
        let grid = self.fetchers[fetcher].grid;
        self.at(
            grid.at(n + 1),
            Class::Fetch,
            Event::FetchInstant { fetcher, n: n + 1 },
        );
        let (l, f) = (
            self.fetchers[fetcher].leader,
            self.fetchers[fetcher].follower,
        );
        if !self.nodes[f].runs() || self.nodes[l].paused {
            // Nobody asks, or nobody answers.
            return;
        }
        let firsts: Vec<usize> = {
            let me = &mut self.fetchers[fetcher];
            let due = me.first.iter().filter(|at| at.1 <= n).map(|at| at.0);
            let due = due.collect();
            me.first.retain(|at| at.1 > n);
            due
        };
        let mut something_new = false;
        let mut in_step = Vec::new();
        // Progress of all partitions, in their order (§4).
        for partition in 0..self.partitions.len() {
            let Some((leader, slot)) = self.member(fetcher, partition) else {
                continue;
            };
            match self.follow(partition, slot) {
                Follow::Fetching => {}
                Follow::Added if firsts.contains(&partition) => {
                    if self.first_fetch(fetcher, n, partition, leader, slot) {
                        something_new = true;
                    }
                    if self.follow(partition, slot) != Follow::Fetching {
                        continue;
                    }
                }
                _ => continue,
            }
            let has = self.partitions[partition].replicas[slot].log.len();
            let view = &mut self.office(partition, leader).expect("it leads").views[slot];
            view.known = has;
            in_step.push((partition, leader, slot));
        }
        // Expansions, then the high watermarks.
        for &(partition, leader, slot) in &in_step {
            self.try_to_join(partition, leader, slot);
        }
        for &(partition, leader, _) in &in_step {
            self.recompute_high_watermark(partition, leader);
        }
        self.answer_what_is_complete();
        // What arrives at this very instant, be it because of this fetch, is found by it (§4).
        for &(partition, leader, slot) in &in_step {
            if self.takes_along(n, partition, leader, slot) {
                something_new = true;
            }
        }
        // R4: is the fetch answered at this instant?
        let wait = self.estate.nodes[f].config.replica_fetch_wait.as_nanos();
        let me = &mut self.fetchers[fetcher];
        if n > me.answered {
            let parked = me.answered + 1;
            let over = n >= parked + wait.div_ceil(grid.period) as i64;
            if something_new || over {
                me.answered = n;
            }
        }
        if me.answered == n {
            for partition in std::mem::take(&mut me.waiting) {
                me.first.push((partition, n + 1));
            }
        }
    }

    /// R3, R7: the fetch takes along what the leader has; true if that is something.
    fn takes_along(&mut self, n: i64, partition: usize, leader: usize, slot: usize) -> bool {
        let now = self.now;
        let way = self.estate.latency.as_nanos();
        let has = self.partitions[partition].replicas[slot].log.len();
        let end = self.partitions[partition].replicas[leader].log.len();
        let epoch = self.partitions[partition].replicas[slot].epoch;
        let view = &mut self.office(partition, leader).expect("it leads").views[slot];
        if has >= end {
            view.caught_up = view.caught_up.max(now);
        } else if let (Progress::InStep(since), Some((before, end_before))) =
            (view.progress, view.end_before)
            && n > since
            && has >= end_before
        {
            view.caught_up = view.caught_up.max(before);
        }
        view.end_before = Some((now, end));
        if end > has {
            let entries = self.partitions[partition].replicas[leader].log[has..].to_vec();
            self.after(
                way,
                Event::FetchData {
                    partition,
                    follower: slot,
                    leader,
                    epoch,
                    from: has,
                    entries,
                },
            );
        }
        end > has
    }

    /// R3: the follower has it one way later.
    pub fn fetch_data(
        &mut self,
        partition: usize,
        follower: usize,
        leader: usize,
        epoch: u32,
        from: usize,
        entries: Vec<Entry>,
    ) {
        let p = &self.partitions[partition];
        let (l, f) = (p.replicas[leader].node, p.replicas[follower].node);
        let works = self.nodes[f].runs() && self.nodes[f].serves();
        let gone = !works || self.way(l, f).is_none();
        let me = &mut self.partitions[partition].replicas[follower];
        // What comes for an older epoch, or to who has stopped, or does not fit the log, is thrown away.
        let follows = me.epoch == epoch && me.leader == Some(leader) && me.follow != Follow::Left;
        if !gone && follows && me.log.len() == from {
            me.log.extend(entries);
        }
    }

    /// R6, R9: true if it is answered with an error or a truncation.
    fn first_fetch(
        &mut self,
        fetcher: usize,
        n: i64,
        partition: usize,
        leader: usize,
        slot: usize,
    ) -> bool {
        let (l, f) = (
            self.fetchers[fetcher].leader,
            self.fetchers[fetcher].follower,
        );
        let Some(way) = self.way(l, f) else {
            self.partitions[partition].replicas[slot].follow = Follow::Hanging;
            return false;
        };
        if !self.nodes[l].runs() || !self.nodes[l].serves() {
            // R9: refused.
            self.delay(partition, slot, 0);
            return true;
        }
        let p = &self.partitions[partition];
        let mine = p.replicas[slot].epoch;
        let leads = p.replicas[leader].office.is_some();
        let theirs = p.replicas[leader].epoch;
        if theirs < mine || theirs == mine && !leads {
            // R6: unknown leader epoch.
            if self.errs(Mistake::NoFetchBackoff) {
                self.fetchers[fetcher].first.push((partition, n + 1));
            } else {
                self.delay(partition, slot, way);
            }
            return true;
        }
        if theirs > mine {
            // R6: fenced.
            self.partitions[partition].replicas[slot].follow = Follow::Not;
            return true;
        }
        // R2, R6: what both have.
        let (its, my) = (&p.replicas[leader].log, &p.replicas[slot].log);
        let common = its
            .iter()
            .zip(my)
            .take_while(|(a, b)| a.number == b.number)
            .count();
        if common < my.len() && !self.errs(Mistake::NoTruncation) {
            self.partitions[partition].replicas[slot]
                .log
                .truncate(common);
            let again = self.estate.nodes[f].behaviour.backs_off_after_truncation;
            if again && self.partitions[partition].replicas[slot].backed_off {
                self.delay(partition, slot, way);
            } else {
                self.fetchers[fetcher].first.push((partition, n + 1));
            }
            return true;
        }
        self.partitions[partition].replicas[slot].follow = Follow::Fetching;
        let incarnation = self.nodes[f].incarnation;
        let view = &mut self.office(partition, leader).expect("it leads").views[slot];
        view.fetched = incarnation;
        view.progress = Progress::InStep(n);
        false
    }

    /// R6: left out for the back-off.
    fn delay(&mut self, partition: usize, slot: usize, way: Nanos) {
        let me = &mut self.partitions[partition].replicas[slot];
        me.follow = Follow::Delayed;
        me.backed_off = true;
        me.delays += 1;
        let delays = me.delays;
        let backoff = self.estate.nodes[me.node].config.replica_fetch_backoff;
        self.after(
            way + backoff.as_nanos(),
            Event::DelayOver {
                partition,
                slot,
                delays,
            },
        );
    }

    pub fn delay_over(&mut self, partition: usize, slot: usize, delays: u64) {
        let me = &self.partitions[partition].replicas[slot];
        if me.follow == Follow::Delayed && me.delays == delays && self.nodes[me.node].runs() {
            self.add_to_fetcher(partition, slot);
        }
    }

    // ------------------------------------------------------------------------------------ pauses (R9)

    /// The fetch gets no answer.
    pub fn hang(&mut self, partition: usize, slot: usize) {
        if self.follow(partition, slot) == Follow::Fetching {
            self.stops_at_leader(partition, slot);
            self.partitions[partition].replicas[slot].follow = Follow::Hanging;
        }
    }

    /// Both ends run again: the fetch goes on at the next instant, if the leader is still in office.
    pub fn unhang(&mut self, partition: usize, slot: usize) {
        let p = &self.partitions[partition];
        let me = &p.replicas[slot];
        let (Follow::Hanging, Some(leader)) = (me.follow, me.leader) else {
            return;
        };
        let (l, f) = (p.replicas[leader].node, me.node);
        if !self.nodes[l].runs() || !self.nodes[f].runs() {
            return;
        }
        if self.office_for(partition, slot).is_none() {
            self.partitions[partition].replicas[slot].follow = Follow::Not;
            return;
        }
        let fetcher = self.fetcher(l, f);
        let n = self.fetchers[fetcher].grid.next(self.now);
        let view = &mut self.office(partition, leader).expect("just seen").views[slot];
        if view.progress == Progress::Never {
            // It hung at its first fetch.
            self.partitions[partition].replicas[slot].follow = Follow::Added;
            self.fetchers[fetcher].first.push((partition, n));
        } else {
            view.progress = Progress::InStep(n);
            view.end_before = None;
            self.partitions[partition].replicas[slot].follow = Follow::Fetching;
        }
    }

    /// A node runs again: the fetches from and to it that hung count as answered, and whoever waited takes part in the next.
    pub fn fetches_go_on(&mut self, node: usize) {
        for fetcher in 0..self.fetchers.len() {
            let (l, f) = (
                self.fetchers[fetcher].leader,
                self.fetchers[fetcher].follower,
            );
            if l != node && f != node || !self.nodes[l].runs() || !self.nodes[f].runs() {
                continue;
            }
            let now = self.now;
            let me = &mut self.fetchers[fetcher];
            let n = me.grid.next(now);
            if n > me.answered {
                me.answered = n - 1;
            }
            for at in &mut me.first {
                at.1 = at.1.max(n);
            }
            for partition in std::mem::take(&mut me.waiting) {
                me.first.push((partition, n));
            }
        }
    }
}
