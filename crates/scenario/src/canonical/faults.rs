//! Faults and their moments in their only form.

use super::{Written, call, list_if_any, optional, quote};
use crate::model::{Fault, FaultKind, Occurrence, Phase, Swarm, SwarmKind, Target, When};

impl Written for Fault {
    fn written(&self) -> String {
        call(
            "",
            [
                ("fault", self.kind.written()),
                ("at", self.at.written()),
                ("lasts", optional(&self.lasts)),
            ],
        )
    }
}

impl Written for FaultKind {
    fn written(&self) -> String {
        let hit = |name, node: &Target| call(name, [("node", node.written())]);
        match self {
            Self::Kill(node) => hit("Kill", node),
            Self::Hang(node) => hit("Hang", node),
            Self::HostGone(node) => hit("HostGone", node),
            Self::GcPause(node) => hit("GcPause", node),
            Self::MoveController(node) => hit("MoveController", node),
            Self::DiskFull(node) => hit("DiskFull", node),
            Self::SlowStart { node, by } => call(
                "SlowStart",
                [("node", node.written()), ("by", by.written())],
            ),
            Self::LongRecovery { node, by } => call(
                "LongRecovery",
                [("node", node.written()), ("by", by.written())],
            ),
            Self::CrashLoop { node, times, after } => call(
                "CrashLoop",
                [
                    ("node", node.written()),
                    ("times", times.written()),
                    ("after", after.written()),
                ],
            ),
            Self::DiskSlow { node, to_percent } => call(
                "DiskSlow",
                [
                    ("node", node.written()),
                    ("to_percent", to_percent.written()),
                ],
            ),
            Self::KillActiveController => "KillActiveController".into(),
            Self::QuorumLoss => "QuorumLoss".into(),
            Self::Cut { from, to, clients } => call(
                "Cut",
                [
                    ("from", from.written()),
                    ("to", optional(to)),
                    ("clients", clients.written()),
                ],
            ),
            Self::SlowLink { from, to, by } => call(
                "SlowLink",
                [
                    ("from", from.written()),
                    ("to", optional(to)),
                    ("by", by.written()),
                ],
            ),
            Self::ForgottenWait { step } => call("ForgottenWait", [("step", step.written())]),
            Self::OperatorTooFast { step, after } => call(
                "OperatorTooFast",
                [("step", step.written()), ("after", after.written())],
            ),
            Self::OperatorLate { step, by } => call(
                "OperatorLate",
                [("step", step.written()), ("by", by.written())],
            ),
            Self::NodeFirst { step, node } => call(
                "NodeFirst",
                [("step", step.written()), ("node", node.written())],
            ),
            Self::StepSkipped { step } => call("StepSkipped", [("step", step.written())]),
            Self::StepTwice { step } => call("StepTwice", [("step", step.written())]),
            Self::StepEarly { step, before } => call(
                "StepEarly",
                [("step", step.written()), ("before", before.written())],
            ),
            Self::SomebodyRestarts(node) => hit("SomebodyRestarts", node),
            Self::WrongBinary { node, version } => call(
                "WrongBinary",
                [("node", node.written()), ("version", version.written())],
            ),
            Self::OldNodeReturns { node, version } => call(
                "OldNodeReturns",
                [("node", node.written()), ("version", version.written())],
            ),
            Self::EarlyBump { release } => call("EarlyBump", [("release", release.written())]),
            Self::WrongTool { version } => call("WrongTool", [("version", version.written())]),
            Self::KillMember { group, member } => call(
                "KillMember",
                [("group", group.written()), ("member", member.written())],
            ),
        }
    }
}

impl Written for Target {
    fn written(&self) -> String {
        match self {
            Self::Node(id) => id.written(),
            Self::Current => "Current".into(),
            Self::OtherBroker => "OtherBroker".into(),
            Self::AnyBroker => "AnyBroker".into(),
            Self::Leader { topic, partition } => format!("Leader({}, {partition})", quote(topic)),
            Self::ActiveController => "ActiveController".into(),
        }
    }
}

impl Written for When {
    fn written(&self) -> String {
        match self {
            Self::At(after) => call("At", [("after", after.written())]),
            Self::During {
                step,
                nth,
                phase,
                after,
            } => call(
                "During",
                [
                    ("step", step.written()),
                    ("nth", optional(nth)),
                    ("phase", phase.written()),
                    ("after", after.written()),
                ],
            ),
            Self::Nth { n, of, node, after } => call(
                "Nth",
                [
                    ("n", n.written()),
                    ("of", of.written()),
                    ("node", optional(node)),
                    ("after", after.written()),
                ],
            ),
            Self::Between(from, to) => {
                call("Between", [("from", from.written()), ("to", to.written())])
            }
        }
    }
}

impl Written for Phase {
    fn written(&self) -> String {
        match self {
            Self::Stopping => "Stopping",
            Self::Stopped => "Stopped",
            Self::Starting => "Starting",
            Self::Recovering => "Recovering",
            Self::PortOpen => "PortOpen",
            Self::Waiting => "Waiting",
            Self::Done => "Done",
        }
        .into()
    }
}

impl Written for Occurrence {
    fn written(&self) -> String {
        match self {
            Self::Fenced => "Fenced",
            Self::Unfenced => "Unfenced",
            Self::LeaderChange => "LeaderChange",
            Self::IsrShrink => "IsrShrink",
            Self::IsrExpand => "IsrExpand",
            Self::ControllerActive => "ControllerActive",
            Self::Commit => "Commit",
            Self::ControllerLost => "ControllerLost",
            Self::Started => "Started",
            Self::Recovering => "Recovering",
            Self::PortOpen => "PortOpen",
            Self::Stopped => "Stopped",
            Self::Died => "Died",
        }
        .into()
    }
}

impl Written for Swarm {
    fn written(&self) -> String {
        call(
            "",
            [
                ("kinds", list_if_any(&self.kinds)),
                ("faults", optional(&self.faults)),
                ("from", optional(&self.from)),
                ("until", optional(&self.until)),
            ],
        )
    }
}

impl Written for SwarmKind {
    fn written(&self) -> String {
        format!("{self:?}")
    }
}
