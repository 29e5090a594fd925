//! Formatting storage that is in use.

use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K103",
    topic: Topic::Feature,
    title: "Format new storage only; a running cluster has its levels in the log",
    what: "`kafka-storage.sh format` refuses: the directory is already formatted. Nothing about the features changes.",
    why: "Formatting writes meta.properties and the first levels into empty directories. What a cluster has finalized is in its metadata log, and only `kafka-features.sh` changes it.",
    instead: "Leave the step out, or name a new node. To change levels use `UpgradeFeatures`.",
    versions: Versions::since(3, 0),
    sources: &["StorageTool, Formatter; Kafka documentation, KRaft: provisioning nodes"],
    explains: &["already-formatted"],
    bites: Some("scenarios/rules/format-in-use.ron"),
    spares: Some("scenarios/upgrade-3.9-to-4.1-finalized.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for moment in case.moments() {
        let Action::Format(format) = &moment.step.action.value else {
            continue;
        };
        let used = case.chosen(&format.nodes.value, moment);
        if let Some(id) = used.iter().find(|id| moment.before.contains_key(id)) {
            found.push(
                error(
                    format.nodes.span,
                    format!("The storage of node {id} is in use."),
                )
                .labelled("already formatted"),
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
    fn storage_in_use_is_an_error() {
        bites(
            &RULE,
            &scene().does("Format([1])"),
            "error: [1]: The storage of node 1 is in use.",
        );
    }

    #[test]
    fn other_steps_are_fine() {
        spares(&RULE, &scene().careful_roll());
    }
}
