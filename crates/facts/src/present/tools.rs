//! The tools of a release: which there are, which options each has since when, and what took the place of what went.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::Unknown;
use super::layout::Sheet;
use crate::command::{CheckedCommand, check_command, instead_of};
use crate::release::{Release, resolve};
use crate::suggest::UnknownName;
use crate::tool::{Tool, ToolOption, tool, tools};
use crate::version::KafkaVersion;

/// The tools of a release, or one of them.
#[derive(Clone, Debug, Serialize)]
pub struct Tools {
    /// The name and version of this form.
    pub format: &'static str,
    /// The version that was asked for.
    pub asked: KafkaVersion,
    /// The release that answers for it.
    pub release: KafkaVersion,
    /// A single tool was asked for.
    pub single: bool,
    /// The tools, by name; also those that the release does not have.
    pub tools: Vec<ToolEntry>,
}

/// One tool, as a release has it or not.
#[derive(Clone, Debug, Serialize)]
pub struct ToolEntry {
    /// The script.
    pub name: &'static str,
    /// What it is for.
    pub what: &'static str,
    /// The release has it.
    pub exists: bool,
    /// The first release that has it; the oldest one there are facts on stands for those before it, too.
    pub since: KafkaVersion,
    /// The last release that has it; `None` if the newest one does.
    pub until: Option<KafkaVersion>,
    /// What to use instead, where the release lacks it.
    pub instead: Option<&'static str>,
    /// The Java class it runs in the release.
    pub class: Option<&'static str>,
    /// Options and subcommands, where a single tool was asked for; also those that other releases have.
    pub options: Vec<OptionEntry>,
}

/// One option or subcommand of a tool.
#[derive(Clone, Debug, Serialize)]
pub struct OptionEntry {
    /// The subcommand it belongs to.
    pub subcommand: Option<&'static str>,
    /// The option; `None`: this is the subcommand itself.
    pub option: Option<&'static str>,
    /// A value follows it.
    pub takes_value: bool,
    /// The release has it.
    pub exists: bool,
    /// The first release that has it.
    pub since: KafkaVersion,
    /// The last release that has it, if the tool outlived it.
    pub until: Option<KafkaVersion>,
    /// The first release that calls it deprecated.
    pub deprecated: Option<KafkaVersion>,
    /// What to type instead, where the release lacks it or calls it deprecated.
    pub instead: Option<&'static str>,
    /// Where this comes from.
    pub source: &'static str,
}

/// The tools of a release, or the one that is named; `kafka-topics` means `kafka-topics.sh`.
///
/// ```
/// let tools = facts::tools_of("3.9.2", Some("kafka-features.sh")).unwrap();
/// assert!(tools.to_string().contains("upgrade"));
/// ```
pub fn tools_of(version: &str, name: Option<&str>) -> Result<Tools, Unknown> {
    let resolved = resolve(version)?;
    let release = resolved.release;
    let chosen: Vec<&'static Tool> = match name {
        Some(name) => vec![named(name)?],
        None => tools().iter().collect(),
    };
    Ok(Tools {
        format: "dryroll-facts-tools/1",
        asked: resolved.asked,
        release: release.version(),
        single: name.is_some(),
        tools: chosen
            .into_iter()
            .map(|tool| ToolEntry::of(tool, release, name.is_some()))
            .collect(),
    })
}

fn named(name: &str) -> Result<&'static Tool, UnknownName> {
    let script = format!("{}.sh", name.strip_suffix(".sh").unwrap_or(name));
    tool(&script)
}

/// A command line held against a release.
#[derive(Clone, Debug, Serialize)]
pub struct CommandCard {
    /// The name and version of this form.
    pub format: &'static str,
    /// The version that was asked for.
    pub asked: KafkaVersion,
    /// The release that answers for it.
    pub release: KafkaVersion,
    /// The line.
    pub line: String,
    /// What is wrong with it; `None`: it runs no tool of Kafka.
    pub checked: Option<CheckedCommand>,
}

/// What a release does with a command line.
///
/// ```
/// let card = facts::command_in("3.9.2", "kafka-topics.sh --zookeeper zk:2181 --list").unwrap();
/// assert!(card.to_string().contains("zookeeper is not a recognized option"));
/// ```
pub fn command_in(version: &str, line: &str) -> Result<CommandCard, Unknown> {
    let resolved = resolve(version)?;
    Ok(CommandCard {
        format: "dryroll-facts-command/1",
        asked: resolved.asked,
        release: resolved.release.version(),
        line: line.to_owned(),
        checked: check_command(line, resolved.release),
    })
}

impl ToolEntry {
    fn of(tool: &'static Tool, release: &'static Release, with_options: bool) -> Self {
        let exists = tool.exists_in(release);
        let options = if with_options { tool.options() } else { &[] };
        Self {
            name: tool.name(),
            what: tool.what(),
            exists,
            since: tool.since(),
            until: tool.until(),
            instead: instead_of(tool.name(), None, None, release).filter(|_| !exists),
            class: tool.class_in(release).filter(|_| exists),
            options: options
                .iter()
                .map(|option| OptionEntry::of(tool, option, release))
                .collect(),
        }
    }
}

impl OptionEntry {
    fn of(tool: &'static Tool, option: &'static ToolOption, release: &'static Release) -> Self {
        let exists = tool.exists_in(release) && option.exists_in(release);
        let deprecated = option
            .deprecated_since()
            .is_some_and(|since| since <= release.version());
        let asked = option.name().or(option.subcommand());
        Self {
            subcommand: option.subcommand(),
            option: option.name(),
            takes_value: option.takes_value(),
            exists,
            since: option.since(),
            until: option.until(),
            deprecated: option.deprecated_since(),
            instead: instead_of(tool.name(), option.subcommand(), asked, release)
                .filter(|_| !exists || deprecated),
            source: option.source(),
        }
    }

    fn spelled(&self) -> String {
        let name = self.option.or(self.subcommand).unwrap_or_default();
        if self.takes_value {
            format!("{name} …")
        } else {
            name.to_owned()
        }
    }

    /// "since 3.3", "2.4 or before", "2.7 to 3.2", with what is deprecated.
    fn life(&self) -> String {
        let mut text = life(self.since, self.until);
        if let Some(since) = self.deprecated {
            text = format!("{text}, deprecated since {}", since.line());
        }
        text
    }
}

fn life(since: KafkaVersion, until: Option<KafkaVersion>) -> String {
    let oldest = crate::releases()[0].version();
    match until {
        Some(until) if since <= oldest => format!("to {}", until.line()),
        Some(until) if since.same_line(until) => format!("{} only", since.line()),
        Some(until) => format!("{} to {}", since.line(), until.line()),
        None if since <= oldest => String::new(),
        None => format!("since {}", since.line()),
    }
}

/// For 80 columns.
impl fmt::Display for Tools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sheet = Sheet::default();
        if self.single {
            for tool in &self.tools {
                self.show_one(&mut sheet, tool);
            }
        } else {
            self.show_all(&mut sheet);
        }
        f.write_str(&sheet.finish())
    }
}

impl Tools {
    fn show_all(&self, sheet: &mut Sheet) {
        const COLUMN: usize = 38;
        sheet.heading(&format!("Tools of Kafka {}", self.asked));
        for tool in self.tools.iter().filter(|tool| tool.exists) {
            sheet.labelled(2, tool.name, COLUMN, tool.what);
        }
        let missing: Vec<&ToolEntry> = self.tools.iter().filter(|tool| !tool.exists).collect();
        if !missing.is_empty() {
            sheet.heading("Tools of other releases");
        }
        for tool in missing {
            let life = life(tool.since, tool.until);
            let text = match tool.instead {
                Some(instead) => format!("{life}; instead: {instead}"),
                None => life,
            };
            sheet.labelled(2, tool.name, COLUMN, &text);
        }
    }

    fn show_one(&self, sheet: &mut Sheet, tool: &ToolEntry) {
        const COLUMN: usize = 12;
        sheet.heading(&format!("{}, tool of Kafka {}", tool.name, self.asked));
        sheet.labelled(2, "for", COLUMN, tool.what);
        let life = life(tool.since, tool.until);
        if !life.is_empty() {
            sheet.labelled(2, "releases", COLUMN, &life);
        }
        if let Some(class) = tool.class {
            sheet.labelled(2, "runs", COLUMN, class);
        }
        if !tool.exists {
            sheet.line(2, "this release does not have it");
            if let Some(instead) = tool.instead {
                sheet.labelled(2, "instead", COLUMN, instead);
            }
            return;
        }
        if tool.options.is_empty() {
            sheet.line(2, "its options were not looked at");
            return;
        }
        let mut by_subcommand: BTreeMap<Option<&str>, Vec<&OptionEntry>> = BTreeMap::new();
        for option in &tool.options {
            by_subcommand
                .entry(option.subcommand)
                .or_default()
                .push(option);
        }
        for (subcommand, options) in &by_subcommand {
            let itself = options.iter().find(|option| option.option.is_none());
            if itself.is_some_and(|itself| !itself.exists) {
                continue;
            }
            match subcommand {
                Some(subcommand) => {
                    let life = itself.map(|itself| itself.life()).unwrap_or_default();
                    let life = if life.is_empty() {
                        life
                    } else {
                        format!(" ({life})")
                    };
                    sheet.heading(&format!("{} {subcommand}{life}", tool.name));
                }
                None => sheet.heading("Options"),
            }
            for option in options
                .iter()
                .filter(|option| option.exists && option.option.is_some())
            {
                show_option(sheet, option);
            }
        }
        let missing = |option: &&OptionEntry| !option.exists;
        if tool.options.iter().any(|option| missing(&option)) {
            sheet.heading("In other releases");
        }
        for option in tool.options.iter().filter(missing) {
            show_option(sheet, option);
        }
    }
}

fn show_option(sheet: &mut Sheet, option: &OptionEntry) {
    const COLUMN: usize = 38;
    let name = match (option.exists, option.subcommand, option.option) {
        (false, Some(subcommand), Some(_)) => format!("{subcommand} {}", option.spelled()),
        _ => option.spelled(),
    };
    let mut text = option.life();
    if let Some(instead) = option.instead {
        let semicolon = if text.is_empty() { "" } else { "; " };
        text = format!("{text}{semicolon}instead: {instead}");
    }
    sheet.labelled(2, &name, COLUMN, &text);
}

/// For 80 columns.
impl fmt::Display for CommandCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const COLUMN: usize = 12;
        let mut sheet = Sheet::default();
        sheet.heading(&format!("In Kafka {}", self.asked));
        sheet.line(2, &self.line);
        let Some(checked) = &self.checked else {
            sheet.line(2, "runs no tool of Kafka");
            return f.write_str(&sheet.finish());
        };
        if !checked.is_refused() {
            sheet.line(2, &format!("{} takes it", checked.tool));
        }
        if !checked.problems.is_empty() {
            sheet.heading(&format!("What is wrong for {}", checked.tool));
        }
        for problem in &checked.problems {
            let label = if problem.fault.refuses() {
                "wrong"
            } else {
                "warning"
            };
            sheet.labelled(2, label, COLUMN, &problem.what);
            if let Some(instead) = &problem.instead {
                sheet.labelled(2, "instead", COLUMN, instead);
            }
            sheet.labelled(2, "source", COLUMN, &problem.source);
        }
        if let Some(answer) = &checked.answer {
            sheet.heading(&format!("It answers, with exit code {}", answer.exit));
            sheet.line(2, &answer.text);
        }
        f.write_str(&sheet.finish())
    }
}
