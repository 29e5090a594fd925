//! The file language of dryroll: what there is (the estate), what people do (the runbook), what goes wrong (the faults)
//! and what must hold (the contract).
//!
//! A file goes through four stations, each a module, and nothing flows back:
//!
//! ```text
//! bytes ──► syntax ──► lower ──► resolve ──► Scenario
//!           (tree)     (model)   (names,
//!                                 versions,
//!                                 settings)
//! ```
//!
//! * [`syntax`] reads RON into a tree that keeps every comment and carries on after a mistake;
//! * `lower` gives the tree its meaning, field by field, and fills in [`defaults`];
//! * `resolve` checks what one part says about another, with a [`Vocabulary`] of Kafka's versions and settings;
//! * every mistake on the way is a [`Diagnostic`] that points at the word and says what to write instead.
//!
//! A file is RON, with one liberty: in parentheses, values without a name may come before fields with one, as in
//! `Roll(Brokers, to: "4.1.2")`, which the `ron` crate does not read. Everything can be written without it
//! (`Roll(nodes: Brokers, to: "4.1.2")`), and [`canonical`] does; [`syntax::is_ron`] tells which a text is.
//!
//! [`read`] is the whole way. [`format`](mod@format) lays a file out, [`canonical`] writes down what it means, [`starter`] is a
//! first file to begin with.
//!
//! Invariants: no input makes this crate panic; [`Read::scenario`] is there exactly if no diagnostic is an error; this crate
//! touches the file system only through [`Loader`].

pub mod canonical;
pub mod defaults;
pub mod diagnostic;
pub mod format;
pub mod loader;
pub mod model;
pub mod nodes;
pub mod promises;
pub mod source;
pub mod starter;
pub mod syntax;
pub mod units;
pub mod vocabulary;

mod lower;
mod nearest;
mod read;
mod resolve;

#[cfg(test)]
mod tests;

pub use defaults::AppliedDefault;
pub use diagnostic::{Code, Diagnostic, Severity};
pub use loader::{Disk, Loader, Memory};
pub use model::Scenario;
pub use read::{Read, read, read_with};
pub use source::Sources;
pub use vocabulary::Vocabulary;
