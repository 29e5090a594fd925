//! A recording of real Kafka, as its file says (`observed/README.md`). Times are seconds since the first operation of a run.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

/// One file: what was set up, and what happened in each repeat.
#[derive(Clone, Debug, Deserialize)]
pub struct Recording {
    /// Name of the experiment.
    pub name: String,
    /// What was to be found out.
    #[serde(default)]
    pub(crate) question: String,
    /// Kafka's version at the start.
    pub kafka: String,
    /// `kraft` or `zk`; KRaft where nothing is said.
    #[serde(default)]
    pub(crate) mode: Option<String>,
    /// Brokers are controllers too.
    #[serde(default)]
    pub(crate) combined: Option<bool>,
    /// Number of brokers: 3 where nothing is said.
    #[serde(default)]
    pub(crate) brokers: Option<u32>,
    /// Number of controllers: 3 where nothing is said.
    #[serde(default)]
    pub(crate) controllers: Option<u32>,
    /// Ids begin above this.
    #[serde(default)]
    pub(crate) base: Option<u32>,
    /// The level at which the storage was formatted (`--release-version`).
    #[serde(default)]
    pub(crate) release: Option<String>,
    /// Brokers that begin with another version, by their number (from 1).
    #[serde(default)]
    pub(crate) versions: Option<BTreeMap<String, String>>,
    /// Broker settings on top of the harness's.
    #[serde(default)]
    pub(crate) overrides: Option<BTreeMap<String, Value>>,
    /// Controller settings on top of those.
    #[serde(default)]
    pub(crate) controller_overrides: Option<BTreeMap<String, Value>>,
    /// The topic `t`, and others in `more`.
    pub(crate) topic: Topic,
    /// Producers and consumers.
    pub(crate) clients: Vec<Client>,
    /// One entry a repeat.
    pub(crate) runs: Vec<Run>,
}

/// Intervals by client and partition.
pub(crate) type Gaps = BTreeMap<String, BTreeMap<String, Vec<Vec<f64>>>>;

/// Time, partition, leader or -1, ISR.
pub(crate) type Seen = (f64, u32, i64, Vec<u32>);

/// A topic of a recording.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Topic {
    /// Number of partitions.
    pub(crate) partitions: u32,
    /// Replication factor.
    pub(crate) replication_factor: u32,
    /// `--replica-assignment`, where it was given.
    #[serde(default)]
    pub(crate) assignment: Option<String>,
    /// `name=value` topic settings.
    #[serde(default)]
    pub(crate) configs: Vec<String>,
    /// Topics of other producers, by their names.
    #[serde(default)]
    pub(crate) more: BTreeMap<String, Topic>,
}

/// A producer or consumer of a recording.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Client {
    /// Its name.
    pub(crate) name: String,
    /// `producer` or `consumer`.
    pub(crate) kind: String,
    /// Records per second and partition (producers).
    #[serde(default)]
    pub(crate) rate_per_partition: Option<f64>,
    /// Its group (consumers).
    #[serde(default)]
    pub(crate) group: Option<String>,
    /// `auto` or `sync` (consumers).
    #[serde(default)]
    pub(crate) commit: Option<String>,
    /// `name=value` client settings.
    #[serde(default)]
    pub(crate) settings: Vec<String>,
    /// `name=value` arguments of the harness: `topic`, `partitions`, `size`, `txn`.
    #[serde(default)]
    pub(crate) extra: Vec<String>,
    /// Version of its client library.
    pub(crate) version: String,
}

/// One repeat.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Run {
    /// What the operator did, and milestones.
    pub(crate) ops: Vec<Op>,
    /// Tool calls.
    #[serde(default)]
    pub(crate) cli: Vec<ToolCall>,
    /// Per producer and partition: intervals longer than 0.25 s without an acknowledgement.
    #[serde(default)]
    pub(crate) ack_gaps: Gaps,
    /// Per consumer and partition: intervals longer than 0.5 s without a record.
    #[serde(default)]
    pub(crate) read_gaps: Gaps,
    /// Per group and partition: intervals in which none of its members read anything new.
    #[serde(default)]
    pub(crate) group_read_gaps: Gaps,
    /// Per group: records that it read more than once; groups without any may be missing.
    #[serde(default)]
    pub(crate) group_redelivered: Option<BTreeMap<String, u64>>,
    /// Per consumer: what it was assigned and lost: kind, time, partitions.
    #[serde(default)]
    pub(crate) groups: BTreeMap<String, Vec<(String, f64, Value)>>,
    /// Per producer: what became of its records.
    #[serde(default)]
    pub(crate) ledger: BTreeMap<String, Ledger>,
    /// Per client: errors that it logged, with the time of the first and the last.
    #[serde(default)]
    pub(crate) client_errors: BTreeMap<String, BTreeMap<String, Logged>>,
    /// Per producer and partition: the last acknowledgement of all.
    #[serde(default)]
    pub(crate) last_acks: BTreeMap<String, BTreeMap<String, f64>>,
    /// Time, partition of `t`, leader or -1, ISR: whenever an admin client saw a change.
    #[serde(default)]
    pub(crate) metadata: Vec<Seen>,
    /// The same for other topics that were watched.
    #[serde(default)]
    pub(crate) metadata_more: BTreeMap<String, Vec<Seen>>,
    /// Time, node and text of lines of the servers' logs.
    #[serde(default)]
    pub(crate) evidence: Vec<(f64, u32, String)>,
    /// The active controller at the start, where it was asked for.
    #[serde(default)]
    pub(crate) active: Option<u32>,
    /// How busy the machine was.
    #[serde(default)]
    pub(crate) load_average: Option<f64>,
    /// Extracts of the servers' logs, by node: patterns, how often, some lines.
    #[serde(default)]
    pub(crate) logs: Value,
    /// The same at the end.
    #[serde(default)]
    pub(crate) logs_end: Value,
    /// When small metadata changes worked, which somebody made one after the other.
    #[serde(default)]
    pub(crate) probe: Option<serde::de::IgnoredAny>,
}

/// An operation or a milestone.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Op {
    /// When.
    pub(crate) t: f64,
    /// What.
    pub(crate) op: String,
    /// Which node.
    #[serde(default)]
    pub(crate) node: Option<u32>,
    /// What else is said of it.
    #[serde(flatten)]
    pub(crate) more: Map<String, Value>,
}

/// A tool call.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ToolCall {
    /// When.
    pub(crate) t: f64,
    /// The command.
    #[serde(default)]
    pub(crate) argv: String,
    /// What it printed.
    #[serde(default)]
    pub(crate) output: String,
    /// A remark of the harness: what the answer does not say.
    #[serde(default)]
    pub(crate) note: Option<String>,
}

/// What became of a producer's records.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
pub(crate) struct Ledger {
    /// Handed to the client.
    #[serde(default)]
    pub(crate) sent: u64,
    /// Acknowledged.
    #[serde(default)]
    pub(crate) acked: u64,
    /// Failed for good.
    #[serde(default)]
    pub(crate) failed: u64,
    /// By class.
    #[serde(default)]
    pub(crate) errors: BTreeMap<String, u64>,
    /// Acknowledged and not in the log.
    #[serde(default)]
    pub(crate) lost: u64,
    /// Failed and in the log.
    #[serde(default)]
    pub(crate) failed_but_present: u64,
    /// Extra copies in the log.
    #[serde(default)]
    pub(crate) duplicates: u64,
    /// Neighbours in the log in the wrong order.
    #[serde(default)]
    pub(crate) reordered: u64,
}

/// How often an error was logged.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Logged {
    /// How often.
    pub(crate) count: u64,
    /// The first time.
    #[serde(default)]
    pub(crate) first: Option<f64>,
    /// The last time.
    #[serde(default)]
    pub(crate) last: Option<f64>,
}

impl Recording {
    /// Number of repeats.
    pub fn runs(&self) -> usize {
        self.runs.len()
    }

    /// `node.id`s of the brokers.
    pub(crate) fn broker_ids(&self) -> Vec<u32> {
        let base = self.base.unwrap_or(0);
        (1..=self.brokers.unwrap_or(3))
            .map(|id| base + id)
            .collect()
    }

    /// `node.id`s of the controllers.
    pub(crate) fn controller_ids(&self) -> Vec<u32> {
        if self.in_zookeeper_mode() {
            return Vec::new();
        }
        let first = self.base.unwrap_or(0) + if self.is_combined() { 0 } else { 100 };
        (1..=self.controllers.unwrap_or(3))
            .map(|id| first + id)
            .collect()
    }

    /// Its metadata is in ZooKeeper: one server.
    pub(crate) fn in_zookeeper_mode(&self) -> bool {
        self.mode.as_deref() == Some("zk")
    }

    /// The id of the ZooKeeper server.
    pub(crate) fn zookeeper_id(&self) -> u32 {
        self.base.unwrap_or(0) + 201
    }

    /// Versions of brokers that begin with another one than the others, by `broker.id`.
    pub(crate) fn other_versions(&self) -> BTreeMap<u32, String> {
        let base = self.base.unwrap_or(0);
        self.versions
            .iter()
            .flatten()
            .filter_map(|(number, version)| {
                Some((base + number.parse::<u32>().ok()?, version.clone()))
            })
            .collect()
    }

    /// Brokers are controllers too.
    pub(crate) fn is_combined(&self) -> bool {
        self.combined.unwrap_or(false)
    }

    /// It ran alone on the machine, or the machine was idle enough in this run: its sub-second numbers count.
    pub(crate) fn is_calm(&self) -> bool {
        self.name.ends_with("-calm")
            || self
                .runs
                .iter()
                .all(|run| run.load_average.is_some_and(|load| load <= BUSY))
    }

    /// Topics with their names: `t`, then the others.
    pub(crate) fn topics(&self) -> impl Iterator<Item = (&str, &Topic)> {
        std::iter::once(("t", &self.topic)).chain(
            self.topic
                .more
                .iter()
                .map(|(name, topic)| (name.as_str(), topic)),
        )
    }

    /// Its producers.
    pub(crate) fn producers(&self) -> impl Iterator<Item = &Client> {
        self.clients
            .iter()
            .filter(|client| client.kind == "producer")
    }
}

/// With a load average above this, sub-second numbers are upper bounds (`observed/README.md`).
const BUSY: f64 = 6.0;

impl Client {
    /// An argument of the harness.
    pub(crate) fn extra(&self, name: &str) -> Option<&str> {
        lookup(&self.extra, name)
    }

    /// A client setting.
    pub(crate) fn setting(&self, name: &str) -> Option<&str> {
        lookup(&self.settings, name)
    }

    /// The topic it writes to.
    pub(crate) fn topic(&self) -> &str {
        self.extra("topic").unwrap_or("t")
    }
}

/// The value of a name in a list of `name=value`.
pub(crate) fn lookup<'a>(list: &'a [String], name: &str) -> Option<&'a str> {
    list.iter()
        .filter_map(|entry| entry.split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

impl Run {
    /// When the clients ended: the last acknowledgement of all, or a little after the last operation.
    pub(crate) fn end(&self) -> f64 {
        let last_op = self.ops.last().map_or(0.0, |op| op.t);
        self.last_acks
            .values()
            .flat_map(BTreeMap::values)
            .copied()
            .fold(last_op + 1.0, f64::max)
    }

    /// Versions of requests that a broker could not read, as far as the extracts of its log name them: `FETCH`, 15.
    pub(crate) fn unreadable(&self) -> std::collections::BTreeSet<(String, i16)> {
        let mut found = std::collections::BTreeSet::new();
        for text in [self.logs.to_string(), self.logs_end.to_string()] {
            for rest in text.split("apiKey: ").skip(1) {
                let Some((key, rest)) = rest.split_once(", apiVersion: ") else {
                    continue;
                };
                let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                if let (true, Ok(version)) = (key.len() < 40, digits.parse()) {
                    found.insert((key.to_owned(), version));
                }
            }
        }
        found
    }

    /// The first line of a node's log with all these words, at or after `from`.
    pub(crate) fn said(&self, node: Option<u32>, from: f64, words: &[&str]) -> Option<f64> {
        self.evidence
            .iter()
            .filter(|(t, who, text)| {
                *t >= from
                    && node.is_none_or(|node| node == *who)
                    && words.iter().all(|word| text.contains(word))
            })
            .map(|(t, _, _)| *t)
            .min_by(f64::total_cmp)
    }
}
