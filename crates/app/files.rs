//! Scenario files on disk: single ones, folders of them, and standard input.

use crate::exit::Failure;
use scenario::{Disk, Loader};
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The path that means standard input.
pub(crate) const STDIN: &str = "-";

/// What scenario files are called.
const ENDING: &str = "ron";

/// The file system, with `-` as standard input.
#[derive(Debug, Default)]
pub(crate) struct Files {
    /// Standard input can be read once only.
    stdin: OnceLock<Vec<u8>>,
}

impl Loader for Files {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if path != Path::new(STDIN) {
            return Disk.read(path);
        }
        if let Some(bytes) = self.stdin.get() {
            return Ok(bytes.clone());
        }
        let bytes = stdin()?;
        Ok(self.stdin.get_or_init(|| bytes).clone())
    }

    fn list(&self, folder: &Path) -> Vec<String> {
        Disk.list(folder)
    }
}

/// Everything on standard input, up to one byte more than a file may have.
pub(crate) fn stdin() -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = scenario::source::LARGEST_FILE as u64 + 1;
    io::stdin().lock().take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A file that was named, or that was found in a folder that was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Its path, beginning with what was named.
    pub(crate) path: PathBuf,
    /// It was found in a folder; nobody said that it is a scenario.
    pub(crate) walked: bool,
}

/// The files named by the paths, and those in the folders among them, in the order of the paths and within a folder by name.
/// A file that is named twice is there once.
///
/// Hidden folders are left out, and links to folders, which may lead in circles.
///
/// # Errors
/// A path that is not there, a folder that cannot be read, a folder with no scenario in it.
pub(crate) fn find(paths: &[PathBuf]) -> Result<Vec<Found>, Failure> {
    let mut found: Vec<Found> = Vec::new();
    for path in paths {
        let mut here = Vec::new();
        if path.is_dir() {
            walk(path, &mut here)?;
            if here.is_empty() {
                let folder = path.display();
                return Err(Failure::bad(format!(
                    "there is no .{ENDING} file in {folder}"
                )));
            }
        } else {
            here.push(Found {
                path: path.clone(),
                walked: false,
            });
        }
        for file in here {
            match found.iter_mut().find(|known| known.path == file.path) {
                Some(known) => known.walked &= file.walked,
                None => found.push(file),
            }
        }
    }
    Ok(found)
}

fn walk(folder: &Path, found: &mut Vec<Found>) -> Result<(), Failure> {
    let unreadable = |error| {
        Failure::bad(format!(
            "cannot read the folder {}: {error}",
            folder.display()
        ))
    };
    let mut entries = fs::read_dir(folder)
        .and_then(Iterator::collect::<io::Result<Vec<_>>>)
        .map_err(unreadable)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        let kind = entry.file_type().map_err(unreadable)?;
        if hidden {
        } else if kind.is_dir() {
            walk(&path, found)?;
        } else if path.extension() == Some(OsStr::new(ENDING)) && path.is_file() {
            found.push(Found { path, walked: true });
        }
    }
    Ok(())
}

/// Makes sure, before any work is done, that files can be written into the folder, which is made if it is not there.
///
/// # Errors
/// Why nothing can be written there.
pub(crate) fn prepare_folder(folder: &Path) -> Result<(), Failure> {
    let failed = |what: &str, error: io::Error| {
        Failure::bad(format!(
            "cannot write a report into {}: {what}{error}",
            folder.display()
        ))
    };
    fs::create_dir_all(folder).map_err(|error| match folder.is_file() {
        true => failed("", io::Error::other("it is a file, not a folder")),
        false => failed("the folder cannot be made: ", error),
    })?;
    let probe = folder.join(format!(".dryroll-{}.tmp", std::process::id()));
    fs::write(&probe, b"").map_err(|error| failed("", error))?;
    fs::remove_file(&probe).map_err(|error| failed("", error))
}

/// Leaves out those that were found in a folder and that another one of them names as its part.
pub(crate) fn without_parts<T>(
    all: Vec<T>,
    of: impl Fn(&T) -> (&Found, &scenario::Sources),
) -> Vec<T> {
    let parts: Vec<PathBuf> = all
        .iter()
        .flat_map(|one| of(one).1.iter().skip(1))
        .filter_map(|part| fs::canonicalize(&part.path).ok())
        .collect();
    let is_part = |one: &T| {
        let file = of(one).0;
        file.walked && fs::canonicalize(&file.path).is_ok_and(|path| parts.contains(&path))
    };
    let keep: Vec<bool> = all.iter().map(|one| !is_part(one)).collect();
    all.into_iter()
        .zip(keep)
        .filter_map(|(one, keep)| keep.then_some(one))
        .collect()
}
