//! A plan: the seed of a world and the faults that are placed in it. Plain data, and as a scenario file a thing of its own.

use rehearsal::Rehearsal;
use scenario::Scenario;
use scenario::model::{
    Action, Expect, ExpectedBreak, Fault, Nanos, Occurrence, Phase, Span, Spanned, When,
};

/// A world and what goes wrong in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The seed of the world.
    pub seed: u64,
    /// The faults on top of the scenario's own, in the order in which they were placed.
    pub faults: Vec<Fault>,
}

impl Plan {
    /// The rehearsal with these faults on top of its own.
    pub fn on(&self, rehearsal: &Rehearsal) -> Rehearsal {
        let mut faults = rehearsal.faults().to_vec();
        faults.extend(self.faults.iter().cloned());
        rehearsal.with_faults(faults)
    }

    /// The scenario that is this plan: `run` plays it, and nothing else is needed.
    pub fn scenario(&self, rehearsal: &Rehearsal) -> Scenario {
        let mut whole = rehearsal.scenario().clone();
        whole.faults = rehearsal.faults().to_vec();
        whole.faults.extend(self.faults.iter().cloned());
        whole.seed = said(self.seed);
        whole.seeds = said(1);
        whole.expect = None;
        whole.swarm = None;
        whole
    }

    /// The same as the text of a file that says what comes out: these promises break, and these findings say why.
    pub fn file(
        &self,
        rehearsal: &Rehearsal,
        about: &str,
        broken: &[(String, String)],
        because: &[String],
    ) -> String {
        let mut whole = self.scenario(rehearsal);
        if !broken.is_empty() {
            let promises = broken
                .iter()
                .map(|(kind, subject)| {
                    said(ExpectedBreak {
                        kind: kind.clone(),
                        subject: (!subject.is_empty()).then(|| subject.clone()),
                    })
                })
                .collect();
            let because = because.iter().cloned().map(said).collect();
            whole.expect = Some(said(Expect::Breaks { promises, because }));
        }
        let text = format!("{about}{}", scenario::canonical::text(&whole));
        // What the canonical form writes is always well-formed.
        scenario::format::format(&text, 0).unwrap_or(text)
    }

    /// The faults in words a file can hold, one each.
    pub fn written(&self) -> Vec<String> {
        self.faults.iter().map(written).collect()
    }
}

/// A fault as it stands in a file.
pub fn written(fault: &Fault) -> String {
    let list = scenario::canonical::faults(std::slice::from_ref(fault));
    list.trim_start_matches('[')
        .trim_end_matches(']')
        .to_owned()
}

/// What a fault waits for, in words. A step of this runbook that takes no nodes has no phases but its beginning and its end.
pub fn moment(scenario: &Scenario, when: &When) -> String {
    let later = |after: &Nanos| match after.0 {
        0 => String::new(),
        _ => format!("{after} after "),
    };
    match when {
        When::At(after) => format!("{after} after the first step begins"),
        When::Between(from, to) => {
            format!("between {from} and {to} after the first step begins")
        }
        When::During {
            step,
            nth,
            phase,
            after,
        } => {
            let node = format!(
                "the {} node of step {}",
                ordinal(nth.unwrap_or(1)),
                step.value
            );
            let takes_nodes = scenario.runbook.iter().any(|found| {
                found.name.value == step.value
                    && matches!(
                        found.action.value,
                        Action::Stop(_) | Action::Kill(_) | Action::Start(_) | Action::Roll(_)
                    )
            });
            let what = match phase {
                Phase::Stopping if !takes_nodes => format!("step {} begins", step.value),
                Phase::Waiting if !takes_nodes => {
                    format!("the gates of step {} are being watched", step.value)
                }
                Phase::Stopping => format!("{node} is told to stop"),
                Phase::Stopped => format!("{node} has stopped"),
                Phase::Starting => format!("{node} is started"),
                Phase::Recovering => format!("{node} begins to read its logs"),
                Phase::PortOpen => format!("{node} is up"),
                Phase::Waiting => format!("the gates after {node} are being watched"),
                Phase::Done => format!("step {} is over", step.value),
            };
            match after.0 {
                0 => format!("when {what}"),
                _ => format!("{}{what}", later(after)),
            }
        }
        When::Nth { n, of, node, after } => {
            let who = node.as_ref().map_or_else(
                || "a node".to_owned(),
                |node| format!("node {}", node.value),
            );
            let what = match of {
                Occurrence::Fenced => format!("{who} is fenced"),
                Occurrence::Unfenced => format!("{who} is unfenced"),
                Occurrence::LeaderChange => "a leader changes".to_owned(),
                Occurrence::IsrShrink => "an ISR shrinks".to_owned(),
                Occurrence::IsrExpand => "an ISR grows".to_owned(),
                Occurrence::ControllerActive => format!("{who} becomes the active controller"),
                Occurrence::ControllerLost => format!("{who} is the active controller no more"),
                Occurrence::Commit => "metadata is committed".to_owned(),
                Occurrence::Started => format!("the process of {who} starts"),
                Occurrence::Recovering => format!("{who} begins to read its logs"),
                Occurrence::PortOpen => format!("{who} opens its port"),
                Occurrence::Stopped => format!("the process of {who} ends after a stop"),
                Occurrence::Died => format!("the process of {who} dies"),
            };
            let times = match n {
                1 => String::new(),
                n => format!(" for the {} time", ordinal(*n)),
            };
            match after.0 {
                0 => format!("when {what}{times}"),
                _ => format!("{}{what}{times}", later(after)),
            }
        }
    }
}

fn ordinal(n: u32) -> String {
    let ending = match (n % 100, n % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{n}{ending}")
}

/// Something that stands in no file.
pub(crate) fn said<T>(value: T) -> Spanned<T> {
    Spanned {
        value,
        span: Span::default(),
    }
}

/// What a counterexample's file says about the run in which it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Version of the model.
    pub model: String,
    /// Identity of the run.
    pub id: String,
    /// Hash of every event.
    pub trace: String,
}

/// What the line in a file begins with.
const RECORD: &str = "// replay: ";

impl Recorded {
    /// The record of this run.
    pub fn of(outcome: &outcome::Outcome) -> Self {
        Self {
            model: outcome.identity.model.clone(),
            id: outcome.identity.id.clone(),
            trace: outcome.identity.trace.clone(),
        }
    }

    /// As a line of a file.
    pub fn line(&self) -> String {
        format!(
            "{RECORD}{}, id {}, trace {}\n",
            self.model, self.id, self.trace
        )
    }

    /// The record in the text of a file.
    pub fn find(text: &str) -> Option<Self> {
        let line = text.lines().find_map(|line| line.strip_prefix(RECORD))?;
        let (model, rest) = line.split_once(", id ")?;
        let (id, trace) = rest.split_once(", trace ")?;
        Some(Self {
            model: model.to_owned(),
            id: id.to_owned(),
            trace: trace.trim().to_owned(),
        })
    }

    /// Is this the run?
    pub fn is(&self, outcome: &outcome::Outcome) -> bool {
        *self == Self::of(outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_takes_no_nodes_is_not_told_to_stop() {
        let text = r#"(
            about: "x",
            estate: (clusters: { "prod": (kafka: "3.9.2", brokers: 3, controllers: 3) }),
            runbook: [(step: "brokers", do: Roll(Brokers)), (step: "leaders", do: ElectLeaders(Preferred))],
        )"#;
        let memory = scenario::Memory::new().with("x.ron", text);
        let scenario = scenario::read(&memory, "x.ron")
            .scenario
            .expect("it can be read");
        let at = |step: &str, phase| {
            let when = When::During {
                step: said(step.to_owned()),
                nth: Some(1),
                phase,
                after: Nanos(0),
            };
            moment(&scenario, &when)
        };
        assert_eq!(at("leaders", Phase::Stopping), "when step leaders begins");
        assert_eq!(at("leaders", Phase::Done), "when step leaders is over");
        assert_eq!(
            at("brokers", Phase::Stopping),
            "when the 1st node of step brokers is told to stop"
        );
    }
}
