//! Findings: why a promise broke, or what nearly went wrong, each with its causal chain and what to change.
//!
//! `diagnose` names the kind of a trouble from the state that the world was in; [`catalog`] knows what each kind advises.

pub mod catalog;
mod diagnose;
mod warnings;

use std::collections::BTreeMap;

use engine::{CauseId, Time};
use kafka::happening::Happening;
use kafka::ids::PartitionIx;
use outcome::{CauseLink, Finding, Severity};
use scenario::model::PromiseKind;

use crate::judge::{Judged, ProducerSums, Trouble};
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
        for draft in self.warnings(judged) {
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
            PromiseKind::Completes => {
                let why = self.aborted.clone().unwrap_or_default();
                let mut draft = self.simple(
                    "gate-timeout",
                    format!("the runbook ended early: {why}"),
                    "",
                );
                draft.causes = self.why_stuck();
                vec![draft]
            }
            PromiseKind::FullyReplicated(_) => {
                let mut drafts = self.explain_troubles(judged);
                for draft in &mut drafts {
                    draft.code = if draft.code == "no-leader" || draft.code == "disk-full" {
                        draft.code
                    } else {
                        "not-in-sync-at-end"
                    };
                }
                drafts.truncate(1);
                drafts
            }
            PromiseKind::PreferredLeaders(..) => {
                let away: Vec<String> = self
                    .partitions_of(subject)
                    .filter(|&at| self.world.partition(at).newest().leader != Some(0))
                    .map(|at| self.world.partition_name(at))
                    .collect();
                let title = format!(
                    "{} not led by their preferred broker",
                    words::count(away.len() as u64, "partition")
                );
                let mut draft = self.simple("leaders-not-restored", title, subject);
                draft.subjects = shortened(away);
                vec![draft]
            }
        }
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

    /// Times that were too long, told once for each kind and root.
    fn explain_troubles(&self, judged: &Judged) -> Vec<Draft> {
        let mut groups: BTreeMap<(usize, &'static str, Option<usize>), Vec<Trouble>> =
            BTreeMap::new();
        let mut order: Vec<(&'static str, Option<usize>)> = Vec::new();
        for trouble in &judged.troubles {
            let key = (self.diagnose(trouble), self.root(trouble.cause));
            let place = order
                .iter()
                .position(|known| *known == key)
                .unwrap_or_else(|| {
                    order.push(key);
                    order.len() - 1
                });
            groups
                .entry((place, key.0, key.1))
                .or_default()
                .push(*trouble);
        }
        groups
            .into_iter()
            .take(PER_PROMISE)
            .map(|((_, code, _), troubles)| self.told(judged, code, &troubles))
            .collect()
    }

    /// One finding for troubles of one kind; the first is the longest.
    fn told(&self, judged: &Judged, code: &'static str, troubles: &[Trouble]) -> Draft {
        let worst = &troubles[0];
        let length = words::span(worst.length(self.end));
        let at_least = if worst.end.is_never() {
            "at least "
        } else {
            ""
        };
        let mut places: Vec<String> = Vec::new();
        for trouble in troubles {
            if let Some(partition) = trouble.partition {
                let name = self.world.partition_name(partition);
                if !places.contains(&name) {
                    places.push(name);
                }
            }
        }
        let place = places
            .first()
            .cloned()
            .unwrap_or_else(|| judged.result.subject.clone());
        let more = if places.len() > 1 {
            format!(" (and {} like it)", places.len() - 1)
        } else {
            String::new()
        };
        let title = match &judged.kind {
            PromiseKind::ReadOutage(..) => format!(
                "{} read nothing from {place} for {at_least}{length}{more}",
                judged.result.subject
            ),
            PromiseKind::Leaderless(..) => {
                format!("{place} had no leader for {at_least}{length}{more}")
            }
            PromiseKind::UnderMinIsr(..) => {
                format!("{place} was below min ISR for {at_least}{length}{more}")
            }
            PromiseKind::NoController(..) => {
                format!("there was no active controller for {at_least}{length}")
            }
            PromiseKind::FullyReplicated(..) => {
                format!("{place} is not fully in sync at the end{more}")
            }
            _ => format!("{place} acknowledged nothing for {at_least}{length}{more}"),
        };
        Draft {
            code,
            severity: Severity::Broken,
            title,
            subjects: shortened(places),
            when: Some((worst.begin, worst.end)),
            causes: self.story_of(worst),
        }
    }

    /// From the end of a trouble back to its root.
    fn story_of(&self, trouble: &Trouble) -> Vec<CauseLink> {
        let mut links = Vec::new();
        if !trouble.end.is_never() && !trouble.ended_by.is_none() {
            links = self.chain(trouble.ended_by);
            if let Some(first) = links.first_mut() {
                first.text = format!("it ended when: {}", first.text);
            }
        }
        let back = self.chain(trouble.cause);
        // The same links are told once; where the chains meet, the rest is the same.
        let fresh: Vec<CauseLink> = back
            .into_iter()
            .filter(|link| {
                !links
                    .iter()
                    .any(|known| known.text == link.text || known.text.ends_with(&link.text))
            })
            .collect();
        links.extend(fresh);
        links.sort_by_key(|link| std::cmp::Reverse(link.at));
        links
    }

    fn explain_loss(&self, producer: usize, sums: &ProducerSums) -> Vec<Draft> {
        let acks = self.estate.producers[producer].config.acks;
        let mut drafts: Vec<Draft> = Vec::new();
        let mut by_code: BTreeMap<&'static str, (u64, Vec<String>, PartitionIx)> = BTreeMap::new();
        for (partition, ledger, _) in sums
            .partitions
            .iter()
            .filter(|(_, ledger, _)| !ledger.lost.is_empty())
        {
            let unclean = self.last_cause(
                |what| matches!(what, Happening::ElectedUncleanly(at, _) if at == *partition),
            );
            let host =
                self.scenario.faults.iter().any(|fault| {
                    matches!(fault.kind.value, scenario::model::FaultKind::HostGone(_))
                });
            let code = match acks {
                0 => "acks-0",
                _ if unclean.is_some() => "unclean-election",
                1 => "acks-1",
                _ if host => "unflushed-host",
                _ => "min-isr-1",
            };
            let entry = by_code.entry(code).or_insert((0, Vec::new(), *partition));
            entry.0 += ledger.lost.len();
            entry.1.push(self.world.partition_name(*partition));
        }
        let name = &self.estate.producers[producer].name;
        for (code, (lost, places, partition)) in by_code {
            let elected = self
                .last_cause(
                    |what| matches!(what, Happening::ElectedUncleanly(at, _) if at == partition),
                )
                .or_else(|| {
                    self.last_cause(
                        |what| matches!(what, Happening::Elected(at, _) if at == partition),
                    )
                });
            let (cause, at) = elected.unwrap_or((CauseId::NONE, self.begin));
            drafts.push(Draft {
                code,
                severity: Severity::Broken,
                title: format!(
                    "{} of {name} were acknowledged and are lost",
                    words::count(lost, "record")
                ),
                subjects: shortened(places),
                when: elected.map(|_| (at, at)),
                causes: self.chain(cause),
            });
        }
        drafts
    }

    fn explain_not_sent(&self, producer: usize, sums: &ProducerSums) -> Vec<Draft> {
        let name = &self.estate.producers[producer].name;
        let mut places = Vec::new();
        let mut failed = 0;
        let mut worst: Option<Trouble> = None;
        for (partition, ledger, _) in sums
            .partitions
            .iter()
            .filter(|(_, ledger, _)| !ledger.failed.is_empty())
        {
            places.push(self.world.partition_name(*partition));
            failed += ledger.failed.len();
        }
        for trouble in self.write_troubles(producer, sums) {
            let longer =
                worst.is_none_or(|worst| trouble.length(self.end) > worst.length(self.end));
            let there = trouble
                .partition
                .is_some_and(|at| places.contains(&self.world.partition_name(at)));
            if there && longer {
                worst = Some(trouble);
            }
        }
        let mut drafts = vec![Draft {
            code: "delivery-timeout",
            severity: Severity::Broken,
            title: format!(
                "{} of {name} failed for good",
                words::count(failed, "record")
            ),
            subjects: shortened(places),
            when: worst.map(|worst| (worst.begin, worst.end)),
            causes: worst.map(|worst| self.story_of(&worst)).unwrap_or_default(),
        }];
        if let Some(worst) = worst {
            let code = self.diagnose(&worst);
            let mut why = drafts[0].clone();
            why.code = code;
            why.title = format!(
                "{} acknowledged nothing for {}",
                worst
                    .partition
                    .map(|at| self.world.partition_name(at))
                    .unwrap_or_default(),
                words::span(worst.length(self.end))
            );
            drafts.push(why);
        }
        drafts
    }

    /// The newest cause of some kind.
    pub(crate) fn last_cause(&self, so: impl Fn(Happening) -> bool) -> Option<(CauseId, Time)> {
        let causes = self.world.causes()?;
        let mut last = None;
        for (id, cause) in causes.iter() {
            if so(cause.kind) {
                last = Some((id, cause.at));
            }
        }
        last
    }

    /// What kept the operator waiting, as the last thing that happened to the nodes at hand.
    fn why_stuck(&self) -> Vec<CauseLink> {
        let Some(last) = self.steps.iter().rev().find(|step| step.why.is_some()) else {
            return Vec::new();
        };
        let nodes: Vec<u32> = last
            .nodes
            .iter()
            .rev()
            .take(1)
            .filter_map(|phase| self.estate.node(phase.node))
            .collect();
        let about = |what: Happening| {
            let node = match what {
                Happening::RegistrationRefused(node)
                | Happening::Recovers(node)
                | Happening::Started(node)
                | Happening::Killed(node)
                | Happening::DiskFull(node)
                | Happening::Paused(node)
                | Happening::StopAsked(node) => Some(node),
                Happening::QuorumLost | Happening::ControllerLost(_) => return true,
                _ => None,
            };
            node.is_some_and(|node| nodes.contains(&node))
        };
        self.last_cause(about)
            .map(|(id, _)| self.chain(id))
            .unwrap_or_default()
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
