//! `dryroll facts`: what Kafka's releases are, in Kafka's own words.

use crate::exit::{Ended, Exit, Failure};
use crate::screen::Screen;
use serde_json::json;
use std::fmt::Display;

/// Show what a Kafka release is, or what changes between two
///
/// Metadata versions and what they switch, features, requests, settings with their defaults, errors and tools: as Kafka's own
/// classes and tools say it, one release of each line.
#[derive(clap::Args)]
#[command(
    override_usage = "dryroll facts [OPTIONS]                  which releases are known\n       \
                      dryroll facts [OPTIONS] VERSION          what it is\n       \
                      dryroll facts [OPTIONS] diff FROM TO     what changes\n       \
                      dryroll facts [OPTIONS] path FROM TO     every stop of an upgrade\n       \
                      dryroll facts [OPTIONS] NAME VERSION     what a name means in it\n       \
                      dryroll facts [OPTIONS] tools VERSION [TOOL]    its tools and options\n       \
                      dryroll facts [OPTIONS] command VERSION 'LINE'  what it says to a command\n       \
                      dryroll facts [OPTIONS] client CLIENT BROKER    what an old client can do",
    after_help = "\
A name is a setting, a metadata version, a feature, a request, an error (by name or code) or a tool.

Examples:
  dryroll facts 4.1.2
  dryroll facts diff 3.9.2 4.1.2
  dryroll facts linger.ms 4.0.0
  dryroll facts tools 3.9.2 kafka-features.sh
  dryroll facts path 2.8.2 4.4.0
  dryroll facts path 'CP 7.8' 'CP 8.1' --zookeeper
  dryroll facts client 0.10.2 4.1.2
  dryroll facts command 3.9.2 'kafka-topics.sh --zookeeper zk:2181 --list'
  dryroll facts metadata.version 4.1 --json"
)]
pub(crate) struct Options {
    /// `VERSION`, `diff FROM TO`, `NAME VERSION`, `tools VERSION [TOOL]`, `command VERSION LINE`, `path FROM TO` or `client CLIENT BROKER`
    #[arg(num_args = 0..=3, hide = true)]
    words: Vec<String>,

    /// With `path`: the cluster is in ZooKeeper mode. Without this, the version tells: KRaft from 3.3 on
    #[arg(long, conflicts_with = "kraft")]
    zookeeper: bool,

    /// With `path`: the cluster is in KRaft mode
    #[arg(long)]
    kraft: bool,

    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options, screen: &mut Screen) -> Ended {
    let words: Vec<&str> = options.words.iter().map(String::as_str).collect();
    let json = options.json;
    let mode = match (options.zookeeper, options.kraft) {
        (true, _) => Some(::facts::Mode::ZooKeeper),
        (_, true) => Some(::facts::Mode::Kraft),
        _ => None,
    };
    if mode.is_some() && words.first() != Some(&"path") {
        return Err(Failure::bad(
            "--zookeeper and --kraft go with `path`: dryroll facts path 3.9.2 4.1.2 --zookeeper",
        ));
    }
    match words[..] {
        [] => releases(json, screen),
        ["diff", from, to] => show(::facts::diff(from, to), json, screen),
        ["diff", ..] => Err(Failure::bad(
            "`diff` needs two versions: dryroll facts diff 3.9.2 4.1.2",
        )),
        ["tools", version] => show(::facts::tools_of(version, None), json, screen),
        ["tools", version, tool] => show(::facts::tools_of(version, Some(tool)), json, screen),
        ["tools", ..] => Err(Failure::bad(
            "`tools` needs a version: dryroll facts tools 3.9.2 [TOOL]",
        )),
        ["path", from, to] => show(::facts::upgrade_path(from, to, mode), json, screen),
        ["path", ..] => Err(Failure::bad(
            "`path` needs two versions: dryroll facts path 2.8.2 4.4.0",
        )),
        ["client", client, broker] => {
            show(::facts::client_with_broker(client, broker), json, screen)
        }
        ["client", ..] => Err(Failure::bad(
            "`client` needs the client's version and the brokers': dryroll facts client 0.10.2 4.1.2",
        )),
        ["command", version, line] => show(::facts::command_in(version, line), json, screen),
        ["command", ..] => Err(Failure::bad(
            "`command` needs a version and a line: dryroll facts command 3.9.2 'kafka-topics.sh --list'",
        )),
        [version] => show(
            ::facts::page(version).map_err(|unknown| one_word(version, unknown)),
            json,
            screen,
        ),
        [from, to] if is_version(from) && is_version(to) => Err(Failure::bad(format!(
            "two versions: `dryroll facts diff {from} {to}` shows what changes between them"
        ))),
        [version, name] if is_version(version) => {
            show(::facts::lookup(name, version), json, screen)
        }
        [name, version] => show(::facts::lookup(name, version), json, screen),
        _ => Err(Failure::bad(
            "expected a version, a name and a version, or `diff` and two versions; see `dryroll facts --help`",
        )),
    }
}

/// Prints what was found, or says why there is nothing.
fn show<T: Display + serde::Serialize>(
    found: Result<T, impl Display>,
    as_json: bool,
    screen: &mut Screen,
) -> Ended {
    let found = found.map_err(Failure::bad)?;
    if as_json {
        let json = serde_json::to_string_pretty(&found).map_err(Failure::bad)?;
        screen.line(json);
    } else {
        screen.text(&found.to_string());
    }
    Ok(Exit::Good)
}

/// The releases that answered for their lines.
fn releases(as_json: bool, screen: &mut Screen) -> Ended {
    let versions: Vec<String> = ::facts::releases()
        .iter()
        .map(|release| release.version().to_string())
        .collect();
    if as_json {
        let list = json!({ "format": "dryroll-facts-releases/1", "releases": versions });
        let json = serde_json::to_string_pretty(&list).map_err(Failure::bad)?;
        screen.line(json);
    } else {
        screen.line("One release of each line was asked; it answers for the others of its line:");
        for line in versions.chunks(10) {
            screen.line(format_args!("  {}", line.join("  ")));
        }
        screen
            .line("`dryroll facts VERSION` shows one, `dryroll facts diff FROM TO` what changes.");
    }
    Ok(Exit::Good)
}

/// A single word that is no version may be a name that lacks one.
fn one_word(word: &str, unknown: impl Display) -> String {
    let named = ::facts::lookup(word, &::facts::latest().version().to_string()).is_ok();
    match named {
        true => format!(
            "{word} means something else in each release; say which: dryroll facts {word} VERSION"
        ),
        false => unknown.to_string(),
    }
}

fn is_version(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_digit()) && word.contains('.')
}
