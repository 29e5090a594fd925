//! The result of a search on disk: all of it as JSON, and a scenario for each story.

use crate::exit::Failure;
use crate::interrupt::writing;
use ::report::write_file;
use outcome::search::Search;
use std::path::Path;

/// The result, pretty-printed.
pub(crate) fn json(result: &Search) -> String {
    let mut json = serde_json::to_string_pretty(result).expect("a result is plain data");
    json.push('\n');
    json
}

/// Writes the result into the folder.
pub(crate) fn result(folder: &Path, result: &Search) -> Result<(), Failure> {
    writing(|| {
        for story in &result.stories {
            let path = folder.join(format!("{}.ron", story.name));
            write_file(&path, story.file.as_bytes()).map_err(Failure::bad)?;
        }
        write_file(&folder.join("search.json"), json(result).as_bytes()).map_err(Failure::bad)
    })
}
