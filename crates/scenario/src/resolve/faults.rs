//! Faults hit what exists.

use super::{Resolver, counted};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Fault, FaultKind, Span, Target, When};

impl Resolver<'_> {
    pub(super) fn faults(&mut self) {
        for fault in &self.scenario.faults {
            self.fault_kind(fault);
            match &fault.at.value {
                When::During { step, .. } => self.step(step),
                When::Nth {
                    of,
                    node: Some(node),
                    ..
                } => {
                    if of.has_node() {
                        self.node(node);
                    } else {
                        self.report(
                            Diagnostic::error(
                                Code::UnknownReference,
                                node.span,
                                "That happens to partitions, not to a node; leave `node` out.",
                            )
                            .labelled("a node"),
                        );
                    }
                }
                _ => {}
            }
        }
    }

    fn fault_kind(&mut self, fault: &Fault) {
        let span = fault.kind.span;
        match &fault.kind.value {
            FaultKind::Kill(node)
            | FaultKind::Hang(node)
            | FaultKind::HostGone(node)
            | FaultKind::GcPause(node)
            | FaultKind::MoveController(node)
            | FaultKind::DiskFull(node)
            | FaultKind::SlowStart { node, .. }
            | FaultKind::CrashLoop { node, .. }
            | FaultKind::LongRecovery { node, .. }
            | FaultKind::DiskSlow { node, .. }
            | FaultKind::SomebodyRestarts(node) => self.target(node, span),
            FaultKind::WrongBinary { node, .. } | FaultKind::OldNodeReturns { node, .. } => {
                self.target(node, span)
            }
            FaultKind::EarlyBump { .. } | FaultKind::WrongTool { .. } => {}
            FaultKind::KillActiveController | FaultKind::QuorumLoss => {}
            FaultKind::Cut { from, to, .. } | FaultKind::SlowLink { from, to, .. } => {
                self.nodes(from);
                to.iter().for_each(|to| self.nodes(to));
            }
            FaultKind::ForgottenWait { step }
            | FaultKind::OperatorTooFast { step, .. }
            | FaultKind::OperatorLate { step, .. }
            | FaultKind::StepSkipped { step }
            | FaultKind::StepTwice { step } => self.step(step),
            FaultKind::NodeFirst { step, node } => {
                self.step(step);
                self.node(node);
            }
            FaultKind::StepEarly { step, before } => {
                self.step(step);
                self.step(before);
            }
            FaultKind::KillMember { group, member } => {
                let Some(known) = self.group(group) else {
                    return;
                };
                if *member > known.members.value && self.broken.is_sound(&known.members) {
                    self.report(
                        Diagnostic::error(
                            Code::UnknownReference,
                            span,
                            format!(
                                "`{}` has no member {member}; it has {}.",
                                group.value,
                                counted(known.members.value as usize, "member")
                            ),
                        )
                        .labelled("members are numbered from 1")
                        .also(known.members.span, "their number"),
                    );
                }
            }
        }
    }

    fn target(&mut self, target: &Target, span: Span) {
        match target {
            Target::Node(id) => self.node(id),
            Target::Leader { topic, partition } => self.partition(topic, *partition, span),
            Target::Current
            | Target::OtherBroker
            | Target::AnyBroker
            | Target::ActiveController => {}
        }
    }
}
