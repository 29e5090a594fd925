//! The data files, read once, on first use. They are part of the program: a mistake in them is a mistake in the code, and
//! `every_data_file_can_be_read` below is the test that there is none.

use std::sync::LazyLock;

use crate::api::Api;
use crate::client;
use crate::command;
use crate::error_code::ErrorCode;
use crate::feature::Feature;
use crate::history::History;
use crate::metadata_version::{Gate, MetadataVersion, Placeholder};
use crate::milestone::Milestone;
use crate::note::Note;
use crate::path;
use crate::release::Release;
use crate::setting::{Class, Setting, Synonyms};
use crate::table::{self, Row, TableError};
use crate::tool::Tool;
use crate::version::KafkaVersion;
use crate::{api, error_code, feature, metadata_version, milestone, note, setting, tool};

/// Everything there is.
#[derive(Debug)]
pub(crate) struct Catalog {
    pub(crate) releases: Vec<Release>,
    pub(crate) metadata_versions: Vec<MetadataVersion>,
    pub(crate) gates: Vec<Gate>,
    pub(crate) placeholders: Vec<Placeholder>,
    pub(crate) features: Vec<Feature>,
    pub(crate) apis: Vec<Api>,
    pub(crate) errors: Vec<ErrorCode>,
    /// By class, in the order of [`Class::ALL`], and by name.
    pub(crate) settings: [Vec<Setting>; Class::ALL.len()],
    pub(crate) synonyms: Vec<Synonyms>,
    pub(crate) tools: Vec<Tool>,
    pub(crate) milestones: Vec<Milestone>,
    pub(crate) notes: Vec<Note>,
    pub(crate) answers: Vec<command::Answers>,
    pub(crate) instead: Vec<command::Instead>,
    pub(crate) old_apis: Vec<client::OldApi>,
    /// The releases before 2.4 whose requests are known.
    pub(crate) old_lines: Vec<KafkaVersion>,
    pub(crate) api_exceptions: Vec<client::ApiException>,
    pub(crate) client_tasks: Vec<client::Task>,
    pub(crate) client_failures: Vec<client::Failure>,
    pub(crate) upgrade_hops: Vec<path::Hop>,
    pub(crate) upgrade_conditions: Vec<path::Condition>,
    pub(crate) platforms: Vec<path::Platform>,
}

/// The releases before 2.4 that were asked for their requests (`apis-before-2.4.txt`): one whose requests all stayed as they were
/// is in no history.
const OLD_LINES: [KafkaVersion; 11] = [
    KafkaVersion::new(0, 9, 0),
    KafkaVersion::new(0, 10, 0),
    KafkaVersion::new(0, 10, 1),
    KafkaVersion::new(0, 10, 2),
    KafkaVersion::new(0, 11, 0),
    KafkaVersion::new(1, 0, 2),
    KafkaVersion::new(1, 1, 1),
    KafkaVersion::new(2, 0, 1),
    KafkaVersion::new(2, 1, 1),
    KafkaVersion::new(2, 2, 2),
    KafkaVersion::new(2, 3, 1),
];

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| match read() {
    Ok(catalog) => catalog,
    Err((file, error)) => panic!("data/{file}, {error}"),
});

pub(crate) fn catalog() -> &'static Catalog {
    &CATALOG
}

macro_rules! data {
    ($file:literal, $read:expr) => {
        $read(include_str!(concat!("../data/", $file))).map_err(|error| ($file, error))?
    };
}

fn read() -> Result<Catalog, (&'static str, TableError)> {
    let mut metadata_versions = data!("metadata-versions.txt", metadata_version::read);
    data!("metadata-version-words.txt", |text| {
        metadata_version::read_words(text, &mut metadata_versions)
    });
    let mut tools = data!("tools.txt", tool::read);
    data!("tool-options.txt", |text| tool::read_options(
        text, &mut tools
    ));
    Ok(Catalog {
        releases: data!("releases.txt", releases),
        gates: data!("gates.txt", |text| metadata_version::read_gates(
            text,
            &metadata_versions
        )),
        placeholders: data!("placeholders.txt", metadata_version::read_placeholders),
        metadata_versions,
        features: data!("features.txt", feature::read),
        apis: data!("apis.txt", api::read),
        errors: data!("errors.txt", error_code::read),
        settings: [
            data!("settings-broker.txt", |text| setting::read(
                text,
                Class::Broker
            )),
            data!("settings-topic.txt", |text| setting::read(
                text,
                Class::Topic
            )),
            data!("settings-producer.txt", |text| setting::read(
                text,
                Class::Producer
            )),
            data!("settings-consumer.txt", |text| setting::read(
                text,
                Class::Consumer
            )),
            data!("settings-admin.txt", |text| setting::read(
                text,
                Class::Admin
            )),
        ],
        synonyms: data!("synonyms.txt", setting::read_synonyms),
        tools,
        milestones: data!("milestones.txt", milestone::read),
        notes: data!("notes.txt", note::read),
        answers: data!("tool-answers.txt", command::read_answers),
        instead: data!("tool-instead.txt", command::read_instead),
        old_lines: OLD_LINES.to_vec(),
        old_apis: data!("apis-before-2.4.txt", client::read_old_apis),
        api_exceptions: data!("api-exceptions.txt", client::read_exceptions),
        client_tasks: data!("client-tasks.txt", client::read_tasks),
        client_failures: data!("client-failures.txt", client::read_failures),
        upgrade_hops: data!("upgrade-hops.txt", path::read_hops),
        upgrade_conditions: data!("upgrade-conditions.txt", path::read_conditions),
        platforms: data!("confluent-platform.txt", path::read_platforms),
    })
}

fn releases(text: &'static str) -> Result<Vec<Release>, TableError> {
    let release = |row: &Row<'static>| {
        Ok(Release {
            version: version(row, 0)?,
            production: row.cell(1),
            minimum: row.optional(2),
            minimum_bootstrap: row.optional(3),
        })
    };
    table::rows(text, 4)?.iter().map(release).collect()
}

/// The cell as a version.
pub(crate) fn version(row: &Row<'_>, column: usize) -> Result<KafkaVersion, TableError> {
    key(row.cell(column)).ok_or_else(|| row.error(format!("`{}` is no version", row.cell(column))))
}

/// The cell as a version, if there is one.
pub(crate) fn optional_version(
    row: &Row<'_>,
    column: usize,
) -> Result<Option<KafkaVersion>, TableError> {
    row.optional(column)
        .map(|_| version(row, column))
        .transpose()
}

/// The cell as a number.
pub(crate) fn number(row: &Row<'_>, column: usize) -> Result<i16, TableError> {
    row.cell(column)
        .parse()
        .map_err(|_| row.error(format!("`{}` is no number", row.cell(column))))
}

/// The cell as a history over releases.
pub(crate) fn history<T>(
    row: &Row<'static>,
    column: usize,
    read: impl Fn(&'static str) -> Option<T>,
) -> Result<History<T>, TableError> {
    Ok(History::new(row.history(column, key, read)?))
}

/// The cell as a history over releases, where a single value stands alone.
pub(crate) fn history_since<T>(
    row: &Row<'static>,
    column: usize,
    first: KafkaVersion,
    read: impl Fn(&'static str) -> Option<T>,
) -> Result<History<T>, TableError> {
    Ok(History::new(row.history_since(column, first, key, read)?))
}

fn key(text: &str) -> Option<KafkaVersion> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_data_file_can_be_read() {
        read().map(|_| ()).unwrap();
    }

    #[test]
    fn settings_stand_in_the_order_of_their_classes_and_names() {
        for (class, settings) in Class::ALL.into_iter().zip(&catalog().settings) {
            assert!(settings.iter().all(|setting| setting.class() == class));
            assert!(
                settings.is_sorted_by(|a, b| a.name() < b.name()),
                "{class}: the lookup is a binary search"
            );
        }
    }

    /// A history that names a release nobody asked would never apply.
    #[test]
    fn every_change_happens_in_a_release_that_was_asked() {
        let known = |version: &KafkaVersion| {
            catalog()
                .releases
                .iter()
                .any(|release| release.version() == *version)
        };
        let mut changes: Vec<KafkaVersion> = Vec::new();
        for setting in catalog().settings.iter().flatten() {
            changes.extend(setting.defaults().changes().iter().map(|(from, _)| *from));
        }
        changes.extend(
            catalog()
                .apis
                .iter()
                .flat_map(|api| api.ranges().changes())
                .map(|(from, _)| *from),
        );
        changes.extend(
            catalog()
                .errors
                .iter()
                .flat_map(|error| error.names().changes())
                .map(|(from, _)| *from),
        );
        assert!(changes.len() > 1000);
        let strangers: Vec<KafkaVersion> = changes
            .into_iter()
            .filter(|version| !known(version))
            .collect();
        assert_eq!(strangers, []);
    }
}
