//! Disks that are too small for what the file says they hold.

use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K040",
    topic: Topic::Configuration,
    title: "Leave room on the disks for what a restarted broker copies back",
    what: "The broker's only log directory fills up while it catches up: it halts, and halts again at every start until someone makes room.",
    why: "What is written during a roll is written to all replicas, and retention deletes only whole closed segments. A directory that takes no more writes is \
          taken offline, and a broker without a directory ends its process.",
    instead: "Keep disks below 80 % before a roll; shorten retention in time, not when the disk is full.",
    versions: Versions::ALL,
    sources: &[
        "LogDirFailureChannel",
        "observed: disk full with one directory (observed/README.md)",
    ],
    explains: &["disk-full"],
    bites: Some("scenarios/rules/disk-nearly-full.ron"),
    spares: Some("scenarios/first-roll.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let brokers = case.cluster.broker_ids().len().max(1) as u64;
    let held = case
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
    let disk = &case.cluster.disk;
    let room = disk
        .size
        .value
        .0
        .saturating_mul(u64::from(disk.dirs.value.max(1)));
    if held == 0 || held < room / 10 * 9 {
        return Vec::new();
    }
    let percent = u128::from(held) * 100 / u128::from(room.max(1));
    vec![
        warning(
            disk.size.span,
            format!("The topics fill the disk of a broker to {percent} % before anything happens."),
        )
        .labelled("nearly or more than full"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    fn disk(size: &str) -> crate::testing::Scene {
        scene()
            .cluster(&format!(
                r#"kafka: "3.9.2", brokers: 3, controllers: 3, disk: (size: "{size}")"#
            ))
            .topic(r#"partitions: 6, replicas: 3, data: "95GiB""#)
    }

    #[test]
    fn a_full_disk_is_pointed_at() {
        bites(
            &RULE,
            &disk("100GiB"),
            "warning: \"100GiB\": The topics fill the disk of a broker to 95 %",
        );
    }

    #[test]
    fn room_is_fine() {
        spares(&RULE, &disk("1TiB"));
    }
}
