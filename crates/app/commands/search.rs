//! `dryroll search`: look for orderings that break the contract.

mod progress;
mod save;
mod show;

use crate::exit::{Ended, Exit, Failure};
use crate::files::{self, Files};
use crate::interrupt;
use crate::load::load_and_tell;
use crate::screen::{Screen, note};
use ::search::island::Strategy;
use ::search::palette::Kind;
use ::search::{Asking, Plan};
use scenario::model::Nanos;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Runs if neither `--seeds` nor `--budget` says otherwise.
const RUNS: u64 = 1_000;

/// Look for orderings that break the contract
///
/// Plays the scenario many times, each time with another seed and other faults at other moments: crashes, pauses, cuts, slow disks,
/// people who do not wait. Every failure found is told with its reason and can be saved as a scenario of its own. The same arguments
/// give the same result on any number of threads.
#[derive(clap::Args)]
#[command(after_help = "\
Exit codes: 0 no promise was broken, 1 one was, 2 the file is of no use.

Ctrl-C ends the search and keeps what was found.

Examples:
  dryroll search upgrade.ron
  dryroll search upgrade.ron --seeds 100000 --out found
  dryroll search upgrade.ron --budget 60s --until-first
  dryroll search upgrade.ron --kinds operator,pause --faults 1
  dryroll search upgrade.ron --format json | jq .stories[].what")]
pub(crate) struct Options {
    /// The scenario; `-` is standard input
    file: PathBuf,

    /// How many runs; 1000 unless --budget is given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    seeds: Option<u64>,

    /// How long to search: "60s", "10m"
    #[arg(long, value_name = "TIME", value_parser = duration)]
    budget: Option<Duration>,

    /// The first seed, from which every draw comes; the file's own `seed` if not given
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// How to choose what to run: mixed, uniform, boundaries, fork
    #[arg(long, value_name = "NAME", default_value = "mixed", value_parser = strategy)]
    strategy: Strategy,

    /// Stop at the first failure
    #[arg(long)]
    until_first: bool,

    /// Faults in one plan at most
    #[arg(long, value_name = "K", default_value_t = 2, value_parser = clap::value_parser!(u32).range(0..=8))]
    faults: u32,

    /// Kinds of faults to draw from: crash, pause, network, slow, operator
    #[arg(long, value_name = "KINDS", value_delimiter = ',', value_parser = kind)]
    kinds: Vec<Kind>,

    /// Threads; all cores if not given
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,

    /// Write the result and a scenario for each failure into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// How the result of a search is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Verdict, the smallest stories first, coverage
    #[default]
    Text,
    /// All of it as JSON
    Json,
}

pub(crate) fn run(options: &Options, screen: &mut Screen) -> Ended {
    let (_, ready) = load_and_tell(&Files::default(), &options.file, screen)?;
    if let Some(folder) = &options.out {
        files::prepare_folder(folder)?;
    }
    let rehearsal = &ready.rehearsal;
    let asking = Asking {
        seed: options.seed.unwrap_or(*ready.scenario.seed),
        runs: options.seeds.or(options.budget.is_none().then_some(RUNS)),
        strategy: options.strategy,
        faults: options.faults,
        kinds: match options.kinds.as_slice() {
            [] => Kind::ALL.to_vec(),
            some => some.to_vec(),
        },
        until_first: options.until_first,
        rates: Vec::new(),
        shard: (0, 1),
    };
    let explain = |plan: &Plan, outcome: &mut outcome::Outcome| {
        rules::explain(&plan.scenario(rehearsal), outcome);
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.jobs.map_or(0, usize::from))
        .build()
        .map_err(|error| Failure::bad(format!("no threads can be started: {error}")))?;
    let stop = interrupt::gently();
    let begin = Instant::now();
    let out_of_time = || {
        options
            .budget
            .is_some_and(|budget| begin.elapsed() >= budget)
    };
    let bar = progress::Bar::new(asking.runs);
    let played = pool.install(|| {
        ::search::play(
            rehearsal,
            &asking,
            BTreeMap::new(),
            stop,
            &out_of_time,
            &|progress| bar.tell(progress),
        )
    });
    bar.finish();
    let result = pool.install(|| ::search::conclude(rehearsal, &asking, &played, &explain));
    if let Some(folder) = &options.out {
        save::result(folder, &result)?;
        note(format!("result in {}", folder.display()));
    }
    match options.format {
        Format::Text => show::text(&result, &options.file, options.out.as_deref(), screen),
        Format::Json => screen.text(&save::json(&result)),
    }
    Ok(match result.failures() {
        0 => Exit::Good,
        _ => Exit::Broken,
    })
}

fn strategy(name: &str) -> Result<Strategy, String> {
    Strategy::named(name).ok_or_else(|| "write mixed, uniform, boundaries or fork".to_owned())
}

fn kind(name: &str) -> Result<Kind, String> {
    let names: Vec<&str> = Kind::ALL.into_iter().map(Kind::name).collect();
    Kind::named(name).ok_or_else(|| format!("write one or more of {}", names.join(", ")))
}

fn duration(text: &str) -> Result<Duration, String> {
    let nanos: Nanos = text
        .parse()
        .map_err(|_| "write a time as \"60s\" or \"10m\"".to_owned())?;
    Ok(Duration::from_nanos(nanos.0))
}
