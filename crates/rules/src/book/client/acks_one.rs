//! acks=1.

use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K050",
    topic: Topic::Client,
    title: "acks=1 loses records even in a careful roll",
    what: "Some records that the application was told are safe are in no log afterwards: a few at each graceful move of a leader, all of the last moments at a crash.",
    why: "With acks=1 the leader answers as soon as it has the record itself. When leadership moves, the new leader begins where the ISR agrees; what only the old \
          one had is cut off when it follows.",
    instead: "Set acks=all (the default since 3.0) and min.insync.replicas=2.",
    versions: Versions::ALL,
    sources: &[
        "Kafka documentation, producer setting acks; KIP-679 (its default)",
        "observed: 0 to 14 records lost at each graceful stop (observed/stop-broker-kraft-3.9.2-variants.json)",
    ],
    explains: &["acks-1"],
    bites: Some("scenarios/acks-1-graceful-roll.ron"),
    spares: Some("scenarios/first-roll.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let Some(stop) = case.first_stop_of_a_broker() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (name, producer) in case.producers() {
        let Some(acks) = case
            .producer_setting(producer, "acks")
            .filter(|acks| acks.is("1"))
        else {
            continue;
        };
        let one_replica = case
            .topic(&producer.to.value)
            .is_some_and(|topic| topic.replicas.value < 2);
        if one_replica {
            continue;
        }
        found.push(
            warning(
                acks.said.unwrap_or(name.span),
                format!(
                    "`{}` is told that records are safe when one replica has them.",
                    name.value
                ),
            )
            .labelled(if acks.said.is_some() {
                "the leader alone"
            } else {
                "acks is 1 by default before 3.0"
            })
            .also(stop, "this moves leaders"),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    #[test]
    fn one_is_pointed_at_also_as_the_old_default() {
        let said = scene().producer(r#"to: "orders", rate: "100/s", settings: { "acks": "1" }"#);
        bites(&RULE, &said.careful_roll(), "warning: \"1\": `checkout`");
        let old = scene().producer(r#"to: "orders", rate: "100/s", kafka: "2.8""#);
        bites(&RULE, &old.careful_roll(), "warning: \"checkout\"");
    }

    #[test]
    fn all_or_no_move_is_fine() {
        spares(&RULE, &scene().careful_roll());
        spares(
            &RULE,
            &scene().producer(r#"to: "orders", rate: "100/s", settings: { "acks": "1" }"#),
        );
    }
}
