//! How something was from which release on.

use crate::release::Release;
use crate::version::KafkaVersion;

/// What something was in the releases of Kafka: a value from a release on, until the next change.
#[derive(Clone, Debug)]
pub struct History<T> {
    changes: Vec<(KafkaVersion, Option<T>)>,
}

impl<T> History<T> {
    pub(crate) fn new(changes: Vec<(KafkaVersion, Option<T>)>) -> Self {
        Self { changes }
    }

    /// What it is in this release; `None` where it does not exist.
    pub fn at(&self, release: &Release) -> Option<&T> {
        self.entry(release.version())
            .and_then(|(_, value)| value.as_ref())
    }

    /// Since which release it is what it is in `release`.
    pub fn unchanged_since(&self, release: &Release) -> Option<KafkaVersion> {
        self.entry(release.version())
            .filter(|(_, value)| value.is_some())
            .map(|(from, _)| *from)
    }

    /// Every change, oldest first: from which release on, and what then; `None` is "gone".
    pub fn changes(&self) -> &[(KafkaVersion, Option<T>)] {
        &self.changes
    }

    /// The first release that has it. The oldest release there are facts on stands for those before it, too.
    pub fn since(&self) -> Option<KafkaVersion> {
        self.changes
            .iter()
            .find(|(_, value)| value.is_some())
            .map(|(from, _)| *from)
    }

    /// The release that no longer has it, if the newest one does not.
    pub fn gone_since(&self) -> Option<KafkaVersion> {
        self.changes
            .last()
            .filter(|(_, value)| value.is_none())
            .map(|(from, _)| *from)
    }

    fn entry(&self, version: KafkaVersion) -> Option<&(KafkaVersion, Option<T>)> {
        self.changes.iter().rev().find(|(from, _)| *from <= version)
    }
}
