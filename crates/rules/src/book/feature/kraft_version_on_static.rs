//! kraft.version on a static quorum before 4.1.

use super::{place, upgrades};
use crate::book::prelude::*;
use crate::levels;
use scenario::model::Levels;

pub(crate) static RULE: Rule = Rule {
    id: "K099",
    topic: Topic::Feature,
    title: "Before 4.1 kraft.version=1 does not make a static quorum dynamic",
    what: "The tool says \"kraft.version was upgraded to 1\", 3.9 even shows it, and nothing is converted: voters have no directory ids, and changing to controller.quorum.bootstrap.servers leaves \
           nodes without voters.",
    why: "The level lives in the control records of the Raft log. 3.9 and 4.0 write an ordinary metadata record instead, which nobody reads (KAFKA-18979). From 4.1 on the upgrade converts the \
          quorum, for good.",
    instead: "Convert on 4.1 or later; look for directory ids in `kafka-metadata-quorum.sh describe --status`, not at `describe`.",
    versions: Versions::since(3, 9).to(4, 0),
    sources: &[
        "KAFKA-18979, KIP-853",
        "observed: kraft.version on a static 3.9.2 quorum (observed: features-kraft-version-on-static-3.9.2-to-4.1.2)",
    ],
    explains: &["kraft-version-ignored"],
    bites: Some("scenarios/kraft-version-on-static-3.9.ron"),
    spares: Some("scenarios/upgrade-3.9-to-4.1-finalized.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if case.cluster.dynamic_quorum.value {
        return found;
    }
    for (moment, features, asked) in upgrades(case) {
        let raises = asked
            .iter()
            .any(|(name, level)| name == levels::KRAFT && *level > 0);
        let old = moment
            .before
            .values()
            .any(|node| node.controller && words::line(node.version) < (4, 1));
        let named = match &features.to {
            Levels::Each(each) => each
                .keys()
                .find(|name| name.value == levels::KRAFT)
                .map(|name| name.span),
            _ => None,
        };
        if raises && old {
            found.push(
                warning(
                    named.unwrap_or(place(features, moment)),
                    "This sets kraft.version too: these controllers write it down and convert nothing.",
                )
                .labelled("without effect on a static quorum before 4.1"),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    fn raise(version: &str) -> crate::testing::Scene {
        scene()
            .cluster(&format!(
                r#"kafka: "{version}", brokers: 3, controllers: 3"#
            ))
            .does(r#"UpgradeFeatures(features: { "kraft.version": 1 })"#)
    }

    #[test]
    fn before_4_1_it_is_pointed_at() {
        bites(&RULE, &raise("3.9.2"), "warning: \"kraft.version\"");
    }

    #[test]
    fn from_4_1_on_it_converts() {
        spares(&RULE, &raise("4.1.2"));
    }
}
