//! The settings of one class in one release, and their defaults as numbers and texts.

use std::fmt;

use super::{Class, Setting, UnknownSetting, Value, find, settings};
use crate::release::Release;
use crate::version::KafkaVersion;

/// The settings of one class in one release.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    release: &'static Release,
    class: Class,
}

impl Settings {
    pub(crate) fn new(release: &'static Release, class: Class) -> Self {
        Self { release, class }
    }

    /// All of them, by name.
    pub fn all(self) -> impl Iterator<Item = &'static Setting> {
        settings(self.class)
            .iter()
            .filter(move |setting| setting.exists_in(self.release))
    }

    /// The setting of this name, if this release has it.
    ///
    /// ```
    /// let broker = facts::of("4.1.2").unwrap().broker();
    /// let gone = broker.get("zookeeper.connect").unwrap_err();
    /// assert_eq!(gone.to_string(), "`zookeeper.connect` is no broker setting of Kafka 4.1.2; it was one up to 3.9.2");
    /// let slip = broker.get("replica.lag.max.time.ms").unwrap_err();
    /// assert_eq!(
    ///     slip.to_string(),
    ///     "`replica.lag.max.time.ms` is no broker setting of Kafka 4.1.2; the nearest: replica.lag.time.max.ms"
    /// );
    /// ```
    pub fn get(self, name: &str) -> Result<&'static Setting, UnknownSetting> {
        let setting = find(self.class, name).filter(|setting| setting.exists_in(self.release));
        setting.ok_or_else(|| UnknownSetting::new(self.class, name, Some(self.release)))
    }

    /// The default of this setting.
    ///
    /// ```
    /// let default = facts::of("3.3.2").unwrap().broker().default("replica.lag.time.max.ms").unwrap();
    /// assert_eq!(default.value(), &facts::Value::Int(30_000));
    /// assert_eq!(default.source().to_string(), "the classes of Kafka 3.3.2");
    /// ```
    pub fn default(self, name: &str) -> Result<DefaultValue, UnknownSetting> {
        let setting = self.get(name)?;
        let value = setting
            .defaults()
            .at(self.release)
            .expect("`get` found it in this release");
        Ok(DefaultValue {
            setting,
            release: self.release,
            value,
        })
    }

    /// The default as a whole number.
    pub fn int(self, name: &str) -> Result<i64, SettingError> {
        Ok(self.default(name)?.int()?)
    }

    /// The default as yes or no.
    pub fn bool(self, name: &str) -> Result<bool, SettingError> {
        Ok(self.default(name)?.bool()?)
    }

    /// The default as milliseconds, whatever unit the name has.
    ///
    /// ```
    /// let broker = facts::of("4.1").unwrap().broker();
    /// assert_eq!(broker.ms("log.retention.hours"), Ok(604_800_000));
    /// let null = broker.ms("log.retention.ms").unwrap_err();
    /// assert_eq!(null.to_string(), "the default of broker setting log.retention.ms in Kafka 4.1.2 is null, which is no time");
    /// ```
    pub fn ms(self, name: &str) -> Result<u64, SettingError> {
        Ok(self.default(name)?.ms()?)
    }

    /// The default as a number of bytes.
    pub fn bytes(self, name: &str) -> Result<u64, SettingError> {
        Ok(self.default(name)?.bytes()?)
    }

    /// The default as it would stand in a properties file.
    pub fn text(self, name: &str) -> Result<String, SettingError> {
        Ok(self.default(name)?.text()?)
    }
}

/// The default of a setting in a release.
#[derive(Clone, Copy, Debug)]
pub struct DefaultValue {
    setting: &'static Setting,
    release: &'static Release,
    value: &'static Value,
}

impl DefaultValue {
    /// Of which setting.
    pub fn setting(&self) -> &'static Setting {
        self.setting
    }

    /// The default.
    pub fn value(&self) -> &'static Value {
        self.value
    }

    /// Since which release it is this one. The oldest release there are facts on stands for those before it, too.
    pub fn since(&self) -> KafkaVersion {
        self.setting
            .defaults()
            .unchanged_since(self.release)
            .expect("the setting exists in this release")
    }

    /// Where it comes from.
    pub fn source(&self) -> Source {
        Source {
            release: self.release.version(),
        }
    }

    /// As a whole number.
    pub fn int(&self) -> Result<i64, WrongType> {
        match self.value {
            Value::Int(number) => Ok(*number),
            _ => Err(self.wrong("whole number")),
        }
    }

    /// As yes or no.
    pub fn bool(&self) -> Result<bool, WrongType> {
        match self.value {
            Value::Bool(value) => Ok(*value),
            _ => Err(self.wrong("yes or no")),
        }
    }

    /// As milliseconds. The unit is the end of the name: `.ms`, `.seconds`, `.minutes`, `.hours`. A negative number, which
    /// often stands for "no limit", is no time.
    pub fn ms(&self) -> Result<u64, WrongType> {
        const UNITS: [(&str, u64); 6] = [
            (".ms", 1),
            (".millis", 1),
            (".secs", 1_000),
            (".seconds", 1_000),
            (".minutes", 60_000),
            (".hours", 3_600_000),
        ];
        let unit = UNITS
            .iter()
            .find(|(suffix, _)| self.setting.name().ends_with(suffix));
        match (unit, self.value) {
            (Some((_, factor)), Value::Int(number)) => {
                let number = u64::try_from(*number).map_err(|_| self.wrong("time"))?;
                Ok(number.saturating_mul(*factor))
            }
            _ => Err(self.wrong("time")),
        }
    }

    /// As a number of bytes. A negative number, which often stands for "no limit", is none.
    pub fn bytes(&self) -> Result<u64, WrongType> {
        let number = self.int().map_err(|_| self.wrong("number of bytes"))?;
        u64::try_from(number).map_err(|_| self.wrong("number of bytes"))
    }

    /// As it would stand in a properties file.
    pub fn text(&self) -> Result<String, WrongType> {
        self.value.as_text().ok_or_else(|| self.wrong("text"))
    }

    fn wrong(&self, wanted: &'static str) -> WrongType {
        WrongType {
            class: self.setting.class(),
            name: self.setting.name(),
            release: self.release.version(),
            value: self.value.clone(),
            wanted,
        }
    }
}

/// Where a fact comes from: the classes of the release that answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Source {
    /// Whose classes.
    pub release: KafkaVersion,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the classes of Kafka {}", self.release)
    }
}

/// A default is asked for as something that it is not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the default of {class} setting {name} in Kafka {release} is {value}, which is no {wanted}"
)]
pub struct WrongType {
    /// Whose setting.
    pub class: Class,
    /// Its name.
    pub name: &'static str,
    /// In which release.
    pub release: KafkaVersion,
    /// The default.
    pub value: Value,
    /// What it was asked for as.
    pub wanted: &'static str,
}

/// Why there is no such default.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// There is no such setting.
    #[error(transparent)]
    Unknown(#[from] UnknownSetting),
    /// There is, but its default is something else.
    #[error(transparent)]
    WrongType(#[from] WrongType),
}
