//! What a scenario file says, after reading: the estate, the runbook, the faults and the contract.
//!
//! Every value that a later message may want to point at is [`Spanned`]. Nothing here is resolved against
//! another part of the file (`resolve` does that) and nothing has a default applied that depends on the
//! Kafka version (`facts` knows those).

mod contract;
mod estate;
mod fault;
mod features;
mod gate;
mod runbook;
mod swarm;
mod value;

pub use contract::{Expect, ExpectedBreak, Promise, PromiseKind};
pub use estate::{
    Cluster, Controllers, Disk, Estate, Group, Node, NodeIds, Producer, Topic, ZooKeeper,
};
pub use fault::{Fault, FaultKind, Occurrence, Phase, Target, When};
pub use features::{Direction, Features, Format, Levels};
pub use gate::{Check, Gate, Through};
pub use runbook::{
    Action, Command, ConfigTarget, EditProperties, ElectLeaders, ElectionKind, Nodes, OnTimeout,
    Order, Roll, SetConfig, Start, Started, Step, StopKind, UpgradeClients,
};
pub use swarm::{Swarm, SwarmKind};
pub use value::{Bytes, BytesPerSecond, Nanos, NodeId, Rate, Settings, Span, Spanned, VersionName};

/// One scenario file, with the parts it names read in.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// One line that says what is rehearsed.
    pub about: Spanned<String>,
    /// What there is.
    pub estate: Estate,
    /// What people do, in order.
    pub runbook: Vec<Step>,
    /// What goes wrong meanwhile.
    pub faults: Vec<Fault>,
    /// What a search draws more of that from. `None`: from everything.
    pub swarm: Option<Swarm>,
    /// What must hold.
    pub contract: Vec<Promise>,
    /// What the author says will come out. `None`: nothing is claimed.
    pub expect: Option<Spanned<Expect>>,
    /// How long to wait before the first step, so that every component has a random phase. Default "30s".
    pub settle: Spanned<Nanos>,
    /// How long to go on after the last step, so that late effects are seen. Default "60s".
    pub tail: Spanned<Nanos>,
    /// The seed a plain `run` uses. Default 0.
    pub seed: Spanned<u64>,
    /// How many seeds `test` runs to hold the file against `expect`. Default 1.
    pub seeds: Spanned<u64>,
}
