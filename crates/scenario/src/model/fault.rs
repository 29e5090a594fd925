//! Faults: what goes wrong, to whom and when.

use super::{Nanos, NodeId, Nodes, Spanned, VersionName};

/// One thing that goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// What.
    pub kind: Spanned<FaultKind>,
    /// When it begins.
    pub at: Spanned<When>,
    /// How long it lasts. `None`: until the end, or its own default.
    pub lasts: Option<Spanned<Nanos>>,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum FaultKind {
    /// kill -9: the kernel closes its connections. With `lasts`, it is started again after that long.
    Kill(Target),
    /// SIGSTOP: connections stay open, nothing answers. With `lasts`, SIGCONT after that long.
    Hang(Target),
    /// The host is gone: packets disappear (black hole), and what was not flushed is lost.
    HostGone(Target),
    /// A garbage collection pause: like `Hang`, and always ends. `lasts` is needed.
    GcPause(Target),
    /// The next starts of the node take this much longer.
    SlowStart {
        /// Which node.
        node: Target,
        /// Added to the start of the process.
        by: Nanos,
    },
    /// The node dies `after` each start, `times` times.
    CrashLoop {
        /// Which node.
        node: Target,
        /// How often.
        times: u32,
        /// How long after its start.
        after: Nanos,
    },
    /// The next log recovery or log load of the node takes this much longer.
    LongRecovery {
        /// Which node.
        node: Target,
        /// Added to the recovery.
        by: Nanos,
    },
    /// Reads and writes of the node's disk run at this share of their rate.
    DiskSlow {
        /// Which node.
        node: Target,
        /// Percent of the normal rate, 1 to 99.
        to_percent: u32,
    },
    /// The (only) log directory has no space left.
    DiskFull(Target),
    /// Kill the active controller.
    KillActiveController,
    /// Kill controllers (in ZooKeeper mode: ZooKeeper servers) until there is no majority.
    QuorumLoss,
    /// ZooKeeper mode: `/controller` is deleted until this broker is the controller.
    MoveController(Target),
    /// No packet passes between the two sets (the second defaults to all other nodes); clients still reach both.
    Cut {
        /// One side.
        from: Nodes,
        /// The other.
        to: Option<Nodes>,
        /// Clients cannot reach `from` either. Default false.
        clients: bool,
    },
    /// Packets between the sets take this much longer, one way.
    SlowLink {
        /// One side.
        from: Nodes,
        /// The other.
        to: Option<Nodes>,
        /// Added latency, one way.
        by: Nanos,
    },
    /// The operator forgets the gates of a step.
    ForgottenWait {
        /// The step.
        step: Spanned<String>,
    },
    /// The operator does not wait for the between-gates to hold as long as they should: looks once and goes on after this long.
    OperatorTooFast {
        /// The step.
        step: Spanned<String>,
        /// How long the operator waits instead.
        after: Nanos,
    },
    /// The operator comes back late to a step: so much later after each node of a roll, or before the action of another step.
    OperatorLate {
        /// The step.
        step: Spanned<String>,
        /// How much later.
        by: Nanos,
    },
    /// The operator begins a roll with this node.
    NodeFirst {
        /// The step.
        step: Spanned<String>,
        /// The node.
        node: Spanned<NodeId>,
    },
    /// The operator leaves a step out.
    StepSkipped {
        /// The step.
        step: Spanned<String>,
    },
    /// The operator does a step twice.
    StepTwice {
        /// The step.
        step: Spanned<String>,
    },
    /// The operator does a step before another one that should come first.
    StepEarly {
        /// The step.
        step: Spanned<String>,
        /// The one that should have come before.
        before: Spanned<String>,
    },
    /// Somebody else restarts a node: SIGTERM, and a start as soon as its process is gone. It does not happen to a node that is not running.
    SomebodyRestarts(Target),
    /// The next start of the node is one of another version than meant (the wrong package on one host).
    WrongBinary {
        /// Which node.
        node: Target,
        /// The version it gets.
        version: Spanned<VersionName>,
    },
    /// An old host, or an old image, comes back in the place of the node: it is killed and started with this version.
    OldNodeReturns {
        /// Which node.
        node: Target,
        /// The version that comes back.
        version: Spanned<VersionName>,
    },
    /// Somebody raises the features before it is time, with what `kafka-features.sh` of the first broker has for this release.
    EarlyBump {
        /// The release line.
        release: Spanned<String>,
    },
    /// From then on the operator types on a host with tools of this version.
    WrongTool {
        /// The version of the tools.
        version: Spanned<VersionName>,
    },
    /// A member of a group is killed (`kill -9`); with `lasts` it is started again.
    KillMember {
        /// The group.
        group: Spanned<String>,
        /// Which member, from 1.
        member: u32,
    },
}

impl FaultKind {
    /// Its name in the language.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Kill(_) => "Kill",
            Self::Hang(_) => "Hang",
            Self::HostGone(_) => "HostGone",
            Self::GcPause(_) => "GcPause",
            Self::SlowStart { .. } => "SlowStart",
            Self::CrashLoop { .. } => "CrashLoop",
            Self::LongRecovery { .. } => "LongRecovery",
            Self::DiskSlow { .. } => "DiskSlow",
            Self::DiskFull(_) => "DiskFull",
            Self::KillActiveController => "KillActiveController",
            Self::QuorumLoss => "QuorumLoss",
            Self::MoveController(_) => "MoveController",
            Self::Cut { .. } => "Cut",
            Self::SlowLink { .. } => "SlowLink",
            Self::ForgottenWait { .. } => "ForgottenWait",
            Self::OperatorTooFast { .. } => "OperatorTooFast",
            Self::OperatorLate { .. } => "OperatorLate",
            Self::NodeFirst { .. } => "NodeFirst",
            Self::StepSkipped { .. } => "StepSkipped",
            Self::StepTwice { .. } => "StepTwice",
            Self::StepEarly { .. } => "StepEarly",
            Self::SomebodyRestarts(_) => "SomebodyRestarts",
            Self::WrongBinary { .. } => "WrongBinary",
            Self::OldNodeReturns { .. } => "OldNodeReturns",
            Self::EarlyBump { .. } => "EarlyBump",
            Self::WrongTool { .. } => "WrongTool",
            Self::KillMember { .. } => "KillMember",
        }
    }

    /// Is it a choice of the operator, which concerns a step? Then it has no moment of its own.
    pub fn concerns_a_step(&self) -> bool {
        matches!(
            self,
            Self::ForgottenWait { .. }
                | Self::OperatorTooFast { .. }
                | Self::OperatorLate { .. }
                | Self::NodeFirst { .. }
                | Self::StepSkipped { .. }
                | Self::StepTwice { .. }
                | Self::StepEarly { .. }
        )
    }
}

/// The node a fault hits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// This one.
    Node(Spanned<NodeId>),
    /// The node that the step at hand is working on.
    Current,
    /// A broker other than the one the step is working on, drawn by the seed.
    OtherBroker,
    /// Any broker, drawn by the seed.
    AnyBroker,
    /// The broker that leads this partition at that moment.
    Leader {
        /// Its topic.
        topic: Spanned<String>,
        /// Its number.
        partition: u32,
    },
    /// The active controller at that moment.
    ActiveController,
}

/// When a fault begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    /// This long after the first step begins (the settling time is not counted).
    At(Nanos),
    /// During a step.
    During {
        /// The step.
        step: Spanned<String>,
        /// Which node of a roll: the n-th in its order, from 1. `None`: the first.
        nth: Option<u32>,
        /// In which phase of that node. Default `Stopping`.
        phase: Phase,
        /// How long after the phase began. Default "0s".
        after: Nanos,
    },
    /// After the n-th occurrence (from 1) of something.
    Nth {
        /// How many times.
        n: u32,
        /// Of what.
        of: Occurrence,
        /// Only those of this node are counted. `None`: all.
        node: Option<Spanned<NodeId>>,
        /// How long after it. Default "0s".
        after: Nanos,
    },
    /// At a moment in this range of `At`, drawn by the seed.
    Between(Nanos, Nanos),
}

/// The phases of one node in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// From the stop command.
    Stopping,
    /// The process is gone.
    Stopped,
    /// From the start command.
    Starting,
    /// It reads its logs.
    Recovering,
    /// Its port is open.
    PortOpen,
    /// The gates after this node are being watched.
    Waiting,
    /// The step is over.
    Done,
}

/// Things that can be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Occurrence {
    /// A broker was fenced.
    Fenced,
    /// A broker was unfenced.
    Unfenced,
    /// A leader changed.
    LeaderChange,
    /// An ISR shrank.
    IsrShrink,
    /// An ISR grew.
    IsrExpand,
    /// A controller became active.
    ControllerActive,
    /// A metadata change was committed.
    Commit,
    /// The active controller was lost.
    ControllerLost,
    /// A process was started.
    Started,
    /// A broker reads its logs.
    Recovering,
    /// A node works and its port is open.
    PortOpen,
    /// A process ended by itself after a stop.
    Stopped,
    /// A process ended otherwise.
    Died,
}

impl Occurrence {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Fenced,
        Self::Unfenced,
        Self::LeaderChange,
        Self::IsrShrink,
        Self::IsrExpand,
        Self::ControllerActive,
        Self::Commit,
        Self::ControllerLost,
        Self::Started,
        Self::Recovering,
        Self::PortOpen,
        Self::Stopped,
        Self::Died,
    ];

    /// Does it happen to one node, so that those of a single node can be counted?
    pub fn has_node(self) -> bool {
        !matches!(
            self,
            Self::LeaderChange | Self::IsrShrink | Self::IsrExpand | Self::Commit
        )
    }
}
