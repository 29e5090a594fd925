//! delivery.timeout.ms.

use crate::book::prelude::*;

/// What an unplanned failover takes beside the end of the session, in ms. *Assumed*: election, metadata and retry.
const BESIDE_THE_SESSION: u64 = 3_000;

pub(crate) static RULE: Rule = Rule {
    id: "K052",
    topic: Topic::Client,
    title: "Make delivery.timeout.ms longer than the longest outage you accept",
    what: "Records fail for good while the cluster fails over. Some of them are in the log all the same, so sending them again makes duplicates.",
    why: "delivery.timeout.ms counts from the moment the record is handed over, through every retry. A crash costs up to broker.session.timeout.ms until the next leader \
          is elected. What was sent and not answered when the time is up is reported as failed, and not recalled.",
    instead: "Leave delivery.timeout.ms at two minutes, or above session time-out, election and retries together.",
    versions: Versions::since(2, 1),
    sources: &[
        "KIP-91",
        "Kafka documentation, delivery.timeout.ms",
        "observed: 309 to 314 records failed, 6 to 107 of them in the log (observed/kill-broker-kraft-3.9.2-variants.json)",
    ],
    explains: &["delivery-timeout", "failed-but-in-log"],
    bites: Some("scenarios/failed-but-in-the-log.ron"),
    spares: Some("scenarios/first-roll.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let number = |name| {
        case.broker_setting(name)
            .and_then(|setting| setting.number())
    };
    let Some(session) = number("broker.session.timeout.ms") else {
        return found;
    };
    let outage = session + BESIDE_THE_SESSION;
    for (name, producer) in case.producers() {
        let Some(timeout) = case.producer_setting(producer, "delivery.timeout.ms") else {
            continue;
        };
        let (Some(ms), Some(span)) = (timeout.number(), timeout.said) else {
            continue;
        };
        if ms < outage {
            found.push(
                warning(
                    span,
                    format!(
                        "`{}` gives up after {}, and failing over from a crash takes up to about {}.",
                        name.value,
                        millis(ms),
                        millis(outage)
                    ),
                )
                .labelled("shorter than an outage")
                .note(format!("broker.session.timeout.ms is {}.", millis(session))),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    #[test]
    fn a_short_one_is_pointed_at() {
        let scene = scene().producer(
            r#"to: "orders", rate: "100/s", settings: { "delivery.timeout.ms": 5000, "request.timeout.ms": 3000 }"#,
        );
        bites(
            &RULE,
            &scene,
            "warning: 5000: `checkout` gives up after 5 s",
        );
    }

    #[test]
    fn the_default_is_fine() {
        spares(&RULE, &scene());
    }
}
