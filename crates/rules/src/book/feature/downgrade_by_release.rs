//! `downgrade --release-version`.

use super::{downgrades, place};
use crate::book::prelude::*;
use crate::levels;
use scenario::model::Levels;

pub(crate) static RULE: Rule = Rule {
    id: "K098",
    topic: Topic::Feature,
    title: "On a static quorum, do not downgrade by release",
    what: "The whole call is refused: \"Invalid update version 1 for feature kraft.version. Can't downgrade to a newer version.\"",
    why: "--release-version sets every feature to its default at that release, and the default of kraft.version is 1 from 3.9 on. A static quorum has 0, so for it this part of the \
          downgrade is an upgrade; from 4.0 on all parts are refused together.",
    instead: "Name what is to go down: `DowngradeFeatures(metadata: …)` and `DowngradeFeatures(features: {…})`.",
    versions: Versions::since(4, 0),
    sources: &[
        "FeatureCommandTest.testDowngradeWithReleaseVersion",
        "observed: 4.0 to 4.3 on a static quorum (observed: features-*)",
    ],
    explains: &["downgrade-by-release"],
    bites: Some("scenarios/downgrade-by-release.ron"),
    spares: Some("scenarios/downgrade-in-the-window.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (moment, features, asked) in downgrades(case) {
        let now = moment.levels.get(levels::KRAFT).copied().unwrap_or(0);
        let raises = asked
            .iter()
            .any(|(name, level)| name == levels::KRAFT && *level > now);
        if matches!(features.to, Levels::Release(_)) && raises {
            found.push(
                error(
                    place(features, moment),
                    "This release sets kraft.version too, and the quorum is static.",
                )
                .labelled("kraft.version would go up"),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    fn down(what: &str) -> crate::testing::Scene {
        scene()
            .cluster(r#"kafka: "4.2.0", brokers: 3, controllers: 3"#)
            .does(&format!("DowngradeFeatures({what})"))
    }

    #[test]
    fn by_release_is_an_error() {
        bites(
            &RULE,
            &down(r#"release: "4.1""#),
            "error: \"4.1\": This release sets kraft.version too",
        );
    }

    #[test]
    fn by_name_is_fine() {
        spares(&RULE, &down(r#"metadata: "4.1""#));
    }
}
