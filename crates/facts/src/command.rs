//! Command lines: whether a release has the tool and the options that somebody types, what its tool answers if not, and what to
//! type instead.
//!
//! What exists is in `data/tools.txt` and `data/tool-options.txt`; how each tool refuses (measured: every tool that runs a class
//! was run with an option that it does not have, in every release listed in the file) is in `data/tool-answers.txt`; what to type
//! instead is in `data/tool-instead.txt`. Two parsers are behind Kafka's tools, and they differ: argparse4j takes subcommands,
//! shortened options and options in their place only; joptsimple takes none of these, and takes whatever follows an option that
//! wants a value as that value.

mod answer;
mod instead;
mod line;

use std::fmt;
use std::ops::Range;

use serde::Serialize;

pub(crate) use answer::{Answers, read as read_answers};
pub(crate) use instead::{Instead, read as read_instead};

use crate::release::Release;
use crate::suggest::nearest;
use crate::tool::{Tool, ToolOption, tools};
use answer::Style;
use instead::instead;
use line::{Word, words};

/// A command line of one of Kafka's tools, held against a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckedCommand {
    /// The script, as Apache Kafka spells it: `kafka-topics.sh` also for `kafka-topics`.
    pub tool: String,
    /// What is wrong with it, in the order of the line.
    pub problems: Vec<CommandProblem>,
    /// What the tool answers, if it refuses; the lines that matter.
    pub answer: Option<ToolAnswer>,
}

impl CheckedCommand {
    /// The tool refuses it.
    pub fn is_refused(&self) -> bool {
        self.problems.iter().any(|problem| problem.fault.refuses())
    }
}

/// What a tool that refuses prints, and how it ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ToolAnswer {
    /// The line that matters, on stderr. Usage texts and stack traces around it are left out.
    pub text: String,
    /// The exit code.
    pub exit: i32,
}

/// One thing that is wrong with a command line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CommandProblem {
    /// What kind of mistake it is.
    pub fault: CommandFault,
    /// The word that is wrong: bytes of the line.
    pub at: Range<usize>,
    /// What is wrong, in a sentence.
    pub what: String,
    /// What to type or do instead.
    pub instead: Option<String>,
    /// Where this comes from.
    pub source: String,
}

impl fmt::Display for CommandProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        if let Some(instead) = &self.instead {
            write!(f, "; instead: {instead}")?;
        }
        Ok(())
    }
}

/// Kinds of mistakes in a command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CommandFault {
    /// No release has such a tool.
    UnknownTool,
    /// Only later releases have the tool.
    ToolNotYet,
    /// Only earlier releases have the tool.
    ToolGone,
    /// `kafka-run-class.sh` with a class that moved or went.
    NoSuchClass,
    /// No release has such a subcommand.
    UnknownSubcommand,
    /// Only later releases have the subcommand.
    SubcommandNotYet,
    /// Only earlier releases have the subcommand.
    SubcommandGone,
    /// The tool wants a subcommand.
    MissingSubcommand,
    /// No release has such an option.
    UnknownOption,
    /// Only later releases have the option.
    OptionNotYet,
    /// Only earlier releases have the option.
    OptionGone,
    /// The option stands at the wrong side of the subcommand.
    OptionMisplaced,
    /// The option wants a value.
    MissingValue,
    /// The tool has to be told whom to ask.
    MissingServer,
    /// It works, and the release says that it will go.
    Deprecated,
}

impl CommandFault {
    /// The tool does not do what was asked.
    pub fn refuses(self) -> bool {
        self != Self::Deprecated
    }
}

/// Holds a command line against a release. `None`: it runs no tool of Kafka.
///
/// ```
/// let old = facts::of("2.8").unwrap();
/// let new = facts::of("3.0").unwrap();
/// let line = "bin/kafka-topics.sh --zookeeper zk:2181 --list";
/// assert!(!facts::check_command(line, old).unwrap().is_refused());
///
/// let refused = facts::check_command(line, new).unwrap();
/// assert_eq!(refused.problems[0].to_string(),
///     "`kafka-topics.sh --zookeeper` went with 3.0: the last release that has it is 2.8.2; instead: --bootstrap-server HOST:9092");
/// assert_eq!(refused.answer.unwrap().exit, 1);
/// assert!(facts::check_command("systemctl restart kafka", new).is_none());
/// ```
pub fn check_command(line: &str, release: &'static Release) -> Option<CheckedCommand> {
    let words = words(line);
    let at = words.iter().position(|word| !is_prelude(&word.text))?;
    let (first, rest) = words[at..].split_first()?;
    let name = script(&first.text)?;
    if name == "kafka-run-class.sh" {
        return run_class(rest, release);
    }
    let Some(tool) = tools().iter().find(|tool| tool.name() == name) else {
        return Some(unknown_tool(&name, first, release));
    };
    let mut check = Check::new(tool, release);
    if tool.exists_in(release) {
        check.arguments(rest);
    } else {
        check.missing_tool(first);
    }
    Some(check.finish())
}

/// What to type instead of something that this release lacks or calls deprecated.
pub(crate) fn instead_of(
    script: &str,
    subcommand: Option<&str>,
    missing: Option<&str>,
    release: &Release,
) -> Option<&'static str> {
    instead(script, subcommand, missing, release).map(|row| row.instead)
}

/// `sudo`, `FOO=bar`, a prompt: what may stand before a command.
fn is_prelude(word: &str) -> bool {
    matches!(word, "$" | "#" | "sudo" | "exec" | "nohup" | "time")
        || word
            .split_once('=')
            .is_some_and(|(name, _)| name.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
}

/// The script that a first word means: `kafka-topics.sh` for `/opt/kafka/bin/kafka-topics`. `None`: nothing of Kafka.
fn script(word: &str) -> Option<String> {
    let base = word.rsplit('/').next().unwrap_or(word);
    let stem = base.strip_suffix(".sh").unwrap_or(base);
    let named = format!("{stem}.sh");
    let known = tools().iter().any(|tool| tool.name() == named);
    let like = ["kafka-", "zookeeper-", "connect-"]
        .iter()
        .any(|start| stem.starts_with(start));
    (known || like).then_some(named)
}

fn unknown_tool(name: &str, word: &Word, release: &'static Release) -> CheckedCommand {
    let instead = instead(name, None, None, release);
    let nearest = nearest(name, tools().iter().map(Tool::name));
    CheckedCommand {
        tool: name.to_owned(),
        problems: vec![CommandProblem {
            fault: CommandFault::UnknownTool,
            at: word.at.clone(),
            what: format!("no release of Kafka has `{name}`"),
            instead: instead
                .map(|row| row.instead.to_owned())
                .or_else(|| nearest.first().map(|near| format!("{near}?"))),
            source: instead.map_or_else(
                || "bin/ from 2.4.1 to 4.4.0".to_owned(),
                |row| row.source.to_owned(),
            ),
        }],
        answer: Some(not_found(&word.text)),
    }
}

/// What a shell says of a script that is not there.
fn not_found(word: &str) -> ToolAnswer {
    /// POSIX: the command was not found.
    const NOT_FOUND: i32 = 127;
    let says = if word.contains('/') {
        "No such file or directory"
    } else {
        "command not found"
    };
    ToolAnswer {
        text: format!("bash: {word}: {says}"),
        exit: NOT_FOUND,
    }
}

/// `kafka-run-class.sh kafka.tools.GetOffsetShell …`: the class moves from release to release.
fn run_class(rest: &[Word], release: &'static Release) -> Option<CheckedCommand> {
    let class = rest.iter().position(|word| !word.text.starts_with('-'))?;
    let (word, rest) = (&rest[class], &rest[class + 1..]);
    let tool = tools().iter().find(|tool| {
        tool.classes()
            .changes()
            .iter()
            .any(|(_, class)| *class == Some(&*word.text))
    })?;
    // A class can be older than its script: GetOffsetShell is.
    let today = tool.class_in(release);
    let mut check = Check::new(tool, release);
    if today.is_some_and(|today| today != word.text) {
        let today = today.unwrap_or_default();
        check.problems.push(CommandProblem {
            fault: CommandFault::NoSuchClass,
            at: word.at.clone(),
            what: format!("`{}` is `{today}` in {}", word.text, release.version()),
            instead: Some(tool.name().to_owned()),
            source: format!("bin/{} of {}", tool.name(), release.version()),
        });
        check.answer = Some(ToolAnswer {
            text: format!("Error: Could not find or load main class {}", word.text),
            exit: 1,
        });
    } else if today.is_some() {
        check.arguments(rest);
    }
    Some(check.finish())
}

/// A command line that is being held against a release.
struct Check {
    tool: &'static Tool,
    release: &'static Release,
    style: Option<Style>,
    problems: Vec<CommandProblem>,
    answer: Option<ToolAnswer>,
}

impl Check {
    fn new(tool: &'static Tool, release: &'static Release) -> Self {
        Self {
            tool,
            release,
            style: answer::style(tool, release),
            problems: Vec::new(),
            answer: None,
        }
    }

    fn finish(self) -> CheckedCommand {
        CheckedCommand {
            tool: self.tool.name().to_owned(),
            problems: self.problems,
            answer: self.answer,
        }
    }

    fn refuse(&mut self, problem: CommandProblem, answer: Option<ToolAnswer>) {
        if self.answer.is_none() {
            self.answer = answer;
        }
        self.problems.push(problem);
    }

    fn missing_tool(&mut self, word: &Word) {
        let (name, version) = (self.tool.name(), self.release.version());
        let gone = self.tool.until().is_some_and(|until| until < version);
        let (fault, what) = if gone {
            let until = self.tool.until().unwrap_or(version);
            (
                CommandFault::ToolGone,
                format!("`{name}` is gone: the last release that has it is {until}"),
            )
        } else {
            (
                CommandFault::ToolNotYet,
                format!(
                    "`{name}` comes with {}, not in {}",
                    self.tool.since().line(),
                    version.line()
                ),
            )
        };
        let row = instead(name, None, None, self.release);
        self.refuse(
            CommandProblem {
                fault,
                at: word.at.clone(),
                what,
                instead: row.map(|row| row.instead.to_owned()),
                source: row
                    .map_or_else(|| format!("bin/ of {version}"), |row| row.source.to_owned()),
            },
            Some(not_found(&word.text)),
        );
    }

    /// The options that can stand where the parser is: before a subcommand those of the tool, after it the subcommand's own.
    fn arguments(&mut self, words: &[Word]) {
        if !self.tool.has_known_options() {
            return;
        }
        let release = self.release;
        let has_subcommands = self
            .tool
            .options()
            .iter()
            .any(|row| row.name().is_none() && row.exists_in(release));
        let mut subcommand: Option<String> = None;
        let mut seen: Vec<&'static str> = Vec::new();
        let mut at = 0;
        while at < words.len() {
            let word = &words[at];
            at += 1;
            let Some(given) = option_name(&word.text) else {
                if has_subcommands && subcommand.is_none() && !word.text.starts_with('-') {
                    if !self.subcommand(word) {
                        return;
                    }
                    subcommand = Some(word.text.clone());
                }
                continue;
            };
            match self.option(word, given, subcommand.as_deref()) {
                Some(option) => {
                    seen.extend(option.name());
                    if option.takes_value() && !word.text.contains('=') {
                        let value = words.get(at);
                        let missing = match self.style {
                            Some(style) if style.is_argparse() => {
                                value.is_none_or(|value| value.text.starts_with("--"))
                            }
                            _ => value.is_none(),
                        };
                        if missing {
                            self.missing_value(word, given);
                            return;
                        }
                        at += 1;
                    }
                }
                // The parsers stop at the first word that they do not know; what follows it is looked at all the same, so
                // that a person sees everything at once. Its value, if it has one, cannot be told from a word of its own.
                None => {
                    if words
                        .get(at)
                        .is_some_and(|next| !next.text.starts_with('-'))
                    {
                        at += 1;
                    }
                }
            }
        }
        let asks_for_help = words
            .iter()
            .any(|word| matches!(&*word.text, "--help" | "-h" | "--version"));
        if asks_for_help {
            return;
        }
        let end = words.last().map_or(0, |word| word.at.end);
        if has_subcommands && subcommand.is_none() && !self.is_refused() {
            self.missing_subcommand(end);
        } else if !self.is_refused() {
            self.server(&seen, end);
        }
    }

    fn is_refused(&self) -> bool {
        self.problems.iter().any(|problem| problem.fault.refuses())
    }

    /// Whether the word is a subcommand that the release has.
    fn subcommand(&mut self, word: &Word) -> bool {
        let name = self.tool.name();
        let row = self.tool.subcommand(&word.text).ok();
        if let Some(row) = row
            && row.exists_in(self.release)
        {
            return true;
        }
        let full = format!("{name} {}", word.text);
        let (fault, what) = match row {
            Some(row) if row.since() > self.release.version() => (
                CommandFault::SubcommandNotYet,
                format!(
                    "`{full}` comes with {}, not in {}",
                    row.since().line(),
                    self.release.version().line()
                ),
            ),
            Some(row) => (
                CommandFault::SubcommandGone,
                format!(
                    "`{full}` is gone: the last release that has it is {}",
                    row.until().unwrap_or(row.since())
                ),
            ),
            None => (
                CommandFault::UnknownSubcommand,
                format!("no release has `{full}`"),
            ),
        };
        let here = self.subcommands();
        let answer = self
            .style
            .map(|style| answer::invalid_choice(style, self.tool, &word.text, &here));
        let problem = self.problem(fault, word.at.clone(), what, None, &word.text, &here);
        self.refuse(problem, answer.flatten());
        false
    }

    fn subcommands(&self) -> Vec<&'static str> {
        self.tool
            .options()
            .iter()
            .filter(|row| row.name().is_none() && row.exists_in(self.release))
            .filter_map(ToolOption::subcommand)
            .collect()
    }

    /// The option that a word means, if the release has it there.
    fn option(
        &mut self,
        word: &Word,
        given: &str,
        subcommand: Option<&str>,
    ) -> Option<&'static ToolOption> {
        let release = self.release;
        let fits = |row: &&'static ToolOption| row.subcommand() == subcommand;
        let rows = || {
            self.tool
                .options()
                .iter()
                .filter(|row| row.name().is_some())
        };
        let here = || rows().filter(fits).filter(|row| row.exists_in(release));
        let mut found = here().find(|row| row.name() == Some(given));
        if found.is_none() && self.style.is_some_and(Style::is_argparse) {
            // argparse4j: the beginning of an option will do, if only one begins like this.
            let mut begins =
                here().filter(|row| row.name().is_some_and(|name| name.starts_with(given)));
            found = begins.next().filter(|_| begins.next().is_none());
        }
        if let Some(row) = found {
            if let Some(since) = row
                .deprecated_since()
                .filter(|since| *since <= release.version())
            {
                let what = format!(
                    "`{} {given}` is deprecated since {}",
                    self.tool.name(),
                    since.line()
                );
                let row = instead(self.tool.name(), subcommand, Some(given), release);
                self.problems.push(CommandProblem {
                    fault: CommandFault::Deprecated,
                    at: word.at.clone(),
                    what,
                    instead: row.map(|row| row.instead.to_owned()),
                    source: format!("--help of {}", release.version()),
                });
            }
            return Some(row);
        }
        if matches!(given, "--help" | "--version") {
            return None;
        }
        let full = match subcommand {
            Some(subcommand) => format!("{} {subcommand} {given}", self.tool.name()),
            None => format!("{} {given}", self.tool.name()),
        };
        let elsewhere = rows().find(|row| row.name() == Some(given) && row.exists_in(release));
        let ever = rows()
            .filter(|row| row.name() == Some(given))
            .find(|row| fits(row) || row.subcommand().is_none());
        let version = release.version();
        let (fault, what) = match (elsewhere, ever) {
            (Some(row), _) if row.subcommand().is_none() => (
                CommandFault::OptionMisplaced,
                format!(
                    "`{given}` stands before the subcommand of {}",
                    self.tool.name()
                ),
            ),
            (_, Some(row)) if row.since() > version => (
                CommandFault::OptionNotYet,
                format!(
                    "`{full}` comes with {}, not in {}",
                    row.since().line(),
                    version.line()
                ),
            ),
            (_, Some(row)) if row.until().is_some_and(|until| until < version) => {
                let until = row.until().unwrap_or(row.since());
                let went = crate::releases()
                    .iter()
                    .find(|release| release.version() > until);
                let went = went.map_or_else(String::new, |went| {
                    format!(" with {}", went.version().line())
                });
                (
                    CommandFault::OptionGone,
                    format!("`{full}` went{went}: the last release that has it is {until}"),
                )
            }
            (Some(row), _) => (
                CommandFault::OptionMisplaced,
                format!(
                    "`{given}` belongs to `{} {}`",
                    self.tool.name(),
                    row.subcommand().unwrap_or_default()
                ),
            ),
            _ => (
                CommandFault::UnknownOption,
                format!("no release has `{full}`"),
            ),
        };
        let known: Vec<&str> = here().filter_map(ToolOption::name).collect();
        let answer = self
            .style
            .map(|style| answer::unrecognized(style, self.tool, given));
        let problem = self.problem(fault, word.at.clone(), what, subcommand, given, &known);
        self.refuse(problem, answer);
        None
    }

    fn problem(
        &self,
        fault: CommandFault,
        at: Range<usize>,
        what: String,
        subcommand: Option<&str>,
        asked: &str,
        known: &[&str],
    ) -> CommandProblem {
        let row = instead(self.tool.name(), subcommand, Some(asked), self.release);
        let near = || {
            nearest(asked, known.iter().copied())
                .first()
                .map(|near| format!("{near}?"))
        };
        let misplaced = fault == CommandFault::OptionMisplaced;
        CommandProblem {
            fault,
            at,
            what,
            instead: row
                .map(|row| row.instead.to_owned())
                .or_else(|| if misplaced { None } else { near() }),
            source: row.map_or_else(
                || {
                    format!(
                        "--help of {} in {}",
                        self.tool.name(),
                        self.release.version()
                    )
                },
                |row| row.source.to_owned(),
            ),
        }
    }

    fn missing_value(&mut self, word: &Word, given: &str) {
        let answer = self
            .style
            .map(|style| answer::needs_value(style, self.tool, given));
        let problem = CommandProblem {
            fault: CommandFault::MissingValue,
            at: word.at.clone(),
            what: format!("`{given}` wants a value"),
            instead: None,
            source: format!(
                "--help of {} in {}",
                self.tool.name(),
                self.release.version()
            ),
        };
        self.refuse(problem, answer);
    }

    fn missing_subcommand(&mut self, end: usize) {
        let answer = self
            .style
            .and_then(|style| answer::too_few(style, self.tool));
        let problem = CommandProblem {
            fault: CommandFault::MissingSubcommand,
            at: end..end,
            what: format!("`{}` wants a subcommand", self.tool.name()),
            instead: Some(self.subcommands().join(", ")),
            source: format!(
                "--help of {} in {}",
                self.tool.name(),
                self.release.version()
            ),
        };
        self.refuse(problem, answer);
    }

    /// Some tools refuse before they look at anything else if they are not told whom to ask.
    fn server(&mut self, seen: &[&str], end: usize) {
        let Some(text) = answer::without_server(self.tool, self.release) else {
            return;
        };
        const SERVERS: [&str; 4] = [
            "--bootstrap-server",
            "--bootstrap-controller",
            "--zookeeper",
            "--broker-list",
        ];
        if seen.iter().any(|seen| SERVERS.contains(seen)) {
            return;
        }
        let problem = CommandProblem {
            fault: CommandFault::MissingServer,
            at: end..end,
            what: format!("`{}` is not told which cluster", self.tool.name()),
            instead: Some("--bootstrap-server HOST:9092".to_owned()),
            source: format!("{} run in {}", self.tool.name(), self.release.version()),
        };
        let answer = ToolAnswer {
            text: text.to_owned(),
            exit: 1,
        };
        self.refuse(problem, Some(answer));
    }
}

/// The option in a word: `--topic` of `--topic=orders`. One letter after one dash is not looked at.
fn option_name(word: &str) -> Option<&str> {
    let name = word.split_once('=').map_or(word, |(name, _)| name);
    (name.starts_with("--") && name.len() > 2).then_some(name)
}

#[cfg(test)]
mod tests;
