//! From what was seen to numbers and to answers by yes or no; the same for recordings and for the model.

use std::collections::{BTreeMap, BTreeSet};

use crate::observation::{Deed, Observation};
use crate::operations::{Act, Script};
use crate::recording::{Recording, Run};

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Unit {
    /// Seconds.
    Seconds,
    /// Partitions or records.
    Count,
}

/// Numbers by quantity, in the order of [`Quantity`]; several where a run shows it several times.
pub(crate) type Measures = BTreeMap<Quantity, Vec<f64>>;

/// Answers by question.
pub(crate) type Verdicts = BTreeMap<Question, bool>;

/// A quantity. The order is that of the table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Quantity {
    /// Longest gap of a producer over all its partitions.
    LongestGap(String),
    /// Longest gap of each single partition of a producer; 0 where there was none.
    GapOfPartition(String),
    /// Longest gap of a producer that began between one stop of a roll and the next.
    GapOfRestart(String),
    /// Partitions of a producer with a gap.
    PartitionsWithGap(String),
    /// Longest time in which a group read nothing, over its partitions.
    LongestReadGap(String),
    /// From a disturbance to the moment at which its last leader had been seen elsewhere.
    LeadersMoved(Deed),
    /// From a disturbance to the end of the broker's session.
    Fenced(Deed),
    /// From SIGTERM to the end of the process.
    Stopped,
    /// From start to open port, where registrations were refused.
    StartedAfterRefusals,
    /// From the last thing done to a controller to a new active one.
    ControllerActive(Deed),
    /// From the open port or the end of a pause until all were in sync.
    InSync(Deed),
    /// Longest time in which a partition was seen without leader.
    Leaderless,
    /// Records lost by a producer.
    Lost(String),
    /// Leaderless partitions at the n-th look.
    LooksLeaderless(usize),
    /// Partitions led by a broker at the n-th look.
    LooksLed(usize, u32),
    /// In-sync replicas over all partitions at the n-th look.
    LooksInSync(usize),
    /// Partitions of the broker that leads most, at the end.
    MostLed,
}

impl Quantity {
    /// What it is measured in.
    pub(crate) fn unit(&self) -> Unit {
        match self {
            Quantity::PartitionsWithGap(_)
            | Quantity::Lost(_)
            | Quantity::LooksLeaderless(_)
            | Quantity::LooksLed(..)
            | Quantity::LooksInSync(_)
            | Quantity::MostLed => Unit::Count,
            _ => Unit::Seconds,
        }
    }

    /// In words.
    pub(crate) fn words(&self) -> String {
        match self {
            Quantity::LongestGap(producer) => format!("{producer}: longest write outage"),
            Quantity::GapOfPartition(producer) => {
                format!("{producer}: write outage, each partition")
            }
            Quantity::GapOfRestart(producer) => {
                format!("{producer}: longest write outage, each restart")
            }
            Quantity::PartitionsWithGap(producer) => {
                format!("{producer}: partitions with an outage")
            }
            Quantity::LongestReadGap(group) => format!("group {group}: longest read outage"),
            Quantity::LeadersMoved(deed) => format!("{} → its leaders moved", deed.word()),
            Quantity::Fenced(deed) => format!("{} → fenced", deed.word()),
            Quantity::Stopped => "stop → process gone".to_owned(),
            Quantity::StartedAfterRefusals => "start → port open, refused at first".to_owned(),
            Quantity::ControllerActive(deed) => {
                format!("{} of a controller → active one", deed.word())
            }
            Quantity::InSync(deed) => format!("{} → all in sync", deed.word()),
            Quantity::Leaderless => "longest time without leader".to_owned(),
            Quantity::Lost(producer) => format!("{producer}: records lost"),
            Quantity::LooksLeaderless(n) => format!("look {}: partitions without leader", n + 1),
            Quantity::LooksLed(n, broker) => format!("look {}: led by broker {broker}", n + 1),
            Quantity::LooksInSync(n) => format!("look {}: in-sync replicas", n + 1),
            Quantity::MostLed => "end: partitions of the busiest leader".to_owned(),
        }
    }

    /// A recording that does not show it may just not have kept it: logs are kept in extracts.
    pub(crate) fn may_be_unseen(&self) -> bool {
        matches!(
            self,
            Quantity::Fenced(_)
                | Quantity::ControllerActive(_)
                | Quantity::LongestReadGap(_)
                | Quantity::Leaderless
        )
    }
}

/// A question with the answer yes or no.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Question {
    /// All partitions of a producer can be written to at the end.
    WritesWork(String),
    /// A producer's acknowledged records are lost.
    Lost(String),
    /// A producer's records fail for good.
    Failed(String),
    /// Records that failed are in the log.
    Ghosts(String),
    /// Records are in the log twice.
    Duplicated(String),
    /// Records are in the log in the wrong order.
    Reordered(String),
    /// A producer sees an error of this class.
    Sees(String, String),
    /// A group reads records twice.
    Redelivered(String),
    /// A partition is seen without leader.
    LeaderlessSeen,
    /// After a disturbance every leader of that node is seen elsewhere before it is back.
    LeadersMove(Deed),
    /// The milestone after a start or resume is reached.
    GetsInSync,
    /// A process runs at the n-th look.
    Alive(usize),
    /// A partition has no leader at the n-th look.
    LooksLeaderless(usize),
    /// All partitions have all their replicas in sync at the end.
    InSyncAtTheEnd,
    /// A broker cannot read requests of this kind and version, and closes their connections.
    Unreadable(String, i16),
    /// The process of the n-th start ends by itself.
    Exits(usize),
}

impl Question {
    /// In words.
    pub(crate) fn words(&self) -> String {
        match self {
            Question::WritesWork(producer) => format!("{producer}: writes work at the end"),
            Question::Lost(producer) => format!("{producer}: acknowledged records lost"),
            Question::Failed(producer) => format!("{producer}: records failed"),
            Question::Ghosts(producer) => format!("{producer}: failed records in the log"),
            Question::Duplicated(producer) => format!("{producer}: duplicates in the log"),
            Question::Reordered(producer) => format!("{producer}: reordered in the log"),
            Question::Sees(producer, error) => format!("{producer}: {error}"),
            Question::Redelivered(group) => format!("group {group}: records read twice"),
            Question::LeaderlessSeen => "a partition seen without leader".to_owned(),
            Question::LeadersMove(deed) => {
                format!("{} → its leaders move before it is back", deed.word())
            }
            Question::GetsInSync => "all get in sync again".to_owned(),
            Question::Alive(n) => format!("look {}: the process runs", n + 1),
            Question::LooksLeaderless(n) => format!("look {}: a partition without leader", n + 1),
            Question::InSyncAtTheEnd => "end: all replicas in sync".to_owned(),
            Question::Unreadable(key, version) => {
                format!("connections closed over {key} version {version}")
            }
            Question::Exits(n) => format!("start {}: the process ends by itself", n + 1),
        }
    }
}

/// The measuring rules for one run.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    brokers: Vec<u32>,
    controllers: Vec<u32>,
    replicas: u32,
    /// For each start of the script: a registration was refused in the recording.
    refused: Vec<bool>,
    /// The script waits for replicas to be in sync.
    waits: bool,
    /// Versions of requests that a broker could not read in the recording.
    unreadable: BTreeSet<(String, i16)>,
    /// Errors that clients logged were kept; else only those of failed records are known.
    errors_kept: bool,
}

impl Rules {
    pub(crate) fn new(
        brokers: Vec<u32>,
        controllers: Vec<u32>,
        replicas: u32,
        script: &Script,
    ) -> Self {
        let refused = script.steps().filter_map(|step| match &step.act {
            Act::Start(startup) => Some(startup.refused.is_some()),
            _ => None,
        });
        let refused = refused.collect();
        let waits = script.entries.iter().any(|entry| {
            matches!(entry, crate::operations::Entry::Milestone(reached) if matches!(reached.milestone, crate::operations::Milestone::InSync(_)))
        });
        Self {
            brokers,
            controllers,
            replicas,
            refused,
            waits,
            unreadable: BTreeSet::new(),
            errors_kept: true,
        }
    }

    /// What the extracts of logs in a recording say and leave out.
    pub(crate) fn with_extracts(mut self, recording: &Recording, run: &Run) -> Self {
        if recording.in_zookeeper_mode() {
            self.unreadable = run.unreadable();
            self.errors_kept = !run.client_errors.is_empty();
        }
        self
    }

    /// The numbers.
    pub(crate) fn measures(&self, seen: &Observation) -> Measures {
        let mut found = Measures::new();
        self.gaps(seen, &mut found);
        self.deeds(seen, &mut found);
        self.states(seen, &mut found);
        found
    }

    fn gaps(&self, seen: &Observation, found: &mut Measures) {
        let longest = |gaps: &mut dyn Iterator<Item = &(f64, f64)>| {
            gaps.map(|(begin, end)| end - begin).fold(0.0, f64::max)
        };
        let stops: Vec<f64> = seen
            .ops
            .iter()
            .filter(|(_, deed, node)| deed.disturbs() && self.brokers.contains(node))
            .map(|(t, _, _)| *t)
            .collect();
        for (name, writes) in &seen.producers {
            let mut put =
                |quantity: Quantity, value: f64| found.entry(quantity).or_default().push(value);
            put(
                Quantity::LongestGap(name.clone()),
                longest(&mut writes.gaps.values().flatten()),
            );
            for gaps in writes.gaps.values() {
                put(
                    Quantity::GapOfPartition(name.clone()),
                    longest(&mut gaps.iter()),
                );
            }
            put(
                Quantity::PartitionsWithGap(name.clone()),
                writes.gaps.values().filter(|gaps| !gaps.is_empty()).count() as f64,
            );
            if stops.len() > 1 {
                for (at, from) in stops.iter().enumerate() {
                    let to = stops.get(at + 1).copied().unwrap_or(f64::INFINITY);
                    // The last acknowledgement before a stop may lie a little before it.
                    let mut begun = writes
                        .gaps
                        .values()
                        .flatten()
                        .filter(|(begin, _)| *begin >= from - EARLY && *begin < to - EARLY);
                    put(Quantity::GapOfRestart(name.clone()), longest(&mut begun));
                }
            }
            if let Some(books) = writes.ledger {
                put(Quantity::Lost(name.clone()), books.lost as f64);
            }
        }
        for (name, partitions) in seen.groups.iter().flatten() {
            let value = longest(&mut partitions.values().flatten());
            found
                .entry(Quantity::LongestReadGap(name.clone()))
                .or_default()
                .push(value);
        }
    }

    fn deeds(&self, seen: &Observation, found: &mut Measures) {
        let mut put =
            |quantity: Quantity, value: f64| found.entry(quantity).or_default().push(value);
        let mut starts = 0;
        for (at, &(t, deed, node)) in seen.ops.iter().enumerate() {
            let later = &seen.ops[at + 1..];
            let next = |wanted: Deed| {
                later
                    .iter()
                    .find(|(_, deed, other)| *deed == wanted && *other == node)
                    .map(|(t, _, _)| *t)
            };
            let is_broker = self.brokers.contains(&node);
            if deed.disturbs() && is_broker {
                let back = later
                    .iter()
                    .find(|(_, deed, other)| {
                        *other == node && matches!(deed, Deed::Start | Deed::Resume)
                    })
                    .map_or(seen.end, |(t, _, _)| *t);
                if let Some(Some(moved)) = leaders_moved(seen, t, node, back) {
                    put(Quantity::LeadersMoved(deed), moved - t);
                }
                if let Some((fenced, _)) = seen
                    .fenced
                    .iter()
                    .flatten()
                    .find(|(at, who)| *who == node && *at > t && *at < back)
                    && deed != Deed::Stop
                {
                    put(Quantity::Fenced(deed), fenced - t);
                }
            }
            match deed {
                Deed::Stop => {
                    if let Some(gone) = next(Deed::Stopped) {
                        put(Quantity::Stopped, gone - t);
                    }
                }
                Deed::Start => {
                    let refused = self.refused.get(starts).copied().unwrap_or(false);
                    starts += 1;
                    if let (true, Some(open)) = (refused, next(Deed::PortOpen)) {
                        put(Quantity::StartedAfterRefusals, open - t);
                    }
                }
                Deed::PortOpen | Deed::Resume if is_broker => {
                    // Waited for right after it.
                    if let Some(&(in_sync, Deed::InSync, _)) = later.first() {
                        put(Quantity::InSync(deed), in_sync - t);
                    }
                }
                _ => {}
            }
        }
        for active in seen.activated.iter().flatten() {
            let before = seen.ops.iter().rfind(|(t, deed, node)| {
                t < active
                    && self.controllers.contains(node)
                    && matches!(deed, Deed::Kill | Deed::Stop | Deed::Pause | Deed::Start)
            });
            if let Some((t, deed, _)) = before {
                put(Quantity::ControllerActive(*deed), active - t);
            }
        }
    }

    fn states(&self, seen: &Observation, found: &mut Measures) {
        let mut put =
            |quantity: Quantity, value: f64| found.entry(quantity).or_default().push(value);
        if let Some(longest) = leaderless(seen) {
            put(Quantity::Leaderless, longest);
        }
        for (n, look) in seen.looks.iter().enumerate() {
            if let Some(leaderless) = look.leaderless {
                put(Quantity::LooksLeaderless(n), f64::from(leaderless));
            }
            if let Some(led) = &look.led {
                for broker in &self.brokers {
                    put(
                        Quantity::LooksLed(n, *broker),
                        f64::from(led.get(broker).copied().unwrap_or(0)),
                    );
                }
            }
            if let Some(in_sync) = look.in_sync {
                put(Quantity::LooksInSync(n), f64::from(in_sync));
            }
        }
        let mut led: BTreeMap<u32, u32> = BTreeMap::new();
        for leader in seen
            .state_at(f64::INFINITY)
            .values()
            .filter_map(|sight| sight.leader)
        {
            *led.entry(leader).or_insert(0) += 1;
        }
        if let Some(most) = led.values().max() {
            put(Quantity::MostLed, f64::from(*most));
        }
    }

    /// The answers.
    pub(crate) fn verdicts(&self, seen: &Observation) -> Verdicts {
        let mut found = Verdicts::new();
        for (name, writes) in &seen.producers {
            let mut put = |question: Question, answer: bool| {
                found.insert(question, answer);
            };
            put(Question::WritesWork(name.clone()), writes.dead == 0);
            if let Some(books) = writes.ledger {
                put(Question::Lost(name.clone()), books.lost > 0);
                put(Question::Failed(name.clone()), books.failed > 0);
                put(Question::Ghosts(name.clone()), books.ghosts > 0);
                put(Question::Duplicated(name.clone()), books.duplicates > 0);
                put(Question::Reordered(name.clone()), books.reordered > 0);
            }
            let known = |error: &&String| self.errors_kept || error.ends_with("Exception");
            for error in writes.errors.iter().filter(known) {
                put(Question::Sees(name.clone(), error.clone()), true);
            }
        }
        for (group, twice) in seen.redelivered.iter().flatten() {
            found.insert(Question::Redelivered(group.clone()), *twice);
        }
        found.insert(Question::LeaderlessSeen, leaderless(seen).is_some());
        for (at, &(t, deed, node)) in seen.ops.iter().enumerate() {
            if deed.disturbs() && self.brokers.contains(&node) {
                let back = seen.ops[at + 1..]
                    .iter()
                    .find(|(_, deed, other)| {
                        *other == node && matches!(deed, Deed::Start | Deed::Resume)
                    })
                    .map_or(seen.end, |(t, _, _)| *t);
                if let Some(moved) = leaders_moved(seen, t, node, back) {
                    // All of several must move.
                    let answer = found.entry(Question::LeadersMove(deed)).or_insert(true);
                    *answer &= moved.is_some();
                }
            }
        }
        for (n, look) in seen.looks.iter().enumerate() {
            if let Some(alive) = look.alive {
                found.insert(Question::Alive(n), alive);
            }
            if let Some(leaderless) = look.leaderless {
                found.insert(Question::LooksLeaderless(n), leaderless > 0);
            }
        }
        if self.waits {
            let reached = seen.ops.iter().any(|(_, deed, _)| *deed == Deed::InSync);
            found.insert(Question::GetsInSync, reached);
        }
        // Logs are kept in extracts: what a recording does not show may have been there.
        for (key, version) in &self.unreadable {
            let closed = seen.unreadable.contains(&(key.clone(), *version));
            found.insert(Question::Unreadable(key.clone(), *version), closed);
        }
        for (n, exits) in seen.exits.iter().enumerate() {
            found.insert(Question::Exits(n), *exits);
        }
        let end = seen.state_at(f64::INFINITY);
        found.insert(
            Question::InSyncAtTheEnd,
            end.values().all(|sight| sight.in_sync >= self.replicas),
        );
        found
    }
}

/// An acknowledgement may lie this much before the operation that ends them.
const EARLY: f64 = 0.2;

/// When the last leader of a node was seen elsewhere; `Some(None)`: not all were before `back`; `None`: it led nothing.
fn leaders_moved(seen: &Observation, t: f64, node: u32, back: f64) -> Option<Option<f64>> {
    let led: Vec<u32> = seen
        .state_at(t)
        .values()
        .filter(|sight| sight.leader == Some(node))
        .map(|sight| sight.partition)
        .collect();
    if led.is_empty() {
        return None;
    }
    let moved: Option<Vec<f64>> = led
        .iter()
        .map(|partition| {
            let elsewhere = |leader: Option<u32>| leader.is_some() && leader != Some(node);
            seen.metadata
                .iter()
                .find(|sight| {
                    sight.partition == *partition
                        && sight.t > t
                        && sight.t < back
                        && elsewhere(sight.leader)
                })
                .map(|sight| sight.t)
        })
        .collect();
    Some(moved.map(|times| times.into_iter().fold(t, f64::max)))
}

/// The longest time in which a partition was seen without leader.
fn leaderless(seen: &Observation) -> Option<f64> {
    let mut since: BTreeMap<u32, f64> = BTreeMap::new();
    let mut longest: Option<f64> = None;
    let mut over = |begin: f64, end: f64| {
        longest = Some(longest.map_or(end - begin, |longest: f64| longest.max(end - begin)))
    };
    for sight in seen.metadata.iter().filter(|sight| sight.t > 0.0) {
        if sight.leader.is_none() {
            since.entry(sight.partition).or_insert(sight.t);
        } else if let Some(begin) = since.remove(&sight.partition) {
            over(begin, sight.t);
        }
    }
    for begin in since.into_values() {
        over(begin, seen.end);
    }
    longest
}
