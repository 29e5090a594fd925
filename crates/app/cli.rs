//! The command line. Every command has a file of its own, which holds its options too.

use crate::commands::{
    check, completions, diff, explain, facts, fidelity, fmt, gates, init, merge, replay, report,
    rollback, rules, run, schema, search, test,
};
use crate::exit::Ended;
use crate::screen::{Color, Screen};
use clap::builder::styling::{AnsiColor, Styles};
use clap::{Parser, Subcommand};

/// Headings and names stand out a little; the rest is plain.
const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// Wider than this nobody likes to read.
const WIDEST: usize = 100;

/// Rehearse Kafka upgrades before production
///
/// You describe a cluster, what you are going to do to it and what must hold meanwhile. dryroll plays it in simulated time and
/// says what would happen, second by second, and why it broke.
#[derive(Parser)]
#[command(
    name = "dryroll",
    version,
    styles = STYLES,
    max_term_width = WIDEST,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "\
First steps:
  dryroll init                   a commented scenario to begin with
  dryroll run rehearsal.ron      play it once
  dryroll search rehearsal.ron   which orderings break it?
  dryroll test .                 every scenario against its claim

Exit codes: 0 promises held, 1 a promise was broken or `check` found an error, 2 bad input or usage, 3 a defect of dryroll."
)]
pub(crate) struct Cli {
    /// When to use colours
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "WHEN",
        hide_possible_values = true
    )]
    pub(crate) color: Color,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    Run(run::Options),
    Test(test::Options),
    Rollback(rollback::Options),
    Gates(gates::Options),
    Diff(diff::Options),
    Check(check::Options),
    Search(search::Options),
    Replay(replay::Options),
    Merge(merge::Options),
    Init(init::Options),
    Fmt(fmt::Options),
    Rules(rules::Options),
    Explain(explain::Options),
    Facts(facts::Options),
    Report(report::Options),
    Fidelity(fidelity::Options),
    Schema(schema::Options),
    Completions(completions::Options),
}

impl Command {
    /// Does what was asked for.
    pub(crate) fn run(&self, screen: &mut Screen) -> Ended {
        match self {
            Command::Run(options) => run::run(options, screen),
            Command::Test(options) => test::run(options, screen),
            Command::Rollback(options) => rollback::run(options, screen),
            Command::Gates(options) => gates::run(options, screen),
            Command::Diff(options) => diff::run(options, screen),
            Command::Check(options) => check::run(options, screen),
            Command::Search(options) => search::run(options, screen),
            Command::Replay(options) => replay::run(options, screen),
            Command::Merge(options) => merge::run(options, screen),
            Command::Init(options) => init::run(options, screen),
            Command::Fmt(options) => fmt::run(options, screen),
            Command::Rules(options) => rules::run(options, screen),
            Command::Explain(options) => explain::run(options, screen),
            Command::Facts(options) => facts::run(options, screen),
            Command::Fidelity(options) => fidelity::run(options, screen),
            Command::Report(options) => report::run(options, screen),
            Command::Schema(options) => schema::run(options, screen),
            Command::Completions(options) => {
                completions::run(options, <Cli as clap::CommandFactory>::command(), screen)
            }
        }
    }
}
