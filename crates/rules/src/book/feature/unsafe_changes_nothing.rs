//! `--unsafe`.

use super::{downgrades, place};
use crate::book::prelude::*;
use scenario::model::Direction;

pub(crate) static RULE: Rule = Rule {
    id: "K096",
    topic: Topic::Feature,
    title: "Do not count on --unsafe: no release lowers metadata.version unsafely",
    what: "What is refused without it is refused with it: \"Unsafe metadata downgrade is not supported in this version.\"",
    why: "The option exists since 3.3 for downgrades that lose metadata. No release up to 4.4 implements them; where a downgrade is allowed, the option is accepted and changes nothing.",
    instead: "Leave it out, and plan as if a finalized level stayed.",
    versions: Versions::since(3, 3),
    sources: &[
        "FeatureControlManager.updateMetadataVersion; KIP-778, KIP-1155",
        "observed: `--unsafe` on 3.9.2 to 4.4.0 (observed: features-*)",
    ],
    explains: &["downgrade-refused"],
    bites: Some("scenarios/downgrade-refused.ron"),
    spares: Some("scenarios/downgrade-in-the-window.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    downgrades(case)
        .filter(|(_, features, _)| features.direction == Direction::UnsafeDowngrade)
        .map(|(moment, features, _)| {
            warning(
                place(features, moment),
                "`--unsafe` allows nothing that is refused without it.",
            )
            .labelled("no release has unsafe downgrades")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    #[test]
    fn unsafe_is_pointed_at() {
        bites(
            &RULE,
            &scene().does(r#"DowngradeFeatures(metadata: "3.8", unsafe: true)"#),
            "warning: \"3.8\"",
        );
    }

    #[test]
    fn a_plain_downgrade_is_fine() {
        spares(
            &RULE,
            &scene().does(r#"DowngradeFeatures(metadata: "3.8")"#),
        );
    }
}
