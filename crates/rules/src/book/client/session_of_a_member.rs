//! Members of groups that die.

use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K057",
    topic: Topic::Client,
    title: "The partitions of a dead member wait for its session time-out",
    what: "Nobody reads them for session.timeout.ms: 45 s since 3.0, 10 s before.",
    why: "The coordinator gives partitions away only when the member has left the group or its session is over. A process that is killed cannot leave.",
    instead: "Close consumers on shutdown; lower session.timeout.ms (three heartbeats at least) where 45 s are too long.",
    versions: Versions::ALL,
    sources: &[
        "KIP-735",
        "Kafka documentation, session.timeout.ms",
        "observed: 43.4 to 45.3 s on 4.1.2 (observed/groups-restart-members-4.1.2.json)",
    ],
    explains: &["member-gone"],
    bites: Some("scenarios/group-member-killed.ron"),
    spares: Some("scenarios/groups-in-a-roll.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for fault in case.faults() {
        let FaultKind::KillMember { group, .. } = &fault.kind.value else {
            continue;
        };
        let Some((_, spec)) = case.groups().find(|(name, _)| name.value == group.value) else {
            continue;
        };
        let session = case
            .group_setting(spec, "session.timeout.ms")
            .and_then(|setting| setting.number());
        let beat = case
            .group_setting(spec, "heartbeat.interval.ms")
            .and_then(|setting| setting.number());
        let (Some(session), Some(beat)) = (session, beat) else {
            continue;
        };
        let least = session.saturating_sub(beat).saturating_mul(1_000_000);
        // A static member that is back in time keeps its partitions.
        let away = fault.lasts.as_ref().map_or(u64::MAX, |lasts| lasts.value.0);
        if let Some((limit, place)) = case
            .read_outage(&group.value)
            .filter(|(limit, _)| *limit < least.min(away))
        {
            found.push(
                warning(
                    fault.kind.span,
                    format!(
                        "The partitions of this member are read by nobody for about {}.",
                        millis(session)
                    ),
                )
                .labelled("its session has to end first")
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
            .faults(r#"(fault: KillMember("billing", member: 1), at: At("10s"), lasts: "90s")"#)
            .contract(&format!(r#"ReadOutage("billing", at_most: "{limit}")"#))
    }

    #[test]
    fn a_promise_below_the_session_is_pointed_at() {
        bites(
            &RULE,
            &killed("15s"),
            "warning: KillMember(\"billing\", member: 1): The partitions of this member are read by nobody for about 45 s.",
        );
    }

    #[test]
    fn more_than_the_session_is_fine() {
        spares(&RULE, &killed("60s"));
    }
}
