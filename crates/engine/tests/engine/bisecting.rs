//! The first difference between two runs is found, whatever it is.

use engine::{Difference, Run, Side, Span, bisect};

use crate::world::{Fault, Options, World};

fn build(options: Options) -> impl Fn() -> World {
    move || World::new(4, options)
}

fn with_fault(process: usize, at_hop: u64, delay: Span) -> Options {
    Options {
        fault: Some(Fault {
            process,
            at_hop,
            delay,
        }),
        ..Options::default()
    }
}

/// The first difference, by keeping all events of both runs.
fn first_difference(left: Options, right: Options) -> Option<Difference> {
    let events = |options| {
        let mut world = build(options)();
        std::iter::from_fn(|| world.step().map(Side::from)).collect::<Vec<_>>()
    };
    let (left, right) = (events(left), events(right));
    let index =
        (0..left.len().max(right.len())).find(|&index| left.get(index) != right.get(index))?;
    Some(Difference {
        index: index as u64,
        left: left.get(index).cloned(),
        right: right.get(index).cloned(),
    })
}

#[track_caller]
fn finds(left: Options, right: Options) -> Difference {
    let found = bisect(build(left), build(right)).expect("the runs differ");
    assert_eq!(Some(found.clone()), first_difference(left, right));
    found
}

#[test]
fn equal_runs_have_no_difference() {
    assert_eq!(
        bisect(build(Options::default()), build(Options::default())),
        None
    );
}

#[test]
fn a_delay_of_one_nanosecond_is_found_early_and_late() {
    for at_hop in [1, 2, 30, 99, 170] {
        let found = finds(Options::default(), with_fault(17, at_hop, Span::nanos(1)));
        let (left, right) = (
            found.left.expect("it goes on"),
            found.right.expect("it goes on"),
        );
        assert!(
            left.at <= right.at,
            "the delayed token is missed before it comes"
        );
    }
}

#[test]
fn a_run_that_ends_early_differs_at_its_end() {
    let short = Options {
        end: Span::millis(200),
        ..Options::default()
    };
    let found = finds(short, Options::default());
    assert_eq!(found.left, None);
    assert!(found.right.is_some());
}

#[test]
fn runs_that_differ_from_the_start_share_nothing() {
    let found = finds(
        Options {
            processes: 41,
            ..Options::default()
        },
        Options::default(),
    );
    assert!(found.index < 41);
}

#[test]
fn the_difference_reads_well() {
    let found = finds(with_fault(0, 1, Span::millis(2)), Options::default());
    let text = found.to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[0],
        format!("the runs differ at event {}:", found.index)
    );
    assert!(
        lines[1].starts_with("  left  ") && lines[1].contains('#'),
        "{text}"
    );
    assert!(
        lines[2].starts_with("  right ") && lines[2].contains("Hop { to: "),
        "{text}"
    );
}

#[test]
#[should_panic(expected = "a run depends on more than its input")]
fn a_run_that_is_not_the_same_twice_is_told_so() {
    let builds = std::cell::Cell::new(0);
    let fickle = || -> World {
        builds.set(builds.get() + 1);
        let delay = Span::nanos(u64::from(builds.get() == 1));
        World::new(4, with_fault(0, 1, delay))
    };
    let steady: fn() -> World = || World::new(4, Options::default());
    bisect(fickle, steady);
}
