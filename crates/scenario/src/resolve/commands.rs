//! Commands that people type: whether the release at hand has the tool and its options.
//!
//! A command that its tool refuses is no mistake of the file: it can be rehearsed, and that is worth seeing. So this warns.

use super::Resolver;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Action, Nodes, Span, Spanned};

impl Resolver<'_> {
    pub(super) fn commands(&mut self) {
        let scenario = self.scenario;
        // Steps are taken in the order of the file; the brokers' binary changes with the rolls on the way.
        let Some(cluster) = scenario.estate.clusters.values().next() else {
            return;
        };
        let mut version = &cluster.kafka;
        for step in &scenario.runbook {
            for action in [Some(&step.action), step.undo.as_ref()]
                .into_iter()
                .flatten()
            {
                if let Action::Command(command) = &action.value {
                    let tools = command.tools.as_ref().unwrap_or(version);
                    if !self.unknown_versions.contains(&tools.span) {
                        self.command(&command.line, &tools.value.0);
                    }
                }
            }
            if let Action::Roll(roll) = &step.action.value
                && matches!(roll.nodes.value, Nodes::Brokers | Nodes::All)
            {
                version = roll.to.as_ref().unwrap_or(version);
            }
        }
    }

    fn command(&mut self, line: &Spanned<String>, version: &str) {
        if !self.broken.is_sound(line) {
            return;
        }
        for problem in self.vocabulary.command_problems(version, &line.value) {
            let mut diagnostic = Diagnostic::warning(
                Code::CommandRefused,
                part(line, &problem.at),
                format!("In Kafka {version} this does not work: {}.", problem.what),
            )
            .labelled("not in this release");
            if let Some(instead) = &problem.instead {
                diagnostic = diagnostic.note(format!("Instead: {instead}."));
            }
            self.report(diagnostic);
        }
    }
}

/// The place of some bytes of a text in the file. Where the text is written with escapes its bytes are elsewhere: then all of it.
fn part(line: &Spanned<String>, at: &std::ops::Range<usize>) -> Span {
    let span = line.span;
    let plain = (span.end - span.start) as usize == line.value.len() + 2;
    match (plain, u32::try_from(at.start), u32::try_from(at.end)) {
        (true, Ok(start), Ok(end)) if start < end => Span {
            file: span.file,
            start: span.start + 1 + start,
            end: span.start + 1 + end,
        },
        _ => span,
    }
}
