//! `dryroll search`: look for orderings that break the contract.

mod jobs;
mod progress;
pub(crate) mod save;
pub(crate) mod show;

use crate::exit::{Ended, Exit, Failure};
use crate::files::{self, Files};
use crate::interrupt;
use crate::load::load_and_tell;
use crate::screen::{Screen, note};
use ::report::found;
use ::search::island::Strategy;
use ::search::odds::Rate;
use ::search::palette::Kind;
use ::search::saved::Saved;
use ::search::{Asking, Played, Telling};
use outcome::search::Ended::Interrupted;
use outcome::search::Search;
use rehearsal::Rehearsal;
use scenario::Scenario;
use scenario::model::{Nanos, Spanned};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Faults in one plan, if nothing says otherwise.
const FAULTS: u32 = 2;

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
  dryroll search upgrade.ron --exhaustive 1 --kinds crash,pause
  dryroll search upgrade.ron --probability crash=1/30d,pause=1/d --seeds 20000
  dryroll search upgrade.ron --seeds 100000 --shard 1/8 --out part-1
  dryroll search upgrade.ron --seeds 100000 --out found --jobs-for slurm
  dryroll search upgrade.ron --format json | jq .stories[].what")]
pub(crate) struct Options {
    /// The scenario; `-` is standard input
    file: PathBuf,

    /// How many runs; 1000 unless --budget is given
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(u64).range(1..))]
    seeds: Option<u64>,

    /// How long to search: "60s", "10m"
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = duration)]
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

    /// Faults in one plan at most; what the file's `swarm` says if not given, else 2
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(0..=8))]
    faults: Option<u32>,

    /// Kinds of faults to draw from: crash, pause, network, slow, operator; those of the file's `swarm` if not given, else all
    #[arg(long, value_name = "KINDS", value_delimiter = ',', value_parser = kind)]
    kinds: Vec<Kind>,

    /// Try every plan of 1 fault, or of up to 2, at every moment, instead of drawing (kinds: crash if not given)
    #[arg(
        long,
        value_name = "K",
        value_parser = clap::value_parser!(u32).range(1..=2),
        conflicts_with_all = ["strategy", "seeds", "faults", "until_first"]
    )]
    exhaustive: Option<u32>,

    /// How likely is it, if faults come to each node at these rates: "crash=1/30d,pause=2/h"
    #[arg(
        long,
        value_name = "RATES",
        value_delimiter = ',',
        value_parser = Rate::parse,
        conflicts_with_all = ["strategy", "faults", "kinds", "exhaustive", "until_first"]
    )]
    probability: Vec<Rate>,

    /// Threads; all cores if not given
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,

    /// Tell failures as they were found, not made as small as possible
    #[arg(long)]
    no_shrink: bool,

    /// Write the result, its page, a scenario for each failure, and what is needed to go on, into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Go on with the search that was saved in this folder (by --out, with the same arguments)
    #[arg(long, value_name = "DIR")]
    resume: Option<PathBuf>,

    /// Only the K-th of N parts of the search; `dryroll merge` puts them together
    #[arg(long, value_name = "K/N", value_parser = shard)]
    shard: Option<(u64, u64)>,

    /// Print a job file that plays the search in N parts, instead of searching
    #[arg(
        long,
        value_enum,
        value_name = "SYSTEM",
        requires = "out",
        conflicts_with = "shard"
    )]
    jobs_for: Option<jobs::System>,

    /// In how many parts, for --jobs-for
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    shards: u64,

    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// How the result of a search is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Verdict, the smallest stories first, coverage
    #[default]
    Text,
    /// All of it as JSON
    Json,
    /// JUnit XML: a case for each promise
    Junit,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations for GitHub Actions
    Github,
}

pub(crate) fn run(options: &Options, screen: &mut Screen) -> Ended {
    if let Some(system) = options.jobs_for {
        let out = options.out.as_deref().unwrap_or(Path::new("found"));
        screen.text(&jobs::file(
            system,
            &options.file,
            out,
            options.shards,
            &again(options),
        ));
        return Ok(Exit::Good);
    }
    let (_, ready) = load_and_tell(&Files::default(), &options.file, screen)?;
    if let Some(folder) = &options.out {
        files::prepare_folder(folder)?;
    }
    let rehearsal = &ready.rehearsal;
    let asking = asking(options, &ready.scenario);
    let done = match &options.resume {
        None => BTreeMap::new(),
        Some(folder) => {
            let saved = save::read(folder)?;
            let unfit =
                |why| Failure::bad(format!("cannot go on with {}: {why}", folder.display()));
            saved.fits(rehearsal, &asking).map_err(unfit)?;
            saved.islands()
        }
    };
    let pool = pool(options.jobs)?;
    let stop = interrupt::gently();
    let begin = Instant::now();
    let out_of_time = || {
        options
            .budget
            .is_some_and(|budget| begin.elapsed() >= budget)
    };
    let bar = progress::Bar::new(asking.runs);
    let played = pool.install(|| {
        ::search::play(rehearsal, &asking, done, stop, &out_of_time, &|progress| {
            bar.tell(progress)
        })
    });
    bar.finish();
    let result = conclude(&pool, rehearsal, &asking, &played, !options.no_shrink);
    if let Some(folder) = &options.out {
        save::result(folder, &result)?;
        save::islands(folder, rehearsal, &Saved::of(rehearsal, &asking, &played))?;
        if !options.no_shrink && result.ended != Interrupted {
            pool.install(|| save::whole_page(folder, &result, rehearsal, asking.seed))?;
        }
        note(format!("result in {}", folder.display()));
    }
    print(
        &result,
        &options.file,
        options.out.as_deref(),
        options.format,
        screen,
    );
    Ok(exit(&result))
}

/// What the options ask for.
fn asking(options: &Options, scenario: &Scenario) -> Asking {
    let swarm = scenario.swarm.clone().unwrap_or_default();
    let drawn: Vec<Kind> = swarm.kinds.iter().map(|kind| kind.value.into()).collect();
    let kinds = match options.kinds.as_slice() {
        [] if !drawn.is_empty() => drawn,
        [] if options.exhaustive.is_some() => vec![Kind::Crash],
        [] => Kind::ALL.to_vec(),
        some => some.to_vec(),
    };
    let strategy = match options.exhaustive {
        Some(faults) => Strategy::Exhaustive {
            faults,
            prune: true,
        },
        None if !options.probability.is_empty() => Strategy::Odds,
        None => options.strategy,
    };
    let by_runs = options.budget.is_none() && options.exhaustive.is_none();
    Asking {
        seed: options.seed.unwrap_or(*scenario.seed),
        runs: options.seeds.or(by_runs.then_some(RUNS)),
        strategy,
        faults: options
            .exhaustive
            .or(options.faults)
            .or(swarm.faults.map(|faults| faults.value))
            .unwrap_or(FAULTS),
        kinds,
        window: (swarm.from.is_some() || swarm.until.is_some()).then(|| {
            let nanos = |at: Option<Spanned<Nanos>>| at.map(|at| at.value.0);
            (
                nanos(swarm.from).unwrap_or(0),
                nanos(swarm.until).unwrap_or(u64::MAX),
            )
        }),
        until_first: options.until_first,
        rates: options.probability.clone(),
        shard: options.shard.map_or((0, 1), |(k, n)| (k - 1, n)),
    }
}

/// The options of this search that its parts need too.
fn again(options: &Options) -> Vec<String> {
    let mut words = Vec::new();
    let mut say = |name: &str, value: String| words.extend([name.to_owned(), value]);
    if let Some(seeds) = options.seeds {
        say("--seeds", seeds.to_string());
    }
    if let Some(budget) = options.budget {
        say("--budget", format!("{}s", budget.as_secs().max(1)));
    }
    if let Some(seed) = options.seed {
        say("--seed", seed.to_string());
    }
    if let Some(faults) = options.exhaustive {
        say("--exhaustive", faults.to_string());
    } else if options.probability.is_empty() {
        say("--strategy", options.strategy.name().to_owned());
        if let Some(faults) = options.faults {
            say("--faults", faults.to_string());
        }
    } else {
        let rates: Vec<String> = options.probability.iter().map(Rate::written).collect();
        say("--probability", rates.join(","));
    }
    if !options.kinds.is_empty() {
        let kinds: Vec<&str> = options.kinds.iter().map(|kind| kind.name()).collect();
        say("--kinds", kinds.join(","));
    }
    if options.until_first {
        words.push("--until-first".to_owned());
    }
    if options.no_shrink {
        words.push("--no-shrink".to_owned());
    }
    words
}

/// So many threads.
pub(crate) fn pool(jobs: Option<u16>) -> Result<rayon::ThreadPool, Failure> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(jobs.map_or(0, usize::from))
        .build()
        .map_err(|error| Failure::bad(format!("no threads can be started: {error}")))
}

/// The result of what was played, with what the rule book knows of it.
pub(crate) fn conclude(
    pool: &rayon::ThreadPool,
    rehearsal: &Rehearsal,
    asking: &Asking,
    played: &Played,
    shrink: bool,
) -> Search {
    let telling = Telling {
        explain: &|scenario, outcome| rules::explain(scenario, outcome),
        shrink,
    };
    pool.install(|| ::search::conclude(rehearsal, asking, played, &telling))
}

/// Prints a result. `file` and `out` are paths for commands to be copied.
pub(crate) fn print(
    result: &Search,
    file: &Path,
    out: Option<&Path>,
    format: Format,
    screen: &mut Screen,
) {
    let path = file.display().to_string();
    match format {
        Format::Text => show::text(result, file, out, screen),
        Format::Json => screen.text(&save::json(result)),
        Format::Junit => screen.text(&found::junit(result, &path)),
        Format::Sarif => screen.text(&found::sarif(result, &path, env!("CARGO_PKG_VERSION"))),
        Format::Github => screen.text(&found::github(result, &path)),
    }
}

/// 1 if a promise was broken.
pub(crate) fn exit(result: &Search) -> Exit {
    match result.failures() {
        0 => Exit::Good,
        _ => Exit::Broken,
    }
}

fn shard(text: &str) -> Result<(u64, u64), String> {
    let expected = || "write the part and how many there are, as in 3/8".to_owned();
    let (k, n) = text.split_once('/').ok_or_else(expected)?;
    match (k.parse::<u64>(), n.parse::<u64>()) {
        (Ok(k), Ok(n)) if (1..=n).contains(&k) => Ok((k, n)),
        _ => Err(expected()),
    }
}

fn strategy(name: &str) -> Result<Strategy, String> {
    Strategy::named(name).ok_or_else(|| "write mixed, uniform, boundaries or fork".to_owned())
}

fn kind(name: &str) -> Result<Kind, String> {
    let names: Vec<&str> = Kind::ALL.into_iter().map(Kind::name).collect();
    Kind::named(name).ok_or_else(|| format!("write one or more of {}", names.join(", ")))
}

fn duration(text: &str) -> Result<Duration, String> {
    let expected = || "write a time as \"60s\" or \"10m\"".to_owned();
    let nanos: Nanos = text.parse().map_err(|_| expected())?;
    match nanos.0 {
        0 => Err(format!("nothing can be played in no time; {}", expected())),
        nanos => Ok(Duration::from_nanos(nanos)),
    }
}
