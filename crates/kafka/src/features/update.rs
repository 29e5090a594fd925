//! UpdateFeatures at the active controller (FeatureControlManager, QuorumFeatures 3.3 to 4.4): what is checked, in which order, and in
//! which words it is refused. Any refusal is INVALID_UPDATE_VERSION (95).

use std::sync::Arc;

use facts::KafkaVersion;

use super::{
    CONTROLLERS_REGISTER_SINCE, KRAFT_VERSION, Levels, METADATA_VERSION, Range, Recorded,
    Supported, since,
};
use crate::ids::NodeIx;
use crate::node::Process;
use crate::world::World;

/// What kind of change is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpgradeType {
    /// Not downwards.
    Upgrade,
    /// Downwards where no metadata can be lost.
    SafeDowngrade,
    /// Downwards although metadata can be lost, which no version supports.
    UnsafeDowngrade,
}

/// A new level for one feature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// The feature.
    pub feature: String,
    /// Its new level.
    pub level: i16,
    /// Upwards or downwards.
    pub kind: UpgradeType,
}

/// No active controller answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoController;

/// What the request leaves behind if it is accepted.
struct Draft {
    levels: Levels,
    raft: i16,
    changed: Vec<(&'static str, i16)>,
}

/// Java's `String.hashCode`, spread over the 16 buckets of a small `HashMap`: the order in which the controller takes the features of
/// one request, and so which of several errors is told first.
fn bucket(name: &str) -> u32 {
    let hash = name.encode_utf16().fold(0u32, |hash, unit| {
        hash.wrapping_mul(31).wrapping_add(u32::from(unit))
    });
    (hash ^ (hash >> 16)) & 15
}

/// QuorumFeatures.reasonNotSupported.
fn reason(what: &str, range: Range, level: i16) -> Option<String> {
    if range.holds(level) {
        None
    } else if range.max == 0 {
        Some(format!("{what} does not support this feature."))
    } else {
        Some(format!("{what} only supports versions {range}"))
    }
}

fn invalid_update(update: &Update, why: &str) -> String {
    format!(
        "Invalid update version {} for feature {}. {why}",
        update.level, update.feature
    )
}

impl World {
    /// `kafka-features.sh upgrade`, `downgrade` or `disable`: asks the active controller for new levels. The answer has one entry an
    /// update, by the name of the feature. From 4.0 on all of them are made or none (KIP-1022), before each by itself.
    ///
    /// # Errors
    /// There is no active controller.
    #[allow(clippy::type_complexity)]
    pub fn update_features(
        &mut self,
        updates: &[Update],
        dry_run: bool,
    ) -> Result<Vec<(String, Result<(), String>)>, NoController> {
        let active = self.controller.active.ok_or(NoController)?;
        let version = self.version_of(active);
        let mut in_order: Vec<&Update> = updates.iter().collect();
        in_order.sort_by_key(|update| bucket(&update.feature));
        let mut draft = Draft {
            levels: (*self.features.decided).clone(),
            raft: self.features.raft,
            changed: Vec::new(),
        };
        let mut results: Vec<(String, Result<(), String>)> = Vec::new();
        for update in &in_order {
            let result = self.update_one(active, update, &in_order, &mut draft);
            results.push((update.feature.clone(), result));
        }
        if since(version, 4, 0) {
            let first = results.iter().find_map(|(_, result)| result.clone().err());
            if let Some(first) = first {
                let all = format!(
                    "The update failed for all features since the following feature had an error: {first}"
                );
                for (_, result) in &mut results {
                    *result = Err(all.clone());
                }
                draft.changed.clear();
                draft.raft = self.features.raft;
            }
        }
        results.sort_by(|a, b| a.0.cmp(&b.0));
        if !dry_run {
            self.records_levels(draft);
        }
        Ok(results)
    }

    /// Writes accepted levels into the flush at hand.
    fn records_levels(&mut self, draft: Draft) {
        if draft.changed.is_empty() && draft.raft == self.features.raft {
            return;
        }
        let before = crate::metadata::LevelsBefore {
            levels: self.features.decided.clone(),
            raft: self.features.raft,
        };
        self.features.decide(draft.levels);
        self.features.raft = draft.raft;
        let record = Recorded {
            at: self.clock.now(),
            levels: self.features.decided.clone(),
            changed: Arc::new(draft.changed),
        };
        let flush = self.open_flush();
        flush.levels.push((record, before));
    }

    /// FeatureControlManager.updateFeature.
    fn update_one(
        &self,
        active: NodeIx,
        update: &Update,
        all: &[&Update],
        draft: &mut Draft,
    ) -> Result<(), String> {
        let version = self.version_of(active);
        let refused = |why: &str| Err(invalid_update(update, why));
        if update.level < 0 {
            return refused("A feature version cannot be less than 0.");
        }
        if let Some(why) = self.why_not_supported(active, update) {
            return refused(&why);
        }
        let name = update.feature.as_str();
        let quorums_own = name == KRAFT_VERSION && since(version, 4, 0);
        let current = if quorums_own {
            self.features.raft
        } else {
            self.features.level(name)
        };
        let upwards = update.kind == UpgradeType::Upgrade;
        if name == KRAFT_VERSION && since(version, 4, 1) && update.level < current {
            return refused("Can't downgrade the version of this feature.");
        }
        if update.level < current && upwards {
            return refused(
                "Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe downgrade.",
            );
        }
        if update.level > current && !upwards {
            return refused("Can't downgrade to a newer version.");
        }
        if name == METADATA_VERSION {
            self.why_not_this_metadata_version(version, update, current)?;
        } else if name == KRAFT_VERSION && since(version, 4, 1) {
            if update.level > current && !self.all_voters_support(update) {
                return refused("because not all of the voters support it");
            }
            draft.raft = update.level;
            return Ok(());
        } else if since(version, 4, 0)
            && let Some(why) = self.missing_dependency(update, all)
        {
            return refused(&why);
        }
        // The controller knows every feature that has come this far; others it does not support.
        let Some(known) = known_name(name) else {
            return refused(&format!("{name} is not known."));
        };
        if update.level == 0 {
            draft.levels.remove(known);
        } else {
            draft.levels.insert(known, update.level);
        }
        draft.changed.push((known, update.level));
        Ok(())
    }

    /// Who does not support the level: the active controller itself, registered brokers (fenced ones too), other controllers.
    fn why_not_supported(&self, active: NodeIx, update: &Update) -> Option<String> {
        let version = self.version_of(active);
        let id = |node: NodeIx| self.estate.nodes[node as usize].id;
        let own = Supported::by(version).range(&update.feature);
        let local = format!("Local controller {}", id(active));
        let brokers = || {
            (0..self.nodes.len() as NodeIx).find_map(|broker| {
                let registered = self.features.brokers[broker as usize]?;
                let offered = registered.offered(&update.feature);
                let what = format!("Broker {}", id(broker));
                if since(version, 3, 7) {
                    return reason(&what, offered.unwrap_or(Range::DISABLED), update.level);
                }
                match offered {
                    None => Some(format!("{what} does not support this feature.")),
                    Some(range) if !range.holds(update.level) => Some(format!(
                        "{what} does not support the given version. It supports {} to {}.",
                        range.min, range.max
                    )),
                    Some(_) => None,
                }
            })
        };
        let reason_here = reason(&local, own, update.level);
        if since(version, 3, 7) {
            reason_here
                .or_else(brokers)
                .or_else(|| self.controller_that_does_not(active, update))
        } else {
            reason_here
                .or_else(|| self.controller_in_touch_that_does_not(active, update))
                .or_else(brokers)
        }
    }

    /// 3.7 and later: registrations of controllers count once metadata.version is 3.7-IV0; before nobody can be asked.
    fn controller_that_does_not(&self, active: NodeIx, update: &Update) -> Option<String> {
        if self.features.level(METADATA_VERSION) < CONTROLLERS_REGISTER_SINCE {
            return None;
        }
        let others = || self.estate.voters.iter().filter(|&&voter| voter != active);
        let id = |voter: NodeIx| self.estate.nodes[voter as usize].id;
        let unable = others().find_map(|&voter| {
            let range = self.features.controllers[voter as usize]?.range(&update.feature);
            reason(&format!("Controller {}", id(voter)), range, update.level)
        });
        unable.or_else(|| {
            let missing =
                others().find(|&&voter| self.features.controllers[voter as usize].is_none())?;
            Some(format!(
                "controller {} has not registered, and may not support this feature",
                id(*missing)
            ))
        })
    }

    /// 3.3 to 3.6: what the Raft client knows of the controllers that it is connected to; those that are away are not asked.
    fn controller_in_touch_that_does_not(&self, active: NodeIx, update: &Update) -> Option<String> {
        self.estate
            .voters
            .iter()
            .filter(|&&voter| voter != active)
            .find_map(|&voter| {
                let me = &self.nodes[voter as usize];
                let in_touch = me.process != Process::Gone
                    && me.process != Process::Loading
                    && me.runs()
                    && self.way(active, voter).is_some();
                let range = Supported::by(me.binary.version).range(&update.feature);
                let what = format!("Controller {}", self.estate.nodes[voter as usize].id);
                in_touch
                    .then(|| reason(&what, range, update.level))
                    .flatten()
            })
    }

    /// Raft asks every voter itself (KIP-853, 4.1).
    fn all_voters_support(&self, update: &Update) -> bool {
        self.estate.voters.iter().all(|&voter| {
            let version = self.version_of(voter);
            Supported::by(version)
                .range(&update.feature)
                .holds(update.level)
        })
    }

    /// FeatureControlManager.updateMetadataVersion.
    fn why_not_this_metadata_version(
        &self,
        version: KafkaVersion,
        update: &Update,
        current: i16,
    ) -> Result<(), String> {
        let prefix = if since(version, 4, 2) && update.level < current {
            format!(
                "Unsupported metadata.version downgrade from {current} to {}.",
                update.level
            )
        } else {
            format!("Invalid metadata.version {}.", update.level)
        };
        let Some(new) = facts::metadata_version_of_level(update.level) else {
            return Err(format!("{prefix} Unknown metadata.version."));
        };
        let lowest = facts::of(&version.to_string())
            .ok()
            .and_then(facts::Release::minimum_bootstrap_metadata_version);
        if let Some(lowest) = lowest
            && new.is_before(lowest)
        {
            return Err(format!(
                "{prefix} Unable to set a metadata.version less than {lowest}"
            ));
        }
        let changes = facts::metadata_version_of_level(current)
            .is_some_and(|current| !facts::format_changes(new, current).is_empty());
        if update.level < current && changes {
            if update.kind == UpgradeType::UnsafeDowngrade {
                return Err(format!(
                    "{prefix} Unsafe metadata downgrade is not supported in this version."
                ));
            }
            // The second sentence went in 3.7: there never was such a thing (KAFKA-13896).
            let retry = if since(version, 3, 7) {
                ""
            } else {
                " Retry using UNSAFE_DOWNGRADE if you want to force the downgrade to proceed."
            };
            return Err(format!(
                "{prefix} Refusing to perform the requested downgrade because it might delete metadata information.{retry}"
            ));
        }
        Ok(())
    }

    /// Feature.validateVersion: a level may need a level of another feature, as it will be after this request.
    fn missing_dependency(&self, update: &Update, all: &[&Update]) -> Option<String> {
        let level = facts::feature(&update.feature).ok()?.level(update.level)?;
        let (needed, least) = level.needs().iter().find(|(needed, least)| {
            let will_be = all
                .iter()
                .find(|other| other.feature == *needed)
                .map_or_else(|| self.features.level(needed), |other| other.level);
            will_be < *least
        })?;
        Some(format!(
            "{} could not be set to {} because it depends on {needed} level {least}",
            update.feature, update.level
        ))
    }
}

/// The name as the facts have it.
fn known_name(name: &str) -> Option<&'static str> {
    if name == METADATA_VERSION {
        return Some(METADATA_VERSION);
    }
    facts::feature(name).ok().map(facts::Feature::name)
}

#[cfg(test)]
mod tests {
    use super::bucket;

    /// Recorded on 4.1.2: with one broker old every line of `--release-version` names group.version, and a downgrade on a static quorum
    /// names kraft.version, not metadata.version.
    #[test]
    fn the_controller_takes_features_in_the_order_of_a_java_hash_map() {
        let mut names = [
            "eligible.leader.replicas.version",
            "metadata.version",
            "transaction.version",
            "kraft.version",
            "group.version",
        ];
        names.sort_by_key(|name| bucket(name));
        assert_eq!(
            names,
            [
                "group.version",
                "kraft.version",
                "metadata.version",
                "transaction.version",
                "eligible.leader.replicas.version"
            ]
        );
    }
}
