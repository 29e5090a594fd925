//! Tools that do not know what they are asked for.

use super::{calls, place};
use crate::book::prelude::*;
use crate::levels;
use scenario::model::Levels;

pub(crate) static RULE: Rule = Rule {
    id: "K102",
    topic: Topic::Feature,
    title: "Use the features tool of the new version",
    what: "The tool itself refuses without asking the cluster: \"Unsupported metadata.version 4.1. Supported metadata.version are ...\".",
    why: "`kafka-features.sh` turns a release into levels by the table of its own version. One that is older than the release does not have it.",
    instead: "Type the command on a host with the new package.",
    versions: Versions::since(3, 3),
    sources: &[
        "FeatureCommand",
        "observed: the 3.9.2 tool asked for 4.1 (observed: features-3.9.2)",
    ],
    explains: &["tool-too-old"],
    bites: Some("scenarios/bump-before-anything.ron"),
    spares: Some("scenarios/upgrade-3.9-to-4.1-finalized.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (moment, features, _) in calls(case) {
        let (Levels::Release(name) | Levels::Metadata(name)) = &features.to else {
            continue;
        };
        let tool = levels::tool(features, &moment.before);
        let Some((tool, wanted)) = tool.zip(facts::metadata_version(&name.value).ok()) else {
            continue;
        };
        let knows = facts::of(&tool.to_string()).is_ok_and(|release| {
            release
                .metadata_versions()
                .iter()
                .any(|known| known.version == wanted)
        });
        if !knows {
            let place = features
                .tool
                .as_ref()
                .map_or(place(features, moment), |tool| tool.span);
            found.push(
                error(
                    place,
                    format!("The tool of Kafka {tool} does not know {}.", wanted.name()),
                )
                .labelled("the tool of another version"),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    fn finalize(tool: &str) -> crate::testing::Scene {
        scene()
            .cluster(r#"kafka: "4.1.2", brokers: 3, controllers: 3, metadata_version: "3.9""#)
            .does(&format!(r#"UpgradeFeatures(metadata: "4.1"{tool})"#))
    }

    #[test]
    fn an_old_tool_is_an_error() {
        bites(
            &RULE,
            &finalize(r#", tool: "3.9.2""#),
            "error: \"3.9.2\": The tool of Kafka 3.9.2 does not know 4.1-IV1.",
        );
    }

    #[test]
    fn the_tool_of_the_new_version_is_fine() {
        spares(&RULE, &finalize(""));
    }
}
