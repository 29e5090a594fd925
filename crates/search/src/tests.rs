//! What a search rests on: a plan made while playing is an ordinary plan, and nothing depends on threads.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use engine::Streams;
use rehearsal::Rehearsal;

use crate::chance::Chance;
use crate::found::read_back;
use crate::island::Strategy;
use crate::palette::{Kind, Palette};
use crate::plan::{Plan, Recorded, written};
use crate::swarm::Swarm;
use crate::{Asking, Played, Telling, base, conclude, play};

/// Three brokers, rolled with a gate, one patient producer.
const ROLL: &str = r#"(
    about: "a roll",
    estate: (
        clusters: { "prod": (
            kafka: "3.9.2", brokers: 3, controllers: 3,
            topics: { "orders": (partitions: 4, replicas: 3, settings: { "min.insync.replicas": 2 }) },
        ) },
        producers: { "checkout": (to: "orders", rate: "100/s", settings: { "acks": "all" }) },
    ),
    runbook: [(step: "brokers", do: Roll(Brokers), between: [UnderReplicated(at_most: 0, for: "5s", within: "5m")])],
    faults: [(fault: SlowStart(2, by: "3s"), at: At("0s"))],
    contract: [Completes, WriteOutage("checkout", at_most: "5s"), Lost("checkout", 0), FullyReplicated("*")],
)"#;

fn ready(text: &str) -> Rehearsal {
    let memory = scenario::Memory::new().with("test.ron", text);
    let read = scenario::read(&memory, "test.ron");
    let scenario = read
        .scenario
        .unwrap_or_else(|| panic!("{:#?}", read.diagnostics));
    rehearsal::prepare(&scenario, "test.ron").expect("it can be rehearsed")
}

fn asking(strategy: Strategy) -> Asking {
    Asking {
        seed: 0,
        runs: Some(60),
        strategy,
        faults: 2,
        kinds: Kind::ALL.to_vec(),
        window: None,
        until_first: false,
        rates: Vec::new(),
        shard: (0, 1),
    }
}

fn searched(rehearsal: &Rehearsal, asking: &Asking) -> Played {
    play(
        rehearsal,
        asking,
        BTreeMap::new(),
        &AtomicBool::new(false),
        &|| false,
        &|_| {},
    )
}

#[test]
fn faults_placed_while_playing_are_an_ordinary_plan_to_the_byte() {
    let rehearsal = ready(ROLL);
    let palette = Arc::new(Palette::of(&rehearsal, &Kind::ALL));
    let total = base(&rehearsal, 0).total;
    let mut placed = 0;
    for seed in 0..25 {
        let mut snapshot = rehearsal.begin_whole(seed);
        snapshot.tempt(Some(Box::new(Chance {
            palette: palette.clone(),
            swarm: Arc::new(
                Swarm::plain(&Kind::ALL, &mut Streams::new(seed).of("kinds")).aimed(
                    &palette.sets,
                    0,
                    &mut Streams::new(seed).of("aim"),
                ),
            ),
            streams: Streams::new(seed),
            drawn: 0,
            left: 3,
            window: None,
            total,
            soon: Some(seed as u32),
        })));
        while snapshot.step() {}
        let plan = Plan {
            seed,
            faults: snapshot.faults()[rehearsal.faults().len()..].to_vec(),
        };
        placed += plan.faults.len();
        let while_playing = snapshot.outcome("test.ron");
        let from_the_start = plan.on(&rehearsal).run(seed);
        assert_eq!(
            while_playing,
            from_the_start,
            "seed {seed}: {:?}",
            plan.written()
        );
    }
    assert!(placed > 20, "{placed}");
}

#[test]
fn a_plan_survives_being_written_down() {
    let rehearsal = ready(ROLL);
    let played = searched(&rehearsal, &asking(Strategy::Mixed));
    let kept: Vec<_> = played
        .islands
        .values()
        .flat_map(|island| island.kept.values())
        .collect();
    assert!(!kept.is_empty());
    for kept in kept {
        let faults = read_back(&rehearsal, &kept.faults).expect("it reads back");
        let again: Vec<String> = faults.iter().map(written).collect();
        assert_eq!(again, kept.faults);
    }
}

#[test]
fn a_story_is_a_scenario_that_fails_as_it_says() {
    let rehearsal = ready(ROLL);
    let played = searched(&rehearsal, &asking(Strategy::Mixed));
    let result = conclude(
        &rehearsal,
        &asking(Strategy::Mixed),
        &played,
        &Telling::PLAIN,
    );
    assert!(result.healthy.holds && !result.stories.is_empty());
    for story in &result.stories {
        let again = ready(&story.file);
        let outcome = again.run(story.seed);
        let recorded = Recorded::find(&story.file).expect("the record is in the file");
        assert!(recorded.is(&outcome), "{}", story.file);
        assert_eq!(outcome.identity.id, story.id);
        let broken = outcome.promises.iter().filter(|promise| !promise.holds);
        assert_eq!(broken.count(), story.broken.len());
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let rehearsal = ready(ROLL);
    let asking = Asking {
        runs: Some(330),
        ..asking(Strategy::Mixed)
    };
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.expect("threads");
        pool.install(|| {
            let played = searched(&rehearsal, &asking);
            conclude(&rehearsal, &asking, &played, &Telling::PLAIN)
        })
    };
    let played_islands = asking.runs.unwrap_or(0).div_ceil(asking.island());
    let one = with(1);
    assert_eq!(one, with(2));
    assert_eq!(one, with(8));
    assert!(played_islands > 2, "{played_islands}");
    assert_eq!(one.runs(), asking.runs.expect("stated"));
}

#[test]
fn a_clone_goes_on_as_the_original_would() {
    let rehearsal = ready(ROLL);
    let mut snapshot = rehearsal.begin_whole(3);
    let mut steps = 0;
    let mut clones = Vec::new();
    while snapshot.step() {
        steps += 1;
        if steps % 10 == 0 {
            clones.push(snapshot.clone());
        }
    }
    let whole = snapshot.outcome("test.ron");
    assert!(clones.len() > 2);
    for clone in clones {
        assert_eq!(clone.outcome("test.ron"), whole);
    }
}

#[test]
fn what_is_left_out_of_all_pairs_would_not_have_failed() {
    let rehearsal = ready(ROLL);
    let with = |prune| Asking {
        kinds: vec![Kind::Crash],
        ..asking(Strategy::Exhaustive { faults: 2, prune })
    };
    // Every moment as the first would take minutes in full: each eleventh.
    let some = |prune| {
        let asking = Asking {
            shard: (3, 11),
            ..with(prune)
        };
        let played = searched(&rehearsal, &asking);
        played
            .islands
            .values()
            .map(|island| island.plans.clone())
            .collect::<Vec<_>>()
    };
    let (pruned, whole) = (some(true), some(false));
    assert!(!pruned.is_empty());
    let mut saved = 0;
    for (pruned, whole) in pruned.iter().zip(&whole) {
        assert_eq!(pruned[0], whole[0]);
        assert_eq!(pruned[1].all, whole[1].all);
        assert_eq!(
            pruned[1].failing, whole[1].failing,
            "pruning loses no failure"
        );
        saved += whole[1].played - pruned[1].played;
    }
    assert!(saved > 0);
}
