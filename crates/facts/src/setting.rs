//! Settings: of brokers, topics, producers, consumers and admin clients. Which there are, since which release and until which,
//! of which type, with which default, what they take, and whether a running broker can take a new value.

mod class;
mod default;
mod synonyms;
mod takes;
mod unknown;
mod update;
mod value;

pub use class::Class;
pub use default::{DefaultValue, SettingError, Settings, Source, WrongType};
pub use synonyms::{Synonym, TopicValue, synonyms};
pub use takes::{Takes, WrongValue};
pub use unknown::{Elsewhere, UnknownSetting};
pub use update::Update;
pub use value::Value;

pub(crate) use synonyms::{Synonyms, read as read_synonyms};

use crate::catalog::{catalog, history, history_since};
use crate::history::History;
use crate::release::{Release, releases};
use crate::table::{self, Row, TableError};
use crate::version::KafkaVersion;

/// A setting of one class. Several classes may have settings of one name: `compression.type` is three settings.
#[derive(Debug)]
pub struct Setting {
    class: Class,
    name: &'static str,
    defaults: History<Value>,
    types: History<SettingType>,
    takes: History<Takes>,
    updates: History<Update>,
}

impl Setting {
    /// Whose setting it is.
    pub fn class(&self) -> Class {
        self.class
    }

    /// Its name, such as `min.insync.replicas`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Its default in every release that has it.
    pub fn defaults(&self) -> &History<Value> {
        &self.defaults
    }

    /// The release has it.
    pub fn exists_in(&self, release: &Release) -> bool {
        self.defaults.at(release).is_some()
    }

    /// The first release that has it. The oldest release there are facts on stands for those before it, too.
    pub fn since(&self) -> KafkaVersion {
        self.defaults
            .since()
            .expect("a setting is in a table because a release has it")
    }

    /// The last release that has it; `None` if the newest one does.
    pub fn until(&self) -> Option<KafkaVersion> {
        let gone = self.defaults.gone_since()?;
        releases()
            .iter()
            .map(Release::version)
            .rfind(|version| *version < gone)
    }

    /// Its type in a release; `None` where it does not exist.
    pub fn type_in(&self, release: &Release) -> Option<SettingType> {
        self.types
            .at(release)
            .copied()
            .filter(|_| self.exists_in(release))
    }

    /// What values it takes in a release, as far as its declaration says.
    pub fn takes_in(&self, release: &Release) -> Option<&Takes> {
        self.takes.at(release).filter(|_| self.exists_in(release))
    }

    /// How a broker setting changes while the broker runs. `None` where it does not exist, and for other classes: topic settings
    /// always take effect at once, and a client reads its settings when it is made.
    pub fn update_in(&self, release: &Release) -> Option<Update> {
        let dynamic = self.updates.at(release).copied();
        (self.class == Class::Broker && self.exists_in(release))
            .then_some(dynamic.unwrap_or(Update::ReadOnly))
    }

    /// Whether a release takes this value, as far as the setting's type and declaration say.
    ///
    /// ```
    /// let segment = facts::setting(facts::Class::Topic, "segment.bytes").unwrap();
    /// assert_eq!(segment.check("100000", facts::of("3.9").unwrap()), Ok(()));
    /// let wrong = segment.check("100000", facts::of("4.1").unwrap()).unwrap_err();
    /// assert_eq!(wrong.to_string(), "topic setting segment.bytes of Kafka 4.1.2 does not take `100000`: at least 1048576");
    /// ```
    pub fn check(&self, value: &str, release: &Release) -> Result<(), WrongValue> {
        let Some(type_) = self.type_in(release) else {
            return Ok(());
        };
        let default = self.defaults.at(release).and_then(Value::as_text);
        takes::check(
            type_.kind,
            self.takes_in(release),
            default.as_deref(),
            value,
        )
        .map_err(|why| WrongValue {
            class: self.class,
            name: self.name,
            release: release.version(),
            value: value.to_owned(),
            why,
        })
    }
}

/// The type of a setting's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SettingType {
    /// What a value is.
    pub kind: Kind,
    /// Kafka declares it internal: it works, but is not documented and may change with any release.
    pub internal: bool,
}

/// What a value of a setting is, by the name that Kafka gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// `true` or `false`.
    Boolean,
    /// A whole number of 16 bits.
    Short,
    /// A whole number of 32 bits.
    Int,
    /// A whole number of 64 bits.
    Long,
    /// A number.
    Double,
    /// Text.
    String,
    /// Texts between commas.
    List,
    /// The name of a Java class.
    Class,
    /// Text that is not shown.
    Password,
}

/// All settings of a class, by name, of all releases.
pub fn settings(class: Class) -> &'static [Setting] {
    &catalog().settings[class as usize]
}

/// A setting by its class and name, whichever release has it.
///
/// ```
/// let setting = facts::setting(facts::Class::Broker, "zookeeper.connect").unwrap();
/// assert_eq!(setting.until().unwrap().to_string(), "3.9.2");
/// ```
pub fn setting(class: Class, name: &str) -> Result<&'static Setting, UnknownSetting> {
    find(class, name).ok_or_else(|| UnknownSetting::new(class, name, None))
}

/// The settings of this name, whatever their class.
pub fn settings_named(name: &str) -> Vec<&'static Setting> {
    Class::ALL
        .into_iter()
        .filter_map(|class| find(class, name))
        .collect()
}

fn find(class: Class, name: &str) -> Option<&'static Setting> {
    let settings = settings(class);
    let at = settings
        .binary_search_by(|setting| setting.name.cmp(name))
        .ok()?;
    Some(&settings[at])
}

pub(crate) fn read(text: &'static str, class: Class) -> Result<Vec<Setting>, TableError> {
    let columns = if class == Class::Broker { 5 } else { 4 };
    let setting = |row: &Row<'static>| {
        let defaults = history(row, 1, Value::parse)?;
        let since = defaults.since().ok_or_else(|| row.error("no default"))?;
        Ok(Setting {
            class,
            name: row.cell(0),
            types: history_since(row, 2, since, type_)?,
            takes: history_since(row, 3, since, Takes::parse)?,
            updates: match class {
                Class::Broker => history_since(row, 4, since, Update::parse)?,
                _ => History::new(Vec::new()),
            },
            defaults,
        })
    };
    table::rows(text, columns)?.iter().map(setting).collect()
}

fn type_(text: &str) -> Option<SettingType> {
    let (kind, internal) = match text.strip_suffix(" internal") {
        Some(kind) => (kind, true),
        None => (text, false),
    };
    let kind = match kind {
        "boolean" => Kind::Boolean,
        "short" => Kind::Short,
        "int" => Kind::Int,
        "long" => Kind::Long,
        "double" => Kind::Double,
        "string" => Kind::String,
        "list" => Kind::List,
        "class" => Kind::Class,
        "password" => Kind::Password,
        _ => return None,
    };
    Some(SettingType { kind, internal })
}

#[cfg(test)]
mod tests;
