//! Log recovery after an unclean stop.

use crate::book::prelude::*;

/// Bytes of unflushed segments that a single recovery thread reads in about a minute at 400 MB/s: below that nobody asks why. *Assumed.*
const MUCH: u64 = 24_000_000_000;

pub(crate) static RULE: Rule = Rule {
    id: "K015",
    topic: Topic::Rolling,
    title: "Expect minutes of log recovery after an unclean stop",
    what: "The broker reads its segments for minutes before it opens its port. A gate or a service manager that gives up restarts it, and it begins anew.",
    why: "Without the marker of a clean shutdown a broker recovers every segment past the recovery point: it reads each batch, checks it, rebuilds \
          indexes and producer state. num.recovery.threads.per.data.dir threads do that per directory, one by default before 4.0, two since.",
    instead: "Stop with SIGTERM; raise num.recovery.threads.per.data.dir; give starts after a crash as long as recovery takes.",
    versions: Versions::ALL,
    sources: &[
        "LogManager.loadLogs, LogLoader (unclean shutdown)",
        "Kafka documentation, num.recovery.threads.per.data.dir; KIP-1030 (its default)",
    ],
    explains: &["long-recovery", "gate-timeout"],
    bites: Some("scenarios/slow-recovery-short-gate.ron"),
    spares: Some("scenarios/reference-roll.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let brokers = case.cluster.broker_ids().len().max(1) as u64;
    let held: u64 = case
        .cluster
        .topics
        .values()
        .map(|topic| {
            topic
                .data
                .value
                .0
                .saturating_mul(u64::from(topic.replicas.value))
        })
        .fold(0, u64::saturating_add)
        / brokers;
    let threads = case
        .broker_setting("num.recovery.threads.per.data.dir")
        .and_then(|setting| setting.number())
        .unwrap_or(1)
        .max(1);
    if held / threads < MUCH {
        return found;
    }
    for (moment, roll) in case.rolls() {
        if roll.stop.value != scenario::model::StopKind::Kill {
            continue;
        }
        let limit = moment
            .step
            .between
            .iter()
            .filter_map(|gate| gate.within.as_ref())
            .chain(moment.step.within.as_ref())
            .min_by_key(|limit| limit.value.0);
        let read = case
            .cluster
            .recovery_rate
            .as_ref()
            .unwrap_or(&case.cluster.disk.read)
            .value
            .0;
        // The unflushed part is not known before the run; half of what is held is a cautious guess. *Assumed.*
        let seconds = held / 2 / threads / read.max(1);
        if let Some(limit) = limit.filter(|limit| limit.value.0 / 1_000_000_000 < seconds) {
            found.push(
                warning(
                    limit.span,
                    format!(
                        "A killed broker may read its logs for minutes; this gives it {}.",
                        nanos(limit.value.0)
                    ),
                )
                .labelled("may be too short")
                .also(roll.stop.span, "killed, so the logs are recovered"),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    fn roll(stop: &str) -> crate::testing::Scene {
        scene()
            .topic(r#"partitions: 6, replicas: 3, data: "1TiB""#)
            .runbook(&format!(
                r#"(step: "b", do: Roll(Brokers, stop: {stop}), between: [UnderReplicated(for: "5s", within: "2m")])"#
            ))
    }

    #[test]
    fn a_short_gate_after_a_kill_is_pointed_at() {
        bites(&RULE, &roll("Kill"), "warning: \"2m\"");
    }

    #[test]
    fn a_clean_stop_needs_no_recovery() {
        spares(&RULE, &roll("Graceful"));
    }
}
