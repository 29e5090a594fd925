//! Files, and parts in files of their own.

use super::context::Lower;
use crate::diagnostic::{Code, Diagnostic};
use crate::loader::tidy;
use crate::model::Span;
use crate::nearest::nearest;
use crate::source::LARGEST_FILE;
use crate::syntax::{Kind, Node, parse};
use std::io;
use std::path::Path;

/// More files than this are no scenario.
const MOST_FILES: usize = 1_000;

/// A part of a part of a part; deeper than this nobody finds anything.
const DEEPEST: usize = 16;

impl Lower<'_> {
    /// Reads the first file. `None`: there is nothing to read a meaning from.
    pub(super) fn file<T>(
        &mut self,
        path: &Path,
        read: impl FnOnce(&mut Self, &Node) -> T,
    ) -> Option<T> {
        match self.loader.read(path) {
            Ok(bytes) => self.parsed(path, bytes, read),
            Err(error) => {
                let file = self.sources.add(path, "");
                let span = Span {
                    file,
                    start: 0,
                    end: 0,
                };
                let diagnostic = self.unreadable(path, &error, span);
                self.report(diagnostic);
                None
            }
        }
    }

    /// Reads a value that may live in a file of its own: then the node is a text, the path of that file, relative to the
    /// file that says it. `None`: the file is of no use, which has been reported.
    pub(super) fn part<T>(
        &mut self,
        node: &Node,
        read: impl FnOnce(&mut Self, &Node) -> T,
    ) -> Option<T> {
        let Kind::Text(named) = &node.kind else {
            return Some(read(self, node));
        };
        let says = self
            .sources
            .path(node.span)
            .map(Path::to_path_buf)
            .unwrap_or_default();
        let path = says.parent().unwrap_or(Path::new("")).join(&**named);
        let problem = if named.trim().is_empty() {
            Some(Diagnostic::error(
                Code::Unreadable,
                node.span,
                "The path of this part is empty.",
            ))
        } else if self.reading.contains(&tidy(&path)) {
            let chain: Vec<String> = self
                .reading
                .iter()
                .chain([&tidy(&path)])
                .map(|path| path.display().to_string())
                .collect();
            Some(
                Diagnostic::error(
                    Code::PartCycle,
                    node.span,
                    "This file is already being read: it is a part of itself.",
                )
                .labelled("leads back to a file further out")
                .note(format!("The way here: {}.", chain.join(" → "))),
            )
        } else if self.reading.len() >= DEEPEST || self.sources.iter().count() >= MOST_FILES {
            Some(Diagnostic::error(
                Code::PartCycle,
                node.span,
                format!(
                    "There are more than {DEEPEST} files inside each other, or more than {MOST_FILES} files."
                ),
            ))
        } else {
            None
        };
        if let Some(problem) = problem {
            self.report(problem);
            self.lose_names(node.span);
            return None;
        }
        let result = match self.loader.read(&path) {
            // A part may again be a path: of the file that holds it.
            Ok(bytes) => self.parsed(&path, bytes, |lower, root| match &root.kind {
                Kind::Text(_) => lower.part_of_part(root, read),
                _ => Some(read(lower, root)),
            }),
            Err(error) => {
                let diagnostic = self.unreadable(&path, &error, node.span);
                self.report(diagnostic);
                None
            }
        };
        if result.is_none() {
            self.lose_names(node.span);
        }
        result.flatten()
    }

    /// Breaks the circle of types in a part that is a path again.
    fn part_of_part<T>(
        &mut self,
        root: &Node,
        read: impl FnOnce(&mut Self, &Node) -> T,
    ) -> Option<T> {
        let mut read = Some(read);
        let mut value = None;
        let take: &mut dyn FnMut(&mut Self, &Node) = &mut |lower, node| {
            if let Some(read) = read.take() {
                value = Some(read(lower, node));
            }
        };
        self.part_dyn(root, take);
        value
    }

    fn part_dyn(&mut self, root: &Node, take: &mut dyn FnMut(&mut Self, &Node)) {
        let _ = self.part(root, take);
    }

    /// Parses the text of a file and hands its value on.
    fn parsed<T>(
        &mut self,
        path: &Path,
        bytes: Vec<u8>,
        read: impl FnOnce(&mut Self, &Node) -> T,
    ) -> Option<T> {
        if bytes.len() > LARGEST_FILE {
            let file = self.sources.add(path, "");
            let message = format!("The file is larger than {} MiB.", LARGEST_FILE >> 20);
            self.report(Diagnostic::error(
                Code::Unreadable,
                Span {
                    file,
                    start: 0,
                    end: 0,
                },
                message,
            ));
            return None;
        }
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let byte = error.as_bytes().get(at).copied().unwrap_or(0);
                let file = self
                    .sources
                    .add(path, String::from_utf8_lossy(error.as_bytes()));
                let span = Span {
                    file,
                    start: at as u32,
                    end: at as u32 + 1,
                };
                self.report(
                    Diagnostic::error(
                        Code::Unreadable,
                        span,
                        format!("The file is not UTF-8 text: byte {at} (0x{byte:02X}) begins no character."),
                    )
                    .labelled("no character")
                    .note("Save the file as UTF-8."),
                );
                return None;
            }
        };
        let file = self.sources.add(path, text);
        let text = self
            .sources
            .get(file)
            .map(|source| source.text.as_str())
            .unwrap_or("");
        let parsed = parse(text, file);
        for diagnostic in parsed.diagnostics {
            self.report(diagnostic);
        }
        let root = parsed.root.filter(|_| !parsed.unpaired)?;
        self.reading.push(tidy(path));
        let value = read(self, &root);
        self.reading.pop();
        Some(value)
    }

    fn unreadable(&self, path: &Path, error: &io::Error, span: Span) -> Diagnostic {
        let shown = path.display();
        if error.kind() != io::ErrorKind::NotFound {
            return Diagnostic::error(
                Code::Unreadable,
                span,
                format!("The file {shown} cannot be read: {error}."),
            );
        }
        let diagnostic =
            Diagnostic::error(Code::Unreadable, span, format!("There is no file {shown}."));
        let folder = path.parent().unwrap_or(Path::new(""));
        let names = self.loader.list(folder);
        let wanted = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or("");
        if let Some(near) = nearest(wanted, &names) {
            return diagnostic.note(format!("Did you mean {}?", folder.join(near).display()));
        }
        let files: Vec<&str> = names
            .iter()
            .map(String::as_str)
            .filter(|name| name.ends_with(".ron"))
            .take(8)
            .collect();
        if files.is_empty() {
            diagnostic
        } else {
            diagnostic.note(format!("In that folder there are {}.", files.join(", ")))
        }
    }
}
