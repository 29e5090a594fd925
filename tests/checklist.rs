//! What upgrade guides say, row by row: what shows it here, and what the rehearsals say of their claims.
//!
//! That every scenario comes out as it claims is held by `tests/scenarios.rs`; here each row names one that is there.
#![allow(missing_docs, reason = "tests speak for themselves")]

mod support;

use scenario::Disk;
use scenario::model::Expect;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use support::{ROOT, golden};

/// What is said of a row of a guide.
#[derive(Debug, Deserialize)]
enum Row {
    /// A scenario ("scenarios/…") or a rule ("rule K001") shows it.
    Shown {
        /// Which.
        by: String,
    },
    /// Nothing does, and why.
    Open(String),
}

/// What the rehearsals say of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
enum Verdict {
    Proved,
    Refuted,
    Open,
}

#[derive(Debug, Deserialize)]
struct Claim {
    id: String,
    claim: String,
    verdict: Verdict,
    because: String,
    scenarios: Vec<String>,
}

fn read<T: for<'de> Deserialize<'de>>(path: &str) -> T {
    let text = fs::read_to_string(Path::new(ROOT).join(path))
        .unwrap_or_else(|error| panic!("{path}: {error}"));
    ron::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Why this is no scenario that can show something.
fn problem(path: &str) -> Option<String> {
    let full = Path::new(ROOT).join(path);
    let inside = path.starts_with("scenarios/") && path.ends_with(".ron");
    if !inside || !full.exists() {
        return Some(format!("{path} is no scenario"));
    }
    let claims = scenario::read(&Disk, &full)
        .scenario
        .and_then(|scenario| scenario.expect);
    claims.is_none().then(|| format!("{path} claims nothing"))
}

#[test]
fn every_row_of_the_guides_is_there_once_and_names_what_exists() {
    let rows: BTreeMap<String, Row> = read("docs/checklist.ron");
    let numbers = |guide: &str, count: u32| {
        (1..=count)
            .map(|row| format!("{guide}-{row:02}"))
            .collect::<Vec<_>>()
    };
    let mut wanted = numbers("001", 49);
    wanted.extend(numbers("003", 46));
    assert_eq!(rows.keys().cloned().collect::<Vec<_>>(), wanted);
    let mut wrong = Vec::new();
    for (row, what) in &rows {
        match what {
            Row::Open(why) if why.is_empty() => {
                wrong.push(format!("{row} is open and does not say why"))
            }
            Row::Open(_) => {}
            Row::Shown { by } => match by.strip_prefix("rule ") {
                Some(id) if rules::book::rule(id).is_none() => {
                    wrong.push(format!("{row}: there is no rule {id}"))
                }
                Some(_) => {}
                None => wrong.extend(problem(by).map(|problem| format!("{row}: {problem}"))),
            },
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_claim_that_is_decided_has_a_scenario() {
    const CLAIMS: [&str; 17] = [
        "C4", "C5", "C25", "C26", "C27", "C28", "C29", "C30", "C31", "C32", "C33", "C34", "C35",
        "C39", "C40", "C41", "C44",
    ];
    let claims: Vec<Claim> = read("docs/claims.ron");
    let ids: Vec<&str> = claims.iter().map(|claim| claim.id.as_str()).collect();
    assert_eq!(ids, CLAIMS);
    for claim in &claims {
        assert!(
            claim.verdict == Verdict::Open || !claim.scenarios.is_empty(),
            "{} is decided by nothing",
            claim.id
        );
        for path in &claim.scenarios {
            assert_eq!(problem(path), None, "{}", claim.id);
        }
    }
}

/// How a scenario comes out, in a word.
fn comes_out(path: &str) -> &'static str {
    let expect = scenario::read(&Disk, Path::new(ROOT).join(path))
        .scenario
        .and_then(|scenario| scenario.expect);
    match expect.as_deref() {
        Some(Expect::Holds) => "holds",
        Some(Expect::Breaks { .. }) => "breaks",
        None => "claims nothing",
    }
}

#[test]
fn the_page_of_the_claims_is_fresh() {
    let claims: Vec<Claim> = read("docs/claims.ron");
    let mut page = String::from(
        "# Claims of upgrade guides, rehearsed\n\nWhat guides say of Kafka upgrades, and what the scenarios here say of it. *Proved* and *refuted* mean: as the guide puts it, without the \
         conditions in the third column. A test keeps this page as `docs/claims.ron` and the scenarios are.\n\n| claim | verdict | because | shown by |\n|---|---|---|---|\n",
    );
    for claim in &claims {
        let verdict = match claim.verdict {
            Verdict::Proved => "proved",
            Verdict::Refuted => "refuted",
            Verdict::Open => "open",
        };
        let shown: Vec<String> = claim
            .scenarios
            .iter()
            .map(|path| {
                let name = path.trim_start_matches("scenarios/");
                format!(
                    "[{}]({name}) ({})",
                    name.trim_end_matches(".ron"),
                    comes_out(path)
                )
            })
            .collect();
        page.push_str(&format!(
            "| {}: {} | {verdict} | {} | {} |\n",
            claim.id,
            claim.claim,
            claim.because,
            shown.join(", ")
        ));
    }
    let mut stale = Vec::new();
    golden::compare("scenarios/CLAIMS.md", page.as_bytes(), &mut stale);
    golden::fresh(&stale, "checklist");
}
