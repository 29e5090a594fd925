//! Actions on what stands in `server.properties` and on the versions of clients.
//!
//! In ZooKeeper mode the version in which brokers talk to each other is a line of that file (`inter.broker.protocol.version`): it is
//! pinned before the binaries change, and raised by a second roll (Kafka documentation, "Upgrading").

use super::context::{Lower, spanned};
use super::fields::{Field, Fields, Table};
use crate::defaults;
use crate::model::{Action, EditProperties, Nodes, Settings, Spanned, UpgradeClients};
use crate::syntax::Node;

/// The setting that `Pin`, `Unpin` and `ChangeIbp` write.
pub(crate) const INTER_BROKER_PROTOCOL: &str = "inter.broker.protocol.version";

const PROTOCOL: Field = Field::first("to")
    .also(&["version", "protocol", "at"])
    .like("\"2.8\"");
const NODES: Field = Field::named("nodes").also(&["node", "brokers", "on"]);

pub(super) const PIN: Table = Table {
    what: "Pin",
    fields: &[PROTOCOL, NODES],
};
pub(super) const UNPIN: Table = Table {
    what: "Unpin",
    fields: &[NODES],
};
pub(super) const CHANGE_IBP: Table = Table {
    what: "ChangeIbp",
    fields: &[
        PROTOCOL,
        NODES,
        Field::named("order").also(&["by"]),
        Field::named("batch").also(&["batch_size", "max_unavailable", "at_once"]),
        Field::named("stop").also(&["how"]),
        Field::named("down").also(&["downtime", "install"]),
        Field::named("pause").also(&["settle", "wait", "soak"]),
        Field::named("until"),
        Field::named("elect_preferred").also(&["elect_leaders", "preferred"]),
    ],
};
pub(super) const EDIT_PROPERTIES: Table = Table {
    what: "EditProperties",
    fields: &[
        Field::first("nodes")
            .also(&["node", "brokers", "on"])
            .like("Brokers, settings: { … }"),
        Field::named("settings").also(&["config", "configs", "properties"]),
        Field::named("remove").also(&["delete", "without"]),
    ],
};
pub(super) const UPGRADE_CLIENTS: Table = Table {
    what: "UpgradeClients",
    fields: &[
        Field::named("groups").also(&["group", "consumers"]),
        Field::named("producers").also(&["producer"]),
        Field::named("to")
            .also(&["version", "kafka"])
            .like("\"4.1.2\""),
        Field::named("down").also(&["downtime"]),
        Field::named("pause").also(&["settle", "wait"]),
    ],
};

impl Lower<'_> {
    /// One of the actions above; `None` if the word is another one.
    pub(super) fn version_action(&mut self, word: &str, fields: &mut Fields<'_>) -> Option<Action> {
        Some(match word {
            "Pin" => {
                let settings = self.protocol(fields);
                Action::EditProperties(EditProperties {
                    nodes: self.nodes_or_brokers(fields),
                    settings,
                    remove: Vec::new(),
                })
            }
            "Unpin" => Action::EditProperties(EditProperties {
                nodes: self.nodes_or_brokers(fields),
                settings: Settings::new(),
                remove: vec![spanned(INTER_BROKER_PROTOCOL.to_owned(), fields.head)],
            }),
            "ChangeIbp" => {
                let settings = self.protocol(fields);
                let nodes = self.nodes_or_brokers(fields);
                Action::Roll(Box::new(self.roll_of(nodes, None, settings, fields)))
            }
            "EditProperties" => Action::EditProperties(EditProperties {
                nodes: self.main_nodes(fields),
                settings: fields
                    .optional(self, "settings", Self::settings)
                    .unwrap_or_default(),
                remove: fields
                    .optional(self, "remove", Self::setting_names)
                    .unwrap_or_default(),
            }),
            "UpgradeClients" => Action::UpgradeClients(UpgradeClients {
                groups: fields
                    .optional(self, "groups", Self::client_names)
                    .unwrap_or_default(),
                producers: fields
                    .optional(self, "producers", Self::client_names)
                    .unwrap_or_default(),
                to: fields.required(
                    self,
                    "to",
                    crate::model::VersionName(String::new()),
                    Self::version,
                ),
                down: fields.or(self, "down", &defaults::CLIENT_DOWN, Self::duration),
                pause: fields.or(self, "pause", &defaults::CLIENT_PAUSE, Self::duration),
            }),
            _ => return None,
        })
    }

    fn protocol(&mut self, fields: &mut Fields<'_>) -> Settings {
        let to = fields.required(self, "to", String::new(), Self::text);
        Settings::from([(spanned(INTER_BROKER_PROTOCOL.to_owned(), fields.head), to)])
    }

    fn nodes_or_brokers(&mut self, fields: &mut Fields<'_>) -> Spanned<Nodes> {
        fields
            .optional(self, "nodes", Self::nodes)
            .unwrap_or(spanned(Nodes::Brokers, fields.head))
    }

    fn client_names(&mut self, node: &Node) -> Vec<Spanned<String>> {
        self.list(node, "names", Self::text)
    }

    /// `["retention.ms"]`
    pub(super) fn setting_names(&mut self, node: &Node) -> Vec<Spanned<String>> {
        self.list(node, "names of settings", Self::text)
    }
}
