//! What the terminal can show, and where results go.
//!
//! Results go to standard output through [`Screen`], everything else to standard error through [`note`]. A reader who has seen
//! enough and closes the pipe is not an error: the rest is thrown away and the exit code stays what it would have been.

use crate::exit::{Ended, Exit, Failure};
use clap::ValueEnum;
use std::env;
use std::fmt::Display;
use std::io::{self, BufWriter, ErrorKind, IsTerminal as _, StdoutLock, Write};

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set or TERM is "dumb"; also elsewhere if CLICOLOR_FORCE is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Columns where neither COLUMNS nor a terminal says how many there are.
const WIDTH: usize = 80;

/// Columns of messages about files, unless the terminal is smaller: they quote lines, which are better not cut.
const MESSAGE_WIDTH: usize = 140;

/// Standard output, and how to write on it.
pub(crate) struct Screen {
    out: BufWriter<StdoutLock<'static>>,
    style: report::terminal::Style,
    message: scenario::diagnostic::render::Style,
    /// The first error of standard output; after it nothing is written.
    failed: Option<io::Error>,
}

impl Screen {
    /// What standard output and standard error of this process are.
    pub(crate) fn new(color: Color) -> Self {
        let width = columns();
        Self {
            style: report::terminal::Style {
                color: colored(color, io::stdout().is_terminal()),
                unicode: unicode(),
                width: width.unwrap_or(WIDTH),
            },
            message: scenario::diagnostic::render::Style {
                colour: colored(color, io::stderr().is_terminal()),
                width: width.unwrap_or(MESSAGE_WIDTH),
                ..Default::default()
            },
            out: BufWriter::new(io::stdout().lock()),
            failed: None,
        }
    }

    /// How results are shown.
    pub(crate) fn style(&self) -> report::terminal::Style {
        self.style
    }

    /// How messages about files are shown on standard error.
    pub(crate) fn message_style(&self) -> scenario::diagnostic::render::Style {
        self.message
    }

    /// Writes a result as it is.
    pub(crate) fn text(&mut self, text: &str) {
        if self.failed.is_none()
            && let Err(error) = self.out.write_all(text.as_bytes())
        {
            self.failed = Some(error);
        }
    }

    /// Writes a line of a result.
    pub(crate) fn line(&mut self, line: impl Display) {
        self.text(&format!("{line}\n"));
    }

    /// Says on standard error why there is no result, if so, and turns the end of a command into an exit code.
    pub(crate) fn close(mut self, end: Ended) -> Exit {
        let exit = match end {
            Ok(exit) => exit,
            Err(Failure::Told) => Exit::Bad,
            Err(Failure::Bad(why)) => {
                // What was written before comes before it on a terminal too.
                self.flush();
                note(format!("error: {why}"));
                Exit::Bad
            }
        };
        self.flush();
        match self.failed {
            Some(error) if error.kind() != ErrorKind::BrokenPipe => {
                note(format!("error: cannot write to standard output: {error}"));
                exit.max(Exit::Bad)
            }
            _ => exit,
        }
    }

    fn flush(&mut self) {
        if self.failed.is_none()
            && let Err(error) = self.out.flush()
        {
            self.failed = Some(error);
        }
    }
}

/// Writes a line to standard error. If that is closed, there is nobody to tell.
pub(crate) fn note(line: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Writes text to standard error as it is.
pub(crate) fn note_text(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Columns: COLUMNS if it is a number, else what the terminal says.
fn columns() -> Option<usize> {
    let told = env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    let seen = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    told.or_else(seen).filter(|&columns: &usize| columns > 0)
}

/// May colours be used? As <https://no-color.org> and <https://bixense.com/clicolors> ask for.
fn colored(color: Color, terminal: bool) -> bool {
    let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto if set("NO_COLOR") => false,
        Color::Auto if env::var_os("CLICOLOR_FORCE").is_some_and(|value| value != "0") => true,
        Color::Auto => terminal && env::var_os("TERM").is_none_or(|term| term != "dumb"),
    }
}

/// May signs beyond ASCII be used? Not if the locale is one that says it has none.
fn unicode() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(|name| env::var(name).ok())
        .find(|value| !value.is_empty());
    locale.is_none_or(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}
