//! Positions in a log as arithmetic (specification G2): how many records lie between two points, where the n-th one is, which messages they are.
//!
//! A position is a [`Point`]: everything that arrived in a leader epoch up to a time, and all below. So a truncation, two leaders at once and a
//! committed position that is no longer in the log need no special case: the common point of position and log is where reading goes on.

use engine::Time;
use smallvec::SmallVec;

use crate::ids::PartitionIx;
use crate::log::Point;
use crate::world::World;

/// The part of one leader epoch that lies between two points: after `low` (`None`: from its beginning), up to `high`.
#[derive(Clone, Copy, Debug)]
struct Piece {
    node: u32,
    low: Option<Time>,
    high: Time,
}

impl World {
    /// The pieces between `from` and `to`, lowest first; `from` must be on the path of `to`.
    fn pieces(&self, partition: PartitionIx, from: Point, to: Point) -> SmallVec<[Piece; 4]> {
        let tree = &self.partitions[partition as usize].tree;
        let mut pieces: SmallVec<[Piece; 4]> = SmallVec::new();
        for point in tree.path(to) {
            if point.node < from.node {
                break;
            }
            let low = (point.node == from.node).then_some(from.cut);
            pieces.push(Piece {
                node: point.node,
                low,
                high: point.cut,
            });
        }
        pieces.reverse();
        pieces
    }

    fn count(&self, partition: PartitionIx, piece: Piece) -> u64 {
        self.partitions[partition as usize]
            .flows
            .iter()
            .map(|&flow| {
                self.flows[flow as usize].count_in(
                    piece.node,
                    piece.low,
                    piece.high.max(piece.low.unwrap_or(Time::ZERO)),
                )
            })
            .sum()
    }

    /// Bytes that arrived in a log after `since`.
    pub(super) fn bytes_since(&self, partition: PartitionIx, log: Point, since: Time) -> u64 {
        let p = &self.partitions[partition as usize];
        let mut bytes = 0;
        for point in p.tree.path(log).filter(|point| point.cut > since) {
            for &flow in &p.flows {
                let flow = &self.flows[flow as usize];
                let records = flow.count_in(point.node, Some(since), point.cut);
                let size = self.estate.producers[flow.producer as usize].size;
                bytes += records * size;
            }
        }
        bytes
    }

    /// How many records lie between two points of one log.
    pub(super) fn records_between(&self, partition: PartitionIx, from: Point, to: Point) -> u64 {
        self.pieces(partition, from, to)
            .into_iter()
            .map(|piece| self.count(partition, piece))
            .sum()
    }

    /// The offset of a point: how many records lie below it.
    pub(super) fn offset_of(&self, partition: PartitionIx, point: Point) -> u64 {
        let tree = &self.partitions[partition as usize].tree;
        tree.path(point)
            .map(|part| {
                self.count(
                    partition,
                    Piece {
                        node: part.node,
                        low: None,
                        high: part.cut,
                    },
                )
            })
            .sum()
    }

    /// The last point between two that has at most `count` records above `from`. Records that arrived together are not parted.
    pub(super) fn point_after(
        &self,
        partition: PartitionIx,
        from: Point,
        to: Point,
        count: u64,
    ) -> Point {
        let mut left = count;
        for piece in self.pieces(partition, from, to) {
            let whole = self.count(partition, piece);
            if whole <= left {
                left -= whole;
                continue;
            }
            // The last nanosecond up to which no more than `left` arrived.
            let mut low = piece.low.unwrap_or(Time::ZERO).as_nanos();
            let mut high = piece.high.as_nanos();
            while low + 1 < high {
                let middle = low + (high - low) / 2;
                let part = Piece {
                    high: Time::from_nanos(middle),
                    ..piece
                };
                if self.count(partition, part) <= left {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            return Point {
                node: piece.node,
                cut: Time::from_nanos(low),
            };
        }
        to
    }

    /// The first record after `from` in the log that ends at `to`, as (leader epoch, arrival).
    pub(super) fn first_record_after(
        &self,
        partition: PartitionIx,
        from: Point,
        to: Point,
    ) -> Option<(u32, Time)> {
        let p = &self.partitions[partition as usize];
        for piece in self.pieces(partition, from, to) {
            let low = piece.low.unwrap_or(Time::ZERO);
            let mut first: Option<Time> = None;
            for &flow in &p.flows {
                let flow = &self.flows[flow as usize];
                for stretch in flow.stretches.iter().rev() {
                    if stretch.node != piece.node || stretch.first >= stretch.end {
                        continue;
                    }
                    let next = stretch.end_at(&flow.arrivals, low);
                    if next >= stretch.end {
                        // Stretches are in the order of time: older ones had arrived too.
                        break;
                    }
                    let at = stretch.arrival(&flow.arrivals, next);
                    first = Some(first.map_or(at, |other| other.min(at)));
                }
            }
            if let Some(at) = first
                && at <= piece.high
            {
                return Some((piece.node, at));
            }
        }
        None
    }

    /// The messages between two points, by flow of the partition, as (flow's place, first, end).
    pub(super) fn messages_between(
        &self,
        partition: PartitionIx,
        from: Point,
        to: Point,
    ) -> Vec<(usize, u64, u64)> {
        let p = &self.partitions[partition as usize];
        let mut messages = Vec::new();
        for piece in self.pieces(partition, from, to) {
            for (place, &flow) in p.flows.iter().enumerate() {
                let flow = &self.flows[flow as usize];
                for stretch in flow.stretches.iter().filter(|s| s.node == piece.node) {
                    let first = piece
                        .low
                        .map_or(stretch.first, |low| stretch.end_at(&flow.arrivals, low));
                    let end = stretch.end_at(&flow.arrivals, piece.high);
                    if first < end {
                        messages.push((place, first, end));
                    }
                }
            }
        }
        messages
    }
}
