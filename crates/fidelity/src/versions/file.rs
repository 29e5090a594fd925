//! A sequence as its file says it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::recording::Seen;

/// One file.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Sequence {
    pub(crate) name: String,
    pub(crate) kafka: String,
    #[serde(default)]
    pub(crate) release: Option<String>,
    #[serde(default)]
    pub(crate) brokers: Option<u32>,
    #[serde(default)]
    pub(crate) controllers: Option<u32>,
    #[serde(default)]
    pub(crate) combined: Option<bool>,
    #[serde(default)]
    pub(crate) base: Option<u32>,
    #[serde(default)]
    pub(crate) topic: Map<String, Value>,
    pub(crate) runs: Vec<Run>,
}

/// One repeat.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Run {
    pub(crate) ops: Vec<Op>,
    #[serde(default)]
    pub(crate) cli: Vec<Call>,
    #[serde(default)]
    pub(crate) metadata: Vec<Seen>,
    #[serde(default)]
    pub(crate) ledger: BTreeMap<String, crate::recording::Ledger>,
}

/// An operation.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Op {
    pub(crate) t: f64,
    pub(crate) op: String,
    #[serde(default)]
    pub(crate) node: Option<u32>,
    #[serde(default)]
    pub(crate) version: Option<String>,
    #[serde(default)]
    pub(crate) props: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) outcome: Option<String>,
    #[serde(default)]
    pub(crate) exit: Option<i32>,
    #[serde(default)]
    pub(crate) seconds: Option<f64>,
    #[serde(default)]
    pub(crate) log: Vec<String>,
    #[serde(default)]
    pub(crate) leader: Option<u32>,
}

/// A tool call and its answer.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Call {
    pub(crate) t: f64,
    pub(crate) argv: String,
    pub(crate) exit: i32,
    #[serde(default)]
    pub(crate) output: String,
}

impl Sequence {
    /// `node.id`s: of the brokers, of the controllers. A sequence with one node of a role has the id that its operations or its texts name.
    pub(crate) fn ids(&self, run: &Run) -> (Vec<u32>, Vec<u32>) {
        let base = self.base.unwrap_or(0);
        let combined = self.combined.unwrap_or(false);
        let named: Vec<u32> = run.ops.iter().filter_map(|op| op.node).collect();
        let told = run.cli.iter().find_map(|call| {
            let after = call.output.split("Local controller ").nth(1)?;
            after.split(' ').next()?.parse::<u32>().ok()
        });
        let several = |first: u32, count: u32| (1..=count).map(|id| first + id).collect::<Vec<_>>();
        let brokers = match self.brokers.unwrap_or(3) {
            1 => {
                let own = named.iter().copied().min();
                vec![own.or(told).unwrap_or(base + 11)]
            }
            count => several(base, count),
        };
        if combined {
            return (brokers.clone(), brokers);
        }
        let controllers = match self.controllers.unwrap_or(3) {
            1 => vec![brokers[0] + 100],
            count => several(base + 100, count),
        };
        (brokers, controllers)
    }

    /// Partitions and replication factor of topic `t`, if there is one.
    pub(crate) fn topic_t(&self) -> Option<(u32, u32)> {
        let number = |name: &str| self.topic.get(name)?.as_u64()?.try_into().ok();
        Some((number("partitions")?, number("replication_factor")?))
    }
}

impl Run {
    /// Topics that somebody created in it, with their settings.
    pub(crate) fn created(&self) -> BTreeMap<String, BTreeMap<String, String>> {
        let mut topics = BTreeMap::new();
        for call in &self.cli {
            let mut words = call.argv.split_whitespace();
            if !call.argv.contains("kafka-topics --create") {
                continue;
            }
            let mut name = None;
            let mut settings = BTreeMap::new();
            while let Some(word) = words.next() {
                match word {
                    "--topic" => name = words.next().map(str::to_owned),
                    "--config" => {
                        if let Some((key, value)) =
                            words.next().and_then(|pair| pair.split_once('='))
                        {
                            settings.insert(key.to_owned(), value.to_owned());
                        }
                    }
                    _ => {}
                }
            }
            if let Some(name) = name {
                topics.insert(name, settings);
            }
        }
        topics
    }
}
