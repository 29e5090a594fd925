//! Reads one JSON file that `extract/Facts.java` wrote, and smooths what Java makes uneven.
//!
//! - Lists arrive as text, `[delete]` or `[class a.B, class a.C]`.
//! - An API that is gone stays in the list with a latest version of -1; one that no release serves by default yet has a latest
//!   stable version of -1, and before 3.5 nothing tells stable from unstable.
//! - Listeners, dependencies and record versions that a release does not know are the text `null` or `{}`.
//! - Features whose name has `test.feature.version` in it exist for Kafka's own tests.
//! - Before 3.3 a metadata version is a name and nothing else.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use facts::KafkaVersion;
use serde_json::{Map, Value};

use super::book::{
    Api, CLASSES, Definition, Error, Extraction, Feature, MetadataVersion, MetadataVersions,
};

pub(super) fn read(json: &str) -> anyhow::Result<Extraction> {
    let json: Value = serde_json::from_str(json)?;
    let version: KafkaVersion = text(&json, "version")?.parse()?;
    let mut extraction = Extraction::of(version);
    extraction.metadata_versions = json
        .get("metadata_versions")
        .map(|list| metadata_versions(&json, list))
        .transpose()?;
    extraction.features = json.get("features").map(features).transpose()?;
    extraction.apis = json.get("apis").map(apis).transpose()?;
    extraction.errors = json.get("errors").map(errors).transpose()?;
    for class in CLASSES {
        if let Some(settings) = json.get(format!("{class}_settings")) {
            let defaults = object(settings)?
                .iter()
                .map(|(name, value)| (name.clone(), default(value)));
            extraction.defaults.insert(class, defaults.collect());
        }
        if let Some(definitions) = json.get(format!("{class}_definitions")) {
            let definitions = object(definitions)?
                .iter()
                .map(|(name, value)| Ok((name.clone(), definition(value)?)));
            extraction
                .definitions
                .insert(class, definitions.collect::<anyhow::Result<_>>()?);
        }
    }
    extraction.updates = json.get("broker_update_modes").map(texts).transpose()?;
    extraction.synonyms = json.get("topic_synonyms").map(synonyms).transpose()?;
    Ok(extraction)
}

fn metadata_versions(json: &Value, list: &Value) -> anyhow::Result<MetadataVersions> {
    let mut known = Vec::new();
    for row in array(list)? {
        let mut version = MetadataVersion {
            name: text(row, "name")?.to_owned(),
            production: true,
            ..Default::default()
        };
        for (field, value) in object(row)? {
            match (field.as_str(), value) {
                ("name" | "enum" | "recordVersion", _) => {}
                ("level", value) => version.level = Some(small(value)?),
                ("isProduction", value) => {
                    version.production = value.as_bool().context("isProduction")?
                }
                (field, Value::Bool(_) | Value::Number(_)) => {
                    version.fields.insert(field.to_owned(), value.to_string());
                }
                (field, value) => bail!("metadata version {}: {field} is {value}", version.name),
            }
        }
        known.push(version);
    }
    let named = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| json.get(name)?.as_str())
            .map(str::to_owned)
    };
    Ok(MetadataVersions {
        production: match named(&["latest_production", "latest"]) {
            Some(name) => name,
            None => known.last().context("no metadata version")?.name.clone(),
        },
        minimum: named(&["minimum_version", "minimum_kraft_version"]),
        minimum_bootstrap: named(&["minimum_version", "minimum_bootstrap_version"]),
        known,
    })
}

fn features(list: &Value) -> anyhow::Result<BTreeMap<String, Feature>> {
    let mut features = BTreeMap::new();
    for row in array(list)? {
        let name = text(row, "name")?;
        if name.contains("test.feature.version") {
            continue;
        }
        let mut feature = Feature {
            production: small(&row["latest_production"])?,
            ..Default::default()
        };
        for level in array(&row["levels"])? {
            let needs = text(level, "needs")?.trim_matches(['{', '}']).to_owned();
            feature.levels.insert(
                small(&level["level"])?,
                (text(level, "bootstrap")?.to_owned(), needs),
            );
        }
        features.insert(name.to_owned(), feature);
    }
    Ok(features)
}

fn apis(list: &Value) -> anyhow::Result<BTreeMap<(i16, String), Api>> {
    let mut apis = BTreeMap::new();
    for row in array(list)? {
        let (oldest, latest) = (small(&row["oldest"])?, small(&row["latest"])?);
        if latest < oldest {
            continue;
        }
        let range = match row["latest_stable"].as_i64() {
            Some(stable) if stable < i64::from(oldest) => format!("{oldest}-{latest} stable none"),
            Some(stable) if stable < i64::from(latest) => {
                format!("{oldest}-{latest} stable {stable}")
            }
            _ => format!("{oldest}-{latest}"),
        };
        let listeners = match text(row, "listeners")? {
            "null" => None,
            listeners => Some(listeners.trim_matches(['[', ']']).to_owned()),
        };
        apis.insert(
            (small(&row["id"])?, text(row, "name")?.to_owned()),
            Api { range, listeners },
        );
    }
    Ok(apis)
}

fn errors(list: &Value) -> anyhow::Result<BTreeMap<i16, Error>> {
    let mut errors = BTreeMap::new();
    for row in array(list)? {
        let error = Error {
            name: text(row, "name")?.to_owned(),
            retriable: row["retriable"].as_bool().context("retriable")?,
            message: row["message"].to_string(),
        };
        errors.insert(small(&row["code"])?, error);
    }
    Ok(errors)
}

/// A default as the data files write it: JSON, but lists are lists, and `required` is a word.
fn default(value: &Value) -> String {
    match value {
        Value::String(text) if text == "(required)" => "required".to_owned(),
        Value::String(text) if text.starts_with('[') && text.ends_with(']') => {
            let items = text[1..text.len() - 1]
                .split(", ")
                .filter(|item| !item.is_empty());
            let items: Vec<&str> = items
                .map(|item| item.strip_prefix("class ").unwrap_or(item))
                .collect();
            Value::from(items).to_string()
        }
        // Java's largest double, written out, would have 309 digits.
        Value::Number(number) => match number.as_f64() {
            Some(decimal) if number.is_f64() => format!("{decimal:?}"),
            _ => number.to_string(),
        },
        value => value.to_string(),
    }
}

fn definition(value: &Value) -> anyhow::Result<Definition> {
    // Longer ones are prose, or the list of all metadata versions.
    const READABLE: usize = 100;
    let internal = if value["internal"].as_bool().context("internal")? {
        " internal"
    } else {
        ""
    };
    let takes = value["takes"]
        .as_str()
        .filter(|takes| !takes.is_empty() && takes.len() <= READABLE);
    Ok(Definition {
        type_: format!("{}{internal}", text(value, "type")?.to_lowercase()),
        takes: takes.map(|takes| Value::from(takes).to_string()),
    })
}

fn synonyms(value: &Value) -> anyhow::Result<BTreeMap<String, String>> {
    let mut synonyms = BTreeMap::new();
    for (topic, list) in object(value)? {
        let mut brokers = Vec::new();
        for synonym in array(list)? {
            let broker = text(synonym, "broker")?;
            brokers.push(match synonym["factor"].as_i64().context("factor")? {
                1 => broker.to_owned(),
                factor => format!("{broker}*{factor}"),
            });
        }
        synonyms.insert(topic.clone(), brokers.join(", "));
    }
    Ok(synonyms)
}

fn texts(value: &Value) -> anyhow::Result<BTreeMap<String, String>> {
    let pairs = object(value)?
        .iter()
        .map(|(name, value)| Ok((name.clone(), value.as_str().context("a text")?.to_owned())));
    pairs.collect()
}

fn text<'a>(value: &'a Value, field: &str) -> anyhow::Result<&'a str> {
    value
        .get(field)
        .and_then(Value::as_str)
        .with_context(|| format!("no text `{field}`"))
}

fn small(value: &Value) -> anyhow::Result<i16> {
    let number = value
        .as_i64()
        .with_context(|| format!("{value} is no whole number"))?;
    Ok(i16::try_from(number)?)
}

fn array(value: &Value) -> anyhow::Result<&Vec<Value>> {
    value.as_array().context("a list was expected")
}

fn object(value: &Value) -> anyhow::Result<&Map<String, Value>> {
    value.as_object().context("an object was expected")
}
