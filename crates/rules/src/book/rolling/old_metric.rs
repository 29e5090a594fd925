//! Gates that see the past.

use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K008",
    topic: Topic::Rolling,
    title: "A metric shows the past: let the gate hold longer than the metric is old",
    what: "The dashboard still shows zero from before the broker went down, and the roll goes on.",
    why: "A metric is scraped every so often and shown later still. What the operator sees can be as old as both together; and a broker that is down \
          has no value at all, so it is missing from the sum instead of raising it.",
    instead: "Let the gate hold (`for:`) longer than scrape interval and delay together, or ask a tool.",
    versions: Versions::ALL,
    sources: &[
        "Kafka documentation, monitoring: UnderReplicatedPartitions is a gauge of each broker",
        "the run itself: `false-green` findings",
    ],
    explains: &["false-green", "no-isr-wait"],
    bites: Some("scenarios/stale-metric.ron"),
    spares: Some("scenarios/metric-with-patience.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (moment, _, brokers) in case.broker_rolls() {
        if brokers.len() < 2 {
            continue;
        }
        for gate in between(moment).filter(|gate| sees_every_replica(gate)) {
            let Through::Metric { scrape, delay } = &gate.through.value else {
                continue;
            };
            let age = scrape.0.saturating_add(delay.0);
            if gate.for_.value.0 < age {
                found.push(
                    warning(
                        gate.through.span,
                        format!(
                            "What this gate sees may be {} old, and it has to hold for {} only.",
                            nanos(age),
                            nanos(gate.for_.value.0)
                        ),
                    )
                    .labelled("shows the past")
                    .note(format!(
                        "With `for: \"{}s\"` or more it cannot be green from before the stop.",
                        age.div_ceil(1_000_000_000) + 1
                    )),
                );
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    fn roll(hold: &str) -> crate::testing::Scene {
        scene().runbook(&format!(
            r#"(step: "b", do: Roll(Brokers), between: [UnderReplicated(for: "{hold}", through: Metric(scrape: "60s", delay: "15s"))])"#
        ))
    }

    #[test]
    fn a_gate_shorter_than_the_metric_is_old_is_pointed_at() {
        bites(
            &RULE,
            &roll("30s"),
            "warning: Metric(scrape: \"60s\", delay: \"15s\"): What this gate sees may be 75 s old",
        );
    }

    #[test]
    fn a_gate_that_outlasts_it_is_fine() {
        spares(&RULE, &roll("90s"));
    }
}
