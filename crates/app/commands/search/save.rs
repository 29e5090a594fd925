//! The result of a search on disk: all of it as JSON, a page, and a scenario for each story.

use crate::exit::Failure;
use crate::interrupt::writing;
use ::report::write_file;
use ::search::saved::Saved;
use outcome::search::Search;
use rehearsal::Rehearsal;
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
        let page = ::report::search_html(result);
        write_file(&folder.join("search.html"), page.as_bytes()).map_err(Failure::bad)?;
        write_file(&folder.join("search.json"), json(result).as_bytes()).map_err(Failure::bad)
    })
}

/// The file with the islands, and the one with the scenario that they are of.
const ISLANDS: &str = "islands.json";
const SCENARIO: &str = "scenario.ron";

/// Writes what is needed to go on, and to put shards together.
pub(crate) fn islands(folder: &Path, rehearsal: &Rehearsal, saved: &Saved) -> Result<(), Failure> {
    let mut whole = rehearsal.scenario().clone();
    whole.faults = rehearsal.faults().to_vec();
    let text = scenario::canonical::text(&whole);
    let text = scenario::format::format(&text, 0).unwrap_or(text);
    writing(|| {
        write_file(&folder.join(SCENARIO), text.as_bytes()).map_err(Failure::bad)?;
        write_file(&folder.join(ISLANDS), saved.json().as_bytes()).map_err(Failure::bad)
    })
}

/// Reads the islands in a folder.
pub(crate) fn read(folder: &Path) -> Result<Saved, Failure> {
    let path = folder.join(ISLANDS);
    let failed = |why: String| Failure::bad(format!("cannot use {}: {why}", path.display()));
    let json = std::fs::read_to_string(&path).map_err(|error| failed(error.to_string()))?;
    Saved::read(&json).map_err(|why| failed(why.to_string()))
}

/// Reads the scenario that the islands in a folder are of.
pub(crate) fn scenario(folder: &Path, saved: &Saved) -> Result<Rehearsal, Failure> {
    let path = folder.join(SCENARIO);
    let of_no_use = || Failure::bad(format!("{} is not what a search has saved", path.display()));
    let read = scenario::read(&scenario::Disk, &path);
    let scenario = read.scenario.ok_or_else(of_no_use)?;
    let rehearsal = rehearsal::prepare(&scenario, &saved.file).map_err(|_| of_no_use())?;
    match rehearsal::identity_of(&scenario) == saved.scenario {
        true => Ok(rehearsal),
        false => Err(Failure::bad(format!(
            "{} was changed since the search",
            path.display()
        ))),
    }
}
