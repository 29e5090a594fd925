//! Causes: why something happened, as a chain from the effect back to the root.
//!
//! Not every event deserves to be told of: a fetch that finds nothing is no news. A model therefore *notes* the notable
//! ones (a kill, a session that expires, an election) with [`Scheduler::note`](crate::Scheduler::note). A note's parent
//! is the newest note that led to the event being handled; whatever the handler schedules afterwards comes from the new
//! note. So the chain from any note to its root is the story that a person wants to hear, with the dull steps left out.
//!
//! The log lives in the scheduler, because only there time, the event being handled and what it schedules meet; each
//! queued entry carries the four bytes of a [`CauseId`]. A scheduler without causes carries [`CauseId::NONE`] about and
//! notes nothing: a search runs without them, and runs the seed that it wants to explain once more with them.

use std::iter;

use crate::{Log, Time};

/// Names one [`Cause`] of a run; 0 is no cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct CauseId(u32);

impl CauseId {
    /// The cause of what has none, or of everything where causes are switched off.
    pub const NONE: CauseId = CauseId(0);

    /// Is this [`CauseId::NONE`]?
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }

    fn index(self) -> Option<usize> {
        (self.0 as usize).checked_sub(1)
    }
}

/// Something notable that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cause<K> {
    /// The notable thing that led to it.
    pub parent: CauseId,
    /// When it happened.
    pub at: Time,
    /// What it was.
    pub kind: K,
}

/// All that was noted in a run, in the order in which it happened.
#[derive(Clone, Debug)]
pub struct Causes<K> {
    log: Log<Cause<K>>,
}

impl<K> Default for Causes<K> {
    fn default() -> Causes<K> {
        Causes { log: Log::new() }
    }
}

impl<K> Causes<K> {
    /// Adds a cause. Its parent must be there already and must not be later.
    pub(crate) fn add(&mut self, parent: CauseId, at: Time, kind: K) -> CauseId {
        if let Some(parent) = parent.index() {
            assert!(self.log[parent].at <= at, "a cause after its effect");
        }
        self.log.push(Cause { parent, at, kind });
        CauseId(u32::try_from(self.log.len()).expect("fewer than 2^32 causes"))
    }

    /// The cause with this name; `None` for [`CauseId::NONE`].
    ///
    /// # Panics
    /// If the name comes from another run.
    pub fn get(&self, id: CauseId) -> Option<&Cause<K>> {
        id.index().map(|index| &self.log[index])
    }

    /// The chain from the effect to the root: `id`, its parent, the parent's parent, …
    pub fn chain(&self, id: CauseId) -> impl Iterator<Item = (CauseId, &Cause<K>)> {
        let link = |id| self.get(id).map(|cause| (id, cause));
        iter::successors(link(id), move |(_, cause)| link(cause.parent))
    }

    /// All causes, in the order in which they happened.
    pub fn iter(&self) -> impl Iterator<Item = (CauseId, &Cause<K>)> {
        (1..).map(CauseId).zip(self.log.iter())
    }

    /// The number of causes.
    pub fn len(&self) -> usize {
        self.log.len()
    }

    /// Was nothing noted?
    pub fn is_empty(&self) -> bool {
        self.log.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(nanos: u64) -> Time {
        Time::from_nanos(nanos)
    }

    #[test]
    fn a_chain_leads_from_the_effect_to_the_root() {
        let mut causes = Causes::default();
        let killed = causes.add(CauseId::NONE, at(1), "broker 2 is killed");
        let other = causes.add(CauseId::NONE, at(2), "something else");
        let fenced = causes.add(killed, at(9), "its session expires");
        let elected = causes.add(fenced, at(9), "orders-7 gets a new leader");
        let story: Vec<&str> = causes.chain(elected).map(|(_, cause)| cause.kind).collect();
        assert_eq!(
            story,
            [
                "orders-7 gets a new leader",
                "its session expires",
                "broker 2 is killed"
            ]
        );
        assert_eq!(causes.chain(other).count(), 1);
        assert_eq!(causes.chain(CauseId::NONE).count(), 0);
        assert_eq!(
            causes.iter().map(|(id, _)| id).collect::<Vec<_>>(),
            [killed, other, fenced, elected]
        );
    }

    #[test]
    #[should_panic(expected = "a cause after its effect")]
    fn a_cause_is_not_later_than_its_effect() {
        let mut causes = Causes::default();
        let late = causes.add(CauseId::NONE, at(5), ());
        causes.add(late, at(4), ());
    }
}
