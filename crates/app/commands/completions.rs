//! `dryroll completions`: what a shell needs to complete commands and options.

use crate::exit::{Ended, Exit, Failure};
use crate::screen::Screen;
use clap_complete::Shell;

/// Print the completions for a shell
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  dryroll completions bash > ~/.local/share/bash-completion/completions/dryroll
  dryroll completions zsh > ~/.zfunc/_dryroll
  dryroll completions fish > ~/.config/fish/completions/dryroll.fish")]
pub(crate) struct Options {
    /// Which shell
    shell: Shell,
}

/// `command`: the whole command line.
pub(crate) fn run(options: &Options, mut command: clap::Command, screen: &mut Screen) -> Ended {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut command, "dryroll", &mut script);
    let script = String::from_utf8(script).map_err(Failure::bad)?;
    screen.text(&script);
    Ok(Exit::Good)
}
