//! Retries without idempotence.

use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K053",
    topic: Topic::Client,
    title: "Retries without idempotence write twice and out of order",
    what: "A retry after a lost answer puts the record into the log again; with several requests in flight a retry lands behind what was sent after it.",
    why: "An idempotent producer numbers its batches per partition, and the leader drops what it has and refuses what is out of order. Without the numbers it cannot tell a retry \
          from a new record. Every move of a leader in a roll causes retries.",
    instead: "Leave enable.idempotence=true (the default since 3.0) with acks=all; else set max.in.flight.requests.per.connection=1 and expect duplicates.",
    versions: Versions::ALL,
    sources: &[
        "KIP-98, KIP-679",
        "Kafka documentation, enable.idempotence, max.in.flight.requests.per.connection",
    ],
    explains: &["retry-without-idempotence", "reordered"],
    bites: Some("scenarios/idempotence-off.ron"),
    spares: Some("scenarios/first-roll.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let Some(stop) = case.first_stop_of_a_broker() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (name, producer) in case.producers() {
        let setting = |of| case.producer_setting(producer, of);
        let acks = setting("acks");
        let all = case.waits_for_all(producer);
        // Kafka switches it off by itself where another setting contradicts it and it was not asked for.
        let asked = given(&producer.settings, "enable.idempotence");
        let idempotent = match &asked {
            Some(asked) => asked.is("true"),
            None => setting("enable.idempotence").is_some_and(|default| default.is("true")) && all,
        };
        let retries = setting("retries")
            .and_then(|retries| retries.number())
            .unwrap_or(0);
        let sends_again = retries > 0 && acks.as_ref().is_none_or(|acks| !acks.is("0"));
        let promise = case.strictest(|kind| match kind {
            PromiseKind::Duplicated(of, limit) | PromiseKind::Reordered(of, limit)
                if means(of, &name.value) =>
            {
                Some(*limit)
            }
            _ => None,
        });
        let Some((_, place)) = promise.filter(|_| !idempotent && sends_again) else {
            continue;
        };
        let span = asked.and_then(|asked| asked.said).unwrap_or(name.span);
        found.push(
            warning(
                span,
                format!(
                    "`{}` sends again without numbers that tell a retry from a new record.",
                    name.value
                ),
            )
            .labelled("not idempotent")
            .also(stop, "this causes retries")
            .also(place, "promised all the same"),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    const PROMISE: &str = r#"Duplicated("checkout", 0)"#;

    #[test]
    fn switched_off_or_old_is_pointed_at() {
        let off = scene().producer(
            r#"to: "orders", rate: "100/s", settings: { "enable.idempotence": "false" }"#,
        );
        bites(
            &RULE,
            &off.careful_roll().contract(PROMISE),
            "warning: \"false\"",
        );
        let old = scene().producer(r#"to: "orders", rate: "100/s", kafka: "2.8""#);
        bites(
            &RULE,
            &old.careful_roll().contract(PROMISE),
            "warning: \"checkout\"",
        );
    }

    #[test]
    fn the_default_is_fine() {
        spares(&RULE, &scene().careful_roll().contract(PROMISE));
    }
}
