//! What holds for every input: no panic, an answer to everything, and a meaning that layout and order do not touch.

use super::generate::{estate_text, scenario_text, shuffled};
use super::mutate::{damaged, damages};
use super::{SOUND, read, sound};
use crate::canonical;
use crate::diagnostic::json::to_json;
use crate::diagnostic::render::{Style, render};
use crate::format::format;
use crate::syntax::ron_check::options;
use crate::syntax::{is_ron, parse, plain, tokenize};
use proptest::prelude::*;

/// A text in which much of RON occurs, and little of a scenario.
const RON: &str = "#![enable(implicit_some)]\n// top\n(a: [1, -2.5e3, 0x1F, inf], /* b */ b: {\"x\": 'y', 3: r#\"raw\"#},\n  c: Some(Name(\"p\", q: b\"r\", s: (1, 2,))), // end\n)\n";

/// Reads bytes and does everything with the result that can be done.
fn use_up(bytes: Vec<u8>) {
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let read = read(bytes);
    let rendered = render(&read.diagnostics, &read.sources, Style::default());
    assert_eq!(rendered.is_empty(), read.diagnostics.is_empty());
    to_json(&read.diagnostics, &read.sources);
    let (tokens, _) = tokenize(&text);
    let joined: String = tokens.iter().map(|token| token.text(&text)).collect();
    assert_eq!(joined, text, "tokens add up to the text");
    if parse(&text, 0).diagnostics.is_empty() {
        assert!(
            is_ron(&plain(&text)),
            "accepted, and the ron crate does not read it:\n{text}"
        );
        lay_out(&text);
    }
    if let Some(scenario) = read.scenario {
        let canonical = canonical::text(&scenario);
        let again = super::read(canonical.clone())
            .scenario
            .expect("a canonical text is sound");
        assert_eq!(canonical::text(&again), canonical);
    }
}

/// Formats a text, and checks that nothing but the layout has changed.
fn lay_out(text: &str) {
    let once = format(text, 0).expect("sound syntax");
    assert_eq!(
        format(&once, 0).as_ref(),
        Ok(&once),
        "formatting is not stable"
    );
    let significant = |text: &str| -> Vec<String> {
        let (tokens, _) = tokenize(text);
        let kept = tokens
            .iter()
            .filter(|token| !token.kind.is_trivia() && token.text(text) != ",");
        kept.map(|token| token.text(text).to_owned()).collect()
    };
    assert_eq!(
        significant(text),
        significant(&once),
        "formatting changed a word"
    );
    let comments = |text: &str| -> usize {
        let (tokens, _) = tokenize(text);
        tokens
            .iter()
            .filter(|token| token.kind.is_comment())
            .count()
    };
    assert_eq!(comments(text), comments(&once), "formatting lost a comment");
    // Without a type to read into, `ron` takes `( )` for a list and `()` for nothing; with one it does not.
    let value = |text: &str| {
        let value = options().from_str::<ron::Value>(&plain(text));
        format!("{value:?}").replace("Seq([])", "Unit")
    };
    assert!(
        value(text) == value(&once),
        "formatting changed the value of\n{text}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        use_up(bytes);
    }

    #[test]
    fn any_text_is_answered(text in "[()\\[\\]{},:\"'#!=/*.\\\\ \n\tabr0-9-]{0,80}") {
        use_up(text.into_bytes());
    }

    #[test]
    fn a_damaged_scenario_is_answered(damages in damages()) {
        use_up(damaged(SOUND, &damages));
    }

    #[test]
    fn a_damaged_starter_is_answered(damages in damages()) {
        use_up(damaged(crate::starter::TEXT, &damages));
    }

    #[test]
    fn damaged_ron_is_answered(damages in damages()) {
        use_up(damaged(RON, &damages));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_written_scenario_reads_as_itself(text in scenario_text()) {
        let scenario = sound(&text);
        let canonical = canonical::text(&scenario);
        prop_assert!(is_ron(&canonical));
        let again = sound(&canonical);
        prop_assert_eq!(&canonical::text(&again), &canonical);
        prop_assert_eq!(&again.runbook, &scenario.runbook);
        prop_assert_eq!(&again.faults, &scenario.faults);
        prop_assert_eq!(&again.contract, &scenario.contract);
        prop_assert_eq!(&again.expect, &scenario.expect);
        prop_assert_eq!(&again.estate.producers, &scenario.estate.producers);
    }

    #[test]
    fn layout_does_not_touch_the_meaning(text in scenario_text()) {
        lay_out(&text);
        let laid_out = format(&text, 0).expect("sound syntax");
        prop_assert_eq!(sound(&laid_out), sound(&text));
// Comments may be as long as they like.
        let words = |line: &str| line.split(" /").next().map_or(0, |words| words.chars().count());
        prop_assert!(laid_out.lines().all(|line| words(line) <= 100));
    }

    #[test]
    fn order_does_not_touch_the_meaning(parts in estate_text(), seed: u64) {
        let text = parts.join();
        let other = shuffled(parts, seed).join();
        prop_assert_eq!(canonical::text(&sound(&text)), canonical::text(&sound(&other)));
    }
}
