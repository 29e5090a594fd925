//! `dryroll rules`: the rule book as a list.

use crate::exit::{Ended, Exit, Failure};
use crate::screen::Screen;
use ::facts::KafkaVersion;
use ::rules::page::{Width, wrapped};
use ::rules::{Rule, Topic, book};
use serde_json::{Value, json};

/// List the rules that a runbook can break
///
/// `dryroll explain K001` tells the whole of one, `dryroll check FILE` looks for them in your files.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  dryroll rules
  dryroll rules --topic rolling
  dryroll rules --for 4.1.2 --json")]
pub(crate) struct Options {
    /// Only rules on this topic
    #[arg(long, value_enum)]
    topic: Option<Word>,

    /// Only rules that concern this Kafka version
    #[arg(long = "for", value_name = "VERSION")]
    version: Option<String>,

    /// As JSON
    #[arg(long)]
    json: bool,
}

/// The topics as clap takes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Word(Topic);

impl clap::ValueEnum for Word {
    fn value_variants<'a>() -> &'a [Self] {
        const ALL: [Word; Topic::ALL.len()] = {
            let mut all = [Word(Topic::Rolling); Topic::ALL.len()];
            let mut at = 0;
            while at < all.len() {
                all[at] = Word(Topic::ALL[at]);
                at += 1;
            }
            all
        };
        &ALL
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(self.0.name()).help(self.0.about()))
    }
}

pub(crate) fn run(options: &Options, screen: &mut Screen) -> Ended {
    let version = match &options.version {
        Some(text) => Some(::facts::resolve(text).map_err(Failure::bad)?.asked),
        None => None,
    };
    let chosen: Vec<&Rule> = book::rules()
        .filter(|rule| options.topic.is_none_or(|topic| topic.0 == rule.topic))
        .filter(|rule| version.is_none_or(|version: KafkaVersion| rule.versions.concern(version)))
        .collect();
    if options.json {
        let rules: Vec<Value> = chosen.iter().map(|rule| as_json(rule)).collect();
        let document = json!({ "format": "dryroll-rules/1", "rules": rules });
        screen.line(format_args!("{document:#}"));
        return Ok(Exit::Good);
    }
    let width = Width(screen.style().width);
    for topic in Topic::ALL {
        let mut of_topic = chosen.iter().filter(|rule| rule.topic == topic).peekable();
        if of_topic.peek().is_none() {
            continue;
        }
        screen.line(format_args!("{topic}: {}", topic.about()));
        for rule in of_topic {
            let all = rule.versions == ::rules::Versions::ALL;
            let versions = match all {
                true => String::new(),
                false => format!(" ({})", rule.versions),
            };
            let line = format!("{}{versions}", rule.title);
            screen.text(&wrapped(
                &line,
                &format!("  {}  ", rule.id),
                "        ",
                width,
            ));
        }
        screen.line("");
    }
    screen.line(format_args!(
        "{} rules. `dryroll explain K001` tells the whole of one.",
        chosen.len()
    ));
    Ok(Exit::Good)
}

/// A rule as other programs read it. Names are stable.
pub(crate) fn as_json(rule: &Rule) -> Value {
    let line = |line: Option<(u16, u16)>| line.map(|(major, minor)| format!("{major}.{minor}"));
    json!({
        "id": rule.id,
        "topic": rule.topic.name(),
        "title": rule.title,
        "what": rule.what,
        "why": rule.why,
        "instead": rule.instead,
        "since": line(rule.versions.since),
        "until": line(rule.versions.until),
        "sources": rule.sources,
        "explains": rule.explains,
        "bites": rule.bites,
        "spares": rule.spares,
    })
}
