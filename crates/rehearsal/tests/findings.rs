//! Findings: the right name for what happened, and a story that leads from its end back to an act or a fault.
#![allow(missing_docs, reason = "tests speak for themselves")]

mod common;

use std::path::Path;

use common::*;
use outcome::{Finding, Outcome, Severity};

fn finding<'a>(outcome: &'a Outcome, code: &str) -> &'a Finding {
    outcome
        .findings
        .iter()
        .find(|finding| finding.code == code)
        .unwrap_or_else(|| panic!("{code} is not among {:?}", codes(outcome)))
}

fn texts(finding: &Finding) -> Vec<&str> {
    finding
        .causes
        .iter()
        .map(|link| link.text.as_str())
        .collect()
}

#[test]
fn every_story_in_the_scenarios_leads_back_in_time_to_an_act_or_a_fault() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let mut stories = 0;
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be listed").path();
        let Some(scenario) = scenario::read(&scenario::Disk, &path).scenario else {
            continue;
        };
        let ready = rehearsal::prepare(&scenario, "file").expect("it can be rehearsed");
        let outcome = ready.run(0);
        for told in outcome
            .findings
            .iter()
            .filter(|told| !told.causes.is_empty())
        {
            stories += 1;
            let place = || format!("{}: {} {:#?}", path.display(), told.code, texts(told));
            assert!(
                told.causes.windows(2).all(|pair| pair[0].at >= pair[1].at),
                "a story goes back in time: {}",
                place()
            );
            let mut once = texts(told);
            once.sort_unstable();
            once.dedup();
            assert_eq!(
                once.len(),
                told.causes.len(),
                "nothing is told twice: {}",
                place()
            );
            assert!(
                told.causes.iter().any(|link| {
                    let text = link.text.trim_start_matches("it ended when: ");
                    ["step ", "undo of step ", "fault: "]
                        .iter()
                        .any(|root| text.starts_with(root))
                }),
                "somebody or something began it: {}",
                place()
            );
        }
    }
    assert!(stories > 30, "{stories}");
}

#[test]
fn an_outage_below_min_isr_is_told_by_who_was_missing_and_who_came_back() {
    let outcome = Rehearsal::of(
        r#"(step: "one", do: Stop([1])), (step: "wait", do: Wait("30s")), (step: "back", do: Start([1])),
           (step: "end", do: Wait("30s"))"#,
    )
    .with_faults(r#"(fault: Kill(Node(2)), at: During(step: "wait", after: "5s"))"#)
    .promising(r#"WriteOutage("checkout", at_most: "5s")"#)
    .play();
    let told = finding(&outcome, "below-min-isr");
    let texts = texts(told);
    assert!(
        texts[0].starts_with("it ended when: broker 1 is back in the ISR of orders-"),
        "{texts:#?}"
    );
    for said in [
        "step back: start broker 1",
        "1 replica in sync (broker 3) and needs 2 (min.insync.replicas)",
        "the session of broker 2 ends",
        "fault: kill -9 of broker 2",
        "step one: stop broker 1",
    ] {
        assert!(
            texts.iter().any(|text| text.contains(said)),
            "{said}: {texts:#?}"
        );
    }
    assert!(told.title.contains("(and 5 like it)"), "{}", told.title);
}

#[test]
fn stopping_two_at_once_is_the_operators_own_doing() {
    let outcome = Rehearsal::of(r#"(step: "brokers", do: Roll([1, 2], batch: 2, down: "20s"))"#)
        .promising(r#"WriteOutage("checkout", at_most: "5s")"#)
        .play();
    let told = finding(&outcome, "too-many-at-once");
    assert_eq!(told.severity, Severity::Broken);
    assert_eq!(
        texts(told).last(),
        Some(&"step brokers: stop brokers 1 and 2")
    );
}

#[test]
fn the_same_thing_at_three_restarts_is_told_once() {
    let estate = PROD.replace("replicas: 3", "replicas: 2");
    let outcome = Rehearsal::of(
        r#"(step: "brokers", do: Roll(Brokers, down: "10s"), between: [UnderReplicated(for: "20s")])"#,
    )
    .on(&estate)
    .promising(r#"WriteOutage("checkout", at_most: "3s")"#)
    .play();
    let broken: Vec<&Finding> = outcome
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Broken)
        .collect();
    assert_eq!(broken.len(), 1, "{broken:#?}");
    assert_eq!(broken[0].code, "no-spare-replica");
    assert!(
        broken[0].title.contains("the same 2 times more"),
        "{}",
        broken[0].title
    );
}

#[test]
fn a_broker_killed_while_it_leads_is_a_warning_and_a_stopped_one_is_not() {
    let killed = play(r#"(step: "kill", do: Kill([2])), (step: "start", do: Start([2]))"#);
    let told = finding(&killed, "killed-while-leading");
    assert!(
        told.title
            .contains("broker 2 was killed while leading 2 partitions"),
        "{}",
        told.title
    );
    let stopped = play(r#"(step: "stop", do: Stop([2])), (step: "start", do: Start([2]))"#);
    assert!(!codes(&stopped).contains(&"killed-while-leading"));
}

#[test]
fn records_that_failed_and_are_in_the_log_are_counted() {
    let estate = PROD.replace(
        r#"{ "acks": "all" }"#,
        r#"{ "acks": "all", "delivery.timeout.ms": 5000, "request.timeout.ms": 3000 }"#,
    );
    let outcome = Rehearsal::of(r#"(step: "watch", do: Wait("1m"))"#)
        .on(&estate)
        .with_faults(r#"(fault: Kill(Node(2)), at: At("10s"))"#)
        .promising(r#"NotSent("checkout", 0), WriteOutage("checkout", at_most: "20s")"#)
        .play();
    let total = outcome.producers[0].total;
    assert!(
        total.ghosts > 0 && total.ghosts < total.not_sent,
        "{total:?}"
    );
    let told = finding(&outcome, "failed-but-in-log");
    assert_eq!(told.severity, Severity::Warning);
    let counts = format!("{} of the {} records", total.ghosts, total.not_sent);
    assert!(told.title.starts_with(&counts), "{}", told.title);
    // Nothing was acknowledged until the session of the dead broker was over, although what waited first had failed by then.
    assert!(
        measured(&outcome, "WriteOutage") > 6_500,
        "{}",
        measured(&outcome, "WriteOutage")
    );
}

#[test]
fn a_lost_record_is_told_with_the_change_of_leader_that_cut_it_off() {
    let estate = PROD
        .replace(r#""acks": "all""#, r#""acks": "1""#)
        .replace("300/s", "60000/s")
        .replace("partitions: 6", "partitions: 30");
    let outcome =
        Rehearsal::of(r#"(step: "stop", do: Stop([2])), (step: "watch", do: Wait("10s"))"#)
            .on(&estate)
            .promising(r#"Lost("checkout", 0)"#)
            .play();
    let told = finding(&outcome, "acks-1");
    let texts = texts(told);
    assert!(texts[0].contains("becomes leader of orders-"), "{texts:#?}");
    assert_eq!(texts.last(), Some(&"step stop: stop broker 2"));
}

#[test]
fn a_time_without_controller_names_what_took_it() {
    let outcome = Rehearsal::of(r#"(step: "watch", do: Wait("2m"))"#)
        .with_faults(r#"(fault: QuorumLoss, at: At("10s"), lasts: "30s")"#)
        .promising(r#"NoController("prod", at_most: "5s")"#)
        .play();
    let texts = texts(finding(&outcome, "no-controller"));
    assert!(texts[0].contains("is the active controller"), "{texts:#?}");
    assert!(
        texts
            .last()
            .is_some_and(|text| text.starts_with("fault: quorum loss")),
        "{texts:#?}"
    );
}

#[test]
fn uneven_leaders_are_told_with_the_busiest_and_the_idlest_broker() {
    let outcome =
        Rehearsal::of(r#"(step: "brokers", do: Roll(Brokers), between: [UnderReplicated()])"#)
            .promising(r#"PreferredLeaders("orders", at_least: "100%")"#)
            .play();
    let title = &finding(&outcome, "leaders-not-restored").title;
    assert!(title.starts_with("3 of 6 partitions of orders"), "{title}");
    assert!(
        title.contains("broker 3 0"),
        "the last one restarted leads nothing: {title}"
    );
}
