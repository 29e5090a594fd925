//! A bug of 4.2.0.

use super::known_bug::Bug;
use crate::book::prelude::*;
use facts::KafkaVersion;

pub(crate) static RULE: Rule = Rule {
    id: "K078",
    topic: Topic::Version,
    title: "Skip 4.2.0 in a roll with transactional producers",
    what: "During the roll transactions do not end: their markers are never written, read_committed consumers stand still, and producers time out.",
    why: "The coordinator of 4.2.0 sends WriteTxnMarkers version 2 without asking what the other broker reads. A broker before 4.2 knows version 1 only and closes the connection; the coordinator tries again for ever.",
    instead: "Take 4.2.1 or later. dryroll does not play this bug: a run looks as if it were mended.",
    versions: Versions::since(4, 2).to(4, 2),
    sources: &["KAFKA-20322", "Kafka documentation, upgrade notes of 4.2.1"],
    explains: &[],
    bites: Some("scenarios/rules/bug-of-4.2.0.ron"),
    spares: Some("scenarios/rules/next-patch-release.ron"),
    check,
};

const BUG: Bug = Bug {
    first: KafkaVersion::new(4, 2, 0),
    last: KafkaVersion::new(4, 2, 0),
    fixed: "4.2.1",
    does: "sends transaction markers that brokers before 4.2 cannot read.",
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
        only_the_release_with_it(&RULE, "4.1.2", "4.2.0", "4.2.1");
    }
}
