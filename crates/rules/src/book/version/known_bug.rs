//! What rules on bugs of single patch releases share: who runs such a release, and which one to take instead.

use crate::book::prelude::*;
use facts::KafkaVersion;

/// Patch releases of one line with a bug.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bug {
    /// The first that has it.
    pub(super) first: KafkaVersion,
    /// The last that has it.
    pub(super) last: KafkaVersion,
    /// The first without it.
    pub(super) fixed: &'static str,
    /// What happens, as the end of a sentence that begins with the version.
    pub(super) does: &'static str,
}

impl Bug {
    fn has(&self, version: KafkaVersion) -> bool {
        self.first <= version && version <= self.last
    }

    /// Each place of the file that takes such a release.
    pub(super) fn check(&self, case: &Case<'_>) -> Vec<Diagnostic> {
        let cluster = std::iter::once(&case.cluster.kafka);
        let nodes = case
            .cluster
            .nodes
            .values()
            .filter_map(|node| node.kafka.as_ref());
        let rolls = case.rolls().filter_map(|(_, roll)| roll.to.as_ref());
        cluster
            .chain(nodes)
            .chain(rolls)
            .filter(|version| version.value.0.parse().is_ok_and(|own| self.has(own)))
            .map(|version| {
                warning(
                    version.span,
                    format!("Kafka {} {}", version.value.0, self.does),
                )
                .labelled(format!("mended in {}", self.fixed))
                .suggest(
                    "take a release without it",
                    version.span,
                    format!("\"{}\"", self.fixed),
                )
            })
            .collect()
    }
}

#[cfg(test)]
pub(super) mod testing {
    use crate::book::prelude::*;
    use crate::testing::{bites, scene, spares};

    /// A roll to the release with the bug is warned of, where it is named; one to the next release is not. So is a cluster that runs it.
    pub(crate) fn only_the_release_with_it(
        rule: &'static Rule,
        before: &str,
        with: &str,
        without: &str,
    ) {
        let cluster = |version: &str| {
            scene().cluster(&format!("kafka: {version:?}, brokers: 3, controllers: 3"))
        };
        let roll = |to: &str| cluster(before).does(&format!("Roll(Brokers, to: {to:?})"));
        let words = format!("warning: \"{with}\": Kafka {with} ");
        bites(rule, &roll(with), &words);
        bites(rule, &cluster(with), &words);
        spares(rule, &roll(without));
        spares(rule, &cluster(without));
    }
}
