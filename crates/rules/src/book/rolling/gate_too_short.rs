//! Gates that look once.

use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K005",
    topic: Topic::Rolling,
    title: "Let a gate stay green for some time, one look proves little",
    what: "The gate is green at the first look, from an answer that is older than the trouble, and the roll goes on over a node that is about to \
           fail or has not yet been missed.",
    why: "A tool answers from the metadata of one broker, which lags behind the controller; a node that crashes a few seconds after its start is up \
          at that instant; and right after a stop the ISR still lists the broker. A gate that must hold without a break for some time sees these.",
    instead: "Give the gate `for: \"30s\"`: longer than the broker session time-out, and longer than a crash loop needs to show.",
    versions: Versions::ALL,
    sources: &[
        "the run itself: `false-green` findings say what the controller knew at that moment",
        "Kafka documentation, broker.session.timeout.ms: a broker that died is noticed after 9 s",
    ],
    explains: &["false-green", "crash-loop"],
    bites: Some("scenarios/stale-tool.ron"),
    spares: Some("scenarios/crash-loop.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (moment, _, brokers) in case.broker_rolls() {
        if brokers.len() < 2 {
            continue;
        }
        let isr: Vec<&Gate> = between(moment)
            .filter(|gate| sees_every_replica(gate))
            .collect();
        if isr
            .iter()
            .any(|gate| gate.for_.value.0 > 0 || gate.through.value == Through::Truth)
        {
            continue;
        }
        if let Some(gate) = isr.first() {
            found.push(
                warning(gate.check.span, "One look at this gate is enough to go on.")
                    .labelled("does not say for how long")
                    .note(
                        "Add `for: \"30s\"`: what a single answer misses shows within that time.",
                    ),
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
    fn one_look_is_pointed_at() {
        let scene = scene().runbook(
            r#"(step: "brokers", do: Roll(Brokers), between: [UnderReplicated(at_most: 0)])"#,
        );
        bites(&RULE, &scene, "warning: UnderReplicated");
    }

    #[test]
    fn half_a_minute_is_fine() {
        spares(&RULE, &scene().careful_roll());
    }
}
