//! `kafka-features.sh` of 3.3 to 4.4 (FeatureCommand): sub-commands, options, texts.
//!
//! The tool knows the names of metadata versions that its own version knows; everything else it leaves to the active controller. Its
//! texts were recorded on 3.9.2 to 4.4.0 (`observed/features-*`); those of 3.3 to 3.8 are read from its source.

use std::collections::BTreeMap;

use facts::{KafkaVersion, MetadataVersion, Release};
use kafka::World;
use kafka::features::{KRAFT_VERSION, METADATA_VERSION, Supported, Update, UpgradeType};
use kafka::ids::NodeIx;

use super::Answer;

/// What the tool is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// `describe`
    Describe,
    /// `upgrade`
    Upgrade,
    /// `downgrade`
    Downgrade,
    /// `disable`
    Disable,
    /// `version-mapping` (4.0 and later)
    VersionMapping,
    /// `feature-dependencies` (4.0 and later)
    Dependencies,
}

/// The sub-commands by name.
const VERBS: &[(&str, Verb)] = &[
    ("describe", Verb::Describe),
    ("upgrade", Verb::Upgrade),
    ("downgrade", Verb::Downgrade),
    ("disable", Verb::Disable),
    ("version-mapping", Verb::VersionMapping),
    ("feature-dependencies", Verb::Dependencies),
];

/// The order in which `version-mapping` lists features: that of the constants of Kafka's class Feature.
const ORDER: &[&str] = &[
    "kraft.version",
    "transaction.version",
    "group.version",
    "eligible.leader.replicas.version",
    "share.version",
    "streams.version",
];

/// A call of the tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The tool's version.
    pub tool: KafkaVersion,
    /// Its sub-command.
    pub verb: Verb,
    /// `--release-version`
    pub release: Option<String>,
    /// `--metadata`
    pub metadata: Option<String>,
    /// `--feature name=level`, or `--feature name` of `disable`.
    pub features: Vec<(String, Option<i16>)>,
    /// `--unsafe`
    pub forced: bool,
    /// `--dry-run`
    pub dry_run: bool,
}

impl Call {
    /// A call with a sub-command and nothing else.
    pub fn new(tool: KafkaVersion, verb: Verb) -> Self {
        Self {
            tool,
            verb,
            release: None,
            metadata: None,
            features: Vec::new(),
            forced: false,
            dry_run: false,
        }
    }

    /// The call that these arguments make ("upgrade --metadata 3.9"). `None`: an argument that no version of the tool has.
    pub fn parse(tool: KafkaVersion, arguments: &str) -> Option<Self> {
        let mut words = arguments.split_whitespace();
        let verb = words.next()?;
        let verb = VERBS.iter().find(|(name, _)| *name == verb)?.1;
        let mut call = Self::new(tool, verb);
        while let Some(word) = words.next() {
            match word {
                "--release-version" => call.release = Some(words.next()?.to_owned()),
                "--metadata" => call.metadata = Some(words.next()?.to_owned()),
                "--feature" => {
                    let given = words.next()?;
                    let (name, level) = match given.split_once('=') {
                        Some((name, level)) => (name, Some(level.parse().ok()?)),
                        None => (given, None),
                    };
                    call.features.push((name.to_owned(), level));
                }
                "--unsafe" => call.forced = true,
                "--dry-run" => call.dry_run = true,
                _ => return None,
            }
        }
        Some(call)
    }

    /// Its arguments as they are typed.
    pub fn arguments(&self) -> String {
        let verb = VERBS
            .iter()
            .find(|(_, verb)| *verb == self.verb)
            .map_or("describe", |(name, _)| name);
        let mut text = verb.to_owned();
        if let Some(release) = &self.release {
            text.push_str(&format!(" --release-version {release}"));
        }
        if let Some(metadata) = &self.metadata {
            text.push_str(&format!(" --metadata {metadata}"));
        }
        for (name, level) in &self.features {
            match level {
                Some(level) => text.push_str(&format!(" --feature {name}={level}")),
                None => text.push_str(&format!(" --feature {name}")),
            }
        }
        if self.forced {
            text.push_str(" --unsafe");
        }
        if self.dry_run {
            text.push_str(" --dry-run");
        }
        text
    }

    fn since(&self, major: u16, minor: u16) -> bool {
        (self.tool.major, self.tool.minor) >= (major, minor)
    }

    fn release_of_tool(&self) -> &'static Release {
        facts::of(&self.tool.to_string()).unwrap_or_else(|_| facts::latest())
    }

    /// What happens when it is typed: the tool asks the broker `asked` (`None`: none answers), and with it the active controller.
    pub fn run(&self, world: &mut World, asked: Option<NodeIx>) -> Answer {
        if !self.since(4, 0) {
            if matches!(self.verb, Verb::VersionMapping | Verb::Dependencies) {
                return Answer::failed(vec![format!(
                    "kafka-features: error: argument command: invalid choice: '{}' (choose from 'describe', 'upgrade', 'downgrade', 'disable')",
                    self.arguments().split(' ').next().unwrap_or_default()
                )]);
            }
            if self.release.is_some() {
                return self.no_release_version();
            }
        }
        match self.verb {
            Verb::Describe => self.describe(world, asked),
            Verb::VersionMapping => self.version_mapping(),
            Verb::Dependencies => self.dependencies(),
            Verb::Upgrade | Verb::Downgrade | Verb::Disable => self.update(world, asked),
        }
    }

    /// `--release-version` came with 4.0 (KIP-1022).
    fn no_release_version(&self) -> Answer {
        let mut lines = Vec::new();
        if self.since(3, 7) {
            let verb = if self.verb == Verb::Upgrade {
                "upgrade"
            } else {
                "downgrade"
            };
            lines.extend([
                "usage: kafka-features (--bootstrap-server BOOTSTRAP_SERVER |".to_owned(),
                format!(
                    "                      --bootstrap-controller BOOTSTRAP_CONTROLLER) {verb}"
                ),
                "                      [-h] [--metadata METADATA] [--feature FEATURE]".to_owned(),
                if self.verb == Verb::Upgrade {
                    "                      [--dry-run]".to_owned()
                } else {
                    "                      [--unsafe] [--dry-run]".to_owned()
                },
            ]);
        }
        lines.push("kafka-features: error: unrecognized arguments: '--release-version'".to_owned());
        Answer::failed(lines)
    }

    /// `MetadataVersion.fromVersionString` of the tool's version.
    ///
    /// # Errors
    /// What the tool says of a name that it does not know.
    pub(crate) fn metadata_version(&self, name: &str) -> Result<&'static MetadataVersion, Answer> {
        let known = self.release_of_tool().metadata_versions();
        let line = name.split('.').take(2).collect::<Vec<_>>().join(".");
        let of_line = |version: &MetadataVersion| {
            version.name().split_once("-IV").map(|(line, _)| line) == Some(line.as_str())
        };
        let found = known
            .iter()
            .find(|known| known.version.name() == name)
            .or_else(|| {
                known
                    .iter()
                    .rev()
                    .find(|known| known.production && of_line(known.version))
            })
            .map(|known| known.version)
            .filter(|version| version.level().is_some());
        found.ok_or_else(|| self.unknown(name))
    }

    /// The tool does not know a metadata version and asks nobody.
    fn unknown(&self, name: &str) -> Answer {
        let release = self.release_of_tool();
        let lowest = release
            .minimum_bootstrap_metadata_version()
            .and_then(MetadataVersion::level)
            .unwrap_or(1);
        // From 4.2 on the list goes up to what is being tested, before to what is for production.
        let names: Vec<&str> = release
            .metadata_versions()
            .iter()
            .filter(|known| known.version.level().is_some_and(|level| level >= lowest))
            .filter(|known| known.production || self.since(4, 2))
            .map(|known| known.version.name())
            .collect();
        let names = names.join(", ");
        Answer::failed(vec![if self.since(4, 2) {
            format!("Unknown metadata.version '{name}'. Supported metadata.version are: {names}")
        } else if self.since(4, 0) {
            format!("Unknown metadata.version {name}. Supported metadata.version are {names}")
        } else if self.since(3, 8) {
            format!("Unsupported metadata.version {name}. Supported metadata.version are {names}")
        } else {
            format!("Unsupported metadata version {name}. Supported metadata versions are {names}")
        }])
    }

    // ------------------------------------------------------------------------------------ upgrade, downgrade, disable

    /// The levels asked for, by feature.
    fn levels(&self) -> Result<BTreeMap<String, i16>, Answer> {
        let mut levels = BTreeMap::new();
        if let Some(release) = &self.release {
            let version = self.metadata_version(release)?;
            for (feature, level) in self.release_of_tool().levels_at(version) {
                let own = feature == METADATA_VERSION;
                if own || level > 0 || self.verb != Verb::Upgrade {
                    levels.insert(feature.to_owned(), level);
                }
            }
        }
        if let Some(metadata) = &self.metadata {
            let level = self.metadata_version(metadata)?.level().unwrap_or(0);
            levels.insert(METADATA_VERSION.to_owned(), level);
        }
        for (feature, level) in &self.features {
            let twice = levels.insert(feature.clone(), level.unwrap_or(0)).is_some();
            if twice {
                return Err(Answer::failed(vec![format!(
                    "Feature {feature} was specified more than once."
                )]));
            }
        }
        Ok(levels)
    }

    fn update(&self, world: &mut World, asked: Option<NodeIx>) -> Answer {
        let mut lines = Vec::new();
        if self.metadata.is_some() && self.since(4, 0) {
            lines.push(
                " `metadata` flag is deprecated and may be removed in a future release.".to_owned(),
            );
        }
        let (verb, done) = match self.verb {
            Verb::Upgrade => ("upgrade", "upgraded"),
            Verb::Downgrade => ("downgrade", "downgraded"),
            _ => ("disable", "disabled"),
        };
        let levels = match self.levels() {
            Ok(levels) => levels,
            Err(answer) => {
                lines.extend(answer.lines);
                return Answer::failed(lines);
            }
        };
        if levels.is_empty() {
            lines.push(format!("You must specify at least one feature to {verb}"));
            return Answer::failed(lines);
        }
        let kind = match (self.verb, self.forced) {
            (Verb::Upgrade, _) => UpgradeType::Upgrade,
            (_, true) => UpgradeType::UnsafeDowngrade,
            (_, false) => UpgradeType::SafeDowngrade,
        };
        let updates: Vec<Update> = levels
            .iter()
            .map(|(feature, level)| Update {
                feature: feature.clone(),
                level: *level,
                kind,
            })
            .collect();
        let nobody = |why: &str| {
            levels
                .keys()
                .map(|feature| (feature.clone(), Err(why.to_owned())))
                .collect::<Vec<_>>()
        };
        let results = match asked {
            None => nobody("Timed out waiting for a node assignment. Call: updateFeatures"),
            Some(_) => world
                .update_features(&updates, self.dry_run)
                .unwrap_or_else(|_| {
                    nobody("Call(callName=updateFeatures) timed out: no controller answers")
                }),
        };
        let mut failed = 0;
        for (feature, result) in &results {
            let level = levels[feature];
            let to = if self.verb == Verb::Disable {
                String::new()
            } else {
                format!(" to {level}")
            };
            match result {
                Ok(()) => {
                    let was = if self.dry_run { "can be" } else { "was" };
                    lines.push(format!("{feature} {was} {done}{to}."));
                }
                Err(why) => {
                    failed += 1;
                    let could = if self.dry_run { "Can not" } else { "Could not" };
                    lines.push(format!("{could} {verb} {feature}{to}. {why}"));
                }
            }
        }
        if failed > 0 {
            lines.push(format!(
                "{failed} out of {} operation(s) failed.",
                results.len()
            ));
            return Answer::failed(lines);
        }
        Answer::worked(lines)
    }

    // ------------------------------------------------------------------------------------ looking

    /// A level as the tool writes it.
    fn level_text(&self, feature: &str, level: i16) -> String {
        if feature != METADATA_VERSION {
            return level.to_string();
        }
        let known = self.release_of_tool().metadata_versions();
        let name = known
            .iter()
            .map(|known| known.version)
            .find(|version| version.level() == Some(level))
            .map(MetadataVersion::name);
        match name {
            Some(name) => name.to_owned(),
            None if self.since(3, 6) => format!("UNKNOWN {level}"),
            None => format!("UNKNOWN [{level}]"),
        }
    }

    fn describe(&self, world: &World, asked: Option<NodeIx>) -> Answer {
        let Some(asked) = asked else {
            return Answer::failed(vec![
                "org.apache.kafka.common.errors.TimeoutException: Timed out waiting for a node assignment. Call: describeFeatures"
                    .to_owned(),
            ]);
        };
        let version = world.binary(asked).version;
        // ApiVersions tells features whose range begins with 0 from version 4 on, which both sides have to know (3.9).
        let complete = self.since(3, 9) && (version.major, version.minor) >= (3, 9);
        let epoch = world.metadata_epoch();
        let lines = Supported::by(version)
            .ranges()
            .iter()
            .filter(|(_, range)| complete || range.min > 0)
            .map(|(feature, range)| {
                let finalized = world.finalized_as_shown_by(version, feature);
                let min = self.level_text(feature, range.min);
                let max = self.level_text(feature, range.max);
                let finalized = self.level_text(feature, finalized);
                if self.since(4, 3) {
                    format!(
                        "Feature: {feature:<42}SupportedMinVersion: {min:<17}SupportedMaxVersion: {max:<17}FinalizedVersionLevel: {finalized:<17}Epoch: {epoch}"
                    )
                } else {
                    format!(
                        "Feature: {feature}\tSupportedMinVersion: {min}\tSupportedMaxVersion: {max}\tFinalizedVersionLevel: {finalized}\tEpoch: {epoch}"
                    )
                }
            })
            .collect();
        Answer::worked(lines)
    }

    fn version_mapping(&self) -> Answer {
        let release = self.release_of_tool();
        let (version, shown) = match &self.release {
            Some(name) => match self.metadata_version(name) {
                Ok(version) => (version, name.clone()),
                Err(answer) => return answer,
            },
            None => {
                let version = release.metadata_version();
                (version, version.name().to_owned())
            }
        };
        let levels: BTreeMap<&str, i16> = release.levels_at(version).into_iter().collect();
        let own = levels.get(METADATA_VERSION).copied().unwrap_or(0);
        let mut lines = vec![format!("{METADATA_VERSION}={own} ({shown})")];
        let others = ORDER
            .iter()
            .filter_map(|feature| Some(format!("{feature}={}", levels.get(feature)?)));
        lines.extend(others);
        Answer::worked(lines)
    }

    fn dependencies(&self) -> Answer {
        let mut lines = Vec::new();
        for (name, level) in &self.features {
            let level = level.unwrap_or(0);
            let needs = facts::feature(name)
                .ok()
                .and_then(|feature| feature.level(level))
                .map(facts::FeatureLevel::needs)
                .unwrap_or_default();
            if needs.is_empty() {
                lines.push(format!("{name}={level} has no dependencies."));
                continue;
            }
            lines.push(format!("{name}={level} requires:"));
            for (needed, least) in needs {
                if *needed == METADATA_VERSION {
                    let text = self.level_text(needed, *least);
                    lines.push(format!("    {needed}={least} ({text})"));
                } else {
                    lines.push(format!("    {needed}={least}"));
                }
            }
        }
        Answer::worked(lines)
    }
}

/// The features that a tool's answer says were changed although others were refused: what a request that is not atomic leaves behind.
pub fn half_done(answer: &Answer) -> Vec<String> {
    if answer.exit == 0 {
        return Vec::new();
    }
    answer
        .lines
        .iter()
        .filter_map(|line| line.split_once(" was ").map(|(feature, _)| feature))
        .filter(|feature| {
            *feature == KRAFT_VERSION
                || facts::feature(feature).is_ok()
                || *feature == METADATA_VERSION
        })
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(version: &str, arguments: &str) -> Call {
        Call::parse(version.parse().unwrap(), arguments).unwrap()
    }

    #[test]
    fn arguments_are_read_and_written_alike() {
        for arguments in [
            "describe",
            "upgrade --release-version 4.1",
            "downgrade --metadata 3.8 --unsafe",
            "upgrade --feature group.version=1 --feature share.version=1 --dry-run",
            "disable --feature group.version",
        ] {
            assert_eq!(call("4.1.2", arguments).arguments(), arguments);
        }
        assert_eq!(
            Call::parse(KafkaVersion::new(4, 1, 2), "finalize-upgrade"),
            None
        );
    }

    /// Recorded on 4.1.2.
    #[test]
    fn a_release_maps_to_levels() {
        let answer = call("4.1.2", "version-mapping --release-version 4.1").version_mapping();
        assert_eq!(
            answer.lines,
            [
                "metadata.version=27 (4.1)",
                "kraft.version=1",
                "transaction.version=2",
                "group.version=1",
                "eligible.leader.replicas.version=1",
                "share.version=0",
                "streams.version=0",
            ]
        );
    }

    #[test]
    fn each_tool_names_the_versions_that_it_knows() {
        let last = |version: &str, name: &str| {
            let text = call(version, "describe").unknown(name).lines.remove(0);
            let (head, names) = text.split_once(" are").unwrap();
            (
                head.to_owned(),
                names.rsplit(", ").next().unwrap().to_owned(),
            )
        };
        assert_eq!(
            last("3.9.2", "4.1"),
            (
                "Unsupported metadata.version 4.1. Supported metadata.version".to_owned(),
                "3.9-IV0".to_owned()
            )
        );
        assert_eq!(last("4.0.2", "4.1").1, "4.0-IV3");
        assert_eq!(
            last("4.3.1", "4.5"),
            (
                "Unknown metadata.version '4.5'. Supported metadata.version".to_owned(),
                "4.4-IV0".to_owned()
            )
        );
    }
}
