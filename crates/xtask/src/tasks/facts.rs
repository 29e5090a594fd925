//! `cargo xtask facts`: from what Kafka's own classes say to the data files of the crate `facts`.
//!
//! `extract/Facts.java` prints one JSON file for each Kafka release. This task lays a folder of them over what the data files
//! already say, section by section, and writes the data files again. So one new release is one new JSON file, and a folder that
//! is not the whole history, or whose files lack a section, takes nothing away. The same input always gives the same bytes.
//!
//! Tools, milestones, notes and the words on metadata versions are kept by hand; this task does not touch them.

mod book;
mod extraction;
mod read;
mod write;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;

/// Write the data files of the crate `facts` from a folder of extractions.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The folder with `<version>.json` files.
    folder: PathBuf,
    /// Change nothing; exit 1 if a data file would change.
    #[arg(long)]
    check: bool,
    /// Where the data files are.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../facts/data"), hide_default_value = true)]
    data: PathBuf,
}

pub(crate) fn run(options: &Options, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let mut book = read::book(&options.data)?;
    for (version, json) in extractions(&options.folder)? {
        let extraction = extraction::read(&json).with_context(|| format!("{version}.json"))?;
        book.lay_over(extraction);
    }
    let mut changed = 0;
    for (name, text) in write::files(&book)? {
        let path = options.data.join(name);
        let before = fs::read_to_string(&path).unwrap_or_default();
        if before == text {
            continue;
        }
        changed += 1;
        report(out, name, &before, &text)?;
        if !options.check {
            fs::create_dir_all(&options.data)?;
            fs::write(&path, text).with_context(|| path.display().to_string())?;
        }
    }
    match (changed, options.check) {
        (0, _) => writeln!(
            out,
            "data files and extraction agree: {} releases",
            book.releases.len()
        )?,
        (n, true) => writeln!(out, "{n} data files do not agree with the extraction")?,
        (n, false) => writeln!(out, "{n} data files written")?,
    }
    Ok(ExitCode::from(u8::from(options.check && changed > 0)))
}

/// The JSON files of the folder by name.
fn extractions(folder: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            let version = path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            found.push((
                version,
                fs::read_to_string(&path).with_context(|| path.display().to_string())?,
            ));
        }
    }
    anyhow::ensure!(!found.is_empty(), "no .json file in {}", folder.display());
    found.sort();
    Ok(found)
}

/// Which lines of a data file come and go.
fn report(out: &mut dyn Write, name: &str, before: &str, after: &str) -> anyhow::Result<()> {
    const SHOWN: usize = 12;
    let only_in = |a: &str, b: &str| -> Vec<String> {
        let b: std::collections::BTreeSet<String> = b.lines().map(narrow).collect();
        a.lines()
            .map(narrow)
            .filter(|line| !b.contains(line))
            .collect()
    };
    let (gone, new) = (only_in(before, after), only_in(after, before));
    writeln!(out, "{name}: {} lines new, {} gone", new.len(), gone.len())?;
    for (sign, lines) in [('-', gone), ('+', new)] {
        for line in lines.iter().take(SHOWN) {
            writeln!(out, "  {sign} {line}")?;
        }
        if lines.len() > SHOWN {
            writeln!(out, "  {sign} … and {} more", lines.len() - SHOWN)?;
        }
    }
    Ok(())
}

/// The line without padding: a wider column is no news.
fn narrow(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
