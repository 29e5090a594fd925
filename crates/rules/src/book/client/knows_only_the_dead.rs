//! Clients that lose the cluster.

use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K054",
    topic: Topic::Client,
    title: "A client from before 4.0 can end up knowing only dead brokers",
    what: "The client asks brokers that are gone for ever, beside a cluster that works; only a restart of the client helps.",
    why: "Each metadata answer replaces what the client knows, and it lists living brokers only. If all that it knows goes away before the next answer \
          (metadata.max.age.ms, five minutes), it has nobody to ask: clients before 4.0 do not go back to bootstrap.servers unless told to.",
    instead: "Use clients of 4.0, or set metadata.recovery.strategy=rebootstrap (3.8 and later); keep metadata.max.age.ms short during a roll.",
    versions: Versions::until(3, 9),
    sources: &[
        "KIP-899, KIP-1102",
        "observed: 128 refused connections to dead brokers, none to the living one (observed/last-isr-crash-kraft-3.9.2-unclean-true-min1.json)",
    ],
    explains: &["client-knows-only-dead-brokers"],
    bites: Some("scenarios/client-knows-only-dead-brokers.ron"),
    spares: Some("scenarios/first-roll.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    // Several brokers are away one after the other within one step list, and another one fails.
    let stops = case
        .moments()
        .iter()
        .filter(|moment| matches!(moment.step.action.value, Action::Stop(_) | Action::Kill(_)))
        .count();
    let crash = case.faults().iter().find(|fault| {
        matches!(
            fault.kind.value,
            FaultKind::Kill(_) | FaultKind::HostGone(_)
        )
    });
    let Some(crash) = crash.filter(|_| stops > 0) else {
        return found;
    };
    for (name, producer) in case.producers() {
        let strategy = case.producer_setting(producer, "metadata.recovery.strategy");
        if strategy.is_some_and(|strategy| strategy.is("rebootstrap")) {
            continue;
        }
        let age = case
            .producer_setting(producer, "metadata.max.age.ms")
            .and_then(|age| age.number())
            .unwrap_or(0);
        found.push(
            warning(
                name.span,
                format!(
                    "`{}` may know only brokers that are gone: it asks for the living ones every {}.",
                    name.value,
                    millis(age)
                ),
            )
            .labelled("does not go back to its bootstrap servers")
            .also(crash.kind.span, "if this hits what it knows"),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    fn stops(producer: &str) -> crate::testing::Scene {
        scene()
            .producer(producer)
            .runbook(r#"(step: "a", do: Stop([1])), (step: "b", do: Start([1]))"#)
            .faults(r#"(fault: Kill(Node(3)), at: At("30s"))"#)
    }

    #[test]
    fn an_old_client_is_pointed_at() {
        bites(
            &RULE,
            &stops(r#"to: "orders", rate: "1/s""#),
            "warning: \"checkout\"",
        );
    }

    #[test]
    fn one_that_rebootstraps_is_fine() {
        spares(
            &RULE,
            &stops(r#"to: "orders", rate: "1/s", kafka: "4.1.2""#),
        );
        spares(
            &RULE,
            &stops(
                r#"to: "orders", rate: "1/s", settings: { "metadata.recovery.strategy": "rebootstrap" }"#,
            ),
        );
    }
}
