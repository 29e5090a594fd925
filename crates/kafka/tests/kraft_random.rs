//! Small random clusters in KRaft mode under random acts, on controllers too: what must hold in every one of them.

mod common;
#[path = "common/random.rs"]
mod random;

use common::Small;
use engine::{Key, Span, Streams};
use random::{Act, Case, at, cases};

/// Worlds beyond these that showed a mistake once, and what it was.
const FOUND: [u64; 3] = [
    // A resumed leader of the quorum was followed again and never went on.
    102,
    // A change committed before a failover was never told to the new active controller's own broker.
    516,
    // Two brokers whose unfencing waited for a quorum longer than their session opened their ports fenced and never asked again.
    6490,
];

/// The same with faults of the network.
const FOUND_WITH_NETWORK: [u64; 1] = [
    // A change of an ISR that was refused because of a decision that was never committed waited for its metadata for ever.
    330,
];

/// One random world and what is done to it: three or four brokers, controllers of their own or among them, any version.
fn case(seed: u64) -> Case {
    let streams = Streams::new(seed);
    let mut n = 0;
    let mut below = |limit: u64| {
        n += 1;
        streams.word(Key::of("case"), n) % limit
    };
    let versions = [
        "3.3.2", "3.4.1", "3.5.1", "3.6.2", "3.7.2", "3.8.1", "3.9.2", "4.0.2", "4.1.2", "4.2.0",
        "4.3.1", "4.4.0",
    ];
    let version = versions[below(versions.len() as u64) as usize];
    let brokers = 3 + below(2) as u32;
    let mut small = Small::new(version, brokers)
        .topic("t", 1 + below(4) as u32, 3, &[])
        .producer(
            "p",
            "t",
            10 + below(40),
            &[("delivery.timeout.ms", "600000")],
        );
    small.combined = below(2) == 0;
    small.process_start = Span::millis(200 + below(3000));
    let nodes = if small.combined { brokers } else { brokers + 3 };
    let mut acts = Vec::new();
    let mut t = 20_000;
    for _ in 0..1 + below(8) {
        t += below(25_000);
        let node = below(u64::from(nodes)) as u32;
        let what = match below(11) {
            0..=2 => Act::Kill(node),
            3 | 4 => Act::Stop(node),
            5 | 6 => Act::Start(node),
            7 | 8 => Act::Pause(node),
            9 => Act::Resume(node),
            _ => Act::Change,
        };
        // Something is often under way when something happens.
        if below(3) == 0 {
            acts.push((at(t), Act::Change));
        }
        acts.push((at(t), what));
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
    random::nothing_is_lost_and_everything_heals(
        (0..cases()).chain(FOUND_WITH_NETWORK),
        case_with_network,
    );
}

#[test]
fn without_optimisations_the_outcome_is_the_same() {
    random::the_same_without_optimisations(0..cases() / 3, case);
}

#[test]
fn so_it_is_with_faults_of_the_network() {
    random::the_same_without_optimisations(0..cases() / 3, case_with_network);
}
