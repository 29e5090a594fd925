//! One text for one meaning.
//!
//! Two files that say the same have the same canonical text, however they are laid out and ordered: names in order, every default
//! of this language written down, units in one form, parts in place, no comments. It is a scenario file itself, in plain RON, and
//! reads back as what it was made from. Identities are hashed over it, so its form is part of what must not change.

mod conditions;
mod estate;
mod faults;
mod features;
mod runbook;

use crate::model::{
    Bytes, BytesPerSecond, Expect, ExpectedBreak, Fault, Nanos, Promise, Rate, Scenario, Settings,
    Spanned, Step, VersionName,
};

/// The whole meaning of a scenario. Reads back as an equal scenario, with counted nodes written out.
pub fn text(scenario: &Scenario) -> String {
    let mut fields = shared(scenario);
    if let Some(swarm) = &scenario.swarm {
        fields.push(("swarm", swarm.written()));
    }
    fields.push(("expect", optional(&scenario.expect)));
    fields.push(("seed", scenario.seed.written()));
    fields.push(("seeds", scenario.seeds.written()));
    sections(&fields)
}

/// What a run depends on: the meaning without what is only compared with it (`expect`) or chooses runs (`seed`, `seeds`, `swarm`).
pub fn identity(scenario: &Scenario) -> String {
    sections(&shared(scenario))
}

/// A plan of faults, as it would stand in a file.
pub fn faults(faults: &[Fault]) -> String {
    list(faults)
}

/// A step, as it would stand in a file.
pub fn step(step: &Step) -> String {
    step.written()
}

/// A promise, as it would stand in a file.
pub fn promise(promise: &Promise) -> String {
    promise.written()
}

fn shared(scenario: &Scenario) -> Vec<(&'static str, String)> {
    vec![
        ("about", scenario.about.written()),
        ("estate", scenario.estate.written()),
        ("runbook", list(&scenario.runbook)),
        ("faults", list(&scenario.faults)),
        ("contract", list(&scenario.contract)),
        ("settle", scenario.settle.written()),
        ("tail", scenario.tail.written()),
    ]
}

fn sections(fields: &[(&str, String)]) -> String {
    let mut out = String::from("(\n");
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_empty()) {
        out.push_str(name);
        out.push_str(": ");
        out.push_str(value);
        out.push_str(",\n");
    }
    out.push_str(")\n");
    out
}

/// A value in RON.
pub(crate) trait Written {
    /// In its only form.
    fn written(&self) -> String;
}

impl<T: Written> Written for Spanned<T> {
    fn written(&self) -> String {
        self.value.written()
    }
}

macro_rules! as_displayed {
    ($($type:ty)*) => { $(impl Written for $type {
        fn written(&self) -> String {
            self.to_string()
        }
    })* };
}

macro_rules! as_quoted {
    ($($type:ty)*) => { $(impl Written for $type {
        fn written(&self) -> String {
            format!("\"{self}\"")
        }
    })* };
}

as_displayed! { u32 u64 bool }
as_quoted! { Nanos Bytes BytesPerSecond Rate }

impl Written for String {
    fn written(&self) -> String {
        quote(self)
    }
}

impl Written for VersionName {
    fn written(&self) -> String {
        quote(&self.0)
    }
}

impl Written for Expect {
    fn written(&self) -> String {
        match self {
            Self::Holds => "Holds".into(),
            Self::Breaks { promises, because } => call(
                "Breaks",
                [("promises", list(promises)), ("because", list(because))],
            ),
        }
    }
}

impl Written for ExpectedBreak {
    fn written(&self) -> String {
        match &self.subject {
            Some(subject) => format!("{}({})", self.kind, quote(subject)),
            None => self.kind.clone(),
        }
    }
}

impl Written for Settings {
    fn written(&self) -> String {
        map(self)
    }
}

/// A text in quotes.
fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// `Name(field: value)`; a field without a value is left out, and without any field so are the parentheses.
fn call<const N: usize>(name: &str, fields: [(&str, String); N]) -> String {
    let given: Vec<String> = fields
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(field, value)| format!("{field}: {value}"))
        .collect();
    if given.is_empty() && !name.is_empty() {
        return name.to_owned();
    }
    format!("{name}({})", given.join(", "))
}

/// A value or nothing, which [`call`] leaves out.
fn optional<T: Written>(value: &Option<T>) -> String {
    value.as_ref().map(Written::written).unwrap_or_default()
}

fn list<T: Written>(items: &[T]) -> String {
    let items: Vec<String> = items.iter().map(Written::written).collect();
    format!("[{}]", items.join(", "))
}

/// A list, or nothing if it is empty.
fn list_if_any<T: Written>(items: &[T]) -> String {
    if items.is_empty() {
        String::new()
    } else {
        list(items)
    }
}

fn map<K: Written, V: Written>(map: &std::collections::BTreeMap<K, V>) -> String {
    let entries: Vec<String> = map
        .iter()
        .map(|(key, value)| format!("{}: {}", key.written(), value.written()))
        .collect();
    format!("{{{}}}", entries.join(", "))
}

/// A map, or nothing if it is empty.
fn map_if_any<K: Written, V: Written>(entries: &std::collections::BTreeMap<K, V>) -> String {
    if entries.is_empty() {
        String::new()
    } else {
        map(entries)
    }
}
