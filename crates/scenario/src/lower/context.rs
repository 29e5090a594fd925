//! What is carried along while a file is read.

use crate::canonical::Written;
use crate::defaults::{AppliedDefault, Fallback};
use crate::diagnostic::{Collector, Diagnostic};
use crate::loader::Loader;
use crate::model::{Scenario, Span, Spanned};
use crate::nearest::nearest;
use crate::source::Sources;
use crate::syntax::Node;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// What could not be read, so that nobody draws conclusions from its stand-in.
#[derive(Debug, Default)]
pub(crate) struct Broken {
    /// Places of values that are stand-ins.
    pub(crate) spans: BTreeSet<Span>,
    /// Names of things that are declared and could not be read.
    pub(crate) names: BTreeSet<String>,
    /// Something of the estate is missing: an unknown name may be declared after all.
    pub(crate) estate: bool,
    /// Something of the runbook is missing.
    pub(crate) runbook: bool,
    /// Something of the contract is missing.
    pub(crate) contract: bool,
}

impl Broken {
    /// Is this value what the file says?
    pub(crate) fn is_sound<T>(&self, value: &Spanned<T>) -> bool {
        !self.spans.contains(&value.span)
    }
}

/// The result of lowering.
#[derive(Debug)]
pub(crate) struct Lowered {
    pub(crate) scenario: Option<Scenario>,
    pub(crate) diagnostics: Collector,
    pub(crate) sources: Sources,
    pub(crate) defaults: Vec<AppliedDefault>,
    pub(crate) broken: Broken,
}

pub(super) struct Lower<'a> {
    pub(super) loader: &'a dyn Loader,
    pub(super) sources: Sources,
    pub(super) diagnostics: Collector,
    pub(super) broken: Broken,
    pub(super) defaults: Vec<AppliedDefault>,
    /// Where reading is, from the outside in.
    pub(super) path: Vec<Cow<'static, str>>,
    /// The files that are being read, from the outside in, tidied.
    pub(super) reading: Vec<PathBuf>,
}

impl<'a> Lower<'a> {
    pub(super) fn new(loader: &'a dyn Loader) -> Self {
        Self {
            loader,
            sources: Sources::new(),
            diagnostics: Collector::default(),
            broken: Broken::default(),
            defaults: Vec::new(),
            path: Vec::new(),
            reading: Vec::new(),
        }
    }

    pub(super) fn finish(self, scenario: Option<Scenario>) -> Lowered {
        Lowered {
            scenario,
            diagnostics: self.diagnostics,
            sources: self.sources,
            defaults: self.defaults,
            broken: self.broken,
        }
    }

    /// Reads something inside of a named place.
    pub(super) fn inside<T>(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        read: impl FnOnce(&mut Self) -> T,
    ) -> T {
        self.path.push(name.into());
        let value = read(self);
        self.path.pop();
        value
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// A single value cannot be read: `stand_in` takes its place.
    pub(super) fn fail<T>(
        &mut self,
        node: &Node,
        stand_in: T,
        diagnostic: Diagnostic,
    ) -> Spanned<T> {
        self.report(diagnostic);
        self.silent(node, stand_in)
    }

    /// As [`Lower::fail`], after the mistake has been reported.
    pub(super) fn silent<T>(&mut self, node: &Node, stand_in: T) -> Spanned<T> {
        self.broken.spans.insert(node.span);
        spanned(stand_in, node.span)
    }

    /// Something that holds other things cannot be read, which has been reported.
    pub(super) fn lose(&mut self, span: Span) {
        self.broken.spans.insert(span);
    }

    /// As [`Lower::lose`], and names may have been declared in it: a name that is not known may be one of them.
    pub(super) fn lose_names(&mut self, span: Span) {
        self.lose(span);
        match self.path.first().map(AsRef::as_ref) {
            Some("estate") => self.broken.estate = true,
            Some("runbook") => self.broken.runbook = true,
            Some("contract") => self.broken.contract = true,
            _ => {}
        }
    }

    pub(super) fn fell_back<T: Written + Clone>(
        &mut self,
        field: &str,
        fallback: &Fallback<T>,
        span: Span,
    ) -> Spanned<T> {
        self.note_default(field, fallback.value.written(), fallback.why);
        spanned(fallback.value.clone(), span)
    }

    pub(super) fn note_default(&mut self, field: &str, value: String, why: &'static str) {
        let mut path = self.path.join(".");
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(field);
        self.defaults.push(AppliedDefault { path, value, why });
    }

    /// The nearest name, unless so much is wrong already that looking is not worth the time.
    pub(super) fn near<'n>(
        &self,
        word: &str,
        names: impl IntoIterator<Item = &'n str>,
    ) -> Option<&'n str> {
        if self.diagnostics.suggests() {
            nearest(word, names)
        } else {
            None
        }
    }
}

pub(super) fn spanned<T>(value: T, span: Span) -> Spanned<T> {
    Spanned { value, span }
}
