//! The finalized levels that a cluster has at the start: those of storage formatted at its `metadata.version`, and what the file says
//! otherwise.

use facts::Release;
use kafka::estate::NodeSpec;
use kafka::features::{ELR_VERSION, KRAFT_VERSION, Levels, METADATA_VERSION, Supported};
use scenario::model::Cluster;

use super::{Problem, problem};

/// metadata.version 3.6-IV0: an ISR that shrinks no longer makes a new leader epoch (KAFKA-15021).
const NO_BUMP_SINCE: i16 = 12;

/// What `kafka-storage.sh format` of a release sets at this metadata version: the default level of every feature, but `kraft.version` by
/// the way in which the quorum is given (Formatter.effectiveKRaftFeatureLevel).
pub fn formatted(
    release: &'static Release,
    at: &'static facts::MetadataVersion,
    dynamic_quorum: bool,
) -> Levels {
    let mut levels: Levels = release
        .levels_at(at)
        .into_iter()
        .filter(|(_, level)| *level > 0)
        .collect();
    levels.remove(KRAFT_VERSION);
    if dynamic_quorum {
        levels.insert(KRAFT_VERSION, 1);
    }
    levels
}

/// An ISR that shrinks makes a new leader epoch.
pub fn shrinks_bump(levels: &Levels) -> bool {
    levels.get(METADATA_VERSION).copied().unwrap_or(0) < NO_BUMP_SINCE
}

/// Eligible leader replicas are on.
pub fn has_elr(levels: &Levels) -> bool {
    levels.get(ELR_VERSION).is_some_and(|level| *level > 0)
}

/// The levels of a cluster.
///
/// # Errors
/// A level that one of its nodes does not support: such a cluster does not run.
pub(super) fn of(cluster: &Cluster, nodes: &[NodeSpec]) -> Result<Levels, Vec<Problem>> {
    let release = facts::of(&cluster.kafka.value.0)
        .map_err(|unknown| vec![problem(cluster.kafka.span, unknown.to_string())])?;
    let at = match &cluster.metadata_version {
        None => release.metadata_version(),
        Some(name) => facts::metadata_version(&name.value)
            .map_err(|unknown| vec![problem(name.span, unknown.to_string())])?,
    };
    let mut levels = formatted(release, at, cluster.dynamic_quorum.value);
    let mut problems = Vec::new();
    for (name, level) in &cluster.features {
        let Ok(feature) = facts::feature(&name.value) else {
            problems.push(Problem {
                notes: vec!["The level of metadata.version is `metadata_version`.".to_owned()],
                ..problem(name.span, format!("`{}` is not set here.", name.value))
            });
            continue;
        };
        let level = i16::try_from(level.value).unwrap_or(i16::MAX);
        if level == 0 {
            levels.remove(feature.name());
        } else {
            levels.insert(feature.name(), level);
        }
    }
    for node in nodes {
        let supported = Supported::by(node.version);
        for (feature, level) in &levels {
            let range = supported.range(feature);
            if range.holds(*level) {
                continue;
            }
            let span = cluster
                .features
                .iter()
                .find(|(name, _)| name.value == *feature)
                .map(|(_, level)| level.span)
                .or(cluster.metadata_version.as_ref().map(|name| name.span))
                .unwrap_or(cluster.kafka.span);
            problems.push(Problem {
                notes: vec![format!(
                    "It supports levels {range}. A cluster runs before the first step; upgrades are steps."
                )],
                ..problem(
                    span,
                    format!(
                        "Node {} with Kafka {} does not run at {feature} {level}.",
                        node.id, node.version
                    ),
                )
            });
            return Err(problems);
        }
    }
    if problems.is_empty() {
        Ok(levels)
    } else {
        Err(problems)
    }
}
