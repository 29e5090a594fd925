//! What every rule file needs.

pub(super) use crate::case::{Case, given, means};
pub(super) use crate::walk::Moment;
pub(super) use crate::words::{self, millis, nanos};
pub(super) use crate::{Rule, Topic, Versions};
use scenario::Code;
pub(super) use scenario::Diagnostic;
pub(super) use scenario::model::{
    Action, Check, FaultKind, Gate, NodeId, Nodes, PromiseKind, Roll, Span, Through,
};

/// It happens on every run. The book puts the rule's name in.
pub(super) fn error(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(Code::Rule(""), span, message)
}

/// It may happen.
pub(super) fn warning(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::warning(Code::Rule(""), span, message)
}

/// An error if it is certain, else a warning.
pub(super) fn graded(certain: bool, span: Span, message: impl Into<String>) -> Diagnostic {
    match certain {
        true => error(span, message),
        false => warning(span, message),
    }
}

/// It tells whether every replica is in sync: at min ISR is under-replicated too where there is a replica to spare.
pub(super) fn sees_every_replica(gate: &Gate) -> bool {
    matches!(
        gate.check.value,
        Check::UnderReplicated { .. } | Check::AtMinIsr { .. }
    )
}

/// The gates that hold a roll between two nodes.
pub(super) fn between<'a>(moment: &'a Moment<'_>) -> impl Iterator<Item = &'a Gate> {
    moment.step.between.iter()
}
