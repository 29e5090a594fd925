//! acks=0.

use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K051",
    topic: Topic::Client,
    title: "acks=0 loses whatever is on the way",
    what: "Records are gone with every connection and every leader that moves, and the producer reports all of them as sent.",
    why: "With acks=0 the broker does not answer. The client counts a record as sent when it is in the socket's buffer; nothing is ever retried.",
    instead: "Set acks=all, or promise nothing about these records.",
    versions: Versions::ALL,
    sources: &["Kafka documentation, producer setting acks"],
    explains: &["acks-0"],
    bites: Some("scenarios/rules/acks-0.ron"),
    spares: Some("scenarios/first-roll.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (name, producer) in case.producers() {
        let acks = given(&producer.settings, "acks").filter(|acks| acks.is("0"));
        let lost = case.strictest(|kind| match kind {
            PromiseKind::Lost(of, limit) if means(of, &name.value) => Some(*limit),
            _ => None,
        });
        if let (Some(span), Some((_, promise))) = (acks.and_then(|acks| acks.said), lost) {
            found.push(
                warning(
                    span,
                    format!("Nobody confirms what `{}` sends.", name.value),
                )
                .labelled("not even the leader")
                .also(promise, "promised all the same"),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    fn zero() -> crate::testing::Scene {
        scene().producer(r#"to: "orders", rate: "100/s", settings: { "acks": "0" }"#)
    }

    #[test]
    fn a_promise_without_acknowledgements_is_pointed_at() {
        bites(
            &RULE,
            &zero().contract(r#"Lost("checkout", 0)"#),
            "warning: \"0\": Nobody confirms",
        );
    }

    #[test]
    fn who_promises_nothing_may() {
        spares(&RULE, &zero());
    }
}
