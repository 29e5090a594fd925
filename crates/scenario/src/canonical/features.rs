//! Actions on finalized features in their only form.

use super::{Written, call, map, optional};
use crate::model::{Direction, Features, Format, Levels};

impl Written for Features {
    fn written(&self) -> String {
        let name = match (&self.to, self.direction) {
            (Levels::Newest, _) => "Finalize",
            (_, Direction::Upgrade) => "UpgradeFeatures",
            _ => "DowngradeFeatures",
        };
        let (release, metadata, features) = match &self.to {
            Levels::Release(release) => (release.written(), String::new(), String::new()),
            Levels::Metadata(version) => (String::new(), version.written(), String::new()),
            Levels::Each(levels) => (String::new(), String::new(), map(levels)),
            Levels::Newest => (String::new(), String::new(), String::new()),
        };
        let forced = if self.direction == Direction::UnsafeDowngrade {
            "true".to_owned()
        } else {
            String::new()
        };
        call(
            name,
            [
                ("release", release),
                ("metadata", metadata),
                ("features", features),
                ("unsafe", forced),
                ("tool", optional(&self.tool)),
            ],
        )
    }
}

impl Written for Format {
    fn written(&self) -> String {
        call(
            "Format",
            [
                ("nodes", self.nodes.written()),
                ("release", optional(&self.release)),
            ],
        )
    }
}
