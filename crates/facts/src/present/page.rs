//! What a release is.

use std::fmt;

use serde::Serialize;

use super::diff::{Diff, MetadataVersionCard};
use super::layout::Sheet;
use crate::metadata_version::MetadataVersion;
use crate::milestone::milestones;
use crate::note::notes;
use crate::release::Release;
use crate::version::KafkaVersion;

/// What a release is.
#[derive(Clone, Debug, Serialize)]
pub struct Page {
    /// The name and version of this form.
    pub format: &'static str,
    /// The version that was asked for.
    pub asked: KafkaVersion,
    /// The release that answers for it.
    pub release: KafkaVersion,
    /// What it can be run as.
    pub runs_as: Vec<&'static str>,
    /// The metadata version of a new cluster.
    pub metadata_version: MetadataVersionName,
    /// The oldest metadata version it runs with; not declared before 3.3.
    pub minimum: Option<MetadataVersionName>,
    /// The oldest metadata version that storage can be formatted with; not declared before 3.3.
    pub minimum_to_format: Option<MetadataVersionName>,
    /// Metadata versions that it knows and that are not for production yet.
    pub not_for_production: Vec<MetadataVersionName>,
    /// Metadata versions that are new for production with this release line.
    pub new_metadata_versions: Vec<MetadataVersionCard>,
    /// Features, `metadata.version` first.
    pub features: Vec<FeatureLine>,
    /// What changed from the release line before; `None` for the oldest.
    pub since_previous: Option<Diff>,
    /// Remarks on the version that was asked for.
    pub notes: Vec<String>,
}

/// A metadata version by name and level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MetadataVersionName {
    /// Its name.
    pub name: &'static str,
    /// Its feature level.
    pub level: Option<i16>,
}

impl From<&'static MetadataVersion> for MetadataVersionName {
    fn from(version: &'static MetadataVersion) -> Self {
        Self {
            name: version.name(),
            level: version.level(),
        }
    }
}

impl fmt::Display for MetadataVersionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.level {
            Some(level) => write!(f, "{} ({level})", self.name),
            None => f.write_str(self.name),
        }
    }
}

/// A feature, and what a release does with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FeatureLine {
    /// The feature.
    pub name: &'static str,
    /// The lowest level a node offers.
    pub lowest: i16,
    /// The highest level for production.
    pub highest: i16,
    /// The highest level it knows.
    pub known: i16,
    /// The level that `--release-version` of this release line sets.
    pub release_version_sets: Option<i16>,
}

impl Page {
    pub(super) fn of(asked: KafkaVersion, release: &'static Release) -> Self {
        let since_previous = release
            .previous()
            .map(|previous| Diff::between(previous, release));
        let reserved = release
            .metadata_versions()
            .into_iter()
            .filter(|known| !known.production);
        Self {
            format: "dryroll-facts-page/1",
            asked,
            release: release.version(),
            runs_as: milestones()
                .iter()
                .filter(|milestone| milestone.holds_in(release))
                .map(|one| one.what)
                .collect(),
            metadata_version: release.metadata_version().into(),
            minimum: release.minimum_metadata_version().map(Into::into),
            minimum_to_format: release.minimum_bootstrap_metadata_version().map(Into::into),
            not_for_production: reserved.map(|known| known.version.into()).collect(),
            new_metadata_versions: since_previous
                .as_ref()
                .map_or_else(Vec::new, |diff| diff.new_metadata_versions.clone()),
            features: features(release),
            since_previous,
            notes: notes(asked)
                .iter()
                .map(|note| format!("{}: {} ({})", note.about, note.text, note.source))
                .collect(),
        }
    }
}

fn features(release: &'static Release) -> Vec<FeatureLine> {
    let set = release.release_version_levels();
    let sets = |name: &str| {
        set.iter()
            .find(|(feature, _)| *feature == name)
            .map(|(_, level)| *level)
    };
    let metadata = release.minimum_metadata_version().and_then(|minimum| {
        let levels = release.metadata_versions();
        Some(FeatureLine {
            name: MetadataVersion::FEATURE,
            lowest: minimum.level()?,
            highest: release.metadata_version().level()?,
            known: levels
                .iter()
                .filter_map(|known| known.version.level())
                .max()?,
            release_version_sets: sets(MetadataVersion::FEATURE),
        })
    });
    let others = release.features().into_iter().map(|range| FeatureLine {
        name: range.feature.name(),
        lowest: 0,
        highest: range.production,
        known: range.known,
        release_version_sets: sets(range.feature.name()),
    });
    metadata.into_iter().chain(others).collect()
}

/// For 80 columns.
impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const COLUMN: usize = 20;
        let mut sheet = Sheet::default();
        sheet.heading(&format!("Kafka {}", self.asked));
        if self.asked != self.release {
            sheet.line(
                0,
                &format!(
                    "(answered for by {}, which was asked for this release line)",
                    self.release
                ),
            );
        }
        sheet.heading("What it is");
        for (index, what) in self.runs_as.iter().enumerate() {
            sheet.labelled(2, if index == 0 { "runs as" } else { "" }, COLUMN, what);
        }
        let protocol = if self.minimum.is_some() {
            "metadata.version"
        } else {
            "protocol version"
        };
        sheet.labelled(
            2,
            protocol,
            COLUMN,
            &format!("{} in a new cluster", self.metadata_version),
        );
        if let Some(minimum) = &self.minimum {
            let mut text = format!("{minimum} is the oldest it runs with");
            if let Some(format) = self
                .minimum_to_format
                .as_ref()
                .filter(|format| *format != minimum)
            {
                text = format!("{text}, {format} the oldest to format storage with");
            }
            sheet.labelled(2, "", COLUMN, &text);
        }
        if !self.not_for_production.is_empty() {
            let names: Vec<String> = self
                .not_for_production
                .iter()
                .map(ToString::to_string)
                .collect();
            sheet.labelled(
                2,
                "",
                COLUMN,
                &format!("known, not for production: {}", names.join(", ")),
            );
        }
        if !self.new_metadata_versions.is_empty() {
            sheet.heading("Metadata versions that come with it");
            for card in &self.new_metadata_versions {
                card.show(&mut sheet);
            }
        }
        if !self.features.is_empty() {
            sheet.heading(&format!(
                "{:36}{:18}--release-version {}",
                "Features",
                "offers",
                self.release.line()
            ));
            for feature in &self.features {
                sheet.line(2, &feature.to_string());
            }
        }
        if let Some(diff) = &self.since_previous {
            show_since(&mut sheet, diff);
        }
        if !self.notes.is_empty() {
            sheet.heading("Notes");
            for note in &self.notes {
                sheet.line(2, note);
            }
        }
        f.write_str(&sheet.finish())
    }
}

impl fmt::Display for FeatureLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut offers = format!("{}-{}", self.lowest, self.highest);
        if self.known > self.highest {
            offers = format!("{offers} (knows {})", self.known);
        }
        let sets = self
            .release_version_sets
            .map_or_else(String::new, |level| level.to_string());
        // Spaces that layout keeps: it cuts lines at single spaces only where they are too long, and these are not.
        write!(f, "{:34}{offers:18}{sets}", self.name)
    }
}

fn show_since(sheet: &mut Sheet, diff: &Diff) {
    if !diff.changed_defaults.is_empty() {
        sheet.heading(&format!("Defaults that changed since {}", diff.from));
        diff.show_defaults(sheet, 2);
    }
    let (new, gone) = (diff.new_settings.len(), diff.gone_settings.len());
    sheet.heading(&format!(
        "Settings since {}: {new} new, {gone} gone",
        diff.from
    ));
    sheet.names(
        2,
        "gone",
        diff.gone_settings.iter().map(|setting| setting.name),
    );
    if !diff.moved_floors.is_empty() || !diff.gone_apis.is_empty() || !diff.renamed_apis.is_empty()
    {
        sheet.heading(&format!("Requests since {}", diff.from));
        diff.show_floors(sheet, 2);
    }
    if !diff.changed_tools.is_empty() {
        sheet.heading(&format!("Tools since {}", diff.from));
        diff.show_tools(sheet, 2);
    }
}
