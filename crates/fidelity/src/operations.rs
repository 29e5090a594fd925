//! What the operator of a recording did, as steps for the model.
//!
//! The harness waited for conditions (process gone, port open, all in sync) and then went on. A step therefore carries the condition
//! that preceded it: in the model it is taken as long after the step before as in the recording or, if the model is not ready by then, as long
//! after the model's own milestone. What came after a port was open comes as long after that, be it sooner or later.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::observation::Deed;
use crate::recording::{Op, Recording, Run};

/// What is done.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Act {
    /// SIGTERM.
    Stop,
    /// SIGKILL.
    Kill,
    /// SIGSTOP.
    Pause,
    /// SIGCONT.
    Resume,
    /// The process is started.
    Start(Startup),
    /// The log directory has no byte left from here on.
    DiskFull,
    /// The log directory has space again.
    DiskFreed,
    /// `kafka-leader-election.sh --election-type preferred --all-topic-partitions`.
    ElectPreferred,
    /// `/controller` was deleted until this broker was the controller.
    MoveController,
    /// Something is done to this member of every group.
    Member(u32, MemberAct),
    /// Somebody looks at leaders and ISRs: the n-th look of the run.
    Look(usize),
}

/// What is done to a member of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MemberAct {
    /// SIGKILL.
    Kill,
    /// `close()`.
    Close,
    /// It is started again.
    Join,
}

/// From the start of a client's process until it asks to join, where the recording does not tell. *Assumed*, for a JVM on the machine of the
/// recordings.
const CLIENT_START: f64 = 2.0;

/// How long a start took, as an input (heap and machine decide it, not Kafka).
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Startup {
    /// From the start of the process to the open port, seconds. `None`: the port never opened.
    pub(crate) port_open: Option<f64>,
    /// From the start of the process to the moment at which it began to load its logs, where its log tells.
    pub(crate) loading: Option<f64>,
    /// From the start of the process to the first registration that the controller refused, if one was.
    pub(crate) refused: Option<f64>,
    /// The recording says how it came out (ready, or ended by itself).
    pub(crate) told: bool,
    /// Another version than before.
    pub(crate) version: Option<String>,
    /// Settings that are changed for this start.
    pub(crate) props: BTreeMap<String, String>,
}

/// The broker that is the controller before the first operation of a run in ZooKeeper mode, where it was asked for.
pub(crate) fn first_controller(run: &Run) -> Option<u32> {
    run.ops
        .iter()
        .take_while(|op| op.t <= 0.0)
        .find(|op| op.op == "controller is")
        .and_then(|op| op.node)
}

/// A condition that the harness waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Milestone {
    /// The process of a node is gone.
    Stopped(u32),
    /// The port of a node is open.
    PortOpen(u32),
    /// Every partition of `t` has a leader and this many in-sync replicas.
    InSync(u32),
}

/// A milestone as it was reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Reached {
    /// Which.
    pub(crate) milestone: Milestone,
    /// When, in the recording.
    pub(crate) at: f64,
    /// Since when it was waited for: the operation or milestone before.
    pub(crate) since: f64,
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    /// When, in the recording.
    pub(crate) at: f64,
    /// The node; 0 where none is meant.
    pub(crate) node: u32,
    /// What.
    pub(crate) act: Act,
    /// The milestone that was waited for just before.
    pub(crate) after: Option<Reached>,
}

/// A step or a milestone, in the order of the recording.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Entry {
    /// Something is done.
    Step(Step),
    /// Something is waited for.
    Milestone(Reached),
}

/// One run's operations.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Script {
    /// In order of time.
    pub(crate) entries: Vec<Entry>,
}

impl Script {
    /// The operations of a run.
    ///
    /// # Errors
    /// An operation that is not known, in words.
    pub(crate) fn of(recording: &Recording, run: &Run) -> Result<Self, String> {
        let all = recording.topic.replication_factor;
        let mut entries = Vec::new();
        let mut before: Option<Reached> = None;
        let mut last = 0.0;
        let mut looks = 0;
        for (at, op) in run.ops.iter().enumerate() {
            let node = || {
                op.node
                    .ok_or_else(|| format!("the operation `{}` at {} s names no node", op.op, op.t))
            };
            let zookeeper = recording.in_zookeeper_mode();
            if !zookeeper && (op.more.contains_key("version") || op.more.contains_key("props")) {
                return Err(format!(
                    "`{}` at {} s changes version or settings: what a binary refuses is not modelled yet",
                    op.op, op.t
                ));
            }
            let member = op
                .more
                .get("member")
                .and_then(Value::as_u64)
                .and_then(|number| u32::try_from(number).ok());
            let act = match (op.op.as_str(), member) {
                ("kill", Some(number)) => Some(Act::Member(number, MemberAct::Kill)),
                ("close", Some(number)) => Some(Act::Member(number, MemberAct::Close)),
                ("join", Some(number)) => Some(Act::Member(number, MemberAct::Join)),
                // The end of what has a beginning of its own.
                ("closed", Some(_)) => continue,
                _ => None,
            };
            if let Some(act) = act {
                let late = match act {
                    Act::Member(number, MemberAct::Join) => {
                        client_start(recording, run, number, op.t)
                    }
                    _ => 0.0,
                };
                entries.push(Entry::Step(Step {
                    at: op.t + late,
                    node: 0,
                    act,
                    after: before.take(),
                }));
                last = op.t + late;
                continue;
            }
            let act = match op.op.as_str() {
                "stop" => Act::Stop,
                "kill" => Act::Kill,
                "pause" => Act::Pause,
                "resume" => Act::Resume,
                "start" | "start, still full" => Act::Start(startup(run, &run.ops[at..], node()?)),
                // The device is full at the end of the filling; until then appends work.
                "filled" => Act::DiskFull,
                "freed" => Act::DiskFreed,
                "elect preferred" => Act::ElectPreferred,
                "state" | "look" | "leaders" => {
                    looks += 1;
                    Act::Look(looks - 1)
                }
                "stopped" | "port open" | "in sync" | "all in sync" | "two in sync"
                | "ISR full" => {
                    let milestone = match op.op.as_str() {
                        "stopped" => Milestone::Stopped(node()?),
                        "port open" => Milestone::PortOpen(node()?),
                        "two in sync" => Milestone::InSync(2.min(all)),
                        _ => Milestone::InSync(all),
                    };
                    // A wait that ran into its limit is no milestone.
                    if op.more.get("waited").is_none_or(|waited| !waited.is_null()) {
                        let reached = Reached {
                            milestone,
                            at: op.t,
                            since: last,
                        };
                        before = Some(reached);
                        entries.push(Entry::Milestone(reached));
                    }
                    last = op.t;
                    continue;
                }
                "the upgraded broker is controller" => Act::MoveController,
                // Beginnings of what has an end of its own, and checks.
                "fill" | "elected" | "start result" | "controller is" | "active controller" => {
                    continue;
                }
                // In ZooKeeper mode: what an operation is for, said before it.
                _ if zookeeper => continue,
                other => {
                    return Err(format!(
                        "the operation `{other}` at {} s is not known",
                        op.t
                    ));
                }
            };
            let named = match act {
                Act::ElectPreferred | Act::Look(_) => op.node.unwrap_or(0),
                _ => node()?,
            };
            // The tool takes a second or two to start; what it asks for happens at its end.
            let elected = run.ops[at..]
                .iter()
                .find(|later| act == Act::ElectPreferred && later.op == "elected");
            let at = elected.map_or(op.t, |later| later.t);
            let ends = outcome(op, &act, named);
            entries.push(Entry::Step(Step {
                at,
                node: named,
                act,
                after: before.take(),
            }));
            last = at;
            for (milestone, at) in ends {
                let reached = Reached {
                    milestone: match milestone {
                        Milestone::InSync(_) => Milestone::InSync(all),
                        other => other,
                    },
                    at,
                    since: last,
                };
                before = Some(reached);
                entries.push(Entry::Milestone(reached));
                last = at;
            }
        }
        if !entries
            .iter()
            .any(|entry| matches!(entry, Entry::Step(step) if !matches!(step.act, Act::Look(_))))
        {
            return Err("nothing is done to the cluster that the model knows".to_owned());
        }
        let unknown = entries.iter().find_map(|entry| match entry {
            Entry::Step(step)
                if step.node != 0
                    && !recording.broker_ids().contains(&step.node)
                    && !recording.controller_ids().contains(&step.node) =>
            {
                Some(step.node)
            }
            _ => None,
        });
        if let Some(node) = unknown {
            return Err(format!("there is no node {node} in it"));
        }
        Ok(Self { entries })
    }

    /// The steps.
    pub(crate) fn steps(&self) -> impl Iterator<Item = &Step> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Step(step) => Some(step),
            Entry::Milestone(_) => None,
        })
    }
}

/// From the start of a member's process until it asks to join: a static member is given its partitions at once.
fn client_start(recording: &Recording, run: &Run, number: u32, from: f64) -> f64 {
    let fixed = recording.clients.iter().filter(|client| {
        client
            .setting("group.instance.id")
            .is_some_and(|id| id.ends_with(&number.to_string()))
    });
    fixed
        .filter_map(|client| run.groups.get(&client.name))
        .flatten()
        .filter(|(kind, t, _)| kind == "assigned" && *t > from)
        .map(|(_, t, _)| t - from)
        .min_by(f64::total_cmp)
        .unwrap_or(CLIENT_START)
}

/// Milestones that an operation carries as its own outcome (`took`, `seconds`, `isr_full_after`).
fn outcome(op: &Op, act: &Act, node: u32) -> Vec<(Milestone, f64)> {
    let number = |name: &str| op.more.get(name).and_then(Value::as_f64);
    match act {
        Act::Stop => number("took")
            .map(|took| vec![(Milestone::Stopped(node), op.t + took)])
            .unwrap_or_default(),
        Act::Start(_) if op.more.get("outcome").and_then(Value::as_str) == Some("ready") => {
            let mut ends = Vec::new();
            if let Some(took) = number("seconds") {
                ends.push((Milestone::PortOpen(node), op.t + took));
                if let Some(more) = number("isr_full_after") {
                    ends.push((Milestone::InSync(0), op.t + took + more));
                }
            }
            ends
        }
        _ => Vec::new(),
    }
}

/// The milestones that an operation carries, as deeds.
pub(crate) fn outcome_of(op: &Op) -> Vec<(f64, Deed, u32)> {
    let node = op.node.unwrap_or(0);
    let act = match op.op.as_str() {
        "stop" => Act::Stop,
        "start" => Act::Start(Startup::default()),
        _ => return Vec::new(),
    };
    outcome(op, &act, node)
        .into_iter()
        .map(|(milestone, at)| match milestone {
            Milestone::Stopped(node) => (at, Deed::Stopped, node),
            Milestone::PortOpen(node) => (at, Deed::PortOpen, node),
            Milestone::InSync(_) => (at, Deed::InSync, 0),
        })
        .collect()
}

/// How long the start at the head of `ops` took.
fn startup(run: &Run, ops: &[Op], node: u32) -> Startup {
    let from = ops[0].t;
    let opened = ops[1..]
        .iter()
        .take_while(|op| {
            !(op.node == Some(node) && op.op.starts_with("start") && op.op != "start result")
        })
        .find(|op| op.node == Some(node) && op.op == "port open")
        .map(|op| op.t);
    let more = &ops[0].more;
    let ready = more.get("outcome").and_then(Value::as_str) == Some("ready");
    let seconds = more.get("seconds").and_then(Value::as_f64);
    let opened = opened.or(seconds.filter(|_| ready).map(|took| from + took));
    let version = more
        .get("version")
        .and_then(Value::as_str)
        .map(str::to_owned);
    let props = more
        .get("props")
        .and_then(Value::as_object)
        .map(|props| {
            let text = |value: &Value| match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            props
                .iter()
                .map(|(name, value)| (name.clone(), text(value)))
                .collect()
        })
        .unwrap_or_default();
    let until = opened.unwrap_or(f64::INFINITY);
    let refused = run
        .said(
            Some(node),
            from,
            &["Unable to register", "DUPLICATE_BROKER_REGISTRATION"],
        )
        .filter(|t| *t < until);
    let loads = |text: &str| {
        text.contains("LogManager - Loading logs")
            || text.contains("LogManager - Skipping recovery")
            || text.contains("LogLoader partition=") && !text.contains("__cluster_metadata")
    };
    let loading = run
        .evidence
        .iter()
        .filter(|(t, who, text)| *who == node && *t > from && *t < until && loads(text))
        .map(|(t, _, _)| *t)
        .min_by(f64::total_cmp);
    Startup {
        port_open: opened.map(|t| t - from),
        loading: loading.map(|t| t - from),
        refused: refused.map(|t| t - from),
        told: more.contains_key("outcome"),
        version,
        props,
    }
}
