//! Upgrades that go down, downgrades that go up.

use super::{calls, place};
use crate::book::prelude::*;
use crate::levels;
use scenario::model::Direction;

pub(crate) static RULE: Rule = Rule {
    id: "K097",
    topic: Topic::Feature,
    title: "Upgrade to go up, downgrade to go down",
    what: "The controller refuses: \"Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe downgrade\", or \"Can't downgrade to a newer version\".",
    why: "Every change of a feature says in which direction it goes, and the controller compares that with the level in force. A runbook written for another cluster, or run twice, asks for \
          the wrong one.",
    instead: "Look first: `kafka-features.sh describe`.",
    versions: Versions::since(3, 3),
    sources: &[
        "FeatureControlManager.updateFeature; KIP-778",
        "observed: features-3.9.2",
    ],
    explains: &["features-refused"],
    bites: Some("scenarios/rules/upgrade-downwards.ron"),
    spares: Some("scenarios/downgrade-in-the-window.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (moment, features, asked) in calls(case) {
        let up = features.direction == Direction::Upgrade;
        let wrong = asked.iter().find(|(name, level)| {
            let now = moment.levels.get(name).copied().unwrap_or(0);
            // A downgrade by release and the one-way kraft.version are rules of their own.
            let metadata = name == levels::METADATA;
            metadata && if up { *level < now } else { *level > now }
        });
        if let Some((name, level)) = wrong {
            let now = moment.levels.get(name).copied().unwrap_or(0);
            let (word, other) = if up {
                ("upgrade", "lower")
            } else {
                ("downgrade", "higher")
            };
            found.push(
                error(
                    place(features, moment),
                    format!(
                        "This {word} asks for {}, which is {other} than {}.",
                        levels::name(name, *level),
                        levels::name(name, now)
                    ),
                )
                .labelled("the wrong direction"),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    #[test]
    fn the_wrong_direction_is_an_error() {
        bites(
            &RULE,
            &scene().does(r#"UpgradeFeatures(metadata: "3.6")"#),
            "error: \"3.6\": This upgrade asks for metadata.version 3.6-IV2, which is lower",
        );
    }

    #[test]
    fn the_right_one_is_fine() {
        spares(
            &RULE,
            &scene().does(r#"DowngradeFeatures(metadata: "3.8")"#),
        );
        spares(&RULE, &scene().does(r#"UpgradeFeatures(metadata: "3.9")"#));
    }
}
