//! What matters of a world to somebody who wants it to be as it was: versions, settings, finalized levels, replicas in sync, leaders,
//! groups. Two pictures are compared thing by thing; what differs is either less safe or merely different.

use std::collections::BTreeMap;

use facts::KafkaVersion;
use kafka::World;
use kafka::coordinator::GroupState;
use kafka::estate::Estate;
use kafka::features::METADATA_VERSION;
use kafka::ids::NodeIx;

use crate::play::Play;
use crate::words;

/// A group may lag by what its producers write in this long and count as before: *assumed*, an operator's "it keeps up".
const KEEPS_UP_SECONDS: u64 = 10;

/// A world at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    nodes: Vec<NodePicture>,
    levels: BTreeMap<&'static str, i16>,
    topics: Vec<TopicPicture>,
    /// Voters, or servers of the ensemble, that work.
    deciders: u32,
    has_controller: bool,
    unfenced: bool,
    preferred: u32,
    groups: Vec<GroupPicture>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct NodePicture {
    up: bool,
    version: KafkaVersion,
    settings: BTreeMap<String, String>,
    /// Its picture of the metadata stands still, or it has none.
    blind: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct TopicPicture {
    min_isr: u8,
    unclean: bool,
    segment_bytes: u64,
    leaderless: u32,
    under_replicated: u32,
    under_min_isr: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct GroupPicture {
    stable: bool,
    lag: u64,
    /// Records that its producers write in [`KEEPS_UP_SECONDS`].
    keeps_up: u64,
}

/// One thing that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// It is less safe, or it is what should have been undone.
    pub(crate) matters: bool,
    /// It is a state that time may heal: replicas that are still catching up, a group that still lags.
    pub(crate) heals: bool,
    /// In words.
    pub(crate) text: String,
}

impl Picture {
    /// The world as it is, with what stands in the files on the hosts.
    pub(crate) fn of(play: &Play) -> Picture {
        let (world, estate): (&World, &Estate) = (&play.world, &play.estate);
        let count = estate.nodes.len() as NodeIx;
        let nodes = (0..count)
            .map(|node| {
                let binary = world.binary(node);
                let mut settings = binary.settings.clone();
                for (name, value) in play.edited.get(&node).into_iter().flatten() {
                    match value {
                        Some(value) => settings.insert(name.clone(), value.clone()),
                        None => settings.remove(name),
                    };
                }
                NodePicture {
                    up: world.port_is_open(node),
                    version: binary.version,
                    settings,
                    blind: world.stands_still(node) || world.knows_no_metadata(node),
                }
            })
            .collect();
        let mut topics: Vec<TopicPicture> = (0..estate.topics.len() as u32)
            .map(|topic| TopicPicture {
                min_isr: 0,
                unclean: false,
                segment_bytes: world.segment_bytes(topic),
                leaderless: 0,
                under_replicated: 0,
                under_min_isr: 0,
            })
            .collect();
        for at in 0..world.partition_count() {
            let partition = world.partition(at);
            let state = partition.newest();
            let in_sync = state.isr.count_ones();
            let topic = &mut topics[partition.topic as usize];
            topic.min_isr = partition.min_isr;
            topic.unclean = partition.unclean;
            topic.leaderless += u32::from(state.leader.is_none());
            topic.under_replicated += u32::from((in_sync as usize) < partition.replicas.len());
            topic.under_min_isr += u32::from(in_sync < u32::from(partition.min_isr));
        }
        let quorum = world.quorum_view();
        Picture {
            nodes,
            levels: world.levels(),
            topics,
            deciders: quorum.in_touch,
            has_controller: quorum.active.is_some(),
            unfenced: world.all_brokers_unfenced(),
            preferred: world.counts().preferred,
            groups: (0..estate.groups.len())
                .map(|group| GroupPicture {
                    stable: world.group_state(group as u32) == Some(GroupState::Stable),
                    lag: world.group_lag(group as u32),
                    keeps_up: written_in_a_while(estate, group),
                })
                .collect(),
        }
    }

    /// The levels of the features that are finalized.
    pub(crate) fn levels(&self) -> &BTreeMap<&'static str, i16> {
        &self.levels
    }

    /// What a node runs.
    pub(crate) fn version(&self, node: NodeIx) -> KafkaVersion {
        self.nodes[node as usize].version
    }

    /// The settings in a node's properties file.
    pub(crate) fn settings(&self, node: NodeIx) -> &BTreeMap<String, String> {
        &self.nodes[node as usize].settings
    }

    /// What is not as it was at the start, the gravest first.
    pub(crate) fn differences(&self, start: &Picture, estate: &Estate) -> Vec<Difference> {
        let mut found = Vec::new();
        self.compare_nodes(start, estate, &mut found);
        self.compare_levels(start, &mut found);
        self.compare_topics(start, estate, &mut found);
        if start.has_controller && !self.has_controller {
            found.push(heals("there is no active controller".to_owned()));
        }
        if self.deciders < start.deciders {
            let what = if estate.zookeeper.is_some() {
                "ZooKeeper server"
            } else {
                "voter"
            };
            found.push(heals(format!(
                "{} of {} in touch",
                self.deciders,
                words::count(u64::from(start.deciders), what)
            )));
        }
        if start.unfenced && !self.unfenced {
            found.push(heals("a broker is fenced".to_owned()));
        }
        self.compare_groups(start, estate, &mut found);
        if self.preferred < start.preferred {
            found.push(Difference {
                matters: false,
                heals: true,
                text: "some partitions are not led by their preferred broker".to_owned(),
            });
        }
        found
    }

    fn compare_nodes(&self, start: &Picture, estate: &Estate, found: &mut Vec<Difference>) {
        let mut others: BTreeMap<String, Vec<NodeIx>> = BTreeMap::new();
        for (at, (now, then)) in self.nodes.iter().zip(&start.nodes).enumerate() {
            let node = at as NodeIx;
            if then.up && !now.up {
                found.push(heals(format!("{} is not up", words::node(estate, node))));
            }
            if now.blind && !then.blind {
                found.push(heals(format!(
                    "{} has no picture of the metadata that goes on",
                    words::node(estate, node)
                )));
            }
            if now.version != then.version {
                let text = format!("{} instead of {}", now.version, then.version);
                others.entry(text).or_default().push(node);
            }
            for text in settings_differ(now, then) {
                others.entry(text).or_default().push(node);
            }
        }
        for (text, nodes) in others {
            let who = words::nodes(estate, &nodes);
            let verb = match (text.contains(" instead of "), nodes.len()) {
                (true, 1) => "runs",
                (true, _) => "run",
                (false, 1) => "has",
                (false, _) => "have",
            };
            found.push(stays(format!("{who} {verb} {text}")));
        }
    }

    fn compare_levels(&self, start: &Picture, found: &mut Vec<Difference>) {
        let mut names: Vec<&str> = self
            .levels
            .keys()
            .chain(start.levels.keys())
            .copied()
            .collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let level = |picture: &Picture| picture.levels.get(name).copied().unwrap_or(0);
            let (now, then) = (level(self), level(start));
            if now != then {
                found.push(stays(format!(
                    "{name} is {}, was {}",
                    level_name(name, now),
                    level_name(name, then)
                )));
            }
        }
    }

    fn compare_topics(&self, start: &Picture, estate: &Estate, found: &mut Vec<Difference>) {
        let mut short = (0, 0, 0);
        for ((now, then), spec) in self.topics.iter().zip(&start.topics).zip(&estate.topics) {
            short.0 += now.leaderless.saturating_sub(then.leaderless);
            short.1 += now.under_min_isr.saturating_sub(then.under_min_isr);
            short.2 += now.under_replicated.saturating_sub(then.under_replicated);
            let mut setting = |name: &str, now: String, then: String| {
                if now != then {
                    found.push(stays(format!("{} has {name} {now}, had {then}", spec.name)));
                }
            };
            setting(
                "min.insync.replicas",
                now.min_isr.to_string(),
                then.min_isr.to_string(),
            );
            setting(
                "unclean.leader.election.enable",
                now.unclean.to_string(),
                then.unclean.to_string(),
            );
            setting(
                "segment.bytes",
                now.segment_bytes.to_string(),
                then.segment_bytes.to_string(),
            );
        }
        for (count, what) in [
            (short.0, "without a leader"),
            (short.1, "below min ISR"),
            (short.2, "under-replicated"),
        ] {
            if count > 0 {
                let partitions = words::count(u64::from(count), "partition");
                found.push(heals(format!("{partitions} {what}")));
            }
        }
    }

    fn compare_groups(&self, start: &Picture, estate: &Estate, found: &mut Vec<Difference>) {
        for ((now, then), spec) in self.groups.iter().zip(&start.groups).zip(&estate.groups) {
            if then.stable && !now.stable {
                found.push(heals(format!("group {} is not stable", spec.name)));
            }
            if now.lag > then.lag.saturating_add(now.keeps_up) {
                found.push(heals(format!(
                    "group {} lags by {}",
                    spec.name,
                    words::count(now.lag, "record")
                )));
            }
        }
    }
}

fn heals(text: String) -> Difference {
    Difference {
        matters: true,
        heals: true,
        text,
    }
}

fn stays(text: String) -> Difference {
    Difference {
        matters: true,
        heals: false,
        text,
    }
}

/// A level of a feature by name where it has one.
fn level_name(feature: &str, level: i16) -> String {
    facts::metadata_version_of_level(level)
        .filter(|_| feature == METADATA_VERSION)
        .map_or_else(|| level.to_string(), ToString::to_string)
}

/// Settings whose value in effect is another one. What a file leaves out has the default of its version.
fn settings_differ(now: &NodePicture, then: &NodePicture) -> Vec<String> {
    let mut names: Vec<&String> = now.settings.keys().chain(then.settings.keys()).collect();
    names.sort_unstable();
    names.dedup();
    names
        .into_iter()
        .filter_map(|name| {
            let (is, was) = (value(now, name), value(then, name));
            (is != was).then(|| {
                format!(
                    "{name} {}, had {}",
                    is.as_deref().unwrap_or("unset"),
                    was.as_deref().unwrap_or("none")
                )
            })
        })
        .collect()
}

fn value(node: &NodePicture, name: &str) -> Option<String> {
    node.settings
        .get(name)
        .cloned()
        .or_else(|| default_of(node.version, name))
}

/// The default of a broker's setting in a version.
pub(super) fn default_of(version: KafkaVersion, name: &str) -> Option<String> {
    let release = facts::of(&version.to_string()).ok()?;
    release.broker().default(name).ok()?.value().as_text()
}

/// Records that are written into what a group reads in [`KEEPS_UP_SECONDS`].
fn written_in_a_while(estate: &Estate, group: usize) -> u64 {
    let topics = &estate.groups[group].topics;
    let while_ = u128::from(KEEPS_UP_SECONDS) * 1_000_000_000;
    estate
        .producers
        .iter()
        .filter(|producer| topics.contains(&producer.topic))
        .map(|producer| {
            let partitions = estate.topics[producer.topic as usize].assignment.len() as u128;
            let records = u128::from(producer.count) * partitions * while_
                / u128::from(producer.per.as_nanos().max(1));
            u64::try_from(records).unwrap_or(u64::MAX)
        })
        .fold(0, u64::saturating_add)
}
