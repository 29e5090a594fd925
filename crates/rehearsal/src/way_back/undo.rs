//! The undo that fits a step whose runbook has none: what an operator would write there, made from the state in which the step began.

use std::collections::BTreeMap;

use kafka::World;
use kafka::estate::Estate;
use kafka::features::METADATA_VERSION;
use kafka::ids::NodeIx;
use scenario::model::{
    Action, ConfigTarget, Direction, EditProperties, Features, Levels, Nanos, Nodes, Order, Roll,
    SetConfig, Settings, Span, Spanned, Start, Started, Step, StopKind, VersionName,
};

use super::picture::{Picture, default_of};
use crate::select;

/// How a step can be undone.
#[derive(Clone, Debug, PartialEq)]
pub enum Undo {
    /// As the runbook says.
    Written,
    /// The runbook says nothing; this would fit.
    Suggested(Box<Action>),
    /// It changes nothing that would have to be undone.
    NotNeeded,
    /// None is known: why.
    Unknown(&'static str),
}

fn said<T>(value: T) -> Spanned<T> {
    Spanned {
        value,
        span: Span::default(),
    }
}

/// How this step, which begins now, can be undone.
pub(crate) fn of(step: &Step, world: &World, estate: &Estate, now: &Picture) -> Undo {
    if step.undo.is_some() {
        return Undo::Written;
    }
    let nodes = |nodes: &Nodes| select::nodes(world, estate, nodes);
    match &step.action.value {
        Action::Wait(_) | Action::Approve { .. } | Action::Abort(_) | Action::Command(_) => {
            Undo::NotNeeded
        }
        // Leaders that moved are no less safe where they are.
        Action::ElectLeaders(_) => Undo::NotNeeded,
        Action::Stop(which) | Action::Kill(which) => {
            suggest(Action::Start(start(lasting(which, &nodes(which), estate))))
        }
        Action::Start(wanted) => undo_start(wanted, &nodes(&wanted.nodes), world, estate, now),
        Action::Roll(roll) => undo_roll(roll, &nodes(&roll.nodes), estate, now),
        Action::SetConfig(set) => undo_config(set, world, estate, now),
        Action::EditProperties(edit) => undo_edit(edit, &nodes(&edit.nodes), now),
        // An older client speaks to these brokers as well as it did before.
        Action::UpgradeClients(_) => Undo::NotNeeded,
        Action::Features(features) => undo_features(features, now),
        Action::Format(_) => Undo::Unknown("what was on formatted disks is gone"),
    }
}

fn suggest(action: Action) -> Undo {
    Undo::Suggested(Box::new(action))
}

/// The same nodes at a later moment: "the active controller" is another one by then.
fn lasting(which: &Nodes, nodes: &[NodeIx], estate: &Estate) -> Nodes {
    match which {
        Nodes::ActiveController => Nodes::These(
            nodes
                .iter()
                .map(|&node| said(estate.nodes[node as usize].id))
                .collect(),
        ),
        lasting => lasting.clone(),
    }
}

fn start(nodes: Nodes) -> Start {
    Start {
        nodes: said(nodes),
        version: None,
        settings: Settings::new(),
        until: said(Started::Port),
    }
}

/// The version that all of these run, if it is one.
fn common_version(nodes: &[NodeIx], now: &Picture) -> Option<VersionName> {
    let first = now.version(*nodes.first()?);
    nodes
        .iter()
        .all(|&node| now.version(node) == first)
        .then(|| VersionName(first.to_string()))
}

/// What these settings are now; `None`: not the same on all nodes, or one that cannot be written down.
fn settings_now(names: &Settings, nodes: &[NodeIx], now: &Picture) -> Option<Settings> {
    let mut all = Settings::new();
    for name in names.keys() {
        let mut values = nodes.iter().map(|&node| {
            now.settings(node)
                .get(&name.value)
                .cloned()
                .or_else(|| default_of(now.version(node), &name.value))
        });
        let first = values.next()??;
        if values.any(|value| value.as_ref() != Some(&first)) {
            return None;
        }
        all.insert(said(name.value.clone()), said(first));
    }
    Some(all)
}

fn undo_roll(roll: &Roll, nodes: &[NodeIx], estate: &Estate, now: &Picture) -> Undo {
    if roll.back || roll.to.is_none() && roll.settings.is_empty() {
        // What goes back to the start leads to where we want to be; a restart leaves nothing behind.
        return Undo::NotNeeded;
    }
    let to = match &roll.to {
        Some(_) => match common_version(nodes, now) {
            Some(version) => Some(said(version)),
            None => return Undo::Unknown("its nodes did not all run the same version before"),
        },
        None => None,
    };
    let Some(settings) = settings_now(&roll.settings, nodes, now) else {
        return Undo::Unknown("its nodes did not all have the same settings before");
    };
    suggest(Action::Roll(Box::new(Roll {
        nodes: said(lasting(&roll.nodes, nodes, estate)),
        to,
        settings,
        ..roll.clone()
    })))
}

fn undo_start(
    wanted: &Start,
    nodes: &[NodeIx],
    world: &World,
    estate: &Estate,
    now: &Picture,
) -> Undo {
    let ran = nodes
        .iter()
        .filter(|&&node| world.process_exists(node))
        .count();
    if ran == nodes.len() {
        // Starting what runs changes nothing.
        return Undo::NotNeeded;
    }
    if wanted.version.is_some() || !wanted.settings.is_empty() {
        // They come back as something else than they were: roll them to what they were.
        return undo_roll(&as_roll(wanted), nodes, estate, now);
    }
    if ran > 0 {
        return Undo::Unknown("some of its nodes ran before and some did not");
    }
    suggest(Action::Stop(lasting(&wanted.nodes, nodes, estate)))
}

/// The lines as they were; those that were not there are taken out.
fn undo_edit(edit: &EditProperties, nodes: &[NodeIx], now: &Picture) -> Undo {
    let mut settings = Settings::new();
    let mut remove = Vec::new();
    for name in edit.settings.keys().chain(&edit.remove) {
        let mut values = nodes
            .iter()
            .map(|&node| now.settings(node).get(&name.value));
        let first = values.next().flatten();
        if values.any(|value| value != first) {
            return Undo::Unknown("its nodes did not all have the same settings before");
        }
        match first {
            Some(value) => {
                settings.insert(said(name.value.clone()), said(value.clone()));
            }
            None => remove.push(said(name.value.clone())),
        }
    }
    suggest(Action::EditProperties(EditProperties {
        nodes: edit.nodes.clone(),
        settings,
        remove,
    }))
}

/// A start with another version or other settings, as the roll that does the same to nodes that run.
fn as_roll(start: &Start) -> Roll {
    Roll {
        nodes: start.nodes.clone(),
        to: start.version.clone(),
        settings: start.settings.clone(),
        order: said(Order::ById),
        batch: said(1),
        stop: said(StopKind::Graceful),
        down: said(Nanos(0)),
        pause: said(Nanos(0)),
        until: start.until,
        elect_preferred: said(false),
        back: false,
    }
}

fn undo_config(set: &SetConfig, world: &World, estate: &Estate, now: &Picture) -> Undo {
    if !set.remove.is_empty() {
        return Undo::Unknown("what its deleted settings were is not known");
    }
    let brokers: Vec<NodeIx> = (0..estate.nodes.len() as NodeIx)
        .filter(|&node| estate.nodes[node as usize].broker)
        .collect();
    let settings = match &set.on.value {
        ConfigTarget::Brokers => settings_now(&set.settings, &brokers, now),
        ConfigTarget::Node(id) => estate
            .node(id.value)
            .and_then(|node| settings_now(&set.settings, &[node], now)),
        ConfigTarget::Topic(topic) => topic_settings_now(set, &topic.value, world, estate, now),
    };
    match settings {
        Some(settings) => suggest(Action::SetConfig(SetConfig {
            on: set.on.clone(),
            settings,
            remove: Vec::new(),
        })),
        None => Undo::Unknown("what was set before is not known"),
    }
}

/// What a topic's settings are now, as far as the world has them; the others have their defaults.
fn topic_settings_now(
    set: &SetConfig,
    topic: &str,
    world: &World,
    estate: &Estate,
    now: &Picture,
) -> Option<Settings> {
    let at = estate.topic(topic)?;
    let first = world.partition(world.partition_of(at, 0)?);
    let version = now.version(world.active_controller()?);
    let release = facts::of(&version.to_string()).ok()?;
    let known: BTreeMap<&str, String> = BTreeMap::from([
        ("min.insync.replicas", first.min_isr.to_string()),
        ("unclean.leader.election.enable", first.unclean.to_string()),
        ("segment.bytes", world.segment_bytes(at).to_string()),
    ]);
    let mut settings = Settings::new();
    for name in set.settings.keys() {
        let value = match known.get(name.value.as_str()) {
            Some(value) => value.clone(),
            None => release
                .topic()
                .default(&name.value)
                .ok()?
                .value()
                .as_text()?,
        };
        settings.insert(said(name.value.clone()), said(value));
    }
    Some(settings)
}

/// Features go back to what is finalized now.
fn undo_features(features: &Features, now: &Picture) -> Undo {
    let direction = match features.direction {
        Direction::Upgrade => Direction::Downgrade,
        Direction::Downgrade | Direction::UnsafeDowngrade => Direction::Upgrade,
    };
    let level = |name: &str| now.levels().get(name).copied().unwrap_or(0);
    let metadata = facts::metadata_version_of_level(level(METADATA_VERSION));
    let to = match &features.to {
        Levels::Each(levels) => Levels::Each(
            levels
                .keys()
                .map(|name| {
                    let level = u32::try_from(level(&name.value)).unwrap_or(0);
                    (said(name.value.clone()), said(level))
                })
                .collect(),
        ),
        Levels::Release(_) | Levels::Metadata(_) | Levels::Newest => match metadata {
            Some(version) => Levels::Metadata(said(version.name().to_owned())),
            None => return Undo::Unknown("the level that was finalized before has no name"),
        },
    };
    suggest(Action::Features(Box::new(Features {
        direction,
        to,
        tool: features.tool.clone(),
    })))
}
