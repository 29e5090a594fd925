//! What the tests of the rules share: a small sound scenario with the parts that a test gives, and what a rule says about it.

use crate::{Case, Rule};
use scenario::Memory;

/// A small estate and runbook. Each part can be replaced by a test.
pub(crate) struct Scene {
    cluster: String,
    topic: String,
    producer: String,
    group: String,
    runbook: String,
    faults: String,
    contract: String,
}

/// Three brokers, three controllers of 3.9.2, one topic that can lose a replica, nothing done.
pub(crate) fn scene() -> Scene {
    Scene {
        cluster: r#"kafka: "3.9.2", brokers: 3, controllers: 3"#.to_owned(),
        topic: r#"partitions: 6, replicas: 3, settings: { "min.insync.replicas": 2 }"#.to_owned(),
        producer: r#"to: "orders", rate: "100/s""#.to_owned(),
        group: r#"reads: ["orders"], members: 2"#.to_owned(),
        runbook: r#"(step: "wait", do: Wait("1m"))"#.to_owned(),
        faults: String::new(),
        contract: "Completes".to_owned(),
    }
}

impl Scene {
    /// The fields of the cluster besides its topics.
    pub(crate) fn cluster(mut self, fields: &str) -> Self {
        self.cluster = fields.to_owned();
        self
    }

    /// The fields of the topic "orders".
    pub(crate) fn topic(mut self, fields: &str) -> Self {
        self.topic = fields.to_owned();
        self
    }

    /// The fields of the producer "checkout".
    pub(crate) fn producer(mut self, fields: &str) -> Self {
        self.producer = fields.to_owned();
        self
    }

    /// The fields of the group "billing".
    pub(crate) fn group(mut self, fields: &str) -> Self {
        self.group = fields.to_owned();
        self
    }

    /// The steps.
    pub(crate) fn runbook(mut self, steps: &str) -> Self {
        self.runbook = steps.to_owned();
        self
    }

    /// The only step does this.
    pub(crate) fn does(self, action: &str) -> Self {
        self.runbook(&format!(r#"(step: "brokers", do: {action})"#))
    }

    /// The only step rolls all brokers and waits for the ISR.
    pub(crate) fn careful_roll(self) -> Self {
        self.runbook(r#"(step: "brokers", do: Roll(Brokers), between: [UnderReplicated(at_most: 0, for: "30s", within: "20m")])"#)
    }

    /// The faults.
    pub(crate) fn faults(mut self, faults: &str) -> Self {
        self.faults = faults.to_owned();
        self
    }

    /// The promises.
    pub(crate) fn contract(mut self, promises: &str) -> Self {
        self.contract = promises.to_owned();
        self
    }

    fn text(&self) -> String {
        format!(
            r#"(about: "a scene", estate: (clusters: {{ "prod": ({}, topics: {{ "orders": ({}) }}) }}, producers: {{ "checkout": ({}) }}, groups: {{ "billing": ({}) }}), runbook: [{}], faults: [{}], contract: [{}])"#,
            self.cluster,
            self.topic,
            self.producer,
            self.group,
            self.runbook,
            self.faults,
            self.contract
        )
    }
}

/// "error: the words pointed at: the message", for everything that a rule says about the scene.
#[track_caller]
pub(crate) fn said(rule: &Rule, scene: &Scene) -> Vec<String> {
    let text = scene.text();
    let read = scenario::read(&Memory::new().with("scene.ron", text.as_str()), "scene.ron");
    let Some(scenario) = &read.scenario else {
        panic!("{text}\n{:#?}", read.diagnostics);
    };
    let mut all = Vec::new();
    for case in Case::all(scenario) {
        for found in rule.diagnostics(&case) {
            let level = if found.is_error() { "error" } else { "warning" };
            all.push(format!(
                "{level}: {}: {}",
                read.sources.text(found.span),
                found.message
            ));
        }
    }
    all
}

/// The rule says one thing, of this level, and points at these words.
#[track_caller]
pub(crate) fn bites(rule: &Rule, scene: &Scene, level_and_place: &str) {
    let said = said(rule, scene);
    assert_eq!(said.len(), 1, "{said:#?}");
    assert!(said[0].starts_with(level_and_place), "{said:#?}");
}

/// The rule has nothing to say.
#[track_caller]
pub(crate) fn spares(rule: &Rule, scene: &Scene) {
    assert_eq!(said(rule, scene), Vec::<String>::new());
}
