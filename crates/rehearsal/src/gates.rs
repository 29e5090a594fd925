//! What the operator sees: a condition through a tool, a metric, or (for comparison) the truth.

use std::collections::VecDeque;

use engine::{Key, Span, Time};
use kafka::World;
use kafka::estate::Estate;
use kafka::features::METADATA_VERSION;
use kafka::ids::NodeIx;
use kafka::record::Counts;
use scenario::model::{Check, Gate, Nodes, Through};

use crate::select;

/// What one look shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) green: bool,
    /// What is on the screen: "3 under-replicated partitions".
    pub(crate) shown: String,
}

impl Look {
    fn red(shown: impl Into<String>) -> Self {
        Self {
            green: false,
            shown: shown.into(),
        }
    }

    fn at_most(value: u32, most: u32, what: &str) -> Self {
        Self {
            green: value <= most,
            shown: crate::words::count(u64::from(value), what),
        }
    }
}

/// The broker that a tool asks: the one given, else the lowest that answers.
pub(crate) fn asked(world: &World, estate: &Estate, via: Option<u32>) -> Option<NodeIx> {
    match via {
        Some(id) => estate.node(id),
        None => (0..estate.nodes.len() as NodeIx)
            .find(|&node| estate.nodes[node as usize].broker && world.answers(node)),
    }
}

/// Which nodes a check is about.
fn whom(world: &World, estate: &Estate, given: Option<&Nodes>, at_hand: &[NodeIx]) -> Vec<NodeIx> {
    given.map_or_else(
        || at_hand.to_vec(),
        |nodes| select::nodes(world, estate, nodes),
    )
}

/// A look through a tool at this moment.
fn tool(
    world: &World,
    estate: &Estate,
    check: &Check,
    via: Option<u32>,
    at_hand: &[NodeIx],
) -> Look {
    if needs_no_broker(check) {
        return truth(world, estate, check, at_hand);
    }
    let Some(via) = asked(world, estate, via).filter(|&via| world.answers(via)) else {
        return Look::red("no answer");
    };
    match check {
        Check::Finalized { feature, at_least } => {
            let shown = world.finalized_as_shown_by(world.binary(via).version, feature);
            finalized(feature, shown, at_least)
        }
        _ => counted(world, estate, world.counts_shown_by(via), check, at_hand),
    }
}

/// Conditions that are not read from a broker's picture of the metadata.
fn needs_no_broker(check: &Check) -> bool {
    matches!(
        check,
        Check::PortOpen(_)
            | Check::ProcessUp(_)
            | Check::WritesOk { .. }
            | Check::BytesIn { .. }
            | Check::Versions { .. }
            | Check::MetadataSnapshot
    )
}

fn preferred(preferred: u32, partitions: u32, at_least: u32) -> Look {
    let percent = if partitions == 0 {
        100
    } else {
        u64::from(preferred) * 100 / u64::from(partitions)
    };
    Look {
        green: percent >= u64::from(at_least),
        shown: format!("{percent} % preferred leaders"),
    }
}

/// The state of things, which nobody can see all at once.
pub(crate) fn truth(world: &World, estate: &Estate, check: &Check, at_hand: &[NodeIx]) -> Look {
    counted(world, estate, world.counts(), check, at_hand)
}

/// The same, if these are the partitions that are counted.
fn counted(
    world: &World,
    estate: &Estate,
    counts: Counts,
    check: &Check,
    at_hand: &[NodeIx],
) -> Look {
    match check {
        Check::UnderReplicated { at_most } => Look::at_most(
            counts.under_replicated,
            *at_most,
            "under-replicated partition",
        ),
        Check::UnderMinIsr { at_most } => {
            Look::at_most(counts.under_min_isr, *at_most, "partition below min ISR")
        }
        Check::AtMinIsr { at_most } => {
            Look::at_most(counts.at_min_isr, *at_most, "partition at min ISR")
        }
        Check::Offline { at_most } => {
            Look::at_most(counts.offline, *at_most, "partition without a leader")
        }
        Check::PreferredLeaders { at_least } => {
            preferred(counts.preferred, world.partition_count(), *at_least)
        }
        Check::PortOpen(nodes) => all(
            world,
            estate,
            nodes.as_ref(),
            at_hand,
            "port closed",
            World::port_is_open,
        ),
        Check::ProcessUp(nodes) => all(
            world,
            estate,
            nodes.as_ref(),
            at_hand,
            "no process",
            World::process_exists,
        ),
        Check::NoLeaders(nodes) => {
            let leads: u32 = whom(world, estate, nodes.as_ref(), at_hand)
                .into_iter()
                .map(|node| world.leaderships(node))
                .sum();
            Look::at_most(leads, 0, "partition led")
        }
        Check::AllBrokersUp => {
            let green = world.all_brokers_unfenced();
            Look {
                green,
                shown: if green {
                    "all brokers unfenced"
                } else {
                    "a broker is missing"
                }
                .to_owned(),
            }
        }
        Check::QuorumHealthy => {
            let quorum = world.quorum_view();
            let green = quorum.active.is_some() && quorum.in_touch == quorum.voters;
            let shown = match quorum.active {
                Some(_) => format!("{} of {} voters", quorum.in_touch, quorum.voters),
                None => "no active controller".to_owned(),
            };
            Look { green, shown }
        }
        Check::Finalized { feature, at_least } => {
            finalized(feature, world.finalized(feature), at_least)
        }
        Check::Versions { version, nodes } => {
            let all = nodes.clone().unwrap_or(Nodes::All);
            let other = select::nodes(world, estate, &all)
                .into_iter()
                .find(|&node| {
                    world.binary(node).version.to_string() != version.value.0
                        || !world.process_exists(node)
                });
            match other {
                Some(node) if world.process_exists(node) => Look::red(format!(
                    "{} runs {}",
                    crate::words::node(estate, node),
                    world.binary(node).version
                )),
                Some(node) => {
                    Look::red(format!("{} does not run", crate::words::node(estate, node)))
                }
                None => Look {
                    green: true,
                    shown: format!("all run {}", version.value.0),
                },
            }
        }
        Check::MetadataSnapshot => {
            let old = (0..estate.nodes.len() as NodeIx)
                .find(|&node| !world.snapshot_is_newer_than_levels(node));
            match old {
                Some(node) => Look::red(format!(
                    "{} has no newer snapshot of the metadata yet",
                    crate::words::node(estate, node),
                )),
                None => Look {
                    green: true,
                    shown: "every node has one".to_owned(),
                },
            }
        }
        Check::Lag { group, at_most } => {
            let lag = estate
                .groups
                .iter()
                .position(|spec| spec.name == group.value)
                .map_or(0, |at| world.group_lag(at as u32));
            Look {
                green: lag <= *at_most,
                shown: format!("lag {lag}"),
            }
        }
        Check::LagGrown { group, at_most } => {
            let grown = estate
                .groups
                .iter()
                .position(|spec| spec.name == group.value)
                .map_or(0, |at| world.group_lag_grown(at as u32));
            Look {
                green: grown <= *at_most,
                shown: format!("lag {grown} above the start"),
            }
        }
        Check::Setting { name, is, nodes } => {
            let all = nodes.clone().unwrap_or(Nodes::Brokers);
            let nodes = select::nodes(world, estate, &all);
            in_force(world, estate, &nodes, &name.value, &is.value)
        }
        Check::BytesIn { topic, at_least } => {
            let rate = estate
                .topic(&topic.value)
                .map_or(0, |topic| world.bytes_in(topic, ONE_MINUTE));
            Look {
                green: rate >= at_least.0,
                shown: format!("{rate} bytes/s"),
            }
        }
        Check::WritesOk { producer, at_most } => {
            let wait = estate
                .producers
                .iter()
                .position(|spec| spec.name == producer.value)
                .map_or(Span::ZERO, |at| world.longest_wait(at as u32));
            Look {
                green: wait <= Span::nanos(at_most.0),
                shown: format!("oldest write waits {}", crate::words::span(wait)),
            }
        }
    }
}

/// Over how long `BytesInPerSec` is looked at. Kafka's meter shows a weighted mean of one minute (Yammer's OneMinuteRate); here it is a plain one.
const ONE_MINUTE: Span = Span::secs(60);

/// A setting of processes that run.
fn in_force(world: &World, estate: &Estate, nodes: &[NodeIx], name: &str, is: &str) -> Look {
    // A protocol version may be written shorter than Kafka shows it.
    let protocol = |text: &str| facts::metadata_version(text).ok();
    for &node in nodes {
        let who = crate::words::node(estate, node);
        if !world.process_exists(node) {
            return Look::red(format!("{who} does not run"));
        }
        let binary = world.binary(node);
        let value = binary.settings.get(name).cloned().or_else(|| {
            facts::of(&binary.version.to_string())
                .ok()
                .and_then(|release| release.settings(facts::Class::Broker).text(name).ok())
        });
        let Some(value) = value else {
            return Look::red(format!("{who} knows no {name}"));
        };
        let same = value == is || protocol(&value).is_some_and(|value| Some(value) == protocol(is));
        if !same {
            return Look::red(format!("{name}={value} on {who}"));
        }
    }
    Look {
        green: true,
        shown: format!("{name}={is}"),
    }
}

/// A level by its number or its name.
fn level_of(feature: &str, name: &str) -> i16 {
    name.parse().unwrap_or_else(|_| {
        facts::metadata_version(name)
            .ok()
            .filter(|_| feature == METADATA_VERSION)
            .and_then(facts::MetadataVersion::level)
            .unwrap_or(i16::MAX)
    })
}

/// A finalized level, as `kafka-features.sh describe` names it.
fn finalized(feature: &str, level: i16, at_least: &str) -> Look {
    let name = facts::metadata_version_of_level(level)
        .filter(|_| feature == METADATA_VERSION)
        .map_or_else(|| level.to_string(), ToString::to_string);
    Look {
        green: level >= level_of(feature, at_least),
        shown: format!("{feature} is {name}"),
    }
}

fn all(
    world: &World,
    estate: &Estate,
    given: Option<&Nodes>,
    at_hand: &[NodeIx],
    otherwise: &str,
    so: fn(&World, NodeIx) -> bool,
) -> Look {
    match whom(world, estate, given, at_hand)
        .into_iter()
        .find(|&node| !so(world, node))
    {
        Some(node) => Look::red(format!("{}: {otherwise}", crate::words::node(estate, node))),
        None => Look {
            green: true,
            shown: "open".to_owned(),
        },
    }
}

/// The value that a metric has if it is scraped at this moment: each broker counts the partitions that it leads, one that cannot be
/// scraped is left out of the sum.
fn measure(world: &World, estate: &Estate, check: &Check, at_hand: &[NodeIx]) -> Look {
    let brokers =
        (0..estate.nodes.len() as NodeIx).filter(|&node| estate.nodes[node as usize].broker);
    let sum = |field: fn(&kafka::record::Counts) -> u32| -> u32 {
        brokers
            .clone()
            .filter_map(|broker| world.counts_measured_by(broker))
            .map(|counts| field(&counts))
            .sum()
    };
    match check {
        Check::UnderReplicated { at_most } => Look::at_most(
            sum(|counts| counts.under_replicated),
            *at_most,
            "under-replicated partition",
        ),
        Check::UnderMinIsr { at_most } => Look::at_most(
            sum(|counts| counts.under_min_isr),
            *at_most,
            "partition below min ISR",
        ),
        Check::AtMinIsr { at_most } => Look::at_most(
            sum(|counts| counts.at_min_isr),
            *at_most,
            "partition at min ISR",
        ),
        // OfflinePartitionsCount and PreferredReplicaImbalanceCount are metrics of the active controller.
        Check::Offline { .. } | Check::PreferredLeaders { .. }
            if world.active_controller().is_none() =>
        {
            Look::red("no value")
        }
        _ => truth(world, estate, check, at_hand),
    }
}

/// One metric that is scraped all the time, as screens do.
#[derive(Clone, Debug)]
pub(crate) struct Scraper {
    first: Time,
    every: Span,
    delay: Span,
    /// Scraped values that may still be on a screen, the newest last.
    values: VecDeque<(Time, Look)>,
}

impl Scraper {
    /// A scraper with a phase drawn by the seed, for the gate with this number; `None` if the gate is no metric.
    pub(crate) fn of(world: &World, gate: &Gate, number: u32, begin: Time) -> Option<Self> {
        let Through::Metric { scrape, delay } = gate.through.value else {
            return None;
        };
        let every = Span::nanos(scrape.0.max(1_000_000));
        let delay = Span::nanos(delay.0);
        let key = Key::of("operator/scrape").id(u64::from(number));
        let phase = Span::nanos(world.draw_outside(key, 0, every.as_nanos()));
        let back = every.saturating_add(delay).saturating_add(every);
        let first = Time::from_nanos(begin.as_nanos().saturating_sub(back.as_nanos()))
            .saturating_add(phase);
        Some(Self {
            first,
            every,
            delay,
            values: VecDeque::new(),
        })
    }

    pub(crate) fn first(&self) -> Time {
        self.first
    }

    /// A scrape; returns when the next one is due.
    pub(crate) fn scrape(
        &mut self,
        world: &World,
        estate: &Estate,
        check: &Check,
        at_hand: &[NodeIx],
    ) -> Time {
        let now = world.now();
        self.values
            .push_back((now, measure(world, estate, check, at_hand)));
        let shown_since = Time::from_nanos(now.as_nanos().saturating_sub(self.delay.as_nanos()));
        while self.values.len() > 1 && self.values[1].0 <= shown_since {
            self.values.pop_front();
        }
        now.saturating_add(self.every)
    }

    /// What the screen shows now.
    fn shown(&self, now: Time) -> Look {
        self.values
            .iter()
            .rev()
            .find(|(at, _)| at.saturating_add(self.delay) <= now)
            .map_or_else(|| Look::red("no value yet"), |(_, look)| look.clone())
    }

    /// When the screen changes next.
    fn next_change(&self, now: Time) -> Time {
        let newer = self
            .values
            .iter()
            .map(|(at, _)| at.saturating_add(self.delay))
            .find(|at| *at > now);
        newer.unwrap_or_else(|| {
            let since = now.saturating_since(self.first).as_nanos();
            let every = self.every.as_nanos();
            let behind = since.saturating_sub(self.delay.as_nanos()) / every + 1;
            self.first
                .saturating_add(Span::nanos(behind.saturating_mul(every)))
                .saturating_add(self.delay)
        })
    }
}

/// Shortest time between two looks: a person or a script is not faster.
const FASTEST: Span = Span::millis(100);

/// What the operator sees now, and when the next look is worth while.
pub(crate) fn look(
    world: &World,
    estate: &Estate,
    gate: &Gate,
    scraper: Option<&Scraper>,
    at_hand: &[NodeIx],
) -> (Look, Time) {
    let now = world.now();
    match (&gate.through.value, scraper) {
        (Through::Metric { .. }, Some(scraper)) => (
            scraper.shown(now),
            scraper.next_change(now).max(now.saturating_add(FASTEST)),
        ),
        (Through::Tool { every, via }, _) => {
            let next = now.saturating_add(Span::nanos(every.0).max(FASTEST));
            (tool(world, estate, &gate.check, *via, at_hand), next)
        }
        _ => (
            truth(world, estate, &gate.check, at_hand),
            now.saturating_add(FASTEST),
        ),
    }
}
