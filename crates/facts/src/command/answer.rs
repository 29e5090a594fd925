//! What Kafka's tools print when they refuse a command line, as measured.

use super::ToolAnswer;
use crate::catalog::{catalog, history};
use crate::history::History;
use crate::release::Release;
use crate::table::{self, TableError};
use crate::tool::Tool;

/// How a tool refuses. All of these end with exit code 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// argparse4j: a usage, then `kafka-features: error: …`.
    Argparse,
    /// argparse4j: a usage, then `Command line error: …. Type --help for help.`.
    CommandLine,
    /// joptsimple's exception leaves `main`: `Exception in thread "main" joptsimple.UnrecognizedOptionException: …`.
    Thrown,
    /// The message of joptsimple's exception by itself, with a usage or a stack trace after it.
    Said,
    /// `Error occurred: ` and the message of joptsimple's exception.
    Occurred,
}

impl Style {
    /// argparse4j is behind the tool; otherwise joptsimple is.
    pub(super) fn is_argparse(self) -> bool {
        matches!(self, Self::Argparse | Self::CommandLine)
    }
}

/// One row of `tool-answers.txt`.
#[derive(Debug)]
pub(crate) struct Answers {
    script: &'static str,
    style: History<Style>,
    without_server: History<&'static str>,
}

pub(crate) fn read(text: &'static str) -> Result<Vec<Answers>, TableError> {
    let style = |word: &str| match word {
        "argparse" => Some(Style::Argparse),
        "command-line" => Some(Style::CommandLine),
        "thrown" => Some(Style::Thrown),
        "said" => Some(Style::Said),
        "occurred" => Some(Style::Occurred),
        _ => None,
    };
    // One quote at each end: the text may have quotes of its own.
    let unquoted = |word: &'static str| word.strip_prefix('"')?.strip_suffix('"');
    let row = |row: &table::Row<'static>| {
        Ok(Answers {
            script: row.cell(0),
            style: history(row, 1, style)?,
            without_server: history(row, 2, unquoted)?,
        })
    };
    table::rows(text, 3)?.iter().map(row).collect()
}

fn row(tool: &Tool) -> Option<&'static Answers> {
    catalog()
        .answers
        .iter()
        .find(|row| row.script == tool.name())
}

/// How this tool refuses in a release; `None` if nobody measured it.
pub(super) fn style(tool: &Tool, release: &Release) -> Option<Style> {
    row(tool)?.style.at(release).copied()
}

/// What it prints if it is not told which cluster; `None` if it does not need to be, or nobody measured it.
pub(super) fn without_server(tool: &Tool, release: &Release) -> Option<&'static str> {
    row(tool)?.without_server.at(release).copied()
}

/// The name under which argparse4j speaks.
fn program(tool: &Tool) -> &'static str {
    match tool.name() {
        // TransactionsCommand names itself as the script is named.
        "kafka-transactions.sh" => "kafka-transactions.sh",
        name => name.trim_end_matches(".sh"),
    }
}

/// What argparse4j says is wrong, in the words around it.
fn argparse(style: Style, tool: &Tool, message: &str) -> String {
    if style == Style::CommandLine {
        format!("Command line error: {message}. Type --help for help.")
    } else {
        format!("{}: error: {message}", program(tool))
    }
}

fn refused(text: String) -> ToolAnswer {
    ToolAnswer { text, exit: 1 }
}

/// An option that the tool does not have.
pub(super) fn unrecognized(style: Style, tool: &Tool, option: &str) -> ToolAnswer {
    let bare = option.trim_start_matches('-');
    let message = format!("{bare} is not a recognized option");
    refused(match style {
        Style::Argparse | Style::CommandLine => {
            argparse(style, tool, &format!("unrecognized arguments: '{option}'"))
        }
        Style::Thrown => format!(
            "Exception in thread \"main\" joptsimple.UnrecognizedOptionException: {message}"
        ),
        Style::Said => message,
        Style::Occurred => format!("Error occurred: {message}"),
    })
}

/// An option without its value.
pub(super) fn needs_value(style: Style, tool: &Tool, option: &str) -> ToolAnswer {
    let bare = option.trim_start_matches('-');
    let message = format!("Option {bare} requires an argument");
    refused(match style {
        Style::Argparse | Style::CommandLine => argparse(
            style,
            tool,
            &format!("argument {option}: expected one argument"),
        ),
        Style::Thrown => format!(
            "Exception in thread \"main\" joptsimple.OptionMissingRequiredArgumentException: {message}"
        ),
        Style::Said => message,
        Style::Occurred => format!("Error occurred: {message}"),
    })
}

/// A subcommand that the tool does not have. Long answers are wrapped at the width of the terminal; here they are one line.
pub(super) fn invalid_choice(
    style: Style,
    tool: &Tool,
    word: &str,
    choices: &[&str],
) -> Option<ToolAnswer> {
    let choices: Vec<String> = choices.iter().map(|choice| format!("'{choice}'")).collect();
    let message = format!(
        "invalid choice: '{word}' (choose from {})",
        choices.join(", ")
    );
    style
        .is_argparse()
        .then(|| refused(argparse(style, tool, &message)))
}

/// No subcommand at all.
pub(super) fn too_few(style: Style, tool: &Tool) -> Option<ToolAnswer> {
    style
        .is_argparse()
        .then(|| refused(argparse(style, tool, "too few arguments")))
}
