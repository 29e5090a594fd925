//! The swarm: what a search draws its faults from.

use super::context::Lower;
use super::fields::{Field, Table, Words};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Swarm, SwarmKind};
use crate::syntax::Node;

const SWARM: Table = Table {
    what: "a swarm",
    fields: &[
        Field::named("kinds").also(&["kind", "of"]),
        Field::named("faults").also(&["count", "counts", "at_most"]),
        Field::named("from").also(&["begin", "after"]),
        Field::named("until").also(&["to", "end", "before"]),
    ],
};

static KIND: Words<SwarmKind> = Words {
    what: "a kind of faults",
    words: &[
        ("Crash", SwarmKind::Crash),
        ("Pause", SwarmKind::Pause),
        ("Network", SwarmKind::Network),
        ("Slow", SwarmKind::Slow),
        ("Operator", SwarmKind::Operator),
    ],
    others: &[
        ("Kill", "Crash"),
        ("GcPause", "Pause"),
        ("Cut", "Network"),
        ("DiskSlow", "Slow"),
        ("Person", "Operator"),
    ],
};

/// As many as a search takes (`--faults`).
const MOST: u32 = 8;

impl Lower<'_> {
    pub(super) fn swarm(&mut self, node: &Node) -> Option<Swarm> {
        let mut fields = self.fields(node, &SWARM, None)?;
        let kinds = fields.optional(self, "kinds", |lower, node| {
            lower.list(node, "kinds of faults", |lower, node| {
                lower.word(node, &KIND)
            })
        });
        let faults = fields.optional(self, "faults", |lower, node| {
            lower.count(node, "a number of faults", 0, MOST)
        });
        let from = fields.optional(self, "from", Self::duration);
        let until = fields.optional(self, "until", Self::duration);
        if let (Some(from), Some(until)) = (&from, &until)
            && from.value > until.value
        {
            let message = format!(
                "the swarm ends ({}) before it begins ({}).",
                until.value, from.value
            );
            let diagnostic = Diagnostic::error(Code::OutOfRange, until.span, message)
                .labelled("before `from`")
                .also(from.span, "it begins here");
            self.report(diagnostic);
        }
        Some(Swarm {
            kinds: kinds.unwrap_or_default(),
            faults,
            from,
            until,
        })
    }
}
