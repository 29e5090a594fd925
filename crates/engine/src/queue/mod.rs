//! Queues of pending events, ordered by time and then by the order in which they were pushed.
//!
//! [`Queue`] is the one to use. [`PlainQueue`] does the same on the standard library's heap, in as few lines as
//! possible: it is the second opinion in tests and the measuring rod in the bench. Both stand behind [`EventQueue`].

mod four_ary;
mod plain;

pub use four_ary::Queue;
pub use plain::PlainQueue;

use crate::Time;

/// One entry that left a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Popped<P> {
    /// When it was due.
    pub at: Time,
    /// How many entries had been pushed before it, since the queue was made.
    pub sequence: u64,
    /// What was pushed.
    pub payload: P,
}

/// Pending events. Entries leave in order of time; entries of one time leave in the order in which they came.
pub trait EventQueue<P: Copy>: Clone + Default {
    /// Adds an entry.
    fn push(&mut self, at: Time, payload: P);

    /// Removes the first entry, unless it is later than `limit`.
    fn pop_until(&mut self, limit: Time) -> Option<Popped<P>>;

    /// Removes the first entry.
    fn pop(&mut self) -> Option<Popped<P>> {
        self.pop_until(Time::NEVER)
    }

    /// When the first entry is due.
    fn peek_time(&self) -> Option<Time>;

    /// The number of entries.
    fn len(&self) -> usize;

    /// Is there no entry?
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Drops all entries. The sequence goes on, so that no two entries of one queue ever share a number.
    fn clear(&mut self);
}
