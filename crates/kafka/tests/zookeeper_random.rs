//! Small random clusters in ZooKeeper mode under random acts: what must hold in every one of them.

mod common;
#[path = "common/random.rs"]
mod random;

use common::Small;
use engine::{Key, Span, Streams};
use random::{Act, Case, at, cases};

/// Worlds beyond these that showed a mistake once, and what it was.
const FOUND: [u64; 3] = [
    // A leader asked a controller for a larger ISR that had been elected before its port was open, and never asked again.
    1105,
    // A leader was killed and came back while there was no controller; its followers stayed away.
    4662,
    // The controller was lost and the same broker was elected again; a leader that had found none in between never asked again.
    6109,
];

/// One random world and what is done to it: three or four brokers, one or three ZooKeeper servers, any version of that mode.
fn case(seed: u64) -> Case {
    let streams = Streams::new(seed);
    let mut n = 0;
    let mut below = |limit: u64| {
        n += 1;
        streams.word(Key::of("case"), n) % limit
    };
    let versions = [
        "2.4.1", "2.5.1", "2.6.3", "2.7.2", "2.8.2", "3.0.2", "3.1.2", "3.2.3", "3.3.2", "3.4.1",
        "3.5.1", "3.6.2", "3.7.2", "3.8.1", "3.9.2",
    ];
    let version = versions[below(versions.len() as u64) as usize];
    let brokers = 3 + below(2) as u32;
    let servers = 1 + 2 * below(2) as u32;
    let mut small = Small::new(version, brokers)
        .in_zookeeper_mode(servers, below(u64::from(brokers)) as u32)
        .topic("t", 1 + below(4) as u32, 3, &[])
        .producer(
            "p",
            "t",
            10 + below(40),
            &[("delivery.timeout.ms", "600000")],
        );
    small.process_start = Span::millis(200 + below(3000));
    let mut acts = Vec::new();
    let mut t = 20_000;
    for _ in 0..1 + below(8) {
        t += below(25_000);
        let broker = below(u64::from(brokers)) as u32;
        let server = brokers + below(u64::from(servers)) as u32;
        acts.push((
            at(t),
            match below(10) {
                0 | 1 => Act::Kill(broker),
                2 | 3 => Act::Stop(broker),
                4 | 5 => Act::Start(broker),
                6 => Act::Pause(broker),
                7 => Act::Resume(broker),
                8 => Act::Kill(server),
                _ => Act::MoveController(broker),
            },
        ));
    }
    Case {
        small,
        acts,
        over: at(t + 1000),
    }
}

fn case_with_network(seed: u64) -> Case {
    random::with_network_faults(case(seed), seed)
}

#[test]
fn nothing_acknowledged_is_lost_and_everything_heals() {
    random::nothing_is_lost_and_everything_heals((0..cases()).chain(FOUND), case);
}

#[test]
fn so_it_is_when_the_network_fails_too() {
    random::nothing_is_lost_and_everything_heals(0..cases(), case_with_network);
}

#[test]
fn without_optimisations_the_outcome_is_the_same() {
    random::the_same_without_optimisations(0..cases() / 3, case);
}

#[test]
fn so_it_is_with_faults_of_the_network() {
    random::the_same_without_optimisations(0..cases() / 3, case_with_network);
}
