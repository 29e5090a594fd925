//! Finalized features: who is asked, who is refused, and what a level does to binaries that do not know it.

#[path = "common/mod.rs"]
mod common;

use std::sync::Arc;

use common::{Small, version};
use engine::{Span, Time};
use kafka::behaviour::NodeBehaviour;
use kafka::estate::Estate;
use kafka::features::exit::ExitReason;
use kafka::features::{Fault, Update, UpgradeType};
use kafka::ids::NodeIx;
use kafka::node::{Binary, Process};
use kafka::{Notice, Options, World};

/// Three brokers (nodes 0 to 2) and three controllers, all of one version, at a metadata version.
fn cluster(of: &str, level: i16) -> Estate {
    let mut estate = Small::new(of, 3).topic("t", 3, 3, &[]).build();
    estate.levels = [("metadata.version", level)].into();
    estate
}

fn world(estate: Estate) -> World {
    World::new(Arc::new(estate), 1, Options::default())
}

fn up(feature: &str, level: i16) -> Update {
    Update {
        feature: feature.to_owned(),
        level,
        kind: UpgradeType::Upgrade,
    }
}

fn update(world: &mut World, updates: &[Update]) -> Vec<Result<(), String>> {
    world.begin_act(0);
    let results = world
        .update_features(updates, false)
        .expect("there is a controller");
    world.end_act();
    let soon = world.now().saturating_add(Span::secs(1));
    world.run_until(soon);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Stops a node and starts it with another version; what is noticed of it within two minutes.
fn restart(world: &mut World, node: NodeIx, to: &str) -> Vec<(Time, Notice)> {
    world.begin_act(1);
    world.stop(node);
    world.end_act();
    let mut noticed = Vec::new();
    while world.process(node) != Process::Gone {
        let limit = world.now().saturating_add(Span::secs(1));
        world.run_until(limit);
    }
    let mut binary: Binary = world.binary(node).clone();
    binary.version = version(to);
    binary.behaviour = NodeBehaviour::of(binary.version);
    let limit = world.now().saturating_add(Span::secs(120));
    world.begin_act(2);
    world.start(node, Some(binary));
    world.end_act();
    while let Some(notices) = world.next(limit) {
        let now = world.now();
        noticed.extend(notices.into_iter().map(|notice| (now, notice)));
    }
    noticed
}

#[test]
fn one_old_broker_is_enough_for_a_refusal_also_when_it_is_down() {
    let mut estate = cluster("4.1.2", 21);
    estate.nodes[2].version = version("3.9.2");
    let mut world = world(estate);
    let refused = "The update failed for all features since the following feature had an error: Invalid update version 27 for feature metadata.version. Broker 3 only supports versions 1-21";
    assert_eq!(
        update(&mut world, &[up("metadata.version", 27)]),
        [Err(refused.to_owned())]
    );
    world.begin_act(1);
    world.kill(2);
    world.end_act();
    assert_eq!(
        update(&mut world, &[up("metadata.version", 27)]),
        [Err(refused.to_owned())]
    );
    assert_eq!(world.finalized("metadata.version"), 21);
}

#[test]
fn before_4_0_each_feature_is_answered_by_itself() {
    let mut world = world(cluster("3.9.2", 21));
    let results = update(
        &mut world,
        &[up("metadata.version", 27), up("kraft.version", 1)],
    );
    assert_eq!(results[0], Ok(()), "kraft.version");
    assert!(results[1].is_err());
    assert_eq!(
        world.finalized_as_shown_by(version("3.9.2"), "kraft.version"),
        1,
        "3.9 shows the record"
    );
    assert_eq!(world.finalized("kraft.version"), 0, "the quorum is static");
}

#[test]
fn an_old_broker_gives_up_after_60_seconds_and_an_old_controller_at_once() {
    let mut world = world(cluster("4.1.2", 21));
    assert_eq!(update(&mut world, &[up("metadata.version", 27)]), [Ok(())]);
    let started = world.now();
    let noticed = restart(&mut world, 2, "3.9.2");
    let exit = noticed
        .iter()
        .find(|(_, notice)| matches!(notice, Notice::Exited(2, _)))
        .expect("it ends");
    assert_eq!(
        exit.1,
        Notice::Exited(2, ExitReason::NotRegistered(Some(("metadata.version", 27))))
    );
    assert!(exit.0.saturating_since(started) > Span::secs(60));
    let voter = 3;
    let noticed = restart(&mut world, voter, "3.9.2");
    assert!(noticed.iter().any(|(_, notice)| {
        *notice == Notice::Exited(voter, ExitReason::Replay(Fault::UnknownMetadataVersion(27)))
    }));
    assert!(world.active_controller().is_some(), "the other two go on");
}

/// Measured on 4.1.2 and 4.0.2 (`observed/features-4.1.2-lowered-to-4.0-then-4.0.2.json`).
#[test]
fn a_level_that_was_lowered_is_met_again_until_there_is_a_snapshot() {
    let mut world = world(cluster("4.1.2", 27));
    let down = Update {
        kind: UpgradeType::SafeDowngrade,
        ..up("metadata.version", 25)
    };
    assert_eq!(update(&mut world, &[down]), [Ok(())]);
    let met = |noticed: &[(Time, Notice)], node| {
        noticed
            .iter()
            .any(|(_, notice)| matches!(notice, Notice::Exited(who, _) if *who == node))
    };
    assert!(!world.snapshot_is_newer_than_levels(3));
    assert!(met(&restart(&mut world, 3, "4.0.2"), 3));
    let an_hour_later = world.now().saturating_add(Span::secs(3700));
    world.run_until(an_hour_later);
    assert!(world.snapshot_is_newer_than_levels(4));
    assert!(!met(&restart(&mut world, 4, "4.0.2"), 4));
}

#[test]
fn a_broker_that_registered_with_an_old_controller_looks_as_if_it_had_no_features() {
    let mut estate = cluster("4.1.2", 20);
    for node in &mut estate.nodes {
        node.version = version("3.8.1");
    }
    let mut world = world(estate);
    for node in [0, 1, 2, 3, 4, 5] {
        let noticed = restart(&mut world, node, "4.1.2");
        assert!(
            !noticed
                .iter()
                .any(|(_, notice)| matches!(notice, Notice::Exited(..)))
        );
    }
    let results = update(&mut world, &[up("group.version", 1)]);
    assert!(
        results[0]
            .as_ref()
            .is_err_and(|why| why.contains("Broker 1 does not support this feature."))
    );
    assert_eq!(update(&mut world, &[up("metadata.version", 27)]), [Ok(())]);
    assert!(update(&mut world, &[up("group.version", 1)])[0].is_err());
    for node in [0, 1, 2] {
        restart(&mut world, node, "4.1.2");
    }
    assert_eq!(update(&mut world, &[up("group.version", 1)]), [Ok(())]);
}
