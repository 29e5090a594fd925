//! Every step of a shrinking is a scenario that can be read and fails in the same way, and the end is small.

use std::cell::RefCell;

use rehearsal::Rehearsal;
use scenario::model::{Fault, FaultKind, Nanos, NodeIds, Target, When};

use super::{Case, Failure, TRIES, shrink, shrink_within};
use crate::plan::{Plan, said};

/// Five brokers, rolled with a gate that looks once; a group and a topic that have no part in anything.
const ROLL: &str = r#"(
    about: "a roll",
    estate: (
        clusters: { "prod": (
            kafka: "3.9.2", brokers: 5, controllers: 3,
            topics: {
                "orders": (partitions: 12, replicas: 3, settings: { "min.insync.replicas": 2 }),
                "audit": (partitions: 2, replicas: 2),
            },
        ) },
        producers: {
            "checkout": (to: "orders", rate: "100/s", settings: { "acks": "all" }),
            "auditor": (to: "audit", rate: "10/s", settings: { "acks": "1" }),
        },
        groups: { "billing": (reads: ["orders"], members: 2) },
    ),
    runbook: [
        (step: "brokers", do: Roll(Brokers), between: [UnderReplicated(at_most: 0, for: "5s", within: "5m")]),
        (step: "leaders", do: ElectLeaders(Preferred)),
        (step: "soak", do: Wait("30s")),
    ],
    contract: [Completes, WriteOutage("checkout", at_most: "12s"), Lost("checkout", 0), Rebalances("billing", at_most: 9)],
)"#;

fn ready(text: &str) -> Rehearsal {
    let memory = scenario::Memory::new().with("test.ron", text);
    let read = scenario::read(&memory, "test.ron");
    let scenario = read
        .scenario
        .unwrap_or_else(|| panic!("{:#?}", read.diagnostics));
    rehearsal::prepare(&scenario, "test.ron").expect("it can be rehearsed")
}

fn fault(kind: FaultKind, at: When, seconds: u64) -> Fault {
    Fault {
        kind: said(kind),
        at: said(at),
        lasts: (seconds > 0).then(|| said(Nanos(seconds * 1_000_000_000))),
    }
}

fn at(millis: u64) -> When {
    When::At(Nanos(millis * 1_000_000))
}

/// Two brokers away at once break it; the slow start and the pause of a controller are bystanders.
fn planted() -> Case {
    let node = |id| Target::Node(said(id));
    let plan = Plan {
        seed: 7,
        faults: vec![
            fault(FaultKind::GcPause(node(101)), at(3_100), 3),
            fault(FaultKind::HostGone(node(4)), at(7_321), 120),
            fault(
                FaultKind::SlowStart {
                    node: node(2),
                    by: Nanos(30_000_000_000),
                },
                at(2),
                0,
            ),
            fault(FaultKind::HostGone(node(3)), at(8_977), 120),
        ],
    };
    Case::of(&ready(ROLL), &plan)
}

fn failure(case: &Case, kind: &str) -> Failure {
    let ready = case.ready("test.ron").expect("it is valid");
    let outcome = case.plan().on(&ready).run(case.seed);
    let all = Failure::all(&outcome);
    let found = all.iter().find(|failure| failure.kind == kind);
    found.unwrap_or_else(|| panic!("{all:?}")).clone()
}

#[test]
fn every_step_is_valid_and_fails_in_the_same_way() {
    let case = planted();
    let failure = failure(&case, "WriteOutage");
    let seen = RefCell::new(Vec::new());
    let shrunk = shrink_within(&case, &failure, "test.ron", &|_, _| {}, TRIES, Some(&seen));
    let shrunk = shrunk.expect("it fails");
    let seen = seen.into_inner();
    assert!(seen.len() > 3, "{}", seen.len());
    for case in seen {
        let ready = case.ready("test.ron").expect("it is valid");
        let outcome = case.plan().on(&ready).run(case.seed);
        assert!(Failure::all(&outcome).contains(&failure));
    }
    let text = scenario::canonical::text(&shrunk.case.whole());
    assert!(shrunk.tried <= TRIES);
    // What has no part in it is gone.
    assert!(shrunk.case.faults.len() <= 2, "{text}");
    assert!(!text.contains("\"auditor\""), "{text}");
    assert!(!text.contains("\"billing\""), "{text}");
    assert_eq!(shrunk.case.scenario.runbook.len(), 1, "{text}");
    let cluster = shrunk.case.scenario.estate.clusters.values().next();
    let cluster = cluster.expect("there is one");
    let topic = cluster.topics.values().next().expect("there is one");
    assert!(topic.partitions.value < 12, "{text}");
    assert!(
        !matches!(&cluster.brokers.value, NodeIds::Count(5)),
        "{text}"
    );
    // And without the faults the promise holds: the story is about them.
    let healthy = shrunk.rehearsal.run(shrunk.case.seed);
    assert!(!Failure::all(&healthy).contains(&failure), "{text}");
}

#[test]
fn threads_change_nothing() {
    let case = planted();
    let failure = failure(&case, "WriteOutage");
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let shrink = || shrink(&case, &failure, "test.ron", &|_, _| {});
        let shrunk = pool.expect("threads").install(shrink).expect("it fails");
        (shrunk.case, shrunk.tried)
    };
    assert_eq!(with(1), with(4));
}

#[test]
fn what_does_not_fail_so_is_not_shrunk() {
    let case = planted();
    let other = Failure {
        kind: "Lost".to_owned(),
        ..failure(&case, "WriteOutage")
    };
    assert!(shrink(&case, &other, "test.ron", &|_, _| {}).is_none());
}

#[test]
fn a_limit_is_kept() {
    let case = planted();
    let failure = failure(&case, "WriteOutage");
    let shrunk = shrink_within(&case, &failure, "test.ron", &|_, _| {}, 5, None);
    assert!(shrunk.expect("it fails").tried <= 5);
}
