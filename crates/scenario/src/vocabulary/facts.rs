//! The vocabulary that Kafka's own classes gave: the glue to `facts`.

use super::{CommandProblem, KnownVersion, SettingClass, Vocabulary};
use facts::{Class, Setting};

/// What [`facts`] knows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts;

fn class(class: SettingClass) -> Class {
    match class {
        SettingClass::Broker => Class::Broker,
        SettingClass::Topic => Class::Topic,
        SettingClass::Producer => Class::Producer,
        SettingClass::Consumer => Class::Consumer,
    }
}

/// Without the search for near names that `facts::setting` makes for one that it does not find.
fn setting(of: SettingClass, name: &str) -> Option<&'static Setting> {
    facts::settings(class(of))
        .iter()
        .find(|setting| setting.name() == name)
}

/// The release that says which settings a version has: the oldest one there are facts on, for clients from before it.
fn declared(version: &str) -> Option<&'static facts::Release> {
    let old = || facts::speaker(version).ok().map(|_| &facts::releases()[0]);
    facts::of(version).ok().or_else(old)
}

impl Vocabulary for Facts {
    fn version(&self, name: &str) -> Option<KnownVersion> {
        let resolved = facts::resolve(name).ok()?;
        Some(KnownVersion {
            full: resolved.asked.to_string(),
            answered_by: resolved.release.to_string(),
        })
    }

    fn client_version(&self, name: &str) -> Option<KnownVersion> {
        self.version(name).or_else(|| {
            let client = facts::speaker(name).ok()?.version().to_string();
            Some(KnownVersion {
                answered_by: client.clone(),
                full: client,
            })
        })
    }

    fn versions(&self) -> Vec<String> {
        facts::releases().iter().map(ToString::to_string).collect()
    }

    fn has_setting(&self, of: SettingClass, version: &str, name: &str) -> bool {
        declared(version).is_some_and(|release| {
            setting(of, name).is_some_and(|setting| setting.exists_in(release))
        })
    }

    fn settings(&self, of: SettingClass, version: &str) -> Vec<String> {
        let Some(release) = declared(version) else {
            return Vec::new();
        };
        facts::settings(class(of))
            .iter()
            .filter(|setting| setting.exists_in(release))
            .map(|setting| setting.name().to_owned())
            .collect()
    }

    fn metadata_level(&self, name: &str) -> Option<i16> {
        facts::metadata_version(name).ok()?.level()
    }

    fn features(&self) -> Vec<String> {
        let own = [facts::MetadataVersion::FEATURE];
        let others = facts::features().iter().map(facts::Feature::name);
        own.into_iter().chain(others).map(str::to_owned).collect()
    }

    fn value_problem(
        &self,
        of: SettingClass,
        version: &str,
        name: &str,
        value: &str,
    ) -> Option<String> {
        let release = declared(version)?;
        let setting = setting(of, name)?;
        setting.check(value, release).err().map(|wrong| wrong.why)
    }

    fn command_problems(&self, version: &str, line: &str) -> Vec<CommandProblem> {
        let Ok(release) = facts::of(version) else {
            return Vec::new();
        };
        let checked = facts::check_command(line, release);
        let problems = checked.into_iter().flat_map(|checked| checked.problems);
        problems
            .filter(|problem| problem.fault.refuses())
            .map(|problem| CommandProblem {
                at: problem.at,
                what: problem.what,
                instead: problem.instead,
            })
            .collect()
    }
}
