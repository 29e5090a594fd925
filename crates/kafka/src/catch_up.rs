//! Catching up: the bandwidth of a fetcher shared by the partitions that are behind (specification R8, §6).
//!
//! One virtual clock a fetcher counts the bytes that each of its lagging partitions has been served. A partition is done when the
//! clock passes its backlog, so a completion is one event however many partitions share.

use engine::{Span, Time};

use crate::event::Event;
use crate::happening::Happening;
use crate::ids::{NodeIx, PartitionIx, Slot};
use crate::log::Point;
use crate::partition::{Follow, Known};
use crate::world::World;

/// `replica.fetch.response.max.bytes`.
const RESPONSE_MAX: u64 = 10 * 1024 * 1024;

/// The partitions of one fetcher that are behind.
#[derive(Clone, Debug, Default)]
pub(crate) struct CatchUp {
    /// (partition, slot, clock value at which it has its bytes).
    pub(crate) behind: Vec<(PartitionIx, Slot, u64)>,
    /// Bytes served to each of them so far.
    clock: u64,
    /// When `clock` was right.
    at: Time,
    /// Bytes per second of the whole fetcher since then.
    rate: u64,
}

impl CatchUp {
    fn advance(&mut self, now: Time) {
        let n = self.behind.len() as u128;
        let passed = u128::from(now.as_nanos() - self.at.as_nanos());
        if let Some(served) = (passed * u128::from(self.rate) / 1_000_000_000).checked_div(n) {
            self.clock = self
                .clock
                .saturating_add(served.min(u128::from(u64::MAX)) as u64);
        }
        self.at = now;
    }

    /// When the next one has its bytes.
    fn next(&self) -> Time {
        let Some(target) = self.behind.iter().map(|at| at.2).min() else {
            return Time::NEVER;
        };
        if self.rate == 0 {
            return Time::NEVER;
        }
        let bytes = u128::from(target.saturating_sub(self.clock)) * self.behind.len() as u128;
        let nanos = (bytes * 1_000_000_000).div_ceil(u128::from(self.rate));
        self.at
            .saturating_add(Span::nanos(nanos.min(u128::from(u64::MAX)) as u64))
    }
}

impl World {
    /// The rate of a fetcher that `lagging` partitions share (§6), given how many fetchers are behind at both ends.
    fn catch_up_rate(&self, fetcher: u32, from_leader: u64, to_follower: u64) -> u64 {
        let (l, f) = self.ends_of(fetcher);
        let (ls, fs) = (
            &self.estate.nodes[l as usize],
            &self.estate.nodes[f as usize],
        );
        let (leader, follower) = (&self.nodes[l as usize], &self.nodes[f as usize]);
        let grid = self.fetchers[fetcher as usize].grid;
        let disk = |rate: u64, percent: u32| rate / 100 * u64::from(percent);
        let network = ls.network.min(fs.network).max(1);
        // One response at a time: 10 MiB take one round plus their time on the wire.
        let wire = u128::from(RESPONSE_MAX) * 1_000_000_000 / u128::from(network);
        let responses = u128::from(RESPONSE_MAX) * 1_000_000_000
            / (u128::from(grid.period().as_nanos()) + wire).max(1);
        let mut rate = responses.min(u128::from(u64::MAX)) as u64;
        rate = rate.min(disk(fs.disk_write, follower.disk_percent) / to_follower.max(1));
        rate = rate.min(disk(ls.disk_read, leader.disk_percent) / from_leader.max(1));
        rate = rate.min(
            fs.network
                .saturating_sub(self.layout.regular_in[f as usize])
                / to_follower.max(1),
        );
        rate = rate.min(
            ls.network
                .saturating_sub(self.layout.regular_out[l as usize])
                / from_leader.max(1),
        );
        if let Some(limit) = follower.binary.config.follower_throttle {
            rate = rate.min(limit / to_follower.max(1));
        }
        if let Some(limit) = leader.binary.config.leader_throttle {
            // What in-sync followers take counts too (ReplicationQuotaManager).
            rate = rate.min(
                limit
                    .saturating_sub(self.throttled_traffic_in_step(l))
                    .max(limit / 100)
                    / from_leader.max(1),
            );
        }
        rate.max(1)
    }

    /// What in-step followers take of the throttled topics that a node leads now, bytes per second.
    fn throttled_traffic_in_step(&self, leader: NodeIx) -> u64 {
        let mut sum: u64 = 0;
        for &(partition, slot) in self.replicas_on(leader).iter() {
            let p = &self.partitions[partition as usize];
            let Some(at) = p.office_of(slot) else {
                continue;
            };
            if !self.estate.topics[p.topic as usize].config.throttled {
                continue;
            }
            let in_step = |&other: &usize| {
                other != slot as usize
                    && p.replicas[other].follow == Follow::Fetching
                    && matches!(p.offices[at].followers[other].known, Known::InStep { .. })
            };
            let takers = (0..p.replicas.len()).filter(in_step).count() as u64;
            for &flow in &p.flows {
                let spec = &self.estate.producers[self.flows[flow as usize].producer as usize];
                let bytes = u128::from(spec.size) * u128::from(spec.count) * 1_000_000_000
                    / u128::from(spec.per.as_nanos().max(1));
                let bytes = bytes.min(u128::from(u64::MAX)) as u64;
                sum = sum.saturating_add(takers.saturating_mul(bytes));
            }
        }
        sum
    }

    fn fetchers_behind(&self, l: Option<NodeIx>, f: Option<NodeIx>) -> u64 {
        let n = self.nodes.len() as NodeIx;
        let count =
            |fetcher: u32| u64::from(!self.fetchers[fetcher as usize].catch_up.behind.is_empty());
        match (l, f) {
            (Some(l), _) => (0..n).map(|f| count(self.fetcher_of(l, f))).sum(),
            (None, Some(f)) => (0..n).map(|l| count(self.fetcher_of(l, f))).sum(),
            (None, None) => 0,
        }
    }

    /// What one partition may fetch at one instant if `began` of them begin together.
    pub(crate) fn catch_up_allowance(&self, fetcher: u32, began: usize) -> u64 {
        let (l, f) = self.ends_of(fetcher);
        let busy = u64::from(self.fetchers[fetcher as usize].catch_up.behind.is_empty());
        let rate = self.catch_up_rate(
            fetcher,
            self.fetchers_behind(Some(l), None) + busy,
            self.fetchers_behind(None, Some(f)) + busy,
        );
        let period = self.fetchers[fetcher as usize].grid.period().as_nanos();
        let bytes = u128::from(rate) * u128::from(period) / 1_000_000_000;
        let share = bytes
            / (began as u128 + self.fetchers[fetcher as usize].catch_up.behind.len() as u128)
                .max(1);
        share.min(u128::from(u64::MAX)) as u64
    }

    /// Bytes of a partition in the part of a log above `low` up to `high`, `low` being on its path.
    pub(crate) fn bytes_between(&self, partition: PartitionIx, low: Point, high: Point) -> u64 {
        let p = &self.partitions[partition as usize];
        let mut bytes = 0;
        for point in p.tree.path(high) {
            let from = (point.node == low.node).then_some(low.cut);
            for &flow in &p.flows {
                let flow = &self.flows[flow as usize];
                let size = self.estate.producers[flow.producer as usize].size;
                bytes += flow.count_in(point.node, from, point.cut) * size;
            }
            if point.node == low.node {
                break;
            }
        }
        bytes
    }

    /// A follower that is far behind takes its place in the queue.
    pub(crate) fn falls_behind(
        &mut self,
        fetcher: u32,
        partition: PartitionIx,
        slot: Slot,
        bytes: u64,
    ) {
        let now = self.clock.now();
        let (l, f) = self.ends_of(fetcher);
        self.clock.note(Happening::FallsBehind(f, l));
        let catch_up = &mut self.fetchers[fetcher as usize].catch_up;
        catch_up.advance(now);
        let target = catch_up.clock.saturating_add(bytes);
        catch_up.behind.push((partition, slot, target));
    }

    /// A follower no longer fetches: it leaves the queue.
    pub(crate) fn leaves_queue(&mut self, fetcher: u32, partition: PartitionIx) {
        let now = self.clock.now();
        let catch_up = &mut self.fetchers[fetcher as usize].catch_up;
        if catch_up.behind.iter().any(|at| at.0 == partition) {
            catch_up.advance(now);
            catch_up.behind.retain(|at| at.0 != partition);
            let (_, f) = self.ends_of(fetcher);
            self.rates_change(f);
        }
    }

    /// Rates change for everyone who shares a disk or a network card with the fetchers of this follower.
    pub(crate) fn rates_change(&mut self, follower: NodeIx) {
        let now = self.clock.now();
        let n = self.nodes.len() as NodeIx;
        let mut concerned = Vec::new();
        for l in 0..n {
            let fetcher = self.fetcher_of(l, follower);
            if !self.fetchers[fetcher as usize].catch_up.behind.is_empty()
                || self.fetchers[fetcher as usize].caught_up.is_armed()
            {
                for f in 0..n {
                    let other = self.fetcher_of(l, f);
                    if !self.fetchers[other as usize].catch_up.behind.is_empty() || other == fetcher
                    {
                        concerned.push(other);
                    }
                }
            }
        }
        concerned.sort_unstable();
        concerned.dedup();
        for fetcher in concerned {
            let (l, f) = self.ends_of(fetcher);
            let rate = self.catch_up_rate(
                fetcher,
                self.fetchers_behind(Some(l), None),
                self.fetchers_behind(None, Some(f)),
            );
            let catch_up = &mut self.fetchers[fetcher as usize].catch_up;
            catch_up.advance(now);
            catch_up.rate = rate;
            let at = catch_up.next();
            let me = &mut self.fetchers[fetcher as usize];
            self.clock
                .arm(&mut me.caught_up, at, |ticket| Event::CaughtUp {
                    fetcher,
                    ticket,
                });
        }
    }

    /// The first in the queue has had its bytes: what arrived meanwhile decides whether it is in step.
    pub(crate) fn catches_up(&mut self, fetcher: u32) {
        let now = self.clock.now();
        let (l, f) = self.ends_of(fetcher);
        let catch_up = &mut self.fetchers[fetcher as usize].catch_up;
        catch_up.advance(now);
        let clock = catch_up.clock;
        let mut done: Vec<(PartitionIx, Slot, u64)> = Vec::new();
        catch_up.behind.retain(|&at| {
            let ready = at.2 <= clock;
            if ready {
                done.push(at);
            }
            !ready
        });
        done.sort_unstable();
        let allowance = self.catch_up_allowance(fetcher, done.len());
        for (partition, slot, _) in done {
            let p = &self.partitions[partition as usize];
            if p.replicas[slot as usize].follow != Follow::Fetching {
                continue;
            }
            let Some(at) = p.office_on(l) else { continue };
            let office = &p.offices[at];
            let Known::Behind { counted, .. } = office.followers[slot as usize].known else {
                continue;
            };
            let end = Point {
                node: office.node,
                cut: now,
            };
            let missing = self.bytes_between(partition, counted, end);
            self.touch_softly(partition);
            let known = if missing <= allowance.max(1) {
                self.clock.note(Happening::CaughtUp(f, l));
                let n = self.fetchers[fetcher as usize].grid.next(now);
                self.arm_join(fetcher, n);
                Known::InStep {
                    since: n,
                    from: counted,
                }
            } else {
                let catch_up = &mut self.fetchers[fetcher as usize].catch_up;
                let target = catch_up.clock.saturating_add(missing);
                catch_up.behind.push((partition, slot, target));
                Known::Behind {
                    from: counted,
                    counted: end,
                }
            };
            self.partitions[partition as usize].offices[at].followers[slot as usize].known = known;
        }
        self.rates_change(f);
    }
}
