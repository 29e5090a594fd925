//! How far metadata.version goes down.

use super::{downgrades, place};
use crate::book::prelude::*;
use crate::levels;

pub(crate) static RULE: Rule = Rule {
    id: "K095",
    topic: Topic::Feature,
    title: "metadata.version goes down only as far as the format of the metadata log allows",
    what: "The downgrade is refused: \"Refusing to perform the requested downgrade because it might delete metadata information.\" The cluster stays where it is, and so does \
           the version that its nodes need.",
    why: "Some levels changed the records of the metadata log (3.4-IV0, 3.5-IV2, 3.6-IV1 and IV2, 3.7-IV0 and IV2, 4.0-IV1, 4.3-IV0 among them). What was written with them cannot be read below, \
          so no release goes back behind one. 3.9 goes down to 3.7-IV2 and 4.2 to 4.0-IV1; 4.0 not to 3.9, and 4.3 not to 4.2.",
    instead: "Soak before finalizing. `dryroll facts` shows which levels changed the format.",
    versions: Versions::since(3, 3),
    sources: &[
        "FeatureControlManager.updateMetadataVersion; KIP-778, KIP-1155",
        "observed: downgrades on 3.9.2 to 4.4.0 (observed: features-*)",
    ],
    explains: &["downgrade-refused"],
    bites: Some("scenarios/downgrade-refused.ron"),
    spares: Some("scenarios/downgrade-in-the-window.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (moment, features, asked) in downgrades(case) {
        let now = moment.levels.get(levels::METADATA).copied().unwrap_or(0);
        let wanted = asked.iter().find(|(name, _)| name == levels::METADATA);
        let Some((_, wanted)) = wanted.filter(|(_, wanted)| *wanted < now) else {
            continue;
        };
        let floor = floor(now);
        if *wanted < floor {
            found.push(
                error(
                    place(features, moment),
                    format!(
                        "From {} metadata.version goes down to {} and no further.",
                        levels::name(levels::METADATA, now),
                        levels::name(levels::METADATA, floor)
                    ),
                )
                .labelled("behind a change of the log's format"),
            );
        }
    }
    found
}

/// The lowest level that can be reached from this one: the last whose coming changed the format.
fn floor(from: i16) -> i16 {
    let changes = |level: &i16| {
        facts::metadata_version_of_level(*level)
            .is_some_and(|version| version.changes_metadata() == Some(true))
    };
    (1..=from).rev().find(changes).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    fn down(from: &str, to: &str) -> crate::testing::Scene {
        scene()
            .cluster(&format!(r#"kafka: "{from}", brokers: 3, controllers: 3"#))
            .does(&format!(r#"DowngradeFeatures(metadata: "{to}")"#))
    }

    #[test]
    fn behind_a_change_of_the_format_is_an_error() {
        bites(
            &RULE,
            &down("4.0.2", "3.9"),
            "error: \"3.9\": From metadata.version 4.0-IV3 metadata.version goes down to metadata.version 4.0-IV1",
        );
        bites(&RULE, &down("4.3.1", "4.2"), "error: \"4.2\"");
    }

    #[test]
    fn within_one_format_it_is_allowed() {
        spares(&RULE, &down("3.9.2", "3.8"));
        spares(&RULE, &down("4.2.0", "4.1"));
    }

    /// The table of what 3.9.2 to 4.4.0 answered.
    #[test]
    fn the_floors_are_those_that_were_observed() {
        for (from, to) in [
            (7, 7),
            (10, 8),
            (12, 11),
            (16, 15),
            (21, 17),
            (27, 23),
            (29, 23),
            (31, 30),
            (33, 33),
        ] {
            assert_eq!(floor(from), to, "from {from}");
        }
    }
}
