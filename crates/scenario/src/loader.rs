//! Where files come from. The language reads through [`Loader`], so that tests, fuzzers and browsers need no disk.

use crate::source::LARGEST_FILE;
use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};

/// Gives the bytes of a file, and the names next to it for suggestions.
pub trait Loader {
    /// The bytes of the file.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// The names of the files in a folder; empty if it cannot be listed.
    fn list(&self, folder: &Path) -> Vec<String> {
        let _ = folder;
        Vec::new()
    }
}

/// The file system.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl Loader for Disk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        use io::Read as _;
        let mut bytes = Vec::new();
        // One byte more than allowed is enough to know that the file is too long; a device without end is no trap.
        std::fs::File::open(path)?
            .take(LARGEST_FILE as u64 + 1)
            .read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn list(&self, folder: &Path) -> Vec<String> {
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        let Ok(entries) = std::fs::read_dir(folder) else {
            return Vec::new();
        };
        let mut names: Vec<String> = entries
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .collect();
        names.sort();
        names
    }
}

/// Files in memory, by path. Paths are compared after `.` and `..` are worked out.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    files: BTreeMap<PathBuf, Vec<u8>>,
}

impl Memory {
    /// No file.
    pub fn new() -> Self {
        Self::default()
    }

    /// With one more file.
    pub fn with(mut self, path: impl AsRef<Path>, content: impl Into<Vec<u8>>) -> Self {
        self.files.insert(tidy(path.as_ref()), content.into());
        self
    }
}

impl Loader for Memory {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.files.get(&tidy(path)) {
            Some(content) => Ok(content.clone()),
            None => Err(io::Error::from(io::ErrorKind::NotFound)),
        }
    }

    fn list(&self, folder: &Path) -> Vec<String> {
        let folder = tidy(folder);
        self.files
            .keys()
            .filter(|path| path.parent() == Some(folder.as_path()))
            .filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()))
            .collect()
    }
}

/// The path without `.` and with `..` worked out where that is possible without asking the file system.
pub(crate) fn tidy(path: &Path) -> PathBuf {
    let mut tidied = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => match tidied.components().next_back() {
                Some(Component::Normal(_)) => {
                    tidied.pop();
                }
                Some(Component::RootDir | Component::Prefix(_)) => {}
                _ => tidied.push(".."),
            },
            other => tidied.push(other),
        }
    }
    tidied
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_tidied_without_the_file_system() {
        let tidied = |path: &str| tidy(Path::new(path)).to_string_lossy().into_owned();
        assert_eq!(tidied("a/./b/../c.ron"), "a/c.ron");
        assert_eq!(tidied("../a.ron"), "../a.ron");
        assert_eq!(tidied("a/../../b"), "../b");
        assert_eq!(tidied("/../b"), "/b");
    }

    #[test]
    fn memory_lists_the_names_in_a_folder() {
        let memory = Memory::new()
            .with("estates/prod.ron", "")
            .with("estates/old/prod.ron", "")
            .with("run.ron", "");
        assert_eq!(memory.list(Path::new("estates")), ["prod.ron"]);
        assert_eq!(memory.list(Path::new("")), ["run.ron"]);
    }
}
