//! Random worlds: what is done to them, and what must hold in every one.
#![allow(
    clippy::disallowed_methods,
    reason = "how many worlds is said from outside"
)]
#![allow(dead_code, reason = "no test uses all of it")]

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::{Key, Span, Streams, Time};
use kafka::node::Process;
use kafka::{Options, Switches, World};

use crate::common::Small;

/// Worlds of every test run; `DRYROLL_CASES` asks for more.
const CASES: u64 = 60;

/// What is done to a world.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Act {
    Kill(u32),
    Stop(u32),
    Start(u32),
    Pause(u32),
    Resume(u32),
    /// The active controller writes something.
    Change,
    /// ZooKeeper mode: another broker becomes the controller.
    MoveController(u32),
    /// The network between a node and all others is cut, or whole again; with or without its clients'.
    Cut(u32, bool, bool),
    /// The network between a node and all others is slower by so many milliseconds, or as before.
    SlowLink(u32, u64, bool),
}

/// A world and what is done to it.
pub(crate) struct Case {
    pub(crate) small: Small,
    pub(crate) acts: Vec<(Time, Act)>,
    pub(crate) over: Time,
}

pub(crate) fn at(ms: u64) -> Time {
    Time::ZERO + Span::millis(ms)
}

/// How many worlds are tried.
pub(crate) fn cases() -> u64 {
    std::env::var("DRYROLL_CASES")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(CASES)
}

fn act(world: &mut World, nodes: u32, act: Act) {
    world.begin_act(1);
    match act {
        Act::Kill(node) => world.kill(node),
        Act::Stop(node) => world.stop(node),
        Act::Start(node) => world.start(node, None),
        Act::Pause(node) => world.pause(node),
        Act::Resume(node) => world.resume(node),
        Act::Change => world.append_small_change(),
        Act::MoveController(node) => world.move_controller(node),
        Act::Cut(node, clients, on) => {
            for other in (0..nodes).filter(|&other| other != node) {
                world.cut(node, other, on);
            }
            if clients {
                world.cut_clients(node, on);
            }
        }
        Act::SlowLink(node, by, on) => {
            for other in (0..nodes).filter(|&other| other != node) {
                world.slow_link(node, other, Span::millis(by), on);
            }
        }
    }
    world.end_act();
}

/// The case with faults of the network among its acts, each over some time later.
pub(crate) fn with_network_faults(mut case: Case, seed: u64) -> Case {
    let streams = Streams::new(seed);
    let mut n = 0;
    let mut below = |limit: u64| {
        n += 1;
        streams.word(Key::of("network"), n) % limit
    };
    let nodes = case.small.build().nodes.len() as u32;
    for _ in 0..1 + below(4) {
        let begin = at(15_000 + below(60_000));
        let lasts = match below(3) {
            0 => Span::millis(1 + below(200)),
            1 => Span::millis(below(5_000)),
            _ => Span::millis(below(60_000)),
        };
        let node = below(u64::from(nodes)) as u32;
        let (on, off) = if below(2) == 0 {
            let clients = below(2) == 0;
            (
                Act::Cut(node, clients, true),
                Act::Cut(node, clients, false),
            )
        } else {
            let by = 1 + below(400);
            (
                Act::SlowLink(node, by, true),
                Act::SlowLink(node, by, false),
            )
        };
        case.acts.push((begin, on));
        case.acts.push((begin + lasts, off));
        case.over = case.over.max(begin + lasts + Span::secs(1));
    }
    case.acts.sort_by_key(|act| act.0);
    case
}

/// High watermarks by partition and leader epoch, as far as the world keeps them.
type Marks = BTreeMap<(u32, u32), Option<Time>>;

fn watch(world: &World, marks: &mut Marks, seed: u64) {
    for partition in 0..world.partition_count() {
        for office in &world.partition(partition).offices {
            let before = marks
                .entry((partition, office.node))
                .or_insert(office.high_watermark);
            assert!(
                *before <= office.high_watermark,
                "case {seed}: the high watermark of {partition} in {} went back",
                office.node
            );
            *before = office.high_watermark;
        }
    }
}

/// Plays a case to its end, with everything mended at last.
fn play(case: &Case, seed: u64, switches: Switches) -> World {
    let options = Options {
        switches,
        ..Options::default()
    };
    let estate = Arc::new(case.small.build());
    let nodes = estate.nodes.len() as u32;
    let mut world = World::new(estate, seed, options);
    let mut marks = Marks::new();
    for &(when, what) in &case.acts {
        while world.now() < when {
            let next = (world.now() + Span::secs(2)).min(when);
            world.run_until(next);
            watch(&world, &mut marks, seed);
        }
        act(&mut world, nodes, what);
    }
    world.run_until(case.over);
    // Everything is mended: what hangs goes on, what is gone is started, again if it met its own znode.
    for node in 0..nodes {
        act(&mut world, nodes, Act::Resume(node));
    }
    for _ in 0..6 {
        for node in (0..nodes).rev() {
            if world.process(node) == Process::Gone {
                act(&mut world, nodes, Act::Start(node));
            }
        }
        let later = world.now() + Span::secs(40);
        world.run_until(later);
        watch(&world, &mut marks, seed);
    }
    world
}

/// Plays these cases: nothing acknowledged is lost or doubled, and everything heals.
pub(crate) fn nothing_is_lost_and_everything_heals(
    seeds: impl IntoIterator<Item = u64>,
    case: impl Fn(u64) -> Case,
) {
    for seed in seeds {
        let case = case(seed);
        let mut world = play(&case, seed, Switches::default());
        let story = format!("case {seed}: {:?} {:?}", case.small, case.acts);
        assert!(
            world.active_controller().is_some(),
            "no controller: {story}"
        );
        assert_eq!(
            world.counts().under_replicated,
            0,
            "{:?}: {story}",
            world.counts()
        );
        world.close_books();
        for flow in 0..world.flow_count() {
            let ledger = world.flow_ledger(flow);
            assert!(ledger.lost.is_empty(), "lost {:?}: {story}", ledger.lost);
            assert_eq!(ledger.extra_copies, 0, "copies: {story}");
            assert_eq!(ledger.inversions, 0, "order: {story}");
            let open = ledger.created - ledger.acked.len() - ledger.failed.len();
            assert!(open < 200, "flow {flow} still waits for {open}: {story}");
        }
    }
}

/// Plays these cases with and without the closed forms: the books are the same.
pub(crate) fn the_same_without_optimisations(
    seeds: impl IntoIterator<Item = u64>,
    case: impl Fn(u64) -> Case,
) {
    for seed in seeds {
        let case = case(seed);
        let mut fast = play(&case, seed, Switches::default());
        let mut slow = play(
            &case,
            seed,
            Switches {
                calm: false,
                ..Switches::default()
            },
        );
        fast.close_books();
        slow.close_books();
        for flow in 0..fast.flow_count() {
            let (a, b) = (fast.flow_ledger(flow), slow.flow_ledger(flow));
            assert_eq!(
                (
                    a.created,
                    &a.acked,
                    &a.failed,
                    &a.lost,
                    a.extra_copies,
                    a.inversions
                ),
                (
                    b.created,
                    &b.acked,
                    &b.failed,
                    &b.lost,
                    b.extra_copies,
                    b.inversions
                ),
                "case {seed}: {:?} {:?}",
                case.small,
                case.acts
            );
        }
    }
}
