//! Which nodes are meant: `Brokers`, `[1, 2]`, `2`, `Rack("a")`, `Leader("orders", 3)`.

use super::context::{Lower, spanned};
use super::fields::{Choice, Field, Table};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{NodeId, NodeIds, Nodes, Span, Spanned, Target};
use crate::syntax::{Kind, Node};

const fn word(what: &'static str) -> Table {
    Table { what, fields: &[] }
}

static NODES: Choice = Choice {
    what: "a set of nodes",
    variants: &[
        word("Brokers"),
        word("Controllers"),
        word("All"),
        word("ActiveController"),
        Table {
            what: "Rack",
            fields: &[Field::first("rack").like("\"a\"")],
        },
        Table {
            what: "These",
            fields: &[Field::first("nodes").like("[1, 2]")],
        },
    ],
    others: &[
        ("Node", "These"),
        ("Nodes", "These"),
        ("Everything", "All"),
        ("AllNodes", "All"),
        ("AllBrokers", "Brokers"),
        ("Broker", "Brokers"),
        ("Controller", "Controllers"),
        ("Leader", "ActiveController"),
    ],
};

static TARGET: Choice = Choice {
    what: "the node that a fault hits",
    variants: &[
        Table {
            what: "Node",
            fields: &[Field::first("node").like("2")],
        },
        word("Current"),
        word("OtherBroker"),
        word("AnyBroker"),
        Table {
            what: "Leader",
            fields: &[
                Field::first("topic").like("\"orders\", 3"),
                Field::first("partition").like("\"orders\", 3"),
            ],
        },
        word("ActiveController"),
    ],
    others: &[
        ("Broker", "Node"),
        ("This", "Current"),
        ("Other", "OtherBroker"),
        ("Any", "AnyBroker"),
        ("Random", "AnyBroker"),
        ("Controller", "ActiveController"),
    ],
};

impl Lower<'_> {
    pub(super) fn nodes(&mut self, node: &Node) -> Spanned<Nodes> {
        match &node.kind {
            Kind::Number(_) => {
                let id = self.node_id(node);
                return spanned(Nodes::These(vec![id]), node.span);
            }
            Kind::List(_) => {
                let ids = self.id_list(node);
                return spanned(Nodes::These(ids), node.span);
            }
            Kind::Missing => return self.silent(node, Nodes::Brokers),
            _ => {}
        }
        let Some(mut chosen) = self.choose(node, &NODES) else {
            return self.silent(node, Nodes::Brokers);
        };
        let value = match chosen.word {
            "Controllers" => Nodes::Controllers,
            "All" => Nodes::All,
            "ActiveController" => Nodes::ActiveController,
            "Rack" => Nodes::Rack(
                chosen
                    .fields
                    .required(self, "rack", String::new(), Self::text),
            ),
            "These" => {
                let ids = chosen.fields.required_with(self, "nodes", Self::id_or_ids);
                match ids {
                    Some(ids) => Nodes::These(ids),
                    None => return self.silent(node, Nodes::Brokers),
                }
            }
            _ => Nodes::Brokers,
        };
        spanned(value, node.span)
    }

    fn id_or_ids(&mut self, node: &Node) -> Vec<Spanned<NodeId>> {
        match node.kind {
            Kind::Number(_) => vec![self.node_id(node)],
            _ => self.id_list(node),
        }
    }

    /// Node ids in brackets, at least one and each once.
    pub(super) fn id_list(&mut self, node: &Node) -> Vec<Spanned<NodeId>> {
        let ids = self.list(node, "node ids", Self::node_id);
        if matches!(&node.kind, Kind::List(items) if items.is_empty()) {
            self.broken.spans.insert(node.span);
            self.report(
                Diagnostic::error(Code::OutOfRange, node.span, "This list of nodes is empty.")
                    .labelled("expected at least one node id"),
            );
        }
        self.each_once(ids)
    }

    fn each_once(&mut self, ids: Vec<Spanned<NodeId>>) -> Vec<Spanned<NodeId>> {
        let mut seen: std::collections::BTreeMap<NodeId, Span> = std::collections::BTreeMap::new();
        let mut once = Vec::with_capacity(ids.len());
        for id in ids {
            if !self.broken.is_sound(&id) {
                continue;
            }
            match seen.get(&id.value) {
                Some(first) => {
                    let diagnostic = Diagnostic::error(
                        Code::DuplicateName,
                        id.span,
                        format!("Node {} is in this list twice.", id.value),
                    )
                    .labelled("the second time")
                    .also(*first, "the first time");
                    self.report(diagnostic);
                }
                None => {
                    seen.insert(id.value, id.span);
                    once.push(id);
                }
            }
        }
        once
    }

    /// `6` or `[1, 2, 5]`.
    pub(super) fn node_ids(&mut self, node: &Node, what: &str) -> Spanned<NodeIds> {
        match &node.kind {
            Kind::List(_) => {
                let ids = self.id_list(node);
                spanned(NodeIds::List(ids), node.span)
            }
            Kind::Number(_) => {
                let count = self.count(node, &format!("a number of {what}"), 0, u32::MAX);
                spanned(NodeIds::Count(count.value), node.span)
            }
            Kind::Missing => self.silent(node, NodeIds::Count(1)),
            _ => {
                let diagnostic =
                    self.wrong_type(node, &format!("a number of {what} or a list of ids"));
                self.fail(node, NodeIds::Count(1), diagnostic)
            }
        }
    }

    pub(super) fn target(&mut self, node: &Node) -> Spanned<Target> {
        match &node.kind {
            Kind::Number(_) => {
                let id = self.node_id(node);
                return spanned(Target::Node(id), node.span);
            }
            Kind::Missing => return self.silent(node, Target::Current),
            Kind::List(_) => {
                let diagnostic = self
                    .wrong_type(node, "one node")
                    .note("A fault hits one node; several nodes are several faults.");
                return self.fail(node, Target::Current, diagnostic);
            }
            _ => {}
        }
        let Some(mut chosen) = self.choose(node, &TARGET) else {
            return self.silent(node, Target::Current);
        };
        let fields = &mut chosen.fields;
        let value = match chosen.word {
            "Node" => Target::Node(fields.required(self, "node", 0, Self::node_id)),
            "OtherBroker" => Target::OtherBroker,
            "AnyBroker" => Target::AnyBroker,
            "Leader" => Target::Leader {
                topic: fields.required(self, "topic", String::new(), Self::text),
                partition: fields.required(self, "partition", 0, Self::partition).value,
            },
            "ActiveController" => Target::ActiveController,
            _ => Target::Current,
        };
        spanned(value, node.span)
    }

    pub(super) fn partition(&mut self, node: &Node) -> Spanned<u32> {
        self.count(node, "a partition's number", 0, i32::MAX as u32)
    }
}
