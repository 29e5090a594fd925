//! What people and misfortune did, numbered: the roots of causal chains.

use engine::Time;
use kafka::ids::NodeIx;

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// The operator, in this step.
    Step(usize),
    /// A fault of the plan.
    Fault(usize),
}

/// What kind of thing it was, as far as explanations tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// Nodes were stopped or killed.
    Stop,
    /// Nodes were started.
    Start,
    /// Leaders were elected.
    Elect,
    /// Settings were changed.
    Configure,
    /// Features were raised or lowered.
    Finalize,
    /// Something else.
    Other,
}

/// One act.
#[derive(Clone, Debug)]
pub(crate) struct Act {
    pub(crate) at: Time,
    pub(crate) by: By,
    pub(crate) what: What,
    pub(crate) nodes: Vec<NodeIx>,
    /// In words: "step `brokers`: stop broker 2".
    pub(crate) text: String,
    /// What stopping was known to risk at that moment, for `What::Stop` by the operator.
    pub(crate) risk: Option<Risk>,
}

/// The state in which nodes were stopped.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Risk {
    /// What it would do.
    pub(crate) stop: kafka::view::StopRisk,
    /// What stopping only the first of them would do.
    pub(crate) first_alone: kafka::view::StopRisk,
    /// Partitions with fewer in sync than replicas before.
    pub(crate) under_replicated: u32,
    /// Partitions that they led.
    pub(crate) leads: u32,
}
