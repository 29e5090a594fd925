//! A bug of 3.6.0.

use super::known_bug::Bug;
use crate::book::prelude::*;
use facts::KafkaVersion;

pub(crate) static RULE: Rule = Rule {
    id: "K075",
    topic: Topic::Version,
    title: "Skip 3.6.0 where producers use transactions and compression",
    what: "Transactional producers that compress see InvalidRecordException or UNKNOWN_SERVER_ERROR now and then, and abort.",
    why: "3.6.0 verifies transactions on the leader before it appends; batches that were put aside for the verification could be validated twice, which a compressed batch does not survive.",
    instead: "Take 3.6.1 or later. dryroll does not play this bug: a run looks as if it were mended.",
    versions: Versions::since(3, 6).to(3, 6),
    sources: &["KAFKA-15653", "Kafka documentation, upgrade notes of 3.6.1"],
    explains: &[],
    bites: Some("scenarios/rules/bug-of-3.6.0.ron"),
    spares: Some("scenarios/rules/next-patch-release.ron"),
    check,
};

const BUG: Bug = Bug {
    first: KafkaVersion::new(3, 6, 0),
    last: KafkaVersion::new(3, 6, 0),
    fixed: "3.6.1",
    does: "answers some compressed transactional batches with an error.",
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
        only_the_release_with_it(&RULE, "3.5.2", "3.6.0", "3.6.1");
    }
}
