//! The rule book: every rule that a runbook can break.
//!
//! A rule says what happens when it is broken, by which mechanism, in which versions, and where that is written. It has a check
//! that looks at a scenario without running it, and the codes of the findings that it explains when the scenario is run.
//!
//! | where | what |
//! |---|---|
//! | [`Rule`] | what a rule is |
//! | [`book`] | all rules, one file each, in a folder a topic |
//! | [`Case`] | a cluster of a scenario and its runbook, step by step: what a check looks at |
//! | [`check`] | the checks on a scenario, as diagnostics that point at the word |
//! | [`explain`](fn@explain) | the findings of a run learn the rules that explain them |
//! | [`page`] | a rule as a page for people: terminal and Markdown |
//!
//! **What an error means.** A check says *error* only of what happens on every run of the scenario: it is refused, or a promise
//! of the file's own contract breaks. What may happen is a *warning*. `tests/rulebook.rs` holds the checks against runs.

pub mod book;
mod case;
mod explain;
mod levels;
pub mod page;
mod rule;
#[cfg(test)]
mod testing;
mod walk;
mod words;

pub use case::Case;
pub use explain::{explain, explaining};
pub use rule::{Rule, Topic, Versions};
pub use walk::{Moment, NodeState};

use scenario::model::Scenario;
use scenario::{Code, Diagnostic};

/// What the rules say about a scenario, sorted by place.
pub fn check(scenario: &Scenario) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for case in Case::all(scenario) {
        for rule in book::rules() {
            found.extend(rule.diagnostics(&case));
        }
    }
    scenario::diagnostic::sort(&mut found);
    found
}

impl Rule {
    /// What this rule says about a case.
    pub fn diagnostics(&self, case: &Case<'_>) -> Vec<Diagnostic> {
        let mut found = (self.check)(case);
        for diagnostic in &mut found {
            diagnostic.code = Code::Rule(self.id);
            diagnostic
                .notes
                .push(format!("{}: `dryroll explain {}`", self.title, self.id));
        }
        found
    }
}
