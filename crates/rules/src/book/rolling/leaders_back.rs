//! Leaders after a roll.

use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K011",
    topic: Topic::Rolling,
    title: "Move the leaders back at the end of a roll",
    what: "The broker that was restarted last leads nothing and the others lead too much: load, latency and the next failure are uneven.",
    why: "A controlled shutdown moves every leader away, and nothing brings them back but an election of preferred leaders: by a person \
          (`kafka-leader-election.sh`), or by the controller if auto.leader.rebalance.enable is on (it looks every five minutes).",
    instead: "End the roll with `ElectLeaders(Preferred)`, or leave auto.leader.rebalance.enable on and wait for it.",
    versions: Versions::ALL,
    sources: &[
        "Kafka documentation, balancing leadership; auto.leader.rebalance.enable",
        "observed: 66, 34 and 0 leaders after a roll of three brokers (observed/README.md)",
    ],
    explains: &["leaders-not-restored"],
    bites: Some("scenarios/leaders-not-moved-back.ron"),
    spares: Some("scenarios/roll-three-combined-3.9.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let balances = case
        .broker_setting("auto.leader.rebalance.enable")
        .is_none_or(|setting| setting.is("true"));
    if balances {
        return Vec::new();
    }
    let elects = |moment: &Moment<'_>| {
        matches!(&moment.step.action.value, Action::ElectLeaders(elect)
            if elect.kind.value == scenario::model::ElectionKind::Preferred && elect.topic.is_none())
    };
    let last = case
        .broker_rolls()
        .filter(|(_, _, brokers)| brokers.len() > 1)
        .last();
    let Some((moment, roll, _)) = last.filter(|(_, roll, _)| !roll.elect_preferred.value) else {
        return Vec::new();
    };
    let after = case
        .moments()
        .iter()
        .skip_while(|other| !std::ptr::eq(other.step, moment.step));
    if after.into_iter().any(elects) {
        return Vec::new();
    }
    let off = case
        .broker_setting("auto.leader.rebalance.enable")
        .and_then(|setting| setting.said)
        .unwrap_or(roll.nodes.span);
    vec![
        warning(
            roll.nodes.span,
            "Nobody moves the leaders back after this roll.",
        )
        .labelled("leaves the last broker without leaders")
        .also(off, "Kafka does not do it by itself")
        .note("Add a step `ElectLeaders(Preferred)`, or `elect_preferred: true` to the roll."),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    const OFF: &str = r#"kafka: "3.9.2", brokers: 3, controllers: 3, settings: { "auto.leader.rebalance.enable": "false" }"#;

    #[test]
    fn with_rebalancing_off_somebody_has_to_do_it() {
        bites(
            &RULE,
            &scene().cluster(OFF).careful_roll(),
            "warning: Brokers: Nobody moves",
        );
    }

    #[test]
    fn an_election_afterwards_is_enough() {
        let scene = scene()
            .cluster(OFF)
            .runbook(r#"(step: "b", do: Roll(Brokers)), (step: "l", do: ElectLeaders(Preferred))"#);
        spares(&RULE, &scene);
    }

    #[test]
    fn kafka_does_it_by_itself_by_default() {
        spares(&RULE, &self::scene().careful_roll());
    }
}
