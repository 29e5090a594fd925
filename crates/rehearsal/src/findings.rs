//! Findings: why a promise broke, or what nearly went wrong, each with its causal chain and what to change.
//!
//! `diagnose` names the kind of a trouble from the state that the world was in; [`catalog`] knows what each kind advises.

pub mod catalog;
mod diagnose;
mod explain;
mod replicated;
mod tell;
mod versions;
mod warnings;
mod zookeeper;

use std::collections::BTreeMap;

use engine::Time;
use kafka::ids::PartitionIx;
use outcome::{CauseLink, Finding, Severity};
use scenario::model::PromiseKind;

use crate::judge::{Judged, ProducerSums};
use crate::play::Play;
use crate::words;

/// Partitions named in a finding at most; the rest is counted.
const NAMED: usize = 8;
/// Findings of one broken promise at most: the gravest say enough.
const PER_PROMISE: usize = 3;

/// A finding in the making, and which troubles it stands for.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) code: &'static str,
    pub(crate) severity: Severity,
    pub(crate) title: String,
    pub(crate) subjects: Vec<String>,
    pub(crate) when: Option<(Time, Time)>,
    pub(crate) causes: Vec<CauseLink>,
}

impl Play {
    /// Everything worth telling, the gravest first. The promises learn which findings explain them.
    pub(crate) fn findings(&self, judged: &mut [Judged], sums: &[ProducerSums]) -> Vec<Finding> {
        let mut drafts: Vec<Draft> = Vec::new();
        let mut explains: Vec<Vec<usize>> = vec![Vec::new(); judged.len()];
        for (at, one) in judged
            .iter()
            .enumerate()
            .filter(|(_, one)| !one.result.holds)
        {
            for draft in self.explain(one, sums) {
                let known = drafts.iter().position(|known| {
                    known.code == draft.code
                        && known.causes == draft.causes
                        && known.when == draft.when
                });
                let place = known.unwrap_or_else(|| {
                    drafts.push(draft);
                    drafts.len() - 1
                });
                explains[at].push(place);
            }
        }
        for draft in self.warnings(judged, sums) {
            let told = drafts.iter().any(|known| {
                known.code == draft.code
                    && (known.severity == Severity::Broken || known.title == draft.title)
            });
            if !told {
                drafts.push(draft);
            }
        }
        let mut order: Vec<usize> = (0..drafts.len()).collect();
        order.sort_by_key(|&at| drafts[at].severity);
        let mut place = vec![0; drafts.len()];
        for (new, &old) in order.iter().enumerate() {
            place[old] = new;
        }
        for (one, found) in judged.iter_mut().zip(explains) {
            one.result.findings = found.into_iter().map(|old| place[old]).collect();
            one.result.findings.dedup();
        }
        order
            .into_iter()
            .map(|at| self.written(drafts[at].clone()))
            .collect()
    }

    fn written(&self, draft: Draft) -> Finding {
        let kind = catalog::kind(draft.code);
        let list = |list: Option<&[&str]>| {
            list.unwrap_or_default()
                .iter()
                .map(|text| (*text).to_owned())
                .collect()
        };
        Finding {
            code: draft.code.to_owned(),
            severity: draft.severity,
            title: draft.title,
            subjects: draft.subjects,
            when: draft.when.map(|(begin, end)| self.interval(begin, end)),
            causes: draft.causes,
            advice: list(kind.map(|kind| kind.advice)),
            sources: list(kind.map(|kind| kind.sources)),
            // The rule book is not known here; the binary names its rules in the finished outcome.
            rules: Vec::new(),
        }
    }

    /// Why this promise broke.
    fn explain(&self, judged: &Judged, sums: &[ProducerSums]) -> Vec<Draft> {
        let subject = &judged.result.subject;
        let producer = self
            .estate
            .producers
            .iter()
            .position(|spec| spec.name == *subject);
        match &judged.kind {
            PromiseKind::WriteOutage(..)
            | PromiseKind::ReadOutage(..)
            | PromiseKind::Leaderless(..)
            | PromiseKind::UnderMinIsr(..)
            | PromiseKind::NoController(..) => self.explain_troubles(judged),
            PromiseKind::Lost(..) => producer
                .map(|at| self.explain_loss(at, &sums[at]))
                .unwrap_or_default(),
            PromiseKind::NotSent(..) => producer
                .map(|at| self.explain_not_sent(at, &sums[at]))
                .unwrap_or_default(),
            PromiseKind::Duplicated(..) => {
                let title = format!(
                    "{} of {subject} are in the log more than once",
                    records(judged)
                );
                vec![self.simple("retry-without-idempotence", title, subject)]
            }
            PromiseKind::Reordered(..) => {
                let title = format!("{} of {subject} are out of order", records(judged));
                vec![self.simple("reordered", title, subject)]
            }
            PromiseKind::Redelivered(..) => {
                let title = format!("{subject} got {} a second time", records(judged));
                vec![self.simple("uncommitted-offsets", title, subject)]
            }
            PromiseKind::Skipped(..) => {
                let title = format!("{subject} never gets {}", records(judged));
                vec![self.simple("offset-reset", title, subject)]
            }
            PromiseKind::Lag(..) => vec![self.simple(
                "lag",
                format!("{subject} lagged by {}", records(judged)),
                subject,
            )],
            PromiseKind::Rebalances(..) => {
                vec![self.simple(
                    "rebalances",
                    format!("{subject} rebalanced more often than promised"),
                    subject,
                )]
            }
            PromiseKind::Window(_) => vec![self.simple(
                "window-too-long",
                "the runbook took longer than promised".to_owned(),
                "",
            )],
            PromiseKind::Completes => self.explain_end(),
            PromiseKind::FullyReplicated(_) => self.explain_not_replicated(judged),
            PromiseKind::PreferredLeaders(..) => vec![self.explain_leaders(subject)],
        }
    }

    /// Which leaders are not where they belong, and who leads instead.
    fn explain_leaders(&self, topic: &str) -> Draft {
        let leader = |at: PartitionIx| self.world.partition(at).newest().leader;
        let mut led: BTreeMap<u32, u32> = self
            .estate
            .nodes
            .iter()
            .filter(|node| node.broker)
            .map(|node| (node.id, 0))
            .collect();
        let mut away = Vec::new();
        let mut all = 0;
        for at in self.partitions_of(topic) {
            all += 1;
            if leader(at) != Some(0) {
                away.push(self.world.partition_name(at));
            }
            let node = leader(at).map(|slot| self.world.partition(at).replicas[slot as usize].node);
            if let Some(node) = node {
                *led.entry(self.estate.nodes[node as usize].id).or_default() += 1;
            }
        }
        let most = led.iter().max_by_key(|(_, n)| **n);
        let least = led.iter().min_by_key(|(_, n)| **n);
        let uneven = match (most, least) {
            (Some((busy, most)), Some((idle, least))) if busy != idle => {
                format!(": broker {busy} leads {most}, broker {idle} {least}")
            }
            _ => String::new(),
        };
        let title = format!(
            "{} of {} of {topic} not led by their preferred broker{uneven}",
            away.len(),
            words::count(all, "partition"),
        );
        let mut draft = self.simple("leaders-not-restored", title, topic);
        draft.subjects = shortened(away);
        draft
    }

    fn simple(&self, code: &'static str, title: String, subject: &str) -> Draft {
        Draft {
            code,
            severity: Severity::Broken,
            title,
            subjects: if subject.is_empty() {
                Vec::new()
            } else {
                vec![subject.to_owned()]
            },
            when: None,
            causes: Vec::new(),
        }
    }
}

/// The finding that a refused change of settings is told by.
pub(crate) fn kind_of_config_refusal(why: &str) -> &'static str {
    if why.starts_with("Unknown topic config name") {
        "leftover-topic-setting"
    } else if why.starts_with("Invalid value") {
        "config-invalid"
    } else {
        "config-refused"
    }
}

fn records(judged: &Judged) -> String {
    match judged.result.measured {
        outcome::Quantity::Records(n) | outcome::Quantity::Count(n) => words::count(n, "record"),
        _ => "records".to_owned(),
    }
}

/// The first few names, and how many more.
pub(crate) fn shortened(mut names: Vec<String>) -> Vec<String> {
    if names.len() > NAMED {
        let more = names.len() - NAMED;
        names.truncate(NAMED);
        names.push(format!("… and {more} more"));
    }
    names
}
