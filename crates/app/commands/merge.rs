//! `dryroll merge`: the parts of a search put together.

use crate::commands::search::{self, Format, save};
use crate::exit::{Ended, Failure};
use crate::files;
use crate::screen::{Screen, note};
use ::search::Asking;
use ::search::saved::merge;
use std::path::{Path, PathBuf};

/// Put the parts of a search together
///
/// Each folder is one that `search --shard K/N --out DIR` has written. The result is that of the whole search on one machine, byte for
/// byte.
#[derive(clap::Args)]
#[command(after_help = "\
Exit codes: 0 no promise was broken, 1 one was, 2 a folder is of no use.

Examples:
  dryroll merge part-1 part-2 part-3 --out found
  dryroll merge parts/* --format json | jq .stories[].what")]
pub(crate) struct Options {
    /// The folders of the parts
    #[arg(required = true)]
    folders: Vec<PathBuf>,

    /// Write the result and a scenario for each failure into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Tell failures as they were found, not made as small as possible
    #[arg(long)]
    no_shrink: bool,

    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(crate) fn run(options: &Options, screen: &mut Screen) -> Ended {
    let saved = options
        .folders
        .iter()
        .map(|folder| save::read(folder))
        .collect::<Result<Vec<_>, _>>()?;
    let (played, missing) = merge(&saved)
        .map_err(|why| Failure::bad(format!("these folders are not parts of one search: {why}")))?;
    if missing > 0 {
        note(format!(
            "warning: parts are missing; of every search of this size {missing} islands more are played"
        ));
    }
    let rehearsal = save::scenario(&options.folders[0], &saved[0])?;
    let asking = Asking::of(&saved[0].asked)
        .map_err(|why| Failure::bad(format!("{}: {why}", options.folders[0].display())))?;
    if let Some(folder) = &options.out {
        files::prepare_folder(folder)?;
    }
    let pool = search::pool(None)?;
    let result = search::conclude(&pool, &rehearsal, &asking, &played, !options.no_shrink);
    if let Some(folder) = &options.out {
        save::result(folder, &result)?;
        if !options.no_shrink && missing == 0 {
            pool.install(|| save::whole_page(folder, &result, &rehearsal, asking.seed))?;
        }
        note(format!("result in {}", folder.display()));
    }
    let file = Path::new(&saved[0].file);
    search::print(
        &result,
        file,
        options.out.as_deref(),
        options.format,
        screen,
    );
    Ok(search::exit(&result))
}
