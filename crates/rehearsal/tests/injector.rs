//! What goes wrong: each kind of fault does what its name says, at the moment that the plan names, to the node that it means.
#![allow(missing_docs, reason = "tests speak for themselves")]

mod common;

use common::*;
use outcome::{GateEnd, Outcome, StretchState};

/// Nothing is done for three minutes, and this goes wrong.
fn watched(faults: &str) -> Rehearsal {
    Rehearsal::of(r#"(step: "watch", do: Wait("3m"))"#)
        .with_faults(faults)
        .promising(
            r#"WriteOutage("checkout", at_most: "1s"), NoController("prod", at_most: "1s"), Lost("checkout", 0)"#,
        )
}

fn outage(outcome: &Outcome) -> u64 {
    measured(outcome, "WriteOutage")
}

// ------------------------------------------------------------------------------------ kinds

#[test]
fn a_killed_broker_is_gone_and_comes_back_when_its_time_is_over() {
    let outcome = watched(r#"(fault: Kill(Node(2)), at: At("10s"), lasts: "40s")"#).play();
    assert_eq!(told(&outcome, "broker 2", "is gone"), [10_000]);
    assert_eq!(fault(&outcome, 0), Some((10_000, 50_000)));
    let up = told(&outcome, "broker 2", "is up");
    assert!(up.len() == 1 && up[0] > 50_000, "{up:?}");
    assert!(
        (6_000..12_000).contains(&outage(&outcome)),
        "one session: {} ms",
        outage(&outcome)
    );
}

#[test]
fn a_killed_broker_stays_away_if_nobody_starts_it() {
    let outcome = watched(r#"(fault: Kill(Node(2)), at: At("10s"))"#).play();
    assert!(told(&outcome, "broker 2", "is up").is_empty());
}

#[test]
fn a_hung_broker_keeps_its_clients_waiting_longer_than_a_dead_one() {
    let hung = watched(r#"(fault: Hang(Node(2)), at: At("10s"), lasts: "60s")"#).play();
    let dead = watched(r#"(fault: Kill(Node(2)), at: At("10s"), lasts: "60s")"#).play();
    assert!(
        outage(&hung) > outage(&dead) + 10_000,
        "request.timeout.ms is 30 s"
    );
    assert_eq!(told(&hung, "broker 2", "goes on"), [70_000]);
}

#[test]
fn a_pause_shorter_than_the_session_moves_no_leader() {
    let outcome = watched(r#"(fault: GcPause(Node(2)), at: At("10s"), lasts: "5s")"#).play();
    assert!(told(&outcome, "controller", "fences").is_empty());
    assert!(
        (4_000..7_000).contains(&outage(&outcome)),
        "{} ms",
        outage(&outcome)
    );
}

#[test]
fn clients_of_a_lost_host_are_told_nothing() {
    let gone = watched(r#"(fault: HostGone(Node(2)), at: At("10s"))"#).play();
    let killed = watched(r#"(fault: Kill(Node(2)), at: At("10s"))"#).play();
    assert!(
        outage(&gone) > outage(&killed) + 10_000,
        "no connection is closed: {}",
        outage(&gone)
    );
}

#[test]
fn slow_starts_take_longer() {
    let roll = r#"(step: "brokers", do: Roll([2]))"#;
    let usual = seconds(step(&play(roll), "brokers"));
    let slow = Rehearsal::of(roll)
        .with_faults(r#"(fault: SlowStart(Node(2), by: "50s"), at: At("0s"))"#)
        .play();
    let longer = seconds(step(&slow, "brokers")) - usual;
    assert!((49..=52).contains(&longer), "{longer} s");
}

#[test]
fn a_crash_loop_kills_as_often_as_it_says() {
    let outcome = Rehearsal::of(r#"(step: "brokers", do: Roll([2])), (step: "watch", do: Wait("3m"))"#)
        .with_faults(
            r#"(fault: CrashLoop(Current, times: 3, after: "15s"), at: During(step: "brokers", phase: Stopped))"#,
        )
        .play();
    assert_eq!(told(&outcome, "broker 2", "is gone").len(), 3);
    assert_eq!(told(&outcome, "fault", "by its supervisor").len(), 3);
    assert!(
        row(&outcome, "broker 2")
            .stretches
            .last()
            .is_some_and(|last| last.when.end < outcome.window.end)
    );
}

#[test]
fn a_long_recovery_adds_to_the_start_after_a_crash() {
    let with = |more: &str| {
        watched(&format!(
            r#"(fault: Kill(Node(2)), at: At("10s"), lasts: "20s"){more}"#
        ))
        .play()
    };
    let usual = told(&with(""), "broker 2", "is up")[0];
    let long = with(r#", (fault: LongRecovery(Node(2), by: "70s"), at: At("5s"))"#);
    let longer = told(&long, "broker 2", "is up")[0] - usual;
    assert!((69_000..72_000).contains(&longer), "{longer} ms");
    assert!(codes(&long).contains(&"long-recovery"));
}

#[test]
fn a_slow_disk_makes_catching_up_slow() {
    let estate = r#"
        clusters: { "prod": (
            kafka: "3.9.2", brokers: 3, controllers: 3, disk: (write: "200MB/s"),
            topics: { "orders": (partitions: 3, replicas: 3, settings: { "min.insync.replicas": 2 }) },
        ) },
        producers: { "checkout": (
            to: "orders", rate: "200/s", size: "100KB",
            settings: { "acks": "all", "batch.size": 1000000, "linger.ms": 20 },
        ) },
    "#;
    let roll = Rehearsal::of(
        r#"(step: "brokers", do: Roll([2], down: "40s"), between: [UnderReplicated(through: Truth)])"#,
    )
    .on(estate);
    let usual = seconds(step(&roll.play(), "brokers"));
    let slow = roll
        .with_faults(r#"(fault: DiskSlow(Node(2), to_percent: 20), at: At("0s"))"#)
        .play();
    let longer = seconds(step(&slow, "brokers")) - usual;
    // 40 s of 20 MB/s are caught up at 200 - 20 or at 40 - 20 MB/s: 4 s or 40 s.
    assert!((25..=50).contains(&longer), "{longer} s");
}

#[test]
fn a_full_disk_stops_a_broker_until_there_is_room() {
    let outcome = watched(r#"(fault: DiskFull(Node(2)), at: At("10s"), lasts: "50s")"#).play();
    let gone = told(&outcome, "broker 2", "is gone");
    assert!(
        gone.len() == 1 && (10_000..11_000).contains(&gone[0]),
        "{gone:?}"
    );
    assert!(
        told(&outcome, "broker 2", "is up")
            .iter()
            .all(|&at| at > 60_000)
    );
    assert!(codes(&outcome).contains(&"disk-full"));
}

#[test]
fn without_its_active_controller_the_quorum_elects_another() {
    let outcome = watched(r#"(fault: KillActiveController, at: At("10s"))"#).play();
    let without = measured(&outcome, "NoController");
    assert!((1_000..8_000).contains(&without), "{without} ms");
    assert_eq!(outage(&outcome), 0, "the data path needs no controller");
}

#[test]
fn a_lost_quorum_comes_back_with_its_nodes() {
    let outcome = watched(r#"(fault: QuorumLoss, at: At("10s"), lasts: "60s")"#).play();
    let without = measured(&outcome, "NoController");
    assert!((60_000..75_000).contains(&without), "{without} ms");
    assert!(
        outcome.faults[0].text.contains("kill -9 of controllers"),
        "{}",
        outcome.faults[0].text
    );
    assert!(codes(&outcome).contains(&"no-controller"));
}

#[test]
fn a_broker_that_is_cut_off_is_fenced_though_it_lives() {
    let outcome = watched(r#"(fault: Cut(from: These([2])), at: At("10s"), lasts: "60s")"#).play();
    assert_eq!(told(&outcome, "controller", "unfences broker 2").len(), 1);
    assert!(told(&outcome, "broker 2", "is gone").is_empty());
    assert!(
        row(&outcome, "broker 2")
            .stretches
            .iter()
            .any(|stretch| stretch.state == StretchState::Down)
    );
    assert_eq!(measured(&outcome, "Lost"), 0);
}

#[test]
fn a_slow_link_makes_every_write_slower() {
    let outcome = watched(r#"(fault: SlowLink(from: Brokers, to: Brokers, by: "300ms"), at: At("10s"), lasts: "60s")"#)
        .play();
    assert!(
        (500..3_000).contains(&outage(&outcome)),
        "one or two round trips: {} ms",
        outage(&outcome)
    );
    assert!(told(&outcome, "controller", "fences").is_empty());
}

#[test]
fn a_forgotten_wait_and_a_hasty_operator_do_not_see_the_gate_turn_green() {
    let roll = Rehearsal::of(
        r#"(step: "brokers", do: Roll([1, 2]), between: [UnderReplicated(at_most: 0, for: "30s")])"#,
    );
    let careful = roll.play();
    let forgetful = Rehearsal {
        faults: r#"(fault: ForgottenWait("brokers"), at: At("0s"))"#.to_owned(),
        ..roll
    };
    let forgot = forgetful.play();
    assert_eq!(gate_ends(&forgot, "brokers"), [GateEnd::Forgotten; 2]);
    assert!(gates(&forgot, "brokers").iter().all(|gate| gate.looks == 0));
    let hasty = Rehearsal {
        faults: r#"(fault: OperatorTooFast("brokers", after: "3s"), at: At("0s"))"#.to_owned(),
        ..forgetful
    }
    .play();
    assert_eq!(gate_ends(&hasty, "brokers"), [GateEnd::Forgotten; 2]);
    assert!(gates(&hasty, "brokers").iter().all(|gate| gate.looks > 0));
    let length = |outcome: &Outcome| seconds(step(outcome, "brokers"));
    assert!(length(&forgot) + 5 <= length(&hasty) && length(&hasty) + 50 <= length(&careful));
}

#[test]
fn the_partitions_of_a_killed_member_wait_for_its_session() {
    let outcome =
        watched(r#"(fault: KillMember("billing", member: 1), at: At("10s"), lasts: "2m")"#)
            .on(&format!(
                r#"{PROD} groups: {{ "billing": (reads: ["orders"], members: 2) }}"#
            ))
            .promising(r#"ReadOutage("billing", at_most: "1s")"#)
            .play();
    let outage = measured(&outcome, "ReadOutage");
    assert!(
        (42_000..50_000).contains(&outage),
        "session.timeout.ms is 45 s: {outage} ms"
    );
    assert!(codes(&outcome).contains(&"member-gone"));
}

// ------------------------------------------------------------------------------------ moments

/// A roll of three, with a kill at this moment.
fn roll_with_kill(target: &str, at: &str, seed: u64) -> Outcome {
    Rehearsal::of(
        r#"(step: "brokers", do: Roll(Brokers, down: "10s"), between: [UnderReplicated(within: "5m")], on_timeout: GoOn)"#,
    )
    .with_faults(&format!(r#"(fault: Kill({target}), at: {at}, lasts: "20s")"#))
    .with_seed(seed)
    .play()
}

#[test]
fn a_fault_comes_in_the_phase_of_the_node_that_it_names() {
    let outcome = roll_with_kill(
        "OtherBroker",
        r#"During(step: "brokers", nth: 2, phase: Stopped, after: "3s")"#,
        0,
    );
    let second = step(&outcome, "brokers")
        .nodes
        .iter()
        .find(|node| node.node == 2 && node.phase == "down")
        .expect("it was down");
    let began = fault(&outcome, 0).expect("it came").0;
    assert_eq!(began, second.when.begin / 1_000_000 + 3_000);
}

#[test]
fn a_fault_at_a_phase_finds_the_node_before_anything_else_is_done_to_it() {
    let outcome = Rehearsal::of(r#"(step: "brokers", do: Roll([2]))"#)
        .with_faults(r#"(fault: SlowStart(Current, by: "30s"), at: During(step: "brokers", phase: Starting))"#)
        .play();
    assert!(
        seconds(step(&outcome, "brokers")) > 30,
        "this start, not the next"
    );
}

#[test]
fn a_step_without_nodes_has_a_beginning_and_an_end() {
    let at = |phase: &str| {
        let outcome = Rehearsal::of(
            r#"(step: "one", do: Wait("20s")), (step: "two", do: Wait("1m"))"#,
        )
        .with_faults(&format!(
            r#"(fault: Kill(Node(1)), at: During(step: "one", phase: {phase}, after: "5s"))"#
        ))
        .play();
        fault(&outcome, 0).expect("it came").0
    };
    assert_eq!(at("Stopping"), 5_000);
    assert_eq!(at("Done"), 25_000);
}

#[test]
fn a_fault_comes_after_the_nth_of_what_it_counts() {
    let outcome = roll_with_kill("Node(1)", r#"Nth(2, of: Unfenced, after: "7s")"#, 0);
    let unfenced = told(&outcome, "controller", "unfences");
    let began = fault(&outcome, 0).expect("it came").0;
    assert_eq!(began, unfenced[1] + 7_000, "{unfenced:?}");
}

#[test]
fn a_moment_between_two_is_drawn_by_the_seed() {
    let mut moments: Vec<i64> = (0..8)
        .map(|seed| {
            let outcome = watched(r#"(fault: Kill(Node(2)), at: Between("10s", "60s"))"#)
                .with_seed(seed)
                .play();
            fault(&outcome, 0).expect("it came").0
        })
        .collect();
    assert!(
        moments.iter().all(|at| (10_000..=60_000).contains(at)),
        "{moments:?}"
    );
    moments.sort_unstable();
    moments.dedup();
    assert!(moments.len() > 4, "{moments:?}");
}

#[test]
fn a_fault_whose_moment_never_comes_did_not_come_to_pass() {
    let outcome = watched(r#"(fault: Kill(Node(2)), at: Nth(50, of: LeaderChange))"#).play();
    assert_eq!(fault(&outcome, 0), None);
    assert!(told(&outcome, "broker 2", "is gone").is_empty());
}

// ------------------------------------------------------------------------------------ targets

#[test]
fn the_current_node_is_the_one_at_hand_and_another_is_not() {
    for seed in 0..6 {
        let moment = r#"During(step: "brokers", nth: 3, phase: Waiting, after: "100ms")"#;
        let current = roll_with_kill("Current", moment, seed);
        assert_eq!(current.faults[0].text, "kill -9 of broker 3", "seed {seed}");
        let other = roll_with_kill("OtherBroker", moment, seed);
        assert_ne!(other.faults[0].text, "kill -9 of broker 3", "seed {seed}");
    }
}

#[test]
fn the_leader_is_looked_up_when_the_moment_comes() {
    let outcome =
        Rehearsal::of(r#"(step: "stop", do: Stop([1])), (step: "watch", do: Wait("1m"))"#)
            .on(r#"
            clusters: { "prod": (kafka: "3.9.2", brokers: 3, controllers: 3,
                topics: { "orders": (partitions: 1, replicas: 3, assignment: [[1, 3, 2]]) }) },
        "#)
            .with_faults(
                r#"(fault: Kill(Leader("orders", 0)), at: During(step: "watch", after: "5s"))"#,
            )
            .play();
    assert_eq!(outcome.faults[0].text, "kill -9 of broker 3");
}

#[test]
fn any_broker_is_drawn_by_the_seed() {
    let mut hit: Vec<String> = (0..12)
        .map(|seed| {
            watched(r#"(fault: Kill(AnyBroker), at: At("10s"))"#)
                .with_seed(seed)
                .play()
                .faults[0]
                .text
                .clone()
        })
        .collect();
    hit.sort();
    hit.dedup();
    assert_eq!(
        hit,
        [
            "kill -9 of broker 1",
            "kill -9 of broker 2",
            "kill -9 of broker 3"
        ]
    );
}

#[test]
fn the_active_controller_is_the_one_of_that_moment() {
    let outcome = watched(
        r#"(fault: KillActiveController, at: At("10s")),
           (fault: GcPause(ActiveController), at: At("40s"), lasts: "5s")"#,
    )
    .play();
    let first = outcome.faults[0].text.replace("kill -9 of ", "");
    let second = outcome.faults[1]
        .text
        .replace("garbage collection pause of ", "");
    assert_ne!(first, second);
    assert_eq!(told(&outcome, &second, "hangs"), [40_000]);
}
