//! What changes, as text for 80 columns.

use std::fmt;

use super::super::layout::{Sheet, short, unbroken};
use super::{ApiChange, Diff, MetadataVersionCard, NamedError};
use crate::setting::Class;

impl Diff {
    /// The part that a release's own page shows, too.
    pub(in crate::present) fn show_defaults(&self, sheet: &mut Sheet, indent: usize) {
        for change in &self.changed_defaults {
            let (before, after) = (
                short(&change.before.to_string()),
                short(&change.after.to_string()),
            );
            sheet.line(
                indent,
                &format!(
                    "{} ({}): {before} → {after}",
                    change.name,
                    joined(&change.classes)
                ),
            );
        }
    }

    /// See [`Diff::show_defaults`].
    pub(in crate::present) fn show_floors(&self, sheet: &mut Sheet, indent: usize) {
        let floors: Vec<String> = self.moved_floors.iter().map(ToString::to_string).collect();
        sheet.names(
            indent,
            "oldest version is another",
            floors.iter().map(String::as_str),
        );
        sheet.names(
            indent,
            "gone",
            self.gone_apis.iter().map(|change| change.name),
        );
        let renamed = self
            .renamed_apis
            .iter()
            .map(|renamed| format!("{} → {}", renamed.before, renamed.after));
        let renamed: Vec<String> = renamed.collect();
        sheet.names(indent, "other names", renamed.iter().map(String::as_str));
    }

    fn show_apis(&self, sheet: &mut Sheet) {
        let silent = [
            &self.new_apis,
            &self.gone_apis,
            &self.moved_floors,
            &self.changed_apis,
        ];
        if silent.iter().all(|list| list.is_empty()) && self.renamed_apis.is_empty() {
            return;
        }
        sheet.heading("Requests");
        self.show_floors(sheet, 2);
        let new: Vec<String> = self.new_apis.iter().map(ToString::to_string).collect();
        let changed: Vec<String> = self.changed_apis.iter().map(ToString::to_string).collect();
        sheet.names(2, "new", new.iter().map(String::as_str));
        sheet.names(2, "other versions", changed.iter().map(String::as_str));
    }

    /// See [`Diff::show_defaults`].
    pub(in crate::present) fn show_settings(&self, sheet: &mut Sheet, indent: usize) {
        for (label, list) in [("new", &self.new_settings), ("gone", &self.gone_settings)] {
            for classes in distinct(list.iter().map(|setting| &setting.classes)) {
                let names = list
                    .iter()
                    .filter(|setting| setting.classes == classes)
                    .map(|setting| setting.name);
                sheet.names(indent, &format!("{label}: {}", joined(&classes)), names);
            }
        }
    }

    /// See [`Diff::show_defaults`].
    pub(in crate::present) fn show_tools(&self, sheet: &mut Sheet, indent: usize) {
        let named = |before: bool, after: bool| {
            self.changed_tools
                .iter()
                .filter(move |tool| (tool.before, tool.after) == (before, after))
        };
        sheet.names(indent, "new", named(false, true).map(|tool| tool.name));
        sheet.names(indent, "gone", named(true, false).map(|tool| tool.name));
        for tool in named(true, true) {
            let sides = [("new", &tool.new_options), ("gone", &tool.gone_options)];
            let sides = sides.iter().filter(|(_, options)| !options.is_empty());
            let sides: Vec<String> = sides
                .map(|(label, options)| format!("{label} {}", options.join(", ")))
                .collect();
            sheet.line(indent, &format!("{}: {}", tool.name, sides.join("; ")));
        }
    }

    fn show_features(&self, sheet: &mut Sheet) {
        if self.changed_features.is_empty() {
            return;
        }
        sheet.heading("Features");
        for feature in &self.changed_features {
            let level = |level: Option<i16>| {
                level.map_or_else(|| "unknown".to_owned(), |level| format!("0-{level}"))
            };
            let mut text = format!(
                "{}: {} → {}",
                feature.name,
                level(feature.before),
                level(feature.after)
            );
            if let Some(set) = feature.release_version_sets {
                text = format!("{text}; --release-version {} sets {set}", self.to.line());
            }
            if !feature.needs.is_empty() {
                text = format!("{text}; needs {}", feature.needs.join(", "));
            }
            sheet.line(2, &text);
        }
    }
}

/// For 80 columns.
impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sheet = Sheet::default();
        sheet.heading(&format!("From Kafka {} to {}", self.from, self.to));
        if !self.new_metadata_versions.is_empty() || !self.gone_metadata_versions.is_empty() {
            sheet.heading("Metadata versions");
            for card in &self.new_metadata_versions {
                card.show(&mut sheet);
            }
            match self.gone_metadata_versions.as_slice() {
                // They go from the oldest or from the newest on, without a gap.
                [first, .., last] => {
                    let count = self.gone_metadata_versions.len();
                    sheet.line(
                        2,
                        &format!("no longer known: {first} to {last}, {count} in all"),
                    );
                }
                few => sheet.names(2, "no longer known", few.iter().copied()),
            }
        }
        self.show_features(&mut sheet);
        if !self.changed_defaults.is_empty() {
            sheet.heading("Defaults");
            self.show_defaults(&mut sheet, 2);
        }
        if !self.new_settings.is_empty() || !self.gone_settings.is_empty() {
            sheet.heading("Settings");
            self.show_settings(&mut sheet, 2);
        }
        if !self.changed_rules.is_empty() {
            sheet.heading("Values that settings take");
            for rule in &self.changed_rules {
                let words =
                    |rule: &Option<String>| rule.clone().unwrap_or_else(|| "anything".to_owned());
                let (before, after) = (words(&rule.before), words(&rule.after));
                sheet.line(
                    2,
                    &format!(
                        "{} ({}): {before} → {after}",
                        rule.name,
                        joined(&rule.classes)
                    ),
                );
            }
        }
        if !self.changed_updates.is_empty() {
            sheet.heading("Broker settings that change in another way");
            for update in &self.changed_updates {
                sheet.line(
                    2,
                    &format!("{}: {} → {}", update.name, update.before, update.after),
                );
            }
        }
        self.show_apis(&mut sheet);
        if !self.new_errors.is_empty() || !self.gone_errors.is_empty() {
            sheet.heading("Errors");
            for (label, errors) in [("new", &self.new_errors), ("gone", &self.gone_errors)] {
                let retriable =
                    |error: &NamedError| if error.retriable { " (retriable)" } else { "" };
                let named = errors
                    .iter()
                    .map(|error| format!("{} {}{}", error.code, error.name, retriable(error)));
                let named: Vec<String> = named.collect();
                sheet.names(2, label, named.iter().map(String::as_str));
            }
        }
        if !self.changed_tools.is_empty() {
            sheet.heading("Tools");
            self.show_tools(&mut sheet, 2);
        }
        if self.from == self.to {
            sheet.line(2, "nothing changes");
        }
        f.write_str(&sheet.finish())
    }
}

fn joined(classes: &[Class]) -> String {
    classes
        .iter()
        .map(|class| class.name())
        .collect::<Vec<_>>()
        .join(", ")
}

fn distinct<'a>(classes: impl Iterator<Item = &'a Vec<Class>>) -> Vec<Vec<Class>> {
    let mut distinct: Vec<Vec<Class>> = classes.cloned().collect();
    distinct.sort();
    distinct.dedup();
    distinct
}

impl MetadataVersionCard {
    /// One line, or a few.
    pub(in crate::present) fn show(&self, sheet: &mut Sheet) {
        let mut text = self.words.unwrap_or("no words on it").to_owned();
        if let Some(proposal) = self.proposal {
            text = format!("{text} ({proposal})");
        }
        if !self.switches.is_empty() {
            text = format!(
                "{text}: {}",
                self.switches
                    .iter()
                    .map(|switch| unbroken(switch))
                    .collect::<Vec<_>>()
                    .join(", ")
            );
        }
        if self.changes_metadata == Some(true) {
            text.push_str("; the metadata log changes its format");
        }
        let level = self
            .level
            .map_or_else(String::new, |level| level.to_string());
        sheet.labelled(2, &format!("{level:>2}  {}", self.name), 16, &text);
    }
}

impl fmt::Display for ApiChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.before, self.after) {
            (Some(before), Some(after)) => write!(f, "{} {before} → {after}", self.name),
            (Some(range), None) | (None, Some(range)) => write!(f, "{} {range}", self.name),
            (None, None) => f.write_str(self.name),
        }
    }
}
