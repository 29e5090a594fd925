//! Steps refer to what exists.

use super::Resolver;
use crate::diagnostic::{Code, Diagnostic};
use crate::lower::versions::INTER_BROKER_PROTOCOL;
use crate::model::{
    Action, Check, ConfigTarget, ElectLeaders, Gate, Nodes, Order, Roll, Span, Spanned, Step,
    Through,
};
use std::collections::BTreeMap;

impl Resolver<'_> {
    pub(super) fn runbook(&mut self) {
        let scenario = self.scenario;
        let mut names: BTreeMap<&str, Span> = BTreeMap::new();
        for step in &scenario.runbook {
            if let Some(first) = names
                .get(step.name.as_str())
                .filter(|_| self.broken.is_sound(&step.name))
            {
                self.report(
                    Diagnostic::error(Code::DuplicateName, step.name.span, format!("There are two steps `{}`.", step.name.value))
                        .labelled("the second one")
                        .also(*first, "the first one")
                        .note("Faults and other steps refer to a step by its name, so each needs its own."),
                );
            }
            names.entry(step.name.as_str()).or_insert(step.name.span);
            self.one_step(step);
        }
    }

    fn one_step(&mut self, step: &Step) {
        self.action(&step.action);
        step.undo.iter().for_each(|undo| self.action(undo));
        for gate in [&step.before, &step.during, &step.between, &step.after]
            .into_iter()
            .flatten()
        {
            self.gate(gate);
        }
        step.needs.iter().flatten().for_each(|name| self.step(name));
    }

    fn action(&mut self, action: &Spanned<Action>) {
        self.nothing_to_pin(action);
        match &action.value {
            Action::Stop(nodes) | Action::Kill(nodes) => self.nodes(nodes),
            Action::Start(start) => self.nodes(&start.nodes),
            Action::Roll(roll) => self.roll(roll),
            Action::SetConfig(set) => match &set.on.value {
                ConfigTarget::Brokers => {}
                ConfigTarget::Node(id) => self.node(id),
                ConfigTarget::Topic(topic) => {
                    self.topic(topic);
                }
            },
            Action::EditProperties(edit) => self.nodes(&edit.nodes),
            Action::UpgradeClients(clients) => {
                for group in &clients.groups {
                    self.group(group);
                }
                clients
                    .producers
                    .iter()
                    .for_each(|producer| self.producer(producer));
                if clients.groups.is_empty() && clients.producers.is_empty() {
                    self.report(
                        Diagnostic::error(Code::MissingField, action.span, "No client is named.")
                            .labelled("which clients?")
                            .note("Write `groups: [\"…\"]` or `producers: [\"…\"]`."),
                    );
                }
            }
            Action::ElectLeaders(elect) => self.election(elect),
            Action::Features(features) => self.features(features),
            Action::Format(format) => self.nodes(&format.nodes),
            Action::Wait(_) | Action::Approve { .. } | Action::Abort(_) | Action::Command(_) => {}
        }
    }

    /// In KRaft mode brokers pass over `inter.broker.protocol.version`: what they write follows from the finalized `metadata.version`.
    fn nothing_to_pin(&mut self, action: &Spanned<Action>) {
        let protocol = |name: &Spanned<String>| name.value == INTER_BROKER_PROTOCOL;
        let pins = match &action.value {
            Action::EditProperties(edit) => {
                edit.settings.keys().any(protocol) || edit.remove.iter().any(protocol)
            }
            Action::Roll(roll) => roll.settings.keys().any(protocol),
            Action::Start(start) => start.settings.keys().any(protocol),
            _ => false,
        };
        let clusters = &self.scenario.estate.clusters;
        let kraft = !clusters.is_empty() && clusters.values().all(|of| of.zookeeper.is_none());
        if pins && kraft && self.broken.is_sound(action) {
            self.report(
                Diagnostic::warning(
                    Code::Contradiction,
                    action.span,
                    "In KRaft mode there is nothing to pin.",
                )
                .labelled("a broker in KRaft mode passes over `inter.broker.protocol.version`")
                .note("What nodes write follows from `metadata.version`, which is finalized in the metadata log: new binaries leave it as it is until `UpgradeFeatures(release: \"…\")`."),
            );
        }
    }

    fn roll(&mut self, roll: &Roll) {
        self.nodes(&roll.nodes);
        if roll.batch.value == 0
            && roll.order.value != Order::ByRack
            && self.broken.is_sound(&roll.batch)
        {
            self.report(
                Diagnostic::error(Code::OutOfRange, roll.batch.span, "A batch has at least one node.")
                    .labelled("expected 1 or more")
                    .note("Only with `order: ByRack` does `batch: 0` have a meaning: a whole rack at once."),
            );
        }
        if roll.order.value == Order::AsListed
            && !matches!(roll.nodes.value, Nodes::These(_))
            && self.broken.is_sound(&roll.nodes)
        {
            self.report(
                Diagnostic::error(
                    Code::Contradiction,
                    roll.order.span,
                    "There is no list that this order could follow.",
                )
                .labelled("needs nodes like [3, 1, 2]")
                .also(roll.nodes.span, "the nodes"),
            );
        }
    }

    fn election(&mut self, elect: &ElectLeaders) {
        match (&elect.topic, &elect.partition) {
            (Some(topic), Some(partition)) => {
                self.partition(topic, partition.value, partition.span)
            }
            (Some(topic), None) => {
                self.topic(topic);
            }
            (None, Some(partition)) => self.report(
                Diagnostic::error(
                    Code::MissingField,
                    partition.span,
                    "A partition needs its topic.",
                )
                .labelled("of which topic?")
                .note("Write `topic: \"…\"` too."),
            ),
            (None, None) => {}
        }
    }

    fn gate(&mut self, gate: &Gate) {
        match &gate.check.value {
            Check::PortOpen(nodes) | Check::ProcessUp(nodes) | Check::NoLeaders(nodes) => {
                nodes.iter().for_each(|nodes| self.nodes(nodes))
            }
            Check::Finalized { feature, at_least } => {
                self.feature(feature);
                self.level(feature, at_least);
            }
            Check::Versions { nodes, .. } => nodes.iter().for_each(|nodes| self.nodes(nodes)),
            Check::Setting { name, nodes, .. } => {
                nodes.iter().for_each(|nodes| self.nodes(nodes));
                self.gate_setting(name);
            }
            Check::BytesIn { topic, .. } => {
                self.topic(topic);
            }
            Check::Lag { group, .. } | Check::LagGrown { group, .. } => {
                self.group(group);
            }
            Check::WritesOk { producer, .. } => self.producer(producer),
            Check::UnderReplicated { .. }
            | Check::UnderMinIsr { .. }
            | Check::AtMinIsr { .. }
            | Check::Offline { .. }
            | Check::AllBrokersUp
            | Check::MetadataSnapshot
            | Check::QuorumHealthy
            | Check::PreferredLeaders { .. } => {}
        }
        if let Through::Tool { via: Some(id), .. } = gate.through.value {
            self.broker(&Spanned {
                value: id,
                span: gate.through.span,
            });
        }
    }
}
