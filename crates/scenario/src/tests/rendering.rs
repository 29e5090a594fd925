//! Diagnostics as people and programs see them.

use super::{changed, read, read_files};
use crate::diagnostic::json::to_json;
use crate::diagnostic::render::{Style, render};
use crate::loader::Memory;

fn shown(from: &str, to: &str) -> String {
    let read = read(changed(from, to));
    render(&read.diagnostics, &read.sources, Style::default())
}

#[test]
fn the_word_is_underlined_and_the_edit_is_shown() {
    assert_eq!(
        shown("partitions: 12", "partition: 12"),
        r#"error[unknown-field]: A topic has no field `partition`.
 --> main.ron:7:38
  |
7 |                 topics: { "orders": (partition: 12, replicas: 3) },
  |                                      ^^^^^^^^^ unknown field
  |
  = note: A topic has `partitions`, `replicas`, `assignment`, `data` and `settings`.
help: did you mean `partitions`?
  |
7 |                 topics: { "orders": (partitions: 12, replicas: 3) },
  |                                               +
"#
    );
}

#[test]
fn other_places_are_shown_too() {
    assert_eq!(
        shown("replicas: 3", "replicas: 4"),
        r#"error[out-of-range]: `orders` wants 4 replicas on 3 brokers.
 --> main.ron:7:64
  |
6 |                 kafka: "3.9.2", brokers: 3, controllers: 3, racks: ["a", "b", "c"],
  |                                          - the brokers
7 |                 topics: { "orders": (partitions: 12, replicas: 4) },
  |                                                                ^ at most 3
  |
  = note: Kafka puts each replica of a partition on another broker.
"#
    );
}

#[test]
fn other_files_are_shown_too() {
    let cluster = "( kafka: \"3.9.2\", brokers: 3, controllers: 3, topics: { \"orders\": (partitions: 1, replicas: 3) } )";
    let read = read_files(
        Memory::new()
            .with("main.ron", "(estate: (clusters: { \"prod\": \"prod.ron\" }), runbook: [(step: \"a\", do: ElectLeaders(Preferred, topic: \"orders\", partition: 1))])")
            .with("prod.ron", cluster),
    );
    assert_eq!(
        render(&read.diagnostics, &read.sources, Style::default()),
        r#"error[unknown-reference]: `orders` has no partition 1; it has 1 partition.
 --> main.ron:1:124
  |
1 | (estate: (clusters: { "prod": "prod.ron" }), runbook: [(step: "a", do: ElectLeaders(Preferred, topic: "orders", partition: 1))])
  |                                                                                                                            ^ partitions are numbered from 0 to 0
  |
 ::: prod.ron:1:80
  |
1 | ( kafka: "3.9.2", brokers: 3, controllers: 3, topics: { "orders": (partitions: 1, replicas: 3) } )
  |                                                                                - their number
"#
    );
}

#[test]
fn an_endless_line_is_cut_and_its_column_is_right() {
    let text = format!("({}runbok: [])", "/* a comment */ ".repeat(1000));
    let read = read(text);
    let shown = render(&read.diagnostics, &read.sources, Style::default());
    assert!(shown.contains("--> main.ron:1:16002\n"), "{shown}");
    assert!(shown.len() < 2000);
}

#[test]
fn places_far_apart_are_shown_as_two_pieces() {
    let text = format!("(estate: 1,{}estate: 2)", "\n".repeat(5000));
    let read = read(text);
    let shown = render(&read.diagnostics[1..], &read.sources, Style::default());
    assert_eq!(
        shown,
        r#"error[duplicate-field]: `estate` is given twice.
    --> main.ron:5001:1
     |
5001 | estate: 2)
     | ^^^^^^ the second one
     |
    ::: main.ron:1:2
     |
   1 | (estate: 1,
     |  ------ the first one
"#
    );
}

#[test]
fn too_many_are_counted() {
    let read = read(super::SOUND.replace("\"orders\"", "orders"));
    let style = Style {
        most: 1,
        ..Style::default()
    };
    let text = render(&read.diagnostics, &read.sources, style);
    assert!(text.ends_with("\n\n… and 2 more errors\n"), "{text}");
}

#[test]
fn nothing_wrong_is_nothing_shown() {
    let read = read(super::SOUND);
    assert_eq!(
        render(&read.diagnostics, &read.sources, Style::default()),
        ""
    );
}

#[test]
fn colours_only_if_asked_for() {
    let read = read("(");
    let coloured = render(
        &read.diagnostics,
        &read.sources,
        Style {
            colour: true,
            ..Style::default()
        },
    );
    let plain = render(&read.diagnostics, &read.sources, Style::default());
    assert!(coloured.contains('\u{1b}') && !plain.contains('\u{1b}'));
}

#[test]
fn control_signs_of_the_file_do_not_reach_the_terminal() {
    let read = read("(a\u{1b}[31m: 1, \u{1b}b: 2, estate: \"\u{1b}]0;x\")");
    let plain = render(&read.diagnostics, &read.sources, Style::default());
    assert!(!plain.contains('\u{1b}'), "{plain}");
}

#[test]
fn programs_get_json() {
    let read = read(changed("partitions: 12", "partition: 12"));
    let json = to_json(&read.diagnostics, &read.sources);
    assert_eq!(json[0]["code"], "unknown-field");
    assert_eq!(json[0]["severity"], "error");
    assert_eq!(json[0]["place"]["file"], "main.ron");
    assert_eq!(
        (
            json[0]["place"]["line"].as_u64(),
            json[0]["place"]["column"].as_u64()
        ),
        (Some(7), Some(38))
    );
    assert_eq!(json[0]["suggestion"]["replacement"], "partitions");
}

#[test]
fn a_file_of_a_million_mistakes_is_answered_shortly() {
    let read = read(format!("(estate: [{}])", "~,".repeat(1_000_000)));
    let text = render(&read.diagnostics, &read.sources, Style::default());
    assert!(read.diagnostics.len() <= 600 && text.len() < 100_000);
}
