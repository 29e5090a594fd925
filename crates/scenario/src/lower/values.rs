//! Single values: texts, numbers, quantities with units, versions, lists and maps.

use super::context::{Lower, spanned};
use super::fields::capital;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Bytes, BytesPerSecond, Nanos, Rate, Span, Spanned, VersionName};
use crate::syntax::literal::{self, NoInteger};
use crate::syntax::{Kind, Node};
use crate::units::{UnitError, parse_percent};
use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

/// Longer durations are a slip: the simulator adds them up in 64 bits.
const LONGEST: Nanos = Nanos(3_650 * 86_400 * 1_000_000_000);

/// Kafka's node ids are 32 bits with a sign.
const LARGEST_ID: u64 = i32::MAX as u64;

/// Names are shown in tables and used in addresses of findings.
const LONGEST_NAME: usize = 249;

impl<'a> Lower<'a> {
    /// "expected …, found …".
    pub(super) fn wrong_type(&mut self, node: &Node, expected: &str) -> Diagnostic {
        let diagnostic = Diagnostic::error(
            Code::WrongType,
            node.span,
            format!("Expected {expected}, found {}.", node.describe()),
        )
        .labelled(format!("expected {expected}"));
        // A bare word or number where a text belongs lacks its quotes.
        match &node.kind {
            Kind::Word(word) if expected.contains('"') => {
                diagnostic.suggest("write it in quotes", node.span, format!("\"{word}\""))
            }
            _ => diagnostic,
        }
    }

    pub(super) fn text(&mut self, node: &Node) -> Spanned<String> {
        match &node.kind {
            Kind::Text(text) => spanned(text.to_string(), node.span),
            Kind::Missing => self.silent(node, String::new()),
            Kind::Word(word) | Kind::Number(word) => {
                let quoted = format!("\"{word}\"");
                let diagnostic = self.wrong_type(node, "a text in quotes").suggest(
                    "write it in quotes",
                    node.span,
                    quoted,
                );
                self.fail(node, String::new(), diagnostic)
            }
            _ => {
                let diagnostic = self.wrong_type(node, "a text in quotes");
                self.fail(node, String::new(), diagnostic)
            }
        }
    }

    /// The name of something that the file declares.
    pub(super) fn name(&mut self, node: &Node) -> Spanned<String> {
        let name = self.text(node);
        let problem = if !self.broken.is_sound(&name) {
            None
        } else if name.value.trim().is_empty() {
            Some("A name cannot be empty.")
        } else if name.value.len() > LONGEST_NAME {
            Some("A name has at most 249 bytes.")
        } else if name.value.chars().any(char::is_control) {
            Some("A name has no control characters.")
        } else if name.value == "*" {
            Some(
                "The name \"*\" stands for all of them in a promise, so nothing can be called that.",
            )
        } else {
            None
        };
        if let Some(problem) = problem {
            self.report(Diagnostic::error(Code::BadName, node.span, problem));
            self.broken.spans.insert(node.span);
        }
        name
    }

    pub(super) fn boolean(&mut self, node: &Node) -> Spanned<bool> {
        match &node.kind {
            Kind::Bool(value) => spanned(*value, node.span),
            Kind::Missing => self.silent(node, false),
            kind => {
                let mut diagnostic = self.wrong_type(node, "`true` or `false`");
                let word = match kind {
                    Kind::Text(word) | Kind::Word(word) => word.to_lowercase(),
                    _ => String::new(),
                };
                let meant = match word.as_str() {
                    "true" | "yes" | "on" => Some("true"),
                    "false" | "no" | "off" => Some("false"),
                    _ => None,
                };
                if let Some(meant) = meant {
                    diagnostic = diagnostic.suggest(format!("write `{meant}`"), node.span, meant);
                }
                self.fail(node, false, diagnostic)
            }
        }
    }

    /// A whole number from `least` to `most`.
    pub(super) fn whole(&mut self, node: &Node, what: &str, least: u64, most: u64) -> Spanned<u64> {
        let Kind::Number(text) = &node.kind else {
            if matches!(node.kind, Kind::Missing) {
                return self.silent(node, least);
            }
            let mut diagnostic = self.wrong_type(node, what);
            if let Kind::Text(text) = &node.kind
                && literal::whole(text).is_ok()
            {
                diagnostic = diagnostic.suggest(
                    "write the number without quotes",
                    node.span,
                    text.to_string(),
                );
            }
            return self.fail(node, least, diagnostic);
        };
        let range = if most == u64::MAX {
            format!("{} is a whole number from {least} on.", capital(what))
        } else {
            format!(
                "{} is a whole number from {least} to {most}.",
                capital(what)
            )
        };
        let problem = match literal::whole(text) {
            Ok(value) if (least..=most).contains(&value) => return spanned(value, node.span),
            Ok(value) if value < least => "is too small",
            Ok(_) | Err(NoInteger::TooLarge) => "is too large",
            Err(NoInteger::Negative(_)) => "is negative",
            Err(NoInteger::NotWhole) => "is not a whole number",
        };
        let diagnostic = Diagnostic::error(
            Code::OutOfRange,
            node.span,
            format!("{} {problem}.", capital(&node.describe())),
        )
        .labelled(format!("expected {what}"))
        .note(range);
        self.fail(node, least, diagnostic)
    }

    /// A whole number that fits into 32 bits.
    pub(super) fn count(&mut self, node: &Node, what: &str, least: u32, most: u32) -> Spanned<u32> {
        let value = self.whole(node, what, u64::from(least), u64::from(most));
        spanned(u32::try_from(value.value).unwrap_or(most), value.span)
    }

    pub(super) fn node_id(&mut self, node: &Node) -> Spanned<u32> {
        let id = self.whole(node, "a node id", 0, LARGEST_ID);
        spanned(id.value as u32, id.span)
    }

    /// A quantity in quotes. A bare number is passed to `bare`, which may take it or say what it lacks.
    fn quantity<T: FromStr<Err = UnitError>>(
        &mut self,
        node: &Node,
        what: &str,
        stand_in: T,
    ) -> Spanned<T> {
        let error = match &node.kind {
            Kind::Text(text) => match text.parse::<T>() {
                Ok(value) => return spanned(value, node.span),
                Err(error) => error,
            },
            Kind::Number(number) => {
                let plain = literal::decimal(number).unwrap_or_else(|| number.to_string());
                match plain.parse::<T>() {
                    Ok(value) => return spanned(value, node.span),
                    Err(error) => error,
                }
            }
            Kind::Missing => return self.silent(node, stand_in),
            _ => {
                let diagnostic = self.wrong_type(node, what);
                return self.fail(node, stand_in, diagnostic);
            }
        };
        let mut diagnostic = Diagnostic::error(Code::BadUnit, node.span, error.message)
            .labelled(format!("expected {what}"));
        if let Some(instead) = error.instead {
            diagnostic = diagnostic.suggest(
                format!("write \"{instead}\""),
                node.span,
                format!("\"{instead}\""),
            );
        }
        self.fail(node, stand_in, diagnostic)
    }

    pub(super) fn duration(&mut self, node: &Node) -> Spanned<Nanos> {
        let duration = self.quantity(node, "a duration like \"30s\"", Nanos(0));
        if duration.value > LONGEST {
            let diagnostic = Diagnostic::error(
                Code::OutOfRange,
                node.span,
                format!(
                    "{} is too long for a rehearsal; the longest duration is ten years.",
                    duration.value
                ),
            )
            .labelled("too long");
            return self.fail(node, Nanos(0), diagnostic);
        }
        duration
    }

    /// A duration that has to be longer than nothing.
    pub(super) fn positive_duration(&mut self, node: &Node) -> Spanned<Nanos> {
        let duration = self.duration(node);
        if duration.value == Nanos(0) && self.broken.is_sound(&duration) {
            let diagnostic =
                Diagnostic::error(Code::OutOfRange, node.span, "This duration cannot be zero.")
                    .labelled("expected a duration like \"30s\"");
            return self.fail(node, Nanos(1), diagnostic);
        }
        duration
    }

    pub(super) fn size(&mut self, node: &Node) -> Spanned<Bytes> {
        self.quantity(node, "a size like \"64MiB\"", Bytes(0))
    }

    pub(super) fn byte_rate(&mut self, node: &Node) -> Spanned<BytesPerSecond> {
        let rate = self.quantity(node, "a byte rate like \"400MB/s\"", BytesPerSecond(1));
        if rate.value.0 == 0 {
            let diagnostic = Diagnostic::error(
                Code::OutOfRange,
                node.span,
                "With a rate of zero nothing ever arrives.",
            )
            .labelled("expected a byte rate like \"400MB/s\"");
            return self.fail(node, BytesPerSecond(1), diagnostic);
        }
        rate
    }

    pub(super) fn rate(&mut self, node: &Node) -> Spanned<Rate> {
        let stand_in = Rate {
            count: 1,
            per: 1_000_000_000,
        };
        let rate = self.quantity(node, "a rate like \"2000/s\"", stand_in);
        if rate.value.count == 0 {
            let diagnostic = Diagnostic::error(
                Code::OutOfRange,
                node.span,
                "With a rate of zero nothing ever happens.",
            )
            .labelled("expected a rate like \"2000/s\"")
            .note("A producer that sends nothing is left out of the file.");
            return self.fail(node, stand_in, diagnostic);
        }
        rate
    }

    pub(super) fn percent(&mut self, node: &Node, least: u32, most: u32) -> Spanned<u32> {
        let text = match &node.kind {
            Kind::Text(text) => text.to_string(),
            Kind::Number(number) => number.to_string(),
            Kind::Missing => return self.silent(node, least),
            _ => {
                let diagnostic = self.wrong_type(node, "a percentage like 95");
                return self.fail(node, least, diagnostic);
            }
        };
        match parse_percent(&text) {
            Ok(percent) if (least..=most).contains(&percent) => spanned(percent, node.span),
            Ok(percent) => {
                let diagnostic = Diagnostic::error(
                    Code::OutOfRange,
                    node.span,
                    format!("{percent} percent is out of range; this is from {least} to {most}."),
                );
                self.fail(node, least, diagnostic)
            }
            Err(error) => {
                let diagnostic = Diagnostic::error(Code::BadUnit, node.span, error.message)
                    .labelled("expected a percentage like 95");
                self.fail(node, least, diagnostic)
            }
        }
    }

    /// The name of a Kafka version. Whether it is known is checked later.
    pub(super) fn version(&mut self, node: &Node) -> Spanned<VersionName> {
        let stand_in = || VersionName(String::new());
        match &node.kind {
            Kind::Text(text) if is_version(text) => {
                spanned(VersionName(text.to_string()), node.span)
            }
            Kind::Text(text) => {
                let diagnostic = Diagnostic::error(
                    Code::UnknownVersion,
                    node.span,
                    format!("\"{}\" is not the name of a Kafka version.", shorten(text)),
                )
                .labelled("expected a version like \"3.9.2\"");
                let bare = text.trim().trim_start_matches(['v', 'V']);
                let diagnostic = if is_version(bare) {
                    diagnostic.suggest("write only the numbers", node.span, format!("\"{bare}\""))
                } else {
                    diagnostic
                };
                self.fail(node, stand_in(), diagnostic)
            }
            Kind::Number(number) => {
                let diagnostic = Diagnostic::error(
                    Code::WrongType,
                    node.span,
                    "A version is written in quotes.",
                )
                .labelled("expected a version like \"3.9.2\"")
                .suggest("write it in quotes", node.span, format!("\"{number}\""));
                self.fail(node, stand_in(), diagnostic)
            }
            Kind::Missing => self.silent(node, stand_in()),
            _ => {
                let diagnostic = self.wrong_type(node, "a version like \"3.9.2\"");
                self.fail(node, stand_in(), diagnostic)
            }
        }
    }

    /// A list in brackets.
    pub(super) fn list<T>(
        &mut self,
        node: &Node,
        what: &str,
        mut item: impl FnMut(&mut Lower<'a>, &Node) -> T,
    ) -> Vec<T> {
        match &node.kind {
            Kind::List(items) => items
                .iter()
                .enumerate()
                .map(|(index, node)| self.inside(format!("[{index}]"), |lower| item(lower, node)))
                .collect(),
            kind => {
                self.lose(node.span);
                if matches!(kind, Kind::Missing) {
                    return Vec::new();
                }
                let mut diagnostic = self.wrong_type(node, &format!("a list of {what} in [ ]"));
                if matches!(
                    kind,
                    Kind::Text(_) | Kind::Number(_) | Kind::Word(_) | Kind::Group { .. }
                ) {
                    let written = self.sources.text(node.span);
                    if written.len() <= 200 && !written.contains('\n') {
                        let replacement = format!("[{written}]");
                        diagnostic =
                            diagnostic.suggest("put it in brackets", node.span, replacement);
                    }
                }
                self.report(diagnostic);
                Vec::new()
            }
        }
    }

    /// A map in braces. `None`: it is none.
    pub(super) fn map<K: Ord + Clone + Display, V>(
        &mut self,
        node: &Node,
        what: &str,
        mut key: impl FnMut(&mut Lower<'a>, &Node) -> Spanned<K>,
        mut value: impl FnMut(&mut Lower<'a>, &Spanned<K>, &Node) -> Option<V>,
    ) -> Option<BTreeMap<Spanned<K>, V>> {
        let Kind::Map(entries) = &node.kind else {
            self.lose(node.span);
            if !matches!(node.kind, Kind::Missing) {
                let mut diagnostic = self.wrong_type(node, &format!("{what} in {{ }}"));
                if matches!(&node.kind, Kind::Group { name: None, .. }) {
                    diagnostic = diagnostic
                        .note("Free names are written in quotes and in { }: { \"name\": … }.");
                }
                self.report(diagnostic);
            }
            return None;
        };
        let mut map: BTreeMap<Spanned<K>, V> = BTreeMap::new();
        let mut places: BTreeMap<K, Span> = BTreeMap::new();
        for entry in entries {
            let name = key(self, &entry.key);
            if let Some(first) = places
                .get(&name.value)
                .filter(|_| self.broken.is_sound(&name))
            {
                let diagnostic = Diagnostic::error(
                    Code::DuplicateField,
                    name.span,
                    format!("`{}` is given twice.", name.value),
                )
                .labelled("the second one")
                .also(*first, "the first one");
                self.report(diagnostic);
                continue;
            }
            places.insert(name.value.clone(), name.span);
            let read = self.inside(name.value.to_string(), |lower| {
                value(lower, &name, &entry.value)
            });
            match read {
                Some(read) if self.broken.is_sound(&name) => {
                    map.insert(name, read);
                }
                _ => {
                    self.lose(name.span);
                    self.broken.names.insert(name.value.to_string());
                }
            }
        }
        Some(map)
    }

    /// A map whose keys are names that other parts of the file refer to.
    pub(super) fn declarations<K: Ord + Clone + Display, V>(
        &mut self,
        node: &Node,
        what: &str,
        mut key: impl FnMut(&mut Lower<'a>, &Node) -> Spanned<K>,
        value: impl FnMut(&mut Lower<'a>, &Spanned<K>, &Node) -> Option<V>,
    ) -> BTreeMap<Spanned<K>, V> {
        let key = |lower: &mut Lower<'a>, node: &Node| {
            let name = key(lower, node);
            if !lower.broken.is_sound(&name) {
                lower.lose_names(node.span);
            }
            name
        };
        let map = self.map(node, what, key, value);
        if map.is_none() {
            self.lose_names(node.span);
        }
        map.unwrap_or_default()
    }
}

/// Digits with dots between them: "3.9", "3.9.2".
fn is_version(text: &str) -> bool {
    text.len() <= 20
        && text
            .split('.')
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

pub(super) fn shorten(text: &str) -> String {
    if text.chars().count() <= 40 {
        text.to_owned()
    } else {
        text.chars().take(39).chain(['…']).collect()
    }
}
