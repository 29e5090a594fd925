//! How many brokers may be away at once.

use crate::book::prelude::*;
use crate::case::Overlap;

pub(crate) static RULE: Rule = Rule {
    id: "K001",
    topic: Topic::Rolling,
    title: "Take down no more brokers at once than every partition can spare",
    what: "Partitions that have too many replicas on the brokers that are away refuse acks=all writes, or have no leader at all, \
           until the first of them is back in sync.",
    why: "A partition accepts acks=all writes only while its in-sync replicas are at least min.insync.replicas. With three replicas and \
          min.insync.replicas=2 one may be away. A second broker that holds a replica of the same partition takes it below, and a third \
          leaves it without a leader. Replicas are spread over all brokers, so in a cluster of any size nearly every pair of brokers shares \
          partitions.",
    instead: "Roll one broker at a time. Whole racks can go at once if every partition has at most one replica in a rack.",
    versions: Versions::ALL,
    sources: &[
        "Kafka documentation, min.insync.replicas and rolling upgrades: one broker at a time",
        "observed: two of three replicas away stop acks=all writes (observed/README.md)",
    ],
    explains: &["too-many-at-once", "below-min-isr", "no-leader"],
    bites: Some("scenarios/two-brokers-at-once.ron"),
    spares: Some("scenarios/reference-roll.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for moment in case.moments() {
        let (brokers, span, shortest) = match &moment.step.action.value {
            Action::Roll(roll) => (
                largest_batch(case, moment, roll),
                roll.batch.span,
                case.shortest_restart(roll),
            ),
            Action::Stop(nodes) | Action::Kill(nodes) => {
                let away = moment
                    .after
                    .iter()
                    .filter(|(_, node)| node.broker && !node.up);
                let away: Vec<NodeId> = away.map(|(id, _)| *id).collect();
                let newly = case.chosen(nodes, moment);
                let news = away.iter().any(|id| newly.contains(id));
                (
                    if news { away } else { Vec::new() },
                    moment.step.action.span,
                    0,
                )
            }
            _ => continue,
        };
        if brokers.len() < 2 {
            continue;
        }
        found.extend(harm(case, &brokers, span, shortest));
    }
    found
}

/// What it does to the topic that suffers most.
fn harm(case: &Case<'_>, brokers: &[NodeId], span: Span, shortest: u64) -> Option<Diagnostic> {
    let mut worst: Option<(u64, Diagnostic)> = None;
    for (name, topic) in &case.cluster.topics {
        let replicas = u64::from(topic.replicas.value);
        let min_isr = case.min_isr(topic)?.min(replicas);
        // One replica needs no second broker to be away: that is a rule of its own.
        if replicas < 2 {
            continue;
        }
        let Overlap { most, certain } = case.overlap(topic, brokers);
        let left = replicas.saturating_sub(most);
        if left >= min_isr.max(1) || most < 2 {
            continue;
        }
        let leaderless = left == 0;
        let promised = case.producers_to(&name.value).any(|(producer, spec)| {
            (leaderless || case.waits_for_all(spec))
                && case
                    .write_outage(producer)
                    .is_some_and(|(limit, _)| limit < shortest)
        });
        let what = if leaderless {
            format!("no replica of some partitions of `{}` is left", name.value)
        } else {
            format!(
                "{} left of some partitions of `{}`, and min.insync.replicas is {min_isr}",
                match left {
                    1 => "one replica is".to_owned(),
                    n => format!("{n} replicas are"),
                },
                name.value
            )
        };
        let message = format!(
            "With {} down together {what}.",
            words::nodes("broker", brokers)
        );
        let diagnostic = graded(certain && promised, span, message)
            .labelled("too many at once")
            .also(topic.replicas.span, words::count(replicas, "replica"));
        if worst.as_ref().is_none_or(|(least, _)| left < *least) {
            worst = Some((left, diagnostic));
        }
    }
    worst.map(|(_, diagnostic)| diagnostic)
}

/// The brokers of the largest batch; a rack at a time is a rule of its own.
fn largest_batch(case: &Case<'_>, moment: &Moment<'_>, roll: &Roll) -> Vec<NodeId> {
    let mut brokers: Vec<NodeId> = case.chosen(&roll.nodes.value, moment);
    brokers.retain(|id| moment.before.get(id).is_some_and(|node| node.broker));
    match roll.batch.value {
        0 | 1 => Vec::new(),
        n => {
            brokers.truncate(n as usize);
            brokers
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    #[test]
    fn two_at_once_break_a_promise_where_every_broker_has_every_partition() {
        let scene = scene()
            .does("Roll(Brokers, batch: 2, down: \"30s\")")
            .contract(r#"WriteOutage("checkout", at_most: "5s")"#);
        bites(
            &RULE,
            &scene,
            "error: 2: With brokers 1 and 2 down together one replica is left",
        );
    }

    #[test]
    fn where_it_depends_on_the_placement_it_is_a_warning() {
        let scene = scene()
            .cluster(r#"kafka: "3.9.2", brokers: 6, controllers: 3"#)
            .does("Roll(Brokers, batch: 2)");
        bites(&RULE, &scene, "warning: 2:");
    }

    #[test]
    fn a_second_stop_while_one_is_away_counts_too() {
        let scene = scene().runbook(r#"(step: "a", do: Stop([1])), (step: "b", do: Stop([2]))"#);
        bites(&RULE, &scene, "warning: Stop([2])");
    }

    #[test]
    fn one_at_a_time_is_right() {
        spares(&RULE, &scene().does("Roll(Brokers)"));
        spares(
            &RULE,
            &scene().runbook(r#"(step: "a", do: Stop([1])), (step: "b", do: Start([1])), (step: "c", do: Stop([2]))"#),
        );
    }
}
