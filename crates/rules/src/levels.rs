//! Finalized features walked through on paper: which level each has before and after each step.

use crate::walk::Nodemap;
use facts::{KafkaVersion, MetadataVersion, Release};
use scenario::model::{Action, Cluster, Direction, Features, Levels};
use std::collections::BTreeMap;

/// Finalized levels by feature; one that is not there has level 0.
pub(crate) type Finalized = BTreeMap<String, i16>;

/// The name of the feature that counts the formats of the metadata log.
pub(crate) const METADATA: &str = MetadataVersion::FEATURE;
/// The name of the feature that says where the voters are kept.
pub(crate) const KRAFT: &str = "kraft.version";

/// The levels before the first step.
pub(crate) fn beginning(cluster: &Cluster) -> Finalized {
    // In ZooKeeper mode nothing is finalized: each broker has a setting of its own.
    let kraft = cluster.zookeeper.is_none();
    let Some(release) = facts::of(&cluster.kafka.value.0).ok().filter(|_| kraft) else {
        return Finalized::new();
    };
    let said = cluster
        .metadata_version
        .as_ref()
        .and_then(|name| facts::metadata_version(&name.value).ok());
    let at = said.unwrap_or(release.metadata_version());
    let mut levels: Finalized = release
        .levels_at(at)
        .into_iter()
        .map(|(name, level)| (name.to_owned(), level))
        .collect();
    // When formatting, the level of kraft.version follows from how the quorum is given (Formatter.effectiveKRaftFeatureLevel).
    levels.insert(KRAFT.to_owned(), i16::from(cluster.dynamic_quorum.value));
    for (name, level) in &cluster.features {
        levels.insert(
            name.value.clone(),
            i16::try_from(level.value).unwrap_or(i16::MAX),
        );
    }
    levels
}

/// What an action makes of them if it is accepted.
pub(crate) fn act(action: &Action, nodes: &Nodemap, now: &mut Finalized) {
    if let Action::Features(features) = action {
        for (name, level) in asked(features, nodes) {
            now.insert(name, level);
        }
    }
}

/// The version of the tool: what the step says, else that of the first broker.
pub(crate) fn tool(features: &Features, nodes: &Nodemap) -> Option<KafkaVersion> {
    let said = features
        .tool
        .as_ref()
        .and_then(|tool| tool.value.0.parse().ok());
    said.or_else(|| {
        nodes
            .values()
            .find(|node| node.broker)
            .map(|node| node.version)
    })
}

/// The levels that are asked for; empty if the tool does not know what it is asked.
pub(crate) fn asked(features: &Features, nodes: &Nodemap) -> Vec<(String, i16)> {
    let Some(tool) = tool(features, nodes).and_then(|tool| facts::of(&tool.to_string()).ok())
    else {
        return Vec::new();
    };
    let owned = |levels: Vec<(&'static str, i16)>| -> Vec<(String, i16)> {
        let up = features.direction == Direction::Upgrade;
        levels
            .into_iter()
            .filter(|(name, level)| *name == METADATA || !up || *level > 0)
            .map(|(name, level)| (name.to_owned(), level))
            .collect()
    };
    // --release-version exists from 4.0 on; before, --metadata takes a release.
    let by_release = tool.version().major >= 4;
    let metadata = |name: &str| {
        facts::metadata_version(name)
            .ok()
            .and_then(|version| Some((METADATA.to_owned(), version.level()?)))
    };
    match &features.to {
        Levels::Release(name) if by_release => facts::metadata_version(&name.value)
            .map(|at| owned(tool.levels_at(at)))
            .unwrap_or_default(),
        Levels::Release(name) | Levels::Metadata(name) => {
            metadata(&name.value).into_iter().collect()
        }
        Levels::Newest if by_release => owned(tool.release_version_levels()),
        Levels::Newest => metadata(tool.metadata_version().name())
            .into_iter()
            .collect(),
        Levels::Each(each) => each
            .iter()
            .map(|(name, level)| {
                let level = i16::try_from(level.value).unwrap_or(i16::MAX);
                (name.value.clone(), level)
            })
            .collect(),
    }
}

/// The levels of a feature that a release offers: lowest and highest.
pub(crate) fn range(release: &'static Release, feature: &str) -> (i16, i16) {
    if feature == METADATA {
        let lowest = release
            .minimum_metadata_version()
            .and_then(|version| version.level());
        let highest = release.metadata_version().level();
        return (lowest.unwrap_or(1), highest.unwrap_or(0));
    }
    let highest = facts::feature(feature)
        .ok()
        .and_then(|feature| feature.range_in(release))
        .map_or(0, |range| range.production);
    (0, highest)
}

/// A version supports this level.
pub(crate) fn supports(version: KafkaVersion, feature: &str, level: i16) -> bool {
    let Ok(release) = facts::of(&version.to_string()) else {
        return true;
    };
    let (lowest, highest) = range(release, feature);
    (lowest..=highest).contains(&level)
}

/// The level with its name, where it has one: "4.1-IV1".
pub(crate) fn name(feature: &str, level: i16) -> String {
    let named = (feature == METADATA)
        .then(|| facts::metadata_version_of_level(level))
        .flatten();
    match named {
        Some(version) => format!("{feature} {}", version.name()),
        None => format!("{feature} {level}"),
    }
}
