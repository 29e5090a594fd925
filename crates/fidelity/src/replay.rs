//! A run of a recording in the model: the recorded operations at their times, watched by the same rules.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use engine::{Key, Span, Time};
use kafka::estate::Estate;
use kafka::ids::NodeIx;
use kafka::node::Process;
use kafka::{Notice, Options, World};

use crate::observation::{Books, DEAD, Deed, GAP, Gaps, Look, Observation, READ_GAP, Writes};
use crate::operations::{Act, Entry, MemberAct, Milestone, Step};
use crate::placement;
use crate::prepare::{Prepared, seconds};

/// The world runs this long before the first operation, and up to `SETTLE_MORE` longer, so that every phase is random.
const SETTLE: Span = Span::secs(30);
const SETTLE_MORE: Span = Span::secs(10);
/// The admin client of the harness asks every 30 ms; an answer takes some milliseconds. *Assumed*: 5.
const WATCH: Span = Span::millis(35);
/// The harness looks at ports and at what the admin client has written every 50 ms.
pub(crate) const LOOK: Span = Span::millis(50);
/// A milestone that is not reached in the model within this time is given up. The harness waits for 90 s.
const PATIENCE: Span = Span::secs(150);
/// `Lab.stop` of the harness waits for this long.
pub(crate) const STOP_PATIENCE: Span = Span::secs(330);
/// A killed process keeps its sockets until its memory is torn down; until then nobody is told. Machine and heap decide how long that takes: it is
/// taken from what the run's clients logged. Where they logged nothing: *measured*, 20 to 35 ms with a heap of 256 MB on an idle machine.
const TEARDOWN: (Span, Span) = (Span::millis(20), Span::millis(35));
/// The harness's small metadata changes: 50 ms after the answer to the one before, which takes an append and its commit. *Measured*.
const PROBE: Span = Span::millis(85);
/// After a pause ends the harness looks only a second later.
const AFTER_RESUME: Span = Span::secs(1);
/// Seeds tried until the model's first active controller is the recorded one.
const CONTROLLER_TRIES: u64 = 256;

impl Prepared {
    /// Replays the run with one seed.
    pub(crate) fn replay(&self, seed: u64) -> Observation {
        let options = Options {
            causes: false,
            trace: false,
            history: false,
            ..Options::default()
        };
        let estate = self.with_drawn_assignments(seed);
        // The controller that is active at first is a draw too: the recording says what was drawn.
        let world = (0..CONTROLLER_TRIES)
            .map(|attempt| {
                World::new(
                    estate.clone(),
                    seed.wrapping_mul(CONTROLLER_TRIES).wrapping_add(attempt),
                    options,
                )
            })
            .find(|world| self.active.is_none() || world.active_controller() == self.active)
            .unwrap_or_else(|| World::new(estate.clone(), seed, options));
        let mut driver = Driver::new(self, estate, world);
        driver.drive();
        driver.observation()
    }

    /// Topics that nobody watched are placed anew for each seed.
    fn with_drawn_assignments(&self, seed: u64) -> Arc<Estate> {
        if self.drawn.is_empty() {
            return self.estate.clone();
        }
        let mut estate = (*self.estate).clone();
        let brokers: Vec<NodeIx> = (0..estate.nodes.len() as NodeIx)
            .filter(|&at| estate.nodes[at as usize].broker)
            .collect();
        let streams = engine::Streams::new(seed);
        for &(topic, partitions, replicas) in &self.drawn {
            let key = Key::of("fidelity/placement").part(&estate.topics[topic].name);
            let mut n = 0;
            let placed = placement::striped(&brokers, partitions, replicas, |below| {
                n += 1;
                (streams.word(key, n) % below as u64) as usize
            });
            estate.topics[topic].assignment = placed;
        }
        Arc::new(estate)
    }
}

/// Drives one world through a script.
pub(crate) struct Driver<'a> {
    pub(crate) plan: &'a Prepared,
    pub(crate) estate: Arc<Estate>,
    pub(crate) world: World,
    /// Where the recording's time 0 lies.
    pub(crate) base: Time,
    /// The next question of the admin client.
    pub(crate) watch: Time,
    pub(crate) asked: u64,
    pub(crate) looked: u64,
    pub(crate) acts: u32,
    pub(crate) topic: u32,
    pub(crate) partitions: u32,
    /// What the admin client knows of each partition: leader, number of in-sync replicas.
    pub(crate) known: Vec<Option<(Option<u32>, u32)>>,
    /// The broker it asks as long as that one answers, and the brokers it knows.
    pub(crate) asks: Option<NodeIx>,
    pub(crate) knows: Vec<NodeIx>,
    pub(crate) blind_until: Time,
    /// The next small metadata change, if there are any.
    pub(crate) probe: Time,
    /// When a paused node resumed.
    pub(crate) resumed: Option<Time>,
    pub(crate) stopped: BTreeMap<NodeIx, Time>,
    pub(crate) opened: BTreeMap<NodeIx, Time>,
    pub(crate) in_sync_since: BTreeMap<u32, Time>,
    /// Starts of which the recording says how they came out.
    pub(crate) starts: Vec<(NodeIx, Time)>,
    pub(crate) seen: Observation,
}

impl<'a> Driver<'a> {
    fn new(plan: &'a Prepared, estate: Arc<Estate>, world: World) -> Self {
        let more =
            Span::nanos(world.draw_outside(Key::of("fidelity/settle"), 0, SETTLE_MORE.as_nanos()));
        let base = Time::ZERO.saturating_add(SETTLE).saturating_add(more);
        let topic = estate.topic("t").unwrap_or(0);
        let knows = (0..estate.nodes.len() as NodeIx)
            .filter(|&at| estate.nodes[at as usize].broker)
            .collect();
        let partitions = estate
            .topics
            .get(topic as usize)
            .map_or(0, |topic| topic.assignment.len() as u32);
        Self {
            plan,
            estate,
            world,
            base,
            watch: base.saturating_sub(Span::secs(1)),
            asked: 0,
            looked: 0,
            acts: 0,
            topic,
            partitions,
            known: vec![None; partitions as usize],
            asks: None,
            knows,
            blind_until: Time::ZERO,
            probe: if plan.probed {
                Time::ZERO.saturating_add(PROBE)
            } else {
                Time::NEVER
            },
            resumed: None,
            stopped: BTreeMap::new(),
            opened: BTreeMap::new(),
            in_sync_since: BTreeMap::new(),
            starts: Vec::new(),
            seen: Observation {
                fenced: Some(Vec::new()),
                activated: Some(Vec::new()),
                ..Observation::default()
            },
        }
    }

    /// A moment as seconds since the recording's time 0.
    fn since_base(&self, t: Time) -> f64 {
        (t.as_nanos() as f64 - self.base.as_nanos() as f64) / 1e9
    }

    fn at(&self, recorded: f64) -> Time {
        if recorded < 0.0 {
            self.base.saturating_sub(seconds(-recorded))
        } else {
            self.base.saturating_add(seconds(recorded))
        }
    }

    fn id(&self, node: NodeIx) -> u32 {
        self.estate.nodes[node as usize].id
    }

    // ------------------------------------------------------------------------------------ time

    /// Lets time pass, with the admin client asking on its way.
    fn advance(&mut self, until: Time) {
        loop {
            let limit = until.min(self.watch).min(self.probe);
            while let Some(notices) = self.world.next(limit) {
                let now = self.world.now();
                for notice in notices {
                    self.notice(notice, now);
                }
            }
            if limit > self.world.now() {
                self.world.advance_to(limit);
            }
            if limit == self.probe {
                self.world.begin_act(0);
                self.world.append_small_change();
                self.world.end_act();
                self.probe = self.probe.saturating_add(PROBE);
            }
            if limit == self.watch {
                self.look_at_metadata();
                let jitter = self.world.draw_outside(
                    Key::of("fidelity/watch"),
                    self.asked,
                    WATCH.as_nanos() / 4,
                );
                self.watch = self
                    .watch
                    .saturating_add(WATCH)
                    .saturating_add(Span::nanos(jitter));
            }
            if limit >= until {
                return;
            }
        }
    }

    fn notice(&mut self, notice: Notice, now: Time) {
        let t = self.since_base(now);
        match notice {
            Notice::Stopped(node) | Notice::Killed(node) => {
                self.stopped.insert(node, now);
                self.opened.remove(&node);
            }
            Notice::ProcessStarted(node) => {
                self.stopped.remove(&node);
            }
            Notice::PortOpen(node) => {
                self.opened.entry(node).or_insert(now);
            }
            Notice::Fenced(node) if t > 0.0 => {
                let id = self.id(node);
                self.seen.fenced.get_or_insert_default().push((t, id));
            }
            Notice::ControllerActive(_) if t > 0.0 && !self.world.in_zookeeper_mode() => {
                self.seen.activated.get_or_insert_default().push(t)
            }
            _ => {}
        }
    }

    /// How late the harness notices something that it looks for every 50 ms.
    fn lateness(&mut self) -> Span {
        self.looked += 1;
        Span::nanos(
            self.world
                .draw_outside(Key::of("fidelity/look"), self.looked, LOOK.as_nanos()),
        )
    }

    /// Lets time pass until something is so; `None`: it did not come to pass.
    pub(crate) fn wait_until(
        &mut self,
        patience: Span,
        mut so: impl FnMut(&Self) -> Option<Time>,
    ) -> Option<Time> {
        let limit = self.world.now().saturating_add(patience);
        loop {
            if let Some(since) = so(self) {
                return Some(since);
            }
            if self.world.now() >= limit {
                return None;
            }
            // No further than the next thing that may happen.
            let next = self
                .world
                .next_event()
                .unwrap_or(limit)
                .min(self.watch)
                .min(limit)
                .max(self.world.now().saturating_add(Span::nanos(1)));
            self.advance(next);
        }
    }

    // ------------------------------------------------------------------------------------ the script

    fn drive(&mut self) {
        let plan = self.plan;
        let mut before: Option<(f64, Time)> = None;
        let mut milestone: Option<Time> = None;
        for entry in &plan.script.entries {
            match entry {
                Entry::Milestone(reached) => {
                    let from = self.world.now();
                    milestone = self.reach(reached.milestone, from);
                }
                Entry::Step(step) => {
                    // As long after the step before as in the recording, which says how long processes took to end and what people waited for.
                    let mut due = before.map_or_else(
                        || self.at(step.at),
                        |(recorded, done)| done.saturating_add(seconds(step.at - recorded)),
                    );
                    if let (Some(after), Some(reached)) = (step.after, milestone) {
                        let ready = reached.saturating_add(seconds(step.at - after.at));
                        // When a broker is admitted is the model's own, so what comes next comes sooner too.
                        due = match after.milestone {
                            Milestone::PortOpen(_) => ready,
                            _ => due.max(ready),
                        };
                    }
                    self.advance(due.max(self.world.now()));
                    self.act(step);
                    before = Some((step.at, self.world.now()));
                }
            }
        }
        let mut end = self.at(plan.end);
        if let Some((recorded, done)) = before {
            end = end.max(done.saturating_add(seconds(plan.end - recorded)));
        }
        if let (Some(reached), Some(Entry::Milestone(last))) =
            (milestone, plan.script.entries.last())
        {
            end = end.max(reached.saturating_add(seconds(plan.end - last.at)));
        }
        self.advance(end.max(self.world.now()));
    }

    /// Waits for a milestone as the harness did; when it noticed it.
    fn reach(&mut self, milestone: Milestone, from: Time) -> Option<Time> {
        let (deed, id, reached) = match milestone {
            Milestone::Stopped(id) => {
                let node = self.estate.node(id)?;
                let reached =
                    self.wait_until(STOP_PATIENCE, |driver| driver.stopped.get(&node).copied());
                (Deed::Stopped, id, reached)
            }
            Milestone::PortOpen(id) => {
                let node = self.estate.node(id)?;
                let reached = self.wait_until(PATIENCE, |driver| driver.opened.get(&node).copied());
                let late = self.lateness();
                (
                    Deed::PortOpen,
                    id,
                    reached.map(|at| at.saturating_add(late)),
                )
            }
            Milestone::InSync(size) => {
                let reached =
                    self.wait_until(PATIENCE, |driver| driver.in_sync_since.get(&size).copied());
                let late = self.lateness();
                let from = self.resumed.take().map_or(from, |resumed| {
                    from.max(resumed.saturating_add(AFTER_RESUME))
                });
                (
                    Deed::InSync,
                    0,
                    reached.map(|at| at.max(from).saturating_add(late)),
                )
            }
        };
        if let Some(at) = reached {
            self.advance(at.max(self.world.now()));
            self.seen.ops.push((self.since_base(at), deed, id));
        }
        reached
    }

    fn act(&mut self, step: &Step) {
        let node = self.estate.node(step.node);
        self.acts += 1;
        self.world.begin_act(self.acts);
        let deed = match (&step.act, node) {
            (Act::Stop, Some(node)) => {
                self.stopped.remove(&node);
                self.world.stop(node);
                Deed::Stop
            }
            (Act::Kill, Some(node)) => {
                let teardown = self.plan.teardown(step.at).unwrap_or(TEARDOWN);
                self.dies(
                    node,
                    teardown,
                    |world| world.kill(node),
                    Deed::Kill,
                    step.node,
                );
                return;
            }
            (Act::Pause, Some(node)) => {
                self.world.pause(node);
                Deed::Pause
            }
            (Act::Resume, Some(node)) => {
                self.world.resume(node);
                self.resumed = Some(self.world.now());
                Deed::Resume
            }
            (Act::Start(startup), Some(node)) => {
                self.world.end_act();
                self.start(node, startup);
                if startup.told {
                    self.starts.push((node, self.world.now()));
                }
                Deed::Start
            }
            (Act::DiskFull, Some(node)) => {
                self.world.fill_disk(node, true);
                Deed::DiskFull
            }
            (Act::DiskFreed, Some(node)) => {
                self.world.fill_disk(node, false);
                Deed::DiskFreed
            }
            (Act::MoveController, Some(node)) => {
                self.world.move_controller(node);
                Deed::MoveController
            }
            (Act::ElectPreferred, _) => {
                self.world.elect_preferred_leaders(None);
                Deed::Elect
            }
            (Act::Member(number, what), _) => {
                let member = number.saturating_sub(1);
                for group in 0..self.estate.groups.len() as u32 {
                    match what {
                        MemberAct::Kill => self.world.kill_member(group, member),
                        MemberAct::Close => self.world.stop_member(group, member),
                        MemberAct::Join => self.world.start_member(group, member),
                    }
                }
                self.world.end_act();
                return;
            }
            (Act::Look(_), _) => {
                self.world.end_act();
                self.look(node);
                return;
            }
            (_, None) => {
                self.world.end_act();
                return;
            }
        };
        self.world.end_act();
        let t = self.since_base(self.world.now());
        self.seen.ops.push((t, deed, step.node));
    }

    /// A process is gone for itself now and for others a little later.
    fn dies(
        &mut self,
        node: NodeIx,
        after: (Span, Span),
        how: impl FnOnce(&mut World),
        deed: Deed,
        id: u32,
    ) {
        let t = self.since_base(self.world.now());
        self.seen.ops.push((t, deed, id));
        self.world.pause(node);
        self.world.end_act();
        let more = self.world.draw_outside(
            Key::of("fidelity/teardown"),
            u64::from(self.acts),
            after.1.as_nanos() - after.0.as_nanos() + 1,
        );
        let gone = self
            .world
            .now()
            .saturating_add(after.0)
            .saturating_add(Span::nanos(more));
        self.advance(gone);
        self.world.begin_act(self.acts);
        how(&mut self.world);
        self.world.end_act();
    }

    fn look(&mut self, node: Option<NodeIx>) {
        let mut led: BTreeMap<u32, u32> = BTreeMap::new();
        for leader in self.known.iter().filter_map(|known| (*known)?.0) {
            *led.entry(leader).or_insert(0) += 1;
        }
        let look = Look {
            alive: node.map(|node| self.world.process(node) != Process::Gone),
            leaderless: Some(
                self.known
                    .iter()
                    .filter(|known| known.is_some_and(|(leader, _)| leader.is_none()))
                    .count() as u32,
            ),
            led: Some(led),
            in_sync: Some(
                self.known
                    .iter()
                    .flatten()
                    .map(|(_, in_sync)| in_sync)
                    .sum(),
            ),
        };
        self.seen.looks.push(look);
    }

    // ------------------------------------------------------------------------------------ the outcome

    fn observation(mut self) -> Observation {
        self.world.close_books();
        self.seen.end = self.since_base(self.world.now());
        let estate = self.estate.clone();
        for (at, spec) in estate.producers.iter().enumerate() {
            let partitions = estate.topics[spec.topic as usize].assignment.len() as u32;
            let errors: BTreeSet<String> = self
                .world
                .client_errors(at as u32)
                .into_iter()
                .map(|(error, _)| error.name().to_owned())
                .collect();
            let mut writes = Writes {
                errors,
                ..Writes::default()
            };
            for partition in 0..partitions {
                writes.gaps.insert(partition, Vec::new());
            }
            self.seen.producers.insert(spec.name.clone(), writes);
        }
        let mut books: BTreeMap<u32, Books> = BTreeMap::new();
        for flow in 0..self.world.flow_count() {
            let (producer, partition) = self.world.flow(flow);
            let number = self.world.partition(partition).number;
            let ledger = self.world.flow_ledger(flow);
            let sum = books.entry(producer).or_default();
            sum.lost += ledger.lost.len();
            sum.failed += ledger.failed.len();
            sum.ghosts += ledger.ghosts.len();
            sum.duplicates += ledger.extra_copies;
            sum.reordered += ledger.inversions;
            let mut gaps = Vec::new();
            let mut dead = 0;
            for outage in self.world.flow_outages(flow) {
                let begin = self.since_base(outage.last_ack);
                let end = if outage.end.is_never() {
                    self.seen.end
                } else {
                    self.since_base(outage.end)
                };
                dead += u32::from(outage.end.is_never() && end - begin > DEAD);
                // One that goes on at the end is a gap only if it will not be over in a moment, as in the recordings.
                let counts =
                    end > 0.0 && end - begin > if outage.end.is_never() { DEAD } else { GAP };
                if counts {
                    gaps.push((begin, end));
                }
            }
            if let Some(writes) = self
                .seen
                .producers
                .get_mut(&estate.producers[producer as usize].name)
            {
                writes.gaps.insert(number, gaps);
                writes.dead += dead;
            }
        }
        for (producer, books) in books {
            if let Some(writes) = self
                .seen
                .producers
                .get_mut(&estate.producers[producer as usize].name)
            {
                writes.ledger = Some(books);
            }
        }
        self.seen.groups = Some(self.reads());
        self.seen.redelivered = Some(
            (0..self.estate.groups.len())
                .map(|at| {
                    let ledger = self.world.group_ledger(at as u32);
                    (self.estate.groups[at].name.clone(), ledger.redelivered > 0)
                })
                .collect(),
        );
        self.seen.unreadable = self
            .world
            .closed_channels()
            .iter()
            .map(|closed| (closed.channel.key().to_owned(), closed.version))
            .collect();
        self.seen.exits = (0..self.starts.len())
            .map(|n| {
                let (node, at) = self.starts[n];
                let next = self.starts[n + 1..]
                    .iter()
                    .find(|(other, _)| *other == node)
                    .map_or(Time::NEVER, |(_, next)| *next);
                self.world
                    .refused_starts()
                    .iter()
                    .any(|refused| refused.node == node && refused.at > at && refused.at <= next)
            })
            .collect();
        self.seen
    }

    /// What the groups saw.
    fn reads(&self) -> BTreeMap<String, Gaps> {
        let mut groups = BTreeMap::new();
        for (at, spec) in self.estate.groups.iter().enumerate() {
            let mut partitions = Gaps::new();
            for reading in self.world.group_ledger(at as u32).partitions {
                let number = self.world.partition(reading.partition).number;
                let gaps = reading.gaps.iter().map(|gap| {
                    let end = if gap.end.is_never() {
                        self.seen.end
                    } else {
                        self.since_base(gap.end)
                    };
                    (self.since_base(gap.begin), end)
                });
                partitions
                    .entry(number)
                    .or_default()
                    .extend(gaps.filter(|(begin, end)| *end > 0.0 && end - begin > READ_GAP));
            }
            groups.insert(spec.name.clone(), partitions);
        }
        groups
    }
}
