//! What an operator does.

use super::context::{Lower, spanned};
use super::fields::{Choice, Field, Fields, Table, Words};
use crate::defaults;
use crate::model::{
    Action, Command, ConfigTarget, ElectLeaders, ElectionKind, Nanos, Nodes, Order, Roll,
    SetConfig, Settings, Spanned, Start, Started, StopKind,
};
use crate::syntax::Node;

const NODES: Field = Field::first("nodes")
    .also(&["node", "brokers", "on"])
    .like("[2]");
const SETTINGS: Field = Field::named("settings").also(&["config", "configs", "properties"]);

static ACTION: Choice = Choice {
    what: "an action",
    variants: &[
        Table {
            what: "Stop",
            fields: &[NODES],
        },
        Table {
            what: "Start",
            fields: &[
                NODES,
                Field::named("version").also(&["to", "kafka"]),
                SETTINGS,
                Field::named("until"),
            ],
        },
        Table {
            what: "Kill",
            fields: &[NODES],
        },
        Table {
            what: "Roll",
            fields: &[
                Field::first("nodes")
                    .also(&["node", "brokers", "on"])
                    .like("Brokers, to: \"4.1.2\""),
                Field::named("to").also(&["version", "kafka", "target"]),
                SETTINGS,
                Field::named("order").also(&["by"]),
                Field::named("batch").also(&[
                    "batch_size",
                    "max_unavailable",
                    "parallel",
                    "at_once",
                ]),
                Field::named("stop").also(&["how"]),
                Field::named("down").also(&["downtime", "install"]),
                Field::named("pause").also(&["settle", "wait", "soak"]),
                Field::named("until"),
                Field::named("elect_preferred").also(&["elect_leaders", "preferred"]),
            ],
        },
        Table {
            what: "SetConfig",
            fields: &[
                Field::first("on")
                    .also(&["target", "entity"])
                    .like("Topic(\"orders\"), settings: { … }"),
                Field::first("settings")
                    .also(&["config", "configs", "properties"])
                    .like("Topic(\"orders\"), settings: { … }"),
                Field::named("remove").also(&["delete", "delete_config", "without"]),
            ],
        },
        Table {
            what: "ElectLeaders",
            fields: &[
                Field::first("kind")
                    .also(&["type", "election"])
                    .like("Preferred"),
                Field::named("topic"),
                Field::named("partition"),
            ],
        },
        super::versions::PIN,
        super::versions::UNPIN,
        super::versions::CHANGE_IBP,
        super::versions::EDIT_PROPERTIES,
        super::versions::UPGRADE_CLIENTS,
        Table {
            what: "RollBack",
            fields: &[
                NODES,
                Field::named("order").also(&["by"]),
                Field::named("batch").also(&["batch_size", "max_unavailable", "at_once"]),
                Field::named("stop").also(&["how"]),
                Field::named("down").also(&["downtime", "install"]),
                Field::named("pause").also(&["settle", "wait", "soak"]),
                Field::named("until"),
                Field::named("elect_preferred").also(&["elect_leaders", "preferred"]),
            ],
        },
        super::features::UPGRADE,
        super::features::DOWNGRADE,
        super::features::FINALIZE,
        super::features::FORMAT,
        Table {
            what: "Wait",
            fields: &[Field::first("for")
                .also(&["duration", "time"])
                .like("\"10m\"")],
        },
        Table {
            what: "Approve",
            fields: &[
                Field::first("question")
                    .also(&["ask", "text"])
                    .like("\"All dashboards green?\""),
                Field::named("after").also(&["takes"]),
            ],
        },
        Table {
            what: "Abort",
            fields: &[Field::first("why")
                .also(&["reason", "because"])
                .like("\"not worth the risk\"")],
        },
        Table {
            what: "Command",
            fields: &[
                Field::first("line")
                    .also(&["command", "run"])
                    .like("\"kafka-topics.sh --bootstrap-server broker-1:9092 --describe\""),
                Field::named("tools").also(&["version", "kafka"]),
            ],
        },
    ],
    others: &[
        ("Restart", "Roll"),
        ("Upgrade", "Roll"),
        ("RollingRestart", "Roll"),
        ("Downgrade", "Roll"),
        ("Rollback", "RollBack"),
        ("GoBack", "RollBack"),
        ("BumpIbp", "ChangeIbp"),
        ("RaiseIbp", "ChangeIbp"),
        ("PinProtocol", "Pin"),
        ("UpgradeClient", "UpgradeClients"),
        ("RollClients", "UpgradeClients"),
        ("EditConfig", "EditProperties"),
        ("FinalizeFeatures", "Finalize"),
        ("FinalizeUpgrade", "Finalize"),
        ("UpgradeMetadata", "UpgradeFeatures"),
        ("DowngradeMetadata", "DowngradeFeatures"),
        ("FormatStorage", "Format"),
        ("Sleep", "Wait"),
        ("Soak", "Wait"),
        ("Configure", "SetConfig"),
        ("Config", "SetConfig"),
        ("AlterConfig", "SetConfig"),
        ("Shutdown", "Stop"),
        ("Confirm", "Approve"),
        ("Manual", "Approve"),
        ("PreferredLeaderElection", "ElectLeaders"),
        ("ElectPreferred", "ElectLeaders"),
        ("Shell", "Command"),
        ("Exec", "Command"),
        ("Run", "Command"),
    ],
};

static STARTED: Words<Started> = Words {
    what: "a sign that a node has started",
    words: &[("Port", Started::Port), ("Process", Started::Process)],
    others: &[("PortOpen", "Port"), ("ProcessUp", "Process")],
};

static ORDER: Words<Order> = Words {
    what: "an order of nodes",
    words: &[
        ("ById", Order::ById),
        ("ByRack", Order::ByRack),
        ("ActiveControllerLast", Order::ActiveControllerLast),
        ("ControllersFirst", Order::ControllersFirst),
        ("AsListed", Order::AsListed),
        ("Descending", Order::Descending),
    ],
    others: &[
        ("Ascending", "ById"),
        ("Rack", "ByRack"),
        ("Reverse", "Descending"),
        ("LeaderLast", "ActiveControllerLast"),
    ],
};

static STOP_KIND: Words<StopKind> = Words {
    what: "a way to stop a node",
    words: &[("Graceful", StopKind::Graceful), ("Kill", StopKind::Kill)],
    others: &[
        ("Controlled", "Graceful"),
        ("Term", "Graceful"),
        ("Hard", "Kill"),
    ],
};

static ELECTION: Words<ElectionKind> = Words {
    what: "a kind of election",
    words: &[
        ("Preferred", ElectionKind::Preferred),
        ("Unclean", ElectionKind::Unclean),
    ],
    others: &[],
};

static CONFIG_TARGET: Choice = Choice {
    what: "something to configure",
    variants: &[
        Table {
            what: "Brokers",
            fields: &[],
        },
        Table {
            what: "Node",
            fields: &[Field::first("node").like("3")],
        },
        Table {
            what: "Topic",
            fields: &[Field::first("topic").like("\"orders\"")],
        },
    ],
    others: &[
        ("Broker", "Node"),
        ("Cluster", "Brokers"),
        ("All", "Brokers"),
    ],
};

/// More nodes at once than any cluster has.
const LARGEST_BATCH: u32 = 10_000;

impl Lower<'_> {
    pub(super) fn action(&mut self, node: &Node) -> Spanned<Action> {
        let Some(mut chosen) = self.choose(node, &ACTION) else {
            return self.silent(node, Action::Wait(spanned(Nanos(0), node.span)));
        };
        let fields = &mut chosen.fields;
        if let Some(action) = self.feature_action(chosen.word, fields) {
            return spanned(action, node.span);
        }
        if let Some(action) = self.version_action(chosen.word, fields) {
            return spanned(action, node.span);
        }
        let action = match chosen.word {
            "Stop" => Action::Stop(self.main_nodes(fields).value),
            "Kill" => Action::Kill(self.main_nodes(fields).value),
            "Start" => Action::Start(Start {
                nodes: self.main_nodes(fields),
                version: fields.optional(self, "version", Self::version),
                settings: fields
                    .optional(self, "settings", Self::settings)
                    .unwrap_or_default(),
                until: fields.or(self, "until", &defaults::UNTIL, |lower, node| {
                    lower.word(node, &STARTED)
                }),
            }),
            "Roll" => Action::Roll(Box::new(self.roll(fields))),
            "RollBack" => {
                let nodes = self.main_nodes(fields);
                let mut roll = self.roll_of(nodes, None, Settings::new(), fields);
                roll.back = true;
                Action::Roll(Box::new(roll))
            }
            "SetConfig" => {
                let remove = fields
                    .optional(self, "remove", Self::setting_names)
                    .unwrap_or_default();
                Action::SetConfig(SetConfig {
                    on: fields.required(self, "on", ConfigTarget::Brokers, Self::config_target),
                    settings: if remove.is_empty() {
                        fields.required_with(self, "settings", Self::settings)
                    } else {
                        fields.optional(self, "settings", Self::settings)
                    }
                    .unwrap_or_default(),
                    remove,
                })
            }
            "ElectLeaders" => Action::ElectLeaders(ElectLeaders {
                kind: fields.required(self, "kind", ElectionKind::Preferred, |lower, node| {
                    lower.word(node, &ELECTION)
                }),
                topic: fields.optional(self, "topic", Self::text),
                partition: fields.optional(self, "partition", Self::partition),
            }),
            "Approve" => Action::Approve {
                question: fields.required(self, "question", String::new(), Self::text),
                after: fields.or(self, "after", &defaults::APPROVE_AFTER, Self::duration),
            },
            "Command" => Action::Command(Command {
                line: fields.required(self, "line", String::new(), Self::text),
                tools: fields.optional(self, "tools", Self::version),
            }),
            "Abort" => Action::Abort(fields.required(self, "why", String::new(), Self::text)),
            _ => Action::Wait(fields.required(self, "for", Nanos(0), Self::duration)),
        };
        spanned(action, node.span)
    }

    pub(super) fn main_nodes(&mut self, fields: &mut Fields<'_>) -> Spanned<Nodes> {
        fields.required(self, "nodes", Nodes::Brokers, Self::nodes)
    }

    fn roll(&mut self, fields: &mut Fields<'_>) -> Roll {
        let nodes = self.main_nodes(fields);
        let to = fields.optional(self, "to", Self::version);
        let settings = fields.optional(self, "settings", Self::settings);
        self.roll_of(nodes, to, settings.unwrap_or_default(), fields)
    }

    /// How the nodes are taken one after the other.
    pub(super) fn roll_of(
        &mut self,
        nodes: Spanned<Nodes>,
        to: Option<Spanned<crate::model::VersionName>>,
        settings: Settings,
        fields: &mut Fields<'_>,
    ) -> Roll {
        Roll {
            nodes,
            to,
            settings,
            back: false,
            order: fields.or(self, "order", &defaults::ORDER, |lower, node| {
                lower.word(node, &ORDER)
            }),
            batch: fields.or(self, "batch", &defaults::BATCH, |lower, node| {
                lower.count(node, "a number of nodes at once", 0, LARGEST_BATCH)
            }),
            stop: fields.or(self, "stop", &defaults::STOP, |lower, node| {
                lower.word(node, &STOP_KIND)
            }),
            down: fields.or(self, "down", &defaults::DOWN, Self::duration),
            pause: fields.or(self, "pause", &defaults::PAUSE, Self::duration),
            until: fields.or(self, "until", &defaults::UNTIL, |lower, node| {
                lower.word(node, &STARTED)
            }),
            elect_preferred: fields.or(
                self,
                "elect_preferred",
                &defaults::ELECT_PREFERRED,
                Self::boolean,
            ),
        }
    }

    fn config_target(&mut self, node: &Node) -> Spanned<ConfigTarget> {
        let Some(mut chosen) = self.choose(node, &CONFIG_TARGET) else {
            return self.silent(node, ConfigTarget::Brokers);
        };
        let value = match chosen.word {
            "Node" => ConfigTarget::Node(chosen.fields.required(self, "node", 0, Self::node_id)),
            "Topic" => ConfigTarget::Topic(chosen.fields.required(
                self,
                "topic",
                String::new(),
                Self::text,
            )),
            _ => ConfigTarget::Brokers,
        };
        spanned(value, node.span)
    }
}
