//! Turning back: which undo fits, what the world is compared by, what blocks.
#![allow(missing_docs, reason = "tests speak for themselves")]

mod common;

use common::Rehearsal;
use outcome::rollback::{Obstacle, Undo};
use rehearsal::way_back::{Place, WayBack};

/// Turns back at every moment of a runbook: the places, the ways, and how each step is undone in the end.
fn turn_back(runbook: &str) -> (Vec<(Place, WayBack)>, Vec<Undo>) {
    let rehearsal = Rehearsal::of(runbook).ready();
    let mut seen = Vec::new();
    let mut undos = Vec::new();
    rehearsal.turns(0, |turn| {
        seen.push((turn.place().clone(), turn.back(None)));
        undos = turn
            .undos()
            .iter()
            .enumerate()
            .map(|(step, undo)| rehearsal.tell_undo(step, undo.as_ref()).undo)
            .collect();
    });
    (seen, undos)
}

fn suggested(text: &str) -> Undo {
    Undo::Suggested(text.to_owned())
}

#[test]
fn the_undo_that_fits_is_made_from_what_was_there_before() {
    for (runbook, undo) in [
        (
            r#"(step: "a", do: Roll(Brokers, to: "4.1.2"))"#,
            suggested(r#"Roll(Brokers, to: "3.9.2")"#),
        ),
        (
            r#"(step: "a", do: Roll([2], settings: {"log.segment.bytes": "536870912"}))"#,
            suggested(r#"Roll([2], settings: { "log.segment.bytes": "1073741824" })"#),
        ),
        (
            r#"(step: "a", do: SetConfig(on: Topic("orders"), settings: {"min.insync.replicas": 1}))"#,
            suggested(
                r#"SetConfig(on: Topic("orders"), settings: { "min.insync.replicas": "2" })"#,
            ),
        ),
        (r#"(step: "a", do: Stop([3]))"#, suggested("Start([3])")),
        (r#"(step: "a", do: Roll(Brokers))"#, Undo::NotNeeded),
        (r#"(step: "a", do: Wait("1s"))"#, Undo::NotNeeded),
        (
            r#"(step: "a", do: ElectLeaders(Preferred))"#,
            Undo::NotNeeded,
        ),
    ] {
        let (_, undos) = turn_back(runbook);
        assert_eq!(undos, [undo], "{runbook}");
    }
}

#[test]
fn a_written_undo_is_taken_as_it_is() {
    let (seen, undos) =
        turn_back(r#"(step: "a", do: Roll([1], to: "4.1.2"), undo: Roll([1], to: "3.9.2"))"#);
    assert!(matches!(&undos[0], Undo::Written(_)));
    let (_, way) = seen.last().expect("the end");
    assert!(way.blocked.is_empty() && way.made_up.is_empty(), "{way:?}");
    assert_eq!(way.again.as_ref().map(|again| again.failed.len()), Some(0));
}

#[test]
fn an_undo_that_leads_elsewhere_is_no_way_back() {
    let (seen, _) =
        turn_back(r#"(step: "a", do: Roll([1], to: "4.1.2"), undo: Roll([1], to: "3.9.1"))"#);
    let (_, way) = seen.last().expect("the end");
    assert_eq!(way.blocked[0].kind, Obstacle::NotRestored);
    assert!(
        way.blocked[0].why.contains("3.9.1 instead of 3.9.2"),
        "{way:?}"
    );
}

#[test]
fn half_a_roll_is_undone_by_half_a_roll() {
    let (seen, _) = turn_back(
        r#"(step: "a", do: Roll(Brokers, to: "4.1.2"), between: [UnderReplicated(at_most: 0, for: "5s")])"#,
    );
    let places: Vec<Option<(u32, u32)>> = seen.iter().map(|(place, _)| place.nodes).collect();
    assert_eq!(places, [None, Some((1, 3)), Some((2, 3)), None]);
    let took: Vec<u64> = seen.iter().filter_map(|(_, way)| way.took).collect();
    assert_eq!(took.len(), 4);
    assert!(took.windows(2).all(|pair| pair[0] < pair[1]), "{took:?}");
}

#[test]
fn a_setting_that_is_not_put_back_is_a_difference() {
    let (seen, _) = turn_back(
        r#"(step: "a", do: SetConfig(on: Topic("orders"), settings: {"min.insync.replicas": 1}), undo: Wait("1s"))"#,
    );
    let (_, way) = seen.last().expect("the end");
    assert_eq!(
        way.blocked[0].why,
        "orders has min.insync.replicas 1, had 2"
    );
}

#[test]
fn formatted_disks_have_no_undo() {
    let (seen, undos) = turn_back(r#"(step: "a", do: Format([3]), on_timeout: GoOn)"#);
    assert!(matches!(&undos[0], Undo::Unknown(_)));
    let (_, way) = seen.last().expect("the end");
    assert_eq!(way.blocked[0].kind, Obstacle::NoUndo);
}

#[test]
fn where_the_runbook_stops_one_can_still_turn_back() {
    let (seen, _) = turn_back(
        r#"(step: "a", do: Roll(Brokers, to: "4.1.2"), between: [Finalized("4.1", within: "5s")])"#,
    );
    let (place, way) = seen.last().expect("the end");
    assert!(place.stopped.is_some(), "{place:?}");
    assert!(way.blocked.is_empty(), "{way:?}");
}

#[test]
fn what_was_refused_needs_no_undo() {
    let (seen, _) = turn_back(
        r#"(step: "a", do: UpgradeFeatures(metadata: "4.1", tool: "4.1.2"), undo: DowngradeFeatures(metadata: "3.9"))"#,
    );
    let (place, way) = seen.last().expect("the end");
    assert!(place.stopped.is_some(), "{place:?}");
    assert!(way.blocked.is_empty(), "{way:?}");
}
