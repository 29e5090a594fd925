//! `dryroll init`: a first file to begin with.

use crate::exit::{Ended, Exit, Failure};
use crate::files::STDIN;
use crate::interrupt::writing;
use crate::screen::Screen;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

/// Write a commented scenario to begin with
///
/// It is complete: it can be run as it is. A file that is there already is never touched.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  dryroll init
  dryroll init upgrades/orders.ron
  dryroll init -                 to standard output")]
pub(crate) struct Options {
    /// The new file; `-` is standard output
    #[arg(default_value = "rehearsal.ron")]
    file: PathBuf,
}

pub(crate) fn run(options: &Options, screen: &mut Screen) -> Ended {
    let path = options.file.as_path();
    if path == Path::new(STDIN) {
        screen.text(scenario::starter::TEXT);
        return Ok(Exit::Good);
    }
    writing(|| create(path)).map_err(|error| {
        let file = path.display();
        match error.kind() {
            ErrorKind::AlreadyExists => Failure::bad(format!(
                "{file} is there already, and is left as it is; `dryroll init OTHER.ron` takes another name"
            )),
            ErrorKind::NotFound => Failure::bad(format!(
                "cannot write {file}: the folder it is to be in does not exist"
            )),
            _ => Failure::bad(format!("cannot write {file}: {error}")),
        }
    })?;
    let file = path.display();
    screen.line(format_args!("{file} is written. Next:"));
    screen.line(format_args!("  dryroll run {file}"));
    screen.line(format_args!("  dryroll run {file} --report out"));
    Ok(Exit::Good)
}

/// Writes the file if there is none. Nothing is left behind if that fails.
fn create(path: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    let written = file.write_all(scenario::starter::TEXT.as_bytes());
    if written.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(path);
    }
    written
}
