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
