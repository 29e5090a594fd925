//! Tools and their options.

mod deprecated;
mod dry_run;
mod gone_option;
mod gone_tool;
mod incomplete;
mod not_yet;
mod unknown;

use crate::Rule;
use crate::book::prelude::*;
use facts::{CommandFault, CommandProblem, KafkaVersion};
use scenario::model::Command;

pub(super) static RULES: &[&Rule] = &[
    &gone_tool::RULE,
    &gone_option::RULE,
    &not_yet::RULE,
    &unknown::RULE,
    &incomplete::RULE,
    &deprecated::RULE,
    &dry_run::RULE,
];

/// The command lines of the runbook, each with the version of the tools that it is typed with.
fn lines<'c, 'a>(case: &'c Case<'a>) -> impl Iterator<Item = (&'a Command, KafkaVersion)> + 'c {
    case.moments()
        .iter()
        .filter_map(|moment| match &moment.step.action.value {
            Action::Command(typed) => {
                let said = typed
                    .tools
                    .as_ref()
                    .and_then(|tool| tool.value.0.parse().ok());
                let first = moment
                    .before
                    .values()
                    .find(|node| node.broker)
                    .map(|node| node.version);
                Some((typed, said.or(first)?))
            }
            _ => None,
        })
}

/// What the tools of the version at hand find wrong with these lines, of these kinds.
fn wrong(case: &Case<'_>, kinds: &[CommandFault]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (typed, version) in lines(case) {
        let checked = facts::of(&version.to_string())
            .ok()
            .and_then(|release| facts::check_command(&typed.line.value, release));
        for problem in checked.iter().flat_map(|checked| &checked.problems) {
            if kinds.contains(&problem.fault) {
                found.push(said(typed, version, problem));
            }
        }
    }
    found
}

fn said(typed: &Command, version: KafkaVersion, problem: &CommandProblem) -> Diagnostic {
    let refused = problem.fault.refuses();
    let message = format!("Kafka {version}: {}.", problem.what);
    let label = if refused {
        "the tool refuses this"
    } else {
        "works, and will go"
    };
    let mut diagnostic = graded(refused, word(typed, problem), message).labelled(label);
    if let Some(instead) = &problem.instead {
        diagnostic = diagnostic.note(format!("Instead: {instead}"));
    }
    diagnostic.note(format!("Source: {}", problem.source))
}

/// The place of the word in the file; the whole line where the text has signs that are written otherwise there.
fn word(typed: &Command, problem: &CommandProblem) -> Span {
    let line = typed.line.span;
    let plain = (line.end - line.start) as usize == typed.line.value.len() + 2;
    if !plain {
        return line;
    }
    let at = |byte: usize| line.start + 1 + byte as u32;
    Span {
        start: at(problem.at.start),
        end: at(problem.at.end),
        ..line
    }
}
