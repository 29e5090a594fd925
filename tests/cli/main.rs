//! The binary as people and programs meet it: commands, exit codes, bad input, terminals.
#![allow(missing_docs, reason = "tests speak for themselves")]

#[path = "../support/mod.rs"]
mod support;

mod bad_input;
mod check;
mod ci;
mod diff;
mod facts;
mod fidelity;
mod files;
mod fmt;
mod gates;
mod help;
mod init;
mod report;
mod rollback;
mod run;
mod search;
mod terminal;
mod test;
