//! Topics with a single replica.

use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K031",
    topic: Topic::Configuration,
    title: "A topic with one replica is away whenever its broker is",
    what: "Its partitions have no leader during the restart: nothing is written and nothing read.",
    why: "Controlled shutdown can hand a partition over only to another replica in sync. There is none.",
    instead: "Give the topic three replicas first (kafka-reassign-partitions.sh), or tell its readers and writers of the outage.",
    versions: Versions::ALL,
    sources: &["Kafka documentation, replication; graceful shutdown"],
    explains: &["single-replica", "no-leader"],
    bites: Some("scenarios/one-replica.ron"),
    spares: Some("scenarios/first-roll.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let Some(stop) = case.first_stop_of_a_broker() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let all_brokers = case.cluster.broker_ids().len();
    let restart = case
        .broker_rolls()
        .filter(|(_, _, brokers)| brokers.len() == all_brokers)
        .map(|(_, roll, _)| case.shortest_restart(roll))
        .max();
    for (name, topic) in &case.cluster.topics {
        if topic.replicas.value != 1 {
            continue;
        }
        let writes = case
            .producers_to(&name.value)
            .filter_map(|(producer, _)| case.write_outage(producer));
        let leaderless = case.strictest(|kind| match kind {
            PromiseKind::Leaderless(of, limit) if means(of, &name.value) => Some(limit.0),
            _ => None,
        });
        let promise = writes
            .chain(leaderless)
            .find(|(limit, _)| restart.is_some_and(|restart| *limit < restart));
        let mut diagnostic = graded(
            promise.is_some(),
            topic.replicas.span,
            format!(
                "`{}` has one replica: while its broker is away it has no leader.",
                name.value
            ),
        )
        .labelled("one replica")
        .also(stop, "this takes brokers away");
        if let Some((_, place)) = promise {
            diagnostic = diagnostic.also(place, "shorter than a restart");
        }
        found.push(diagnostic);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    #[test]
    fn one_replica_in_a_roll_is_pointed_at() {
        let one = || scene().topic("partitions: 6, replicas: 1");
        bites(
            &RULE,
            &one().careful_roll(),
            "warning: 1: `orders` has one replica",
        );
        let promised = one()
            .does("Roll(Brokers, down: \"10s\")")
            .contract(r#"Leaderless("orders", at_most: "1s")"#);
        bites(&RULE, &promised, "error: 1");
    }

    #[test]
    fn three_replicas_are_fine() {
        spares(&RULE, &scene().careful_roll());
    }
}
