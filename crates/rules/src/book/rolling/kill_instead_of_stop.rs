//! SIGKILL in a runbook.

use crate::book::prelude::*;
use scenario::model::StopKind;

pub(crate) static RULE: Rule = Rule {
    id: "K013",
    topic: Topic::Rolling,
    title: "Stop brokers with SIGTERM, never with kill -9",
    what: "The partitions that the broker leads have no leader, and acks=all writes of those that it follows wait for it, until its session ends: up to \
           broker.session.timeout.ms. Its next start reads back its unflushed logs.",
    why: "On SIGTERM a broker asks the controller to move its leaders and to take it out of the ISRs, and leaves when that is done: a move takes \
          fractions of a second. After SIGKILL the controller learns of it only when no heartbeat came for the whole session, and the logs were not \
          closed, so they are recovered segment by segment.",
    instead: "Use `stop: Graceful`, and give the service manager enough time before it kills (TimeoutStopSec).",
    versions: Versions::ALL,
    sources: &[
        "Kafka documentation, graceful shutdown; broker.session.timeout.ms",
        "observed: kill of a broker against its stop (observed/README.md)",
    ],
    explains: &[
        "killed-while-leading",
        "failover-wait",
        "dead-follower-in-isr",
        "long-recovery",
    ],
    bites: Some("scenarios/slow-recovery-short-gate.ron"),
    spares: Some("scenarios/reference-roll.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for moment in case.moments() {
        let (nodes, span) = match &moment.step.action.value {
            Action::Roll(roll) if roll.stop.value == StopKind::Kill => {
                (case.chosen(&roll.nodes.value, moment), roll.stop.span)
            }
            Action::Kill(nodes) => (case.chosen(nodes, moment), moment.step.action.span),
            _ => continue,
        };
        if nodes
            .iter()
            .any(|id| moment.before.get(id).is_some_and(|node| node.broker))
        {
            found.push(
                warning(span, "A broker that is killed hands nothing over.")
                    .labelled("its leaders wait for the end of its session")
                    .note("SIGTERM (`stop: Graceful`, `Stop(…)`) moves the leaders away first."),
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
    fn killing_brokers_is_pointed_at() {
        bites(
            &RULE,
            &scene().does("Roll(Brokers, stop: Kill)"),
            "warning: Kill",
        );
        bites(&RULE, &scene().does("Kill([1])"), "warning: Kill([1])");
    }

    #[test]
    fn stopping_them_is_fine() {
        spares(&RULE, &scene().careful_roll());
        spares(&RULE, &scene().does("Stop([1])"));
    }
}
