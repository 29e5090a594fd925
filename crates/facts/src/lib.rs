//! What each Kafka release *is*: metadata versions and what they switch, features, requests, errors, settings, tools.
//!
//! Everything here was said by Kafka's own classes, one release of each line from 2.4 to 4.4, and by its tools; nothing is
//! remembered. The data files under `data/` hold it as histories, one fact a line, and `cargo xtask facts` writes them. A new
//! release of Kafka is a change of data.
//!
//! ```
//! let kafka = facts::of("3.9.1")?;                    // answered for by 3.9.2, which was asked for this line
//! assert_eq!(kafka.producer().text("acks")?, "all");
//! assert_eq!(kafka.metadata_version().level(), Some(21));
//! assert_eq!(facts::api("Fetch")?.range_in(kafka).unwrap().latest, 17);
//! assert!(facts::tool("kafka-topics.sh")?.option("--zookeeper").unwrap().until().is_some());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Names that do not exist are errors that say where they do exist, or which are nearest. All data is `'static`; a lookup copies
//! nothing.

mod api;
mod catalog;
mod client;
mod command;
mod error_code;
mod feature;
mod history;
mod metadata_version;
mod milestone;
mod note;
mod path;
mod present;
mod release;
mod setting;
mod suggest;
pub mod table;
mod tool;
mod version;

pub use api::{Api, ApiRange, Listener, api, apis};
pub use client::{
    ClientCard, Effect, Misunderstanding, Speaker, Speech, TaskCard, UnknownSpeaker, Versions,
    client_with_broker, misunderstanding, speaker, speaks,
};
pub use command::{CheckedCommand, CommandFault, CommandProblem, ToolAnswer, check_command};
pub use error_code::{ErrorCode, ErrorKey, error, errors};
pub use feature::{Feature, FeatureLevel, FeatureRange, feature, features};
pub use history::History;
pub use metadata_version::{
    KnownMetadataVersion, MetadataVersion, Switch, format_changes, metadata_version,
    metadata_version_of_level, metadata_versions,
};
pub use milestone::{Milestone, milestones};
pub use note::{Note, notes};
pub use path::{Mode, NoPath, NoPlace, Place, Remark, Stop, UpgradePath, upgrade_path};
pub use present::{
    ApiCard, ApiChange, ChangedDefault, ChangedRule, ChangedUpdate, CommandCard, Diff, ErrorCard,
    FeatureCard, FeatureChange, FeatureLine, Lookup, MetadataVersionCard, MetadataVersionName,
    NamedError, NewSetting, OptionEntry, Page, RenamedApi, SettingCard, ToolCard, ToolChange,
    ToolEntry, Tools, Unknown, VersionedText, command_in, diff, facts_diff, facts_lookup,
    facts_page, lookup, page, tools_of,
};
pub use release::{Release, Resolved, UnknownVersion, latest, of, releases, resolve};
pub use setting::{
    Class, DefaultValue, Elsewhere, Kind, Setting, SettingError, SettingType, Settings, Source,
    Synonym, Takes, TopicValue, UnknownSetting, Update, Value, WrongType, WrongValue, setting,
    settings, settings_named, synonyms,
};
pub use suggest::{UnknownName, nearest};
pub use tool::{Tool, ToolOption, tool, tools};
pub use version::{KafkaVersion, NotAVersion};
