//! The whole way, on files that nobody wrote: whatever parses as a scenario runs to the end or says why not, and what comes out can be
//! shown, saved and read again. Never a panic.
#![allow(missing_docs, reason = "tests speak for themselves")]

mod generate;
mod mutate;

use outcome::{Outcome, Verdict};
use proptest::prelude::*;
use report::terminal::{self, Style};
use scenario::{Memory, Scenario};

/// Larger worlds are left to the scenarios that want them.
const MOST_REPLICAS: u64 = 600;
/// Longer runbooks say nothing new.
const LONGEST: u64 = 7 * 24 * 3_600 * 1_000_000_000;

/// Takes a text all the way. `None`: it is no scenario, or too large for a test, or cannot be rehearsed; and that was said.
fn all_the_way(text: &str, seed: u64) -> Option<Outcome> {
    let read = scenario::read(&Memory::new().with("x.ron", text), "x.ron");
    let Some(scenario) = read.scenario else {
        assert!(
            read.diagnostics.iter().any(scenario::Diagnostic::is_error),
            "nothing, and no reason"
        );
        return None;
    };
    if !is_small(&scenario) {
        return None;
    }
    let rehearsal = match rehearsal::prepare(&scenario, "x.ron") {
        Ok(rehearsal) => rehearsal,
        Err(problems) => {
            assert!(
                !problems.is_empty() && problems.iter().all(|problem| !problem.message.is_empty()),
                "no reason"
            );
            return None;
        }
    };
    let outcome = rehearsal.run(seed);
    is_consistent(&scenario, &outcome);
    assert_eq!(
        rehearsal.run(seed).identity,
        outcome.identity,
        "twice the same"
    );
    Some(outcome)
}

fn is_small(scenario: &Scenario) -> bool {
    let clusters = scenario.estate.clusters.values();
    let replicas: u64 = clusters
        .flat_map(|cluster| cluster.topics.values())
        .map(|topic| u64::from(*topic.partitions) * u64::from(*topic.replicas))
        .sum();
    let waits: u64 = scenario
        .runbook
        .iter()
        .map(|step| match &step.action.value {
            scenario::model::Action::Wait(time) => time.0,
            _ => 0,
        })
        .fold(0, u64::saturating_add);
    let clients = scenario
        .estate
        .groups
        .values()
        .map(|group| u64::from(*group.members))
        .sum::<u64>();
    let longest = waits
        .saturating_add(scenario.settle.0)
        .saturating_add(scenario.tail.0);
    replicas <= MOST_REPLICAS && longest <= LONGEST && clients <= 30
}

/// What must be so of every outcome.
fn is_consistent(scenario: &Scenario, outcome: &Outcome) {
    let broken = outcome.promises.iter().any(|promise| !promise.holds);
    assert_eq!(
        broken,
        outcome.verdict == Verdict::Breaks,
        "the verdict is that of the promises"
    );
    assert!(
        outcome.window.begin <= outcome.runbook.begin && outcome.runbook.end <= outcome.window.end,
        "{:?}",
        outcome.window
    );
    for promise in &outcome.promises {
        assert!(
            promise
                .findings
                .iter()
                .all(|&index| index < outcome.findings.len())
        );
    }
    for row in &outcome.timeline {
        for pair in row.stretches.windows(2) {
            assert!(
                pair[0].when.end <= pair[1].when.begin,
                "stretches of {} overlap",
                row.label
            );
        }
        for stretch in &row.stretches {
            assert!(
                stretch.when.begin <= stretch.when.end,
                "{} goes backwards",
                row.label
            );
            assert!(
                stretch
                    .finding
                    .is_none_or(|index| index < outcome.findings.len())
            );
        }
    }
    for producer in &outcome.producers {
        let total = &producer.total;
        assert_eq!(
            total.created,
            total.acked + total.not_sent + total.open,
            "{}: {total:?}",
            producer.producer
        );
        assert!(
            total.lost <= total.acked && total.ghosts <= total.not_sent,
            "{}: {total:?}",
            producer.producer
        );
        let sum: u64 = producer
            .partitions
            .iter()
            .map(|partition| partition.counts.lost)
            .sum();
        assert_eq!(sum, total.lost);
    }
    for finding in &outcome.findings {
        assert!(
            finding
                .causes
                .windows(2)
                .all(|pair| pair[0].at >= pair[1].at),
            "a cause comes after its effect: {:?}",
            finding.causes
        );
    }
    // It can be shown in every form, saved, and read again.
    let saved = report::json::write(outcome);
    assert!(report::json::read(&saved).expect("what was written can be read") == *outcome);
    for width in [40, 80] {
        let text = terminal::verbose(
            outcome,
            Style {
                width,
                ..Style::default()
            },
        );
        assert!(!text.is_empty());
    }
    assert!(
        report::picture::svg(outcome)
            .expect("a picture")
            .contains("<svg")
    );
    let _ = rehearsal::Comparison::of(scenario, outcome);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_sound_scenario_runs_to_the_end(text in generate::scenario(), seed in any::<u64>()) {
        let outcome = all_the_way(&text, seed);
        prop_assert!(outcome.is_some(), "not run: {text}\n{}", why(&text));
    }

    #[test]
    fn a_spoiled_file_runs_or_says_why_not(text in mutate::file(), seed in any::<u64>()) {
        all_the_way(&text, seed);
    }
}

/// What the reader and the rehearsal have against it.
fn why(text: &str) -> String {
    let read = scenario::read(&Memory::new().with("x.ron", text), "x.ron");
    let style = scenario::diagnostic::render::Style::default();
    let said = scenario::diagnostic::render::render(&read.diagnostics, &read.sources, style);
    let problems = read
        .scenario
        .map(|scenario| rehearsal::prepare(&scenario, "x.ron").map(|_| "nothing"));
    format!("{said}\n{problems:?}")
}

#[test]
fn the_generator_makes_scenarios_that_hold_and_that_break() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut verdicts = [0, 0];
    for seed in 0..40 {
        let text = generate::scenario()
            .new_tree(&mut runner)
            .expect("a scenario")
            .current();
        let outcome = all_the_way(&text, seed).expect("it runs");
        verdicts[usize::from(outcome.verdict == Verdict::Breaks)] += 1;
    }
    assert!(
        verdicts.iter().all(|&count| count >= 4),
        "hold and break: {verdicts:?}"
    );
}
