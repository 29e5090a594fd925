//! `dryroll`: rehearse Kafka upgrades before production.
//!
//! This is the thin end of the house: it reads the command line, calls the crates that know something, and prints. One file a
//! command under `commands`; what they share is here:
//!
//! * [`cli`]: which commands there are;
//! * [`exit`]: what a command ends with, and the four exit codes;
//! * [`screen`]: what the terminal can show, and a standard output that a closed pipe cannot hurt;
//! * [`files`]: scenario files, folders of them, standard input;
//! * [`load`]: from a path to a scenario that can be run, or to words on why not;
//! * [`interrupt`]: Ctrl-C never meets a file half-written.

mod cli;
mod commands;
mod exit;
mod files;
mod interrupt;
mod load;
mod panic;
mod progress;
mod screen;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let end = panic::caught(|| {
        let cli = match cli::Cli::try_parse() {
            Ok(cli) => cli,
            Err(error) => return exit::usage(&error),
        };
        interrupt::watch();
        let mut screen = screen::Screen::new(cli.color);
        let end = cli.command.run(&mut screen);
        screen.close(end)
    });
    end.into()
}
