//! Features and their levels have names that Kafka knows. Whether a level can be had is for the rehearsal to say.

use super::Resolver;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Features, Levels, Spanned};

/// The feature whose levels have names.
const METADATA_VERSION: &str = "metadata.version";

impl Resolver<'_> {
    pub(super) fn features(&mut self, features: &Features) {
        if let Levels::Each(levels) = &features.to {
            levels.keys().for_each(|name| self.feature(name));
        }
    }

    /// A feature that some version knows.
    pub(super) fn feature(&mut self, name: &Spanned<String>) {
        let known = self.vocabulary.features();
        if known.is_empty() || known.contains(&name.value) || !self.broken.is_sound(name) {
            return;
        }
        let short = super::shorten(name);
        let diagnostic = Diagnostic::error(
            Code::UnknownReference,
            name.span,
            format!("There is no feature `{short}`."),
        )
        .labelled("unknown feature");
        let diagnostic = match self.near(name, known.iter().map(String::as_str)) {
            Some(near) => diagnostic.suggest(
                format!("did you mean `{near}`?"),
                name.span,
                format!("\"{near}\""),
            ),
            None => diagnostic,
        };
        self.report(diagnostic.note(format!("Known: {}.", known.join(", "))));
    }

    /// A level: a number, or for `metadata.version` the name of a metadata version or a release.
    pub(super) fn level(&mut self, feature: &Spanned<String>, level: &Spanned<String>) {
        if level.value.parse::<u16>().is_ok() {
            return;
        }
        if feature.value == METADATA_VERSION {
            self.metadata_version(level);
        } else if self.broken.is_sound(level) {
            self.report(
                Diagnostic::error(
                    Code::WrongType,
                    level.span,
                    format!("The levels of `{}` are numbers.", super::shorten(feature)),
                )
                .labelled("expected a number"),
            );
        }
    }

    /// A metadata version with a level: "3.9", "3.3-IV0".
    pub(super) fn metadata_version(&mut self, name: &Spanned<String>) {
        if !self.broken.is_sound(name) || self.vocabulary.metadata_level(name).is_some() {
            return;
        }
        self.report(
            Diagnostic::error(
                Code::UnknownReference,
                name.span,
                format!("There is no metadata version `{}`.", super::shorten(name)),
            )
            .labelled("unknown metadata version")
            .note("They are called like a release, \"3.9\", or like \"3.3-IV3\"; those before 3.0-IV1 have no level."),
        );
    }
}
