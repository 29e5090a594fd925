//! `dryroll rollback`.

use crate::support::{Folder, ROOT, dry, dryroll, run};
use outcome::rollback::{Obstacle, Rollback, Undo};
use std::path::Path;

fn rollback(file: &str, seeds: &str) -> Rollback {
    let ran = dry(&["rollback", file, "--seeds", seeds, "--format", "json"]);
    assert!(matches!(ran.code, Some(0 | 1)), "{ran}");
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}\n{ran}"))
}

/// The first moment with this label.
fn moment<'a>(rollback: &'a Rollback, label: &str) -> &'a outcome::rollback::Moment {
    rollback
        .moments
        .iter()
        .find(|moment| moment.label == label)
        .unwrap_or_else(|| panic!("no {label}"))
}

#[test]
fn binaries_that_are_not_finalized_can_be_rolled_back_from_everywhere() {
    let found = rollback("scenarios/first-roll.ron", "2");
    assert_eq!(found.no_return, None);
    for moment in &found.moments {
        let way = &moment.ways[0];
        assert_eq!(
            (way.restored, way.lost.max),
            (way.tried, 0),
            "{}",
            moment.label
        );
        assert_eq!(
            way.again_held, way.again,
            "{}: {:?}",
            moment.label, way.again_failed
        );
    }
    let whole = moment(&found, "after brokers").ways[0]
        .time
        .expect("there is a way");
    let half = moment(&found, "brokers, 1 of 3 nodes").ways[0]
        .time
        .expect("there is a way");
    assert!(
        half.max < whole.min,
        "the way back is longer the later one turns"
    );
}

#[test]
fn finalized_features_are_the_point_of_no_return() {
    let found = rollback("scenarios/upgrade-3.9-to-4.1-finalized.ron", "2");
    let no_return = found.no_return.as_ref().expect("there is one");
    assert_eq!(no_return.step.as_deref(), Some("finalize"));
    let block = &found.moments[no_return.moment].ways[0].blocks[0];
    assert_eq!(block.kind, Obstacle::UndoFailed);
    assert!(
        block
            .says
            .iter()
            .any(|line| line.contains("metadata.version")),
        "{block:?}"
    );
    assert!(!block.rules.is_empty(), "{block:?}");
    assert!(matches!(found.steps[0].undo, Undo::Suggested(_)));
}

#[test]
fn a_raised_protocol_is_the_point_of_no_return_in_zookeeper_mode() {
    let found = rollback("scenarios/zookeeper/pinned-2.8-to-3.5.ron", "1");
    let no_return = found.no_return.as_ref().expect("there is one");
    assert_eq!(no_return.step.as_deref(), Some("protocol"));
    let binaries = moment(&found, "after binaries");
    assert_eq!(binaries.ways[0].restored, binaries.ways[0].tried);
}

#[test]
fn a_missing_undo_is_said_and_the_one_that_fits_is_shown() {
    dry(&[
        "rollback",
        "scenarios/upgrade-3.9-to-4.1-finalized.ron",
        "--seeds",
        "1",
    ])
    .code(1)
    .says("no undo written")
    .says("undo: Roll(Brokers, to: \"3.9.2\")")
    .says("NO RETURN");
}

#[test]
fn threads_do_not_change_a_byte() {
    let words = [
        "rollback",
        "scenarios/first-roll.ron",
        "--seeds",
        "3",
        "--format",
        "json",
    ];
    let with = |threads: &str| run(dryroll().args(words).env("RAYON_NUM_THREADS", threads)).out;
    let one = with("1");
    assert!(one.len() > 1_000);
    assert!(one == with("2"), "two threads");
    assert!(one == with("8"), "eight threads");
}

#[test]
fn a_report_is_a_page_pictures_and_the_data() {
    let folder = Folder::new();
    let ran = dry(&[
        "rollback",
        "scenarios/first-roll.ron",
        "--seeds",
        "1",
        "--out",
        &folder.word("way-back"),
    ])
    .code(0);
    assert!(ran.err.contains("way-back"), "{ran}");
    for name in [
        "rollback.html",
        "rollback.svg",
        "rollback.png",
        "rollback.json",
    ] {
        assert!(
            folder.path().join("way-back").join(name).is_file(),
            "{name}"
        );
    }
}

#[test]
fn lines_stay_within_eighty_columns() {
    for file in [
        "scenarios/upgrade-3.9-to-4.1-finalized.ron",
        "scenarios/zookeeper/pinned-2.8-to-3.5.ron",
    ] {
        assert!(Path::new(ROOT).join(file).is_file());
        let ran = run(dryroll()
            .args(["rollback", file, "--seeds", "1"])
            .env("COLUMNS", "80"));
        for line in ran.out.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}
