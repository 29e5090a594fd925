//! What changes from one release to another.

mod show;

use serde::Serialize;

use crate::api::{Api, ApiRange};
use crate::metadata_version::{KnownMetadataVersion, MetadataVersion};
use crate::release::Release;
use crate::setting::{Class, Setting, Update, Value, settings};
use crate::tool::{Tool, ToolOption};
use crate::version::KafkaVersion;

/// What changes from one release to another. Internal settings are left out.
#[derive(Clone, Debug, Serialize)]
pub struct Diff {
    /// The name and version of this form.
    pub format: &'static str,
    /// The release that is left.
    pub from: KafkaVersion,
    /// The release that is entered.
    pub to: KafkaVersion,
    /// Defaults that are another value.
    pub changed_defaults: Vec<ChangedDefault>,
    /// Settings that are new.
    pub new_settings: Vec<NewSetting>,
    /// Settings that are gone.
    pub gone_settings: Vec<NewSetting>,
    /// Settings that take other values than before.
    pub changed_rules: Vec<ChangedRule>,
    /// Broker settings that a running broker takes otherwise than before.
    pub changed_updates: Vec<ChangedUpdate>,
    /// Requests that are new.
    pub new_apis: Vec<ApiChange>,
    /// Requests that are gone.
    pub gone_apis: Vec<ApiChange>,
    /// Requests that have another name, and the same number on the wire.
    pub renamed_apis: Vec<RenamedApi>,
    /// Requests whose oldest version is another: older peers may be shut out.
    pub moved_floors: Vec<ApiChange>,
    /// Requests that changed otherwise.
    pub changed_apis: Vec<ApiChange>,
    /// Error codes that are new, or gone on a way back.
    pub new_errors: Vec<NamedError>,
    /// See `new_errors`.
    pub gone_errors: Vec<NamedError>,
    /// Metadata versions for production that are new.
    pub new_metadata_versions: Vec<MetadataVersionCard>,
    /// Metadata versions for production that are no longer known.
    pub gone_metadata_versions: Vec<&'static str>,
    /// Features whose highest level for production is another.
    pub changed_features: Vec<FeatureChange>,
    /// Tools that are new, gone, or have other options.
    pub changed_tools: Vec<ToolChange>,
}

/// A default that is another value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChangedDefault {
    /// The setting.
    pub name: &'static str,
    /// Whose setting; of several classes with the same change, all.
    pub classes: Vec<Class>,
    /// Its default before.
    pub before: Value,
    /// Its default after.
    pub after: Value,
}

/// A setting that is new, or gone.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NewSetting {
    /// The setting.
    pub name: &'static str,
    /// Whose setting.
    pub classes: Vec<Class>,
    /// Its default, where it exists.
    pub default: Value,
}

/// A setting that takes other values than before.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChangedRule {
    /// The setting.
    pub name: &'static str,
    /// Whose setting.
    pub classes: Vec<Class>,
    /// What it took; `None` if nothing was declared.
    pub before: Option<String>,
    /// What it takes.
    pub after: Option<String>,
}

/// A broker setting that a running broker takes otherwise than before.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChangedUpdate {
    /// The setting.
    pub name: &'static str,
    /// How it changed.
    pub before: Update,
    /// How it changes.
    pub after: Update,
}

/// A request that is new, gone, or has other versions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ApiChange {
    /// The request.
    pub name: &'static str,
    /// Its versions before.
    pub before: Option<ApiRange>,
    /// Its versions after.
    pub after: Option<ApiRange>,
}

/// A request that has another name, and the same number on the wire.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RenamedApi {
    /// Its name before.
    pub before: &'static str,
    /// Its name after.
    pub after: &'static str,
}

/// An error code.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NamedError {
    /// The number on the wire.
    pub code: i16,
    /// Its name.
    pub name: &'static str,
    /// A client may try again.
    pub retriable: bool,
}

/// A metadata version and what it switches.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MetadataVersionCard {
    /// Its name.
    pub name: &'static str,
    /// Its feature level.
    pub level: Option<i16>,
    /// What it is about.
    pub words: Option<&'static str>,
    /// The improvement proposals behind it.
    pub proposal: Option<&'static str>,
    /// The format of the metadata log changes with it.
    pub changes_metadata: Option<bool>,
    /// The fields of Kafka's `MetadataVersion` that change with it.
    pub switches: Vec<String>,
}

/// A feature whose highest level for production is another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FeatureChange {
    /// The feature.
    pub name: &'static str,
    /// The highest level before; `None` if it was not known.
    pub before: Option<i16>,
    /// The highest level after.
    pub after: Option<i16>,
    /// The level that `--release-version` of the entered release sets.
    pub release_version_sets: Option<i16>,
    /// What the highest level needs.
    pub needs: Vec<String>,
}

/// A tool that is new, gone, or has other options.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ToolChange {
    /// The script.
    pub name: &'static str,
    /// It is there before.
    pub before: bool,
    /// It is there after.
    pub after: bool,
    /// Subcommands and options that are new.
    pub new_options: Vec<String>,
    /// Subcommands and options that are gone.
    pub gone_options: Vec<String>,
}

impl Diff {
    pub(super) fn between(from: &'static Release, to: &'static Release) -> Self {
        let mut diff = Self {
            format: "dryroll-facts-diff/1",
            from: from.version(),
            to: to.version(),
            changed_defaults: Vec::new(),
            new_settings: Vec::new(),
            gone_settings: Vec::new(),
            changed_rules: Vec::new(),
            changed_updates: Vec::new(),
            new_apis: Vec::new(),
            gone_apis: Vec::new(),
            renamed_apis: Vec::new(),
            moved_floors: Vec::new(),
            changed_apis: Vec::new(),
            new_errors: Vec::new(),
            gone_errors: Vec::new(),
            new_metadata_versions: metadata_versions_gained(from, to)
                .into_iter()
                .map(MetadataVersionCard::of)
                .collect(),
            gone_metadata_versions: metadata_versions_gained(to, from)
                .into_iter()
                .map(MetadataVersion::name)
                .collect(),
            changed_features: features(from, to),
            changed_tools: crate::tools()
                .iter()
                .filter_map(|tool| ToolChange::of(tool, from, to))
                .collect(),
        };
        for setting in Class::ALL.into_iter().flat_map(settings) {
            diff.setting(setting, from, to);
        }
        for api in crate::apis() {
            diff.api(api, from, to);
        }
        for error in crate::errors() {
            let named = |release| {
                let name = *error.names().at(release)?;
                Some(NamedError {
                    code: error.code(),
                    name,
                    retriable: error.retriable_in(release)?,
                })
            };
            match (named(from), named(to)) {
                (None, Some(new)) => diff.new_errors.push(new),
                (Some(gone), None) => diff.gone_errors.push(gone),
                _ => {}
            }
        }
        diff
    }

    fn setting(&mut self, setting: &'static Setting, from: &Release, to: &Release) {
        let (name, class) = (setting.name(), setting.class());
        let public = |release: &Release| {
            setting
                .type_in(release)
                .is_some_and(|type_| !type_.internal)
        };
        match (public(from), public(to)) {
            (false, false) => {}
            (false, true) => {
                let default = setting.defaults().at(to).cloned().unwrap_or(Value::Null);
                note(
                    &mut self.new_settings,
                    NewSetting {
                        name,
                        classes: vec![class],
                        default,
                    },
                );
            }
            // One that became internal is still there.
            (true, false) if setting.exists_in(to) => {}
            (true, false) => {
                let default = setting.defaults().at(from).cloned().unwrap_or(Value::Null);
                note(
                    &mut self.gone_settings,
                    NewSetting {
                        name,
                        classes: vec![class],
                        default,
                    },
                );
            }
            (true, true) => {
                if let (Some(before), Some(after)) =
                    (setting.defaults().at(from), setting.defaults().at(to))
                    && !before.means_the_same_as(after)
                {
                    let (before, after) = (before.clone(), after.clone());
                    note(
                        &mut self.changed_defaults,
                        ChangedDefault {
                            name,
                            classes: vec![class],
                            before,
                            after,
                        },
                    );
                }
                let rule = |release| setting.takes_in(release).map(ToString::to_string);
                if rule(from) != rule(to) {
                    let (before, after) = (rule(from), rule(to));
                    note(
                        &mut self.changed_rules,
                        ChangedRule {
                            name,
                            classes: vec![class],
                            before,
                            after,
                        },
                    );
                }
                if let (Some(before), Some(after)) =
                    (setting.update_in(from), setting.update_in(to))
                    && before != after
                {
                    self.changed_updates.push(ChangedUpdate {
                        name,
                        before,
                        after,
                    });
                }
            }
        }
    }

    fn api(&mut self, api: &'static Api, from: &Release, to: &Release) {
        let namesake = crate::apis()
            .iter()
            .find(|other| other.number() == api.number() && other.name() != api.name());
        if let Some(other) = namesake {
            match (api.range_in(from), other.range_in(to)) {
                (Some(_), Some(_)) => {
                    self.renamed_apis.push(RenamedApi {
                        before: api.name(),
                        after: other.name(),
                    });
                    return;
                }
                _ if api.range_in(to).is_some() && other.range_in(from).is_some() => return,
                _ => {}
            }
        }
        let change = ApiChange {
            name: api.name(),
            before: api.range_in(from),
            after: api.range_in(to),
        };
        let list = match (change.before, change.after) {
            (before, after) if before == after => return,
            (None, _) => &mut self.new_apis,
            (_, None) => &mut self.gone_apis,
            // Nobody relies on versions that were never offered.
            (Some(before), Some(after))
                if before.oldest != after.oldest && before.stable.is_some() =>
            {
                &mut self.moved_floors
            }
            _ => &mut self.changed_apis,
        };
        list.push(change);
    }
}

/// Something said of a setting that can be said of several classes at once.
trait OfSetting {
    fn same_but_for_class(&self, other: &Self) -> bool;
    fn classes(&mut self) -> &mut Vec<Class>;
}

macro_rules! of_setting {
    ($($type:ident: $($field:ident)+;)+) => {$(
        impl OfSetting for $type {
            fn same_but_for_class(&self, other: &Self) -> bool {
                $(self.$field == other.$field)&&+
            }
            fn classes(&mut self) -> &mut Vec<Class> {
                &mut self.classes
            }
        }
    )+};
}

of_setting! {
    ChangedDefault: name before after;
    NewSetting: name default;
    ChangedRule: name before after;
}

/// Adds it, or adds its class to what is there already.
fn note<T: OfSetting>(list: &mut Vec<T>, mut new: T) {
    match list.iter_mut().find(|old| old.same_but_for_class(&new)) {
        Some(old) => old.classes().append(new.classes()),
        None => list.push(new),
    }
}

impl MetadataVersionCard {
    pub(super) fn of(version: &'static MetadataVersion) -> Self {
        Self {
            name: version.name(),
            level: version.level(),
            words: version.words(),
            proposal: version.proposal(),
            changes_metadata: version.changes_metadata(),
            switches: version.gates().iter().map(ToString::to_string).collect(),
        }
    }
}

/// The metadata versions for production of `to` that `from` does not have for production.
fn metadata_versions_gained(
    from: &'static Release,
    to: &'static Release,
) -> Vec<&'static MetadataVersion> {
    let production = |release: &'static Release| -> Vec<&'static MetadataVersion> {
        let known = release
            .metadata_versions()
            .into_iter()
            .filter(|known: &KnownMetadataVersion| known.production);
        known.map(|known| known.version).collect()
    };
    let old = production(from);
    production(to)
        .into_iter()
        .filter(|version| !old.contains(version))
        .collect()
}

fn features(from: &'static Release, to: &'static Release) -> Vec<FeatureChange> {
    let set = to.release_version_levels();
    let change = |feature: &'static crate::Feature| {
        let highest = |release| feature.range_in(release).map(|range| range.production);
        let (before, after) = (highest(from), highest(to));
        let needs = after
            .and_then(|level| feature.level(level))
            .map_or(&[][..], |level| level.needs());
        (before != after).then(|| FeatureChange {
            name: feature.name(),
            before,
            after,
            release_version_sets: set
                .iter()
                .find(|(name, _)| *name == feature.name())
                .map(|(_, level)| *level),
            needs: needs
                .iter()
                .map(|(name, level)| format!("{name} {level}"))
                .collect(),
        })
    };
    crate::features().iter().filter_map(change).collect()
}

impl ToolChange {
    fn of(tool: &'static Tool, from: &Release, to: &Release) -> Option<Self> {
        let (before, after) = (tool.exists_in(from), tool.exists_in(to));
        let mut change = Self {
            name: tool.name(),
            before,
            after,
            new_options: Vec::new(),
            gone_options: Vec::new(),
        };
        if before && after {
            for option in tool.options() {
                let gone = match (option.exists_in(from), option.exists_in(to)) {
                    (false, true) => false,
                    (true, false) => true,
                    _ => continue,
                };
                // The options of a new subcommand are no news beside the subcommand.
                let whole = option.name().is_some()
                    && option.subcommand().is_some_and(|subcommand| {
                        let subcommand = tool.subcommand(subcommand).ok();
                        subcommand.is_some_and(|one| one.exists_in(from) != one.exists_in(to))
                    });
                let list = if gone {
                    &mut change.gone_options
                } else {
                    &mut change.new_options
                };
                if !whole {
                    list.push(spelled(option));
                }
            }
        }
        let news =
            before != after || !change.new_options.is_empty() || !change.gone_options.is_empty();
        news.then_some(change)
    }
}

fn spelled(option: &ToolOption) -> String {
    let parts: Vec<&str> = [option.subcommand(), option.name()]
        .into_iter()
        .flatten()
        .collect();
    parts.join(" ")
}
