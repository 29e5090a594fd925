//! A bug of 3.7.0.

use super::known_bug::Bug;
use crate::book::prelude::*;
use facts::KafkaVersion;

pub(crate) static RULE: Rule = Rule {
    id: "K076",
    topic: Topic::Version,
    title: "Skip 3.7.0 where brokers have several log directories",
    what: "With JBOD partitions stay unavailable for an indefinite time while metadata.version is below 3.7-IV2.",
    why: "3.7.0 assigns replicas to directories also where metadata.version does not know them yet, and the broker waits for an assignment that never comes.",
    instead: "Take 3.7.1 or later. dryroll does not play this bug: a run looks as if it were mended.",
    versions: Versions::since(3, 7).to(3, 7),
    sources: &["KAFKA-16606", "Kafka documentation, upgrade notes of 3.7.1"],
    explains: &[],
    bites: Some("scenarios/rules/bug-of-3.7.0.ron"),
    spares: Some("scenarios/rules/next-patch-release.ron"),
    check,
};

const BUG: Bug = Bug {
    first: KafkaVersion::new(3, 7, 0),
    last: KafkaVersion::new(3, 7, 0),
    fixed: "3.7.1",
    does: "can leave partitions unavailable on brokers with several log directories.",
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
        only_the_release_with_it(&RULE, "3.6.2", "3.7.0", "3.7.1");
    }
}
