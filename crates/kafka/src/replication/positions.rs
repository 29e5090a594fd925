//! What a replica has, and what its leader knows of that (specification R2, R3, R7).

use engine::{Span, Time};

use crate::grid::Grid;
use crate::ids::{PartitionIx, Slot};
use crate::log::Point;
use crate::partition::{Follow, Known, Office, Partition};
use crate::world::World;

impl World {
    /// The last arrival of any flow in a leader epoch up to `t`.
    pub(crate) fn last_arrival(&self, partition: PartitionIx, node: u32, t: Time) -> Option<Time> {
        let p = &self.partitions[partition as usize];
        p.flows
            .iter()
            .filter_map(|&flow| self.flows[flow as usize].last_arrival_in(node, t))
            .max()
    }

    /// Does `high` hold something that `low`, a point on its path, does not?
    pub(crate) fn has_content_beyond(
        &self,
        partition: PartitionIx,
        low: Point,
        high: Point,
    ) -> bool {
        let p = &self.partitions[partition as usize];
        for point in p.tree.path(high) {
            let last = self.last_arrival(partition, point.node, point.cut);
            if point.node == low.node {
                return last.is_some_and(|at| at > low.cut);
            }
            if last.is_some() {
                return true;
            }
        }
        false
    }

    /// Does log `a` hold everything that log `b` holds (R2)?
    pub(crate) fn covers(&self, partition: PartitionIx, a: Point, b: Point) -> bool {
        let common = self.partitions[partition as usize].tree.common(a, b);
        !self.has_content_beyond(partition, common, b)
    }

    /// What a leader knows that a follower has, at this moment.
    pub(crate) fn known(
        &self,
        partition: PartitionIx,
        office: usize,
        slot: Slot,
        now: Time,
    ) -> Option<Point> {
        let p = &self.partitions[partition as usize];
        self.knows(p, &p.offices[office], slot, now)
    }

    /// The same of an office in any state.
    pub(crate) fn knows(&self, p: &Partition, o: &Office, slot: Slot, now: Time) -> Option<Point> {
        let follower = &o.followers[slot as usize];
        let grid = match follower.known {
            Known::InStep { .. } => {
                let fetcher = self.fetcher_of(
                    p.replicas[o.slot as usize].node,
                    p.replicas[slot as usize].node,
                );
                self.fetchers[fetcher as usize].grid
            }
            _ => Grid::new(Time::ZERO, Span::nanos(1)),
        };
        follower.known_at(o.node, grid, now)
    }

    /// The log of a replica at this moment.
    pub(crate) fn log_of(&self, partition: PartitionIx, slot: Slot) -> Point {
        let now = self.clock.now();
        let p = &self.partitions[partition as usize];
        if let Some(at) = p.office_of(slot) {
            return Point {
                node: p.offices[at].node,
                cut: now,
            };
        }
        let replica = &p.replicas[slot as usize];
        if replica.follow != Follow::Fetching {
            return match replica.coming {
                Some((at, log)) if at <= now => log,
                _ => replica.log,
            };
        }
        let Some(at) = p.office_for(slot) else {
            return replica.log;
        };
        let o = &p.offices[at];
        let way = self
            .estate
            .latency_between(p.replicas[o.slot as usize].node, replica.node);
        o.followers[slot as usize]
            .log_at(
                o.node,
                self.fetch_grid(partition, o.slot, slot),
                way.as_nanos(),
                now,
            )
            .unwrap_or(replica.log)
    }

    /// The log that a follower has when the answer to its last fetch has arrived, and when that is (R3).
    pub(crate) fn what_is_coming(
        &self,
        partition: PartitionIx,
        slot: Slot,
    ) -> Option<(Time, Point)> {
        let p = &self.partitions[partition as usize];
        let replica = &p.replicas[slot as usize];
        if replica.follow != Follow::Fetching {
            return replica.coming;
        }
        let o = &p.offices[p.office_for(slot)?];
        let now = self.clock.now();
        let grid = self.fetch_grid(partition, o.slot, slot);
        let way = self
            .estate
            .latency_between(p.replicas[o.slot as usize].node, replica.node);
        let arrives = grid.at(grid.last(now)).saturating_add(way);
        let log = o.followers[slot as usize].log_at(o.node, grid, 0, now)?;
        (arrives > now).then_some((arrives, log))
    }

    /// A follower that stopped takes what has arrived since; what has not comes too late (R3).
    pub(crate) fn takes_what_has_come(&mut self, partition: PartitionIx, slot: Slot) {
        let now = self.clock.now();
        let replica = &mut self.partitions[partition as usize].replicas[slot as usize];
        if let Some((at, log)) = replica.coming.take()
            && at <= now
        {
            replica.log = log;
        }
    }

    /// R7: when a follower was last known to have all, at this moment.
    pub(crate) fn caught_up(
        &self,
        partition: PartitionIx,
        office: usize,
        slot: Slot,
        now: Time,
    ) -> Time {
        let o = &self.partitions[partition as usize].offices[office];
        let follower = &o.followers[slot as usize];
        let Known::InStep { since, from } = follower.known else {
            return follower.caught_up;
        };
        let grid = self.fetch_grid(partition, o.slot, slot);
        let last = grid.last(now);
        if last < since {
            return follower.caught_up;
        }
        let at = grid.at(last);
        let known = if last == since {
            from
        } else {
            Point {
                node: o.node,
                cut: grid.at(last - 1),
            }
        };
        let has_all = known.node == o.node
            && self
                .last_arrival(partition, o.node, at)
                .is_none_or(|arrival| arrival <= known.cut)
            || known.node != o.node
                && self.covers(
                    partition,
                    known,
                    Point {
                        node: o.node,
                        cut: at,
                    },
                );
        if has_all {
            follower.caught_up.max(at)
        } else if last > since {
            follower.caught_up.max(grid.at(last - 1))
        } else {
            follower.caught_up
        }
    }
}
