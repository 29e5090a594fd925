//! The rule book, the checks and the runs say the same.
#![allow(missing_docs, reason = "tests speak for themselves")]

mod support;

use outcome::{Outcome, StepEnd, Verdict};
use rules::{Rule, book, page};
use scenario::{Code, Diagnostic, Disk, Scenario};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use support::{ROOT, dry, golden};

/// Findings that say: this was refused, and by what rule can be told from the file alone if it has no faults.
const REFUSALS: [&str; 19] = [
    "already-formatted",
    "closed-channel",
    "command-refused",
    "config-refused",
    "downgrade-by-release",
    "downgrade-refused",
    "feature-needs-other",
    "features-half-done",
    "features-refused",
    "finalized-too-early",
    "kraft-version-ignored",
    "leftover-topic-setting",
    "level-not-supported",
    "level-too-old",
    "no-zookeeper-mode",
    "old-level-in-log",
    "segment-too-small",
    "stale-registration",
    "tool-too-old",
];

fn scenarios() -> Vec<PathBuf> {
    fn files(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("the folder is there") {
            let path = entry.expect("it can be listed").path();
            if path.is_dir() {
                files(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "ron") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    files(&Path::new(ROOT).join("scenarios"), &mut found);
    found.sort();
    found
}

fn read(path: &Path) -> Option<Scenario> {
    scenario::read(&Disk, path).scenario
}

/// The rules that a scenario breaks.
fn broken(scenario: &Scenario) -> Vec<Diagnostic> {
    rules::check(scenario)
}

fn breaks(scenario: &Scenario, rule: &Rule) -> bool {
    broken(scenario)
        .iter()
        .any(|found| found.code == Code::Rule(rule.id))
}

#[test]
fn there_are_many_rules() {
    assert!(book::rules().count() >= 50, "{}", book::rules().count());
}

#[test]
fn every_rule_explains_findings_that_exist() {
    for rule in book::rules() {
        for code in rule.explains {
            assert!(
                rehearsal::findings::catalog::kind(code).is_some(),
                "{} explains `{code}`, which is no finding",
                rule.id
            );
        }
    }
}

#[test]
fn every_rule_bites_where_it_says_and_nowhere_where_it_says_not() {
    let mut wrong = Vec::new();
    for rule in book::rules() {
        for (path, bites) in [(rule.bites, true), (rule.spares, false)] {
            let Some(path) = path else { continue };
            match read(&Path::new(ROOT).join(path)) {
                None => wrong.push(format!("{}: {path} cannot be read", rule.id)),
                Some(scenario) if breaks(&scenario, rule) != bites => {
                    let how = if bites { "spares" } else { "bites" };
                    wrong.push(format!("{} {how} {path}", rule.id));
                }
                Some(_) => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What a check calls an error breaks a promise or is refused, and what a run refuses was pointed at.
#[test]
fn checks_and_runs_do_not_contradict_each_other() {
    let mut wrong = Vec::new();
    for path in scenarios() {
        let Some(scenario) = read(&path) else {
            continue;
        };
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let found = broken(&scenario);
        let errors: Vec<&Diagnostic> = found.iter().filter(|found| found.is_error()).collect();
        let Ok(ready) = rehearsal::prepare(&scenario, &name) else {
            // It is refused before it begins.
            continue;
        };
        let seeds = if errors.is_empty() { 1 } else { 3 };
        for seed in 0..seeds {
            let outcome = ready.run(scenario.seed.value + seed);
            for error in &errors {
                if !fails(&outcome) {
                    wrong.push(format!(
                        "{name}, seed {seed}: check says {} is an error, and the run is fine",
                        error.code
                    ));
                }
            }
            for finding in &outcome.findings {
                let refused =
                    scenario.faults.is_empty() && REFUSALS.contains(&finding.code.as_str());
                let pointed_at = book::rules()
                    .filter(|rule| rule.explains.contains(&finding.code.as_str()))
                    .any(|rule| found.iter().any(|found| found.code == Code::Rule(rule.id)));
                if refused && !pointed_at {
                    wrong.push(format!(
                        "{name}, seed {seed}: `{}` ({}) was not pointed at",
                        finding.code, finding.title
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A promise broke, a step did not end well, or something was refused.
fn fails(outcome: &Outcome) -> bool {
    let stopped = |end| !matches!(end, StepEnd::Done);
    outcome.verdict == Verdict::Breaks
        || outcome.steps.iter().any(|step| stopped(step.end))
        || outcome
            .findings
            .iter()
            .any(|finding| REFUSALS.contains(&finding.code.as_str()))
}

#[test]
fn findings_name_their_rules() {
    let shown = dry(&["run", "scenarios/no-wait-for-isr.ron"]).code(1);
    assert!(shown.out.contains("Rule K002:"), "{shown}");
    let json = dry(&["run", "scenarios/no-wait-for-isr.ron", "--json"])
        .code(1)
        .out;
    assert!(json.contains("\"id\": \"K002\"") || json.contains("\"id\":\"K002\""));
}

#[test]
fn a_rule_is_explained_on_a_narrow_terminal() {
    let page = dry(&["explain", "K001"]).code(0);
    assert!(page.out.contains("Why"), "{page}");
    dry(&["explain", "below-min-isr"]).code(0).says("K002");
    dry(&["explain", "K999"])
        .code(2)
        .without_result()
        .complains("dryroll rules");
}

#[test]
fn rules_can_be_listed_and_chosen() {
    dry(&["rules"]).code(0).says("K001").says("quorum:");
    let quorum = dry(&["rules", "--topic", "quorum"]).code(0);
    assert!(!quorum.out.contains("K001  "), "{quorum}");
    let old = dry(&["rules", "--for", "3.9.2"]).code(0);
    assert!(
        !old.out.contains("K072  "),
        "it concerns 4.0 and later\n{old}"
    );
    let json = dry(&["rules", "--json"]).code(0).out;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["format"], "dryroll-rules/1");
    assert_eq!(
        json["rules"].as_array().map(Vec::len),
        Some(book::rules().count())
    );
}

#[test]
fn the_pages_of_the_rules_are_fresh() {
    let mut stale = Vec::new();
    golden::compare(
        "docs/rules/README.md",
        page::index(book::rules()).as_bytes(),
        &mut stale,
    );
    let mut pages: BTreeSet<String> = BTreeSet::from(["README.md".to_owned()]);
    for rule in book::rules() {
        let name = format!("{}.md", rule.id);
        golden::compare(
            &format!("docs/rules/{name}"),
            page::markdown(rule).as_bytes(),
            &mut stale,
        );
        pages.insert(name);
    }
    for entry in fs::read_dir(Path::new(ROOT).join("docs/rules")).expect("it is there") {
        let name = entry
            .expect("it can be listed")
            .file_name()
            .to_string_lossy()
            .into_owned();
        assert!(
            pages.contains(&name),
            "docs/rules/{name} is the page of no rule"
        );
    }
    golden::fresh(&stale, "rulebook");
}
