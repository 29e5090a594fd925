//! One text for one meaning: the canonical form, the defaults and the starter.

use super::{SOUND, changed, read, sound, wrong};
use crate::canonical;
use crate::model::SwarmKind;
use crate::starter;
use crate::syntax::is_ron;

fn meaning(text: &str) -> String {
    canonical::text(&sound(text))
}

#[test]
fn the_canonical_text_is_plain_ron_and_reads_as_the_same() {
    let scenario = sound(SOUND);
    let text = canonical::text(&scenario);
    assert!(is_ron(&text));
    let again = sound(&text);
    assert_eq!(canonical::text(&again), text);
    assert_eq!(
        (again.runbook, again.faults, again.contract),
        (scenario.runbook, scenario.faults, scenario.contract)
    );
}

#[test]
fn the_order_of_declarations_does_not_matter() {
    let two = |text: &str| {
        meaning(&changed(
            "{ \"orders\": (partitions: 12, replicas: 3) }",
            text,
        ))
    };
    assert_eq!(
        two("{ \"orders\": (partitions: 12, replicas: 3), \"b\": (replicas: 1, partitions: 1) }"),
        two("{ \"b\": (partitions: 1, replicas: 1), \"orders\": (replicas: 3, partitions: 12) }")
    );
}

#[test]
fn counting_nodes_is_listing_them() {
    assert_eq!(
        meaning(SOUND),
        meaning(&changed(
            "brokers: 3, controllers: 3",
            "brokers: [3, 1, 2], controllers: [101, 103, 102]"
        ))
    );
}

#[test]
fn units_spelling_and_comments_do_not_matter() {
    let other = SOUND
        .replace("\"1h\"", "\"60m\" /* an hour */")
        .replace("\"2000/s\"", "\"120_000/min\"")
        .replace("\"4.1.2\"", "\"4.1\"")
        .replace("Lost(\"checkout\", 0)", "Lost(producer: \"checkout\")");
    assert_eq!(meaning(SOUND), meaning(&other));
}

#[test]
fn a_default_written_down_is_the_default() {
    assert_eq!(
        meaning(SOUND),
        meaning(&changed(
            "racks:",
            "network: \"10Gbit/s\", disk: (dirs: 1), racks:"
        ))
    );
    assert_eq!(
        meaning(SOUND),
        meaning(&changed("Wait(\"1h\")", "Wait(\"1h\"), on_timeout: Abort"))
    );
}

#[test]
fn another_meaning_is_another_text() {
    for (from, to) in [
        ("\"1h\"", "\"1h1s\""),
        ("partitions: 12", "partitions: 13"),
        ("Kill(2)", "Kill(1)"),
        ("at_most: \"5s\"", "at_most: \"6s\""),
        ("three brokers", "four brokers"),
    ] {
        assert_ne!(meaning(SOUND), meaning(&changed(from, to)), "{to}");
    }
}

#[test]
fn what_only_chooses_or_judges_runs_is_no_part_of_the_identity() {
    let identity = |text: &str| canonical::identity(&sound(text));
    assert_eq!(
        identity(SOUND),
        identity(&changed("expect: Holds", "seed: 7, seeds: 9"))
    );
    assert_ne!(
        identity(SOUND),
        identity(&changed("expect: Holds", "settle: \"1s\""))
    );
}

#[test]
fn a_swarm_is_kept_and_no_part_of_the_identity() {
    let text = changed(
        "expect: Holds",
        "swarm: (kinds: [Crash, Slow], faults: 3, from: \"30s\", until: \"20m\")",
    );
    let swarm = sound(&text).swarm.expect("it is there");
    let kinds: Vec<SwarmKind> = swarm.kinds.iter().map(|kind| kind.value).collect();
    assert_eq!(kinds, [SwarmKind::Crash, SwarmKind::Slow]);
    assert_eq!(swarm.faults.map(|faults| faults.value), Some(3));
    assert_eq!(swarm.from.map(|from| from.value.0), Some(30_000_000_000));
    assert_eq!(meaning(&text), meaning(&meaning(&text)));
    assert_eq!(
        canonical::identity(&sound(SOUND)),
        canonical::identity(&sound(&text))
    );
}

#[test]
fn a_swarm_that_is_none_is_said_so() {
    let swarm = |text: &str| wrong("expect: Holds", &format!("swarm: ({text})"));
    for text in [
        "kinds: [Fire]",
        "kinds: [Kill]",
        "faults: 9",
        "from: \"2m\", until: \"1m\"",
    ] {
        let problems = swarm(text);
        assert_eq!(problems.len(), 1, "{text}: {problems:?}");
    }
}

#[test]
fn texts_with_quotes_and_control_signs_survive() {
    let text = changed("three brokers", r#"a \"quote\", a \\, a \n, \u{7f} and ü"#);
    assert_eq!(sound(&meaning(&text)).about, sound(&text).about);
}

#[test]
fn the_starter_is_a_sound_scenario_of_a_screen_and_a_half() {
    let scenario = sound(starter::TEXT);
    assert_eq!(scenario.runbook.len(), 3);
    let lines = starter::TEXT.lines().count();
    assert!((50..=75).contains(&lines), "{lines} lines");
    assert!(
        starter::TEXT
            .lines()
            .all(|line| line.chars().count() <= 100)
    );
}

#[test]
fn the_starter_invites_to_a_fault_that_works() {
    let with_fault = starter::TEXT.replace("// faults:", "faults:");
    assert_ne!(with_fault, starter::TEXT);
    assert_eq!(sound(&with_fault).faults.len(), 1);
}

#[test]
fn every_default_that_was_taken_is_listed_with_its_reason() {
    let read = read(SOUND);
    let line = |path: &str| {
        let found = read.defaults.iter().find(|default| default.path == path);
        found.map(|default| format!("{} ({})", default.value, default.why))
    };
    assert_eq!(
        line("estate.clusters.prod.network").as_deref(),
        Some("\"10Gbit/s\" (assumed: a common network card, 10Gbit/s)")
    );
    assert_eq!(
        line("runbook.brokers.do.batch").as_deref(),
        Some("1 (Kafka's documentation: one node at a time)")
    );
    assert_eq!(
        line("runbook.brokers.between.UnderReplicated[0].at_most").as_deref(),
        Some("0 (chosen: none)")
    );
    assert!(line("settle").is_some());
    assert_eq!(
        line("runbook.brokers.between.UnderReplicated[0].for"),
        None,
        "the file says it"
    );
}

#[test]
fn a_file_that_says_everything_has_no_defaults() {
    let read = read(canonical::text(&sound(SOUND)));
    let taken: Vec<&str> = read
        .defaults
        .iter()
        .map(|default| default.path.as_str())
        .collect();
    assert_eq!(taken, Vec::<&str>::new());
}
