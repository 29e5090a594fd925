//! A suggested undo as a person would write it into the file: what has its default is left out.

use scenario::model::{
    Action, ConfigTarget, Direction, Features, Levels, Nodes, Order, Roll, Settings, StopKind,
};

/// The action as it would stand behind `undo:`.
pub(crate) fn action(action: &Action) -> String {
    match action {
        Action::Stop(which) => format!("Stop({})", nodes(which)),
        Action::Start(start) => format!("Start({})", nodes(&start.nodes.value)),
        Action::Roll(wanted) => roll(wanted),
        Action::SetConfig(set) => {
            let on = match &set.on.value {
                ConfigTarget::Brokers => "Brokers".to_owned(),
                ConfigTarget::Node(id) => format!("Node({})", id.value),
                ConfigTarget::Topic(topic) => format!("Topic({:?})", topic.value),
            };
            format!("SetConfig(on: {on}, settings: {})", settings(&set.settings))
        }
        Action::EditProperties(edit) => {
            let mut parts = vec![nodes(&edit.nodes.value)];
            if !edit.settings.is_empty() {
                parts.push(format!("settings: {}", settings(&edit.settings)));
            }
            if !edit.remove.is_empty() {
                let names: Vec<String> = edit
                    .remove
                    .iter()
                    .map(|name| format!("{:?}", name.value))
                    .collect();
                parts.push(format!("remove: [{}]", names.join(", ")));
            }
            format!("EditProperties({})", parts.join(", "))
        }
        Action::Features(wanted) => features(wanted),
        other => crate::words::action(other),
    }
}

fn nodes(nodes: &Nodes) -> String {
    match nodes {
        Nodes::Brokers => "Brokers".to_owned(),
        Nodes::Controllers => "Controllers".to_owned(),
        Nodes::All => "All".to_owned(),
        Nodes::ActiveController => "ActiveController".to_owned(),
        Nodes::Rack(rack) => format!("Rack({:?})", rack.value),
        Nodes::These(ids) => {
            let ids: Vec<String> = ids.iter().map(|id| id.value.to_string()).collect();
            format!("[{}]", ids.join(", "))
        }
    }
}

fn settings(settings: &Settings) -> String {
    let all: Vec<String> = settings
        .iter()
        .map(|(name, value)| format!("{:?}: {:?}", name.value, value.value))
        .collect();
    format!("{{ {} }}", all.join(", "))
}

fn roll(roll: &Roll) -> String {
    let mut parts = vec![nodes(&roll.nodes.value)];
    if let Some(to) = &roll.to {
        parts.push(format!("to: {:?}", to.value.0));
    }
    if !roll.settings.is_empty() {
        parts.push(format!("settings: {}", settings(&roll.settings)));
    }
    let order = match &roll.order.value {
        Order::ById | Order::AsListed => None,
        Order::ByRack => Some("ByRack"),
        Order::ActiveControllerLast => Some("ActiveControllerLast"),
        Order::ControllersFirst => Some("ControllersFirst"),
        Order::Descending => Some("Descending"),
    };
    parts.extend(order.map(|order| format!("order: {order}")));
    if roll.batch.value != 1 {
        parts.push(format!("batch: {}", roll.batch.value));
    }
    if roll.stop.value == StopKind::Kill {
        parts.push("stop: Kill".to_owned());
    }
    format!("Roll({})", parts.join(", "))
}

fn features(features: &Features) -> String {
    let name = match features.direction {
        Direction::Upgrade => "UpgradeFeatures",
        Direction::Downgrade | Direction::UnsafeDowngrade => "DowngradeFeatures",
    };
    let to = match &features.to {
        Levels::Release(release) => format!("release: {:?}", release.value),
        Levels::Metadata(version) => format!("metadata: {:?}", version.value),
        Levels::Newest => return "Finalize".to_owned(),
        Levels::Each(levels) => {
            let all: Vec<String> = levels
                .iter()
                .map(|(name, level)| format!("{:?}: {}", name.value, level.value))
                .collect();
            format!("features: {{ {} }}", all.join(", "))
        }
    };
    format!("{name}({to})")
}
