//! A cluster in ZooKeeper mode under the simplest faults.

mod common;

use std::sync::Arc;

use common::Small;
use engine::{Span, Time};
use kafka::behaviour::NodeBehaviour;
use kafka::config::NodeConfig;
use kafka::node::Binary;
use kafka::zookeeper::Refusal;
use kafka::{Notice, Options, World};

fn at(ms: u64) -> Time {
    Time::ZERO + Span::millis(ms)
}

fn world(small: Small, seed: u64) -> World {
    let options = Options {
        history: true,
        ..Options::default()
    };
    World::new(Arc::new(small.build()), seed, options)
}

/// Three brokers of 2.8.2 with a topic of six partitions; broker 3 is the controller.
fn small(version: &str) -> Small {
    Small::new(version, 3)
        .in_zookeeper_mode(1, 2)
        .topic("t", 6, 3, &[])
        .producer("p", "t", 20, &[])
}

fn act(world: &mut World, does: impl FnOnce(&mut World)) {
    world.begin_act(1);
    does(world);
    world.end_act();
}

/// Runs to a moment and returns what was noticed.
fn run(world: &mut World, until: Time) -> Vec<(Time, Notice)> {
    let mut seen = Vec::new();
    while let Some(notices) = world.next(until) {
        let now = world.now();
        seen.extend(notices.into_iter().map(|notice| (now, notice)));
    }
    world.advance_to(until);
    seen
}

fn longest_outage(world: &mut World) -> Span {
    world.close_books();
    (0..world.flow_count())
        .flat_map(|flow| world.flow_outages(flow))
        .map(|outage| {
            outage
                .end
                .min(world.now())
                .saturating_since(outage.last_ack)
        })
        .max()
        .unwrap_or(Span::ZERO)
}

fn all_in_sync(world: &World) -> bool {
    world.counts().under_replicated == 0
}

#[test]
fn a_healthy_day_costs_no_events() {
    let mut world = world(small("2.8.2"), 0);
    world.run_until(at(10_000));
    let before = world.events();
    world.run_until(at(86_400_000));
    assert!(world.events() - before < 10, "{}", world.events() - before);
}

#[test]
fn a_killed_broker_is_missed_when_its_session_ends_12_to_20_s_after_the_kill() {
    for seed in 0..40 {
        let mut world = world(small("2.8.2"), seed);
        world.run_until(at(30_000));
        act(&mut world, |world| world.kill(1));
        let seen = run(&mut world, at(60_000));
        let fenced = seen
            .iter()
            .find(|(_, notice)| *notice == Notice::Fenced(1))
            .map(|(when, _)| when.saturating_since(at(30_000)))
            .unwrap();
        assert!(
            (Span::secs(12)..Span::millis(20_100)).contains(&fenced),
            "{fenced}"
        );
        act(&mut world, |world| world.start(1, None));
        world.run_until(at(90_000));
        assert!(all_in_sync(&world), "seed {seed}: {:?}", world.counts());
        world.close_books();
        for flow in 0..world.flow_count() {
            let ledger = world.flow_ledger(flow);
            assert!(ledger.lost.is_empty() && ledger.extra_copies == 0);
        }
        let longest = longest_outage(&mut world);
        assert!(
            longest >= fenced && longest < fenced + Span::secs(4),
            "{longest} {fenced}"
        );
    }
}

#[test]
fn a_broker_that_is_started_before_its_old_session_ends_finds_its_znode_and_exits() {
    let mut world = world(small("2.8.2"), 0);
    world.run_until(at(30_000));
    act(&mut world, |world| world.kill(1));
    world.run_until(at(32_000));
    act(&mut world, |world| world.start(1, None));
    world.run_until(at(40_000));
    assert!(!world.process_exists(1));
    assert_eq!(world.refused_starts().len(), 1);
    assert_eq!(world.refused_starts()[0].why, Refusal::NodeExists);
}

#[test]
fn a_stopped_broker_moves_its_leaders_and_comes_back() {
    for seed in 0..40 {
        let mut world = world(small("3.5.1"), seed);
        world.run_until(at(30_000));
        act(&mut world, |world| world.stop(1));
        let seen = run(&mut world, at(45_000));
        let stopped = seen
            .iter()
            .find(|(_, notice)| *notice == Notice::Stopped(1))
            .map(|(when, _)| when.saturating_since(at(30_000)))
            .unwrap();
        assert!(stopped < Span::secs(2), "{stopped}");
        act(&mut world, |world| world.start(1, None));
        world.run_until(at(60_000));
        assert!(all_in_sync(&world), "seed {seed}: {:?}", world.counts());
        assert!(
            longest_outage(&mut world) < Span::secs(4),
            "{}",
            longest_outage(&mut world)
        );
    }
}

#[test]
fn the_controller_that_is_stopped_hands_over_within_a_second() {
    for seed in 0..40 {
        let mut world = world(small("3.5.1"), seed);
        world.run_until(at(30_000));
        act(&mut world, |world| world.stop(2));
        let seen = run(&mut world, at(45_000));
        let active = seen
            .iter()
            .find(|(_, notice)| matches!(notice, Notice::ControllerActive(_)))
            .map(|(when, _)| when.saturating_since(at(30_000)))
            .unwrap();
        assert!(active < Span::secs(1), "{active}");
        act(&mut world, |world| world.start(2, None));
        world.run_until(at(60_000));
        assert!(all_in_sync(&world), "seed {seed}: {:?}", world.counts());
    }
}

#[test]
fn without_a_majority_of_zookeeper_servers_running_partitions_go_on_and_nothing_moves() {
    let mut world = world(small("3.5.1").in_zookeeper_mode(3, 2), 0);
    world.run_until(at(30_000));
    act(&mut world, |world| {
        world.kill(3);
        world.kill(4);
    });
    world.run_until(at(60_000));
    assert_eq!(longest_outage(&mut world), Span::ZERO);
    act(&mut world, |world| world.kill(0));
    let seen = run(&mut world, at(120_000));
    assert!(
        !seen
            .iter()
            .any(|(_, notice)| matches!(notice, Notice::Fenced(_)))
    );
    act(&mut world, |world| world.start(3, None));
    let seen = run(&mut world, at(160_000));
    assert!(
        seen.iter()
            .any(|(_, notice)| matches!(notice, Notice::Fenced(0)))
    );
}

/// What a broker runs after a change of version or settings.
fn binary(world: &World, node: u32, version: Option<&str>, settings: &[(&str, &str)]) -> Binary {
    let old = world.binary(node);
    let version = version.map_or(old.version, common::version);
    let mut all = old.settings.clone();
    all.extend(common::given(settings));
    Binary {
        version,
        behaviour: NodeBehaviour::of(version),
        config: NodeConfig::read(version, &all).unwrap(),
        settings: all,
        refused: None,
    }
}

/// Stops a broker, waits, starts it as something else, waits.
fn roll(world: &mut World, node: u32, version: Option<&str>, settings: &[(&str, &str)]) {
    act(world, |world| world.stop(node));
    let later = world.now() + Span::secs(25);
    world.run_until(later);
    let binary = binary(world, node, version, settings);
    act(world, |world| world.start(node, Some(binary)));
    let later = world.now() + Span::secs(60);
    world.run_until(later);
}

fn closed(world: &World) -> Vec<(&'static str, u32, u32, i16)> {
    world
        .closed_channels()
        .iter()
        .map(|closed| {
            (
                closed.channel.name(),
                closed.from,
                closed.to,
                closed.version,
            )
        })
        .collect()
}

const PROTOCOL: &str = "inter.broker.protocol.version";

#[test]
fn a_forgotten_pin_leaves_one_replica_in_sync_after_the_second_stop_and_heals_with_the_last() {
    let mut world = world(small("2.8.2"), 1);
    world.run_until(at(30_000));
    roll(&mut world, 0, Some("3.5.1"), &[]);
    assert_eq!(closed(&world).len(), 2, "{:?}", closed(&world));
    assert!(
        closed(&world)
            .iter()
            .all(|&(name, from, _, version)| (name, from, version) == ("Fetch", 0, 15))
    );
    assert_eq!(world.counts().under_replicated, 6);
    assert_eq!(world.counts().under_min_isr, 0);
    roll(&mut world, 1, Some("3.5.1"), &[]);
    assert_eq!(world.counts().under_min_isr, 6, "{:?}", world.counts());
    roll(&mut world, 2, Some("3.5.1"), &[]);
    assert!(all_in_sync(&world), "{:?}", world.counts());
}

#[test]
fn a_pinned_roll_closes_no_channel_in_either_pass() {
    let mut small = small("2.8.2");
    small.settings.extend(common::given(&[(PROTOCOL, "2.8")]));
    let mut world = world(small, 1);
    world.run_until(at(30_000));
    for node in 0..3 {
        roll(&mut world, node, Some("3.5.1"), &[]);
        assert!(all_in_sync(&world), "{node}: {:?}", world.counts());
    }
    for node in 0..3 {
        roll(&mut world, node, None, &[(PROTOCOL, "3.5")]);
        assert!(all_in_sync(&world), "{node}: {:?}", world.counts());
    }
    assert_eq!(closed(&world), []);
}

#[test]
fn under_a_new_controller_an_old_broker_s_picture_stands_still() {
    let mut world = world(small("2.8.2"), 1);
    world.run_until(at(30_000));
    roll(&mut world, 0, Some("3.5.1"), &[]);
    act(&mut world, |world| world.move_controller(0));
    world.run_until(at(130_000));
    let to_old: Vec<_> = closed(&world)
        .into_iter()
        .filter(|closed| closed.0 == "UpdateMetadata")
        .collect();
    assert_eq!(
        to_old,
        [("UpdateMetadata", 0, 1, 8), ("UpdateMetadata", 0, 2, 8)]
    );
    act(&mut world, |world| world.stop(2));
    world.run_until(at(160_000));
    // Broker 2 (from 1) still shows broker 3, which is gone, as a leader.
    assert!(world.alive_shown_by(1).contains(&2));
    assert!(!world.alive_shown_by(0).contains(&2));
}

#[test]
fn an_old_binary_under_a_raised_protocol_version_knows_nothing() {
    let mut world = world(small("3.5.1"), 1);
    world.run_until(at(30_000));
    roll(&mut world, 1, Some("2.8.2"), &[(PROTOCOL, "2.8")]);
    assert!(world.port_is_open(1) && world.knows_no_metadata(1));
    assert_eq!(closed(&world), [("UpdateMetadata", 2, 1, 8)]);
}

#[test]
fn an_old_binary_does_not_start_with_a_protocol_version_that_it_does_not_know() {
    let mut world = world(small("2.8.2"), 1);
    world.run_until(at(30_000));
    roll(&mut world, 1, None, &[(PROTOCOL, "3.5")]);
    assert!(!world.process_exists(1));
    assert_eq!(
        world.refused_starts()[0].why,
        Refusal::UnknownProtocol("3.5".to_owned())
    );
}

#[test]
fn four_dot_zero_has_no_zookeeper_mode() {
    let mut world = world(small("3.9.2"), 1);
    world.run_until(at(30_000));
    roll(&mut world, 1, Some("4.0.2"), &[]);
    assert_eq!(world.refused_starts()[0].why, Refusal::NoZooKeeperMode);
    let back = binary(&world, 1, Some("3.9.2"), &[]);
    act(&mut world, |world| world.start(1, Some(back)));
    world.run_until(at(200_000));
    assert!(all_in_sync(&world));
}

#[test]
fn before_3_3_a_stopping_broker_comes_back_into_isrs_and_since_3_3_never() {
    let came_back = |version: &str| {
        (0..20)
            .filter(|&seed| {
                let mut world = world(small(version), seed);
                world.run_until(at(30_000));
                act(&mut world, |world| world.stop(1));
                world.run_until(at(45_000));
                !world.stopping_brokers_in_isr().is_empty()
            })
            .count()
    };
    assert!(came_back("2.8.2") > 5);
    assert_eq!(came_back("3.5.1"), 0);
}

#[test]
fn before_2_7_a_tool_sees_a_grown_isr_late() {
    let mut world = world(small("2.6.3"), 0);
    world.run_until(at(200_000));
    act(&mut world, |world| world.stop(1));
    world.run_until(at(230_000));
    act(&mut world, |world| world.start(1, None));
    let seen = run(&mut world, at(300_000));
    let grew = seen
        .iter()
        .rev()
        .find(|(_, notice)| matches!(notice, Notice::Committed { grew, .. } if *grew > 0))
        .map(|(when, _)| *when)
        .unwrap();
    assert!(all_in_sync(&world));
    assert_eq!(world.counts_shown_by(0).under_replicated, 0);
    let mut again = World::new(world_estate(), 0, Options::default());
    again.run_until(at(200_000));
    act(&mut again, |world| world.stop(1));
    again.run_until(at(230_000));
    act(&mut again, |world| world.start(1, None));
    again.run_until(grew + Span::secs(1));
    assert!(again.counts_shown_by(0).under_replicated > 0);
}

fn world_estate() -> Arc<kafka::estate::Estate> {
    Arc::new(small("2.6.3").build())
}
