//! Actions on finalized features.

use std::collections::BTreeMap;

use super::context::{Lower, spanned};
use super::fields::{Field, Fields, Table};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Action, Direction, Features, Format, Levels, Nodes, Spanned};
use crate::syntax::Node;

const RELEASE: Field = Field::first("release")
    .also(&["release_version", "version", "to"])
    .like("\"4.1\"");
const METADATA: Field = Field::named("metadata").also(&["metadata_version"]);
const FEATURES: Field = Field::named("features").also(&["feature", "levels"]);
const TOOL: Field = Field::named("tool").also(&["with", "tool_version"]);

pub(super) const UPGRADE: Table = Table {
    what: "UpgradeFeatures",
    fields: &[RELEASE, METADATA, FEATURES, TOOL],
};
pub(super) const DOWNGRADE: Table = Table {
    what: "DowngradeFeatures",
    fields: &[
        RELEASE,
        METADATA,
        FEATURES,
        Field::named("unsafe").also(&["force"]),
        TOOL,
    ],
};
pub(super) const FINALIZE: Table = Table {
    what: "Finalize",
    fields: &[TOOL],
};
pub(super) const FORMAT: Table = Table {
    what: "Format",
    fields: &[
        Field::first("nodes").also(&["node", "on"]).like("[4]"),
        RELEASE,
    ],
};

/// Levels are 16-bit numbers in Kafka.
const HIGHEST_LEVEL: u32 = i16::MAX as u32;

impl Lower<'_> {
    /// One of the actions above; `None` if the word is another one.
    pub(super) fn feature_action(&mut self, word: &str, fields: &mut Fields<'_>) -> Option<Action> {
        let direction = match word {
            "UpgradeFeatures" => Direction::Upgrade,
            "DowngradeFeatures" => {
                let forced = fields.optional(self, "unsafe", Self::boolean);
                if forced.is_some_and(|forced| forced.value) {
                    Direction::UnsafeDowngrade
                } else {
                    Direction::Downgrade
                }
            }
            "Finalize" => {
                return Some(Action::Features(Box::new(Features {
                    direction: Direction::Upgrade,
                    to: Levels::Newest,
                    tool: fields.optional(self, "tool", Self::version),
                })));
            }
            "Format" => {
                return Some(Action::Format(Format {
                    nodes: fields.required(self, "nodes", Nodes::Brokers, Self::nodes),
                    release: fields.optional(self, "release", Self::text),
                }));
            }
            _ => return None,
        };
        let release = fields.optional(self, "release", Self::text);
        let metadata = fields.optional(self, "metadata", Self::text);
        let each = fields.optional(self, "features", Self::levels);
        let tool = fields.optional(self, "tool", Self::version);
        let given = [release.is_some(), metadata.is_some(), each.is_some()];
        if given.iter().filter(|given| **given).count() != 1 {
            self.report(
                Diagnostic::error(
                    Code::Contradiction,
                    fields.head,
                    format!("`{word}` takes one of `release`, `metadata` and `features`."),
                )
                .labelled("which levels?")
                .note("A release sets every feature that belongs to it: `release: \"4.1\"`."),
            );
        }
        let to = match (release, metadata, each) {
            (Some(release), ..) => Levels::Release(release),
            (None, Some(metadata), _) => Levels::Metadata(metadata),
            (None, None, each) => Levels::Each(each.unwrap_or_default()),
        };
        Some(Action::Features(Box::new(Features {
            direction,
            to,
            tool,
        })))
    }

    /// `{"group.version": 1}`
    pub(super) fn levels(&mut self, node: &Node) -> BTreeMap<Spanned<String>, Spanned<u32>> {
        self.map(
            node,
            "levels of features",
            |lower, node| {
                let name = lower.key(node);
                spanned(name.value, node.span)
            },
            |lower, _, node| Some(lower.count(node, "a level", 0, HIGHEST_LEVEL)),
        )
        .unwrap_or_default()
    }
}
