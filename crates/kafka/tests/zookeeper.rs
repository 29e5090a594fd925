//! A cluster in ZooKeeper mode under the simplest faults.

mod common;

use std::sync::Arc;

use common::Small;
use engine::{Span, Time};
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
    assert_eq!(
        world.refused_starts()[0].why,
        kafka::zookeeper::Refusal::NodeExists
    );
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
        show(&world);
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
        show(&world);
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

fn show(world: &World) {
    for change in world.history() {
        println!(
            "   {} p{} leader {:?} isr {:b} epoch {}/{}",
            change.at,
            change.partition,
            change.state.leader,
            change.state.isr,
            change.state.leader_epoch,
            change.state.partition_epoch
        );
    }
    for at in 0..world.partition_count() {
        let p = world.partition(at);
        if p.newest().isr.count_ones() < 3 {
            println!("{p:#?}");
        }
    }
    for flow in 0..world.flow_count() {
        println!(
            "{flow} {:?}",
            world
                .flow_outages(flow)
                .iter()
                .map(|o| format!("{}..{}", o.last_ack, o.end))
                .collect::<Vec<_>>()
        );
    }
}
