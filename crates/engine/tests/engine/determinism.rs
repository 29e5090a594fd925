//! The same input is the same run: again, elsewhere, beside others, from a copy, on another queue.

use std::thread;

use engine::{PlainQueue, Run, Span};

use crate::world::{Options, World};

/// All that a run leaves: its trace, how many events, and what happened to each process.
fn outcome(seed: u64, options: Options) -> (u128, u64, Vec<u64>) {
    let world: World = World::new(seed, options).run();
    (
        world.trace().value(),
        world.trace().events(),
        world.histories(),
    )
}

#[test]
fn a_seed_run_twice_in_one_process_is_the_same_run() {
    for seed in 0..20 {
        let first = outcome(seed, Options::default());
        let second = outcome(seed, Options::default());
        assert_eq!(first, second, "seed {seed}");
        assert!(first.1 > 10_000, "the world is not asleep");
    }
}

#[test]
fn another_seed_is_another_run() {
    let mut traces: Vec<u128> = (0..20)
        .map(|seed| outcome(seed, Options::default()).0)
        .collect();
    traces.sort_unstable();
    traces.dedup();
    assert_eq!(traces.len(), 20);
}

#[test]
fn seeds_spread_over_any_number_of_threads_are_the_same_runs() {
    const SEEDS: u64 = 12;
    let spread_over = |threads: u64| -> Vec<(u128, u64, Vec<u64>)> {
        thread::scope(|scope| {
            let workers: Vec<_> = (0..threads)
                .map(|worker| {
                    scope.spawn(move || {
                        let seeds = (0..SEEDS).filter(|seed| seed % threads == worker);
                        seeds
                            .map(|seed| (seed, outcome(seed, Options::default())))
                            .collect::<Vec<_>>()
                    })
                })
                .collect();
            let mut outcomes: Vec<_> = workers
                .into_iter()
                .flat_map(|worker| worker.join().expect("it ends well"))
                .collect();
            outcomes.sort_unstable_by_key(|(seed, _)| *seed);
            outcomes.into_iter().map(|(_, outcome)| outcome).collect()
        })
    };
    let alone = spread_over(1);
    for threads in [2, 3, 8] {
        assert_eq!(spread_over(threads), alone, "{threads} threads");
    }
}

#[test]
fn more_idle_processes_change_nothing_for_the_others() {
    for seed in 0..5 {
        let (trace, _, histories) = outcome(seed, Options::default());
        let (other_trace, _, same_histories) = outcome(
            seed,
            Options {
                idle: 9,
                ..Options::default()
            },
        );
        assert_eq!(histories, same_histories, "seed {seed}");
        assert_ne!(trace, other_trace, "the idle ones do have events");
    }
}

#[test]
fn a_fault_that_never_comes_changes_nothing() {
    let fault = crate::world::Fault {
        process: 3,
        at_hop: u64::MAX,
        delay: Span::secs(1),
    };
    let faulty = Options {
        fault: Some(fault),
        ..Options::default()
    };
    assert_eq!(outcome(1, faulty), outcome(1, Options::default()));
}

#[test]
fn a_copy_taken_at_any_moment_goes_on_as_the_original() {
    let whole: World = World::new(3, Options::default()).run();
    for taken_after in [0, 1, 2, 100, 101, 4_096, 10_000] {
        let mut original: World = World::new(3, Options::default());
        for _ in 0..taken_after {
            original.step();
        }
        let copy = original.clone().run();
        // The copy ran to its end first; if they shared anything the original would now stumble over it.
        let original = original.run();
        for world in [&copy, &original] {
            assert_eq!(
                world.trace().value(),
                whole.trace().value(),
                "after {taken_after}"
            );
            assert_eq!(world.histories(), whole.histories(), "after {taken_after}");
        }
    }
}

#[test]
fn both_queues_make_the_same_run() {
    for seed in 0..10 {
        let fast: World = World::new(seed, Options::default()).run();
        let plain: World<PlainQueue<_>> = World::new(seed, Options::default()).run();
        assert_eq!(fast.trace().value(), plain.trace().value(), "seed {seed}");
        assert_eq!(fast.trace().checkpoints(), plain.trace().checkpoints());
        assert_eq!(fast.scheduler.pending(), plain.scheduler.pending());
    }
}

#[test]
fn watching_a_run_does_not_disturb_it() {
    let watched = Options {
        causes: true,
        ..Options::default()
    };
    let unwatched = Options {
        trace: false,
        ..Options::default()
    };
    for seed in 0..5 {
        let (trace, events, histories) = outcome(seed, Options::default());
        assert_eq!(outcome(seed, watched), (trace, events, histories.clone()));
        let dark: World = World::new(seed, unwatched).run();
        assert_eq!(
            (dark.scheduler.handled(), dark.histories()),
            (events, histories)
        );
    }
}
