//! Versions: every one is known, and is written out in full from here on.

use crate::diagnostic::{Code, Collector, Diagnostic};
use crate::lower::Broken;
use crate::model::{Action, Check, FaultKind, Scenario, Span, Spanned, VersionName};
use crate::vocabulary::{KnownVersion, Vocabulary};
use std::collections::BTreeSet;

/// Replaces every version by its full name. Gives the places of those that are not known.
pub(super) fn resolve(
    scenario: &mut Scenario,
    broken: &Broken,
    vocabulary: &dyn Vocabulary,
    diagnostics: &mut Collector,
) -> BTreeSet<Span> {
    let mut unknown = BTreeSet::new();
    let mut known_as = |version: &mut Spanned<VersionName>, client: bool| {
        if !broken.is_sound(version) {
            unknown.insert(version.span);
            return;
        }
        let known = if client {
            vocabulary.client_version(&version.value.0)
        } else {
            vocabulary.version(&version.value.0)
        };
        match known {
            Some(known) => {
                if numbers(&known.full) > numbers(&known.answered_by) {
                    diagnostics.push(newer(version, &known));
                }
                version.value.0 = known.full;
            }
            None => {
                diagnostics.push(not_known(version, vocabulary));
                unknown.insert(version.span);
            }
        }
    };
    let producers = scenario.estate.producers.values_mut();
    let groups = scenario.estate.groups.values_mut();
    producers
        .filter_map(|producer| producer.kafka.as_mut())
        .chain(groups.filter_map(|group| group.kafka.as_mut()))
        .for_each(|version| known_as(version, true));
    let actions = scenario.runbook.iter_mut().flat_map(|step| {
        [Some(&mut step.action), step.undo.as_mut()]
            .into_iter()
            .flatten()
    });
    for action in actions {
        if let Action::UpgradeClients(clients) = &mut action.value {
            known_as(&mut clients.to, true);
        }
    }
    let mut each = |version: &mut Spanned<VersionName>| known_as(version, false);
    for cluster in scenario.estate.clusters.values_mut() {
        each(&mut cluster.kafka);
        cluster
            .nodes
            .values_mut()
            .filter_map(|node| node.kafka.as_mut())
            .for_each(&mut each);
    }
    for step in &mut scenario.runbook {
        let actions = [Some(&mut step.action), step.undo.as_mut()];
        for action in actions.into_iter().flatten() {
            match &mut action.value {
                Action::Start(start) => start.version.iter_mut().for_each(&mut each),
                Action::Roll(roll) => roll.to.iter_mut().for_each(&mut each),
                Action::Command(command) => command.tools.iter_mut().for_each(&mut each),
                Action::Features(features) => features.tool.iter_mut().for_each(&mut each),
                _ => {}
            }
        }
    }
    for step in &mut scenario.runbook {
        let gates = [
            &mut step.before,
            &mut step.during,
            &mut step.between,
            &mut step.after,
        ];
        for gate in gates.into_iter().flatten() {
            if let Check::Versions { version, .. } = &mut gate.check.value {
                each(version);
            }
        }
    }
    for fault in &mut scenario.faults {
        if let FaultKind::WrongBinary { version, .. }
        | FaultKind::OldNodeReturns { version, .. }
        | FaultKind::WrongTool { version } = &mut fault.kind.value
        {
            each(version);
        }
    }
    unknown
}

/// A patch release that is newer than what is known, or a slip of the finger.
fn newer(version: &Spanned<VersionName>, known: &KnownVersion) -> Diagnostic {
    Diagnostic::warning(
        Code::UnknownVersion,
        version.span,
        format!(
            "Kafka {} is newer than what is known here; it is taken to be like {}.",
            known.full, known.answered_by
        ),
    )
    .labelled("unknown patch release")
}

fn not_known(version: &Spanned<VersionName>, vocabulary: &dyn Vocabulary) -> Diagnostic {
    let known = vocabulary.versions();
    let mut diagnostic = Diagnostic::error(
        Code::UnknownVersion,
        version.span,
        format!("Kafka {} is not known here.", version.value.0),
    )
    .labelled("unknown version");
    if let Some(near) = closest(&version.value.0, &known) {
        diagnostic = diagnostic.suggest(
            format!("the closest one is {near}"),
            version.span,
            format!("\"{near}\""),
        );
    }
    diagnostic.note(format!("Known: {}.", known.join(", ")))
}

/// The version with the same beginning, else the last one before, else the first one.
fn closest<'a>(wanted: &str, known: &'a [String]) -> Option<&'a String> {
    let wanted = numbers(wanted);
    known
        .iter()
        .rfind(|version| numbers(version).get(..2) == wanted.get(..2) && wanted.len() > 1)
        .or_else(|| known.iter().rfind(|version| numbers(version) <= wanted))
        .or(known.first())
}

fn numbers(version: &str) -> Vec<u64> {
    version
        .split('.')
        .map(|part| part.parse().unwrap_or(u64::MAX))
        .collect()
}
