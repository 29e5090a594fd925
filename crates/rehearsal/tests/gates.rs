//! What the operator sees before going on, and what happens when it does not turn green.
#![allow(missing_docs, reason = "tests speak for themselves")]

mod common;

use common::*;
use outcome::{GateEnd, StepEnd};

/// A topic that needs a while to catch up after half a minute.
const BUSY: &str = r#"
    clusters: { "prod": (
        kafka: "3.9.2", brokers: 3, controllers: 3, disk: (write: "60MB/s"),
        topics: { "orders": (partitions: 3, replicas: 3, data: "10GiB", settings: { "min.insync.replicas": 2 }) },
    ) },
    producers: { "checkout": (
        to: "orders", rate: "200/s", size: "100KB",
        settings: { "acks": "all", "batch.size": 1000000, "linger.ms": 20 },
    ) },
"#;

#[test]
fn a_gate_holds_the_roll_until_every_replica_is_in_sync() {
    let roll = |gate: &str| {
        Rehearsal::of(&format!(
            r#"(step: "brokers", do: Roll(Brokers, down: "30s"), between: [{gate}])"#
        ))
        .on(BUSY)
        .promising(r#"WriteOutage("checkout", at_most: "5s")"#)
        .play()
    };
    let careful = roll(r#"UnderReplicated(at_most: 0, for: "5s")"#);
    assert!(promise(&careful, "WriteOutage").holds);
    assert_eq!(gate_ends(&careful, "brokers"), [GateEnd::Green; 3]);
    assert!(
        gates(&careful, "brokers")
            .iter()
            .all(|gate| gate.false_green.is_none())
    );
    let careless = roll("PortOpen()");
    assert!(!promise(&careless, "WriteOutage").holds);
    assert!(gates(&careless, "brokers")[0].false_green.is_some());
    assert!(codes(&careless).contains(&"no-isr-wait"));
    assert!(codes(&careless).contains(&"false-green"));
}

#[test]
fn a_tool_is_run_every_five_seconds_and_green_must_last() {
    let outcome = play(
        r#"(step: "brokers", do: Roll([1]), between: [UnderReplicated(at_most: 0, for: "20s")])"#,
    );
    let gate = gates(&outcome, "brokers")[0];
    assert_eq!(gate.end, GateEnd::Green);
    let took = (gate.when.end - gate.when.begin) / SECOND;
    assert!((20..=30).contains(&took), "{took} s");
    assert!((5..=7).contains(&gate.looks), "{} looks", gate.looks);
}

#[test]
fn one_look_is_enough_where_nothing_else_is_said() {
    let outcome = play(r#"(step: "wait", do: Wait("1s"), after: [UnderReplicated()])"#);
    assert_eq!(gates(&outcome, "wait")[0].looks, 1);
}

#[test]
fn a_red_gate_before_a_step_keeps_it_from_beginning() {
    let outcome = play(
        r#"(step: "stop", do: Stop([1])),
           (step: "roll", do: Roll([2]), before: [UnderReplicated(at_most: 0, within: "30s")])"#,
    );
    let roll = step(&outcome, "roll");
    assert_eq!(roll.end, StepEnd::Aborted);
    assert!(roll.nodes.is_empty(), "broker 2 was left alone");
    assert_eq!(gate_ends(&outcome, "roll"), [GateEnd::TimedOut]);
    assert_eq!(seconds(roll), 30);
}

#[test]
fn when_time_is_up_the_operator_may_abort_go_on_or_ask() {
    let with = |on_timeout: &str| {
        play(&format!(
            r#"(step: "stop", do: Stop([1]), after: [AllBrokersUp(within: "30s")], on_timeout: {on_timeout}),
               (step: "next", do: Start([1]))"#
        ))
    };
    let abort = with("Abort");
    assert_eq!(step(&abort, "stop").end, StepEnd::Aborted);
    assert_eq!(step(&abort, "next").end, StepEnd::NotReached);

    let go_on = with("GoOn");
    assert_eq!(step(&go_on, "stop").end, StepEnd::WentOn);
    assert_eq!(step(&go_on, "next").end, StepEnd::Done);
    assert!(promise(&go_on, "Completes").holds);

    let ask = with(r#"Ask("4m")"#);
    assert_eq!(step(&ask, "stop").end, StepEnd::WentOn);
    assert!(
        step(&ask, "stop")
            .why
            .as_deref()
            .is_some_and(|why| why.contains("a person said: go on"))
    );
    let waited = seconds(step(&ask, "stop")) - seconds(step(&go_on, "stop"));
    assert_eq!(waited, 240, "the answer takes four minutes");
    assert_eq!(step(&ask, "next").end, StepEnd::Done);

    for outcome in [&abort, &go_on, &ask] {
        assert_eq!(gate_ends(outcome, "stop"), [GateEnd::TimedOut]);
    }
}

#[test]
fn a_gate_that_was_green_for_too_short_a_time_says_so() {
    let outcome = play(
        r#"(step: "brokers", do: Roll([1]), between: [UnderReplicated(at_most: 0, for: "1m", within: "30s")])"#,
    );
    let why = step(&outcome, "brokers")
        .why
        .clone()
        .expect("it was aborted");
    assert!(why.contains("at the end only for"), "{why}");
}

#[test]
fn an_old_metric_is_green_although_the_next_stop_is_unsafe() {
    let roll = |through: &str, seed: u64| {
        Rehearsal::of(&format!(
            r#"(step: "brokers", do: Roll([1, 2], down: "30s"), between: [UnderReplicated(at_most: 0, through: {through})])"#
        ))
        .on(BUSY)
        .with_seed(seed)
        .play()
    };
    // In some seed the last scrape before the look was before the restart.
    let mut fooled = 0;
    for seed in 0..10 {
        let outcome = roll(r#"Metric(scrape: "1m", delay: "20s")"#, seed);
        let gate = gates(&outcome, "brokers")[0];
        if let Some(why) = &gate.false_green {
            fooled += 1;
            assert!(why.contains("stopping broker 2"), "{why}");
            assert_eq!(gate.end, GateEnd::Green);
            assert!(codes(&outcome).contains(&"false-green"));
        }
    }
    assert!(
        fooled > 0,
        "a metric of a minute fools somebody in ten tries"
    );
    let truth = roll("Truth", 0);
    assert!(
        gates(&truth, "brokers")
            .iter()
            .all(|gate| gate.false_green.is_none())
    );
}

#[test]
fn an_old_metric_is_red_although_all_is_well_and_that_time_is_counted() {
    let red: u64 = (0..10)
        .map(|seed| {
            let outcome = Rehearsal::of(
                r#"(step: "brokers", do: Roll([1], down: "40s"),
                    between: [UnderReplicated(at_most: 0, through: Metric(scrape: "30s", delay: "10s"))])"#,
            )
            .with_seed(seed)
            .play();
            gates(&outcome, "brokers")[0].false_red
        })
        .max()
        .expect("ten runs");
    assert!(
        red >= 10_000_000_000,
        "at least the delay of 10 s, in one of ten: {red}"
    );
}

#[test]
fn a_tool_that_asks_a_hung_broker_gets_no_answer() {
    let outcome = Rehearsal::of(
        r#"(step: "wait", do: Wait("10s"), after: [UnderReplicated(at_most: 9, within: "20s", through: Tool(via: 2))])"#,
    )
    .with_faults(r#"(fault: Hang(Node(2)), at: At("1s"))"#)
    .play();
    let why = step(&outcome, "wait").why.clone().expect("it was aborted");
    assert!(why.contains("no answer"), "{why}");
}

#[test]
fn a_broker_that_is_down_is_missing_from_the_sum_of_a_metric() {
    // Broker 2 leads the only partition and its one replica: when it is gone, nobody reports the partition.
    let estate = r#"
        clusters: { "prod": (kafka: "3.9.2", brokers: 2, controllers: 3,
            topics: { "notes": (partitions: 1, replicas: 2, assignment: [[2, 1]], settings: { "min.insync.replicas": 2 }) }) },
    "#;
    let look = |through: &str| {
        Rehearsal::of(&format!(
            r#"(step: "kill", do: Kill([1, 2])), (step: "look", do: Wait("30s"),
                after: [UnderMinIsr(at_most: 0, within: "5s", through: {through})])"#
        ))
        .on(estate)
        .play()
    };
    let metric = look(r#"Metric(scrape: "5s", delay: "0s")"#);
    assert_eq!(gate_ends(&metric, "look"), [GateEnd::Green]);
    assert!(gates(&metric, "look")[0].false_green.is_some());
    assert_eq!(gate_ends(&look("Truth"), "look"), [GateEnd::TimedOut]);
}

#[test]
fn a_gate_that_must_stay_green_stops_the_action_at_once() {
    let outcome = play(
        r#"(step: "brokers", do: Roll(Brokers, down: "1m"), during: [UnderReplicated(at_most: 0)])"#,
    );
    let roll = step(&outcome, "brokers");
    assert_eq!(roll.end, StepEnd::Aborted);
    assert_eq!(order(roll, "stopping"), [1]);
    assert_eq!(gate_ends(&outcome, "brokers"), [GateEnd::Broken]);
    assert!(seconds(roll) <= 10, "looked at every 5 s");
}

#[test]
fn a_gate_that_stays_green_lets_the_action_end() {
    let outcome =
        play(r#"(step: "brokers", do: Roll(Brokers, down: "20s"), during: [Offline(at_most: 0)])"#);
    assert_eq!(step(&outcome, "brokers").end, StepEnd::Done);
    let gate = gates(&outcome, "brokers")[0];
    assert_eq!(gate.end, GateEnd::Green);
    assert!(gate.looks > 10, "{} looks", gate.looks);
}

#[test]
fn a_forgotten_gate_is_not_looked_at() {
    let outcome = play(
        r#"(step: "stop", do: Stop([1]), after: [AllBrokersUp(within: "30s", forgotten: true)])"#,
    );
    assert_eq!(step(&outcome, "stop").end, StepEnd::Done);
    let gate = gates(&outcome, "stop")[0];
    assert_eq!((gate.end, gate.looks), (GateEnd::Forgotten, 0));
}

#[test]
fn the_step_limit_ends_a_wait_that_the_gate_would_allow() {
    let outcome = play(
        r#"(step: "stop", do: Stop([1]), after: [AllBrokersUp(within: "10m")], within: "1m")"#,
    );
    assert_eq!(seconds(step(&outcome, "stop")), 60);
    assert_eq!(gate_ends(&outcome, "stop"), [GateEnd::TimedOut]);
}

#[test]
fn writes_and_lag_are_seen_too() {
    let estate = format!(r#"{PROD} groups: {{ "billing": (reads: ["orders"]) }}"#);
    let outcome = Rehearsal::of(
        r#"(step: "wait", do: Wait("5s"), after: [WritesOk("checkout", at_most: "1s"), Lag("billing", at_most: 1000)]),
           (step: "stop", do: Stop([1, 2]), after: [WritesOk("checkout", at_most: "1s", within: "20s")])"#,
    )
    .on(&estate)
    .play();
    assert_eq!(gate_ends(&outcome, "wait"), [GateEnd::Green; 2]);
    assert_eq!(
        gate_ends(&outcome, "stop"),
        [GateEnd::TimedOut],
        "below min ISR nothing is acknowledged"
    );
}
