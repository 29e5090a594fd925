//! Brokers that hang.

use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K056",
    topic: Topic::Client,
    title: "A broker that hangs costs the producer's request time-out",
    what: "Producers wait 30 s for answers that do not come, although the controller has moved the leaders after 9 s.",
    why: "A process that hangs, or is cut off from its peers and not from its clients, keeps its connections open. A client notices only when its own request.timeout.ms is \
          over; then it asks who leads now. A crash is noticed at once, because the kernel closes the connections.",
    instead: "Kill a broker that hangs. Lower request.timeout.ms (with delivery.timeout.ms above it) for producers that cannot wait.",
    versions: Versions::ALL,
    sources: &[
        "Kafka documentation, request.timeout.ms",
        "observed: producers stall 30 s on the partitions of a hung broker (observed/hang-broker-kraft-3.9.2-variants.json)",
    ],
    explains: &["hung-leader", "network-cut", "hung-follower"],
    bites: Some("scenarios/hang-instead-of-crash.ron"),
    spares: Some("scenarios/gc-pause-active-controller.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let Some((limit, place, timeout)) = case
        .producers()
        .filter_map(|(name, producer)| {
            let (limit, place) = case.write_outage(&name.value)?;
            let timeout = case
                .producer_setting(producer, "request.timeout.ms")?
                .number()?;
            Some((limit, place, timeout))
        })
        .filter(|(limit, _, timeout)| *limit < timeout.saturating_mul(1_000_000))
        .min_by_key(|(limit, ..)| *limit)
    else {
        return found;
    };
    for fault in case.faults() {
        let lasts = fault.lasts.as_ref().map_or(u64::MAX, |lasts| lasts.value.0);
        let controllers_only = |nodes: &Nodes| {
            let ids = crate::walk::chosen(nodes, case.beginning());
            ids.iter()
                .all(|id| case.beginning().get(id).is_some_and(|node| !node.broker))
        };
        let silent = match &fault.kind.value {
            FaultKind::Hang(target) | FaultKind::GcPause(target) => {
                use scenario::model::Target;
                let of = |id: &NodeId| case.beginning().get(id).is_some_and(|node| node.broker);
                match target {
                    Target::Node(id) => of(&id.value),
                    Target::ActiveController => case.cluster.is_combined(),
                    _ => true,
                }
            }
            FaultKind::Cut { from, to, .. } => {
                !controllers_only(from) && to.as_ref().is_none_or(|to| !controllers_only(to))
            }
            _ => false,
        };
        if silent && lasts > limit {
            found.push(
                warning(
                    fault.kind.span,
                    format!(
                        "Producers wait up to {} for an answer that does not come.",
                        millis(timeout)
                    ),
                )
                .labelled("connections stay open")
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

    fn hung(what: &str) -> crate::testing::Scene {
        scene()
            .faults(&format!(r#"(fault: {what}, at: At("10s"), lasts: "60s")"#))
            .contract(r#"WriteOutage("checkout", at_most: "15s")"#)
    }

    #[test]
    fn a_hang_is_pointed_at() {
        bites(
            &RULE,
            &hung("Hang(Node(2))"),
            "warning: Hang(Node(2)): Producers wait up to 30 s",
        );
        bites(&RULE, &hung("Cut(from: These([2]))"), "warning: Cut");
    }

    #[test]
    fn a_controller_that_hangs_has_no_producers() {
        spares(&RULE, &hung("Hang(Node(101))"));
        spares(&RULE, &hung("Kill(Node(2))"));
    }
}
