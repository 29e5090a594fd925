//! One node: its process, what it knows of the cluster, and its errands to the controller.

use std::sync::Arc;

use engine::{CauseId, Time, Timer};

use crate::behaviour::NodeBehaviour;
use crate::config::NodeConfig;
use crate::disk_failure::DiskFailure;
use crate::grid::Grid;
use crate::ids::{PartitionIx, Slots};

/// What a node runs: replaced as a whole when a new version or new settings are started.
#[derive(Clone, Debug, PartialEq)]
pub struct Binary {
    /// The version.
    pub version: facts::KafkaVersion,
    /// What it does differently from others.
    pub behaviour: NodeBehaviour,
    /// Its settings.
    pub config: NodeConfig,
    /// The settings by name that were given, for the next start.
    pub settings: std::collections::BTreeMap<String, String>,
    /// What its properties file says that this version does not take: a process with it ends at once.
    pub refused: Option<String>,
}

/// The state of a process (KRaft broker states, BrokerLifecycleManager; a controller knows `Gone`, `Loading` and `Running`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Process {
    /// There is none.
    Gone,
    /// Loading its code and its metadata.
    Loading,
    /// Asking the controller to be registered.
    Registering,
    /// Registered; catching up with the metadata log.
    CatchingUp,
    /// Loading or recovering its logs.
    Recovering,
    /// Its logs are there, it fetches, and it asks to be unfenced.
    Unfencing,
    /// At work.
    Running,
    /// In controlled shutdown.
    ShuttingDown,
    /// Closing its logs after leave to go.
    Closing,
}

/// What a broker has applied about another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The incarnation that is registered.
    pub incarnation: u32,
    /// It is unfenced and not in controlled shutdown.
    pub good: bool,
    /// It is unfenced: clients are told of it.
    pub alive: bool,
}

/// An application of metadata in progress (M4).
#[derive(Clone, Debug, Default)]
pub struct Application {
    /// The last flush that it covers.
    pub upto: u32,
    /// Partitions this node becomes leader of, in order.
    pub leads: Vec<PartitionIx>,
    /// How many of them are done.
    pub done: usize,
    /// Partitions this node leads and becomes follower of, in order.
    pub steps_down: Vec<PartitionIx>,
    /// How many of them are done.
    pub stepped: usize,
    /// What it fetches from the end of the application on, beside `follows`.
    pub to_fetch: Vec<(PartitionIx, crate::ids::Slot)>,
    /// Other partitions this node becomes follower of.
    pub follows: Vec<PartitionIx>,
    /// In ZooKeeper mode: the partitions of the LeaderAndIsr request that is being handled.
    pub given: Arc<[PartitionIx]>,
    /// Cost of one new leader in nanoseconds.
    pub per_leader: u64,
    /// When the broker-level part is applied, and that it has been.
    pub began: Time,
    /// See `began`: a pause may come between.
    pub started: bool,
}

/// AlterPartition requests of one broker (M12).
#[derive(Clone, Debug, Default)]
pub struct AlterPartitions {
    /// Changes that wait for the request before them.
    pub waiting: Vec<PartitionIx>,
    /// The request on its way: (partition, leader epoch, partition epoch, proposed ISR).
    pub sent: Vec<Proposal>,
    /// Tells stale answers.
    pub timer: Timer,
}

/// One proposed ISR.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The partition.
    pub partition: PartitionIx,
    /// The leader's epoch.
    pub leader_epoch: u32,
    /// The partition epoch it knows.
    pub partition_epoch: u32,
    /// What the ISR shall be.
    pub isr: Slots,
    /// What the controller said.
    pub verdict: ProposalVerdict,
}

/// What the controller said to a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProposalVerdict {
    /// Nothing yet.
    Open,
    /// Accepted; the new partition epoch.
    Accepted(u32),
    /// Refused: the leader goes back to the committed ISR.
    Dropped,
    /// Refused: newer metadata is on its way, the leader waits for it.
    WaitForMetadata,
}

/// A controlled shutdown as the broker sees it (M11).
#[derive(Clone, Copy, Debug, Default)]
pub struct Shutdown {
    /// It has had its first answer.
    pub answered: bool,
    /// When it was asked to stop.
    pub since: Time,
}

/// One node.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it runs, or will run at the next start.
    pub binary: Arc<Binary>,
    /// Its process.
    pub process: Process,
    /// Since when the process is paused.
    pub paused: Option<Time>,
    /// Its host cannot be reached and answers nothing.
    pub lost: bool,
    /// Counts its registrations: one each start, and in ZooKeeper mode one more for each session that ended while it ran.
    pub incarnation: u32,
    /// Counts its processes: connections lead to one of them.
    pub starts: u32,
    /// Its last stop left clean logs.
    pub clean: bool,
    /// The last flush it has learned of.
    pub learned: u32,
    /// The last flush it has applied, as far as stored: while nothing of interest to it happens, `history` tells more.
    pub applied: u32,
    /// When it applied what, the newest last (M6).
    pub history: Vec<(u32, Time)>,
    /// The application at hand.
    pub application: Option<Application>,
    /// Number of applications begun (draws).
    pub applications: u64,
    /// Learning, applying.
    pub applying: Timer,
    /// What it has applied about the other nodes.
    pub peers: Vec<Peer>,
    /// Its heartbeats.
    pub heartbeats: Grid,
    /// Its looks at the ISRs it leads (R14).
    pub isr_checks: Grid,
    /// The next look, while a follower is not in step.
    pub isr_watch: Timer,
    /// ISR changes.
    pub alter: AlterPartitions,
    /// Its controlled shutdown.
    pub shutdown: Option<Shutdown>,
    /// The next stage of its start or stop.
    pub stage: Timer,
    /// The flush with its registration.
    pub registration: u32,
    /// What happened to it while it was paused.
    pub held: Vec<crate::event::Event>,
    /// When its process began, and when its port opened.
    pub started: Time,
    /// Why it is in the state it is in.
    pub why: CauseId,
    /// Extra time for its next start of the process (a fault).
    pub slow_start: u64,
    /// Extra time for its next log load (a fault).
    pub slow_recovery: u64,
    /// Share of its disk's rates, in percent (a fault).
    pub disk_percent: u32,
    /// Its log directory has no space left (a fault).
    pub disk_full: bool,
    /// How far its log directory has failed.
    pub disk_failure: DiskFailure,
}

impl Peer {
    /// In ZooKeeper mode no leader looks at the incarnation that fetches (KIP-903 is for KRaft).
    pub const ANY_INCARNATION: u32 = 0;
}

impl Node {
    /// The process exists and runs.
    pub fn runs(&self) -> bool {
        self.process != Process::Gone && self.paused.is_none() && !self.lost
    }

    /// It handles requests of clients and followers: it has applied metadata and has not closed its logs.
    pub fn serves(&self) -> bool {
        matches!(
            self.process,
            Process::Unfencing | Process::Running | Process::ShuttingDown
        )
    }

    /// Its port is open to clients.
    pub fn listens(&self) -> bool {
        matches!(self.process, Process::Running | Process::ShuttingDown)
    }
}
