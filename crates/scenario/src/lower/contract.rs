//! The contract, and what its author says will come out.

use super::context::{Lower, spanned};
use super::fields::{Choice, Field, Fields, Table};
use crate::defaults;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Expect, ExpectedBreak, Nanos, Promise, PromiseKind, Spanned};
use crate::nearest::one_of;
use crate::syntax::{Argument, Kind, Node};

const AT_MOST: Field = Field::first("at_most").also(&["max", "below", "limit"]);

/// A promise about someone, with a longest time.
macro_rules! lasting {
    ($what:literal, $who:literal, $example:literal) => {
        Table {
            what: $what,
            fields: &[
                Field::first($who).also(&["of", "for"]).like($example),
                AT_MOST.like($example),
            ],
        }
    };
}

/// A promise about someone, with a largest number, which is none unless it says otherwise.
macro_rules! counting {
    ($what:literal, $who:literal, $example:literal) => {
        Table {
            what: $what,
            fields: &[
                Field::first($who).also(&["of", "for"]).like($example),
                AT_MOST,
            ],
        }
    };
}

static PROMISE: Choice = Choice {
    what: "a promise",
    variants: &[
        lasting!("WriteOutage", "producer", "\"checkout\", at_most: \"5s\""),
        lasting!("ReadOutage", "group", "\"billing\", at_most: \"30s\""),
        counting!("Lost", "producer", "\"checkout\""),
        counting!("NotSent", "producer", "\"checkout\""),
        counting!("Duplicated", "producer", "\"checkout\""),
        counting!("Reordered", "producer", "\"checkout\""),
        counting!("Redelivered", "group", "\"billing\""),
        counting!("Skipped", "group", "\"billing\""),
        lasting!("Lag", "group", "\"billing\", at_most: 10000"),
        lasting!("Leaderless", "topic", "\"orders\", at_most: \"1s\""),
        lasting!("UnderMinIsr", "topic", "\"orders\", at_most: \"0\""),
        lasting!("NoController", "cluster", "\"prod\", at_most: \"5s\""),
        Table {
            what: "Window",
            fields: &[AT_MOST.like("\"30m\"")],
        },
        Table {
            what: "Completes",
            fields: &[],
        },
        Table {
            what: "FullyReplicated",
            fields: &[Field::first("topic").also(&["of", "for"]).like("\"*\"")],
        },
        Table {
            what: "PreferredLeaders",
            fields: &[
                Field::first("topic")
                    .also(&["of", "for"])
                    .like("\"*\", at_least: 95"),
                Field::first("at_least")
                    .also(&["min"])
                    .like("\"*\", at_least: 95"),
            ],
        },
        lasting!("Rebalances", "group", "\"billing\", at_most: 8"),
    ],
    others: &[
        ("Unavailability", "WriteOutage"),
        ("Downtime", "WriteOutage"),
        ("Loss", "Lost"),
        ("DataLoss", "Lost"),
        ("Duplicates", "Duplicated"),
        ("Order", "Reordered"),
        ("Duration", "Window"),
        ("Complete", "Completes"),
        ("Offline", "Leaderless"),
        ("ConsumerLag", "Lag"),
    ],
};

static EXPECT: Choice = Choice {
    what: "an expectation",
    variants: &[
        Table {
            what: "Holds",
            fields: &[],
        },
        Table {
            what: "Breaks",
            fields: &[
                Field::first("promises").like("[WriteOutage(\"checkout\")]"),
                Field::named("because").also(&["why", "reason", "findings"]),
            ],
        },
    ],
    others: &[
        ("Hold", "Holds"),
        ("Pass", "Holds"),
        ("Ok", "Holds"),
        ("Break", "Breaks"),
        ("Fails", "Breaks"),
        ("Fail", "Breaks"),
    ],
};

impl Lower<'_> {
    pub(super) fn contract(&mut self, node: &Node) -> Vec<Promise> {
        let promises = self.part(node, |lower, node| {
            let promises = lower.list(node, "promises", Self::promise);
            if !matches!(node.kind, Kind::List(_)) || promises.iter().any(Option::is_none) {
                lower.lose_names(node.span);
            }
            promises
        });
        promises.unwrap_or_default().into_iter().flatten().collect()
    }

    fn promise(&mut self, node: &Node) -> Option<Promise> {
        let mut chosen = self.choose(node, &PROMISE)?;
        if let Some(place) = self.path.last_mut() {
            *place = format!("{}{place}", chosen.word).into();
        }
        let fields = &mut chosen.fields;
        let kind = match chosen.word {
            "WriteOutage" => {
                PromiseKind::WriteOutage(self.whose(fields, "producer"), self.longest(fields))
            }
            "ReadOutage" => {
                PromiseKind::ReadOutage(self.whose(fields, "group"), self.longest(fields))
            }
            "Lost" => PromiseKind::Lost(self.whose(fields, "producer"), self.most(fields)),
            "NotSent" => PromiseKind::NotSent(self.whose(fields, "producer"), self.most(fields)),
            "Duplicated" => {
                PromiseKind::Duplicated(self.whose(fields, "producer"), self.most(fields))
            }
            "Reordered" => {
                PromiseKind::Reordered(self.whose(fields, "producer"), self.most(fields))
            }
            "Redelivered" => {
                PromiseKind::Redelivered(self.whose(fields, "group"), self.most(fields))
            }
            "Skipped" => PromiseKind::Skipped(self.whose(fields, "group"), self.most(fields)),
            "Lag" => PromiseKind::Lag(self.whose(fields, "group"), self.needed_count(fields)),
            "Leaderless" => {
                PromiseKind::Leaderless(self.whose(fields, "topic"), self.longest(fields))
            }
            "UnderMinIsr" => {
                PromiseKind::UnderMinIsr(self.whose(fields, "topic"), self.longest(fields))
            }
            "NoController" => {
                PromiseKind::NoController(self.whose(fields, "cluster"), self.longest(fields))
            }
            "Window" => PromiseKind::Window(self.longest(fields)),
            "FullyReplicated" => PromiseKind::FullyReplicated(self.whose(fields, "topic")),
            "PreferredLeaders" => PromiseKind::PreferredLeaders(
                self.whose(fields, "topic"),
                fields
                    .required(self, "at_least", 0, |lower, node| {
                        lower.percent(node, 0, 100)
                    })
                    .value,
            ),
            "Rebalances" => {
                PromiseKind::Rebalances(self.whose(fields, "group"), self.needed_count(fields))
            }
            _ => PromiseKind::Completes,
        };
        Some(Promise {
            kind: spanned(kind, node.span),
        })
    }

    fn whose(&mut self, fields: &mut Fields<'_>, field: &'static str) -> Spanned<String> {
        fields.required(self, field, String::new(), Self::text)
    }

    fn longest(&mut self, fields: &mut Fields<'_>) -> Nanos {
        fields
            .required(self, "at_most", Nanos(0), Self::duration)
            .value
    }

    fn most(&mut self, fields: &mut Fields<'_>) -> u64 {
        fields
            .or(self, "at_most", &defaults::COUNT_AT_MOST, Self::how_many)
            .value
    }

    fn needed_count(&mut self, fields: &mut Fields<'_>) -> u64 {
        fields.required(self, "at_most", 0, Self::how_many).value
    }

    fn how_many(&mut self, node: &Node) -> Spanned<u64> {
        self.whole(node, "a number", 0, u64::MAX)
    }

    pub(super) fn expect(&mut self, node: &Node) -> Option<Spanned<Expect>> {
        let mut chosen = self.choose(node, &EXPECT)?;
        if chosen.word == "Holds" {
            return Some(spanned(Expect::Holds, node.span));
        }
        let fields = &mut chosen.fields;
        let promises = fields.required_with(self, "promises", |lower, node| {
            lower.list(node, "promises", Self::expected_break)
        });
        if let Some(node) = fields.node("promises")
            && matches!(&node.kind, Kind::List(items) if items.is_empty())
        {
            self.report(
                Diagnostic::error(
                    Code::Contradiction,
                    node.span,
                    "If no promise breaks, the file expects `Holds`.",
                )
                .labelled("expected at least one promise"),
            );
        }
        let because = fields.optional(self, "because", |lower, node| {
            lower.list(node, "codes of findings", Self::text)
        });
        let value = Expect::Breaks {
            promises: promises.unwrap_or_default().into_iter().flatten().collect(),
            because: because.unwrap_or_default(),
        };
        Some(spanned(value, node.span))
    }

    /// `WriteOutage("checkout")` or `Lost`: the promise without its limit.
    fn expected_break(&mut self, node: &Node) -> Option<Spanned<ExpectedBreak>> {
        let (word, span, arguments): (&str, _, &[Argument]) = match &node.kind {
            Kind::Word(word) => (word, node.span, &[]),
            Kind::Group {
                name: Some(name),
                arguments,
            } => (&name.text, name.span, arguments),
            Kind::Missing => return None,
            _ => {
                let diagnostic = self
                    .wrong_type(node, "a promise of the contract")
                    .note("Write it without its limit: `WriteOutage(\"checkout\")`, or `Lost` for anyone's.");
                self.report(diagnostic);
                return None;
            }
        };
        let names: Vec<&str> = PROMISE.variants.iter().map(|table| table.what).collect();
        if !names.contains(&word) {
            let near = self.near(word, names.iter().copied());
            let diagnostic = Diagnostic::error(
                Code::UnknownName,
                span,
                format!("`{word}` is not a promise."),
            )
            .labelled("expected a promise of the contract")
            .did_you_mean(near)
            .note(format!("Possible here: {}.", one_of(&names, 40)));
            self.report(diagnostic);
            return None;
        }
        let subject = match arguments {
            [] => None,
            [only] => Some(self.text(&only.value).value),
            [_, second, ..] => {
                let diagnostic = Diagnostic::error(
                    Code::UnknownField,
                    second.value.span,
                    "A promise that is expected to break is written without its limit.",
                )
                .labelled("take this out");
                self.report(diagnostic);
                return None;
            }
        };
        Some(spanned(
            ExpectedBreak {
                kind: word.to_owned(),
                subject,
            },
            node.span,
        ))
    }
}
