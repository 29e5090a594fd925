//! A bug of 3.5.0 and 3.5.1.

use super::known_bug::Bug;
use crate::book::prelude::*;
use facts::KafkaVersion;

pub(crate) static RULE: Rule = Rule {
    id: "K074",
    topic: Topic::Version,
    title: "Skip 3.5.0 and 3.5.1: a restarting broker can leave a partition without ISR",
    what: "While a KRaft cluster is rolled to 3.5.0 or 3.5.1 a partition can end with an empty ISR and no leader until someone mends it by hand.",
    why: "The controller of these releases may answer AlterPartition of an older broker with an empty list of in-sync replicas, which the broker takes as it is.",
    instead: "Take 3.5.2 or later. dryroll does not play this bug: a run looks as if it were mended.",
    versions: Versions::since(3, 5).to(3, 5),
    sources: &["KAFKA-15353", "Kafka documentation, upgrade notes of 3.5.2"],
    explains: &[],
    bites: Some("scenarios/rules/bug-of-3.5.1.ron"),
    spares: Some("scenarios/rules/next-patch-release.ron"),
    check,
};

const BUG: Bug = Bug {
    first: KafkaVersion::new(3, 5, 0),
    last: KafkaVersion::new(3, 5, 1),
    fixed: "3.5.2",
    does: "can leave a partition with an empty ISR while controllers and brokers are rolled.",
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    BUG.check(case)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::version::known_bug::testing::only_the_release_with_it;

    #[test]
    fn the_release_is_pointed_at_and_the_next_one_is_fine() {
        only_the_release_with_it(&RULE, "3.4", "3.5.1", "3.5.2");
    }
}
