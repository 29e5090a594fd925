//! Steps and actions in their only form.

use super::{Written, call, list, list_if_any, map_if_any, optional, quote};
use crate::model::{
    Action, ConfigTarget, EditProperties, ElectLeaders, ElectionKind, Nodes, OnTimeout, Order,
    Roll, SetConfig, Start, Started, Step, StopKind, UpgradeClients,
};

impl Written for Step {
    fn written(&self) -> String {
        call(
            "",
            [
                ("step", self.name.written()),
                ("do", self.action.written()),
                ("before", list_if_any(&self.before)),
                ("during", list_if_any(&self.during)),
                ("between", list_if_any(&self.between)),
                ("after", list_if_any(&self.after)),
                ("undo", optional(&self.undo)),
                ("within", optional(&self.within)),
                ("on_timeout", self.on_timeout.written()),
                (
                    "needs",
                    self.needs
                        .as_ref()
                        .map(|steps| list(steps))
                        .unwrap_or_default(),
                ),
            ],
        )
    }
}

impl Written for OnTimeout {
    fn written(&self) -> String {
        match self {
            Self::Abort => "Abort".into(),
            Self::Undo => "Undo".into(),
            Self::GoOn => "GoOn".into(),
            Self::Ask(after) => call("Ask", [("after", after.written())]),
        }
    }
}

impl Written for Action {
    fn written(&self) -> String {
        match self {
            Self::Stop(nodes) => call("Stop", [("nodes", nodes.written())]),
            Self::Start(start) => start.written(),
            Self::Kill(nodes) => call("Kill", [("nodes", nodes.written())]),
            Self::Roll(roll) => roll.written(),
            Self::SetConfig(set) => set.written(),
            Self::EditProperties(edit) => edit.written(),
            Self::UpgradeClients(clients) => clients.written(),
            Self::ElectLeaders(elect) => elect.written(),
            Self::Features(features) => features.written(),
            Self::Format(format) => format.written(),
            Self::Wait(time) => call("Wait", [("for", time.written())]),
            Self::Approve { question, after } => call(
                "Approve",
                [("question", question.written()), ("after", after.written())],
            ),
            Self::Abort(why) => call("Abort", [("why", why.written())]),
            Self::Command(command) => call(
                "Command",
                [
                    ("line", command.line.written()),
                    ("tools", optional(&command.tools)),
                ],
            ),
        }
    }
}

impl Written for Nodes {
    fn written(&self) -> String {
        match self {
            Self::Brokers => "Brokers".into(),
            Self::Controllers => "Controllers".into(),
            Self::All => "All".into(),
            Self::ActiveController => "ActiveController".into(),
            Self::Rack(rack) => format!("Rack({})", quote(rack)),
            Self::These(ids) => list(ids),
        }
    }
}

impl Written for Start {
    fn written(&self) -> String {
        call(
            "Start",
            [
                ("nodes", self.nodes.written()),
                ("version", optional(&self.version)),
                ("settings", map_if_any(&self.settings)),
                ("until", self.until.written()),
            ],
        )
    }
}

impl Written for Started {
    fn written(&self) -> String {
        match self {
            Self::Process => "Process".into(),
            Self::Port => "Port".into(),
        }
    }
}

impl Written for Roll {
    fn written(&self) -> String {
        call(
            if self.back { "RollBack" } else { "Roll" },
            [
                ("nodes", self.nodes.written()),
                ("to", optional(&self.to)),
                ("settings", map_if_any(&self.settings)),
                ("order", self.order.written()),
                ("batch", self.batch.written()),
                ("stop", self.stop.written()),
                ("down", self.down.written()),
                ("pause", self.pause.written()),
                ("until", self.until.written()),
                ("elect_preferred", self.elect_preferred.written()),
            ],
        )
    }
}

impl Written for Order {
    fn written(&self) -> String {
        match self {
            Self::ById => "ById",
            Self::ByRack => "ByRack",
            Self::ActiveControllerLast => "ActiveControllerLast",
            Self::ControllersFirst => "ControllersFirst",
            Self::AsListed => "AsListed",
            Self::Descending => "Descending",
        }
        .into()
    }
}

impl Written for StopKind {
    fn written(&self) -> String {
        match self {
            Self::Graceful => "Graceful".into(),
            Self::Kill => "Kill".into(),
        }
    }
}

impl Written for SetConfig {
    fn written(&self) -> String {
        call(
            "SetConfig",
            [
                ("on", self.on.written()),
                (
                    "settings",
                    if self.remove.is_empty() {
                        self.settings.written()
                    } else {
                        map_if_any(&self.settings)
                    },
                ),
                ("remove", list_if_any(&self.remove)),
            ],
        )
    }
}

impl Written for EditProperties {
    fn written(&self) -> String {
        call(
            "EditProperties",
            [
                ("nodes", self.nodes.written()),
                ("settings", map_if_any(&self.settings)),
                ("remove", list_if_any(&self.remove)),
            ],
        )
    }
}

impl Written for UpgradeClients {
    fn written(&self) -> String {
        call(
            "UpgradeClients",
            [
                ("groups", list_if_any(&self.groups)),
                ("producers", list_if_any(&self.producers)),
                ("to", self.to.written()),
                ("down", self.down.written()),
                ("pause", self.pause.written()),
            ],
        )
    }
}

impl Written for ConfigTarget {
    fn written(&self) -> String {
        match self {
            Self::Brokers => "Brokers".into(),
            Self::Node(id) => format!("Node({})", id.written()),
            Self::Topic(topic) => format!("Topic({})", quote(topic)),
        }
    }
}

impl Written for ElectLeaders {
    fn written(&self) -> String {
        call(
            "ElectLeaders",
            [
                ("kind", self.kind.written()),
                ("topic", optional(&self.topic)),
                ("partition", optional(&self.partition)),
            ],
        )
    }
}

impl Written for ElectionKind {
    fn written(&self) -> String {
        match self {
            Self::Preferred => "Preferred".into(),
            Self::Unclean => "Unclean".into(),
        }
    }
}
