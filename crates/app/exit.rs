//! What a command ends with. The codes are stable: other programs branch on them.

use std::fmt;
use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// All is as it should be: the promises held, the files are as they claim.
    Good,
    /// A promise was broken, a file is not as it claims, `check` found an error.
    Broken,
    /// The input or the command line is of no use, or something cannot be read or written.
    Bad,
    /// A defect of dryroll itself.
    Internal,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(match exit {
            Exit::Good => 0,
            Exit::Broken => 1,
            Exit::Bad => 2,
            Exit::Internal => 3,
        })
    }
}

/// Why a command came to no result.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The input is of no use; this sentence says why.
    Bad(String),
    /// The input is of no use, and what is to say about it has been printed.
    Told,
}

impl Failure {
    /// The input is of no use; the sentence says why.
    pub(crate) fn bad(why: impl fmt::Display) -> Self {
        Self::Bad(why.to_string())
    }
}

/// What a command comes to.
pub(crate) type Ended = Result<Exit, Failure>;

/// A command line that clap does not take, or a call for help or the version. Help goes to standard output and is no error.
pub(crate) fn usage(error: &clap::Error) -> Exit {
    // A closed pipe is no reason to complain, and there is nothing else to say it to.
    let _ = error.print();
    if error.use_stderr() {
        Exit::Bad
    } else {
        Exit::Good
    }
}
