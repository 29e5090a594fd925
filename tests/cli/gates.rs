//! `dryroll gates`.

use crate::support::{Folder, careful, dry, dryroll, run};
use outcome::gates::Gates;

fn gates(file: &str, seeds: &str) -> Gates {
    let ran = dry(&["gates", file, "--seeds", seeds, "--format", "json"]).code(0);
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}\n{ran}"))
}

#[test]
fn a_roll_that_waits_for_nothing_is_told_to_wait_for_replicas() {
    let found = gates("scenarios/no-wait-for-isr.ron", "4");
    assert!(found.broken > 0);
    let first = found.to_add.first().expect("there is a gate to add");
    assert_eq!(first.position, "between");
    assert!(first.gate.starts_with("UnderReplicated"), "{first:?}");
    assert!(first.saves > first.harms, "{first:?}");
}

#[test]
fn the_gate_that_waits_for_replicas_catches_what_no_other_does() {
    let folder = Folder::new();
    let file = folder.with("careful.ron", careful());
    let found = gates(&file, "3");
    let between = &found.gates[0];
    assert_eq!(
        (between.step.as_str(), between.position.as_str()),
        ("brokers", "between")
    );
    assert!(between.watched >= 3, "{between:?}");
    assert!(between.caught > 0 && !between.never_matters, "{between:?}");
    let end = &found.gates[1];
    assert!(end.caught == 0 && end.never_matters, "{end:?}");
}

#[test]
fn a_gate_that_lies_is_counted() {
    let found = gates("scenarios/stale-metric.ron", "4");
    assert!(
        found.gates.iter().any(|gate| gate.false_green > 0
            && gate
                .false_green_example
                .as_ref()
                .is_some_and(|example| !example.text.is_empty())),
        "{found:?}"
    );
}

#[test]
fn threads_do_not_change_a_byte() {
    let words = [
        "gates",
        "scenarios/first-roll.ron",
        "--seeds",
        "3",
        "--format",
        "json",
    ];
    let with = |threads: &str| run(dryroll().args(words).env("RAYON_NUM_THREADS", threads)).out;
    let one = with("1");
    assert!(one == with("2"), "two threads");
    assert!(one == with("8"), "eight threads");
}
