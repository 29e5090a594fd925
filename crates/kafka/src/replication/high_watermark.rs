//! Who is waited for, and when the high watermark passes a batch (specification R10, R11).

use engine::Time;
use smallvec::SmallVec;

use crate::grid::Grid;
use crate::ids::{NodeIx, PartitionIx, Slot, Slots, only, slots};
use crate::partition::{Known, Office, Partition};
use crate::world::World;

/// The fetches that confirm the batches of one request: found once for each fetcher.
#[derive(Default)]
pub(crate) struct Rounds {
    arrival: Time,
    found: SmallVec<[(u32, i64, Time); 8]>,
    /// Nodes whose second fetch after the arrival is waited for.
    awaited: u128,
}

impl Rounds {
    /// Of the fetches of a fetcher the one after the first that finds what arrived then: its number and its moment.
    #[inline]
    fn after_next(&mut self, fetcher: u32, grid: Grid, arrival: Time) -> (i64, Time) {
        if self.arrival != arrival {
            self.arrival = arrival;
            self.found.clear();
        }
        for &(other, n, at) in &self.found {
            if other == fetcher {
                return (n, at);
            }
        }
        let n = grid.next(arrival) + 1;
        let at = grid.at(n);
        self.found.push((fetcher, n, at));
        (n, at)
    }
}

impl World {
    /// `replica.lag.time.max.ms` of the node where an office is held.
    pub(crate) fn lag_max(&self, p: &Partition, o: &Office) -> u64 {
        let node = p.replicas[o.slot as usize].node;
        self.nodes[node as usize]
            .binary
            .config
            .replica_lag_max
            .as_nanos()
    }

    /// Is nothing confirmed because the ISR is too small (R11)?
    pub(crate) fn is_frozen(&self, p: &Partition, o: &Office) -> bool {
        let node = p.replicas[o.slot as usize].node;
        o.frozen(
            p.min_isr,
            self.nodes[node as usize]
                .binary
                .behaviour
                .freezes_high_watermark,
        )
    }

    /// The followers that are waited for (R10).
    pub(crate) fn waits_for(&self, p: &Partition, o: &Office, now: Time) -> Slots {
        let lag = self.lag_max(p, o);
        (0..p.replicas.len() as Slot)
            .filter(|&slot| o.waits_for(slot, now, lag))
            .fold(0, |set, slot| set | only(slot))
    }

    /// R11: the high watermark as a cut in the office's own epoch, at this moment.
    pub(crate) fn high_watermark(
        &self,
        partition: PartitionIx,
        office: usize,
        now: Time,
    ) -> Option<Time> {
        let p = &self.partitions[partition as usize];
        self.high_watermark_of(p, &p.offices[office], now)
    }

    /// The same of an office in any state.
    pub(crate) fn high_watermark_of(&self, p: &Partition, o: &Office, now: Time) -> Option<Time> {
        let stored = o.high_watermark;
        if self.is_frozen(p, o) {
            return stored;
        }
        let mut cut = now;
        for slot in slots(self.waits_for(p, o, now)) {
            match self.knows(p, o, slot, now) {
                Some(point) if point.node == o.node => cut = cut.min(point.cut),
                _ => return stored,
            }
        }
        stored.max(Some(cut))
    }

    /// R11: when the high watermark passes a batch that arrived in this epoch at `arrival`, as things stand. `NEVER`: not without news.
    #[inline]
    pub(crate) fn pass(
        &self,
        partition: PartitionIx,
        office: usize,
        arrival: Time,
        now: Time,
    ) -> Time {
        let p = &self.partitions[partition as usize];
        self.passes(p, &p.offices[office], arrival, now, &mut Rounds::default())
    }

    /// The same, as [`World::confirms`] says it, for the leader on this broker as it was before the event at hand changed it. `None`: there
    /// was none.
    pub(crate) fn pass_before(
        &self,
        partition: PartitionIx,
        broker: NodeIx,
        arrival: Time,
        now: Time,
        rounds: &mut Rounds,
    ) -> Option<Time> {
        let p = &self.partitions[partition as usize];
        let offices = match p.touched {
            0 => &p.offices,
            place => &self.before[place as usize - 1],
        };
        let office = offices
            .iter()
            .find(|office| p.replicas[office.slot as usize].node == broker)?;
        Some(self.confirms(p, office, arrival, now, rounds))
    }

    /// When the high watermark of an office passes a batch that arrived there at `arrival` (R11).
    pub(crate) fn passes(
        &self,
        p: &Partition,
        o: &Office,
        arrival: Time,
        now: Time,
        rounds: &mut Rounds,
    ) -> Time {
        if o.high_watermark.is_some_and(|cut| cut >= arrival) {
            return arrival;
        }
        let leader = p.replicas[o.slot as usize].node;
        let waited = match o.regular {
            Some(waited) => waited,
            None => {
                if self.is_frozen(p, o) {
                    return Time::NEVER;
                }
                self.waits_for(p, o, now)
            }
        };
        let mut at = arrival;
        for slot in slots(waited) {
            let learned = match o.followers[slot as usize].known {
                Known::Never | Known::Behind { .. } => Time::NEVER,
                Known::At(point) => {
                    if point.node == o.node && point.cut >= arrival {
                        arrival
                    } else {
                        Time::NEVER
                    }
                }
                Known::InStep { since, from } => {
                    let fetcher = self.fetcher_of(leader, p.replicas[slot as usize].node);
                    let grid = self.fetchers[fetcher as usize].grid;
                    if from.node == o.node && from.cut >= arrival {
                        grid.at(since).max(arrival)
                    } else {
                        let (n, at) = rounds.after_next(fetcher, grid, arrival);
                        if since < n { at } else { grid.at(since + 1) }
                    }
                }
            };
            at = at.max(learned);
            if at.is_never() {
                return at;
            }
        }
        at
    }

    /// The same for one batch of several that arrived together: the fetches that confirm what arrives there are noted, and
    /// [`World::last_round`] says when the last of them comes.
    #[inline]
    pub(crate) fn confirms(
        &self,
        p: &Partition,
        o: &Office,
        arrival: Time,
        now: Time,
        rounds: &mut Rounds,
    ) -> Time {
        if o.regular.is_some() && arrival > o.steady_since {
            rounds.awaited |= o.confirmers;
            arrival
        } else {
            self.passes(p, o, arrival, now, rounds)
        }
    }

    /// The last of the fetches that were noted: of each fetcher the one after the first that finds what arrived then.
    #[inline]
    pub(crate) fn last_round(&self, leader: NodeIx, arrival: Time, rounds: &Rounds) -> Time {
        let mut last = arrival;
        let mut rest = rounds.awaited;
        while rest != 0 {
            let fetcher = self.fetcher_of(leader, rest.trailing_zeros());
            rest &= rest - 1;
            let grid = self.fetchers[fetcher as usize].grid;
            last = last.max(grid.at(grid.next(arrival) + 1));
        }
        last
    }

    /// Notes by which fetches an office confirms what arrives from now on, as long as nothing about it changes (R11).
    pub(crate) fn note_confirmers(&mut self, partition: PartitionIx, office: usize) {
        let p = &self.partitions[partition as usize];
        let o = &p.offices[office];
        let Some(waited) = o.regular else { return };
        let leader = p.replicas[o.slot as usize].node;
        let mut confirmers = 0;
        let mut since_when = o.high_watermark.unwrap_or(Time::ZERO);
        for slot in slots(waited) {
            let node = p.replicas[slot as usize].node;
            match o.followers[slot as usize].known {
                Known::InStep { since, from } if node < u128::BITS => {
                    confirmers |= 1u128 << node;
                    let grid = self.fetchers[self.fetcher_of(leader, node) as usize].grid;
                    since_when = since_when.max(grid.at(since));
                    if from.node == o.node {
                        since_when = since_when.max(from.cut);
                    }
                }
                _ => since_when = Time::NEVER,
            }
        }
        let office = &mut self.partitions[partition as usize].offices[office];
        office.confirmers = confirmers;
        office.steady_since = since_when;
    }

    /// The followers that are waited for if all of them are in step and the high watermark may move; and does this leader take and confirm
    /// what arrives with acks=all, in the regular way?
    pub(crate) fn standing_of_office(
        &self,
        partition: PartitionIx,
        office: usize,
    ) -> (Option<Slots>, bool) {
        let p = &self.partitions[partition as usize];
        let o = &p.offices[office];
        let waited = self.waits_for(p, o, self.clock.now());
        let in_step = slots(waited)
            .all(|slot| matches!(o.followers[slot as usize].known, Known::InStep { .. }));
        (
            (in_step && !self.is_frozen(p, o)).then_some(waited),
            in_step && o.isr.count_ones() >= u32::from(p.min_isr),
        )
    }
}
