//! What the language has to know of Kafka: which versions there are, which settings they have, and which values those take.
//!
//! A trait, so that reading a file does not depend on where the knowledge comes from. [`Facts`] is the real one.

mod facts;

pub use facts::Facts;

use std::fmt;

/// Where a setting belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SettingClass {
    /// `server.properties`, of brokers and controllers.
    Broker,
    /// Of a topic.
    Topic,
    /// Of a `KafkaProducer`.
    Producer,
    /// Of a `KafkaConsumer`.
    Consumer,
}

impl SettingClass {
    /// Every class.
    pub const ALL: [Self; 4] = [Self::Broker, Self::Topic, Self::Producer, Self::Consumer];
}

impl fmt::Display for SettingClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Broker => "broker",
            Self::Topic => "topic",
            Self::Producer => "producer",
            Self::Consumer => "consumer",
        })
    }
}

/// A version that somebody named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownVersion {
    /// Its full name: "3.9.2" for itself and for "3.9".
    pub full: String,
    /// The release whose facts answer for it: "3.9.2" also for "3.9.1".
    pub answered_by: String,
}

/// Why a tool refuses a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandProblem {
    /// Which bytes of the line are wrong.
    pub at: std::ops::Range<usize>,
    /// What is wrong.
    pub what: String,
    /// What to type instead.
    pub instead: Option<String>,
}

/// Knowledge of Kafka's versions and settings.
pub trait Vocabulary {
    /// What is known of a version. `None`: nothing.
    fn version(&self, name: &str) -> Option<KnownVersion>;

    /// What is known of the version of a client library, which can be older than every broker.
    fn client_version(&self, name: &str) -> Option<KnownVersion> {
        self.version(name)
    }

    /// Full names of every known version, from old to new.
    fn versions(&self) -> Vec<String>;

    /// Does this version (by its full name) have this setting in this class?
    fn has_setting(&self, class: SettingClass, version: &str, name: &str) -> bool;

    /// The names of all settings of a class in a version.
    fn settings(&self, class: SettingClass, version: &str) -> Vec<String>;

    /// The feature level of a metadata version by its name or a release ("3.3-IV3", "3.9"). `None`: there is none of that name.
    fn metadata_level(&self, name: &str) -> Option<i16>;

    /// The names of all features, `metadata.version` included.
    fn features(&self) -> Vec<String>;

    /// What Kafka expects instead of this value: "a whole number". `None`: it takes it, or that is not known.
    fn value_problem(
        &self,
        class: SettingClass,
        version: &str,
        name: &str,
        value: &str,
    ) -> Option<String>;

    /// Why the tools of a version (by its full name) refuse a command. Empty: they take it, or it is none of Kafka's.
    fn command_problems(&self, version: &str, line: &str) -> Vec<CommandProblem>;
}
