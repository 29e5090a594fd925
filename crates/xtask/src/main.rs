//! Tasks for the people who work on dryroll: `cargo xtask <task>`. One module a task.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod tasks;

/// Tasks for the people who work on dryroll.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Xtask {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    Facts(tasks::facts::Options),
    Pages(tasks::pages::Options),
}

fn main() -> ExitCode {
    let outcome = match Xtask::parse().task {
        Task::Facts(options) => tasks::facts::run(&options, &mut std::io::stdout().lock()),
        Task::Pages(options) => tasks::pages::run(&options, &mut std::io::stdout().lock()),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::from(2)
    })
}
