//! Holds an outcome against what the file says it expects.

use outcome::{Outcome, Verdict};
use scenario::model::{Expect, Scenario};

/// What the file claims and where the outcome differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The claim in words: "holds", "breaks WriteOutage(checkout) because of no-isr-wait", or "nothing is claimed".
    pub claim: String,
    /// It claims that promises break.
    pub breaks: bool,
    /// Each difference, a sentence. Empty: the outcome is as claimed.
    pub unmet: Vec<String>,
}

impl Comparison {
    /// Compares.
    pub fn of(scenario: &Scenario, outcome: &Outcome) -> Self {
        let name = |kind: &str, subject: &str| {
            if subject.is_empty() {
                kind.to_owned()
            } else {
                format!("{kind}({subject:?})")
            }
        };
        let mut unmet = Vec::new();
        match scenario.expect.as_deref() {
            None => Self {
                claim: "nothing is claimed".to_owned(),
                breaks: false,
                unmet,
            },
            Some(Expect::Holds) => {
                for promise in outcome.promises.iter().filter(|promise| !promise.holds) {
                    unmet.push(format!(
                        "{} was to hold and broke: {}",
                        name(&promise.kind, &promise.subject),
                        promise.text
                    ));
                }
                if unmet.is_empty() && outcome.verdict != Verdict::Holds {
                    unmet.push("the run was to hold and broke".to_owned());
                }
                Self {
                    claim: "holds".to_owned(),
                    breaks: false,
                    unmet,
                }
            }
            Some(Expect::Breaks { promises, because }) => {
                let mut claim: Vec<String> = Vec::new();
                for expected in promises {
                    let subject = expected.subject.as_deref();
                    claim.push(name(&expected.kind, subject.unwrap_or_default()));
                    let meant = |promise: &&outcome::PromiseResult| {
                        promise.kind == expected.kind
                            && subject.is_none_or(|subject| promise.subject == subject)
                    };
                    if !outcome
                        .promises
                        .iter()
                        .filter(meant)
                        .any(|promise| !promise.holds)
                    {
                        unmet.push(format!(
                            "{} was to break and held",
                            name(&expected.kind, subject.unwrap_or_default())
                        ));
                    }
                }
                for promise in outcome.promises.iter().filter(|promise| !promise.holds) {
                    let expected = promises.iter().any(|expected| {
                        expected.kind == promise.kind
                            && expected
                                .subject
                                .as_ref()
                                .is_none_or(|subject| *subject == promise.subject)
                    });
                    if !expected {
                        unmet.push(format!(
                            "{} broke too, which the file does not say",
                            name(&promise.kind, &promise.subject)
                        ));
                    }
                }
                for code in because {
                    if !outcome
                        .findings
                        .iter()
                        .any(|finding| finding.code == code.value)
                    {
                        unmet.push(format!("no finding `{}` explains it", code.value));
                    }
                }
                let mut text = format!("breaks {}", claim.join(", "));
                if !because.is_empty() {
                    let codes: Vec<&str> = because.iter().map(|code| code.value.as_str()).collect();
                    text.push_str(&format!(" because of {}", codes.join(", ")));
                }
                Self {
                    claim: text,
                    breaks: true,
                    unmet,
                }
            }
        }
    }
}
