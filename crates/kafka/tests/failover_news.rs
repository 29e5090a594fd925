//! What a controller had appended and not committed when it was lost is lost; what its successor commits is heard by every broker (M1, M3).

mod common;

use std::sync::Arc;

use common::Small;
use engine::{Span, Time};
use kafka::node::Process;
use kafka::{Options, World};

fn at(seconds: u64) -> Time {
    Time::ZERO + Span::secs(seconds)
}

fn act(world: &mut World, what: impl FnOnce(&mut World)) {
    world.begin_act(1);
    what(world);
    world.end_act();
}

/// A controller is killed with a change under way; after that a broker comes back, which it only can if it hears of its registration.
fn a_broker_returns_after_a_change_was_lost(small: Small) {
    let estate = Arc::new(small.build());
    for seed in 0..8 {
        let mut world = World::new(estate.clone(), seed, Options::default());
        world.run_until(at(20));
        let active = world.active_controller().expect("healthy");
        act(&mut world, |world| {
            world.append_small_change();
            world.kill(active);
        });
        world.run_until(at(30));
        assert!(world.active_controller().is_some(), "seed {seed}");
        let broker = (0..3).find(|&broker| broker != active).expect("others");
        act(&mut world, |world| world.kill(broker));
        world.run_until(at(42));
        act(&mut world, |world| {
            world.start(broker, None);
            world.start(active, None);
        });
        world.run_until(at(80));
        assert_eq!(world.process(broker), Process::Running, "seed {seed}");
        assert_eq!(
            world.counts().under_replicated,
            0,
            "seed {seed}: {:?}",
            world.counts()
        );
    }
}

#[test]
fn with_controllers_of_their_own() {
    a_broker_returns_after_a_change_was_lost(Small::new("3.9.2", 3).topic("t", 4, 3, &[]));
}

#[test]
fn with_brokers_that_are_controllers() {
    let mut small = Small::new("3.9.2", 3).topic("t", 4, 3, &[]);
    small.combined = true;
    a_broker_returns_after_a_change_was_lost(small);
}
