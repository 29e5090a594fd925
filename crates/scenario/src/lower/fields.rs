//! Tables of fields: what may stand in a pair of parentheses, in which place or by which name, and what to say about
//! everything else.

use super::context::{Lower, spanned};
use crate::canonical::Written;
use crate::defaults::Fallback;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Span, Spanned};
use crate::nearest::{all_of, one_of};
use crate::syntax::{Argument, Kind, Node};

/// A field of something.
pub(super) struct Field {
    pub(super) name: &'static str,
    /// It may stand without its name, in this order with the others of its table.
    pub(super) positional: bool,
    /// Other words that people use for it.
    pub(super) others: &'static [&'static str],
    /// How a value looks, for the message that it is missing.
    pub(super) example: &'static str,
}

impl Field {
    pub(super) const fn named(name: &'static str) -> Self {
        Self {
            name,
            positional: false,
            others: &[],
            example: "…",
        }
    }

    pub(super) const fn first(name: &'static str) -> Self {
        Self {
            positional: true,
            ..Self::named(name)
        }
    }

    pub(super) const fn also(self, others: &'static [&'static str]) -> Self {
        Self { others, ..self }
    }

    pub(super) const fn like(self, example: &'static str) -> Self {
        Self { example, ..self }
    }
}

/// All fields of something.
pub(super) struct Table {
    /// "a topic", "`Roll`".
    pub(super) what: &'static str,
    pub(super) fields: &'static [Field],
}

impl Table {
    fn allowed(&self) -> String {
        let names: Vec<&str> = self.fields.iter().map(|field| field.name).collect();
        match names.as_slice() {
            [] => format!("{} has no fields.", capital(self.what)),
            names => format!("{} has {}.", capital(self.what), all_of(names, 40)),
        }
    }
}

/// The values that were given for the fields of a table.
pub(super) struct Fields<'t> {
    table: &'static Table,
    /// One for each field of the table, in its order.
    values: Vec<Option<&'t Node>>,
    /// The word that everything about the whole is said at.
    pub(super) head: Span,
}

impl<'a> Lower<'a> {
    /// Sorts what stands in parentheses by the table. `None`: there are no parentheses.
    ///
    /// `head` is the word that names the whole, if it is not the one before the parenthesis.
    pub(super) fn fields<'t>(
        &mut self,
        node: &'t Node,
        table: &'static Table,
        head: Option<Span>,
    ) -> Option<Fields<'t>> {
        match &node.kind {
            Kind::Group {
                name: None,
                arguments,
            } => {
                let open = Span {
                    end: node.span.start + 1,
                    ..node.span
                };
                Some(self.sort_arguments(arguments, table, head.unwrap_or(open)))
            }
            Kind::Missing => {
                self.lose(node.span);
                None
            }
            Kind::Group {
                name: Some(name), ..
            } => {
                let diagnostic = Diagnostic::error(
                    Code::WrongType,
                    name.span,
                    format!(
                        "{} has no name before its parenthesis.",
                        capital(table.what)
                    ),
                )
                .labelled("unexpected name")
                .suggest("take it out", name.span, "");
                self.lose(node.span);
                self.report(diagnostic);
                None
            }
            kind => {
                let mut diagnostic = Diagnostic::error(
                    Code::WrongType,
                    node.span,
                    format!(
                        "{} is written in ( ) with its fields, not as {}.",
                        capital(table.what),
                        node.describe()
                    ),
                )
                .labelled(format!("expected {} in ( )", table.what));
                if matches!(kind, Kind::Map(_)) {
                    diagnostic = diagnostic.note("In ( ) field names have no quotes; { } is for free names such as those of topics.");
                }
                diagnostic = diagnostic.note(table.allowed());
                self.lose(node.span);
                self.report(diagnostic);
                None
            }
        }
    }

    /// Sorts the arguments of a variant.
    pub(super) fn sort_arguments<'t>(
        &mut self,
        arguments: &'t [Argument],
        table: &'static Table,
        head: Span,
    ) -> Fields<'t> {
        let mut values: Vec<Option<&'t Node>> = vec![None; table.fields.len()];
        let mut places: Vec<Option<Span>> = vec![None; table.fields.len()];
        let mut positions = (0..table.fields.len()).filter(|index| table.fields[*index].positional);
        for argument in arguments {
            let Some(name) = &argument.name else {
                match positions.next() {
                    Some(index) => {
                        values[index] = Some(&argument.value);
                        places[index] = Some(argument.value.span);
                    }
                    None => self.too_many(argument, table),
                }
                continue;
            };
            let Some(index) = table
                .fields
                .iter()
                .position(|field| field.name == &*name.text)
            else {
                // The field that was probably meant counts as given: one mistake, one message.
                let meant = self.unknown_field(&name.text, name.span, table);
                if let Some(index) = meant.filter(|index| values[*index].is_none()) {
                    values[index] = Some(&argument.value);
                }
                continue;
            };
            if let Some(first) = places[index] {
                let diagnostic = Diagnostic::error(
                    Code::DuplicateField,
                    name.span,
                    format!("`{}` is given twice.", name.text),
                )
                .labelled("the second one")
                .also(first, "the first one");
                self.report(diagnostic);
                continue;
            }
            values[index] = Some(&argument.value);
            places[index] = Some(name.span);
        }
        // `None` and `Some(…)` are RON's way of writing what is given or not.
        for value in &mut values {
            *value = value.and_then(unwrap_option);
        }
        Fields {
            table,
            values,
            head,
        }
    }

    fn too_many(&mut self, argument: &Argument, table: &'static Table) {
        if matches!(argument.value.kind, Kind::Missing) {
            return;
        }
        let places = table.fields.iter().filter(|field| field.positional).count();
        let message = match places {
            0 => format!("{} takes no value without a name.", capital(table.what)),
            1 => format!(
                "{} takes only one value without a name.",
                capital(table.what)
            ),
            n => format!(
                "{} takes only {n} values without a name.",
                capital(table.what)
            ),
        };
        let mut diagnostic = Diagnostic::error(Code::UnknownField, argument.value.span, message)
            .labelled("which field is this?")
            .note(table.allowed());
        if matches!(argument.value.kind, Kind::Number(_)) && places == 1 {
            diagnostic = diagnostic.note("Several of them are written as a list: [1, 2].");
        }
        self.report(diagnostic);
    }

    /// Says so, and gives the field that was probably meant.
    fn unknown_field(&mut self, word: &str, span: Span, table: &'static Table) -> Option<usize> {
        if let Some(diagnostic) = super::reserved::field(table.what, word, span) {
            self.report(diagnostic);
            return None;
        }
        let meant = table
            .fields
            .iter()
            .position(|field| field.others.contains(&word))
            .or_else(|| {
                let near = self.near(word, table.fields.iter().map(|field| field.name))?;
                table.fields.iter().position(|field| field.name == near)
            });
        let message = format!("{} has no field `{word}`.", capital(table.what));
        let diagnostic = Diagnostic::error(Code::UnknownField, span, message)
            .labelled("unknown field")
            .did_you_mean(meant.map(|index| table.fields[index].name))
            .note(table.allowed());
        self.report(diagnostic);
        meant
    }
}

impl<'t> Fields<'t> {
    fn index(&self, name: &str) -> usize {
        let index = self
            .table
            .fields
            .iter()
            .position(|field| field.name == name);
        debug_assert!(index.is_some(), "{name} is no field of {}", self.table.what);
        index.unwrap_or(usize::MAX)
    }

    /// What was given for a field.
    pub(super) fn node(&self, name: &str) -> Option<&'t Node> {
        self.values.get(self.index(name)).copied().flatten()
    }

    /// A value at the place of the whole.
    pub(super) fn stand_in<T>(&self, value: T) -> Spanned<T> {
        spanned(value, self.head)
    }

    /// A field that may be left out.
    pub(super) fn optional<'a, T>(
        &mut self,
        lower: &mut Lower<'a>,
        name: &'static str,
        read: impl FnOnce(&mut Lower<'a>, &Node) -> T,
    ) -> Option<T> {
        let node = self.node(name)?;
        Some(lower.inside(name, |lower| read(lower, node)))
    }

    /// A field with a default.
    pub(super) fn or<'a, T: Written + Clone>(
        &mut self,
        lower: &mut Lower<'a>,
        name: &'static str,
        fallback: &Fallback<T>,
        read: impl FnOnce(&mut Lower<'a>, &Node) -> Spanned<T>,
    ) -> Spanned<T> {
        match self.node(name) {
            Some(node) => lower.inside(name, |lower| read(lower, node)),
            None => lower.fell_back(name, fallback, self.head),
        }
    }

    /// A field that has to be given; without it `stand_in` takes its place.
    pub(super) fn required<'a, T>(
        &mut self,
        lower: &mut Lower<'a>,
        name: &'static str,
        stand_in: T,
        read: impl FnOnce(&mut Lower<'a>, &Node) -> Spanned<T>,
    ) -> Spanned<T> {
        match self.required_with(lower, name, read) {
            Some(value) => value,
            None => {
                lower.broken.spans.insert(self.head);
                spanned(stand_in, self.head)
            }
        }
    }

    /// A field that has to be given; that it is not is reported.
    pub(super) fn required_with<'a, T>(
        &mut self,
        lower: &mut Lower<'a>,
        name: &'static str,
        read: impl FnOnce(&mut Lower<'a>, &Node) -> T,
    ) -> Option<T> {
        let found = self.optional(lower, name, read);
        if found.is_none() {
            let field = &self.table.fields[self.index(name)];
            let how = if field.positional {
                format!("`{}({})`", self.table.what, field.example)
            } else {
                format!("`{}: {}`", field.name, field.example)
            };
            lower.report(
                Diagnostic::error(
                    Code::MissingField,
                    self.head,
                    format!("{} needs `{}`.", capital(self.table.what), field.name),
                )
                .labelled(format!("`{name}` is missing"))
                .note(format!("Write for example {how}.")),
            );
        }
        found
    }
}

/// `Some(x)` is `x`; `None` is not given.
fn unwrap_option(node: &Node) -> Option<&Node> {
    match &node.kind {
        Kind::Word(word) if &**word == "None" => None,
        Kind::Group {
            name: Some(name),
            arguments,
        } if &*name.text == "Some" => match arguments.as_slice() {
            [only] if only.name.is_none() => unwrap_option(&only.value),
            _ => Some(node),
        },
        _ => Some(node),
    }
}

/// One of several words, with or without parentheses.
pub(super) struct Choice {
    /// "an action".
    pub(super) what: &'static str,
    pub(super) variants: &'static [Table],
    /// Other words that people use, and the variant that they mean.
    pub(super) others: &'static [(&'static str, &'static str)],
}

/// One of several words that have no fields.
pub(super) struct Words<T: 'static> {
    /// "an order of nodes".
    pub(super) what: &'static str,
    pub(super) words: &'static [(&'static str, T)],
    /// Other words that people use, and the one that they mean.
    pub(super) others: &'static [(&'static str, &'static str)],
}

/// The word that was chosen, and its fields.
pub(super) struct Chosen<'t> {
    pub(super) word: &'static str,
    pub(super) fields: Fields<'t>,
}

impl<'a> Lower<'a> {
    /// Reads one of several words. The `what` of each variant's table is its word.
    pub(super) fn choose<'t>(
        &mut self,
        node: &'t Node,
        choice: &'static Choice,
    ) -> Option<Chosen<'t>> {
        let (word, span, arguments): (&str, Span, &'t [Argument]) = match &node.kind {
            Kind::Word(word) => (word, node.span, &[]),
            Kind::Group {
                name: Some(name),
                arguments,
            } => (&name.text, name.span, arguments),
            Kind::Missing => {
                self.lose(node.span);
                return None;
            }
            _ => {
                let names: Vec<&'static str> =
                    choice.variants.iter().map(|table| table.what).collect();
                let diagnostic = self.not_a_word(node, choice.what, &names);
                self.lose(node.span);
                self.report(diagnostic);
                return None;
            }
        };
        if let Some(table) = choice.variants.iter().find(|table| table.what == word) {
            let fields = self.sort_arguments(arguments, table, span);
            return Some(Chosen {
                word: table.what,
                fields,
            });
        }
        self.lose(node.span);
        let names: Vec<&'static str> = choice.variants.iter().map(|table| table.what).collect();
        let diagnostic = self.unknown_word(word, span, choice.what, &names, choice.others);
        self.report(diagnostic);
        None
    }

    /// Reads one of several words that have no fields. The first stands in for one that cannot be read.
    pub(super) fn word<T: Clone>(&mut self, node: &Node, words: &'static Words<T>) -> Spanned<T> {
        let names: Vec<&'static str> = words.words.iter().map(|(name, _)| *name).collect();
        let (word, span) = match &node.kind {
            Kind::Word(word) => (word, node.span),
            Kind::Group {
                name: Some(name),
                arguments,
            } if arguments.is_empty() => (&name.text, name.span),
            Kind::Missing => return self.silent(node, words.words[0].1.clone()),
            _ => {
                let diagnostic = self.not_a_word(node, words.what, &names);
                return self.fail(node, words.words[0].1.clone(), diagnostic);
            }
        };
        if let Some((_, value)) = words.words.iter().find(|(name, _)| *name == &**word) {
            return spanned(value.clone(), node.span);
        }
        let diagnostic = self.unknown_word(word, span, words.what, &names, words.others);
        self.fail(node, words.words[0].1.clone(), diagnostic)
    }

    fn unknown_word(
        &self,
        word: &str,
        span: Span,
        what: &str,
        names: &[&'static str],
        others: &'static [(&'static str, &'static str)],
    ) -> Diagnostic {
        if let Some(diagnostic) = super::reserved::word(what, word, span) {
            return diagnostic;
        }
        let meant = others
            .iter()
            .find(|(other, _)| *other == word)
            .map(|(_, name)| *name)
            .or_else(|| self.near(word, names.iter().copied()));
        Diagnostic::error(Code::UnknownName, span, format!("`{word}` is not {what}."))
            .labelled(format!("expected {what}"))
            .did_you_mean(meant)
            .note(format!("Possible here: {}.", one_of(names, 40)))
    }

    fn not_a_word(&self, node: &Node, what: &str, names: &[&'static str]) -> Diagnostic {
        let diagnostic = Diagnostic::error(
            Code::WrongType,
            node.span,
            format!("{} is not {what}.", capital(&node.describe())),
        )
        .labelled(format!("expected {what}"));
        if let Kind::Text(text) = &node.kind
            && let Some(name) = names.iter().find(|name| **name == &**text)
        {
            return diagnostic.suggest("write it without quotes", node.span, *name);
        }
        diagnostic.note(format!("Possible here: {}.", one_of(names, 40)))
    }
}

/// With a capital letter, unless it begins with a quotation.
pub(super) fn capital(sentence: &str) -> String {
    let mut chars = sentence.chars();
    let Some(first) = chars.next() else {
        return String::new();
    };
    if sentence.starts_with(|c: char| c.is_lowercase()) {
        first.to_uppercase().chain(chars).collect()
    } else if first.is_uppercase() {
        // A variant's word: it stands for itself.
        format!("`{sentence}`")
    } else {
        sentence.to_owned()
    }
}
