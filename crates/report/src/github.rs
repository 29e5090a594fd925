//! Annotations for GitHub Actions: lines on standard output that the runner turns into marks on a pull request.

use outcome::{Finding, Severity};

use crate::junit::Tested;
use crate::sarif::{Found, Level};
use crate::text::escape::{github_message, github_property};
use crate::text::{clean, clock};
use crate::words;

/// A step shows so many errors, and so many warnings, and drops the rest without a word.
const AT_MOST: usize = 10;

/// The annotations of these scenarios, each on its line.
///
/// What failed is an error: a promise that broke against the expectation, or an expectation that was not met. A finding
/// that broke nothing is a warning. Of each at most ten are written, and a notice says how many are left out.
pub fn annotations(tested: &[Tested]) -> String {
    let mut errors = Vec::new();
    let mut warnings = Vec::new();
    for one in tested {
        collect(one, &mut errors, &mut warnings);
    }
    let hidden = errors.len().saturating_sub(AT_MOST) + warnings.len().saturating_sub(AT_MOST);
    errors.truncate(AT_MOST);
    warnings.truncate(AT_MOST);
    let mut out = String::new();
    for line in errors.iter().chain(&warnings) {
        out.push_str(line);
        out.push('\n');
    }
    if hidden > 0 {
        out.push_str(&format!(
            "::notice title=dryroll::{hidden} more are in the log\n"
        ));
    }
    out
}

fn collect(tested: &Tested, errors: &mut Vec<String>, warnings: &mut Vec<String>) {
    let outcome = tested.outcome;
    let again = words::replay_command(outcome);
    for (index, promise) in outcome.promises.iter().enumerate() {
        let expected = tested
            .expectation
            .is_some_and(|expectation| expectation.breaks.contains(&index));
        if promise.holds || expected {
            continue;
        }
        let mut text = words::broken_promise(promise);
        for (_, finding) in words::findings_of(outcome, &promise.findings) {
            text = format!("{text}\n{}", explained(finding));
        }
        let title = format!("{} breaks", words::promise_name(promise));
        errors.push(annotation(
            "error",
            tested.path,
            &title,
            &format!("{text}\nAgain: {again}"),
        ));
    }
    if let Some(expectation) = tested
        .expectation
        .filter(|expectation| !expectation.unmet.is_empty())
    {
        let unmet: Vec<_> = expectation.unmet.iter().map(|line| clean(line)).collect();
        let text = format!("{}\nAgain: {again}", unmet.join("\n"));
        errors.push(annotation(
            "error",
            tested.path,
            &format!("expected: {}", expectation.text),
            &text,
        ));
    }
    for finding in outcome
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Warning)
    {
        warnings.push(annotation(
            "warning",
            tested.path,
            &finding.code,
            &explained(finding),
        ));
    }
}

/// What a check of files found, each on its line. As many as a step shows; a notice says how many are left out.
pub fn marks(found: &[Found]) -> String {
    let mut out = String::new();
    let mut hidden = 0;
    for (level, word) in [(Level::Error, "error"), (Level::Warning, "warning")] {
        let of_level = found.iter().filter(|one| one.level == level);
        for (at, one) in of_level.enumerate() {
            if at == AT_MOST {
                hidden += 1;
                continue;
            }
            let place = &one.place;
            // GitHub takes columns only where the mark is on one line.
            let columns = if place.line == place.end_line {
                format!(",col={},endColumn={}", place.column, place.end_column)
            } else {
                String::new()
            };
            out.push_str(&format!(
                "::{word} file={},line={},endLine={}{columns},title={}::{}\n",
                github_property(&place.file),
                place.line,
                place.end_line,
                github_property(&one.rule),
                github_message(&one.message)
            ));
        }
    }
    if hidden > 0 {
        out.push_str(&format!(
            "::notice title=dryroll::{hidden} more are in the log\n"
        ));
    }
    out
}

/// A mistake in a file that could therefore not be run, as an annotation on its line.
pub fn mistake(path: &str, line: usize, code: &str, message: &str) -> String {
    format!(
        "::error file={},line={line},title={}::{}\n",
        github_property(path),
        github_property(code),
        github_message(message)
    )
}

fn explained(finding: &Finding) -> String {
    let mut lines = vec![clean(&finding.title).into_owned()];
    lines.extend(
        finding
            .causes
            .iter()
            .map(|cause| format!("because {} {}", clock(cause.at), clean(&cause.text))),
    );
    lines.extend(
        finding
            .advice
            .iter()
            .map(|advice| format!("To change: {}", clean(advice))),
    );
    lines.join("\n")
}

fn annotation(level: &str, path: &str, title: &str, text: &str) -> String {
    format!(
        "::{level} file={},title={}::{}",
        github_property(path),
        github_property(title),
        github_message(text)
    )
}
