//! What other programs read: JSON, JUnit, annotations, Markdown.

use proptest::prelude::*;
use quick_junit::{NonSuccessKind, Report, TestCaseStatus};
use report::junit::{Expectation, Tested};
use report::{github, json, junit, markdown};

use crate::{golden, samples};

fn tested(outcome: &outcome::Outcome) -> Tested<'_> {
    Tested {
        outcome,
        path: "scenarios/sample.ron",
        expectation: None,
    }
}

#[test]
fn json_comes_back_as_it_was() {
    for (name, outcome) in samples::all() {
        let text = json::write(&outcome);
        assert_eq!(json::read(&text).unwrap(), outcome, "{name}");
        assert_eq!(text, json::write(&outcome));
        assert!(text.ends_with("}\n"));
    }
}

#[test]
fn an_outcome_of_another_version_is_named_as_such() {
    let text = json::write(&samples::empty()).replace("\"schema\": 1", "\"schema\": 99");
    let error = json::read(&text).unwrap_err().to_string();
    assert!(
        error.contains("schema 99") && error.contains("reads schema 1"),
        "{error}"
    );
    assert!(
        json::read("[]")
            .unwrap_err()
            .to_string()
            .starts_with("this is not a saved outcome")
    );
}

#[test]
fn the_schema_is_json() {
    let schema: serde_json::Value = serde_json::from_str(&json::schema()).unwrap();
    assert_eq!(schema["title"], "Outcome");
}

#[test]
fn junit_has_a_case_for_each_promise() {
    let outcome = samples::outage();
    let report = Report::deserialize_from_str(&junit::write(&[tested(&outcome)])).unwrap();
    let suite = &report.test_suites[0];
    assert_eq!(suite.name.as_str(), "scenarios/sample.ron");
    assert_eq!((report.tests, report.failures), (7, 2));
    let case = &suite.test_cases[0];
    assert_eq!(case.name.as_str(), "WriteOutage checkout");
    let TestCaseStatus::NonSuccess {
        kind: NonSuccessKind::Failure,
        message,
        description,
        ..
    } = &case.status
    else {
        panic!("{:?}", case.status)
    };
    let message = message.as_ref().unwrap().as_str();
    assert_eq!(
        message,
        "checkout got no acknowledgement for 7.9 s; at most 5 s was promised"
    );
    let description = description.as_ref().unwrap().as_str();
    assert!(
        description.contains("orders-7 took no writes for 7.9 s"),
        "{description}"
    );
    assert!(
        description.contains("Again: dryroll run six-brokers-kill.ron --seed 421"),
        "{description}"
    );
    assert!(
        suite
            .system_out
            .as_ref()
            .unwrap()
            .as_str()
            .contains("Findings")
    );
}

#[test]
fn what_was_expected_to_break_is_no_failure() {
    let outcome = samples::outage();
    let expectation = Expectation {
        text: "Breaks WriteOutage checkout".to_owned(),
        unmet: vec![],
        breaks: vec![0, 2],
    };
    let met = Tested {
        expectation: Some(&expectation),
        ..tested(&outcome)
    };
    let report = Report::deserialize_from_str(&junit::write(&[met])).unwrap();
    assert_eq!((report.tests, report.failures), (8, 0));
    assert_eq!(
        report.test_suites[0].test_cases[7].name.as_str(),
        "expected: Breaks WriteOutage checkout"
    );
    assert_eq!(github::annotations(&[met]).matches("::error").count(), 0);

    let unmet = Expectation {
        unmet: vec!["below-min-isr is not among the findings".to_owned()],
        ..expectation
    };
    let unmet = Tested {
        expectation: Some(&unmet),
        ..tested(&outcome)
    };
    let report = Report::deserialize_from_str(&junit::write(&[unmet])).unwrap();
    assert_eq!((report.tests, report.failures), (8, 1));
    assert!(
        github::annotations(&[unmet])
            .contains("below-min-isr is not among the findings%0AAgain: dryroll run")
    );
}

#[test]
fn nothing_promised_is_skipped_and_not_passed() {
    let outcome = samples::empty();
    let report = Report::deserialize_from_str(&junit::write(&[tested(&outcome)])).unwrap();
    assert_eq!((report.tests, report.skipped), (1, 1));
}

#[test]
fn junit_of_hostile_text_parses_back() {
    let outcome = samples::hostile();
    let text = junit::write(&[tested(&outcome)]);
    roxmltree::Document::parse(&text).unwrap();
    assert_eq!(Report::deserialize_from_str(&text).unwrap().tests, 2);
}

#[test]
fn annotations_stay_on_their_lines_and_within_the_limits() {
    let (outage, hostile, huge) = (samples::outage(), samples::hostile(), samples::huge());
    let text = github::annotations(&[tested(&outage), tested(&hostile), tested(&huge)]);
    for line in text.lines() {
        let command = line.split_once(' ').unwrap().0;
        assert!(
            ["::error", "::warning", "::notice"].contains(&command),
            "{line}"
        );
    }
    assert_eq!(
        text.lines()
            .filter(|line| line.starts_with("::warning"))
            .count(),
        10
    );
    assert_eq!(
        text.lines().last().unwrap(),
        "::notice title=dryroll::20 more are in the log"
    );
    let first = text.lines().next().unwrap();
    assert!(
        first.starts_with(
            "::error file=scenarios/sample.ron,title=WriteOutage checkout breaks::checkout got"
        ),
        "{first}"
    );
}

#[test]
fn markdown_looks_as_it_was_approved() {
    for (name, outcome) in samples::all() {
        let text = markdown::summary(&outcome);
        golden::check(&format!("{name}.md"), &text);
        assert!(
            text.len() < 65_536,
            "{name}: {} bytes are too many for a comment",
            text.len()
        );
        assert!(
            !text.contains("@all") || text.contains("    dryroll run"),
            "{name}"
        );
    }
}

#[test]
fn no_name_adds_a_cell_to_a_markdown_table() {
    let text = markdown::summary(&samples::hostile());
    for row in text.lines().filter(|line| line.starts_with('|')) {
        assert_eq!(row.replace("\\|", "").matches('|').count(), 6, "{row}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 80, ..ProptestConfig::default() })]

    #[test]
    fn any_outcome_makes_junit_that_parses_back(outcome in samples::random::outcome()) {
        let text = junit::write(&[tested(&outcome)]);
        roxmltree::Document::parse(&text).unwrap();
        let report = Report::deserialize_from_str(&text).unwrap();
        let broken = outcome.promises.iter().filter(|promise| !promise.holds).count();
        prop_assert_eq!(report.failures, broken);
        prop_assert_eq!(report.tests, outcome.promises.len().max(1));
        prop_assert_eq!(json::read(&json::write(&outcome)).unwrap(), outcome);
    }
}
