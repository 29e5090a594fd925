//! Which client versions a broker still understands.

use crate::book::prelude::*;
use facts::KafkaVersion;

/// The oldest Java client that a broker of 4.0 or later understands (KIP-896).
const FLOOR: KafkaVersion = KafkaVersion::new(2, 1, 0);

pub(crate) static RULE: Rule = Rule {
    id: "K062",
    topic: Topic::Client,
    title: "Brokers of 4.0 and later understand clients of 2.1 and later only",
    what: "Older clients cannot produce, consume or commit any more. Some get an error, some reconnect for ever and say nothing, some read nothing and look healthy.",
    why: "4.0 removed the request versions that only older clients speak (KIP-896): Produce 0 to 2, Fetch 0 to 3, and others. A client that negotiates finds no common \
          version; one that does not has its connection closed. There is no rule of two major versions: brokers up to 3.9 accept clients of 0.10 and earlier.",
    instead: "Look for old clients before the upgrade: the metric DeprecatedRequestsPerSec of 3.7 and later names them. Upgrade those first.",
    versions: Versions::since(4, 0),
    sources: &[
        "KIP-896",
        "KIP-97 (compatibility of clients in both directions)",
        "observed: clients of 0.10 to 4.1 against brokers of 2.8.2 and 4.1.2 (observed: clients-vs-broker-*)",
    ],
    explains: &["client-too-old"],
    bites: Some("scenarios/old-consumer-new-brokers.ron"),
    spares: Some("scenarios/upgrade-3.9-to-4.1.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let first_new = case.moments().iter().find_map(|moment| {
        let new = |node: &crate::NodeState| node.broker && node.version.major >= 4;
        moment
            .after
            .values()
            .any(new)
            .then_some(moment.step.action.span)
    });
    let from_the_start = case
        .beginning()
        .values()
        .any(|node| node.broker && node.version.major >= 4);
    let Some(place) = first_new.or(from_the_start.then_some(case.cluster.kafka.span)) else {
        return found;
    };
    let producers = case
        .producers()
        .filter_map(|(name, spec)| Some((name, spec.kafka.as_ref()?)));
    let groups = case
        .groups()
        .filter_map(|(name, spec)| Some((name, spec.kafka.as_ref()?)));
    for (name, version) in producers.chain(groups) {
        let old = line(&version.value.0) < (FLOOR.major, FLOOR.minor);
        if old {
            found.push(
                warning(
                    version.span,
                    format!("`{}` speaks no version of the protocol that brokers of 4.0 and later have.", name.value),
                )
                .labelled("older than 2.1")
                .also(place, "brokers that no longer understand it"),
            );
        }
    }
    found
}

/// Major and minor of a client: before 1.0 a version has four numbers.
fn line(version: &str) -> (u16, u16) {
    let mut numbers = version.split('.').map(|number| number.parse().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    (next(), next())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{scene, spares};

    #[test]
    fn an_older_client_is_pointed_at() {
        let scene = scene()
            .producer(r#"to: "orders", rate: "1/s", kafka: "1.1""#)
            .does(r#"Roll(Brokers, to: "4.1.2")"#);
        let said = crate::testing::said(&RULE, &scene);
        assert!(
            said.len() == 1 && said[0].starts_with("warning: \"1.1\": `checkout`"),
            "{said:#?}"
        );
    }

    #[test]
    fn a_client_of_2_4_is_new_enough() {
        let scene = scene()
            .producer(r#"to: "orders", rate: "1/s", kafka: "2.4""#)
            .does(r#"Roll(Brokers, to: "4.1.2")"#);
        spares(&RULE, &scene);
    }

    /// The bound is where the request versions part: what 4.1 reads of Produce begins above what clients before 2.1 write at most.
    #[test]
    fn the_floor_follows_from_the_requests_that_4_0_reads() {
        let range = |version: &str| {
            let release = facts::of(version).expect("known");
            facts::api("Produce")
                .expect("known")
                .range_in(release)
                .expect("it has it")
        };
        assert_eq!((range("3.9").oldest, range("4.1").oldest), (0, 3));
        assert_eq!(FLOOR.line(), "2.1");
    }
}
