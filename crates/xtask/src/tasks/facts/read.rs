//! From the data files back to the book: what every release said, as far as the data files tell.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Context;
use facts::KafkaVersion;
use facts::table::{Row, rows, split};

use super::book::{
    Api, Book, CHANGES, CLASSES, DYNAMIC_ONLY, Definition, Error, Extraction, Feature,
    MetadataVersion, MetadataVersions,
};

/// The book behind the data files of this folder. Without data files it is empty.
pub(super) fn book(data: &Path) -> anyhow::Result<Book> {
    let mut book = Book::default();
    if !data.join("releases.txt").exists() {
        return Ok(book);
    }
    table(data, "releases.txt", 4, |row| {
        let version = version(row.cell(0)).context("release")?;
        let mut release = Extraction::of(version);
        let named = |column| row.optional(column).map(str::to_owned);
        release.metadata_versions = Some(MetadataVersions {
            production: row.cell(1).to_owned(),
            minimum: named(2),
            minimum_bootstrap: named(3),
            known: Vec::new(),
        });
        release.features = Some(BTreeMap::new());
        release.apis = Some(BTreeMap::new());
        release.errors = Some(BTreeMap::new());
        release.updates = Some(BTreeMap::new());
        release.synonyms = Some(BTreeMap::new());
        for class in CLASSES {
            release.defaults.insert(class, BTreeMap::new());
            release.definitions.insert(class, BTreeMap::new());
        }
        book.releases.insert(version, release);
        Ok(())
    })?;
    metadata_versions(data, &mut book)?;
    features(data, &mut book)?;
    apis(data, &mut book)?;
    errors(data, &mut book)?;
    for class in CLASSES.into_iter().filter(|class| *class != DYNAMIC_ONLY) {
        settings(data, &mut book, class)?;
    }
    table(data, "synonyms.txt", 2, |row| {
        let brokers = history(row, 1)?;
        for release in book.releases.values_mut() {
            if let Some(brokers) = at(&brokers, release.version) {
                release
                    .synonyms
                    .get_or_insert_default()
                    .insert(row.cell(0).to_owned(), brokers.to_owned());
            }
        }
        Ok(())
    })?;
    Ok(book)
}

fn metadata_versions(data: &Path, book: &mut Book) -> anyhow::Result<()> {
    let mut order = Vec::new();
    table(data, "metadata-versions.txt", 6, |row| {
        order.push(row.cell(0).to_owned());
        let known = version(row.cell(3)).context("first release")?;
        let until = row
            .optional(4)
            .map(|text| version(text).context("last release"))
            .transpose()?;
        let production = row
            .optional(5)
            .map(|text| version(text).context("production"))
            .transpose()?;
        for release in book.releases.values_mut() {
            if release.version < known || until.is_some_and(|until| release.version > until) {
                continue;
            }
            let mut fields = BTreeMap::new();
            if let "yes" | "no" = row.cell(2) {
                fields.insert(CHANGES.to_owned(), (row.cell(2) == "yes").to_string());
            }
            let version = MetadataVersion {
                name: row.cell(0).to_owned(),
                production: production.is_some_and(|production| production <= release.version),
                level: row.cell(1).parse().ok(),
                fields,
            };
            release
                .metadata_versions
                .get_or_insert_default()
                .known
                .push(version);
        }
        Ok(())
    })?;
    table(data, "gates.txt", 2, |row| {
        let position = |name: &str| order.iter().position(|known| known == name);
        let values = row.history(1, position, Some)?;
        for version in known(book) {
            let here = position(&version.name);
            let value = values
                .iter()
                .rev()
                .find(|(from, _)| Some(*from) <= here)
                .and_then(|(_, value)| *value);
            version
                .fields
                .extend(value.map(|value| (row.cell(0).to_owned(), value.to_owned())));
        }
        Ok(())
    })?;
    table(data, "placeholders.txt", 3, |row| {
        let release = version(row.cell(0))
            .and_then(|version| book.releases.get_mut(&version))
            .context("release")?;
        let known = &mut release.metadata_versions.get_or_insert_default().known;
        let version = known
            .iter_mut()
            .find(|version| version.name == row.cell(1))
            .context("metadata version")?;
        for differs in split(row.cell(2), ';') {
            let (field, value) = differs.split_once(' ').context("field and value")?;
            version.fields.insert(field.to_owned(), value.to_owned());
        }
        Ok(())
    })
}

fn known(book: &mut Book) -> impl Iterator<Item = &mut MetadataVersion> {
    book.releases
        .values_mut()
        .flat_map(|release| &mut release.metadata_versions.get_or_insert_default().known)
}

fn features(data: &Path, book: &mut Book) -> anyhow::Result<()> {
    table(data, "features.txt", 6, |row| {
        let level: i16 = row.cell(1).parse()?;
        let known = version(row.cell(4)).context("first release")?;
        let bootstrap = since(row, 2, known)?;
        let production = row
            .optional(5)
            .map(|text| version(text).context("production"))
            .transpose()?;
        for release in book
            .releases
            .values_mut()
            .filter(|release| release.version >= known)
        {
            let feature: &mut Feature = release
                .features
                .get_or_insert_default()
                .entry(row.cell(0).to_owned())
                .or_default();
            let bootstrap = at(&bootstrap, release.version).context("metadata version")?;
            feature
                .levels
                .insert(level, (bootstrap.to_owned(), row.cell(3).to_owned()));
            if production.is_some_and(|production| production <= release.version) {
                feature.production = feature.production.max(level);
            }
        }
        Ok(())
    })
}

fn apis(data: &Path, book: &mut Book) -> anyhow::Result<()> {
    table(data, "apis.txt", 4, |row| {
        let (ranges, listeners) = (history(row, 2)?, history(row, 3)?);
        let number: i16 = row.cell(0).parse()?;
        for release in book.releases.values_mut() {
            if let Some(range) = at(&ranges, release.version) {
                let listeners = at(&listeners, release.version).map(str::to_owned);
                let api = Api {
                    range: range.to_owned(),
                    listeners,
                };
                release
                    .apis
                    .get_or_insert_default()
                    .insert((number, row.cell(1).to_owned()), api);
            }
        }
        Ok(())
    })
}

fn errors(data: &Path, book: &mut Book) -> anyhow::Result<()> {
    table(data, "errors.txt", 4, |row| {
        let names = history(row, 1)?;
        let first = names.first().context("name")?.0;
        let (retriable, messages) = (since(row, 2, first)?, since(row, 3, first)?);
        for release in book.releases.values_mut() {
            if let Some(name) = at(&names, release.version) {
                let error = Error {
                    name: name.to_owned(),
                    retriable: at(&retriable, release.version) == Some("yes"),
                    message: at(&messages, release.version)
                        .context("message")?
                        .to_owned(),
                };
                release
                    .errors
                    .get_or_insert_default()
                    .insert(row.cell(0).parse()?, error);
            }
        }
        Ok(())
    })
}

fn settings(data: &Path, book: &mut Book, class: &'static str) -> anyhow::Result<()> {
    let columns = if class == "broker" { 5 } else { 4 };
    table(data, &format!("settings-{class}.txt"), columns, |row| {
        let name = row.cell(0).to_owned();
        let defaults = history(row, 1)?;
        let first = defaults.first().context("default")?.0;
        let (types, takes) = (since(row, 2, first)?, since(row, 3, first)?);
        let updates = if class == "broker" {
            since(row, 4, first)?
        } else {
            Vec::new()
        };
        for release in book.releases.values_mut() {
            let Some(default) = at(&defaults, release.version) else {
                continue;
            };
            let update = at(&updates, release.version);
            let class = if update == Some("dynamic-only") {
                DYNAMIC_ONLY
            } else {
                class
            };
            release
                .defaults
                .entry(class)
                .or_default()
                .insert(name.clone(), default.to_owned());
            let definition = Definition {
                type_: at(&types, release.version).context("type")?.to_owned(),
                takes: at(&takes, release.version).map(str::to_owned),
            };
            release
                .definitions
                .entry(class)
                .or_default()
                .insert(name.clone(), definition);
            if let Some(update) = update.filter(|_| class == "broker") {
                release
                    .updates
                    .get_or_insert_default()
                    .insert(name.clone(), update.to_owned());
            }
        }
        Ok(())
    })
}

type History<'a> = Vec<(KafkaVersion, Option<&'a str>)>;

fn history<'a>(row: &Row<'a>, column: usize) -> anyhow::Result<History<'a>> {
    Ok(row.history(column, version, Some)?)
}

/// A cell in which a single value stands alone, so since the row's first release.
fn since<'a>(row: &Row<'a>, column: usize, first: KafkaVersion) -> anyhow::Result<History<'a>> {
    Ok(row.history_since(column, first, version, Some)?)
}

fn at<'a>(history: &History<'a>, version: KafkaVersion) -> Option<&'a str> {
    history
        .iter()
        .rev()
        .find(|(from, _)| *from <= version)
        .and_then(|(_, value)| *value)
}

fn version(text: &str) -> Option<KafkaVersion> {
    text.parse().ok()
}

/// Calls `read` for every row of a data file, and says where something is wrong.
fn table(
    data: &Path,
    name: &str,
    columns: usize,
    mut read: impl FnMut(&Row<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let text = fs::read_to_string(data.join(name)).with_context(|| name.to_owned())?;
    for row in rows(&text, columns).with_context(|| name.to_owned())? {
        read(&row).with_context(|| format!("{name}: {}", row.cell(0)))?;
    }
    Ok(())
}
