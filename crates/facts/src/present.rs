//! Facts for people and for programs: what a release is ([`Page`]), what changes from one to another ([`Diff`]), and what one name
//! means in a release ([`Lookup`]). Each is plain data that can be written as JSON, and shows itself as text for 80 columns.

mod diff;
mod layout;
mod lookup;
mod page;
mod tools;

pub(crate) use layout::Sheet;

pub use diff::{
    ApiChange, ChangedDefault, ChangedRule, ChangedUpdate, Diff, FeatureChange,
    MetadataVersionCard, NamedError, NewSetting, RenamedApi, ToolChange,
};
pub use lookup::{ApiCard, ErrorCard, FeatureCard, Lookup, SettingCard, ToolCard, VersionedText};
pub use page::{FeatureLine, MetadataVersionName, Page};
pub use tools::{CommandCard, OptionEntry, ToolEntry, Tools, command_in, tools_of};

use crate::release::{Release, UnknownVersion, resolve};
use crate::suggest::UnknownName;

/// Why there is nothing to show.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unknown {
    /// No facts on this version.
    #[error(transparent)]
    Version(#[from] UnknownVersion),
    /// No such name.
    #[error(transparent)]
    Name(#[from] UnknownName),
}

/// What a release is, as text.
///
/// ```
/// let page = facts::facts_page("4.1.2").unwrap();
/// assert!(page.starts_with("Kafka 4.1.2\n"));
/// assert!(page.lines().all(|line| line.chars().count() <= 80));
/// ```
pub fn facts_page(version: &str) -> Result<String, UnknownVersion> {
    page(version).map(|page| page.to_string())
}

/// What a release is.
pub fn page(version: &str) -> Result<Page, UnknownVersion> {
    let resolved = resolve(version)?;
    Ok(Page::of(resolved.asked, resolved.release))
}

/// What changes from one release to another, as text. The first one may be the newer: that is a way back.
///
/// ```
/// let diff = facts::facts_diff("3.9.2", "4.0.2").unwrap();
/// assert!(diff.contains("linger.ms (producer): 0 → 5"));
/// assert!(diff.contains("Produce 0-11 → 3-12"));
/// ```
pub fn facts_diff(from: &str, to: &str) -> Result<String, UnknownVersion> {
    diff(from, to).map(|diff| diff.to_string())
}

/// What changes from one release to another.
pub fn diff(from: &str, to: &str) -> Result<Diff, UnknownVersion> {
    Ok(Diff::between(release(from)?, release(to)?))
}

/// What a name means in a release, as text: a setting, a metadata version, a feature, a request, an error or a tool.
///
/// ```
/// let acks = facts::facts_lookup("acks", "3.3.2").unwrap();
/// assert!(acks.starts_with("acks, producer setting of Kafka 3.3.2\n  default   all\n"), "{acks}");
/// ```
pub fn facts_lookup(name: &str, version: &str) -> Result<String, Unknown> {
    lookup(name, version).map(|lookup| lookup.to_string())
}

/// What a name means in a release.
pub fn lookup(name: &str, version: &str) -> Result<Lookup, Unknown> {
    let resolved = resolve(version)?;
    Ok(Lookup::of(name, resolved.asked, resolved.release)?)
}

fn release(version: &str) -> Result<&'static Release, UnknownVersion> {
    crate::of(version)
}
