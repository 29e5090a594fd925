//! The ZooKeeper servers.

use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K086",
    topic: Topic::Version,
    title: "Use an odd number of ZooKeeper servers, three at least",
    what: "Without a majority no session ends, no leader moves and no broker starts or stops cleanly; brokers that are restarted meanwhile give up.",
    why: "ZooKeeper writes and ends sessions only with a majority of its servers. One server has nobody to take over, and two survive the loss of none.",
    instead: "Use three servers, or five; never restart brokers while the ensemble is short of one.",
    versions: Versions::until(3, 9),
    sources: &[
        "ZooKeeper documentation: a quorum is needed for writes",
        "KAFKA-9189",
    ],
    explains: &["no-zookeeper"],
    bites: Some("scenarios/rules/zookeeper-two-servers.ron"),
    spares: Some("scenarios/zookeeper/patch-level-roll.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let Some(zookeeper) = &case.cluster.zookeeper else {
        return Vec::new();
    };
    let servers = zookeeper.servers.value.count();
    if servers >= 3 && servers % 2 == 1 {
        return Vec::new();
    }
    vec![
        warning(
            zookeeper.servers.span,
            format!(
                "{} {} the loss of {}.",
                words::count(servers as u64, "ZooKeeper server"),
                if servers == 1 { "survives" } else { "survive" },
                servers.saturating_sub(servers / 2 + 1)
            ),
        )
        .labelled("an odd number, three at least"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    fn servers(n: u32) -> crate::testing::Scene {
        scene().cluster(&format!(r#"kafka: "2.8.2", brokers: 3, zookeeper: {n}"#))
    }

    #[test]
    fn two_are_pointed_at() {
        bites(
            &RULE,
            &servers(2),
            "warning: 2: 2 ZooKeeper servers survive the loss of 0.",
        );
    }

    #[test]
    fn three_are_fine() {
        spares(&RULE, &servers(3));
    }
}
