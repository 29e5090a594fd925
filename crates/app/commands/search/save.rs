//! The result of a search on disk: all of it as JSON, a page, and a scenario for each story.

use crate::exit::Failure;
use crate::interrupt::writing;
use ::report::{BesideSearch, write_file};
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
            for variant in &story.variants {
                let path = folder.join(format!("{}.ron", variant.name));
                write_file(&path, variant.file.as_bytes()).map_err(Failure::bad)?;
            }
        }
        for old in [GATES, ROLLBACK] {
            // They are of the search that was here before.
            match std::fs::remove_file(folder.join(old)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(Failure::bad(format!("cannot remove {old}: {error}")));
                }
                _ => {}
            }
        }
        let page = ::report::search_html(result, &BesideSearch::default());
        write_file(&folder.join(PAGE), page.as_bytes()).map_err(Failure::bad)?;
        write_file(&folder.join("search.json"), json(result).as_bytes()).map_err(Failure::bad)
    })
}

/// The page.
const PAGE: &str = "search.html";

/// Events that may be played for what stands on the page beside the search, and seeds at most.
const EVENTS: u64 = 20_000_000;
const SEEDS: u64 = 5;

/// Writes the page once more, with what the gates of the runbook are worth and the way back. The result is safe by then, and this can be
/// interrupted.
///
/// It is played with as many seeds as its time allows: the way back of a large cluster from every moment is left to `dryroll rollback`.
pub(crate) fn whole_page(
    folder: &Path,
    result: &Search,
    rehearsal: &Rehearsal,
    first: u64,
) -> Result<(), Failure> {
    let scenario = rehearsal.scenario();
    let steps = &scenario.runbook;
    let gated = steps.iter().any(|step| {
        let lists = [&step.before, &step.during, &step.between, &step.after];
        lists.iter().any(|gates| !gates.is_empty())
    });
    let undone = steps.iter().any(|step| step.undo.is_some());
    let a_run = result.healthy.events.max(1);
    // Two runs a seed for each gate and for each that could be added, of which there are about five in each place.
    let for_gates = (EVENTS / (a_run * 2 * (1 + 6 * steps.len() as u64))).min(SEEDS);
    // Each moment is left three times, there and back.
    let for_the_way_back = (EVENTS / (a_run * 6 * (1 + 3 * steps.len() as u64))).min(SEEDS);
    let gates = (gated && for_gates > 0)
        .then(|| ::search::gates::run(rehearsal, &result.file, first, for_gates, &|_, _| {}));
    let rollback = (undone && for_the_way_back > 0)
        .then(|| ::search::rollback::run(rehearsal, first, for_the_way_back, &|| {}));
    let more = BesideSearch {
        gates: gates.as_ref(),
        rollback: rollback.as_ref(),
    };
    if more.gates.is_none() && more.rollback.is_none() {
        return Ok(());
    }
    let page = ::report::search_html(result, &more);
    writing(|| {
        if let Some(gates) = &gates {
            write_plain(&folder.join(GATES), gates)?;
        }
        if let Some(rollback) = &rollback {
            write_plain(&folder.join(ROLLBACK), rollback)?;
        }
        write_file(&folder.join(PAGE), page.as_bytes()).map_err(Failure::bad)
    })
}

/// What stands on the page beside the search, as `gates --format json` and `rollback --format json` say it.
pub(crate) const GATES: &str = "gates.json";
pub(crate) const ROLLBACK: &str = "rollback.json";

fn write_plain(path: &Path, value: &impl serde::Serialize) -> Result<(), Failure> {
    let mut text = serde_json::to_string_pretty(value).expect("it is plain data");
    text.push('\n');
    write_file(path, text.as_bytes()).map_err(Failure::bad)
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
    let name = folder.display();
    if !folder.exists() {
        return Err(Failure::bad(format!("there is no folder {name}")));
    }
    if !folder.is_dir() {
        return Err(Failure::bad(format!(
            "{name} is a file; name the folder that a search has written (--out)"
        )));
    }
    if !path.exists() {
        return Err(Failure::bad(format!(
            "no search was saved in {name}: it has no {ISLANDS}; `dryroll search FILE --out {name}` writes one"
        )));
    }
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
