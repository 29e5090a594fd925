//! A report as a folder of files.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use outcome::Outcome;
use outcome::rollback::Rollback;

use crate::junit::Tested;
use crate::picture::PictureError;
use crate::{html, json, junit, picture};

/// Why a report could not be written. Nothing half-written is left behind.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The folder is not there and cannot be made.
    #[error("cannot make the folder {path}: {source}", path = path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {path}: {source}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The timeline could not be drawn.
    #[error(transparent)]
    Picture(#[from] PictureError),
}

/// Writes `report.html`, `timeline.svg`, `timeline.png`, `junit.xml`, `outcome.json` and `outcome.schema.json` into the
/// folder, which is made if it is not there. The result is the files, in that order.
///
/// Everything is made in memory first. Each file is written under another name in the same folder and then renamed, so
/// whoever looks sees the old file or the new one.
pub fn write_report(folder: &Path, outcome: &Outcome) -> Result<Vec<PathBuf>, WriteError> {
    let tested = Tested {
        outcome,
        path: &outcome.file,
        expectation: None,
    };
    let files: [(&str, Vec<u8>); 6] = [
        ("report.html", html::page(outcome).into_bytes()),
        ("timeline.svg", picture::svg(outcome)?.into_bytes()),
        ("timeline.png", picture::png(outcome)?),
        ("junit.xml", junit::write(&[tested]).into_bytes()),
        ("outcome.json", json::write(outcome).into_bytes()),
        ("outcome.schema.json", json::schema().into_bytes()),
    ];
    write_all(folder, files)
}

/// Writes `rollback.html`, `rollback.svg`, `rollback.png` and `rollback.json` into the folder, as [`write_report`] does.
pub fn write_rollback(folder: &Path, rollback: &Rollback) -> Result<Vec<PathBuf>, WriteError> {
    let files: [(&str, Vec<u8>); 4] = [
        ("rollback.html", html::rollback(rollback).into_bytes()),
        (
            "rollback.svg",
            picture::rollback_svg(rollback)?.into_bytes(),
        ),
        ("rollback.png", picture::rollback_png(rollback)?),
        ("rollback.json", json::write_any(rollback).into_bytes()),
    ];
    write_all(folder, files)
}

fn write_all<const N: usize>(
    folder: &Path,
    files: [(&str, Vec<u8>); N],
) -> Result<Vec<PathBuf>, WriteError> {
    fs::create_dir_all(folder).map_err(|source| WriteError::Folder {
        path: folder.to_owned(),
        source,
    })?;
    let mut written = Vec::with_capacity(N);
    for (name, bytes) in files {
        let path = folder.join(name);
        write_file(&path, &bytes)?;
        written.push(path);
    }
    Ok(written)
}

/// Writes a file so that it is either not there (or still the old one) or complete.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let failed = |source| WriteError::File {
        path: path.to_owned(),
        source,
    };
    let (temporary, mut file) = temporary(path).map_err(failed)?;
    let result = file.write_all(bytes).and_then(|()| file.flush());
    drop(file);
    let result = result.and_then(|()| fs::rename(&temporary, path));
    result.map_err(|source| {
        // The first error is the one to tell; that the remains cannot be removed either adds nothing.
        let _ = fs::remove_file(&temporary);
        failed(source)
    })
}

/// A new file beside `path`. A name that is taken belongs to someone else, who may still be writing.
fn temporary(path: &Path) -> io::Result<(PathBuf, File)> {
    const TRIES: u32 = 100;
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "this is no name of a file"))?;
    let mut taken = None;
    for number in 0..TRIES {
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}-{number}.tmp", std::process::id()));
        let candidate = path.with_file_name(hidden);
        match OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&candidate)
        {
            Ok(file) => return Ok((candidate, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => taken = Some(error),
            Err(error) => return Err(error),
        }
    }
    Err(taken.unwrap_or_else(|| io::ErrorKind::AlreadyExists.into()))
}
