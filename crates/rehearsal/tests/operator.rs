//! What the operator does: orders, batches, versions, limits, and the way back.
#![allow(missing_docs, reason = "tests speak for themselves")]

mod common;

use common::*;
use outcome::StepEnd;

#[test]
fn a_roll_takes_one_node_after_the_other_by_id() {
    let outcome = play(r#"(step: "brokers", do: Roll(Brokers), between: [UnderReplicated()])"#);
    let brokers = step(&outcome, "brokers");
    assert_eq!(order(brokers, "stopping"), [1, 2, 3]);
    let stopping = entered(brokers, "stopping");
    let waiting = entered(brokers, "waiting");
    for (stop, wait) in stopping[1..].iter().zip(&waiting) {
        assert!(stop.1 >= wait.1, "{stopping:?} {waiting:?}");
    }
    assert_eq!(brokers.end, StepEnd::Done);
}

#[test]
fn a_roll_may_go_down_the_ids() {
    let outcome = play(r#"(step: "brokers", do: Roll(Brokers, order: Descending))"#);
    assert_eq!(order(step(&outcome, "brokers"), "stopping"), [3, 2, 1]);
}

#[test]
fn a_roll_takes_nodes_as_they_are_listed_if_told_so() {
    let outcome = play(r#"(step: "brokers", do: Roll([2, 3, 1], order: AsListed))"#);
    assert_eq!(order(step(&outcome, "brokers"), "stopping"), [2, 3, 1]);
}

#[test]
fn a_batch_is_taken_down_together() {
    let outcome = play(r#"(step: "brokers", do: Roll(Brokers, batch: 2))"#);
    let stopping = entered(step(&outcome, "brokers"), "stopping");
    assert_eq!(stopping[0].1, stopping[1].1);
    assert!(stopping[2].1 > stopping[1].1);
}

#[test]
fn racks_at_once_are_the_brokers_of_one_rack() {
    let estate = r#"
        clusters: { "prod": (kafka: "3.9.2", brokers: 4, controllers: 3, racks: ["a", "b"],
            topics: { "orders": (partitions: 4, replicas: 2) }) },
    "#;
    let outcome = Rehearsal::of(r#"(step: "racks", do: Roll(Brokers, order: ByRack, batch: 0))"#)
        .on(estate)
        .play();
    let stopping = entered(step(&outcome, "racks"), "stopping");
    let first: Vec<u32> = stopping
        .iter()
        .filter(|(_, at)| *at == 0)
        .map(|(node, _)| *node)
        .collect();
    assert_eq!(first, [1, 3], "racks are dealt in the order of the ids");
}

#[test]
fn the_active_controller_goes_last_if_told_so() {
    for seed in 0..6 {
        let outcome = Rehearsal::of(
            r#"(step: "controllers", do: Roll(Controllers, order: ActiveControllerLast),
                between: [QuorumHealthy()])"#,
        )
        .with_seed(seed)
        .play();
        let roll = step(&outcome, "controllers");
        let last = *order(roll, "stopping").last().expect("some were stopped");
        let resigned = outcome
            .story
            .iter()
            .find(|line| line.text.contains("no longer the active controller"))
            .expect("it was the active one");
        assert_eq!(resigned.who, format!("controller {last}"), "seed {seed}");
    }
}

#[test]
fn a_node_stays_down_as_long_as_its_installation_takes() {
    let outcome = play(r#"(step: "brokers", do: Roll([2], down: "40s"))"#);
    let roll = step(&outcome, "brokers");
    let down = entered(roll, "down")[0].1;
    let starting = entered(roll, "starting")[0].1;
    assert_eq!(starting - down, 40);
}

#[test]
fn a_pause_is_kept_after_each_node() {
    let without = play(r#"(step: "brokers", do: Roll(Brokers))"#);
    let with = play(r#"(step: "brokers", do: Roll(Brokers, pause: "60s"))"#);
    let longer = seconds(step(&with, "brokers")) - seconds(step(&without, "brokers"));
    assert!(
        (170..=190).contains(&longer),
        "three times 60 s, not {longer} s"
    );
}

#[test]
fn an_operator_content_with_a_process_does_not_wait_for_its_port() {
    let port = play(r#"(step: "stop", do: Stop([2])), (step: "start", do: Start([2]))"#);
    let process =
        play(r#"(step: "stop", do: Stop([2])), (step: "start", do: Start([2], until: Process))"#);
    assert_eq!(seconds(step(&process, "start")), 0);
    assert!(
        seconds(step(&port, "start")) >= 2,
        "process_start takes 2 s"
    );
}

#[test]
fn an_upgrade_shows_the_commands_of_the_version_at_hand() {
    let outcome = play(r#"(step: "brokers", do: Roll([1], to: "4.1.2"))"#);
    let lines: Vec<&str> = step(&outcome, "brokers")
        .commands
        .iter()
        .map(|command| command.line.as_str())
        .collect();
    assert!(lines.contains(&"bin/kafka-server-stop.sh"), "{lines:#?}");
    assert!(
        lines.iter().any(|line| line.contains("kafka_2.13-4.1.2")),
        "{lines:#?}"
    );
    assert!(
        lines.contains(&"bin/kafka-server-start.sh -daemon config/broker.properties"),
        "4.0 moved the example files: {lines:#?}"
    );
}

#[test]
fn steps_wait_for_those_they_need() {
    let outcome = play(
        r#"(step: "second", do: Wait("1s"), needs: ["first"]), (step: "first", do: Wait("1s"), needs: [])"#,
    );
    let names: Vec<&str> = outcome
        .steps
        .iter()
        .map(|step| step.name.as_str())
        .collect();
    assert_eq!(names, ["first", "second"]);
}

#[test]
fn a_planned_abort_ends_the_runbook_and_what_follows_is_never_begun() {
    let outcome = play(
        r#"(step: "look", do: Wait("1s")), (step: "enough", do: Abort("not today")), (step: "never", do: Wait("1s"))"#,
    );
    assert_eq!(step(&outcome, "never").end, StepEnd::NotReached);
    assert!(step(&outcome, "never").when.is_none());
    assert!(!promise(&outcome, "Completes").holds);
}

#[test]
fn a_person_who_is_asked_takes_time() {
    let outcome = play(r#"(step: "ask", do: Approve("all well?", after: "3m"))"#);
    assert_eq!(seconds(step(&outcome, "ask")), 180);
}

#[test]
fn a_start_that_takes_longer_than_the_step_may_ends_the_runbook() {
    let outcome = play(
        r#"(step: "stop", do: Stop([2])), (step: "start", do: Start([2]), within: "1s"), (step: "never", do: Wait("1s"))"#,
    );
    let start = step(&outcome, "start");
    assert_eq!(start.end, StepEnd::Aborted);
    assert!(
        start
            .why
            .as_deref()
            .is_some_and(|why| why.contains("broker 2 did not come up"))
    );
    assert_eq!(step(&outcome, "never").end, StepEnd::NotReached);
    assert!(codes(&outcome).contains(&"gate-timeout"));
}

#[test]
fn an_undo_goes_back_through_what_was_done_the_last_step_first() {
    let outcome = play(
        r#"
        (step: "one", do: Roll([1], to: "4.1.2"), undo: Roll([1], to: "3.9.2")),
        (step: "no way back", do: Wait("1s")),
        (step: "two", do: Roll([2], to: "4.1.2"), undo: Roll([2], to: "3.9.2")),
        (step: "three", do: Stop([3]), after: [AllBrokersUp(within: "20s")], undo: Start([3]), on_timeout: Undo),
        "#,
    );
    let undone: Vec<&str> = outcome
        .steps
        .iter()
        .filter(|step| step.is_undo)
        .map(|step| step.name.as_str())
        .collect();
    assert_eq!(undone, ["three", "two", "one"]);
    assert!(
        outcome
            .steps
            .iter()
            .filter(|step| step.is_undo)
            .all(|step| step.end == StepEnd::Undone)
    );
    assert_eq!(step(&outcome, "three").end, StepEnd::Aborted);
    assert!(
        !promise(&outcome, "Completes").holds,
        "a runbook that was undone has not come to its end"
    );
}

#[test]
fn an_undo_leaves_alone_the_nodes_that_were_never_changed() {
    let outcome = play(
        r#"
        (
            step: "brokers", do: Roll(Brokers, to: "4.1.2"), undo: Roll(Brokers, to: "3.9.2"), on_timeout: Undo,
            // Broker 3 is never a good sight, so the roll stops after the first.
            between: [PortOpen([1]), NoLeaders([3], within: "10s")],
        ),
        "#,
    );
    assert_eq!(order(step(&outcome, "brokers"), "stopping"), [1]);
    assert_eq!(order(undo(&outcome, "brokers"), "stopping"), [1]);
}

#[test]
fn preferred_leaders_can_be_elected_as_each_node_comes_back() {
    let without = play(r#"(step: "brokers", do: Roll(Brokers), between: [UnderReplicated()])"#);
    let with = play(
        r#"(step: "brokers", do: Roll(Brokers, elect_preferred: true, pause: "5s"), between: [UnderReplicated()]),
           (step: "again", do: ElectLeaders(Preferred), after: [PreferredLeaders("100%", within: "1m")])"#,
    );
    assert!(codes(&without).contains(&"leaders-not-restored"));
    assert!(!codes(&with).contains(&"leaders-not-restored"));
    let elections = step(&with, "brokers")
        .commands
        .iter()
        .filter(|command| command.line.contains("kafka-leader-election.sh"));
    assert_eq!(elections.count(), 3);
}
