//! Offsets that were not committed.

use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K058",
    topic: Topic::Client,
    title: "What was read and not committed is read again",
    what: "The next owner of the partition begins at the last committed offset: up to auto.commit.interval.ms of records are delivered twice.",
    why: "With enable.auto.commit positions are committed every auto.commit.interval.ms (5 s). A member that dies, or that loses its partitions without time to commit, \
          leaves what it read since uncommitted.",
    instead: "Make the processing idempotent, or commit after each batch; promise no redelivery only with transactions.",
    versions: Versions::ALL,
    sources: &["Kafka documentation, enable.auto.commit, auto.commit.interval.ms"],
    explains: &["uncommitted-offsets"],
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
        let promise = case.strictest(|kind| match kind {
            PromiseKind::Redelivered(of, limit) if means(of, &group.value) => Some(*limit),
            _ => None,
        });
        if let Some((0, place)) = promise {
            found.push(
                warning(
                    fault.kind.span,
                    "What this member read since its last commit is delivered again.",
                )
                .labelled("dies without a commit")
                .also(place, "promised: never"),
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
    fn a_promise_of_no_redelivery_is_pointed_at() {
        let killed =
            || scene().faults(r#"(fault: KillMember("billing", member: 1), at: At("10s"))"#);
        bites(
            &RULE,
            &killed().contract(r#"Redelivered("billing", 0)"#),
            "warning: KillMember",
        );
        spares(&RULE, &killed());
    }

    #[test]
    fn a_roll_of_brokers_kills_no_member() {
        spares(
            &RULE,
            &scene()
                .careful_roll()
                .contract(r#"Redelivered("billing", 0)"#),
        );
    }
}
