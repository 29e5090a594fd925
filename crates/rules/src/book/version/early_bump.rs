//! inter.broker.protocol.version raised while old binaries are left.

use super::protocol;
use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K080",
    topic: Topic::Version,
    title: "Raise inter.broker.protocol.version only when no old binary is left, and go back the same way",
    what: "The broker that was raised early leaves every ISR that an old broker leads; an old broker that comes back under a raised controller holds no metadata and answers clients that topics do not exist.",
    why: "The setting decides what a broker sends. A receiver accepts everything that its binary knows, whatever its own setting: mixed settings on one binary are fine, a raised setting beside an old binary is \
          not.",
    instead: "Roll all binaries, verify, then raise it in a second roll. To go back, lower it on all brokers first.",
    versions: Versions::until(3, 9),
    sources: &[
        "Kafka documentation, upgrade notes up to 3.9",
        "observed: zk-early-bump-2.8.2-3.5.1, zk-rollback-after-bump-3.5.1-2.8.2",
    ],
    explains: &["closed-channel"],
    bites: Some("scenarios/zookeeper/early-bump-one-broker.ron"),
    spares: Some("scenarios/zookeeper/pinned-2.8-to-3.9.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    for moment in case.moments() {
        // Nothing that is set while a broker runs changes what it sends before its restart.
        if matches!(moment.step.action.value, Action::SetConfig(_)) {
            continue;
        }
        let Some(clash) = protocol::clash(case, moment) else {
            continue;
        };
        let Some(value) = clash.state.settings.get(protocol::PROTOCOL) else {
            continue;
        };
        let (request, sent, latest) = clash.request;
        let place = protocol::said(&moment.step.action.value).unwrap_or(moment.step.action.span);
        return vec![
            error(
                place,
                format!(
                    "With {value} broker {} sends {request} version {sent}, and broker {} ({}) reads up to {latest}.",
                    clash.sender, clash.receiver, clash.other.version
                ),
            )
            .labelled("an old binary is left")
            .note("Upgrade every broker first; raise it in a second roll."),
        ];
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    fn zk(steps: &str) -> crate::testing::Scene {
        scene()
            .cluster(r#"kafka: "2.8.2", brokers: 3, zookeeper: 3, settings: { "inter.broker.protocol.version": "2.8" }"#)
            .runbook(steps)
    }

    #[test]
    fn raised_beside_an_old_binary_is_an_error() {
        let scene = zk(
            r#"(step: "one", do: Roll([1], to: "3.5.1")), (step: "early", do: Roll([1], settings: { "inter.broker.protocol.version": "3.5" }))"#,
        );
        bites(
            &RULE,
            &scene,
            "error: \"3.5\": With 3.5 broker 1 sends Fetch version 15, and broker 2 (2.8.2) reads up to 12.",
        );
    }

    #[test]
    fn raised_after_the_last_binary_is_fine() {
        let scene = zk(
            r#"(step: "all", do: Roll(Brokers, to: "3.5.1")), (step: "raise", do: Roll(Brokers, settings: { "inter.broker.protocol.version": "3.5" }))"#,
        );
        spares(&RULE, &scene);
    }
}
