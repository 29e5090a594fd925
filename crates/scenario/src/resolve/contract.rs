//! Promises are about what exists, and what is expected to break is promised.

use super::Resolver;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::Expect;
use crate::promises::SubjectKind;

/// The subject that stands for every one.
const EVERY: &str = "*";

impl Resolver<'_> {
    pub(super) fn contract(&mut self) {
        let scenario = self.scenario;
        for promise in &scenario.contract {
            let Some((kind, subject)) = promise.kind.subject() else {
                continue;
            };
            if subject.value == EVERY {
                continue;
            }
            match kind {
                SubjectKind::Producer => self.producer(subject),
                SubjectKind::Group => {
                    self.group(subject);
                }
                SubjectKind::Topic => {
                    self.topic(subject);
                }
                SubjectKind::Cluster => self.cluster(subject),
            }
        }
        self.expectation();
    }

    fn expectation(&mut self) {
        let scenario = self.scenario;
        let Some(expect) = &scenario.expect else {
            return;
        };
        let Expect::Breaks { promises, .. } = &expect.value else {
            return;
        };
        if self.broken.contract {
            return;
        }
        for expected in promises {
            let fits = scenario.contract.iter().any(|promise| {
                let subject = promise.kind.subject().map(|(_, subject)| subject.as_str());
                promise.kind.name() == expected.kind
                    && match (&expected.subject, subject) {
                        (None, _) | (_, Some(EVERY)) => true,
                        (Some(expected), Some(subject)) => expected == subject || expected == EVERY,
                        (Some(_), None) => false,
                    }
            });
            if !fits {
                let mut diagnostic = Diagnostic::error(
                    Code::Contradiction,
                    expected.span,
                    "What the contract does not promise cannot break.",
                )
                .labelled("not in the contract");
                let same_kind: Vec<String> = scenario
                    .contract
                    .iter()
                    .filter(|promise| promise.kind.name() == expected.kind)
                    .filter_map(|promise| {
                        Some(format!(
                            "`{}(\"{}\")`",
                            promise.kind.name(),
                            promise.kind.subject()?.1.value
                        ))
                    })
                    .take(5)
                    .collect();
                if !same_kind.is_empty() {
                    diagnostic =
                        diagnostic.note(format!("The contract has {}.", same_kind.join(", ")));
                }
                self.report(diagnostic);
            }
        }
    }
}
