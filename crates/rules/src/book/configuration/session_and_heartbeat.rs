//! Broker sessions.

use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K039",
    topic: Topic::Configuration,
    title: "Leave room for several heartbeats in a broker's session",
    what: "A garbage collection or a slow disk of a second or two fences a healthy broker: its leaders move, its clients reconnect, and it has to come back into \
           every ISR.",
    why: "A broker tells the controller every broker.heartbeat.interval.ms (2 s) that it is alive, and is fenced when nothing came for \
          broker.session.timeout.ms (9 s). With a session of less than three intervals one late heartbeat is enough.",
    instead: "Keep broker.session.timeout.ms at three to five heartbeat intervals; shorten both if failover has to be faster.",
    versions: Versions::since(3, 0),
    sources: &[
        "KIP-631",
        "Kafka documentation, broker.session.timeout.ms, broker.heartbeat.interval.ms",
    ],
    explains: &["dead-follower-in-isr", "failover-wait"],
    bites: Some("scenarios/rules/session-without-heartbeats.ron"),
    spares: Some("scenarios/gc-pause.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    if !case.is_kraft() {
        return Vec::new();
    }
    let of = |name| case.broker_setting(name);
    let (Some(session), Some(beat)) = (
        of("broker.session.timeout.ms"),
        of("broker.heartbeat.interval.ms"),
    ) else {
        return Vec::new();
    };
    let (Some(timeout), Some(interval)) = (session.number(), beat.number()) else {
        return Vec::new();
    };
    let Some(span) = session
        .said
        .or(beat.said)
        .filter(|_| timeout < interval.saturating_mul(3))
    else {
        return Vec::new();
    };
    vec![
        warning(
            span,
            format!(
                "A session of {} has no room for three heartbeats of {}.",
                millis(timeout),
                millis(interval)
            ),
        )
        .labelled("a pause fences the broker"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    #[test]
    fn a_short_session_is_pointed_at() {
        let scene = scene().cluster(r#"kafka: "3.9.2", brokers: 3, controllers: 3, settings: { "broker.session.timeout.ms": 3000 }"#);
        bites(
            &RULE,
            &scene,
            "warning: 3000: A session of 3 s has no room for three heartbeats of 2 s.",
        );
    }

    #[test]
    fn the_defaults_are_fine() {
        spares(&RULE, &scene());
    }
}
