//! An explanation of a failure whose reason and remedy are known.

use super::{Effort, caught, file, with_expectation};
use crate::shrink::Failure;

/// A roll without any gate, in which a slow start of one broker leaves two away at once.
const HASTY: &str = r#"(
    about: "a roll without a gate",
    estate: (
        clusters: { "prod": (
            kafka: "3.9.2",
            brokers: 3,
            controllers: 3,
            topics: { "orders": (partitions: 4, replicas: 3, settings: { "min.insync.replicas": 2 }) },
        ) },
        producers: { "checkout": (to: "orders", rate: "100/s", settings: { "acks": "all" }) },
    ),
    runbook: [(step: "brokers", do: Roll(Brokers))],
    faults: [(fault: DiskSlow(2, to_percent: 5), at: At("0s"), lasts: "3m")],
    contract: [Completes, UnderMinIsr("orders", at_most: "0s")],
)"#;

const EFFORT: Effort = Effort {
    runs: 7,
    continuations: 8,
};

#[test]
fn a_roll_without_a_gate_wants_one() {
    let memory = scenario::Memory::new().with("hasty.ron", HASTY);
    let read = scenario::read(&memory, "hasty.ron");
    let scenario = read
        .scenario
        .unwrap_or_else(|| panic!("{:#?}", read.diagnostics));
    let told = file("hasty.ron", HASTY, &scenario, EFFORT, &|_, _| {}).expect("it runs");
    let under = |failure: &&Failure| failure.kind == "UnderMinIsr";
    assert!(
        told.failures.iter().any(|failure| under(&failure)),
        "{:?}",
        told.failures
    );
    let caught = told.explained.caught.expect("changes were tried");
    assert!(caught.failing > 0);
    assert!(caught.change.is_some(), "{caught:?}");
    // The remedy reads as a difference, and the file with it holds.
    assert!(
        caught
            .diff
            .lines()
            .any(|line| line.starts_with('+') && !line.starts_with("+++"))
    );
    let curve = told.explained.curve.expect("it was asked for");
    assert!(curve.points.len() > 3);
    assert!(curve.points.windows(2).all(|pair| pair[0].at < pair[1].at));
    let last = curve.points.last().expect("there are some");
    assert_eq!(last.failing, last.of, "what has happened cannot be undone");
    let critical = curve.critical.expect("it failed");
    assert!(
        curve.points[critical..]
            .iter()
            .all(|point| point.failing == point.of)
    );
    assert!(critical == 0 || curve.points[critical - 1].failing < curve.points[critical - 1].of);
}

#[test]
fn a_file_can_say_what_comes_out() {
    let memory = scenario::Memory::new().with("hasty.ron", HASTY);
    let scenario = scenario::read(&memory, "hasty.ron")
        .scenario
        .expect("it can be read");
    let ready = rehearsal::prepare(&scenario, "hasty.ron").expect("it can be rehearsed");
    let outcome = ready.run(0);
    let text = with_expectation(HASTY, &outcome).expect("it fails");
    let memory = scenario::Memory::new().with("hasty.ron", text);
    let scenario = scenario::read(&memory, "hasty.ron")
        .scenario
        .expect("it can be read");
    let compared = rehearsal::Comparison::of(&scenario, &outcome);
    assert!(compared.breaks && compared.unmet.is_empty(), "{compared:?}");
}

#[test]
fn what_does_not_fail_needs_no_remedy() {
    let failure = Failure {
        kind: "Lost".to_owned(),
        subject: "checkout".to_owned(),
        code: None,
    };
    let caught = caught("hasty.ron", HASTY, 0, &failure, 3, None).expect("it can be read");
    assert_eq!(caught.failing, 0);
}
