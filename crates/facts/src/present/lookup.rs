//! What one name means in a release.

use std::fmt;

use serde::Serialize;

use super::diff::MetadataVersionCard;
use super::layout::{Sheet, short};
use crate::api::ApiRange;
use crate::error_code::ErrorCode;
use crate::history::History;
use crate::note::notes;
use crate::release::Release;
use crate::setting::{Class, Kind, Setting, Source, Update, Value, settings_named, synonyms};
use crate::suggest::{UnknownName, nearest};
use crate::version::KafkaVersion;

/// What one name means in a release. A name can be several things: `compression.type` is three settings.
#[derive(Clone, Debug, Serialize)]
pub struct Lookup {
    /// The name and version of this form.
    pub format: &'static str,
    /// The name.
    pub name: String,
    /// The version that was asked for.
    pub asked: KafkaVersion,
    /// The release that answers for it.
    pub release: KafkaVersion,
    /// The settings of this name, also those that this release does not have.
    pub settings: Vec<SettingCard>,
    /// The metadata version of this name.
    pub metadata_version: Option<MetadataVersionCard>,
    /// The feature of this name.
    pub feature: Option<FeatureCard>,
    /// The request of this name.
    pub api: Option<ApiCard>,
    /// The error of this name or code.
    pub error: Option<ErrorCard>,
    /// The tool of this name.
    pub tool: Option<ToolCard>,
    /// Remarks on it in the version that was asked for.
    pub notes: Vec<String>,
}

/// A setting in a release.
#[derive(Clone, Debug, Serialize)]
pub struct SettingCard {
    /// Whose setting.
    pub class: Class,
    /// The release has it.
    pub exists: bool,
    /// Its default.
    pub default: Option<Value>,
    /// What a value is.
    pub kind: Option<Kind>,
    /// Kafka declares it internal.
    pub internal: bool,
    /// What it takes, where that is declared.
    pub takes: Option<String>,
    /// How it changes while the broker runs; broker settings only.
    pub update: Option<Update>,
    /// The broker settings that a topic setting falls back to.
    pub falls_back_to: Vec<&'static str>,
    /// Its default over the releases; a default of `null` is the text "null" here.
    pub history: Vec<VersionedText>,
    /// Where this comes from.
    pub source: Source,
}

/// What something was from a release on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VersionedText {
    /// From which release on.
    pub since: KafkaVersion,
    /// What it was; `None`: it was gone.
    pub what: Option<String>,
}

/// A feature in a release.
#[derive(Clone, Debug, Serialize)]
pub struct FeatureCard {
    /// Its name.
    pub name: &'static str,
    /// The highest level for production; `None` if the release does not know the feature.
    pub highest: Option<i16>,
    /// The levels that the release knows, and of each the metadata version from which on it is the default, and its needs.
    pub levels: Vec<String>,
}

/// A request in a release.
#[derive(Clone, Debug, Serialize)]
pub struct ApiCard {
    /// Its name.
    pub name: &'static str,
    /// Its number on the wire.
    pub number: i16,
    /// Its versions; `None` if the release does not have it.
    pub range: Option<ApiRange>,
    /// Its versions over the releases.
    pub history: Vec<VersionedText>,
}

/// An error in a release.
#[derive(Clone, Debug, Serialize)]
pub struct ErrorCard {
    /// The number on the wire.
    pub code: i16,
    /// Its name in the release, or today's if the release does not know it.
    pub name: &'static str,
    /// The first release that knows it.
    pub since: KafkaVersion,
    /// A client may try again; `None` if the release does not know it.
    pub retriable: Option<bool>,
    /// What the release says about it.
    pub message: Option<String>,
}

/// A tool in a release.
#[derive(Clone, Debug, Serialize)]
pub struct ToolCard {
    /// The script.
    pub name: &'static str,
    /// What it is for.
    pub what: &'static str,
    /// The release has it.
    pub exists: bool,
    /// The first release that has it.
    pub since: KafkaVersion,
    /// The last release that has it; `None` if the newest one does.
    pub until: Option<KafkaVersion>,
    /// The options and subcommands it has in this release, as far as they are known.
    pub options: Vec<String>,
}

impl Lookup {
    pub(super) fn of(
        name: &str,
        asked: KafkaVersion,
        release: &'static Release,
    ) -> Result<Self, UnknownName> {
        let about = |note: &&&crate::Note| note.about.split(' ').next_back() == Some(name);
        let lookup = Self {
            format: "dryroll-facts-lookup/1",
            name: name.to_owned(),
            asked,
            release: release.version(),
            settings: settings_named(name)
                .into_iter()
                .map(|setting| SettingCard::of(setting, release))
                .collect(),
            metadata_version: crate::metadata_versions()
                .iter()
                .find(|one| one.name() == name)
                .map(MetadataVersionCard::of),
            feature: crate::feature(name)
                .ok()
                .map(|feature| FeatureCard::of(feature, release)),
            api: crate::api(name).ok().map(|api| ApiCard::of(api, release)),
            error: error(name).map(|error| ErrorCard::of(error, release)),
            tool: crate::tool(name)
                .ok()
                .map(|tool| ToolCard::of(tool, release)),
            notes: notes(asked)
                .iter()
                .filter(about)
                .map(|note| format!("{} ({})", note.text, note.source))
                .collect(),
        };
        let empty = lookup.settings.is_empty()
            && lookup.metadata_version.is_none()
            && lookup.feature.is_none()
            && lookup.api.is_none()
            && lookup.error.is_none()
            && lookup.tool.is_none();
        if empty {
            Err(unknown(name, release))
        } else {
            Ok(lookup)
        }
    }
}

fn error(name: &str) -> Option<&'static ErrorCode> {
    match name.parse::<i32>() {
        Ok(code) => crate::error(code).ok(),
        Err(_) => crate::error(name).ok(),
    }
}

/// Names of every kind that the release has come first, then those of other releases.
fn unknown(name: &str, release: &'static Release) -> UnknownName {
    let here = Class::ALL
        .into_iter()
        .flat_map(|class| release.settings(class).all())
        .map(Setting::name);
    let others = crate::apis().iter().map(crate::Api::name);
    let others = others.chain(crate::errors().iter().map(ErrorCode::name));
    let others = others.chain(crate::tools().iter().map(crate::Tool::name));
    let others = others.chain(crate::features().iter().map(crate::Feature::name));
    let others = others.chain(
        crate::metadata_versions()
            .iter()
            .map(crate::MetadataVersion::name),
    );
    let mut near: Vec<&str> = nearest(name, here.chain(others));
    if near.is_empty() {
        near = nearest(
            name,
            Class::ALL
                .into_iter()
                .flat_map(crate::settings)
                .map(Setting::name),
        );
    }
    UnknownName {
        kind: "fact called",
        asked: name.to_owned(),
        nearest: near.into_iter().map(str::to_owned).collect(),
    }
}

fn versioned<T: ToString>(history: &History<T>) -> Vec<VersionedText> {
    let entry = |(since, what): &(KafkaVersion, Option<T>)| VersionedText {
        since: *since,
        what: what.as_ref().map(ToString::to_string),
    };
    history.changes().iter().map(entry).collect()
}

impl SettingCard {
    fn of(setting: &'static Setting, release: &'static Release) -> Self {
        let type_ = setting.type_in(release);
        Self {
            class: setting.class(),
            exists: setting.exists_in(release),
            default: setting.defaults().at(release).cloned(),
            kind: type_.map(|type_| type_.kind),
            internal: type_.is_some_and(|type_| type_.internal),
            takes: setting.takes_in(release).map(ToString::to_string),
            update: setting.update_in(release),
            falls_back_to: match setting.class() {
                Class::Topic => synonyms(setting.name(), release)
                    .iter()
                    .map(|synonym| synonym.broker)
                    .collect(),
                _ => Vec::new(),
            },
            history: versioned(setting.defaults()),
            source: Source {
                release: release.version(),
            },
        }
    }
}

impl FeatureCard {
    fn of(feature: &'static crate::Feature, release: &'static Release) -> Self {
        let known = feature
            .levels()
            .iter()
            .filter(|level| level.since() <= release.version());
        let level = |level: &crate::FeatureLevel| {
            let mut text = level.level().to_string();
            if let Some(bootstrap) = level.bootstrap_in(release) {
                text = format!("{text}: the default from {bootstrap} on");
            }
            for (feature, needed) in level.needs() {
                text = format!("{text}, needs {feature} {needed}");
            }
            if level
                .production_since()
                .is_none_or(|since| since > release.version())
            {
                text = format!("{text}, not for production");
            }
            text
        };
        Self {
            name: feature.name(),
            highest: feature.range_in(release).map(|range| range.production),
            levels: known.map(level).collect(),
        }
    }
}

impl ApiCard {
    fn of(api: &'static crate::Api, release: &'static Release) -> Self {
        Self {
            name: api.name(),
            number: api.number(),
            range: api.range_in(release),
            history: versioned(api.ranges()),
        }
    }
}

impl ErrorCard {
    fn of(error: &'static ErrorCode, release: &'static Release) -> Self {
        Self {
            code: error.code(),
            name: error.names().at(release).copied().unwrap_or(error.name()),
            since: error.since(),
            retriable: error.retriable_in(release),
            message: error.message_in(release).map(str::to_owned),
        }
    }
}

impl ToolCard {
    fn of(tool: &'static crate::Tool, release: &'static Release) -> Self {
        let options = tool
            .options()
            .iter()
            .filter(|option| tool.exists_in(release) && option.exists_in(release));
        let spelled = |option: &crate::ToolOption| {
            let parts: Vec<&str> = [option.subcommand(), option.name()]
                .into_iter()
                .flatten()
                .collect();
            let deprecated = option
                .deprecated_since()
                .is_some_and(|since| since <= release.version());
            parts.join(" ") + if deprecated { " (deprecated)" } else { "" }
        };
        Self {
            name: tool.name(),
            what: tool.what(),
            exists: tool.exists_in(release),
            since: tool.since(),
            until: tool.until(),
            options: options.map(spelled).collect(),
        }
    }
}

const COLUMN: usize = 12;

/// For 80 columns.
impl fmt::Display for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sheet = Sheet::default();
        for setting in &self.settings {
            self.show_setting(&mut sheet, setting);
        }
        if let Some(card) = &self.metadata_version {
            sheet.heading(&format!("{}, metadata version", self.name));
            card.show(&mut sheet);
        }
        if let Some(feature) = &self.feature {
            sheet.heading(&format!("{}, feature of Kafka {}", self.name, self.release));
            match feature.highest {
                Some(highest) => sheet.labelled(2, "offers", COLUMN, &format!("0-{highest}")),
                None => sheet.line(2, "this release does not know it"),
            }
            for level in &feature.levels {
                sheet.labelled(2, "level", COLUMN, level);
            }
        }
        if let Some(api) = &self.api {
            sheet.heading(&format!(
                "{}, request {} of Kafka {}",
                self.name, api.number, self.release
            ));
            let range = api
                .range
                .map_or_else(|| "none".to_owned(), |range| range.to_string());
            sheet.labelled(2, "versions", COLUMN, &range);
            history(&mut sheet, &api.history);
        }
        if let Some(error) = &self.error {
            sheet.heading(&format!(
                "{} ({}), error of Kafka {}",
                error.name, error.code, self.release
            ));
            sheet.labelled(2, "since", COLUMN, &error.since.to_string());
            match (error.retriable, &error.message) {
                (Some(retriable), Some(message)) => {
                    sheet.labelled(2, "retriable", COLUMN, if retriable { "yes" } else { "no" });
                    sheet.labelled(2, "message", COLUMN, message);
                }
                _ => sheet.line(2, "this release does not know it"),
            }
        }
        if let Some(tool) = &self.tool {
            show_tool(&mut sheet, tool, self.release);
        }
        if !self.notes.is_empty() {
            sheet.heading(&format!("Notes on {}", self.asked));
            for note in &self.notes {
                sheet.line(2, note);
            }
        }
        f.write_str(&sheet.finish())
    }
}

impl Lookup {
    fn show_setting(&self, sheet: &mut Sheet, setting: &SettingCard) {
        sheet.heading(&format!(
            "{}, {} setting of Kafka {}",
            self.name, setting.class, self.release
        ));
        match &setting.default {
            Some(default) => sheet.labelled(2, "default", COLUMN, &short(&default.to_string())),
            None => sheet.line(2, "this release does not have it"),
        }
        if let Some(kind) = setting.kind {
            let internal = if setting.internal {
                ", internal: not documented, may change with any release"
            } else {
                ""
            };
            sheet.labelled(
                2,
                "type",
                COLUMN,
                &format!("{}{internal}", format!("{kind:?}").to_lowercase()),
            );
        }
        if let Some(takes) = &setting.takes {
            sheet.labelled(2, "takes", COLUMN, takes);
        }
        if let Some(update) = setting.update {
            sheet.labelled(2, "changes", COLUMN, update_in_words(update));
        }
        if !setting.falls_back_to.is_empty() {
            sheet.labelled(
                2,
                "else",
                COLUMN,
                &format!("the broker's {}", setting.falls_back_to.join(", ")),
            );
        }
        history(sheet, &setting.history);
        sheet.labelled(2, "source", COLUMN, &setting.source.to_string());
    }
}

fn update_in_words(update: Update) -> &'static str {
    match update {
        Update::ReadOnly => "with a restart (read-only)",
        Update::PerBroker => "while the broker runs (per-broker)",
        Update::ClusterWide => "while the broker runs (cluster-wide)",
        Update::DynamicOnly => "while the broker runs; it cannot be in server.properties",
    }
}

fn show_tool(sheet: &mut Sheet, tool: &ToolCard, release: KafkaVersion) {
    sheet.heading(&format!("{}, tool of Kafka {release}", tool.name));
    sheet.labelled(2, "for", COLUMN, tool.what);
    let until = tool
        .until
        .map_or_else(String::new, |until| format!(" to {until}"));
    let since = if until.is_empty() {
        format!("since {}", tool.since)
    } else {
        format!("{}{until}", tool.since)
    };
    sheet.labelled(2, "releases", COLUMN, &since);
    if !tool.exists {
        sheet.line(2, "this release does not have it");
    }
    if !tool.options.is_empty() {
        sheet.labelled(2, "options", COLUMN, &tool.options.join(", "));
    }
}

/// Changes are worth a line only if there are any.
fn history(sheet: &mut Sheet, history: &[VersionedText]) {
    if history.len() < 2
        && history
            .first()
            .is_none_or(|first| first.since == crate::releases()[0].version())
    {
        return;
    }
    let entry = |entry: &VersionedText| match &entry.what {
        Some(what) => format!("{} from {}", short(what), entry.since),
        None => format!("gone from {}", entry.since),
    };
    sheet.labelled(
        2,
        "history",
        COLUMN,
        &history.iter().map(entry).collect::<Vec<_>>().join(", "),
    );
}
