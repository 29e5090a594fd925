//! Kafka's own command line tools as each version has them: what they take, what they print, with which exit code they end.

pub mod configs;
pub mod features;
pub mod storage;

/// What a tool answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its exit code.
    pub exit: i32,
    /// The lines that it prints, in order (stdout and stderr).
    pub lines: Vec<String>,
}

impl Answer {
    /// It refuses, or fails.
    pub(crate) fn failed(lines: Vec<String>) -> Self {
        Self { exit: 1, lines }
    }

    /// It worked.
    pub(crate) fn worked(lines: Vec<String>) -> Self {
        Self { exit: 0, lines }
    }
}
