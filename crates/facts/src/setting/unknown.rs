//! A setting that a release does not have: where it is to be found, or what else may have been meant.

use std::fmt;

use super::{Class, Setting, settings, settings_named};
use crate::release::Release;
use crate::suggest::nearest;
use crate::version::KafkaVersion;

/// There is no such setting.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct UnknownSetting {
    /// Of which class it was asked.
    pub class: Class,
    /// What was asked.
    pub asked: String,
    /// In which release it was asked for; `None` if in any.
    pub release: Option<KafkaVersion>,
    /// Where there is a setting of this very name: the same class in other releases first, then other classes in this one.
    pub elsewhere: Vec<Elsewhere>,
    /// The nearest names of the class in the release, the nearest first. Empty if the name itself is found elsewhere.
    pub nearest: Vec<&'static str>,
}

/// A setting of the asked name, in other releases or of another class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// Whose setting it is.
    pub class: Class,
    /// The first release that has it.
    pub since: KafkaVersion,
    /// The last release that has it; `None` if the newest one does.
    pub until: Option<KafkaVersion>,
}

impl UnknownSetting {
    pub(super) fn new(class: Class, asked: &str, release: Option<&Release>) -> Self {
        let here = |setting: &Setting| release.is_none_or(|release| setting.exists_in(release));
        let mut elsewhere: Vec<&Setting> = settings_named(asked);
        elsewhere.retain(|setting| setting.class() == class || here(setting));
        elsewhere.sort_by_key(|setting| setting.class() != class);
        let names = settings(class)
            .iter()
            .filter(|setting| here(setting))
            .map(Setting::name);
        Self {
            class,
            asked: asked.to_owned(),
            release: release.map(Release::version),
            nearest: if elsewhere.is_empty() {
                nearest(asked, names)
            } else {
                Vec::new()
            },
            elsewhere: elsewhere
                .into_iter()
                .map(|setting| Elsewhere {
                    class: setting.class(),
                    since: setting.since(),
                    until: setting.until(),
                })
                .collect(),
        }
    }
}

impl fmt::Display for UnknownSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no {} setting", self.asked, self.class)?;
        if let Some(release) = self.release {
            write!(f, " of Kafka {release}")?;
        }
        for place in &self.elsewhere {
            match (place.class == self.class, place.until) {
                (true, Some(until)) if self.release.is_some_and(|release| release > until) => {
                    write!(f, "; it was one up to {until}")?;
                }
                (true, _) => write!(f, "; it comes with {}", place.since)?,
                (false, _) => write!(f, "; it is a setting of class {}", place.class)?,
            }
        }
        if !self.nearest.is_empty() {
            write!(f, "; the nearest: {}", self.nearest.join(", "))?;
        }
        Ok(())
    }
}
