//! Gates between controllers.

use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K023",
    topic: Topic::Quorum,
    title: "Wait until every voter has caught up before the next controller",
    what: "The next controller stops while the last one still reads the metadata log. For a moment less than a majority is caught up, and nothing is \
           committed.",
    why: "A controller that was away has to fetch what was written meanwhile, perhaps a whole snapshot, before it counts towards a majority. An open port says \
          nothing of that.",
    instead: "Add `between: [QuorumHealthy(for: \"10s\", within: \"5m\")]`; `kafka-metadata-quorum.sh describe --replication` shows the lag of each voter.",
    versions: Versions::since(3, 3),
    sources: &["KIP-595, KIP-836 (kafka-metadata-quorum.sh)"],
    explains: &["no-controller"],
    bites: Some("scenarios/controllers-at-once.ron"),
    spares: Some("scenarios/first-roll.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let voters = case.voters();
    for (moment, roll) in case.rolls() {
        let rolled = case.chosen(&roll.nodes.value, moment);
        let count = rolled.iter().filter(|id| voters.contains(id)).count();
        let waits = between(moment).any(|gate| gate.check.value == Check::QuorumHealthy);
        if count > 1 && !waits {
            found.push(
                warning(
                    roll.nodes.span,
                    format!(
                        "Nothing waits for the quorum between the {count} controllers of this roll."
                    ),
                )
                .labelled("no gate on the quorum")
                .note("Add `QuorumHealthy(for: \"10s\", within: \"5m\")` to `between`."),
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
    fn controllers_without_a_gate_are_pointed_at() {
        bites(
            &RULE,
            &scene().does("Roll(Controllers)"),
            "warning: Controllers",
        );
    }

    #[test]
    fn a_gate_on_the_quorum_is_fine() {
        spares(
            &RULE,
            &scene().runbook(
                r#"(step: "c", do: Roll(Controllers), between: [QuorumHealthy(for: "10s")])"#,
            ),
        );
        spares(&RULE, &scene().does("Roll([101])"));
    }
}
