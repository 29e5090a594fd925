//! Restarts after a kill in ZooKeeper mode.

use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K085",
    topic: Topic::Version,
    title: "In ZooKeeper mode, wait for the session of a killed broker before you start it again",
    what: "The new process finds the znode of the old one and ends: \"KeeperErrorCode = NodeExists\".",
    why: "A broker is known by an ephemeral znode, which belongs to its session. A process that was killed did not close it, and ZooKeeper keeps it for zookeeper.session.timeout.ms (18 s).",
    instead: "Stop with SIGTERM; after a kill wait the session time-out and a tick, or let the supervisor try again.",
    versions: Versions::until(3, 9),
    sources: &["KafkaZkClient.CheckedEphemeral; KAFKA-7165"],
    explains: &["znode-exists"],
    bites: Some("scenarios/zookeeper/kill-and-too-quick-restart.ron"),
    spares: Some("scenarios/zookeeper/patch-level-roll.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if case.is_kraft() {
        return found;
    }
    let session = case
        .broker_setting("zookeeper.session.timeout.ms")
        .and_then(|setting| setting.number())
        .unwrap_or(0)
        .saturating_mul(1_000_000);
    for (at, moment) in case.moments().iter().enumerate() {
        let Action::Kill(nodes) = &moment.step.action.value else {
            continue;
        };
        let killed = case.chosen(nodes, moment);
        let mut waited = 0_u64;
        for later in &case.moments()[at + 1..] {
            match &later.step.action.value {
                Action::Wait(time) => waited = waited.saturating_add(time.value.0),
                Action::Start(start) => {
                    let again = case.chosen(&start.nodes.value, later);
                    if waited < session && again.iter().any(|id| killed.contains(id)) {
                        found.push(
                            warning(
                                later.step.action.span,
                                format!("The session of the killed broker may still be open: it lasts {}.", nanos(session)),
                            )
                            .labelled("may find its own znode")
                            .also(moment.step.action.span, "killed here"),
                        );
                    }
                    break;
                }
                _ => {}
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    fn again(wait: &str) -> crate::testing::Scene {
        scene().cluster(r#"kafka: "2.8.2", brokers: 3, zookeeper: 3"#).runbook(&format!(
            r#"(step: "kill", do: Kill([2])), (step: "wait", do: Wait("{wait}")), (step: "start", do: Start([2]))"#
        ))
    }

    #[test]
    fn a_quick_start_is_pointed_at() {
        bites(&RULE, &again("2s"), "warning: Start([2])");
    }

    #[test]
    fn after_the_session_it_is_fine() {
        spares(&RULE, &again("30s"));
    }
}
