//! The kind of a trouble, from the state that the world was in while it lasted.

use engine::{CauseId, Time};
use kafka::happening::Happening;
use kafka::ids::{NodeIx, PartitionIx};
use scenario::model::FaultKind;

use super::tell::Lacked;
use crate::acts::By;
use crate::judge::Trouble;
use crate::play::Play;

impl Play {
    /// The broker that led a partition at a moment, by the metadata.
    pub(crate) fn leader_at(&self, partition: PartitionIx, at: Time) -> Option<NodeIx> {
        let p = self.world.partition(partition);
        let last = self
            .world
            .history()
            .iter()
            .rev()
            .find(|change| change.partition == partition && change.at <= at);
        let slot = last.map_or(Some(0), |change| change.state.leader)?;
        Some(p.replicas[slot as usize].node)
    }

    /// The code of a trouble (see `catalog`).
    pub(crate) fn diagnose(&self, trouble: &Trouble) -> &'static str {
        let length = trouble.length(self.end).as_nanos().max(1);
        let most = |part: u64| part > length / 2;
        let no_controller: u64 = self
            .controller_troubles()
            .iter()
            .map(|other| self.overlap((other.begin, other.end), (trouble.begin, trouble.end)))
            .sum();
        let Some(partition) = trouble.partition else {
            return "no-controller";
        };
        let p = self.world.partition(partition);
        let lacked = self.lacked(trouble);
        let cause = lacked
            .as_ref()
            .map_or(trouble.cause, |lacked| lacked.lack().cause);
        if lacked.is_none()
            && let Some(producer) = trouble.producer
            && most(self.knew_nobody(producer, trouble))
        {
            return "client-knows-only-dead-brokers";
        }
        if !matches!(lacked, Some(Lacked::Leader(_)))
            && let Some(code) = trouble
                .group
                .and_then(|group| self.rebalanced(group, trouble))
        {
            return code;
        }
        if self.chain_has(cause, |what| matches!(what, Happening::DiskFull(_))) {
            return "disk-full";
        }
        if let Some(lacked) = lacked {
            if p.replicas.len() == 1 {
                return "single-replica";
            }
            if let Some(code) = self.operators_share(trouble, cause) {
                return code;
            }
            if let Some(code) = self.network_share([cause, trouble.ended_by]) {
                return code;
            }
            return match lacked {
                Lacked::Leader(_) if most(no_controller) => "no-controller",
                Lacked::Leader(_) => "no-leader",
                Lacked::Replicas(_) if p.replicas.len() <= usize::from(p.min_isr) => {
                    "no-spare-replica"
                }
                Lacked::Replicas(_) => "below-min-isr",
            };
        }
        if most(no_controller) {
            return "no-controller";
        }
        if let Some(code) = self.network_share([trouble.cause, trouble.ended_by]) {
            return code;
        }
        self.diagnose_stall(trouble, partition)
    }

    /// For how long of a trouble a producer knew only brokers that are gone, in nanoseconds.
    fn knew_nobody(&self, producer: u32, trouble: &Trouble) -> u64 {
        let Some(causes) = self.world.causes() else {
            return 0;
        };
        // One that finds its brokers again by itself was only between two attempts.
        let learned = |what: Happening| matches!(what, Happening::Refreshed(who) | Happening::KnowsNobody(who) if who == producer);
        if !trouble.end.is_never() && !self.chain_has(trouble.ended_by, learned) {
            return 0;
        }
        let mut sum = 0;
        let mut since: Option<Time> = None;
        for (_, cause) in causes.iter() {
            match cause.kind {
                Happening::KnowsNobody(who) if who == producer => {
                    since.get_or_insert(cause.at);
                }
                // It has had an answer, or at least a connection.
                Happening::Refreshed(who)
                | Happening::NotLeader(who, _)
                | Happening::TimedOut(who, _)
                | Happening::ConnectionLost(who, _)
                    if who == producer =>
                {
                    if let Some(since) = since.take() {
                        sum += self.overlap((since, cause.at), (trouble.begin, trouble.end));
                    }
                }
                _ => {}
            }
        }
        if let Some(since) = since {
            sum += self.overlap((since, Time::NEVER), (trouble.begin, trouble.end));
        }
        sum
    }

    /// The group was busy with itself: a member was gone, or it rebalanced.
    fn rebalanced(&self, group: u32, trouble: &Trouble) -> Option<&'static str> {
        let causes = self.world.causes()?;
        let member =
            |what: Happening| matches!(what, Happening::MemberGone(who, _) if who == group);
        if self.chain_has(trouble.cause, member) || self.chain_has(trouble.ended_by, member) {
            return Some("member-gone");
        }
        causes
            .iter()
            .any(|(_, cause)| {
                matches!(cause.kind, Happening::Rebalances(who) if who == group)
                    && cause.at >= trouble.begin
                    && cause.at <= trouble.end
            })
            .then_some("rebalance")
    }

    /// A fault of the network began the trouble, or that it was mended ended it.
    fn network_share(&self, begun_and_ended: [CauseId; 2]) -> Option<&'static str> {
        begun_and_ended.into_iter().find_map(|cause| {
            let By::Fault(fault) = self.acts[self.root(cause)?].by else {
                return None;
            };
            match self.faults[fault].kind.value {
                FaultKind::Cut { .. } => Some("network-cut"),
                FaultKind::SlowLink { .. } => Some("slow-network"),
                _ => None,
            }
        })
    }

    /// The operator took down too much: how?
    fn operators_share(&self, trouble: &Trouble, cause: CauseId) -> Option<&'static str> {
        let act = &self.acts[self.root(cause)?];
        let risk = act.risk?;
        if !matches!(act.by, By::Step(_)) || risk.stop.is_safe() {
            return None;
        }
        let p = self.world.partition(trouble.partition?);
        let taken = p
            .replicas
            .iter()
            .filter(|replica| act.nodes.contains(&replica.node))
            .count();
        if taken > 1 {
            return Some("too-many-at-once");
        }
        if p.replicas.len() <= usize::from(p.min_isr) {
            return Some("no-spare-replica");
        }
        (risk.stop.avoidable > 0).then_some("no-isr-wait")
    }

    /// The partition had a leader and enough replicas in sync, and still nothing was acknowledged.
    fn diagnose_stall(&self, trouble: &Trouble, partition: PartitionIx) -> &'static str {
        let leader = self.leader_at(partition, trouble.begin);
        let causes = self.world.causes();
        let nearest = causes.and_then(|causes| {
            self.links(causes, trouble.cause)
                .into_iter()
                .find_map(|(_, cause)| match cause.kind {
                    Happening::Killed(node) | Happening::DiskFull(node) => {
                        Some((node, false, cause.at))
                    }
                    Happening::Paused(node) => Some((node, true, cause.at)),
                    _ => None,
                })
        });
        if self.chain_has(trouble.cause, |what| {
            matches!(
                what,
                Happening::UnknownEpoch(..) | Happening::BacksOffAgain(..)
            )
        }) {
            return "follower-backoff";
        }
        if self.chain_has(trouble.cause, |what| matches!(what, Happening::Parked(..))) {
            return "parked-fetch";
        }
        // What happened to this partition long before does not explain it.
        let old = causes
            .and_then(|causes| causes.get(trouble.cause))
            .is_none_or(|cause| {
                cause.at.saturating_add(engine::Span::secs(1)) < trouble.begin
                    && cause.at < trouble.begin
            });
        if let Some((node, hung, _)) = nearest {
            let led = leader == Some(node);
            let has_replica = self
                .world
                .partition(partition)
                .replicas
                .iter()
                .any(|replica| replica.node == node);
            return match (led, hung) {
                (true, true) => "hung-leader",
                (true, false) => "failover-wait",
                _ if old || !has_replica => "blocked-by-neighbour",
                (false, true) => "hung-follower",
                (false, false) => "dead-follower-in-isr",
            };
        }
        if let Some(node) = leader {
            // The leader itself was hung or gone although the chain does not say so.
            let gone = causes.is_some_and(|causes| {
                causes.iter().any(|(_, cause)| {
                    matches!(cause.kind, Happening::Killed(at) | Happening::Paused(at) if at == node)
                        && cause.at.saturating_add(engine::Span::secs(1)) >= trouble.begin
                        && cause.at <= trouble.end
                })
            });
            if gone {
                let hung = self.world.causes().is_some_and(|causes| {
                    causes
                        .iter()
                        .any(|(_, cause)| matches!(cause.kind, Happening::Paused(at) if at == node))
                });
                return if hung { "hung-leader" } else { "failover-wait" };
            }
        }
        if trouble.end.is_never() {
            return "unwritable-end";
        }
        if old {
            "blocked-by-neighbour"
        } else {
            "leader-move"
        }
    }
}
