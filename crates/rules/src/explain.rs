//! The findings of a run learn the rules that explain them.

use crate::{Case, Topic, book};
use outcome::{Outcome, RuleName};
use scenario::Code;
use scenario::model::Scenario;

/// More rules than this do not explain, they confuse.
const AT_MOST: usize = 3;
/// Of rules that no check sees broken only the one that says most about the finding.
const UNSEEN: usize = 1;

/// Names in each finding of a run the rules that explain it: those that the scenario breaks as far as a check sees, else the one that
/// is most about it and concerns its versions.
pub fn explain(scenario: &Scenario, outcome: &mut Outcome) {
    let rules_of = explaining(scenario);
    for finding in &mut outcome.findings {
        finding.rules = rules_of(&finding.code);
    }
}

/// From the code of a finding to the rules that explain it in this scenario.
pub fn explaining(scenario: &Scenario) -> impl Fn(&str) -> Vec<RuleName> {
    let broken: Vec<Code> = crate::check(scenario)
        .into_iter()
        .map(|diagnostic| diagnostic.code)
        .collect();
    let cases = Case::all(scenario);
    move |code| {
        let explaining: Vec<_> = book::rules()
            .filter(|rule| rule.explains.contains(&code))
            .filter(|rule| {
                cases
                    .iter()
                    .any(|case| case.runs(|v| rule.versions.concern(v)))
            })
            .collect();
        let seen = |id| broken.contains(&Code::Rule(id));
        let any_seen = explaining.iter().any(|rule| seen(rule.id));
        let mut explaining = explaining;
        if !any_seen {
            // The finding that a rule is foremost about stands first in its list; a wrong setting would have been seen.
            explaining.sort_by_key(|rule| {
                let place = rule.explains.iter().position(|listed| *listed == code);
                (place, rule.topic == Topic::Configuration)
            });
            explaining.truncate(UNSEEN);
        }
        explaining
            .into_iter()
            .filter(|rule| !any_seen || seen(rule.id))
            .take(AT_MOST)
            .map(|rule| RuleName {
                id: rule.id.to_owned(),
                title: rule.title.to_owned(),
            })
            .collect()
    }
}
