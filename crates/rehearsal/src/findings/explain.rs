//! Why records are lost or failed, and why a runbook did not reach its end.

use std::collections::BTreeMap;

use engine::{CauseId, Span, Time};
use kafka::happening::Happening;
use kafka::ids::{NodeIx, PartitionIx};
use outcome::{CauseLink, Severity};
use scenario::model::FaultKind;

use super::{Draft, shortened};
use crate::judge::{ProducerSums, Trouble};
use crate::play::Play;
use crate::words;

/// How long a leader may go on after the commit that deposed it: *assumed*, twice `metadata.max.idle.interval.ms` (500 ms), which is how
/// long a node may wait for the next fetch of metadata.
const STALE_LEADER: Span = Span::secs(1);

impl Play {
    /// Why acknowledged records of a producer are in no log.
    pub(super) fn explain_loss(&self, producer: usize, sums: &ProducerSums) -> Vec<Draft> {
        struct Lost {
            records: u64,
            places: Vec<String>,
            worst: (u64, PartitionIx, u64),
        }
        let acks = self.estate.producers[producer].config.acks;
        let mut by_code: BTreeMap<&'static str, Lost> = BTreeMap::new();
        for (partition, ledger, _) in sums
            .partitions
            .iter()
            .filter(|(_, ledger, _)| !ledger.lost.is_empty())
        {
            let unclean = self.last_cause(
                |what| matches!(what, Happening::ElectedUncleanly(at, _) if at == *partition),
            );
            let host = self
                .faults
                .iter()
                .any(|fault| matches!(fault.kind.value, FaultKind::HostGone(_)));
            let code = match acks {
                0 => "acks-0",
                _ if unclean.is_some() => "unclean-election",
                1 => "acks-1",
                _ if host => "unflushed-host",
                _ => "min-isr-1",
            };
            let first = ledger.lost.as_slice().first().map_or(0, |range| range.0);
            let this = (ledger.lost.len(), *partition, first);
            let entry = by_code.entry(code).or_insert_with(|| Lost {
                records: 0,
                places: Vec::new(),
                worst: this,
            });
            entry.records += this.0;
            entry.places.push(self.world.partition_name(*partition));
            if this.0 > entry.worst.0 {
                entry.worst = this;
            }
        }
        let name = &self.estate.producers[producer].name;
        let mut drafts = Vec::new();
        for (code, lost) in by_code {
            let (most, partition, first) = lost.worst;
            let (cause, at) = self.what_lost(producer, partition, first);
            let place = self.world.partition_name(partition);
            let which = match lost.places.len() {
                1 => format!(" (all in {place})"),
                n => format!(
                    " (most in {place}: {most}; {} in all)",
                    words::count(n as u64, "partition")
                ),
            };
            drafts.push(Draft {
                code,
                severity: Severity::Broken,
                title: format!(
                    "{} of {name} {} acknowledged and {} lost{which}",
                    words::count(lost.records, "record"),
                    if lost.records == 1 { "was" } else { "were" },
                    if lost.records == 1 { "is" } else { "are" },
                ),
                subjects: shortened(lost.places),
                when: at.map(|at| (at, at)),
                causes: cause,
            });
        }
        drafts
    }

    /// The change of leader that cut a record off, and why it came.
    fn what_lost(
        &self,
        producer: usize,
        partition: PartitionIx,
        message: u64,
    ) -> (Vec<CauseLink>, Option<Time>) {
        let unclean = self.last_cause(
            |what| matches!(what, Happening::ElectedUncleanly(at, _) if at == partition),
        );
        if let Some(id) = unclean {
            let at = self.world.causes().and_then(|causes| causes.get(id));
            return (self.chain(id, Some(partition)), at.map(|cause| cause.at));
        }
        let spec = &self.estate.producers[producer];
        // Message i is created i intervals after the first, which comes within one interval (specification P1).
        let created =
            u128::from(message) * u128::from(spec.per.as_nanos()) / u128::from(spec.count.max(1));
        let created = Time::from_nanos(u64::try_from(created).unwrap_or(u64::MAX));
        // An old leader goes on until it has heard of the new one, so what is cut off may be younger than the change.
        let since = Time::from_nanos(created.as_nanos().saturating_sub(STALE_LEADER.as_nanos()));
        let mut leader = Some(0);
        let change = self.world.history().iter().find(|change| {
            if change.partition != partition || change.state.leader == leader {
                return false;
            }
            leader = change.state.leader;
            leader.is_some() && change.at >= since
        });
        let Some((change, slot)) = change.and_then(|change| Some((change, change.state.leader?)))
        else {
            return (Vec::new(), None);
        };
        // Clean elections leave no note of their own: the newest thing that moves leaders is what moved this one.
        let cause = self.newest_cause_until(change.at, |what| {
            matches!(
                what,
                Happening::ShutdownBegan(_) | Happening::Fenced(_) | Happening::Balanced(_)
            )
        });
        let mut links = vec![CauseLink {
            at: self.relative(change.at),
            text: self.happening(Happening::Elected(partition, slot), change.at),
        }];
        links.extend(cause.map_or_else(Vec::new, |id| self.chain(id, Some(partition))));
        (links, Some(change.at))
    }

    /// Why records of a producer failed for good.
    pub(super) fn explain_not_sent(&self, producer: usize, sums: &ProducerSums) -> Vec<Draft> {
        let name = &self.estate.producers[producer].name;
        let mut failed: Vec<(u64, PartitionIx)> = sums
            .partitions
            .iter()
            .map(|(partition, ledger, _)| (ledger.failed.len(), *partition))
            .filter(|(failed, _)| *failed > 0)
            .collect();
        failed.sort_by_key(|&(failed, partition)| (std::cmp::Reverse(failed), partition));
        let mut worst: Option<Trouble> = None;
        for trouble in self.write_troubles(producer, sums) {
            let there = failed
                .iter()
                .any(|&(_, partition)| trouble.partition == Some(partition));
            let longer =
                worst.is_none_or(|worst| trouble.length(self.end) > worst.length(self.end));
            if there && longer {
                worst = Some(trouble);
            }
        }
        let all: u64 = failed.iter().map(|(failed, _)| failed).sum();
        let places = shortened(
            failed
                .iter()
                .map(|&(_, partition)| self.world.partition_name(partition))
                .collect(),
        );
        let limit = self.estate.producers[producer].config.delivery_timeout;
        let mut drafts = vec![Draft {
            code: "delivery-timeout",
            severity: Severity::Broken,
            title: format!(
                "{} of {name} failed for good: not acknowledged within {} (delivery.timeout.ms)",
                words::count(all, "record"),
                words::span(limit),
            ),
            subjects: places.clone(),
            when: worst.map(|worst| (worst.begin, worst.end)),
            causes: worst.map(|worst| self.story_of(&worst)).unwrap_or_default(),
        }];
        if let Some(worst) = worst {
            let place = worst
                .partition
                .map_or_else(String::new, |at| self.world.partition_name(at));
            drafts.push(Draft {
                code: self.diagnose(&worst),
                title: format!(
                    "{place} acknowledged nothing for {}",
                    words::span(worst.length(self.end))
                ),
                ..drafts[0].clone()
            });
        }
        drafts
    }

    /// Why the runbook ended early.
    pub(super) fn explain_end(&self) -> Vec<Draft> {
        let why = self.aborted.clone().unwrap_or_default();
        if let Some(code) = self.ended_by {
            let mut known = Vec::new();
            self.version_findings(&mut known);
            self.config_refusals(&mut known);
            if let Some(found) = known.into_iter().rev().find(|draft| draft.code == code) {
                return vec![Draft {
                    severity: Severity::Broken,
                    ..found
                }];
            }
        }
        let mut draft = self.simple(
            self.ended_by.unwrap_or("gate-timeout"),
            format!("the runbook ended early: {why}"),
            "",
        );
        let Some(step) = self
            .steps
            .iter()
            .find(|step| step.end == outcome::StepEnd::Aborted)
        else {
            return vec![draft];
        };
        let at = step.when.map_or(self.end, |when| {
            self.begin
                .saturating_add(Span::nanos(u64::try_from(when.end).unwrap_or(0)))
        });
        draft.when = Some((at, at));
        let last = step.nodes.iter().map(|phase| phase.when.begin).max();
        let at_hand: Vec<NodeIx> = step
            .nodes
            .iter()
            .filter(|phase| Some(phase.when.begin) == last)
            .filter_map(|phase| self.estate.node(phase.node))
            .collect();
        // What people did about it at that very moment is no reason for it.
        let before = Time::from_nanos(at.as_nanos().saturating_sub(1));
        // Nor is a controller that was lost and has a successor since.
        let lost = |what| matches!(what, Happening::QuorumLost | Happening::ControllerLost(_));
        let found = |what| {
            matches!(
                what,
                Happening::ControllerActive(_) | Happening::ControllerElected(_)
            )
        };
        let nobody = self.newest_cause_until(before, lost) > self.newest_cause_until(before, found);
        let cause = self.newest_cause_until(before, |what| match what {
            Happening::RegistrationRefused(node)
            | Happening::Unsupported(node, ..)
            | Happening::Stumbles(node, _)
            | Happening::Exited(node, _)
            | Happening::Recovers(node)
            | Happening::Started(node)
            | Happening::Killed(node)
            | Happening::DiskFull(node)
            | Happening::Paused(node)
            | Happening::StopAsked(node) => at_hand.contains(&node),
            what => nobody && lost(what),
        });
        let missing = self.missing_at_gate(step, at);
        draft.causes = missing
            .as_ref()
            .map(|(_, id)| *id)
            .or(cause)
            .map_or_else(Vec::new, |id| self.chain(id, None));
        if let Some((who, _)) = missing {
            draft.title = format!("{}; {who}", draft.title);
        }
        let deeper = cause
            .and_then(|id| {
                self.world
                    .causes()?
                    .get(id)
                    .map(|cause| (cause.kind, cause.at))
            })
            .and_then(|(what, since)| self.stuck_because(&at_hand, what, since, at));
        let mut drafts = vec![draft];
        if let Some((code, title)) = deeper {
            drafts.push(Draft {
                code,
                title,
                ..drafts[0].clone()
            });
        }
        drafts
    }

    /// What it was that the operator waited for in vain, where that has a name.
    fn stuck_because(
        &self,
        at_hand: &[NodeIx],
        what: Happening,
        since: Time,
        at: Time,
    ) -> Option<(&'static str, String)> {
        let so_far = words::span(at.saturating_since(since));
        let name = |node: NodeIx| words::node(&self.estate, node);
        let loops = self
            .faults
            .iter()
            .zip(&self.injected)
            .find_map(|(fault, injected)| {
                let looping = matches!(fault.kind.value, FaultKind::CrashLoop { .. });
                injected
                    .nodes
                    .iter()
                    .copied()
                    .find(|node| looping && at_hand.contains(node))
            });
        if let Some(node) = loops {
            return Some((
                "crash-loop",
                format!("{} died again after each start", name(node)),
            ));
        }
        match what {
            Happening::Recovers(node) => Some((
                "long-recovery",
                format!(
                    "{} had recovered its logs for {so_far} and was not done",
                    name(node)
                ),
            )),
            Happening::RegistrationRefused(node) => Some((
                "session-kept",
                format!(
                    "{} could not register: its old session was still open",
                    name(node)
                ),
            )),
            Happening::DiskFull(node) => Some((
                "disk-full",
                format!("{} has no room on its disk", name(node)),
            )),
            Happening::QuorumLost => Some((
                "no-controller",
                "the metadata quorum had no majority".to_owned(),
            )),
            _ => None,
        }
    }

    /// The newest cause of some kind.
    pub(crate) fn last_cause(&self, so: impl Fn(Happening) -> bool) -> Option<CauseId> {
        self.newest_cause_until(Time::NEVER, so)
    }

    /// The newest cause of some kind up to a moment.
    pub(crate) fn newest_cause_until(
        &self,
        until: Time,
        so: impl Fn(Happening) -> bool,
    ) -> Option<CauseId> {
        let causes = self.world.causes()?;
        let mut newest = None;
        for (id, cause) in causes.iter() {
            if cause.at > until {
                break;
            }
            if so(cause.kind) {
                newest = Some(id);
            }
        }
        newest
    }
}
