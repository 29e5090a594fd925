//! Kafka's shell scripts, and the options they take from which release on.

use crate::catalog::{catalog, history, optional_version, version};
use crate::history::History;
use crate::release::Release;
use crate::suggest::{UnknownName, nearest};
use crate::table::{self, TableError};
use crate::version::KafkaVersion;

/// A script in Kafka's folder `bin`.
#[derive(Debug)]
pub struct Tool {
    name: &'static str,
    since: KafkaVersion,
    until: Option<KafkaVersion>,
    class: History<&'static str>,
    what: &'static str,
    options: Vec<ToolOption>,
}

impl Tool {
    /// Its name, such as `kafka-topics.sh`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The first release that has it. The oldest release there are facts on stands for those before it, too.
    pub fn since(&self) -> KafkaVersion {
        self.since
    }

    /// The last release that has it; `None` if the newest one does.
    pub fn until(&self) -> Option<KafkaVersion> {
        self.until
    }

    /// A release has it.
    pub fn exists_in(&self, release: &Release) -> bool {
        within(release, self.since, self.until)
    }

    /// What it is for.
    pub fn what(&self) -> &'static str {
        self.what
    }

    /// The Java classes it ran over the releases.
    pub fn classes(&self) -> &History<&'static str> {
        &self.class
    }

    /// The Java class it runs in a release.
    pub fn class_in(&self, release: &Release) -> Option<&'static str> {
        self.class.at(release).copied()
    }

    /// Its options are known: of the tools that an upgrade does not need they were not looked at.
    pub fn has_known_options(&self) -> bool {
        !self.options.is_empty()
    }

    /// All its options, and its subcommands, which are rows without an option.
    pub fn options(&self) -> &[ToolOption] {
        &self.options
    }

    /// An option of the tool or of one of its subcommands; of several, the one that came first.
    ///
    /// ```
    /// let topics = facts::tool("kafka-topics.sh").unwrap();
    /// assert_eq!(topics.option("--bootstrap-server").unwrap().since().to_string(), "2.4.1");
    /// assert_eq!(topics.option("--zookeeper").unwrap().until().unwrap().to_string(), "2.8.2");
    /// ```
    pub fn option(&self, name: &str) -> Result<&ToolOption, UnknownName> {
        let found = self
            .options
            .iter()
            .filter(|option| option.name == Some(name))
            .min_by_key(|option| option.since);
        found.ok_or_else(|| {
            self.unknown(
                "option",
                name,
                self.options.iter().filter_map(|option| option.name),
            )
        })
    }

    /// An option of a subcommand, or of the tool as a whole, which stands before the subcommand.
    ///
    /// ```
    /// let features = facts::tool("kafka-features.sh").unwrap();
    /// let release_version = features.subcommand_option("upgrade", "--release-version").unwrap();
    /// assert_eq!(release_version.since().to_string(), "4.0.2");
    /// ```
    pub fn subcommand_option(
        &self,
        subcommand: &str,
        name: &str,
    ) -> Result<&ToolOption, UnknownName> {
        let of = |subcommand: Option<&str>| {
            self.options
                .iter()
                .find(|option| option.subcommand == subcommand && option.name == Some(name))
        };
        let mine = |option: &&ToolOption| {
            option.subcommand.is_none() || option.subcommand == Some(subcommand)
        };
        of(Some(subcommand)).or_else(|| of(None)).ok_or_else(|| {
            self.unknown(
                "option",
                name,
                self.options
                    .iter()
                    .filter(mine)
                    .filter_map(|option| option.name),
            )
        })
    }

    /// A subcommand, such as `upgrade` of `kafka-features.sh`.
    pub fn subcommand(&self, name: &str) -> Result<&ToolOption, UnknownName> {
        let all = || self.options.iter().filter(|option| option.name.is_none());
        let found = all().find(|option| option.subcommand == Some(name));
        found.ok_or_else(|| {
            self.unknown(
                "subcommand",
                name,
                all().filter_map(|option| option.subcommand),
            )
        })
    }

    fn unknown(
        &self,
        kind: &'static str,
        asked: &str,
        names: impl Iterator<Item = &'static str>,
    ) -> UnknownName {
        let nearest = nearest(asked, names)
            .into_iter()
            .map(|near| format!("{} {near}", self.name))
            .collect();
        UnknownName {
            kind,
            asked: format!("{} {asked}", self.name),
            nearest,
        }
    }
}

/// An option of a tool, or one of its subcommands.
#[derive(Debug)]
pub struct ToolOption {
    subcommand: Option<&'static str>,
    name: Option<&'static str>,
    takes_value: bool,
    since: KafkaVersion,
    until: Option<KafkaVersion>,
    deprecated: Option<KafkaVersion>,
    source: &'static str,
}

impl ToolOption {
    /// The subcommand it belongs to; `None` if it stands before any.
    pub fn subcommand(&self) -> Option<&'static str> {
        self.subcommand
    }

    /// Its name, such as `--bootstrap-server`; `None` if this is the subcommand itself.
    pub fn name(&self) -> Option<&'static str> {
        self.name
    }

    /// A value follows it.
    pub fn takes_value(&self) -> bool {
        self.takes_value
    }

    /// The first release that has it. The oldest release there are facts on stands for those before it, too.
    pub fn since(&self) -> KafkaVersion {
        self.since
    }

    /// The last release that has it, if the tool outlived it.
    pub fn until(&self) -> Option<KafkaVersion> {
        self.until
    }

    /// The first release that calls it deprecated.
    pub fn deprecated_since(&self) -> Option<KafkaVersion> {
        self.deprecated
    }

    /// A release has it, if it has the tool.
    pub fn exists_in(&self, release: &Release) -> bool {
        within(release, self.since, self.until)
    }

    /// Where this comes from: `help` (the tool's own), `code` (of the command class), `script`.
    pub fn source(&self) -> &'static str {
        self.source
    }
}

fn within(release: &Release, since: KafkaVersion, until: Option<KafkaVersion>) -> bool {
    since <= release.version() && until.is_none_or(|until| release.version() <= until)
}

/// All tools, by name.
pub fn tools() -> &'static [Tool] {
    &catalog().tools
}

/// A tool by its name.
///
/// ```
/// let quorum = facts::tool("kafka-metadata-quorum.sh").unwrap();
/// assert_eq!(quorum.since().to_string(), "3.3.2");
/// let error = facts::tool("kafka-feature.sh").unwrap_err();
/// assert_eq!(error.nearest[0], "kafka-features.sh");
/// ```
pub fn tool(name: &str) -> Result<&'static Tool, UnknownName> {
    let found = tools().iter().find(|tool| tool.name == name);
    found.ok_or_else(|| UnknownName::new("tool", name, tools().iter().map(|tool| tool.name)))
}

pub(crate) fn read(text: &'static str) -> Result<Vec<Tool>, TableError> {
    let tool = |row: &table::Row<'static>| {
        Ok(Tool {
            name: row.cell(0),
            since: version(row, 1)?,
            until: optional_version(row, 2)?,
            class: history(row, 3, Some)?,
            what: row.cell(4),
            options: Vec::new(),
        })
    };
    table::rows(text, 5)?.iter().map(tool).collect()
}

pub(crate) fn read_options(text: &'static str, tools: &mut [Tool]) -> Result<(), TableError> {
    for row in table::rows(text, 8)? {
        let tool = tools
            .iter_mut()
            .find(|tool| tool.name == row.cell(0))
            .ok_or_else(|| row.error("no such tool"))?;
        tool.options.push(ToolOption {
            subcommand: row.optional(1),
            name: row.optional(2),
            takes_value: match row.cell(3) {
                "yes" => true,
                "no" => false,
                other => return Err(row.error(format!("`{other}` is not yes or no"))),
            },
            since: version(&row, 4)?,
            until: optional_version(&row, 5)?,
            deprecated: optional_version(&row, 6)?,
            source: row.cell(7),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::of;

    fn has(tool_name: &str, option: &str, release: &str) -> bool {
        let tool = tool(tool_name).unwrap();
        tool.exists_in(of(release).unwrap())
            && tool.option(option).unwrap().exists_in(of(release).unwrap())
    }

    #[test]
    fn zookeeper_options_went_one_by_one() {
        for (name, last) in [
            ("kafka-topics.sh", "2.8.2"),
            ("kafka-reassign-partitions.sh", "2.8.2"),
            ("kafka-configs.sh", "3.9.2"),
        ] {
            assert_eq!(
                tool(name)
                    .unwrap()
                    .option("--zookeeper")
                    .unwrap()
                    .until()
                    .unwrap()
                    .to_string(),
                last,
                "{name}"
            );
        }
    }

    #[test]
    fn preferred_election_has_a_tool_of_its_own_up_to_2_8() {
        let old = tool("kafka-preferred-replica-election.sh").unwrap();
        assert!(old.exists_in(of("2.8").unwrap()) && !old.exists_in(of("3.0").unwrap()));
        assert!(has("kafka-leader-election.sh", "--election-type", "2.4"));
    }

    #[test]
    fn the_features_tool_has_subcommands_since_3_3() {
        let features = tool("kafka-features.sh").unwrap();
        assert!(
            has("kafka-features.sh", "--upgrade-all", "3.2")
                && !has("kafka-features.sh", "--upgrade-all", "3.3")
        );
        assert_eq!(
            features.subcommand("upgrade").unwrap().since().to_string(),
            "3.3.2"
        );
        assert_eq!(
            features
                .subcommand("version-mapping")
                .unwrap()
                .since()
                .to_string(),
            "4.0.2"
        );
        let metadata = features.subcommand_option("upgrade", "--metadata").unwrap();
        assert_eq!(metadata.deprecated_since().unwrap().to_string(), "4.0.2");
        assert!(
            features
                .subcommand_option("upgrade", "--bootstrap-server")
                .unwrap()
                .subcommand()
                .is_none()
        );
        let error = features
            .subcommand_option("upgrade", "--release")
            .unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("there is no option `kafka-features.sh --release`"),
            "{error}"
        );
        assert!(
            features.subcommand("finalize").is_err(),
            "finalizing is a word of the documentation only"
        );
    }

    #[test]
    fn storage_takes_a_release_version_since_3_3_and_initial_controllers_since_3_9() {
        let storage = tool("kafka-storage.sh").unwrap();
        let since = |option: &str| {
            storage
                .subcommand_option("format", option)
                .unwrap()
                .since()
                .to_string()
        };
        assert_eq!(since("--release-version"), "3.3.2");
        assert_eq!(since("--feature"), "3.8.1");
        assert_eq!(since("--standalone"), "3.9.2");
        assert_eq!(since("--cluster-id"), "2.8.2");
    }

    #[test]
    fn controllers_can_be_asked_directly_since_3_7() {
        for name in [
            "kafka-metadata-quorum.sh",
            "kafka-features.sh",
            "kafka-configs.sh",
        ] {
            assert!(!has(name, "--bootstrap-controller", "3.6"), "{name}");
            assert!(has(name, "--bootstrap-controller", "3.7"), "{name}");
        }
        assert!(!has(
            "kafka-reassign-partitions.sh",
            "--bootstrap-controller",
            "3.9"
        ));
        assert!(has(
            "kafka-reassign-partitions.sh",
            "--bootstrap-controller",
            "4.0"
        ));
    }

    #[test]
    fn a_rolling_restart_has_its_commands_in_every_release() {
        for release in ["2.4", "2.8", "3.3", "3.9", "4.0", "4.4"] {
            for (name, option) in [
                ("kafka-topics.sh", "--describe"),
                ("kafka-topics.sh", "--under-replicated-partitions"),
                ("kafka-topics.sh", "--under-min-isr-partitions"),
                ("kafka-topics.sh", "--at-min-isr-partitions"),
                ("kafka-topics.sh", "--unavailable-partitions"),
                ("kafka-configs.sh", "--add-config"),
                ("kafka-leader-election.sh", "--all-topic-partitions"),
                ("kafka-reassign-partitions.sh", "--throttle"),
                ("kafka-consumer-groups.sh", "--reset-offsets"),
                ("kafka-server-start.sh", "--override"),
            ] {
                assert!(has(name, option, release), "{name} {option} in {release}");
            }
            assert!(
                tool("kafka-server-stop.sh")
                    .unwrap()
                    .exists_in(of(release).unwrap())
            );
        }
        assert!(
            has("kafka-server-stop.sh", "--node-id", "3.7")
                && !has("kafka-server-stop.sh", "--node-id", "3.6")
        );
    }

    #[test]
    fn options_do_not_live_longer_than_their_tool() {
        for tool in tools() {
            for option in tool.options() {
                assert!(
                    tool.since <= option.since,
                    "{} {:?}",
                    tool.name,
                    option.name
                );
                assert!(
                    option.until.is_none() || tool.until.is_none() || option.until < tool.until,
                    "{}",
                    tool.name
                );
                assert!(
                    option.until.is_none_or(|until| option.since <= until),
                    "{} {:?}",
                    tool.name,
                    option.name
                );
            }
        }
    }
}
