//! Why a topic is not fully replicated when the run ends: who is missing, and what keeps it out *now*.
//!
//! A replica left the ISR long ago for a harmless reason (its broker was restarted); what matters is the newest thing that happened to
//! it: its process ended by itself, a leader closes its connection, its registration is refused.

use std::collections::BTreeMap;

use engine::{CauseId, Time};
use kafka::happening::Happening;
use kafka::ids::{NodeIx, PartitionIx};
use kafka::partition::Registration;
use outcome::Severity;
use scenario::model::Check;

use super::{Draft, PER_PROMISE, shortened};
use crate::judge::{Judged, Trouble};
use crate::play::Play;
use crate::words;

/// Partitions that miss replicas for one reason.
struct Missing {
    nodes: Vec<NodeIx>,
    partitions: Vec<PartitionIx>,
    first: Trouble,
}

impl Play {
    /// One finding for each reason, the one that concerns most partitions first.
    pub(super) fn explain_not_replicated(&self, judged: &Judged) -> Vec<Draft> {
        let mut reasons: BTreeMap<Option<CauseId>, Missing> = BTreeMap::new();
        for trouble in &judged.troubles {
            let Some(partition) = trouble.partition else {
                continue;
            };
            let state = self.world.partition(partition).newest();
            for node in self.nodes_of(partition, state, false) {
                let missing = reasons
                    .entry(self.kept_out_by(partition, state, node, self.end))
                    .or_insert_with(|| Missing {
                        nodes: Vec::new(),
                        partitions: Vec::new(),
                        first: *trouble,
                    });
                if !missing.nodes.contains(&node) {
                    missing.nodes.push(node);
                }
                if !missing.partitions.contains(&partition) {
                    missing.partitions.push(partition);
                }
            }
        }
        let mut reasons: Vec<(Option<CauseId>, Missing)> = reasons.into_iter().collect();
        reasons
            .sort_by_key(|(cause, missing)| (std::cmp::Reverse(missing.partitions.len()), *cause));
        reasons.truncate(PER_PROMISE);
        reasons
            .into_iter()
            .map(|(cause, missing)| self.tell_missing(cause, missing))
            .collect()
    }

    fn tell_missing(&self, cause: Option<CauseId>, mut missing: Missing) -> Draft {
        missing.nodes.sort_unstable();
        let names: Vec<String> = missing
            .partitions
            .iter()
            .map(|&at| self.world.partition_name(at))
            .collect();
        let like_it = match names.len() {
            1 => String::new(),
            n => format!(" (and {} like it)", n - 1),
        };
        let code = match self.diagnose(&missing.first) {
            code @ ("no-leader" | "disk-full") => code,
            _ if self.waits_for_a_start(cause, &missing.nodes) => "not-in-sync-at-end",
            _ => "replica-kept-out",
        };
        Draft {
            code,
            severity: Severity::Broken,
            title: format!(
                "{} is not fully in sync at the end: {} {} missing{like_it}",
                names[0],
                words::nodes(&self.estate, &missing.nodes),
                if missing.nodes.len() == 1 {
                    "is"
                } else {
                    "are"
                },
            ),
            subjects: shortened(names),
            when: Some((missing.first.begin, missing.first.end)),
            causes: match cause {
                Some(cause) => self.chain(cause, Some(missing.partitions[0])),
                None => self.story_of(&missing.first),
            },
        }
    }

    /// The newest thing that keeps a replica of this broker out of the ISR.
    fn kept_out_by(
        &self,
        partition: PartitionIx,
        state: Registration,
        node: NodeIx,
        until: Time,
    ) -> Option<CauseId> {
        let replicas = &self.world.partition(partition).replicas;
        let leader = state.leader.map(|slot| replicas[slot as usize].node);
        self.newest_cause_until(until, |what| match what {
            Happening::Killed(who)
            | Happening::Stopped(who)
            | Happening::StoppedWithoutLeave(who)
            | Happening::Started(who)
            | Happening::Recovers(who)
            | Happening::Paused(who)
            | Happening::Resumed(who)
            | Happening::DiskFull(who)
            | Happening::RegistrationRefused(who)
            | Happening::Unsupported(who, ..)
            | Happening::Stumbles(who, _)
            | Happening::Exited(who, _)
            | Happening::RefusedToStart(who)
            | Happening::SessionEnded(who, _) => who == node,
            Happening::FallsBehind(from, to)
            | Happening::FetchFailed(from, to)
            | Happening::VersionUnknown(_, from, to, _) => from == node && Some(to) == leader,
            _ => false,
        })
    }

    /// For a step whose gate on replicas ran out of time at this moment: who was missing, and what kept most of them out.
    pub(super) fn missing_at_gate(
        &self,
        step: &outcome::StepRecord,
        at: Time,
    ) -> Option<(String, CauseId)> {
        let record = self
            .gates
            .iter()
            .rev()
            .find(|gate| gate.step == step.name)?;
        let plan = self
            .scenario
            .runbook
            .iter()
            .find(|plan| plan.name.value == step.name)?;
        let on_replicas = [&plan.before, &plan.during, &plan.between, &plan.after]
            .into_iter()
            .flatten()
            .any(|gate| {
                record.text.contains(&words::gate(gate))
                    && matches!(
                        gate.check.value,
                        Check::UnderReplicated { .. }
                            | Check::UnderMinIsr { .. }
                            | Check::AtMinIsr { .. }
                    )
            });
        if record.end != outcome::GateEnd::TimedOut || !on_replicas {
            return None;
        }
        let mut reasons: BTreeMap<CauseId, (u32, Vec<NodeIx>)> = BTreeMap::new();
        for partition in 0..self.world.partition_count() {
            let Some(state) = self.state_at(partition, at) else {
                continue;
            };
            for node in self.nodes_of(partition, state, false) {
                if let Some(cause) = self.kept_out_by(partition, state, node, at) {
                    let (count, nodes) = reasons.entry(cause).or_default();
                    *count += 1;
                    if !nodes.contains(&node) {
                        nodes.push(node);
                    }
                }
            }
        }
        let (cause, (_, nodes)) = reasons
            .into_iter()
            .max_by_key(|(cause, (count, _))| (*count, std::cmp::Reverse(*cause)))?;
        let are = if nodes.len() == 1 { "is" } else { "are" };
        Some((
            format!("{} {are} missing", words::nodes(&self.estate, &nodes)),
            cause,
        ))
    }

    /// The brokers are down because someone took them down, and would come back if they were started.
    fn waits_for_a_start(&self, cause: Option<CauseId>, nodes: &[NodeIx]) -> bool {
        let down = nodes.iter().all(|&node| !self.world.process_exists(node));
        let by_itself = cause.is_some_and(|cause| {
            self.world
                .causes()
                .and_then(|causes| causes.get(cause))
                .is_some_and(|cause| {
                    matches!(
                        cause.kind,
                        Happening::Exited(..) | Happening::RefusedToStart(_)
                    )
                })
        });
        down && !by_itself
    }
}
