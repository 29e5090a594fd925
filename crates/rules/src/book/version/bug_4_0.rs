//! A bug of 4.0.0.

use super::known_bug::Bug;
use crate::book::prelude::*;
use facts::KafkaVersion;

pub(crate) static RULE: Rule = Rule {
    id: "K077",
    topic: Topic::Version,
    title: "Skip 4.0.0 where old or non-Java clients join groups",
    what: "Consumers of some client libraries cannot join their group any more; their lag grows.",
    why: "4.0.0 removed versions 0 and 1 of JoinGroup with the others that KIP-896 names, although clients of supported age send them. 4.0.1 and 4.1.0 brought them back.",
    instead: "Take 4.0.1 or later. dryroll does not play this bug: a run looks as if it were mended.",
    versions: Versions::since(4, 0).to(4, 0),
    sources: &["KAFKA-19444", "KIP-896"],
    explains: &[],
    bites: Some("scenarios/rules/bug-of-4.0.0.ron"),
    spares: Some("scenarios/rules/next-patch-release.ron"),
    check,
};

const BUG: Bug = Bug {
    first: KafkaVersion::new(4, 0, 0),
    last: KafkaVersion::new(4, 0, 0),
    fixed: "4.0.1",
    does: "refuses JoinGroup requests of versions 0 and 1, which some clients still send.",
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
        only_the_release_with_it(&RULE, "3.9.2", "4.0.0", "4.0.1");
    }
}
