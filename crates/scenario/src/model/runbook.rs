//! The runbook: its steps, and what an operator does in them.

use super::{Features, Format, Gate, Nanos, NodeId, Settings, Spanned, VersionName};

/// One step of the runbook.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Its name, unique in the runbook.
    pub name: Spanned<String>,
    /// What is done.
    pub action: Spanned<Action>,
    /// Must be green before the action begins.
    pub before: Vec<Gate>,
    /// Must stay green while it runs.
    pub during: Vec<Gate>,
    /// Must be green between two batches of a roll, and after the last.
    pub between: Vec<Gate>,
    /// Must be green after the action.
    pub after: Vec<Gate>,
    /// How it is undone. `None`: it cannot be.
    pub undo: Option<Spanned<Action>>,
    /// Limit for the whole step.
    pub within: Option<Spanned<Nanos>>,
    /// What the operator does when a gate or the limit runs out. Default `Abort`.
    pub on_timeout: Spanned<OnTimeout>,
    /// Names of steps that must be done before. Default: the one above.
    pub needs: Option<Vec<Spanned<String>>>,
}

/// What the operator does when time runs out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnTimeout {
    /// Stop the runbook here.
    Abort,
    /// Run this step's undo, then those of the steps before it, last first; then stop.
    Undo,
    /// Go on as if it were green.
    GoOn,
    /// Ask a person, who says go on after this long.
    Ask(Nanos),
}

/// What an operator does.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// SIGTERM and wait until the process is gone.
    Stop(Nodes),
    /// Start the process and wait until its port is open.
    Start(Start),
    /// SIGKILL.
    Kill(Nodes),
    /// One node, or one batch, after the other: stop, change, start, wait.
    Roll(Box<Roll>),
    /// Change settings.
    SetConfig(SetConfig),
    /// Edit `server.properties` on hosts: what is written there counts from the next start on.
    EditProperties(EditProperties),
    /// Another version of the client library for producers and groups.
    UpgradeClients(UpgradeClients),
    /// `kafka-leader-election.sh`.
    ElectLeaders(ElectLeaders),
    /// `kafka-features.sh upgrade` or `downgrade`.
    Features(Box<Features>),
    /// `kafka-storage.sh format`.
    Format(Format),
    /// Do nothing for this long.
    Wait(Spanned<Nanos>),
    /// A person looks and says yes after `after`.
    Approve {
        /// What is asked.
        question: Spanned<String>,
        /// How long the answer takes. Default "1m".
        after: Spanned<Nanos>,
    },
    /// Stop the runbook, as a planned end (for undo paths).
    Abort(Spanned<String>),
    /// A command line as a person types it.
    Command(Command),
}

/// `Command("kafka-features.sh --bootstrap-server broker-1:9092 describe", tools: "4.1.2")`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// What is typed.
    pub line: Spanned<String>,
    /// The release whose tools are used. `None`: that of the brokers at that moment.
    pub tools: Option<Spanned<VersionName>>,
}

/// Which nodes an action means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Nodes {
    /// Every broker (combined nodes are brokers).
    Brokers,
    /// Every separate controller (or, in a combined cluster, every combined node).
    Controllers,
    /// Every node, controllers first.
    All,
    /// The node that is the active controller at that moment.
    ActiveController,
    /// The brokers of one rack.
    Rack(Spanned<String>),
    /// Just these.
    These(Vec<Spanned<NodeId>>),
}

/// `Start(nodes: …, version: "4.1.2", settings: {…})`, or `Start([2])`.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    /// Which nodes.
    pub nodes: Spanned<Nodes>,
    /// Another version than before.
    pub version: Option<Spanned<VersionName>>,
    /// Settings changed on the way.
    pub settings: Settings,
    /// What "started" means to the operator. Default `Port`.
    pub until: Spanned<Started>,
}

/// When the operator takes a node for started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Started {
    /// The start command has returned.
    Process,
    /// Its port accepts connections.
    Port,
}

/// `Roll(Brokers, to: "4.1.2", order: ById, batch: 1, settle: "0s", settings: {…})`.
#[derive(Clone, Debug, PartialEq)]
pub struct Roll {
    /// Which nodes.
    pub nodes: Spanned<Nodes>,
    /// The new version. `None`: a restart.
    pub to: Option<Spanned<VersionName>>,
    /// Settings changed while the node is down.
    pub settings: Settings,
    /// In which order.
    pub order: Spanned<Order>,
    /// How many nodes at once. Default 1.
    pub batch: Spanned<u32>,
    /// How a node is stopped. Default `Graceful`.
    pub stop: Spanned<StopKind>,
    /// How long a node stays down between stop and start (install time). Default "0s".
    pub down: Spanned<Nanos>,
    /// How long to sit after the gates between two batches. Default "0s".
    pub pause: Spanned<Nanos>,
    /// What "started" means. Default `Port`.
    pub until: Spanned<Started>,
    /// Elect preferred leaders onto each node as it comes back. Default false.
    pub elect_preferred: Spanned<bool>,
    /// `RollBack(…)`: each node gets the binary and the properties file that it had before the first step; one that runs with them
    /// already is left alone.
    pub back: bool,
}

/// `Pin("2.8")`, `Unpin`, `EditProperties(Brokers, settings: {…}, remove: ["log.message.format.version"])`. Nothing is restarted.
#[derive(Clone, Debug, PartialEq)]
pub struct EditProperties {
    /// On the hosts of these nodes.
    pub nodes: Spanned<Nodes>,
    /// Lines that are written.
    pub settings: Settings,
    /// Settings whose line is taken out.
    pub remove: Vec<Spanned<String>>,
}

/// `UpgradeClients(groups: ["billing"], producers: ["checkout"], to: "4.1.2")`. Members of a group are restarted one after the other; a
/// producer's new instance takes over from the old one.
#[derive(Clone, Debug, PartialEq)]
pub struct UpgradeClients {
    /// Groups, first.
    pub groups: Vec<Spanned<String>>,
    /// Producers, after them.
    pub producers: Vec<Spanned<String>>,
    /// The version of their library from then on.
    pub to: Spanned<VersionName>,
    /// How long a member is away. Default "5s".
    pub down: Spanned<Nanos>,
    /// From the start of one member to the stop of the next. Default "10s".
    pub pause: Spanned<Nanos>,
}

/// In which order a roll takes the nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// By ascending id.
    ById,
    /// Rack by rack, by id within a rack. With `batch: 0` a whole rack at once.
    ByRack,
    /// The active controller last, the others by id.
    ActiveControllerLast,
    /// Controllers before brokers, the active controller last among them.
    ControllersFirst,
    /// As listed.
    AsListed,
    /// By descending id.
    Descending,
}

/// How a node is stopped in a roll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopKind {
    /// SIGTERM: controlled shutdown.
    Graceful,
    /// SIGKILL.
    Kill,
}

/// `SetConfig(on: Brokers | Node(3) | Topic("orders"), settings: {…})`. Settings that Kafka reads only at start need a roll;
/// dynamic ones apply at once.
#[derive(Clone, Debug, PartialEq)]
pub struct SetConfig {
    /// What is configured.
    pub on: Spanned<ConfigTarget>,
    /// The new values (`--add-config`).
    pub settings: Settings,
    /// Settings that go back to what holds without this (`--delete-config`).
    pub remove: Vec<Spanned<String>>,
}

/// What `SetConfig` configures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigTarget {
    /// The cluster-wide default of all brokers (`--entity-default`).
    Brokers,
    /// One broker.
    Node(Spanned<NodeId>),
    /// One topic.
    Topic(Spanned<String>),
}

/// `ElectLeaders(Preferred)`, `ElectLeaders(Preferred, topic: "orders")`, `ElectLeaders(Unclean, topic: "orders", partition: 3)`.
#[derive(Clone, Debug, PartialEq)]
pub struct ElectLeaders {
    /// Preferred or unclean.
    pub kind: Spanned<ElectionKind>,
    /// Only this topic. `None`: all.
    pub topic: Option<Spanned<String>>,
    /// Only this partition of it.
    pub partition: Option<Spanned<u32>>,
}

/// The kinds of election that `kafka-leader-election.sh` knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ElectionKind {
    /// The first replica of the assignment, if in sync.
    Preferred,
    /// Any live replica if none in sync is alive.
    Unclean,
}
