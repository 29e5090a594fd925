//! Topic settings and the broker settings behind them. A topic that does not set `retention.ms` has what the broker sets in
//! `log.retention.ms`, else in `log.retention.minutes`, else in `log.retention.hours`. Source: Kafka's
//! `ServerTopicConfigSynonyms` (before 3.5 `LogConfig`).

use super::{UnknownSetting, Value};
use crate::catalog::{catalog, history};
use crate::history::History;
use crate::release::Release;
use crate::table::{self, Row, TableError};

/// The broker settings behind a topic setting.
#[derive(Debug)]
pub(crate) struct Synonyms {
    topic: &'static str,
    brokers: History<Vec<Synonym>>,
}

/// A broker setting behind a topic setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Synonym {
    /// Its name.
    pub broker: &'static str,
    /// How many of the topic setting's units one of the broker setting's is.
    pub factor: i64,
}

/// The broker settings behind a topic setting, the first to win coming first. Empty if there is none.
///
/// ```
/// let behind = facts::synonyms("retention.ms", facts::of("3.9").unwrap());
/// let names: Vec<&str> = behind.iter().map(|synonym| synonym.broker).collect();
/// assert_eq!(names, ["log.retention.ms", "log.retention.minutes", "log.retention.hours"]);
/// assert_eq!(behind[2].factor, 3_600_000);
/// ```
pub fn synonyms(topic_setting: &str, release: &Release) -> &'static [Synonym] {
    let found = catalog()
        .synonyms
        .iter()
        .find(|synonyms| synonyms.topic == topic_setting);
    found
        .and_then(|synonyms| synonyms.brokers.at(release))
        .map_or(&[], Vec::as_slice)
}

/// What a topic has that does not set something itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicValue {
    /// The value as text; `None` if there is none.
    pub value: Option<String>,
    /// The broker setting it comes from; `None` if the topic setting has a default of its own.
    pub broker_setting: Option<&'static str>,
}

impl Release {
    /// What a topic has that does not set `name` itself. `broker_sets` tells what the broker's own configuration says.
    ///
    /// ```
    /// let kafka = facts::of("3.9").unwrap();
    /// let of = |set: &'static [(&str, &str)]| {
    ///     let broker = move |name: &str| set.iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_string());
    ///     kafka.topic_value("retention.ms", broker).unwrap()
    /// };
    /// assert_eq!(of(&[]).value.as_deref(), Some("604800000"));
    /// assert_eq!(of(&[("log.retention.hours", "2")]).value.as_deref(), Some("7200000"));
    /// let minutes = of(&[("log.retention.hours", "2"), ("log.retention.minutes", "5")]);
    /// assert_eq!(minutes.value.as_deref(), Some("300000"));
    /// assert_eq!(minutes.broker_setting, Some("log.retention.minutes"));
    /// ```
    pub fn topic_value(
        &'static self,
        name: &str,
        broker_sets: impl Fn(&str) -> Option<String>,
    ) -> Result<TopicValue, UnknownSetting> {
        let own = self.topic().default(name)?;
        for synonym in synonyms(name, self) {
            let set = broker_sets(synonym.broker);
            let default = || {
                self.broker()
                    .default(synonym.broker)
                    .ok()
                    .and_then(|default| default.value().as_text())
            };
            if let Some(value) = set.or_else(default) {
                return Ok(TopicValue {
                    value: Some(scaled(value, synonym.factor)),
                    broker_setting: Some(synonym.broker),
                });
            }
        }
        let value = match own.value() {
            Value::Null | Value::Required => None,
            value => value.as_text(),
        };
        Ok(TopicValue {
            value,
            broker_setting: None,
        })
    }
}

/// A negative number stands for "no limit" in every unit.
fn scaled(value: String, factor: i64) -> String {
    match value.trim().parse::<i64>() {
        Ok(number) if factor != 1 && number > 0 => number.saturating_mul(factor).to_string(),
        _ => value,
    }
}

pub(crate) fn read(text: &'static str) -> Result<Vec<Synonyms>, TableError> {
    let synonyms = |row: &Row<'static>| {
        Ok(Synonyms {
            topic: row.cell(0),
            brokers: history(row, 1, brokers)?,
        })
    };
    table::rows(text, 2)?.iter().map(synonyms).collect()
}

fn brokers(cell: &'static str) -> Option<Vec<Synonym>> {
    let synonym = |one: &'static str| match one.split_once('*') {
        Some((broker, factor)) => Some(Synonym {
            broker,
            factor: factor.parse().ok()?,
        }),
        None => Some(Synonym {
            broker: one,
            factor: 1,
        }),
    };
    cell.split(", ").map(synonym).collect()
}
