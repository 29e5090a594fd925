//! The kind of a trouble, from the state that the world was in while it lasted.

use engine::Time;
use kafka::happening::Happening;
use kafka::ids::{NodeIx, PartitionIx};
use kafka::record::Lack;

use crate::acts::By;
use crate::judge::Trouble;
use crate::play::Play;

impl Play {
    /// How long two stretches of time overlap, in nanoseconds.
    fn overlap(&self, a: (Time, Time), b: (Time, Time)) -> u64 {
        let end = a.1.min(b.1).min(self.end);
        end.saturating_since(a.0.max(b.0)).as_nanos()
    }

    fn lacked(&self, lacks: &[Lack], partition: PartitionIx, trouble: &Trouble) -> u64 {
        lacks
            .iter()
            .filter(|lack| lack.partition == partition)
            .map(|lack| self.overlap((lack.begin, lack.end), (trouble.begin, trouble.end)))
            .sum()
    }

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
        let within = |at: Time| at >= trouble.begin && at <= trouble.end;
        let leaderless = most(self.lacked(self.world.leaderless(), partition, trouble));
        let silent = most(self.lacked(self.world.below_min_isr(), partition, trouble));
        if !leaderless && let Some(producer) = trouble.producer {
            let lost = self.world.causes().is_some_and(|causes| {
                causes.iter().any(|(_, cause)| {
                    matches!(cause.kind, Happening::KnowsNobody(who) if who == producer)
                        && within(cause.at)
                })
            });
            if lost && !silent {
                return "client-knows-only-dead-brokers";
            }
        }
        if let Some(group) = trouble.group
            && !leaderless
        {
            let rebalances = self.world.causes().is_some_and(|causes| {
                causes.iter().any(|(_, cause)| {
                    matches!(cause.kind, Happening::Rebalances(who) if who == group)
                        && within(cause.at)
                })
            });
            if rebalances {
                return "rebalance";
            }
        }
        let full = |what: Happening| matches!(what, Happening::DiskFull(_));
        if self.chain_has(trouble.cause, full) {
            return "disk-full";
        }
        if leaderless || silent {
            if p.replicas.len() == 1 {
                return "single-replica";
            }
            if let Some(code) = self.operators_share(trouble) {
                return code;
            }
            if leaderless {
                return if most(no_controller) {
                    "no-controller"
                } else {
                    "no-leader"
                };
            }
            return if p.replicas.len() == usize::from(p.min_isr) {
                "no-spare-replica"
            } else {
                "below-min-isr"
            };
        }
        if most(no_controller) {
            return "no-controller";
        }
        self.diagnose_stall(trouble, partition)
    }

    /// The operator took down too much: how?
    fn operators_share(&self, trouble: &Trouble) -> Option<&'static str> {
        let act = &self.acts[self.root(trouble.cause)?];
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
            causes
                .chain(trouble.cause)
                .find_map(|(_, cause)| match cause.kind {
                    Happening::Killed(node) | Happening::DiskFull(node) => {
                        Some((node, false, cause.at))
                    }
                    Happening::Paused(node) => Some((node, true, cause.at)),
                    _ => None,
                })
        });
        if self.chain_has(trouble.cause, |what| {
            matches!(what, Happening::UnknownEpoch(..))
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
