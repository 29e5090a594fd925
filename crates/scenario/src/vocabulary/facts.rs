//! The vocabulary that Kafka's own classes gave: the glue to `facts`.

use super::{KnownVersion, SettingClass, Vocabulary};
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

impl Vocabulary for Facts {
    fn version(&self, name: &str) -> Option<KnownVersion> {
        let resolved = facts::resolve(name).ok()?;
        Some(KnownVersion {
            full: resolved.asked.to_string(),
            answered_by: resolved.release.to_string(),
        })
    }

    fn versions(&self) -> Vec<String> {
        facts::releases().iter().map(ToString::to_string).collect()
    }

    fn has_setting(&self, of: SettingClass, version: &str, name: &str) -> bool {
        facts::of(version).is_ok_and(|release| {
            setting(of, name).is_some_and(|setting| setting.exists_in(release))
        })
    }

    fn settings(&self, of: SettingClass, version: &str) -> Vec<String> {
        let Ok(release) = facts::of(version) else {
            return Vec::new();
        };
        facts::settings(class(of))
            .iter()
            .filter(|setting| setting.exists_in(release))
            .map(|setting| setting.name().to_owned())
            .collect()
    }

    fn value_problem(
        &self,
        of: SettingClass,
        version: &str,
        name: &str,
        value: &str,
    ) -> Option<String> {
        let release = facts::of(version).ok()?;
        let setting = setting(of, name)?;
        setting.check(value, release).err().map(|wrong| wrong.why)
    }
}
