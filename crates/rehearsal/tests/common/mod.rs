//! Small scenarios, played once: a test says what people do and what goes wrong, and looks at what came of it.
#![allow(
    dead_code,
    missing_docs,
    reason = "each test file uses what it needs; tests speak for themselves"
)]

use outcome::{GateEnd, GateRecord, Outcome, PromiseResult, Quantity, StepRecord, TimelineRow};
use scenario::Memory;

/// A second, in the nanoseconds of an outcome.
pub(crate) const SECOND: i64 = 1_000_000_000;

/// Three brokers, three controllers, one topic with a spare replica, one patient producer.
pub(crate) const PROD: &str = r#"
    clusters: { "prod": (
        kafka: "3.9.2", brokers: 3, controllers: 3,
        topics: { "orders": (partitions: 6, replicas: 3, settings: { "min.insync.replicas": 2 }) },
    ) },
    producers: { "checkout": (to: "orders", rate: "300/s", settings: { "acks": "all" }) },
"#;

/// What is rehearsed; the rest has defaults that suit most tests.
pub(crate) struct Rehearsal {
    pub(crate) estate: String,
    pub(crate) runbook: String,
    pub(crate) faults: String,
    pub(crate) contract: String,
    pub(crate) seed: u64,
}

impl Rehearsal {
    /// This runbook on [`PROD`].
    pub(crate) fn of(runbook: &str) -> Self {
        Self {
            estate: PROD.to_owned(),
            runbook: runbook.to_owned(),
            faults: String::new(),
            contract: "Completes".to_owned(),
            seed: 0,
        }
    }

    pub(crate) fn on(mut self, estate: &str) -> Self {
        self.estate = estate.to_owned();
        self
    }

    pub(crate) fn with_faults(mut self, faults: &str) -> Self {
        self.faults = faults.to_owned();
        self
    }

    pub(crate) fn promising(mut self, contract: &str) -> Self {
        self.contract = contract.to_owned();
        self
    }

    pub(crate) fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    pub(crate) fn play(&self) -> Outcome {
        self.ready().run(self.seed)
    }

    pub(crate) fn ready(&self) -> rehearsal::Rehearsal {
        let text = format!(
            "(about: \"a test\", estate: ({}), runbook: [{}], faults: [{}], contract: [{}])",
            self.estate, self.runbook, self.faults, self.contract
        );
        let memory = Memory::new().with("test.ron", text.clone());
        let read = scenario::read(&memory, "test.ron");
        let scenario = read
            .scenario
            .unwrap_or_else(|| panic!("{:#?}\n{text}", read.diagnostics));
        rehearsal::prepare(&scenario, "test.ron").expect("it can be rehearsed")
    }
}

/// This runbook on [`PROD`], played once.
pub(crate) fn play(runbook: &str) -> Outcome {
    Rehearsal::of(runbook).play()
}

pub(crate) fn step<'a>(outcome: &'a Outcome, name: &str) -> &'a StepRecord {
    outcome
        .steps
        .iter()
        .find(|step| step.name == name && !step.is_undo)
        .expect("there is such a step")
}

pub(crate) fn undo<'a>(outcome: &'a Outcome, name: &str) -> &'a StepRecord {
    outcome
        .steps
        .iter()
        .find(|step| step.name == name && step.is_undo)
        .expect("it was undone")
}

/// How long a step took, in seconds.
pub(crate) fn seconds(step: &StepRecord) -> i64 {
    let when = step.when.expect("it was begun");
    (when.end - when.begin) / SECOND
}

/// The nodes that entered a phase in a step, in order, with the second at which each began it.
pub(crate) fn entered(step: &StepRecord, phase: &str) -> Vec<(u32, i64)> {
    step.nodes
        .iter()
        .filter(|node| node.phase == phase)
        .map(|node| (node.node, node.when.begin / SECOND))
        .collect()
}

/// The nodes of [`entered`] alone.
pub(crate) fn order(step: &StepRecord, phase: &str) -> Vec<u32> {
    entered(step, phase)
        .into_iter()
        .map(|(node, _)| node)
        .collect()
}

pub(crate) fn gates<'a>(outcome: &'a Outcome, step: &str) -> Vec<&'a GateRecord> {
    outcome
        .gates
        .iter()
        .filter(|gate| gate.step == step)
        .collect()
}

pub(crate) fn gate_ends(outcome: &Outcome, step: &str) -> Vec<GateEnd> {
    gates(outcome, step)
        .into_iter()
        .map(|gate| gate.end)
        .collect()
}

pub(crate) fn promise<'a>(outcome: &'a Outcome, kind: &str) -> &'a PromiseResult {
    outcome
        .promises
        .iter()
        .find(|promise| promise.kind == kind)
        .expect("it was promised")
}

/// What was measured for a promise about time, in milliseconds.
pub(crate) fn measured(outcome: &Outcome, kind: &str) -> u64 {
    match promise(outcome, kind).measured {
        Quantity::Nanoseconds(ns) | Quantity::AtLeastNanoseconds(ns) => ns / 1_000_000,
        Quantity::Records(n) | Quantity::Count(n) => n,
        Quantity::Percent(n) => u64::from(n),
        Quantity::Yes(yes) => u64::from(yes),
    }
}

/// When something was told of somebody, in milliseconds after the first step began.
pub(crate) fn told(outcome: &Outcome, who: &str, text: &str) -> Vec<i64> {
    outcome
        .story
        .iter()
        .filter(|line| line.who == who && line.text.contains(text))
        .map(|line| line.at / 1_000_000)
        .collect()
}

pub(crate) fn row<'a>(outcome: &'a Outcome, label: &str) -> &'a TimelineRow {
    outcome
        .timeline
        .iter()
        .find(|row| row.label == label)
        .expect("there is such a row")
}

pub(crate) fn codes(outcome: &Outcome) -> Vec<&str> {
    outcome
        .findings
        .iter()
        .map(|finding| finding.code.as_str())
        .collect()
}

/// When a fault began and ended, in milliseconds after the first step began.
pub(crate) fn fault(outcome: &Outcome, at: usize) -> Option<(i64, i64)> {
    outcome.faults[at]
        .when
        .map(|when| (when.begin / 1_000_000, when.end / 1_000_000))
}
