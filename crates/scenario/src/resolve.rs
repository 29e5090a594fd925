//! What one part of a file says about another: every name that is used is declared, every version and setting exists, every
//! number fits what it counts.
//!
//! What is only unwise is no error here: an even quorum or a runbook that loses data is a scenario like any other.

mod commands;
mod contract;
mod estate;
mod faults;
mod features;
mod names;
mod order;
mod runbook;
mod settings;
mod versions;

use crate::diagnostic::{Code, Collector, Diagnostic};
use crate::lower::Broken;
use crate::model::{Scenario, Span, Spanned};
use crate::nearest::{all_of, nearest};
use crate::vocabulary::Vocabulary;
use names::Names;
use std::collections::BTreeSet;

/// Checks a scenario, and writes out the full names of its versions.
pub(crate) fn resolve(
    scenario: &mut Scenario,
    broken: &Broken,
    vocabulary: &dyn Vocabulary,
    diagnostics: &mut Collector,
) {
    let unknown_versions = versions::resolve(scenario, broken, vocabulary, diagnostics);
    let names = Names::of(scenario, broken);
    let mut resolver = Resolver {
        scenario,
        broken,
        vocabulary,
        diagnostics,
        names,
        unknown_versions,
    };
    resolver.estate();
    resolver.settings();
    resolver.runbook();
    resolver.commands();
    resolver.order_of_steps();
    resolver.faults();
    resolver.contract();
}

struct Resolver<'a> {
    scenario: &'a Scenario,
    broken: &'a Broken,
    vocabulary: &'a dyn Vocabulary,
    diagnostics: &'a mut Collector,
    names: Names<'a>,
    /// Places of versions that are not known, so that nothing is said of their settings.
    unknown_versions: BTreeSet<Span>,
}

impl<'a> Resolver<'a> {
    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    fn near<'n>(&self, word: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
        if self.diagnostics.suggests() {
            nearest(word, names)
        } else {
            None
        }
    }

    /// A name that refers to nothing.
    fn unknown(
        &mut self,
        what: &str,
        name: &Spanned<String>,
        known: &[&str],
        hint: Option<String>,
    ) {
        let near = self
            .near(&name.value, known.iter().copied())
            .map(str::to_owned);
        let mut diagnostic = Diagnostic::error(
            Code::UnknownReference,
            name.span,
            format!("There is no {what} `{}`.", shorten(&name.value)),
        )
        .labelled(format!("unknown {what}"));
        match (hint, near) {
            (Some(hint), _) => diagnostic = diagnostic.note(hint),
            (None, Some(near)) => {
                diagnostic = diagnostic.suggest(
                    format!("did you mean `{near}`?"),
                    name.span,
                    format!("\"{near}\""),
                );
            }
            (None, None) => {}
        }
        if !known.is_empty() {
            diagnostic = diagnostic.note(format!("Declared: {}.", all_of(known, 12)));
        } else if self.diagnostics.suggests() {
            diagnostic = diagnostic.note(format!("The file declares no {what}."));
        }
        self.report(diagnostic);
    }

    /// Is the name one of the known ones? Says so if not.
    fn known(
        &mut self,
        what: &str,
        name: &Spanned<String>,
        known: impl Fn(&Names<'a>) -> Vec<&'a str>,
        is_known: impl Fn(&Names<'a>, &str) -> bool,
    ) -> bool {
        if is_known(&self.names, &name.value) {
            return true;
        }
        if self.broken.is_sound(name) && !self.broken.names.contains(&name.value) {
            if !self.diagnostics.suggests() {
                // So much is wrong already that near names are not worth the time.
                self.unknown(what, name, &[], None);
                return false;
            }
            let names = known(&self.names);
            let hint = self.names.what_is(&name.value).filter(|kind| *kind != what);
            let hint = hint.map(|kind| format!("`{}` is a {kind}.", shorten(&name.value)));
            self.unknown(what, name, &names, hint);
        }
        false
    }
}

fn shorten(text: &str) -> String {
    if text.chars().count() <= 60 {
        text.to_owned()
    } else {
        text.chars().take(59).chain(['…']).collect()
    }
}

/// "1 broker", "3 brokers".
fn counted(count: usize, word: &str) -> String {
    if count == 1 {
        format!("1 {word}")
    } else {
        format!("{count} {word}s")
    }
}
