//! Promises that a crash cannot keep.

use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K055",
    topic: Topic::Client,
    title: "A crash costs the rest of the broker's session",
    what: "Partitions of the dead broker take no writes and give no reads until its session ends: most of broker.session.timeout.ms.",
    why: "The controller knows of a crash only because heartbeats stop. It waits broker.session.timeout.ms (9 s) after the last one, then elects new leaders. acks=all \
          writes to other partitions wait as well, where the dead broker is in the ISR.",
    instead: "Promise more than the session time-out where crashes are among the faults; shorten it with the heartbeat interval if it has to be less.",
    versions: Versions::since(3, 0),
    sources: &[
        "KIP-631; Kafka documentation, broker.session.timeout.ms",
        "observed: kill of a broker in 3.9.2, 6.8 to 8.9 s (observed/README.md)",
    ],
    explains: &["failover-wait", "dead-follower-in-isr"],
    bites: Some("scenarios/crash-within-a-promise.ron"),
    spares: Some("scenarios/last-isr-crash-unclean.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    if !case.is_kraft() {
        return Vec::new();
    }
    // A roll may change it on the way: the shortest is the kindest.
    let shortest = |name| {
        let rolled = case
            .moments()
            .iter()
            .flat_map(|moment| moment.after.values());
        let rolled = rolled.filter_map(|node| node.settings.get(name)?.trim().parse().ok());
        let first = case
            .broker_setting(name)
            .and_then(|setting| setting.number());
        rolled.chain(first).min()
    };
    let session = shortest("broker.session.timeout.ms");
    let beat = shortest("broker.heartbeat.interval.ms");
    let (Some(session), Some(beat)) = (session, beat) else {
        return Vec::new();
    };
    // The last heartbeat was at most one interval before the crash.
    let least = session.saturating_sub(beat).saturating_mul(1_000_000);
    let promise = case.strictest(|kind| match kind {
        PromiseKind::WriteOutage(_, limit) | PromiseKind::ReadOutage(_, limit) => Some(limit.0),
        _ => None,
    });
    let Some((limit, place)) = promise.filter(|(limit, _)| *limit < least) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for fault in case.faults() {
        if matches!(
            fault.kind.value,
            FaultKind::Kill(_) | FaultKind::HostGone(_)
        ) {
            found.push(
                warning(
                    fault.kind.span,
                    format!(
                        "Leaders on this broker wait {} to {} for the end of its session.",
                        millis(session - beat.min(session)),
                        millis(session)
                    ),
                )
                .labelled("noticed by silence only")
                .also(place, format!("promised: at most {}", nanos(limit))),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    fn killed(limit: &str) -> crate::testing::Scene {
        scene()
            .faults(r#"(fault: Kill(Node(1)), at: At("10s"))"#)
            .contract(&format!(r#"WriteOutage("checkout", at_most: "{limit}")"#))
    }

    #[test]
    fn a_promise_below_the_session_is_pointed_at() {
        bites(
            &RULE,
            &killed("3s"),
            "warning: Kill(Node(1)): Leaders on this broker wait 7 s to 9 s",
        );
    }

    #[test]
    fn more_than_the_session_is_fine() {
        spares(&RULE, &killed("15s"));
    }
}
