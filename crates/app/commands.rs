//! The commands, one file each: its options and what it does.

pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod diff;
pub(crate) mod explain;
pub(crate) mod facts;
pub(crate) mod fidelity;
pub(crate) mod fmt;
pub(crate) mod gates;
pub(crate) mod init;
pub(crate) mod merge;
pub(crate) mod replay;
pub(crate) mod report;
pub(crate) mod rollback;
pub(crate) mod rules;
pub(crate) mod run;
pub(crate) mod schema;
pub(crate) mod search;
pub(crate) mod test;
