//! What a check found, for SARIF and for GitHub.

use crate::files::Found as File;
use ::report::github;
use ::report::sarif::{self, Found, Level, Region};
use ::rules::book;
use ::rules::page::{Width, text};
use scenario::diagnostic::json::{Entry, Place, entries};
use scenario::{Code, Read};

/// Columns of a rule's help.
const HELP: Width = Width(80);

/// All of it as SARIF, with the rules and kinds of mistakes that it names.
pub(super) fn sarif(reads: &[(File, Read)]) -> String {
    let found = all(reads);
    let named = |id: &str| found.iter().any(|one| one.rule == id);
    let mistakes = Code::ALL.iter().map(|code| sarif::Rule {
        id: code.name().to_owned(),
        title: code.meaning().to_owned(),
        help: code.meaning().to_owned(),
        tags: vec!["file".to_owned()],
    });
    let rules = book::rules().map(|rule| sarif::Rule {
        id: rule.id.to_owned(),
        title: rule.title.to_owned(),
        help: text(rule, HELP),
        tags: vec![rule.topic.name().to_owned()],
    });
    let rules: Vec<sarif::Rule> = mistakes
        .chain(rules)
        .filter(|rule| named(&rule.id))
        .collect();
    sarif::write(env!("CARGO_PKG_VERSION"), &rules, &found)
}

/// All of it as annotations.
pub(super) fn github(reads: &[(File, Read)]) -> String {
    github::marks(&all(reads))
}

/// A part of several scenarios is read with each, and its mistakes are told once.
fn all(reads: &[(File, Read)]) -> Vec<Found> {
    let mut all: Vec<Found> = Vec::new();
    for (_, read) in reads {
        for entry in entries(&read.diagnostics, &read.sources) {
            let one = found(entry);
            if !all.contains(&one) {
                all.push(one);
            }
        }
    }
    all
}

fn found(entry: Entry) -> Found {
    let mut message = entry.message;
    for more in [entry.label].iter().chain(&entry.notes) {
        if !more.is_empty() {
            message.push('\n');
            message.push_str(more);
        }
    }
    Found {
        rule: entry.code.to_owned(),
        level: match entry.severity {
            "error" => Level::Error,
            _ => Level::Warning,
        },
        message,
        place: region(entry.place),
        related: entry
            .related
            .into_iter()
            .map(|related| (region(related.place), related.text))
            .collect(),
        fix: entry
            .suggestion
            .map(|edit| (edit.text, region(edit.place), edit.replacement)),
    }
}

fn region(place: Place) -> Region {
    Region {
        file: place.file,
        line: place.line,
        column: place.column,
        end_line: place.end_line,
        end_column: place.end_column,
    }
}
