//! Settings changed while the cluster runs: what applies at once, what needs a restart, and what a tool refuses.
#![allow(missing_docs, reason = "tests speak for themselves")]

mod common;

use common::*;
use outcome::StepEnd;

#[test]
fn a_setting_of_a_topic_applies_at_once() {
    // Two of three in sync are enough for min.insync.replicas=2, and not for 3.
    let with = |min: &str| {
        Rehearsal::of(&format!(
            r#"(step: "stop", do: Stop([1])),
               (step: "set", do: SetConfig(Topic("orders"), settings: {{ "min.insync.replicas": {min} }})),
               (step: "wait", do: Wait("30s")),
               (step: "start", do: Start([1]), after: [UnderReplicated()])"#
        ))
        .promising(r#"UnderMinIsr("orders", at_most: "1s"), WriteOutage("checkout", at_most: "10s")"#)
        .play()
    };
    let same = with("2");
    assert!(promise(&same, "UnderMinIsr").holds);
    assert!(promise(&same, "WriteOutage").holds);
    let more = with("3");
    assert!(measured(&more, "UnderMinIsr") >= 30_000);
    assert!(measured(&more, "WriteOutage") >= 30_000);
}

#[test]
fn lowering_min_isr_ends_an_outage_without_a_restart() {
    let outcome = Rehearsal::of(
        r#"(step: "stop", do: Stop([1, 2])),
           (step: "think", do: Wait("20s")),
           (step: "give in", do: SetConfig(Topic("orders"), settings: { "min.insync.replicas": 1 })),
           (step: "wait", do: Wait("60s"))"#,
    )
    .promising(r#"WriteOutage("checkout", at_most: "5s")"#)
    .play();
    let outage = measured(&outcome, "WriteOutage");
    assert!(
        (20_000..30_000).contains(&outage),
        "{outage} ms, and the brokers are still away"
    );
}

#[test]
fn one_change_of_a_topic_leaves_the_others_alone() {
    let outcome = Rehearsal::of(
        r#"(step: "one", do: SetConfig(Topic("orders"), settings: { "min.insync.replicas": 3 })),
           (step: "two", do: SetConfig(Topic("orders"), settings: { "unclean.leader.election.enable": "true" })),
           (step: "stop", do: Stop([1])), (step: "wait", do: Wait("20s"))"#,
    )
    .promising(r#"UnderMinIsr("orders", at_most: "1s")"#)
    .play();
    assert!(
        !promise(&outcome, "UnderMinIsr").holds,
        "min.insync.replicas is still 3"
    );
}

#[test]
fn a_setting_that_is_read_only_at_start_is_refused() {
    let outcome = play(
        r#"(step: "set", do: SetConfig(Brokers, settings: { "broker.session.timeout.ms": 30000 }))"#,
    );
    let finding = outcome
        .findings
        .iter()
        .find(|finding| finding.code == "config-refused")
        .expect("the tool says no");
    assert!(
        finding.title.contains("broker.session.timeout.ms"),
        "{}",
        finding.title
    );
    assert!(
        finding.title.contains("rolling restart"),
        "{}",
        finding.title
    );
    assert_eq!(
        step(&outcome, "set").end,
        StepEnd::Done,
        "the command was typed, and said no"
    );
}

#[test]
fn a_roll_brings_what_is_read_only_at_start() {
    let failover = |runbook: &str| {
        let outcome = Rehearsal::of(&format!(
            r#"{runbook} (step: "kill", do: Kill([2])), (step: "wait", do: Wait("2m"))"#
        ))
        .promising(r#"WriteOutage("checkout", at_most: "5s")"#)
        .play();
        measured(&outcome, "WriteOutage")
    };
    let before = failover("");
    let after = failover(
        r#"(step: "nodes", do: Roll(Controllers, settings: { "broker.session.timeout.ms": 30000 }),
            between: [QuorumHealthy(for: "5s")]),"#,
    );
    assert!(
        (6_000..12_000).contains(&before),
        "the session of 9 s: {before} ms"
    );
    assert!(
        (25_000..33_000).contains(&after),
        "the session of 30 s: {after} ms"
    );
}

#[test]
fn a_dynamic_setting_of_all_brokers_is_taken() {
    let outcome = play(
        r#"(step: "set", do: SetConfig(Brokers, settings: { "num.recovery.threads.per.data.dir": 4 }))"#,
    );
    assert!(
        !codes(&outcome).contains(&"config-refused"),
        "{:?}",
        codes(&outcome)
    );
    let line = &step(&outcome, "set").commands[0].line;
    assert!(
        line.contains("kafka-configs.sh") && line.contains("--entity-default"),
        "{line}"
    );
}

#[test]
fn without_a_controller_nothing_can_be_set() {
    let outcome = play(
        r#"(step: "stop", do: Stop(Controllers)),
           (step: "set", do: SetConfig(Topic("orders"), settings: { "min.insync.replicas": 1 }))"#,
    );
    let refused = outcome
        .findings
        .iter()
        .find(|finding| finding.code == "config-refused");
    assert!(refused.is_some_and(|finding| finding.title.contains("no active controller")));
}
