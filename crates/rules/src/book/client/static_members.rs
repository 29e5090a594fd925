//! Static membership.

use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K060",
    topic: Topic::Client,
    title: "Static members need a session longer than their restart",
    what: "The member is thrown out before it is back: the group rebalances when its session ends and again when it returns, which static membership was to avoid.",
    why: "A static member (group.instance.id) keeps its partitions while it is away, for session.timeout.ms and no longer. Its restart must fit in.",
    instead: "Set session.timeout.ms above the time that a restart of the member takes, within the broker's group.max.session.timeout.ms (30 min).",
    versions: Versions::since(2, 3),
    sources: &[
        "KIP-345",
        "Kafka documentation, group.instance.id, session.timeout.ms",
    ],
    explains: &["rebalances", "member-gone"],
    bites: Some("scenarios/static-member-away-too-long.ron"),
    spares: Some("scenarios/groups-in-a-roll.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for fault in case.faults() {
        let FaultKind::KillMember { group, .. } = &fault.kind.value else {
            continue;
        };
        let spec = case.groups().find(|(name, _)| name.value == group.value);
        let Some((_, spec)) = spec.filter(|(_, spec)| spec.static_members.value) else {
            continue;
        };
        let session = case
            .group_setting(spec, "session.timeout.ms")
            .and_then(|setting| setting.number());
        let (Some(session), Some(away)) = (session, &fault.lasts) else {
            continue;
        };
        if away.value.0 > session.saturating_mul(1_000_000) {
            found.push(
                warning(
                    away.span,
                    format!(
                        "This static member is away for {}, and its session ends after {}.",
                        nanos(away.value.0),
                        millis(session)
                    ),
                )
                .labelled("longer than its session")
                .also(spec.static_members.span, "meant to keep its partitions"),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    fn away(time: &str) -> crate::testing::Scene {
        scene()
            .group(r#"reads: ["orders"], members: 2, static_members: true"#)
            .faults(&format!(
                r#"(fault: KillMember("billing", member: 1), at: At("10s"), lasts: "{time}")"#
            ))
    }

    #[test]
    fn longer_than_the_session_is_pointed_at() {
        bites(
            &RULE,
            &away("90s"),
            "warning: \"90s\": This static member is away for 90 s, and its session ends after 45 s.",
        );
    }

    #[test]
    fn a_quick_restart_is_fine() {
        spares(&RULE, &away("20s"));
    }
}
