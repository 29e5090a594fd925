//! Everything the extractions say, release by release: what the data files say as histories, spread out again.

use std::collections::BTreeMap;

use facts::KafkaVersion;

/// All releases.
#[derive(Clone, Debug, Default)]
pub(super) struct Book {
    pub(super) releases: BTreeMap<KafkaVersion, Extraction>,
}

impl Book {
    /// Sections that `new` has replace those known of its release; the others stay.
    pub(super) fn lay_over(&mut self, new: Extraction) {
        let old = self
            .releases
            .entry(new.version)
            .or_insert_with(|| Extraction::of(new.version));
        old.metadata_versions = new.metadata_versions.or(old.metadata_versions.take());
        old.features = new.features.or(old.features.take());
        old.apis = new.apis.or(old.apis.take());
        old.errors = new.errors.or(old.errors.take());
        for (class, defaults) in new.defaults {
            old.defaults.insert(class, defaults);
        }
        for (class, definitions) in new.definitions {
            old.definitions.insert(class, definitions);
        }
        old.updates = new.updates.or(old.updates.take());
        old.synonyms = new.synonyms.or(old.synonyms.take());
    }
}

/// What one release says about itself. A section is `None`, or its class of settings is missing, where it was not looked at.
#[derive(Clone, Debug)]
pub(super) struct Extraction {
    pub(super) version: KafkaVersion,
    pub(super) metadata_versions: Option<MetadataVersions>,
    pub(super) features: Option<BTreeMap<String, Feature>>,
    pub(super) apis: Option<BTreeMap<(i16, String), Api>>,
    pub(super) errors: Option<BTreeMap<i16, Error>>,
    /// Defaults by setting, for each of [`CLASSES`], as the data files write them.
    pub(super) defaults: BTreeMap<&'static str, BTreeMap<String, String>>,
    pub(super) definitions: BTreeMap<&'static str, BTreeMap<String, Definition>>,
    /// `per-broker` or `cluster-wide` for the broker settings that can change while the broker runs.
    pub(super) updates: Option<BTreeMap<String, String>>,
    /// Broker settings behind each topic setting, as the data files write them.
    pub(super) synonyms: Option<BTreeMap<String, String>>,
}

/// The classes of settings. `broker_dynamic_only` are the broker settings that no configuration file may have.
pub(super) const CLASSES: [&str; 6] = [
    "broker",
    DYNAMIC_ONLY,
    "topic",
    "producer",
    "consumer",
    "admin",
];
/// See [`CLASSES`].
pub(super) const DYNAMIC_ONLY: &str = "broker_dynamic_only";

impl Extraction {
    pub(super) fn of(version: KafkaVersion) -> Self {
        Self {
            version,
            metadata_versions: None,
            features: None,
            apis: None,
            errors: None,
            defaults: BTreeMap::new(),
            definitions: BTreeMap::new(),
            updates: None,
            synonyms: None,
        }
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct MetadataVersions {
    /// What a new cluster gets.
    pub(super) production: String,
    /// The oldest the release can run with; not told before 3.3.
    pub(super) minimum: Option<String>,
    /// The oldest that storage can be formatted with; not told before 3.3.
    pub(super) minimum_bootstrap: Option<String>,
    /// All the release knows, in order.
    pub(super) known: Vec<MetadataVersion>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct MetadataVersion {
    pub(super) name: String,
    pub(super) production: bool,
    /// Feature level, -1 for one that is an `inter.broker.protocol.version` only. Not told before 3.3.
    pub(super) level: Option<i16>,
    /// Yes or no fields and record versions by name; `didMetadataChange` is one of them. Not told before 3.3.
    pub(super) fields: BTreeMap<String, String>,
}

/// The field that says whether the format of the metadata log changed.
pub(super) const CHANGES: &str = "didMetadataChange";

#[derive(Clone, Debug, Default)]
pub(super) struct Feature {
    pub(super) production: i16,
    /// By level: the metadata version from which on it is the default, and what else it needs.
    pub(super) levels: BTreeMap<i16, (String, String)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Api {
    /// `0-9`, `0-9 stable 8`, `0-0 stable none`.
    pub(super) range: String,
    /// Not told before 2.8.
    pub(super) listeners: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Error {
    pub(super) name: String,
    pub(super) retriable: bool,
    /// As a JSON string.
    pub(super) message: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Definition {
    /// `int`, `string internal`, …
    pub(super) type_: String,
    /// As a JSON string.
    pub(super) takes: Option<String>,
}
