//! `dryroll replay`: play a counterexample that a search has saved, and see that it is the same to the byte.

use crate::commands::report::verdict;
use crate::exit::Ended;
use crate::files::Files;
use crate::load::load_and_tell;
use crate::screen::{Screen, note};
use ::report::{json, terminal};
use ::search::plan::Recorded;
use std::path::PathBuf;

/// Play a saved counterexample again, to the byte
///
/// A file that `search --out` wrote says which model found it and the hash of every event of its run. Any scenario can be replayed; for
/// others there is nothing to compare with.
#[derive(clap::Args)]
#[command(after_help = "\
Exit codes: 0 all promises held, 1 one was broken, 2 the file is of no use.

Examples:
  dryroll replay found/write-outage-checkout.ron
  dryroll replay found/write-outage-checkout.ron --json | jq .findings[0]")]
pub(crate) struct Options {
    /// The counterexample
    file: PathBuf,

    /// Print the whole outcome as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options, screen: &mut Screen) -> Ended {
    let (read, ready) = load_and_tell(&Files::default(), &options.file, screen)?;
    let mut outcome = ready.rehearsal.run(*ready.scenario.seed);
    rules::explain(&ready.scenario, &mut outcome);
    let exit = verdict(&outcome);
    let text = read.sources.iter().next().map(|file| file.text.clone());
    let recorded = text.as_deref().and_then(Recorded::find);
    let same = match &recorded {
        None => "nothing is recorded in the file to compare with".to_owned(),
        Some(recorded) if recorded.is(&outcome) => {
            "the same run to the byte as when it was found".to_owned()
        }
        Some(recorded) if recorded.model != outcome.identity.model => format!(
            "warning: found with {}, played with {}; results may differ, and this one does",
            recorded.model, outcome.identity.model
        ),
        Some(recorded) if recorded.id != outcome.identity.id => {
            "warning: the file was changed since it was found, so this is another run".to_owned()
        }
        Some(_) => "warning: not the same run as when it was found, though the model has the same version; \
                    was it built from another source?"
            .to_owned(),
    };
    note(same);
    if options.json {
        screen.text(&json::write(&outcome));
        return Ok(exit);
    }
    outcome.file = options.file.display().to_string();
    screen.text(&terminal::summary(&outcome, screen.style()));
    Ok(exit)
}
