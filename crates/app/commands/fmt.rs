//! `dryroll fmt`: scenario files laid out the same way everywhere.

use crate::exit::{Ended, Exit, Failure};
use crate::files::{self, STDIN};
use crate::interrupt::{good_if, writing};
use crate::screen::{Screen, note, note_text};
use scenario::diagnostic::render;
use scenario::source::{LARGEST_FILE, Sources};
use scenario::{Disk, Loader as _};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Lay scenario files out
///
/// Comments and the order of things are kept, and what a file means is not changed. A file with mistakes in its syntax is not
/// touched. In folders, every .ron file is formatted.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  dryroll fmt scenarios
  dryroll fmt --check .          exit 1 if a file would change
  dryroll fmt - < in.ron > out.ron")]
pub(crate) struct Options {
    /// Files and folders; `-` is standard input, formatted to standard output
    #[arg(required = true)]
    files: Vec<PathBuf>,

    /// Change nothing: name the files that would change, and exit 1 if there are any
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(options: &Options, screen: &mut Screen) -> Ended {
    let mut bad = false;
    let mut changed = 0;
    for found in files::find(&options.files)? {
        match one(&found.path, options.check, screen) {
            Ok(would_change) => changed += usize::from(would_change),
            Err(Failure::Bad(why)) => {
                note(format!("error: {why}"));
                bad = true;
            }
            Err(Failure::Told) => bad = true,
        }
    }
    match bad {
        true => Ok(Exit::Bad),
        false => Ok(good_if(changed == 0 || !options.check)),
    }
}

/// Formats one file, or only looks. Did it change, or would it?
fn one(path: &Path, check: bool, screen: &mut Screen) -> Result<bool, Failure> {
    let piped = path == Path::new(STDIN);
    let text = read(path, piped)?;
    let formatted = scenario::format::format(&text, 0).map_err(|diagnostics| {
        let mut sources = Sources::new();
        sources.add(path, text.as_str());
        note_text(&render::render(
            &diagnostics,
            &sources,
            screen.message_style(),
        ));
        Failure::Told
    })?;
    let changes = formatted != text;
    if check {
        if changes {
            screen.line(path.display());
        }
    } else if piped {
        screen.text(&formatted);
    } else if changes {
        write(path, &formatted)?;
        note(format!("formatted {}", path.display()));
    }
    Ok(changes)
}

fn read(path: &Path, piped: bool) -> Result<String, Failure> {
    let bytes = if piped {
        files::stdin()
    } else {
        Disk.read(path)
    };
    let cannot = |why: &dyn std::fmt::Display| {
        Failure::bad(format!("cannot format {}: {why}", path.display()))
    };
    let bytes = bytes.map_err(|error| cannot(&error))?;
    if bytes.len() > LARGEST_FILE {
        return Err(cannot(&"it is larger than any scenario"));
    }
    String::from_utf8(bytes).map_err(|_| cannot(&"it is no UTF-8 text"))
}

/// Replaces the file at once, behind links, and keeps who may read and write it.
fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let replace = || -> Result<(), Failure> {
        let failed =
            |error: io::Error| Failure::bad(format!("cannot write {}: {error}", path.display()));
        let real = fs::canonicalize(path).map_err(failed)?;
        let permissions = fs::metadata(&real).map_err(failed)?.permissions();
        if permissions.readonly() {
            return Err(failed(io::ErrorKind::PermissionDenied.into()));
        }
        report::write_file(&real, text.as_bytes()).map_err(Failure::bad)?;
        fs::set_permissions(&real, permissions).map_err(failed)
    };
    writing(replace)
}
