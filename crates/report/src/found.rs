//! The result of a search for machines that read results of tests: JUnit, SARIF, annotations.

use outcome::search::{Search, Story};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::sarif::{Found, Level, Region, Rule};
use crate::text::clean;
use crate::text::clean::xml_legal;
use crate::{github as annotations, sarif as scans};

/// JUnit XML: one suite, a case for each promise; a promise that some plan breaks is a failure, with the smallest such plan.
pub fn junit(search: &Search, path: &str) -> String {
    let mut report = Report::new("dryroll");
    let mut suite = TestSuite::new(xml_legal(&clean(&format!("search {path}"))));
    suite.add_property(("model", search.model.as_str()));
    suite.add_property(("runs", search.runs().to_string().as_str()));
    suite.add_property(("failing", search.failures().to_string().as_str()));
    for (at, promise) in search.promises.iter().enumerate() {
        let stories: Vec<&Story> = search
            .stories
            .iter()
            .filter(|story| {
                story
                    .broken
                    .iter()
                    .any(|broken| broken.promise as usize == at)
            })
            .collect();
        let status = match stories.first() {
            None => TestCaseStatus::success(),
            Some(first) => {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                status.set_type(
                    first
                        .code
                        .clone()
                        .unwrap_or_else(|| "broken promise".to_owned()),
                );
                status.set_message(xml_legal(&clean(&headline(first))));
                let texts: Vec<String> = stories.iter().map(|story| told(story)).collect();
                status.set_description(xml_legal(&clean_lines(&texts.join("\n\n"))));
                status
            }
        };
        let mut case = TestCase::new(xml_legal(&clean(promise)), status);
        case.set_classname(xml_legal(&clean(path)));
        suite.add_test_case(case);
    }
    report.add_test_suite(suite);
    report.to_string().expect("writing to memory does not fail")
}

/// SARIF: a result for each story, on the first line of the scenario.
pub fn sarif(search: &Search, path: &str, version: &str) -> String {
    let found = results(search, path);
    let mut rules: Vec<Rule> = Vec::new();
    for story in &search.stories {
        let id = code(story);
        if !rules.iter().any(|rule| rule.id == id) {
            rules.push(Rule {
                title: id.replace('-', " "),
                help: story.advice.join("; "),
                tags: vec!["search".to_owned()],
                id,
            });
        }
    }
    scans::write(version, &rules, &found)
}

/// Annotations of GitHub Actions: an error for each story, at most as many as a step shows.
pub fn github(search: &Search, path: &str) -> String {
    annotations::marks(&results(search, path))
}

fn results(search: &Search, path: &str) -> Vec<Found> {
    let place = Region {
        file: path.to_owned(),
        line: 1,
        column: 1,
        end_line: 1,
        end_column: 2,
    };
    search
        .stories
        .iter()
        .map(|story| Found {
            rule: code(story),
            level: Level::Error,
            message: told(story),
            place: place.clone(),
            related: Vec::new(),
            fix: None,
        })
        .collect()
}

fn code(story: &Story) -> String {
    let kind = || story.broken.first().map(|broken| broken.kind.clone());
    story
        .code
        .clone()
        .or_else(kind)
        .unwrap_or_else(|| "broken-promise".to_owned())
}

/// What goes wrong and what comes of it, in a line.
fn headline(story: &Story) -> String {
    let faults: Vec<String> = story
        .faults
        .iter()
        .map(|fault| {
            format!("{} {}", fault.text, fault.moment)
                .trim_end()
                .to_owned()
        })
        .collect();
    match faults.as_slice() {
        [] => format!("seed {} alone: {}", story.seed, story.what),
        faults => format!("{}: {}", faults.join("; then "), story.what),
    }
}

/// A story in lines.
fn told(story: &Story) -> String {
    let mut lines = vec![headline(story)];
    lines.extend(
        story
            .broken
            .iter()
            .map(|broken| format!("broken: {}", broken.text)),
    );
    lines.extend(
        story
            .causes
            .iter()
            .map(|cause| format!("because {}", cause.text)),
    );
    lines.extend(
        story
            .advice
            .first()
            .map(|advice| format!("instead: {advice}")),
    );
    lines.join("\n")
}

fn clean_lines(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| clean(line).into_owned()).collect();
    lines.join("\n")
}
