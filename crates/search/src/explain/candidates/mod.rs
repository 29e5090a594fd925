//! Changes of a runbook and its settings that a careful person would think of.
//!
//! | where | what |
//! |---|---|
//! | `gates` | gates that are added, wait longer, look elsewhere, or stop the runbook |
//! | `rolls` | how nodes are taken: order, batch, stop, pause |
//! | `steps` | steps that are added, wait longer, or change places |
//! | `estate` | settings of nodes, topics and clients; replicas |
//!
//! None of them trades safety for a promise: `min.insync.replicas` is raised and never lowered, gates are added and never removed. What costs
//! something else than time (a shorter session fences a broker that only paused) says so, and comes after what does not.

mod estate;
mod gates;
mod rolls;
mod steps;

use scenario::Scenario;
use scenario::model::Step;

use super::edit::{Does, Edit, Way};

pub(super) const SECOND: u64 = 1_000_000_000;

/// Everything that is tried.
pub(crate) fn all(scenario: &Scenario) -> Vec<Edit> {
    let mut drafts = Drafts::default();
    for step in &scenario.runbook {
        gates::of(scenario, step, &mut drafts);
        rolls::of(step, &mut drafts);
    }
    steps::all(scenario, &mut drafts);
    estate::all(scenario, &mut drafts);
    drafts.edits
}

/// Where a step stands.
fn place(step: &Step) -> Vec<Way> {
    vec![
        Way::Field("runbook"),
        Way::Step(Clone::clone(&step.name.value)),
    ]
}

/// Changes, as they are thought of.
#[derive(Default)]
struct Drafts {
    edits: Vec<Edit>,
}

impl Drafts {
    fn add(&mut self, kind: &'static str, place: Vec<Way>, does: Does, words: String) {
        self.edits.push(Edit {
            place,
            does,
            words,
            kind,
            price: None,
        });
    }

    /// One that costs this.
    fn at_a_price(
        &mut self,
        kind: &'static str,
        place: Vec<Way>,
        does: Does,
        words: String,
        price: &'static str,
    ) {
        self.add(kind, place, does, words);
        if let Some(last) = self.edits.last_mut() {
            last.price = Some(price);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const FILE: &str = r#"(
    about: "a roll",
    estate: (
        clusters: { "prod": (kafka: "3.9.2", brokers: 4, controllers: 3, topics: { "orders": (partitions: 4, replicas: 2) }) },
        producers: { "checkout": (to: "orders", rate: "10/s") },
        groups: { "billing": (reads: ["orders"]) },
    ),
    runbook: [
        (step: "brokers", do: Roll(Brokers, batch: 2, stop: Kill, until: Process), between: [UnderReplicated(through: Metric)], on_timeout: GoOn),
        (step: "soak", do: Wait("1m")),
        (step: "finalize", do: UpgradeFeatures(release: "3.9")),
    ],
    contract: [Completes],
)"#;

    fn read(text: &str) -> scenario::Read {
        let memory = scenario::Memory::new().with("test.ron", text);
        scenario::read(&memory, "test.ron")
    }

    #[test]
    fn every_change_is_a_file_that_can_be_rehearsed_and_says_what_it_does() {
        let scenario = read(FILE).scenario.expect("it can be read");
        let mut kinds = BTreeSet::new();
        let mut words = BTreeSet::new();
        for edit in all(&scenario) {
            let text = edit.on(FILE).unwrap_or_else(|| FILE.to_owned());
            let read = read(&text);
            let changed = read
                .scenario
                .unwrap_or_else(|| panic!("{}\n{text}\n{:#?}", edit.words, read.diagnostics));
            assert!(
                rehearsal::prepare(&changed, "test.ron").is_ok(),
                "{}",
                edit.words
            );
            assert!(words.insert(edit.words.clone()), "twice: {}", edit.words);
            kinds.insert(edit.kind);
        }
        for kind in [
            "one more gate",
            "another look",
            "a stop when time runs out",
            "a longer wait at a gate",
            "a pause between nodes",
            "smaller batches",
            "a clean stop",
            "another order",
            "one more step",
            "a longer step",
            "steps in another order",
            "a setting",
            "more replicas",
        ] {
            assert!(kinds.contains(kind), "{kind} is missing in {kinds:?}");
        }
    }

    #[test]
    fn nothing_is_made_less_safe() {
        let scenario = read(FILE).scenario.expect("it can be read");
        for edit in all(&scenario) {
            if let Does::Setting(name, value) = &edit.does {
                let unsafe_ = match *name {
                    "min.insync.replicas" => value.parse::<u32>().is_ok_and(|number| number < 2),
                    "acks" => !value.contains("all"),
                    "unclean.leader.election.enable" => value == "true",
                    _ => false,
                };
                assert!(!unsafe_, "{}", edit.words);
            }
        }
    }
}
