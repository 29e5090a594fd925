//! Text for terminals.

use proptest::prelude::*;
use report::terminal::{Style, summary, summary_line, verbose};
use unicode_width::UnicodeWidthStr;

use crate::{golden, samples};

fn style(width: usize, unicode: bool) -> Style {
    Style {
        color: false,
        unicode,
        width,
    }
}

#[test]
fn the_summaries_look_as_they_were_approved() {
    for (name, outcome) in samples::all() {
        for (width, unicode) in [(60, false), (80, true), (120, true)] {
            let signs = if unicode { "unicode" } else { "ascii" };
            golden::check(
                &format!("{name}-{width}-{signs}.txt"),
                &summary(&outcome, style(width, unicode)),
            );
        }
    }
}

#[test]
fn the_verbose_form_tells_story_and_commands() {
    let text = verbose(&samples::outage(), Style::default());
    golden::check("outage-verbose.txt", &text);
    assert!(text.contains("$ bin/kafka-server-stop.sh"));
    assert!(text.contains("controller 102  fences broker 2: no heartbeat for 9 s"));
    assert!(text.contains("broker.session.timeout.ms = 9000 (default of 3.9.2)"));
}

#[test]
fn a_line_for_each_file() {
    let lines: Vec<String> = samples::all()
        .into_iter()
        .map(|(_, outcome)| summary_line(&outcome, Style::default()))
        .collect();
    golden::check("summary-lines.txt", &(lines.join("\n") + "\n"));
}

#[test]
fn the_verdict_comes_first_and_the_command_last() {
    let text = summary(&samples::outage(), Style::default());
    let first = text.lines().next().unwrap();
    assert_eq!(
        first,
        "✗ BREAKS  checkout got no acknowledgement for 7.9 s; at most 5 s was promised"
    );
    assert_eq!(
        text.lines().last().unwrap(),
        "Again: dryroll run six-brokers-kill.ron --seed 421"
    );
}

#[test]
fn an_event_shorter_than_a_column_is_seen() {
    let text = summary(&samples::outage(), style(60, true));
    let row = text
        .lines()
        .find(|line| line.starts_with("checkout"))
        .unwrap();
    assert!(row.contains('█'), "eight seconds of half an hour: {row}");
}

#[test]
fn colour_adds_nothing_that_signs_do_not_say() {
    for (name, outcome) in samples::all() {
        let plain = summary(&outcome, Style::default());
        let colored = summary(
            &outcome,
            Style {
                color: true,
                ..Style::default()
            },
        );
        assert_ne!(plain, colored, "{name}");
        assert_eq!(plain, without_colors(&colored), "{name}");
    }
}

fn without_colors(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        out.push_str(before);
        rest = after.split_once('m').expect("a sequence ends").1;
    }
    out + rest
}

#[test]
fn a_command_is_never_broken_inside_of_a_word() {
    let mut outcome = samples::clean_roll();
    outcome.file = format!("{}.ron", "long".repeat(40));
    let text = summary(&outcome, style(60, true));
    assert!(text.contains(&format!("{} \\\n", outcome.file)), "{text}");
    assert!(text.ends_with("--seed 7\n"));
}

/// The width of the widest line, lines of commands aside: a command may be wider, because its words are kept whole.
fn widest(text: &str) -> usize {
    let mut in_command = false;
    let mut widest = 0;
    for line in text.lines() {
        in_command |= line.starts_with("Again: ") || line.starts_with("    $ ");
        if !in_command {
            widest = widest.max(line.width());
        }
        in_command &= line.ends_with('\\');
    }
    widest
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn no_line_is_wider_than_the_terminal(
        outcome in samples::random::outcome(), width in 40_usize..150, unicode: bool, long: bool,
    ) {
        let style = style(width, unicode);
        let text = if long { verbose(&outcome, style) } else { summary(&outcome, style) };
        prop_assert!(widest(&text) <= width.min(140), "{} in {width}:\n{text}", widest(&text));
        prop_assert!(summary_line(&outcome, style).width() <= width);
    }

    #[test]
    fn ascii_means_ascii_and_no_control_character_gets_through(outcome in samples::random::outcome()) {
        let text = verbose(&outcome, style(80, false));
        prop_assert!(text.chars().all(|c| c == '\n' || (' '..='~').contains(&c)));
        let text = verbose(&outcome, style(80, true));
        prop_assert!(!text.chars().any(|c| c != '\n' && c.is_control()));
    }
}
