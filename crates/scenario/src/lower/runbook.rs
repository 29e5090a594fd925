//! The runbook: its steps.

use super::context::{Lower, spanned};
use super::fields::{Choice, Field, Table};
use crate::defaults;
use crate::model::{Action, Gate, Nanos, OnTimeout, Spanned, Step};
use crate::syntax::{Kind, Node};

const STEP: Table = Table {
    what: "a step",
    fields: &[
        Field::named("step")
            .also(&["name", "id"])
            .like("\"brokers\""),
        Field::named("do")
            .also(&["action", "run"])
            .like("Roll(Brokers, to: \"4.1.2\")"),
        Field::named("before").also(&["precondition", "preconditions", "checks", "pre"]),
        Field::named("during").also(&["while"]),
        Field::named("between").also(&["gates", "gate", "wait_for"]),
        Field::named("after").also(&["postcondition", "postconditions", "post", "until"]),
        Field::named("undo").also(&["rollback", "revert"]),
        Field::named("within").also(&["timeout", "limit"]),
        Field::named("on_timeout").also(&["on_failure", "on_fail", "else"]),
        Field::named("needs").also(&["depends_on", "requires"]),
    ],
};

static ON_TIMEOUT: Choice = Choice {
    what: "what to do when time runs out",
    variants: &[
        Table {
            what: "Abort",
            fields: &[],
        },
        Table {
            what: "Undo",
            fields: &[],
        },
        Table {
            what: "GoOn",
            fields: &[],
        },
        Table {
            what: "Ask",
            fields: &[Field::first("after").like("\"5m\"")],
        },
    ],
    others: &[
        ("Stop", "Abort"),
        ("Fail", "Abort"),
        ("Rollback", "Undo"),
        ("Revert", "Undo"),
        ("Continue", "GoOn"),
        ("Ignore", "GoOn"),
    ],
};

impl Lower<'_> {
    pub(super) fn runbook(&mut self, node: &Node) -> Vec<Step> {
        self.part(node, Self::steps).unwrap_or_default()
    }

    fn steps(&mut self, node: &Node) -> Vec<Step> {
        let steps = self.list(node, "steps", Self::step);
        if !matches!(node.kind, Kind::List(_)) || steps.iter().any(Option::is_none) {
            self.lose_names(node.span);
        }
        steps.into_iter().flatten().collect()
    }

    fn step(&mut self, node: &Node) -> Option<Step> {
        let mut fields = self.fields(node, &STEP, None)?;
        let name = fields.required(self, "step", String::new(), Self::name);
        // From here on the step is known by its name.
        if let Some(place) = self.path.last_mut()
            && !self.broken.spans.contains(&name.span)
        {
            *place = name.value.clone().into();
        }
        let head = if self.broken.is_sound(&name) {
            name.span
        } else {
            fields.head
        };
        fields.head = head;
        let nothing = Action::Wait(spanned(Nanos(0), head));
        let action = fields.required(self, "do", nothing, Self::action);
        let before = fields.optional(self, "before", Self::gates);
        let during = fields.optional(self, "during", Self::gates);
        let between = fields.optional(self, "between", Self::gates);
        let after = fields.optional(self, "after", Self::gates);
        Some(Step {
            name,
            action,
            before: before.unwrap_or_default(),
            during: during.unwrap_or_default(),
            between: between.unwrap_or_default(),
            after: after.unwrap_or_default(),
            undo: fields.optional(self, "undo", Self::action),
            within: fields.optional(self, "within", Self::positive_duration),
            on_timeout: fields.or(self, "on_timeout", &defaults::ON_TIMEOUT, Self::on_timeout),
            needs: fields.optional(self, "needs", |lower, node| {
                lower.list(node, "names of steps", Self::text)
            }),
        })
    }

    fn gates(&mut self, node: &Node) -> Vec<Gate> {
        self.list(node, "gates", Self::gate)
    }

    fn on_timeout(&mut self, node: &Node) -> Spanned<OnTimeout> {
        let Some(mut chosen) = self.choose(node, &ON_TIMEOUT) else {
            return self.silent(node, OnTimeout::Abort);
        };
        let value = match chosen.word {
            "Undo" => OnTimeout::Undo,
            "GoOn" => OnTimeout::GoOn,
            "Ask" => OnTimeout::Ask(
                chosen
                    .fields
                    .required(self, "after", Nanos(0), Self::duration)
                    .value,
            ),
            _ => OnTimeout::Abort,
        };
        spanned(value, node.span)
    }
}
