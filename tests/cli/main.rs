//! The binary as people and programs meet it: commands, exit codes, bad input, terminals.
#![allow(missing_docs, reason = "tests speak for themselves")]

#[path = "../support/mod.rs"]
mod support;

mod bad_input;
mod check;
mod facts;
mod fidelity;
mod files;
mod fmt;
mod help;
mod init;
mod report;
mod run;
mod search;
mod terminal;
mod test;
