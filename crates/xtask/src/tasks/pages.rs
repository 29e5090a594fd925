//! `cargo xtask pages`: the documents and samples that are made by the program.
//!
//! Tests make them (`tests/documents.rs`, `tests/samples.rs`), so that they cannot go stale unseen. This task lets the tests write instead of
//! compare.

use std::io::Write;
use std::process::{Command, ExitCode};

use anyhow::Context;

/// The tests that hold files of the repository against what the program makes.
const TESTS: [&str; 4] = ["samples", "documents", "rulebook", "checklist"];

/// Write the documents and samples that the program makes.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Change nothing; exit 1 if something would change.
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(options: &Options, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    for test in TESTS {
        let mut command = Command::new(&cargo);
        command
            .args(["test", "--quiet", "--package", "dryroll", "--test", test])
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
        if !options.check {
            command.env("DRYROLL_BLESS", "1");
        }
        let status = command
            .status()
            .with_context(|| format!("cargo test --test {test}"))?;
        if !status.success() {
            writeln!(out, "{test}: not as the program makes them")?;
            return Ok(ExitCode::from(1));
        }
    }
    writeln!(out, "documents and samples are as the program makes them")?;
    Ok(ExitCode::SUCCESS)
}
