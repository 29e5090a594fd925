//! What a rehearsal leaves behind: plain data, no behaviour, one versioned JSON schema.
//!
//! All times are whole nanoseconds relative to the beginning of the first step of the runbook; what happened while
//! the estate settled has a negative time. Lists are in a stable order, so that equal runs give equal bytes.

pub mod diff;
pub mod explained;
pub mod gates;
pub mod rollback;
pub mod search;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Version of the JSON form. It grows when a field changes its meaning or goes away; new fields do not count.
pub const SCHEMA_VERSION: u32 = 1;

/// Nanoseconds relative to the beginning of the first step.
pub type Time = i64;

/// The whole result of one rehearsal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Outcome {
    /// [`SCHEMA_VERSION`].
    pub schema: u32,
    /// What makes this run this run.
    pub identity: Identity,
    /// The scenario's file name as given, without folders.
    pub file: String,
    /// The scenario's `about` line.
    pub about: String,
    /// Did the promises hold?
    pub verdict: Verdict,
    /// First and last moment that the run looked at.
    pub window: Interval,
    /// Begin of the first and end of the last step that ran.
    pub runbook: Interval,
    /// The promises of the contract, in the order of the file.
    pub promises: Vec<PromiseResult>,
    /// What went wrong or nearly did, the gravest first.
    pub findings: Vec<Finding>,
    /// The steps, in the order they ran (undo steps too).
    pub steps: Vec<StepRecord>,
    /// Each gate that was watched.
    pub gates: Vec<GateRecord>,
    /// Faults that were injected.
    pub faults: Vec<FaultRecord>,
    /// Availability over time, row by row.
    pub timeline: Vec<TimelineRow>,
    /// What became of the records of each producer.
    pub producers: Vec<ProducerLedger>,
    /// What each group got.
    pub groups: Vec<GroupLedger>,
    /// Notable events in the order of time, for reading along.
    pub story: Vec<StoryLine>,
    /// What the result rests on: defaults and measurements with their sources.
    pub rests_on: Vec<Ground>,
    /// Things that matter here and are not modelled (see LIMITS.md).
    pub limits: Vec<String>,
    /// How much work the run was.
    pub effort: Effort,
}

/// Same identity, same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Identity {
    /// The one line to quote: a hash of all the rest but the trace, 16 hex digits.
    pub id: String,
    /// Version of the model: it changes when any result may.
    pub model: String,
    /// Hash of the scenario in canonical form, 16 hex digits.
    pub scenario: String,
    /// The seed.
    pub seed: u64,
    /// Hash of every event of the run, 32 hex digits.
    pub trace: String,
}

/// Did the promises hold?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Verdict {
    /// Every promise held.
    Holds,
    /// At least one was broken.
    Breaks,
}

/// From `begin` to `end`.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct Interval {
    /// First instant.
    pub begin: Time,
    /// Last instant.
    pub end: Time,
}

/// An amount with its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Quantity {
    /// A length of time in nanoseconds.
    Nanoseconds(u64),
    /// A length of time that had not ended when the run did; at least this many nanoseconds.
    AtLeastNanoseconds(u64),
    /// A number of records.
    Records(u64),
    /// A plain number.
    Count(u64),
    /// Percent.
    Percent(u32),
    /// A yes or no.
    Yes(bool),
}

/// One promise and what was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PromiseResult {
    /// Its kind as written in the file: "WriteOutage".
    pub kind: String,
    /// Whose: producer, group, topic or cluster; empty where it has none.
    pub subject: String,
    /// The promise in words: "checkout is never without acknowledgement for more than 5 s".
    pub text: String,
    /// The limit.
    pub limit: Quantity,
    /// What was measured.
    pub measured: Quantity,
    /// Measured within the limit?
    pub holds: bool,
    /// The worst place: "orders-7".
    pub place: Option<String>,
    /// The worst time.
    pub when: Option<Interval>,
    /// Indexes into [`Outcome::findings`] that explain a broken promise.
    pub findings: Vec<usize>,
}

/// How bad a finding is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub enum Severity {
    /// It broke a promise.
    Broken,
    /// It broke none here, and may elsewhere.
    Warning,
    /// Good to know.
    Note,
}

/// Something an operator should know, with its reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Stable short name: "below-min-isr".
    pub code: String,
    /// How bad.
    pub severity: Severity,
    /// One line: "orders-7 took no writes for 7.9 s".
    pub title: String,
    /// What it is about, most affected first: partitions, nodes, producers.
    pub subjects: Vec<String>,
    /// When.
    pub when: Option<Interval>,
    /// Why, from the effect back to the first cause.
    pub causes: Vec<CauseLink>,
    /// What to change, most helpful first.
    pub advice: Vec<String>,
    /// Sources of the rules and numbers that the explanation uses.
    pub sources: Vec<String>,
    /// Rules of the rule book that explain it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<RuleName>,
}

/// A rule of the rule book: `dryroll explain K001` tells the whole of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RuleName {
    /// Its stable name: "K001".
    pub id: String,
    /// It in one line: "Take one broker at a time".
    pub title: String,
}

/// One link of a causal chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CauseLink {
    /// When it happened.
    pub at: Time,
    /// What happened, in words.
    pub text: String,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum StepEnd {
    /// Its action was done and its gates were green.
    Done,
    /// Its time ran out and the operator went on anyway.
    WentOn,
    /// The runbook was stopped here.
    Aborted,
    /// It was undone.
    Undone,
    /// The run ended before it did.
    Unfinished,
    /// It was never begun.
    NotReached,
}

/// One step as it ran.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StepRecord {
    /// Its name; an undo has the name of its step.
    pub name: String,
    /// It was the undo of that step.
    pub is_undo: bool,
    /// The action in words: "roll brokers 1 to 6 to 4.1.2, one at a time".
    pub action: String,
    /// When. `None`: never begun.
    pub when: Option<Interval>,
    /// How it ended.
    pub end: StepEnd,
    /// Why it did not simply end: "gate UnderReplicated ran out of time".
    pub why: Option<String>,
    /// What each node went through.
    pub nodes: Vec<NodePhase>,
    /// The real commands, in order.
    pub commands: Vec<Command>,
}

/// A stretch in the life of one node during a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NodePhase {
    /// The node.
    pub node: u32,
    /// "stopping", "down", "starting", "recovering", "catching up", "waiting".
    pub phase: String,
    /// When.
    pub when: Interval,
}

/// A command that a person would type, for the Kafka version at hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Command {
    /// When.
    pub at: Time,
    /// On which host; `None`: anywhere.
    pub node: Option<u32>,
    /// The command line.
    pub line: String,
    /// Its exit code, where the rehearsal knows what the tool answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<i32>,
    /// The lines that it prints, where the rehearsal knows them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub output: Vec<String>,
}

/// How a gate ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum GateEnd {
    /// Green.
    Green,
    /// It did not turn green in time.
    TimedOut,
    /// It turned red while it had to stay green.
    Broken,
    /// The operator did not look, or not for long enough.
    Forgotten,
    /// The run ended first.
    Unfinished,
}

/// One gate as it was watched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GateRecord {
    /// The step.
    pub step: String,
    /// "before", "during", "between", "after".
    pub position: String,
    /// After which node of a roll.
    pub node: Option<u32>,
    /// The gate in words: "no under-replicated partitions for 30 s (kafka-topics via broker 1)".
    pub text: String,
    /// From the first look to the last.
    pub when: Interval,
    /// How it ended.
    pub end: GateEnd,
    /// How many looks.
    pub looks: u32,
    /// Green to the operator although the next action was not safe: why.
    pub false_green: Option<String>,
    /// Time it showed red although going on was safe, in nanoseconds.
    pub false_red: u64,
}

/// One injected fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FaultRecord {
    /// In words: "kill -9 of broker 2".
    pub text: String,
    /// When; `None`: its moment never came.
    pub when: Option<Interval>,
}

/// What a row of the timeline shows.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub enum RowKind {
    /// The steps of the runbook.
    Steps,
    /// The active controller and the quorum.
    Controller,
    /// A node's process and its standing in the cluster.
    Node,
    /// A set of partitions that fared alike.
    Partitions,
    /// A producer: the worst of its partitions at each moment.
    Producer,
    /// A group: the worst of its partitions at each moment.
    Group,
}

/// One row of the availability timeline. Where no stretch is, all is well.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TimelineRow {
    /// What it shows.
    pub kind: RowKind,
    /// Short label: "checkout → orders", "broker 2", "orders 0, 4, 7".
    pub label: String,
    /// What was not as usual, in order of time, without overlap.
    pub stretches: Vec<Stretch>,
}

/// What is the matter in a stretch of time. The order is from bad to good.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub enum StretchState {
    /// Nothing works: no leader, no acknowledgement, process down by a fault.
    Down,
    /// It works for some (a share of the partitions).
    Partly,
    /// It works with less safety: fewer replicas in sync, fenced, catching up.
    Degraded,
    /// On purpose: being stopped, started, rolled.
    Planned,
    /// A neutral mark: a step, a gate being watched.
    Info,
}

/// One stretch of a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Stretch {
    /// When.
    pub when: Interval,
    /// What is the matter.
    pub state: StretchState,
    /// In words: "7 of 24 partitions get no acknowledgement".
    pub text: String,
    /// Index of the finding that explains it.
    pub finding: Option<usize>,
}

/// Half-open range of message indexes of one partition's flow: from `first` up to, not including, `end`.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct MessageRange {
    /// First message.
    pub first: u64,
    /// One past the last.
    pub end: u64,
}

/// What became of a producer's records.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProducerLedger {
    /// Its name.
    pub producer: String,
    /// Its topic.
    pub topic: String,
    /// Sums over the partitions.
    pub total: Counts,
    /// Longest write outage of any partition, in nanoseconds.
    pub longest_outage: u64,
    /// Errors its client saw, by Kafka's name, with how often.
    pub errors: Vec<(String, u64)>,
    /// Partition by partition.
    pub partitions: Vec<PartitionLedger>,
}

/// Numbers of records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counts {
    /// Handed to the client.
    pub created: u64,
    /// Acknowledged to the application.
    pub acked: u64,
    /// Failed for good (the application got an error, or was never able to send).
    pub not_sent: u64,
    /// Failed for good, yet in the log.
    pub ghosts: u64,
    /// Acknowledged and in no log at the end.
    pub lost: u64,
    /// Extra copies in the log.
    pub duplicated: u64,
    /// Neighbours in the log that are in the wrong order (inversions).
    pub reordered: u64,
    /// Neither acknowledged nor failed when the run ended.
    pub open: u64,
}

/// One partition's flow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PartitionLedger {
    /// The partition's number.
    pub partition: u32,
    /// Its numbers.
    pub counts: Counts,
    /// Which were lost.
    pub lost: Vec<MessageRange>,
    /// Which failed.
    pub not_sent: Vec<MessageRange>,
    /// Which are in the log more than once.
    pub duplicated: Vec<MessageRange>,
    /// Intervals without acknowledgement, longer than a quarter of a second or than three times the usual.
    pub outages: Vec<Outage>,
}

/// A time without service, and the finding that tells why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Outage {
    /// From the last success to the next.
    pub when: Interval,
    /// It had not ended when the run did.
    pub open: bool,
    /// Index of the finding.
    pub finding: Option<usize>,
}

/// What a group got.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GroupLedger {
    /// Its name.
    pub group: String,
    /// Records delivered, each counted once.
    pub delivered: u64,
    /// Extra deliveries.
    pub redelivered: u64,
    /// Records in the log that it never got.
    pub skipped: u64,
    /// Records in the log at the end that it had not yet got.
    pub lag: u64,
    /// The largest lag.
    pub largest_lag: u64,
    /// Rebalances after the first one.
    pub rebalances: u64,
    /// Longest read outage of any partition, in nanoseconds.
    pub longest_outage: u64,
    /// Intervals without a record although there were some, by "topic-partition".
    pub outages: Vec<(String, Vec<Outage>)>,
    /// Errors its clients saw, by Kafka's name, with how often.
    pub errors: Vec<(String, u64)>,
}

/// One notable event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StoryLine {
    /// When.
    pub at: Time,
    /// The node or client it is about: "broker 2", "controller 101", "checkout", "operator".
    pub who: String,
    /// What happened.
    pub text: String,
}

/// A fact or an assumption that a result rests on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Ground {
    /// "broker.session.timeout.ms = 9000".
    pub what: String,
    /// Where it comes from: "default of 3.9.2", "set in the scenario", "measured: observed/…", "assumed".
    pub source: String,
}

/// How much work the run was. Not part of the identity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Effort {
    /// Events handled.
    pub events: u64,
    /// Simulated time in nanoseconds.
    pub simulated: u64,
}

/// The JSON schema of [`Outcome`], pretty-printed.
pub fn json_schema() -> String {
    let schema = schemars::schema_for!(Outcome);
    serde_json::to_string_pretty(&schema).expect("a schema is plain JSON")
}
