//! A three-broker cluster under the simplest faults.

mod common;

use std::sync::Arc;

use common::Small;
use engine::{Span, Time};
use kafka::{Options, World};

fn at(ms: u64) -> Time {
    Time::ZERO + Span::millis(ms)
}

fn show(world: &mut World) {
    world.close_books();
    println!("events {} now {}", world.events(), world.now());
    for flow in 0..world.flow_count() {
        let ledger = world.flow_ledger(flow);
        let (_, p) = world.flow(flow);
        println!(
            "flow {flow} p{p} created {} acked {} failed {} lost {} dup {} inv {} outages {:?}",
            ledger.created,
            ledger.acked.len(),
            ledger.failed.len(),
            ledger.lost.len(),
            ledger.extra_copies,
            ledger.inversions,
            world
                .flow_outages(flow)
                .iter()
                .map(|o| format!(
                    "{}..{} = {}",
                    o.last_ack,
                    o.end,
                    o.end.saturating_since(o.begin)
                ))
                .collect::<Vec<_>>()
        );
    }
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
}

#[test]
fn kill_and_restart() {
    let estate = Arc::new(
        Small::new("3.9.2", 3)
            .topic("t", 6, 3, &[])
            .producer("p", "t", 20, &[])
            .build(),
    );
    for seed in 0..2 {
        let mut world = World::new(
            estate.clone(),
            seed,
            Options {
                history: true,
                ..Options::default()
            },
        );
        world.run_until(at(10_000));
        println!("events before {}", world.events());
        world.begin_act(1);
        world.kill(1);
        world.end_act();
        world.run_until(at(25_000));
        world.begin_act(2);
        world.start(1, None);
        world.end_act();
        world.run_until(at(40_000));
        show(&mut world);
    }
}

#[test]
fn stop_and_restart() {
    let estate = Arc::new(
        Small::new("3.9.2", 3)
            .topic("t", 6, 3, &[])
            .producer("p", "t", 20, &[])
            .build(),
    );
    for seed in 0..3 {
        let mut world = World::new(
            estate.clone(),
            seed,
            Options {
                history: true,
                ..Options::default()
            },
        );
        world.run_until(at(10_000));
        world.begin_act(1);
        world.stop(1);
        world.end_act();
        world.run_until(at(25_000));
        world.begin_act(2);
        world.start(1, None);
        world.end_act();
        world.run_until(at(40_000));
        show(&mut world);
    }
}
