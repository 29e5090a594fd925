//! Results as JUnit XML, which every CI shows: one suite for a scenario, one case for a promise, one for the expectation.

use outcome::{Outcome, PromiseResult};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::terminal::{self, Style};
use crate::text::clean::xml_legal;
use crate::text::{clean, clock, clock_range};
use crate::words;

/// What the author of a scenario said would come out, held against what did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// As the file says it: "Holds", "Breaks WriteOutage checkout because below-min-isr".
    pub text: String,
    /// What did not come out as expected, a line each; empty: the expectation is met.
    pub unmet: Vec<String>,
    /// Indexes of promises that were expected to break. Their breaking is no failure.
    pub breaks: Vec<usize>,
}

/// One scenario that was run, and what was expected of it.
#[derive(Clone, Copy, Debug)]
pub struct Tested<'a> {
    /// What came out.
    pub outcome: &'a Outcome,
    /// The scenario's path as the user gave it.
    pub path: &'a str,
    /// What its author expected, if anything.
    pub expectation: Option<&'a Expectation>,
}

/// The JUnit XML of these scenarios.
///
/// Without an expectation a broken promise is a failure; with one, a promise fails its case only if it broke unexpectedly.
/// Characters that XML forbids are left out. There are no times in it: simulated time is not the time that a test took.
pub fn write(tested: &[Tested]) -> String {
    let mut report = Report::new("dryroll");
    for one in tested {
        report.add_test_suite(suite(one));
    }
    report.to_string().expect("writing to memory does not fail")
}

fn suite(tested: &Tested) -> TestSuite {
    let outcome = tested.outcome;
    let mut suite = TestSuite::new(xml_legal(&clean(tested.path)));
    suite.add_property(("seed", outcome.identity.seed.to_string().as_str()));
    suite.add_property(("identity", xml_legal(&clean(&outcome.identity.id)).as_str()));
    suite.add_property((
        "replay",
        xml_legal(&words::replay_command(outcome)).as_str(),
    ));
    for (index, promise) in outcome.promises.iter().enumerate() {
        let expected = tested
            .expectation
            .is_some_and(|expectation| expectation.breaks.contains(&index));
        suite.add_test_case(promise_case(tested, promise, expected));
    }
    if let Some(expectation) = tested.expectation {
        suite.add_test_case(expectation_case(tested, expectation));
    }
    if outcome.promises.is_empty() && tested.expectation.is_none() {
        let mut status = TestCaseStatus::skipped();
        status.set_message("the scenario promises nothing and expects nothing");
        suite.add_test_case(case(tested, "nothing promised", status));
    }
    let style = Style {
        color: false,
        unicode: true,
        width: 100,
    };
    suite.set_system_out(xml_legal(&terminal::summary(outcome, style)));
    suite
}

fn promise_case(tested: &Tested, promise: &PromiseResult, expected: bool) -> TestCase {
    let name = words::promise_name(promise);
    if promise.holds || expected {
        let mut case = case(tested, &name, TestCaseStatus::success());
        if !promise.holds {
            case.set_system_out(xml_legal(&format!(
                "breaks, as expected: {}",
                words::broken_promise(promise)
            )));
        }
        return case;
    }
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_type("broken promise");
    status.set_message(xml_legal(&words::broken_promise(promise)));
    status.set_description(xml_legal(&reasons(tested.outcome, promise)));
    case(tested, &name, status)
}

fn expectation_case(tested: &Tested, expectation: &Expectation) -> TestCase {
    let name = format!("expected: {}", clean(&expectation.text));
    if expectation.unmet.is_empty() {
        return case(tested, &name, TestCaseStatus::success());
    }
    let unmet: Vec<_> = expectation.unmet.iter().map(|line| clean(line)).collect();
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_type("expectation not met");
    status.set_message(xml_legal(&unmet.join("; ")));
    let again = words::replay_command(tested.outcome);
    status.set_description(xml_legal(&format!(
        "{}\n\nAgain: {again}",
        unmet.join("\n")
    )));
    case(tested, &name, status)
}

fn case(tested: &Tested, name: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(xml_legal(name), status);
    case.set_classname(xml_legal(&clean(&tested.outcome.file)));
    case
}

/// The findings behind a broken promise and the command that shows it again.
fn reasons(outcome: &Outcome, promise: &PromiseResult) -> String {
    let mut lines = vec![clean(&promise.text).into_owned()];
    let place = words::place_and_time(promise);
    if !place.is_empty() {
        lines.push(format!("worst: {place}"));
    }
    for (_, finding) in words::findings_of(outcome, &promise.findings) {
        let when = finding
            .when
            .map(|when| format!(", {}", clock_range(when)))
            .unwrap_or_default();
        lines.push(format!(
            "\n{} ({}){when}",
            clean(&finding.title),
            clean(&finding.code)
        ));
        for cause in &finding.causes {
            lines.push(format!(
                "  because {} {}",
                clock(cause.at),
                clean(&cause.text)
            ));
        }
        for advice in &finding.advice {
            lines.push(format!("  to change: {}", clean(advice)));
        }
    }
    lines.push(format!("\nAgain: {}", words::replay_command(outcome)));
    lines.join("\n")
}
